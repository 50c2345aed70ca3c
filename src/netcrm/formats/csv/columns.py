"""A row of an address book as a person: what the readers of Google's, Outlook's and any other CSV share.

A reader says what each column holds, a `ColumnRole`; here the filled cells of a row are taken up by their roles.
Nothing a row says is dropped unsaid: what netcrm has no field for, or what a field can't hold, goes to the end of the
notes, one line `Header: value` each. Only another name that says nothing new (a “File As” of the same words) is left
out.

Who has no name is called by what the row has: another name, the company, an e-mail address.
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
"""A header is said before each value that goes to the notes; no longer than this."""

MOST_VALUES = 100
"""E-mail addresses, phones or tags in one cell; more of them are something else."""

Holds = Literal[
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
"""What a column can hold: a field of a `ImportedContact`, or (the last two) what becomes a line of the notes."""


class ColumnRole(NamedTuple):
    """What a column holds, and where the rest of it stands.

    `label` is the word for an address, `label_at` the column that says it instead; `service_at` the one that names
    the messenger, or the kind of an e-mail address. Columns of one `group` make one postal address, in the order of
    `part`; part 0 is the whole of it. `empty` fits the cells that say nothing, such as Outlook's “0/0/00”.
    """

    holds: Holds
    header: str
    label: str = ""
    label_at: int = -1
    service_at: int = -1
    group: str = ""
    part: int = 0
    preferred: bool = False
    empty: re.Pattern[str] | None = None


DayReader = Callable[[str], date | None]
"""How the days of a column are read; None for what is no day."""


class ColumnReader(NamedTuple):
    """A file as its reader understands it: a role for each column (none for noise), and how its cells are read.

    `apart` divides cells that hold several values, by what they hold; `days` read birthdays and the like.
    """

    file: str
    roles: Sequence[ColumnRole | None]
    problems: list[Problem]
    apart: Mapping[Holds, re.Pattern[str]]
    days: Mapping[Holds, DayReader]


@dataclass(slots=True)
class _Place:
    """A postal address while its columns are read: the whole of it, and its parts by their order."""

    role: ColumnRole
    whole: list[str] = field(default_factory=list)
    parts: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _ContactDraft:
    """A person while their row is read; `chosen` are the kinds of address of which one is preferred."""

    line: int
    cells: Sequence[str]
    words: dict[Holds, str] = field(default_factory=dict)
    others: list[tuple[ColumnRole, str]] = field(default_factory=list)
    reach: dict[tuple[MethodKind, str], ImportedMethod] = field(default_factory=dict)
    chosen: set[MethodKind] = field(default_factory=set)
    places: dict[str, _Place] = field(default_factory=dict)
    days: dict[Holds, date] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)


def people(book: ColumnReader, rows: Iterable[Row]) -> Iterator[ImportedContact]:
    """The person in each row; rows that name nobody, and what is wrong with the others, are added to the problems."""
    for number, cells in rows:
        draft = _ContactDraft(number, cells)
        for role, cell in zip(book.roles, cells, strict=False):
            if role is None or not cell or cell.isspace() or (role.empty and role.empty.fullmatch(cell.strip())):
                continue
            _TAKEN_AS[role.holds](book, draft, role, cell)
        for place in draft.places.values():
            _settle(book, draft, place)
        if record := _finished(book, draft):
            yield record


# --------------------------------------------------------------------------- a cell


def _take_word(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    """A field of which there is one: the first column that fills it does, the others go to the notes."""
    for value in _values(book, draft, role, cell):
        if role.holds in draft.words:
            _keep(draft, role.header, value)
        elif len(value) > LONGEST_NAME:
            _complain(book, draft, role, value, _TOO_LONG)
        else:
            draft.words[role.holds] = value
            if role.holds == "middle-name":  # where the whole name stands in a column of its own, it may not be in it
                draft.others.append((role, value))


def _take_timezone(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    if line(cell) in _zones():
        _take_word(book, draft, role, cell)
    else:
        _complain(
            book, draft, role, line(cell), "is not a time zone; write it like Europe/Berlin. It stands in the notes"
        )


def _take_choice(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    """A UID, how close somebody is, how often to be in touch: what a contact can hold, or a line of the notes."""
    shown = line(cell)
    try:
        value = _CHOICES[role.holds](shown)
    except ValueError as error:
        _complain(book, draft, role, shown, f"{error}. It stands in the notes")
    else:
        _take_word(book, draft, role, value)


def _tier(word: str) -> str:
    if word.upper() not in get_args(Tier):
        raise ValueError(f"is none of {', '.join(get_args(Tier))}; use one of these")
    return word.upper()


def _every(word: str) -> str:
    return OFF if word.lower() == OFF else str(parse_cadence(word))


def _uid(word: str) -> str:
    if len(word) > LONGEST_UID:
        raise ValueError(f"is no UID; it has 1 to {LONGEST_UID} characters")
    return word


_CHOICES: Mapping[Holds, Callable[[str], str]] = {"tier": _tier, "every": _every, "uid": _uid}


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _take_other_name(_: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    draft.others.append((role, line(cell)))


def _take_email(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    if _X500.match(cell.strip()) or _at(draft, role.service_at).upper() == "EX":
        why = "is a path inside an Exchange server and no e-mail address; it stands in the notes. Ask for their address"
        _complain(book, draft, role, line(cell), why)
    else:
        _take_reach(book, draft, role, cell)


def _take_reach(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    values = _values(book, draft, role, cell)
    for value, (label, preferred) in zip(values, _labels(book, draft, role, len(values)), strict=True):
        _reach(book, draft, role, _spelled(draft, role, value), label, preferred=preferred)


def _take_address(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    place = draft.places.setdefault(role.group or role.header, _Place(role))
    for piece in _pieces(book, draft, role, cell):
        lines = (line(part).strip(", ") for part in piece.split("\n"))
        value = ", ".join(filter(None, lines))
        if value and role.part:
            place.parts.append((role.part, value))
        elif value:
            place.whole.append(value)


def _take_day(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    shown = line(cell)
    day = book.days[role.holds](shown)
    if role.holds in draft.days:
        _keep(draft, role.header, shown)
    elif day is None:
        why = "is no day that can be read; it stands in the notes. Write it like 1985-04-12"
        _complain(book, draft, role, shown, why)
    elif EARLIEST <= day <= LATEST or (day.year == NO_YEAR and role.holds == "birthday"):
        draft.days[role.holds] = day
    else:
        why = f"lies outside {EARLIEST.year} to {LATEST.year}; it stands in the notes. Check the year"
        _complain(book, draft, role, shown, why)


def _take_tags(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    """Labels and categories. Google's own groups are no tags, and those of everybody's say nothing at all."""
    for tag in _values(book, draft, role, cell):
        group = tag.removeprefix("* ")
        folded = group.casefold().replace(" ", "")
        if folded == _EVERYBODY or (group != tag and folded in _SAY_NOTHING):
            continue
        if len(tag) > LONGEST_NAME:
            _complain(book, draft, role, tag, _TOO_LONG)
        elif group != tag:
            _keep(draft, role.header, group)
        else:
            draft.tags[tag] = None


_EVERYBODY = "mycontacts"
"""The group of all contacts; where Google writes Outlook's format, it has no star before it."""

_SAY_NOTHING = frozenset({"starred", "all", "allcontacts", "blocked", "chatbuddies"})
"""Other groups of the system that say nothing of a person (ContactGroup in Google's People API)."""


def _take_note(_: ColumnReader, draft: _ContactDraft, __: ColumnRole, cell: str) -> None:
    draft.notes.append(clean(cell, keep="\n\t"))


def _take_labelled(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    """An event, a relation or a field of one's own, under the name that the column beside it gives it."""
    names = _split(book, "labelled", _at(draft, role.label_at))
    for name, value in zip(chain(names, repeat("")), _split(book, "labelled", cell), strict=False):
        _keep(draft, line(name).removeprefix("* ") or role.header, line(value))


def _take_rest(_: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> None:
    _keep(draft, role.header, line(cell))


_WORDS: tuple[Holds, ...] = ("name", "given-name", "middle-name", "family-name", "company", "title")
_LINKS: tuple[Holds, ...] = ("phone", "url", "linkedin", "im")
_DAYS: tuple[Holds, ...] = ("birthday", "connected-on")
_TAKEN_AS: Mapping[Holds, Callable[[ColumnReader, _ContactDraft, ColumnRole, str], None]] = {
    **dict.fromkeys(_WORDS, _take_word),
    **dict.fromkeys(_LINKS, _take_reach),
    **dict.fromkeys(_DAYS, _take_day),
    "timezone": _take_timezone,
    "uid": _take_choice,
    "tier": _take_choice,
    "every": _take_choice,
    "other-name": _take_other_name,
    "email": _take_email,
    "address": _take_address,
    "tag": _take_tags,
    "note": _take_note,
    "labelled": _take_labelled,
    "rest": _take_rest,
}
_TOO_LONG = f"is longer than {LONGEST_NAME} characters; it stands in the notes. Shorten it"
_X500 = re.compile(r"(?i)/o=")


def _keep(draft: _ContactDraft, header: str, value: str) -> None:
    """A line of the notes for what has no field."""
    if value:
        draft.rest.append(f"{header[:LONGEST_HEADER]}: {value}")


def _complain(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, value: str, why: str) -> None:
    """A problem with a value, which is kept in the notes."""
    shown = f"{value[:40]}…" if len(value) > 40 else value
    book.problems.append(Problem(book.file, draft.line, f"{role.header[:LONGEST_HEADER]}: “{shown}” {why}"))
    _keep(draft, role.header, value)


def _at(draft: _ContactDraft, column: int) -> str:
    return draft.cells[column].strip() if 0 <= column < len(draft.cells) else ""


def _split(book: ColumnReader, holds: Holds, cell: str) -> list[str]:
    apart = book.apart.get(holds)
    return apart.split(cell) if apart else [cell]


def _pieces(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> list[str]:
    """The values of a cell as they stand; none where there are so many that they are something else."""
    pieces = _split(book, role.holds, cell)
    if len(pieces) <= MOST_VALUES:
        return pieces
    _complain(book, draft, role, line(cell), f"holds more than {MOST_VALUES} values; it stands in the notes. Check it")
    return []


def _values(book: ColumnReader, draft: _ContactDraft, role: ColumnRole, cell: str) -> list[str]:
    return list(filter(None, map(line, _pieces(book, draft, role, cell))))


# --------------------------------------------------------------------------- ways to reach somebody


def _labels(
    book: ColumnReader, draft: _ContactDraft, role: ColumnRole, count: int
) -> Iterator[tuple[str | None, bool]]:
    """(label, preferred) of each value of a cell; Google writes `* ` before the label of the preferred one."""
    given = _split(book, role.holds, _at(draft, role.label_at)) if role.label_at >= 0 else [role.label]
    if len(given) != count:
        given = given[:1] * count
    for at, word in enumerate(given):
        yield as_label(word), word.startswith("*") or (role.preferred and at == 0)


_SAME = {"mobile": "cell", "business": "work"}


@lru_cache(maxsize=256)
def as_label(word: str) -> str | None:
    """A word for an address, of letters, digits and hyphens: “* Work Fax” is “work-fax”, “Mobile” is “cell”."""
    letters = (char if char.isalnum() or char in "-_" else " " for char in word.casefold())
    label = "-".join("".join(letters).split())[:LONGEST_LABEL]
    return _SAME.get(label, label) or None


_MAILBOX = re.compile(r"[^<>]*<([^<>@\s]+@[^<>@\s]+)>")
"""An address behind the name of who has it (RFC 5322 §3.4)."""

_PROFILE = re.compile(r"(?i)(?:https?://)?(?:[a-z0-9-]+\.)?linkedin\.com/(?:[a-z]{2}/)?(?:in|pub)/[^/\s?#]")

_SCHEMES = {"jabber": "xmpp", "google-talk": "xmpp", "hangouts": "xmpp", "msn": "msnim", "yahoo": "ymsgr"}


def _spelled(draft: _ContactDraft, role: ColumnRole, value: str) -> tuple[MethodKind, str]:
    """The kind of a value and the value itself: a mailbox without its name, an account as a link (RFC 4770)."""
    match role.holds:
        case "email":
            mailbox = _MAILBOX.fullmatch(value)
            return "email", mailbox[1] if mailbox else value
        case "url":
            link = value.replace("\\:", ":")  # as Google writes some: “http\://”
            return "linkedin" if _PROFILE.match(link) else "url", link
        case "im":
            service = as_label(_at(draft, role.service_at).replace("_", " "))
            return "im", f"{_SCHEMES.get(service, service)}:{value}" if service and ":" not in value else value
        case _:
            return "linkedin" if role.holds == "linkedin" else "phone", value


def _reach(
    book: ColumnReader,
    draft: _ContactDraft,
    role: ColumnRole,
    found: tuple[MethodKind, str],
    label: str | None,
    *,
    preferred: bool,
) -> None:
    """One more way to reach somebody. What stands in two columns is one, and the first of a kind is preferred."""
    kind, value = found
    if len(value) > LONGEST_NAME:
        _complain(book, draft, role, value, _TOO_LONG)
        return
    before = draft.reach.get(found, ImportedMethod(kind, value))
    preferred = before.preferred or (preferred and kind not in draft.chosen)
    if preferred:
        draft.chosen.add(kind)
    draft.reach[found] = ImportedMethod(kind, value, before.label or label, preferred)


def _settle(book: ColumnReader, draft: _ContactDraft, place: _Place) -> None:
    """A postal address in one line: as its book has put it together, and behind it what that left out."""
    said = _spaced(" ".join(place.whole))
    left = [part for _, part in sorted(place.parts, key=lambda part: part[0]) if _spaced(part) not in said]
    values = [*place.whole[:-1], ", ".join([*place.whole[-1:], *left])]
    for value, (label, preferred) in zip(values, _labels(book, draft, place.role, len(values)), strict=True):
        if value:
            _reach(book, draft, place.role, ("address", value), label, preferred=preferred)


def _spaced(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


_WORD = re.compile(r"[\w@+-]+(?:\.[\w@+-]+)*")


# --------------------------------------------------------------------------- a person


def _finished(book: ColumnReader, draft: _ContactDraft) -> ImportedContact | None:
    name = _name(draft)
    if not name or len(name) > LONGEST_NAME:
        book.problems.append(Problem(book.file, draft.line, _NAME_TOO_LONG if name else _NAMELESS, lost=True))
        return None
    if draft.others:
        known = _said(draft, name)
        for role, other in draft.others:
            if not known.issuperset(_WORD.findall(other.casefold())):
                _keep(draft, role.header, other)
    return ImportedContact(
        line=draft.line,
        name=name,
        given_name=draft.words.get("given-name", ""),
        family_name=draft.words.get("family-name", ""),
        reach=tuple(draft.reach.values()),
        company=draft.words.get("company"),
        title=draft.words.get("title"),
        birthday=draft.days.get("birthday"),
        timezone=draft.words.get("timezone"),
        tags=tuple(draft.tags),
        notes=_notes(book, draft),
        connected_on=draft.days.get("connected-on"),
        uid=draft.words.get("uid") or None,
        tier=next((tier for tier in get_args(Tier) if tier == draft.words.get("tier")), None),
        every=draft.words.get("every"),
    )


_NAMELESS = "the row has no name, company or e-mail to call anybody by; it was left out. Give it one and import again"
_NAME_TOO_LONG = f"the name is longer than {LONGEST_NAME} characters; the row was left out. Shorten it and import again"


def _name(draft: _ContactDraft) -> str:
    """What to call somebody: their name, or the next best thing that the row has."""
    words = draft.words
    parts: tuple[Holds, ...] = ("given-name", "middle-name", "family-name")
    others = (other for _, other in draft.others if "@" not in other and len(other) <= LONGEST_NAME)
    emails = (value for kind, value in draft.reach if kind == "email")
    composed = " ".join(words[part] for part in parts if part in words)
    return next(filter(None, (words.get("name"), composed, *others, words.get("company"), *emails)), "")


def _said(draft: _ContactDraft, name: str) -> set[str]:
    """The words of the name, the company and the addresses: another name of these alone says nothing new."""
    said = (name, draft.words.get("company", ""), *(value for _, value in draft.reach))
    return set(_WORD.findall(" ".join(said).casefold()))


def _notes(book: ColumnReader, draft: _ContactDraft) -> str | None:
    notes = "\n".join(filter(None, (*draft.notes, *draft.rest)))
    if len(notes) > LONGEST_TEXT:
        why = "the notes are longer than 1 MiB; their end was left out. Shorten them and import again"
        book.problems.append(Problem(book.file, draft.line, why))
    return notes[:LONGEST_TEXT] or None
