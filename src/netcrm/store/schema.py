"""Building our schema: alembic's migrations, run in somebody's transaction."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, StaticPool, create_engine, text

from netcrm.store.location import APPLICATION_ID
from netcrm.store.sqlite import driver

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "netcrm_version"


def build(connection: Connection, *, upto: int | None = None) -> None:
    """Run every migration that is missing, or those up to one schema, in the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, f"{upto:04}" if upto else "head")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version={number(connection)}")


def number(connection: Connection) -> int:
    """The schema that a database has: the number of the newest migration it has seen."""
    return int(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())


def fill_memory(engine: Engine) -> None:
    """Give a new database in memory our schema: a copy of what the migrations built first in this process."""
    with closing(engine.raw_connection()) as connection:
        driver(connection).deserialize(_empty())


def objects() -> list[tuple[str, str, str]]:
    """Every table, view and index of ours: its kind, its name, and the SQL that makes it."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(_empty())
        rows = database.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
        )
        return rows.fetchall()


@cache
def _empty() -> bytes:
    """An empty database of our schema, as SQLite would keep it in a file."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        build(connection)
    with closing(engine.raw_connection()) as connection:
        content = driver(connection).serialize()
    engine.dispose()
    return content
