"""The best hours to call a contact in another time zone.

They are the contact's working hours, between 8:00 and 20:00 your time. Pure.
"""

from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

THEIRS = time(9), time(17)
"""Hours in which a contact may be called at work; the numbers are netcrm's own choice."""

MINE = time(8), time(20)
"""Hours in which the user may be asked to call; the numbers are netcrm's own choice."""


class Hours(NamedTuple):
    """The start and end of the hours to call, in the user's time zone; both None where no hour suits both sides."""

    zone: str
    start: datetime | None = None
    end: datetime | None = None

    @property
    def theirs(self) -> tuple[datetime, datetime] | None:
        """The same start and end in the contact's time zone."""
        if self.start is None or self.end is None:
            return None
        there = ZoneInfo(self.zone)
        return self.start.astimezone(there), self.end.astimezone(there)


def best_hours(day: date, mine: str, theirs: str) -> Hours:
    """The longest stretch of a day in the user's time zone that is working time in the contact's (IANA names)."""
    here, there = ZoneInfo(mine), ZoneInfo(theirs)
    begin, finish = (datetime.combine(day, clock, here) for clock in MINE)
    # Your Monday may be their Sunday evening or Tuesday morning, so each of their days has its working hours.
    local_days = sorted({begin.astimezone(there).date(), finish.astimezone(there).date()})
    stretches = []
    for local_day in local_days:
        opens, closes = (datetime.combine(local_day, clock, there).astimezone(here) for clock in THEIRS)
        start, end = max(begin, opens), min(finish, closes)
        if start.timestamp() < end.timestamp() and local_day.weekday() < 5:
            stretches.append(Hours(theirs, start, end))
    return max(stretches, key=_length, default=Hours(theirs))


def _length(hours: Hours) -> float:
    return hours.end.timestamp() - hours.start.timestamp() if hours.start and hours.end else 0
