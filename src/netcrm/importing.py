"""The part of the facade through which people come in from files, and by which it is told who is the same person."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from netcrm.errors import InvalidValue, Problem
from netcrm.exporting import Exporting
from netcrm.progress import Progress, stage, unwatched

if TYPE_CHECKING:
    from netcrm.domain.models import Contact
    from netcrm.formats.csv.mapped import Preview
    from netcrm.formats.records import ImportedContact
    from netcrm.matching.scoring import Search
    from netcrm.services.imports.pipeline import ImportReport


class Importing(Exporting):
    """The part of `Crm` through which contacts come in, and two become one."""

    def import_linkedin(
        self, path: str | Path, *, dry_run: bool = False, progress: Progress = unwatched
    ) -> "ImportReport":
        """Add and update contacts from LinkedIn's Connections.csv, or the archive it came in, in one operation.

        The same file twice changes nothing. Rows that can't be used are `problems`, with
        their line; with `dry_run` nothing is written. `progress` is told now and then how far it is, from 0 to 1.
        """
        from netcrm.formats.csv import linkedin

        return self._import(path, "linkedin", linkedin.read, dry_run=dry_run, progress=progress)

    def import_google(
        self, path: str | Path, *, dry_run: bool = False, progress: Progress = unwatched
    ) -> "ImportReport":
        """The same for the CSV of Google Contacts, of any year."""
        from netcrm.formats.csv import google

        return self._import(path, "google", google.read, dry_run=dry_run, progress=progress)

    def import_outlook(
        self, path: str | Path, *, dry_run: bool = False, progress: Progress = unwatched
    ) -> "ImportReport":
        """The same for Outlook's CSV."""
        from netcrm.formats.csv import outlook

        return self._import(path, "outlook", outlook.read, dry_run=dry_run, progress=progress)

    def import_csv(
        self,
        path: str | Path,
        columns: Mapping[str, str] | None = None,
        *,
        dry_run: bool = False,
        progress: Progress = unwatched,
    ) -> "ImportReport":
        """The same for any CSV: `columns` says which field each column is; what a header says by itself is guessed."""
        from netcrm.formats.csv import mapped

        return self._import(
            path, "csv", partial(mapped.read, mapping=columns or {}), dry_run=dry_run, progress=progress
        )

    def preview_csv(self, path: str | Path, columns: Mapping[str, str] | None = None) -> "Preview":
        """How a CSV would be read: which field each of its columns is taken for, with samples. Nothing is written."""
        from netcrm.files.atomic import read_input
        from netcrm.formats.csv import mapped

        return mapped.preview(read_input(Path(path)), str(path), columns or {})

    def import_vcard(
        self, path: str | Path, *, dry_run: bool = False, progress: Progress = unwatched
    ) -> "ImportReport":
        """The same for vCards 2.1, 3.0 and 4.0, however many stand in the file; each card is kept verbatim."""
        from netcrm.files.atomic import followed, open_input
        from netcrm.formats import vcard

        with open_input(Path(path)) as file:
            cards = vcard.read(followed(file, stage(progress, 0, 0.6)), str(path))
            return self._take_in(cards, path, "vcard", dry_run=dry_run, progress=progress)

    def import_json(self, path: str | Path, *, dry_run: bool = False, progress: Progress = unwatched) -> "ImportReport":
        """Add what a document says (`export_json`) and this book does not know, in one operation.

        Contacts are matched by their UID, else as in any import; what the book says of somebody is never overwritten.
        Offers, jobs, interactions and answers come in once. The same file twice changes nothing. What can't be used is
        left out, with what refers to it, and named in `problems`; `others` counts what is no contact.
        """
        from netcrm.files.atomic import open_input
        from netcrm.services.imports import archive

        name = str(path)
        with open_input(Path(path)) as file:
            look = archive.look_through(file, name, stage(progress, 0, 0.4))
            rest = stage(progress, 0.4, 1)
            if dry_run:
                with self._store.session() as session:
                    taking = archive.take_in(archive.Sketch(session), file, name, look, rest)
                    return archive.report(taking, dry_run=True)
            with self._write("import", "") as writing:
                taking = archive.take_in(writing, file, name, look, rest)
                writing.summary = archive.summary(taking)
        return archive.report(taking, dry_run=False)

    def _import(
        self,
        path: str | Path,
        source: str,
        read: "Callable[[bytes, str], tuple[list[ImportedContact], list[Problem]]]",
        *,
        dry_run: bool,
        progress: Progress,
    ) -> "ImportReport":
        from netcrm.files.atomic import read_input

        records, problems = read(read_input(Path(path)), str(path))
        return self._take_in([*problems, *records], path, source, dry_run=dry_run, progress=progress)

    def _take_in(
        self,
        found: "Iterable[ImportedContact | Problem]",
        path: str | Path,
        source: str,
        *,
        dry_run: bool,
        progress: Progress,
    ) -> "ImportReport":
        from netcrm.services.imports import pipeline, writer
        from netcrm.services.imports.changeset import ImportBatch
        from netcrm.services.imports.spool import RecordSpool
        from netcrm.store import queries

        with self._store.session() as session:
            region = queries.region(session)
        with closing(RecordSpool()) as shelf:
            pile = pipeline.read(found, ImportBatch(str(path), source, region, self.today, shelf, tell=progress))
            if dry_run:
                with self._store.session() as session:
                    return pipeline.report(session, pipeline.sort(session, pile), dry_run=True)
            with self._write("import", "") as writing:
                intake = pipeline.sort(writing.session, pile)
                done = pipeline.report(writing.session, intake, dry_run=False)
                writer.write(writing, intake)
                writing.summary = intake.summary(Path(path).name)
            return done

    # ------------------------------------------------------------------ who is the same person

    def duplicates(self, *, at_least: float | None = None) -> "Search":
        """Pairs of contacts who may be one person, the likeliest first, each with what speaks for it and against it.

        By their numbers; `at_least` is a score from 0 to 1. Nothing is merged: look, and then `merge`.
        """
        from netcrm.matching import scoring
        from netcrm.services import merging as merging_

        if at_least is not None and not 0 <= at_least <= 1:
            raise InvalidValue("at least", at_least, "is no score; give a number from 0 to 1")
        with self._store.session() as session:
            people = merging_.everybody(session)
        return scoring.search(people, at_least=scoring.LIKELY if at_least is None else at_least)

    def merge(self, kept: "Contact | int | str", other: "Contact | int | str") -> "Contact":
        """Make one contact of two: the first keeps its number, its name and its UID, and gets all that the other has.

        Ways to reach them, tags, work, talks, parts in offers, answers and notes; the other UID stays known. `undo`
        parts them again.
        """
        from netcrm.services import contacts, merging

        with self._write("merge", "") as writing:
            one, two = (contacts.find(writing.session, who) for who in (kept, other))
            merging.merge(writing, one, two)
            writing.summary = f"Merged {two.name} ({two.number}) into {one.name} ({one.number})"
            return writing.outcome(contacts.find, one)
