"""Follow-ups in real programs: a to-do list and a calendar read the folders that netcrm writes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from netcrm.domain.vocabulary import Status
from netcrm.formats.icalendar import Stamps, write
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.history import Answer, Stake
from netcrm.planning.planner import plan
from tests.helpers.clients import by_todoman, fill, ran
from tests.helpers.strategies import BUILT_IN, TODAY, Deal, Facts, Position

DAY = timedelta(days=1)
STAMPS = Stamps(datetime(2026, 11, 23, 9, 30, tzinfo=UTC), 7)

KHAL = """[calendars]
[[netcrm]]
path = {folder}
[sqlite]
path = {home}/khal.db
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[default]
default_calendar = netcrm
"""


NAMES = ((1, "Åsa Öberg, PhD"), (2, "محمد; 漢 👩‍👩‍👧\\N"))


def a_plan() -> list[FollowUp]:
    """Follow-ups of two declines, an acceptance and a new job, with calls that are due and mails that wait for them."""
    deals = (
        Deal("acme", ((1, "recruiter"), (2, "interviewer"))),
        Deal("globex", ((1, "recruiter"),), decided_on=TODAY - 9 * DAY),
        Deal("umbra", decision="accepted", starts_on=TODAY + 30 * DAY),
    )
    facts = Facts(deals, (Position("new", TODAY - 40 * DAY),), names=NAMES)
    history = replace(facts.history(), stakes=(Stake(id=9, organisation="Undecided"),))
    put_off = next(one for one in plan(history, BUILT_IN, [], TODAY) if one.step == "details" and one.contact)
    answer = Answer("new-job", "details", put_off.cause_key, "uid-1", "snoozed", TODAY, TODAY + 8 * DAY)
    found = plan(history, BUILT_IN, [answer], TODAY)
    assert {one.status for one in found} == set(get_args(Status))
    return found


def day_of(one: FollowUp) -> str | None:
    """The day that netcrm exports: a held follow-up has none."""
    return str(one.due) if one.due and one.status != "held" else None


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def khal(home: Path, folder: Path, *command: str) -> str:
    config = home / "khal.conf"
    config.write_text(KHAL.format(folder=folder, home=home), encoding="utf-8")
    return ran(home, "khal", "-c", str(config), *command)


def by_khal(home: Path, folder: Path) -> list[list[str]]:
    """The events that khal lists in a folder for more than a year."""
    layout = ["--once", "--day-format", "", "--format", "{uid}|{start-date}|{end-date}|{alarm-symbol}|{title}"]
    listed = khal(home, folder, "list", *layout, "2026-10-01", "400d")
    return sorted(line.split("|") for line in listed.splitlines() if line)


@pytest.mark.short
def test_todoman_lists_every_to_do(tmp_path: Path, home: Path) -> None:
    """The program todoman lists each open follow-up once, with its text, its day and its priority, and sees changes."""
    follow_ups = a_plan()
    folder = fill(tmp_path / "todos", follow_ups, "todos", STAMPS)
    found = by_todoman(home, folder)
    assert found.keys() == {one.key for one in follow_ups}
    for one in follow_ups:
        shown = found[one.key]
        assert (shown["summary"], shown["due"], shown["completed"]) == (one.text, day_of(one), False)
        assert shown["priority"] == {"overdue": 1, "due": 5, "upcoming": 9, "snoozed": 9}.get(one.status, 0)
        assert sorted(shown["categories"]) == sorted(filter(None, (one.playbook, one.channel)))
    later = [replace(one, due=one.due + DAY) if one.due else one for one in follow_ups]
    fill(folder, later, "todos", Stamps(STAMPS.changed_at + DAY, STAMPS.changes + 1))
    assert {key: todo["due"] for key, todo in by_todoman(home, folder).items()} == {
        one.key: day_of(one) for one in later
    }


@pytest.mark.short
def test_khal_lists_every_event(tmp_path: Path, home: Path) -> None:
    """The program khal lists each follow-up with a day on that day alone, with an alarm unless it is overdue."""
    follow_ups = [one for one in a_plan() if day_of(one)]
    found = by_khal(home, fill(tmp_path / "events", follow_ups, "events", STAMPS))
    assert found == sorted(
        [f"{one.key}-event@netcrm", str(one.due), str(one.due), " ⏰" * (one.status != "overdue"), one.text]
        for one in follow_ups
    )


def test_khal_imports_the_whole_calendar(tmp_path: Path, home: Path) -> None:
    """The program khal imports every event of the file once, also when the file is imported twice."""
    follow_ups = [one for one in a_plan() if day_of(one)]
    folder, file = tmp_path / "events", tmp_path / "all.ics"
    folder.mkdir()
    file.write_bytes(write(follow_ups, stamps=STAMPS, form="events").encode())
    for _ in range(2):
        khal(home, folder, "import", "--batch", str(file))
    found = [uid for uid, *_ in by_khal(home, folder)]
    assert found == sorted(f"{one.key}-event@netcrm" for one in follow_ups)
