"""What comes in from files: matched against who is known, then written once.

A file is read first, while nobody is kept waiting; then, in one operation, its records are matched and written. It is
never a guess: a record that fits two people is a `Problem` that names both. What a source says of somebody's work is
news only if it differs from what that source said before, and a card only where it differs from the card that was
imported before; so the same file again changes nothing, and never what you corrected by hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from netcrm.domain.validation import LONGEST_NAME, is_zone
from netcrm.errors import Problem, Refused
from netcrm.formats.records import ImportedContact
from netcrm.matching import normalize
from netcrm.services.imports.changeset import (
    ChangeSet,
    ImportBatch,
)
from netcrm.services.imports.diff import compare_all
from netcrm.services.imports.matcher import Matcher
from netcrm.services.imports.spool import SpooledRecord, Ways
from netcrm.store import queries


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


def read(found: Iterable[ImportedContact | Problem], pile: ImportBatch) -> ImportBatch:
    """Set aside what a file holds, as far as it can be used. The book is not asked, and need not be held meanwhile."""
    for one in found:
        if isinstance(one, Problem):
            pile.problems.append(one)
        else:
            record = _usable(one, pile)
            pile.shelf.add(SpooledRecord(record, _ways(record, pile)))
    return pile


def _usable(record: ImportedContact, pile: ImportBatch) -> ImportedContact:
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


def _ways(record: ImportedContact, pile: ImportBatch) -> Ways:
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


def sort(session: Session, pile: ImportBatch) -> ChangeSet:
    """Who of a file is new, who has news, and which records can't be told; nothing is written."""
    if queries.region(session) != pile.region:
        raise Refused(
            "my country was changed while the file was read, and with it whose phones are whose; import again"
        )
    intake = ChangeSet(pile, problems=[*pile.problems])
    meant = Matcher(session, intake).all()
    compare_all(session, intake, meant)
    return intake


# --------------------------------------------------------------------------- what is news about somebody who is known


def report(session: Session, intake: ChangeSet, *, dry_run: bool) -> ImportReport:
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


def _moves(session: Session, intake: ChangeSet) -> list[str]:
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
