"""Decide which contact each imported record means.

The rule is `netcrm.matching.resolver.Known.match`; a result is made known to the rows after it.
"""

from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable
from functools import partial
from itertools import count
from typing import ClassVar

from sqlmodel import Session

from netcrm.formats.records import ImportedContact
from netcrm.matching.resolver import Ambiguity
from netcrm.progress import stage, watched
from netcrm.services.erasure import Remembered
from netcrm.services.imports.changeset import ChangeSet
from netcrm.services.imports.existing import known_contacts
from netcrm.services.imports.spool import SpooledRecord, Ways
from netcrm.store import queries


class Matcher(ABC):
    """Finds the contact of each record: a stored one (its id), a new one (counted from -1 downwards), or none (0).

    `advice` says how to make an ambiguous record clear, `forgotten` what to call a contact who was forgotten.
    """

    advice: ClassVar[str]
    forgotten: ClassVar[str]

    def __init__(self, session: Session, change_set: ChangeSet) -> None:
        self.known = known_contacts(session)
        self._remembered = Remembered(session)
        self._session, self._change_set = session, change_set

    def match_all(self) -> "array[int]":
        """The contact of each record, by its place."""
        batch = self._change_set.batch
        self._prepare(watched(batch.spool, len(batch.spool), stage(batch.tell, 0.6, 0.65)))
        items = watched(batch.spool, len(batch.spool), stage(batch.tell, 0.65, 0.7))
        return array("q", map(self._match, count(), items))

    @abstractmethod
    def _prepare(self, items: Iterable[SpooledRecord]) -> None:
        """Look at all records before the first is matched."""

    @abstractmethod
    def _find(self, record: ImportedContact, ways: Ways) -> int | Ambiguity | None:
        """The contact that a record means, if it exists."""

    def _match(self, place: int, item: SpooledRecord) -> int:
        record, ways = item
        contact = self._find(record, ways)
        if isinstance(contact, Ambiguity):
            names = " or ".join(map(self._name, contact.candidates))
            return self._leave_out(record, f"{record.name} may be {names}: {contact.reason}; left out. {self.advice}")
        if contact is None and self._was_forgotten(record, ways):
            why = "was forgotten, and is left out; to have them back, add them with `netcrm add`"
            return self._leave_out(record, f"{self.forgotten.format(name=record.name)} {why}")
        if contact is None:
            self._change_set.firsts.append(place)
            contact = -len(self._change_set.firsts)
        return contact

    def _leave_out(self, record: ImportedContact, why: str) -> int:
        self._change_set.complain(record.line, why, lost=True)
        self._change_set.left_out += 1
        return 0

    def _was_forgotten(self, record: ImportedContact, ways: Ways) -> bool:
        organisations = (record.company, *(work.organisation for work in record.affiliations or ()))
        companies = [organisation for organisation in organisations if organisation]
        keys = [key for key, _ in ways]
        uids = (record.uid, *record.aliases)
        return any(self._remembered.was_forgotten(keys, record.name, companies, uid) for uid in uids)

    def _name(self, contact: int) -> str:
        if contact > 0:
            return f"{queries.called(self._session, contact)} ({contact})"
        return f"{self._change_set.batch.spool[self._change_set.firsts[-contact - 1]].record.name} (new)"


class SourceMatcher(Matcher):
    """Matches the records of an address book; several of them may mean one contact.

    A UID that no contact had belongs to the matched contact from then on (`ChangeSet.new_uids`).
    """

    advice = (
        "Give the right one an address of this row (`netcrm edit ID --linkedin URL` or --email), or merge them with "
        "`netcrm merge`, then import again"
    )
    forgotten = "this person"

    def __init__(self, session: Session, change_set: ChangeSet) -> None:
        super().__init__(session, change_set)
        self._uids_of_new: list[str | None] = []
        self._uids_of_stored: dict[int, str] = {}

    def _prepare(self, items: Iterable[SpooledRecord]) -> None:
        """Match records by UID and address first, so that a name is only used for what is left.

        Otherwise a namesake earlier in the file could match either contact, and would match the other one next time.
        """
        for place, (record, ways) in enumerate(items):
            contact = self.known.recognise(_signs(record, ways))
            if isinstance(contact, int):
                self._learn(contact, place, record, ways)

    def _match(self, place: int, item: SpooledRecord) -> int:
        if contact := super()._match(place, item):
            self._learn(contact, place, *item)
        return contact

    def _find(self, record: ImportedContact, ways: Ways) -> int | Ambiguity | None:
        return self.known.match(record.name, record.company, _signs(record, ways), partial(self._is_taken, record.uid))

    def _is_taken(self, uid: str | None, contact: int) -> bool:
        """Whether a record with another UID was matched with the contact, or added it: the two are namesakes."""
        theirs = self._uids_of_new[-contact - 1] if contact < 0 else self._uids_of_stored.get(contact)
        return bool(uid and theirs and theirs != uid)

    def _learn(self, contact: int, place: int, record: ImportedContact, ways: Ways) -> None:
        """Add the names, addresses and UIDs of a record to the known ones of its contact."""
        is_first = contact < 0 and self._change_set.firsts[-contact - 1] == place
        if is_first:
            self._uids_of_new.append(record.uid)
        elif contact > 0 and record.uid:
            self._uids_of_stored.setdefault(contact, record.uid)
        signs = _signs(record, ways)
        uids = [value for kind, value in signs if kind == "uid" and not self.known.knows(kind, value)]
        self.known.add(contact, record.name, record.company, signs)
        if others := tuple(uid for uid in uids if not (is_first and uid == record.uid)):
            self._change_set.new_uids[place] = others


def _signs(record: ImportedContact, ways: Ways) -> list[tuple[str, str]]:
    """The keys that identify the contact of a record: the ways to reach them, and every UID."""
    keys = [key for key, _ in ways]
    return [*keys, *(("uid", uid) for uid in dict.fromkeys((record.uid, *record.aliases)) if uid)]
