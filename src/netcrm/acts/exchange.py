"""What comes in from files: matched against who is known, then written once.

A file is read first, while nobody is kept waiting; then, in one operation, its records are matched and written. It is
never a guess: a record that fits two people is a `Problem` that names both. What a source says of somebody's work is
news only if it differs from what that source said before, and a card only where it differs from the card that was
imported before; so the same file again changes nothing, and never what you corrected by hand.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count, islice
from typing import Any

from sqlmodel import Session

from netcrm.acts.book import Book, everybody
from netcrm.acts.forgetting import Remembered
from netcrm.acts.intake import (
    COLUMNS,
    Intake,
    Newcomer,
    Pile,
    Update,
    affiliation,
    method_rows,
    owned_rows,
    slug,
    with_notes,
)
from netcrm.acts.shelf import Waiting, Ways
from netcrm.acts.work import compare_work
from netcrm.domain.models import Affiliation, Alias, Contact, ContactMethod, Tag, new_uid
from netcrm.domain.validation import LONGEST_NAME, is_zone
from netcrm.errors import Problem, Refused
from netcrm.formats.records import Record
from netcrm.formats.vcard import brings_more
from netcrm.matching import normalize, resolver
from netcrm.progress import stage, watched
from netcrm.store import queries
from netcrm.store.unit_of_work import ROWS_AT_ONCE, Writing

_LEFT_IN_PEACE = "this person was forgotten, and is left out; to have them back, add them with `netcrm add`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or with `dry_run` would do; `changes` says it person by person, `moves` who works elsewhere.

    Each of the `rows` is added, updated, unchanged, merged into an earlier row about the same
    person, or left out. `others` is how much else was added, by noun: only a document has more than people.
    """

    file: str
    rows: int
    added: int
    updated: int
    unchanged: int
    merged: int
    left_out: int
    problems: list[Problem]
    changes: list[str]
    moves: list[str]
    dry_run: bool
    others: dict[str, int] = field(default_factory=dict)


# --------------------------------------------------------------------------- reading


def read(found: Iterable[Record | Problem], pile: Pile) -> Pile:
    """Set aside what a file holds, as far as it can be used. The book is not asked, and need not be held meanwhile."""
    for one in found:
        if isinstance(one, Problem):
            pile.problems.append(one)
        else:
            record = _usable(one, pile)
            pile.shelf.add(Waiting(record, _ways(record, pile)))
    return pile


def _usable(record: Record, pile: Pile) -> Record:
    """A record without what can't be: a birthday to come, a time zone that is none."""
    wrong: dict[str, str] = {}
    if record.birthday and record.birthday > pile.today:
        wrong["birthday"] = f"the birthday {record.birthday} lies in the future"
    if record.timezone and not is_zone(record.timezone):
        wrong["timezone"] = f"“{record.timezone[:80]}” is no time zone that is known here"
    for why in wrong.values():
        pile.problems.append(Problem(pile.file, record.line, f"{why}; {record.name} was imported without it"))
    if not wrong:
        return record
    birthday, timezone = (None if name in wrong else getattr(record, name) for name in ("birthday", "timezone"))
    return replace(record, birthday=birthday, timezone=timezone)


def _ways(record: Record, pile: Pile) -> Ways:
    found: Ways = {}
    for way in record.reach:
        try:
            if len(way.value) > LONGEST_NAME:
                raise ValueError(f"is longer than {LONGEST_NAME} characters")
            found.setdefault((way.kind, normalize.normalise(way.kind, way.value, pile.region)), way)
        except ValueError as error:
            why = f"“{way.value[:80]}” {error}; {record.name} was imported without it"
            pile.problems.append(Problem(pile.file, record.line, why))
    return found


# --------------------------------------------------------------------------- matching


def sort(session: Session, pile: Pile) -> Intake:
    """Who of a file is new, who has news, and which records can't be told; nothing is written."""
    if queries.region(session) != pile.region:
        raise Refused(
            "my country was changed while the file was read, and with it whose phones are whose; import again"
        )
    intake = Intake(pile, problems=[*pile.problems])
    meant = _Matching(session, intake).all()
    _compare_all(session, intake, meant)
    return intake


class _Matching:
    """Whom each record means: somebody who is there (a number), a newcomer (counted from -1 downwards), or nobody (0).

    A UID by which nobody was known yet is that person's from now on (`Intake.new_uids`).
    """

    def __init__(self, session: Session, intake: Intake) -> None:
        self._session, self._intake = session, intake
        self._known, self._remembered = everybody(session), Remembered(session)
        self._called: list[str | None] = []
        self._claimed: dict[int, str] = {}

    def all(self) -> "array[int]":
        pile = self._intake.pile
        for place, (record, ways) in enumerate(watched(pile.shelf, len(pile.shelf), stage(pile.tell, 0.6, 0.65))):
            self._recognise(place, record, ways)
        waiting = watched(pile.shelf, len(pile.shelf), stage(pile.tell, 0.65, 0.7))
        return array("q", map(self._one, count(), waiting))

    def _recognise(self, place: int, record: Record, ways: Ways) -> None:
        """Learn who is told by a UID or an address before anybody is told by a name, wherever in the file they stand.

        Otherwise a namesake above them might be either, and told again the other one.
        """
        who = self._known.recognise(_signs(record, ways))
        if isinstance(who, int):
            if record.uid:
                self._claimed.setdefault(who, record.uid)
            self._learn(who, place, record, ways)

    def _learn(self, who: int, place: int, record: Record, ways: Ways) -> None:
        """Know somebody by all that this record says, and note by which UIDs nobody was known before."""
        signs = _signs(record, ways)
        new = [value for kind, value in signs if kind == "uid" and not self._known.knows(kind, value)]
        self._known.add(who, record.name, record.company, signs)
        is_first = who < 0 and self._intake.firsts[-who - 1] == place
        if others := tuple(uid for uid in new if not (is_first and uid == record.uid)):
            self._intake.new_uids[place] = others

    def _one(self, place: int, waiting: Waiting) -> int:
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

    def _is_forgotten(self, record: Record, ways: Ways) -> bool:
        companies = [record.company] if record.company else []
        uids = (record.uid, *record.aliases)
        return any(self._remembered.was_forgotten(ways, record.name, companies, uid) for uid in uids)

    def _taken(self, uid: str | None, who: int) -> bool:
        """Whether somebody was recognised, or brought in, under another UID of this file: a namesake."""
        theirs = self._called[-who - 1] if who < 0 else self._claimed.get(who)
        return bool(uid and theirs and theirs != uid)

    def _left_out(self, record: Record, why: str) -> int:
        self._intake.problems.append(Problem(self._intake.pile.file, record.line, why, lost=True))
        return 0

    def _name(self, who: int) -> str:
        if who > 0:
            return f"{queries.called(self._session, who)} ({who})"
        return f"{self._intake.pile.shelf[self._intake.firsts[-who - 1]].record.name} (new)"


def _signs(record: Record, ways: Ways) -> list[tuple[str, str]]:
    """All by which somebody is known again: the ways to reach them, and every UID."""
    return [*ways, *(("uid", uid) for uid in dict.fromkeys((record.uid, *record.aliases)) if uid)]


def _ambiguous(record: Record, names: Sequence[str], reason: str) -> str:
    return f"{record.name} may be {' or '.join(names)}: {reason}; left out. {_SAY_SO}"


_SAY_SO = (
    "Give the right one an address of this row (`netcrm edit ID --linkedin URL` or --email), or merge them with "
    "`netcrm merge`, then import again"
)


# --------------------------------------------------------------------------- what is news about somebody who is known


def _compare_all(session: Session, intake: Intake, meant: "array[int]") -> None:
    """Each record with whom it means, in the file's order, those who are there some hundreds at a time."""
    starts = range(0, len(meant), queries.MOST_AT_ONCE)
    for start in watched(starts, len(starts), stage(intake.pile.tell, 0.7, 0.75)):
        some = meant[start : start + queries.MOST_AT_ONCE]
        book = Book(session, intake.pile.source, [who for who in some if who > 0])
        for who in set(some) & intake.updates.keys():
            book.note(who, intake.updates[who])
        for place, who in enumerate(some, start):
            if who > 0:
                _compare(book, intake, who, place)
            elif who < 0 and intake.firsts[-who - 1] != place:
                intake.merged += 1
                more = intake.new_uids.get(place, ())
                intake.filled.setdefault(-who - 1, intake.newcomer(-who - 1)).fill(intake.pile.shelf[place], more)


def _compare(book: Book, intake: Intake, who: int, place: int) -> None:
    """What a record says of somebody who is there; of several the first is followed, the others fill what is empty."""
    record, ways = intake.pile.shelf[place]
    is_first = who not in intake.touched
    before = book.base(who, record) if is_first else None
    change = Update(book.contacts[who]["name"])
    if before != record and not (is_first and book.says_already(who, record)):
        _compare_facts(book, change, who, record, before)
        if is_first and _is_kept(record, before):
            change.card = place
        was = set(book.normalise(before))
        change.ways = {key: way for key, way in ways.items() if (who, *key) not in book.methods and key not in was}
        change.labels = dict(_labels(book, who, ways))
        tags = set(before.tags) if before else set()
        change.tags = {tag: None for tag in record.tags if (who, tag) not in book.tags and tag not in tags}
        if record.company and who not in intake.placed:
            compare_work(book, change, who, record, intake.pile.today)
    if record.company:
        intake.placed.add(who)
    change.aliases |= dict.fromkeys(intake.new_uids.get(place, ()))
    if change:
        earlier = intake.updates.setdefault(who, change)
        if earlier is not change:
            earlier.merge(change)
        book.note(who, change)
    intake.merged += not is_first
    intake.touched.add(who)


def _is_kept(record: Record, before: Record | None) -> bool:
    """Whether a card takes the place of the one that was kept: neither a damaged one does, nor another program's."""
    if record.vcard is None:
        return False
    if before is None:
        return brings_more(record.vcard, None)
    return record.whole and before.uid in (None, record.uid) and brings_more(record.vcard, before.vcard)


def _labels(book: Book, who: int, ways: Ways) -> Iterator[tuple[int, dict[str, Any]]]:
    """What kind of address one is that has no label yet, and which one is preferred where none is."""
    for (kind, normalised), way in ways.items():
        there = book.methods.get((who, kind, normalised))
        if there is None or there.number is None:
            continue
        said: dict[str, Any] = {}
        if there.label is None and (label := slug(way.label)):
            said["label"] = label
        if way.preferred and (who, kind) not in book.preferred:
            said["preferred"] = True
            book.preferred.add((who, kind))
        if said:
            yield there.number, said


def _compare_facts(book: Book, change: Update, who: int, record: Record, before: Record | None) -> None:
    """What is empty here is filled; what is as the source said before follows it; what I changed is mine."""
    mine = book.contacts[who]
    for name in ("name", *COLUMNS):
        if name in ("company", "title") or (name in ("given_name", "family_name") and before is None):
            continue  # work is compared by itself, and how a name parts is no news
        now, new = mine[name], getattr(record, name) or None
        was = (getattr(before, name) or None) if before else None
        if new is None or new in (now, was):
            continue
        if now is None or (before and now == was):
            change.values[name] = new
        elif name == "notes" and (notes := with_notes(now, new)) != now:
            change.values[name] = notes


def report(session: Session, intake: Intake, *, dry_run: bool) -> ImportReport:
    """What became of a file's records: of those that were read, and of those that could not be."""
    found = sorted(intake.problems, key=lambda problem: problem.line)
    lost = sum(problem.lost for problem in found)
    accounted = len(intake.firsts) + len(intake.touched) + intake.merged
    return ImportReport(
        file=intake.pile.file,
        rows=accounted + lost,
        added=len(intake.firsts),
        updated=len(intake.updates),
        unchanged=intake.unchanged,
        merged=intake.merged,
        left_out=lost,
        problems=found,
        changes=intake.changes(),
        moves=_moves(session, intake),
        dry_run=dry_run,
    )


def _moves(session: Session, intake: Intake) -> list[str]:
    """Who works elsewhere now, or as something else, with the part they had in my offers, for people to read."""
    found = []
    for move in intake.moves():
        parts = [
            f"{role} of the {offer.organisation} offer"
            for offer, role in queries.parts_in_offers(session, move.contact)
        ]
        who = f"{move.name} ({', '.join(parts)})" if parts else move.name
        if move.elsewhere or not move.title:
            found.append(f"{who} now works at {move.organisation}{f' as {move.title}' if move.title else ''}")
        else:
            found.append(f"{who} is now {move.title} at {move.organisation}")
    return found


# --------------------------------------------------------------------------- writing


def write(writing: Writing, intake: Intake) -> None:
    """Everything the file brought, a few statements for thousands of people."""
    people = watched(intake.newcomers(), len(intake.firsts), stage(intake.pile.tell, 0.75, 0.9))
    source = intake.pile.source
    while some := list(islice(people, ROWS_AT_ONCE)):
        first = writing.add_all(Contact, [_contact_row(who, writing) for who in some])
        numbered = list(enumerate(some, first))
        _add_around(writing, [(number, who.ways, who.tags, who.aliases) for number, who in numbered])
        work = ((number, affiliation(*_work(who), None, source)) for number, who in numbered)
        writing.add_all(Affiliation, [{**row, "contact_id": number} for number, row in work if row])
    known = watched(intake.updates.items(), len(intake.updates), stage(intake.pile.tell, 0.9, 1))
    while changes := list(islice(known, ROWS_AT_ONCE)):
        _change(writing, intake, changes)


def _change(writing: Writing, intake: Intake, changes: Sequence[tuple[int, Update]]) -> None:
    values = {number: {**change.values, "changed_at": writing.now} for number, change in changes}
    for number, change in changes:
        if change.card is not None:
            values[number]["vcard"] = intake.pile.shelf[change.card].record.vcard
    writing.change_all(Contact, values)
    marks = {number: said for _, change in changes for number, said in change.labels.items()}
    writing.change_all(ContactMethod, marks)
    writing.change_all(Affiliation, {job: until for _, change in changes for job, until in change.jobs.items()})
    _add_around(writing, [(number, change.ways, change.tags, change.aliases) for number, change in changes])
    moved = [{**change.affiliation, "contact_id": number} for number, change in changes if change.affiliation]
    writing.add_all(Affiliation, moved)


_Owner = tuple[int, Ways, Mapping[str, None], Mapping[str, None]]
"""A contact's number, with the ways to reach them, the tags and the other UIDs that the file brought."""


def _contact_row(who: Newcomer, writing: Writing) -> dict[str, Any]:
    row = {"uid": who.record.uid or new_uid(), "name": who.record.name, **who.values, "vcard": who.record.vcard}
    return {**row, "added_on": writing.today, "changed_at": writing.now}


def _work(who: Newcomer) -> tuple[str | None, str | None]:
    return who.values["company"], who.values["title"]


def _add_around(writing: Writing, owners: Sequence[_Owner]) -> None:
    writing.add_all(ContactMethod, [row for number, ways, _, _ in owners for row in method_rows(number, ways)])
    writing.add_all(Tag, owned_rows(((number, tags) for number, _, tags, _ in owners), "name"))
    writing.add_all(Alias, owned_rows(((number, uids) for number, _, _, uids in owners), "uid"))
