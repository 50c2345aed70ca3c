"""What comes in from files: matched against who is known, then written once.

All records are read and matched first; then one operation writes them. A record is never a guess: one that fits two
people is a `Problem` that names both. What a source says of somebody's work counts as news only if it differs from what
that source said before, and a card only where it differs from the card that was imported before; so the same file again
changes nothing, and never what you corrected by hand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any

from sqlmodel import Session

from netcrm import identity
from netcrm.acts.book import Book
from netcrm.acts.forgetting import Remembered
from netcrm.acts.intake import (
    COLUMNS,
    Intake,
    Newcomer,
    Update,
    Ways,
    affiliation,
    method_rows,
    newcomer,
    owned_rows,
)
from netcrm.acts.work import compare_work
from netcrm.errors import Problem
from netcrm.fields import LONGEST_NAME, is_zone
from netcrm.formats.records import Record
from netcrm.formats.vcard import keeps_more
from netcrm.models import Affiliation, Alias, Contact, ContactMethod, Tag, new_uid
from netcrm.store import finds
from netcrm.store.door import ROWS_AT_ONCE, Writing

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


# --------------------------------------------------------------------------- matching


def sort(session: Session, found: Iterable[Record | Problem], file: str, source: str, today: date) -> Intake:
    """Who of a file is new, who has news, and which records can't be told; nothing is written."""
    book, intake, remembered = Book(session, source), Intake(source), Remembered(session)
    for one in found:
        if isinstance(one, Problem):
            intake.problems.append(one)
            continue
        intake.read += 1
        record = _usable(one, intake, file, today)
        ways = _ways(record, book, intake, file)
        who = book.known.match(record.name, record.company, ways, record.uid, _taken_by_another(intake, record))
        if isinstance(who, identity.Ambiguity):
            intake.problems.append(Problem(file, record.line, _ambiguous(book, intake, record, who), lost=True))
        elif who is None and remembered.was_forgotten(ways, record.name, filter(None, [record.company]), record.uid):
            intake.problems.append(Problem(file, record.line, _LEFT_IN_PEACE, lost=True))
        elif who is None:
            _take_in(book, intake, record, ways)
        elif who < 0:
            intake.merged += 1
            intake.newcomers[-who - 1].fill(record, ways)
            book.known.add(who, record.name, record.company, _signs(record, ways))
        else:
            _compare(book, intake, who, record, ways, today)
    return intake


def _usable(record: Record, intake: Intake, file: str, today: date) -> Record:
    """A record without what can't be: a birthday to come, a time zone that is none."""
    wrong: dict[str, str] = {}
    if record.birthday and record.birthday > today:
        wrong["birthday"] = f"the birthday {record.birthday} lies in the future"
    if record.timezone and not is_zone(record.timezone):
        wrong["timezone"] = f"“{record.timezone[:80]}” is no time zone that is known here"
    for why in wrong.values():
        intake.problems.append(Problem(file, record.line, f"{why}; {record.name} was imported without it"))
    if not wrong:
        return record
    birthday, timezone = (None if name in wrong else getattr(record, name) for name in ("birthday", "timezone"))
    return replace(record, birthday=birthday, timezone=timezone)


def _ways(record: Record, book: Book, intake: Intake, file: str) -> Ways:
    found: Ways = {}
    for way in record.reach:
        try:
            if len(way.value) > LONGEST_NAME:
                raise ValueError(f"is longer than {LONGEST_NAME} characters")
            found.setdefault((way.kind, book.normalise(way.kind, way.value)), way)
        except ValueError as error:
            why = f"“{way.value[:80]}” {error}; {record.name} was imported without it"
            intake.problems.append(Problem(file, record.line, why))
    return found


def _signs(record: Record, ways: Ways) -> list[tuple[str, str]]:
    """All by which somebody is known again."""
    return [*ways, *([("uid", record.uid)] if record.uid else [])]


def _taken_by_another(intake: Intake, record: Record) -> Any:
    """Whether somebody was recognised, or brought in, under another UID of this file: a namesake."""

    def taken(who: int) -> bool:
        theirs = intake.newcomers[-who - 1].record.uid if who < 0 else intake.claimed.get(who)
        return bool(record.uid and theirs and theirs != record.uid)

    return taken


def _ambiguous(book: Book, intake: Intake, record: Record, found: identity.Ambiguity) -> str:
    names = [
        f"{book.contacts[who]['name']} ({who})" if who > 0 else f"{intake.newcomers[-who - 1].record.name} (new)"
        for who in found.candidates
    ]
    return f"{record.name} may be {' or '.join(names)}: {found.reason}; left out. {_SAY_SO}"


_SAY_SO = (
    "Give the right one an address of this row (`netcrm edit ID --linkedin URL` or --email), or merge them with "
    "`netcrm merge`, then import again"
)


def _take_in(book: Book, intake: Intake, record: Record, ways: Ways) -> None:
    intake.newcomers.append(newcomer(record, ways))
    book.known.add(-len(intake.newcomers), record.name, record.company, _signs(record, ways))


# --------------------------------------------------------------------------- what is news about somebody who is known


def _compare(book: Book, intake: Intake, who: int, record: Record, ways: Ways, today: date) -> None:
    mine, before = book.contacts[who], book.base(who, record)
    if record.uid:
        intake.claimed.setdefault(who, record.uid)
    change = Update(mine["name"])
    if before is None or before != record:
        _compare_facts(book, change, who, record, before)
        was = {(way.kind, book.normalise(way.kind, way.value)) for way in before.reach} if before else set()
        change.ways = {key: way for key, way in ways.items() if (who, *key) not in book.methods and key not in was}
        tags = set(before.tags) if before else set()
        change.tags = {tag: None for tag in record.tags if (who, tag) not in book.tags and tag not in tags}
    if record.uid and not book.knows(record.uid):
        change.aliases[record.uid] = None
    if record.company and who not in intake.placed:
        intake.placed.add(who)
        compare_work(book, change, who, record, today)
    if change:
        earlier = intake.updates.setdefault(who, change)
        if earlier is not change:
            earlier.merge(change)
        book.note(who, change)
        book.known.add(who, mine["name"], mine["company"], _signs(record, change.ways))
    intake.merged += who in intake.touched
    intake.touched.add(who)


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
        elif name == "notes" and new not in now:
            change.values[name] = f"{now}\n\n{new}"
    if record.vcard and (before or keeps_more(record.vcard)):
        change.values["vcard"] = record.vcard


def report(session: Session, intake: Intake, file: str, *, dry_run: bool) -> ImportReport:
    """What became of a file's records: of those that were read, and of those that could not be."""
    found = sorted(intake.problems, key=lambda problem: problem.line)
    lost = sum(problem.lost for problem in found)
    accounted = len(intake.newcomers) + len(intake.touched) + intake.merged
    return ImportReport(
        file=file,
        rows=accounted + lost,
        added=len(intake.newcomers),
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
    """Who works elsewhere now, with the part they had in my offers, for people to read."""
    found = []
    for move in intake.moves():
        parts = [
            f"{role} of the {offer.organisation} offer" for offer, role in finds.parts_in_offers(session, move.contact)
        ]
        who = f"{move.name} ({', '.join(parts)})" if parts else move.name
        found.append(f"{who} now works at {move.organisation}{f' as {move.title}' if move.title else ''}")
    return found


# --------------------------------------------------------------------------- writing


def write(writing: Writing, intake: Intake) -> None:
    """Everything the file brought, a few statements for thousands of people."""
    taken = _uids(writing.session)
    people = iter(intake.newcomers)
    while some := list(islice(people, ROWS_AT_ONCE)):
        first = writing.add_all(Contact, [_contact_row(who, writing, taken) for who in some])
        numbered = list(enumerate(some, first))
        _add_around(writing, [(number, who.ways, who.tags, who.aliases) for number, who in numbered], taken)
        work = ((number, affiliation(*_work(who), None, intake.source)) for number, who in numbered)
        writing.add_all(Affiliation, [{**row, "contact_id": number} for number, row in work if row])
    updates = intake.updates.items()
    for _, change in updates:
        writing.change_all(Affiliation, change.jobs)
    writing.change_all(Contact, {number: {**change.values, "changed_at": writing.now} for number, change in updates})
    _add_around(writing, [(number, change.ways, change.tags, change.aliases) for number, change in updates], taken)
    moved = [{**change.affiliation, "contact_id": number} for number, change in updates if change.affiliation]
    writing.add_all(Affiliation, moved)


_Owner = tuple[int, Ways, Mapping[str, None], Mapping[str, None]]
"""A contact's number, with the ways to reach them, the tags and the other UIDs that the file brought."""


def _uids(session: Session) -> set[str]:
    """Every UID that is given already; none may name two people."""
    return {uid for noun in (Contact, Alias) for (uid,) in finds.every(session, noun, "uid")}


def _contact_row(who: Newcomer, writing: Writing, taken: set[str]) -> dict[str, Any]:
    uid = who.record.uid if who.record.uid and who.record.uid not in taken else new_uid()
    taken.add(uid)
    row = {"uid": uid, "name": who.record.name, **who.values, "vcard": who.record.vcard}
    return {**row, "added_on": writing.today, "changed_at": writing.now}


def _work(who: Newcomer) -> tuple[str | None, str | None]:
    return who.values["company"], who.values["title"]


def _add_around(writing: Writing, owners: Sequence[_Owner], taken: set[str]) -> None:
    writing.add_all(ContactMethod, [row for number, ways, _, _ in owners for row in method_rows(number, ways)])
    writing.add_all(Tag, owned_rows(((number, tags) for number, _, tags, _ in owners), "name"))
    aliases = []
    for number, _, _, uids in owners:
        aliases += [{"contact_id": number, "uid": uid} for uid in uids if uid not in taken]
        taken |= uids.keys()
    writing.add_all(Alias, aliases)
