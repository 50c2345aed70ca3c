"""The only module that reads the clock; every other one gets the current day as an argument."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The current time: aware, in UTC, without microseconds."""
    return datetime.now(UTC).replace(microsecond=0)


def day_of(at: datetime, zone: str) -> date:
    """The calendar day of an instant in a time zone, given by its IANA name."""
    return at.astimezone(ZoneInfo(zone)).date()


def today(zone: str) -> date:
    """The current calendar day in a time zone."""
    return day_of(now(), zone)
