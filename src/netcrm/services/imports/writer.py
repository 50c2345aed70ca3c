"""Write the changes of an import, in one operation."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from netcrm.domain.models import Affiliation, Alias, Contact, ContactMethod, Tag, new_uid
from netcrm.progress import stage, watched
from netcrm.services.imports.changeset import (
    ChangeSet,
    ContactUpdate,
    NewContact,
    affiliation,
    method_rows,
    owned_rows,
)
from netcrm.services.imports.spool import Ways
from netcrm.store.unit_of_work import ROWS_AT_ONCE, UnitOfWork


def write(unit: UnitOfWork, change_set: ChangeSet) -> None:
    """Everything the file brought, a few statements for thousands of people."""
    people = watched(change_set.newcomers(), len(change_set.firsts), stage(change_set.batch.tell, 0.75, 0.9))
    source = change_set.batch.source
    while some := list(islice(people, ROWS_AT_ONCE)):
        first = unit.add_all(Contact, [_contact_row(who, unit) for who in some])
        numbered = list(enumerate(some, first))
        _add_around(unit, [(number, who.ways, who.tags, who.aliases) for number, who in numbered])
        work = ((number, affiliation(*_work(who), None, source)) for number, who in numbered)
        unit.add_all(Affiliation, [{**row, "contact_id": number} for number, row in work if row])
    known = watched(change_set.updates.items(), len(change_set.updates), stage(change_set.batch.tell, 0.9, 1))
    while changes := list(islice(known, ROWS_AT_ONCE)):
        _change(unit, change_set, changes)


def _change(unit: UnitOfWork, change_set: ChangeSet, changes: Sequence[tuple[int, ContactUpdate]]) -> None:
    values = {number: {**change.values, "changed_at": unit.now} for number, change in changes}
    for number, change in changes:
        if change.card is not None:
            values[number]["vcard"] = change_set.batch.spool[change.card].record.vcard
    unit.change_all(Contact, values)
    marks = {number: said for _, change in changes for number, said in change.labels.items()}
    unit.change_all(ContactMethod, marks)
    unit.change_all(Affiliation, {job: until for _, change in changes for job, until in change.jobs.items()})
    _add_around(unit, [(number, change.ways, change.tags, change.aliases) for number, change in changes])
    moved = [{**change.affiliation, "contact_id": number} for number, change in changes if change.affiliation]
    unit.add_all(Affiliation, moved)


_Owner = tuple[int, Ways, Mapping[str, None], Mapping[str, None]]
"""A contact's number, with the ways to reach them, the tags and the other UIDs that the file brought."""


def _contact_row(who: NewContact, unit: UnitOfWork) -> dict[str, Any]:
    row = {"uid": who.record.uid or new_uid(), "name": who.record.name, **who.values, "vcard": who.record.vcard}
    return {**row, "added_on": unit.today, "changed_at": unit.now}


def _work(who: NewContact) -> tuple[str | None, str | None]:
    return who.values["company"], who.values["title"]


def _add_around(unit: UnitOfWork, owners: Sequence[_Owner]) -> None:
    unit.add_all(ContactMethod, [row for number, ways, _, _ in owners for row in method_rows(number, ways)])
    unit.add_all(Tag, owned_rows(((number, tags) for number, _, tags, _ in owners), "name"))
    unit.add_all(Alias, owned_rows(((number, uids) for number, _, _, uids in owners), "uid"))
