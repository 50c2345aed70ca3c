"""`spread`: the due days of a batch of people, and the limits it keeps."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm import Crm
from netcrm.domain.dates import Calendar, parse_span, subtract
from netcrm.domain.vocabulary import CHANNELS, ROLES, VOICE
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.planner import plan
from netcrm.playbooks.model import Playbook, Step
from tests.helpers.strategies import TODAY, Deal, Facts, Position, World, worlds

TWO_DAYS = timedelta(days=2)


def planned(world: World) -> dict[str, FollowUp]:
    follow_ups = plan(world.facts.history(), world.playbooks, world.decisions, world.today)
    return {follow_up.key: follow_up for follow_up in follow_ups}


def without_spread(world: World) -> World:
    books = (replace(book, steps=tuple(replace(step, spread=None) for step in book.steps)) for book in world.playbooks)
    return replace(world, playbooks=tuple(books))


def step_of(world: World, follow_up: FollowUp) -> Step:
    return next(
        step
        for book in world.playbooks
        for step in book.steps
        if (book.name, step.name) == (follow_up.playbook, follow_up.step)
    )


@given(worlds())
def test_only_later_and_never_past_overdue(world: World) -> None:
    """A follow-up is not earlier than without `spread`, not later than `spread` allows, and not overdue."""
    plain = planned(without_spread(world))
    for key, follow_up in planned(world).items():
        plain_due = plain[key].due if key in plain else None
        if follow_up.due is None or plain_due is None or follow_up.snoozed_until:
            continue
        before, spread = plain_due, step_of(world, follow_up).spread
        latest = before + timedelta(days=spread.at_most + 31 * (follow_up.channel in VOICE)) if spread else before
        assert before <= follow_up.due <= latest
        if follow_up.overdue_after:
            assert follow_up.overdue_after == plain[key].overdue_after
            assert follow_up.due <= follow_up.overdue_after
        if follow_up.channel in VOICE:
            assert world.facts.calendar.is_business(follow_up.due)


@given(worlds())
def test_people_of_one_company_hear_within_two_days(world: World) -> None:
    """People of one offer, or of one company, are due within two days of each other."""
    groups: dict[tuple[object, ...], list[date]] = defaultdict(list)
    for follow_up in planned(world).values():
        if follow_up.due and follow_up.contact and not follow_up.snoozed_until and step_of(world, follow_up).spread:
            where = (
                follow_up.about
                if follow_up.offer and follow_up.contact.id in dict(follow_up.offer.people)
                else company_of(world, follow_up)
            )
            groups[
                follow_up.playbook, follow_up.step, follow_up.cause, follow_up.base, where or follow_up.contact
            ].append(follow_up.due)
    assert all(max(days) - min(days) <= TWO_DAYS for days in groups.values())


def company_of(world: World, follow_up: FollowUp) -> str | None:
    """The company of a person, or the one on whose offer they were met first."""
    season = next((book.season for book in world.playbooks if book.name == follow_up.playbook), None)
    offers = world.facts.subjects().values() if season else ()
    since = subtract(follow_up.cause.day, season) if season else TODAY
    met = [offer for offer in offers if offer.is_offer and offer.decided_on and offer.decided_on >= since]
    there = (offer.organisation for offer in met if follow_up.contact and follow_up.contact.id in dict(offer.people))
    return (follow_up.contact and follow_up.contact.company) or next(there, None)


@given(worlds(), st.sampled_from(ROLES), st.booleans())
def test_adding_a_person_moves_nobody(world: World, role: str, is_helper: bool) -> None:
    """A person who joins an offer, or gets a tag, may add follow-ups; the others keep their days."""
    deals = tuple(replace(deal, people=(*deal.people, (9, role))) for deal in world.facts.deals)
    helpers = world.facts.helpers | ({9} if is_helper else set())
    more = replace(world.facts, deals=deals, helpers=helpers, names=(*world.facts.names, (9, "Zoe Zander")))
    before, after = planned(world), planned(replace(world, facts=more))
    for key in before.keys() & after.keys():
        assert (before[key].due, before[key].status) == (after[key].due, after[key].status)
    if role not in ("recruiter", "hiring-manager"):
        assert before.keys() - after.keys() == set()


def batch(channel: str, spread: str, people: int = 9, overdue: str | None = None) -> list[FollowUp]:
    """The plan of a step for a number of interviewers on one offer."""
    step = Step(
        name="s", to=("everyone",), do="Reach {name}.", due=parse_span("1 day"), expires=parse_span("1 month"),
        source="own", channel=channel, spread=parse_span(spread), overdue=parse_span(overdue) if overdue else None,
    )  # fmt: skip
    book = Playbook(name="p", about="Made up.", trigger="offer.declined", steps=(step,))
    on_it = tuple((number, "interviewer") for number in range(1, people + 1))
    known = Facts(deals=(Deal("acme", on_it),), names=tuple((who, f"Person {who}") for who, _ in on_it))
    return plan(known.history(), [book], [], TODAY)


@pytest.mark.parametrize("channel", CHANNELS[:-1])
def test_nine_people_are_parted_evenly(channel: str) -> None:
    """Nine people are due over three days, three on each; a single person is due on the first."""
    days = sorted(follow_up.due for follow_up in batch(channel, "2 weeks") if follow_up.due)
    assert days == [TODAY + timedelta(days=1 + number // 3) for number in range(9)]
    assert [follow_up.due for follow_up in batch(channel, "2 weeks", people=1)] == [TODAY + timedelta(days=1)]


def test_overdue_bounds_it() -> None:
    """With one day until overdue, no person is due later than that day."""
    assert {follow_up.due for follow_up in batch("email", "2 weeks", overdue="2 days")} == {
        TODAY + timedelta(days=1),
        TODAY + timedelta(days=2),
    }


def test_a_call_is_not_moved_to_a_weekend() -> None:
    """If only Tuesdays are business days, all calls are due on one Tuesday."""
    only_tuesday = Calendar(frozenset({0, 2, 3, 4, 5, 6}))
    step = Step(
        name="s", to=("everyone",), do="Call {name}.", due=parse_span("0 days"), expires=parse_span("1 month"),
        source="own", channel="call", spread=parse_span("3 business days"), overdue=parse_span("5 days"),
    )  # fmt: skip
    book = Playbook(name="p", about="Made up.", trigger="job.started", season=parse_span("1 year"), steps=(step,))
    met = tuple((who, "interviewer") for who in (1, 2, 3))
    known = Facts(deals=(Deal("acme", met),), positions=(Position("new"),), calendar=only_tuesday)
    assert {follow_up.due for follow_up in plan(known.history(), [book], [], TODAY)} == {TODAY + timedelta(days=1)}


def test_the_new_details_go_out_over_two_weeks() -> None:
    """Thirty people are due within two weeks, those of one company within two days; the reasons say so."""
    crm = Crm(memory=True, today=TODAY)
    for company in range(10):
        people = [f"Person {company} {number}:interviewer" for number in range(3)]
        crm.add_offer(f"Company {company}", people=people)
        crm.decline(f"Company {company}", on=TODAY - timedelta(days=40))
    crm.job_started(TODAY - timedelta(days=20))
    follow_ups = [follow_up for follow_up in crm.plan() if follow_up.step == "details"]
    days: dict[str, list[date]] = defaultdict(list)
    for follow_up in follow_ups:
        if follow_up.due and follow_up.contact and follow_up.contact.company:
            days[follow_up.contact.company].append(follow_up.due)
    first = TODAY + timedelta(days=10)
    assert sum(map(len, days.values())) == len(follow_ups) == 30
    assert all(first <= day <= first + timedelta(weeks=2) for mine in days.values() for day in mine)
    assert all(max(mine) - min(mine) <= TWO_DAYS for mine in days.values())
    assert len({day for mine in days.values() for day in mine}) >= 8
    late = next(follow_up for follow_up in follow_ups if follow_up.due and follow_up.due > first)
    assert any(line.startswith("spread over 2 weeks") for line in crm.why(late.id).lines)
