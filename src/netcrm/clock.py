"""The one place that asks the clock. Everything behind it is told what today is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This instant, aware, in UTC and to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def day_of(at: datetime, zone: str) -> date:
    """The calendar day on which an instant falls in a time zone (an IANA name)."""
    return at.astimezone(ZoneInfo(zone)).date()


def today(zone: str) -> date:
    """The calendar day it is in a time zone."""
    return day_of(now(), zone)
