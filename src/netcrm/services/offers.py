"""Offers: the people on them, and the decision about each."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, get_args

from sqlmodel import Session

from netcrm.domain.coercion import each, several
from netcrm.domain.dates import Calendar, subtract
from netcrm.domain.models import Contact, Interaction, Job, Offer, Participant, validated
from netcrm.domain.vocabulary import Role
from netcrm.errors import (
    AlreadyAccepted,
    AlreadyDecided,
    Ambiguous,
    InvalidValue,
    NoSuch,
    NotLocked,
    Refused,
    TwoReasons,
)
from netcrm.matching import normalize
from netcrm.planning.follow_up import cause_key
from netcrm.planning.history import Event
from netcrm.planning.quiet_period import SEASON
from netcrm.services import contacts
from netcrm.store import queries
from netcrm.store.unit_of_work import UnitOfWork
from netcrm.workspace import Workspace

_PERSON = re.compile(r"\s*(?P<name>[^<>]*?)\s*(?:<(?P<email>[^<>]*)>)?\s*(?::\s*(?P<role>[^:<>]*?))?\s*")

_NUMBERED = re.compile(r"(?i)\s*offer\s+(\d+)\s*")

_ROLES: tuple[Role, ...] = get_args(Role)

MET = ("hiring-manager", "interviewer")
"""Roles of people who work at the company of the offer; a recruiter may work for an agency."""

OF_A_DECISION = ("declined", "accepted", "signed", "cleared", "starts", "started")
"""The kinds of event that a decision gives an offer, and that may start a playbook."""

OF_AN_OFFER = (*OF_A_DECISION, "received", "respond-by")


def get(workspace: Workspace, which: Offer | int | str) -> Offer:
    """The one offer with that id, UID or part of the company's name; `NoSuch` or `Ambiguous` otherwise."""
    with workspace.session() as session:
        return find(session, which)


def all_offers(workspace: Workspace) -> list[Offer]:
    """Every offer, the undecided ones first."""
    with workspace.session() as session:
        return queries.offers(session)


def find(session: Session, which: Offer | int | str, *, open_first: bool = False) -> Offer:
    """The one offer that a name or id means; with `open_first`, an undecided offer is preferred."""
    name = str(which.number if isinstance(which, Offer) else which)
    matches = queries.offers_named(session, name, normalize.normalise_name)
    undecided = [offer for offer in matches if offer.decision is None]
    if open_first and len(undecided) == 1:
        matches = undecided
    if not matches:
        raise NoSuch("offer", name, _suggestion(session, name))
    if len(matches) > 1:
        raise Ambiguous("offer", name, [line(offer) for offer in matches])
    return matches[0]


def _suggestion(session: Session, name: str) -> str:
    near = normalize.nearest(name, (offer.organisation for offer in queries.offers(session)))
    if near:
        return f"did you mean {near}?"
    return "`netcrm offer list` lists your offers, `netcrm offer add COMPANY` adds one"


def meant(session: Session, what: Contact | Offer | int | str) -> Contact | Offer:
    """The contact or the offer that a word means; a whole name is preferred to a part.

    A number is a contact's id; “offer 3” is the offer with that id.
    """
    if isinstance(what, Offer):
        return what
    if isinstance(what, str) and (numbered := _NUMBERED.fullmatch(what)):
        return find(session, numbered[1])
    if isinstance(what, Contact | int) or what.strip().isdecimal():
        return contacts.find(session, what)
    people = queries.contacts_named(session, what, normalize.normalise_name)
    companies = queries.offers_named(session, what, normalize.normalise_name)
    folded = normalize.normalise_name(what)
    exact: list[Contact | Offer] = [match for match in people if normalize.normalise_name(match.name) == folded]
    exact += [match for match in companies if normalize.normalise_name(match.organisation) == folded]
    matches = exact or [*people, *companies]
    if not matches:
        raise NoSuch("contact or offer", what, "`netcrm list` lists your contacts, `netcrm offer list` your offers")
    if len(matches) > 1:
        lines = [f"offer {line(match)}" if isinstance(match, Offer) else contacts.line(match) for match in matches]
        raise Ambiguous("contacts and offer", what, lines)
    return matches[0]


def line(offer: Offer) -> str:
    """An offer in one line."""
    text = f"{offer.id}  {offer.organisation}" + (f", {offer.role}" if offer.role else "")
    return f"{text} ({offer.decision} {offer.decided_on})" if offer.decision else f"{text} (undecided)"


def add(workspace: Workspace, values: dict[str, Any], people: Iterable[str]) -> Offer:
    """A new offer, stored with the people on it."""
    with workspace.write("offer") as unit:
        offer = validated(Offer, **values)
        _ordered(offer, unit.today)
        unit.add(offer)
        put = _put_people_on(unit, offer, several(people))
        unit.summary = f"Added {offer.titled}" + (f" with {', '.join(put)}" if put else "")
        return unit.reread(offer)


def edit(
    workspace: Workspace,
    which: Offer | int | str,
    values: dict[str, Any],
    drop: Contact | int | str | Sequence[Contact | int | str],
    *,
    anyway: bool,
) -> Offer:
    """An offer with the given values replaced, blank ones cleared, and the dropped people removed from it."""
    with workspace.write("offer") as unit:
        offer = find(unit.session, which)
        people = [contacts.find(unit.session, who) for who in each(drop)]
        _edit(unit, offer, values, people, anyway=anyway)
        return unit.reread(offer)


def _edit(unit: UnitOfWork, offer: Offer, values: dict[str, Any], drop: Sequence[Contact], *, anyway: bool) -> None:
    given = contacts.emptied(values, "organisation")
    for key in ("decided_on", "because", "reason"):
        if given.get(key) and offer.decision is None:
            raise Refused(
                f"{offer.titled} is not decided yet; record your decision with `netcrm decline` or `netcrm accept`"
            )
    wanted = checked(unit, offer, given)
    changed = unit.change(offer, **{name: getattr(wanted, name) for name in given})
    for contact in drop:
        changed |= _take_off(unit, offer, contact)
    if given.get("because") and not anyway:
        _one_reason(unit, offer, _people(unit, offer))
    unit.summary = f"Changed {offer.titled}" if changed else ""


def _take_off(unit: UnitOfWork, offer: Offer, contact: Contact) -> bool:
    for part in queries.rows_of(unit.session, Participant, contact.number):
        if part.offer_id == offer.number:
            unit.remove(part)
            return True
    raise NoSuch("person on this offer", contact.name, f"`netcrm offer show {offer.id}` lists them")


def remove(workspace: Workspace, which: Offer | int | str) -> Offer:
    """Remove an offer and its participants; the contacts stay, and so do the interactions with them."""
    with workspace.write("offer") as unit:
        offer = find(unit.session, which)
        unit.summary = f"Removed {offer.titled}"
        _remove(unit, offer)
    return offer


def _remove(unit: UnitOfWork, offer: Offer) -> None:
    _forget_answers(unit, offer, OF_AN_OFFER)
    for job in queries.rows_about(unit.session, Job, offer.number):
        unit.change(job, offer_id=None)
    for interaction in queries.rows_about(unit.session, Interaction, offer.number):
        unit.change(interaction, offer_id=None, astray=True)
    for part in queries.rows_about(unit.session, Participant, offer.number):
        unit.remove(part)
    unit.remove(offer)


def reopen(workspace: Workspace, which: Offer | int | str) -> Offer:
    """An offer made undecided again; the answers to follow-ups of the decision are removed."""
    with workspace.write("offer") as unit:
        offer = find(unit.session, which)
        if offer.decision is None:
            raise Refused(f"{offer.titled} is undecided; there is nothing to take back")
        unit.summary = f"Took back that {offer.titled} was {offer.decision}"
        _forget_answers(unit, offer, OF_A_DECISION)
        decided = ("decision", "decided_on", "because", "reason", "signed_on", "cleared_on", "starts_on")
        unit.change(offer, **dict.fromkeys(decided))
        return unit.reread(offer)


def _forget_answers(unit: UnitOfWork, offer: Offer, kinds: Sequence[str]) -> None:
    """Remove the answers to follow-ups that such events caused; the interactions they logged happened, and stay."""
    about = f"offer:{offer.uid}"
    causes = [cause_key(Event(f"offer.{kind}", None, unit.today, about, about)) for kind in kinds]
    for decision in queries.decisions_about(unit.session, causes):
        unit.remove(decision)


def _ordered(offer: Offer, today: date) -> None:
    """Check that an offer is received before it is decided, and decided before its first day of work."""
    for name, day in (("received on", offer.received_on), ("decided on", offer.decided_on)):
        if day and day > today:
            raise InvalidValue(name, day, "lies in the future; record it once it has happened")
    if not offer.received_on:
        return
    for name, day in (
        ("respond by", offer.respond_by),
        ("decided on", offer.decided_on),
        ("signed on", offer.signed_on),
        ("starts on", offer.starts_on),
    ):
        if day and day < offer.received_on:
            why = f"lies before the day the offer was received ({offer.received_on}); check both days"
            raise InvalidValue(name, day, why)


# --------------------------------------------------------------------------- people


def put_on(workspace: Workspace, which: Offer | int | str, people: Iterable[str], *, anyway: bool) -> Offer:
    """An offer with people added to it, or given another role; each is "NAME <EMAIL>:ROLE"."""
    with workspace.write("offer") as unit:
        offer = find(unit.session, which)
        put = _put_people_on(unit, offer, several(people), anyway=anyway)
        unit.summary = f"Put on {offer.titled}: {', '.join(put)}"
        return unit.reread(offer)


def _put_people_on(unit: UnitOfWork, offer: Offer, people: Iterable[str], *, anyway: bool = False) -> list[str]:
    """Put people on an offer, unknown ones as new contacts; a text about each."""
    before = _people(unit, offer)
    put = [_put_on(unit, offer, *_parse(person)) for person in people]
    if not anyway:
        _one_reason(unit, offer, _people(unit, offer) - before, company=False)
    return put


def _parse(person: str) -> tuple[str, str | None, Role | None]:
    match = _PERSON.fullmatch(person)
    if not match or not (match["name"] or match["email"]):
        raise InvalidValue("with", person, "is not a person; write it like “Dana Wu <dana@example.com>:recruiter”")
    role = next((known for known in _ROLES if known == match["role"]), None)
    if match["role"] is not None and role is None:
        raise InvalidValue("role", match["role"], f"is not a role. Roles: {', '.join(_ROLES)}")
    name, email = match["name"], match["email"] or None
    return ("", name, role) if email is None and "@" in name else (name, email, role)


def _put_on(unit: UnitOfWork, offer: Offer, name: str, email: str | None, role: Role | None) -> str:
    unit.session.expire_all()  # an earlier person of the same list may have been given their address just now
    known = _known(unit.session, name, email)
    contact = known or _newcomer(unit, offer, name, email, role)
    if email and not any(method.kind == "email" for method in contact.methods):
        contacts.change(unit, contact, contacts.GivenDetails(reach=contacts.GivenMethods(emails=[email])))
    for part in queries.rows_of(unit.session, Participant, contact.number):
        if part.offer_id == offer.number:
            before = part.role
            changed = unit.change(part, role=role or part.role)
            return f"{contact.name} ({part.role}{f', until now {before}' if changed else ''})"
    part = unit.add(validated(Participant, offer_id=offer.number, contact_id=contact.number, role=role or "other"))
    return f"{contact.name} ({part.role}{'' if known else ', a new contact'})"


def _known(session: Session, name: str, email: str | None) -> Contact | None:
    """The contact that is meant, if known: by e-mail, id, whole name, or one word of the name."""
    if email and (owners := queries.contacts_named(session, email, normalize.normalise_name)):
        return owners[0]
    named = _named(session, name, by_a_word=email is None) if name else []
    if len(named) > 1:
        raise Ambiguous("contact", name, [contacts.line(contact) for contact in named])
    if named and email and named[0].email:
        raise Refused(
            f"{named[0].name} ({named[0].id}) has another e-mail address, {named[0].email}; if it is the same person, "
            f"run `netcrm edit {named[0].id} --email {email}` first, else add the other with `netcrm add`"
        )
    return named[0] if named else None


def _named(session: Session, name: str, *, by_a_word: bool) -> list[Contact]:
    """The contacts that a name means. “Ann Lee” means only Ann Lee, not Joann Lee or Ann Lee Smith;
    “Dana” is any Dana.
    """
    matches = queries.contacts_named(session, name, normalize.normalise_name)
    folded = normalize.normalise_name(name)
    if name.isdecimal() or any(contact.uid == name for contact in matches):
        return matches
    exact = [contact for contact in matches if normalize.normalise_name(contact.name) == folded]
    if exact or not by_a_word or " " in folded:
        return exact
    return [contact for contact in matches if folded in normalize.normalise_name(contact.name).split()]


def _newcomer(unit: UnitOfWork, offer: Offer, name: str, email: str | None, role: Role | None) -> Contact:
    if name.isdecimal():
        raise NoSuch("contact", name, "`netcrm list` shows the ids")
    values = {"name": name or (email or "").partition("@")[0], "company": offer.organisation if role in MET else None}
    reach = contacts.GivenMethods(emails=[email] if email else ())
    contact = contacts.create(unit, contacts.GivenDetails(values=values, reach=reach))
    unit.session.expire_all()
    return contacts.find(unit.session, contact.number)


# --------------------------------------------------------------------------- decisions


def decline(workspace: Workspace, which: Offer | int | str, values: dict[str, Any], *, anyway: bool) -> Offer:
    """A declined offer; `values` may name the day and the reason."""
    with workspace.write("decline") as unit:
        offer = find(unit.session, which, open_first=True)
        unit.summary = f"Declined the {offer.organisation} offer"
        _decline(unit, offer, {**values, "decided_on": values["decided_on"] or unit.today}, anyway=anyway)
        return unit.reread(offer)


def _decline(unit: UnitOfWork, offer: Offer, values: dict[str, Any], *, anyway: bool) -> None:
    if offer.decision:
        raise AlreadyDecided(offer.organisation, offer.decision, str(offer.decided_on), offer.id)
    chosen = None if anyway else _chosen(unit)
    if chosen and (missing := open_milestones(chosen, unit.today)):
        raise NotLocked(chosen.titled, chosen.id, missing)
    _decide(unit, offer, {**values, "decision": "declined"})
    if not anyway:
        _one_reason(unit, offer, _people(unit, offer))


def _one_reason(unit: UnitOfWork, offer: Offer, people: Collection[int], *, company: bool = True) -> None:
    """Refuse a second reason within a year for these people of a declined offer, and for those of its company.

    The check runs after the change, and `TwoReasons` rolls the whole operation back.
    """
    if offer.decision != "declined" or offer.because is None:
        return
    for other in queries.offers(unit.session):
        if other.decision != "declined" or other.because is None or other.because == offer.because:
            continue
        days = sorted(day for day in (other.decided_on, offer.decided_on) if day)
        if days[-1] > Calendar().add(days[0], SEASON):
            continue
        on_both = [part.contact.name for part in other.participants if part.contact_id in people]
        same_company = normalize.normalise_name(other.organisation) == normalize.normalise_name(offer.organisation)
        if on_both or (company and same_company):
            who, earlier = on_both[0] if on_both else other.organisation, f"{other.titled} on {other.decided_on}"
            raise TwoReasons(who, other.because, earlier, offer.because, offer.titled)


def _people(unit: UnitOfWork, offer: Offer) -> set[int]:
    return {part.contact_id for part in queries.rows_about(unit.session, Participant, offer.number)}


def accept(
    workspace: Workspace, which: Offer | int | str, on: date | None, milestones: dict[str, date | None]
) -> Offer:
    """An accepted offer; repeated, this adds milestones as they come."""
    with workspace.write("accept") as unit:
        offer = find(unit.session, which, open_first=True)
        unit.summary = f"Accepted the {offer.organisation} offer"
        _accept(unit, offer, on, milestones)
        return unit.reread(offer)


def _accept(unit: UnitOfWork, offer: Offer, on: date | None, milestones: dict[str, date | None]) -> None:
    if offer.decision == "declined":
        raise AlreadyDecided(offer.organisation, offer.decision, str(offer.decided_on), offer.id)
    chosen = _chosen(unit)
    if chosen and chosen.id != offer.id:
        raise AlreadyAccepted(chosen.titled, str(chosen.decided_on), chosen.id)
    given = {name: day for name, day in milestones.items() if day}
    decided_on = on or offer.decided_on or unit.today
    _decide(unit, offer, {**given, "decision": "accepted", "decided_on": decided_on})
    if starts_on := given.get("starts_on"):
        for job in queries.rows_about(unit.session, Job, offer.number):
            change_job(unit, job, {"started_on": starts_on})


def _chosen(unit: UnitOfWork) -> Offer | None:
    """The accepted offer of this season, where the user has not started yet."""
    chosen = queries.newest_accepted(unit.session)
    if chosen and chosen.decided_on and chosen.decided_on < subtract(unit.today, SEASON):
        return None
    jobs = queries.rows_about(unit.session, Job, chosen.number) if chosen else []
    return None if any(job.started_on <= unit.today for job in jobs) else chosen


def open_milestones(offer: Offer, today: date) -> list[str]:
    """The reasons why an accepted offer is not secured yet."""
    signed = offer.signed_on is not None and offer.signed_on <= today
    cleared = offer.cleared_on is not None and offer.cleared_on <= today
    missing = [] if signed else ["the contract is not signed"]
    missing += [] if cleared else ["the checks are not cleared"]
    return missing + ([] if offer.starts_on else ["no first day is set"])


def _decide(unit: UnitOfWork, offer: Offer, values: dict[str, Any]) -> None:
    decided = checked(unit, offer, values)
    unit.change(offer, **{name: getattr(decided, name) for name in values})


def checked(unit: UnitOfWork, offer: Offer, values: dict[str, Any]) -> Offer:
    """The offer with these values, validated."""
    wanted = validated(Offer, **{**offer.model_dump(exclude={"id"}), **values})
    _ordered(wanted, unit.today)
    return wanted


# --------------------------------------------------------------------------- the user's job


def change_job(unit: UnitOfWork, job: Job, values: dict[str, Any]) -> None:
    wanted = validated(Job, **{**job.model_dump(exclude={"id"}), **values})
    if wanted.settled_on and wanted.settled_on < wanted.started_on:
        why = f"lies before the day the job started ({wanted.started_on}); check both days"
        raise InvalidValue("settled on", wanted.settled_on, why)
    unit.change(job, **{name: getattr(wanted, name) for name in values})
