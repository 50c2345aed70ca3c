"""Days and spans: the arithmetic of the calendar, as people count. Pure.

A due date is a calendar day in the user's time zone, so every day is a plain `datetime.date`.
Months and years follow pendulum (31 January + 1 month is the last of February). Business days
skip the weekend and the holidays of a `Calendar`.

>>> from datetime import date
>>> Calendar().add(date(2026, 11, 20), parse_span("1 business day"))   # a Friday
datetime.date(2026, 11, 23)
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import pendulum

from netcrm.domain.vocabulary import count

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
"""The first and last day that netcrm stores; a day outside is taken for a typing error."""

NO_YEAR = 1604
"""The year of a birthday without a known year, as Apple writes it: a leap year, before any contact was born."""

_YEARLESS = re.compile(r"(?:--)?(\d\d)-?(\d\d)")

LONGEST_CLOSURE = 31
"""Closed days in a row after which the next day counts as open, so that counting always ends."""

LONGEST = 366 * 100
"""Days in the longest span: four of them in a row still end on a valid date."""

Unit = Literal["day", "business day", "week", "month", "year"]

_UNITS: dict[str, Unit] = {
    "d": "day",
    "day": "day",
    "bd": "business day",
    "business day": "business day",
    "w": "week",
    "week": "week",
    "mo": "month",
    "month": "month",
    "y": "year",
    "year": "year",
}
_AT_MOST: dict[Unit, int] = {"day": 1, "business day": 7, "week": 7, "month": 31, "year": 366}
_AT_LEAST: dict[Unit, int] = {"week": 7, "month": 28, "year": 365}
_SPAN = re.compile(r"(\d{1,4})\s*([a-z]+(?: [a-z]+)?)")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in calendar units: `Span(3, "month")` is “3 months”; a negative count goes back in time."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        text = count(abs(self.count), self.unit)
        return text if self.count >= 0 else f"{text} before"

    @property
    def at_most(self) -> int:
        """The most calendar days that the span can take, from any first day.

        Every week has a business day, except during one closure.
        """
        if self.count <= 0:
            return 0
        closure = LONGEST_CLOSURE - 6 if self.unit == "business day" else 0
        return self.count * _AT_MOST[self.unit] + closure

    @property
    def at_least(self) -> int:
        """The fewest calendar days that the span can take, from any first day."""
        return max(0, self.count * _AT_LEAST.get(self.unit, 1))

    @property
    def back(self) -> "Span":
        """The length of a span that goes back in time; zero for any other span."""
        return Span(max(0, -self.count), self.unit)


def parse_span(text: str) -> Span:
    """The span that a text names: “3 days”, “2 business days”, “2w”, “6mo”, “1y”; else a `ValueError` that says so."""
    match = _SPAN.fullmatch(text.strip().lower())
    unit = match and (_UNITS.get(match[2]) or _UNITS.get(match[2].removesuffix("s")))
    if not match or not unit:
        raise ValueError("is not a span; write it like 3 days, 2 business days, 2w, 6mo or 1y")
    span = Span(int(match[1]), unit)
    if span.at_most > LONGEST:
        raise ValueError("is too long; write a shorter span")
    return span


def parse_offset(text: str) -> Span:
    """A span, which may go back in time: “3 business days before”."""
    words = text.strip().lower()
    span = parse_span(words.removesuffix(" before"))
    return Span(-span.count, span.unit) if words.endswith(" before") else span


def _no_holiday(day: date) -> bool:  # noqa: ARG001 - a calendar without holidays
    return False


@dataclass(frozen=True)
class Calendar:
    """The days the user works: all but those of the `weekend` (0 is Monday, 6 Sunday) and those that `is_holiday`."""

    weekend: frozenset[int] = frozenset({5, 6})
    is_holiday: Callable[[date], bool] = field(default=_no_holiday, repr=False)

    def is_business(self, day: date) -> bool:
        return day.weekday() not in self.weekend and not self.is_holiday(day)

    def on_or_after(self, day: date) -> date:
        """The first business day from `day` on."""
        for offset in range(LONGEST_CLOSURE):
            candidate = day + timedelta(days=offset)
            if self.is_business(candidate):
                return candidate
        return day

    def add(self, day: date, span: Span) -> date:
        """The day one `span` after `day`; “0 business days” is `day` itself."""
        if span.unit != "business day":
            return _add(day, span)
        latest, earliest = day + timedelta(days=span.at_most), day - timedelta(days=span.back.at_most)
        for _ in range(span.count):
            day = self.on_or_after(day + timedelta(days=1))
        for _ in range(-span.count):
            day = self.on_or_before(day - timedelta(days=1))
        return max(earliest, min(day, latest))

    def on_or_before(self, day: date) -> date:
        """The last business day up to `day`."""
        for offset in range(LONGEST_CLOSURE):
            candidate = day - timedelta(days=offset)
            if self.is_business(candidate):
                return candidate
        return day

    def closed(self, start: date, end: date) -> Iterator[date]:
        """The days after `start`, up to and including `end`, that are not business days."""
        for offset in range(1, (end - start).days + 1):
            day = start + timedelta(days=offset)
            if not self.is_business(day):
                yield day


@lru_cache(maxsize=4096)
def _add(day: date, span: Span) -> date:
    match span.unit:
        case "month" | "year":
            moved = pendulum.Date(day.year, day.month, day.day).add(**{f"{span.unit}s": span.count})
            return date(moved.year, moved.month, moved.day)
        case _:
            return day + timedelta(days=span.count * _AT_MOST[span.unit])


def subtract(day: date, span: Span) -> date:
    """The day one `span` before `day`; each business day counts as the longest it can take.

    The result may be earlier than needed, but never too late.
    """
    if span.unit in ("month", "year"):
        moved = pendulum.Date(day.year, day.month, day.day).subtract(**{f"{span.unit}s": span.count})
        return date(moved.year, moved.month, moved.day)
    return day - timedelta(days=span.at_most)


def parse_day(text: str, today: date) -> date:
    """The day that a text names: ISO 8601, “today”, “yesterday”, “tomorrow”, “-3d” or “+2w”; else a `ValueError`."""
    word = text.strip().lower()
    near = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if word in near:
        return _bounded(today + timedelta(days=near[word]))
    if word[:1] in ("+", "-"):
        span = parse_span(word[1:])
        if word[0] == "-" and span.unit == "business day":
            raise ValueError("goes back in business days; write days or weeks")
        return _bounded(subtract(today, span) if word[0] == "-" else Calendar().add(today, span))
    try:
        return _bounded(date.fromisoformat(word))
    except ValueError as error:
        if "outside" in str(error):
            raise
        raise ValueError("is not a day; write it like 2026-11-23, today, yesterday, -3d or +2w") from None


def _bounded(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"lies outside {EARLIEST.year} to {LATEST.year}; check the year")
    return day


def parse_birthday(text: str) -> date:
    """The birthday that a text names: “1990-04-12”, or “--04-12” (ISO 8601:2000, §5.2.1.3) without a year."""
    if match := _YEARLESS.fullmatch(text.strip()):
        return date(NO_YEAR, int(match[1]), int(match[2]))
    return date.fromisoformat(text.strip())


def birthday_text(day: date) -> str:
    """A birthday as text; without the year if that is not known."""
    return f"--{day:%m-%d}" if day.year == NO_YEAR else day.isoformat()


def parse_cadence(text: str) -> Span:
    """The span of a cadence, which is longer than zero; else a `ValueError`."""
    span = parse_span(text)
    if span.count == 0:
        raise ValueError("is zero; write how often, such as 3 months")
    return span
