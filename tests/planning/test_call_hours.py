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
    found = best_hours(day, mine, theirs)
    if found.theirs is None or found.start is None or found.end is None:
        assert (found.start, found.end) == (None, None)
        return
    there, until = found.theirs
    assert found.start.date() == found.end.date() == day
    assert MINE[0] <= found.start.time() <= found.end.time() <= MINE[1]
    assert there.date() == until.date()
    assert THEIRS[0] <= there.time() <= until.time() <= THEIRS[1]
    assert there.weekday() < 5
    assert found.start.timestamp() < found.end.timestamp()


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
    found = best_hours(day, mine, theirs)
    assert (found.start and found.end and (found.start.hour, found.end.hour)) == expected


def test_a_call_says_when(tmp_path: object) -> None:
    """A call to another zone has hours, in the user's time; mail and a call in the same zone have none."""
    with Crm(memory=True, today=TODAY) as crm:
        crm.init(timezone="Europe/Berlin")
        crm.add("Dana Wu", timezone="America/New_York")
        crm.add_offer("Acme", people=["Dana Wu:recruiter", "Sam Roe:interviewer"])
        crm.decline("acme")
        hours = {one.step: one.hours for one in crm.plan("dana")}
        start = datetime.combine(TODAY, time(15)).isoformat()
        assert hours.pop("call") == Hours(
            "America/New_York",
            datetime.fromisoformat(f"{start}+01:00"),
            datetime.fromisoformat(f"{start}+01:00") + timedelta(hours=5),
        )
        assert set(hours.values()) == {None}
        crm.init(timezone="America/New_York")
        assert {one.hours for one in crm.plan("dana")} == {None}
        crm.init(timezone="Pacific/Auckland")
        crm.edit("dana", timezone="Europe/Berlin")
        assert crm.due()[0].hours == Hours("Europe/Berlin")
