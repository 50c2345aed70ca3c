"""Days and spans: calendar arithmetic that people would agree with.

A due date is a calendar day in my own time zone, so everything here is a plain
`datetime.date`. Months and years are pendulum's (31 January + 1 month is the last of
February); business days skip the weekend and the holidays of a `Calendar`.

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
"""The days netcrm can hold; anything outside is a typing error."""

NO_YEAR = 1604
"""The year of a birthday whose year nobody knows, as Apple writes it: a leap year, and nobody's."""

_YEARLESS = re.compile(r"(?:--)?(\d\d)-?(\d\d)")

LONGEST_CLOSURE = 31
"""Days closed in a row after which the next one counts as open: no calendar is for ever shut."""

LONGEST = 366 * 100
"""Days in the longest span: four of them, one after the other, stay within what a date can hold."""

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
    """A length of time in calendar units: `Span(3, "month")` is “3 months”, `Span(-3, "month")` leads back."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        many = count(abs(self.count), self.unit)
        return many if self.count >= 0 else f"{many} before"

    @property
    def at_most(self) -> int:
        """No span ends later than this many calendar days after the day it starts on, whichever that is.

        Every week has a business day, but for one closure.
        """
        if self.count <= 0:
            return 0
        closure = LONGEST_CLOSURE - 6 if self.unit == "business day" else 0
        return self.count * _AT_MOST[self.unit] + closure

    @property
    def at_least(self) -> int:
        """No span ends earlier than this many calendar days after the day it starts on."""
        return max(0, self.count * _AT_LEAST.get(self.unit, 1))

    @property
    def back(self) -> "Span":
        """How far a span that leads back reaches, as a span; none for any other."""
        return Span(max(0, -self.count), self.unit)


def parse_span(text: str) -> Span:
    """“3 days”, “2 business days”, “2w”, “6mo”, “1y”; a `ValueError` says what it takes."""
    match = _SPAN.fullmatch(text.strip().lower())
    unit = match and (_UNITS.get(match[2]) or _UNITS.get(match[2].removesuffix("s")))
    if not match or not unit:
        raise ValueError("is not a span; write it like 3 days, 2 business days, 2w, 6mo or 1y")
    span = Span(int(match[1]), unit)
    if span.at_most > LONGEST:
        raise ValueError("is longer than can be counted; write a shorter span")
    return span


def parse_offset(text: str) -> Span:
    """A span, or one that leads back: “3 business days before”."""
    words = text.strip().lower()
    span = parse_span(words.removesuffix(" before"))
    return Span(-span.count, span.unit) if words.endswith(" before") else span


def _no_holiday(day: date) -> bool:  # noqa: ARG001 - a calendar without holidays
    return False


@dataclass(frozen=True)
class Calendar:
    """The days I work: `weekend` (0 is Monday, 6 Sunday) and `is_holiday` are the others."""

    weekend: frozenset[int] = frozenset({5, 6})
    is_holiday: Callable[[date], bool] = field(default=_no_holiday, repr=False)

    def is_business(self, day: date) -> bool:
        return day.weekday() not in self.weekend and not self.is_holiday(day)

    def on_or_after(self, day: date) -> date:
        """The first business day that is not before `day`."""
        for offset in range(LONGEST_CLOSURE):
            candidate = day + timedelta(days=offset)
            if self.is_business(candidate):
                return candidate
        return day

    def add(self, day: date, span: Span) -> date:
        """The day that lies `span` after `day`; “0 business days” is `day` itself."""
        if span.unit != "business day":
            return _add(day, span)
        latest, earliest = day + timedelta(days=span.at_most), day - timedelta(days=span.back.at_most)
        for _ in range(span.count):
            day = self.on_or_after(day + timedelta(days=1))
        for _ in range(-span.count):
            day = self.on_or_before(day - timedelta(days=1))
        return max(earliest, min(day, latest))

    def on_or_before(self, day: date) -> date:
        """The last business day that is not after `day`."""
        for offset in range(LONGEST_CLOSURE):
            candidate = day - timedelta(days=offset)
            if self.is_business(candidate):
                return candidate
        return day

    def closed(self, start: date, end: date) -> Iterator[date]:
        """The days after `start`, up to and with `end`, that are no business days."""
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
    """The day that lies `span` before `day`, business days counted as their longest.

    Used where a look back must never be too short; it may be longer than asked.
    """
    if span.unit in ("month", "year"):
        moved = pendulum.Date(day.year, day.month, day.day).subtract(**{f"{span.unit}s": span.count})
        return date(moved.year, moved.month, moved.day)
    return day - timedelta(days=span.at_most)


def parse_day(text: str, today: date) -> date:
    """ISO 8601, “today”, “yesterday”, “tomorrow”, “-3d” or “+2w”; a `ValueError` says what it takes."""
    word = text.strip().lower()
    near = {"yesterday": -1, "today": 0, "tomorrow": 1}
    if word in near:
        return _bounded(today + timedelta(days=near[word]))
    if word[:1] in ("+", "-"):
        span = parse_span(word[1:])
        if word[0] == "-" and span.unit == "business day":
            raise ValueError("counts business days back; write days or weeks")
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
    """A birthday, “1990-04-12”, or “--04-12” (ISO 8601:2000, §5.2.1.3) where its year is not known."""
    if match := _YEARLESS.fullmatch(text.strip()):
        return date(NO_YEAR, int(match[1]), int(match[2]))
    return date.fromisoformat(text.strip())


def birthday_text(day: date) -> str:
    """A birthday as it is written: without the year where nobody knows it."""
    return f"--{day:%m-%d}" if day.year == NO_YEAR else day.isoformat()


def parse_cadence(text: str) -> Span:
    """A span that takes time; a `ValueError` says what it takes."""
    span = parse_span(text)
    if span.count == 0:
        raise ValueError("is no time at all; write how often, such as 3 months")
    return span
