"""Rows that changed although no operation wrote them are found by comparing a database with a backup."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from netcrm import Crm
from netcrm.store import drift
from netcrm.store.drift import altered
from netcrm.store.location import SCHEMA
from tests.helpers.acts import ACTS
from tests.helpers.books import TODAY, Act, act_out, season
from tests.helpers.copies import in_memory


@pytest.fixture
def crm(season_url: str) -> Iterator[Crm]:
    with Crm(season_url, today=TODAY) as opened:
        yield opened


@pytest.fixture
def backup(crm: Crm, tmp_path: Path) -> Path:
    return crm.backup(tmp_path / "book.backup").path


def alterations(crm: Crm, backup: Path) -> list[str] | None:
    with crm._workspace.store.read() as live:
        return altered(live, backup)


def slip(crm: Crm, statement: str) -> None:
    """Change a row as no operation does."""
    with crm._workspace.store.engine.connect() as connection, connection.begin():
        connection.execute(text(statement))


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.sampled_from(sorted(ACTS)), max_size=5),
    after=st.lists(st.sampled_from(sorted(ACTS)), max_size=6),
)
def test_whatever_was_done_since_is_no_alteration(
    before: list[str], after: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No row that an operation or an undo wrote is reported, since the journal has it."""
    with in_memory(season) as crm:
        act_out(crm, ACTS, before)
        made = crm.backup(tmp_path_factory.mktemp("law") / "copy").path
        act_out(crm, ACTS, after)
        assert alterations(crm, made) == []


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE contact SET name = 'Dora Wu' WHERE name = 'Dana Wu'", "1 row of the table contact"),
        ("DELETE FROM tag", "1 row of the table tag"),
        ("UPDATE participant SET role = 'other'", "5 rows of the table participant"),
        (
            "UPDATE operation SET summary = 'Added Dano Wu' WHERE summary = 'Added Dana Wu'",
            "1 row of the table operation",
        ),
        ("UPDATE change SET last = last + 1 WHERE id = 3", "1 row of the table change"),
    ],
)
def test_what_nothing_has_written_is_named(crm: Crm, backup: Path, statement: str, what: str) -> None:
    """Changed and missing rows are counted by table, whatever operations wrote elsewhere."""
    crm.add("Jonas Berg", tags=["new"])
    slip(crm, statement)
    assert alterations(crm, backup) == [what]


@pytest.mark.parametrize("change", ["name = 'adf'", "summary = 'Added Dan` Wu'"])
def test_a_flipped_bit_in_the_diary_hides_nothing(crm: Crm, backup: Path, change: str) -> None:
    """An operation in which a bit or two flipped is reported as altered, not taken for another operation."""
    slip(crm, f"UPDATE operation SET {change} WHERE summary = 'Added Dana Wu'")
    assert alterations(crm, backup) == ["1 row of the table operation"]


INCOMPARABLE: dict[str, Act] = {
    "a contact was forgotten since": lambda crm: crm.forget("sam"),
    "an older backup was restored since": lambda crm: [
        crm.restore(Path("earlier.backup")),
        crm.add("Ana Silva"),
        crm.add("Mia Lund"),
    ],
}


@pytest.mark.parametrize("why", INCOMPARABLE)
def test_what_can_not_be_compared_is_not(crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    """Nothing is reported if the journal does not have all that was written since the backup."""
    monkeypatch.chdir(tmp_path)
    crm.backup("earlier.backup")
    crm.add("Jonas Berg")
    later = crm.backup("later.backup").path
    INCOMPARABLE[why](crm)
    assert alterations(crm, later) is None


def test_a_backup_of_an_older_schema_is_not_compared(crm: Crm, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change made by a migration is not reported as an alteration."""
    assert alterations(crm, backup) == []
    monkeypatch.setattr(drift, "SCHEMA", SCHEMA + 1)
    assert alterations(crm, backup) is None


def test_after_restoring_the_backup_is_of_its_past_again(crm: Crm, backup: Path) -> None:
    """A restored database is compared with the backup that was restored."""
    crm.forget("sam")
    crm.restore(backup)
    assert alterations(crm, backup) is None  # Sam was forgotten again
    with Crm(memory=True, today=TODAY) as restored:
        restored.restore(backup)
        restored.add("Jonas Berg")
        assert alterations(restored, backup) == []


def test_doctor_names_the_backup_that_knows_better(tmp_path: Path, season_file: Path) -> None:
    """`doctor` reports an alteration as wrong, and names the newest backup that can be compared."""
    path, folder = tmp_path / "book.db", tmp_path / "copies"
    path.write_bytes(season_file.read_bytes())
    path.chmod(0o600)
    folder.mkdir()
    with Crm(path, today=TODAY) as crm:
        crm.backup(folder / "first.backup")
        crm.add("Jonas Berg", emails=["jonas@example.org"])
        crm.backup(folder / "second.backup")
        with closing(sqlite3.connect(path)) as database:
            database.execute("UPDATE contact SET title = 'Shift lead' WHERE name = 'Jonas Berg'")
            database.commit()
        wrong = [one for one in crm.doctor(backups=folder) if one.wrong]
    assert [one.check for one in wrong] == ["database"]
    assert f"changed since the backup {folder / 'second.backup'}" in wrong[0].what
    assert "1 row of the table contact" in wrong[0].what
