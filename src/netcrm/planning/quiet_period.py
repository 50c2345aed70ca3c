"""The quiet period: the time in which you don't announce your new job yet. Pure.

People who made you an offer should not read in public what you have not told them. A job should be
announced only when it can no longer fall through (tsminteractive: keep quiet on social media until
everything is lined up). The quiet period lasts while an offer is undecided, and while a company
that you turned down has not heard it from you. It also lasts until the accepted job is signed,
cleared and started, or until the day that you set.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from netcrm.domain.dates import Calendar, Span, parse_span, subtract
from netcrm.planning.history import Stake

SEASON = Span(1, "year")
"""An offer that was decided, or had to be, longer ago blocks nothing; the number is netcrm's own choice."""

LIFTS = ("start", "signed")
"""The named ends of the quiet period; a span such as "14 days" counts from the first day instead."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason for the quiet period: the offer, the reason in words, and the day it ends, if that is known."""

    offer: int
    what: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """The reasons not to announce yet, and the first safe day; None if no safe day is known yet."""

    blockers: tuple[Blocker, ...]
    first_day: date | None

    @property
    def lifted(self) -> bool:
        return not self.blockers


def quiet(stakes: Iterable[Stake], today: date, lift: str = "start", calendar: Calendar | None = None) -> Quiet:
    """The state of the quiet period today. `lift` is one of `LIFTS`, or a span after the first day."""
    live = [stake for stake in stakes if _is_live(stake, subtract(today, SEASON))]
    accepted = [stake for stake in live if stake.decision == "accepted"]
    chosen = max(accepted, key=lambda stake: (stake.decided_on or date.min, stake.id), default=None)
    blockers = tuple(_of_others(live, today)) + (
        tuple(_of_chosen(chosen, today, lift, calendar or Calendar())) if chosen else ()
    )
    ends = [blocker.until for blocker in blockers]
    known = [end for end in ends if end is not None]
    return Quiet(blockers, max((today, *known)) if len(known) == len(ends) else None)


def _is_live(stake: Stake, since: date) -> bool:
    last = stake.decided_on or stake.respond_by or stake.received_on
    return last is None or last >= since


def _of_others(stakes: Iterable[Stake], today: date) -> Iterator[Blocker]:
    for stake in stakes:
        if stake.decision is None:
            yield Blocker(stake.id, f"the {stake.organisation} offer is undecided")
        elif stake.decision == "declined" and (stake.told_on is None or stake.told_on > today):
            yield Blocker(stake.id, f"you have not told {stake.organisation} yet that you declined")


def _of_chosen(stake: Stake, today: date, lift: str, calendar: Calendar) -> Iterator[Blocker]:
    if stake.started_on is None or stake.started_on > today:
        for day, what in ((stake.signed_on, "contract is not signed"), (stake.cleared_on, "checks are not cleared")):
            if day is None or day > today:
                yield Blocker(stake.id, f"the {stake.organisation} {what}", day)
    if lift == "signed":
        return
    first = stake.started_on or stake.starts_on
    if first is None:
        yield Blocker(stake.id, f"your first day at {stake.organisation} is not set")
        return
    lifted = first if lift == "start" else calendar.add(first, parse_span(lift))
    if today < lifted:
        starts = "starts" if first > today else "started"
        more = "" if lift == "start" else f", and the quiet period lasts {lift} more"
        yield Blocker(stake.id, f"your job at {stake.organisation} {starts} on {first}{more}", lifted)
