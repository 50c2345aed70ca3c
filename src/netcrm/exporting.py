"""The part of the facade through which the book goes out: as cards, as a calendar, as tables, as one document."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Unpack, get_args

from netcrm.domain.coercion import only
from netcrm.domain.vocabulary import Tier
from netcrm.errors import InvalidValue
from netcrm.keeping import Keeping
from netcrm.progress import Progress, unwatched, watched
from netcrm.services.parameters import Filters

if TYPE_CHECKING:
    from sqlmodel import Session

    from netcrm.files.vdir import Kept
    from netcrm.formats.icalendar import Form
    from netcrm.formats.vcard import Version
    from netcrm.services.exports.archive import Chosen, Item, Read
    from netcrm.services.exports.vcards import ExportedContact


class Exporting(Keeping):
    """The part of `Crm` through which contacts and follow-ups go out."""

    def export_vcard(
        self,
        path: str | Path,
        *,
        query: str | None = None,
        version: "Version" = "3.0",
        overwrite: bool = False,
        progress: Progress = unwatched,
        **filters: Unpack[Filters],
    ) -> int:
        """Write contacts as vCards to a file, whole or not at all; how many were written.

        Where nobody fits the file is left as it was: a slip in a filter empties nothing. `progress` is told now and
        then how far it is, from 0 to 1.
        """
        cards = self._cards(query, version, filters, progress)
        return _written(path, (card for _, card in cards), overwrite=overwrite)

    def vcards(
        self, query: str | None = None, *, version: "Version" = "3.0", **filters: Unpack[Filters]
    ) -> Iterator[str]:
        """One vCard a contact, as text, by name; a few hundred people in memory at a time.

        Of version 3.0, which every address book takes, or 4.0. Who came in as a card goes out as that card, with what
        has changed in it. What no address book has a field for goes out in properties of netcrm's own: the tier, the
        part in my offers, the last contact, who introduced them.

        Nothing is held open between cards, so you may write in the loop; who is removed
        meanwhile is left out.
        """
        return (card for _, card in self._cards(query, version, filters))

    def mirror_vcards(
        self,
        folder: str | Path,
        *,
        query: str | None = None,
        version: "Version" = "3.0",
        overwrite: bool = False,
        progress: Progress = unwatched,
        **filters: Unpack[Filters],
    ) -> "Kept":
        """Keep a folder of one card a contact, as vdirsyncer and khard read it (see `netcrm.files.vdir`).

        What has not changed is not touched; the cards of people who are no more among them are removed. What another
        program changed since is left and named, until it was imported; with `overwrite` it is replaced. Where nobody
        fits the folder is left as it was.
        """
        from netcrm.files import vdir
        from netcrm.formats.vcard.equality import says_the_same

        cards = self._cards(query, version, filters, progress)
        items = (vdir.VdirItem(contact.uid, card, contact.vcard) for contact, card in cards)
        if (first := next(items, None)) is None:
            return vdir.Kept(0, 0, 0, [])
        everybody = chain([first], items)
        return vdir.keep(Path(folder), everybody, ".vcf", overwrite=overwrite, says_no_more=says_the_same)

    def my_card(self, version: "Version" = "3.0") -> str:
        """My own vCard, to hand on: my name, my job, how I am reached. `Refused` while my name is unknown."""
        from netcrm.services import profile

        with self._store.session() as session:
            return profile.card(session, version)

    def export_my_card(self, path: str | Path, *, version: "Version" = "3.0", overwrite: bool = False) -> None:
        """Write that to a file, whole or not at all."""
        from netcrm.files.atomic import atomic_write

        atomic_write(Path(path), [self.my_card(version)], overwrite=overwrite)

    def _cards(
        self, query: str | None, version: "Version", filters: Filters, progress: Progress = unwatched
    ) -> Iterator[tuple["ExportedContact", str]]:
        from netcrm.formats import vcard
        from netcrm.services.exports import vcards as outgoing
        from netcrm.store import queries

        with self._store.session() as session:
            ids = self._ids(session, query, filters)
        starts = range(0, len(ids), queries.MOST_AT_ONCE)
        for start in watched(starts, len(starts), progress):
            some = ids[start : start + queries.MOST_AT_ONCE]
            with self._store.session() as session:
                people = outgoing.people(session, some)
                extras = outgoing.extras(session, people)
            yield from zip(people, vcard.write(people, version, extras), strict=True)

    def export_json(
        self,
        path: str | Path,
        *,
        query: str | None = None,
        overwrite: bool = False,
        **filters: Unpack[Filters],
    ) -> dict[str, int]:
        """Write the book as one JSON document to a file, whole or not at all; how many items of each section.

        As one moment has it, while others write. A book or a selection with nothing in it writes nothing, and leaves
        the file as it was. `docs/formats.md` says what stands in it.
        """
        from contextlib import nullcontext

        from netcrm.formats.archive import stream
        from netcrm.services.exports import archive

        found: Counter[str] = Counter()

        def counted(items: "Iterable[Item]") -> "Iterator[Item]":
            for item in items:
                found[item[0]] += 1
                yield item

        with self._store.session() as session:
            some = self._chosen(session, query, filters)
            items = counted(archive.items(lambda: nullcontext(session), some))
            _written(path, stream.write(items), overwrite=overwrite)
        return dict(found)

    def json(self, query: str | None = None, **filters: Unpack[Filters]) -> Iterator[str]:
        """The same as pieces of text, a few hundred rows at a time in memory; none where there is nothing.

        With a query or filters: those contacts, with the offers, interactions and answers that concern them.

        Nothing is held open between pieces, so nobody who writes has to wait for you; but what is written meanwhile
        would make a book that never was, and is answered with `Refused`.
        """
        from netcrm.formats.archive import stream
        from netcrm.services.exports import archive

        read, some = self._read_apart(query, filters)
        yield from stream.write(archive.items(read, some))

    def export_csv(
        self,
        path: str | Path,
        *,
        table: str = "contacts",
        query: str | None = None,
        overwrite: bool = False,
        **filters: Unpack[Filters],
    ) -> int:
        """Write one table of the book as CSV to a file, whole or not at all; how many rows were written.

        As one moment has it, while others write. A table without rows leaves the file as it was. The contacts come in
        again through `import_csv`; the whole book goes out and in as `export_json`.
        """
        from contextlib import nullcontext

        from netcrm.formats.csv import writer
        from netcrm.services.exports import tables

        _known(table)
        with self._store.session() as session:
            some = self._chosen(session, query, filters)
            pieces = writer.write(table, tables.rows(lambda: nullcontext(session), table, some))
            return max(0, _written(path, pieces, overwrite=overwrite) - 1)  # without the header

    def csv(self, query: str | None = None, *, table: str = "contacts", **filters: Unpack[Filters]) -> Iterator[str]:
        """The same as pieces of text; none where there are no rows.

        `table` is contacts, work, offers, people, interactions or answers; with a query or filters what concerns those
        contacts. Nothing is held open between pieces, as with `json`.
        """
        from netcrm.formats.csv import writer
        from netcrm.services.exports import tables

        _known(table)
        read, some = self._read_apart(query, filters)
        yield from writer.write(table, tables.rows(read, table, some))

    def _read_apart(self, query: str | None, filters: Filters) -> "tuple[Read, Chosen | None]":
        """What a book is read through page by page, while others may write; and what of it is asked for."""
        from netcrm.services.exports import archive

        read = partial(archive.unchanged, self._store.session, [])
        with read() as session:
            return read, self._chosen(session, query, filters)

    def _chosen(self, session: "Session", query: str | None, filters: Filters) -> "Chosen | None":
        from netcrm.services.exports import archive

        only(filters, Filters)
        if not query and not any(filters.values()):
            return None
        return archive.chosen(session, self._ids(session, query, filters))

    def ics(self, *, form: "Form" = "todos") -> str:
        """Every open follow-up as iCalendar (RFC 5545): to-dos, or all-day events for calendars that show no to-dos.

        Nothing of the moment gets into it, so it is the same text until something happens.
        """
        from netcrm.formats import icalendar
        from netcrm.services.exports import calendar

        follow_ups = self._plan(self.today)
        with self._store.session() as session:
            stamps = calendar.stamps(session)
        return icalendar.write(follow_ups, stamps=stamps, form=form)

    def export_ics(self, path: str | Path, *, form: "Form" = "todos", overwrite: bool = False) -> None:
        """Write that to a file, whole or not at all; a calendar may have subscribed to it."""
        from netcrm.files.atomic import atomic_write

        atomic_write(Path(path), [self.ics(form=form)], overwrite=overwrite)

    def mirror_ics(self, folder: str | Path, *, form: "Form" = "todos", overwrite: bool = False) -> "Kept":
        """Keep a folder of one follow-up a file, as todoman and vdirsyncer read it; as `mirror_vcards` does."""
        from netcrm.files import vdir
        from netcrm.formats import icalendar
        from netcrm.services.exports import calendar

        follow_ups = self._plan(self.today)
        with self._store.session() as session:
            stamps = calendar.stamps(session)
        items = (vdir.VdirItem(uid, text) for uid, text in icalendar.each(follow_ups, stamps=stamps, form=form))
        return vdir.keep(Path(folder), items, ".ics", overwrite=overwrite, needs_no_writing=icalendar.says_the_same)

    def _ids(self, session: "Session", query: str | None, filters: Filters) -> list[int]:
        from netcrm.domain.validation import LONGEST_NAME
        from netcrm.matching.normalize import normalise_name, spellings
        from netcrm.store import queries

        only(filters, Filters)
        silent_for, tier = filters.get("silent_for"), filters.get("tier")
        if query and len(query) > LONGEST_NAME:
            raise InvalidValue("query", query, f"is longer than {LONGEST_NAME} characters; look for a part of it")
        if tier and tier not in get_args(Tier):
            raise InvalidValue("tier", tier, f"is none of {', '.join(get_args(Tier))}; use one of these")
        return queries.contact_ids(
            session,
            query=query,
            tag=filters.get("tag"),
            company=filters.get("company"),
            tier=tier,
            silent_since=self._away("silent for", silent_for, back=True) if silent_for else None,
            spellings=spellings(query or "", queries.region(session)),
            fold=normalise_name,
        )


def _written(path: str | Path, pieces: Iterator[str], *, overwrite: bool) -> int:
    """Write some pieces of text to a file, whole or not at all; how many. Where there are none nothing is written."""
    from netcrm.files.atomic import atomic_write

    if (first := next(pieces, None)) is None:
        return 0
    number = 0

    def counted() -> Iterator[str]:
        nonlocal number
        for piece in chain([first], pieces):
            number += 1
            yield piece

    atomic_write(Path(path), counted(), overwrite=overwrite)
    return number


def _known(table: str) -> None:
    """`InvalidValue` where there is no such table."""
    from netcrm.formats.csv.writer import COLUMNS

    if table not in COLUMNS:
        raise InvalidValue("table", table, f"is none of {', '.join(COLUMNS)}; use one of these")
