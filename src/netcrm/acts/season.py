"""What a book knows of people beyond their card: their part in my offers, who introduced them, the last contact."""

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel import Session

from netcrm.formats.vcard import Extra
from netcrm.models import Contact, Offer
from netcrm.store import finds


def extras(session: Session, contacts: Sequence[Contact]) -> dict[str, Extra]:
    """That of some contacts, by their UID.

    Who is the referrer of an offer introduced the others on it.
    """
    numbers = [contact.number for contact in contacts]
    last = finds.last_contacts(session, numbers)
    stages: dict[int, list[str]] = defaultdict(list)
    introduced: dict[int, dict[str, str]] = defaultdict(dict)
    for offer, role, contact in finds.parts(session, numbers):
        stages[contact].append(_stage(offer, role))
        for other in offer.participants:
            if other.role == "referrer" != role:
                introduced[contact][other.contact.uid] = other.contact.name
    return {
        contact.uid: Extra(
            introduced_by=tuple(introduced[contact.number].items()),
            stage="; ".join(stages[contact.number]) or None,
            last_contact=last.get(contact.number),
            aliases=contact.aliases,
        )
        for contact in contacts
    }


def _stage(offer: Offer, role: str) -> str:
    """“recruiter, Acme offer, declined”."""
    part = "on it" if role == "other" else role.replace("-", " ")
    return ", ".join(filter(None, (part, f"{offer.organisation} offer", offer.decision)))
