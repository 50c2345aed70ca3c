"""Days as address books write them: each has one reading, regardless of the computer's locale."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.dates import NO_YEAR
from netcrm.formats.csv.dates import Numbers, day_of, numbers, order_of, spoken, written

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
MONTHS = (
    *("Jan January Januar Jänner janvier janv. enero ene", "Feb February Februar février févr. febrero"),
    *("Mar March März mrz mars marzo", "Apr April avril avr. abril abr", "May Mai mai mayo"),
    *("Jun June Juni juin junio", "Jul July Juli juillet juil. julio", "Aug August août agosto ago"),
    *("Sep Sept September septembre septiembre setiembre", "Oct October Oktober Okt octobre octubre"),
    *("Nov November novembre noviembre", "Dec December Dezember Dez décembre diciembre dic"),
)


@pytest.mark.parametrize(
    ("month", "word"), [(month, word) for month, words in enumerate(MONTHS, 1) for word in words.split()]
)
def test_months_in_four_languages(month: int, word: str) -> None:
    """Month names are read in full or abbreviated, with or without a point, in any case."""
    assert written(f"2 {word} 1985") == written(f"2. {word.upper()} 1985") == date(1985, month, 2)


@given(DAYS)
def test_a_day_that_says_itself_what_is_what(day: date) -> None:
    """A day is read from every unambiguous spelling."""
    month = spoken(day).split()[1]
    for text in (
        *(day.isoformat(), f"{day:%Y%m%d}", f"{day:%Y/%m/%d}", f"{day}T00:00:00Z", spoken(day)),
        *(f"{month} {day.day}, {day.year}", f"{day.day}-{month[:3]}-{day.year}", f"{day.day}. {month} {day.year}"),
    ):
        assert written(text) == day


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "soon",
        "2020-02-30",
        "30 Feb 2020",
        "5 Mayhem 2020",
        "2020-03-05 or so",
        "1/2/2020",
        "٣ May 2020",
        "--02-30",
        "5 May 1",
        "9" * 5000,
    ],
)
def test_what_is_no_day(cell: str) -> None:
    """Other words, days that do not exist, and numbers in an unknown order are not read."""
    assert written(cell) is None


@given(day=DAYS, mark=st.sampled_from("/-."), day_first=st.booleans())
def test_numbers_are_read_as_they_are_told_to_be(day: date, mark: str, *, day_first: bool) -> None:
    """Numbers are read with the day or the month first, as asked, also before a time; with dots the day is first."""
    first, second = (day.day, day.month) if day_first or mark == "." else (day.month, day.day)
    for text in (f"{first}{mark}{second}{mark}{day.year}", f"{first:02}{mark}{second:02}{mark}{day.year}, 12:00"):
        parts = numbers(text)
        assert parts == Numbers(first, second, str(day.year), dotted=mark == ".")
        assert day_of(parts, day_first=day_first) == day


@given(st.integers(0, 99))
def test_a_birth_year_of_two_digits_is_in_the_past(year: int) -> None:
    """A birth year of two digits is before 2025; any other year of two digits is from 2000 on."""
    parts = numbers(f"1/2/{year:02}")
    assert parts
    born, met = day_of(parts, day_first=True, born=True), day_of(parts, day_first=True)
    assert born
    assert met
    assert (born < date(2025, 1, 1), met.year) == (True, 2000 + year)
    assert written(f"1 Feb {year:02}", born=True) == born


@pytest.mark.parametrize("cell", ["13/13/2020", "0/0/00", "30/2/2020", "1/2-2020", "1/2/202", "1/2/20 or so"])
def test_numbers_that_are_no_day(cell: str) -> None:
    """Numbers that are no day in either order are not read."""
    parts = numbers(cell)
    assert parts is None or (day_of(parts, day_first=True) is None and day_of(parts, day_first=False) is None)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        ([], (0, 0, None)),
        (["", "2020-03-04", "3.4.2020", "03/03/2020"], (0, 0, None)),
        (["x", "03/04/2020", "03/05/2020"], (0, 0, 1)),
        (["13/04/2020", "03/04/2020"], (1, 0, 1)),
        (["04/13/2020", "14/04/2020", "15/04/2020"], (2, 1, None)),
    ],
)
def test_what_a_column_decides(cells: list[str], order: tuple[int, int, int | None]) -> None:
    """A column shows how many cells must have the day or the month first, and the first cell that may have either."""
    assert order_of(cells) == order


def test_a_birthday_without_its_year() -> None:
    """A birthday on 29 February needs no year: the year for unknown years is a leap year."""
    assert written("--02-29") == written("--0229") == date(NO_YEAR, 2, 29)
