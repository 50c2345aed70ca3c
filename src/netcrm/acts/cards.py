"""A contact's timeline, from every fact that names them."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlmodel import Session

from netcrm.acts.contacts import described
from netcrm.domain.models import Affiliation, Contact, Offer
from netcrm.store import queries


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
