"""Every query gives the same result on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel

from netcrm import Crm
from netcrm.domain.models import Affiliation, Contact, ContactMethod, Offer, Participant, Tag
from netcrm.formats.csv.writer import COLUMNS
from netcrm.matching.normalize import normalise_name
from netcrm.store import queries
from tests.helpers.books import TODAY, whole
from tests.store_contract.conftest import Both


def plain(value: Any) -> Any:
    """A result as values that can be compared: models and dataclasses as their fields."""
    if isinstance(value, SQLModel):
        return plain(value.model_dump())
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | Iterator) and not isinstance(value, str | bytes):
        return [plain(item) for item in value]
    return value


# --------------------------------------------------------------------------- reading


def seen(crm: Crm, statement: str) -> list[str]:
    """The rows of a view, as a person or another program reads them."""
    with crm.session() as session:
        return sorted(str(tuple(row)) for row in session.connection().execute(text(statement)))


READS: dict[str, Callable[[Crm], object]] = {
    "rows and journal": whole,
    "history": lambda crm: seen(crm, "SELECT kind, contact, CAST(day AS VARCHAR(10)), about, source FROM history"),
    "people": lambda crm: seen(crm, "SELECT id, uid, name, given_name, company, email, phone, linkedin FROM contacts"),
    "profile": lambda crm: crm.profile(),
    "contacts": lambda crm: crm.contacts(),
    "words": lambda crm: [crm.contacts(word) for word in ("dana", "BÉÉ", "BLOG.example/dana", "acme.example", "umbra")],
    "phone": lambda crm: [crm.contacts(phone) for phone in ("+49 30 1234567", "030 1234567")],
    "wildcards": lambda crm: [[crm.contacts(word), "no match"] for word in ("%", "_", "\\", "a%e")],
    "tag": lambda crm: crm.contacts(tag="ally"),
    "tier": lambda crm: crm.contacts(tier="A"),
    "company": lambda crm: crm.contacts(company="umbra"),
    "silent": lambda crm: crm.contacts(silent_for="1 day"),
    "card": lambda crm: [crm.card(who) for who in crm.contacts()],
    "by e-mail": lambda crm: crm.contact("SAM@home.example"),
    "by uid": lambda crm: [crm.contact(who.uid) for who in crm.contacts()],
    "by alias": lambda crm: [crm.contact(uid) for who in crm.contacts() for uid in who.aliases],
    "by number": lambda crm: crm.contact(1),
    "offers": lambda crm: crm.offers(),
    "offer": lambda crm: [crm.offer(which) for which in ("acme", crm.offers()[0].uid, 2)],
    "due": lambda crm: crm.due(),
    "due soon": lambda crm: crm.due(within="1 year"),
    "plan": lambda crm: crm.plan(),
    "plan of one": lambda crm: crm.plan("priya"),
    "why": lambda crm: [crm.why(follow_up.id) for follow_up in crm.plan()],
    "quiet": lambda crm: crm.quiet(TODAY + timedelta(days=40)),
    "operations": lambda crm: [crm.operations(), crm.operations(None), crm.operations(2)],
    "duplicates": lambda crm: [crm.duplicates(at_least=0.1).found],
    "doctor": lambda crm: [one for one in crm.doctor() if one.check not in ("backups", "place")],
    "vCards": lambda crm: [list(crm.vcards()), list(crm.vcards("dana", version="4.0"))],
    "my card": lambda crm: crm.my_card(),
    "calendar": lambda crm: [crm.ics(), crm.ics(form="events")],
    "archive": lambda crm: ["".join(crm.json()), "".join(crm.json("dana"))],
    "tables": lambda crm: ["".join(crm.csv(table=table)) for table in COLUMNS],
    "table of some": lambda crm: "".join(crm.csv("dana", table="interactions")),
}


@pytest.mark.parametrize("read", READS)
def test_both_engines_answer_alike(read_only: Both, read: str) -> None:
    """A question has the same answer on both engines, and the data is such that there is one."""
    on_file, on_server = (plain(READS[read](crm)) for crm in read_only)
    assert on_file == on_server
    assert on_file


def test_an_empty_database_has_the_same_nothing(both_empty: Both) -> None:
    """A question to an empty database has the same answer on both engines, and an export of no contacts writes none."""
    for read in READS.keys() - {"by e-mail", "by number", "offer", "plan of one", "profile", "my card"}:
        on_file, on_server = (plain(READS[read](crm)) for crm in both_empty)
        assert on_file == on_server, read


QUERIES: dict[str, Callable[[Session], object]] = {
    "region": queries.region,
    "contacts with": lambda session: queries.contacts_with(session, "email", "dana@acme.example"),
    "contacts named": lambda session: [
        queries.contacts_named(session, word, normalise_name) for word in ("dana", "12345678901")
    ],
    "offers named": lambda session: queries.offers_named(session, "acm", normalise_name),
    "by ids": lambda session: queries.by_ids(session, Contact, list(range(1, 1200))),
    "every": lambda session: list(queries.every(session, ContactMethod, "contact_id", "kind", "normalised")),
    "some": lambda session: [
        list(queries.some(session, Contact, [1, 2], "name")),
        list(queries.some(session, Tag, list(range(1, 1200)), "name")),
    ],
    "card": lambda session: [queries.card(session, 1), queries.called(session, 1)],
    "parts": lambda session: [
        sorted((offer.number, contact, role) for offer, role, contact in queries.parts(session, [1, 2, 3])),
        queries.parts_in_offers(session, 1),
    ],
    "last contacts": lambda session: queries.last_contacts(session, [1, 2, 3, 4]),
    "affiliations": lambda session: queries.rows_of(session, Affiliation, 1),
    "interactions": lambda session: queries.interactions(session, 1),
    "links": lambda session: [queries.links_of(session, number) for number in range(1, 6)],
    "decisions": queries.all_decisions,
    "decisions of": lambda session: [queries.decisions_of(session, number) for number in range(1, 6)],
    "decisions about": lambda session: queries.decisions_about(
        session, [one.cause for one in queries.all_decisions(session)]
    ),
    "decision": lambda session: [
        queries.decision(session, one.playbook, [one.step, "other"], one.cause, one.contact_uid)
        for one in queries.all_decisions(session)
    ],
    "rows of": lambda session: [queries.rows_of(session, model, 1) for model in (Affiliation, ContactMethod, Tag)],
    "rows about": lambda session: queries.rows_about(session, Participant, 1),
    "job": lambda session: [queries.current_job(session), queries.newest_accepted(session)],
    "last change": lambda session: [
        queries.last_change(session, nouns) for nouns in ([Contact], [Offer], [ContactMethod])
    ],
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_the_same_rows(read_only: Both, query: str) -> None:
    """Each function of the store's queries returns the same rows on both engines."""
    found = []
    for crm in read_only:
        with crm.session() as session:
            found.append(plain(QUERIES[query](session)))
    assert found[0] == found[1]
    assert found[0]


def test_a_link_is_found_in_any_case(empty_url: str) -> None:
    """A search works alike on a file and on a server."""
    with Crm(empty_url, today=TODAY) as crm:
        crm.add("Dana Wu", urls=["https://blog.example/Dana"])
        assert [who.name for who in crm.contacts("BLOG.example/dana")] == ["Dana Wu"]
