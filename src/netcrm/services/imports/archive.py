"""A document taken into a book: what the book does not know is added, what it says stays as it is.

The file is read twice. First it is looked through with no lock held: every value is checked, and what is wrong with one
is a `Problem`. Then it is read again, inside the one operation that writes it, a few hundred items at a time, so that
memory does not grow with the file. A file that was changed in between is refused.

Whom a contact means is asked as of any import (`netcrm.matching.normalize`), but first by UID: two contacts of a
document are two people, so no address or name makes one of them another one's; only the book itself may have made one
of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from netcrm.domain.models import (
    Decision,
    Interaction,
    InteractionContact,
    Job,
    Offer,
    Participant,
    Profile,
    heard,
    new_uid,
)
from netcrm.domain.vocabulary import count
from netcrm.errors import UnreadableFile
from netcrm.files.atomic import open_input
from netcrm.formats.archive import schema, stream
from netcrm.progress import Progress, stage
from netcrm.services.contacts import renormalise_phones
from netcrm.services.erasure import Remembered
from netcrm.services.imports.archive_contacts import take_contacts
from netcrm.services.imports.archive_state import (
    ArchiveImport,
    Hashed,
    Look,
    Pen,
    Row,
    Sketch,
    look_through,
    owner,
    row_of,
)
from netcrm.services.imports.existing import everybody
from netcrm.services.imports.pipeline import ImportReport
from netcrm.store import queries
from netcrm.store.unit_of_work import UnitOfWork
from netcrm.workspace import Workspace

ITEMS_AT_ONCE = 500
"""Items that are taken in together; each may carry a photo."""


def import_json(workspace: Workspace, path: Path, *, dry_run: bool, progress: Progress) -> ImportReport:
    """Import a JSON archive: what the database does not know is added, what it says stays as it is."""
    name = str(path)
    with open_input(path) as file:
        look = look_through(file, name, stage(progress, 0, 0.4))
        rest = stage(progress, 0.4, 1)
        if dry_run:
            with workspace.session() as session:
                return report(take_in(Sketch(session), file, name, look, rest), dry_run=True)
        with workspace.write("import") as unit:
            taking = take_in(unit, file, name, look, rest)
            unit.summary = summary(taking)
    return report(taking, dry_run=False)


def take_in(pen: Pen, file: BinaryIO, name: str, look: Look, tell: Progress) -> ArchiveImport:
    """Everything that a document says and the book does not know yet, written with the pen."""
    me = queries.profile(pen.session)
    mine = me is None and look.me is not None
    region = look.me.country if mine and look.me else queries.region(pen.session)
    if mine and look.me:
        _take_me(pen, look.me)
    taking = ArchiveImport(
        name, look, pen, everybody(pen.session), Remembered(pen.session), region, list(look.problems)
    )
    taking.others["profile"] += mine
    _learn(taking)
    for at, sections in enumerate(look.passes):
        hashed = Hashed(file, stage(tell, at / len(look.passes), (at + 1) / len(look.passes)))
        for section, entries in _portions(stream.read(hashed, name, [], sections)):
            if section in _TAKEN:
                _TAKEN[section](taking, entries)
        if hashed.hash.digest() != look.digest:
            raise UnreadableFile(name, "it was changed while it was being read; import it again")
    _say_who_was_missing(taking)
    return taking


def _learn(taking: ArchiveImport) -> None:
    """What is in the book, by its UIDs; and which contacts of the document are known by theirs."""
    session = taking.pen.session
    taking.offers |= {uid: number for number, uid in queries.every(session, Offer, "id", "uid")}
    taking.talks |= {uid: number for number, uid in queries.every(session, Interaction, "id", "uid")}
    taking.asked |= set(queries.every(session, Decision, "cause", "contact_uid", "playbook", "step"))
    owners = (owner(taking, uid) for uid in taking.look.people)
    taking.meant |= {who for who in owners if who is not None}


def _portions(entries: Iterable[stream.LocatedEntry]) -> Iterator[tuple[str, list[stream.LocatedEntry]]]:
    """Entries of one section, some hundred at a time."""
    some: list[stream.LocatedEntry] = []
    for entry in entries:
        if some and (entry.section != some[0].section or len(some) == ITEMS_AT_ONCE):
            yield some[0].section, some
            some = []
        some.append(entry)
    if some:
        yield some[0].section, some


def _take_me(pen: Pen, me: schema.ProfileEntry) -> None:
    if isinstance(pen, UnitOfWork):
        renormalise_phones(pen, me.country)
    pen.add_all(Profile, [{**row_of(me), "uid": me.uid or new_uid()}])


# --------------------------------------------------------------------------- offers and jobs


def _resolved(taking: ArchiveImport, uids: Iterable[str], line: int) -> dict[int, str]:
    """The numbers of contacts, each once; who is neither in the document nor in the book is said once."""
    found: dict[int, str] = {}
    for uid in uids:
        number = taking.numbers.get(uid)
        if number is None and uid not in taking.absent:
            number = owner(taking, uid)
            if number is None and uid not in taking.missing:
                taking.missing.add(uid)
                why = f"there is no contact with the uid “{uid[:80]}”; what it says of them was left out"
                taking.complain(line, f"{why}. Import the document that has them as well", lost=True)
        if number is not None:
            found.setdefault(number, uid)
    return found


def _take_offers(taking: ArchiveImport, entries: Iterable[stream.LocatedEntry]) -> None:
    new: list[tuple[stream.LocatedEntry, Row]] = []
    for entry in entries:
        if entry.item and entry.item.uid not in taking.offers:
            item = entry.item
            if (item.decision is None) != (item.decided_on is None):
                why = "a decision and the day of it belong together; it was left out. Give both, or neither"
                taking.complain(entry.line, f"{entry.path}.decided_on: {why}", lost=True)
                continue
            taking.offers[item.uid] = 0
            new.append((entry, row_of(item, "participants")))
    first = taking.pen.add_all(Offer, [row for _, row in new])
    parts: list[Row] = []
    for number, (entry, _) in enumerate(new, first):
        taking.offers[entry.item.uid] = number
        roles = {part.contact: part.role for part in reversed(entry.item.participants)}
        people = _resolved(taking, (part.contact for part in entry.item.participants), entry.line)
        parts += [{"offer_id": number, "contact_id": who, "role": roles[uid]} for who, uid in people.items()]
    taking.pen.add_all(Participant, parts)
    taking.others["offer"] += len(new)


def _offer(taking: ArchiveImport, uid: str | None, entry: stream.LocatedEntry) -> int | None:
    """The number of an offer that something refers to; one that is not there is said."""
    if uid is None or uid in taking.offers:
        return taking.offers[uid] if uid else None
    if uid not in taking.missing:
        taking.missing.add(uid)
        why = f"there is no offer with the uid “{uid[:80]}”; what refers to it was imported without"
        taking.complain(entry.line, f"{entry.path}.offer: {why}. Import the document that has it as well")
    return None


def _take_jobs(taking: ArchiveImport, entries: Iterable[stream.LocatedEntry]) -> None:
    known = {uid for (uid,) in queries.every(taking.pen.session, Job, "uid")}
    rows = []
    for entry in entries:
        if entry.item and entry.item.uid not in known:
            known.add(entry.item.uid)
            rows.append({**row_of(entry.item, "offer"), "offer_id": _offer(taking, entry.item.offer, entry)})
    taking.pen.add_all(Job, rows)
    taking.others["job"] += len(rows)


# --------------------------------------------------------------------------- interactions and answers


def _take_interactions(taking: ArchiveImport, entries: Iterable[stream.LocatedEntry]) -> None:
    new: list[tuple[schema.InteractionEntry, Row, list[int]]] = []
    for entry in entries:
        if entry.item is None or entry.item.uid in taking.talks:
            continue
        people = _resolved(taking, entry.item.contacts, entry.line)
        if people:
            row = {**row_of(entry.item, "contacts", "offer"), "offer_id": _offer(taking, entry.item.offer, entry)}
            new.append((entry.item, row, list(people)))
        else:
            taking.alone.setdefault("interaction", []).append(entry.line)
    first = taking.pen.add_all(Interaction, [row for _, row, _ in new])
    links: list[Row] = []
    for number, (item, _, those) in enumerate(new, first):
        if item.uid in taking.look.talks:
            taking.talks[item.uid] = number
        theirs = heard(item.channel, item.direction, answered=item.answered)
        links += [{"interaction_id": number, "contact_id": who, "day": item.day, "heard": theirs} for who in those]
    taking.pen.add_all(InteractionContact, links)
    taking.others["interaction"] += len(new)


def _take_answers(taking: ArchiveImport, entries: Iterable[stream.LocatedEntry]) -> None:
    rows = []
    for entry in entries:
        if (item := entry.item) is None:
            continue
        uid, cause = item.contact or "", _cause(taking, item.cause)
        if uid and (uid in taking.absent or taking.remembered.was_forgotten((), "", (), uid)):
            taking.alone.setdefault("answer", []).append(entry.line)
            continue
        uid = taking.renamed.get(f"contact:{uid}", f"contact:{uid}").removeprefix("contact:")
        key = (cause, uid, item.playbook, item.step)
        if key in taking.asked:
            continue
        taking.asked.add(key)
        said = {"text": item.snapshot.text, "due": item.snapshot.due and item.snapshot.due.isoformat()}
        snapshot = {**said, "contact": item.snapshot.contact}
        row = {**row_of(item, "contact", "interaction", "snapshot"), "cause": cause, "contact_uid": uid}
        talk = taking.talks.get(item.interaction or "")
        rows.append({**row, "interaction_id": talk, "snapshot": snapshot})
    taking.pen.add_all(Decision, rows)
    taking.others["answer"] += len(rows)


def _cause(taking: ArchiveImport, cause: str) -> str:
    """A cause as this book calls it: a contact or an affiliation that has another uid here, its round left as it is."""
    kind, bar, source = cause.partition("|")
    if source in taking.renamed:
        return f"{kind}{bar}{taking.renamed[source]}"
    what, at, turn = source.rpartition("@")
    return f"{kind}{bar}{taking.renamed[what]}{at}{turn}" if what in taking.renamed else cause


_TAKEN = {
    "contacts": take_contacts,
    "offers": _take_offers,
    "jobs": _take_jobs,
    "interactions": _take_interactions,
    "answers": _take_answers,
}


# --------------------------------------------------------------------------- what is said of it


def _say_who_was_missing(taking: ArchiveImport) -> None:
    for noun, lines in taking.alone.items():
        were = "was left out with the person" if len(lines) == 1 else "were left out with the people"
        why = f"{count(len(lines), noun)} {were} they concern; import again once those can be taken in"
        taking.complain(lines[0], why, lost=True)


def _counted(others: Mapping[str, int]) -> list[str]:
    return [count(many, noun) for noun, many in others.items() if many and noun != "profile"] + [
        "my profile" for _ in range(others.get("profile", 0))
    ]


def summary(taking: ArchiveImport) -> str:
    """What was done, in words."""
    new = [count(taking.added, "new contact")] if taking.added else []
    words = [*new, *_counted(taking.others)]
    said = [f"imported {_joined(words)}"] if words else []
    said += [f"updated {count(taking.updated, 'contact')}"] if taking.updated else []
    told = " and ".join(said)
    return f"{told[:1].upper()}{told[1:]} from {Path(taking.file).name}"


def _joined(words: Sequence[str]) -> str:
    """“3 new contacts, 2 offers and 40 interactions”."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def report(taking: ArchiveImport, *, dry_run: bool) -> ImportReport:
    """What became of a document, contact by contact, and how much else there was."""
    words = _counted(taking.others)
    return ImportReport(
        file=taking.file,
        rows=taking.added + taking.updated + taking.unchanged + taking.left_out,
        added=taking.added,
        updated=taking.updated,
        unchanged=taking.unchanged,
        merged=0,
        left_out=taking.left_out,
        problems=sorted(taking.problems, key=lambda problem: problem.line),
        changes=[*taking.changes, *([f"+ {', '.join(words)}"] if words else [])],
        moves=[],
        dry_run=dry_run,
        others={noun: many for noun, many in taking.others.items() if many},
    )
