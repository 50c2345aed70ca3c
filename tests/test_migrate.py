"""Migrations: the schema they build is the models', and a file is the old one or the new one."""

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from netcrm import Crm
from netcrm.models import Stored
from netcrm.store.door import Store
from netcrm.store.location import SCHEMA, Location, create, locate
from netcrm.store.migrate import migrate_file, migrate_server
from netcrm.store.schema import MIGRATIONS, VERSION_TABLE
from tests.books import TABLES, TODAY, everything, season, texts

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


@pytest.mark.parametrize("schema", range(1, SCHEMA))
def test_every_older_file_is_brought_up_to_date(tmp_path: Path, scripts: Path, schema: int) -> None:
    """A file of each schema before this one keeps its rows, and gets the tables and views of today."""
    for path in (scripts / "versions").glob("0*.py"):
        if int(path.name[:4]) > schema:
            path.unlink()
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    store = Store(Location(path=old), now=lambda: NOW)
    create(old)
    migrate_file(store.engine, old, 0, NOW, scripts)
    with Crm(new, today=TODAY) as crm:
        season(crm)
        crm.edit_offer("globex", respond_by=TODAY)
        crm.log("sam", "email")
        crm.log("sam", "email", direction="in")
        crm.log("dana", "meeting")
        crm.log("dana", "call", answered=False)
        crm.done(next(one.id for one in crm.plan() if one.step == "referrer"))
    with closing(sqlite3.connect(new)) as database:  # older files know only when a contact was changed last
        database.execute("UPDATE contact SET changed_at = added_on || ' 09:00:00.000000'")
        database.commit()
    with Crm(new, today=TODAY) as crm:
        wanted = everything(crm)
    with closing(sqlite3.connect(old)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (schema,)
        database.execute("ATTACH ? AS new", (str(new),))
        for name in TABLES:
            columns = ", ".join(row[1] for row in database.execute(f"PRAGMA main.table_info({name})"))
            database.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM new.{name}")
        database.commit()
    with Crm(old, today=TODAY) as crm:
        assert everything(crm) == wanted
        assert "Decide about the Globex Analytics offer" in " ".join(texts(crm))
    assert list(tmp_path.glob(f"old.db.schema{schema}-*.backup"))


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
