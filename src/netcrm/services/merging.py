"""Combine two contacts that are one person; `undo` separates them again.

Nothing is lost. A value that only one contact has is kept. If both have one, the kept contact's stands, and the other
goes into the notes where it would be lost otherwise. The other UID becomes an alias, so that its vCard finds the merged
contact.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar

from sqlmodel import Session

from netcrm.domain.models import (
    Affiliation,
    Alias,
    Contact,
    ContactMethod,
    Decision,
    InteractionContact,
    Participant,
    Stored,
    validated,
)
from netcrm.domain.validation import LONGEST_TEXT
from netcrm.errors import InvalidValue, Refused
from netcrm.matching.features import LinkageRecord
from netcrm.matching.scoring import LIKELY, Search, search
from netcrm.services import contacts
from netcrm.store import queries
from netcrm.store.unit_of_work import UnitOfWork
from netcrm.workspace import Workspace

Row = TypeVar("Row", bound=Stored)

_FILLED = (
    "given_name",
    "family_name",
    "company",
    "title",
    "timezone",
    "birthday",
    "tier",
    "every",
    "vcard",
)
"""Columns that are taken from the other contact if the kept one has no value."""

_EARLIEST = ("connected_on", "added_on")
_SAID = {"name": "Name", "company": "Company", "title": "Title", "birthday": "Birthday", "timezone": "Time zone"}
"""Columns that go into the notes if the two contacts differ."""

_STRONGEST = ("recruiter", "hiring-manager", "referrer", "interviewer", "other")
"""If both took part in an offer, the role that asks most of the user stands."""

_ANSWERED = ("done", "skipped", "snoozed")
"""If both have an answer to the same follow-up, the first of these verdicts stands."""


def duplicates(workspace: Workspace, at_least: float | None) -> Search:
    """Pairs of contacts who may be one person, the likeliest first; `at_least` is a score from 0 to 1."""
    if at_least is not None and not 0 <= at_least <= 1:
        raise InvalidValue("at least", at_least, "is not a score; give a number from 0 to 1")
    with workspace.session() as session:
        people = linkage_records(session)
    return search(people, at_least=LIKELY if at_least is None else at_least)


def merge(workspace: Workspace, kept: Contact | int | str, other: Contact | int | str) -> Contact:
    """One contact made of two; the first keeps its number, its UID and its name."""
    with workspace.write("merge") as unit:
        first, second = (contacts.find(unit.session, who) for who in (kept, other))
        _merge(unit, first, second)
        unit.summary = f"Merged {second.name} ({second.number}) into {first.name} ({first.number})"
        return unit.reread(first)


def _merge(unit: UnitOfWork, kept: Contact, other: Contact) -> None:
    if kept.number == other.number:
        raise Refused(f"{kept.name} ({kept.number}) is the same contact twice; name two contacts")
    _move_methods(unit, kept, other)
    _move_tags(unit, kept, other)
    for model in (Alias, Affiliation):
        for row in queries.rows_of(unit.session, model, other.number):
            unit.change(row, contact_id=kept.number)
    _move_parts(unit, kept, other)
    _move_talks(unit, kept, other)
    _move_answers(unit, kept, other)
    values = _values(kept, other)
    unit.remove(other)
    unit.add(validated(Alias, contact_id=kept.number, uid=other.uid))
    unit.change(kept, **values, changed_at=unit.now)


def _values(kept: Contact, other: Contact) -> dict[str, Any]:
    """The values of the kept contact after the merge."""
    values = {name: getattr(kept, name) or getattr(other, name) for name in _FILLED}
    for name in _EARLIEST:
        days = [day for day in (getattr(kept, name), getattr(other, name)) if day]
        values[name] = min(days, default=None)
    if not (kept.dormant_on and other.dormant_on):  # the merged contact is dormant only if both were
        values |= {"dormant_on": None, "dormant_reason": None}
    differing = [
        f"{word}: {getattr(other, name)}"
        for name, word in _SAID.items()
        if getattr(other, name) and getattr(kept, name) and getattr(other, name) != getattr(kept, name)
    ]
    several = [kept.notes, other.notes if other.notes != kept.notes else None, "\n".join(differing)]
    notes = "\n\n".join(filter(None, several))
    if len(notes) > LONGEST_TEXT:
        raise Refused("the combined notes are longer than 1 MiB; shorten the notes of one contact and merge again")
    return {**values, "notes": notes or None}


def _move_methods(unit: UnitOfWork, kept: Contact, other: Contact) -> None:
    known = {(method.kind, method.normalised) for method in kept.methods}
    has_preferred = {method.kind for method in kept.methods if method.preferred}
    for method in other.methods:
        if (method.kind, method.normalised) in known:
            unit.remove(method)
        else:
            unit.change(method, contact_id=kept.number, preferred=method.preferred and method.kind not in has_preferred)


def _move_tags(unit: UnitOfWork, kept: Contact, other: Contact) -> None:
    for tag in other.tag_rows:
        if tag.name in kept.tags:
            unit.remove(tag)
        else:
            unit.change(tag, contact_id=kept.number)


def _move_parts(unit: UnitOfWork, kept: Contact, other: Contact) -> None:
    """Move the roles in offers; if both took part in one, the role that asks most of the user stands."""
    kept_parts = {part.offer_id: part for part in queries.rows_of(unit.session, Participant, kept.number)}
    for part in queries.rows_of(unit.session, Participant, other.number):
        if part.offer_id not in kept_parts:
            unit.change(part, contact_id=kept.number)
            continue
        kept_part = kept_parts[part.offer_id]
        unit.remove(part)
        unit.change(kept_part, role=_first(_STRONGEST, kept_part.role, part.role))


def _move_talks(unit: UnitOfWork, kept: Contact, other: Contact) -> None:
    kept_interactions = {link.interaction_id for link in queries.rows_of(unit.session, InteractionContact, kept.number)}
    for link in queries.rows_of(unit.session, InteractionContact, other.number):
        if link.interaction_id in kept_interactions:
            unit.remove(link)
        else:
            unit.change(link, contact_id=kept.number)


def _move_answers(unit: UnitOfWork, kept: Contact, other: Contact) -> None:
    """Move the answers, including those to rounds and birthdays, whose cause names the contact."""
    kept_answers = {_asked(answer): answer for answer in queries.decisions(unit.session, kept.uid)}
    for answer in queries.decisions(unit.session, other.uid):
        cause = answer.cause.replace(f"contact:{other.uid}", f"contact:{kept.uid}")
        kept_answer = kept_answers.get((cause, answer.playbook, answer.step))
        if kept_answer is None:
            unit.change(answer, contact_uid=kept.uid, cause=cause)
            continue
        stands = _first(_ANSWERED, kept_answer.verdict, answer.verdict)
        unit.remove(answer)
        if stands != kept_answer.verdict:
            columns = ("verdict", "day", "until", "due", "reason", "interaction_id", "snapshot")
            unit.change(kept_answer, **{name: getattr(answer, name) for name in columns})


def _asked(answer: Decision) -> tuple[str, str, str]:
    return answer.cause, answer.playbook, answer.step


def _first(order: Sequence[str], left: str, right: str) -> Any:
    return min(left, right, key=order.index)


_COLUMNS = ("id", "name", "given_name", "family_name", "company", "title", "birthday")


def linkage_records(session: Session) -> list[LinkageRecord]:
    """Every contact as duplicate detection reads it; no entities are built, which would be slow."""
    methods: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for contact, kind, normalised in queries.every(session, ContactMethod, "contact_id", "kind", "normalised"):
        methods[contact].add((kind, normalised))
    worked: dict[int, set[str | None]] = defaultdict(set)
    for contact, organisation in queries.every(session, Affiliation, "contact_id", "organisation"):
        worked[contact].add(organisation)
    return [
        LinkageRecord(
            number=number,
            name=name,
            given_name=given_name or "",
            family_name=family_name or "",
            company=company,
            earlier=frozenset(filter(None, worked[number] - {company})),
            title=title,
            methods=frozenset(methods[number]),
            birthday=birthday,
        )
        for number, name, given_name, family_name, company, title, birthday in queries.every(
            session, Contact, *_COLUMNS
        )
    ]
