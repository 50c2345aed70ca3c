"""Contacts: find, add, change and remove them."""

from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, get_args

from sqlmodel import Session, select

from netcrm.domain.coercion import only, several
from netcrm.domain.models import (
    Affiliation,
    Alias,
    Contact,
    ContactMethod,
    Interaction,
    InteractionContact,
    Participant,
    Stored,
    Tag,
    validated,
)
from netcrm.domain.validation import LONGEST_NAME, clean
from netcrm.domain.vocabulary import OWNED, MethodKind, Tier
from netcrm.errors import Ambiguous, InvalidValue, NoSuch, Refused
from netcrm.matching import normalize
from netcrm.planning.window import telling
from netcrm.services.parameters import Details, Filters
from netcrm.store import queries
from netcrm.store.unit_of_work import UnitOfWork
from netcrm.workspace import Workspace

ME = "me"
"""The source of an affiliation that did not come from an import."""


class NormalisedMethod(NamedTuple):
    """One way to reach a contact: its kind, the value as it was given, and its normal form."""

    kind: MethodKind
    value: str
    normalised: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenMethods:
    """The ways to reach a contact, as they were given."""

    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    urls: Sequence[str] = ()
    linkedin: str | None = None

    def normalised(self, region: str | None) -> list[NormalisedMethod]:
        """Each method once: of two spellings with the same normal form, the first."""
        given: list[tuple[MethodKind, str]] = [("email", email) for email in self.emails]
        given += [("phone", phone) for phone in self.phones]
        given += [("url", url) for url in self.urls]
        if self.linkedin:
            given.append(("linkedin", self.linkedin))
        methods: dict[tuple[MethodKind, str], NormalisedMethod] = {}
        for kind, value in given:
            form = normalised_value(kind, value, region)
            methods.setdefault((kind, form), NormalisedMethod(kind, value, form))
        return list(methods.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDetails:
    """The details given about a contact: values of columns, ways to reach them, and tags."""

    values: Mapping[str, Any] = field(default_factory=dict)
    reach: GivenMethods = GivenMethods()
    tags: Sequence[str] = ()

    @classmethod
    def of(cls, details: Mapping[str, Any], **values: Any) -> "GivenDetails":
        """The details that a caller gave, with further values of columns."""
        lists = {key: several(details.get(key) or ()) for key in ("emails", "phones", "urls", "tags")}
        tags = list(dict.fromkeys(map(clean, lists.pop("tags"))))
        columns = {key: value for key, value in details.items() if key not in (*lists, "tags", "linkedin")}
        reach = GivenMethods(**lists, linkedin=details.get("linkedin"))
        return cls(values={**columns, **values}, reach=reach, tags=tags)


# --------------------------------------------------------------------------- finding


def get(workspace: Workspace, who: Contact | int | str) -> Contact:
    """The one contact with that id, UID, e-mail address or part of a name; `NoSuch` or `Ambiguous` otherwise."""
    with workspace.session() as session:
        return find(session, who)


def search(workspace: Workspace, query: str | None, filters: Filters) -> list[Contact]:
    """The contacts that match a query and all filters, by name."""
    with workspace.session() as session:
        ids = matching_ids(workspace, session, query, filters)
        by_id = {contact.number: contact for contact in queries.by_ids(session, Contact, ids)}
        return [by_id[number] for number in ids]


def matching_ids(workspace: Workspace, session: Session, query: str | None, filters: Filters) -> list[int]:
    """The ids of the contacts that match a query and all filters, by name."""
    only(filters, Filters)
    silent_for, tier = filters.get("silent_for"), filters.get("tier")
    if query and len(query) > LONGEST_NAME:
        raise InvalidValue("query", query, f"is longer than {LONGEST_NAME} characters; search for a part of it")
    if tier and tier not in get_args(Tier):
        raise InvalidValue("tier", tier, f"is not one of {', '.join(get_args(Tier))}")
    return queries.contact_ids(
        session,
        query=query,
        tag=filters.get("tag"),
        company=filters.get("company"),
        tier=tier,
        silent_since=workspace.away("silent for", silent_for, back=True) if silent_for else None,
        spellings=normalize.spellings(query or "", queries.region(session)),
        fold=normalize.normalise_name,
    )


def find(session: Session, who: Contact | int | str) -> Contact:
    """The one contact that a name, id or address means; `NoSuch` or `Ambiguous` otherwise."""
    name = str(who.number if isinstance(who, Contact) else who)
    matches = queries.contacts_named(session, name, normalize.normalise_name)
    if not matches:
        raise NoSuch("contact", name, _suggestion(session, name))
    if len(matches) > 1:
        raise Ambiguous("contact", name, [line(contact) for contact in matches])
    return matches[0]


def _suggestion(session: Session, name: str) -> str:
    near = normalize.nearest(name, (full for _, full in queries.every(session, Contact, "id", "name")))
    return f"did you mean {near}?" if near else "`netcrm list` lists your contacts, `netcrm add` adds one"


def line(contact: Contact) -> str:
    """A contact in one line, detailed enough to tell two of the same name apart."""
    details = [part for part in (contact.company, contact.email) if part]
    return f"{contact.id}  {contact.name}" + (f" ({', '.join(details)})" if details else "")


# --------------------------------------------------------------------------- adding and changing


def add(workspace: Workspace, name: str, details: Mapping[str, Any]) -> Contact:
    """A new contact, stored with the given details."""
    only(details, Details)
    given = GivenDetails.of(details, name=name)
    with workspace.write("add", f"Added {name}") as unit:
        return unit.reread(create(unit, given))


def edit(
    workspace: Workspace, who: Contact | int | str, name: str | None, drop: Iterable[str], details: Mapping[str, Any]
) -> Contact:
    """A contact with lists added to, other values replaced, and the dropped addresses, links and tags removed."""
    only(details, Details)
    given = GivenDetails.of(details, name=name)
    with workspace.write("edit") as unit:
        contact = find(unit.session, who)
        unit.summary = f"Changed {contact.name}"
        change(unit, contact, given, drop=several(drop))
        return unit.reread(contact)


def create(unit: UnitOfWork, details: GivenDetails) -> Contact:
    """Store a new contact with the ways to reach them, tags and current work."""
    values = _with_dormant_columns(details.values, unit.today)
    filled = {key: value for key, value in values.items() if not _blank(value)}
    contact = unit.add(
        validated(Contact, **{**filled, "name": values["name"]}, added_on=unit.today, changed_at=unit.now)
    )
    _check_birthday(contact.birthday, unit.today)
    for method in details.reach.normalised(queries.region(unit.session)):
        _add_method(unit, contact, method)
    for tag in details.tags:
        unit.add(validated(Tag, contact_id=contact.number, name=tag))
    _affiliate(unit, contact, None)
    return contact


def change(unit: UnitOfWork, contact: Contact, details: GivenDetails, drop: Sequence[str] = ()) -> None:
    """Change a contact: e-mails, phones, links and tags are added or dropped, all other values replaced."""
    given = emptied(_with_dormant_columns(details.values, unit.today), "name")
    wanted = validated(Contact, **{**contact.model_dump(exclude={"id"}), **given})
    _check_birthday(wanted.birthday, unit.today)
    company, title = contact.company, contact.title
    touched = unit.change(contact, **{key: getattr(wanted, key) for key in given})
    if (wanted.company, wanted.title) != (company, title):
        _affiliate(unit, contact, company)
    methods = details.reach.normalised(queries.region(unit.session))
    gone = _replaced(contact, methods) if details.reach.linkedin is not None else []
    for method in methods:
        touched |= _add_method(unit, contact, method)
    for tag in details.tags:
        if tag not in contact.tags:
            unit.add(validated(Tag, contact_id=contact.number, name=tag))
            touched = True
    for value in drop:
        gone += _named(contact, value, queries.region(unit.session))
    for row in {(type(row), row.number): row for row in gone}.values():
        unit.remove(row)
    if touched or gone:
        unit.change(contact, changed_at=unit.now)


def _with_dormant_columns(values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The values with `dormant` replaced by its two columns: the day and the reason."""
    columns = {key: value for key, value in values.items() if key != "dormant"}
    reason = values.get("dormant")
    if reason is not None:
        columns |= {"dormant_reason": reason, "dormant_on": today if clean(reason) else ""}
    return columns


def retire(unit: UnitOfWork, contacts: Sequence[int], reason: str) -> None:
    """Make contacts dormant: no step asks for them any more."""
    for contact in queries.by_ids(unit.session, Contact, contacts):
        values = validated(Contact, name=contact.name, **_with_dormant_columns({"dormant": reason}, unit.today))
        unit.change(contact, dormant_on=values.dormant_on, dormant_reason=values.dormant_reason)


def wake(unit: UnitOfWork, uid: str, reason: str) -> None:
    """Wake a contact who was made dormant for this reason."""
    for contact in queries.contacts_named(unit.session, uid, normalize.normalise_name) if uid else ():
        if contact.uid == uid and contact.dormant_reason == reason:
            unit.change(contact, dormant_on=None, dormant_reason=None)


def emptied(values: Mapping[str, Any], needed: str) -> dict[str, Any]:
    """The given values, with None for a blank one. A blank in the needed column stays, so that
    validation refuses it.
    """
    given = {key: value for key, value in values.items() if value is not None}
    return {key: None if _blank(value) and key != needed else value for key, value in given.items()}


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not clean(value))


def _check_birthday(day: date | None, today: date) -> None:
    if day and day > today:
        raise InvalidValue("birthday", day, "lies in the future; check the year")


def _affiliate(unit: UnitOfWork, contact: Contact, before: str | None) -> None:
    """Update where a contact works. The company they had `before` ends today; a corrected title is not a new job."""
    now, today = contact.company, unit.today
    known = queries.rows_of(unit.session, Affiliation, contact.number)
    current = [work for work in known if work.until is None]
    at_company = [work for work in current if _same(work.organisation, now)]
    for work in at_company:
        # The values of LinkedIn stay as imported: comparing with them, an import tells a change from the user's
        # correction.
        if work.source == ME:
            unit.change(work, organisation=now, title=contact.title)
    if _same(before, now):
        return
    for work in current:
        if not _same(work.organisation, now):
            unit.change(work, until=max(today, work.since or today))
    if now and not at_company:
        since = today if known else None
        values = {"organisation": now, "title": contact.title, "since": since, "source": ME}
        unit.add(validated(Affiliation, contact_id=contact.number, **values))


def _same(left: str | None, right: str | None) -> bool:
    return normalize.normalise_name(left or "") == normalize.normalise_name(right or "")


def _replaced(contact: Contact, given: Iterable[NormalisedMethod]) -> list[Stored]:
    """The LinkedIn profiles that differ from the given one."""
    kept = {method.normalised for method in given if method.kind == "linkedin"}
    return [method for method in contact.methods if method.kind == "linkedin" and method.normalised not in kept]


def _add_method(unit: UnitOfWork, contact: Contact, method: NormalisedMethod) -> bool:
    stored = contact.methods if contact in unit.session else []
    if any((known.kind, known.normalised) == (method.kind, method.normalised) for known in stored):
        return False
    for owner in queries.contacts_with(unit.session, method.kind, method.normalised) if method.kind in OWNED else ():
        if owner.number != contact.number:
            why = f"{method.value} already belongs to {owner.name} ({owner.id}); use another, or remove it there first"
            raise Refused(why)
    unit.add(validated(ContactMethod, contact_id=contact.number, **method._asdict()))
    return True


def renormalise_phones(unit: UnitOfWork, region: str | None) -> None:
    """Normalise all phone numbers again after the user's country has changed."""
    for method in unit.session.exec(select(ContactMethod).where(ContactMethod.kind == "phone")):
        with suppress(ValueError):
            unit.change(method, normalised=normalize.normalise("phone", method.value, region))


def normalised_value(kind: MethodKind, value: str, region: str | None = None) -> str:
    """The normal form of an address; `InvalidValue` if it has none."""
    try:
        return normalize.normalise(kind, value, region)
    except ValueError as error:
        raise InvalidValue(kind, value, str(error)) from None


def _named(contact: Contact, value: str, region: str | None) -> list[Stored]:
    """The addresses, links and tags of a contact that a value means, in any spelling."""
    text, spelled = clean(value), normalize.spellings(value, region)
    tags = [tag for tag in contact.tag_rows if tag.name == text]
    methods = [
        method for method in contact.methods if method.value == text or method.normalised == spelled.get(method.kind)
    ]
    if not tags and not methods:
        raise NoSuch("address, link or tag", value, f"`netcrm show {contact.id}` lists those of {contact.name}")
    return [*tags, *methods]


# --------------------------------------------------------------------------- removing


def remove(workspace: Workspace, who: Contact | int | str) -> Contact:
    """Remove a contact and everything that belongs to them alone; `undo` restores it all."""
    with workspace.write("remove") as unit:
        contact = find(unit.session, who)
        unit.summary = f"Removed {contact.name}"
        _remove(unit, contact, telling(workspace.playbooks))
    return contact


def _remove(unit: UnitOfWork, contact: Contact, tells: Container[tuple[str, str]]) -> None:
    """Remove a contact's rows. Answers to a step that `tells` a company of a decision stay: the company still knows."""
    session, number = unit.session, contact.number
    for decision in queries.decisions(session, contact.uid):
        if decision.verdict != "done" or (decision.playbook, decision.step) not in tells:
            unit.remove(decision)
    for model in (Participant, ContactMethod, Alias, Tag, Affiliation):
        for row in queries.rows_of(session, model, number):
            unit.remove(row)
    for link in queries.rows_of(session, InteractionContact, number):
        alone = len(queries.links_of(session, link.interaction_id)) == 1
        unit.remove(link)
        if alone:
            unlog(unit, link.interaction_id)
    unit.remove(contact)


def unlog(unit: UnitOfWork, number: int) -> None:
    """Remove an interaction; an answer that logged it stays without it."""
    for decision in queries.decisions_of(unit.session, number):
        unit.change(decision, interaction_id=None)
    for link in queries.links_of(unit.session, number):
        unit.remove(link)
    for interaction in queries.by_ids(unit.session, Interaction, [number]):
        unit.remove(interaction)
