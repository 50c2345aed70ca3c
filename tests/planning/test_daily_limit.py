"""The daily limit: which follow-ups move, how far, and that shown follow-ups stay."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netcrm import Crm, InputError, RequestError
from netcrm.domain.dates import Calendar
from netcrm.domain.vocabulary import VOICE
from netcrm.planning.daily_limit import within_budget
from netcrm.planning.follow_up import FollowUp, status_on
from netcrm.planning.history import Answer, ContactView, Event, History
from tests.helpers.strategies import TODAY

DAY = timedelta(days=1)
COMPANIES = (None, "Acme", "Globex")
CALENDAR = Calendar()

# --------------------------------------------------------------------------- small lists of follow-ups

after = st.integers(-8, 8).map(lambda days: TODAY + timedelta(days=days))
room = st.none() | st.integers(0, 8)


@st.composite
def piles(draw: st.DrawFn, most: int = 9) -> list[FollowUp]:
    """Follow-ups of a few steps and people, with random due days; some are soon overdue."""
    pile: dict[str, FollowUp] = {}
    for number in range(1, 1 + draw(st.integers(1, most))):
        due, rest, snoozed = draw(after), draw(room), draw(st.booleans())
        channel = draw(st.sampled_from(("call", "email", "email")))
        due = CALENDAR.on_or_after(due) if channel in VOICE else due
        added = draw(st.sampled_from((None, TODAY - 20 * DAY, TODAY)))
        follow_up = FollowUp(
            playbook="p",
            step=draw(st.sampled_from(("s", "t"))),
            text="Reach them.",
            due=due,
            cause=Event("job.started", None, TODAY, "job:new", "job:new"),
            contact=ContactView(
                number, f"uid-{number}", f"Person {number}", company=draw(st.sampled_from(COMPANIES)), added_on=added
            ),
            channel=channel,
            overdue_after=None if rest is None else due + timedelta(days=rest),
            expires_on=due + timedelta(days=30),
            snoozed_until=due if snoozed and draw(st.booleans()) else None,
        )
        pile[follow_up.key] = follow_up
    return list(pile.values())


def call(contact: int, company: str | None, due: date, overdue_after: date | None = None) -> FollowUp:
    """A follow-up that asks for a call."""
    return FollowUp(
        playbook="p",
        step="s",
        text="Reach them.",
        due=due,
        cause=Event("job.started", None, TODAY, "job:new", "job:new"),
        contact=ContactView(contact, f"uid-{contact}", f"Person {contact}", company=company),
        channel="call",
        overdue_after=overdue_after,
        expires_on=due + timedelta(days=30),
    )


ONE_BATCH_AND_ONE_URGENT = [
    call(1, "Acme", TODAY),
    call(2, "Acme", TODAY),
    call(3, None, TODAY + DAY, overdue_after=TODAY + 2 * DAY),
    call(4, "Acme", TODAY),
]
"""Calls to three people of one company, and to a fourth person who must be called by the third day."""


def as_of(pile: Sequence[FollowUp], today: date) -> list[FollowUp]:
    """The same follow-ups with their status on a day."""
    return [
        replace(follow_up, status=status_on(follow_up.due, follow_up.overdue_after, follow_up.snoozed_until, today))
        for follow_up in pile
    ]


def budgeted(
    pile: Sequence[FollowUp], per_day: int, today: date = TODAY, answers: Sequence[Answer] = ()
) -> dict[str, FollowUp]:
    people = {follow_up.contact.id: follow_up.contact for follow_up in pile if follow_up.contact}
    people |= {99: ContactView(99, "uid-99", "Person Answered", company="Acme")}
    history = History(people=people, calendar=CALENDAR)
    return {
        follow_up.key: follow_up for follow_up in within_budget(as_of(pile, today), history, answers, per_day, today)
    }


def due_of(follow_up: FollowUp) -> date:
    assert follow_up.due
    return follow_up.due


def arrived(follow_up: FollowUp) -> date:
    """The first day on which a follow-up may come: not before its contact was added."""
    first = max(due_of(follow_up), follow_up.contact.added_on or date.min) if follow_up.contact else due_of(follow_up)
    return CALENDAR.on_or_after(first) if follow_up.channel in VOICE else first


limits = st.integers(1, 3)


@given(piles(), limits)
def test_nothing_is_moved_past_overdue_or_before_it_was_due(pile: list[FollowUp], per_day: int) -> None:
    """A follow-up comes on its due day or later, before it is overdue or expires; a call comes on a business day."""
    after = budgeted(pile, per_day)
    for follow_up in pile:
        moved, arrives = due_of(after[follow_up.key]), arrived(follow_up)
        assert arrives <= moved
        assert after[follow_up.key].moved_from == (None if moved == follow_up.due else follow_up.due)
        for last in (follow_up.overdue_after, follow_up.expires_on):
            assert last is None or moved <= max(last, arrives)
        if follow_up.channel in VOICE:
            assert CALENDAR.is_business(moved)
        if follow_up.snoozed_until:
            assert moved == arrives


@given(piles(), limits)
def test_nothing_is_moved_without_need(pile: list[FollowUp], per_day: int) -> None:
    """Each day on which a follow-up could have come, but did not, was full."""
    after = budgeted(pile, per_day)
    full = Counter(due_of(follow_up) for follow_up in after.values())
    for follow_up in pile:
        day = arrived(follow_up)
        while day < due_of(after[follow_up.key]):
            assert full[day] >= per_day or (follow_up.channel in VOICE and not CALENDAR.is_business(day))
            day += DAY


@given(piles(), limits)
def test_no_day_has_more_than_it_must(pile: list[FollowUp], per_day: int) -> None:
    """A follow-up beyond the limit has its last day, is snoozed to that day, or belongs to a company that has begun."""
    after = budgeted(pile, per_day)
    began: dict[object, date] = {}
    for follow_up in after.values():
        batch = follow_up.step, follow_up.contact and follow_up.contact.company
        began[batch] = min(due_of(follow_up), began.get(batch, date.max))
    for day, many in Counter(due_of(follow_up) for follow_up in after.values()).items():
        musts = [
            follow_up for follow_up in pile if due_of(after[follow_up.key]) == day and _must(follow_up, day, began)
        ]
        assert many <= max(per_day, len(musts))


def _must(follow_up: FollowUp, day: date, began: dict[object, date]) -> bool:
    unit = [day + DAY * ahead for ahead in range(1, 5)]
    open_ones = [later for later in unit if follow_up.channel not in VOICE or CALENDAR.is_business(later)]
    company = follow_up.contact and follow_up.contact.company
    since = began.get((follow_up.step, company), day) if company else day
    last = min((last for last in (follow_up.overdue_after, follow_up.expires_on) if last), default=date.max)
    hurried = company is not None and since < day and _two_after(since, follow_up) <= day
    return last < open_ones[0] or follow_up.snoozed_until is not None or hurried


def _two_after(day: date, follow_up: FollowUp) -> date:
    for _ in range(2):
        day += DAY
        day = CALENDAR.on_or_after(day) if follow_up.channel in VOICE else day
    return day


@given(piles(), limits)
def test_one_company_comes_within_two_days(pile: list[FollowUp], per_day: int) -> None:
    """People of one company follow within two days of the first, if they are due; calls within two business days."""
    after = budgeted(pile, per_day)
    for follow_up in pile:
        if not (follow_up.contact and follow_up.contact.company):
            continue
        batch = [mate for mate in pile if mate.contact and (mate.step, mate.contact.company) == _batch(follow_up)]
        first = min(due_of(after[mate.key]) for mate in batch)
        assert due_of(after[follow_up.key]) <= max(_two_after(first, follow_up), arrived(follow_up))


def _batch(follow_up: FollowUp) -> tuple[str, str | None]:
    return follow_up.step, follow_up.contact.company if follow_up.contact else None


@given(piles(), limits, st.integers(0, 9))
def test_the_days_are_the_same_from_day_to_day(pile: list[FollowUp], per_day: int, later: int) -> None:
    """Each follow-up has the same day, on whichever day the plan is made."""
    days = {key: follow_up.due for key, follow_up in budgeted(pile, per_day).items()}
    assert {key: follow_up.due for key, follow_up in budgeted(pile, per_day, TODAY + later * DAY).items()} == days


@example(ONE_BATCH_AND_ONE_URGENT, 1, 1, "done")
@given(piles(), limits, st.integers(0, 20), st.sampled_from(("done", "skipped", "snoozed")))
def test_an_answer_moves_nobody_else(pile: list[FollowUp], per_day: int, which: int, verdict: str) -> None:
    """An answered follow-up keeps its place, so all others keep their days."""
    before = budgeted(pile, per_day)
    chosen = list(before.values())[which % len(before)]
    assert chosen.contact
    left = [follow_up for follow_up in pile if follow_up.key != chosen.key]
    people = {follow_up.contact.id: follow_up.contact for follow_up in pile if follow_up.contact}
    answer = Answer("p", chosen.step, chosen.cause_key, chosen.contact.uid, verdict, TODAY, due=chosen.due)
    after = within_budget(as_of(left, TODAY), History(people=people, calendar=CALENDAR), [answer], per_day, TODAY)
    assert {follow_up.key: follow_up.due for follow_up in after} == {
        key: follow_up.due for key, follow_up in before.items() if key != chosen.key
    }


@given(piles(), piles(), limits)
def test_who_is_added_today_moves_nothing_that_was_shown(
    pile: list[FollowUp], more: list[FollowUp], per_day: int
) -> None:
    """A follow-up that came before today keeps its day, whichever contacts are added today."""
    known = [
        replace(follow_up, contact=follow_up.contact and replace(follow_up.contact, added_on=TODAY - 20 * DAY))
        for follow_up in pile
    ]
    new = [
        replace(
            follow_up,
            contact=replace(
                follow_up.contact, id=follow_up.contact.id + 50, uid=f"new-{follow_up.contact.id}", added_on=TODAY
            ),
        )
        for follow_up in more
        if follow_up.contact
    ]
    new = [replace(follow_up, snoozed_until=None) for follow_up in new]
    before, after = budgeted(known, per_day), budgeted([*known, *new], per_day)
    for key, follow_up in before.items():
        if due_of(follow_up) < TODAY:
            assert after[key].due == follow_up.due
        else:
            assert due_of(after[key]) >= TODAY


# --------------------------------------------------------------------------- stories


def shown(crm: Crm, on: date | None = None) -> list[str]:
    return [follow_up.contact.first_name for follow_up in crm.due(on=on) if follow_up.contact]


@pytest.fixture
def crm() -> Crm:
    """A database with six birthdays today and a limit of two on a day."""
    crm = Crm(memory=True, today=TODAY)
    crm.init(name="Robin", per_day=2)
    for name in ("Ann", "Bob", "Cyd", "Dan", "Eve", "Fay"):
        crm.add(name, birthday=TODAY.replace(year=1990))
    return crm


def test_two_a_day(crm: Crm) -> None:
    """Two follow-ups come each day; undone ones stay, and a done one is not replaced on the same day."""
    assert shown(crm) == ["Ann", "Bob"]
    assert shown(crm, TODAY + DAY) == ["Ann", "Bob", "Cyd", "Dan"]
    crm.done(crm.due()[0].id)
    assert shown(crm) == ["Bob"]
    assert shown(crm, TODAY + 2 * DAY) == ["Bob", "Cyd", "Dan", "Eve", "Fay"]
    eve = next(follow_up for follow_up in crm.plan() if follow_up.contact and follow_up.contact.name == "Eve")
    assert (eve.status, eve.due, eve.moved_from) == ("upcoming", TODAY + 2 * DAY, TODAY)
    assert any("moved to 2026-11-25" in line for line in crm.why(eve.id).lines)


def test_who_is_added_comes_last(crm: Crm) -> None:
    """A new contact waits for a free day, and the shown follow-ups stay."""
    crm.add("Gus", birthday=TODAY.replace(year=1980))
    assert shown(crm) == ["Ann", "Bob"]
    assert shown(crm, TODAY + 3 * DAY)[-1] == "Gus"


def test_a_snooze_is_kept_to_the_day(crm: Crm) -> None:
    """A snoozed follow-up comes on its day, even if that is full; its place today stays empty."""
    crm.snooze(crm.due()[0].id, until="1 day")
    assert shown(crm) == ["Bob"]
    assert sorted(shown(crm, TODAY + DAY)) == ["Ann", "Bob", "Cyd"]


def test_without_a_limit_all_come(crm: Crm) -> None:
    """The limit is off with “off” and with an empty value."""
    crm.init(per_day="off")
    assert len(shown(crm)) == 6
    assert crm.profile().per_day is None
    crm.init(per_day=3)
    crm.init(per_day="")
    assert len(shown(crm)) == 6


@pytest.mark.parametrize("wrong", [0, -1, 1001, "many", "2.5"])
def test_a_limit_is_a_number(wrong: int | str) -> None:
    """An invalid limit is refused, with the values it takes."""
    with pytest.raises((InputError, RequestError), match=r"give the largest number of follow-ups for a day, or off"):
        Crm(memory=True).init(per_day=wrong)
