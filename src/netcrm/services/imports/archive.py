"""Import a JSON archive: add what the database lacks, and leave what it holds as it is.

The file is read twice before the database is locked. The first reading checks every value and finds the profile, whose
country phone numbers need. The second one puts contacts and entries into spools, so memory does not grow with the file;
a file that was changed in between is refused.

Contacts are imported like those of any file (`netcrm.services.imports.pipeline`), under the policy of
`archive_contacts`; everything else is added after them by `archive_entries`.
"""

import hashlib
import json
from array import array
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sqlmodel import Session

from netcrm.domain.models import Profile, new_uid
from netcrm.domain.vocabulary import count
from netcrm.errors import Problem, UnreadableFile
from netcrm.files.atomic import open_input
from netcrm.formats.archive import schema, stream
from netcrm.formats.archive.stream import LocatedEntry
from netcrm.progress import Progress, stage, watched
from netcrm.services.contacts import renormalise_phones
from netcrm.services.imports import pipeline
from netcrm.services.imports.archive_contacts import ArchiveMatcher, ArchiveUids, columns_of, fill_gaps, record_of
from netcrm.services.imports.archive_entries import Additions, add_entries
from netcrm.services.imports.changeset import ARCHIVE, ChangeSet, ImportBatch
from netcrm.services.imports.diff import compare_all
from netcrm.services.imports.pipeline import ImportReport
from netcrm.services.imports.spool import RecordSpool, Spool, SpooledRecord
from netcrm.services.imports.writer import write
from netcrm.store import queries
from netcrm.store.unit_of_work import UnitOfWork
from netcrm.workspace import Workspace


def import_json(workspace: Workspace, path: Path, *, dry_run: bool, progress: Progress) -> ImportReport:
    """Import a JSON archive; importing it again changes nothing."""
    file_name = str(path)
    with open_input(path) as file, closing(RecordSpool()) as records, closing(Spool(_encode, _decode)) as entries:
        check = check_archive(file, file_name, stage(progress, 0, 0.25))
        with workspace.session() as session:
            profile = _new_profile(session, check)
            region = profile.country if profile else queries.region(session)
        tell = stage(progress, 0, 0.8)
        batch = ImportBatch(file_name, ARCHIVE, region, workspace.today, records, tell, [*check.problems])
        archive = ArchiveBatch(check, batch, entries)
        read(file, archive, stage(progress, 0.25, 0.5))
        rest = stage(progress, 0.8, 1)
        if dry_run:
            with workspace.session() as session:
                return report(session, _add(session, archive, rest), dry_run=True)
        with workspace.write("import") as unit:
            additions = _add(unit.session, archive, rest, unit)
            unit.summary = additions.change_set.summary(path.name, _counted(additions.counts))
            return report(unit.session, additions, dry_run=False)


def _new_profile(session: Session, check: "ArchiveCheck") -> schema.ProfileEntry | None:
    """The profile of an archive, where the database has none."""
    return check.profile if queries.profile(session) is None else None


def _add(session: Session, archive: "ArchiveBatch", tell: Progress, unit: UnitOfWork | None = None) -> Additions:
    """Add what the database lacks; without a unit of work, only find it out."""
    profile = _new_profile(session, archive.check)
    if unit:
        if profile:
            renormalise_phones(unit, profile.country)
            unit.add_all(Profile, [{**columns_of(profile), "uid": profile.uid or new_uid()}])
        pipeline.check_region(session, archive.batch)
    change_set, uids = _compare(session, archive)
    if unit:
        uids.number(write(unit, change_set))
    add = unit.add_all if unit else lambda *_: 0
    additions = Additions(session, add, change_set, uids, archive.check.answered)
    additions.counts["profile"] += profile is not None
    add_entries(additions, archive.sections(tell))
    return additions


def _compare(session: Session, archive: "ArchiveBatch") -> tuple[ChangeSet, ArchiveUids]:
    """The changes by the contacts of an archive, under the policy that only fills gaps."""
    change_set = ChangeSet(archive.batch)
    matcher = ArchiveMatcher(session, change_set, archive.left_out)
    compare_all(session, change_set, matcher.match_all(), partial(fill_gaps, matcher.uids))
    change_set.updates = dict(sorted(change_set.updates.items()))  # by id, the order of an archive
    return change_set, matcher.uids


# --------------------------------------------------------------------------- checking


class ArchiveCheck(NamedTuple):
    """The result of reading an archive for the first time; `answered` are the interactions that answers name."""

    digest: bytes
    problems: list[Problem]
    profile: schema.ProfileEntry | None
    answered: frozenset[str]


class HashedFile:
    """A file that is hashed while it is read from its beginning; `tell` is called with the part that was read."""

    def __init__(self, file: BinaryIO, tell: Progress) -> None:
        self._file, self._tell, self.hash = file, tell, hashlib.blake2b()
        self._size, self._read = max(file.seek(0, 2), 1), 0
        file.seek(0)

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self.hash.update(piece)
        self._read += len(piece)
        self._tell(min(1.0, self._read / self._size))
        return piece


def check_archive(file: BinaryIO, name: str, tell: Progress) -> ArchiveCheck:
    """Check every value of an archive, without asking the database."""
    problems: list[Problem] = []
    profile, answered, hashed = None, set[str](), HashedFile(file, tell)
    for entry in stream.read(hashed, name, problems):
        match entry.item:
            case schema.ProfileEntry():
                profile = entry.item
            case schema.AnswerEntry(interaction=str(interaction)):
                answered.add(interaction)
    return ArchiveCheck(hashed.hash.digest(), problems, profile, frozenset(answered))


# --------------------------------------------------------------------------- reading


def _encode(entry: LocatedEntry) -> str:
    return json.dumps(entry._replace(item=entry.item.model_dump(mode="json", exclude_none=True)))


def _decode(text: str) -> LocatedEntry:
    entry = LocatedEntry(*json.loads(text))
    return entry._replace(item=schema.SECTIONS[entry.section].model_validate(entry.item))


@dataclass(slots=True)
class ArchiveBatch:
    """The valid entries of an archive: its contacts are records in `batch`, the others are in `entries`.

    `places` are the places of the entries of each section; `left_out` the UIDs of contacts that can't be used.
    """

    check: ArchiveCheck
    batch: ImportBatch
    entries: Spool[LocatedEntry]
    places: dict[str, "array[int]"] = field(default_factory=lambda: {name: array("q") for name in schema.LISTS[1:]})
    left_out: set[str] = field(default_factory=set)

    def sections(self, tell: Progress) -> dict[str, Iterable[LocatedEntry]]:
        """The entries of each section, in an order in which each refers only to earlier ones."""
        part = 1 / len(self.places)
        return {
            section: watched(
                map(self.entries.__getitem__, places), len(places), stage(tell, at * part, (at + 1) * part)
            )
            for at, (section, places) in enumerate(self.places.items())
        }


def read(file: BinaryIO, archive: ArchiveBatch, tell: Progress) -> None:
    """Put the valid entries of an archive into its spools; `UnreadableFile` if it was changed since it was checked."""
    batch, known_uids, hashed = archive.batch, set[str](), HashedFile(file, tell)
    for entry in stream.read(hashed, batch.file, []):
        if entry.section == "contacts":
            _add_contact(archive, entry, known_uids)
        elif entry.section in archive.places and entry.item is not None:
            archive.places[entry.section].append(archive.entries.add(entry))
    if hashed.hash.digest() != archive.check.digest:
        raise UnreadableFile(batch.file, "it was changed while it was being read; import it again")


def _add_contact(archive: ArchiveBatch, entry: LocatedEntry, known_uids: set[str]) -> None:
    """Put a contact into the spool, unless it is invalid or its UID is that of an earlier one."""
    batch, contact = archive.batch, entry.item
    if contact is None or contact.uid in known_uids:
        batch.left_out += 1
        archive.left_out |= {entry.uid} if entry.uid else set()
        if contact is not None:
            why = f"{entry.path}: {contact.name} has the uid of another contact before; left out"
            batch.problems.append(Problem(batch.file, entry.line, f"{why}. Give one of them another uid", lost=True))
        return
    known_uids.add(contact.uid)
    record = record_of(contact, entry.line)
    ways = tuple(pipeline.normalised(record, batch, f"{entry.path}: "))
    batch.spool.add(SpooledRecord(record, ways))


# --------------------------------------------------------------------------- the report


def report(session: Session, additions: Additions, *, dry_run: bool) -> ImportReport:
    """The report on the contacts of an archive, with the counts of other rows that were added.

    Two contacts of an archive count as two, even where they were merged in this database.
    """
    contacts = pipeline.report(session, additions.change_set, dry_run=dry_run)
    words = _counted(additions.counts)
    return replace(
        contacts,
        unchanged=contacts.unchanged + contacts.merged,
        merged=0,
        changes=[*contacts.changes, *([f"+ {', '.join(words)}"] if words else [])],
        others={noun: number for noun, number in additions.counts.items() if number},
    )


def _counted(counts: Mapping[str, int]) -> list[str]:
    words = [count(number, noun) for noun, number in counts.items() if number and noun != "profile"]
    return [*words, *(["my profile"] if counts["profile"] else [])]
