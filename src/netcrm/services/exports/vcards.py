"""Contacts as vCards: read in four statements for several hundred contacts, and only the columns that a card needs."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from sqlmodel import Session

from netcrm.domain.models import Alias, Contact, ContactMethod, Offer, Tag
from netcrm.files import vdir
from netcrm.formats import vcard
from netcrm.formats.records import ImportedMethod
from netcrm.formats.vcard import Extra, Version
from netcrm.formats.vcard.equality import says_the_same
from netcrm.progress import Progress, unwatched, watched
from netcrm.services.contacts import matching_ids
from netcrm.services.exports.selection import write_pieces
from netcrm.services.parameters import Filters
from netcrm.store import queries
from netcrm.workspace import Workspace


@dataclass(slots=True)
class ExportedContact:
    """The values of a contact that go into a card. `number` is the contact's id, and 0 for the user."""

    number: int
    uid: str
    name: str
    changed_at: datetime
    company: str | None = None
    title: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    timezone: str | None = None
    birthday: date | None = None
    tier: str | None = None
    notes: str | None = None
    vcard: str | None = None
    methods: Sequence[ImportedMethod] = ()
    tags: Sequence[str] = ()
    aliases: tuple[str, ...] = ()


_AROUND = ("methods", "tags", "aliases")
_COLUMNS = ("id", *(field.name for field in fields(ExportedContact) if field.name not in ("number", *_AROUND)))
_METHOD = ("contact_id", "kind", "value", "label", "preferred")


def cards(
    workspace: Workspace, query: str | None, version: Version, filters: Filters, progress: Progress = unwatched
) -> Iterator[tuple[ExportedContact, str]]:
    """Contacts with their cards, by name, a few hundred at a time; nothing is held open between them."""
    with workspace.session() as session:
        ids = matching_ids(workspace, session, query, filters)
    starts = range(0, len(ids), queries.MOST_AT_ONCE)
    for start in watched(starts, len(starts), progress):
        with workspace.session() as session:
            contacts = people(session, ids[start : start + queries.MOST_AT_ONCE])
            known = extras(session, contacts)
        yield from zip(contacts, vcard.write(contacts, version, known), strict=True)


def text(workspace: Workspace, query: str | None, version: Version, filters: Filters) -> Iterator[str]:
    """The vCards without their contacts."""
    return (card for _, card in cards(workspace, query, version, filters))


def write_file(
    workspace: Workspace,
    path: Path,
    query: str | None,
    version: Version,
    filters: Filters,
    *,
    overwrite: bool,
    progress: Progress,
) -> int:
    """Write cards to a file, whole or not at all; the number of cards."""
    written = (card for _, card in cards(workspace, query, version, filters, progress))
    return write_pieces(path, written, overwrite=overwrite)


def mirror(
    workspace: Workspace,
    folder: Path,
    query: str | None,
    version: Version,
    filters: Filters,
    *,
    overwrite: bool,
    progress: Progress,
) -> vdir.Kept:
    """Keep a folder with one card per contact up to date; a selection without contacts leaves it as it was."""
    exported = cards(workspace, query, version, filters, progress)
    items = (vdir.VdirItem(contact.uid, card, contact.vcard) for contact, card in exported)
    if (first := next(items, None)) is None:
        return vdir.Kept(0, 0, 0, [])
    return vdir.keep(folder, chain([first], items), ".vcf", overwrite=overwrite, says_no_more=says_the_same)


def people(session: Session, numbers: Sequence[int]) -> list[ExportedContact]:
    """The contacts with these ids, in the given order, without those that no longer exist."""
    methods: dict[int, list[ImportedMethod]] = defaultdict(list)
    for number, *method in queries.some(session, ContactMethod, numbers, *_METHOD):
        methods[number].append(ImportedMethod(*method))
    tags, aliases = _owned(session, Tag, numbers, "name"), _owned(session, Alias, numbers, "uid")
    by_number = {row[0]: ExportedContact(*row) for row in queries.some(session, Contact, numbers, *_COLUMNS)}
    for number, contact in by_number.items():
        contact.methods = sorted(methods[number], key=_later)
        contact.tags, contact.aliases = sorted(tags[number]), tuple(aliases[number])
    return [by_number[number] for number in numbers if number in by_number]


def _later(method: ImportedMethod) -> bool:
    """Sort preferred methods first."""
    return not method.preferred


def _owned(session: Session, noun: Any, numbers: Sequence[int], column: str) -> dict[int, list[str]]:
    by_contact: dict[int, list[str]] = defaultdict(list)
    for number, value in queries.some(session, noun, numbers, "contact_id", column):
        by_contact[number].append(value)
    return by_contact


def extras(session: Session, contacts: Sequence[ExportedContact]) -> dict[str, Extra]:
    """The values beyond the address book by UID: part in the user's offers, introductions, last contact.

    The referrer of an offer introduced the others on it.
    """
    numbers = [contact.number for contact in contacts]
    last = queries.last_contacts(session, numbers)
    stages: dict[int, list[str]] = defaultdict(list)
    introduced: dict[int, dict[str, str]] = defaultdict(dict)
    for offer, role, contact in queries.parts(session, numbers):
        stages[contact].append(_stage(offer, role))
        for participant in offer.participants:
            if participant.role == "referrer" != role:
                introduced[contact][participant.contact.uid] = participant.contact.name
    return {
        contact.uid: Extra(
            introduced_by=tuple(introduced[contact.number].items()),
            stage="; ".join(stages[contact.number]) or None,
            last_contact=last.get(contact.number),
            aliases=contact.aliases,
        )
        for contact in contacts
    }


def _stage(offer: Offer, role: str) -> str:
    """The part in an offer as a card shows it: “recruiter, Acme offer, declined”."""
    part = "on it" if role == "other" else role.replace("-", " ")
    return ", ".join(filter(None, (part, f"{offer.organisation} offer", offer.decision)))
