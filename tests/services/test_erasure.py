"""A forgotten contact is gone from every table, the journal, the file's free space, and later imports."""

import os
import pty
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from netcrm import Crm
from netcrm.errors import CannotTakeBack, NoSuch
from tests.helpers.books import TODAY, Act, act_out, everything
from tests.helpers.cli_runner import Cli
from tests.helpers.copies import copy_to, in_memory
from tests.helpers.releases import NEXT, RELEASED, release, released, scripts_upto

NAME, COMPANY = "Quintana Xylander", "Zephyrworks"
EMAIL, PHONE, LINKEDIN = "qx@zephyr.example", "+49 30 7654321", "https://www.linkedin.com/in/quintana-xylander"
TRACES = ("quintana", "xylander", "qx@zephyr", "7654321", "canary")

CONNECTIONS = f"""First Name,Last Name,URL,Email Address,Company,Position,Connected On
Quintana,Xylander,{LINKEDIN},,{COMPANY},Lead,05 Mar 2020
Ana,Silva,https://www.linkedin.com/in/anasilva,,Acme,Lead,05 Mar 2020
"""


def story(crm: Crm) -> None:
    """A contact with an offer, a call, thanks, notes on others, a correction, a tag and a snoozed follow-up."""
    crm.init(name="Robin Vale", timezone="Europe/Berlin")
    crm.add("Sam Okafor", emails=["sam@acme.example"], notes=f"Was at school with {NAME.upper()}, see {EMAIL}")
    crm.add("Wrong Canary", emails=[EMAIL], phones=[PHONE], notes="canary note", company="Canary Ltd")
    crm.edit("wrong", name=NAME, company=COMPANY, tags=["canary"], linkedin=LINKEDIN, title="Canary keeper")
    crm.add_offer("Acme", role="Engineer", people=[f"{NAME}:recruiter", "Sam Okafor:interviewer"])
    crm.decline("acme", because="fit", reason=f"As I told {NAME}")
    crm.done(crm.due()[0].id, note="canary: she was kind")
    crm.log([NAME, "Sam Okafor"], "meeting", f"Lunch with Sam and {NAME}")
    crm.log(NAME, "email", "canary mail", direction="in")
    later = next(item for item in crm.plan(NAME) if item.status != "waiting")
    crm.snooze(later.id, until="2 weeks")
    crm.edit(NAME, drop=["canary"])


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    with Crm(copy_to(tmp_path / "book.db", story), today=TODAY) as opened:
        yield opened


def traces(crm: Crm) -> list[str]:
    """Every value of any table that still names her."""
    tables = {*everything(crm), "operation", "change", "forgotten"}
    with crm.session() as session:
        rows = [
            str(tuple(row)).lower()
            for table in tables
            for row in session.connection().execute(text(f'SELECT * FROM "{table}"'))
        ]
    return [row for row in rows if any(trace in row for trace in TRACES)]


# --------------------------------------------------------------------------- she is gone


def test_no_byte_of_her_is_left_in_the_file(tmp_path: Path) -> None:
    """The free pages, the journal file and a later backup do not hold her either."""
    path = tmp_path / "book.db"
    with Crm(path, today=TODAY) as crm:
        story(crm)
        assert any(trace.encode() in path.read_bytes().lower() for trace in TRACES)
        crm.forget(NAME)
        crm.backup(tmp_path / "after.backup")
    for file in tmp_path.iterdir():
        content = file.read_bytes().lower()
        assert not [trace for trace in TRACES if trace.encode() in content], file


ACTS: dict[str, Act] = {
    "call": lambda crm: crm.log(NAME, "call", "canary"),
    "rename": lambda crm: crm.edit(NAME, name="Quintana Canary"),
    "rename back": lambda crm: crm.edit("quintana", name=NAME),
    "remove": lambda crm: crm.remove("quintana"),
    "undo": lambda crm: crm.undo(),
    "offer": lambda crm: crm.add_offer("Globex", people=[f"{NAME}:referrer", "Ana Silva:recruiter"]),
    "off": lambda crm: crm.edit_offer("acme", drop=["quintana"]),
    "done": lambda crm: crm.done(crm.due()[0].id),
    "skip": lambda crm: crm.skip(crm.due()[0].id, reason="No"),
    "sam": lambda crm: crm.remove("sam"),
    "remove offer": lambda crm: crm.remove_offer("acme"),
    "reopen offer": lambda crm: crm.reopen_offer("acme"),
}


def forget_namesakes(crm: Crm) -> None:
    """Also a contact who was added again under her name after a removal, and perhaps removed too."""
    with crm.session() as session:
        added = (
            session.connection().execute(text("SELECT max(row) FROM change WHERE \"table\" = 'contact'")).scalar_one()
        )
    for number in range(1, added + 1):
        with suppress(NoSuch):
            if "quintana" in crm.forget(str(number), dry_run=True).name.lower():
                crm.forget(str(number))


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=8))
def test_after_any_history_nothing_names_her_and_undo_works(acts: list[str]) -> None:
    """A contact can be forgotten in any state, and all other operations can still be undone."""
    with in_memory(story) as crm:
        act_out(crm, ACTS, acts)
        crm.forget(EMAIL)
        forget_namesakes(crm)
        assert traces(crm) == []
        crm.plan()
        for operation in crm.operations(None):
            if operation.name != "forget" and not operation.undone_at:
                crm.undo(operation.number, with_later=True)
        with crm.session() as session:
            assert session.connection().execute(text("PRAGMA foreign_key_check")).all() == []


# --------------------------------------------------------------------------- who is meant


def test_the_removed_row_itself_may_be_given(crm: Crm) -> None:
    """The contact that `remove` returned names her as well as her number does."""
    assert crm.forget(crm.remove(NAME)).name
    assert traces(crm) == []


@pytest.mark.parametrize("schema", RELEASED)
def test_somebody_in_an_older_book_is_forgotten(tmp_path: Path, schema: int) -> None:
    """The journal of an earlier netcrm is searched as well: no byte of the name is left."""
    path = released(schema, tmp_path / "old.db")
    with release(NEXT, scripts_upto(NEXT, tmp_path)), Crm(path, today=TODAY) as crm:
        crm.forget("dana")
        crm.forget("Lena Fischer")
    for name in (b"Dana", b"Fischer", b"dana@acme"):
        assert name not in path.read_bytes()


def test_a_namesake_keeps_their_name(crm: Crm) -> None:
    """A name that another contact has too stays in the texts, which may be about them."""
    namesake = crm.add(NAME, notes=f"{NAME}, the other one")
    crm.forget(EMAIL)
    assert crm.contact(namesake).notes == f"{NAME}, the other one"


# --------------------------------------------------------------------------- what stays


def test_an_import_does_not_bring_her_back(crm: Crm, tmp_path: Path) -> None:
    """An import leaves her out by address or by name and company, until the user adds her again."""
    crm.forget(NAME)
    file = tmp_path / "Connections.csv"
    for content in (CONNECTIONS, CONNECTIONS.replace(LINKEDIN, "")):
        file.write_text(content)
        report = crm.import_linkedin(file)
        assert [(problem.line, problem.lost) for problem in report.problems] == [(2, True)]
        assert "was forgotten, and is left out" in report.problems[0].message
        assert [contact.name for contact in crm.contacts()] == ["Ana Silva", "Sam Okafor"]
    crm.add(NAME, emails=[EMAIL])
    file.write_text(CONNECTIONS)
    assert crm.import_linkedin(file).left_out == 0
    assert crm.contact(EMAIL).linkedin == LINKEDIN


def test_the_company_stays_told(crm: Crm) -> None:
    """The company's knowledge of the decision is a fact about the offer: no step asks to tell it again."""
    day = TODAY + timedelta(days=1)
    assert not [item for item in crm.quiet(day).blockers if "acme" in str(item).lower()]
    crm.forget(NAME)
    assert not [item for item in crm.quiet(day).blockers if "acme" in str(item).lower()]


def test_forgetting_can_not_be_taken_back(crm: Crm) -> None:
    """Undo refuses to skip the erasure; an earlier operation can be named."""
    crm.forget(NAME)
    before = everything(crm)
    with pytest.raises(CannotTakeBack, match="can't be undone: the data is erased"):
        crm.undo()
    assert everything(crm) == before
    take = next(item for item in crm.operations(None) if item.summary.startswith("Declined"))
    assert crm.undo(take.number, with_later=True)


def test_the_rest_can_be_taken_back_to_nothing(crm: Crm) -> None:
    """Operations on other contacts can be undone although hers are gone."""
    crm.forget(NAME)
    for operation in crm.operations(None)[1:]:
        if not next(item for item in crm.operations(None) if item.id == operation.id).undone_at:
            crm.undo(operation.number, with_later=True)
    assert not any(everything(crm).values())


# --------------------------------------------------------------------------- on the command line


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    opened = Cli(tmp_path, capsys, monkeypatch)
    copy_to(opened.db, story)
    return opened


def test_it_is_asked_for_twice(cli: Cli) -> None:
    """Without a terminal it requires --yes; a dry run says how much would be erased, and changes nothing."""
    before = cli.db.read_bytes()
    assert f"would forget {NAME} for good" in cli.refused("forget", "quintana")
    assert f"Would forget {NAME}: " in cli("forget", "quintana", "--dry-run").err
    assert cli.db.read_bytes() == before
    assert f"Forgot {NAME}: " in cli("forget", "quintana", "--yes").err


def test_a_person_is_asked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal it asks; every answer but yes keeps everything."""
    before = cli.db.read_bytes()
    for answer, code in (("n\n", 130), ("y\n", 0)):
        leader, follower = pty.openpty()
        with os.fdopen(leader, "w") as keyboard, os.fdopen(follower) as terminal:
            keyboard.write(answer)
            keyboard.flush()
            monkeypatch.setattr("sys.stdin", terminal)
            printed = cli("forget", "quintana", code=code)
        assert f"Forget {NAME} for good" in printed.err + printed.out
        assert (cli.db.read_bytes() == before) is (code == 130)


def test_what_is_out_of_reach_is_named(cli: Cli) -> None:
    """The copies of netcrm's own are listed; the message adds that there may be others."""
    cli("backup", "mine.backup")
    cli("restore", "mine.backup")
    output = cli("forget", "quintana", "--yes").err
    kept = next(cli.folder.glob("crm.db.replaced-*"))
    assert f"  {kept}" in output.splitlines()
    assert "netcrm can't erase the contact from other backups, from files you exported" in output


def test_a_book_in_use_is_said_to_be_not_yet_overwritten(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading program keeps the file from being rewritten: she is forgotten anyway, and the message says so."""
    with closing(sqlite3.connect(cli.db, isolation_level=None)) as neighbour:
        with Crm(cli.db, today=TODAY, lock_timeout=0.2) as crm:
            overwrite = crm._workspace.store.overwrite_free_space

            def while_somebody_reads() -> None:
                neighbour.execute("BEGIN")
                neighbour.execute("SELECT * FROM contact").fetchone()
                overwrite()

            monkeypatch.setattr(crm._workspace.store, "overwrite_free_space", while_somebody_reads)
            assert not crm.forget(NAME).overwritten
        neighbour.execute("ROLLBACK")
    with Crm(cli.db, today=TODAY) as crm:
        assert traces(crm) == []


# --------------------------------------------------------------------------- after an older backup was restored


@pytest.fixture
def older(crm: Crm, tmp_path: Path) -> Path:
    """A backup made while she was in the database, with Sam, who was removed earlier, in its journal."""
    crm.remove("sam")
    return crm.backup(tmp_path / "older.backup").path


def test_an_import_still_leaves_her_out(crm: Crm, older: Path, tmp_path: Path) -> None:
    """The hashes of forgotten contacts survive the restoring of a backup without them."""
    crm.forget(NAME)
    crm.restore(older)
    crm.restore(older)
    file = tmp_path / "Connections.csv"
    file.write_text(CONNECTIONS)
    assert [problem.line for problem in crm.import_linkedin(file).problems] == [2]


def test_who_was_added_anew_stays(crm: Crm, older: Path, tmp_path: Path) -> None:
    """A contact added again after she was forgotten stays in a backup made that day."""
    crm.forget(NAME)
    crm.add(NAME, emails=[EMAIL])
    newer = crm.backup(tmp_path / "newer.backup").path
    assert crm.restore(newer).forgotten == 0
    assert crm.contact(NAME).email == EMAIL
    assert crm.restore(older).forgotten == 1


def test_no_byte_of_her_is_in_a_file_that_was_restored(tmp_path: Path) -> None:
    """Her rows were written and erased again: nothing is left of them in the file."""
    path = tmp_path / "book.db"
    with Crm(path, today=TODAY) as crm:
        story(crm)
        crm.backup(tmp_path / "older.backup")
        crm.forget(NAME)
        crm.restore(tmp_path / "older.backup")
    content = path.read_bytes().lower()
    assert not [trace for trace in TRACES if trace.encode() in content]


def test_the_command_line_says_so(cli: Cli) -> None:
    """The message says how many were left out, before and after, and that the backup still holds them."""
    cli("backup", "older.backup")
    cli("forget", "quintana", "--yes")
    assert "Would leave out 1 contact, forgotten after the backup" in cli("restore", "older.backup", "--dry-run").err
    output = cli("restore", "older.backup").err
    assert (
        "Left out 1 contact, forgotten after the backup; delete older.backup, which still contains their data" in output
    )
