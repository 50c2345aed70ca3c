"""What comes round: cadences, when somebody has been silent for long enough, and yearly days. Pure.

A playbook with `every` says how long that is: for a contact's own cadence, for a tag, for a
tier, the nearest first. It counts from the last contact on any channel, or from the day on
which its step was last done or skipped. Who does not answer is asked for half as often, and
then rests; anything from them wakes them. Who is ignored is asked for again each time the
cadence comes round. A playbook that is `yearly` runs once for each year's return of a day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from netcrm.domain.dates import Calendar, Span, parse_span
from netcrm.domain.vocabulary import OFF, SILENT
from netcrm.planning.history import ContactView, Event, Touch

ONE_TRY = timedelta(weeks=2)
"""Messages that follow each other within so long are one attempt; the number is own."""

TRIES = 2
"""After so many attempts without an answer I write half as often, after one more not at all (Pollak; number own)."""

OWN = "own"
"""The rule that is a contact's own."""

Every = Sequence[tuple[str, Span | None]]
"""How often to be in touch, by “tag:NAME” or “tier:A”; None is “off”."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a contact's cadence stands: how often, by which rule, and whether they rest because they don't answer."""

    span: Span
    rule: str
    tries: int

    @property
    def rests(self) -> bool:
        return self.tries > TRIES

    @property
    def slowed(self) -> Span:
        """The span that holds now: twice as long once nobody answered twice."""
        return Span(self.span.count * 2, self.span.unit) if self.tries >= TRIES else self.span

    @property
    def reason(self) -> str | None:
        """Why they rest."""
        return f"no answer to {self.tries} attempts" if self.rests else None


def rhythm(touch: Touch, person: ContactView, every: Every) -> Rhythm | None:
    """The cadence that holds for a contact; None where there is none, or it is off."""
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
    """How often I have tried since they last took part."""
    tries, before = 0, date.min
    for day in sorted(touch.tries):
        if touch.heard is None or day > touch.heard:
            tries += before == date.min or day - before > ONE_TRY
            before = day
    return tries


def silence(
    touch: Touch, person: ContactView, every: Every, answered: date, calendar: Calendar, today: date
) -> Event | None:
    """When a contact has been, or will have been, silent for as long as their cadence says; None if they have none.

    `answered` is the last day on which the step was done or skipped.
    """
    pace = rhythm(touch, person, every)
    if pace is None or pace.rests:
        return None
    base = max(touch.last, answered)
    return Event(SILENT, person.id, _round(base, pace.slowed, calendar, today), None, f"contact:{person.uid}@{base}")


def _round(base: date, span: Span, calendar: Calendar, today: date) -> date:
    """The last day, of those that lie whole spans after another, that is not after today; else the first of them."""
    count = max(1, (today - base).days // span.at_most)
    day = calendar.add(base, Span(span.count * count, span.unit))
    while (later := calendar.add(base, Span(span.count * (count + 1), span.unit))) <= today:
        day, count = later, count + 1
    return day


def anniversaries(event: Event, today: date) -> Iterator[Event]:
    """The last return of a day and the next one, each an event of its own year. 29 February returns on the 28th."""
    returns = [_in_year(event, year) for year in range(today.year - 1, today.year + 2) if year > event.day.year]
    past, ahead = ([one for one in returns if (one.day > today) == later] for later in (False, True))
    yield from (*past[-1:], *ahead[:1])


def _in_year(event: Event, year: int) -> Event:
    day = Calendar().add(event.day, Span(year - event.day.year, "year"))
    return event._replace(day=day, source=f"{event.source}@{year}")
