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


def write(writing: UnitOfWork, intake: ChangeSet) -> None:
    """Everything the file brought, a few statements for thousands of people."""
    people = watched(intake.newcomers(), len(intake.firsts), stage(intake.pile.tell, 0.75, 0.9))
    source = intake.pile.source
    while some := list(islice(people, ROWS_AT_ONCE)):
        first = writing.add_all(Contact, [_contact_row(who, writing) for who in some])
        numbered = list(enumerate(some, first))
        _add_around(writing, [(number, who.ways, who.tags, who.aliases) for number, who in numbered])
        work = ((number, affiliation(*_work(who), None, source)) for number, who in numbered)
        writing.add_all(Affiliation, [{**row, "contact_id": number} for number, row in work if row])
    known = watched(intake.updates.items(), len(intake.updates), stage(intake.pile.tell, 0.9, 1))
    while changes := list(islice(known, ROWS_AT_ONCE)):
        _change(writing, intake, changes)


def _change(writing: UnitOfWork, intake: ChangeSet, changes: Sequence[tuple[int, ContactUpdate]]) -> None:
    values = {number: {**change.values, "changed_at": writing.now} for number, change in changes}
    for number, change in changes:
        if change.card is not None:
            values[number]["vcard"] = intake.pile.shelf[change.card].record.vcard
    writing.change_all(Contact, values)
    marks = {number: said for _, change in changes for number, said in change.labels.items()}
    writing.change_all(ContactMethod, marks)
    writing.change_all(Affiliation, {job: until for _, change in changes for job, until in change.jobs.items()})
    _add_around(writing, [(number, change.ways, change.tags, change.aliases) for number, change in changes])
    moved = [{**change.affiliation, "contact_id": number} for number, change in changes if change.affiliation]
    writing.add_all(Affiliation, moved)


_Owner = tuple[int, Ways, Mapping[str, None], Mapping[str, None]]
"""A contact's number, with the ways to reach them, the tags and the other UIDs that the file brought."""


def _contact_row(who: NewContact, writing: UnitOfWork) -> dict[str, Any]:
    row = {"uid": who.record.uid or new_uid(), "name": who.record.name, **who.values, "vcard": who.record.vcard}
    return {**row, "added_on": writing.today, "changed_at": writing.now}


def _work(who: NewContact) -> tuple[str | None, str | None]:
    return who.values["company"], who.values["title"]


def _add_around(writing: UnitOfWork, owners: Sequence[_Owner]) -> None:
    writing.add_all(ContactMethod, [row for number, ways, _, _ in owners for row in method_rows(number, ways)])
    writing.add_all(Tag, owned_rows(((number, tags) for number, _, tags, _ in owners), "name"))
    writing.add_all(Alias, owned_rows(((number, uids) for number, _, _, uids in owners), "uid"))
