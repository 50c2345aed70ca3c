"""Tables for a spreadsheet: how the rows of a book are written as CSV, and how those of its contacts are read again.

RFC 4180 in UTF-8, with a byte order mark: without one Excel takes the file for the machine's old code page. A program
that opens it may run what looks like a formula, so a cell that begins as one does gets an apostrophe before it, and so
does one that begins with apostrophes and then as a formula: taking one away again gives every cell back. A phone
number, of which a sheet makes no more than a number, is left as it is.

Several values in one cell are parted by ` ::: `, as Google does. A word of three colons or more in a value gets one
colon more, which is taken away again.
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

FORMAT = "a table of netcrm's contacts"

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
"""The columns of the contacts, and what each holds; a method of that kind, or a field."""

WORKED_OUT = ("last contact",)
"""Columns that say what the book works out; they are not read."""

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
"""The tables, and the columns of each."""

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
    """A cell that no spreadsheet runs.

    >>> guarded("=1+1"), guarded("'=1+1"), guarded("it's")
    ("'=1+1", "''=1+1", "it's")
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def bare(cell: str) -> str:
    """What a guarded cell was before."""
    return cell[1:] if _GUARDED.match(cell) else cell


def joined(values: Iterable[str]) -> str:
    """Several values in one cell."""
    return APART.join(_COLONS.sub(r":\1", value) for value in values)


def parted(cell: str) -> list[str]:
    """The values that were joined; none in an empty cell."""
    return [_MORE_COLONS.sub(r"\1", value) for value in cell.split(APART)] if cell else []


# --------------------------------------------------------------------------- writing


def write(table: str, found: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table as pieces of text, a row each; no rows, no table."""
    columns = COLUMNS[table]
    begun = False
    for values in found:
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
    """A contact's row, from what a document says of them, and the day of the last contact."""
    methods = sorted(values["methods"], key=lambda method: not method["preferred"])
    said: dict[str, object] = {**values, "tags": joined(values["tags"])}
    said |= {kind: joined(one["value"] for one in methods if one["kind"] == kind) for kind in KINDS}
    return [*(said[field] for field in READ_BACK.values()), last]


# --------------------------------------------------------------------------- reading


class Table(NamedTuple):
    """A table of ours that was read: its columns as they stand there, the people, and what is wrong with rows."""

    columns: tuple[str, ...]
    records: list[ImportedContact]
    problems: list[Problem]


def read(data: bytes, file: str, left_out: Iterable[str] = ()) -> Table | None:
    """The contacts in a table of ours, and what is wrong with rows of it; None where its header is not ours.

    Columns may be missing or in another order, and `left_out` are not read. Errors are those of `rows.lines_of`.
    """
    problems: list[Problem] = []
    text = dialect.lines_of(data, file, _SHAPE, problems)
    header = next((header for header in dialect.headers(text.lines[:1]) if is_ours(header.names)), None)
    if header is None:
        return None
    names = [name.casefold() for name in header.names]
    if not (unread := {dialect.line(name).casefold() for name in left_out}) <= set(names):
        return None
    skipped = unread | set(WORKED_OUT)
    found = _whole_rows(text.lines, header)
    records = []
    for line, cells in found or dialect.rows_of(text, header, file, problems, texts=True):
        said = {name: bare(cell) for name, cell in zip(names, cells, strict=False) if name not in skipped}
        if record := _record(said, line, file, problems):
            records.append(record)
    return Table(header.names, records, sorted(problems, key=lambda problem: problem.line))


_SHAPE = dialect.Dialect(FORMAT)


def is_ours(names: Sequence[str]) -> bool:
    """Whether a header is one that we wrote, of which a spreadsheet may have lost or moved columns."""
    folded = [name.casefold() for name in names]
    known = {"uid", "name"} <= set(folded) <= set(COLUMNS["contacts"])
    return known and len(set(folded)) == len(folded)


def _whole_rows(lines: Sequence[str], header: dialect.Header) -> list[dialect.Row] | None:
    """The rows to the letter of RFC 4180; None where one is not, and what was meant must be guessed.

    There is nothing to guess in what we wrote: a note may hold whole tables.
    """
    text = "\n".join(lines[header.end :])
    cell = re.compile(rf'(?:"((?:[^"]++|"")*+)"|([^"{header.separator}\n]*+))({header.separator}|\n|\Z)')
    found: list[dialect.Row] = []
    cells: list[str] = []
    at, line, begun = 0, header.end + 1, 0
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
                found.append((line, cells))
            line, begun, cells = line + text.count("\n", begun, at), at, []
    return found


def _record(said: Mapping[str, str], line: int, file: str, problems: list[Problem]) -> ImportedContact | None:
    """A row as a person, without the cells that can't be used; None where it names nobody."""
    values: dict[str, Any] = {field: said[name] for name, field in READ_BACK.items() if said.get(name)}
    methods = [{"kind": kind, "value": value} for kind in KINDS for value in parted(values.pop(kind, ""))]
    values |= {"methods": methods, "tags": parted(values.get("tags", ""))}
    item: schema.ContactEntry | None = None
    while item is None:
        try:
            item = schema.ContactEntry.model_validate({"uid": _NOBODY, **values})
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            place = wrong["loc"]
            if place[0] == "name" or "name" not in values:
                why = "the row has no name that can be used; it was left out. Give it one and import again"
                problems.append(Problem(file, line, why, lost=True))
                return None
            shown, who = str(wrong["input"])[:80], said.get("name", "")[:80]
            problems.append(Problem(file, line, f"“{shown}” {in_words(dict(wrong))}; {who} was imported without it"))
            _drop(values, place)
    return _as_record(item, line)


def _drop(values: dict[str, Any], place: Sequence[int | str]) -> None:
    """Take a field out, or one of the values in it."""
    field, at = str(place[0]), place[1] if len(place) > 1 else None
    if isinstance(at, int):
        del values[field][at]
    else:
        del values[field]


_NOBODY = "-"
"""The uid of a row that gives none."""


def _as_record(item: schema.ContactEntry, line: int) -> ImportedContact:
    return ImportedContact(
        line=line,
        name=item.name,
        given_name=item.given_name or "",
        family_name=item.family_name or "",
        uid=None if item.uid == _NOBODY else item.uid,
        reach=tuple(ImportedMethod(method.kind, method.value) for method in item.methods),
        company=item.company,
        title=item.title,
        birthday=item.birthday,
        timezone=item.timezone,
        tags=tuple(item.tags),
        notes=item.notes,
        connected_on=item.connected_on,
        tier=item.tier,
        every=item.every,
    )
