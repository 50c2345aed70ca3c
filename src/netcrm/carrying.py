"""The address book, in and out: importing, exporting, and telling who is the same person."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack, get_args

from netcrm.errors import InvalidValue, Problem
from netcrm.forms import Filters, only
from netcrm.keeping import Keeping
from netcrm.terms import Tier

if TYPE_CHECKING:
    from sqlmodel import Session

    from netcrm.acts.exchange import ImportReport
    from netcrm.formats.ical import Form
    from netcrm.formats.mapped import Preview
    from netcrm.formats.records import Record
    from netcrm.formats.vcard import Version
    from netcrm.likeness import Search
    from netcrm.models import Contact


class Carrying(Keeping):
    """The part of `Crm` through which contacts come in and go out."""

    def import_linkedin(self, path: str | Path, *, dry_run: bool = False) -> "ImportReport":
        """Add and update contacts from LinkedIn's Connections.csv, or the archive it came in, in one operation.

        The same file twice changes nothing. Rows that can't be used are `problems`, with
        their line; with `dry_run` nothing is written.
        """
        from netcrm.formats import linkedin

        return self._import(path, "linkedin", linkedin.read, dry_run=dry_run)

    def import_google(self, path: str | Path, *, dry_run: bool = False) -> "ImportReport":
        """The same for the CSV of Google Contacts, of any year."""
        from netcrm.formats import google

        return self._import(path, "google", google.read, dry_run=dry_run)

    def import_outlook(self, path: str | Path, *, dry_run: bool = False) -> "ImportReport":
        """The same for Outlook's CSV."""
        from netcrm.formats import outlook

        return self._import(path, "outlook", outlook.read, dry_run=dry_run)

    def import_csv(
        self, path: str | Path, columns: Mapping[str, str] | None = None, *, dry_run: bool = False
    ) -> "ImportReport":
        """The same for any CSV: `columns` says which field each column is; what a header says by itself is guessed."""
        from netcrm.formats import mapped

        return self._import(path, "csv", partial(mapped.read, mapping=columns or {}), dry_run=dry_run)

    def preview_csv(self, path: str | Path, columns: Mapping[str, str] | None = None) -> "Preview":
        """How a CSV would be read: which field each of its columns is taken for, with samples. Nothing is written."""
        from netcrm.files import read_input
        from netcrm.formats import mapped

        return mapped.preview(read_input(Path(path)), str(path), columns or {})

    def import_vcard(self, path: str | Path, *, dry_run: bool = False) -> "ImportReport":
        """The same for vCards 2.1, 3.0 and 4.0, however many stand in the file; each card is kept verbatim."""
        from netcrm.files import open_input
        from netcrm.formats import vcard

        with open_input(Path(path)) as file:
            return self._take_in(vcard.read(file, str(path)), path, "vcard", dry_run=dry_run)

    def _import(
        self,
        path: str | Path,
        source: str,
        read: "Callable[[bytes, str], tuple[list[Record], list[Problem]]]",
        *,
        dry_run: bool,
    ) -> "ImportReport":
        from netcrm.files import read_input

        records, problems = read(read_input(Path(path)), str(path))
        return self._take_in([*problems, *records], path, source, dry_run=dry_run)

    def _take_in(
        self, found: "Iterable[Record | Problem]", path: str | Path, source: str, *, dry_run: bool
    ) -> "ImportReport":
        from netcrm.acts import exchange

        today = self.today
        if dry_run:
            with self._store.session() as session:
                intake = exchange.sort(session, found, str(path), source, today)
                return exchange.report(session, intake, str(path), dry_run=True)
        with self._write("import", "") as writing:
            intake = exchange.sort(writing.session, found, str(path), source, today)
            done = exchange.report(writing.session, intake, str(path), dry_run=False)
            exchange.write(writing, intake)
            writing.summary = intake.summary(Path(path).name)
        return done

    # ------------------------------------------------------------------ who is the same person

    def duplicates(self, *, at_least: float | None = None) -> "Search":
        """Pairs of contacts who may be one person, the likeliest first, each with what speaks for it and against it.

        By their numbers; `at_least` is a score from 0 to 1. Nothing is merged: look, and then `merge`.
        """
        from netcrm import likeness
        from netcrm.acts import alike

        if at_least is not None and not 0 <= at_least <= 1:
            raise InvalidValue("at least", at_least, "is no score; give a number from 0 to 1")
        with self._store.session() as session:
            people = alike.everybody(session)
        return likeness.search(people, at_least=likeness.LIKELY if at_least is None else at_least)

    def merge(self, kept: "Contact | int | str", other: "Contact | int | str") -> "Contact":
        """Make one contact of two: the first keeps its number, its name and its UID, and gets all that the other has.

        Ways to reach them, tags, work, talks, parts in offers, answers and notes; the other UID stays known. `undo`
        parts them again.
        """
        from netcrm.acts import contacts, merging

        with self._write("merge", "") as writing:
            one, two = (contacts.find(writing.session, who) for who in (kept, other))
            merging.merge(writing, one, two)
            writing.summary = f"Merged {two.name} ({two.number}) into {one.name} ({one.number})"
            return writing.outcome(contacts.find, one)

    # ------------------------------------------------------------------ out

    def export_vcard(
        self,
        path: str | Path,
        *,
        query: str | None = None,
        version: "Version" = "3.0",
        overwrite: bool = False,
        **filters: Unpack[Filters],
    ) -> int:
        """Write contacts as vCards to a file, whole or not at all; how many were written."""
        from netcrm.files import atomic_write

        count = 0

        def counted() -> Iterator[str]:
            nonlocal count
            for card in self.vcards(query, version=version, **filters):
                count += 1
                yield card

        atomic_write(Path(path), counted(), overwrite=overwrite)
        return count

    def vcards(
        self, query: str | None = None, *, version: "Version" = "3.0", **filters: Unpack[Filters]
    ) -> Iterator[str]:
        """One vCard a contact, as text, by name; a few hundred people in memory at a time.

        Of version 3.0, which every address book takes, or 4.0. Who came in as a card goes out as that card, with what
        has changed in it.

        Nothing is held open between cards, so you may write in the loop; who is removed
        meanwhile is left out.
        """
        from netcrm.formats import vcard
        from netcrm.models import Contact
        from netcrm.store import finds

        with self._store.session() as session:
            ids = self._ids(session, query, filters)
        for start in range(0, len(ids), finds.MOST_AT_ONCE):
            some = ids[start : start + finds.MOST_AT_ONCE]
            with self._store.session() as session:
                found = {contact.number: contact for contact in finds.by_ids(session, Contact, some)}
            yield from vcard.write((found[number] for number in some if number in found), version)

    def ics(self, *, form: "Form" = "todos") -> str:
        """Every open follow-up as iCalendar (RFC 5545): to-dos, or all-day events for calendars that show no to-dos.

        Nothing of the moment gets into it, so it is the same text until something happens.
        """
        from netcrm.acts import stamping
        from netcrm.formats import ical

        follow_ups = self._plan(self.today)
        with self._store.session() as session:
            stamps = stamping.stamps(session)
        return ical.write(follow_ups, stamps=stamps, form=form)

    def export_ics(self, path: str | Path, *, form: "Form" = "todos", overwrite: bool = False) -> None:
        """Write that to a file, whole or not at all; a calendar may have subscribed to it."""
        from netcrm.files import atomic_write

        atomic_write(Path(path), [self.ics(form=form)], overwrite=overwrite)

    def _ids(self, session: "Session", query: str | None, filters: Filters) -> list[int]:
        from netcrm.identity import normalise_name, spellings
        from netcrm.models import LONGEST_NAME
        from netcrm.store import finds

        only(filters, Filters)
        silent_for, tier = filters.get("silent_for"), filters.get("tier")
        if query and len(query) > LONGEST_NAME:
            raise InvalidValue("query", query, f"is longer than {LONGEST_NAME} characters; look for a part of it")
        if tier and tier not in get_args(Tier):
            raise InvalidValue("tier", tier, f"is none of {', '.join(get_args(Tier))}; use one of these")
        return finds.contact_ids(
            session,
            query=query,
            tag=filters.get("tag"),
            company=filters.get("company"),
            tier=tier,
            silent_since=self._away("silent for", silent_for, back=True) if silent_for else None,
            spellings=spellings(query or "", finds.region(session)),
            fold=normalise_name,
        )
