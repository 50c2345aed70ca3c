"""Days and spans: laws over random calendars, and the days that are easy to get wrong."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.dates import (
    EARLIEST,
    LATEST,
    LONGEST,
    LONGEST_CLOSURE,
    Calendar,
    Span,
    Unit,
    parse_day,
    parse_offset,
    parse_span,
    subtract,
)
from netcrm.playbooks import library

TODAY = date(2026, 11, 23)
"""A Monday."""

UNITS: tuple[Unit, ...] = ("day", "business day", "week", "month", "year")

dates = st.dates(date(1999, 1, 1), date(2101, 12, 31)) | st.dates(date(2027, 12, 1), date(2028, 3, 31))
spans = st.builds(Span, st.integers(0, 13), st.sampled_from(UNITS))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """A calendar with any weekend, even a whole week, and a closure of any length."""
    weekend = draw(st.frozensets(st.integers(0, 6)))
    start, length = draw(dates), timedelta(days=draw(st.integers(0, 60)))
    return Calendar(weekend, is_holiday=lambda day: start <= day < start + length)


# --------------------------------------------------------------------------- laws


@given(calendar=calendars(), day=dates, span=spans)
def test_no_span_is_longer_than_it_says(calendar: Calendar, day: date, span: Span) -> None:
    """`at_least` and `at_most` bound a span on every calendar and from every day; the bounded fetch relies on it."""
    assert day + timedelta(days=span.at_least) <= calendar.add(day, span) <= day + timedelta(days=span.at_most)


@given(calendar=calendars(), day=dates, span=spans)
def test_a_later_start_never_ends_earlier(calendar: Calendar, day: date, span: Span) -> None:
    """Adding a span keeps the order of days."""
    assert calendar.add(day, span) <= calendar.add(day + timedelta(days=1), span) or _shut_for_ever(calendar, day)


@given(calendar=calendars(), day=dates, count=st.integers(1, 9))
def test_business_days_are_counted_one_by_one(calendar: Calendar, day: date, count: int) -> None:
    """Among the days passed by n business days, exactly n are business days, and the last one is."""
    end = calendar.add(day, Span(count, "business day"))
    if not _shut_for_ever(calendar, day):
        assert calendar.is_business(end)
        assert (end - day).days - len(list(calendar.closed(day, end))) == count


@given(calendar=calendars(), day=dates)
def test_the_next_business_day_is_the_first(calendar: Calendar, day: date) -> None:
    """`on_or_after` keeps a business day, and skips only closed days."""
    business_day = calendar.on_or_after(day)
    assert day <= business_day < day + timedelta(days=LONGEST_CLOSURE)
    assert not any(calendar.is_business(day + timedelta(days=passed)) for passed in range((business_day - day).days))
    assert calendar.is_business(business_day) or business_day == day


@given(calendar=calendars(), day=dates, span=spans)
def test_what_leads_back_leads_no_further_than_it_says(calendar: Calendar, day: date, span: Span) -> None:
    """`back` bounds a span that goes back on every calendar, as `at_most` bounds one that goes forward."""
    offset = Span(-span.count, span.unit)
    assert parse_offset(str(offset)) == offset
    assert (offset.back, offset.at_most) == (span, 0)
    assert day - timedelta(days=span.at_most) <= calendar.add(day, offset) <= day


@given(calendar=calendars(), day=dates, count=st.integers(1, 9))
def test_business_days_are_counted_back_one_by_one(calendar: Calendar, day: date, count: int) -> None:
    """Counting back n business days passes exactly n business days, and ends on one."""
    start = calendar.add(day, Span(-count, "business day"))
    if not _shut_for_ever(calendar, day - timedelta(days=400)):
        days = [start + timedelta(days=passed) for passed in range((day - start).days)]
        assert sum(map(calendar.is_business, days)) == count
        assert calendar.is_business(start)


@given(day=dates, span=spans)
def test_a_look_back_is_never_too_short(day: date, span: Span) -> None:
    """Adding the span to the result of `subtract` never passes the day."""
    before = subtract(day, span)
    assert before <= day
    assert Calendar().add(before, span) <= day
    assert subtract(day + timedelta(days=1), span) >= before


@given(span=spans)
def test_a_span_is_read_as_it_is_written(span: Span) -> None:
    """The text of a span is parsed to that span, with any case and blanks."""
    assert parse_span(str(span)) == span
    assert parse_span(f" {str(span).upper()} ") == span


def _shut_for_ever(calendar: Calendar, day: date) -> bool:
    """A closure in the next year that is too long, so that it is treated as over."""
    shut = 0
    for offset in range(400):
        shut = 0 if calendar.is_business(day + timedelta(days=offset)) else shut + 1
        if shut >= LONGEST_CLOSURE:
            return True
    return False


# --------------------------------------------------------------------------- cases


@pytest.mark.parametrize(
    ("start", "span", "expected"),
    [
        ((2026, 11, 20), "1 business day", (2026, 11, 23)),  # Friday
        ((2026, 11, 21), "1 business day", (2026, 11, 23)),  # Saturday
        ((2026, 11, 22), "1 business day", (2026, 11, 23)),  # Sunday
        ((2026, 11, 23), "5 business days", (2026, 11, 30)),
        ((2026, 11, 21), "0 business days", (2026, 11, 21)),
        ((2026, 1, 31), "1 month", (2026, 2, 28)),
        ((2028, 1, 31), "1 month", (2028, 2, 29)),
        ((2028, 2, 29), "1 year", (2029, 2, 28)),
        ((2028, 2, 29), "4 years", (2032, 2, 29)),
        ((2026, 10, 31), "1 month", (2026, 11, 30)),
        ((2026, 12, 31), "2 months", (2027, 2, 28)),
        ((2026, 3, 28), "1 week", (2026, 4, 4)),  # the clocks change in between
        ((2026, 11, 23), "0 days", (2026, 11, 23)),
    ],
)
def test_spans_end_where_people_expect(start: tuple[int, int, int], span: str, expected: tuple[int, int, int]) -> None:
    """Spans are right at weekends, month ends and 29 February."""
    assert Calendar().add(date(*start), parse_span(span)) == date(*expected)


@pytest.mark.parametrize(
    ("start", "span", "expected"),
    [
        ((2026, 3, 31), "1 month", (2026, 2, 28)),
        ((2028, 2, 29), "1 year", (2027, 2, 28)),
        ((2026, 11, 23), "2 weeks", (2026, 11, 9)),
        ((2026, 11, 23), "3 days", (2026, 11, 20)),
        ((2026, 11, 23), "1 business day", (2026, 10, 22)),
    ],
)
def test_looking_back(start: tuple[int, int, int], span: str, expected: tuple[int, int, int]) -> None:
    """`subtract` respects month ends, and goes back as many days as business days can take at most."""
    assert subtract(date(*start), parse_span(span)) == date(*expected)


@pytest.mark.parametrize("length", [1, 5, 30, 31, 32, 400])
def test_no_closure_is_for_ever(length: int) -> None:
    """Counting ends for a closure of any length; after 31 days, days count as open again."""
    shut = Calendar(frozenset(), is_holiday=lambda day: TODAY < day <= TODAY + timedelta(days=length))
    expected = TODAY + timedelta(days=length + 1 if length < LONGEST_CLOSURE else 1)
    assert shut.add(TODAY, Span(1, "business day")) == expected


def test_my_weekend_and_my_holidays() -> None:
    """A calendar respects another weekend and a country's holidays."""
    friday_off = library.calendar("4 5", None)
    assert friday_off.add(date(2026, 11, 26), parse_span("1bd")) == date(2026, 11, 29)
    german = library.calendar("5 6", "DE")
    assert german.add(date(2026, 12, 24), parse_span("1 business day")) == date(2026, 12, 28)
    assert list(german.closed(date(2026, 12, 24), date(2026, 12, 28))) == [date(2026, 12, day) for day in (25, 26, 27)]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("3 days", Span(3, "day")),
        ("1d", Span(1, "day")),
        ("2 business days", Span(2, "business day")),
        ("2bd", Span(2, "business day")),
        ("2w", Span(2, "week")),
        ("6 mo", Span(6, "month")),
        ("6 Months", Span(6, "month")),
        ("1y", Span(1, "year")),
        ("100 years", Span(100, "year")),
    ],
)
def test_spans_have_short_forms(text: str, span: Span) -> None:
    """All documented forms of a span are parsed."""
    assert parse_span(text) == span


@pytest.mark.parametrize(
    "text", ["", "3", "days", "-3 days", "3 fortnights", "1.5 days", "3 m", "3 days ago", "12345 days", "1 business"]
)
def test_what_is_no_span_is_told_how_to_be_one(text: str) -> None:
    """Any other text is refused with examples of spans."""
    with pytest.raises(ValueError, match="write it like 3 days, 2 business days, 2w, 6mo or 1y"):
        parse_span(text)


@pytest.mark.parametrize("text", ["101 years", "9999 months", "9999 business days"])
def test_what_can_not_be_counted_is_refused(text: str) -> None:
    """Spans are bounded, so that no sum of spans leaves the range of dates."""
    with pytest.raises(ValueError, match="is too long; write a shorter span"):
        parse_span(text)
    assert EARLIEST - timedelta(days=4 * LONGEST) > date.min
    assert LATEST + timedelta(days=4 * LONGEST) < date.max


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23", TODAY),
        (" Today ", TODAY),
        ("yesterday", date(2026, 11, 22)),
        ("tomorrow", date(2026, 11, 24)),
        ("-3d", date(2026, 11, 20)),
        ("+2w", date(2026, 12, 7)),
        ("+2bd", date(2026, 11, 25)),
        ("-1 month", date(2026, 10, 23)),
        ("2028-02-29", date(2028, 2, 29)),
        ("1900-01-01", EARLIEST),
        ("2200-12-31", LATEST),
    ],
)
def test_days_can_be_said_in_words(text: str, expected: date) -> None:
    """A day is parsed from ISO 8601, the three words, and spans from today."""
    assert parse_day(text, TODAY) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a day; write it like 2026-11-23, today, yesterday, -3d or"),
        ("23.11.2026", "is not a day"),
        ("2026-02-29", "is not a day"),
        ("1899-12-31", "lies outside 1900 to 2200; check the year"),
        ("2201-01-01", "lies outside 1900 to 2200; check the year"),
        ("-100y+", "is not a span"),
        ("+3 parsecs", "is not a span"),
        ("-2bd", "goes back in business days; write days or weeks"),
    ],
)
def test_what_is_no_day_is_told_how_to_be_one(text: str, message: str) -> None:
    """Any other text is refused with what to write instead."""
    with pytest.raises(ValueError, match=message):
        parse_day(text, TODAY)


@pytest.mark.parametrize("text", ["yesterday", "tomorrow", "-1d", "+1d"])
def test_the_calendar_has_two_ends(text: str) -> None:
    """A day outside the years that netcrm stores is refused."""
    ends = (EARLIEST, LATEST)
    edge = ends[text in ("tomorrow", "+1d")]
    with pytest.raises(ValueError, match="lies outside 1900 to 2200"):
        parse_day(text, edge)
