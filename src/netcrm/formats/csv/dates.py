"""Read days as address books write them, regardless of the computer's locale.

“03/04/2020” is ambiguous: 4 March with the month first, 3 April with the day first. So the caller says which comes
first, and whether a year of two digits is a birth year. A birthday without its year has the year
`netcrm.domain.dates.NO_YEAR`.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from netcrm.domain.dates import NO_YEAR

BORN_SINCE_2000 = 25
"""A birth year of two digits is always in the past: below this number it is 20…, from it on 19…."""

_ENGLISH = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_OTHERS = (  # German, French and Spanish, without accents
    *("januar janner janvier janv enero ene", "februar fevrier fevr fev febrero", "marz mrz mars marzo"),
    *("avril avr abril abr", "mai mayo", "juni juin junio", "juli juillet juil julio", "aout agosto ago"),
    *("septembre septiembre setiembre", "oktober okt octobre octubre", "novembre noviembre"),
    "dezember dez decembre diciembre dic",
)
_MONTHS = {
    **{month[:letters]: number for number, month in enumerate(_ENGLISH, 1) for letters in (3, 4, 9)},
    **{month: number for number, months in enumerate(_OTHERS, 1) for month in months.split()},
}
_YEAR = "([0-9]{4}|[0-9]{2})"
_DAY_MONTH_YEAR = re.compile(rf"([0-9]{{1,2}})(?:\.|er)?[ -](?:de )?([^\W\d_]{{3,10}})\.?,?[ -](?:de )?{_YEAR}")
_MONTH_DAY_YEAR = re.compile(rf"([^\W\d_]{{3,10}})\.? ([0-9]{{1,2}}),? {_YEAR}")
_ISO = re.compile(r"([0-9]{4})([-/]?)([0-9]{2})\2([0-9]{2})(?:[T ][0-9]{2}:.*)?")
_WITHOUT_YEAR = re.compile(r"(?:--|0000-)([0-9]{2})-?([0-9]{2})")
_NUMBERS = re.compile(rf"([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\2{_YEAR}(?:,? [0-9].*)?")


def written(cell: str, *, born: bool = False) -> date | None:
    """An unambiguous day: “1985-04-12” (ISO 8601), “12 Apr 1985”, “April 12, 1985”, “--04-12”.

    Month names are English, German, French or Spanish; a year of two digits is read as in `day_of`. None for any other
    text, and for a day that does not exist.
    """
    try:
        if match := _WITHOUT_YEAR.fullmatch(cell):
            return date(NO_YEAR, int(match[1]), int(match[2]))
        if match := _ISO.fullmatch(cell):
            return date(int(match[1]), int(match[3]), int(match[4]))
        if match := _DAY_MONTH_YEAR.fullmatch(cell):
            return date(_year(match[3], born=born), _month(match[2]), int(match[1]))
        match = _MONTH_DAY_YEAR.fullmatch(cell)
        return date(_year(match[3], born=born), _month(match[1]), int(match[2])) if match else None
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _month(word: str) -> int:
    """1 to 12, or 0 if the word is not a month. No date has the month 0."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return _MONTHS.get("".join(letter for letter in letters if not unicodedata.combining(letter)), 0)


class Numbers(NamedTuple):
    """The numbers of a day in the order of the text. `dotted` means that dots divide them, as in “12.4.1985”."""

    first: int
    second: int
    year: str
    dotted: bool


def numbers(cell: str) -> Numbers | None:
    """The numbers of “4/12/85”, “12-04-1985” or “12.4.1985”, with or without a time after them."""
    match = _NUMBERS.fullmatch(cell)
    return Numbers(int(match[1]), int(match[3]), match[4], match[2] == ".") if match else None


def day_of(parts: Numbers, *, day_first: bool, born: bool = False) -> date | None:
    """The day that the numbers mean; dotted ones have the day first in every country that uses dots.

    A year of two digits is a birth year in the past if `born` (see `BORN_SINCE_2000`), else a year from 2000 on.
    """
    day, month = (parts.first, parts.second) if day_first or parts.dotted else (parts.second, parts.first)
    try:
        return date(_year(parts.year, born=born), month, day)
    except ValueError:
        return None


def _year(digits: str, *, born: bool) -> int:
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (1900 if born and year >= BORN_SINCE_2000 else 2000)


class Order(NamedTuple):
    """The number of cells in a column that must have the day first, and of those that must have the month first.

    `open` is the place of the first cell that can be read both ways, or None.
    """

    day_first: int
    month_first: int
    open: int | None


def order_of(cells: Iterable[str]) -> Order:
    """The order of day and month that the cells of a column show: “13/04/2020” has the day first."""
    days = months = 0
    undecided: int | None = None
    for place, cell in enumerate(cells):
        parts = numbers(cell)
        if parts is None or parts.dotted or parts.first == parts.second:
            continue
        days += parts.first > 12
        months += parts.second > 12
        if undecided is None and max(parts.first, parts.second) <= 12:
            undecided = place
    return Order(days, months, undecided)


def spoken(day: date) -> str:
    """A day in an unambiguous form: “3 April 2020”."""
    return f"{day.day} {_ENGLISH[day.month - 1].title()} {day.year}"
