"""Bringing a database to the schema this program knows.

alembic runs the migrations of both engines, inside one transaction that holds the
database alone, with the schema's number stamped in the same transaction; so a database is
the old one or the new one, never between. One that already held something is backed up
first: a file beside itself, a server into the user's data.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from netcrm.errors import CannotUse, NotOurs
from netcrm.store.backup import back_up_beside
from netcrm.store.location import APPLICATION_ID, SCHEMA, Location, refuse_unknown_schema
from netcrm.store.schema import VERSION_TABLE, build, number


def migrate_file(engine: Engine, path: Path, version: int, now: datetime) -> Path | None:
    """Migrate an SQLite file; the backup that was made of it, if it held anything."""
    backup = back_up_beside(engine, Location(path=path), f"schema{version}", now) if version else None
    with engine.connect().execution_options(netcrm_purpose="migrate") as connection, connection.begin():
        build(connection)
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if orphans:
            why = f"the new schema left {len(orphans)} rows without their parents; nothing was changed"
            raise CannotUse(str(path), why)
    return backup


def migrate_server(engine: Engine, location: Location, now: datetime) -> Path | None:
    """Migrate a PostgreSQL database, unless another program or another netcrm made it; the backup, if any."""
    found = _schema_of_server(engine, str(location))
    refuse_unknown_schema(str(location), found)
    if found == SCHEMA:
        return None
    backup = back_up_beside(engine, location, f"schema{found}", now) if found else None
    with engine.connect() as connection, connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPLICATION_ID})
        build(connection)
    return backup


def _schema_of_server(engine: Engine, where: str) -> int:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        if VERSION_TABLE in tables:
            return number(connection)
        if strangers := tables & _our_names():
            raise NotOurs(where, f"it has a table “{min(strangers)}” of another program")
        return 0


def _our_names() -> set[str]:
    from netcrm.domain.models import Stored

    return {*Stored.metadata.tables, "history", "contacts"}
