"""What comes in from files: matched against who is known, then written once.

A file is read first, while nobody is kept waiting; then, in one operation, its records are matched and written. It is
never a guess: a record that fits two people is a `Problem` that names both. What a source says of somebody's work is
news only if it differs from what that source said before, and a card only where it differs from the card that was
imported before; so the same file again changes nothing, and never what you corrected by hand.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlmodel import Session

from netcrm.domain.validation import LONGEST_NAME, is_zone
from netcrm.errors import Problem, Refused
from netcrm.files.atomic import followed, open_input, read_input
from netcrm.formats import vcard
from netcrm.formats.csv import google, linkedin, mapped, outlook
from netcrm.formats.csv.mapped import Preview
from netcrm.formats.records import ImportedContact
from netcrm.matching import normalize
from netcrm.progress import Progress, stage
from netcrm.services.imports.changeset import (
    ChangeSet,
    ImportBatch,
)
from netcrm.services.imports.diff import compare_all
from netcrm.services.imports.matcher import Matcher
from netcrm.services.imports.spool import RecordSpool, SpooledRecord, Ways
from netcrm.services.imports.writer import write
from netcrm.store import queries
from netcrm.workspace import Workspace


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


READERS: Mapping[str, Callable[[bytes, str], tuple[list[ImportedContact], list[Problem]]]] = {
    "linkedin": linkedin.read,
    "google": google.read,
    "outlook": outlook.read,
}
"""How the file of each source is read: its bytes and its name give records and problems."""


def import_file(workspace: Workspace, source: str, path: Path, *, dry_run: bool, progress: Progress) -> ImportReport:
    """Import the CSV file of one of the `READERS`."""
    records, problems = READERS[source](read_input(path), str(path))
    return _import_records(workspace, source, [*problems, *records], path, dry_run=dry_run, progress=progress)


def import_csv(
    workspace: Workspace, path: Path, columns: Mapping[str, str], *, dry_run: bool, progress: Progress
) -> ImportReport:
    """Import any CSV file; `columns` names the field of a column, the other columns are guessed by their headers."""
    records, problems = mapped.read(read_input(path), str(path), columns)
    return _import_records(workspace, "csv", [*problems, *records], path, dry_run=dry_run, progress=progress)


def preview_csv(path: Path, columns: Mapping[str, str]) -> Preview:
    """The field each column of a CSV file would be read as, with samples."""
    return mapped.preview(read_input(path), str(path), columns)


def import_vcard(workspace: Workspace, path: Path, *, dry_run: bool, progress: Progress) -> ImportReport:
    """Import a file of vCards, read as a stream."""
    with open_input(path) as file:
        cards = vcard.read(followed(file, stage(progress, 0, 0.6)), str(path))
        return _import_records(workspace, "vcard", cards, path, dry_run=dry_run, progress=progress)


def _import_records(
    workspace: Workspace,
    source: str,
    found: Iterable[ImportedContact | Problem],
    path: Path,
    *,
    dry_run: bool,
    progress: Progress,
) -> ImportReport:
    with workspace.session() as session:
        region = queries.region(session)
    with closing(RecordSpool()) as spool:
        batch = read(found, ImportBatch(str(path), source, region, workspace.today, spool, tell=progress))
        if dry_run:
            with workspace.session() as session:
                return report(session, sort(session, batch), dry_run=True)
        with workspace.write("import") as unit:
            change_set = sort(unit.session, batch)
            done = report(unit.session, change_set, dry_run=False)
            write(unit, change_set)
            unit.summary = change_set.summary(path.name)
        return done


# --------------------------------------------------------------------------- reading


def read(found: Iterable[ImportedContact | Problem], batch: ImportBatch) -> ImportBatch:
    """Set aside what a file holds, as far as it can be used. The book is not asked, and need not be held meanwhile."""
    for one in found:
        if isinstance(one, Problem):
            batch.problems.append(one)
        else:
            record = _usable(one, batch)
            batch.spool.add(SpooledRecord(record, _ways(record, batch)))
    return batch


def _usable(record: ImportedContact, batch: ImportBatch) -> ImportedContact:
    """A record without what can't be: a birthday to come, a time zone that is none."""
    wrong: dict[str, str] = {}
    if record.birthday and record.birthday > batch.today:
        wrong["birthday"] = f"the birthday {record.birthday} lies in the future"
    if record.timezone and not is_zone(record.timezone):
        wrong["timezone"] = f"“{record.timezone[:80]}” is no time zone that is known here"
    for why in wrong.values():
        batch.problems.append(Problem(batch.file, record.line, f"{why}; {record.name} was imported without it"))
    if not wrong:
        return record
    birthday, timezone = (None if name in wrong else getattr(record, name) for name in ("birthday", "timezone"))
    return replace(record, birthday=birthday, timezone=timezone)


def _ways(record: ImportedContact, batch: ImportBatch) -> Ways:
    found: Ways = {}
    for way in record.reach:
        try:
            if len(way.value) > LONGEST_NAME:
                raise ValueError(f"is longer than {LONGEST_NAME} characters")
            found.setdefault((way.kind, normalize.normalise(way.kind, way.value, batch.region)), way)
        except ValueError as error:
            why = f"“{way.value[:80]}” {error}; {record.name} was imported without it"
            batch.problems.append(Problem(batch.file, record.line, why))
    return found


# --------------------------------------------------------------------------- matching


def sort(session: Session, batch: ImportBatch) -> ChangeSet:
    """Who of a file is new, who has news, and which records can't be told; nothing is written."""
    if queries.region(session) != batch.region:
        raise Refused(
            "my country was changed while the file was read, and with it whose phones are whose; import again"
        )
    change_set = ChangeSet(batch, problems=[*batch.problems])
    meant = Matcher(session, change_set).all()
    compare_all(session, change_set, meant)
    return change_set


# --------------------------------------------------------------------------- what is news about somebody who is known


def report(session: Session, change_set: ChangeSet, *, dry_run: bool) -> ImportReport:
    """What became of a file's records: of those that were read, and of those that could not be."""
    found = sorted(change_set.problems, key=lambda problem: problem.line)
    lost = sum(problem.lost for problem in found)
    accounted = len(change_set.firsts) + len(change_set.touched) + change_set.merged
    return ImportReport(
        file=change_set.batch.file,
        rows=accounted + lost,
        added=len(change_set.firsts),
        updated=len(change_set.updates),
        unchanged=change_set.unchanged,
        merged=change_set.merged,
        left_out=lost,
        problems=found,
        changes=change_set.changes(),
        moves=_moves(session, change_set),
        dry_run=dry_run,
    )


def _moves(session: Session, change_set: ChangeSet) -> list[str]:
    """Who works elsewhere now, or as something else, with the part they had in my offers, for people to read."""
    found = []
    for move in change_set.moves():
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
