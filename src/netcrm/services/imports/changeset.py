"""A file's records, sorted into who is new, who has news, and what can't be told; nothing of it is written yet."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from netcrm.domain.dates import birthday_text
from netcrm.domain.models import new_uid
from netcrm.domain.validation import LONGEST_TEXT
from netcrm.domain.vocabulary import SOURCES, count
from netcrm.errors import Problem
from netcrm.formats.records import ImportedContact
from netcrm.matching.normalize import normalise_name
from netcrm.progress import Progress, unwatched
from netcrm.services.imports.spool import RecordSpool, SpooledRecord, Ways

COLUMNS = (
    *("given_name", "family_name", "company", "title", "birthday", "timezone", "notes", "connected_on"),
    *("tier", "every"),
)
"""What a record says of a person in one value each, beside the name."""

PARTS = ("given_name", "family_name")
"""The parts of the name, which are those of nobody who is called otherwise."""

_APART = re.compile(r"[^\w-]+|_+")


def with_notes(now: str | None, new: str | None) -> str | None:
    """Notes, with those lines of others that are not in them, as far as a field can hold them."""
    if not now or not new:
        return now or new
    lines = set(now.splitlines())
    more = "\n".join(text for text in new.splitlines() if text not in lines).strip()
    return f"{now}\n\n{more}" if more and len(now) + len(more) + 2 <= LONGEST_TEXT else now


@dataclass(slots=True)
class NewContact:
    """A person whom the file brings in, by one record or by several."""

    record: ImportedContact
    ways: Ways
    values: dict[str, Any]
    tags: dict[str, None]
    aliases: dict[str, None]

    def fill(self, waiting: SpooledRecord, uids: Iterable[str]) -> None:
        """What another record about the same person adds; the UIDs are those by which nobody was known."""
        record, ways = waiting
        self.ways = {**ways, **self.ways}
        self.tags |= dict.fromkeys(record.tags)
        self.aliases |= dict.fromkeys(uids)
        together = ("company", "title")  # a title belongs to its company
        if self.values["company"] is None:
            self.values |= {name: getattr(record, name) for name in together}
        apart = together if normalise_name(record.name) == normalise_name(self.record.name) else (*together, *PARTS)
        for name in COLUMNS:
            if name not in apart and not self.values[name]:
                self.values[name] = getattr(record, name) or None
        self.values["notes"] = with_notes(self.values["notes"], record.notes)


def newcomer(waiting: SpooledRecord, uids: Iterable[str]) -> NewContact:
    """The person of a record, as far as that one goes."""
    record, ways = waiting
    values = {name: getattr(record, name) or None for name in COLUMNS}
    return NewContact(record, ways, values, dict.fromkeys(record.tags), dict.fromkeys(uids))


@dataclass(slots=True)
class ContactUpdate:
    """What the file knows better about somebody who is known; `card` is the place of the record with their new card."""

    name: str
    card: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    ways: Ways = field(default_factory=dict)
    labels: dict[int, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    aliases: dict[str, None] = field(default_factory=dict)
    affiliation: dict[str, Any] | None = None
    jobs: dict[int, dict[str, Any]] = field(default_factory=dict)
    moved: bool = False

    def __bool__(self) -> bool:
        around = self.ways or self.labels or self.tags or self.aliases
        return bool(self.values or around or self.affiliation or self.jobs) or self.card is not None

    def merge(self, later: "ContactUpdate") -> None:
        """What another record about the same person adds."""
        self.card = self.card if later.card is None else later.card
        self.values |= later.values
        self.ways |= later.ways
        self.labels = {**later.labels, **self.labels}
        self.tags |= later.tags
        self.aliases |= later.aliases
        self.affiliation = later.affiliation or self.affiliation
        self.jobs |= later.jobs
        self.moved |= later.moved


class JobChange(NamedTuple):
    """Somebody who works elsewhere now, or as something else, by what the file says."""

    contact: int
    name: str
    organisation: str
    title: str | None
    elsewhere: bool


@dataclass(slots=True)
class ImportBatch:
    """What a file holds, read and set aside: its records, and what is wrong with it.

    `region` is the country whose phone numbers were read without one; `today` is the day on which it was read.
    """

    file: str
    source: str
    region: str | None
    today: date
    spool: RecordSpool
    tell: Progress = unwatched
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class ChangeSet:
    """A file's records, sorted.

    `firsts` are the places of the records that brought somebody in, `filled` those newcomers of whom others said more.
    Of several records about one person the first that names a company says where they work (`placed`): otherwise each
    import of the same file would take them from one job to the other and back. `new_uids` are the UIDs of a record by
    which nobody was known before it, by its place.
    """

    batch: ImportBatch
    firsts: list[int] = field(default_factory=list)
    filled: dict[int, NewContact] = field(default_factory=dict)
    updates: dict[int, ContactUpdate] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    merged: int = 0
    touched: set[int] = field(default_factory=set)
    placed: set[int] = field(default_factory=set)
    new_uids: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def newcomer(self, index: int) -> NewContact:
        """One of those whom the file brings in, with all that it says of them."""
        place = self.firsts[index]
        return self.filled.get(index) or newcomer(self.batch.spool[place], self.new_uids.get(place, ()))

    def newcomers(self) -> Iterator[NewContact]:
        return map(self.newcomer, range(len(self.firsts)))

    @property
    def unchanged(self) -> int:
        """The known people about whom the file has no news."""
        return len(self.touched) - len(self.updates)

    def moves(self) -> Iterator[JobChange]:
        for number, change in self.updates.items():
            if change.moved and change.affiliation:
                work, elsewhere = change.affiliation, "company" in change.values
                yield JobChange(number, change.name, work["organisation"], work["title"], elsewhere)

    def summary(self, file: str) -> str:
        """What was done, in words."""
        new, known = len(self.firsts), len(self.updates)
        words = [f"imported {count(new, 'new contact')}"] if new else []
        contacts = "" if new else " contact" if known == 1 else " contacts"
        words += [f"updated {known}{contacts}"] if known else []
        said = " and ".join(words)
        return f"{said[:1].upper()}{said[1:]} from {file}"

    def changes(self) -> list[str]:
        """Person by person, what is new."""
        companies = ((who.record.name, who.values["company"]) for who in self.newcomers())
        added = [f"+ {name}{f' ({company})' if company else ''}" for name, company in companies]
        return added + [f"~ {change.name}: {_news(change, self.batch.source)}" for change in self.updates.values()]


_WORDS = {
    "name": "name",
    "connected_on": "connected on",
    "company": "company",
    "title": "title",
    "birthday": "birthday",
    "timezone": "time zone",
    "tier": "tier",
    "every": "in touch every",
}


def _news(change: ContactUpdate, source: str) -> str:
    facts = [f"{_WORDS[key]} {_said(key, value)}" for key, value in change.values.items() if key in _WORDS]
    work = change.affiliation or next(iter(change.jobs.values()), {})
    if work.get("organisation") and not {"company", "title"} & change.values.keys():
        facts.append(f"{SOURCES[source]} says {' at '.join(filter(None, (work['title'], work['organisation'])))}")
    facts += [way.value for way in change.ways.values()]
    facts += [f"tagged {tag}" for tag in change.tags]
    facts += ["notes"] if "notes" in change.values else []
    facts += ["known by another UID too"] if change.aliases else []
    facts += ["what kind of address one is"] if change.labels else []
    facts += ["the card itself"] if change.card is not None and not facts else []
    return ", ".join(facts) or "the parts of the name"


def _said(column: str, value: Any) -> str:
    if column == "birthday" and value:
        return birthday_text(value)
    return str(value or "(none)")


# --------------------------------------------------------------------------- rows


def method_rows(number: int, ways: Ways) -> Iterator[dict[str, Any]]:
    """The ways to reach a contact, as rows."""
    for (kind, normalised), way in ways.items():
        row = {"kind": kind, "value": way.value, "normalised": normalised, "preferred": way.preferred}
        yield {"contact_id": number, **row, "label": slug(way.label)}


def slug(label: str | None) -> str | None:
    """A label as one word: “Home Fax” is “home-fax”."""
    return _APART.sub("-", (label or "").strip().lower()).strip("-") or None


def affiliation(organisation: str | None, title: str | None, since: Any, source: str) -> dict[str, Any] | None:
    """Where somebody works, as a row, as far as a file says so."""
    if not organisation:
        return None
    work = {"organisation": organisation, "title": title, "since": since, "until": None}
    return {"uid": new_uid(), **work, "source": source}


def owned_rows(numbers: Iterable[tuple[int, Mapping[str, None]]], column: str) -> list[dict[str, Any]]:
    """Tags or aliases, as rows."""
    return [{"contact_id": number, column: value} for number, values in numbers for value in values]
