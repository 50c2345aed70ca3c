"""Quiet: may I announce the new job yet? Pure; what blocks, and the first day on which nothing does.

Nobody who made you an offer should read in public what you have not told them, and nothing
should be public that can still fall through (tsminteractive: keep quiet on social media
until everything is lined up). So it is quiet while an offer is undecided, while somebody who
was turned down has not heard it from you, and until the accepted job is signed, cleared and
lifted: on its first day, or whenever you set.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from netcrm.domain.dates import Calendar, Span, parse_span, subtract
from netcrm.planning.history import Stake

SEASON = Span(1, "year")
"""What was decided, or had to be, longer ago than this blocks nothing any more; the number is own."""

LIFTS = ("start", "signed")
"""When quiet may end at the earliest, by name; a span such as "14 days" counts from the first day."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that keeps it quiet: about which offer, what, and the day it ends, if that is known."""

    offer: int
    what: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """Whether it must be quiet, why, and the first safe day; None where nobody can say it yet."""

    blockers: tuple[Blocker, ...]
    first_day: date | None

    @property
    def lifted(self) -> bool:
        return not self.blockers


def quiet(stakes: Iterable[Stake], today: date, lift: str = "start", calendar: Calendar | None = None) -> Quiet:
    """What blocks an announcement today. `lift` is one of `LIFTS`, or a span after the first day on my calendar."""
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
            yield Blocker(stake.id, f"{stake.organisation} has not heard from you that you declined")


def _of_chosen(stake: Stake, today: date, lift: str, calendar: Calendar) -> Iterator[Blocker]:
    if stake.started_on is None or stake.started_on > today:
        for day, what in ((stake.signed_on, "contract is not signed"), (stake.cleared_on, "checks are not cleared")):
            if day is None or day > today:
                yield Blocker(stake.id, f"the {stake.organisation} {what}", day)
    if lift == "signed":
        return
    first = stake.started_on or stake.starts_on
    if first is None:
        yield Blocker(stake.id, f"no first day at {stake.organisation} is set")
        return
    lifted = first if lift == "start" else calendar.add(first, parse_span(lift))
    if today < lifted:
        when = "starts" if first > today else "started"
        after = "" if lift == "start" else f", and quiet lasts {lift} more"
        yield Blocker(stake.id, f"{stake.organisation} {when} on {first}{after}", lifted)
