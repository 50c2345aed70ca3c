"""The stored contacts, as far as an import needs them.

Matching needs the names and addresses of all contacts, and reads them at once. Comparing needs everything else, and
reads it for a few hundred contacts at a time.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple, get_args

from sqlmodel import Session

from netcrm.domain.models import Affiliation, Alias, Contact, ContactMethod, Tag
from netcrm.formats.records import ImportedContact
from netcrm.formats.vcard import Version, read_one, write
from netcrm.formats.vcard.equality import says_the_same
from netcrm.matching import normalize, resolver
from netcrm.services.exports.vcards import people
from netcrm.services.imports.changeset import COLUMNS, ContactUpdate
from netcrm.store import queries

VERSIONS: tuple[Version, ...] = get_args(Version)
_METHOD_COLUMNS = ("id", "contact_id", "kind", "normalised", "label", "preferred")
_WORK_COLUMNS = ("id", "contact_id", "uid", "organisation", "title", "since", "until", "source")
_CONTACT_COLUMNS = ("id", "uid", "name", "changed_at", "added_on", *COLUMNS)


def known_contacts(session: Session) -> resolver.Known:
    """All stored contacts by their addresses, names, UIDs and other UIDs."""
    methods = queries.every(session, ContactMethod, "contact_id", "kind")
    linked = {contact for contact, kind in methods if kind == "linkedin"}
    contacts = ((*row, row[0] in linked) for row in queries.every(session, Contact, "id", "name", "company"))
    known = resolver.Known(contacts, queries.every(session, ContactMethod, "contact_id", "kind", "normalised"))
    for noun, owner in ((Contact, "id"), (Alias, "contact_id")):
        for contact, uid in queries.every(session, noun, owner, "uid"):
            known.learn(contact, "uid", uid)
    return known


class StoredMethod(NamedTuple):
    """A stored way to reach a contact; `number` is None until it is written."""

    number: int | None
    label: str | None
    preferred: bool


class StoredWork(NamedTuple):
    """A stored affiliation."""

    number: int
    uid: str
    organisation: str
    title: str | None
    since: date | None


class ExistingContacts:
    """Some of the stored contacts, with their methods, tags and affiliations.

    `works` are all affiliations of a contact, `jobs` is the last one that has not ended. `said_before` is the company
    and title of the last one that `source` gave.
    """

    def __init__(self, session: Session, source: str, numbers: Sequence[int]) -> None:
        self.source = source
        self._session = session
        self._region = queries.region(session)
        rows = queries.some(session, Contact, numbers, *_CONTACT_COLUMNS)
        self.contacts = {row[0]: dict(zip(_CONTACT_COLUMNS, row, strict=True)) for row in rows}
        self.methods = {
            (contact, kind, normalised): StoredMethod(number, label, preferred)
            for number, contact, kind, normalised, label, preferred in queries.some(
                session, ContactMethod, numbers, *_METHOD_COLUMNS
            )
        }
        self.preferred = {(contact, kind) for (contact, kind, _), way in self.methods.items() if way.preferred}
        self._kinds = {way.number: kind for (_, kind, _), way in self.methods.items()}
        self.tags = set(queries.some(session, Tag, numbers, "contact_id", "name"))
        self._cards: dict[Version, dict[int, str]] = {}
        self.works: dict[int, list[StoredWork]] = {}
        self.jobs: dict[int, StoredWork] = {}
        self.said_before: dict[int, tuple[str, str | None]] = {}
        self._read_works(numbers)

    def _read_works(self, numbers: Sequence[int]) -> None:
        rows = queries.some(self._session, Affiliation, numbers, *_WORK_COLUMNS)
        for number, contact, uid, organisation, title, since, until, source in rows:
            work = StoredWork(number, uid, organisation, title, since)
            self.works.setdefault(contact, []).append(work)
            if until is None:
                self.jobs[contact] = work
            if source == self.source:
                self.said_before[contact] = (organisation, title)

    def card(self, contact: int) -> str | None:
        """The imported card of a contact, verbatim."""
        return queries.card(self._session, contact)

    def base(self, contact: int, record: ImportedContact) -> ImportedContact | None:
        """The record to compare a card with: of the stored card, or of the one that netcrm would write now.

        A card with the UID that netcrm gave was exported, and may have been edited in another program since. It counts
        unless it is older than the last change of the contact.
        """
        if record.vcard is None:
            return None
        stored = self.contacts[contact]
        if (card := self.card(contact)) is not None:
            return record if card == record.vcard else read_one(card)
        changed_at = stored["changed_at"].replace(microsecond=0)
        if record.uid != stored["uid"] or record.revised is None or record.revised < changed_at:
            return None
        self.said_before.setdefault(contact, (stored["company"] or "", stored["title"]))
        return read_one(self._written("3.0")[contact])

    def says_already(self, contact: int, record: ImportedContact) -> bool:
        """Whether a card has the same content as the card that netcrm would write now."""
        card = record.vcard
        cards = (self._written(version)[contact] for version in VERSIONS)
        return card is not None and any(says_the_same(written, card) for written in cards)

    def _written(self, version: Version) -> dict[int, str]:
        """The cards that netcrm would write of these contacts, without offers and interactions."""
        if version not in self._cards:
            contacts = people(self._session, list(self.contacts))
            cards = zip(contacts, write(contacts, version), strict=True)
            self._cards[version] = {contact.number: card for contact, card in cards}
        return self._cards[version]

    def normalise(self, record: ImportedContact | None) -> Iterable[tuple[str, str]]:
        """The contact methods of a record by kind and normal form; those without one are left out."""
        for way in record.reach if record else ():
            try:
                yield way.kind, normalize.normalise(way.kind, way.value, self._region)
            except ValueError:
                continue

    def note(self, contact: int, change: ContactUpdate) -> None:
        """Apply the changes by a record, for the next record about the contact."""
        self.contacts[contact] |= {name: value for name, value in change.values.items() if name in _CONTACT_COLUMNS}
        self.methods |= {(contact, *key): StoredMethod(None, None, way.preferred) for key, way in change.ways.items()}
        self.preferred |= {
            (contact, self._kinds[method]) for method, row in change.labels.items() if "preferred" in row
        }
        self.tags |= {(contact, tag) for tag in change.tags}
        self.works.setdefault(contact, []).extend(
            StoredWork(0, work["uid"], work["organisation"], work["title"], work["since"])
            for work in change.affiliations
        )
