"""The reasons of a follow-up: the sentences repeat the arithmetic of its days."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from netcrm import Crm, Event, FollowUp, History
from netcrm.domain.dates import Calendar
from netcrm.planning.explain import Reasons, explain
from netcrm.planning.planner import plan
from netcrm.playbooks.model import Playbook
from netcrm.playbooks.toml import from_dict
from tests.helpers.books import TODAY, season
from tests.helpers.copies import in_memory

SATURDAY = date(2026, 11, 28)
FRIDAY = date(2026, 11, 27)


@pytest.fixture
def crm() -> Iterator[Crm]:
    with in_memory(season) as opened:
        yield opened


def lines(crm: Crm, step: str, who: str = "dana") -> tuple[str, ...]:
    """The sentences for a person's step."""
    return crm.why(next(follow_up.id for follow_up in crm.plan(who) if follow_up.step == step)).lines


def test_a_step_that_counts_from_its_cause(crm: Crm) -> None:
    """The sentences give the span, the overdue day and the day it expires."""
    assert lines(crm, "call") == (
        "due 0 business days after 2026-11-23: 2026-11-23",
        "overdue after 2026-11-24",
        "no longer asked for after 2026-12-14, 3 weeks after it is due",
    )


def test_a_step_that_waits(crm: Crm) -> None:
    """A waiting step names its event and the longest wait; later it names the event that it counts from."""
    assert lines(crm, "thank", "sam")[0] == (
        "waits, for 1 month at most, until you told the person who made the offer that you declined, on any channel"
    )
    crm.log("dana", "call")
    assert lines(crm, "thank", "sam")[:2] == (
        "waited until 2026-11-23: you told the person who made the offer that you declined, on any channel",
        "due 1 business day after 2026-11-23: 2026-11-24",
    )


def test_a_day_that_is_set(crm: Crm) -> None:
    """A step with `at` names the event whose day it takes."""
    crm.job_started(TODAY)
    crm.job_settled(date(2026, 12, 7))
    assert lines(crm, "details", "sam")[0] == "due 2026-12-07, the day on which you have settled in"


def test_a_step_that_leads_back(crm: Crm) -> None:
    """A step that is due before its cause names the weekend it skips."""
    crm.edit_offer("globex", respond_by=date(2026, 11, 30))
    (decide,) = (follow_up for follow_up in crm.plan() if follow_up.step == "decide")
    why = crm.why(decide.id)
    assert why.lines[0] == "due 3 business days before 2026-11-30: 2026-11-25"
    assert why.skipped == (SATURDAY, SATURDAY + timedelta(days=1))


def test_a_snooze_is_said(crm: Crm) -> None:
    """A snoozed step names the day it was snoozed until, also while it waits."""
    crm.snooze(*(follow_up.id for follow_up in crm.plan() if follow_up.step in ("call", "thank")), until="1 week")
    assert "snoozed until 2026-11-30" in lines(crm, "call")
    assert lines(crm, "thank", "sam")[-1] == "snoozed until 2026-11-30"


def reasons(due: str, channel: str, day: date, until: date | None = None) -> Reasons:
    """The reasons of a step with a span and a channel."""
    step = {
        "name": "s",
        "to": "me",
        "do": "Do it.",
        "due": due,
        "expires": "1 month",
        "source": "own",
        "channel": channel,
    }
    book: Playbook = from_dict({"name": "p", "about": "Made up.", "trigger": "job.started", "step": [step]})
    history = History([Event("job.started", None, day, "job:1", "job:1")])
    (follow_up,) = plan(history, [book], [], day)
    if until:
        from netcrm import Answer

        answers = [Answer("p", "s", follow_up.cause_key, "", "snoozed", day, until)]
        (follow_up,) = plan(history, [book], answers, day)
    return explain(follow_up, [book], Calendar())


@pytest.mark.parametrize(
    ("due", "channel", "skipped"),
    [
        ("1 business day", "email", [SATURDAY, SATURDAY + timedelta(days=1)]),
        ("1 day", "email", []),
        ("1 day", "call", [SATURDAY, SATURDAY + timedelta(days=1)]),
        ("3 days", "call", []),
    ],
)
def test_the_days_that_were_skipped(due: str, channel: str, skipped: list[date]) -> None:
    """Business days and moved calls name the closed days that were skipped; mail does not move."""
    why = reasons(due, channel, FRIDAY)
    assert list(why.skipped) == skipped
    assert ("moved to a business day: 2026-11-30" in why.lines) is (channel == "call" and bool(skipped))


def test_a_snooze_into_a_weekend() -> None:
    """A call snoozed to a Saturday is due on Monday, and the reasons say why."""
    why = reasons("1 day", "call", FRIDAY - timedelta(days=3), until=SATURDAY)
    assert why.follow_up.due == date(2026, 11, 30)
    assert why.lines[-2:] == (
        "moved to a business day: 2026-11-30",
        "no longer asked for after 2026-12-30, 1 month after it is due",
    )
    assert SATURDAY in why.skipped


def test_a_rule_in_python_speaks_for_itself() -> None:
    """The reasons of a Python rule's follow-up are its cause, its day and its snooze."""
    cause = Event("launch", None, TODAY, None, "launch:1")

    def rule(history: History, today: date) -> Iterator[FollowUp]:
        yield FollowUp(playbook="launch", step="wish", text="Wish well", due=today, cause=cause)
        yield FollowUp(playbook="launch", step="some-day", text="Some day", due=None, cause=cause)

    with Crm(memory=True, today=TODAY, rules=[rule]) as crm:
        crm.init(name="Robin Vale")
        wish = next(follow_up for follow_up in crm.plan() if follow_up.step == "wish")
        why = crm.why(wish.id)
        assert (why.rule, why.about, why.settled_by) == ("launch / wish", "a rule in Python", ())
        assert why.lines == ("due 2026-11-23, as the rule says",)
        assert crm.why(next(follow_up.id for follow_up in crm.plan() if follow_up.step == "some-day")).lines == ()
        crm.snooze(wish.id, until="2 days")
        assert crm.why(wish.id).lines[-1] == "snoozed until 2026-11-25"
