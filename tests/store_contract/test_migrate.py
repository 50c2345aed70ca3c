"""Migrations build the schema of the models, and a database has the old schema or the new one, never half of it."""

import re
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
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
from netcrm.errors import BadBackup, OlderSchema
from netcrm.store import sqlite
from netcrm.store.backup import beside, copy_rows, examine, file_engine
from netcrm.store.database import Store
from netcrm.store.location import OLDEST, SCHEMA, Location, locate
from netcrm.store.migrate import migrate_file, migrate_server
from netcrm.store.schema import MIGRATIONS, VERSION_TABLE, build
from tests.faults.processes import Tell, Worker
from tests.helpers.books import TABLES, TODAY, everything, season, take_back_all, whole
from tests.helpers.cli_runner import Cli
from tests.helpers.releases import (
    DIES,
    NEXT,
    REFUSED,
    RELEASED,
    SCHEMAS,
    WORKS,
    dumped,
    loaded,
    refused,
    release,
    released,
    scripts_upto,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """The migrations of a later release: today's and one that adds a column."""
    return scripts_upto(NEXT, tmp_path, WORKS)


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """The migrations of a later release whose last one fails after it has added a column."""
    (tmp_path / "failing").mkdir()
    return scripts_upto(NEXT, tmp_path / "failing", DIES)


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    store = Store(locate(url), now=lambda: NOW)
    with store.write("add", "nothing", TODAY):
        pass
    with store.engine.connect() as opened, opened.begin():
        yield opened
    store.close()


@pytest.mark.short
def test_the_migrations_build_what_the_models_say(connection: Connection) -> None:
    """A database that was migrated has exactly the tables, columns, constraints and indexes of the models."""
    options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    assert compare_metadata(context, Stored.metadata) == []


def test_the_schema_number_is_the_newest_migrations() -> None:
    """The schema's number is that of the newest migration."""
    numbers = sorted(int(path.name[:4]) for path in (MIGRATIONS / "versions").glob("0*.py"))
    assert numbers == list(RELEASED)


def test_a_migration_imports_nothing_of_netcrm() -> None:
    """A migration builds the same schema even if the program changes later."""
    for script in (MIGRATIONS / "versions").glob("0*.py"):
        assert not re.search(r"^\s*(?:import|from) netcrm", script.read_text(), re.MULTILINE)


def test_a_file_is_backed_up_before_it_is_migrated(tmp_path: Path, scripts: Path) -> None:
    """Before a file with rows is migrated, a private copy of it is made beside it."""
    path = tmp_path / "crm.db"
    with Crm(path, today=TODAY) as crm:
        season(crm)
        before = everything(crm)
    store = Store(Location(path=path), now=lambda: NOW)
    with release(NEXT, scripts):
        backup = migrate_file(store.engine, path, SCHEMA, NOW)
    assert backup is not None
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with Crm(backup, today=TODAY) as crm:
        assert everything(crm) == before
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT name, nickname FROM contact").fetchone() == ("Dana Wu", None)
        assert database.execute("SELECT count(*) FROM contact_method").fetchone() == (3,)
        assert database.execute("PRAGMA user_version").fetchone() == (NEXT,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


_COMPUTED = (("interaction", "kind"), ("interaction", "said"))


def rows_of(path: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """Every row of every table without computed values, read by SQLite alone."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        tables = {row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {
            (name, row["id"]): {key: value for key, value in dict(row).items() if (name, key) not in _COMPUTED}
            for name in tables.intersection((*TABLES, "operation", "change"))
            for row in database.execute(f'SELECT * FROM "{name}"')
        }


def test_there_is_a_book_of_every_released_schema() -> None:
    """A migration comes with a dump of the schema before it."""
    dumps = sorted(int(path.stem.removeprefix("schema")) for path in SCHEMAS.glob("*.sql"))
    assert dumps == list(range(OLDEST, SCHEMA))


def test_a_dump_holds_every_row(tmp_path: Path, season_file: Path) -> None:
    """A database that is made from a dump equals the one that was dumped."""
    assert rows_of(loaded(dumped(season_file), tmp_path / "again.db")) == rows_of(season_file)


@pytest.mark.parametrize("schema", RELEASED)
def test_every_released_file_is_brought_up_to_date(tmp_path: Path, schema: int, scripts: Path) -> None:
    """A migrated file of each earlier schema has every value of every row, can be undone, and was copied before."""
    path = released(schema, tmp_path / "old.db")
    before = rows_of(path)
    with release(NEXT, scripts), Crm(path, today=TODAY) as crm:
        assert [contact.name for contact in crm.contacts()] == [
            "Dana Wu",
            "Lena Fischer",
            "Priya Raman",
            "Sam Okafor",
        ]
        thanked = [follow_up.contact for follow_up in crm.plan() if follow_up.step == "thank"]
        assert any(contact and contact.name == "Sam Okafor" for contact in thanked)
        assert {finding.check for finding in crm.doctor()} <= {"backups", "reach"}
    after = rows_of(path)
    assert after.keys() == before.keys()
    assert {place: {key: after[place][key] for key in row} for place, row in before.items()} == before
    (copy,) = tmp_path.glob(f"old.db.schema{schema}-*.backup")
    assert rows_of(copy) == before
    with release(NEXT, scripts), Crm(path, today=TODAY) as crm:
        take_back_all(crm)
        assert not any(everything(crm).values())


def count_contacts(tell: Tell, path: Path, scripts: Path) -> None:
    """Tell how many contacts the later release finds in a database."""
    with release(NEXT, scripts), Crm(path) as crm:
        tell(len(crm.contacts()))


def test_two_that_open_an_old_file_at_once_both_succeed(tmp_path: Path, scripts: Path) -> None:
    """Several processes may copy and migrate a file in the same second; none is refused."""
    path = released(SCHEMA, tmp_path / "old.db")
    running = [Worker(count_contacts, path, scripts) for _ in range(4)]
    for worker in running:
        with worker:
            assert worker.end() == [4]
    with release(NEXT, scripts):
        assert {examine(copy).contacts for copy in tmp_path.glob("*.backup")} == {4}


@pytest.mark.parametrize("schema", RELEASED)
def test_every_released_schema_on_a_server_is_brought_up_to_date(
    tmp_path: Path, postgresql_url: str, schema: int, scripts: Path
) -> None:
    """A migrated server of each earlier schema equals a migrated file of it, and was backed up before."""
    path = released(schema, tmp_path / "old.db")
    store = Store(locate(postgresql_url), now=lambda: NOW)
    old = file_engine(path)
    with old.connect() as source, store.engine.begin() as target:
        build(target, upto=schema)
        copy_rows(source, target)
    with release(NEXT, scripts):
        with Crm(postgresql_url, today=TODAY) as server, Crm(path, today=TODAY) as file:
            assert whole(server) == whole(file)
        (copy,) = beside(store.location)
        assert examine(copy).schema == schema
        with Crm(copy, today=TODAY) as crm, Crm(path, today=TODAY) as file:
            assert whole(crm) == whole(file)


@pytest.mark.parametrize("schema", RELEASED)
def test_a_backup_of_every_released_schema_is_restored(tmp_path: Path, schema: int, scripts: Path) -> None:
    """A backup of each earlier schema is migrated in memory and restored with every row; its file stays as it was."""
    backup = released(schema, tmp_path / "old.db")
    content = backup.read_bytes()
    with release(NEXT, scripts), Crm(tmp_path / "new.db", today=TODAY) as crm:
        crm.restore(backup)
        with Crm(shutil.copy(backup, tmp_path / "copy.db"), today=TODAY) as migrated:
            assert whole(crm) == whole(migrated)
    assert backup.read_bytes() == content


def test_a_migration_that_dies_leaves_the_old_file(tmp_path: Path, failing: Path) -> None:
    """After an error in a migration the file has its old schema and works."""
    path = tmp_path / "crm.db"
    with Crm(path, today=TODAY) as crm:
        season(crm)
        before = everything(crm)
    store = Store(Location(path=path), now=lambda: NOW)
    with release(NEXT, failing), pytest.raises(Exception, match="nowhere"):
        migrate_file(store.engine, path, SCHEMA, NOW)
    with Crm(path, today=TODAY) as crm:
        assert everything(crm) == before
        crm.add("Jonas Berg")


@pytest.mark.short
def test_a_server_migration_that_dies_leaves_the_old_schema(postgresql_url: str, scripts: Path, failing: Path) -> None:
    """After an error in a migration a server has its old schema with every row, and the next migration succeeds."""
    with Crm(postgresql_url, today=TODAY) as crm:
        season(crm)
        before = everything(crm)
    store = Store(locate(postgresql_url), now=lambda: NOW)
    with release(NEXT, failing), pytest.raises(Exception, match="nowhere"):
        migrate_server(store.engine, store.location, NOW)
    with Crm(postgresql_url, today=TODAY) as crm:
        assert everything(crm) == before
    with release(NEXT, scripts):
        migrate_server(store.engine, store.location, NOW)
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM contact WHERE nickname IS NULL")).scalar_one() == 4


# --------------------------------------------------------------------------- schemas from before the first release


OPENING: dict[str, Callable[[Crm], object]] = {
    "plan": lambda crm: crm.due(),
    "read": lambda crm: crm.contacts(),
    "write": lambda crm: crm.add("Jonas Berg"),
    "undo": lambda crm: crm.undo(),
    "back up": lambda crm: crm.backup(Path(crm.where).with_name("copy")),
    "damage": lambda crm: crm.damage(),
}
ADVICE = r"earlier version of netcrm \(schema {}\); export it as JSON with that version .*, then import FILE into a new"


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of a folder: its bytes, and when it was written."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


@pytest.mark.parametrize("schema", REFUSED)
def test_an_earlier_schema_is_refused_untouched(tmp_path: Path, schema: int) -> None:
    """Such a file is neither read nor changed, however it is opened, and no copy is made of it."""
    path = refused(schema, tmp_path / "old.db")
    before = state(tmp_path)
    for act in OPENING.values():
        with Crm(path, today=TODAY) as crm, pytest.raises(OlderSchema, match=ADVICE.format(schema)):
            act(crm)
    assert state(tmp_path) == before


def test_an_earlier_schema_is_refused_before_sqlite_opens_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another tool has switched to WAL keeps its log, its index and every byte."""
    monkeypatch.setattr(sqlite, "_OURS", set())
    path = refused(OLDEST - 1, tmp_path / "old.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as tool:
        tool.execute("PRAGMA journal_mode=WAL")
        tool.execute("UPDATE contact SET notes = 'Met at a fair'")
        before = state(tmp_path)
        with Crm(path) as crm, pytest.raises(OlderSchema):
            crm.contacts()
        assert state(tmp_path) == before


def test_an_earlier_schema_on_a_server_is_refused(postgresql_url: str) -> None:
    """A server of such a schema is refused like a file, and no copy is made of it."""
    with Crm(postgresql_url, today=TODAY) as crm:
        season(crm)
    store = Store(locate(postgresql_url), now=lambda: NOW)
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{OLDEST - 1:04}'"))
    for name in ("plan", "read", "write", "undo"):
        with Crm(postgresql_url, today=TODAY) as crm, pytest.raises(OlderSchema, match=ADVICE.format(OLDEST - 1)):
            OPENING[name](crm)
    with Crm(postgresql_url, today=TODAY) as crm:
        assert [finding.check for finding in crm.doctor() if finding.wrong] == ["database"]
    assert beside(store.location) == []
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM contact")).scalar_one() == 4
    store.close()


@pytest.mark.parametrize("schema", REFUSED)
def test_a_backup_of_an_earlier_schema_is_not_restored(tmp_path: Path, schema: int) -> None:
    """The refusal says how to carry its data over, and neither the database nor the backup changes."""
    backup = refused(schema, tmp_path / "old.backup")
    with Crm(tmp_path / "crm.db", today=TODAY) as crm:
        crm.add("Jonas Berg")
        before = state(tmp_path)
        with pytest.raises(BadBackup, match=ADVICE.format(schema)):
            crm.restore(backup)
    assert state(tmp_path) == before


def test_nothing_is_restored_over_an_earlier_schema(tmp_path: Path) -> None:
    """A file of an earlier schema is not replaced by a backup, since its data would be lost."""
    backup, path = released(SCHEMA, tmp_path / "new.backup"), refused(OLDEST - 1, tmp_path / "old.db")
    before = state(tmp_path)
    with Crm(path, today=TODAY) as crm, pytest.raises(OlderSchema):
        crm.restore(backup)
    assert state(tmp_path) == before


def test_the_command_line_refuses_an_earlier_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command ends with exit code 4 and the sentence, except `doctor`, which lists it with what to do."""
    cli = Cli(tmp_path, capsys, monkeypatch)
    refused(OLDEST - 1, cli.db)
    copy = refused(OLDEST - 1, tmp_path / f"{cli.db.name}.schema{OLDEST - 1}-20261123T090000Z.backup")
    assert "`netcrm export json -o FILE`" in cli.refused("due", code=4)
    assert "`netcrm import json FILE`" in cli.refused("add", "Jonas Berg", code=4)
    findings = [finding for finding in cli("doctor", "--json", code=3).json["findings"] if finding["wrong"]]
    assert {finding["check"] for finding in findings} == {"database", "backups"}
    assert {finding["do"] for finding in findings} == {"keep it until its data is in a database of this version"}
    assert str(copy) in next(finding["what"] for finding in findings if finding["check"] == "backups")
