"""Write the tables of a database as CSV for a spreadsheet, and read the contacts again.

The format is RFC 4180 in UTF-8 with a byte order mark; without the mark Excel assumes the machine's old code page. A
spreadsheet may run a cell that looks like a formula, so such a cell gets an apostrophe before it. A cell with
apostrophes before a formula gets one more, so removing one always restores the original. Phone numbers stay as they
are, since a spreadsheet can only turn them into numbers.

` ::: ` divides several values in one cell, as in Google's CSV. A word of three or more colons in a value gets one more
colon, which reading removes again.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, NamedTuple

from pydantic import ValidationError

from netcrm.domain.validation import in_words
from netcrm.domain.vocabulary import MethodKind
from netcrm.errors import Problem
from netcrm.formats.archive import schema
from netcrm.formats.csv import dialect
from netcrm.formats.records import ImportedContact, ImportedMethod

READ_BACK: Mapping[str, str] = {
    "uid": "uid",
    "name": "name",
    "given name": "given_name",
    "family name": "family_name",
    "company": "company",
    "title": "title",
    "email": "email",
    "phone": "phone",
    "linkedin": "linkedin",
    "url": "url",
    "address": "address",
    "im": "im",
    "birthday": "birthday",
    "timezone": "timezone",
    "tier": "tier",
    "every": "every",
    "tags": "tags",
    "notes": "notes",
    "connected on": "connected_on",
}
"""The columns of the contacts table that are read again, and the field or the kind of contact method in each."""

WORKED_OUT = ("last contact",)
"""Columns with computed values; they are not read."""

COLUMNS: Mapping[str, Sequence[str]] = {
    "contacts": (*READ_BACK, *WORKED_OUT),
    "work": ("contact uid", "contact", "uid", "organisation", "title", "since", "until", "source"),
    "offers": (
        *("uid", "organisation", "role", "received on", "respond by", "decision", "decided on", "because", "reason"),
        *("signed on", "cleared on", "starts on"),
    ),
    "people": ("offer uid", "organisation", "contact uid", "contact", "role"),
    "interactions": (
        *("uid", "day", "at", "channel", "direction", "answered", "topic", "summary", "offer uid", "organisation"),
        *("contact uids", "contacts"),
    ),
    "answers": (
        *("contact uid", "contact", "playbook", "step", "cause", "verdict", "day", "until", "due", "text", "reason"),
        "interaction uid",
    ),
}
"""The columns of each table."""

KINDS: tuple[MethodKind, ...] = ("email", "phone", "linkedin", "url", "address", "im")

APART = " ::: "

_FORMULA = re.compile("'*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_GUARDED = re.compile("'+[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_PHONES = re.compile(r"\+[0-9 ().-]*( ::: [+0-9 ().-]*)*")
_COLONS = re.compile(r"(?<![^ ])(:::+)(?![^ ])")
_MORE_COLONS = re.compile(r"(?<![^ ]):(:::+)(?![^ ])")
_HALF = re.compile("[\ud800-\udfff]")


# --------------------------------------------------------------------------- cells


def guarded(cell: str) -> str:
    """A cell that a spreadsheet does not run.

    >>> guarded("=1+1"), guarded("'=1+1"), guarded("it's")
    ("'=1+1", "''=1+1", "it's")
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def bare(cell: str) -> str:
    """The original of a guarded cell."""
    return cell[1:] if _GUARDED.match(cell) else cell


def joined(values: Iterable[str]) -> str:
    """One cell for several values."""
    return APART.join(_COLONS.sub(r":\1", value) for value in values)


def parted(cell: str) -> list[str]:
    """The values of a joined cell; none if it is empty."""
    return [_MORE_COLONS.sub(r"\1", value) for value in cell.split(APART)] if cell else []


# --------------------------------------------------------------------------- writing


def write(table: str, rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The header and the rows of a table, one text each; no text at all if there are no rows."""
    columns = COLUMNS[table]
    begun = False
    for values in rows:
        if not begun:
            yield f"\ufeff{_row(columns)}"
            begun = True
        yield _row([_cell(column, value) for column, value in zip(columns, values, strict=True)])


def _cell(column: str, value: object) -> str:
    text = "" if value is None else str(value)
    return text if column == "phone" and _PHONES.fullmatch(text) else guarded(text)


def _row(cells: Sequence[str]) -> str:
    sink = StringIO()
    csv.writer(sink, lineterminator="\r\n").writerow(cells)
    return _HALF.sub("\ufffd", sink.getvalue())


def contact_row(values: Mapping[str, Any], last: object) -> list[object]:
    """The row of a contact, from its entry in an archive and the day of the last contact."""
    methods = sorted(values["methods"], key=lambda method: not method["preferred"])
    cells: dict[str, object] = {**values, "tags": joined(values["tags"])}
    cells |= {kind: joined(method["value"] for method in methods if method["kind"] == kind) for kind in KINDS}
    return [*(cells[field] for field in READ_BACK.values()), last]


# --------------------------------------------------------------------------- reading


class Table(NamedTuple):
    """A contacts table that netcrm wrote: its columns as written, its contacts, and the problems with its rows."""

    columns: tuple[str, ...]
    records: list[ImportedContact]
    problems: list[Problem]


def read(data: bytes, file: str, left_out: Iterable[str] = ()) -> Table | None:
    """The contacts table in a file; None if netcrm did not write its header.

    Columns may be missing or in another order. The columns `left_out` are not read; None if one is not in the file.
    Raises the errors of `dialect.lines_of`.
    """
    problems: list[Problem] = []
    text = dialect.lines_of(data, file, _DIALECT, problems)
    header = next((header for header in dialect.headers(text.lines[:1]) if _is_ours(header.names)), None)
    if header is None:
        return None
    names = [name.casefold() for name in header.names]
    if not (unread := {dialect.line(name).casefold() for name in left_out}) <= set(names):
        return None
    skipped = unread | set(WORKED_OUT)
    rows = _strict_rows(text.lines, header) or dialect.rows_of(text, header, file, problems, texts=True)
    records = []
    for line, cells in rows:
        values = {name: bare(cell) for name, cell in zip(names, cells, strict=False) if name not in skipped}
        if record := _record(values, line, file, problems):
            records.append(record)
    return Table(header.names, records, sorted(problems, key=lambda problem: problem.line))


_DIALECT = dialect.Dialect("a table of netcrm's contacts")


def _is_ours(names: Sequence[str]) -> bool:
    """Whether netcrm wrote a header; a spreadsheet may have moved or removed columns since."""
    folded = [name.casefold() for name in names]
    known = {"uid", "name"} <= set(folded) <= set(COLUMNS["contacts"])
    return known and len(set(folded)) == len(folded)


def _strict_rows(lines: Sequence[str], header: dialect.Header) -> list[dialect.Row] | None:
    """The rows, if all of them follow RFC 4180 strictly; else None.

    The guesses of `dialect.rows_of` would be wrong for a file of netcrm's, where a note may contain whole tables.
    """
    text = "\n".join(lines[header.end :])
    cell = re.compile(rf'(?:"((?:[^"]++|"")*+)"|([^"{header.separator}\n]*+))({header.separator}|\n|\Z)')
    rows: list[dialect.Row] = []
    cells: list[str] = []
    at, line, start = 0, header.end + 1, 0
    while at < len(text) or cells:
        match = cell.match(text, at)
        if match is None:
            return None
        cells.append(match[1].replace('""', '"') if match[1] is not None else match[2])
        at = match.end()
        if match[3] != header.separator:
            if len(cells) != len(header.names) and cells != [""]:
                return None
            if any(cells):
                rows.append((line, cells))
            line, start, cells = line + text.count("\n", start, at), at, []
    return rows


def _record(cells: Mapping[str, str], line: int, file: str, problems: list[Problem]) -> ImportedContact | None:
    """The contact in a row, without the cells that can't be used; None if the row has no usable name."""
    values: dict[str, Any] = {field: cells[name] for name, field in READ_BACK.items() if cells.get(name)}
    methods = [{"kind": kind, "value": value} for kind in KINDS for value in parted(values.pop(kind, ""))]
    values |= {"methods": methods, "tags": parted(values.get("tags", ""))}
    entry: schema.ContactEntry | None = None
    while entry is None:
        try:
            entry = schema.ContactEntry.model_validate({"uid": _NO_UID, **values})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = first["loc"]
            if place[0] == "name" or "name" not in values:
                why = "the row has no name that can be used; it was left out. Give it one and import again"
                problems.append(Problem(file, line, why, lost=True))
                return None
            shown, name = str(first["input"])[:80], cells.get("name", "")[:80]
            problems.append(Problem(file, line, f"“{shown}” {in_words(dict(first))}; {name} was imported without it"))
            _drop(values, place)
    return _as_record(entry, line)


def _drop(values: dict[str, Any], place: Sequence[int | str]) -> None:
    """Remove a field, or one of its values."""
    field, at = str(place[0]), place[1] if len(place) > 1 else None
    if isinstance(at, int):
        del values[field][at]
    else:
        del values[field]


_NO_UID = "-"
"""The uid of a row without one."""


def _as_record(entry: schema.ContactEntry, line: int) -> ImportedContact:
    return ImportedContact(
        line=line,
        name=entry.name,
        given_name=entry.given_name or "",
        family_name=entry.family_name or "",
        uid=None if entry.uid == _NO_UID else entry.uid,
        reach=tuple(ImportedMethod(method.kind, method.value) for method in entry.methods),
        company=entry.company,
        title=entry.title,
        birthday=entry.birthday,
        timezone=entry.timezone,
        tags=tuple(entry.tags),
        notes=entry.notes,
        connected_on=entry.connected_on,
        tier=entry.tier,
        every=entry.every,
    )
