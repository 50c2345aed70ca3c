"""Whether a file of ours is sound: what SQLite sees of its damage, and what it does not.

SQLite keeps no checksums, so a scratch that happens to spell another value goes unnoticed. What is of another kind than
its column is found here; what is merely another value, by comparing with a backup (`netcrm.store.drift`).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, StaticPool, Table, TypeDecorator, create_engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from netcrm.domain.models import Stored
from netcrm.store.location import SCHEMA
from netcrm.store.sqlite import connect, schema_of

ROWS_AT_ONCE = 2_000

Values = Sequence[Any]
"""A row, by position."""


def unsound(database: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong with a database; nothing, when it is sound."""
    try:
        words = [row[0] for row in database.execute("PRAGMA integrity_check")]
        orphans = database.execute("PRAGMA foreign_key_check").fetchall()
        # The text of a view is checked by nobody else.
        database.execute("SELECT name, sql FROM sqlite_master").fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return [str(error)]
    lost = [f"row {row} of {table} refers to nothing in {parent}" for table, row, parent, _ in orphans]
    return ([] if words == ["ok"] else words) + lost


def damage(path: Path, lock_timeout: float) -> list[str]:
    """What is damaged in a file of ours, as SQLite sees it and in the values themselves; nothing, when it is sound."""
    try:
        with closing(connect(path, writes=False, lock_timeout=lock_timeout)) as database:
            return unsound(database) or (_misread(database) if schema_of(database) == SCHEMA else [])
    except sqlite3.OperationalError:  # locked, or not to be opened: that is no damage
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return [str(error)]


def _misread(database: sqlite3.Connection) -> list[str]:
    """The tables in which a value is not of its column's type; SQLite itself would keep a number for a name."""
    found = []
    with engine_over(database).connect() as connection:
        for table in Stored.metadata.sorted_tables:
            kinds = [_kind(column.type) for column in stored(table)]
            try:
                if any(_misfit(row, kinds) for row in stored_rows(connection, table)):
                    found.append(f"a value in the table {table.name} is of the wrong kind")
            except (SQLAlchemyError, ValueError, TypeError) as error:
                found.append(f"a value in the table {table.name} can't be read ({first_line(error)})")
    return found


def _kind(of: TypeEngine[Any]) -> type:
    return (of.impl_instance if isinstance(of, TypeDecorator) else of).python_type


def _misfit(row: Values, kinds: Sequence[type]) -> bool:
    return any(value is not None and not isinstance(value, kind) for value, kind in zip(row, kinds, strict=True))


def engine_over(database: sqlite3.Connection) -> Engine:
    """An engine over a connection that is open already."""
    return create_engine("sqlite://", creator=lambda: database, poolclass=StaticPool, hide_parameters=True)


def stored(table: Table) -> list[Column[Any]]:
    """The columns of a table, its number first, without what the database works out by itself."""
    others = (column for column in table.c if column.computed is None and column.name != "id")
    return [table.c.id, *others]


def stored_rows(connection: Connection, table: Table) -> Iterator[Values]:
    """What a table has stored, by number; a few thousand rows are in memory at a time."""
    ordered = select(*stored(table)).order_by(table.c.id)
    yield from connection.execution_options(yield_per=ROWS_AT_ONCE).execute(ordered)


def first_line(error: Exception) -> str:
    return (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0]
