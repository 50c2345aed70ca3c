"""LinkedIn's Connections.csv of every year, alone or in the archive that LinkedIn sends.

The file has changed four times: Outlook's columns until about 2017, six columns and American times in 2018, three
lines of preamble since 2019, a URL column since 2023. So the header is found by its names, on any of the first lines
and in any order. Days are read in every form that LinkedIn has written, regardless of the computer's locale.

Each row is one line, so an open quote is detected soon (see `netcrm.formats.csv.dialect`).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

from netcrm.domain.dates import EARLIEST, LATEST
from netcrm.domain.validation import LONGEST_NAME
from netcrm.errors import Problem
from netcrm.formats.csv import dates, dialect, source, zip_member
from netcrm.formats.csv.columns import ColumnReader
from netcrm.formats.csv.dialect import Dialect, Header, Row
from netcrm.formats.csv.source import CsvSource, HeaderRule
from netcrm.formats.records import ImportedContact

CONNECTIONS = "Connections.csv"
"""The name of the file in the archive of an account, at the top level or in a folder."""

_OF_2017 = ("title", "middle name", "suffix", "department")
"""Outlook's columns that the oldest files may fill, besides the name and the work."""

_NAMED = 3
_AMERICAN = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})(?:,.*)?")


def _usable(reader: ColumnReader, header: Header, rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows with a name, without the days that can't be read."""
    places = {role.holds: at for at, role in enumerate(reader.roles) if role}
    names_end = 1 + max(places["given-name"], places["family-name"])
    left_empty = _left_empty(reader, header)
    filled: set[int] = set()
    for number, row in rows:
        filled.update(at for at in left_empty if at < len(row) and row[at].strip())
        cells = list(map(dialect.line, row))
        values = {holds: cells[at] for holds, at in places.items() if at < len(cells)}
        name = f"{values.get('given-name', '')} {values.get('family-name', '')}".strip()
        if why := _refusal(name, list(values.values()), whole=len(cells) >= names_end):
            reader.problems.append(Problem(reader.file, number, why, lost=True))
            continue
        if why := _no_day(values.get("connected-on", "")):
            reader.problems.append(Problem(reader.file, number, f"{why}; {name} was imported without it"))
            cells[places["connected-on"]] = ""
        yield number, cells
    if filled:
        reader.problems.append(Problem(reader.file, header.end, _not_read([header.names[at] for at in sorted(filled)])))


def _refusal(name: str, values: Sequence[str], *, whole: bool) -> str | None:
    """The reason to leave out a row."""
    if not whole:
        return "the row ends before its names do; it was left out. Mend it and import again"
    if not name:
        return "the row has no name, as LinkedIn writes closed accounts; it was left out"
    if max(map(len, (name, *values))) > LONGEST_NAME:
        return f"a cell is longer than {LONGEST_NAME} characters; the row was left out. Shorten it and import again"
    return None


def _no_day(cell: str) -> str | None:
    """The reason why a contact can't hold the day in a cell; None if it can, or if the cell is empty."""
    day = _connected_on(cell)
    if not cell or (day and EARLIEST <= day <= LATEST):
        return None
    why = f"lies outside {EARLIEST.year} to {LATEST.year}" if day else "is not a day that netcrm can read"
    return f"“{cell[:40]}” {why}"


@lru_cache(maxsize=1024)
def _connected_on(cell: str) -> date | None:
    """“05 Mar 2020”, “1/8/18, 6:14 PM” (8 January 2018), or ISO 8601."""
    if _AMERICAN.fullmatch(cell):
        numbers = dates.numbers(cell.partition(",")[0])
        return dates.day_of(numbers, day_first=False) if numbers else None
    return dates.written(cell)


def _left_empty(reader: ColumnReader, header: Header) -> list[int]:
    """The columns that LinkedIn's oldest files took over from Outlook and left empty; newer files have none."""
    if any(role and role.holds in ("linkedin", "connected-on") for role in reader.roles):
        return []
    columns = enumerate(zip(header.names, reader.roles, strict=True))
    return [at for at, (name, role) in columns if name and role is None and name.lower() not in _OF_2017]


def _not_read(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name[:40]}”" for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    why = f"columns that LinkedIn leaves empty were not read: {shown}{more}"
    return f"{why}. If it is Outlook's, use `netcrm import outlook`"


LINKEDIN = CsvSource(
    Dialect(
        "LinkedIn's Connections.csv",
        needed=(
            ("First Name", re.compile("first name")),
            ("Last Name", re.compile("last name")),
            ("Company", re.compile("company")),
            ("Position", re.compile("position|job title")),
        ),
        hint="In LinkedIn ask for “Connections” under Settings, Data privacy, Get a copy of your data",
        texts=False,
        most_lines=300_000,  # LinkedIn allows 30,000 connections
        too_many="ten times what LinkedIn writes. Split it and import the parts",
    ),
    fields={
        "first name": "given-name",
        "last name": "family-name",
        "url": "linkedin",
        "position": "title",
        "job title": "title",
        "connected on": "connected-on",
    },
    rules={
        # People who must enter a company often type a dash.
        "company": HeaderRule("company", empty=re.compile("[-–—. ]+")),
        # In 2018 LinkedIn wrote member numbers into some of the e-mail cells.
        "e-?mail address": HeaderRule("email", empty=re.compile("(?i)urn:.*")),
    },
    unknown=None,
    days={"connected-on": _connected_on},
    repair=_usable,
)


def read(data: bytes, file: str) -> tuple[list[ImportedContact], list[Problem]]:
    """The contacts in a file, and the problems with its rows, by line.

    An archive (zip) is recognised by its first octets, whatever its name. Its problems name the file
    `archive.zip/Connections.csv`. `WrongFormat` if the file is not LinkedIn's, or the archive can't be read.
    """
    if zip_member.is_zip(data):
        data, file = zip_member.member(data, file, CONNECTIONS, "an archive of LinkedIn's")
    return source.read(LINKEDIN, data, file)
