"""LinkedIn's Connections.csv, of every year, as people with their lines; alone or in the archive it comes in.

The file has changed shape four times: Outlook's columns until about 2017, six columns and American times in 2018,
three lines of preamble since 2019, a URL column since 2023. So the header is found by its names, wherever it stands
and in whatever order; a date is read in each form LinkedIn has written, never by the computer's locale.

Rows are of one line, so a quote that was left open is soon known by what it swallows (see
`netcrm.formats.csv.dialect`).

Whether an address is one is not asked here: a `ImportedContact` has what the file says, and who matches people
(`netcrm.matching.normalize`) refuses what can't be used, in words.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from netcrm.domain.dates import EARLIEST, LATEST
from netcrm.domain.validation import LONGEST_NAME
from netcrm.errors import Problem
from netcrm.formats.csv import dates, dialect, zip_member
from netcrm.formats.csv.dialect import Header, Row
from netcrm.formats.records import ImportedContact, ImportedMethod

FORMAT = "LinkedIn's Connections.csv"
CONNECTIONS = "Connections.csv"
"""What the file is called in the archive of a whole account, at its top or in a folder."""

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
_OF_2017 = ("title", "middle name", "suffix", "department")
"""Columns of the oldest files, in the shape of Outlook's, that may say something beside the name and the work."""

_NAMED = 3

_SHAPE = dialect.Dialect(
    format=FORMAT,
    needed=(
        ("First Name", re.compile("first name")),
        ("Last Name", re.compile("last name")),
        ("Company", re.compile("company")),
        ("Position", re.compile("position|job title")),
    ),
    hint="In LinkedIn ask for “Connections” under Settings, Data privacy, Get a copy of your data",
    texts=False,
    most_lines=MOST_LINES,
    too_many="ten times what LinkedIn writes. Split it and import the parts",
)
_AMERICAN = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})(?:,.*)?")


def read(data: bytes, file: str) -> tuple[list[ImportedContact], list[Problem]]:
    """The people in a file, and what is wrong with rows of it, by line.

    An archive of a whole account (a zip) is known by its first octets, whatever its name; its problems are named
    like `archive.zip/Connections.csv`. `WrongFormat` when the file is not LinkedIn's, or the archive can't be used:
    then nothing can be told from it.
    """
    if zip_member.is_zip(data):
        data, file = zip_member.member(data, file, CONNECTIONS, "an archive of LinkedIn's")
    problems: list[Problem] = []
    header, found = dialect.read(data, file, _SHAPE, problems)
    unread: set[int] = set()
    records = list(_records(found, _layout(header), file, problems, unread))
    if unread:
        names = ", ".join(f"“{header.names[at][:40]}”" for at in sorted(unread)[:_NAMED])
        more = f" and {len(unread) - _NAMED} more" if len(unread) > _NAMED else ""
        why = f"columns that LinkedIn leaves empty were not read: {names}{more}"
        problems.append(Problem(file, header.end, f"{why}. If it is Outlook's, use `netcrm import outlook`"))
    return records, sorted(problems, key=lambda problem: problem.line)


class _Layout(NamedTuple):
    """Which column holds what, how many hold the name, and in which others the oldest files say nothing."""

    columns: Mapping[int, str]
    names: int
    others: Collection[int]


def _layout(header: Header) -> _Layout:
    names = [name.lower() for name in header.names]
    columns = {at: _COLUMNS[name] for at, name in enumerate(names) if name in _COLUMNS}
    others = [at for at, name in enumerate(names) if name and name not in _COLUMNS and name not in _OF_2017]
    if {"url", "connected_on"} & set(columns.values()):
        others = []
    return _Layout(
        columns, 1 + max(at for at, name in columns.items() if name in ("given_name", "family_name")), others
    )


def _records(
    found: Iterator[Row], layout: _Layout, file: str, problems: list[Problem], unread: set[int]
) -> Iterator[ImportedContact]:
    for line, cells in found:
        unread |= {at for at in layout.others if at < len(cells) and cells[at].strip()}
        values = {name: dialect.line(cells[at]) for at, name in layout.columns.items() if at < len(cells)}
        name = f"{values.get('given_name', '')} {values.get('family_name', '')}".strip()
        if wrong := _unusable(cells, values, layout, name):
            problems.append(Problem(file, line, wrong, lost=True))
        else:
            day = _day(values.get("connected_on", ""), name, line, file, problems)
            yield _record(line, name, values, day)


def _record(line: int, name: str, values: Mapping[str, str], connected_on: date | None) -> ImportedContact:
    company = values.get("company", "")
    return ImportedContact(
        line=line,
        name=name,
        given_name=values.get("given_name", ""),
        family_name=values.get("family_name", ""),
        reach=_reach(values.get("url"), values.get("email")),
        company=company if company.strip("-–—. ") else None,
        title=values.get("title") or None,
        connected_on=connected_on,
    )


def _reach(url: str | None, email: str | None) -> tuple[ImportedMethod, ...]:
    """The profile and the address; in 2018 LinkedIn wrote member numbers into some of the cells for e-mails."""
    profile = (ImportedMethod("linkedin", url),) if url else ()
    return (*profile, ImportedMethod("email", email)) if email and not email.casefold().startswith("urn:") else profile


def _unusable(cells: Sequence[str], values: Mapping[str, str], layout: _Layout, name: str) -> str | None:
    """Why nobody can be told from a row."""
    if len(cells) < layout.names:
        return "the row ends before its names do; it was left out. Mend it and import again"
    if not name:
        return "the row has no name, as LinkedIn writes closed accounts; it was left out"
    if max(map(len, values.values())) > LONGEST_NAME or len(name) > LONGEST_NAME:
        return f"a cell is longer than {LONGEST_NAME} characters; the row was left out. Shorten it and import again"
    return None


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
    if _AMERICAN.fullmatch(cell):
        found = dates.numbers(cell.partition(",")[0])
        return dates.day_of(found, day_first=False) if found else None
    return dates.written(cell)
