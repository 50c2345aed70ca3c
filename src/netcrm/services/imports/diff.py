"""What an imported record says that is new about a contact."""

from array import array
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session

from netcrm.formats.records import ImportedContact
from netcrm.formats.vcard import brings_more
from netcrm.progress import stage, watched
from netcrm.services.imports.changeset import (
    COLUMNS,
    ChangeSet,
    ContactUpdate,
    slug,
    with_notes,
)
from netcrm.services.imports.employment import compare_work
from netcrm.services.imports.existing import ExistingContacts
from netcrm.services.imports.spool import Ways
from netcrm.store import queries


def compare_all(session: Session, change_set: ChangeSet, meant: "array[int]") -> None:
    """Each record with whom it means, in the file's order, those who are there some hundreds at a time."""
    starts = range(0, len(meant), queries.MOST_AT_ONCE)
    for start in watched(starts, len(starts), stage(change_set.batch.tell, 0.7, 0.75)):
        some = meant[start : start + queries.MOST_AT_ONCE]
        book = ExistingContacts(session, change_set.batch.source, [who for who in some if who > 0])
        for who in set(some) & change_set.updates.keys():
            book.note(who, change_set.updates[who])
        for place, who in enumerate(some, start):
            if who > 0:
                _compare(book, change_set, who, place)
            elif who < 0 and change_set.firsts[-who - 1] != place:
                change_set.merged += 1
                more = change_set.new_uids.get(place, ())
                change_set.filled.setdefault(-who - 1, change_set.newcomer(-who - 1)).fill(
                    change_set.batch.spool[place], more
                )


def _compare(book: ExistingContacts, change_set: ChangeSet, who: int, place: int) -> None:
    """What a record says of somebody who is there; of several the first is followed, the others fill what is empty."""
    record, ways = change_set.batch.spool[place]
    is_first = who not in change_set.touched
    before = book.base(who, record) if is_first else None
    change = ContactUpdate(book.contacts[who]["name"])
    if before != record and not (is_first and book.says_already(who, record)):
        _compare_facts(book, change, who, record, before)
        if is_first and _is_kept(record, before):
            change.card = place
        was = set(book.normalise(before))
        change.ways = {key: way for key, way in ways.items() if (who, *key) not in book.methods and key not in was}
        change.labels = dict(_labels(book, who, ways))
        tags = set(before.tags) if before else set()
        change.tags = {tag: None for tag in record.tags if (who, tag) not in book.tags and tag not in tags}
        if record.company and who not in change_set.placed:
            compare_work(book, change, who, record, change_set.batch.today)
    if record.company:
        change_set.placed.add(who)
    change.aliases |= dict.fromkeys(change_set.new_uids.get(place, ()))
    if change:
        earlier = change_set.updates.setdefault(who, change)
        if earlier is not change:
            earlier.merge(change)
        book.note(who, change)
    change_set.merged += not is_first
    change_set.touched.add(who)


def _is_kept(record: ImportedContact, before: ImportedContact | None) -> bool:
    """Whether a card takes the place of the one that was kept: neither a damaged one does, nor another program's."""
    if record.vcard is None:
        return False
    if before is None:
        return brings_more(record.vcard, None)
    return record.whole and before.uid in (None, record.uid) and brings_more(record.vcard, before.vcard)


def _labels(book: ExistingContacts, who: int, ways: Ways) -> Iterator[tuple[int, dict[str, Any]]]:
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


def _compare_facts(
    book: ExistingContacts, change: ContactUpdate, who: int, record: ImportedContact, before: ImportedContact | None
) -> None:
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
