"""The planner's reads: bounded, by index, and complete."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from netcrm import Crm
from netcrm.domain.dates import Calendar, Span
from netcrm.errors import NetcrmError
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.planner import plan
from netcrm.planning.window import window
from netcrm.store.planner_queries import fetch, fetch_all, read_me, sqlite_query
from tests.helpers.books import TODAY, everything, season

DAYS = st.integers(-400, 60).map(lambda offset: TODAY + timedelta(days=offset))
PAST = st.integers(0, 400).map(lambda offset: TODAY - timedelta(days=offset))
PEOPLE = ("Ana", "Bo", "Chidi", "Dana")
COMPANIES = ("Acme", "Globex")
ROLES = ("recruiter", "hiring-manager", "interviewer", "referrer", "other")
CHANNELS = ("call", "email", "voicemail", "message", "linkedin", "meeting")

CHANGES: tuple[dict[str, Any], ...] = (
    {"tags": ["helper"]},
    *({"tier": tier} for tier in ("A", "B", "")),
    *({"every": every} for every in ("2 weeks", "40 business days", "off", "")),
    {"dormant": "asked for it"},
    *({"birthday": date(year, month, day)} for year, month, day in ((2000, 2, 29), (1990, 11, 22), (2026, 11, 20))),
    *({"company": company} for company in COMPANIES),
)

acts = st.lists(
    st.one_of(
        st.tuples(
            st.just("log"), st.sampled_from(PEOPLE), st.sampled_from(CHANNELS), PAST, st.booleans(), st.booleans()
        ),
        st.tuples(st.just("topic"), st.sampled_from(PEOPLE), st.sampled_from(("thanked", "details")), PAST),
        st.tuples(st.just("offer"), st.sampled_from(COMPANIES), PAST, st.none() | st.integers(0, 40)),
        st.tuples(st.just("with"), st.integers(1, 4), st.sampled_from(PEOPLE), st.sampled_from(ROLES)),
        st.tuples(st.just("decline"), st.integers(1, 4), PAST),
        st.tuples(st.just("accept"), st.integers(1, 4), PAST, st.none() | DAYS, st.none() | PAST),
        st.tuples(st.just("job"), DAYS, st.booleans()),
        st.tuples(st.just("settled"), DAYS),
        st.tuples(st.just("limit"), st.sampled_from(("1", "2", "3", "off"))),
        st.tuples(st.just("edit"), st.sampled_from(PEOPLE), st.sampled_from(CHANGES)),
        st.tuples(st.just("answer"), st.sampled_from(("done", "snooze", "skip")), st.integers(0, 5), PAST),
    ),
    max_size=25,
)


def perform(crm: Crm, act: tuple[Any, ...]) -> None:  # noqa: C901 - one line for each act
    """Do one thing that a user might do, unless it is refused."""
    try:
        match act:
            case "log", who, channel, day, answered, outgoing:
                crm.log(who, channel, on=day, answered=answered, direction="out" if outgoing else "in")
            case "topic", who, topic, day:
                crm.log(who, "email", on=day, topic=topic)
            case "offer", company, day, days:
                crm.add_offer(company, received_on=day, respond_by=days and day + timedelta(days=days))
            case "with", offer, who, role:
                crm.add_to_offer(offer, [f"{who}:{role}"])
            case "decline", offer, day:
                crm.decline(offer, on=day, anyway=True)
            case "accept", offer, day, starts, signed:
                crm.accept(offer, on=day, starts_on=starts, signed_on=signed)
            case "job", day, details:
                crm.job_started(day, email="me@new.example" if details else None)
            case "limit", per_day:
                crm.init(per_day=per_day)
            case "settled", day:
                crm.job_settled(day)
            case "edit", who, changes:
                crm.edit(who, **changes)
            case "answer", verdict, which, day:
                answer(crm, verdict, which, day)
    except NetcrmError:
        return


def answer(crm: Crm, verdict: str, which: int, day: date) -> None:
    """Answer one of the open follow-ups, if there are any."""
    follow_ups = crm.plan()
    if not follow_ups:
        return
    chosen = follow_ups[which % len(follow_ups)].id
    match verdict:
        case "done":
            crm.done(chosen, on=day)
        case "skip":
            crm.skip(chosen)
        case _:
            crm.snooze(chosen, until=TODAY + timedelta(days=1 + (TODAY - day).days))


def plain(follow_ups: list[FollowUp]) -> list[tuple[object, ...]]:
    """The values of follow-ups, for comparison."""
    return [
        (item.id, item.key, item.status, item.due, item.overdue_after, item.text, item.waiting_for)
        for item in follow_ups
    ]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=acts, later=st.integers(-30, 500))
def test_the_window_loses_nothing(acts: list[tuple[Any, ...]], later: int) -> None:
    """On any day, planning over the rows that the window reads gives the same as planning over the whole history."""
    with Crm(memory=True, today=TODAY) as crm:
        for name in PEOPLE:
            crm.add(name)
        for act in acts:
            perform(crm, act)
        day = TODAY + timedelta(days=later)
        with crm._workspace.store.query() as query:
            me = read_me(query)
            bounded = plan(*_arguments(fetch(query, window(crm.playbooks, day), Calendar(), me), crm, day))
            whole = plan(*_arguments(fetch_all(query, window(crm.playbooks, day), Calendar(), me), crm, day))
        assert plain(bounded) == plain(whole)


@settings(max_examples=15)
@given(acts=acts, later=st.integers(-30, 500), ahead=st.integers(0, 60))
def test_what_comes_round_by_then_is_read(acts: list[tuple[Any, ...]], later: int, ahead: int) -> None:
    """Reading only the cadences that fall due by a day loses no follow-up that is due by then."""
    with Crm(memory=True, today=TODAY) as crm:
        for name in PEOPLE:
            crm.add(name, tier="A")
        for act in acts:
            perform(crm, act)
        day = TODAY + timedelta(days=later)
        last = day + timedelta(days=ahead)
        near, whole = crm._workspace.plan(day, until=last), crm._workspace.plan(day)
        by_then = [[item for item in planned if item.due and item.due <= last] for planned in (near, whole)]
        assert [values[1:] for values in plain(by_then[0])] == [values[1:] for values in plain(by_then[1])]


def _arguments(facts: tuple[Any, Any], crm: Crm, day: date) -> tuple[Any, ...]:
    history, answers = facts
    return history, crm.playbooks, answers, day


@settings(max_examples=15)
@given(acts=acts)
def test_undo_goes_back_step_by_step(acts: list[tuple[Any, ...]]) -> None:
    """After any operations, undoing them one by one restores each earlier state in turn."""
    with Crm(memory=True, today=TODAY) as crm:
        for name in PEOPLE:
            crm.add(name)
        states, count = [everything(crm)], len(crm.operations(1000))
        for act in acts:
            perform(crm, act)
            if len(crm.operations(1000)) > count + len(states) - 1:
                states.append(everything(crm))
        while len(states) > 1:
            assert everything(crm) == states.pop()
            crm.undo()
        assert everything(crm) == states.pop()


@pytest.mark.short
def test_both_engines_plan_alike(postgresql_url: str, tmp_path: Path) -> None:
    """The same operations on SQLite and on PostgreSQL give the same plan."""
    plans = []
    for where in (postgresql_url, str(tmp_path / "book.db")):
        with Crm(where, today=TODAY) as crm:
            season(crm)
            crm.done(crm.due()[0].id)
            plans.append([(item.text, item.status, item.due, item.overdue_after) for item in crm.plan()])
    assert plans[0] == plans[1]
    assert plans[0]


def test_no_query_scans_a_table(tmp_path: Path) -> None:
    """Every statement of the bounded fetch uses an index on every table, by its query plan."""
    path = tmp_path / "book.db"
    with Crm(path, today=TODAY) as crm:
        season(crm)
        crm.job_started(TODAY)
        crm.edit("sam", tier="A", birthday=date(1990, 11, 24))
        crm.edit("lena", every="5 weeks")
        crm.snooze(crm.due()[0].id, until="1 year")
        playbooks = crm.playbooks
    scans: list[str] = []
    statements = 0
    with sqlite_query(path, 1) as query:

        def explained(sql: str, parameters: Mapping[str, object]) -> Any:
            nonlocal statements
            statements += 1
            lines = [row[3] for row in query(f"EXPLAIN QUERY PLAN {sql}", parameters)]
            scans.extend(f"{line}: {sql}" for line in lines if line.startswith("SCAN") and line != "SCAN history")
            return query(sql, parameters)

        by_tag = replace(playbooks[0], every=(("tag:ally", Span(1, "month")),))
        for until in (None, TODAY):
            fetch(explained, window([*playbooks, by_tag], TODAY, until), Calendar())
    assert statements > 10
    assert scans == []


EXPECTED = [
    ("call.out", "Dana Wu", TODAY, False),
    ("linkedin.connected", "Sam Okafor", TODAY, False),
    ("message.thanked", "Sam Okafor", TODAY, False),
    ("offer.declined", None, TODAY, True),
    ("offer.received", None, date(2026, 11, 10), True),
    ("offer.told", None, TODAY, True),
]


@pytest.mark.short
def test_the_view_says_what_happened(crm_on: Crm) -> None:
    """The view `history` has every kind of event with its day and its contact."""
    crm_on.log("dana", "call", "Told her")
    crm_on.log("sam", "email", "Thanked him", topic="thanked")
    with crm_on._workspace.write("connect", "Connected") as unit:
        from netcrm.services import contacts

        unit.change(contacts.find(unit.session, "sam"), connected_on=TODAY)
    sql = text("SELECT kind, (SELECT name FROM contact WHERE id = contact), day, about IS NOT NULL FROM history")
    with crm_on.session() as session:
        rows = [(row[0], row[1], str(row[2]), bool(row[3])) for row in session.connection().execute(sql)]
    for kind, name, day, about in EXPECTED:
        assert (kind, name, str(day), about) in rows


@pytest.fixture
def crm_on(season_url: str) -> Any:
    with Crm(season_url, today=TODAY) as crm:
        yield crm
