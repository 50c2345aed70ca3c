"""Build a contact from a row of an address book, once the role of each column is known.

A reader gives each column a `ColumnRole`. This module reads the filled cells of a row by their roles.

No value is dropped silently. A value that netcrm has no field for, or that a field can't hold, becomes a line
`Header: value` at the end of the notes. The one exception is another name that adds no new word, such as “File As”
with the words of the name.

A contact without a name is called by another name in the row, else by the company, else by an e-mail address.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import chain, repeat
from typing import Literal, NamedTuple, get_args
from zoneinfo import available_timezones

from netcrm.domain.dates import EARLIEST, LATEST, NO_YEAR, parse_cadence
from netcrm.domain.validation import LONGEST_NAME, LONGEST_TEXT, LONGEST_UID, clean
from netcrm.domain.vocabulary import OFF, MethodKind, Tier
from netcrm.errors import Problem
from netcrm.formats.csv.dialect import Row, line
from netcrm.formats.records import ImportedContact, ImportedMethod

LONGEST_LABEL = 50
LONGEST_HEADER = 60
"""Characters of a header that are shown before a value in the notes."""

MOST_VALUES = 100
"""E-mail addresses, phones or tags in one cell. A cell with more of them holds something else."""

FieldName = Literal[
    "name",
    "given-name",
    "middle-name",
    "family-name",
    "other-name",
    "email",
    "phone",
    "url",
    "linkedin",
    "im",
    "address",
    "company",
    "title",
    "birthday",
    "connected-on",
    "timezone",
    "tag",
    "note",
    "uid",
    "tier",
    "every",
    "labelled",
    "rest",
]
"""The fields that a column can hold. The last two become lines of the notes."""


class ColumnRole(NamedTuple):
    """The field that a column holds, and the columns that describe its values.

    `label` is the label of a contact method; the column `label_at` overrides it. The column `service_at` names the
    messenger, or the type of an e-mail address. The columns of one `group` make one postal address, in the order of
    `part`; part 0 is the whole address. `empty` matches the cells that count as empty, such as Outlook's “0/0/00”.
    """

    holds: FieldName
    header: str
    label: str = ""
    label_at: int = -1
    service_at: int = -1
    group: str = ""
    part: int = 0
    preferred: bool = False
    empty: re.Pattern[str] | None = None


DayReader = Callable[[str], date | None]
"""Reads the days of a column; returns None for a cell that is not a day."""


class ColumnReader(NamedTuple):
    """A role for each column of a file (None for a column that is not read), and the rules for its cells.

    `separators` divide a cell that holds several values of a field; `days` read the fields that hold a day.
    """

    file: str
    roles: Sequence[ColumnRole | None]
    problems: list[Problem]
    separators: Mapping[FieldName, re.Pattern[str]]
    days: Mapping[FieldName, DayReader]


@dataclass(slots=True)
class _AddressDraft:
    """A postal address while its columns are read: whole addresses, and parts with their order."""

    role: ColumnRole
    whole: list[str] = field(default_factory=list)
    parts: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _ContactDraft:
    """A contact while its row is read.

    `preferred_kinds` are the kinds of contact method that have a preferred one; `extra_lines` go to the end of the
    notes.
    """

    line: int
    cells: Sequence[str]
    words: dict[FieldName, str] = field(default_factory=dict)
    other_names: list[tuple[ColumnRole, str]] = field(default_factory=list)
    methods: dict[tuple[MethodKind, str], ImportedMethod] = field(default_factory=dict)
    preferred_kinds: set[MethodKind] = field(default_factory=set)
    addresses: dict[str, _AddressDraft] = field(default_factory=dict)
    days: dict[FieldName, date] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    extra_lines: list[str] = field(default_factory=list)


def contacts(reader: ColumnReader, rows: Iterable[Row]) -> Iterator[ImportedContact]:
    """The contact in each row. A row without a name is left out; it and every unusable value add a problem."""
    for number, cells in rows:
        draft = _ContactDraft(number, cells)
        for role, cell in zip(reader.roles, cells, strict=False):
            if role is None or not cell or cell.isspace() or (role.empty and role.empty.fullmatch(cell.strip())):
                continue
            _CELL_READERS[role.holds](reader, draft, role, cell)
        for address in draft.addresses.values():
            _add_address(reader, draft, address)
        if record := _finished(reader, draft):
            yield record


# --------------------------------------------------------------------------- a cell


def _read_word(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    """Fill a field that holds one value. The first column that has a value fills it; the others go to the notes."""
    for value in _values(reader, draft, role, cell):
        if role.holds in draft.words:
            _keep_in_notes(draft, role.header, value)
        elif len(value) > LONGEST_NAME:
            _refuse(reader, draft, role, value, _TOO_LONG)
        else:
            draft.words[role.holds] = value
            if role.holds == "middle-name":  # another column with the whole name may leave out the middle name
                draft.other_names.append((role, value))


def _read_timezone(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    if line(cell) in _zones():
        _read_word(reader, draft, role, cell)
    else:
        why = "is not a time zone; write it like Europe/Berlin. It stands in the notes"
        _refuse(reader, draft, role, line(cell), why)


def _read_choice(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    """Fill a UID, a tier or a cadence. A value that the field can't hold goes to the notes."""
    shown = line(cell)
    try:
        value = _CHOICES[role.holds](shown)
    except ValueError as error:
        _refuse(reader, draft, role, shown, f"{error}. It stands in the notes")
    else:
        _read_word(reader, draft, role, value)


def _tier(word: str) -> str:
    if word.upper() not in get_args(Tier):
        raise ValueError(f"is not a tier; use one of these: {', '.join(get_args(Tier))}")
    return word.upper()


def _every(word: str) -> str:
    return OFF if word.lower() == OFF else str(parse_cadence(word))


def _uid(word: str) -> str:
    if len(word) > LONGEST_UID:
        raise ValueError(f"is not a UID; it has 1 to {LONGEST_UID} characters")
    return word


_CHOICES: Mapping[FieldName, Callable[[str], str]] = {"tier": _tier, "every": _every, "uid": _uid}


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _read_other_name(_: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    draft.other_names.append((role, line(cell)))


def _read_email(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    if _X500.match(cell.strip()) or _cell_at(draft, role.service_at).upper() == "EX":
        why = "is a path inside an Exchange server and no e-mail address; it stands in the notes. Ask for their address"
        _refuse(reader, draft, role, line(cell), why)
    else:
        _read_method(reader, draft, role, cell)


def _read_method(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    values = _values(reader, draft, role, cell)
    for value, (label, preferred) in zip(values, _labels(reader, draft, role, len(values)), strict=True):
        kind, spelled = _kind_and_value(draft, role, value)
        _add_method(reader, draft, role, ImportedMethod(kind, spelled, label, preferred))


def _read_address(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    address = draft.addresses.setdefault(role.group or role.header, _AddressDraft(role))
    for piece in _pieces(reader, draft, role, cell):
        lines = (line(part).strip(", ") for part in piece.split("\n"))
        value = ", ".join(filter(None, lines))
        if value and role.part:
            address.parts.append((role.part, value))
        elif value:
            address.whole.append(value)


def _read_day(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    shown = line(cell)
    day = reader.days[role.holds](shown)
    if role.holds in draft.days:
        _keep_in_notes(draft, role.header, shown)
    elif day is None:
        why = "is not a day that netcrm can read; it was kept in the notes. Write it like 1985-04-12"
        _refuse(reader, draft, role, shown, why)
    elif EARLIEST <= day <= LATEST or (day.year == NO_YEAR and role.holds == "birthday"):
        draft.days[role.holds] = day
    else:
        why = f"lies outside {EARLIEST.year} to {LATEST.year}; it stands in the notes. Check the year"
        _refuse(reader, draft, role, shown, why)


def _read_tags(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    """Add labels and categories as tags. Google's built-in groups go to the notes, or nowhere if they say nothing."""
    for tag in _values(reader, draft, role, cell):
        group = tag.removeprefix("* ")
        folded = group.casefold().replace(" ", "")
        if folded == _ALL_CONTACTS or (group != tag and folded in _SAY_NOTHING):
            continue
        if len(tag) > LONGEST_NAME:
            _refuse(reader, draft, role, tag, _TOO_LONG)
        elif group != tag:
            _keep_in_notes(draft, role.header, group)
        else:
            draft.tags[tag] = None


_ALL_CONTACTS = "mycontacts"
"""Google's group of all contacts. It has no star before it where Google writes Outlook's format."""

_SAY_NOTHING = frozenset({"starred", "all", "allcontacts", "blocked", "chatbuddies"})
"""Other system groups that say nothing about a contact (ContactGroup in Google's People API)."""


def _read_note(_: ColumnReader, draft: _ContactDraft, __: ColumnRole, cell: str) -> None:
    draft.notes.append(clean(cell, keep="\n\t"))


def _read_labelled(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    """Add an event, a relation or a custom field to the notes, under the name in the column beside it."""
    names = _split(reader, "labelled", _cell_at(draft, role.label_at))
    for name, value in zip(chain(names, repeat("")), _split(reader, "labelled", cell), strict=False):
        _keep_in_notes(draft, line(name).removeprefix("* ") or role.header, line(value))


def _read_rest(_: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    _keep_in_notes(draft, role.header, line(cell))


_WORDS: tuple[FieldName, ...] = ("name", "given-name", "middle-name", "family-name", "company", "title")
_METHODS: tuple[FieldName, ...] = ("phone", "url", "linkedin", "im")
_DAYS: tuple[FieldName, ...] = ("birthday", "connected-on")
_CELL_READERS: Mapping[FieldName, Callable[[ColumnReader, _ContactDraft, ColumnRole, str], None]] = {
    **dict.fromkeys(_WORDS, _read_word),
    **dict.fromkeys(_METHODS, _read_method),
    **dict.fromkeys(_DAYS, _read_day),
    "timezone": _read_timezone,
    "uid": _read_choice,
    "tier": _read_choice,
    "every": _read_choice,
    "other-name": _read_other_name,
    "email": _read_email,
    "address": _read_address,
    "tag": _read_tags,
    "note": _read_note,
    "labelled": _read_labelled,
    "rest": _read_rest,
}
_TOO_LONG = f"is longer than {LONGEST_NAME} characters; it stands in the notes. Shorten it"
_X500 = re.compile(r"(?i)/o=")


def _keep_in_notes(draft: _ContactDraft, header: str, value: str) -> None:
    if value:
        draft.extra_lines.append(f"{header[:LONGEST_HEADER]}: {value}")


def _refuse(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, value: str, why: str) -> None:
    """Add a problem with a value, and keep the value in the notes."""
    shown = f"{value[:40]}…" if len(value) > 40 else value
    reader.problems.append(Problem(reader.file, draft.line, f"{role.header[:LONGEST_HEADER]}: “{shown}” {why}"))
    _keep_in_notes(draft, role.header, value)


def _cell_at(draft: _ContactDraft, column: int) -> str:
    return draft.cells[column].strip() if 0 <= column < len(draft.cells) else ""


def _split(reader: ColumnReader, holds: FieldName, cell: str) -> list[str]:
    separator = reader.separators.get(holds)
    return separator.split(cell) if separator else [cell]


def _pieces(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> list[str]:
    """The values of a cell as written; none if there are more than `MOST_VALUES`."""
    pieces = _split(reader, role.holds, cell)
    if len(pieces) <= MOST_VALUES:
        return pieces
    _refuse(reader, draft, role, line(cell), f"holds more than {MOST_VALUES} values; it stands in the notes. Check it")
    return []


def _values(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> list[str]:
    return list(filter(None, map(line, _pieces(reader, draft, role, cell))))


# --------------------------------------------------------------------------- contact methods


def _labels(
    reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, count: int
) -> Iterator[tuple[str | None, bool]]:
    """(label, preferred) of each value of a cell. Google writes `* ` before the label of the preferred value."""
    labels = _split(reader, role.holds, _cell_at(draft, role.label_at)) if role.label_at >= 0 else [role.label]
    if len(labels) != count:
        labels = labels[:1] * count
    for at, label in enumerate(labels):
        yield as_label(label), label.startswith("*") or (role.preferred and at == 0)


_SYNONYMS = {"mobile": "cell", "business": "work"}


@lru_cache(maxsize=256)
def as_label(text: str) -> str | None:
    """A label of letters, digits and hyphens: “* Work Fax” becomes “work-fax”, “Mobile” becomes “cell”."""
    letters = (char if char.isalnum() or char in "-_" else " " for char in text.casefold())
    label = "-".join("".join(letters).split())[:LONGEST_LABEL]
    return _SYNONYMS.get(label, label) or None


_MAILBOX = re.compile(r"[^<>]*<([^<>@\s]+@[^<>@\s]+)>")
"""An address after a display name (RFC 5322 §3.4)."""

_PROFILE = re.compile(r"(?i)(?:https?://)?(?:[a-z0-9-]+\.)?linkedin\.com/(?:[a-z]{2}/)?(?:in|pub)/[^/\s?#]")

_SCHEMES = {"jabber": "xmpp", "google-talk": "xmpp", "hangouts": "xmpp", "msn": "msnim", "yahoo": "ymsgr"}


def _kind_and_value(draft: _ContactDraft, role: ColumnRole, value: str) -> tuple[MethodKind, str]:
    """The kind of a contact method, and its value: a mailbox without its name, a messenger as a URI (RFC 4770)."""
    match role.holds:
        case "email":
            mailbox = _MAILBOX.fullmatch(value)
            return "email", mailbox[1] if mailbox else value
        case "url":
            link = value.replace("\\:", ":")  # Google writes some as “http\://”
            return "linkedin" if _PROFILE.match(link) else "url", link
        case "im":
            service = as_label(_cell_at(draft, role.service_at).replace("_", " "))
            return "im", f"{_SCHEMES.get(service, service)}:{value}" if service and ":" not in value else value
        case _:
            return "linkedin" if role.holds == "linkedin" else "phone", value


def _add_method(reader: ColumnReader, draft: _ContactDraft, role: ColumnRole, method: ImportedMethod) -> None:
    """Add a contact method, once if two columns have it. Of each kind, the first preferred one stays preferred."""
    kind, value = method.kind, method.value
    if len(value) > LONGEST_NAME:
        _refuse(reader, draft, role, value, _TOO_LONG)
        return
    known = draft.methods.get((kind, value), ImportedMethod(kind, value))
    preferred = known.preferred or (method.preferred and kind not in draft.preferred_kinds)
    if preferred:
        draft.preferred_kinds.add(kind)
    draft.methods[kind, value] = ImportedMethod(kind, value, known.label or method.label, preferred)


def _add_address(reader: ColumnReader, draft: _ContactDraft, address: _AddressDraft) -> None:
    """Add a postal address in one line: the whole address as the file has it, then the parts that are not in it."""
    covered = _words_of(" ".join(address.whole))
    parts = [part for _, part in sorted(address.parts, key=lambda part: part[0]) if _words_of(part) not in covered]
    values = [*address.whole[:-1], ", ".join([*address.whole[-1:], *parts])]
    for value, (label, preferred) in zip(values, _labels(reader, draft, address.role, len(values)), strict=True):
        if value:
            _add_method(reader, draft, address.role, ImportedMethod("address", value, label, preferred))


def _words_of(text: str) -> str:
    """The words of a text with a blank around each, so that a search finds whole words only."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


_WORD = re.compile(r"[\w@+-]+(?:\.[\w@+-]+)*")


# --------------------------------------------------------------------------- the contact


def _finished(reader: ColumnReader, draft: _ContactDraft) -> ImportedContact | None:
    name = _name(draft)
    if not name or len(name) > LONGEST_NAME:
        reader.problems.append(Problem(reader.file, draft.line, _NAME_TOO_LONG if name else _NAMELESS, lost=True))
        return None
    _keep_other_names(draft, name)
    return ImportedContact(
        line=draft.line,
        name=name,
        given_name=draft.words.get("given-name", ""),
        family_name=draft.words.get("family-name", ""),
        reach=tuple(draft.methods.values()),
        company=draft.words.get("company"),
        title=draft.words.get("title"),
        birthday=draft.days.get("birthday"),
        timezone=draft.words.get("timezone"),
        tags=tuple(draft.tags),
        notes=_notes(reader, draft),
        connected_on=draft.days.get("connected-on"),
        uid=draft.words.get("uid") or None,
        tier=next((tier for tier in get_args(Tier) if tier == draft.words.get("tier")), None),
        every=draft.words.get("every"),
    )


_NAMELESS = "the row has no name, company or e-mail address; it was left out. Add one and import again"
_NAME_TOO_LONG = f"the name is longer than {LONGEST_NAME} characters; the row was left out. Shorten it and import again"


def _name(draft: _ContactDraft) -> str:
    """The name of a contact, or the best substitute in the row."""
    words = draft.words
    parts: tuple[FieldName, ...] = ("given-name", "middle-name", "family-name")
    other_names = (name for _, name in draft.other_names if "@" not in name and len(name) <= LONGEST_NAME)
    emails = (value for kind, value in draft.methods if kind == "email")
    composed = " ".join(words[part] for part in parts if part in words)
    return next(filter(None, (words.get("name"), composed, *other_names, words.get("company"), *emails)), "")


def _keep_other_names(draft: _ContactDraft, name: str) -> None:
    """Keep the other names that have a word that is not in the name, the company or a contact method."""
    if not draft.other_names:
        return
    texts = (name, draft.words.get("company", ""), *(value for _, value in draft.methods))
    known = set(_WORD.findall(" ".join(texts).casefold()))
    for role, other_name in draft.other_names:
        if not known.issuperset(_WORD.findall(other_name.casefold())):
            _keep_in_notes(draft, role.header, other_name)


def _notes(reader: ColumnReader, draft: _ContactDraft) -> str | None:
    notes = "\n".join(filter(None, (*draft.notes, *draft.extra_lines)))
    if len(notes) > LONGEST_TEXT:
        why = "the notes are longer than 1 MiB; their end was left out. Shorten them and import again"
        reader.problems.append(Problem(reader.file, draft.line, why))
    return notes[:LONGEST_TEXT] or None
