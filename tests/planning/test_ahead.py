"""Looking ahead: the plan of today for a later day is the plan of that day, if nothing else happens."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcrm import Crm
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.planner import plan
from tests.helpers.books import TODAY
from tests.helpers.strategies import World, without_once, worlds
from tests.store_contract.test_planner_queries import PEOPLE, acts, perform, plain

ahead = st.integers(0, 370)


def as_of(world: World, today: date, *, once: bool) -> list[FollowUp]:
    books = world.playbooks if once else tuple(map(without_once, world.playbooks))
    return plan(world.facts.history(), books, world.decisions, today)


def foretold(follow_ups: list[FollowUp], day: date) -> set[str]:
    """The follow-ups of the plan that are due by a day and have not expired on it."""
    return {
        follow_up.key
        for follow_up in follow_ups
        if follow_up.due and follow_up.due <= day and (follow_up.expires_on or day) >= day
    }


def to_do(follow_ups: list[FollowUp]) -> set[str]:
    return {follow_up.key for follow_up in follow_ups if follow_up.status in ("due", "overdue", "held")}


@given(worlds(), ahead)
def test_what_is_planned_is_what_will_be_due(world: World, days: int) -> None:
    """The follow-ups planned for a day are exactly those due on that day, with the same due days."""
    day = world.today + timedelta(days=days)
    now, then = (as_of(world, today, once=False) for today in (world.today, day))
    assert foretold(now, day) == to_do(then)
    dates = {follow_up.key: (follow_up.due, follow_up.overdue_after, follow_up.expires_on) for follow_up in now}
    assert all(
        (follow_up.due, follow_up.overdue_after, follow_up.expires_on) == dates[follow_up.key] for follow_up in then
    )


@given(worlds(), ahead)
def test_what_stands_on_one_ground_may_follow(world: World, days: int) -> None:
    """With `once`, planned follow-ups become due; the same step for another cause comes only after they expire."""
    day = world.today + timedelta(days=days)
    now, then = (as_of(world, today, once=True) for today in (world.today, day))
    assert foretold(now, day) <= to_do(then)
    steps = {
        (follow_up.playbook, follow_up.step) for follow_up in now if follow_up.expires_on and follow_up.expires_on < day
    }
    later = [follow_up for follow_up in then if follow_up.key in to_do(then) - foretold(now, day)]
    assert all((follow_up.playbook, follow_up.step) in steps for follow_up in later)


@settings(max_examples=15)
@given(acts, ahead)
def test_due_on_a_day_is_due_that_day(done: list[tuple[Any, ...]], days: int) -> None:
    """`due(on=...)` today gives the same follow-ups as `due()` on that day."""
    day = TODAY + timedelta(days=days)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "book.db"
        with Crm(path, today=TODAY) as crm:
            for name in PEOPLE:
                crm.add(name)
            for act in done:
                perform(crm, act)
            due_then, planned = crm.due(on=day), crm.plan(until=f"{days} days")
        with Crm(path, today=day) as later:
            assert plain(later.due()) == plain(due_then)
            standing = {follow_up.key for follow_up in later.plan()}
            due = {follow_up.key for follow_up in due_then}
        for follow_up in planned:
            if follow_up.status in ("upcoming", "due", "overdue") and follow_up.key in standing:
                assert follow_up.key in due


@pytest.mark.parametrize("span", ["1y", "366 days"])
def test_a_year_ahead_has_each_birthday_once(span: str) -> None:
    """Within a year, a yearly day is planned once, on the day on which it will be due."""
    with Crm(memory=True, today=TODAY) as crm:
        for month in range(1, 13):
            crm.add(f"Born {month}", birthday=date(1990, month, 23))
        follow_ups = [follow_up for follow_up in crm.plan(until=span) if follow_up.due]
        assert len(follow_ups) == 12 + (TODAY.month == 11)
        for follow_up in follow_ups:
            assert follow_up.due
            assert follow_up.key in {due.key for due in crm.due(on=follow_up.due)}
            assert follow_up.key not in {due.key for due in crm.due(on=follow_up.due - timedelta(days=1))}
