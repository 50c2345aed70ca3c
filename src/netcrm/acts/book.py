"""What is stored already, as far as an import must know it: read once, and kept up to date as records are taken in."""

from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from netcrm import identity
from netcrm.acts.intake import COLUMNS, Update
from netcrm.formats.records import Record
from netcrm.formats.vcard import read_one
from netcrm.models import Affiliation, Alias, Contact, ContactMethod, Tag
from netcrm.store import finds
from netcrm.terms import MethodKind

_COLUMNS = ("id", "uid", "name", *COLUMNS)


class Work(NamedTuple):
    """Where somebody works, as it is stored."""

    number: int
    organisation: str
    since: Any


class Book:
    """Everybody who is there, by what names them, and what the `source` said of them before."""

    def __init__(self, session: Session, source: str) -> None:
        self.source = source
        self._session = session
        self._region = finds.region(session)
        self.contacts = {
            row[0]: dict(zip(_COLUMNS, row, strict=True)) for row in finds.every(session, Contact, *_COLUMNS)
        }
        self.methods = set(finds.every(session, ContactMethod, "contact_id", "kind", "normalised"))
        self.tags = set(finds.every(session, Tag, "contact_id", "name"))
        self._uids = {row["uid"]: number for number, row in self.contacts.items()}
        self._uids |= {uid: number for number, uid in finds.every(session, Alias, "contact_id", "uid")}
        self.known = self._known()
        self.jobs: dict[int, Work] = {}
        self.seen: dict[int, tuple[str, str | None]] = {}
        self._learn_work()

    def _known(self) -> identity.Known:
        linked = {contact for contact, kind, _ in self.methods if kind == "linkedin"}
        known = ((number, row["name"], row["company"], number in linked) for number, row in self.contacts.items())
        uids = ((number, "uid", uid) for uid, number in self._uids.items())
        return identity.Known(known, [*self.methods, *uids])

    def _learn_work(self) -> None:
        columns = ("id", "contact_id", "organisation", "title", "since", "until", "source")
        for number, contact, organisation, title, since, until, source in finds.every(
            self._session, Affiliation, *columns
        ):
            if until is None:
                self.jobs[contact] = Work(number, organisation, since)
            if source == self.source:
                self.seen[contact] = (organisation, title)

    def normalise(self, kind: MethodKind, value: str) -> str:
        """What two spellings of an address share; a phone without a country is one of mine."""
        return identity.normalise(kind, value, self._region)

    def knows(self, uid: str) -> bool:
        """Whether a UID is somebody's already; it can name one person only."""
        return uid in self._uids

    def card(self, who: int) -> str | None:
        """The card that was imported of somebody, verbatim."""
        return self._session.exec(select(Contact.vcard).where(col(Contact.id) == who)).one()

    def base(self, who: int, record: Record) -> Record | None:
        """What the source said of somebody before, where it is a card that was kept."""
        if record.vcard is None or (card := self.card(who)) is None:
            return None
        return record if card == record.vcard else read_one(card)

    def note(self, who: int, change: Update) -> None:
        """Know what a record has brought, for the next one about the same person."""
        self.contacts[who] |= {name: value for name, value in change.values.items() if name in _COLUMNS}
        self.methods |= {(who, *key) for key in change.ways}
        self.tags |= {(who, tag) for tag in change.tags}
        self._uids |= dict.fromkeys(change.aliases, who)
