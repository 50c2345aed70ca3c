"""Compare imported records with the stored contacts that they mean."""

from array import array
from collections.abc import Callable
from typing import NamedTuple

from sqlmodel import Session

from netcrm.formats.records import ImportedContact
from netcrm.formats.vcard import brings_more
from netcrm.progress import stage, watched
from netcrm.services.imports.changeset import (
    COLUMNS,
    NAME_PARTS,
    ChangeSet,
    ContactUpdate,
    Row,
    merged_notes,
)
from netcrm.services.imports.employment import compare_work
from netcrm.services.imports.existing import ExistingContacts
from netcrm.services.imports.spool import Ways
from netcrm.store import queries


class Match(NamedTuple):
    """The record at a place, and the stored contact that it means."""

    contact: int
    place: int
    record: ImportedContact
    ways: Ways


Compare = Callable[[ExistingContacts, ChangeSet, Match], ContactUpdate]
"""The policy of an import: from a record to the changes of its contact, given the changes by earlier records."""


def compare_all(session: Session, change_set: ChangeSet, contacts: "array[int]", compare: Compare) -> None:
    """Compare each record with the contact it means, in the order of the file, a few hundred at a time."""
    spool = change_set.batch.spool
    starts = range(0, len(contacts), queries.MOST_AT_ONCE)
    for start in watched(starts, len(starts), stage(change_set.batch.tell, 0.7, 0.75)):
        portion = contacts[start : start + queries.MOST_AT_ONCE]
        existing = ExistingContacts(session, change_set.batch.source, [contact for contact in portion if contact > 0])
        for contact in set(portion) & change_set.updates.keys():
            existing.note(contact, change_set.updates[contact])
        for place, contact in enumerate(portion, start):
            if contact > 0:
                _compare(existing, change_set, Match(contact, place, *spool[place]), compare)
            elif contact < 0 and change_set.firsts[-contact - 1] != place:
                change_set.merged += 1
                uids = change_set.new_uids.get(place, ())
                new = change_set.filled.setdefault(-contact - 1, change_set.new_contact(-contact - 1))
                new.fill(spool[place], uids)


def _compare(existing: ExistingContacts, change_set: ChangeSet, match: Match, compare: Compare) -> None:
    change = compare(existing, change_set, match)
    if change:
        change_set.update(match.contact, change)
        existing.note(match.contact, change)
    if match.record.company:
        change_set.placed.add(match.contact)
    change_set.merged += match.contact in change_set.touched
    change_set.touched.add(match.contact)


# --------------------------------------------------------------------------- follow the source


def follow_source(existing: ExistingContacts, change_set: ChangeSet, match: Match) -> ContactUpdate:
    """The values that a source did not give before.

    Of several records about a contact the first one is followed; the others only fill gaps.
    """
    contact, place, record, ways = match
    is_first = contact not in change_set.touched
    before = existing.base(contact, record) if is_first else None
    change = ContactUpdate(existing.contacts[contact]["name"])
    if before != record and not (is_first and existing.says_already(contact, record)):
        change.values = _new_values(existing.contacts[contact], record, before)
        if is_first and _replaces_card(record, before):
            change.card = place
        earlier = set(existing.normalise(before))
        new_ways = ((key, way) for key, way in ways if (contact, *key) not in existing.methods)
        change.ways = {key: way for key, way in new_ways if key not in earlier}
        change.labels = _new_labels(existing, contact, ways)
        tags = set(before.tags) if before else set()
        change.tags = {tag: None for tag in record.tags if (contact, tag) not in existing.tags and tag not in tags}
        if record.company and contact not in change_set.placed:
            change.merge(compare_work(existing, contact, record, change_set.batch.today))
    change.aliases = dict.fromkeys(change_set.new_uids.get(place, ()))
    return change


def _replaces_card(record: ImportedContact, before: ImportedContact | None) -> bool:
    """Whether a card replaces the stored one; a damaged card does not, nor does one with another UID."""
    if record.vcard is None:
        return False
    if before is None:
        return brings_more(record.vcard, None)
    return record.whole and before.uid in (None, record.uid) and brings_more(record.vcard, before.vcard)


def _new_labels(existing: ExistingContacts, contact: int, ways: Ways) -> dict[int, Row]:
    """New values of stored methods, by id: a label where there is none, a preferred method where a kind has none."""
    labels: dict[int, Row] = {}
    preferred = set[str]()
    for (kind, normalised), way in ways:
        method = existing.methods.get((contact, kind, normalised))
        if method is None or method.number is None:
            continue
        values: Row = {"label": way.label} if method.label is None and way.label else {}
        if way.preferred and kind not in preferred and (contact, kind) not in existing.preferred:
            values["preferred"] = True
            preferred.add(kind)
        if values:
            labels[method.number] = values
    return labels


def _new_values(stored: Row, record: ImportedContact, before: ImportedContact | None) -> Row:
    """New values for columns that are empty, or still as the source gave them before; the user's values stay.

    Work is compared by itself. The parts of a name only count if there is an earlier card to compare them with.
    """
    values: Row = {}
    for name in ("name", *COLUMNS):
        if name in ("company", "title") or (name in NAME_PARTS and before is None):
            continue
        now, new = stored[name], getattr(record, name) or None
        earlier = (getattr(before, name) or None) if before else None
        if new is None or new in (now, earlier):
            continue
        if now is None or (before and now == earlier):
            values[name] = new
        elif name == "notes" and (notes := merged_notes(now, new)) != now:
            values[name] = notes
    return values
