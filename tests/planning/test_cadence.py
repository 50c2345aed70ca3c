"""Cadences and yearly days: which rule holds, when it comes round, and when a contact rests."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from netcrm import Crm
from netcrm.domain.dates import Calendar, Span, parse_span
from netcrm.domain.models import Contact, Interaction, InteractionContact, heard, validated
from netcrm.errors import InvalidValue
from netcrm.planning.cadence import Rhythm, anniversaries, rhythm, silence
from netcrm.planning.explain import caused
from netcrm.planning.history import ContactView, Event, Touch
from netcrm.playbooks.library import BUILT_IN
from netcrm.services import answers
from tests.helpers.books import TODAY, everything

EVERY = (
    *(("tier:A", Span(5, "week")), ("tier:B", Span(3, "month")), ("tag:ally", Span(2, "month"))),
    *(("tag:friend", Span(1, "month")), ("tag:old", Span(1, "year")), ("tag:left", None)),
)
PERSON = ContactView(1, "uid-1", "Dana Wu")
spans = st.builds(Span, st.integers(1, 40), st.sampled_from(("day", "business day", "week", "month", "year")))
days = st.integers(-4000, 400).map(lambda offset: TODAY + timedelta(days=offset))


def touch(last: int = 0, heard: int | None = 0, tries: tuple[int, ...] = (), every: str | None = None) -> Touch:
    """The days of contact, each given as a number of days ago."""
    back = [TODAY - timedelta(days=day) for day in tries]
    spoken = None if heard is None else TODAY - timedelta(days=heard)
    return Touch(1, TODAY - timedelta(days=last), spoken, tuple(back), every)


# --------------------------------------------------------------------------- the pure core


@given(last=days, span=spans, today=days)
def test_a_cadence_comes_round_again_and_again(last: date, span: Span, today: date) -> None:
    """The event is the last round that has come, or the first; it is whole spans after the contact."""
    event = silence(Touch(1, last, last, (), str(span)), PERSON, (), date.min, Calendar(), today)
    assert event is not None
    assert event.day > last
    first = Calendar().add(last, span)
    assert event.day == first if event.day > today else event.day >= first
    assert Calendar().add(event.day, Span(span.count * 2, span.unit)) > today
    assert event.source == f"contact:uid-1@{last}"


@pytest.mark.parametrize(
    ("tier", "tags", "own", "expected"),
    [
        ("A", (), None, "5 weeks"),
        ("B", (), None, "3 months"),
        ("C", (), None, None),  # no rule for it
        (None, (), None, None),
        ("A", ("ally",), None, "2 months"),  # a tag comes before the tier
        ("A", ("ally", "friend"), None, "1 month"),  # the most frequent of several
        ("A", ("friend", "old"), None, "1 month"),  # … in any order
        ("A", ("ally", "left"), None, None),  # but “off” wins
        ("A", ("ally",), "1 year", "1 year"),  # the contact's own comes first
        ("A", ("left",), "1 year", "1 year"),
        ("A", ("ally",), "off", None),
        (None, ("other",), None, None),
    ],
)
def test_the_nearest_rule_wins(tier: str | None, tags: tuple[str, ...], own: str | None, expected: str | None) -> None:
    """A contact's own cadence, else that of a tag, else that of the tier."""
    person = ContactView(1, "uid-1", "Dana Wu", tags=frozenset(tags), tier=tier)
    pace = rhythm(touch(every=own), person, EVERY)
    assert (pace and str(pace.span)) == expected


@pytest.mark.parametrize(
    ("tries", "heard", "slowed", "rests"),
    [
        ((), 200, "1 month", False),
        ((90,), 200, "1 month", False),
        ((90, 30), 200, "2 months", False),
        ((90, 89, 80), 200, "1 month", False),  # messages within two weeks are one attempt
        ((90, 60, 30), 200, "2 months", True),
        ((90, 60, 30), 20, "1 month", False),  # they wrote since
        ((90, 60, 30), 70, "2 months", False),  # two since they wrote
        ((90, 60, 30), None, "2 months", True),  # they never wrote
    ],
)
def test_no_answer_slows_and_then_rests(tries: tuple[int, ...], heard: int | None, slowed: str, rests: bool) -> None:
    """Two attempts without an answer double the span, a third starts a rest; anything from the contact resets it."""
    pace = rhythm(touch(30, heard, tries, "1 month"), PERSON, ())
    assert isinstance(pace, Rhythm)
    assert (str(pace.slowed), pace.rests) == (slowed, rests)
    assert (pace.reason is None) == (not rests)
    assert (silence(touch(30, heard, tries, "1 month"), PERSON, (), date.min, Calendar(), TODAY) is None) == rests


@given(born=days, today=days)
def test_a_yearly_day_returns_every_year(born: date, today: date) -> None:
    """The last return is not after today and the next one is; the first return is a year after the day."""
    event = Event("contact.birthday", 1, born, None, "contact:uid-1")
    returns = list(anniversaries(event, today))
    past, ahead = (
        [yearly for yearly in returns if yearly.day <= today],
        [yearly for yearly in returns if yearly.day > today],
    )
    assert (len(past), len(ahead)) == (
        int(today >= Calendar().add(born, Span(1, "year"))),
        int(today.year >= born.year),
    )
    for yearly in returns:
        assert (yearly.day - born).days >= 365
        assert yearly.source == f"contact:uid-1@{yearly.day.year}"
        assert (yearly.day.month, yearly.day.day) in ((born.month, born.day), (2, 28))


# --------------------------------------------------------------------------- stories


@pytest.fixture
def crm() -> Iterator[Crm]:
    with Crm(memory=True, today=TODAY) as opened:
        opened.add("Dana Wu", tier="A")
        opened.add("Sam Okafor", tier="B")
        opened.add("Lena Fischer")
        yield opened


def on(crm: Crm, days: int) -> Crm:
    crm._workspace.pinned = TODAY + timedelta(days=days)
    return crm


def due(crm: Crm, days: int) -> dict[str, tuple[str, date | None]]:
    """The names of the contacts to write to, a number of days from today."""
    follow_ups = on(crm, days).due()
    return {
        follow_up.contact.first_name: (follow_up.status, follow_up.due)
        for follow_up in follow_ups
        if follow_up.contact and follow_up.step == "touch"
    }


def test_it_counts_from_the_last_contact(crm: Crm) -> None:
    """Contact on any channel and from either side counts; an attempt and a public post do not."""
    assert due(crm, 34) == {}
    assert due(crm, 35) == {"Dana": ("due", TODAY + timedelta(days=35))}
    crm.log("dana", "call", answered=False)
    crm.log("dana", "public", "A post")
    assert "Dana" in due(crm, 35)
    crm.log("dana", "email", direction="in")
    assert due(crm, 69) == {}
    assert due(crm, 70) == {"Dana": ("due", TODAY + timedelta(days=70))}
    assert due(crm, 85)["Dana"][0] == "overdue"


def test_done_logs_contact_and_counts_anew(crm: Crm) -> None:
    """A done or skipped round is followed by the next one, also without a log; a snooze moves the round."""
    (touched,) = on(crm, 35).due()
    assert touched.text.startswith("Get in touch with Dana")
    crm.done(touched.id)
    assert crm.card("dana").timeline[0].kind == "message"
    assert due(crm, 69) == {}
    for answered in (True, False):
        (touched,) = on(crm, 70).due(who="dana")
        crm.done(touched.id, log=False) if answered else crm.skip(touched.id)
        assert "Dana" not in due(crm, 104)
        assert "Dana" in due(crm, 105)
        crm.undo()
    (touched,) = on(crm, 70).due(who="dana")
    crm.snooze(touched.id, until="2 weeks")
    assert "Dana" not in due(crm, 83)
    assert due(crm, 84)["Dana"] == ("due", TODAY + timedelta(days=84))


def test_who_is_ignored_is_asked_for_again(crm: Crm) -> None:
    """A cadence comes round again every five weeks, also after one year or ten."""
    assert due(crm, 70)["Dana"] == ("due", TODAY + timedelta(days=70))
    assert due(crm, 100)["Dana"] == ("overdue", TODAY + timedelta(days=70))
    assert "Dana" in due(crm, 3650)


def test_no_answer_ends_in_rest_and_word_from_them_wakes(crm: Crm) -> None:
    """After three attempts without an answer a contact rests, with a reason; mail from them ends the rest."""
    for days in (35, 70):
        crm.done(on(crm, days).due(who="dana")[0].id)
    assert "Dana" not in due(crm, 105)
    assert "Dana" in due(crm, 140)
    crm.done(crm.due(who="dana")[0].id)
    assert "Dana" not in due(crm, 2000)
    assert crm.card("dana").rhythm == Rhythm(Span(5, "week"), "tier:A", 3)
    assert crm.contacts("dana")
    assert crm.contacts(silent_for="6 months")
    crm.log("dana", "linkedin", direction="in", on=TODAY + timedelta(days=150))
    assert "Dana" in due(crm, 185)


@pytest.mark.parametrize("how", ["skip", "edit"])
def test_who_asked_for_it_is_left_in_peace(crm: Crm, how: str) -> None:
    """A contact skipped with a reason, or set dormant, gets no follow-ups until that is changed by hand."""
    crm.add_offer("Acme", people=["dana:recruiter", "sam:interviewer"])
    on(crm, 35)
    if how == "skip":
        crm.skip(crm.due(who="dana")[0].id, reason="asked not to be contacted")
    else:
        crm.edit("dana", dormant="asked not to be contacted")
    dana = crm.contact("dana")
    assert (dana.dormant_on, dana.dormant_reason) == (TODAY + timedelta(days=35), "asked not to be contacted")
    assert crm.due(who="dana") == on(crm, 400).due(who="dana") == []
    crm.log("dana", "email", direction="in")
    assert on(crm, 500).due(who="dana") == []
    before = everything(crm)
    awake = crm.edit("dana", dormant="")
    assert (awake.dormant_on, awake.dormant_reason) == (None, None)
    assert crm.due(who="dana")
    crm.undo()
    assert everything(crm) == before


def test_a_skip_of_another_step_retires_nobody(crm: Crm) -> None:
    """Skipping another step with a reason does not make the contact dormant."""
    crm.add_offer("Acme", people=["dana:recruiter"])
    crm.decline("acme")
    crm.skip(crm.due(who="dana")[0].id, reason="she is on leave")
    assert crm.contact("dana").dormant_on is None


def test_their_own_cadence(crm: Crm) -> None:
    """`every` takes a span longer than zero, or “off”."""
    crm.edit("lena", every="2 weeks")
    assert set(due(crm, 14)) == {"Lena"}
    on(crm, 0).edit("dana", every="off")
    assert "Dana" not in due(crm, 400)
    assert crm.edit("dana", every="").every is None
    assert "Dana" in due(crm, 400)
    for wrong in ("0 days", "often"):
        with pytest.raises(InvalidValue, match="every"):
            crm.edit("dana", every=wrong)


def test_what_is_due_is_what_the_whole_plan_says(crm: Crm) -> None:
    """`due` reads only cadences that come round by its day, and agrees with `plan`, which reads all."""
    crm.edit("lena", every="9 months")
    crm.log("sam", "email", on=TODAY)
    for days in (0, 34, 35, 91, 92, 300):
        whole = [follow_up.key for follow_up in on(crm, days).plan() if follow_up.status in ("overdue", "due")]
        assert [follow_up.key for follow_up in crm.due()] == whole
        ahead = [
            follow_up.key
            for follow_up in crm.plan()
            if follow_up.due and follow_up.due <= TODAY + timedelta(days=days + 70)
        ]
        assert [follow_up.key for follow_up in crm.due(within="70 days")] == ahead


def test_a_cadence_by_tag_of_my_own(tmp_path: Path) -> None:
    """A user's playbook of the same name replaces the built-in cadences."""
    text = (BUILT_IN / "keep-in-touch.toml").read_text().replace('"tier:A" = "5 weeks"', '"tag:ally" = "10 days"')
    (tmp_path / "mine.toml").write_text(text)
    with Crm(memory=True, today=TODAY, playbooks=tmp_path) as crm:
        assert crm.problems == []
        crm.add("Dana Wu", tags=["ally"], tier="A")
        assert set(due(crm, 10)) == {"Dana"}
        assert crm.card("dana").rhythm == Rhythm(parse_span("10 days"), "tag:ally", 0)


def wished(crm: Crm, day: date) -> list[tuple[str, date | None]]:
    """The names of the contacts to wish a happy birthday on a day."""
    crm._workspace.pinned = day
    return [
        (follow_up.contact.first_name, follow_up.due)
        for follow_up in crm.due()
        if follow_up.contact and follow_up.step == "wish"
    ]


def test_a_birthday_comes_every_year(crm: Crm) -> None:
    """A birthday is due for a week or until it is answered, and again next year; 29 February counts as the 28th."""
    crm.edit("dana", birthday=date(2000, 2, 29))
    assert wished(crm, date(2027, 2, 27)) == []
    assert wished(crm, date(2027, 2, 28)) == wished(crm, date(2027, 3, 7)) == [("Dana", date(2027, 2, 28))]
    assert wished(crm, date(2027, 3, 8)) == []
    crm._workspace.pinned = date(2027, 2, 28)
    crm.done(next(follow_up.id for follow_up in crm.due() if follow_up.step == "wish"))
    assert crm.card("dana").timeline[0].text.startswith("message out: Wish Dana")
    assert wished(crm, date(2027, 3, 1)) == []
    assert wished(crm, date(2028, 2, 28)) == []
    assert wished(crm, date(2028, 2, 29)) == [("Dana", date(2028, 2, 29))]
    crm.snooze(next(follow_up.id for follow_up in crm.due() if follow_up.step == "wish"), until="2 months")
    assert wished(crm, date(2028, 4, 29)) == [("Dana", date(2028, 4, 29))]
    crm.edit("dana", dormant="asked not to be contacted")
    assert wished(crm, date(2029, 2, 28)) == []


def test_a_yearly_day_of_my_own(tmp_path: Path) -> None:
    """Any kind of event can be yearly, such as the start of a contact's job."""
    text = (BUILT_IN / "birthdays.toml").read_text().replace('"contact.birthday"', '"affiliation.started"')
    (tmp_path / "mine.toml").write_text(text)
    with Crm(memory=True, today=TODAY, playbooks=tmp_path) as crm:
        assert crm.problems == []
        crm.add("Dana Wu", company="Acme")
        crm.edit("dana", company="Globex")
        assert wished(crm, TODAY + timedelta(days=364)) == []
        assert wished(crm, TODAY + timedelta(days=365)) == [("Dana", TODAY + timedelta(days=365))]


def test_a_new_role_is_congratulated_on(crm: Crm, tmp_path: Path) -> None:
    """A new affiliation, entered or imported, is congratulated on; the first known affiliation is not."""
    header = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
    file = tmp_path / "Connections.csv"
    for company in ("Acme", "Globex"):
        file.write_text(f"{header}Ana,Silva,https://www.linkedin.com/in/ana,,{company},Lead,05 Mar 2020\n")
        crm.import_linkedin(file)
        notes = [(follow_up.text, follow_up.due) for follow_up in crm.plan("ana") if follow_up.step == "congratulate"]
        news = ("Congratulate Ana on the new role at Globex. Don't ask for anything.", TODAY + timedelta(days=3))
        assert notes == ([news] if company == "Globex" else [])


def test_why_says_what_came_round(crm: Crm) -> None:
    """The reasons of a cadence name the last contact; those of a birthday say that it is yearly."""
    crm.edit("dana", birthday=date(1990, 12, 1))
    crm.log("dana", "email", direction="in")
    causes = {follow_up.step: caused(follow_up) for follow_up in crm.plan("dana")}
    assert causes == {
        "touch": "you have not been in touch for as long as the cadence (`every`) says, on 2026-12-28; "
        "the last contact, or answer, was on 2026-11-23",
        "wish": "it is their birthday, on 2026-12-01, as every year",
    }
    assert crm.why(crm.plan("dana")[0].id).lines[0] == "due 0 days after 2026-12-01: 2026-12-01"


def test_what_due_prints_is_what_is_meant(tmp_path: Path) -> None:
    """The short ids of `due` name the same follow-ups as those of `plan`, although `due` reads fewer cadences."""
    with Crm(memory=True, today=TODAY) as crm:
        with crm._workspace.write("add", "Many") as unit:
            for number in range(1500):
                values = {
                    "name": f"Person {number}",
                    "uid": f"uid-{number}",
                    "tier": "C",
                    "added_on": TODAY - timedelta(days=number % 300),
                }
                unit.add(validated(Contact, **values))
        crm.add_offer("Acme", people=["Dana Wu:recruiter", "Sam Okafor:interviewer"])
        crm.decline("acme")
        shown = {follow_up.id: follow_up.key for follow_up in (*crm.due(), *crm.due(within="3 days"))}
        whole = [follow_up.key for follow_up in crm.plan()]
        assert any(sum(key.startswith(short) for key in whole) > 1 for short in shown)
        known = answers.choose(crm.plan(), list(shown), list)
        assert [follow_up.key for follow_up in known] == list(shown.values())


def test_reopening_a_skip_wakes_them(crm: Crm) -> None:
    """Undoing a skip that made a contact dormant ends that; a dormancy with another reason stays."""
    (touched,) = on(crm, 35).due(who="dana")
    crm.skip(touched.id, reason="asked not to be contacted")
    crm.reopen(touched.key)
    assert crm.contact("dana").dormant_on is None
    assert crm.due(who="dana")
    crm.skip(touched.id, reason="asked not to be contacted")
    crm.edit("dana", dormant="moved to a monastery")
    crm.reopen(touched.key)
    assert crm.contact("dana").dormant_reason == "moved to a monastery"


def test_a_link_repeats_its_interaction(crm: Crm) -> None:
    """The link of each contact repeats the day of the interaction, and whether they took part."""
    crm.log(["dana", "sam"], "meeting", on=TODAY - timedelta(days=3))
    crm.log("dana", "email")
    crm.log("dana", "call", answered=False)
    crm.log("dana", "public")
    crm.done(on(crm, 92).due(who="sam")[0].id)
    sql = select(InteractionContact, Interaction).join(Interaction, Interaction.id == InteractionContact.interaction_id)  # type: ignore[arg-type] # SQLModel
    with crm.session() as session:
        rows = session.exec(sql).all()
        assert len(rows) == 6
        for link, interaction in rows:
            assert (link.day, link.heard) == (
                interaction.day,
                heard(interaction.channel, interaction.direction, answered=interaction.answered),
            )
