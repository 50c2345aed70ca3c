"""The damage of a database file: what SQLite finds, and values of the wrong type, which SQLite does not find.

SQLite keeps no checksums, so it accepts damaged bytes that form another value. Comparing with a backup finds a wrong
value of the right type (`netcrm.store.drift`).
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
    """The damage that SQLite finds in a database; empty if there is none."""
    try:
        words = [row[0] for row in database.execute("PRAGMA integrity_check")]
        orphans = database.execute("PRAGMA foreign_key_check").fetchall()
        # Nothing else reads the text of the views.
        database.execute("SELECT name, sql FROM sqlite_master").fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return [str(error)]
    lost = [f"row {row} of {table} refers to nothing in {parent}" for table, row, parent, _ in orphans]
    return ([] if words == ["ok"] else words) + lost


def damage(path: Path, lock_timeout: float) -> list[str]:
    """The damage of a file, in its structure and in its values; empty if there is none."""
    try:
        with closing(connect(path, writes=False, lock_timeout=lock_timeout)) as database:
            return unsound(database) or (_misread(database) if schema_of(database) == SCHEMA else [])
    except sqlite3.OperationalError:  # locked, or it can't be opened: that is not damage
        raise
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return [str(error)]


def _misread(database: sqlite3.Connection) -> list[str]:
    """A sentence for each table that has a value of another type than its column: SQLite takes a number for a name."""
    problems = []
    with engine_over(database).connect() as connection:
        for table in Stored.metadata.sorted_tables:
            types = [_python_type(column.type) for column in stored(table)]
            try:
                if any(_misfit(row, types) for row in stored_rows(connection, table)):
                    problems.append(f"a value in the table {table.name} is of the wrong kind")
            except (SQLAlchemyError, ValueError, TypeError) as error:
                problems.append(f"a value in the table {table.name} can't be read ({first_line(error)})")
    return problems


def _python_type(column_type: TypeEngine[Any]) -> type:
    plain = column_type.impl_instance if isinstance(column_type, TypeDecorator) else column_type
    return plain.python_type


def _misfit(row: Values, types: Sequence[type]) -> bool:
    return any(value is not None and not isinstance(value, kind) for value, kind in zip(row, types, strict=True))


def engine_over(database: sqlite3.Connection) -> Engine:
    """An engine over a connection that is open already."""
    return create_engine("sqlite://", creator=lambda: database, poolclass=StaticPool, hide_parameters=True)


def stored(table: Table) -> list[Column[Any]]:
    """The columns of a table that are not computed by the database, the number first."""
    return [table.c.id, *(column for column in table.c if column.computed is None and column.name != "id")]


def stored_rows(connection: Connection, table: Table) -> Iterator[Values]:
    """The rows of a table in number order, without computed values; a few thousand are in memory at a time."""
    ordered = select(*stored(table)).order_by(table.c.id)
    yield from connection.execution_options(yield_per=ROWS_AT_ONCE).execute(ordered)


def first_line(error: Exception) -> str:
    """The first line of an error's message, or of the driver's error that it wraps."""
    return (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0]
