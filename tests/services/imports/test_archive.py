"""JSON archives: export, import, and the problems of archives that other programs wrote."""

import io
import json
import tracemalloc
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from netcrm import Crm
from netcrm.domain.models import ContactMethod, Decision
from netcrm.domain.validation import clean
from netcrm.errors import InvalidValue, Problem, Refused, UnreadableFile, WrongFormat
from netcrm.formats.archive import json_scanner, schema, stream
from netcrm.progress import unwatched
from netcrm.services.imports.archive import check_archive, import_json
from netcrm.store import queries
from netcrm.workspace import Workspace
from tests.helpers.books import TODAY, Act, act_out, everything
from tests.helpers.cli_runner import Cli
from tests.helpers.copies import copy_to, schema_only
from tests.helpers.hostile import TEXTS, texts

ROOT = Path(__file__).parent.parent.parent.parent

CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card-1@phone.example\r\nFN:Ana Silva\r\nN:Silva;Ana;;;\r\n"
    "X-HOBBY:chess\r\nNOTE:Line one\\nand two\r\nEMAIL;TYPE=work:ana@umbra.example\r\nEND:VCARD\r\n"
)


def document_of(**sections: Any) -> str:
    """An archive with these sections, as another program might write it."""
    return json.dumps({"netcrm": "book", "schema": 1, **sections}, ensure_ascii=False, indent=1)


def text_of(crm: Crm) -> str:
    return "".join(crm.json())


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    with Crm(copy_to(tmp_path / "other.db", schema_only), today=TODAY) as opened:
        yield opened


@pytest.fixture
def empty() -> Iterator[Crm]:
    """An empty database."""
    with Crm(memory=True, today=TODAY) as opened:
        yield opened


@pytest.fixture
def filled(season_file: Path) -> Iterator[Crm]:
    """The season of `tests.helpers.books`, with answers, an interaction, a job, a merge and a removed contact."""
    with Crm(season_file, today=TODAY) as opened:
        for follow_up in opened.due()[:3]:
            opened.done(follow_up.id)
        opened.log(["dana", "sam"], "meeting", "Two\nlines, with a \ttab", at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
        opened.add("Sam Twin", emails=["sam@home.example"], tags=["béé", "ally"], birthday="--02-29", every="off")
        opened.merge("Sam Okafor", "Sam Twin")
        opened.edit("dana", company="Umbra Labs", title="Lead", tier="A", dormant="moved away")
        opened.job_started(date(2026, 11, 2), organisation="Globex", title="Engineer", email="robin@globex.example")
        opened.remove("Lena")
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a file with this content."""

    def write(content: str) -> Path:
        path = tmp_path / "book.json"
        path.write_bytes(content.encode())
        return path

    return write


# --------------------------------------------------------------------------- export and import


def test_a_book_comes_back_byte_for_byte(filled: Crm, crm: Crm, tmp_path: Path) -> None:
    """An archive that is imported into an empty database and exported again is the same, and so is the plan."""
    card = tmp_path / "card.vcf"
    card.write_bytes(CARD.encode())
    filled.import_vcard(card)
    first, second = tmp_path / "one.json", tmp_path / "two.json"
    counted = filled.export_json(first)
    report = crm.import_json(first)
    assert crm.export_json(second) == counted
    assert second.read_bytes() == first.read_bytes()
    assert (report.added, report.problems) == (counted["contacts"], [])
    assert report.others == {"profile": 1, "offer": 2, "job": 1, "interaction": counted["interactions"]} | {
        "answer": counted["answers"]
    }
    plan = [(follow_up.key, follow_up.text, follow_up.due) for follow_up in filled.plan()]
    assert [(follow_up.key, follow_up.text, follow_up.due) for follow_up in crm.plan()] == plan
    assert crm.contact("ana").vcard == filled.contact("ana").vcard


@st.composite
def words(draw: st.DrawFn) -> str:
    """A hostile text, drawn by a function so that a failure report does not print all of them."""
    return draw(texts)


_names = st.sampled_from(("Dana Wu", "Sam Okafor", "Ana Silva")) | words()
_near = st.sampled_from(("0", "dana", "sam", "1", "2", "3"))
_days = st.dates(date(2026, 1, 1), TODAY)


def _act(method: str, /, **values: Any) -> Act:
    return lambda crm: getattr(crm, method)(**values)


def _log(contacts: list[str], values: dict[str, Any]) -> Act:
    return lambda crm: crm.log(contacts, **values)


_details = st.fixed_dictionaries(
    {"name": _names},
    optional={
        "emails": st.lists(st.sampled_from(("a@x.example", "ü@y.example")), max_size=1),
        "phones": st.lists(st.sampled_from(("+49 30 1234567", "030 7654321", "(415) 555-2671")), max_size=2),
        "company": words(),
        "title": words(),
        "notes": words(),
        "tags": st.lists(words(), max_size=2),
        "birthday": st.sampled_from(("--02-29", "1990-02-28")),
        "tier": st.sampled_from(("A", "C")),
        "every": st.sampled_from(("3 months", "off")),
        "dormant": words(),
        "timezone": st.just("America/New_York"),
    },
)
_talk = st.fixed_dictionaries(
    {"channel": st.sampled_from(("call", "email", "message", "public")), "summary": words(), "on": _days},
    optional={"offer": st.just("acme"), "direction": st.just("in"), "topic": st.just("thanked")},
)
book_acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(lambda values: _act("add", **values), _details),
    st.builds(_log, st.lists(_near, min_size=1, max_size=3), _talk),
    st.builds(
        lambda name, role, people: _act("add_offer", organisation=name, role=role, people=people),
        st.sampled_from(("Acme", "Globex")) | words(),
        words(),
        st.lists(st.sampled_from(("Dana Wu:recruiter", "Sam Okafor <a@x.example>:interviewer")), max_size=2),
    ),
    st.builds(lambda reason: lambda crm: crm.decline("acme", because="fit", reason=reason), words()),
    st.builds(lambda reason: lambda crm: crm.skip(crm.plan()[0].id, reason=reason), words()),
    st.just(lambda crm: crm.done(crm.due()[0].id)),
    st.just(lambda crm: crm.snooze(crm.due()[-1].id, until="3 days")),
    st.just(lambda crm: crm.accept("globex", starts_on=date(2027, 1, 4))),
    st.just(lambda crm: crm.job_started(TODAY, organisation="Globex")),
    st.builds(lambda contact, duplicate: lambda crm: crm.merge(contact, duplicate), _near, _near),
    st.builds(lambda contact: lambda crm: crm.remove(contact), _near),
    st.builds(lambda offer: lambda crm: crm.remove_offer(offer), st.just("acme")),
    st.builds(lambda name: _act("init", name=name, country="DE"), words()),
    st.just(lambda crm: crm.undo()),
)
books = st.lists(book_acts, min_size=1, max_size=12)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=max(4, settings().max_examples // 3)
)
@given(books)
def test_every_book_comes_back_byte_for_byte(tmp_path: Path, acts: list[Act]) -> None:
    """Any archive that is imported into an empty database and exported again is the same, with any texts.

    A second import changes nothing, and undoing the first one leaves the database empty.
    """
    first, second = tmp_path / "one.json", tmp_path / "two.json"
    with Crm(memory=True, today=TODAY) as crm, Crm(memory=True, today=TODAY) as other:
        act_out(crm, {str(at): act for at, act in enumerate(acts)}, map(str, range(len(acts))))
        empty = everything(other)
        if not crm.export_json(first, overwrite=True):
            return
        assert other.import_json(first).problems == []
        other.export_json(second, overwrite=True)
        assert second.read_bytes() == first.read_bytes()
        again = other.import_json(first)
        assert (again.added, again.updated, again.others, again.problems) == (0, 0, {}, [])
        other.undo()
        assert everything(other) == empty


def test_a_profile_says_in_which_country_phones_are_dialled(file: Callable[[str], Path]) -> None:
    """An imported profile gives its country to national numbers, both imported and stored ones."""
    dana = {**DANA, "methods": [{"kind": "phone", "value": "030 1234567"}]}
    with Crm(memory=True, today=TODAY) as crm:
        crm.add("Sam Okafor", phones=["030 7654321"])
        crm.import_json(file(document_of(me={"country": "DE"}, contacts=[dana])))
        with crm.session() as session:
            numbers = session.exec(select(ContactMethod.normalised)).all()
        assert sorted(numbers) == ["+49301234567", "+49307654321"]


@given(texts | st.text(alphabet="e\u0301\0\u1100\u1161\u2028 ", max_size=5))
@example("e\0\u0301")
def test_what_is_cleaned_is_clean(text: str) -> None:
    """Cleaning twice is cleaning once; otherwise a text would change with each export and import."""
    assert clean(clean(text)) == clean(text)
    assert unicodedata.is_normalized("NFC", clean(text))


def test_half_a_character_is_replaced() -> None:
    """Half a surrogate pair, which a rule in Python may write, does not stop an export."""
    answer = {**ANSWER, "snapshot": {"text": "Call \ud83d"}}
    text = "".join(stream.write([("answers", answer)]))
    assert "Call \ufffd" in text.encode().decode()


def test_a_part_of_a_book_is_what_concerns_some_contacts(filled: Crm, empty: Crm, tmp_path: Path) -> None:
    """A query exports those contacts alone, with their part of offers and interactions, and nothing of the user's.

    The archive can be imported, and another part later.
    """
    part, rest = tmp_path / "part.json", tmp_path / "rest.json"
    assert filled.export_json(part, query="dana") == {"contacts": 1, "offers": 1, "interactions": 2, "answers": 1}
    archive = json.loads(part.read_text())
    dana = filled.contact("dana").uid
    assert [entry["uid"] for entry in archive["contacts"]] == [dana]
    assert [entry["participants"] for entry in archive["offers"]] == [[{"contact": dana, "role": "recruiter"}]]
    assert {tuple(entry["contacts"]) for entry in archive["interactions"]} == {(dana,)}
    assert (archive["me"], archive["jobs"]) == (None, [])
    assert filled.export_json(rest, query="sam")["contacts"] == 1
    assert empty.import_json(part).problems == []
    assert empty.import_json(rest).added == 1
    assert {contact.name for contact in empty.contacts()} == {"Dana Wu", "Sam Okafor"}


def test_a_document_is_of_one_moment(filled: Crm) -> None:
    """A write between two pieces of an export does not wait; the export is then refused, as it would mix two states."""
    pieces = filled.json()
    next(pieces)
    next(pieces)
    filled.add("New Face")
    with pytest.raises(Refused, match="the database changed during the export; export it again"):
        list(pieces)


def test_where_there_is_nothing_nothing_is_written(crm: Crm, tmp_path: Path) -> None:
    """An empty database, or a query that fits no contact, leaves the file as it was."""
    path = tmp_path / "book.json"
    path.write_text("mine")
    assert crm.export_json(path, overwrite=True) == {}
    crm.add("Dana Wu")
    assert crm.export_json(path, query="nobody", overwrite=True) == {}
    assert (path.read_text(), list(crm.json("nobody"))) == ("mine", [])
    with pytest.raises(InvalidValue, match="did you mean tag"):
        list(crm.json(tags="x"))  # type: ignore[call-arg] # a script may write it


# --------------------------------------------------------------------------- import into a filled database


def test_what_the_book_says_stays_and_what_it_lacks_comes(crm: Crm, file: Callable[[str], Path]) -> None:
    """Empty fields of a stored contact are filled, missing rows are added, and nothing is overwritten.

    The contact keeps its UID and gets the archive's as an alias; answers are stored under the UID here.
    """
    crm.init(name="Robin Vale", country="DE")
    dana = crm.add(
        "Dana Wu", emails=["dana@acme.example"], company="Acme", tier="A", tags=["ally"], phones=["030 1234567"]
    )
    work = {"uid": "w-1", "organisation": "ACME", "source": "me"}
    before = {"uid": "w-2", "organisation": "Initech", "since": "2020-01-01", "until": "2022-01-01"}
    contact = {
        "uid": "dana@elsewhere",
        "name": "D. Wu",
        "company": "Acme",
        "title": "Lead",
        "tier": "C",
        "every": "off",
        "tags": ["ally", "berlin"],
        "aliases": ["card-7"],
        "affiliations": [work, before],
        "methods": [
            {"kind": "email", "value": "DANA@acme.example"},
            {"kind": "phone", "value": "+49 30 1234567"},
            {"kind": "url", "value": "https://dana.example", "label": "blog"},
        ],
    }
    answer = {
        "playbook": "keep-in-touch",
        "step": "say-hello",
        "contact": "dana@elsewhere",
        "verdict": "skipped",
        "day": "2026-11-01",
        "snapshot": {"text": "Say hello"},
    }
    causes = ("contact.birthday|contact:dana@elsewhere@2026", "linkedin.connected|contact:dana@elsewhere")
    started = "affiliation.started|affiliation:w-1"
    answers = [{**answer, "cause": cause} for cause in (*causes, started, "offer.declined|offer:dana@elsewhere")]
    path = file(document_of(me={"name": "Somebody Else"}, contacts=[contact], answers=answers))
    planned = crm.import_json(path, dry_run=True)
    report = crm.import_json(path)
    assert planned == replace(report, dry_run=True)
    assert (report.added, report.updated, report.problems) == (0, 1, [])
    assert report.changes == [
        f"~ Dana Wu: in touch every off, title Lead, https://dana.example, {MORE}",
        "+ 4 answers",
    ]
    card = crm.card("dana")
    assert (card.contact.uid, card.contact.name, card.contact.tier, card.contact.every) == (
        dana.uid,
        "Dana Wu",
        "A",
        "off",
    )
    assert (card.contact.title, card.contact.tags, set(card.contact.aliases)) == (
        "Lead",
        ("ally", "berlin"),
        {"dana@elsewhere", "card-7"},
    )
    assert [method.value for method in card.contact.methods] == [
        "dana@acme.example",
        "030 1234567",
        "https://dana.example",
    ]
    mine = next(job.uid for job in card.affiliations if job.organisation == "Acme")
    assert [job.organisation for job in card.affiliations] == ["Acme", "Initech"]
    with crm.session() as session:
        decisions = session.exec(select(Decision)).all()
    assert {(decision.cause, decision.contact_uid) for decision in decisions} == {
        (f"contact.birthday|contact:{dana.uid}@2026", dana.uid),
        (f"linkedin.connected|contact:{dana.uid}", dana.uid),
        (f"affiliation.started|affiliation:{mine}", dana.uid),
        ("offer.declined|offer:dana@elsewhere", dana.uid),
    }
    assert crm.profile().name == "Robin Vale"
    again = crm.import_json(path)
    assert (again.updated, again.unchanged, again.others, again.changes) == (0, 1, {}, [])
    assert crm.last is not None
    assert crm.last.summary == "Imported 4 answers and updated 1 contact from book.json"
    crm.undo()
    assert (crm.contact("dana").tags, crm.contact("dana").aliases) == (("ally",), ())


MORE = "tagged berlin, worked at Initech, known by another UID too"


@pytest.mark.parametrize(
    "card", ["hello", "BEGIN:VCARD\nFN:\ud800\0Dana Wu\nEND:VCARD\n", "BEGIN:VCALENDAR\nEND:VCALENDAR\n"]
)
def test_a_card_that_is_none_hurts_nobody(crm: Crm, file: Callable[[str], Path], tmp_path: Path, card: str) -> None:
    """An invalid card is stored as text, without characters that no database takes; a valid card replaces it later."""
    dana = {"uid": "dana", "name": "Dana Wu", "vcard": card}
    assert crm.import_json(file(json.dumps({"netcrm": "book", "schema": 1, "contacts": [dana]}))).added == 1
    real = tmp_path / "real.vcf"
    real.write_text("BEGIN:VCARD\nVERSION:3.0\nUID:dana\nFN:Dana Wu\nTITLE:Lead\nORG:Acme\nX-TEA:Oolong\nEND:VCARD\n")
    assert crm.import_vcard(real).updated == 1
    assert (crm.contact("dana").title, crm.import_vcard(real).updated) == ("Lead", 0)
    assert "X-TEA:Oolong" in "".join(crm.vcards())


def test_a_flood_of_problems_is_refused(file: Callable[[str], Path], crm: Crm) -> None:
    """An archive with more than 10,000 problems is refused, as it is another kind of file."""
    with pytest.raises(WrongFormat, match="line 10002: more than 10,000 problems were found"):
        crm.import_json(file('{"netcrm": "book", "schema": 1, "contacts": [\n' + "1,\n" * 20_000 + "1]}"))
    assert crm.contacts() == []


def test_nobody_becomes_another_one(crm: Crm, file: Callable[[str], Path]) -> None:
    """A contact that could be two stored ones is left out, with what refers to it, and reported.

    A forgotten contact stays out, and two contacts of one archive never become one.
    """
    crm.add("Ana Silva", company="Umbra")
    crm.add("Ana Silva", company="Globex")
    crm.add("Sam Okafor", emails=["sam@acme.example"])
    crm.add("Lena Fischer", emails=["lena@acme.example"])
    crm.forget("lena")
    email = [{"kind": "email", "value": "sam@acme.example"}]
    contacts = [
        {"uid": "a", "name": "Ana Silva"},
        {"uid": "s1", "name": "Sam Okafor", "methods": email},
        {"uid": "s2", "name": "Samuel Okafor", "methods": email},
        {"uid": "l", "name": "Lena Fischer", "methods": [{"kind": "email", "value": "LENA@acme.example"}]},
        {"uid": "n1", "name": "New Face"},
        {"uid": "n2", "name": "New Face"},
        {"uid": "n2", "name": "New Face Again"},
    ]
    talk = {"day": "2026-11-01", "channel": "call"}
    answer_of_forgotten = {**ANSWER, "contact": "l"}
    participants = (["a"], ["a", "n1"], ["l"], ["s1"])
    talks = [{"uid": f"t{at}", **talk, "contacts": contacts} for at, contacts in enumerate(participants)]
    report = crm.import_json(file(document_of(contacts=contacts, interactions=talks, answers=[answer_of_forgotten])))
    assert (report.rows, report.added, report.updated, report.left_out) == (7, 2, 1, 4)
    assert report.others == {"interaction": 2}
    messages = [problem.message for problem in report.problems]
    assert [problem.lost for problem in report.problems] == [True] * 6
    assert messages[0].startswith("Ana Silva may be Ana Silva (1) or Ana Silva (2): they have the same name; left out.")
    assert messages[1].startswith(
        "Samuel Okafor may be Sam Okafor (3): they share an address, and the document has them"
    )
    assert messages[2].startswith("Lena Fischer was forgotten")
    assert messages[3].startswith("contacts[6]: New Face Again has the uid of another contact before")
    assert messages[4] == (
        "2 interactions were left out with the people they concern; import again once those can be taken in"
    )
    assert messages[5].startswith("1 answer was left out with the person they concern")


def test_two_who_are_one_here_since_are_one(crm: Crm, file: Callable[[str], Path], tmp_path: Path) -> None:
    """An archive from before a merge changes nothing; an alias that is another contact here is reported."""
    dana, twin = crm.add("Dana Wu", emails=["dana@acme.example"]), crm.add("D. Wu", tags=["ally"])
    apart = tmp_path / "apart.json"
    crm.export_json(apart)
    crm.merge(dana, twin)
    report = crm.import_json(apart)
    assert (report.unchanged, report.added, report.updated, report.problems) == (2, 0, 0, [])
    crm.undo()
    report = crm.import_json(file(document_of(contacts=[{"uid": dana.uid, "name": "Dana", "aliases": [twin.uid]}])))
    assert (report.unchanged, len(report.problems)) == (1, 1)
    assert "which belongs to another contact here" in report.problems[0].message


def test_an_address_of_somebody_else_is_not_given_twice(crm: Crm, file: Callable[[str], Path]) -> None:
    """An e-mail address of another contact stays with that contact, and is reported."""
    dana = crm.add("Dana Wu")
    crm.add("Sam Okafor", emails=["sam@acme.example"])
    methods = [{"kind": "email", "value": "sam@acme.example"}, {"kind": "phone", "value": "no number"}]
    report = crm.import_json(file(document_of(contacts=[{"uid": dana.uid, "name": "Dana Wu", "methods": methods}])))
    assert crm.contact(dana).methods == []
    assert [problem.message.partition(";")[0] for problem in report.problems] == [
        "contacts[0]: “no number” is not a phone number",
        "Dana Wu: “sam@acme.example” belongs to another contact here",
    ]


# --------------------------------------------------------------------------- problems


def contact(**values: object) -> dict[str, Any]:
    return document_parts(contacts=[{"uid": "a", "name": "Dana Wu", **values}])


def document_parts(**sections: Any) -> dict[str, Any]:
    return sections


DANA = {"uid": "a", "name": "Dana Wu"}
TALK = {"uid": "t", "day": "2026-11-01", "channel": "call", "contacts": ["a"]}
ANSWER = {
    "playbook": "p",
    "step": "s",
    "cause": "offer.declined|offer:x",
    "verdict": "done",
    "day": "2026-11-01",
    "snapshot": {"text": "Call"},
}


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (contact(birthday="soon"), "contacts[0].birthday: “soon” is not a day; write it like 1990-02-28, or --02-28; "),
        (contact(birthday=19900228), "contacts[0].birthday: “19900228” is not a day"),
        (contact(added_on=20261123), "contacts[0].added_on: “20261123” is not a day; write it like 2026-11-23"),
        (contact(added_on="1066-10-14"), "contacts[0].added_on: “1066-10-14” lies outside 1900 to 2200"),
        (
            contact(changed_at="2026-11-23T10:00:00"),
            "contacts[0].changed_at: “2026-11-23T10:00:00” is not a time with a UTC offset",
        ),
        (contact(changed_at="0001-01-01T00:00:00+14:00"), "contacts[0].changed_at: “0001-01-01T00:00:00+14:00” is not"),
        (
            contact(changed_at="1066-10-14T10:00:00Z"),
            "contacts[0].changed_at: “1066-10-14T10:00:00Z” lies outside 1900",
        ),
        (
            contact(birthday="1066-10-14"),
            "contacts[0].birthday: “1066-10-14” lies outside 1900 to 2200; check the year",
        ),
        (contact(name=""), "contacts[0].name: is empty; give at least one letter"),
        (contact(name=None), "contacts[0].name: “None” can't be used: input should be a valid string"),
        (contact(tier="Z"), "contacts[0].tier: “Z” is not one of A, B, C; the item was left out"),
        (contact(timezone="Nowhere/Land"), "contacts[0].timezone: “Nowhere/Land” is not a time zone"),
        (contact(methods=[{"kind": "fax", "value": "1"}]), "contacts[0].methods[0].kind: “fax” is not one of"),
        (contact(notes="x" * (1 << 21)), "contacts[0].notes: “xxxxx"),
        (contact(tags="ally"), "contacts[0].tags: “ally” can't be used: input should be a valid list"),
        (document_parts(contacts=[3]), "contacts[0]: “3” can't be used"),
        (document_parts(me={"per_day": 0}), "me.per_day: “0” lies outside 1 to 1000"),
        (
            document_parts(offers=[{"uid": "o", "organisation": "A", "decision": "declined"}]),
            "offers[0].decided_on: a decision and the day of it belong together",
        ),
        (
            document_parts(contacts=[DANA], interactions=[{**TALK, "contacts": []}]),
            "interactions[0].contacts: can't be",
        ),
        (document_parts(contacts=[DANA], interactions=[{**TALK, "topic": "in"}]), "interactions[0].topic: “in” is the"),
        (
            document_parts(
                contacts=[DANA], interactions=[{**TALK, "contacts": ["a", "b"]}, {**TALK, "contacts": ["b"]}]
            ),
            "there is no contact with the uid “b”; what it says of them was left out",
        ),
        (
            document_parts(contacts=[DANA], interactions=[{**TALK, "offer": "o"}, {**TALK, "uid": "u", "offer": "o"}]),
            "interactions[0].offer: there is no offer with the uid “o”; what refers to it was imported without",
        ),
        (document_parts(answers=[{**ANSWER, "cause": " x\0"}]), "answers[0].cause: “ x\0” begins or ends with a blank"),
        (document_parts(contact=[]), "there is no “contact” in an archive; it was left out. Did you mean “contacts”?"),
    ],
)
def test_what_cannot_be_used_is_named_and_left_out(
    file: Callable[[str], Path], sections: dict[str, Any], message: str
) -> None:
    """Each invalid value is one sentence with its place, and only its entry is left out."""
    other = {"uid": "z", "name": "Zoe"}
    sections = {**sections, "contacts": [*sections.get("contacts", []), other]}
    with Crm(memory=True, today=TODAY) as crm:
        report = crm.import_json(file(document_of(**sections)))
        assert report.problems[0].message.startswith(message)
        assert len(report.problems) <= 2
        assert crm.contact("zoe").uid == "z"


def test_a_field_that_nobody_knows_is_said_once(file: Callable[[str], Path]) -> None:
    """The rest of the entry is imported; the message names the nearest field."""
    method = {"kind": "url", "value": "x.example", "y": 1}
    rows = [{"uid": str(at), "name": f"Dana {at}", "nots": "x", "methods": [method]} for at in range(3)]
    with Crm(memory=True, today=TODAY) as crm:
        report = crm.import_json(file(document_of(contacts=rows)))
        assert report.added == 3
        assert [problem.message for problem in report.problems] == [
            "contacts[0].methods[0].y is not a field; it was left out everywhere in the file. There are "
            + ", ".join(schema.ContactEntry.model_fields),
            "contacts[0].nots is not a field; it was left out everywhere in the file. Did you mean “notes”?",
        ]


def test_lines_are_those_of_the_file(file: Callable[[str], Path]) -> None:
    """A problem names the line on which its entry begins, in any layout."""
    text = (
        '{"netcrm": "book",\n"schema": 1,\n\n"contacts": [{"uid": "a", "name": "A"},\n\n {\n"uid": 3}\n,{"uid": "b"}]}'
    )
    with Crm(memory=True, today=TODAY) as crm:
        assert [problem.line for problem in crm.import_json(file(text)).problems] == [6, 8]


def test_sections_may_stand_in_any_order(filled: Crm, empty: Crm, file: Callable[[str], Path]) -> None:
    """An archive with its sections in another order, as sorted keys give, is imported whole."""
    archive = text_of(filled)
    empty.import_json(file(json.dumps(json.loads(archive), sort_keys=True, indent=2)))
    assert text_of(empty) == archive


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("BEGIN:VCARD\n", "line 1: “{” is missing here"),
        ("[]", "line 1: “{” is missing here"),
        ("{}", "it lacks “netcrm”: “book” or its “schema”"),
        ('{"netcrm": "book", "schema": 2, "x": 3}', "written by a newer netcrm (schema 2, this program knows 1)"),
        ('{"netcrm": "book", "schema": "1"}', "its “schema” is not a whole number of 1 or more"),
        ('{"netcrm": "game", "schema": 1}', "does not say “book”"),
        ('{"netcrm": "book", "schema": 1, "contacts": {}}', "line 1: contacts is not a list"),
        ('{"netcrm": "book", "schema": 1,\n"contacts": [\n{"uid": }]}', "line 3: this is not JSON (expecting value)"),
        ('{"netcrm": "book", "schema": 1,\n"contacts": [\n{"uid": "a"', "line 3: this is not JSON"),
        ('{"netcrm": "book", "schema": 1}\n{}', "line 2: there is text after its end"),
        ('{"netcrm": "book", "schema": 1', "line 1: it ends before “}”"),
        ("{3: 4}", "line 1: a key in quotes is missing here"),
        ('{"x": ' + "[" * 100_000, "line 1: the value that begins here is nested too deeply"),
        ('{"x":\n"' + "y" * 2_000_000, "line 2: this is not JSON (unterminated string"),
        ("{" + " " * 2_000_000, "line 1: this is not JSON"),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_document_is_refused_in_a_sentence(file: Callable[[str], Path], text: str, message: str) -> None:
    """A file that is not an archive is refused with its line, and nothing is written."""
    with Crm(memory=True, today=TODAY) as crm, pytest.raises(WrongFormat) as refused:
        crm.import_json(file(text))
    assert message in str(refused.value)
    assert crm.operations() == []


@pytest.mark.parametrize("data", [b"\xff\xfe{\x00}\x00", b'{"netcrm": "book",\n"schema": "\xe9"}', bytes(range(256))])
def test_what_is_no_utf_8_is_refused(tmp_path: Path, data: bytes) -> None:
    """A file in another encoding is refused with the line where it shows."""
    path = tmp_path / "book.json"
    path.write_bytes(data)
    with Crm(memory=True) as crm, pytest.raises(WrongFormat, match=r"line [12]: "):
        crm.import_json(path)


def test_an_archive_is_imported_without_the_facade(file: Callable[[str], Path]) -> None:
    """The service works on a workspace: a dry run plans what the import then does."""
    path = file(document_of(contacts=[DANA], interactions=[TALK]))
    with closing(Workspace(memory=True, today=TODAY)) as workspace:
        planned = import_json(workspace, path, dry_run=True, progress=unwatched)
        report = import_json(workspace, path, dry_run=False, progress=unwatched)
        assert replace(planned, dry_run=False) == report
        assert (report.added, report.others) == (1, {"interaction": 1})
        with workspace.session() as session:
            assert queries.called(session, 1) == "Dana Wu"


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    """A file that was changed after it was checked is refused, and nothing is written."""
    path = tmp_path / "book.json"
    path.write_text(document_of(contacts=[{"uid": "a", "name": "Dana Wu"}]))

    def change(part: float) -> None:
        if part == 0.25:
            path.write_text(document_of(contacts=[{"uid": "a", "name": "Dana Wo"}]))

    with Crm(memory=True, today=TODAY) as crm:
        with pytest.raises(UnreadableFile) as refused:
            crm.import_json(path, progress=change)
        assert "it was changed while it was being read; import it again" in str(refused.value)
        assert crm.contacts() == []


@given(st.text() | texts | st.sampled_from(TEXTS).map(json.dumps), st.integers(0, 60))
@example('{"netcrm": "book", "schema": 1e400}', 0)
@example('{"netcrm": "book", "schema": NaN}', 0)
@example(f'{{"netcrm": "book", "schema": 1, "x": {"9" * 5000}}}', 0)
@example('{"netcrm": "book", "schema": 1, "contacts": [{"uid": "\\ud800", "name": "\\u0000"}]}', 0)
def test_whatever_stands_in_a_file_it_is_read_or_refused(text: str, at: int) -> None:
    """Any text at any place of an archive gives entries, problems or a `WrongFormat`."""
    good = document_of(contacts=[{"uid": "a", "name": "Dana Wu"}])
    for content in (text, good[:at] + text + good[at:]):
        problems: list[Problem] = []
        data = io.BytesIO(content.encode("utf-8", "replace"))
        with suppress(WrongFormat):
            list(stream.read(data, "book.json", problems))
        assert all(problem.line >= 1 for problem in problems)


@given(
    st.recursive(st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(), st.lists), st.integers(1, 9)
)
def test_values_are_found_wherever_the_file_is_cut(value: Any, piece: int) -> None:
    """The reader gives what the standard library gives, whatever the size of the pieces."""
    text = json.dumps({"a": value, "items": [value, {"x": value}], "b": 12345}, ensure_ascii=False, indent=1)
    text = text.encode("utf-8", "replace").decode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_scanner, "PIECE", piece)
        items = list(json_scanner.read(io.BytesIO(text.encode()), "f", "JSON", ("items",)))
    whole = json.loads(text)
    assert [item.value for item in items if item.key == "items"] == whole["items"]
    assert {item.key: item.value for item in items if item.key != "items"} == {"a": whole["a"], "b": 12345}
    assert all(text.splitlines() and item.line <= text.count("\n") + 1 for item in items)


def test_a_value_that_never_ends_is_refused(file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A value larger than any entry is refused before all of it is in memory."""
    monkeypatch.setattr(json_scanner, "LARGEST_ITEM", 1 << 20)
    text = '{"netcrm": "book", "schema": 1, "contacts": [\n{"uid": "' + "x" * (3 << 20)
    with (
        Crm(memory=True) as crm,
        pytest.raises(WrongFormat, match="line 2: the value that begins here is larger than 1"),
    ):
        crm.import_json(file(text))


def test_memory_does_not_grow_with_the_document(tmp_path: Path) -> None:
    """An archive of 20 MB is checked with a small part of that in memory."""
    path = tmp_path / "book.json"
    with path.open("w") as file:
        row = {"uid": "a", "name": "Dana Wu", "notes": "x" * 20_000}
        file.writelines(stream.write(("contacts", {**row, "uid": str(at)}) for at in range(1000)))
    tracemalloc.start()
    try:
        with path.open("rb") as opened:
            check_archive(opened, "book.json", unwatched)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


# --------------------------------------------------------------------------- the schema


def test_the_schema_in_the_documents_is_the_one_in_force() -> None:
    """docs/netcrm.schema.json is generated from the classes; `make docs` writes it."""
    assert (ROOT / "docs" / "netcrm.schema.json").read_text(encoding="utf-8") == schema.json_schema()


@pytest.mark.parametrize("section", schema.SECTIONS)
def test_every_field_is_described(section: str) -> None:
    """Each field has a description in the schema, and a place in docs/formats.md."""
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    for name, field in schema.SECTIONS[section].model_fields.items():
        assert field.description
        assert f"`{name}`" in page


# --------------------------------------------------------------------------- on the command line


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def test_a_book_goes_out_and_comes_in(cli: Cli, tmp_path: Path) -> None:
    """`export json` writes to a file or stdout, `import json` reads it, and `undo` takes the import back."""
    cli.begins_as(
        ("init", "--name", "Robin Vale"),
        ("offer", "add", "Acme", "--with", "Dana Wu <dana@acme.example>:recruiter"),
    )
    assert "Wrote 1 contact, 1 offer to book.json" in cli("export", "json", "-o", "book.json").err
    assert cli("export", "json").out == (tmp_path / "book.json").read_text()
    assert "it exists already" in cli.refused("export", "json", "-o", "book.json", code=3)
    assert (
        "No contact matches, so book.json was left as it was"
        in cli("export", "json", "zz", "-o", "book.json", "--force").err
    )
    assert "No contact matches" in cli("export", "json", "zz").err
    assert cli("import", "json", "book.json").out == ("book.json: 1 row: 0 added, 0 updated, 1 unchanged, 0 problems\n")
    cli.db.unlink()
    assert (
        "No contact matches, so book.json was left as it was" in cli("export", "json", "-o", "book.json", "--force").err
    )
    planned = cli("import", "json", "book.json", "--dry-run")
    assert planned.lines == [
        "+ Dana Wu",
        "+ 1 offer, my profile",
        "book.json: 1 row: 1 would be added, 0 would be updated, 0 unchanged, 0 problems",
    ]
    assert not cli.db.exists()
    assert cli("import", "json", "book.json").lines[-1] == "book.json: 1 offer, my profile added"
    assert cli("import", "json", "book.json", "--json").json["reports"][0]["others"] == {}
    assert "Imported 1 new contact, 1 offer and my profile from book.json" in cli("undo").out
    assert cli("list").out == ""
