"""Migrating a database to today's schema.

alembic runs the migrations on both engines, in one transaction that is the only writer. The schema's number is written
in the same transaction, so that a database has the old schema or the new one, never half of it. A database that has
rows is backed up first: the copy of a file is put beside it, that of a server into the user's data directory.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from netcrm.errors import CannotUse, NotOurs
from netcrm.store.backup import back_up_beside
from netcrm.store.location import APPLICATION_ID, SCHEMA, Location, refuse_unknown_schema
from netcrm.store.schema import VERSION_TABLE, build, schema_number


def migrate_file(engine: Engine, path: Path, version: int, now: datetime) -> Path | None:
    """Migrate an SQLite file; returns the backup that was made first, or None for a new file."""
    backup = back_up_beside(engine, Location(path=path), f"schema{version}", now) if version else None
    with engine.connect().execution_options(netcrm_purpose="migrate") as connection, connection.begin():
        build(connection)
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if orphans:
            why = f"the new schema left {len(orphans)} rows without their parents; nothing was changed"
            raise CannotUse(str(path), why)
    return backup


def migrate_server(engine: Engine, location: Location, now: datetime) -> Path | None:
    """Migrate a PostgreSQL database, or refuse one of another program or of an unknown schema.

    Returns the backup that was made first, or None for a new database and for one that has today's schema.
    """
    version = _schema_of_server(engine, str(location))
    refuse_unknown_schema(str(location), version)
    if version == SCHEMA:
        return None
    backup = back_up_beside(engine, location, f"schema{version}", now) if version else None
    with engine.connect() as connection, connection.begin():
        wait_for_writers(connection)
        build(connection)
    return backup


def wait_for_writers(connection: Connection) -> None:
    """Take the lock of a server that every writer takes, so that none overwrites what another has just changed."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPLICATION_ID})


def _schema_of_server(engine: Engine, where: str) -> int:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        if VERSION_TABLE in tables:
            return schema_number(connection)
        if foreign := tables & _our_names():
            raise NotOurs(where, f"it has a table “{min(foreign)}” of another program")
        return 0


def _our_names() -> set[str]:
    from netcrm.domain.models import Stored

    return {*Stored.metadata.tables, "history", "contacts"}
