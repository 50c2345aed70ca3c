"""Finding rows, by a name that the user gives or by other values.

A user names a contact by id, e-mail, uid or any part of the name, and an offer by id, uid or any part of the company.
Names are compared without case and accents, in Python, so that SQLite and PostgreSQL agree on every alphabet.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from netcrm.domain.models import (
    Alias,
    Change,
    Contact,
    ContactMethod,
    Decision,
    Interaction,
    InteractionContact,
    Job,
    Offer,
    Operation,
    Participant,
    Profile,
    Stored,
    Tag,
)
from netcrm.domain.validation import clean
from netcrm.store.batches import batches

Row = TypeVar("Row", bound=Stored)

MOST_AT_ONCE = 500
LONGEST_NUMBER = 10
"""How many digits are too many for a row's number: PostgreSQL's integers end below that."""


def profile(session: Session) -> Profile | None:
    return session.exec(select(Profile).order_by(col(Profile.id)).limit(1)).one_or_none()


def region(session: Session) -> str | None:
    """The user's country, for phone numbers without a country code."""
    owner = profile(session)
    return owner.country if owner else None


def contacts_named(session: Session, who: str, fold: Callable[[str], str]) -> list[Contact]:
    """The contacts that a user may mean by `who`; `fold` makes names comparable."""
    word = clean(who)
    if word.isdecimal():
        return _numbered(session, Contact, word)
    if "@" in word:
        method = (ContactMethod.kind == "email") & (ContactMethod.normalised == word.casefold())
        ids = session.exec(select(ContactMethod.contact_id).where(method)).all()
        return by_ids(session, Contact, ids)
    known_as = select(Alias.contact_id).where(Alias.uid == word)
    by_uid = select(Contact).where((col(Contact.uid) == word) | col(Contact.id).in_(known_as))
    if contacts := session.exec(by_uid).all():
        return list(contacts)
    return by_ids(session, Contact, _fitting(every(session, Contact, "id", "name"), word, fold))


def offers_named(session: Session, which: str, fold: Callable[[str], str]) -> list[Offer]:
    """The offers that a user may mean by `which`."""
    word = clean(which)
    if word.isdecimal():
        return _numbered(session, Offer, word)
    if by_uid := session.exec(select(Offer).where(Offer.uid == word)).all():
        return list(by_uid)
    return by_ids(session, Offer, _fitting(every(session, Offer, "id", "organisation"), word, fold))


def _numbered(session: Session, model: type[Row], word: str) -> list[Row]:
    """The row with this number, if there is one."""
    return by_ids(session, model, [int(word)]) if len(word) < LONGEST_NUMBER else []


def _fitting(names: Iterable[tuple[Any, ...]], word: str, fold: Callable[[str], str]) -> list[int]:
    """The numbers of the names that equal the word; or else have a part that begins with it; or else contain it."""
    needle = fold(word)
    folded = [(number, fold(name)) for number, name in names]
    whole = [number for number, name in folded if name == needle]
    beginning = [number for number, name in folded if needle and f" {needle}" in f" {name}"]
    return whole or beginning or [number for number, name in folded if needle and needle in name]


def by_ids(session: Session, model: type[Row], ids: Sequence[int]) -> list[Row]:
    """The rows with these numbers, in number order."""
    ordered = select(model).order_by(col(model.id))
    numbers = batches(sorted(set(ids)), MOST_AT_ONCE)
    return [row for batch in numbers for row in session.exec(ordered.where(col(model.id).in_(batch)))]


def every(session: Session, model: type[Stored], *columns: str) -> Iterator[tuple[Any, ...]]:
    """These columns of every row, in number order; no entity is built."""
    table = model.__table__
    rows = session.connection().execute(sql_select(*(table.c[name] for name in columns)).order_by(table.c.id))
    return map(tuple, rows)


def some(session: Session, model: type[Stored], contacts: Sequence[int], *columns: str) -> Iterator[tuple[Any, ...]]:
    """These columns of the rows of these contacts, in number order; no entity is built."""
    table = model.__table__
    owner = table.c.id if model is Contact else table.c.contact_id
    wanted = sql_select(*(table.c[name] for name in columns)).order_by(table.c.id)
    for batch in batches(sorted(set(contacts)), MOST_AT_ONCE):
        yield from map(tuple, session.connection().execute(wanted.where(owner.in_(batch))))


def card(session: Session, contact: int) -> str | None:
    """The vCard from which a contact was imported, verbatim."""
    return session.exec(select(Contact.vcard).where(Contact.id == contact)).one()


def called(session: Session, contact: int) -> str:
    """The name of a contact."""
    return session.exec(select(Contact.name).where(Contact.id == contact)).one()


def contact_ids(
    session: Session,
    *,
    tag: str | None = None,
    company: str | None = None,
    tier: str | None = None,
    silent_since: date | None = None,
    query: str | None = None,
    spellings: Mapping[str, str],
    fold: Callable[[str], str],
) -> list[int]:
    """The numbers of the contacts that pass all filters, sorted by name.

    `spellings` has the normal form of the query as an address, by the kind of address.
    """
    conditions: list[ColumnElement[bool]] = []
    if tag:
        conditions.append(col(Contact.id).in_(select(Tag.contact_id).where(Tag.name == clean(tag))))
    if tier:
        conditions.append(col(Contact.tier) == tier)
    if silent_since:
        spoken = (
            select(InteractionContact.contact_id)
            .join(Interaction, col(Interaction.id) == InteractionContact.interaction_id)
            .where(col(Interaction.day) > silent_since, col(Interaction.answered).is_(True))
        )
        conditions.append(col(Contact.id).not_in(spoken))
    columns = select(col(Contact.id), col(Contact.name), col(Contact.company)).where(*conditions)
    matching = {*_reached_by(session, spellings), *_tagged(session, query, fold)} if query else set()
    sortable: list[tuple[str, int]] = []
    for number, name, employer in session.exec(columns):  # one by one, to keep in memory only the sort keys
        fits = not company or fold(company) in fold(employer or "")
        if fits and (not query or number in matching or fold(query) in fold(f"{name} {employer or ''}")):
            sortable.append((fold(name), number or 0))
    return [number for _, number in sorted(sortable)]


def _reached_by(session: Session, spellings: Mapping[str, str]) -> Iterable[int]:
    """The contacts that have the query in an address, a number or a link."""
    for kind, text in spellings.items():
        if literal := clean(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"):
            like = col(ContactMethod.normalised).ilike(f"%{literal}%", escape="\\")
            yield from session.exec(select(ContactMethod.contact_id).where(ContactMethod.kind == kind, like))


def _tagged(session: Session, query: str, fold: Callable[[str], str]) -> Iterable[int]:
    """The contacts that have the query in a tag."""
    names = [name for name in session.exec(select(Tag.name).distinct()) if fold(query) in fold(name)]
    for batch in batches(names, MOST_AT_ONCE):
        yield from session.exec(select(Tag.contact_id).where(col(Tag.name).in_(batch)))


def contacts_with(session: Session, kind: str, normalised: str) -> list[Contact]:
    """The contacts that have exactly this address, number or link."""
    method = (ContactMethod.kind == kind) & (ContactMethod.normalised == normalised)
    return by_ids(session, Contact, session.exec(select(ContactMethod.contact_id).where(method)).all())


def offers(session: Session) -> list[Offer]:
    """Every offer: the undecided first, then the newest decision first."""
    by_id = session.exec(select(Offer).order_by(col(Offer.id))).all()
    return sorted(by_id, key=lambda offer: (offer.decided_on or date.max, offer.number), reverse=True)


def parts_in_offers(session: Session, contact: int) -> list[tuple[Offer, str]]:
    """The offers that a contact took part in, each with the contact's role."""
    joined = select(Offer, Participant.role).join(Participant, col(Participant.offer_id) == Offer.id)
    return [(offer, role) for offer, role in session.exec(joined.where(Participant.contact_id == contact))]


def parts(session: Session, contacts: Sequence[int]) -> list[tuple[Offer, str, int]]:
    """The offers that these contacts took part in, each with the role and the contact, in the order of the offers."""
    joined = select(Offer, Participant.role, Participant.contact_id)
    joined = joined.join(Participant, col(Participant.offer_id) == Offer.id).order_by(col(Offer.id))
    return list(session.exec(joined.where(col(Participant.contact_id).in_(contacts))))


def last_contacts(session: Session, contacts: Sequence[int]) -> dict[int, date]:
    """The last day of contact with each of these contacts, on any channel and in either direction."""
    spoken = select(InteractionContact.contact_id, func.max(col(InteractionContact.day)))
    spoken = spoken.where(col(InteractionContact.contact_id).in_(contacts), col(InteractionContact.heard).is_not(None))
    days = session.exec(spoken.group_by(col(InteractionContact.contact_id)))
    return {contact: day for contact, day in days if day}


def interactions(session: Session, contact: int) -> list[Interaction]:
    """The interactions with a contact, the newest first."""
    joined = (
        select(Interaction)
        .join(InteractionContact, col(InteractionContact.interaction_id) == Interaction.id)
        .where(InteractionContact.contact_id == contact)
        .order_by(col(Interaction.day).desc(), col(Interaction.id).desc())
    )
    return list(session.exec(joined))


def decisions(session: Session, contact_uid: str) -> list[Decision]:
    """The answers given to a contact's follow-ups, the newest first."""
    ordered = select(Decision).order_by(col(Decision.day).desc(), col(Decision.id).desc())
    return list(session.exec(ordered.where(Decision.contact_uid == contact_uid)))


def decisions_of(session: Session, interaction: int) -> list[Decision]:
    """The answers that logged this interaction."""
    return list(session.exec(select(Decision).where(Decision.interaction_id == interaction)))


def all_decisions(session: Session) -> list[Decision]:
    return list(session.exec(select(Decision).order_by(col(Decision.id).desc())))


def decision(session: Session, playbook: str, steps: Iterable[str], cause: str, contact_uid: str) -> Decision | None:
    """The answer to a follow-up, under any of the names that its step has had."""
    same = (Decision.playbook == playbook) & (Decision.cause == cause) & (Decision.contact_uid == contact_uid)
    return session.exec(select(Decision).where(same, col(Decision.step).in_(list(steps)))).first()


def rows_of(session: Session, model: type[Row], contact: int) -> list[Row]:
    """The rows of a table that belong to a contact."""
    owner = model.__table__.c.contact_id
    return list(session.exec(select(model).where(owner == contact).order_by(col(model.id))))


def links_of(session: Session, interaction: int) -> list[InteractionContact]:
    """The links from an interaction to its contacts."""
    same = select(InteractionContact).where(InteractionContact.interaction_id == interaction)
    return list(session.exec(same.order_by(col(InteractionContact.id))))


def rows_about(session: Session, model: type[Row], offer: int) -> list[Row]:
    """The rows of a table that belong to an offer."""
    owner = model.__table__.c.offer_id
    return list(session.exec(select(model).where(owner == offer).order_by(col(model.id))))


def decisions_about(session: Session, causes: Sequence[str]) -> list[Decision]:
    """The answers to the follow-ups of these causes."""
    return list(session.exec(select(Decision).where(col(Decision.cause).in_(causes)).order_by(col(Decision.id))))


def current_job(session: Session) -> Job | None:
    return session.exec(select(Job).order_by(col(Job.started_on).desc(), col(Job.id).desc()).limit(1)).one_or_none()


def newest_accepted(session: Session) -> Offer | None:
    accepted = select(Offer).where(Offer.decision == "accepted")
    return session.exec(accepted.order_by(col(Offer.decided_on).desc(), col(Offer.id).desc()).limit(1)).one_or_none()


def operations(session: Session, limit: int | None) -> list[Operation]:
    """The newest operations, undone ones included."""
    return list(session.exec(select(Operation).order_by(col(Operation.id).desc()).limit(limit)))


def last_change(session: Session, nouns: Sequence[type[Stored]]) -> datetime | None:
    """The instant at which an operation last wrote rows of these tables, or was undone."""
    tables = [noun.__table__.name for noun in nouns]
    newest = select(func.max(col(Operation.at)), func.max(col(Operation.undone_at)))
    newest = newest.join(Change, col(Change.operation_id) == Operation.id).where(col(Change.table).in_(tables))
    return max(filter(None, session.exec(newest).one()), default=None)
