"""Add the offers, jobs, interactions and answers of an archive, after its contacts.

Each entry is added once: an entry is known by its UID, an answer by its follow-up. Entries that only concern contacts
who were left out are left out too.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlmodel import Session

from netcrm.domain.models import (
    Decision,
    Interaction,
    InteractionContact,
    Job,
    Offer,
    Participant,
    Stored,
    heard,
)
from netcrm.domain.vocabulary import count
from netcrm.formats.archive.schema import AnswerEntry
from netcrm.formats.archive.stream import LocatedEntry
from netcrm.services.erasure import Remembered
from netcrm.services.imports.archive_contacts import ArchiveUids, columns_of
from netcrm.services.imports.changeset import ChangeSet, Row
from netcrm.store import queries

ENTRIES_AT_ONCE = 500

Add = Callable[[type[Stored], Sequence[Mapping[str, Any]]], int]
"""Stores new rows of a noun and gives the id of the first; in a dry run it stores nothing."""

Entries = Iterable[LocatedEntry]


@dataclass(slots=True)
class Additions:
    """The import of the entries of an archive that are not contacts.

    `offers` and `interactions` map UIDs to ids; new interactions are in it only if an answer refers to them
    (`answered`). `missing` are the unknown UIDs that were reported. `counts` is the number of added rows by noun.
    """

    session: Session
    add: Add
    change_set: ChangeSet
    uids: ArchiveUids
    answered: frozenset[str]
    offers: dict[str, int] = field(default_factory=dict)
    interactions: dict[str, int] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.offers = {uid: offer for offer, uid in queries.every(self.session, Offer, "id", "uid")}
        self.interactions = {uid: talk for talk, uid in queries.every(self.session, Interaction, "id", "uid")}


def add_entries(additions: Additions, sections: Mapping[str, Entries]) -> None:
    """Add the entries of each section, in the order given."""
    for section, entries in sections.items():
        _SECTIONS[section](additions, entries)


def _portions(entries: Entries) -> Iterator[list[LocatedEntry]]:
    remaining = iter(entries)
    while portion := list(islice(remaining, ENTRIES_AT_ONCE)):
        yield portion


# --------------------------------------------------------------------------- offers and jobs


def _add_offers(additions: Additions, entries: Entries) -> None:
    for portion in _portions(_valid_offers(additions, entries)):
        first = additions.add(Offer, [columns_of(entry.item, "participants") for entry in portion])
        participants: list[Row] = []
        for offer, entry in enumerate(portion, first):
            additions.offers[entry.item.uid] = offer
            roles = {part.contact: part.role for part in reversed(entry.item.participants)}
            contacts = _contacts(additions, (part.contact for part in entry.item.participants), entry.line)
            participants += [
                {"offer_id": offer, "contact_id": contact, "role": roles[uid]} for contact, uid in contacts.items()
            ]
        additions.add(Participant, participants)
        additions.counts["offer"] += len(portion)


def _valid_offers(additions: Additions, entries: Entries) -> Iterator[LocatedEntry]:
    """The offers that are new, and have both a decision and its day, or neither."""
    for entry in entries:
        if entry.item.uid in additions.offers:
            continue
        if (entry.item.decision is None) != (entry.item.decided_on is None):
            why = "a decision and the day of it belong together; it was left out. Give both, or neither"
            additions.change_set.complain(entry.line, f"{entry.path}.decided_on: {why}", lost=True)
            continue
        additions.offers[entry.item.uid] = 0
        yield entry


def _add_jobs(additions: Additions, entries: Entries) -> None:
    known = {uid for (uid,) in queries.every(additions.session, Job, "uid")}
    for portion in _portions(entries):
        rows = []
        for entry in portion:
            if entry.item.uid not in known:
                known.add(entry.item.uid)
                offer = _offer(additions, entry.item.offer, entry)
                rows.append({**columns_of(entry.item, "offer"), "offer_id": offer})
        additions.add(Job, rows)
        additions.counts["job"] += len(rows)


# --------------------------------------------------------------------------- interactions and answers


def _add_interactions(additions: Additions, entries: Entries) -> None:
    left_out: list[int] = []
    for portion in _portions(entries):
        new: list[tuple[LocatedEntry, list[int]]] = []
        rows: list[Row] = []
        for entry in portion:
            if entry.item.uid in additions.interactions:
                continue
            if contacts := _contacts(additions, entry.item.contacts, entry.line):
                offer = _offer(additions, entry.item.offer, entry)
                rows.append({**columns_of(entry.item, "contacts", "offer"), "offer_id": offer})
                new.append((entry, list(contacts)))
            else:
                left_out.append(entry.line)
        links: list[Row] = []
        for interaction, (entry, participants) in enumerate(new, additions.add(Interaction, rows)):
            item = entry.item
            if item.uid in additions.answered:
                additions.interactions[item.uid] = interaction
            took_part = heard(item.channel, item.direction, answered=item.answered)
            link = {"interaction_id": interaction, "day": item.day, "heard": took_part}
            links += [{**link, "contact_id": contact} for contact in participants]
        additions.add(InteractionContact, links)
        additions.counts["interaction"] += len(new)
    _report_left_out(additions, "interaction", left_out)


def _add_answers(additions: Additions, entries: Entries) -> None:
    session, uids, left_out = additions.session, additions.uids, list[int]()
    remembered = Remembered(session)
    known = set(queries.every(session, Decision, "cause", "contact_uid", "playbook", "step"))
    for portion in _portions(entries):
        rows = []
        for entry in portion:
            uid = entry.item.contact or ""
            if uid and (uid in uids.left_out or remembered.was_forgotten((), "", (), uid)):
                left_out.append(entry.line)
                continue
            row = _answer_row(additions, entry.item)
            key = (row["cause"], row["contact_uid"], row["playbook"], row["step"])
            if key not in known:
                known.add(key)
                rows.append(row)
        additions.add(Decision, rows)
        additions.counts["answer"] += len(rows)
    _report_left_out(additions, "answer", left_out)


def _answer_row(additions: Additions, answer: AnswerEntry) -> Row:
    """An answer as a row, with the UIDs of its contact and cause in this database."""
    renamed = additions.uids.renamed
    uid = renamed.get(f"contact:{answer.contact or ''}", f"contact:{answer.contact or ''}").removeprefix("contact:")
    snapshot = answer.snapshot
    return {
        **columns_of(answer, "contact", "interaction", "snapshot"),
        "cause": _cause(answer.cause, renamed),
        "contact_uid": uid,
        "interaction_id": additions.interactions.get(answer.interaction or ""),
        "snapshot": {
            "text": snapshot.text,
            "due": snapshot.due and snapshot.due.isoformat(),
            "contact": snapshot.contact,
        },
    }


def _cause(cause: str, renamed: Mapping[str, str]) -> str:
    """A cause with the UID of its contact or affiliation in this database; its round (“@2026”) stays."""
    kind, bar, source = cause.partition("|")
    if source in renamed:
        return f"{kind}{bar}{renamed[source]}"
    subject, at, turn = source.rpartition("@")
    return f"{kind}{bar}{renamed[subject]}{at}{turn}" if subject in renamed else cause


_SECTIONS: Mapping[str, Callable[[Additions, Entries], None]] = {
    "offers": _add_offers,
    "jobs": _add_jobs,
    "interactions": _add_interactions,
    "answers": _add_answers,
}


# --------------------------------------------------------------------------- references


def _contacts(additions: Additions, uids: Iterable[str], line: int) -> dict[int, str]:
    """The UIDs of contacts by their ids, each contact once; an unknown UID is reported once."""
    contacts: dict[int, str] = {}
    for uid in uids:
        contact = additions.uids.contact(uid)
        if contact is not None:
            contacts.setdefault(contact, uid)
        elif uid not in additions.uids.left_out and uid not in additions.missing:
            additions.missing.add(uid)
            why = f"there is no contact with the uid “{uid[:80]}”; what it says of them was left out"
            additions.change_set.complain(line, f"{why}. Import the document that has them as well", lost=True)
    return contacts


def _offer(additions: Additions, uid: str | None, entry: LocatedEntry) -> int | None:
    """The id of an offer; an unknown UID is reported once."""
    if uid is None or uid in additions.offers:
        return additions.offers[uid] if uid else None
    if uid not in additions.missing:
        additions.missing.add(uid)
        why = f"there is no offer with the uid “{uid[:80]}”; what refers to it was imported without"
        additions.change_set.complain(entry.line, f"{entry.path}.offer: {why}. Import the document that has it as well")
    return None


def _report_left_out(additions: Additions, noun: str, lines: Sequence[int]) -> None:
    if lines:
        were = "was left out with the person" if len(lines) == 1 else "were left out with the people"
        why = f"{count(len(lines), noun)} {were} they concern; import again once those can be taken in"
        additions.change_set.complain(lines[0], why, lost=True)
