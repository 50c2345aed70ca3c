"""Which contact each imported record means."""

from array import array
from collections.abc import Sequence
from functools import partial
from itertools import count

from sqlmodel import Session

from netcrm.errors import Problem
from netcrm.formats.records import ImportedContact
from netcrm.matching import resolver
from netcrm.progress import stage, watched
from netcrm.services.erasure import Remembered
from netcrm.services.imports.changeset import (
    ChangeSet,
)
from netcrm.services.imports.existing import everybody
from netcrm.services.imports.spool import SpooledRecord, Ways
from netcrm.store import queries

_LEFT_IN_PEACE = "this person was forgotten, and is left out; to have them back, add them with `netcrm add`"


class Matcher:
    """Whom each record means: somebody who is there (a number), a newcomer (counted from -1 downwards), or nobody (0).

    A UID by which nobody was known yet is that person's from now on (`ChangeSet.new_uids`).
    """

    def __init__(self, session: Session, change_set: ChangeSet) -> None:
        self._session, self._intake = session, change_set
        self._known, self._remembered = everybody(session), Remembered(session)
        self._called: list[str | None] = []
        self._claimed: dict[int, str] = {}

    def all(self) -> "array[int]":
        batch = self._intake.batch
        for place, (record, ways) in enumerate(watched(batch.spool, len(batch.spool), stage(batch.tell, 0.6, 0.65))):
            self._recognise(place, record, ways)
        waiting = watched(batch.spool, len(batch.spool), stage(batch.tell, 0.65, 0.7))
        return array("q", map(self._one, count(), waiting))

    def _recognise(self, place: int, record: ImportedContact, ways: Ways) -> None:
        """Learn who is told by a UID or an address before anybody is told by a name, wherever in the file they stand.

        Otherwise a namesake above them might be either, and told again the other one.
        """
        who = self._known.recognise(_signs(record, ways))
        if isinstance(who, int):
            if record.uid:
                self._claimed.setdefault(who, record.uid)
            self._learn(who, place, record, ways)

    def _learn(self, who: int, place: int, record: ImportedContact, ways: Ways) -> None:
        """Know somebody by all that this record says, and note by which UIDs nobody was known before."""
        signs = _signs(record, ways)
        new = [value for kind, value in signs if kind == "uid" and not self._known.knows(kind, value)]
        self._known.add(who, record.name, record.company, signs)
        is_first = who < 0 and self._intake.firsts[-who - 1] == place
        if others := tuple(uid for uid in new if not (is_first and uid == record.uid)):
            self._intake.new_uids[place] = others

    def _one(self, place: int, waiting: SpooledRecord) -> int:
        record, ways = waiting
        signs, taken = _signs(record, ways), partial(self._taken, record.uid)
        who = self._known.match(record.name, record.company, signs, taken)
        if isinstance(who, resolver.Ambiguity):
            return self._left_out(record, _ambiguous(record, [self._name(one) for one in who.candidates], who.reason))
        if who is None and self._is_forgotten(record, ways):
            return self._left_out(record, _LEFT_IN_PEACE)
        if who is None:
            self._intake.firsts.append(place)
            self._called.append(record.uid)
            who = -len(self._intake.firsts)
        elif who > 0 and record.uid:
            self._claimed.setdefault(who, record.uid)
        self._learn(who, place, record, ways)
        return who

    def _is_forgotten(self, record: ImportedContact, ways: Ways) -> bool:
        companies = [record.company] if record.company else []
        uids = (record.uid, *record.aliases)
        return any(self._remembered.was_forgotten(ways, record.name, companies, uid) for uid in uids)

    def _taken(self, uid: str | None, who: int) -> bool:
        """Whether somebody was recognised, or brought in, under another UID of this file: a namesake."""
        theirs = self._called[-who - 1] if who < 0 else self._claimed.get(who)
        return bool(uid and theirs and theirs != uid)

    def _left_out(self, record: ImportedContact, why: str) -> int:
        self._intake.problems.append(Problem(self._intake.batch.file, record.line, why, lost=True))
        return 0

    def _name(self, who: int) -> str:
        if who > 0:
            return f"{queries.called(self._session, who)} ({who})"
        return f"{self._intake.batch.spool[self._intake.firsts[-who - 1]].record.name} (new)"


def _signs(record: ImportedContact, ways: Ways) -> list[tuple[str, str]]:
    """All by which somebody is known again: the ways to reach them, and every UID."""
    return [*ways, *(("uid", uid) for uid in dict.fromkeys((record.uid, *record.aliases)) if uid)]


def _ambiguous(record: ImportedContact, names: Sequence[str], reason: str) -> str:
    return f"{record.name} may be {' or '.join(names)}: {reason}; left out. {_SAY_SO}"


_SAY_SO = (
    "Give the right one an address of this row (`netcrm edit ID --linkedin URL` or --email), or merge them with "
    "`netcrm merge`, then import again"
)
