"""A step made ready for planning: what settles it, and on which days it is due. Pure.

A step with `spread` is not due for a whole batch of people at once. Each person has a `Delay`,
which depends only on people who were there before them, so adding a person moves no other.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, partial
from typing import NamedTuple
from zlib import crc32

from netcrm.domain.dates import LONGEST_CLOSURE, Calendar, Span, Unit, subtract
from netcrm.domain.vocabulary import VOICE, Condition, counted
from netcrm.planning.history import ContactView
from netcrm.playbooks.model import Step

TOGETHER = 2
"""The people of one company are asked for within this many days, since they talk; the number is netcrm's own choice."""


class Delay(NamedTuple):
    """The time by which a step is due later for one person than for the first of a batch.

    `company_units` are units of the step's `spread`, the same for all people of a company.
    `days` are calendar days on top, for the person within their company.
    """

    company_units: int
    days: int


NO_DELAY = Delay(0, 0)


class Places(NamedTuple):
    """The positions of people in a batch.

    `numbers` counts people within their role on an offer; `met_at` is the company whose offer
    they were on; `companies` is the order of those companies. An offer's people are `is_one_batch`.
    """

    numbers: Mapping[int, int]
    met_at: Mapping[int, str]
    companies: Mapping[str, int]
    is_one_batch: bool = False


NOWHERE = Places({}, {}, {})


class StepDates(NamedTuple):
    """The days of a step for one person. Contact settles it from `contact_since` on; a waiting step is not due."""

    due: date | None
    overdue_after: date | None
    expires_on: date
    contact_since: date


class StepSchedule:
    """A step made ready: what settles it, and its dates, each worked out once.

    `position` is its place in the playbook. A cause from before `oldest` no longer asks for the
    step, unless it was snoozed. When the step has expired for the first of a batch, it has
    expired for the last within `slack`. Its dates are `is_common` to all people if only events
    of the offer or job can move them.
    """

    def __init__(self, step: Step, position: int, calendar: Calendar, today: date) -> None:
        self.step, self.position = step, position
        self.oldest = today - timedelta(days=step.at_most)
        self.names = (step.name, *step.was)
        settling = [counted(condition) for condition in step.settled_by]
        self.kinds = frozenset(condition.kind for condition in settling if condition.number == 1)
        self.repeated = [condition for condition in settling if condition.number > 1]
        self.contact_kinds = step.said
        opener = step.after or step.upon
        self.opener: Condition | None = counted(opener) if opener else None
        movers = (self.opener.kind if self.opener else "", step.at or "")
        self.is_common = all(kind.startswith(("offer.", "job.")) for kind in movers if kind)
        spread = step.spread or Span(0, "day")
        units = spread.count if spread.unit == "business day" else spread.at_least
        self.is_spread = units > 0
        self.slack = timedelta(days=spread.at_most + 2 * LONGEST_CLOSURE if self.is_spread else 0)
        self._longest = Delay(max(0, units - TOGETHER), min(units, TOGETHER))
        self.dates = cache(partial(_dates, calendar, step))
        self.waits_until = cache(partial(calendar.add, span=step.within or Span(0, "day")))
        self.once_since = cache(partial(subtract, span=step.once or Span(0, "day")))
        self.late_after = cache(partial(calendar.add, span=step.late or Span(0, "day")))

    def delay(self, places: Places, person: ContactView | None) -> Delay:
        """The delay of a person in a batch.

        The people of an offer come together, ordered by their role. Other people come by their
        company, or the company whose offer they were on: in the order of a season's offers,
        else by a checksum of the company's name.
        """
        if not self.is_spread or person is None:
            return NO_DELAY
        days = places.numbers.get(person.id, person.id) % (self._longest.days + 1)
        if places.is_one_batch and person.id in places.numbers:
            return Delay(0, days)
        company = (person.company or places.met_at.get(person.id, "")).casefold()
        place = places.companies.get(company)
        if place is None:
            place = crc32(company.encode()) if company else person.id
        return Delay(place % (self._longest.company_units + 1), days)

    def is_once(self, first: date, second: date) -> bool:
        """Whether `once` spans the days of two causes, so that only one of them asks for the step."""
        return self.once_since(max(first, second)) <= min(first, second)


def _dates(
    calendar: Calendar, step: Step, base: date, set_to: date | None, snoozed_until: date | None, delay: Delay
) -> StepDates:
    """A step's dates, counted from its base day; `set_to` is the day that its `at` names."""
    natural = calendar.add(base, step.due)
    due = _workable(calendar, step, set_to or natural)
    overdue_after = None
    if step.overdue:
        # A day that is set later leaves as much time as the rule does.
        later = max(due - natural, timedelta()) if set_to else timedelta()
        overdue_after = max(due, calendar.add(base, step.overdue) + later)
    if delay != NO_DELAY:
        due = _delayed(calendar, step, due, overdue_after, delay)
    if snoozed_until and snoozed_until > due:
        due = _workable(calendar, step, snoozed_until)
    overdue_after = overdue_after and max(due, overdue_after)
    start = min(base, natural)
    contact_since = max(start, subtract(due, step.opens)) if step.opens else start
    return StepDates(due, overdue_after, calendar.add(due, step.expires), contact_since)


def _workable(calendar: Calendar, step: Step, day: date) -> date:
    """The first day on which the step can be done: a call needs a business day."""
    return calendar.on_or_after(day) if step.channel in VOICE else day


def _delayed(calendar: Calendar, step: Step, due: date, overdue_after: date | None, delay: Delay) -> date:
    """The due day of one person in a batch: never before the batch's due day, never after the step is overdue."""
    first = _workable(calendar, step, calendar.add(due, Span(delay.company_units, _unit(step))))
    day = first + timedelta(days=delay.days)
    if step.channel in VOICE and not calendar.is_business(day):
        day = first
    if overdue_after and day > overdue_after:
        day = calendar.on_or_before(overdue_after) if step.channel in VOICE else overdue_after
    return max(due, day)


def _unit(step: Step) -> Unit:
    return "business day" if step.spread and step.spread.unit == "business day" else "day"
