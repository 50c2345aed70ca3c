"""The first run: several programs create the database at once, and there is one."""

from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import text

from netcrm import Crm
from netcrm.store.location import SCHEMA
from netcrm.store.schema import VERSION_TABLE
from tests.faults.conftest import Report, Size
from tests.faults.figures import counted, engine_of
from tests.faults.processes import CONTEXT, Tell, Worker
from tests.helpers.books import TODAY

WRITERS, READERS = 8, 2


def write(tell: Tell, url: str, name: str, start: Barrier) -> None:
    """Add a contact at the same moment as the other processes."""
    with Crm(url, today=TODAY) as crm:
        start.wait()
        tell(crm.add(name).number)


def read(tell: Tell, url: str, start: Barrier) -> None:
    """Read the database while it is created."""
    with Crm(url, today=TODAY) as crm:
        start.wait()
        tell(len(crm.contacts()))


def test_the_first_run_may_be_a_race(url: str, tmp_path: Path, size: Size, report: Report) -> None:
    """Eight processes that create the same database at once make one that holds all their contacts."""
    rounds, refused, lost = size(1, 20), 0, 0
    for again in range(rounds):
        where = url if "://" in url else str(tmp_path / f"new{again}.db")
        refused += raced(where)
        with Crm(where, today=TODAY) as crm:
            people = [contact.name for contact in crm.contacts()]
            with crm.session() as session:
                stamps = session.connection().execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all()
        lost += len({f"Person {number}" for number in range(WRITERS)} - set(people))
        assert len(people) <= WRITERS
        assert [int(stamp) for stamp in stamps] == [SCHEMA]
        if where == url:
            emptied(url)
    report(
        f"3. the first run, {engine_of(url)}",
        f"{rounds} × {WRITERS} processes create the same database, {READERS} read it",
        counted(refused=refused, lost=lost),
    )
    assert (refused, lost) == (0, 0)


def raced(where: str) -> int:
    """The number of processes that were refused when all created the database at once."""
    start = CONTEXT.Barrier(WRITERS + READERS)
    running = [Worker(write, where, f"Person {number}", start) for number in range(WRITERS)]
    running += [Worker(read, where, start) for _ in range(READERS)]
    return sum(not _is_done(worker) for worker in running)


def _is_done(worker: Worker) -> bool:
    with worker:
        told = worker.rest()
        worker.process.join()
        return bool(told) and worker.process.exitcode == 0


def emptied(url: str) -> None:
    """Drop all tables of a server's database, for the next round."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
