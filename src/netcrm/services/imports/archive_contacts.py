"""The policy for the contacts of a JSON archive: match them by UID first, and only fill gaps.

An archive lists each contact once, so two of its contacts are never matched with each other, and its contacts keep
their UIDs. Stored values stay as they are. The rules differ from those of an address book at every step of matching and
comparing, so they are functions of their own here; spools, changes, writing and report are the same.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date

from sqlmodel import Session

from netcrm.domain.vocabulary import OWNED
from netcrm.formats.archive import schema
from netcrm.formats.records import ImportedAffiliation, ImportedContact, ImportedMethod
from netcrm.matching import normalize
from netcrm.matching.resolver import Ambiguity, Known
from netcrm.services.imports.changeset import ChangeSet, ContactUpdate, Row
from netcrm.services.imports.diff import Match
from netcrm.services.imports.existing import ExistingContacts, StoredWork
from netcrm.services.imports.matcher import Matcher
from netcrm.services.imports.spool import Key, SpooledRecord, Ways


def columns_of(entry: schema.ArchiveEntry, *omitted: str) -> Row:
    """The columns of an entry; an empty text is stored as NULL."""
    return {name: None if value == "" else value for name, value in entry if name not in omitted}


@dataclass(slots=True)
class ArchiveUids:
    """The UIDs of an archive, and the contacts of this database that have them.

    `contacts` has the contact of each UID: an id, or -1, -2, … for new contacts until they are written. `left_out` are
    the UIDs of contacts that could not be imported. `renamed` has the contacts and affiliations with another UID here,
    as the causes of answers spell them: “contact:UID”.
    """

    known: Known
    left_out: set[str]
    contacts: dict[str, int] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    def stored(self, uid: str) -> int | None:
        """The stored contact with a UID, as its first or another one."""
        contact = self.known.recognise([("uid", uid)])
        return contact if isinstance(contact, int) else None

    def contact(self, uid: str) -> int | None:
        """The contact with a UID, from the archive or stored."""
        contact = self.contacts.get(uid)
        return self.stored(uid) if contact is None and uid not in self.left_out else contact

    def number(self, new_ids: Sequence[int]) -> None:
        """Give new contacts the ids under which they were written."""
        self.contacts = {uid: new_ids[-number - 1] if number < 0 else number for uid, number in self.contacts.items()}


def record_of(entry: schema.ContactEntry, line: int) -> ImportedContact:
    """A contact of an archive as a record, like those of any other file."""
    same: Row = {name: getattr(entry, name) or None for name in _SAME_NAME}
    return ImportedContact(
        line,
        entry.name,
        entry.given_name or "",
        entry.family_name or "",
        reach=tuple(ImportedMethod(way.kind, way.value, way.label, way.preferred) for way in entry.methods),
        tags=tuple(entry.tags),
        aliases=tuple(entry.aliases),
        affiliations=tuple(ImportedAffiliation(**columns_of(work)) for work in entry.affiliations),
        **same,
    )


_SAME_NAME = (
    *("uid", "company", "title", "timezone", "birthday", "tier", "every", "notes", "connected_on", "vcard"),
    *("added_on", "dormant_on", "dormant_reason", "changed_at"),
)
"""The fields that archives and records call the same."""


# --------------------------------------------------------------------------- matching


class ArchiveMatcher(Matcher):
    """Matches the contacts of an archive: by UID, then as in any import, but never two of them with one another."""

    advice = "Merge them with `netcrm merge` if they are one, or give the right one an address of this contact"
    forgotten = "{name}"

    def __init__(self, session: Session, change_set: ChangeSet, left_out: Iterable[str]) -> None:
        super().__init__(session, change_set)
        self.uids = ArchiveUids(self.known, set(left_out))
        self._taken: set[int] = set()

    def match_all(self) -> "array[int]":
        contacts = super().match_all()
        for place, (record, _) in enumerate(self._change_set.batch.spool):
            if contacts[place] < 0:
                self._change_set.new_uids[place] = _new_aliases(self.uids, self._change_set, contacts[place], record)
        return contacts

    def _prepare(self, items: Iterable[SpooledRecord]) -> None:
        """Reserve the stored contacts whose UIDs the archive has: no other contact of it is matched with them."""
        for record, _ in items:
            self._taken |= {contact for uid in _uids(record) if (contact := self.uids.stored(uid)) is not None}

    def _find(self, record: ImportedContact, ways: Ways) -> int | Ambiguity | None:
        for uid in _uids(record):
            if (contact := self.uids.stored(uid)) is not None:
                return contact
        keys = [key for key, _ in ways]
        match = self.known.match(record.name, record.company, keys, self._taken.__contains__)
        if isinstance(match, int) and match in self._taken:
            return Ambiguity((match,), "they share an address, and the document has them as another person")
        if isinstance(match, int):
            self._taken.add(match)
        return match

    def _match(self, place: int, item: SpooledRecord) -> int:
        contact, uid = super()._match(place, item), item.record.uid or ""
        if contact:
            self.uids.contacts[uid] = contact
        else:
            self.uids.left_out.add(uid)
        return contact


def _uids(record: ImportedContact) -> Iterable[str]:
    return filter(None, (record.uid, *record.aliases))


def _new_aliases(uids: ArchiveUids, change_set: ChangeSet, contact: int, record: ImportedContact) -> tuple[str, ...]:
    """The other UIDs of a record that its contact lacks; a UID of another contact is a problem."""
    new = []
    for uid in dict.fromkeys(record.aliases):
        owner = uids.contacts.get(uid) or uids.stored(uid)
        if owner in (None, contact):
            uids.contacts[uid] = contact
            new += [uid] if owner is None else []
        else:
            why = f"{record.name} has the uid {uid[:80]}, which belongs to another contact here"
            advice = "left as it is. Merge them with `netcrm merge` if they are one"
            change_set.complain(record.line, f"{why}; {advice}")
    return tuple(new)


# --------------------------------------------------------------------------- comparing


_GAPS = ("given_name", "family_name", "timezone", "birthday", "tier", "every", "notes", "connected_on", "added_on")
"""The columns that are filled where they are empty. Work is compared separately. Dormancy is not filled: if it is
empty, the user may have ended it here.
"""


def fill_gaps(uids: ArchiveUids, existing: ExistingContacts, change_set: ChangeSet, match: Match) -> ContactUpdate:
    """The values of a contact of an archive that the stored contact lacks; nothing is overwritten."""
    contact, place, record, _ = match
    stored = existing.contacts[contact]
    if record.uid != stored["uid"]:
        uids.renamed[f"contact:{record.uid}"] = f"contact:{stored['uid']}"
    earlier = change_set.updates.get(contact)
    has_new_card = record.vcard and not (earlier and earlier.card is not None) and existing.card(contact) is None
    ways = _missing_ways(uids.known, existing, change_set, match)
    aliases = dict.fromkeys(_new_aliases(uids, change_set, contact, record))
    if record.uid and not uids.known.knows("uid", record.uid):
        aliases[record.uid] = None
    return ContactUpdate(
        stored["name"],
        card=place if has_new_card else None,
        values=_missing_values(stored, record),
        ways=ways,
        tags={tag: None for tag in record.tags if (contact, tag) not in existing.tags},
        aliases=aliases,
        affiliations=_missing_work(uids, existing.works.get(contact, ()), record),
    )


def _missing_values(stored: Row, record: ImportedContact) -> Row:
    """The values of a record for columns that are empty; a title belongs to its company."""
    names = [name for name in _GAPS if stored[name] is None]
    if stored["company"] is None and stored["title"] is None:
        names += ["company", "title"]
    elif stored["title"] is None and normalize.normalise_name(stored["company"]) == normalize.normalise_name(
        record.company or ""
    ):
        names.append("title")
    return {name: value for name in names if (value := getattr(record, name))}


def _missing_ways(
    known: Known, existing: ExistingContacts, change_set: ChangeSet, match: Match
) -> dict[Key, ImportedMethod]:
    """The ways to reach a contact that are not stored; an address of another contact is a problem."""
    missing: dict[Key, ImportedMethod] = {}
    preferred = {kind for (kind, _), _ in match.ways if (match.contact, kind) in existing.preferred}
    for key, way in match.ways:
        owner = known.recognise([key]) if key[0] in OWNED else None
        if key in missing or (match.contact, *key) in existing.methods:
            continue
        if owner not in (None, match.contact):
            why = f"{match.record.name}: “{way.value[:80]}” belongs to another contact here; left as it is"
            change_set.complain(match.record.line, f"{why}. Merge them with `netcrm merge` if they are one")
            continue
        missing[key] = replace(way, preferred=way.preferred and key[0] not in preferred)
        preferred |= {key[0]} if way.preferred else set()
    return missing


def _missing_work(uids: ArchiveUids, works: Iterable[StoredWork], record: ImportedContact) -> list[Row]:
    """The affiliations that are not stored; for one stored under another UID, that UID is noted."""
    stored = {work.uid for work in works}
    same = {_identity(work): work.uid for work in works}
    missing = []
    for work in record.affiliations or ():
        if work.uid in stored:
            continue
        if (uid := same.get(_identity(work))) is not None:
            uids.renamed[f"affiliation:{work.uid}"] = f"affiliation:{uid}"
        else:
            missing.append(asdict(work))
    return missing


def _identity(work: StoredWork | ImportedAffiliation) -> tuple[str, str, date | None]:
    """The parts in which two affiliations of a contact are equal if they are the same."""
    return normalize.normalise_name(work.organisation), normalize.normalise_name(work.title or ""), work.since
