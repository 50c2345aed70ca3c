"""Offers, the people on them, what became of them, and the job that follows."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, get_args

from sqlmodel import Session

from netcrm import identity
from netcrm.acts import contacts
from netcrm.errors import AlreadyDecided, Ambiguous, InvalidValue, NoSuch, Refused
from netcrm.models import Contact, Job, Offer, Participant, validated
from netcrm.store import finds
from netcrm.store.door import Writing
from netcrm.terms import Role

_PERSON = re.compile(r"\s*(?P<name>[^<>]*?)\s*(?:<(?P<email>[^<>]*)>)?\s*(?::(?P<role>[^:<>]*))?\s*")

_ROLES: tuple[Role, ...] = get_args(Role)

MET = ("hiring-manager", "interviewer")
"""Roles whose holders work where the offer comes from; a recruiter may be an agency's."""


def find(session: Session, which: Offer | int | str, *, open_first: bool = False) -> Offer:
    """The one offer that is meant; with `open_first`, an undecided one is meant before any other."""
    name = str(which.number if isinstance(which, Offer) else which)
    found = finds.offers_named(session, name, identity.normalise_name)
    undecided = [offer for offer in found if offer.decision is None]
    if open_first and len(undecided) == 1:
        found = undecided
    if not found:
        raise NoSuch("offer", name, "`netcrm offer list` shows them, `netcrm offer add COMPANY` adds one")
    if len(found) > 1:
        raise Ambiguous("offer", name, [line(offer) for offer in found])
    return found[0]


def meant(session: Session, what: object) -> Offer | None:
    """The offer that something names, or None when it names a contact; a number does."""
    if isinstance(what, Offer):
        return what
    if not isinstance(what, str) or what.strip().isdecimal():
        return None
    try:
        return find(session, what)
    except NoSuch:
        return None


def line(offer: Offer) -> str:
    """An offer in one line."""
    what = f"{offer.id}  {offer.organisation}" + (f", {offer.role}" if offer.role else "")
    return f"{what} ({offer.decision} {offer.decided_on})" if offer.decision else f"{what} (undecided)"


def add(writing: Writing, values: dict[str, Any], people: Iterable[str]) -> Offer:
    """A new offer, with the people on it."""
    offer = validated(Offer, **values)
    _ordered(offer)
    writing.add(offer)
    add_people(writing, offer, people)
    return offer


def _ordered(offer: Offer) -> None:
    """An offer is received before it is answered, and answered before its first day of work."""
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


def add_people(writing: Writing, offer: Offer, people: Iterable[str]) -> list[Participant]:
    """Put people on an offer, each given as "NAME <EMAIL>:ROLE"; the unknown become contacts."""
    return [_put_on(writing, offer, *_parse(person)) for person in people]


def _parse(person: str) -> tuple[str, str | None, Role | None]:
    match = _PERSON.fullmatch(person)
    if not match or not (match["name"] or match["email"]):
        raise InvalidValue("with", person, "is not a person; write it like “Dana Wu <dana@example.com>:recruiter”")
    role = next((known for known in _ROLES if known == match["role"]), None)
    if match["role"] is not None and role is None:
        raise InvalidValue("role", match["role"], f"is none of {', '.join(_ROLES)}; use one of these")
    name, email = match["name"], match["email"] or None
    return ("", name, role) if email is None and "@" in name else (name, email, role)


def _put_on(writing: Writing, offer: Offer, name: str, email: str | None, role: Role | None) -> Participant:
    contact = _known(writing.session, name, email) or _newcomer(writing, offer, name, email, role)
    if email and not any(method.kind == "email" for method in contact.methods):
        contacts.edit(writing, contact, reach=contacts.Reach(emails=[email]), tags=(), values={}, drop=())
    for part in finds.rows_of(writing.session, Participant, contact.number):
        if part.offer_id == offer.number:
            writing.change(part, role=role or part.role)
            return part
    return writing.add(validated(Participant, offer_id=offer.number, contact_id=contact.number, role=role or "other"))


def _known(session: Session, name: str, email: str | None) -> Contact | None:
    """Who is meant, if they are known: by the e-mail, else by the name."""
    if email and (found := finds.contacts_named(session, email, identity.normalise_name)):
        return found[0]
    if not name:
        return None
    named = finds.contacts_named(session, name, identity.normalise_name)
    if email:
        named = [person for person in named if identity.normalise_name(person.name) == identity.normalise_name(name)]
    if len(named) > 1:
        raise Ambiguous("contact", name, [contacts.line(contact) for contact in named])
    if named and email and named[0].email:
        raise Refused(
            f"{named[0].name} ({named[0].id}) has another e-mail address, {named[0].email}; if it is the same person, "
            f"run `netcrm edit {named[0].id} --email {email}` first, else add the other with `netcrm add`"
        )
    return named[0] if named else None


def _newcomer(writing: Writing, offer: Offer, name: str, email: str | None, role: Role | None) -> Contact:
    if name.isdecimal():
        raise NoSuch("contact", name, "`netcrm list` shows the ids")
    values = {"name": name or (email or "").partition("@")[0], "company": offer.organisation if role in MET else None}
    reach = contacts.Reach(emails=[email] if email else ())
    contact = contacts.add(writing, reach=reach, tags=(), values=values)
    writing.session.expire_all()
    return contacts.find(writing.session, contact.number)


# --------------------------------------------------------------------------- decisions


def decline(writing: Writing, offer: Offer, values: dict[str, Any]) -> None:
    """I say no. What follows from that is the planner's."""
    if offer.decision:
        raise AlreadyDecided(offer.organisation, offer.decision, str(offer.decided_on))
    _decide(writing, offer, {**values, "decision": "declined"})


def accept(writing: Writing, offer: Offer, on: date | None, milestones: dict[str, date | None]) -> None:
    """I say yes; said again, it adds milestones as they come."""
    if offer.decision == "declined":
        raise AlreadyDecided(offer.organisation, offer.decision, str(offer.decided_on))
    given = {name: day for name, day in milestones.items() if day}
    decided_on = on or offer.decided_on or writing.today
    _decide(writing, offer, {**given, "decision": "accepted", "decided_on": decided_on})


def _decide(writing: Writing, offer: Offer, values: dict[str, Any]) -> None:
    if values["decided_on"] > writing.today:
        raise InvalidValue("on", values["decided_on"], "lies in the future; record a decision once it is made")
    decided = validated(Offer, **{**offer.model_dump(exclude={"id"}), **values})
    _ordered(decided)
    writing.change(offer, **{name: getattr(decided, name) for name in values})


# --------------------------------------------------------------------------- my job


def start_job(writing: Writing, on: date | None, values: dict[str, Any]) -> Job:
    """My new job has started, or will; said again, it corrects what was said of it."""
    job, offer = finds.current_job(writing.session), finds.newest_accepted(writing.session)
    given = {name: value for name, value in values.items() if value}
    followed = job is not None and (offer is None or job.offer_id == offer.id or job.offer_id is None)
    if job is None or not followed or _elsewhere(job, given):
        of_offer = {"offer_id": offer.id, "organisation": offer.organisation, "title": offer.role} if offer else {}
        started = on or (offer.starts_on if offer else None) or writing.today
        return writing.add(validated(Job, **{**of_offer, **given, "started_on": started}))
    _change_job(writing, job, {**given, **({"started_on": on} if on else {})})
    return job


def _elsewhere(job: Job, given: dict[str, Any]) -> bool:
    named = given.get("organisation")
    return bool(
        named and job.organisation and identity.normalise_name(named) != identity.normalise_name(job.organisation)
    )


def settle(writing: Writing, on: date) -> Job:
    """I have settled in: time to tell people where I am now."""
    job = finds.current_job(writing.session)
    if job is None:
        raise Refused("no job is recorded yet; say when it started with `netcrm job started DATE`")
    _change_job(writing, job, {"settled_on": on})
    return job


def _change_job(writing: Writing, job: Job, values: dict[str, Any]) -> None:
    wanted = validated(Job, **{**job.model_dump(exclude={"id"}), **values})
    if wanted.settled_on and wanted.settled_on < wanted.started_on:
        why = f"lies before the day the job started ({wanted.started_on}); check both days"
        raise InvalidValue("settled on", wanted.settled_on, why)
    writing.change(job, **{name: getattr(wanted, name) for name in values})
