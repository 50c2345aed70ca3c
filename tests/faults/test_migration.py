"""A migration that is interrupted leaves the old schema with every row, and the next attempt succeeds.

One database is migrated from nothing to today's schema, and on to a later one that is made up. Each migration is first
stopped before each of its statements and before its COMMIT, by an error and by kill -9.
"""

import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect, text

from netcrm import Crm
from netcrm.store.backup import copy_rows, file_engine
from netcrm.store.database import Store
from netcrm.store.location import OLDEST, SCHEMA, locate
from netcrm.store.migrate import migrate_file, migrate_server
from netcrm.store.schema import MIGRATIONS, VERSION_TABLE
from netcrm.store.sqlite import create
from tests.faults.conftest import Report, Size
from tests.faults.figures import counted, engine_of
from tests.faults.processes import Tell, Worker
from tests.helpers.books import TODAY
from tests.helpers.releases import NEXT, RELEASED, release, released, scripts_upto

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

CHANGING = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")


class Stopped(Exception):
    """The error by which a migration is stopped."""


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """A store with its file, if it has one, but without a schema."""
    store = Store(locate(url), now=lambda: NOW)
    if store.location.path:
        create(store.location)
    try:
        yield store
    finally:
        store.close()


def migrate(url: str, scripts: Path, schema: int, *, stop_at: int = 0, kill: bool = False) -> int:
    """Migrate a database to this schema, or stop before the n-th change; returns the number of changes."""
    count = 0

    def next_change() -> None:
        nonlocal count
        count += 1
        if count == stop_at:
            if kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise Stopped

    def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith(CHANGING):
            next_change()

    with release(schema, scripts), opened(url) as store:
        event.listen(store.engine, "before_cursor_execute", before)
        event.listen(store.engine, "commit", lambda _: next_change())
        if store.location.path:
            migrate_file(store.engine, store.location.path, 0 if schema == OLDEST else schema - 1, NOW)
        else:
            migrate_server(store.engine, store.location, NOW)
    return count


def killed(tell: Tell, url: str, scripts: Path, schema: int, stop_at: int) -> None:
    """Run a migration that kills its own process."""
    migrate(url, scripts, schema, stop_at=stop_at, kill=True)


def stopped(url: str, scripts: Path, schema: int, stop_at: int, *, kill: bool) -> None:
    """Run a migration that is stopped before the n-th change."""
    if kill:
        with Worker(killed, url, scripts, schema, stop_at) as worker:
            worker.process.join()
            assert worker.process.exitcode == -signal.SIGKILL
        return
    with pytest.raises(Stopped):
        migrate(url, scripts, schema, stop_at=stop_at)


def state(url: str, schema: int) -> dict[str, list[Any]]:
    """The numbers of the rows in every table, and the schema in `VERSION_TABLE`."""
    with release(schema, MIGRATIONS), opened(url) as store, store.engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        columns = {name: "version_num" if name == VERSION_TABLE else "id" for name in tables}
        queries = {name: text(f"SELECT {column} FROM {name} ORDER BY 1") for name, column in columns.items()}
        return {name: list(connection.execute(query).scalars()) for name, query in queries.items()}


def fill(url: str, folder: Path) -> None:
    """Put the rows of a season into a database of the oldest schema."""
    new, old = released(SCHEMA, folder / "new.db"), folder / "old.db"
    (folder / "filling").mkdir()
    migrate(str(old), scripts_upto(OLDEST, folder / "filling"), OLDEST)
    with closing(sqlite3.connect(old)) as database:
        database.execute("ATTACH ? AS new", (str(new),))
        tables = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> ?"
        for (name,) in database.execute(tables, (VERSION_TABLE,)).fetchall():
            columns = ", ".join(f'"{row[1]}"' for row in database.execute(f"PRAGMA main.table_info({name})"))
            database.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM new.{name}")
        database.commit()
    source = file_engine(old)
    with opened(url) as store, source.connect() as read, store.engine.connect() as written, written.begin():
        copy_rows(read, written)


def test_a_migration_is_whole_or_not_there(url: str, tmp_path: Path, size: Size, report: Report) -> None:
    """A migration stopped at any point leaves the old schema with all rows, and succeeds when it runs again."""
    counts, trial = Counter[str](tries=0, half=0), tmp_path / "trial.db"
    for schema in (*RELEASED, NEXT):
        (folder := tmp_path / f"to{schema}").mkdir()
        scripts, before = scripts_upto(schema, folder), state(url, schema)
        changes = migrate(str(trial), scripts, schema)
        places = list(product(range(1, changes + 1), (False, True)))
        for stop_at, kill in places if size(0, 1) else [(changes, schema % 2 == 1)]:
            stopped(url, scripts, schema, stop_at, kill=kill)
            counts["tries"] += 1
            counts["half"] += state(url, schema) != before
        migrate(url, scripts, schema)
        if schema == OLDEST:
            fill(url, tmp_path)
            kept = state(url, schema)
        migrated = state(url, schema)
        assert migrated == {**migrated, **kept, VERSION_TABLE: [f"{schema:04}"]}
    report(
        f"6. migrations, {engine_of(url)}",
        f"{len(RELEASED) + 1} migrations stopped {counts['tries']} times, by an error or by kill -9",
        counted(half_done=counts["half"]),
    )
    assert not counts["half"]
    with release(NEXT, scripts), Crm(url, today=TODAY) as crm:
        assert [contact.name for contact in crm.contacts("dana")] == ["Dana Wu"]
        crm.add("Jonas Berg")
