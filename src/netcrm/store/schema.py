"""Building netcrm's schema by alembic's migrations, in the caller's transaction.

The tables are declared in `netcrm.domain.models`.
"""

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
    """Run the missing migrations in the caller's transaction: all of them, or those up to one schema."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, f"{upto:04}" if upto else "head")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version={schema_number(connection)}")


def schema_number(connection: Connection) -> int:
    """The schema of a database: the number of the newest migration that ran on it."""
    return int(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())


def fill_memory(engine: Engine) -> None:
    """Give a new database in memory the schema; the migrations run once in a process, and their result is copied."""
    with closing(engine.raw_connection()) as connection:
        driver(connection).deserialize(_empty())


def objects() -> list[tuple[str, str, str]]:
    """The kind, the name and the SQL of every table, view and index of netcrm's."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(_empty())
        rows = database.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
        )
        return rows.fetchall()


@cache
def _empty() -> bytes:
    """An empty database of today's schema, byte by byte as SQLite would write it to a file."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        build(connection)
    with closing(engine.raw_connection()) as connection:
        content = driver(connection).serialize()
    engine.dispose()
    return content
