"""Open follow-ups as a calendar: from the database to a file that a calendar can subscribe to."""

from collections.abc import Iterator
from pathlib import Path

import icalendar
import pytest

from netcrm import Crm
from netcrm.files.vdir import Kept
from tests.helpers.books import TODAY
from tests.helpers.cli_runner import Cli


@pytest.fixture
def crm(season_file: Path) -> Iterator[Crm]:
    with Crm(season_file, today=TODAY) as opened:
        yield opened


def entries(text: str) -> list[icalendar.Component]:
    """The contents of a calendar, as another program reads it."""
    return list(icalendar.Calendar.from_ical(text).walk())[1:]


def test_every_open_follow_up_is_a_to_do(crm: Crm) -> None:
    """The calendar has every follow-up of the plan with its text and day; as events, those with a day."""
    plan = crm.plan()
    todos = [entry for entry in entries(crm.ics()) if entry.name == "VTODO"]
    assert sorted(str(todo["SUMMARY"]) for todo in todos) == sorted(follow_up.text for follow_up in plan)
    events = [entry for entry in entries(crm.ics(form="events")) if entry.name == "VEVENT"]
    assert 0 < len(events) <= sum(follow_up.due is not None for follow_up in plan)


def test_it_is_the_same_text_until_something_happens(crm: Crm) -> None:
    """A change or its undo raises the SEQUENCE of every entry; the UIDs stay."""
    first = crm.ics()
    assert crm.ics() == first
    crm.add("Jonas Berg")
    second = crm.ics()
    crm.undo()
    third = crm.ics()
    numbers = [sequences(text) for text in (first, second, third)]
    assert numbers[0].keys() == numbers[1].keys() == numbers[2].keys()
    assert all(numbers[0][uid] < numbers[1][uid] < numbers[2][uid] for uid in numbers[0])


def sequences(text: str) -> dict[str, int]:
    return {str(entry["UID"]): int(str(entry["SEQUENCE"])) for entry in entries(text) if entry.name == "VTODO"}


def test_what_is_done_is_gone_and_what_moves_keeps_its_uid(crm: Crm) -> None:
    """A call that was made is no longer a to-do, and the steps that waited for it have a day."""
    before = sequences(crm.ics())
    call = crm.due()[0]
    crm.done(call.id)
    after = sequences(crm.ics())
    assert f"{call.key}@netcrm" in before.keys() - after.keys()
    assert after.keys() <= before.keys()
    thanks = [
        entry for entry in entries(crm.ics()) if entry.name == "VTODO" and str(entry["SUMMARY"]).startswith("Thank Sam")
    ]
    assert all("DUE" in entry for entry in thanks)
    assert thanks


def test_a_folder_of_to_dos_is_kept_up(crm: Crm, tmp_path: Path) -> None:
    """One file each: done ones are removed, and unchanged ones are not touched although SEQUENCE rises."""
    folder = tmp_path / "todos"
    plan = crm.plan()
    assert crm.mirror_ics(folder) == Kept(len(plan), 0, 0, [])
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.ics")}
    assert before.keys() == {f"{follow_up.key}@netcrm.ics" for follow_up in plan}
    crm.add("Jonas Berg")
    assert crm.mirror_ics(folder) == Kept(0, len(plan), 0, [])
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*.ics")} == before
    call = crm.due()[0]
    crm.done(call.id)
    kept = crm.mirror_ics(folder)
    assert (kept.removed, kept.left) == (
        len(before.keys() - {f"{follow_up.key}@netcrm.ics" for follow_up in crm.plan()}),
        [],
    )
    assert kept.written + kept.unchanged == len(crm.plan())
    for path in folder.glob("*.ics"):
        (todo,) = (entry for entry in entries(path.read_bytes().decode()) if entry.name == "VTODO")
        assert path.name == f"{todo['UID']}.ics"


def test_a_to_do_that_another_program_changed_is_left(cli: Cli, season_file: Path, tmp_path: Path) -> None:
    """A file changed by another program is reported with what to do; --force restores netcrm's."""
    folder = tmp_path / "todos"
    where = ("--db", str(season_file))
    cli(*where, "export", "ics", "--dir", str(folder))
    first = min(folder.glob("*.ics"))
    first.write_bytes(first.read_bytes().replace(b"NEEDS-ACTION", b"COMPLETED"))
    said = cli(*where, "export", "ics", "--dir", str(folder)).err
    assert f"another program wrote or changed: {first.name}; answer them here (netcrm done ID), or replace" in said
    assert "1 file written" in cli(*where, "export", "ics", "--dir", str(folder), "--force").err
    assert b"NEEDS-ACTION" in first.read_bytes()


def test_an_empty_book_is_an_empty_calendar(tmp_path: Path) -> None:
    """An empty plan is not an error, and nothing is created."""
    text = Crm(tmp_path / "new.db", today=TODAY).ics()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert entries(text) == []
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    opened = Cli(tmp_path, capsys, monkeypatch)
    opened("offer", "add", "Acme", "--with", "Dana Wu <dana@acme.example>:recruiter")
    opened("decline", "acme")
    return opened


def test_a_file_is_replaced_only_if_i_say_so(cli: Cli, tmp_path: Path) -> None:
    """The file is private, complete, and only overwritten on request; the refusal names the option."""
    output = cli("export", "ics", "-o", "plan.ics")
    assert (output.out, output.err) == ("", "Wrote the open follow-ups to plan.ics\n")
    path = cli.folder / "plan.ics"
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert "it exists already" in cli.refused("export", "ics", "-o", "plan.ics", code=3)
    assert path.read_bytes() == before
    cli("done", cli.ids()[0])
    cli("export", "ics", "-o", "plan.ics", "--force")
    assert path.read_bytes() != before


def test_a_pipe_gets_the_calendar_and_nothing_else(cli: Cli) -> None:
    """The command writes to-dos, or events with --as events."""
    assert cli("export", "ics").out.count("BEGIN:VTODO") >= 1
    assert "BEGIN:VEVENT" in cli("export", "ics", "--as", "events").out
