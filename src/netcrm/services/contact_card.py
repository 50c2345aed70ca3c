"""Everything about one contact on one screen: work, offers, timeline, open follow-ups and cadence."""

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from netcrm.domain.models import Affiliation, Contact, Offer
from netcrm.services import contacts, follow_ups
from netcrm.services.interactions import described
from netcrm.services.parameters import ContactCard, TimelineEntry
from netcrm.store import queries
from netcrm.workspace import Workspace


def card(workspace: Workspace, who: Contact | int | str) -> ContactCard:
    """A contact with everything known about them; the timeline is newest first."""
    with workspace.session() as session:
        contact = contacts.find(session, who)
        parts = queries.parts_in_offers(session, contact.number)
        work = queries.rows_of(session, Affiliation, contact.number)
        timeline = _timeline(session, contact, parts, work)
    return ContactCard(
        contact=contact,
        affiliations=work,
        offers=parts,
        timeline=timeline,
        open=follow_ups.plan(workspace, contact),
        rhythm=follow_ups.contact_rhythm(workspace, contact.number),
    )


def _timeline(
    session: Session, contact: Contact, parts: Sequence[tuple[Offer, str]], work: Sequence[Affiliation]
) -> list[TimelineEntry]:
    """Everything that happened with a contact, the newest first."""
    entries = [*_spoken(session, contact), *_offers(parts), *_work(work), *_answers(session, contact)]
    if contact.connected_on:
        entries.append(TimelineEntry(contact.connected_on, "linkedin", "connected on LinkedIn"))
    return sorted(entries, key=lambda entry: entry.day, reverse=True)


def _spoken(session: Session, contact: Contact) -> Iterator[TimelineEntry]:
    for interaction in queries.interactions(session, contact.number):
        yield TimelineEntry(interaction.day, interaction.channel, described(interaction))


def _offers(parts: Sequence[tuple[Offer, str]]) -> Iterator[TimelineEntry]:
    for offer, role in parts:
        if offer.received_on:
            yield TimelineEntry(offer.received_on, "offer", f"{offer.organisation} offer received ({role})")
        if offer.decision and offer.decided_on:
            yield TimelineEntry(offer.decided_on, "offer", f"{offer.organisation} offer {offer.decision}")


def _work(work: Sequence[Affiliation]) -> Iterator[TimelineEntry]:
    for job in work:
        position = f"{job.title} at {job.organisation}" if job.title else job.organisation
        if job.since:
            yield TimelineEntry(job.since, "work", f"new work: {position}")
        if job.until:
            yield TimelineEntry(job.until, "work", f"no longer {position}")


def _answers(session: Session, contact: Contact) -> Iterator[TimelineEntry]:
    """Answers that logged nothing; the others appear as the interaction they logged."""
    for decision in queries.decisions(session, contact.uid):
        if decision.interaction_id is None:
            later = f" until {decision.until}" if decision.verdict == "snoozed" else ""
            why = f" ({decision.reason})" if decision.reason else ""
            yield TimelineEntry(
                decision.day, decision.verdict, f"{decision.verdict}{later}: {decision.snapshot['text']}{why}"
            )
