"""Write the contacts of an import, within one operation."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from itertools import islice

from netcrm.domain.models import Affiliation, Alias, Contact, ContactMethod, Tag, new_uid
from netcrm.formats.records import ImportedMethod
from netcrm.progress import stage, watched
from netcrm.services.imports.changeset import (
    ChangeSet,
    ContactUpdate,
    NewContact,
    Row,
    affiliation_rows,
    method_rows,
    owned_rows,
)
from netcrm.services.imports.spool import Key
from netcrm.store.unit_of_work import ROWS_AT_ONCE, UnitOfWork


def write(unit: UnitOfWork, change_set: ChangeSet) -> "array[int]":
    """Write all changes, in a few statements for thousands of contacts. Returns the ids of the new ones, in order."""
    batch, ids = change_set.batch, array("q")
    new = watched(change_set.new_contacts(), len(change_set.firsts), stage(batch.tell, 0.75, 0.9))
    while contacts := list(islice(new, ROWS_AT_ONCE)):
        first = unit.add_all(Contact, [_contact_row(contact, unit, batch.added_on) for contact in contacts])
        ids.extend(range(first, first + len(contacts)))
        numbered = list(enumerate(contacts, first))
        _add_around(unit, [(number, contact.ways, contact.tags, contact.aliases) for number, contact in numbered])
        works = ((number, row) for number, contact in numbered for row in _works(contact, batch.source))
        unit.add_all(Affiliation, [{"contact_id": number, **row} for number, row in works])
    updates = watched(change_set.updates.items(), len(change_set.updates), stage(batch.tell, 0.9, 1))
    while changes := list(islice(updates, ROWS_AT_ONCE)):
        _change(unit, change_set, changes)
    return ids


def _change(unit: UnitOfWork, change_set: ChangeSet, changes: Sequence[tuple[int, ContactUpdate]]) -> None:
    values = {contact: {**change.values, "changed_at": unit.now} for contact, change in changes}
    for contact, change in changes:
        if change.card is not None:
            values[contact]["vcard"] = change_set.batch.spool[change.card].record.vcard
    unit.change_all(Contact, values)
    labels = {method: row for _, change in changes for method, row in change.labels.items()}
    unit.change_all(ContactMethod, labels)
    unit.change_all(Affiliation, {job: row for _, change in changes for job, row in change.jobs.items()})
    _add_around(unit, [(contact, change.ways.items(), change.tags, change.aliases) for contact, change in changes])
    works = [{"contact_id": contact, **row} for contact, change in changes for row in change.affiliations]
    unit.add_all(Affiliation, works)


_Around = tuple[int, Iterable[tuple[Key, ImportedMethod]], Mapping[str, None], Mapping[str, None]]
"""The id of a contact, and its new methods, tags and other UIDs."""


def _contact_row(contact: NewContact, unit: UnitOfWork, added_on: date | None) -> Row:
    record = contact.record
    row = {"uid": record.uid or new_uid(), "name": record.name, **contact.values, "vcard": record.vcard}
    row |= {"added_on": record.added_on or added_on, "dormant_on": record.dormant_on}
    row["dormant_reason"] = record.dormant_reason
    return {**row, "changed_at": record.changed_at or unit.now}


def _works(contact: NewContact, source: str) -> list[Row]:
    if contact.record.affiliations is None:
        return affiliation_rows(contact.values["company"], contact.values["title"], None, source)
    return [asdict(work) for work in contact.record.affiliations]


def _add_around(unit: UnitOfWork, owners: Sequence[_Around]) -> None:
    unit.add_all(ContactMethod, [row for contact, ways, _, _ in owners for row in method_rows(contact, ways)])
    unit.add_all(Tag, owned_rows(((contact, tags) for contact, _, tags, _ in owners), "name"))
    unit.add_all(Alias, owned_rows(((contact, uids) for contact, _, _, uids in owners), "uid"))
