"""LinkedIn's Connections.csv, of every year, as rows with their lines.

The file has changed shape four times: Outlook's columns until about 2017, six columns and
American times in 2018, three lines of preamble since 2019, a URL column since 2023. So the
header is found by its names, wherever it stands and in whatever order; a date is read in
each form LinkedIn has written, never by the computer's locale.

A row is a record of as many lines as it takes to close its quotes. One quote left open
would swallow the rest of the file, so a record that does not close soon is a `Problem`,
and reading goes on with the line after it.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from netcrm.days import EARLIEST, LATEST
from netcrm.errors import Problem, WrongFormat
from netcrm.models import LONGEST_NAME, clean

FORMAT = "LinkedIn's Connections.csv"
LINES_OF_A_HEADER = 20
"""The header stands within the first lines, or the file is another one."""

LINES_OF_A_RECORD = 20
"""A cell with line breaks in it is rare; one of twenty lines is a quote that was never closed."""

LARGEST_FIELD = 1 << 20
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
_NEEDED = frozenset({"given_name", "family_name", "company", "title"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_MONTH_YEAR = re.compile(r"(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4})")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})(?:,.*)?")


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
    lines = _decoded(data, file, problems).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # The limit is the csv module's, for the whole process: it is put back at once.
    before = csv.field_size_limit(LARGEST_FIELD)
    try:
        header = _header(lines, file)
        rows = _rows(lines, header.end, file, problems)
        connections = [row for line, cells in rows if (row := _connection(line, cells, header, file, problems))]
    finally:
        csv.field_size_limit(before)
    return connections, sorted(problems, key=lambda problem: problem.line)


# --------------------------------------------------------------------------- text


def _decoded(data: bytes, file: str, problems: list[Problem]) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            text = data.removeprefix(b"\xef\xbb\xbf").decode("cp1252", errors="replace")
            line = data[: error.start].count(b"\n") + 1
            why = "this is not UTF-8; the file was read as Windows-1252. Check the names with accents"
            problems.append(Problem(file, line, why))
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        problems.append(Problem(file, line, "there is a NUL character here; it was left out. Check this row"))
    return text.replace("\0", "")


class _Header(NamedTuple):
    """Where the rows begin, which column holds what, and how many columns there are."""

    end: int
    columns: dict[int, str]
    width: int


def _header(lines: Sequence[str], file: str) -> _Header:
    for at, line in enumerate(lines[:LINES_OF_A_HEADER]):
        names = [name.strip().lower() for name in _cells(line) or ()]
        columns = {index: _COLUMNS[name] for index, name in enumerate(names) if name in _COLUMNS}
        if _NEEDED.issubset(columns.values()):
            return _Header(at + 1, columns, len(names))
    looked = "First Name, Last Name, Company, Position, Connected On"
    raise WrongFormat(
        file,
        FORMAT,
        f"its first {LINES_OF_A_HEADER} lines hold no header with {looked}. "
        "In LinkedIn ask for “Connections” under Settings, Data privacy, Get a copy of your data",
    )


def _cells(record: str) -> list[str] | None:
    try:
        return next(csv.reader([record], strict=True), None)
    except csv.Error:
        return None


def _rows(lines: Sequence[str], start: int, file: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each record behind the header."""
    at = start
    while at < len(lines):
        end = _end_of_record(lines, at)
        record = "\n".join(lines[at:end]) if end else lines[at]
        cells = _cells(record) if end else None
        if cells is not None:
            yield at + 1, cells
        elif record.strip():
            why = "a quote is not closed" if end is None else "a cell is too large, or its quotes are not in pairs"
            problems.append(Problem(file, at + 1, f"{why}; the row was left out. Mend it and import again"))
        at = end or at + 1


def _end_of_record(lines: Sequence[str], start: int) -> int | None:
    """The index behind the record that begins at `start`: its quotes come in pairs."""
    quotes = 0
    for at in range(start, min(start + LINES_OF_A_RECORD, len(lines))):
        quotes += lines[at].count('"')
        if quotes % 2 == 0:
            return at + 1
    return None


# --------------------------------------------------------------------------- rows


def _connection(
    line: int, cells: Sequence[str], header: _Header, file: str, problems: list[Problem]
) -> Connection | None:
    if not any(cell.strip() for cell in cells):
        return None
    wrong = _surplus(cells, header.width)
    values = {} if wrong else {name: _clean(cells[at]) for at, name in header.columns.items() if at < len(cells)}
    name = " ".join(part for part in (values.get("given_name"), values.get("family_name")) if part)
    if not wrong and not name:
        wrong = "the row has no name, as LinkedIn writes closed accounts; it was left out"
    if not wrong and any(len(value) > LONGEST_NAME for value in values.values()):
        wrong = f"a cell is longer than {LONGEST_NAME} characters; the row was left out. Shorten it and import again"
    if wrong:
        problems.append(Problem(file, line, wrong))
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
        connected_on=_day(values.get("connected_on", ""), line, file, problems),
    )


def _surplus(cells: Sequence[str], width: int) -> str | None:
    """A comma that should be in quotes moves everything behind it: such a row can't be trusted."""
    if any(cell.strip() for cell in cells[width:]):
        return "the row has more cells than the header has names; a comma is not in quotes. Mend it and import again"
    return None


def _clean(cell: str) -> str:
    return " ".join(clean(cell.replace("\n", " ").replace("\t", " ")).split())


def _email(cell: str) -> str | None:
    """An address; in 2018 LinkedIn wrote member numbers into some of these cells."""
    return None if not cell or cell.startswith("urn:") else cell


def _day(cell: str, line: int, file: str, problems: list[Problem]) -> date | None:
    if not cell:
        return None
    day = _parsed(cell)
    if day is None or not EARLIEST <= day <= LATEST:
        why = "is no day that can be read" if day is None else f"lies outside {EARLIEST.year} to {LATEST.year}"
        problems.append(Problem(file, line, f"“{cell[:40]}” {why}; the person was imported without it"))
        return None
    return day


def _parsed(cell: str) -> date | None:
    """“05 Mar 2020”, “1/8/18, 6:14 PM” (8 January 2018), or ISO 8601."""
    try:
        if match := _DAY_MONTH_YEAR.fullmatch(cell):
            return date(int(match[3]), _MONTHS.index(match[2].lower()) + 1, int(match[1]))
        if match := _AMERICAN.fullmatch(cell):
            year = int(match[3]) if len(match[3]) == 4 else 2000 + int(match[3])
            return date(year, int(match[1]), int(match[2]))
        return date.fromisoformat(cell[:10])
    except ValueError:
        return None
