"""Writing, undo and the journal, on SQLite and on PostgreSQL alike."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from netcrm import Contact, Crm
from netcrm.errors import CannotUse, NewerSchema, NothingToUndo, NotOurs
from netcrm.store import unit_of_work
from tests.helpers.books import TODAY, everything, texts

Act = Callable[[Crm], object]


def first_id(crm: Crm) -> str:
    return crm.due()[0].id


ACTS: dict[str, Act] = {
    "init": lambda crm: crm.init(phone="+49 30 99", country=None),
    "add": lambda crm: crm.add("Jonas Berg", emails=["jonas@example.net"], tags=["a", "b"], company="Initech"),
    "edit": lambda crm: crm.edit("dana", company="Umbra Labs", emails=["d@umbra.example"], drop=["ally"]),
    "remove": lambda crm: crm.remove("sam"),
    "log": lambda crm: crm.log(["dana", "sam"], "meeting", "Lunch", offer="acme"),
    "offer": lambda crm: crm.add_offer("Initech", people=["New Person <new@initech.example>:recruiter"]),
    "with": lambda crm: crm.add_to_offer("globex", ["Dana Wu:recruiter", "sam:hiring-manager"]),
    "edit offer": lambda crm: crm.edit_offer("acme", role="Lead", decided_on=TODAY - timedelta(days=1), drop=["sam"]),
    "reopen offer": lambda crm: crm.reopen_offer("acme"),
    "remove offer": lambda crm: crm.remove_offer("acme"),
    "decline": lambda crm: crm.decline("globex"),
    "accept": lambda crm: crm.accept("globex", signed_on=TODAY, starts_on=date(2027, 1, 4)),
    "job": lambda crm: crm.job_started(TODAY, email="robin@globex.example"),
    "done": lambda crm: crm.done(first_id(crm), note="Went well"),
    "snooze": lambda crm: crm.snooze(first_id(crm), until="3 days"),
    "skip": lambda crm: crm.skip(first_id(crm), reason="No"),
}


@pytest.fixture
def crm(season_url: str) -> Iterator[Crm]:
    with Crm(season_url, today=TODAY) as opened:
        yield opened


@pytest.mark.parametrize("act", ACTS)
def test_undo_restores_every_table_and_view(crm: Crm, act: str) -> None:
    """After undo of an operation, every table and view is as it was before the operation."""
    before = everything(crm)
    ACTS[act](crm)
    assert everything(crm) != before
    crm.undo()
    assert everything(crm) == before


@pytest.mark.parametrize("act", ["done", "snooze", "skip"])
def test_reopening_restores_every_table_and_view(crm: Crm, act: str) -> None:
    """Reopening a follow-up restores all rows, and undo of that restores the answer."""
    before, first = everything(crm), first_id(crm)
    ACTS[act](crm)
    answered = everything(crm)
    crm.reopen(first)
    assert everything(crm) == before
    crm.undo()
    assert everything(crm) == answered


@pytest.mark.short
def test_undo_can_be_repeated_back_to_nothing(crm: Crm) -> None:
    """Each undo takes back one more operation, until none is left; then undo is refused."""
    states = []
    for act in ("done", "edit", "accept", "remove"):
        states.append(everything(crm))
        ACTS[act](crm)
    while states:
        crm.undo()
        assert everything(crm) == states.pop()
    for _ in range(5):
        crm.undo()
    assert not any(everything(crm).values())
    with pytest.raises(NothingToUndo, match="nothing to undo"):
        crm.undo()


@pytest.mark.short
def test_the_journal_keeps_what_was_undone(crm: Crm) -> None:
    """An undone operation stays in the list of operations, marked; the next undo takes back the one before it."""
    crm.add("Jonas Berg")
    assert crm.undo()[0].summary == "Added Jonas Berg"
    assert crm.undo()[0].summary == "Declined the Acme Robotics offer"
    newest, before, *_ = crm.operations()
    assert (newest.summary, before.summary) == ("Added Jonas Berg", "Declined the Acme Robotics offer")
    assert newest.undone_at is not None


def test_an_operation_that_changes_nothing_leaves_no_trace(crm: Crm) -> None:
    """A command that changes no value records no operation."""
    count = len(crm.operations(1000))
    crm.edit("dana", company="Acme Robotics")
    assert len(crm.operations(1000)) == count


def test_a_number_is_never_given_twice(crm: Crm) -> None:
    """A contact added after an undo gets a new id, so that an id in your notes keeps its meaning."""
    first = crm.add("Jonas Berg").number
    crm.undo()
    assert crm.add("Ada Berg").number > first


def test_a_large_operation_is_journaled_in_pieces(crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation journaled in pieces is still one: it is listed, undone and rolled back as a whole."""
    monkeypatch.setattr(unit_of_work, "ROWS_AT_ONCE", 2)
    file = tmp_path / "people.csv"
    row = "\nPerson {at},p{at}@x.example,Acme,{title}"
    for title in ("Engineer", "Lead"):
        before = everything(crm)
        rows = (row.format(at=at, title=title) for at in range(9))
        file.write_text("Name,E-mail,Company,Title" + "".join(rows), encoding="utf-8")
        crm.import_csv(file)
        changed = everything(crm)
        crm.undo()
        assert everything(crm) == before
        crm.import_csv(file)
        assert len(everything(crm)["contact"]) == len(changed["contact"])
    before = everything(crm)
    with pytest.raises(ZeroDivisionError), crm._workspace.write("test", "Half of it") as unit:
        unit.change_all(Contact, {number: {"title": "Half"} for number in range(1, 10)})
        raise ZeroDivisionError
    assert everything(crm) == before


@pytest.mark.short
def test_an_exception_takes_everything_back(crm: Crm) -> None:
    """An operation that fails is rolled back: an unknown role on the second person leaves no offer."""
    before = everything(crm)
    with pytest.raises(Exception, match="role"):
        crm.add_offer("Initech", people=["Jonas Berg:recruiter", "Mia Lund:boss"])
    assert everything(crm) == before


def test_what_is_loaded_needs_no_session(crm: Crm) -> None:
    """All that belongs to an entity can be read after the session is closed."""
    offer = crm.offer("acme")
    assert [(part.contact.name, part.role, part.contact.email) for part in offer.participants] == [
        ("Dana Wu", "recruiter", "dana@acme.example"),
        ("Sam Okafor", "interviewer", "sam@acme.example"),
        ("Priya Raman", "referrer", None),
    ]
    assert crm.contact("dana").tags == ("ally",)


@pytest.mark.short
def test_a_session_reads_and_does_not_write(crm: Crm) -> None:
    """A session runs your own queries, and refuses to write."""
    with crm.session() as session:
        assert session.exec(select(Contact.name).order_by(Contact.name)).first() == "Dana Wu"
    with pytest.raises(CannotUse), crm.session() as session:
        session.connection().execute(text("DELETE FROM tag"))


def test_reading_writes_nothing(crm: Crm) -> None:
    """Reading methods change no row and add no operation."""
    before, count = everything(crm), len(crm.operations(1000))
    crm.due(), crm.plan(), crm.contacts("a"), crm.card("dana"), crm.why(first_id(crm)), list(crm.vcards())
    assert (everything(crm), len(crm.operations(1000))) == (before, count)


@pytest.mark.short
def test_two_writers_both_succeed(url: str) -> None:
    """Writers wait for each other: of 4 threads that add 5 people each, none fails and no person is lost."""
    with Crm(url, today=TODAY) as crm:
        crm.init(name="Robin Vale")

    def add(name: str) -> None:
        with Crm(url, today=TODAY) as mine:
            for number in range(5):
                mine.add(f"{name} {number}")

    threads = [threading.Thread(target=add, args=(name,)) for name in "ABCD"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Crm(url) as crm:
        assert len(crm.contacts()) == 20


def test_somebody_elses_server_database_is_refused(postgresql_url: str) -> None:
    """A server database that has a table named like one of netcrm's, but no version of netcrm's, is refused."""
    import psycopg

    plain = postgresql_url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE TABLE contact (id integer)")
    with pytest.raises(NotOurs, match="contact"):
        Crm(postgresql_url).add("Dana Wu")


def test_a_newer_server_schema_is_refused(postgresql_url: str) -> None:
    """A server database of a later netcrm is refused, as a file is."""
    with Crm(postgresql_url) as crm:
        crm.add("Dana Wu")
    import psycopg

    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE netcrm_version SET version_num = '0099'")
    with pytest.raises(NewerSchema, match="Upgrade netcrm"):
        Crm(postgresql_url).due()


@pytest.mark.short
def test_due_reads_a_file_as_it_reads_a_server(crm: Crm) -> None:
    """The same follow-up is due on both engines."""
    assert texts(crm)[0].startswith("Call Dana")
