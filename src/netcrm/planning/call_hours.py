"""When to call somebody in another time zone: within their working hours, and at no ungodly hour of mine. Pure."""

from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

THEIRS = time(9), time(17)
"""Hours in which somebody may be called at work; the numbers are own."""

MINE = time(8), time(20)
"""Hours in which I may be asked to call; the numbers are own."""


class Hours(NamedTuple):
    """From when to when to call, on my clock and on theirs; both empty where no hour suits both of us."""

    zone: str
    start: datetime | None = None
    end: datetime | None = None

    @property
    def theirs(self) -> tuple[datetime, datetime] | None:
        """The same hours on their clock."""
        if self.start is None or self.end is None:
            return None
        there = ZoneInfo(self.zone)
        return self.start.astimezone(there), self.end.astimezone(there)


def best_hours(day: date, mine: str, theirs: str) -> Hours:
    """The hours of a day in my zone at which it is working time in theirs (IANA names); the longest stretch of them."""
    here, there = ZoneInfo(mine), ZoneInfo(theirs)
    begin, finish = (datetime.combine(day, clock, here) for clock in MINE)
    # Where it is my Monday it may be their Sunday evening or Tuesday morning; each of these days has its hours.
    days = sorted({begin.astimezone(there).date(), finish.astimezone(there).date()})
    found = []
    for local in days:
        opens, closes = (datetime.combine(local, clock, there).astimezone(here) for clock in THEIRS)
        start, end = max(begin, opens), min(finish, closes)
        if start.timestamp() < end.timestamp() and local.weekday() < 5:
            found.append(Hours(theirs, start, end))
    return max(found, key=_length, default=Hours(theirs))


def _length(hours: Hours) -> float:
    return hours.end.timestamp() - hours.start.timestamp() if hours.start and hours.end else 0
