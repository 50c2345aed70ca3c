"""A whole book as one document: out, in again, and what is wrong with one that somebody else wrote."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcrm import Crm
from tests.books import TODAY, Act, act_out, everything
from tests.hostile import texts

ROOT = Path(__file__).parent.parent

CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card-1@phone.example\r\nFN:Ana Silva\r\nN:Silva;Ana;;;\r\n"
    "X-HOBBY:chess\r\nNOTE:Line one\\nand two\r\nEMAIL;TYPE=work:ana@umbra.example\r\nEND:VCARD\r\n"
)


def document_of(**sections: Any) -> str:
    """A document with these sections, as another program might write it."""
    return json.dumps({"netcrm": "book", "schema": 1, **sections}, ensure_ascii=False, indent=1)


def text_of(crm: Crm) -> str:
    return "".join(crm.json())


@pytest.fixture
def crm(url: str) -> Iterator[Crm]:
    with Crm(url.replace("book.db", "other.db"), today=TODAY) as opened:
        yield opened


@pytest.fixture
def told(season_url: str) -> Iterator[Crm]:
    """The season of tests.books, with answers, a log, a job, a merge, a card and what was removed since."""
    with Crm(season_url, today=TODAY) as opened:
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
    """A file with this content."""

    def written(content: str) -> Path:
        path = tmp_path / "book.json"
        path.write_bytes(content.encode())
        return path

    return written


# --------------------------------------------------------------------------- out and in again


def test_a_book_comes_back_byte_for_byte(told: Crm, crm: Crm, tmp_path: Path) -> None:
    """What was exported, imported into an empty book and exported again, is the same document, and the same plan."""
    card = tmp_path / "card.vcf"
    card.write_bytes(CARD.encode())
    told.import_vcard(card)
    first, second = tmp_path / "one.json", tmp_path / "two.json"
    counted = told.export_json(first)
    report = crm.import_json(first)
    assert crm.export_json(second) == counted
    assert second.read_bytes() == first.read_bytes()
    assert (report.added, report.problems) == (counted["contacts"], [])
    assert report.others == {"profile": 1, "offer": 2, "job": 1, "interaction": counted["interactions"]} | {
        "answer": counted["answers"]
    }
    assert [(one.key, one.text, one.due) for one in crm.plan()] == [(one.key, one.text, one.due) for one in told.plan()]
    assert crm.contact("ana").vcard == told.contact("ana").vcard


@st.composite
def words(draw: st.DrawFn) -> str:
    """A hostile text; a function of its own, so that no report prints all of them."""
    return draw(texts)


_names = st.sampled_from(("Dana Wu", "Sam Okafor", "Ana Silva")) | words()
_near = st.sampled_from(("0", "dana", "sam", "1", "2", "3"))
_days = st.dates(date(2026, 1, 1), TODAY)


def _act(method: str, /, **values: Any) -> Act:
    return lambda crm: getattr(crm, method)(**values)


def _log(who: list[str], values: dict[str, Any]) -> Act:
    return lambda crm: crm.log(who, **values)


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
acts: st.SearchStrategy[Act] = st.one_of(
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
    st.builds(lambda one, two: lambda crm: crm.merge(one, two), _near, _near),
    st.builds(lambda who: lambda crm: crm.remove(who), _near),
    st.builds(lambda which: lambda crm: crm.remove_offer(which), st.just("acme")),
    st.builds(lambda name: _act("init", name=name, country="DE"), words()),
    st.just(lambda crm: crm.undo()),
)
books = st.lists(acts, min_size=1, max_size=12)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=max(4, settings().max_examples // 3)
)
@given(books)
def test_every_book_comes_back_byte_for_byte(tmp_path: Path, lived: list[Act]) -> None:
    """Whatever was done in a book, with whatever texts: out, into an empty one and out again is the same document;
    a second import of it changes nothing, and taking the first one back leaves nothing.
    """
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    with Crm(memory=True, today=TODAY) as crm, Crm(memory=True, today=TODAY) as other:
        act_out(crm, {str(at): act for at, act in enumerate(lived)}, map(str, range(len(lived))))
        empty = everything(other)
        if not crm.export_json(one, overwrite=True):
            return
        assert other.import_json(one).problems == []
        other.export_json(two, overwrite=True)
        assert two.read_bytes() == one.read_bytes()
        again = other.import_json(one)
        assert (again.added, again.updated, again.others, again.problems) == (0, 0, {}, [])
        other.undo()
        assert everything(other) == empty
