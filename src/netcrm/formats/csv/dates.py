"""Days as address books write them, each form read by what it says of itself and never by the computer's locale.

“03/04/2020” says nothing of itself: it is 4 March where the month comes first and 3 April where the day does, so who
reads it says which. A year of two digits needs to be told what it belongs to. A birthday without its year has the
year `netcrm.domain.dates.NO_YEAR`.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from netcrm.domain.dates import NO_YEAR

BORN_SINCE_2000 = 25
"""A birth year of two digits is in the past, whatever today is: below this it is 20…, from it on 19…."""

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
    """A day that says itself what is what: “1985-04-12” (ISO 8601), “12 Apr 1985”, “April 12, 1985”, “--04-12”.

    Month names are English, German, French or Spanish; a year of two digits is read as in `day_of`. None where it is
    no such day, or one that no month has.
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
    """1 to 12; 0, which no date has, for a word that is no month."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return _MONTHS.get("".join(letter for letter in letters if not unicodedata.combining(letter)), 0)


class Numbers(NamedTuple):
    """A day in numbers, in the order in which they stand; `dotted` as in “12.4.1985”."""

    first: int
    second: int
    year: str
    dotted: bool


def numbers(cell: str) -> Numbers | None:
    """“4/12/85”, “12-04-1985” or “12.4.1985”, with a time behind it or not."""
    match = _NUMBERS.fullmatch(cell)
    return Numbers(int(match[1]), int(match[3]), match[4], match[2] == ".") if match else None


def day_of(found: Numbers, *, day_first: bool, born: bool = False) -> date | None:
    """The day that numbers mean; dotted ones have the day first in every country that writes them so.

    A year of two digits is a birth year, in the past (`BORN_SINCE_2000`), or one since 2000.
    """
    day, month = (found.first, found.second) if day_first or found.dotted else (found.second, found.first)
    try:
        return date(_year(found.year, born=born), month, day)
    except ValueError:
        return None


def _year(digits: str, *, born: bool) -> int:
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (1900 if born and year >= BORN_SINCE_2000 else 2000)


class Order(NamedTuple):
    """What the cells of a column say of the order of day and month: how many can only have either first.

    `open` is the place of the first cell that could be read both ways, if there is one.
    """

    day_first: int
    month_first: int
    open: int | None


def order_of(cells: Iterable[str]) -> Order:
    """The order of day and month in a column, as far as its cells decide it: “13/04/2020” does."""
    days = months = 0
    undecided: int | None = None
    for place, cell in enumerate(cells):
        found = numbers(cell)
        if found is None or found.dotted or found.first == found.second:
            continue
        days += found.first > 12
        months += found.second > 12
        if undecided is None and max(found.first, found.second) <= 12:
            undecided = place
    return Order(days, months, undecided)


def spoken(day: date) -> str:
    """A day that nobody misreads: “3 April 2020”."""
    return f"{day.day} {_ENGLISH[day.month - 1].title()} {day.year}"
