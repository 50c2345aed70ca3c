"""The backup file: how it is made, what is refused, and what a restore replaces."""

import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcrm import Crm
from netcrm.errors import BadBackup, CannotUse, CannotWrite, Locked, NewerSchema, NotOurs, Refused
from netcrm.store.backup import KEPT, SEAL, beside, examine
from netcrm.store.location import APPLICATION_ID, SCHEMA, Location
from tests.helpers.books import TODAY, whole
from tests.helpers.cli_runner import Cli
from tests.helpers.copies import season_backup


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a season with an answer, an undone operation and a removed contact."""
    return season_backup(tmp_path)


# --------------------------------------------------------------------------- making a backup


def test_a_backup_is_a_private_book(backup: Path) -> None:
    """A backup opens like any database, is readable by you alone, and says when it was made and how much it holds."""
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with Crm(backup, today=TODAY) as crm, Crm(backup.with_name("season.db"), today=TODAY) as source:
        assert whole(crm) == whole(source)
        examined = examine(backup)
        assert (examined.contacts, examined.operations) == (len(source.contacts()), len(source.operations(None)))
    assert examined.made_at


def test_a_backup_of_nothing_is_refused(tmp_path: Path) -> None:
    """A backup of a database that was never written is refused, and no file is made."""
    with pytest.raises(Refused, match="there is nothing to back up"):
        Crm(tmp_path / "new.db").backup(tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_does_not_overwrite_unasked(backup: Path) -> None:
    """A backup replaces an existing file only if you ask for it."""
    crm = Crm(backup.with_name("season.db"))
    before = backup.read_bytes()
    with pytest.raises(CannotWrite, match="it exists already"):
        crm.backup(backup)
    assert backup.read_bytes() == before
    crm.add("Jonas Berg")
    assert crm.backup(backup, overwrite=True).contacts == examine(backup).contacts


def test_a_damaged_book_does_not_replace_its_backup(backup: Path) -> None:
    """A backup of a damaged database is refused, and an earlier backup is not replaced."""
    path, before = backup.with_name("season.db"), backup.read_bytes()
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 20] = b"\xff" * (4096 * 17)
    path.write_bytes(content)
    with pytest.raises(CannotUse, match="damaged"):
        Crm(path).backup(backup, overwrite=True)
    assert backup.read_bytes() == before


# --------------------------------------------------------------------------- refused files


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_flipped_bit_that_changes_anything_is_found(backup: Path, data: st.DataObject) -> None:
    """A backup with any one bit flipped is refused, or all its values are the same."""
    content = bytearray(backup.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    flipped = backup.with_name("flipped.backup")
    flipped.write_bytes(content)
    with Crm(backup, today=TODAY) as intact, Crm(memory=True, today=TODAY) as target:
        try:
            target.restore(flipped)
        except BadBackup:
            assert target.operations() == []
        else:
            assert whole(target) == whole(intact)


def test_a_backup_that_was_written_to_is_refused(backup: Path) -> None:
    """A backup that was written to does not match its seal."""
    Crm(backup).add("Mallory")
    with pytest.raises(BadBackup, match="something in it has changed since it was made at 2"):
        Crm(memory=True).restore(backup)


def test_a_view_in_the_place_of_a_table_is_not_asked(tmp_path: Path) -> None:
    """A backup with a view in the place of a table is refused without a query on it, which might never end."""
    path, endless = tmp_path / "endless.backup", "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id FROM n)"
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {SCHEMA}")
        database.execute(f"CREATE VIEW contact AS {endless} SELECT id FROM n")
    with pytest.raises(BadBackup, match="its tables are not netcrm's"):
        Crm(memory=True).restore(path)


def test_a_plain_copy_is_restored_too(backup: Path, cli: Cli) -> None:
    """A plain copy of a database has no checksum; it is restored, and you are told that it has none."""
    copy = shutil.copyfile(backup.with_name("season.db"), backup.with_name("plain"))
    assert "The backup has no checksum" in cli("restore", str(copy)).err


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def spoilt(path: Path, how: str) -> Path:
    """A file that is not a backup, or not an intact one."""
    content = path.read_bytes()
    spoilt = path.with_name(how)
    match how:
        case "empty":
            spoilt.write_bytes(b"")
        case "folder":
            spoilt.mkdir()
        case "text":
            spoilt.write_bytes(b"BEGIN:VCARD")
        case "half":
            spoilt.write_bytes(content[: len(content) // 2])
        case "foreign":
            sqlite3.connect(spoilt).execute("CREATE TABLE x (y)").connection.close()
        case "newer":
            spoilt.write_bytes(content[:60] + (99).to_bytes(4) + content[64:])
        case "orphan" | "strange":
            spoilt.write_bytes(content)
            with closing(sqlite3.connect(spoilt)) as database:
                database.execute(f"DROP TABLE {SEAL}")
                change = {
                    "orphan": "UPDATE contact_method SET contact_id = 999 WHERE id = 1",
                    "strange": "UPDATE contact SET changed_at = 'soon'",
                }
                database.execute(change[how])
                database.commit()
    return spoilt


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("missing", "no such file"),
        ("empty", "it is empty"),
        ("folder", "it is not a file"),
        ("text", "not a backup of netcrm's: it is not an SQLite file"),
        ("foreign", "not a backup of netcrm's: it belongs to another program"),
        ("half", "it is damaged"),
        ("newer", "it is of schema 99, and this netcrm knows"),
        ("orphan", "refers to nothing in contact"),
        ("strange", "its content can't be read"),
    ],
)
def test_what_is_no_backup_is_refused_and_nothing_is_changed(backup: Path, cli: Cli, how: str, why: str) -> None:
    """A file that is not a backup is refused with exit code 3 and a sentence, and no file changes or is added."""
    cli("add", "Dana Wu")
    file = spoilt(backup, how)
    before = sorted(path.name for path in backup.parent.iterdir()), cli.db.read_bytes()
    assert why in cli.refused("restore", str(file), code=3)
    assert (sorted(path.name for path in backup.parent.iterdir()), cli.db.read_bytes()) == before


def test_a_backup_may_be_named_through_a_link(backup: Path) -> None:
    """A link to a backup is followed, since you named it."""
    (backup.parent / "newest").symlink_to(backup)
    with Crm(memory=True) as crm:
        assert crm.restore(backup.parent / "newest").backup.contacts == 3


# --------------------------------------------------------------------------- what is replaced


def test_the_newest_few_copies_are_kept(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the newest copies that netcrm made are kept, also of one second; your files with a similar name stay."""
    monkeypatch.setattr("netcrm.clock.now", lambda: datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    path = backup.with_name("season.db")
    similar = path.with_name("season.db.replaced-by-me.backup")
    similar.write_text("mine")
    kept = [Crm(path).restore(backup).kept for _ in range(KEPT + 3)]
    assert beside(Location(path=path)) == kept[-KEPT:]
    assert similar.read_text() == "mine"


def test_a_damaged_book_is_moved_aside(backup: Path, cli: Cli) -> None:
    """A backup is restored in the place of a damaged database, which is renamed and kept as it is."""
    content = bytearray(backup.with_name("season.db").read_bytes())
    content[4096 * 2 : 4096 * 30] = b"\xff" * (4096 * 28)
    cli.db.write_bytes(content)
    assert "damaged" in cli.refused("list", code=4)
    restored = cli("restore", str(backup)).err
    kept = next(cli.folder.glob("crm.db.damaged-*"))
    assert f"is kept as {kept}" in restored
    assert kept.read_bytes() == bytes(content)
    assert [contact["name"] for contact in cli("list", "--json").json["contacts"]] == [
        "Dana Wu",
        "Lena Fischer",
        "Priya Raman",
    ]


def test_a_book_in_use_is_waited_for_and_then_named(backup: Path) -> None:
    """While another program commits, a backup and a restore wait as long as you allow, then fail, and leave no file."""
    path = backup.with_name("season.db")
    before = sorted(file.name for file in path.parent.iterdir())
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Locked, match=r"stayed locked for 0\.2 s"):
            Crm(path, lock_timeout=0.2).backup(path.with_name("copy"))
        with pytest.raises(Locked, match=r"stayed locked for 0\.2 s"):
            Crm(path, lock_timeout=0.2).restore(backup)
        holder.execute("ROLLBACK")
    assert sorted(file.name for file in path.parent.iterdir()) == before


def test_a_damaged_book_is_replaced_also_by_who_has_it_open(backup: Path) -> None:
    """A program that has the database open can restore it after it was damaged."""
    path = backup.with_name("season.db")
    with Crm(path, today=TODAY) as crm:
        crm.add("Jonas Berg")
        content = bytearray(path.read_bytes())
        content[4096 * 2 : 4096 * 30] = b"\xff" * (4096 * 28)
        path.write_bytes(content)
        assert crm.restore(backup).damaged
        assert len(crm.contacts()) == 3


@pytest.mark.parametrize(("how", "error"), [("foreign", NotOurs), ("text", NotOurs), ("newer", NewerSchema)])
def test_what_is_not_ours_is_not_replaced(backup: Path, how: str, error: type[Exception]) -> None:
    """A backup does not replace a file of another program or of a later netcrm."""
    file = spoilt(backup, how)
    before = file.read_bytes()
    with pytest.raises(error):
        Crm(file).restore(backup)
    assert file.read_bytes() == before


def test_looking_at_a_backup_changes_nothing(backup: Path, cli: Cli) -> None:
    """A dry run of a restore says how much the backup holds, and changes neither the database nor the backup."""
    cli("add", "Dana Wu")
    before = cli.db.read_bytes(), backup.read_bytes()
    assert "Would restore 3 contacts and 8 operations" in cli("restore", str(backup), "--dry-run").err
    assert (cli.db.read_bytes(), backup.read_bytes()) == before
