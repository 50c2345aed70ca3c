"""Migrations: the schema they build is the models', and a file is the old one or the new one."""

import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from netcrm import Crm
from netcrm.domain.models import Stored
from netcrm.store.backup import beside, copy_rows, examine, file_engine
from netcrm.store.database import Store
from netcrm.store.location import SCHEMA, Location, locate
from netcrm.store.migrate import migrate_file, migrate_server
from netcrm.store.schema import MIGRATIONS, VERSION_TABLE, build
from tests.helpers.books import SCHEMAS, TABLES, TODAY, everything, released, season, take_back_all, whole

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

WORKS = """
def upgrade() -> None:
    with op.batch_alter_table("contact") as contact:
        contact.add_column(sa.Column("nickname", sa.String()))
"""
DIES = WORKS + "    op.execute('SELECT * FROM nowhere')\n"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the migrations, to add to."""
    return Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


def later(scripts: Path, upgrade: str) -> Path:
    """The migrations with one more, as a later release would bring."""
    names = f'revision = "{SCHEMA + 1:04}"\ndown_revision = "{SCHEMA:04}"\n\n'
    head = f"import sqlalchemy as sa\nfrom alembic import op\n\n{names}"
    (scripts / "versions" / f"{SCHEMA + 1:04}_later.py").write_text(head + upgrade)
    return scripts


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    store = Store(locate(url), now=lambda: NOW)
    with store.write("add", "nothing", TODAY):
        pass
    with store.engine.connect() as opened, opened.begin():
        yield opened
    store.close()


def test_the_migrations_build_what_the_models_say(connection: Connection) -> None:
    """A database that was migrated has exactly the tables, columns, constraints and indexes of the models."""
    options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    assert compare_metadata(context, Stored.metadata) == []


def test_the_schema_number_is_the_newest_migrations() -> None:
    """What a file is stamped with is the number of the last migration there is."""
    numbers = sorted(int(path.name[:4]) for path in (MIGRATIONS / "versions").glob("0*.py"))
    assert numbers == list(range(1, SCHEMA + 1))


def test_a_file_is_backed_up_before_it_is_migrated(tmp_path: Path, scripts: Path) -> None:
    """Before a file that holds something is changed, a private copy of it is made beside it."""
    path = tmp_path / "book.db"
    with Crm(path, today=TODAY) as crm:
        season(crm)
        before = everything(crm)
    store = Store(Location(path=path), now=lambda: NOW)
    backup = migrate_file(store.engine, path, SCHEMA, NOW, later(scripts, WORKS))
    assert backup is not None
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with Crm(backup, today=TODAY) as crm:
        assert everything(crm) == before
    database = sqlite3.connect(path)
    assert database.execute("SELECT name, nickname FROM contact").fetchone() == ("Dana Wu", None)
    assert database.execute("SELECT count(*) FROM contact_method").fetchone() == (3,)
    assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA + 1,)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


_WORKED_OUT = (("interaction", "kind"), ("interaction", "said"))
"""Columns that the database computes."""


def rows_of(path: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """Every row of every table, as SQLite has it, without what it works out by itself."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        there = {row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {
            (name, row["id"]): {key: value for key, value in dict(row).items() if (name, key) not in _WORKED_OUT}
            for name in there.intersection((*TABLES, "operation", "change"))
            for row in database.execute(f'SELECT * FROM "{name}"')
        }


def test_there_is_a_book_of_every_released_schema() -> None:
    """Whoever raises the schema leaves behind a book of the one before."""
    assert sorted(path.name for path in SCHEMAS.iterdir()) == [f"schema{number}.sql" for number in range(1, SCHEMA)]


@pytest.mark.parametrize("schema", range(1, SCHEMA))
def test_every_released_file_is_brought_up_to_date(tmp_path: Path, schema: int) -> None:
    """A file of each earlier schema keeps every value of every row, works, can be taken back, and was copied before."""
    path = released(schema, tmp_path / "old.db")
    before = rows_of(path)
    with Crm(path, today=TODAY) as crm:
        assert [contact.name for contact in crm.contacts()] == [
            "Ana Silva",
            "Dana Wu",
            "Jörg Müller",
            "Priya Raman",
            "Sam Okafor",
        ]
        assert any(one.step == "thank" and one.contact and one.contact.name == "Sam Okafor" for one in crm.plan())
        assert {one.check for one in crm.doctor()} <= {"backups", "reach"}
    after = rows_of(path)
    assert after.keys() == before.keys()
    assert {place: {key: after[place][key] for key in row} for place, row in before.items()} == before
    (copy,) = tmp_path.glob(f"old.db.schema{schema}-*.backup")
    assert rows_of(copy) == before
    with Crm(path, today=TODAY) as crm:
        take_back_all(crm)
        assert not any(everything(crm).values())


def test_two_that_open_an_old_file_at_once_both_succeed(tmp_path: Path) -> None:
    """Each wants to copy it first, in the same second: neither is refused, and it is migrated once."""
    path = released(1, tmp_path / "old.db")
    script = "import sys; from netcrm import Crm; print(len(Crm(sys.argv[1]).contacts()))"
    command = [sys.executable, "-c", script, str(path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate()[0].strip() for process in running] == ["5"] * 4
    assert examine(next(tmp_path.glob("*.backup"))).contacts == 5


@pytest.mark.parametrize("schema", range(1, SCHEMA))
def test_every_released_schema_on_a_server_is_brought_up_to_date(
    tmp_path: Path, postgresql_url: str, schema: int
) -> None:
    """The same on PostgreSQL: a server of that schema becomes what a file of it does, and was backed up before."""
    path = released(schema, tmp_path / "old.db")
    store = Store(locate(postgresql_url), now=lambda: NOW)
    old = file_engine(path)
    with old.connect() as source, store.engine.begin() as target:
        build(target, upto=schema)
        copy_rows(source, target)
    with Crm(postgresql_url, today=TODAY) as server, Crm(path, today=TODAY) as file:
        assert whole(server) == whole(file)
    (copy,) = beside(store.location)
    with Crm(copy, today=TODAY) as crm, Crm(path, today=TODAY) as file:
        assert examine(copy).schema == schema
        assert whole(crm) == whole(file)


def test_a_migration_that_dies_leaves_the_old_file(tmp_path: Path, scripts: Path) -> None:
    """Half a migration is none: after an error the file is the old one, and works."""
    path = tmp_path / "book.db"
    with Crm(path, today=TODAY) as crm:
        season(crm)
        before = everything(crm)
    store = Store(Location(path=path), now=lambda: NOW)
    with pytest.raises(Exception, match="nowhere"):
        migrate_file(store.engine, path, SCHEMA, NOW, later(scripts, DIES))
    with Crm(path, today=TODAY) as crm:
        assert everything(crm) == before
        crm.add("Jonas Berg")


def test_a_server_migration_that_dies_leaves_the_old_schema(postgresql_url: str, scripts: Path) -> None:
    """On a server too: the old schema or the new one, with every row."""
    with Crm(postgresql_url, today=TODAY) as crm:
        season(crm)
        before = everything(crm)
    store = Store(locate(postgresql_url), now=lambda: NOW)
    with pytest.raises(Exception, match="nowhere"):
        migrate_server(store.engine, store.location, NOW, later(scripts, DIES), known=SCHEMA + 1)
    with Crm(postgresql_url, today=TODAY) as crm:
        assert everything(crm) == before
    migrate_server(store.engine, store.location, NOW, later(scripts, WORKS), known=SCHEMA + 1)
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM contact WHERE nickname IS NULL")).scalar_one() == 4
