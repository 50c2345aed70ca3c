"""The daily limit: at most a set number of follow-ups on a day; the least urgent move to a later day. Pure.

The days are filled in order, from the first on which a follow-up is due. On each day, those that
must not wait longer come first, then the most urgent of the others, until the day is full. What is
left waits for the next day. No follow-up moves past the day after which it is overdue.

Each day depends only on what was known by then. So adding a contact does not change what was
shown yesterday, and an answered follow-up keeps its place on its day.

Follow-ups of one cause for people of one company or offer stay within two days of each other;
calls stay within two business days. A snoozed follow-up comes on its day.
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
"""The properties that are equal for follow-ups that come within two days of each other."""


def within_budget(
    follow_ups: Iterable[FollowUp], history: History, decisions: Iterable[Answer], per_day: int, today: date
) -> list[FollowUp]:
    """The follow-ups on the days on which they come with at most `per_day` on a day, the most urgent first."""
    wanted = list(follow_ups)
    claims = [_claim(item, history.calendar) for item in wanted if item.due and item.status != "held"]
    people = {person.uid: person for person in history.people.values()}
    places: dict[date, int] = defaultdict(lambda: per_day)
    begun: dict[Batch, date] = {}
    for answer in decisions:
        if answer.due:
            places[answer.due] -= 1
            batch = _batch(answer.playbook, answer.step, answer.cause, people.get(answer.contact))
            begun[batch] = min(answer.due, begun.get(batch, answer.due))
    days = _days(claims, places, begun, history.calendar)
    moved = [_moved(item, days[item.key], today) if item.key in days else item for item in wanted]
    return sorted(moved, key=lambda item: (URGENCY[item.status], item.due or date.max))


def _moved(follow_up: FollowUp, day: date, today: date) -> FollowUp:
    if day == follow_up.due:
        return follow_up
    status = status_on(day, follow_up.overdue_after, follow_up.snoozed_until, today)
    return replace(follow_up, due=day, moved_from=follow_up.due, status=status)


# --------------------------------------------------------------------------- claims


class _Claim(NamedTuple):
    """A follow-up that asks for a day from `arrives` to `latest`. The most urgent claim sorts first."""

    latest: date
    place: tuple[bool, int, str]
    key: str
    arrives: date
    batch: Batch
    is_call: bool


def _claim(follow_up: FollowUp, calendar: Calendar) -> _Claim:
    """The claim of a follow-up; it arrives when the contact was added, if that was after the due day."""
    contact = follow_up.contact
    is_call, due = follow_up.channel in VOICE, follow_up.due or date.max
    arrives = max(due, (contact and contact.added_on) or due)
    latest = min(follow_up.overdue_after or date.max, follow_up.expires_on or date.max)
    if is_call:
        arrives, latest = calendar.on_or_after(arrives), calendar.on_or_before(latest)
    return _Claim(
        latest=arrives if follow_up.snoozed_until else max(arrives, latest),
        place=(contact is not None, contact.id if contact else 0, follow_up.step),
        key=follow_up.key,
        arrives=arrives,
        batch=_batch(follow_up.playbook, follow_up.step, follow_up.cause_key, contact),
        is_call=is_call,
    )


def _batch(playbook: str, step: str, cause: str, person: ContactView | None) -> Batch:
    """The batch of a follow-up: the people of an offer are one batch, others are one for each company."""
    where = "" if person is None or "|offer:" in cause else person.company or person.uid
    return playbook, step, cause, where.casefold()


# --------------------------------------------------------------------------- day by day


def _days(
    claims: Iterable[_Claim], places: Mapping[date, int], begun: Mapping[Batch, date], calendar: Calendar
) -> Mapping[str, date]:
    """The day of each claim, given the places of each day and the days on which batches have begun."""
    ahead = sorted(claims, key=lambda claim: claim.arrives, reverse=True)
    queue, day = _Queue(begun, calendar), date.min
    while ahead or queue.waiting:
        day = day + timedelta(days=1) if queue.waiting else ahead[-1].arrives
        while ahead and ahead[-1].arrives <= day:
            queue.push(ahead.pop(), day)
        queue.land(day, places[day])
    return queue.days


class _Queue:
    """The claims that wait for a day, the most urgent first, and the days of those that have one."""

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
        """Let a claim wait from a day on; if its batch has begun, it waits two days at most."""
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
        """Give a day to the claims that must have it, then to the most urgent others while it has places."""
        is_open, closed = self._calendar.is_business(day), list[_Claim]()
        while self._heap:
            claim = self._heap[0]
            if self.waiting.get(claim.key) != claim:
                heappop(self._heap)
            elif claim.is_call and not is_open:
                closed.append(heappop(self._heap))
            elif claim.latest <= day or places > 0:
                places -= 1
                self._take(heappop(self._heap), day)
            else:
                break
        for claim in closed:
            heappush(self._heap, claim)
        for batch in self._begins.pop(day, ()):
            for claim in self._batches[batch]:
                if claim.key in self.waiting:
                    # Not `day`: if an answer began the batch, one of its claims may have got an earlier day.
                    self._wait(self._hurried(claim, self._begun[batch]))

    def _take(self, claim: _Claim, day: date) -> None:
        del self.waiting[claim.key]
        self.days[claim.key] = day
        if day < self._begun.get(claim.batch, date.max):
            self._begun[claim.batch] = day
            self._begins[day].append(claim.batch)
