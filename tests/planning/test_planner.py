"""The planner: its laws over random worlds, and its single cases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netcrm.domain.dates import Calendar, Span, parse_span, subtract
from netcrm.domain.vocabulary import MILESTONES, STATES
from netcrm.planning.follow_up import SHORTEST_ID, FollowUp, Rule, cause_key, follow_up_key
from netcrm.planning.history import Answer, ContactView, Event, History, Subject
from netcrm.planning.planner import plan
from netcrm.planning.window import Window, window
from netcrm.playbooks.model import Playbook, Step
from tests.helpers.strategies import (
    BUILT_IN,
    TODAY,
    Deal,
    Deed,
    Facts,
    Position,
    World,
    books,
    days,
    facts,
    without_once,
    worlds,
)

Row = tuple[Any, ...]


def planned(world: World) -> list[FollowUp]:
    return plan(world.facts.history(), world.playbooks, world.decisions, world.today)


def rows(follow_ups: Iterable[FollowUp]) -> list[FollowUp]:
    """Follow-ups without their ids, whose length depends on the others."""
    return [replace(follow_up, id="") for follow_up in follow_ups]


# --------------------------------------------------------------------------- laws


@given(world=worlds(), chance=st.randoms(use_true_random=False))
def test_the_order_of_what_happened_is_irrelevant(world: World, chance: Any) -> None:
    """The order of events and answers does not change the plan."""
    history = world.facts.history()
    events, decisions = list(history.events), list(world.decisions)
    chance.shuffle(events)
    chance.shuffle(decisions)
    people = dict(reversed(list(history.people.items())))
    subjects = dict(reversed(list(history.subjects.items())))
    shuffled = History(events, people, subjects, history.calendar)
    assert plan(shuffled, world.playbooks, decisions, world.today) == planned(world)


@given(world=worlds())
def test_planning_changes_nothing_and_remembers_nothing(world: World) -> None:
    """The same arguments give the same plan, also after other plans."""
    once = planned(world)
    plan(world.facts.history(), world.playbooks, world.decisions, world.today + timedelta(days=40))
    assert planned(world) == once


@given(world=worlds(), unrelated=facts, rules=books, today=days)
def test_what_was_answered_stays_answered(
    world: World, unrelated: Facts, rules: Sequence[Playbook], today: date
) -> None:
    """A follow-up that was done or skipped never comes back, with any fact, rule or day."""
    answered = {
        follow_up_key(answer.playbook, answer.step, answer.cause, answer.contact)
        for answer in world.decisions
        if answer.verdict != "snoozed"
    }
    for known, chosen, day in ((world.facts, world.playbooks, world.today), (unrelated, rules, today)):
        follow_ups = plan(known.history(), chosen, world.decisions, day)
        assert not answered & {follow_up.key for follow_up in follow_ups}


@given(world=worlds())
def test_an_answer_is_never_asked_for_again(world: World) -> None:
    """An open follow-up that is done or skipped is not open on any later day."""
    follow_ups = planned(world)
    answers = [
        _answer(follow_up, ("done", "skipped")[number % 2], world.today) for number, follow_up in enumerate(follow_ups)
    ]
    kept = [old for old in world.decisions if _identity(old) not in {_identity(new) for new in answers}]
    for later in (0, 1, 30):
        after = plan(world.facts.history(), world.playbooks, [*kept, *answers], world.today + timedelta(days=later))
        assert not {follow_up.key for follow_up in follow_ups} & {follow_up.key for follow_up in after}


@given(world=worlds(), move=st.integers(-40, 40))
def test_a_moved_cause_moves_what_is_open_and_nothing_that_was_answered(world: World, move: int) -> None:
    """After a cause moves, the plan is that of a history with the new day, without the answered follow-ups."""
    rules = tuple(without_once(book) for book in world.playbooks)
    moved = replace(
        world.facts,
        deals=tuple(replace(deal, decided_on=deal.decided_on + timedelta(days=move)) for deal in world.facts.deals),
        positions=tuple(
            replace(job, started_on=job.started_on + timedelta(days=move)) for job in world.facts.positions
        ),
    )
    skipped = [
        _answer(follow_up, "skipped", world.today) for follow_up in plan(world.facts.history(), rules, [], world.today)
    ]
    always = rows(plan(moved.history(), rules, [], world.today))
    answered = {
        follow_up_key(follow_up.playbook, follow_up.step, follow_up.cause, follow_up.contact) for follow_up in skipped
    }
    now = rows(plan(moved.history(), rules, skipped, world.today))
    assert now == [follow_up for follow_up in always if follow_up.key not in answered]


@settings(max_examples=100)
@given(world=worlds(), per_day=st.none() | st.integers(1, 3))
def test_the_window_loses_nothing(world: World, per_day: int | None) -> None:
    """Planning over the window gives the same plan as planning over the whole history."""
    history, decisions = replace(world.facts.history(), per_day=per_day), world.decisions
    bounded = cut(history, decisions, window(world.playbooks, world.today))
    assert plan(*bounded_by(bounded, world)) == plan(history, world.playbooks, decisions, world.today)


@given(world=worlds())
def test_ids_are_the_shortest_unique_beginnings(world: World) -> None:
    """An id is a prefix of the key that no other open follow-up has, of at least three letters."""
    _have_short_ids(planned(world))


@given(world=worlds())
def test_the_most_urgent_comes_first(world: World) -> None:
    """The plan is ordered by status (overdue, due, upcoming, snoozed, waiting), then by day."""
    rank = {"overdue": 0, "due": 1, "upcoming": 2, "snoozed": 3, "waiting": 4}
    order = [(rank[follow_up.status], follow_up.due or date.max) for follow_up in planned(world)]
    assert order == sorted(order)


@given(world=worlds())
def test_everything_expires(world: World) -> None:
    """Long enough after the last cause and the last snooze, the plan is empty."""
    events = world.facts.history().events
    causes = [event.day for event in events for book in world.playbooks if event.kind == book.trigger]
    snoozes = [answer.until for answer in world.decisions if answer.until]
    assume(causes)
    gone = timedelta(days=max(book.at_most for book in world.playbooks) + 1)
    later = max(day + gone for day in (*causes, *snoozes))
    assert planned(replace(world, today=later)) == []


@given(
    world=worlds(),
    deed=st.builds(Deed, kind=st.sampled_from(("call.in", "email.out")), contacts=st.just((4,)), day=days),
)
def test_strangers_change_nothing(world: World, deed: Deed) -> None:
    """An event with another person that triggers nothing changes no follow-up, except the length of ids."""
    assume(deed.kind not in {book.trigger for book in world.playbooks})
    known = replace(world.facts, names=(*world.facts.names, (4, "Dee Fox")), deeds=(*world.facts.deeds, deed))
    assert rows(planned(replace(world, facts=known))) == rows(planned(world))


@given(world=worlds())
def test_a_renamed_step_keeps_its_answers(world: World) -> None:
    """A renamed step with `was` keeps its answers, and its other follow-ups stay open."""
    renamed = tuple(
        replace(
            book, steps=tuple(replace(step, name=f"new-{step.name}", was=(step.name, *step.was)) for step in book.steps)
        )
        for book in world.playbooks
    )
    before = [(follow_up.playbook, f"new-{follow_up.step}", *_dates(follow_up)) for follow_up in planned(world)]
    after = [
        (follow_up.playbook, follow_up.step, *_dates(follow_up))
        for follow_up in planned(replace(world, playbooks=renamed))
    ]
    assert sorted(map(str, after)) == sorted(map(str, before))


@given(world=worlds())
def test_nothing_is_due_before_its_cause(world: World) -> None:
    """A due day is before the cause only for a step that goes back; an overdue day is never before the due day."""
    back = {(book.name, step.name) for book in world.playbooks for step in book.steps if step.due.count < 0}
    for follow_up in planned(world):
        if follow_up.due:
            assert follow_up.cause.day <= follow_up.due or (follow_up.playbook, follow_up.step) in back
            assert follow_up.due <= (follow_up.overdue_after or follow_up.due)
            assert max(follow_up.due, world.today) <= (follow_up.expires_on or date.min)


@given(world=worlds())
def test_calls_fall_on_business_days(world: World) -> None:
    """A call is never due on a weekend, whether a rule, an event or a snooze sets its day."""
    for follow_up in planned(world):
        assert follow_up.channel != "call" or follow_up.due is None or follow_up.due.weekday() < 5


@given(world=worlds())
def test_a_finished_step_releases_what_waits_for_it(world: World) -> None:
    """A done call tells the person of the decision, logged or not, so no step waits for that."""
    known = replace(
        world.facts, deals=tuple(replace(deal, decision="declined") for deal in world.facts.deals), deeds=()
    )
    today = max(deal.decided_on for deal in known.deals) if known.deals else world.today
    open_ones = plan(known.history(), BUILT_IN, [], today)
    done = [
        _answer(follow_up, "done", max(today, follow_up.cause.day))
        for follow_up in open_ones
        if follow_up.step == "call"
    ]
    for follow_up in plan(known.history(), BUILT_IN, done, today):
        assert follow_up.cause_key not in {answer.cause for answer in done} or follow_up.waiting_for != "offer.told"


def _dates(follow_up: FollowUp) -> Row:
    return (
        follow_up.cause,
        follow_up.contact,
        follow_up.status,
        follow_up.due,
        follow_up.overdue_after,
        follow_up.expires_on,
        follow_up.waiting_for,
    )


def _identity(answer: Answer) -> Row:
    return answer.playbook, answer.step, answer.cause, answer.contact


def _answer(follow_up: FollowUp, verdict: str, day: date, until: date | None = None) -> Answer:
    uid = follow_up.contact.uid if follow_up.contact else ""
    return Answer(follow_up.playbook, follow_up.step, follow_up.cause_key, uid, verdict, day, until)


def _have_short_ids(follow_ups: Sequence[FollowUp]) -> None:
    keys = [follow_up.key for follow_up in follow_ups]
    assert len({follow_up.id for follow_up in follow_ups}) == len(follow_ups)
    for follow_up in follow_ups:
        assert follow_up.key.startswith(follow_up.id)
        assert sum(key.startswith(follow_up.id) for key in keys) == 1
        assert len(follow_up.id) == SHORTEST_ID or sum(key.startswith(follow_up.id[:-1]) for key in keys) > 1


# --------------------------------------------------------------------------- the window


def cut(history: History, decisions: Iterable[Answer], bounds: Window) -> tuple[History, list[Answer]]:
    """The part of a history that a `Window` covers: the specification of every bounded fetch."""
    live = set(_causes(history, decisions, bounds))
    first = min((event.day for event in live), default=date.max)
    near = set(_near(history, bounds, subtract(first, bounds.before))) if live else set()
    causes = live | near
    since = subtract(min(event.day for event in causes), bounds.before) if causes else date.max
    subjects = dict(_subjects(history, live, bounds))
    people = dict(_people(history, live, subjects, bounds))
    subjects |= dict(_subjects(history, near, bounds))
    abouts = {event.about for event in causes}
    events = {event for event in history.events if _is_read(event, people, since, abouts, bounds)} | causes
    keys, uids = {cause_key(event) for event in causes}, {person.uid for person in people.values()}
    answers = [
        answer
        for answer in decisions
        if answer.cause in keys
        or (answer.contact in uids and answer.day >= since)
        or (history.per_day and answer.due and answer.due >= bounds.due_since)
    ]
    if history.per_day:
        people |= {
            contact: person
            for contact, person in history.people.items()
            if person.uid in {answer.contact for answer in answers}
        }
    return History(list(events), people, subjects, history.calendar, per_day=history.per_day), answers


def _causes(history: History, decisions: Iterable[Answer], bounds: Window) -> Iterator[Event]:
    """Causes that can still ask for something, and those that were snoozed until recently."""
    snoozed = {answer.cause for answer in decisions if answer.until and answer.until >= bounds.snoozed_since}
    for event in history.events:
        first = bounds.causes.get(event.kind)
        if first and (event.day >= first or cause_key(event) in snoozed):
            yield event


def _near(history: History, bounds: Window, since: date) -> Iterator[Event]:
    """Causes that `once` may tie to a cause that still asks for something."""
    yield from (event for event in history.events if event.kind in bounds.causes and event.day >= since)


def _subjects(history: History, causes: Iterable[Event], bounds: Window) -> Iterator[tuple[str, Subject]]:
    """The subjects of the causes, and the offers of the season before a job."""
    jobs = [event.day for event in causes if event.kind.startswith("job.")]
    season = subtract(min(jobs), bounds.season) if jobs and bounds.season else date.max
    abouts = {event.about for event in causes}
    for about, subject in history.subjects.items():
        if about in abouts or (subject.decided_on and subject.decided_on >= season):
            yield about, subject


def _people(
    history: History, causes: Iterable[Event], subjects: dict[str, Subject], bounds: Window
) -> Iterator[tuple[int, ContactView]]:
    """The people of the causes, of those offers, and of the tags that a playbook names."""
    wanted = {event.contact for event in causes} | {
        contact for subject in subjects.values() for contact, _ in subject.people
    }
    for contact, person in history.people.items():
        if contact in wanted or person.tags & bounds.tags:
            yield contact, person


def _is_read(
    event: Event, people: dict[int, ContactView], since: date, abouts: set[str | None], bounds: Window
) -> bool:
    """Events of the kinds that the playbooks read, of these people or of none; states and milestones from any day."""
    is_theirs = event.contact is None or event.contact in people
    always = event.kind in STATES or (event.kind in MILESTONES and event.about in abouts)
    return is_theirs and event.kind in bounds.kinds and (event.day >= since or always)


def bounded_by(bounded: tuple[History, list[Answer]], world: World) -> tuple[Any, ...]:
    history, decisions = bounded
    return history, world.playbooks, decisions, world.today


def test_without_playbooks_there_is_nothing_to_read() -> None:
    """The window of no playbooks is empty, and so is the plan."""
    bounds = window([], TODAY)
    assert (bounds.causes, bounds.kinds, bounds.tags, bounds.season) == ({}, frozenset(), frozenset(), None)
    assert plan(Facts((Deal("acme"),)).history(), [], [], TODAY) == []
    empty = Playbook(name="empty", about="Nothing.", trigger="offer.declined", steps=())
    assert plan(Facts((Deal("acme"),)).history(), [empty], [], TODAY) == []


def test_a_look_back_is_as_long_as_the_longest_of_them() -> None:
    """Six months may be 181 days; the window counts them as 186, which also covers a span of 183 days."""
    six_months, days_183 = book(step(once="6 months"), step("t", once="183 days")), book(step())
    assert window([six_months, days_183], TODAY).before == Span(186, "day")
    assert window([days_183], TODAY).before == Span(0, "day")


# --------------------------------------------------------------------------- cases: how they are made


def step(name: str = "s", **fields: Any) -> Step:
    """A step that mails everyone after three days, with other fields as given; spans may be texts."""
    spans = {"due", "expires", "overdue", "within", "opens", "once"}
    given = {"to": ("everyone",), "channel": "email", "due": "3 days", "expires": "2 weeks", **fields}
    read: dict[str, Any] = {key: parse_span(value) if key in spans and value else value for key, value in given.items()}
    return Step(name=name, do="Write {first_name}.", source="own", **read)


def book(*steps: Step, **fields: Any) -> Playbook:
    return Playbook(**{"name": "p", "about": "Made up.", "trigger": "offer.declined", "steps": steps, **fields})


ACME = Deal("acme", ((1, "recruiter"), (2, "interviewer"), (3, "referrer")))
LATER = timedelta(days=30)


def asked(
    known: Facts, *rules: Playbook, answers: Sequence[Answer] = (), today: date = TODAY, python: Sequence[Rule] = ()
) -> list[FollowUp]:
    return plan(known.history(), rules, answers, today, python)


def only(known: Facts, *rules: Playbook, answers: Sequence[Answer] = (), today: date = TODAY) -> FollowUp:
    (follow_up,) = asked(known, *rules, answers=answers, today=today)
    return follow_up


def names_of(follow_ups: Iterable[FollowUp]) -> list[str]:
    return sorted(follow_up.contact.first_name if follow_up.contact else "-" for follow_up in follow_ups)


def day(number: int) -> date:
    """A day of November 2026: the 23rd is a Monday, the 28th a Saturday; beyond 30 it is December."""
    return date(2026, 11, 1) + timedelta(days=number - 1)


def answer(verdict: str, on: int = 23, until: int | None = None, **identity: str) -> Answer:
    given: dict[str, Any] = {
        "playbook": "p",
        "step": "s",
        "cause": "offer.declined|offer:acme",
        "contact": "uid-1",
        **identity,
    }
    return Answer(**given, verdict=verdict, day=day(on), until=day(until) if until else None)


# --------------------------------------------------------------------------- cases: dates


@pytest.mark.parametrize(
    ("decided", "channel", "due", "expected"),
    [
        (day(27), "email", "1 business day", day(30)),  # Friday to Monday
        (day(28), "email", "1 business day", day(30)),  # Saturday to Monday
        (day(28), "email", "0 business days", day(28)),  # no time passes
        (day(28), "call", "0 business days", day(30)),  # a call moves to a business day
        (day(28), "meeting", "0 days", day(30)),
        (day(26), "call", "2 days", day(30)),  # two days after Thursday is a Saturday
        (day(26), "email", "2 days", day(28)),  # mail does not move
        (day(26), "voicemail", "2 days", day(28)),  # nor does a voicemail
        (date(2027, 1, 31), "email", "1 month", date(2027, 2, 28)),
        (date(2028, 1, 31), "email", "1 month", date(2028, 2, 29)),
        (date(2028, 2, 29), "email", "1 year", date(2029, 2, 28)),
        (date(2027, 10, 31), "email", "4 months", date(2028, 2, 29)),
        (date(2026, 12, 31), "email", "1 day", date(2027, 1, 1)),
    ],
)
def test_when_it_is_due(decided: date, channel: str, due: str, expected: date) -> None:
    """Spans count from the day of the cause; calls and meetings move to a business day, mail and voicemail do not."""
    known = Facts((replace(ACME, decided_on=decided),))
    assert only(known, book(step(to=("primary",), channel=channel, due=due)), today=decided).due == expected


def test_the_calendar_is_mine() -> None:
    """With Friday and Saturday off, and a holiday on Sunday, a call moves from Friday to Monday."""
    own = Calendar(frozenset({4, 5}), is_holiday=lambda holiday: holiday == day(29))
    known = Facts((replace(ACME, decided_on=day(27)),), calendar=own)
    assert only(known, book(step(to=("primary",), channel="call", due="0 days")), today=day(27)).due == day(30)


@pytest.mark.parametrize(
    ("today", "status"),
    [(22, "upcoming"), (23, "upcoming"), (24, "due"), (26, "due"), (27, "overdue"), (31, "overdue")],
)
def test_upcoming_due_overdue(today: int, status: str) -> None:
    """A follow-up is due until its overdue day, and overdue from the day after."""
    known = Facts((replace(ACME, decided_on=day(23)),))
    follow_up = only(known, book(step(to=("primary",), due="1 day", overdue="3 days")), today=day(today))
    assert (follow_up.status, follow_up.overdue_after) == (status, day(26))


@pytest.mark.parametrize(("today", "count"), [(31, 1), (32, 0)])
def test_it_expires(today: int, count: int) -> None:
    """A follow-up is open until the day it expires, and not longer."""
    known = Facts((replace(ACME, decided_on=day(23)),))
    assert len(asked(known, book(step(to=("primary",), due="1 day", expires="1 week")), today=day(today))) == count


def test_too_late_is_never_before_due() -> None:
    """A call that moves past its overdue day is not overdue on its due day."""
    known = Facts((replace(ACME, decided_on=day(27)),))
    follow_up = only(known, book(step(to=("primary",), channel="call", due="1 day", overdue="1 day")), today=day(30))
    assert (follow_up.due, follow_up.overdue_after, follow_up.status) == (day(30), day(30), "due")


def test_a_cause_to_come_is_planned_for() -> None:
    """A cause in the future has upcoming follow-ups."""
    known = Facts(positions=(Position("new", day(37)),))
    follow_up = only(known, book(step(to=("me",), channel=None), trigger="job.started"))
    assert (follow_up.due, follow_up.status, follow_up.about and follow_up.about.organisation) == (
        day(40),
        "upcoming",
        "Newco",
    )


# --------------------------------------------------------------------------- cases: waiting


WAITS: dict[str, Any] = {"to": ("others",), "after": "offer.told", "within": "2 weeks", "due": "1 day"}


@pytest.mark.parametrize(("today", "count"), [(23, 1), (37, 1), (38, 0)])
def test_it_waits_for_so_long(today: int, count: int) -> None:
    """A step waits without a due day for as long as `within` allows; then it is gone."""
    follow_ups = asked(Facts((ACME,)), book(step(**WAITS)), today=day(today))
    assert [(follow_up.due, follow_up.status, follow_up.waiting_for) for follow_up in follow_ups] == [
        (None, "waiting", "offer.told")
    ] * count


def test_what_may_never_happen_is_not_announced() -> None:
    """A step with `upon` is not shown while it waits, and then counts like one with `after`."""
    rule = book(
        step(to=("interviewer",), upon="2 linkedin.out", within="2 weeks", due="21 days", channel=None, topic="x")
    )
    first, second = Deed("linkedin.out", (2,), day(24)), Deed("linkedin.out", (2,), day(37))
    assert asked(replace(Facts((ACME,)), deeds=(first,)), rule, today=day(25)) == []
    assert [follow_up.due for follow_up in asked(Facts((ACME,), deeds=(first, second)), rule, today=day(37))] == [
        day(58)
    ]
    late = replace(second, day=day(38))
    assert asked(Facts((ACME,), deeds=(first, late)), rule, today=day(38)) == []


@pytest.mark.parametrize(
    ("told", "due"), [([22], None), ([23], day(24)), ([37], day(38)), ([38], None), ([30, 25, 28], day(26))]
)
def test_it_counts_from_what_it_waited_for(told: list[int], due: date | None) -> None:
    """The first event that is neither before the cause nor too late counts."""
    known = Facts((ACME,), deeds=tuple(Deed("call.out", (1,), day(on)) for on in told))
    follow_up = only(known, book(step(**WAITS)), today=day(24))
    assert follow_up.due == due
    assert (follow_up.base and follow_up.base.kind) == ("offer.told" if due else "offer.declined")


@pytest.mark.parametrize(
    ("settled", "due", "overdue_after"),
    [(None, 26, 28), (22, 23, 28), (23, 23, 28), (24, 24, 28), (30, 30, 32), (33, 33, 35), (34, 26, 28)],
)
def test_an_event_may_set_the_day(settled: int | None, due: int, overdue_after: int) -> None:
    """With `at`, the day of the event is the due day, if in time and not before the cause; overdue moves with it."""
    known = Facts(positions=(Position("new", day(23), day(settled) if settled else None),))
    rule = step(to=("me",), channel=None, at="job.settled", within="10 days", overdue="5 days")
    follow_up = only(known, book(rule, trigger="job.started"), today=day(23))
    assert (follow_up.due, follow_up.overdue_after) == (day(due), day(overdue_after))


def test_a_waiting_step_can_be_put_off() -> None:
    """A waiting step that is snoozed shows as snoozed, and is not due before the snooze ends."""
    answers = [answer("snoozed", until=29, contact="uid-2")]
    rule = book(step(**WAITS))
    assert [(follow_up.status, follow_up.due) for follow_up in asked(Facts((ACME,)), rule, answers=answers)] == [
        ("snoozed", None)
    ]
    told = Facts((ACME,), deeds=(Deed("call.out", (1,), day(23)),))
    assert [(follow_up.status, follow_up.due) for follow_up in asked(told, rule, answers=answers, today=day(29))] == [
        ("due", day(29))
    ]


# --------------------------------------------------------------------------- cases: settled


@pytest.mark.parametrize(
    ("deed", "count"),
    [
        (Deed("email.out", (1,), day(23)), 0),
        (Deed("letter.out", (1,), day(25)), 0),
        (Deed("email.out", (1,), day(23), offer="acme"), 0),
        (Deed("email.out", (1, 2), day(23)), 0),
        (Deed("email.out", (1,), day(22)), 1),  # before the cause
        (Deed("email.out", (1,), day(23), offer="globex"), 1),  # about another offer
        (Deed("email.out", (2,), day(23)), 1),  # to another person
        (Deed("email.in", (1,), day(23)), 1),  # they wrote
        (Deed("call.out", (1,), day(23)), 1),  # another channel
    ],
)
def test_contact_settles_a_step(deed: Deed, count: int) -> None:
    """Contact with the person on the step's channel, in time and not about another offer, settles the step."""
    assert len(asked(Facts((ACME,), deeds=(deed,)), book(step(to=("primary",))), today=day(26))) == count


def test_what_settles_it_can_be_said() -> None:
    """`unless` replaces the kinds of the channel; a message on the topic counts always."""
    rule = book(step(to=("primary",), unless=("call.in",), topic="news"))
    for deed, count in (
        (Deed("email.out", (1,)), 1),
        (Deed("call.in", (1,)), 0),
        (Deed("message.in", (1,), topic="news"), 0),
    ):
        assert len(asked(Facts((ACME,), deeds=(deed,)), rule)) == count


@pytest.mark.parametrize("since", [day(1), day(23), day(60)])
def test_a_state_holds_from_whatever_day(since: date) -> None:
    """An existing connection settles the invitation, whatever its date."""
    rule = book(step(to=("primary",), channel="linkedin"))
    assert asked(Facts((ACME,), connected=((1, since),)), rule) == []
    assert len(asked(Facts((ACME,), connected=((2, since),)), rule)) == 1


def test_a_waiting_step_is_not_settled_by_contact() -> None:
    """Mail before the call does not settle the thanks after it; states and messages on the topic do."""
    rule = book(step(**WAITS, unless=("email.out", "linkedin.connected"), topic="thanked"))
    mailed = Facts((ACME,), deeds=(Deed("email.out", (2,), day(23)),))
    assert [follow_up.status for follow_up in asked(mailed, rule, today=day(24))] == ["waiting"]
    told = replace(mailed, deeds=(*mailed.deeds, Deed("call.out", (1,), day(24))))
    assert [follow_up.status for follow_up in asked(told, rule, today=day(24))] == ["upcoming"]
    assert asked(replace(mailed, connected=((2, day(1)),)), rule, today=day(24)) == []
    thanked = Facts((ACME,), deeds=(Deed("message.out", (2,), day(23), topic="thanked"),))
    assert asked(thanked, rule, today=day(24)) == []


def test_a_fact_counts_since_the_cause() -> None:
    """An unanswered call after the person was told does not ask for a voicemail."""
    rule = step(to=("primary",), channel="voicemail", after="call.unanswered", within="2 weeks", unless=("offer.told",))
    tried = Deed("call.unanswered", (1,), day(24))
    assert len(asked(Facts((ACME,), deeds=(tried,)), book(rule), today=day(24))) == 1
    assert asked(Facts((ACME,), deeds=(Deed("call.out", (1,), day(23)), tried)), book(rule), today=day(24)) == []
    before = Facts((ACME,), deeds=(Deed("call.out", (1,), day(22)), tried))
    assert len(asked(before, book(rule), today=day(24))) == 1


@pytest.mark.parametrize(
    ("tries", "due"), [((), None), ((24,), None), ((22, 24), None), ((24, 25, 26), 25), ((24, 24), 24)]
)
def test_a_step_waits_for_so_many(tries: tuple[int, ...], due: int | None) -> None:
    """“2 call.unanswered” is the second attempt since the cause, on whichever day; a third changes nothing."""
    rule = book(step(to=("primary",), channel="voicemail", after="2 call.unanswered", within="2 weeks", due="0 days"))
    deeds = tuple(Deed("call.unanswered", (1,), day(tried)) for tried in tries)
    assert only(Facts((ACME,), deeds=deeds), rule, today=day(26)).due == (due and day(due))


@pytest.mark.parametrize(("tries", "count"), [((), 1), ((24,), 1), ((22, 24), 1), ((24, 24), 0), ((24, 25), 0)])
def test_a_step_gives_way_after_so_many(tries: tuple[int, ...], count: int) -> None:
    """With “2 call.unanswered” in `unless`, a step is open after the first attempt and settled after the second."""
    rule = book(step(to=("primary",), channel="call", unless=("offer.told", "2 call.unanswered")))
    deeds = tuple(Deed("call.unanswered", (1,), day(tried)) for tried in tries)
    assert len(asked(Facts((ACME,), deeds=deeds), rule, today=day(26))) == count


def test_what_it_waited_for_does_not_settle_it() -> None:
    """A step is not settled by the letter that it counts from, but by a second one."""
    rule = book(step(to=("primary",), after="email.out", within="1 month", due="1 week"))
    first = Deed("email.out", (1,), day(24))
    assert only(Facts((ACME,), deeds=(first,)), rule, today=day(24)).due == day(31)
    assert asked(Facts((ACME,), deeds=(first, Deed("email.out", (1,), day(26)))), rule, today=day(26)) == []


def test_telling_by_mail_is_telling_in_writing() -> None:
    """The mail that told them also settles a later step that asks for mail."""
    rule = book(step(to=("primary",), after="offer.told", within="1 month", due="0 days"))
    assert asked(Facts((ACME,), deeds=(Deed("email.out", (1,), day(23)),)), rule) == []
    assert len(asked(Facts((ACME,), deeds=(Deed("call.out", (1,), day(23)),)), rule)) == 1


@pytest.mark.parametrize(("mailed", "count"), [(23, 1), (52, 1), (53, 0), (60, 0)])
def test_contact_counts_from_when_it_opens(mailed: int, count: int) -> None:
    """With `opens`, only contact within that time before the due day settles the step."""
    rule = book(step(to=("primary",), due="40 days", opens="10 days"))
    known = Facts((ACME,), deeds=(Deed("email.out", (1,), day(mailed)),))
    assert len(asked(known, rule, today=day(60))) == count


def test_opening_never_reaches_before_the_start() -> None:
    """Contact before the cause does not count, however long `opens` is."""
    rule = book(step(to=("primary",), due="5 days", opens="1 month"))
    assert len(asked(Facts((ACME,), deeds=(Deed("email.out", (1,), day(22)),)), rule)) == 1
    assert asked(Facts((ACME,), deeds=(Deed("email.out", (1,), day(23)),)), rule) == []


@pytest.mark.parametrize("since", [day(1), day(23)])
def test_a_run_ends(since: date) -> None:
    """A dormant contact has no follow-ups, whatever day that began; the others keep theirs."""
    rule = book(step(), ends=("contact.dormant",))
    assert names_of(asked(Facts((ACME,), dormant=((1, since),)), rule)) == ["Bob"]


@pytest.mark.parametrize(("answered", "count"), [(22, 2), (23, 1)])
def test_an_event_ends_a_run_from_the_cause_on(answered: int, count: int) -> None:
    """An event in `ends` that is not a state counts only after the cause."""
    known = Facts((ACME,), deeds=(Deed("email.in", (1,), day(answered)),))
    assert len(asked(known, book(step(), ends=("email.in",)))) == count


# --------------------------------------------------------------------------- cases: answers


def test_an_answer_is_for_one_person_and_one_cause() -> None:
    """An answer for one person and cause leaves the step open for other people and causes."""
    known = Facts((ACME, Deal("globex", ((1, "recruiter"),))))
    rule = book(step())
    assert names_of(asked(known, rule, answers=[answer("done")])) == ["Ann", "Bob"]
    assert names_of(asked(known, rule, answers=[answer("skipped", playbook="q")])) == ["Ann", "Ann", "Bob"]


@pytest.mark.parametrize(
    ("until", "today", "status", "due"),
    [
        (28, 27, "snoozed", day(28)),
        (28, 28, "due", day(28)),
        (28, 29, "overdue", day(28)),
        (24, 23, "snoozed", day(26)),
        (24, 24, "upcoming", day(26)),
        (60, 59, "snoozed", day(60)),
        (60, 74, "overdue", day(60)),
    ],
)
def test_a_snooze_puts_off(until: int, today: int, status: str, due: date) -> None:
    """A snoozed step is snoozed until its day; then it is due, with its full time until overdue."""
    rule = book(step(to=("primary",), overdue="3 days"))
    follow_up = only(Facts((ACME,)), rule, answers=[answer("snoozed", until=until)], today=day(today))
    assert (follow_up.status, follow_up.due, follow_up.snoozed_until) == (status, due, day(until))


@pytest.mark.parametrize(("today", "count"), [(74, 1), (75, 0)])
def test_a_snooze_ends_too(today: int, count: int) -> None:
    """After a snooze, the step expires as long after its new day as it would have after its due day."""
    answers = [answer("snoozed", until=60)]
    assert len(asked(Facts((ACME,)), book(step(to=("primary",))), answers=answers, today=day(today))) == count


def test_a_snooze_outlives_everything_else() -> None:
    """An old cause with a step snoozed for years asks for that step again, and for no other."""
    answers = [answer("snoozed", until=800)]
    rule = book(step("s"), step("t"))
    assert [follow_up.step for follow_up in asked(Facts((ACME,)), rule, answers=answers, today=day(801))] == ["s"]
    assert asked(Facts((ACME,)), rule, answers=[answer("done", until=None)], today=day(801)) == []


def test_a_snoozed_call_ends_on_a_business_day() -> None:
    """A call that is snoozed to a Saturday is due on Monday."""
    rule = book(step(to=("primary",), channel="call", overdue="1 day"))
    follow_up = only(Facts((ACME,)), rule, answers=[answer("snoozed", until=28)], today=day(28))
    assert (follow_up.due, follow_up.overdue_after, follow_up.status) == (day(30), day(30), "upcoming")


def test_done_stands_for_what_was_done() -> None:
    """A done call that was not logged tells the person; a skipped or snoozed one does not."""
    rule = book(step(to=("primary",), channel="call", unless=("offer.told",)), step("t", **WAITS))
    assert [follow_up.due for follow_up in asked(Facts((ACME,)), rule, answers=[answer("done", on=24)])] == [day(25)]
    assert [follow_up.status for follow_up in asked(Facts((ACME,)), rule, answers=[answer("skipped")])] == ["waiting"]
    snoozed = asked(Facts((ACME,)), rule, answers=[answer("snoozed", until=24)])
    assert [(follow_up.step, follow_up.status) for follow_up in snoozed] == [("s", "snoozed"), ("t", "waiting")]


def test_done_stands_for_no_more_than_was_done() -> None:
    """A done invitation is not a connection, and a done call is not a call from the contact."""
    invited = step(to=("primary",), channel="linkedin")
    review = step("t", to=("primary",), unless=("linkedin.connected", "linkedin.in"))
    assert len(asked(Facts((ACME,)), book(invited, review), answers=[answer("done")])) == 1
    nudge = step("t", to=("primary",), after="linkedin.out", within="1 month", unless=("linkedin.connected",))
    assert only(Facts((ACME,)), book(invited, nudge), answers=[answer("done")]).due == day(26)


def test_done_for_one_is_not_done_for_others() -> None:
    """A done message to one person does not settle that of another, even if that person is now unknown."""
    rule = book(step("s", channel="email"), step("t", channel="email"))
    for contact, open_ones in (("uid-1", ["s", "t"]), ("uid-gone", ["s", "s", "t", "t"]), ("", ["s", "s", "t", "t"])):
        follow_ups = asked(Facts((ACME,)), rule, answers=[answer("done", contact=contact)])
        assert sorted(follow_up.step for follow_up in follow_ups) == open_ones


def test_a_forgotten_step_answers_nothing() -> None:
    """An answer to a step that no longer exists has no effect."""
    answers = [answer("done", step="gone"), answer("done", cause="offer.declined|offer:gone")]
    assert len(asked(Facts((ACME,)), book(step()), answers=answers)) == 2


def test_an_old_name_stands_for_the_new_one() -> None:
    """An answer under an old name of the step holds, and so do the events it stands for."""
    rule = book(
        step("new", was=("older", "s"), to=("primary",), channel="call", unless=("offer.told",)), step("t", **WAITS)
    )
    assert [follow_up.due for follow_up in asked(Facts((ACME,)), rule, answers=[answer("done")])] == [day(24)]


def test_an_answer_stands_when_the_cause_moves_past_it() -> None:
    """If the decision moves after the call was done, waiting steps count from the new day."""
    rule = book(step(to=("primary",), channel="call", unless=("offer.told",)), step("t", **WAITS))
    known = Facts((replace(ACME, decided_on=day(25)),))
    assert [follow_up.due for follow_up in asked(known, rule, answers=[answer("done")], today=day(25))] == [day(26)]


@pytest.mark.parametrize(
    ("until", "done", "due"),
    [(None, 37, day(38)), (None, 38, None), (58, 58, day(59)), (58, 72, day(73)), (58, 73, None)],
)
def test_a_wait_counts_from_where_it_was_put_off_to(until: int | None, done: int, due: date | None) -> None:
    """After a call is snoozed for five weeks, later steps have the same time to wait."""
    rule = book(step(to=("primary",), channel="call", unless=("offer.told",), expires="2 months"), step("t", **WAITS))
    follow_ups = asked(Facts((ACME,)), rule, answers=[answer("done", on=done, until=until)], today=day(done))
    assert [follow_up.due for follow_up in follow_ups] == ([due] if due else [])


@pytest.mark.parametrize("signed", [-400, 22, 23, 30])
def test_a_milestone_counts_whenever_it_was(signed: int) -> None:
    """A milestone from before the acceptance counts for its own offer, but not for another one."""
    other = Deal("globex", decision="accepted", signed_on=day(23))
    known = Facts((Deal("acme", decision="accepted", signed_on=day(signed)), replace(other, decided_on=day(-400))))
    rule = book(step(to=("me",), channel=None, unless=("offer.signed",)), trigger="offer.accepted")
    assert asked(known, rule, today=day(30)) == []
    unsigned = replace(known, deals=(replace(known.deals[0], signed_on=None), other))
    assert [follow_up.cause.about for follow_up in asked(unsigned, rule, today=day(30))] == ["offer:acme"]
    waits = book(step(to=("me",), channel=None, after="offer.signed", within="1 month"), trigger="offer.accepted")
    assert [follow_up.due for follow_up in asked(known, waits, today=day(30))] == [day(max(signed, 23) + 3)]


# --------------------------------------------------------------------------- cases: once


BOTH = Facts((ACME, Deal("globex", ((2, "interviewer"),), decided_on=TODAY + LATER)))


def test_two_causes_ask_once() -> None:
    """With `once`, a person on two declined offers is asked for once: for the first offer, while that is open."""
    rule = book(step(to=("interviewer",), once="6 months", expires="3 months"))
    follow_up = only(BOTH, rule, today=TODAY + LATER)
    assert (follow_up.about and follow_up.about.organisation) == "Acme"
    assert (
        len(asked(BOTH, book(step(to=("interviewer",), once="29 days", expires="3 months")), today=TODAY + LATER)) == 2
    )
    assert len(asked(BOTH, book(step(to=("interviewer",), expires="3 months")), today=TODAY + LATER)) == 2


@pytest.mark.parametrize(("once", "count"), [("30 days", 0), ("28 days", 0), ("27 days", 1)])
@pytest.mark.parametrize("verdict", ["done", "skipped"])
def test_an_answer_counts_for_the_next_cause(verdict: str, once: str, count: int) -> None:
    """Thanks for the first decline also count for a later one, if that is within `once`."""
    rule = book(step(to=("interviewer",), once=once))
    answers = [answer(verdict, on=25, contact="uid-2")]
    assert len(asked(BOTH, rule, answers=answers, today=TODAY + LATER)) == count
    assert len(asked(BOTH, replace(rule, name="q"), answers=answers, today=TODAY + LATER)) == 1


def test_a_step_renamed_since_counts_for_the_next_cause() -> None:
    """`once` also counts answers under an old name of the step."""
    rule = book(step("new", was=("s",), to=("interviewer",), once="6 months"))
    assert asked(BOTH, rule, answers=[answer("done", contact="uid-2")], today=TODAY + LATER) == []


@pytest.mark.parametrize(("thanked", "count"), [(24, 0), (23, 0), (22, 1)])
def test_a_message_counts_for_the_next_cause(thanked: int, count: int) -> None:
    """With `once`, a message on the topic counts on any channel and about any offer."""
    rule = book(step(to=("interviewer",), once="30 days", topic="thanked"))
    later = replace(BOTH, deals=BOTH.deals[1:], deeds=(Deed("message.out", (2,), day(thanked), "thanked", "acme"),))
    assert len(asked(later, rule, today=TODAY + LATER)) == count


@pytest.mark.parametrize(
    ("mailed", "about", "count"),
    [
        (24, None, 0),  # what settled it for Acme
        (40, None, 0),  # on the last day that Acme asked for it
        (41, None, 1),  # an unrelated mail
        (22, None, 1),  # before it was asked for
        (24, "acme", 0),  # Bob got it, and it was about Acme
        (24, "globex", 1),  # not about Acme, and before Globex was declined
    ],
)
@pytest.mark.parametrize("today", [TODAY + LATER, TODAY + LATER + timedelta(days=14)])
def test_what_settled_it_for_another_cause_counts(mailed: int, about: str | None, count: int, today: date) -> None:
    """Plain mail settles the thanks for the first decline, and with `once` also for one a month later."""
    rule = book(step(to=("interviewer",), once="6 months"))
    known = replace(BOTH, deeds=(Deed("email.out", (2,), day(mailed), offer=about),))
    assert len(asked(known, rule, today=today)) == count
    assert len(asked(known, book(step(to=("interviewer",), once="29 days")), today=today)) == 1


def test_only_what_was_asked_of_them_counts_for_another_cause() -> None:
    """Mail to the referrer of one offer does not settle the thanks for the same person's interview on another."""
    deals = (replace(ACME, people=((2, "referrer"),)), BOTH.deals[1])
    known = replace(BOTH, deals=deals, deeds=(Deed("email.out", (2,), day(24)),))
    assert len(asked(known, book(step(to=("interviewer",), once="6 months")), today=TODAY + LATER)) == 1
    waiting = book(step(to=("interviewer",), once="6 months", after="email.in", within="2 months"))
    assert len(asked(replace(known, deals=BOTH.deals), waiting, today=TODAY + LATER)) == 1


def test_snoozing_one_of_two_snoozes_both() -> None:
    """Snoozing the thanks for one offer does not bring up those for the other."""
    rule = book(step(to=("interviewer",), once="6 months", expires="3 months"))
    answers = [answer("snoozed", on=53, until=70, contact="uid-2")]
    assert [follow_up.status for follow_up in asked(BOTH, rule, answers=answers, today=TODAY + LATER)] == ["snoozed"]
    assert [follow_up.due for follow_up in asked(BOTH, rule, answers=answers, today=day(75))] == [day(70)]


def test_a_chain_of_causes_is_asked_for_where_it_is_not_near() -> None:
    """In a chain of causes, each within `once` of the next, every second one is asked for."""
    deals = tuple(Deal(uid, ((2, "interviewer"),), decided_on=day(23 + 20 * at)) for at, uid in enumerate("abcd"))
    rule = book(step(to=("interviewer",), once="30 days", expires="1 year"))
    assert [follow_up.due for follow_up in asked(Facts(deals), rule, today=day(90))] == [day(26), day(66)]


def test_notes_to_myself_have_no_ground() -> None:
    """`once` is about people: a step for the user is asked for with each cause."""
    assert len(asked(BOTH, book(step(to=("me",), once="1 year", expires="3 months")), today=TODAY + LATER)) == 2


def test_the_cause_is_no_ground() -> None:
    """The message that triggers a run does not settle its step."""
    known = Facts(deeds=(Deed("email.out", (1,), day(23), topic="thanked"),))
    again = step(to=("everyone",), due="3 months", once="1 month", topic="thanked")
    assert len(asked(known, book(again, trigger="message.thanked"))) == 1


# --------------------------------------------------------------------------- cases: audiences


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (("primary",), ["Ann"]),
        (("others",), ["Bob"]),
        (("everyone",), ["Ann", "Bob"]),
        (("referrer",), ["Cyd"]),
        (("recruiter", "interviewer"), ["Ann", "Bob"]),
        (("everyone", "primary", "recruiter"), ["Ann", "Bob"]),
        (("hiring-manager",), []),
        (("me",), ["-"]),
        (("tag:helper",), ["Bob", "Cyd"]),
        (("tag:nobody",), []),
    ],
)
def test_whom_an_offer_means(to: tuple[str, ...], expected: list[str]) -> None:
    """Each audience of an offer means the right people, each once."""
    assert names_of(asked(Facts((ACME,), helpers=frozenset({2, 3})), book(step(to=to)))) == expected


def test_without_a_recruiter_the_hiring_manager_made_the_offer() -> None:
    """`primary` is the recruiter, else the hiring manager, who otherwise is one of `others`."""
    managed = Facts((Deal("acme", ((1, "hiring-manager"), (2, "other"))),))
    both = Facts((Deal("acme", ((1, "hiring-manager"), (2, "recruiter"))),))
    for known, primary, others in ((managed, ["Ann"], ["Bob"]), (both, ["Bob"], ["Ann"])):
        assert names_of(asked(known, book(step(to=("primary",))))) == primary
        assert names_of(asked(known, book(step(to=("others",))))) == others


def test_an_offer_with_nobody_on_it_says_what_is_missing() -> None:
    """An offer without a recruiter or hiring manager still has its call, with a note that the person is missing."""
    known = Facts((Deal("acme"),))
    follow_up = only(known, book(step(to=("primary",), channel="call")))
    assert (follow_up.contact, follow_up.text) == (None, "Write whoever made the Acme offer.")
    assert follow_up.missing == "the Acme offer has no recruiter or hiring manager yet"
    assert asked(known, book(step(to=("others",)))) == []
    assert asked(known, book(step(to=("primary",))), answers=[answer("done", contact="")]) == []
    assert only(known, book(step(to=("me",)))).missing is None
    assert only(Facts((ACME,)), book(step(to=("primary",)))).missing is None


def test_somebody_who_is_not_known_any_more_is_not_asked_for() -> None:
    """A removed participant leaves no follow-up without a person."""
    assert asked(Facts((Deal("acme", ((9, "recruiter"),)),)), book(step())) == []


SEASON = (
    replace(ACME, decided_on=day(-100)),
    Deal("globex", ((1, "interviewer"), (4, "recruiter"), (5, "referrer")), "accepted", day(20)),
    Deal("umbra", ((6, "recruiter"),), None),
    Deal("early", ((7, "recruiter"),), decided_on=day(-400)),
)
CROWD = tuple((contact, f"P{contact} X") for contact in range(1, 8))


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        (("everyone",), ["P1", "P2"]),
        (("everyone", "referrer"), ["P1", "P2", "P3", "P5"]),
        (("recruiter",), ["P1", "P4"]),
        (("me",), ["-"]),
        (("primary",), []),
    ],
)
def test_whom_a_job_means(to: tuple[str, ...], expected: list[str]) -> None:
    """A job's `everyone` means people of offers declined in its season; a role includes the accepted offer."""
    known = Facts(SEASON, (Position("new"),), names=CROWD)
    rule = book(step(to=to), trigger="job.started", season=parse_span("1 year"))
    assert names_of(asked(known, rule)) == expected


@pytest.mark.parametrize(("season", "count"), [("123 days", 2), ("122 days", 0), (None, 0)])
def test_a_season_has_a_first_day(season: str | None, count: int) -> None:
    """An offer decided before the season does not belong to it; without `season` no offer does."""
    known = Facts(SEASON[:1], (Position("new"),), names=CROWD)
    rule = book(step(), trigger="job.started", season=parse_span(season) if season else None)
    assert len(asked(known, rule)) == count


def test_what_happened_with_people_is_about_them() -> None:
    """An event with two people asks for each of them once, and for the user once."""
    known = Facts((ACME,), deeds=(Deed("meeting.in", (2, 3), day(23), offer="acme"), Deed("meeting.in", (2,), day(24))))
    rule = book(step(to=("everyone", "primary")), step("t", to=("me",)), trigger="meeting.in")
    follow_ups = asked(known, rule, today=day(24))
    assert names_of(follow_up for follow_up in follow_ups if follow_up.step == "s") == ["Bob", "Bob", "Cyd"]
    assert [follow_up.due for follow_up in follow_ups if follow_up.step == "t"] == [day(26), day(27)]
    assert len({follow_up.key for follow_up in follow_ups}) == 5


def test_what_is_about_nothing_is_settled_by_anything() -> None:
    """For a cause that is not about an offer, contact about any offer counts."""
    known = Facts((ACME,), connected=((1, day(23)),), deeds=(Deed("email.out", (1,), day(24), offer="acme"),))
    rule = book(step(), trigger="linkedin.connected")
    assert len(asked(replace(known, deeds=()), rule)) == 1
    assert asked(known, rule, today=day(24)) == []


def test_one_interaction_is_one_cause() -> None:
    """The mail that triggers a run through its topic does not settle a step of that run."""
    known = Facts(deeds=(Deed("email.out", (1,), day(23), topic="thanked"),))
    rule = book(step(due="3 months"), trigger="message.thanked")
    assert len(asked(known, rule)) == 1
    assert asked(replace(known, deeds=(*known.deeds, Deed("email.out", (1,), day(24)))), rule, today=day(24)) == []


def test_a_cause_about_what_is_not_known_asks_nobody() -> None:
    """An event of a removed offer has no people; a step for the user is still asked for."""
    history = History([Event("offer.declined", None, TODAY, "offer:gone", "offer:gone")])
    assert names_of(plan(history, [book(step(to=("everyone", "me")))], [], TODAY)) == ["-"]


# --------------------------------------------------------------------------- cases: texts


def test_the_words_are_filled_in() -> None:
    """The names in braces are filled in; without a person or an offer, with general words."""
    words = replace(step(), do="{name}|{first_name}|{company}|{organisation}|{role}|{{}}")
    people = {1: ContactView(1, "u1", "Ann Marie Ito", "Ann Marie", "Acme GmbH"), 2: ContactView(2, "u2", "Bob")}
    subject = Subject("offer:a", 1, "Acme", "Engineer", "declined", TODAY, ((1, "recruiter"), (2, "interviewer")))
    history = History([Event("offer.declined", None, TODAY, "offer:a", "offer:a")], people, {"offer:a": subject})
    answers = {follow_up.text for follow_up in plan(history, [book(words)], [], TODAY)}
    assert answers == {"Ann Marie Ito|Ann Marie|Acme GmbH|Acme|Engineer|{}", "Bob|Bob|Acme|Acme|Engineer|{}"}
    job = History([Event("job.started", None, TODAY, "job:a", "job:a")], {}, {"job:a": Subject("job:a", 1)})
    (note,) = plan(job, [book(replace(words, to=("me",)), trigger="job.started")], [], TODAY)
    assert note.text == "them|them|your new employer|your new employer|job|{}"
    assert (note.offer, note.about and note.about.about) == (None, "job:a")


def test_a_follow_up_carries_its_step() -> None:
    """A follow-up has the fields of its step and its cause."""
    follow_up = only(Facts((ACME,)), book(step(to=("primary",), topic="thanked", draft="note")))
    assert (follow_up.playbook, follow_up.step, follow_up.channel, follow_up.source) == ("p", "s", "email", "own")
    assert (follow_up.topic, follow_up.draft, follow_up.cause.kind, follow_up.base) == (
        "thanked",
        "note",
        "offer.declined",
        follow_up.cause,
    )
    assert (follow_up.offer and follow_up.offer.organisation) == "Acme"
    assert (follow_up.expires_on, follow_up.snoozed_until, follow_up.held_by) == (day(40), None, ())


def test_steps_of_one_day_keep_the_order_of_the_playbook() -> None:
    """On the same day, follow-ups are in the order of the playbook's steps."""
    rule = book(step("z", to=("referrer",)), step("a", to=("primary",)))
    assert [follow_up.step for follow_up in asked(Facts((ACME,)), rule)] == ["z", "a"]


# --------------------------------------------------------------------------- cases: rules in Python


def rule_of(*follow_ups: FollowUp) -> Rule:
    def rule(history: History, today: date) -> Iterable[FollowUp]:
        return follow_ups

    return rule


def wish(name: str = "wish", **fields: Any) -> FollowUp:
    """A Python rule's follow-up: due on the 25th, overdue after the 26th, expired after the 30th."""
    given = {"due": day(25), "overdue_after": day(26), "expires_on": day(30), **fields}
    cause = Event("launch", None, day(25), None, "launch:acme")
    return FollowUp(playbook="mine", step=name, text="Wish them well.", cause=cause, **given)


@pytest.mark.parametrize(
    ("today", "status"), [(24, "upcoming"), (25, "due"), (26, "due"), (27, "overdue"), (30, "overdue"), (31, None)]
)
def test_a_rule_in_python_is_a_rule(today: int, status: str | None) -> None:
    """A Python rule's follow-up has an id and a status, and expires."""
    follow_ups = asked(Facts(), today=day(today), python=[rule_of(wish())])
    assert [(follow_up.status, len(follow_up.id)) for follow_up in follow_ups] == (
        [(status, SHORTEST_ID)] if status else []
    )


def test_a_rule_without_dates_waits() -> None:
    """A Python rule's follow-up waits without a due day, and stays without a day to expire."""
    follow_ups = asked(Facts(), today=day(400), python=[rule_of(wish(due=None, overdue_after=None, expires_on=None))])
    assert [follow_up.status for follow_up in follow_ups] == ["waiting"]


def of_rule(verdict: str, until: int | None = None, contact: str = "") -> Answer:
    return answer(verdict, until=until, playbook="mine", step="wish", cause="launch|launch:acme", contact=contact)


def test_a_rule_can_be_answered() -> None:
    """A done or skipped follow-up of a Python rule does not come back for that person."""
    person = ContactView(1, "uid-1", "Ann Ito")
    for verdict in ("done", "skipped"):
        assert asked(Facts(), answers=[of_rule(verdict)], today=day(25), python=[rule_of(wish())]) == []
        own = asked(Facts(), answers=[of_rule(verdict)], today=day(25), python=[rule_of(wish(contact=person))])
        assert len(own) == 1
        follow_ups = [of_rule(verdict, contact="uid-1")]
        assert asked(Facts(), answers=follow_ups, today=day(25), python=[rule_of(wish(contact=person))]) == []


@pytest.mark.parametrize(
    ("until", "today", "status"),
    [
        (28, 27, "snoozed"),
        (28, 28, "due"),
        (28, 29, "overdue"),
        (24, 25, "due"),
        (40, 39, "snoozed"),
        (40, 45, "overdue"),
        (40, 46, None),
        (24, 31, None),
    ],
)
def test_a_rule_can_be_snoozed(until: int, today: int, status: str | None) -> None:
    """A snooze moves the days of a Python rule's follow-up that lie before it, and the day it expires."""
    follow_ups = asked(Facts(), answers=[of_rule("snoozed", until)], today=day(today), python=[rule_of(wish())])
    assert [follow_up.status for follow_up in follow_ups] == ([status] if status else [])
    assert [follow_up.due for follow_up in follow_ups] == ([max(day(25), day(until))] if status else [])


def test_a_snoozed_rule_without_dates_waits_again() -> None:
    """A snooze leaves missing days of a Python rule's follow-up empty."""
    bare = wish(due=None, overdue_after=None, expires_on=None)
    for today, status in ((24, "snoozed"), (28, "waiting")):
        follow_ups = asked(Facts(), answers=[of_rule("snoozed", 28)], today=day(today), python=[rule_of(bare)])
        assert [follow_up.status for follow_up in follow_ups] == [status]


def test_rules_and_playbooks_are_listed_together() -> None:
    """Follow-ups of playbooks and Python rules are one list, the most urgent first, each once."""
    rule = rule_of(wish("b"), wish("b"), wish("a", due=day(24)))
    follow_ups = asked(Facts((ACME,)), book(step(to=("primary",))), today=day(25), python=[rule])
    assert [(follow_up.step, follow_up.due) for follow_up in follow_ups] == [
        ("a", day(24)),
        ("b", day(25)),
        ("s", day(26)),
    ]


def test_hundreds_of_ids_are_unique() -> None:
    """Ids are longer than three letters where that is needed to be unique."""
    follow_ups = asked(Facts(), python=[rule_of(*(wish(f"s{number}") for number in range(800)))])
    _have_short_ids(follow_ups)
    assert {len(follow_up.id) for follow_up in follow_ups} > {SHORTEST_ID}


def test_a_key_is_for_ever() -> None:
    """The key of a follow-up is the same in every version, so ids in scripts stay valid."""
    assert follow_up_key("graceful-decline", "call", "offer.declined|offer:1", "uid-1") == "0e8qkkvjycsnxqx7"
