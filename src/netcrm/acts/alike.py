"""Everybody, as far as it can tell who is the same person twice."""

from collections import defaultdict

from sqlmodel import Session

from netcrm.domain.models import Affiliation, Contact, ContactMethod
from netcrm.matching.scoring import Someone
from netcrm.store import queries

_COLUMNS = ("id", "name", "given_name", "family_name", "company", "title", "birthday")


def everybody(session: Session) -> list[Someone]:
    """Every contact; no entity is built."""
    ways: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for contact, kind, normalised in queries.every(session, ContactMethod, "contact_id", "kind", "normalised"):
        ways[contact].add((kind, normalised))
    worked: dict[int, set[str | None]] = defaultdict(set)
    for contact, organisation in queries.every(session, Affiliation, "contact_id", "organisation"):
        worked[contact].add(organisation)
    return [
        Someone(
            number,
            name,
            given_name or "",
            family_name or "",
            company,
            frozenset(filter(None, worked[number] - {company})),
            title,
            frozenset(ways[number]),
            birthday,
        )
        for number, name, given_name, family_name, company, title, birthday in queries.every(
            session, Contact, *_COLUMNS
        )
    ]
