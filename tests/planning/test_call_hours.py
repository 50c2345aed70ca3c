"""The best hours to call a contact in another time zone."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm import Crm
from netcrm.planning.call_hours import MINE, THEIRS, Hours, best_hours
from tests.helpers.books import TODAY

ZONES = (
    *("Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", "UTC"),
    *("Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns"),
)
days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@given(day=days, mine=st.sampled_from(ZONES), theirs=st.sampled_from(ZONES))
def test_the_hours_suit_both(day: date, mine: str, theirs: str) -> None:
    """The hours are on the day, within the user's hours and the contact's working hours, also when clocks change."""
    hours = best_hours(day, mine, theirs)
    if hours.theirs is None or hours.start is None or hours.end is None:
        assert (hours.start, hours.end) == (None, None)
        return
    there, until = hours.theirs
    assert hours.start.date() == hours.end.date() == day
    assert MINE[0] <= hours.start.time() <= hours.end.time() <= MINE[1]
    assert there.date() == until.date()
    assert THEIRS[0] <= there.time() <= until.time() <= THEIRS[1]
    assert there.weekday() < 5
    assert hours.start.timestamp() < hours.end.timestamp()


@pytest.mark.parametrize(
    ("day", "mine", "theirs", "expected"),
    [
        (date(2026, 11, 23), "Europe/Berlin", "America/New_York", (15, 20)),
        (
            date(2026, 3, 16),
            "Europe/Berlin",
            "America/New_York",
            (14, 20),
        ),  # summer time has begun in New York, not in Berlin
        (date(2026, 11, 23), "America/New_York", "Europe/Berlin", (8, 11)),
        (date(2026, 11, 23), "Europe/Berlin", "Asia/Kolkata", (8, 12)),  # to 12:30
        (date(2026, 11, 23), "Europe/Berlin", "Pacific/Auckland", None),
        (date(2026, 11, 23), "America/Los_Angeles", "Pacific/Auckland", (12, 20)),  # their Tuesday
        (date(2026, 11, 27), "America/Los_Angeles", "Pacific/Auckland", None),  # their Saturday
        (date(2026, 10, 25), "UTC", "Europe/Berlin", None),  # a Sunday
    ],
)
def test_when_to_call(day: date, mine: str, theirs: str, expected: tuple[int, int] | None) -> None:
    """The hours are right for known zones, also in weeks in which only one of them has changed its clocks."""
    hours = best_hours(day, mine, theirs)
    assert (hours.start and hours.end and (hours.start.hour, hours.end.hour)) == expected


def test_a_call_says_when(tmp_path: object) -> None:
    """A call to another zone has hours, in the user's time; mail and a call in the same zone have none."""
    with Crm(memory=True, today=TODAY) as crm:
        crm.init(timezone="Europe/Berlin")
        crm.add("Dana Wu", timezone="America/New_York")
        crm.add_offer("Acme", people=["Dana Wu:recruiter", "Sam Roe:interviewer"])
        crm.decline("acme")
        hours = {follow_up.step: follow_up.hours for follow_up in crm.plan("dana")}
        start = datetime.combine(TODAY, time(15)).isoformat()
        assert hours.pop("call") == Hours(
            "America/New_York",
            datetime.fromisoformat(f"{start}+01:00"),
            datetime.fromisoformat(f"{start}+01:00") + timedelta(hours=5),
        )
        assert set(hours.values()) == {None}
        crm.init(timezone="America/New_York")
        assert {follow_up.hours for follow_up in crm.plan("dana")} == {None}
        crm.init(timezone="Pacific/Auckland")
        crm.edit("dana", timezone="Europe/Berlin")
        assert crm.due()[0].hours == Hours("Europe/Berlin")
