"""Causes that come round: cadences, which end a silence, and yearly days. Pure.

A playbook with `every` has a cadence for each contact: the contact's own, else that of a tag, else
that of the tier. It counts from the last contact on any channel, or from the day its step was last
done or skipped. If a contact does not answer, their follow-ups come half as often, and then pause;
any contact from them ends the pause. A follow-up that is ignored comes again at the next round. A
`yearly` playbook runs once for each year's return of a day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from netcrm.domain.dates import Calendar, Span, parse_span
from netcrm.domain.vocabulary import OFF, SILENT
from netcrm.planning.history import ContactView, Event, Touch

ONE_TRY = timedelta(weeks=2)
"""Messages within this time of each other are one attempt; the number is netcrm's own choice."""

TRIES = 2
"""After this many attempts without an answer a cadence halves; after one more the contact rests.

The idea is Pollak's, the number netcrm's own choice.
"""

OWN = "own"
"""The name of the rule that is set on the contact."""

Every = Sequence[tuple[str, Span | None]]
"""The span of a cadence by “tag:NAME” or “tier:A”; None means “off”."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A contact's cadence: its span, the rule that sets it, and the attempts since the contact last took part."""

    span: Span
    rule: str
    tries: int

    @property
    def rests(self) -> bool:
        return self.tries > TRIES

    @property
    def slowed(self) -> Span:
        """The span that holds now: twice as long after `TRIES` attempts without an answer."""
        return Span(self.span.count * 2, self.span.unit) if self.tries >= TRIES else self.span

    @property
    def reason(self) -> str | None:
        """The reason for the rest, if the contact rests."""
        return f"no answer to {self.tries} attempts" if self.rests else None


def rhythm(touch: Touch, person: ContactView, every: Every) -> Rhythm | None:
    """The cadence that holds for a contact; None if there is none, or it is off."""
    cadence = _cadence(touch, person, every)
    return Rhythm(cadence.span, cadence.rule, _tries(touch)) if cadence else None


class _Cadence(NamedTuple):
    """A span, and the rule that sets it."""

    span: Span
    rule: str


def _cadence(touch: Touch, person: ContactView, every: Every) -> _Cadence | None:
    if touch.every == OFF:
        return None
    if touch.every:
        return _Cadence(parse_span(touch.every), OWN)
    tags = [(rule, span) for rule, span in every if rule.startswith("tag:") and rule[4:] in person.tags]
    tiers = [(rule, span) for rule, span in every if rule == f"tier:{person.tier}"]
    cadences = []
    for rule, span in tags or tiers:
        if span is None:
            return None
        cadences.append(_Cadence(span, rule))
    return min(cadences, key=lambda cadence: cadence.span.at_most, default=None)


def _tries(touch: Touch) -> int:
    """The number of attempts since the contact last took part."""
    tries, before = 0, date.min
    for day in sorted(touch.tries):
        if touch.heard is None or day > touch.heard:
            tries += before == date.min or day - before > ONE_TRY
            before = day
    return tries


def silence(
    touch: Touch, person: ContactView, every: Every, answered: date, calendar: Calendar, today: date
) -> Event | None:
    """The event that a contact's cadence comes round; None if they have none, or rest.

    `answered` is the last day on which the step was done or skipped.
    """
    pace = rhythm(touch, person, every)
    if pace is None or pace.rests:
        return None
    base = max(touch.last, answered)
    return Event(SILENT, person.id, _round(base, pace.slowed, calendar, today), None, f"contact:{person.uid}@{base}")


def _round(base: date, span: Span, calendar: Calendar, today: date) -> date:
    """The last day that is a whole number of spans after `base` and not after today; else the first such day."""
    count = max(1, (today - base).days // span.at_most)
    day = calendar.add(base, Span(span.count * count, span.unit))
    while (later := calendar.add(base, Span(span.count * (count + 1), span.unit))) <= today:
        day, count = later, count + 1
    return day


def anniversaries(event: Event, today: date) -> Iterator[Event]:
    """The last return of a yearly day and the next one, each an event of its year. 29 February returns on the 28th."""
    returns = [_in_year(event, year) for year in range(today.year - 1, today.year + 2) if year > event.day.year]
    past = [event for event in returns if event.day <= today]
    ahead = [event for event in returns if event.day > today]
    yield from (*past[-1:], *ahead[:1])


def _in_year(event: Event, year: int) -> Event:
    day = Calendar().add(event.day, Span(year - event.day.year, "year"))
    return event._replace(day=day, source=f"{event.source}@{year}")
