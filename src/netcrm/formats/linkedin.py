"""LinkedIn's Connections.csv, of every year, as rows with their lines.

The file has changed shape four times: Outlook's columns until about 2017, six columns and
American times in 2018, three lines of preamble since 2019, a URL column since 2023. So the
header is found by its names, wherever it stands and in whatever order; a date is read in
each form LinkedIn has written, never by the computer's locale.

A row is a record of as many lines as it takes to close its quotes. One quote left open
would swallow the rows behind it, so a record that does not close soon, or that holds a
whole row in one cell, is a `Problem` that names its lines, and reading goes on with the
next line that is a row of its own.

Whether an address is one is not asked here: `Connection` has what the file says, and who
matches people (`netcrm.identity`) refuses what can't be used, in words.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from netcrm.days import EARLIEST, LATEST
from netcrm.errors import Problem, WrongFormat
from netcrm.models import LONGEST_NAME, clean

FORMAT = "LinkedIn's Connections.csv"
LINES_OF_A_HEADER = 20
"""The header stands within the first lines, or the file is another one."""

LINES_OF_A_RECORD = 20
"""A cell with line breaks in it is rare; one of twenty lines is a quote that was never closed."""

LARGEST_RECORD = 100_000
"""Characters of a row: far more than seven cells need, and below the csv module's own limit for one."""

MOST_LINES = 300_000
"""LinkedIn allows 30,000 connections; a file of ten times as many lines is something else."""

_COLUMNS = {
    "first name": "given_name",
    "last name": "family_name",
    "url": "url",
    "email address": "email",
    "e-mail address": "email",
    "company": "company",
    "position": "title",
    "job title": "title",
    "connected on": "connected_on",
}
_NEEDED = {"given_name": "First Name", "family_name": "Last Name", "company": "Company", "title": "Position"}
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAY_MONTH_YEAR = re.compile(r"(\d{1,2}) ([A-Za-z]{3,9}) (\d{4})")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})(?:,.*)?")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]\d\d:.*)?")


@dataclass(frozen=True, slots=True)
class Connection:
    """One row: a person, and the day we connected. `line` is where the row begins, from 1."""

    line: int
    name: str
    given_name: str = ""
    family_name: str = ""
    email: str | None = None
    url: str | None = None
    company: str | None = None
    title: str | None = None
    connected_on: date | None = None


def read(data: bytes, file: str) -> tuple[list[Connection], list[Problem]]:
    """The people in a file, and what is wrong with rows of it, by line.

    `WrongFormat` when it is not LinkedIn's: then nothing can be told from it.
    """
    problems: list[Problem] = []
    text = _decoded(data, file, problems).replace("\r\n", "\n").replace("\r", "\n")
    body = text.rstrip()
    lines = body.split("\n", MOST_LINES)
    if len(lines) > MOST_LINES:
        why = f"it has more than {MOST_LINES:,} lines, ten times what LinkedIn writes. Split it and import the parts"
        raise WrongFormat(file, FORMAT, why)
    if "\0" in text:
        lines = _without_nul(lines, file, problems)
    header = _header(lines, file)
    rows = _rows(lines, header, file, problems, whole="\n" in text[len(body) :])
    connections = [row for line, cells in rows if (row := _connection(line, cells, header, file, problems))]
    return connections, sorted(problems, key=lambda problem: problem.line)


# --------------------------------------------------------------------------- text


def _decoded(data: bytes, file: str, problems: list[Problem]) -> str:
    utf_16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-16" if utf_16 else "cp1252", errors="replace")
    if utf_16:
        why, text = "the UTF-16 is damaged; \ufffd stands where it is", data.decode("utf-16", errors="replace")
    else:
        why = "this is not UTF-8; the file was read as Windows-1252"
        text = data.removeprefix(b"\xef\xbb\xbf").decode("cp1252", errors="replace")
    line = before.count("\n") + before.count("\r") - before.count("\r\n") + 1
    problems.append(Problem(file, line, f"{why}. Check the names with accents"))
    return text


def _without_nul(lines: Sequence[str], file: str, problems: list[Problem]) -> list[str]:
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            problems.append(Problem(file, number, "there is a NUL character here; it was left out. Check this row"))
    return [line.replace("\0", "") for line in lines]


class _Header(NamedTuple):
    """Where the rows begin, which column holds what, how many columns there are, and how many hold the name."""

    end: int
    columns: dict[int, str]
    width: int
    names: int


def _header(lines: Sequence[str], file: str) -> _Header:
    nearest: set[str] = set()
    for end, line in enumerate(lines[:LINES_OF_A_HEADER], 1):
        names = [name.strip().lower() for name in _cells(line) or ()]
        columns = {index: _COLUMNS[name] for index, name in enumerate(names) if name in _COLUMNS}
        found = set(columns.values())
        if found >= _NEEDED.keys():
            last = max(index for index, name in columns.items() if name in ("given_name", "family_name"))
            return _Header(end, columns, len(names), last + 1)
        nearest = max(nearest, found & _NEEDED.keys(), key=len)
    there = ", ".join(name for key, name in _NEEDED.items() if key in nearest)
    raise WrongFormat(
        file,
        FORMAT,
        f"its first {LINES_OF_A_HEADER} lines hold no header with {', '.join(_NEEDED.values())}"
        f"{f'; the nearest has only {there}' if there else ''}. "
        "In LinkedIn ask for “Connections” under Settings, Data privacy, Get a copy of your data",
    )


def _cells(record: str) -> list[str] | None:
    """The cells of one record, or none where it is too large or is no CSV."""
    if len(record) > LARGEST_RECORD:
        return None
    if '"' not in record:
        return record.split(",")
    try:
        return next(csv.reader([record], strict=True), None)
    except csv.Error:
        return None


def _rows(
    lines: Sequence[str], header: _Header, file: str, problems: list[Problem], *, whole: bool
) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each record behind the header; `whole` says that the last line has an end."""
    at = header.end
    while at < len(lines):
        end = _end_of_record(lines, at)
        cells = _cells("\n".join(lines[at:end])) if end else None
        cut = cells is not None and end == len(lines) and not whole and len(cells) < header.width
        if cells is not None and not cut and not _swallowed(cells, header.width):
            yield at + 1, cells
            at = end or at + 1
        else:
            behind = _next_row(lines, at + 1, end or at + LINES_OF_A_RECORD, header.width)
            why = "the file ends in the middle of this row" if cut else _broken(lines[at:end], end, cells)
            left = "the row was" if behind == at + 1 else f"lines {at + 1} to {behind} were"
            problems.append(Problem(file, at + 1, f"{why}; {left} left out. Mend it and import again", lost=True))
            at = behind


def _end_of_record(lines: Sequence[str], start: int) -> int | None:
    """The index behind the record that begins at `start`: its quotes come in pairs."""
    quotes = 0
    for at in range(start, min(start + LINES_OF_A_RECORD, len(lines))):
        quotes += lines[at].count('"')
        if quotes % 2 == 0:
            return at + 1
    return None


def _swallowed(cells: Sequence[str], width: int) -> bool:
    """Whether a cell holds a line break and the commas of a whole row: two stray quotes with rows between them."""
    return any("\n" in cell and cell.count(",") >= width - 1 for cell in cells)


def _next_row(lines: Sequence[str], start: int, end: int, width: int) -> int:
    """Where to go on behind a broken record: at the next line of it that is a row of its own, or at its end."""
    end = min(end, len(lines))
    own = (at for at in range(start, end) if lines[at].count('"') % 2 == 0 and len(_cells(lines[at]) or ()) == width)
    return next(own, end)


def _broken(record: Sequence[str], end: int | None, cells: Sequence[str] | None) -> str:
    if end is None or cells is not None:
        return "a quote is not closed"
    return "it is too large" if sum(map(len, record)) > LARGEST_RECORD else "its quotes are not in pairs"


# --------------------------------------------------------------------------- rows


def _connection(
    line: int, cells: Sequence[str], header: _Header, file: str, problems: list[Problem]
) -> Connection | None:
    if not any(cell.strip() for cell in cells):
        return None
    values = {name: _clean(cells[at]) for at, name in header.columns.items() if at < len(cells)}
    name = f"{values.get('given_name', '')} {values.get('family_name', '')}".strip()
    if wrong := _unusable(cells, values, header, name):
        problems.append(Problem(file, line, wrong, lost=True))
        return None
    company = values.get("company", "")
    return Connection(
        line=line,
        name=name,
        given_name=values.get("given_name", ""),
        family_name=values.get("family_name", ""),
        email=_email(values.get("email", "")),
        url=values.get("url") or None,
        company=company if company.strip("-–—. ") else None,
        title=values.get("title") or None,
        connected_on=_day(values.get("connected_on", ""), name, line, file, problems),
    )


def _unusable(cells: Sequence[str], values: Mapping[str, str], header: _Header, name: str) -> str | None:
    """Why nobody can be told from a row. A comma that should be in quotes moves everything behind it."""
    if len(cells) > header.width and any(cell.strip() for cell in cells[header.width :]):
        return "the row has more cells than the header has names; a comma is not in quotes. Mend it and import again"
    if len(cells) < header.names:
        return "the row ends before its names do; it was left out. Mend it and import again"
    if not name:
        return "the row has no name, as LinkedIn writes closed accounts; it was left out"
    if max(map(len, values.values())) > LONGEST_NAME or len(name) > LONGEST_NAME:
        return f"a cell is longer than {LONGEST_NAME} characters; the row was left out. Shorten it and import again"
    return None


def _clean(cell: str) -> str:
    # What is printable and in NFC is clean already; asking is ten times as fast as cleaning.
    if not (cell.isprintable() and unicodedata.is_normalized("NFC", cell)):
        cell = clean(cell.replace("\n", " ").replace("\t", " "))
    return " ".join(cell.split())


def _email(cell: str) -> str | None:
    """An address; in 2018 LinkedIn wrote member numbers into some of these cells."""
    return None if not cell or cell.casefold().startswith("urn:") else cell


def _day(cell: str, name: str, line: int, file: str, problems: list[Problem]) -> date | None:
    if not cell:
        return None
    day = _parsed(cell)
    if day is None or not EARLIEST <= day <= LATEST:
        why = "is no day that can be read" if day is None else f"lies outside {EARLIEST.year} to {LATEST.year}"
        problems.append(Problem(file, line, f"“{cell[:40]}” {why}; {name} was imported without it"))
        return None
    return day


@lru_cache(maxsize=1024)
def _parsed(cell: str) -> date | None:
    """“05 Mar 2020”, “1/8/18, 6:14 PM” (8 January 2018), or ISO 8601."""
    try:
        if match := _DAY_MONTH_YEAR.fullmatch(cell):
            return date(int(match[3]), _month(match[2].lower()), int(match[1]))
        if match := _AMERICAN.fullmatch(cell):
            year = int(match[3]) if len(match[3]) == 4 else 2000 + int(match[3])
            return date(year, int(match[1]), int(match[2]))
        return date.fromisoformat(match[1]) if (match := _ISO.fullmatch(cell)) else None
    except ValueError:
        return None


def _month(word: str) -> int:
    """1 to 12 for an English month, whole or its first three letters (“sept” too); 0, which no date has, for others."""
    fitting = (number for number, month in enumerate(_MONTHS, 1) if word in (month, month[:3], month[:4]))
    return next(fitting, 0)
