"""Offers, the people on them, what became of them, and the job that follows."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, get_args

from sqlmodel import Session

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

_PERSON = re.compile(r"\s*(?P<name>[^<>]*?)\s*(?:<(?P<email>[^<>]*)>)?\s*(?::\s*(?P<role>[^:<>]*?))?\s*")

_NUMBERED = re.compile(r"(?i)\s*offer\s+(\d+)\s*")

_ROLES: tuple[Role, ...] = get_args(Role)

MET = ("hiring-manager", "interviewer")
"""Roles whose holders work where the offer comes from; a recruiter may be an agency's."""

OF_A_DECISION = ("declined", "accepted", "signed", "cleared", "starts", "started")
"""Kinds of event that an offer has by its decision, and that may set a playbook in motion."""

OF_AN_OFFER = (*OF_A_DECISION, "received", "respond-by")


def find(session: Session, which: Offer | int | str, *, open_first: bool = False) -> Offer:
    """The one offer that is meant; with `open_first`, an undecided one is meant before any other."""
    name = str(which.number if isinstance(which, Offer) else which)
    found = queries.offers_named(session, name, normalize.normalise_name)
    undecided = [offer for offer in found if offer.decision is None]
    if open_first and len(undecided) == 1:
        found = undecided
    if not found:
        raise NoSuch("offer", name, _suggestion(session, name))
    if len(found) > 1:
        raise Ambiguous("offer", name, [line(offer) for offer in found])
    return found[0]


def _suggestion(session: Session, name: str) -> str:
    near = normalize.nearest(name, (offer.organisation for offer in queries.offers(session)))
    if near:
        return f"did you mean {near}?"
    return "`netcrm offer list` shows them, `netcrm offer add COMPANY` adds one"


def meant(session: Session, what: Contact | Offer | int | str) -> Contact | Offer:
    """The contact or the offer that something names; a whole name comes before a part.

    A number is a contact's; “offer 3” is the offer of that number.
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
    whole: list[Contact | Offer] = [one for one in people if normalize.normalise_name(one.name) == folded]
    whole += [one for one in companies if normalize.normalise_name(one.organisation) == folded]
    found = whole or [*people, *companies]
    if not found:
        raise NoSuch("contact or offer", what, "`netcrm list` shows the people, `netcrm offer list` the offers")
    if len(found) > 1:
        lines = [f"offer {line(one)}" if isinstance(one, Offer) else contacts.line(one) for one in found]
        raise Ambiguous("contacts and offer", what, lines)
    return found[0]


def line(offer: Offer) -> str:
    """An offer in one line."""
    what = f"{offer.id}  {offer.organisation}" + (f", {offer.role}" if offer.role else "")
    return f"{what} ({offer.decision} {offer.decided_on})" if offer.decision else f"{what} (undecided)"


def add(writing: UnitOfWork, values: dict[str, Any], people: Iterable[str]) -> Offer:
    """A new offer, with the people on it."""
    offer = validated(Offer, **values)
    _ordered(offer, writing.today)
    writing.add(offer)
    put = put_on(writing, offer, people)
    writing.summary = f"Added {offer.titled}" + (f" with {', '.join(put)}" if put else "")
    return offer


def edit(writing: UnitOfWork, offer: Offer, values: dict[str, Any], drop: Sequence[Contact], *, anyway: bool) -> None:
    """Correct what was said of an offer; what is empty is cleared, who is dropped is no longer on it."""
    given = contacts.emptied(values, "organisation")
    for key in ("decided_on", "because", "reason"):
        if given.get(key) and offer.decision is None:
            raise Refused(f"{offer.titled} is not decided yet; say so with `netcrm decline` or `netcrm accept`")
    wanted = checked(writing, offer, given)
    changed = writing.change(offer, **{name: getattr(wanted, name) for name in given})
    for contact in drop:
        changed |= _take_off(writing, offer, contact)
    if given.get("because") and not anyway:
        _one_reason(writing, offer, _people(writing, offer))
    writing.summary = f"Changed {offer.titled}" if changed else ""


def _take_off(writing: UnitOfWork, offer: Offer, contact: Contact) -> bool:
    for part in queries.rows_of(writing.session, Participant, contact.number):
        if part.offer_id == offer.number:
            writing.remove(part)
            return True
    raise NoSuch("person on this offer", contact.name, f"`netcrm offer show {offer.id}` lists them")


def remove(writing: UnitOfWork, offer: Offer) -> None:
    """Take an offer out, with its people's parts in it; the people stay, and so does what was said to them."""
    _forget_answers(writing, offer, OF_AN_OFFER)
    for job in queries.rows_about(writing.session, Job, offer.number):
        writing.change(job, offer_id=None)
    for interaction in queries.rows_about(writing.session, Interaction, offer.number):
        writing.change(interaction, offer_id=None, astray=True)
    for part in queries.rows_about(writing.session, Participant, offer.number):
        writing.remove(part)
    writing.remove(offer)


def reopen(writing: UnitOfWork, offer: Offer) -> None:
    """The decision was a mistake: the offer is undecided again, and nothing that hung on the decision was answered."""
    if offer.decision is None:
        raise Refused(f"{offer.titled} is undecided already; there is nothing to take back")
    _forget_answers(writing, offer, OF_A_DECISION)
    decided = ("decision", "decided_on", "because", "reason", "signed_on", "cleared_on", "starts_on")
    writing.change(offer, **dict.fromkeys(decided))


def _forget_answers(writing: UnitOfWork, offer: Offer, kinds: Sequence[str]) -> None:
    """Answers to what such events had set in motion; the interactions they logged happened, and stay."""
    about = f"offer:{offer.uid}"
    causes = [cause_key(Event(f"offer.{kind}", None, writing.today, about, about)) for kind in kinds]
    for decision in queries.decisions_about(writing.session, causes):
        writing.remove(decision)


def _ordered(offer: Offer, today: date) -> None:
    """An offer is received before it is answered, and answered before its first day of work."""
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


def put_on(writing: UnitOfWork, offer: Offer, people: Iterable[str], *, anyway: bool = False) -> list[str]:
    """Put people on an offer, each given as "NAME <EMAIL>:ROLE", the unknown as new contacts; says who, in words."""
    before = _people(writing, offer)
    put = [_put_on(writing, offer, *_parse(person)) for person in people]
    if not anyway:
        _one_reason(writing, offer, _people(writing, offer) - before, company=False)
    return put


def _parse(person: str) -> tuple[str, str | None, Role | None]:
    match = _PERSON.fullmatch(person)
    if not match or not (match["name"] or match["email"]):
        raise InvalidValue("with", person, "is not a person; write it like “Dana Wu <dana@example.com>:recruiter”")
    role = next((known for known in _ROLES if known == match["role"]), None)
    if match["role"] is not None and role is None:
        raise InvalidValue("role", match["role"], f"is none of {', '.join(_ROLES)}; use one of these")
    name, email = match["name"], match["email"] or None
    return ("", name, role) if email is None and "@" in name else (name, email, role)


def _put_on(writing: UnitOfWork, offer: Offer, name: str, email: str | None, role: Role | None) -> str:
    writing.session.expire_all()  # whoever came before in the same list may have got their address just now
    known = _known(writing.session, name, email)
    contact = known or _newcomer(writing, offer, name, email, role)
    if email and not any(method.kind == "email" for method in contact.methods):
        contacts.edit(writing, contact, reach=contacts.GivenMethods(emails=[email]), tags=(), values={}, drop=())
    for part in queries.rows_of(writing.session, Participant, contact.number):
        if part.offer_id == offer.number:
            before = part.role
            changed = writing.change(part, role=role or part.role)
            return f"{contact.name} ({part.role}{f', until now {before}' if changed else ''})"
    part = writing.add(validated(Participant, offer_id=offer.number, contact_id=contact.number, role=role or "other"))
    return f"{contact.name} ({part.role}{'' if known else ', a new contact'})"


def _known(session: Session, name: str, email: str | None) -> Contact | None:
    """Who is meant, if they are known: by the e-mail, an id, the whole name, or one word of it."""
    if email and (found := queries.contacts_named(session, email, normalize.normalise_name)):
        return found[0]
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
    """Whom a name means. “Ann Lee” is nobody but Ann Lee: not Joann Lee, not Ann Lee Smith; “Dana” is any Dana."""
    found = queries.contacts_named(session, name, normalize.normalise_name)
    folded = normalize.normalise_name(name)
    if name.isdecimal() or any(contact.uid == name for contact in found):
        return found
    whole = [contact for contact in found if normalize.normalise_name(contact.name) == folded]
    if whole or not by_a_word or " " in folded:
        return whole
    return [contact for contact in found if folded in normalize.normalise_name(contact.name).split()]


def _newcomer(writing: UnitOfWork, offer: Offer, name: str, email: str | None, role: Role | None) -> Contact:
    if name.isdecimal():
        raise NoSuch("contact", name, "`netcrm list` shows the ids")
    values = {"name": name or (email or "").partition("@")[0], "company": offer.organisation if role in MET else None}
    reach = contacts.GivenMethods(emails=[email] if email else ())
    contact = contacts.add(writing, reach=reach, tags=(), values=values)
    writing.session.expire_all()
    return contacts.find(writing.session, contact.number)


# --------------------------------------------------------------------------- decisions


def decline(writing: UnitOfWork, offer: Offer, values: dict[str, Any], *, anyway: bool) -> None:
    """I say no. What follows from that is the planner's."""
    if offer.decision:
        raise AlreadyDecided(offer.organisation, offer.decision, str(offer.decided_on), offer.id)
    chosen = None if anyway else _chosen(writing)
    if chosen and (missing := open_milestones(chosen, writing.today)):
        raise NotLocked(chosen.titled, chosen.id, missing)
    _decide(writing, offer, {**values, "decision": "declined"})
    if not anyway:
        _one_reason(writing, offer, _people(writing, offer))


def _one_reason(writing: UnitOfWork, offer: Offer, people: Collection[int], *, company: bool = True) -> None:
    """These people of a declined offer, and those of its company, hear one reason within a year.

    Asked once the offer says what it is to say: `TwoReasons` takes the whole operation back.
    """
    if offer.decision != "declined" or offer.because is None:
        return
    for other in queries.offers(writing.session):
        if other.decision != "declined" or other.because is None or other.because == offer.because:
            continue
        days = sorted(day for day in (other.decided_on, offer.decided_on) if day)
        if days[-1] > Calendar().add(days[0], SEASON):
            continue
        both = [part.contact.name for part in other.participants if part.contact_id in people]
        same = normalize.normalise_name(other.organisation) == normalize.normalise_name(offer.organisation)
        if both or (company and same):
            who, earlier = both[0] if both else other.organisation, f"{other.titled} on {other.decided_on}"
            raise TwoReasons(who, other.because, earlier, offer.because, offer.titled)


def _people(writing: UnitOfWork, offer: Offer) -> set[int]:
    return {part.contact_id for part in queries.rows_about(writing.session, Participant, offer.number)}


def accept(writing: UnitOfWork, offer: Offer, on: date | None, milestones: dict[str, date | None]) -> None:
    """I say yes; said again, it adds milestones as they come."""
    if offer.decision == "declined":
        raise AlreadyDecided(offer.organisation, offer.decision, str(offer.decided_on), offer.id)
    chosen = _chosen(writing)
    if chosen and chosen.id != offer.id:
        raise AlreadyAccepted(chosen.titled, str(chosen.decided_on), chosen.id)
    given = {name: day for name, day in milestones.items() if day}
    decided_on = on or offer.decided_on or writing.today
    _decide(writing, offer, {**given, "decision": "accepted", "decided_on": decided_on})
    if starts_on := given.get("starts_on"):
        for job in queries.rows_about(writing.session, Job, offer.number):
            change_job(writing, job, {"started_on": starts_on})


def _chosen(writing: UnitOfWork) -> Offer | None:
    """The offer that I accepted and where I have not started yet: this season's."""
    chosen = queries.newest_accepted(writing.session)
    if chosen and chosen.decided_on and chosen.decided_on < subtract(writing.today, SEASON):
        return None
    jobs = queries.rows_about(writing.session, Job, chosen.number) if chosen else []
    return None if any(job.started_on <= writing.today for job in jobs) else chosen


def open_milestones(offer: Offer, today: date) -> list[str]:
    """What can still go wrong with an accepted offer."""
    signed = offer.signed_on is not None and offer.signed_on <= today
    cleared = offer.cleared_on is not None and offer.cleared_on <= today
    found = [] if signed else ["the contract is not signed"]
    found += [] if cleared else ["the checks are not cleared"]
    return found + ([] if offer.starts_on else ["no first day is set"])


def _decide(writing: UnitOfWork, offer: Offer, values: dict[str, Any]) -> None:
    decided = checked(writing, offer, values)
    writing.change(offer, **{name: getattr(decided, name) for name in values})


def checked(writing: UnitOfWork, offer: Offer, values: dict[str, Any]) -> Offer:
    """The offer as these values make it, if they can."""
    wanted = validated(Offer, **{**offer.model_dump(exclude={"id"}), **values})
    _ordered(wanted, writing.today)
    return wanted


# --------------------------------------------------------------------------- my job


def change_job(writing: UnitOfWork, job: Job, values: dict[str, Any]) -> None:
    wanted = validated(Job, **{**job.model_dump(exclude={"id"}), **values})
    if wanted.settled_on and wanted.settled_on < wanted.started_on:
        why = f"lies before the day the job started ({wanted.started_on}); check both days"
        raise InvalidValue("settled on", wanted.settled_on, why)
    writing.change(job, **{name: getattr(wanted, name) for name in values})
