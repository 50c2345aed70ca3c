"""The quiet period: its reasons, and the first safe day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.planning.history import Stake
from netcrm.planning.quiet_period import Quiet, quiet

TODAY = date(2026, 11, 23)
START = date(2027, 1, 4)
SAFE = Stake(id=1, organisation="Acme", decision="accepted", decided_on=TODAY, signed_on=TODAY, cleared_on=TODAY)

days = st.integers(-500, 120).map(lambda offset: TODAY + timedelta(days=offset))
maybe = st.none() | days
stakes = st.builds(
    Stake,
    id=st.integers(1, 9),
    organisation=st.sampled_from(("Acme", "Globex")),
    decision=st.sampled_from((None, "declined", "accepted")),
    **dict.fromkeys(("received_on", "respond_by", "signed_on", "cleared_on", "starts_on", "told_on"), maybe),
    decided_on=days,
    started_on=maybe,
)
lifts = st.sampled_from(("start", "signed", "14 days", "3 months"))


def blocked(*stakes: Stake, lift: str = "start", on: date = TODAY) -> list[str]:
    """The reasons as texts."""
    return [blocker.what for blocker in quiet(stakes, on, lift).blockers]


@given(offers=st.lists(stakes, max_size=4), lift=lifts)
def test_the_first_safe_day_is_safe(offers: list[Stake], lift: str) -> None:
    """On the first safe day no reason is left, if nothing else happens; it is never before today."""
    state = quiet(offers, TODAY, lift)
    if state.first_day is not None:
        assert state.first_day >= TODAY
        assert quiet(offers, state.first_day, lift).lifted
    assert state.lifted == (state.first_day == TODAY and not state.blockers)


@given(offers=st.lists(stakes, max_size=4, unique_by=lambda stake: stake.id), lift=lifts, chance=st.randoms())
def test_the_order_of_offers_is_irrelevant(offers: list[Stake], lift: str, chance: object) -> None:
    """The order of the offers does not matter."""
    backwards = quiet(list(reversed(offers)), TODAY, lift)
    assert set(backwards.blockers) == set(quiet(offers, TODAY, lift).blockers)


def test_nothing_to_announce_is_nothing_to_keep_quiet() -> None:
    """Without offers there is no quiet period."""
    assert quiet([], TODAY) == Quiet((), TODAY)


@pytest.mark.parametrize(
    ("stake", "expected"),
    [
        (Stake(id=1, organisation="Acme"), ["the Acme offer is undecided"]),
        (Stake(id=1, organisation="Acme", respond_by=TODAY - timedelta(days=400)), []),
        (Stake(id=1, organisation="Acme", received_on=TODAY - timedelta(days=400)), []),
        (
            Stake(id=1, organisation="Acme", decision="declined", decided_on=TODAY),
            ["you have not told Acme yet that you declined"],
        ),
        (Stake(id=1, organisation="Acme", decision="declined", decided_on=TODAY, told_on=TODAY), []),
        (
            Stake(id=1, organisation="Acme", decision="accepted", decided_on=TODAY),
            ["the Acme contract is not signed", "the Acme checks are not cleared", "your first day at Acme is not set"],
        ),
        (replace(SAFE, starts_on=START), ["your job at Acme starts on 2027-01-04"]),
        (replace(SAFE, starts_on=TODAY), []),
        (Stake(id=1, organisation="Acme", decision="accepted", decided_on=TODAY, started_on=TODAY), []),
    ],
)
def test_what_blocks(stake: Stake, expected: list[str]) -> None:
    """Undecided offers, untold companies and an unsigned, uncleared or unstarted job count; old offers do not."""
    assert blocked(stake) == expected


@pytest.mark.parametrize(
    ("lift", "first"),
    [("signed", TODAY), ("start", START), ("14 days", date(2027, 1, 18)), ("3 months", date(2027, 4, 4))],
)
def test_when_it_lifts_is_a_setting(lift: str, first: date) -> None:
    """The quiet period ends on the day of signing, on the first day, or a span after it, and not earlier."""
    stake = replace(SAFE, starts_on=START)
    assert quiet([stake], TODAY, lift).first_day == first
    assert quiet([stake], first, lift).lifted
    assert not quiet([stake], first - timedelta(days=1), lift).lifted


def test_after_the_start_it_may_last() -> None:
    """A span counts from the day the job really started."""
    stake = replace(SAFE, starts_on=TODAY, started_on=TODAY)
    assert blocked(stake, lift="14 days") == [
        "your job at Acme started on 2026-11-23, and the quiet period lasts 14 days more"
    ]
