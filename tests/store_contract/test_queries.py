"""Every query and every kind of write gives the same on SQLite and on PostgreSQL."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel

from netcrm import Crm
from netcrm.domain.models import Affiliation, Contact, ContactMethod, Offer, Participant, Tag
from netcrm.errors import NetcrmError
from netcrm.formats.csv.writer import COLUMNS
from netcrm.matching.normalize import normalise_name
from netcrm.store import queries
from tests.faults.story import STORY, VOLATILE, connections
from tests.helpers.books import TODAY, everything, season, whole
from tests.helpers.copies import copy_to
from tests.helpers.server import database

CARD = "BEGIN:VCARD\nVERSION:3.0\nUID:card-1\nFN:Ana Silva\nX-HOBBY:chess\nEMAIL:ana@umbra.example\nEND:VCARD\n"


def busy_season(crm: Crm) -> None:
    """The season, and after it at least one row of everything that a query looks for."""
    season(crm)
    crm.init(country="DE")
    for follow_up in crm.due()[:3]:
        crm.done(follow_up.id)
    crm.snooze(crm.plan()[0].id, until="3 days")
    crm.skip(crm.plan()[-1].id, reason="No")
    crm.log(["dana", "sam"], "meeting", "Two\nlines", at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC), offer="acme")
    crm.log("sam", "call", answered=False)
    crm.add("Sam Twin", emails=["sam@home.example"], tags=["béé", "ally"], birthday="--02-29", every="off")
    crm.merge("Sam Okafor", "Sam Twin")
    crm.edit("dana", company="Umbra Labs", title="Lead", urls=["https://blog.example/Dana"], dormant="moved away")
    crm.edit("priya", tier="A", every="3 months", timezone="Europe/Berlin", birthday=date(1990, 11, 24))
    crm.accept("globex", signed_on=TODAY, starts_on=date(2027, 1, 4))
    crm.job_started(date(2026, 11, 2), organisation="Umbra Labs", title="Engineer", email="robin@umbra.example")
    crm.job_settled(TODAY)
    crm.add("Jonas Berg", emails=["jonas@example.net"], phones=["030 7654321"])
    crm.add("Mia Lund")
    crm.forget("mia")
    crm.undo(next(one.number for one in crm.operations(None) if one.summary == "Added Jonas Berg"))
    crm.add("Jörg Müller", emails=["joerg@example.net"], linkedin="in/joerg", company="Umbra Labs")


@pytest.fixture(scope="module")
def both(
    postgresql_server: str, empty_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Crm, Crm]]:
    """The same rows in a file and on a server: the server has restored a backup of the file."""
    folder = tmp_path_factory.mktemp("both")
    path = copy_to(folder / "book.db", busy_season)
    none = folder / "none"
    with (
        database(postgresql_server, empty_template) as url,
        Crm(path, today=TODAY, playbooks=none) as file,
        Crm(url, today=TODAY, playbooks=none) as server,
    ):
        server.restore(file.backup(folder / "copy").path)
        yield file, server


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
    "plan later": lambda crm: crm.plan("priya"),
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
def test_both_engines_answer_alike(both: tuple[Crm, Crm], read: str) -> None:
    """A question has the same answer on both engines, and the data is such that there is one."""
    on_file, on_server = (plain(READS[read](crm)) for crm in both)
    assert on_file == on_server
    assert on_file


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
def test_a_query_finds_the_same_rows(both: tuple[Crm, Crm], query: str) -> None:
    """Each function of the store's queries returns the same rows on both engines."""
    found = []
    for crm in both:
        with crm.session() as session:
            found.append(plain(QUERIES[query](session)))
    assert found[0] == found[1]
    assert found[0]


# --------------------------------------------------------------------------- writing


def stable(crm: Crm) -> Any:
    """All rows and the journal, without the columns that are drawn or that the clock fills."""
    return _without(VOLATILE, whole(crm))


def _without(names: Collection[str], value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(names, item) for name, item in value.items() if name not in names}
    return [_without(names, item) for item in value] if isinstance(value, list) else value


@pytest.mark.server
@pytest.mark.short
def test_a_story_is_the_same_on_both_engines(postgresql_url: str, tmp_path: Path) -> None:
    """After each step, whatever it writes, imports, undoes, forgets or restores, both hold the same rows."""
    for folder in (folders := (tmp_path / "file", tmp_path / "server")):
        folder.mkdir()
    people = [connections(folder / "Connections.csv", 30) for folder in folders]
    with Crm(tmp_path / "book.db", today=TODAY) as file, Crm(postgresql_url, today=TODAY) as server:
        for number, step in enumerate(STORY):
            step(file, people[0])
            step(server, people[1])
            assert stable(file) == stable(server), number


IMPORTS: dict[str, Callable[[Crm, Path], object]] = {
    "json": lambda crm, folder: crm.import_json(folder / "book.json"),
    "vcard": lambda crm, folder: crm.import_vcard(folder / "book.vcf"),
    "csv": lambda crm, folder: crm.import_csv(folder / "book.csv"),
}


@pytest.fixture(scope="module")
def exported(both: tuple[Crm, Crm], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the server exports."""
    _, server = both
    folder = tmp_path_factory.mktemp("exported")
    server.export_json(folder / "book.json")
    server.export_vcard(folder / "book.vcf")
    server.export_csv(folder / "book.csv")
    return folder


@pytest.mark.parametrize("form", IMPORTS)
def test_an_import_writes_the_same_on_both_engines(
    form: str, exported: Path, postgresql_server: str, empty_template: str, empty_file: Path
) -> None:
    """An export of the server comes into an empty database of each engine alike; twice is as once; undo empties it."""
    with (
        database(postgresql_server, empty_template) as url,
        Crm(empty_file, today=TODAY) as file,
        Crm(url, today=TODAY) as server,
    ):
        reports = [IMPORTS[form](crm, exported) for crm in (file, server)]
        assert reports[0] == reports[1]
        assert stable(file) == stable(server)
        before = [whole(crm) for crm in (file, server)]
        for crm in (file, server):
            IMPORTS[form](crm, exported)
        assert [whole(crm) for crm in (file, server)] == before
        for crm in (file, server):
            with suppress(NetcrmError):
                crm.undo()
            assert not any(everything(crm).values())
