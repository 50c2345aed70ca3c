"""Bringing a database to the schema this program knows.

alembic runs the migrations of both engines, inside one transaction that holds the
database alone, with the schema's number stamped in the same transaction; so a file is
the old one or the new one, never between. A file that already held something is copied
first, beside itself, through SQLite's online backup.
"""

import errno
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from datetime import datetime
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, StaticPool, create_engine, inspect, text

from netcrm.errors import CannotUse, NewerSchema, NotOurs
from netcrm.store.location import APPLICATION_ID, SCHEMA, in_words

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "netcrm_version"


def migrate_within(connection: Connection, scripts: Path = MIGRATIONS) -> None:
    """Run every migration that is missing, in the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version={_number(connection)}")


def fill_memory(engine: Engine) -> None:
    """Give a new database in memory our schema: a copy of what the migrations built first in this process."""
    with closing(engine.raw_connection()) as connection:
        connection.driver_connection.deserialize(_empty())  # type: ignore[union-attr] # it is SQLite's


@cache
def _empty() -> bytes:
    """An empty database of our schema, as SQLite would keep it in a file."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        migrate_within(connection)
    with closing(engine.raw_connection()) as opened:
        found: bytes = opened.driver_connection.serialize()  # type: ignore[union-attr] # it is SQLite's
    engine.dispose()
    return found


def _number(connection: Connection) -> int:
    return int(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())


def migrate_file(engine: Engine, path: Path, version: int, now: datetime, scripts: Path = MIGRATIONS) -> Path | None:
    """Migrate an SQLite file; the backup that was made of it, if it held anything."""
    backup = back_up(path, version, now) if version else None
    with engine.connect().execution_options(netcrm_purpose="migrate") as connection, connection.begin():
        migrate_within(connection, scripts)
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if orphans:
            why = f"the new schema left {len(orphans)} rows without their parents; nothing was changed"
            raise CannotUse(str(path), why)
    return backup


def back_up(path: Path, version: int, now: datetime) -> Path:
    """A consistent, private copy beside the file, taken while others may be writing."""
    named = f"{path.name}.schema{version}-{now:%Y%m%dT%H%M%SZ}"
    with in_words(str(path), 0):
        copy = _first_free(
            path.with_name(f"{named}{again}.backup") for again in ("", *(f"-{n}" for n in range(2, 100)))
        )
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    return copy


def _first_free(paths: Iterable[Path]) -> Path:
    """A new empty private file, by the first of these names that nobody has."""
    for path in paths:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            return path
    raise FileExistsError(errno.EEXIST, "every name for a backup is taken; move the old ones away")


def migrate_server(engine: Engine, where: str, scripts: Path = MIGRATIONS, known: int = SCHEMA) -> None:
    """Migrate a PostgreSQL database, unless it holds somebody else's tables or a newer schema."""
    with engine.connect() as connection, connection.begin():
        tables = set(inspect(connection).get_table_names())
        found = 0
        if VERSION_TABLE in tables:
            found = _number(connection)
        elif tables & _our_names():
            raise NotOurs(where, f"it has a table “{min(tables & _our_names())}” of another program")
        if found > known:
            raise NewerSchema(where, found, known)
        if found < known:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPLICATION_ID})
            migrate_within(connection, scripts)


def _our_names() -> set[str]:
    from netcrm.models import Stored

    return {*Stored.metadata.tables, "history", "contacts"}
