"""What is stored already, as far as an import must know it.

Who is there is read whole, to be matched with; what is known of them, only of those with whom it is compared, some
hundreds at a time.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, get_args

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
_METHOD = ("id", "contact_id", "kind", "normalised", "label", "preferred")
_COLUMNS = ("id", "uid", "name", "changed_at", *COLUMNS)


def everybody(session: Session) -> resolver.Known:
    """Everybody who is there, by what names them: addresses, names, UIDs and other UIDs."""
    linked = {
        number for number, kind in queries.every(session, ContactMethod, "contact_id", "kind") if kind == "linkedin"
    }
    contacts = ((*row, row[0] in linked) for row in queries.every(session, Contact, "id", "name", "company"))
    known = resolver.Known(contacts, queries.every(session, ContactMethod, "contact_id", "kind", "normalised"))
    for noun, owner in ((Contact, "id"), (Alias, "contact_id")):
        for number, uid in queries.every(session, noun, owner, "uid"):
            known.learn(number, "uid", uid)
    return known


class StoredMethod(NamedTuple):
    """A way to reach somebody, as it is stored; it has no number before it is."""

    number: int | None
    label: str | None
    preferred: bool


class StoredWork(NamedTuple):
    """Where somebody works, as it is stored."""

    number: int
    organisation: str
    since: Any


class ExistingContacts:
    """Some of those who are there, with what is known of them and what the `source` said of them before."""

    def __init__(self, session: Session, source: str, numbers: Sequence[int]) -> None:
        self.source = source
        self._session = session
        self._region = queries.region(session)
        rows = queries.some(session, Contact, numbers, *_COLUMNS)
        self.contacts = {row[0]: dict(zip(_COLUMNS, row, strict=True)) for row in rows}
        self.methods = {
            (contact, kind, normalised): StoredMethod(number, label, preferred)
            for number, contact, kind, normalised, label, preferred in queries.some(
                session, ContactMethod, numbers, *_METHOD
            )
        }
        self.preferred = {(contact, kind) for (contact, kind, _), one in self.methods.items() if one.preferred}
        self.tags = set(queries.some(session, Tag, numbers, "contact_id", "name"))
        self._cards: dict[Version, dict[int, str]] = {}
        self.jobs: dict[int, StoredWork] = {}
        self.seen: dict[int, tuple[str, str | None]] = {}
        self._learn_work(numbers)

    def _learn_work(self, numbers: Sequence[int]) -> None:
        columns = ("id", "contact_id", "organisation", "title", "since", "until", "source")
        for number, contact, organisation, title, since, until, source in queries.some(
            self._session, Affiliation, numbers, *columns
        ):
            if until is None:
                self.jobs[contact] = StoredWork(number, organisation, since)
            if source == self.source:
                self.seen[contact] = (organisation, title)

    def base(self, who: int, record: ImportedContact) -> ImportedContact | None:
        """What the source said of somebody before, where it is a card: the one that was kept, or one of mine.

        A card with the UID that I gave, which was not changed before I last changed them, is mine as somebody has
        edited it: what differs in it from what I would write is news.
        """
        if record.vcard is None:
            return None
        mine = self.contacts[who]
        if (card := queries.card(self._session, who)) is not None:
            return record if card == record.vcard else read_one(card)
        changed_at = mine["changed_at"].replace(microsecond=0)
        if record.uid != mine["uid"] or record.revised is None or record.revised < changed_at:
            return None
        self.seen.setdefault(who, (mine["company"] or "", mine["title"]))
        return read_one(self._written("3.0")[who])

    def says_already(self, who: int, record: ImportedContact) -> bool:
        """Whether a card says just what I would write of somebody now, however it is written."""
        card = record.vcard
        return card is not None and any(says_the_same(written[who], card) for written in map(self._written, VERSIONS))

    def _written(self, version: Version) -> dict[int, str]:
        """The cards that I would write of all of them, without what only I know."""
        if version not in self._cards:
            mine = people(self._session, list(self.contacts))
            self._cards[version] = {one.number: card for one, card in zip(mine, write(mine, version), strict=True)}
        return self._cards[version]

    def normalise(self, record: ImportedContact | None) -> Iterable[tuple[str, str]]:
        """The ways of a record, by kind and what two spellings share; what is none is left out."""
        for way in record.reach if record else ():
            try:
                yield way.kind, normalize.normalise(way.kind, way.value, self._region)
            except ValueError:
                continue

    def note(self, who: int, change: ContactUpdate) -> None:
        """Know what a record has brought, for the next one about the same person."""
        self.contacts[who] |= {name: value for name, value in change.values.items() if name in _COLUMNS}
        self.methods |= {(who, *key): StoredMethod(None, None, way.preferred) for key, way in change.ways.items()}
        self.tags |= {(who, tag) for tag in change.tags}
