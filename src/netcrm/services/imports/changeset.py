"""The changes that a file brings: new contacts, updates and problems, before anything is written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from netcrm.domain.dates import birthday_text
from netcrm.domain.models import new_uid
from netcrm.domain.validation import LONGEST_TEXT
from netcrm.domain.vocabulary import SOURCES, count
from netcrm.errors import Problem
from netcrm.formats.records import ImportedContact, ImportedMethod
from netcrm.matching.normalize import normalise_name
from netcrm.progress import Progress, unwatched
from netcrm.services.imports.spool import Key, RecordSpool, SpooledRecord, Ways

Row = dict[str, Any]

ARCHIVE = "archive"
"""The source of the records of a JSON archive."""

NAME_PARTS = ("given_name", "family_name")
"""The parts of a name: they belong to that name alone."""

COLUMNS = (
    *NAME_PARTS,
    *("company", "title", "birthday", "timezone", "notes", "connected_on", "tier", "every"),
)
"""The columns of a contact that a record of any format may fill, beside the name."""


def merged_notes(notes: str | None, more: str | None) -> str | None:
    """Notes followed by the lines of others that they lack, if the field can hold both."""
    if not notes or not more:
        return notes or more
    lines = set(notes.splitlines())
    new = "\n".join(line for line in more.splitlines() if line not in lines).strip()
    return f"{notes}\n\n{new}" if new and len(notes) + len(new) + 2 <= LONGEST_TEXT else notes


# --------------------------------------------------------------------------- contacts


@dataclass(slots=True)
class NewContact:
    """A contact that the file adds, from one record or several."""

    record: ImportedContact
    ways: Ways
    values: Row
    tags: dict[str, None]
    aliases: dict[str, None]

    def fill(self, item: SpooledRecord, uids: Iterable[str]) -> None:
        """Add the values of another record about the contact; `uids` are its UIDs that no contact had."""
        record, ways = item
        self.ways = tuple({**dict(ways), **dict(self.ways)}.items())
        self.tags |= dict.fromkeys(record.tags)
        self.aliases |= dict.fromkeys(uids)
        work = ("company", "title")  # a title belongs to its company
        if self.values["company"] is None:
            self.values |= {name: getattr(record, name) for name in work}
        same_name = normalise_name(record.name) == normalise_name(self.record.name)
        fixed = work if same_name else (*work, *NAME_PARTS)
        for name in COLUMNS:
            if name not in fixed and not self.values[name]:
                self.values[name] = getattr(record, name) or None
        self.values["notes"] = merged_notes(self.values["notes"], record.notes)


def new_contact(item: SpooledRecord, uids: Iterable[str]) -> NewContact:
    """The contact that one record describes; `uids` are its other UIDs that no contact had."""
    record, ways = item
    values = {name: getattr(record, name) or None for name in COLUMNS}
    return NewContact(record, ways, values, dict.fromkeys(record.tags), dict.fromkeys(uids))


@dataclass(slots=True)
class ContactUpdate:
    """The changes of a stored contact; `card` is the place of the record whose card replaces the stored one.

    `labels` and `jobs` are new values of stored methods and affiliations, by their ids. `moved` says that the contact
    changed jobs since the source's last statement.
    """

    name: str
    card: int | None = None
    values: Row = field(default_factory=dict)
    ways: dict[Key, ImportedMethod] = field(default_factory=dict)
    labels: dict[int, Row] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    aliases: dict[str, None] = field(default_factory=dict)
    affiliations: list[Row] = field(default_factory=list)
    jobs: dict[int, Row] = field(default_factory=dict)
    moved: bool = False

    def __bool__(self) -> bool:
        around = self.ways or self.labels or self.tags or self.aliases or self.affiliations or self.jobs
        return bool(self.values or around) or self.card is not None

    def merge(self, later: "ContactUpdate") -> None:
        """Add the changes by a later record about the contact."""
        self.card = self.card if later.card is None else later.card
        self.values |= later.values
        self.ways |= later.ways
        self.labels = {**later.labels, **self.labels}
        self.tags |= later.tags
        self.aliases |= later.aliases
        self.affiliations += later.affiliations
        self.jobs |= later.jobs
        self.moved |= later.moved


# --------------------------------------------------------------------------- the records of a file


@dataclass(slots=True)
class ImportBatch:
    """The records and problems of a file, read before the database is locked.

    `region` is the country assumed for phone numbers without one; `today` is the day on which the file was read;
    `left_out` counts the records that could not be used. `added_on` is stored for new contacts whose record has no such
    day.
    """

    file: str
    source: str
    region: str | None
    today: date
    spool: RecordSpool
    tell: Progress = unwatched
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    added_on: date | None = None


@dataclass(slots=True)
class ChangeSet:
    """The records of a file, sorted into new contacts, updates and those left out.

    A record is known by its place in the spool. `firsts` are the places of the records that added a contact each;
    `filled` are the new contacts that later records extended, by their index in `firsts`. `new_uids` are the UIDs of a
    record that no contact had before. `touched` are the stored contacts that the file describes; `merged` counts the
    further records about a contact.

    Of several records about one contact, the first with a company says where they work; `placed` are the contacts for
    which that is settled. Otherwise each import of the same file would move them from one job to the other and back.
    """

    batch: ImportBatch
    firsts: list[int] = field(default_factory=list)
    filled: dict[int, NewContact] = field(default_factory=dict)
    updates: dict[int, ContactUpdate] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    merged: int = 0
    left_out: int = 0
    touched: set[int] = field(default_factory=set)
    placed: set[int] = field(default_factory=set)
    new_uids: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.problems, self.left_out = [*self.batch.problems], self.batch.left_out

    def complain(self, line: int, why: str, *, lost: bool = False) -> None:
        """Report a problem in a line of the file."""
        self.problems.append(Problem(self.batch.file, line, why, lost=lost))

    def update(self, contact: int, change: ContactUpdate) -> None:
        """Add a change of a stored contact to the changes by earlier records."""
        earlier = self.updates.setdefault(contact, change)
        if earlier is not change:
            earlier.merge(change)

    def new_contact(self, index: int) -> NewContact:
        """A new contact, with the values of all its records."""
        place = self.firsts[index]
        return self.filled.get(index) or new_contact(self.batch.spool[place], self.new_uids.get(place, ()))

    def new_contacts(self) -> Iterator[NewContact]:
        return map(self.new_contact, range(len(self.firsts)))

    @property
    def unchanged(self) -> int:
        """The number of stored contacts that the file describes and does not change."""
        return len(self.touched) - len(self.updates)

    # ------------------------------------------------------------------ in words

    def summary(self, file: str, others: Sequence[str] | None = None) -> str:
        """The summary of the operation; `others` counts, in words, the other rows that an archive added."""
        new, updated = len(self.firsts), len(self.updates)
        words = [*([count(new, "new contact")] if new else []), *(others or ())]
        actions = [f"imported {', '.join(words[:-1])}{' and ' if words[:-1] else ''}{words[-1]}"] if words else []
        noun = count(updated, "contact") if others is not None or not new else str(updated)
        actions += [f"updated {noun}"] if updated else []
        sentence = " and ".join(actions)
        return f"{sentence[:1].upper()}{sentence[1:]} from {file}"

    def changes(self) -> list[str]:
        """One line for each contact that is added (+) or updated (~)."""
        companies = ((contact.record.name, contact.values["company"]) for contact in self.new_contacts())
        added = [f"+ {name}{f' ({company})' if company else ''}" for name, company in companies]
        return added + [f"~ {change.name}: {_facts(change, self.batch.source)}" for change in self.updates.values()]


_LABELS = {"timezone": "time zone", "every": "in touch every"}


def _facts(change: ContactUpdate, source: str) -> str:
    """The changes of a contact, in words."""
    archived = source == ARCHIVE
    unsaid = ("notes",) if archived else ("notes", *NAME_PARTS)
    shown = ((name, value) for name, value in change.values.items() if name not in unsaid)
    facts = [f"{_LABELS.get(name, name.replace('_', ' '))} {_shown(name, value)}" for name, value in shown]
    works = [*change.affiliations, *change.jobs.values()]
    if not archived and works and works[0].get("organisation") and not {"company", "title"} & change.values.keys():
        work = " at ".join(filter(None, (works[0]["title"], works[0]["organisation"])))
        facts.append(f"{SOURCES[source]} says {work}")
    facts += [way.value for way in change.ways.values()]
    facts += [f"tagged {tag}" for tag in change.tags]
    facts += [f"worked at {work['organisation']}" for work in works if archived]
    facts += ["notes"] if "notes" in change.values else []
    facts += ["known by another UID too"] if change.aliases else []
    facts += ["what kind of address one is"] if change.labels else []
    facts += ["the card itself"] if change.card is not None and not facts else []
    return ", ".join(facts) or "the parts of the name"


def _shown(column: str, value: Any) -> str:
    if column == "birthday" and value:
        return birthday_text(value)
    return str(value or "(none)")


# --------------------------------------------------------------------------- rows


def affiliation_rows(organisation: str | None, title: str | None, since: date | None, source: str) -> list[Row]:
    """The work of a contact by a source, as one row; no row without an organisation."""
    if not organisation:
        return []
    work = {"organisation": organisation, "title": title, "since": since, "until": None}
    return [{"uid": new_uid(), **work, "source": source}]


def method_rows(contact: int, ways: Iterable[tuple[Key, ImportedMethod]]) -> Iterator[Row]:
    """The ways to reach a contact, as rows."""
    for (kind, normalised), way in ways:
        row = {"kind": kind, "value": way.value, "normalised": normalised, "preferred": way.preferred}
        yield {"contact_id": contact, **row, "label": way.label}


def owned_rows(values_by_contact: Iterable[tuple[int, Mapping[str, None]]], column: str) -> list[Row]:
    """The tags or aliases of contacts, as rows."""
    return [{"contact_id": contact, column: value} for contact, values in values_by_contact for value in values]
