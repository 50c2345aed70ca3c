"""Contacts: adding, changing, finding, and what was said to them."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, select

from netcrm.domain.coercion import several
from netcrm.domain.models import (
    Affiliation,
    Alias,
    Contact,
    ContactMethod,
    Interaction,
    InteractionContact,
    Offer,
    Participant,
    Stored,
    Tag,
    validated,
)
from netcrm.domain.validation import clean
from netcrm.domain.vocabulary import OWNED, Channel, MethodKind
from netcrm.errors import Ambiguous, InvalidValue, NoSuch, Refused
from netcrm.matching import normalize
from netcrm.store import queries
from netcrm.store.unit_of_work import UnitOfWork

ME = "me"
"""Who says so, where it is not an import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenMethods:
    """The ways to reach somebody, as they were given."""

    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    urls: Sequence[str] = ()
    linkedin: str | None = None

    def methods(self, region: str | None) -> list[tuple[MethodKind, str, str]]:
        """Each as its kind, its value and its normal form; two spellings of one are one."""
        given: list[tuple[MethodKind, str]] = [("email", email) for email in self.emails]
        given += [("phone", phone) for phone in self.phones]
        given += [("url", url) for url in self.urls]
        if self.linkedin:
            given.append(("linkedin", self.linkedin))
        found: dict[tuple[MethodKind, str], str] = {}
        for kind, value in given:
            found.setdefault((kind, normalised_value(kind, value, region)), value)
        return [(kind, value, normalised) for (kind, normalised), value in found.items()]


def sorted_out(details: Mapping[str, Any]) -> tuple[GivenMethods, list[str], dict[str, Any]]:
    """A contact's details as ways to reach them, tags, and the values of columns."""
    lists = {key: several(details.get(key) or ()) for key in ("emails", "phones", "urls", "tags")}
    tags = list(dict.fromkeys(map(clean, lists.pop("tags"))))
    reach = GivenMethods(**lists, linkedin=details.get("linkedin"))
    return reach, tags, {key: value for key, value in details.items() if key not in (*lists, "tags", "linkedin")}


# --------------------------------------------------------------------------- finding


def find(session: Session, who: Contact | int | str) -> Contact:
    """The one contact that is meant; `NoSuch` or `Ambiguous` otherwise."""
    name = str(who.number if isinstance(who, Contact) else who)
    found = queries.contacts_named(session, name, normalize.normalise_name)
    if not found:
        raise NoSuch("contact", name, _suggestion(session, name))
    if len(found) > 1:
        raise Ambiguous("contact", name, [line(contact) for contact in found])
    return found[0]


def _suggestion(session: Session, name: str) -> str:
    near = normalize.nearest(name, (full for _, full in queries.every(session, Contact, "id", "name")))
    return f"did you mean {near}?" if near else "`netcrm list` shows who is there, `netcrm add` adds a person"


def line(contact: Contact) -> str:
    """A contact in one line, by which people tell two of a name apart."""
    more = [part for part in (contact.company, contact.email) if part]
    return f"{contact.id}  {contact.name}" + (f" ({', '.join(more)})" if more else "")


# --------------------------------------------------------------------------- adding and changing


def add(writing: UnitOfWork, *, reach: GivenMethods, tags: Iterable[str], values: dict[str, Any]) -> Contact:
    """A new contact with everything that is known of them."""
    values = _dormant(values, writing.today)
    contact = writing.add(
        validated(Contact, **{**_given(values), "name": values["name"]}, added_on=writing.today, changed_at=writing.now)
    )
    _check_birthday(contact.birthday, writing.today)
    for method in reach.methods(queries.region(writing.session)):
        _add_method(writing, contact, *method)
    for tag in tags:
        writing.add(validated(Tag, contact_id=contact.number, name=tag))
    _affiliate(writing, contact, None)
    return contact


def edit(
    writing: UnitOfWork,
    contact: Contact,
    *,
    reach: GivenMethods,
    tags: Iterable[str],
    values: dict[str, Any],
    drop: Sequence[str],
) -> None:
    """Change a contact: e-mails, phones, links and tags are added or dropped, the rest is replaced."""
    given = emptied(_dormant(values, writing.today), "name")
    wanted = validated(Contact, **{**contact.model_dump(exclude={"id"}), **given})
    _check_birthday(wanted.birthday, writing.today)
    company, title = contact.company, contact.title
    touched = writing.change(contact, **{key: getattr(wanted, key) for key in given})
    if (wanted.company, wanted.title) != (company, title):
        _affiliate(writing, contact, company)
    methods = reach.methods(queries.region(writing.session))
    gone = _replaced(contact, methods) if reach.linkedin is not None else []
    for method in methods:
        touched |= _add_method(writing, contact, *method)
    for tag in tags:
        if tag not in contact.tags:
            writing.add(validated(Tag, contact_id=contact.number, name=tag))
            touched = True
    for value in drop:
        gone += _named(contact, value, queries.region(writing.session))
    for row in {(type(row), row.number): row for row in gone}.values():
        writing.remove(row)
    if touched or gone:
        writing.change(contact, changed_at=writing.now)


def _dormant(values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """`dormant` as the columns that hold it: since when, and why."""
    values = dict(values)
    reason = values.pop("dormant", None)
    if reason is not None:
        values |= {"dormant_reason": reason, "dormant_on": today if clean(reason) else ""}
    return values


def retire(writing: UnitOfWork, contacts: Sequence[int], reason: str) -> None:
    """These are to be left in peace: no step asks for them any more."""
    for contact in queries.by_ids(writing.session, Contact, contacts):
        values = validated(Contact, name=contact.name, **_dormant({"dormant": reason}, writing.today))
        writing.change(contact, dormant_on=values.dormant_on, dormant_reason=values.dormant_reason)


def wake(writing: UnitOfWork, uid: str, reason: str) -> None:
    """Somebody who was left in peace for this reason is asked for again."""
    for contact in queries.contacts_named(writing.session, uid, normalize.normalise_name) if uid else ():
        if contact.uid == uid and contact.dormant_reason == reason:
            writing.change(contact, dormant_on=None, dormant_reason=None)


def emptied(values: Mapping[str, Any], needed: str) -> dict[str, Any]:
    """What was given, a blank as nothing; but what is needed stays as it is, to be refused in words."""
    given = {key: value for key, value in values.items() if value is not None}
    return {key: None if _blank(value) and key != needed else value for key, value in given.items()}


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if not _blank(value)}


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not clean(value))


def _check_birthday(day: date | None, today: date) -> None:
    if day and day > today:
        raise InvalidValue("birthday", day, "lies in the future; check the year")


def _affiliate(writing: UnitOfWork, contact: Contact, before: str | None) -> None:
    """Note where a contact works now. What they did `before` ends today; a title put right is no new job."""
    now, today = contact.company, writing.today
    known = queries.affiliations(writing.session, contact.number)
    current = [work for work in known if work.until is None]
    here = [work for work in current if _same(work.organisation, now)]
    for work in here:
        # What LinkedIn says stays as it was said: that is how an import tells news from what I put right.
        if work.source == ME:
            writing.change(work, organisation=now, title=contact.title)
    if _same(before, now):
        return
    for work in current:
        if not _same(work.organisation, now):
            writing.change(work, until=max(today, work.since or today))
    if now and not here:
        since = today if known else None
        values = {"organisation": now, "title": contact.title, "since": since, "source": ME}
        writing.add(validated(Affiliation, contact_id=contact.number, **values))


def _same(organisation: str | None, other: str | None) -> bool:
    return normalize.normalise_name(organisation or "") == normalize.normalise_name(other or "")


def _replaced(contact: Contact, given: Iterable[tuple[MethodKind, str, str]]) -> list[Stored]:
    """The LinkedIn profiles that are not the one given."""
    kept = {normalised for kind, _, normalised in given if kind == "linkedin"}
    return [one for one in contact.methods if one.kind == "linkedin" and one.normalised not in kept]


def _add_method(writing: UnitOfWork, contact: Contact, kind: MethodKind, value: str, normalised: str) -> bool:
    known = [method for method in contact.methods if method.kind == kind] if contact in writing.session else []
    if any(method.normalised == normalised for method in known):
        return False
    for owner in queries.contacts_with(writing.session, kind, normalised) if kind in OWNED else ():
        if owner.number != contact.number:
            raise Refused(f"{value} belongs to {owner.name} already ({owner.id}); use another, or drop it there first")
    row = validated(ContactMethod, contact_id=contact.number, kind=kind, value=value, normalised=normalised)
    writing.add(row)
    return True


def renormalise_phones(writing: UnitOfWork, region: str | None) -> None:
    """After my country has changed: what was dialled within it is another number now, or one at last."""
    for method in writing.session.exec(select(ContactMethod).where(ContactMethod.kind == "phone")):
        with suppress(ValueError):
            writing.change(method, normalised=normalize.normalise("phone", method.value, region))


def normalised_value(kind: MethodKind, value: str, region: str | None = None) -> str:
    """What two spellings of one address share; `InvalidValue` when it is none."""
    try:
        return normalize.normalise(kind, value, region)
    except ValueError as error:
        raise InvalidValue(kind, value, str(error)) from None


def _named(contact: Contact, value: str, region: str | None) -> list[Stored]:
    """The addresses, links and tags of a contact that a value means, in any spelling."""
    text, spelled = clean(value), normalize.spellings(value, region)
    tags = [tag for tag in contact.tag_rows if tag.name == text]
    methods = [one for one in contact.methods if one.value == text or one.normalised == spelled.get(one.kind)]
    if not tags and not methods:
        raise NoSuch("address, link or tag", value, f"`netcrm show {contact.id}` lists those of {contact.name}")
    return [*tags, *methods]


def remove(writing: UnitOfWork, contact: Contact, tells: Container[tuple[str, str]]) -> None:
    """Take a contact out, with all that is theirs alone; `undo` brings everything back.

    An answer to a step that `tells` a company of the decision stays: whoever was called there, they know.
    """
    session, number = writing.session, contact.number
    for decision in queries.decisions(session, contact.uid):
        if decision.verdict != "done" or (decision.playbook, decision.step) not in tells:
            writing.remove(decision)
    for model in (Participant, ContactMethod, Alias, Tag, Affiliation):
        for row in queries.rows_of(session, model, number):
            writing.remove(row)
    for link in queries.rows_of(session, InteractionContact, number):
        alone = queries.companions(session, link.interaction_id) == 1
        writing.remove(link)
        if alone:
            unlog(writing, link.interaction_id)
    writing.remove(contact)


def unlog(writing: UnitOfWork, number: int) -> None:
    """Take an interaction out; an answer that logged it stands without it."""
    for decision in queries.decisions_of(writing.session, number):
        writing.change(decision, interaction_id=None)
    for link in queries.links_of(writing.session, number):
        writing.remove(link)
    for interaction in queries.by_ids(writing.session, Interaction, [number]):
        writing.remove(interaction)


# --------------------------------------------------------------------------- interactions


def log(writing: UnitOfWork, contacts: Sequence[Contact], values: dict[str, Any]) -> Interaction:
    """Something that happened between me and one or several contacts."""
    if not contacts:
        raise Refused("an interaction needs at least one contact; say with whom")
    if values["day"] > writing.today:
        raise InvalidValue("day", values["day"], "lies in the future; log it once it has happened")
    if not values.get("answered", True) and (values["direction"], values["channel"]) not in _ATTEMPTS:
        raise Refused(
            "only a call or a meeting of yours can be without an answer; what you sent was sent, and what came from "
            "them is contact"
        )
    if values.get("topic") in ("out", "in", "unanswered"):
        raise InvalidValue("topic", values["topic"], "is the name of a direction; choose another word")
    interaction = writing.add(validated(Interaction, **values))
    for contact in dict.fromkeys(contact.number for contact in contacts):
        writing.add(interaction.link(contact))
    writing.summary = f"Logged {_in_words(interaction)} {', '.join(dict.fromkeys(who.name for who in contacts))}"
    return interaction


_ATTEMPTS = (("out", "call"), ("out", "meeting"))
"""What can be tried without reaching anybody."""


def _in_words(interaction: Interaction) -> str:
    """“a call with”, “an e-mail from”."""
    what = _NAMED[interaction.channel]
    if not interaction.answered:
        return f"{what} without an answer to"
    if interaction.direction == "in":
        return f"{what} from"
    return f"{what} with" if interaction.channel in ("call", "meeting", "public") else f"{what} to"


_NAMED: dict[Channel, str] = {
    "call": "a call",
    "voicemail": "a voicemail",
    "email": "an e-mail",
    "letter": "a letter",
    "meeting": "a meeting",
    "message": "a message",
    "linkedin": "a LinkedIn message",
    "public": "a post",
}


def described(interaction: Interaction) -> str:
    """An interaction as a line of a timeline."""
    way = "" if interaction.channel in ("call", "meeting") and interaction.direction == "out" else interaction.direction
    how = " ".join(part for part in (interaction.channel, way) if part)
    missed = "" if interaction.answered else ", no answer"
    return f"{how}{missed}: {interaction.summary}" if interaction.summary else f"{how}{missed}"


def timeline(
    session: Session, contact: Contact, parts: Sequence[tuple[Offer, str]], work: Sequence[Affiliation]
) -> list[tuple[date, str, str]]:
    """(day, kind, text) of everything that happened with a contact, the newest first."""
    entries = [*_spoken(session, contact), *_offers(parts), *_work(work), *_answers(session, contact)]
    if contact.connected_on:
        entries.append((contact.connected_on, "linkedin", "connected on LinkedIn"))
    return sorted(entries, key=lambda entry: entry[0], reverse=True)


def _spoken(session: Session, contact: Contact) -> Iterator[tuple[date, str, str]]:
    for interaction in queries.interactions(session, contact.number):
        yield interaction.day, interaction.channel, described(interaction)


def _offers(parts: Sequence[tuple[Offer, str]]) -> Iterator[tuple[date, str, str]]:
    for offer, role in parts:
        if offer.received_on:
            yield offer.received_on, "offer", f"{offer.organisation} offer received ({role})"
        if offer.decision and offer.decided_on:
            yield offer.decided_on, "offer", f"{offer.organisation} offer {offer.decision}"


def _work(work: Sequence[Affiliation]) -> Iterator[tuple[date, str, str]]:
    for job in work:
        what = f"{job.title} at {job.organisation}" if job.title else job.organisation
        if job.since:
            yield job.since, "work", f"new work: {what}"
        if job.until:
            yield job.until, "work", f"no longer {what}"


def _answers(session: Session, contact: Contact) -> Iterator[tuple[date, str, str]]:
    """Answers that logged nothing; the others show as the interaction they logged."""
    for decision in queries.decisions(session, contact.uid):
        if decision.interaction_id is None:
            later = f" until {decision.until}" if decision.verdict == "snoozed" else ""
            why = f" ({decision.reason})" if decision.reason else ""
            yield decision.day, decision.verdict, f"{decision.verdict}{later}: {decision.snapshot['text']}{why}"
