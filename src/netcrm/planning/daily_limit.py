"""So many follow-ups a day: the least urgent come later, none when it is overdue. Pure.

Day by day, from the first that something is due: what must be done that day comes, then the
most urgent of the rest, until the day is full; what is left waits for the next. Each day
hangs only on what was there by then, so what was shown yesterday is shown today, whoever is
added since; and what was answered keeps the place it had, so that nothing takes it.

People of one company, or of one offer, whom the same cause asks for, come within two days of
each other also here; calls, which come on business days, within two of those. What was
snoozed comes on its day.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from heapq import heappop, heappush
from typing import NamedTuple

from netcrm.domain.dates import Calendar, Span
from netcrm.domain.vocabulary import VOICE
from netcrm.planning.follow_up import URGENCY, FollowUp, status_on
from netcrm.planning.history import Answer, ContactView, History
from netcrm.planning.step_schedule import TOGETHER

Batch = Hashable
"""What a follow-up has in common with those that are to come within two days of it."""


def within_budget(
    follow_ups: Iterable[FollowUp], history: History, decisions: Iterable[Answer], per_day: int, today: date
) -> list[FollowUp]:
    """The follow-ups on the days when they come if no more than so many do in a day, the most urgent first."""
    found = list(follow_ups)
    claims = [_claim(one, history.calendar) for one in found if one.due and one.status != "held"]
    people = {person.uid: person for person in history.people.values()}
    places: dict[date, int] = defaultdict(lambda: per_day)
    begun: dict[Batch, date] = {}
    for answer in decisions:
        if answer.due:
            places[answer.due] -= 1
            batch = _batch(answer.playbook, answer.step, answer.cause, people.get(answer.contact))
            begun[batch] = min(answer.due, begun.get(batch, answer.due))
    days = _landed(claims, places, begun, history.calendar)
    moved = [_moved(one, days[one.key], today) if one.key in days else one for one in found]
    return sorted(moved, key=lambda one: (URGENCY[one.status], one.due or date.max))


def _moved(one: FollowUp, day: date, today: date) -> FollowUp:
    if day == one.due:
        return one
    status = status_on(day, one.overdue_after, one.snoozed_until, today)
    return replace(one, due=day, moved_from=one.due, status=status)


# --------------------------------------------------------------------------- what is asked for


class _Claim(NamedTuple):
    """A follow-up that asks for a day: from `arrives` on, on `latest` at the latest. The most urgent is the least."""

    latest: date
    place: tuple[bool, int, str]
    key: str
    arrives: date
    batch: Batch
    is_call: bool


def _claim(one: FollowUp, calendar: Calendar) -> _Claim:
    """Who was not yet known when it was due is asked for from the day they were added on: until then nobody was."""
    is_call, due = one.channel in VOICE, one.due or date.max
    arrives = max(due, (one.contact and one.contact.added_on) or due)
    latest = min(one.overdue_after or date.max, one.expires_on or date.max)
    if is_call:
        arrives, latest = calendar.on_or_after(arrives), calendar.on_or_before(latest)
    latest = arrives if one.snoozed_until else max(arrives, latest)
    place = (one.contact is not None, one.contact.id if one.contact else 0, one.step)
    return _Claim(
        latest=latest,
        place=place,
        key=one.key,
        arrives=arrives,
        batch=_batch(one.playbook, one.step, one.cause_key, one.contact),
        is_call=is_call,
    )


def _batch(playbook: str, step: str, cause: str, person: ContactView | None) -> Batch:
    """The people of an offer come together; others by their company."""
    where = "" if person is None or "|offer:" in cause else person.company or person.uid
    return playbook, step, cause, where.casefold()


# --------------------------------------------------------------------------- day by day


def _landed(
    claims: Iterable[_Claim], places: Mapping[date, int], begun: Mapping[Batch, date], calendar: Calendar
) -> Mapping[str, date]:
    """The day of each claim, where days have so many places, and some batches had begun."""
    ahead = sorted(claims, key=lambda claim: claim.arrives, reverse=True)
    queue, day = _Queue(begun, calendar), date.min
    while ahead or queue.waiting:
        day = day + timedelta(days=1) if queue.waiting else ahead[-1].arrives
        while ahead and ahead[-1].arrives <= day:
            queue.push(ahead.pop(), day)
        queue.land(day, places[day])
    return queue.days


class _Queue:
    """The claims that wait for a day, the most urgent first, and the days of those that wait no more."""

    def __init__(self, begun: Mapping[Batch, date], calendar: Calendar) -> None:
        self.days: dict[str, date] = {}
        self.waiting: dict[str, _Claim] = {}
        self._calendar = calendar
        self._begun = dict(begun)
        self._begins: dict[date, list[Batch]] = defaultdict(list)
        for batch, day in begun.items():
            self._begins[day].append(batch)
        self._batches: dict[Batch, list[_Claim]] = defaultdict(list)
        self._heap: list[_Claim] = []

    def push(self, claim: _Claim, day: date) -> None:
        """Let a claim wait from a day on; once its batch has begun, it has two days left."""
        self._batches[claim.batch].append(claim)
        began = self._begun.get(claim.batch, date.max)
        self._wait(self._hurried(claim, began) if began < day else claim)

    def _wait(self, claim: _Claim) -> None:
        self.waiting[claim.key] = claim
        heappush(self._heap, claim)

    def _hurried(self, claim: _Claim, began: date) -> _Claim:
        last = self._calendar.add(began, Span(TOGETHER, "business day" if claim.is_call else "day"))
        return claim._replace(latest=max(claim.arrives, min(claim.latest, last)))

    def land(self, day: date, places: int) -> None:
        """Let come on a day what must, and of the rest as much as there are places for."""
        is_open, closed = self._calendar.is_business(day), list[_Claim]()
        while self._heap:
            claim = self._heap[0]
            if self.waiting.get(claim.key) != claim:
                heappop(self._heap)
            elif claim.is_call and not is_open:
                closed.append(heappop(self._heap))
            elif claim.latest <= day or places > 0:
                places -= 1
                self._come(heappop(self._heap), day)
            else:
                break
        for claim in closed:
            heappush(self._heap, claim)
        for batch in self._begins.pop(day, ()):
            for claim in self._batches[batch]:
                if claim.key in self.waiting:
                    # An answered follow-up may count for a later day than the first of the batch has come on.
                    self._wait(self._hurried(claim, self._begun[batch]))

    def _come(self, claim: _Claim, day: date) -> None:
        del self.waiting[claim.key]
        self.days[claim.key] = day
        if day < self._begun.get(claim.batch, date.max):
            self._begun[claim.batch] = day
            self._begins[day].append(claim.batch)
