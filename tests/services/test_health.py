"""`doctor` finds what is wrong, says what to do, and mends what can be mended safely."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from netcrm import Crm, Finding
from netcrm.domain.models import Stored
from netcrm.store.backup import examine
from tests.helpers.books import TODAY, season
from tests.helpers.cli_runner import Cli


@pytest.fixture
def crm(season_file: Path) -> Iterator[Crm]:
    with Crm(season_file, today=TODAY) as opened:
        for name in ("lena", "priya"):
            opened.edit(name, emails=[f"{name}@globex.example"])
        yield opened


@pytest.fixture
def copies(tmp_path: Path, crm: Crm) -> Path:
    """A folder with a backup of today."""
    folder = tmp_path / "copies"
    folder.mkdir()
    crm.backup(folder / "book.backup")
    return folder


def spoil(crm: Crm, *statements: str) -> None:
    """Change the database in a way that no method of netcrm does."""
    with crm._workspace.store.engine.connect() as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))


def checks(findings: list[Finding]) -> set[str]:
    return {finding.check for finding in findings}


def test_nothing_is_wrong_with_a_book_that_does_not_exist_yet(tmp_path: Path) -> None:
    """Without a database there is nothing to check, and nothing is created."""
    assert Crm(tmp_path / "new.db").doctor() == []
    assert list(tmp_path.iterdir()) == []


def test_a_view_that_says_something_else_is_built_anew(tmp_path: Path, cli: Cli) -> None:
    """A view with the right name and another definition is found."""
    cli("add", "Dana Wu", "--email", "dana@acme.example")
    with closing(sqlite3.connect(cli.db)) as database:
        database.executescript("DROP VIEW contacts; CREATE VIEW contacts AS SELECT 1 AS id;")
    assert "the view “contacts” is different from its definition" in cli("doctor", code=3).out
    cli("doctor", "--fix")
    assert "different from its definition" not in cli("doctor").out


def test_the_answer_of_somebody_removed_is_no_orphan(crm: Crm, copies: Path) -> None:
    """An answer that records that a company was told stays when the recruiter is removed; the offer has it."""
    crm.done(crm.due()[0].id)
    crm.remove("dana")
    assert checks(crm.doctor(backups=copies)) == set()


def test_an_answer_whose_step_is_gone_is_advice(crm: Crm, copies: Path) -> None:
    """Answers of a playbook that was taken out are advice, not an error."""
    crm.skip(next(follow_up.id for follow_up in crm.plan("sam")))
    spoil(crm, "UPDATE decision SET playbook = 'mine', step = 'coffee'")
    (finding,) = crm.doctor(backups=copies)
    assert (finding.check, finding.wrong) == ("answers", False)
    assert "mine/coffee" in finding.what


def test_who_can_not_be_reached_is_named(crm: Crm, copies: Path) -> None:
    """Five of seven contacts without any address are named, and the others are counted."""
    for number in range(7):
        crm.add(f"Person {number}")
    crm.add("At Rest", dormant="asked for it")
    (finding,) = crm.doctor(backups=copies)
    assert (finding.check, finding.wrong) == ("reach", False)
    assert finding.what.startswith("7 contacts without an address, number or link: Person 0 (")
    assert finding.what.endswith("and 2 more")


def test_a_wrong_playbook_is_wrong(empty_file: Path, tmp_path: Path) -> None:
    """An invalid playbook is reported with file and line, as `due` does."""
    (tmp_path / "mine.toml").write_text('name = "mine"\nabuot = "x"\n')
    with Crm(empty_file, today=TODAY, playbooks=tmp_path) as crm:
        found = [one for one in crm.doctor() if one.check == "playbooks"]
        assert any("mine.toml:2" in one.what for one in found)
        assert all(one.wrong for one in found)


def test_a_zone_that_this_machine_does_not_know(crm: Crm, copies: Path) -> None:
    """A renamed or unknown time zone is reported."""
    spoil(crm, "UPDATE contact SET timezone = 'Mars/Olympus' WHERE name = 'Sam Okafor'")
    (finding,) = (finding for finding in crm.doctor(backups=copies) if finding.check == "zones")
    assert finding.wrong
    assert "Mars/Olympus" in finding.what


# --------------------------------------------------------------------------- backups


@pytest.mark.parametrize(("days", "old"), [(0, False), (30, False), (31, True)])
def test_an_old_backup_is_advice(season_file: Path, crm: Crm, copies: Path, days: int, old: bool) -> None:
    """A backup of 30 days is recent, one of 31 is not; netcrm's clock dates it."""
    made = examine(copies / "book.backup").made_at
    assert made
    with Crm(season_file, today=made.date() + timedelta(days=days)) as later:
        assert checks(later.doctor(backups=copies)) == ({"backups"} if old else set())


def test_no_backup_is_advice(crm: Crm) -> None:
    """Without a known backup, the advice says how to name the folder."""
    (finding,) = crm.doctor()
    assert (finding.check, finding.wrong) == ("backups", False)
    assert "--backups FOLDER" in finding.do


def test_what_lies_beside_the_backups_is_no_fault(tmp_path: Path, cli: Cli) -> None:
    """The folder may hold letters, empty files, other programs' databases and the database itself."""
    cli("add", "Dana Wu", "--email", "dana@acme.example")
    cli("backup", "mine.backup")
    (tmp_path / "letter").write_text("Dear Dana,")
    (tmp_path / "empty").touch()
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE x (y)").connection.close()
    assert cli("doctor", "--backups", str(tmp_path)).err == "All is well.\n"


@pytest.mark.parametrize("folder", ["nowhere", "x" * 300])
def test_a_folder_that_is_none_is_refused(cli: Cli, folder: str) -> None:
    """A misspelt folder is an error, not a missing backup."""
    output = cli.refused("doctor", "--backups", folder)
    assert output.startswith("--backups: “")
    assert "is not a folder" in output


def test_rights_are_not_changed_through_a_link(cli: Cli, tmp_path: Path) -> None:
    """A link in place of the database is refused, and its target keeps its permissions."""
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "theirs").chmod(0o644)
    cli.db.symlink_to(tmp_path / "theirs")
    assert "symbolic link" in cli("doctor", "--fix", code=3).out
    assert stat.S_IMODE((tmp_path / "theirs").stat().st_mode) == 0o644


def test_a_damaged_backup_is_wrong(crm: Crm, copies: Path) -> None:
    """One flipped letter in a backup is found before the backup is needed."""
    file = copies / "book.backup"
    file.write_bytes(file.read_bytes().replace(b"Dana Wu", b"Dane Wu"))
    assert {(finding.check, finding.wrong) for finding in crm.doctor(backups=copies)} == {
        ("backups", True),
        ("backups", False),
    }


# --------------------------------------------------------------------------- the file


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def test_rights_of_others_are_taken_away(cli: Cli) -> None:
    """A readable file and its copy are found and made private; the old mode is shown."""
    cli("add", "Dana Wu", "--email", "dana@acme.example")
    cli("backup", "mine.backup")
    cli("restore", "mine.backup")
    kept = next(cli.folder.glob("crm.db.replaced-*"))
    cli.db.chmod(0o644)
    kept.chmod(0o640)
    output = cli("doctor", code=3).out
    assert "(mode 644)" in output
    assert "(mode 640)" in output
    cli("doctor", "--fix")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (cli.db, kept)} == {0o600}


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE contact SET name = x'ff00' WHERE id = 1", "a value in the table contact is of the wrong kind"),
        ("UPDATE offer SET received_on = '2026-13-41'", "a value in the table offer can't be read"),
        ("UPDATE change SET before = '{'", "a value in the table change can't be read"),
    ],
)
def test_a_value_that_no_netcrm_wrote_is_damage(statement: str, what: str, cli: Cli) -> None:
    """SQLite stores values of any type; an error over them is reported as damage, not as a bug."""
    with Crm(cli.db, today=TODAY) as crm:
        season(crm)
    with closing(sqlite3.connect(cli.db)) as database, database:
        database.execute(statement)
    assert any(what in line for line in cli("doctor", code=3).lines)
    runs = [cli.run(*argv) for argv in (("list",), ("due",), ("offer", "list"), ("undo",))]
    assert {run.code for run in runs} == {0, 4}
    assert all(f"the file is damaged ({what}" in run.err for run in runs if run.code)


def test_a_damaged_file_is_wrong(cli: Cli) -> None:
    """SQLite's finding is reported with what to do; there is no traceback, and the file stays unchanged."""
    with Crm(cli.db, today=TODAY) as crm:
        season(crm)
    content = bytearray(cli.db.read_bytes())
    content[4096 * 2 : 4096 * 30] = os.urandom(4096 * 28)
    cli.db.write_bytes(content)
    for words in (["doctor"], ["doctor", "--fix"]):
        assert "netcrm restore FILE" in cli(*words, code=3).out
        assert cli.db.read_bytes() == bytes(content)


def test_free_pages_are_rewritten_after_somebody_was_forgotten(cli: Cli) -> None:
    """After a contact was forgotten, free space is reported; `--fix` rewrites the file."""
    with Crm(cli.db, today=TODAY) as crm:
        season(crm)
        crm.forget("sam")
        for number in range(40):
            crm.add(f"Person {number}", notes="x" * 20_000, emails=[f"{number}@x.example"])
        for number in range(40):
            crm.remove(f"person {number}")
    with closing(sqlite3.connect(cli.db)) as database:
        database.execute("DELETE FROM change")
        database.commit()
    assert "free pages" in cli("doctor").out
    cli("doctor", "--fix")
    assert "free pages" not in cli("doctor").out


def test_json_says_the_same(cli: Cli) -> None:
    """JSON output is a list of findings, with the exit code."""
    cli("add", "Dana Wu")
    cli.db.chmod(0o604)
    findings = cli("doctor", "--json", code=3).json["findings"]
    assert {finding["check"] for finding in findings} == {"rights", "backups", "reach"}
    assert all(finding.keys() == {"check", "wrong", "what", "do", "fixable", "fixed"} for finding in findings)


def test_every_table_is_looked_for() -> None:
    """The check compares the database with all tables of the models, and the views."""
    from netcrm.store.schema import objects

    names = {name for kind, name, _ in objects() if kind in ("table", "view")}
    assert names == {*Stored.metadata.tables, "history", "contacts", "netcrm_version"}
