"""Import address books: read the file, match its records with the stored contacts, compare, write once.

The file is read before the database is locked. Then its records are matched, compared and written in one operation.
Matching never guesses: a record that fits two contacts is a `Problem` that names both. What a source says about a
contact's work is a change only if the source said something else before. A card is a change only if it differs from the
card imported before. So importing a file again changes nothing, and never overwrites what you corrected by hand.

JSON archives are imported in the same way (`netcrm.services.imports.archive`) under another policy: `follow_source`
takes over what a source says, `fill_gaps` only adds what is missing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from netcrm.formats.records import ImportedContact, ImportedMethod
from netcrm.matching import normalize
from netcrm.progress import Progress, stage
from netcrm.services.imports.changeset import ChangeSet, ImportBatch
from netcrm.services.imports.diff import compare_all, follow_source
from netcrm.services.imports.matcher import SourceMatcher
from netcrm.services.imports.spool import Key, RecordSpool, SpooledRecord
from netcrm.services.imports.writer import write
from netcrm.store import queries
from netcrm.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The effect of an import, or with `dry_run` the effect it would have.

    Each of the `rows` is added, updated, unchanged, merged into an earlier row about the same contact, or left out.
    `changes` has one line for each contact, `moves` one for each contact who changed jobs. `others` counts what else
    an archive added, by noun.
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
"""The reader of each source: from the bytes and the name of a file to records and problems."""


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
    """For each column of a CSV file, the field that would be read from it, with samples."""
    return mapped.preview(read_input(path), str(path), columns)


def import_vcard(workspace: Workspace, path: Path, *, dry_run: bool, progress: Progress) -> ImportReport:
    """Import a file of vCards, read as a stream."""
    with open_input(path) as file:
        cards = vcard.read(followed(file, stage(progress, 0, 0.6)), str(path))
        return _import_records(workspace, "vcard", cards, path, dry_run=dry_run, progress=progress)


def _import_records(
    workspace: Workspace,
    source: str,
    records: Iterable[ImportedContact | Problem],
    path: Path,
    *,
    dry_run: bool,
    progress: Progress,
) -> ImportReport:
    with workspace.session() as session:
        region = queries.region(session)
    with closing(RecordSpool()) as spool:
        batch = ImportBatch(str(path), source, region, workspace.today, spool, tell=progress, added_on=workspace.today)
        read(records, batch)
        if dry_run:
            with workspace.session() as session:
                return report(session, compare(session, batch), dry_run=True)
        with workspace.write("import") as unit:
            change_set = compare(unit.session, batch)
            finished = report(unit.session, change_set, dry_run=False)
            write(unit, change_set)
            unit.summary = change_set.summary(path.name)
        return finished


def compare(session: Session, batch: ImportBatch) -> ChangeSet:
    """The changes by a file, under the policy that follows its source; nothing is written."""
    check_region(session, batch)
    change_set = ChangeSet(batch)
    compare_all(session, change_set, SourceMatcher(session, change_set).match_all(), follow_source)
    return change_set


def check_region(session: Session, batch: ImportBatch) -> None:
    """`Refused` if the phone numbers of a file were normalised for another country than the profile's."""
    if queries.region(session) != batch.region:
        raise Refused(
            "your country was changed while the file was read, and with it the meaning of phone numbers; "
            "import the file again"
        )


# --------------------------------------------------------------------------- reading


def read(records: Iterable[ImportedContact | Problem], batch: ImportBatch) -> None:
    """Put the usable parts of a file's records into the spool of the batch, without asking the database."""
    for record in records:
        if isinstance(record, Problem):
            batch.problems.append(record)
            batch.left_out += record.lost
        else:
            usable = _usable(record, batch)
            ways: dict[Key, ImportedMethod] = {}
            for key, way in normalised(usable, batch):
                ways.setdefault(key, replace(way, label=_as_word(way.label)) if way.label is not None else way)
            batch.spool.add(SpooledRecord(usable, tuple(ways.items())))


def _usable(record: ImportedContact, batch: ImportBatch) -> ImportedContact:
    """A record without a birthday in the future or an unknown time zone."""
    wrong: dict[str, str] = {}
    if record.birthday and record.birthday > batch.today:
        wrong["birthday"] = f"the birthday {record.birthday} lies in the future"
    if record.timezone and not is_zone(record.timezone):
        wrong["timezone"] = f"“{record.timezone[:80]}” is not a time zone that this computer knows"
    for why in wrong.values():
        batch.problems.append(Problem(batch.file, record.line, f"{why}; {record.name} was imported without it"))
    if not wrong:
        return record
    birthday, timezone = (None if name in wrong else getattr(record, name) for name in ("birthday", "timezone"))
    return replace(record, birthday=birthday, timezone=timezone)


def normalised(record: ImportedContact, batch: ImportBatch, path: str = "") -> Iterator[tuple[Key, ImportedMethod]]:
    """The ways to reach a contact by kind and normal form; a way without one is a problem, named after `path`."""
    for way in record.reach:
        try:
            if len(way.value) > LONGEST_NAME:
                raise ValueError(f"is longer than {LONGEST_NAME} characters")
            yield (way.kind, normalize.normalise(way.kind, way.value, batch.region)), way
        except ValueError as error:
            why = f"{path}“{way.value[:80]}” {error}; {record.name} was imported without it"
            batch.problems.append(Problem(batch.file, record.line, why))


_NOT_IN_WORD = re.compile(r"[^\w-]+|_+")


def _as_word(label: str) -> str | None:
    """A label as one word: “Home Fax” is “home-fax”."""
    return _NOT_IN_WORD.sub("-", label.strip().lower()).strip("-") or None


# --------------------------------------------------------------------------- the report


def report(session: Session, change_set: ChangeSet, *, dry_run: bool) -> ImportReport:
    """The report on the records of a file."""
    added, known, left_out = len(change_set.firsts), len(change_set.touched), change_set.left_out
    return ImportReport(
        file=change_set.batch.file,
        rows=added + known + change_set.merged + left_out,
        added=added,
        updated=len(change_set.updates),
        unchanged=change_set.unchanged,
        merged=change_set.merged,
        left_out=left_out,
        problems=sorted(change_set.problems, key=lambda problem: problem.line),
        changes=change_set.changes(),
        moves=_moves(session, change_set),
        dry_run=dry_run,
    )


def _moves(session: Session, change_set: ChangeSet) -> list[str]:
    """A sentence for each contact who changed jobs, with their part in the user's offers."""
    sentences = []
    for contact, change in change_set.updates.items():
        if change.moved and change.affiliations:
            work, offers = change.affiliations[0], queries.parts_in_offers(session, contact)
            parts = ", ".join(f"{role} of the {offer.organisation} offer" for offer, role in offers)
            name = f"{change.name} ({parts})" if parts else change.name
            if "company" in change.values or not work["title"]:
                title = f" as {work['title']}" if work["title"] else ""
                sentences.append(f"{name} now works at {work['organisation']}{title}")
            else:
                sentences.append(f"{name} is now {work['title']} at {work['organisation']}")
    return sentences
