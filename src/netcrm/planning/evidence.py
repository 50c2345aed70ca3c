"""The events of the history that count for a cause, and the day from which they count. Pure.

A state (connected on LinkedIn) counts no matter when it began. So does a milestone of the same
offer or job. Contact on a channel counts from the day that the step counts from. Any other
event counts from the day of the cause.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from netcrm.domain.vocabulary import CONTACT, MILESTONES, STATES
from netcrm.planning.history import Event

EventsByKind = Mapping[str, Sequence[Event]]


def is_cause(cause: Event, event: Event) -> bool:
    """Whether an event is the cause itself. One interaction may be several events; all of them are the cause."""
    same = event.kind == cause.kind or event.source.startswith("interaction:")
    return same and event.source == cause.source


def concerns(cause: Event, event: Event) -> bool:
    """Whether an event may count for a cause: it is not the cause itself, and not about another offer or job."""
    return not is_cause(cause, event) and (cause.about is None or event.about in (None, cause.about))


def counts_since(cause: Event, kind: str, contact_since: date) -> date:
    """The day from which events of a kind count for a cause; contact counts from `contact_since`."""
    if kind in CONTACT:
        return contact_since
    always = kind in STATES or (kind in MILESTONES and cause.about is not None)
    return date.min if always else cause.day


def holds(
    cause: Event,
    kinds: frozenset[str],
    groups: Iterable[EventsByKind],
    contact_since: date,
    base: Event,
    until: date = date.max,
) -> bool:
    """Whether an event of one of these kinds, other than `base`, happened in time to count."""
    for events in groups:
        if kinds.isdisjoint(events):
            continue
        for kind in kinds & events.keys():
            since = counts_since(cause, kind, contact_since)
            for event in events[kind]:
                if since <= event.day <= until and event != base and concerns(cause, event):
                    return True
    return False


def number_of(cause: Event, kind: str, groups: Iterable[EventsByKind], contact_since: date, base: Event) -> int:
    """The number of events of a kind, other than `base`, that happened in time to count."""
    since = counts_since(cause, kind, contact_since)
    in_time = (event for events in groups for event in events.get(kind, ()) if event.day >= since and event != base)
    return len({event.source for event in in_time if concerns(cause, event)})


def first(cause: Event, kind: str, groups: Iterable[EventsByKind], last: date) -> Event | None:
    """The first event of a kind that counts for the cause and happened by the last day."""
    earliest, since = None, counts_since(cause, kind, cause.day)
    for events in groups:
        for event in events.get(kind, ()):
            before = earliest is None or (event.day, event.source) < (earliest.day, earliest.source)
            if before and since <= event.day <= last and concerns(cause, event):
                earliest = event
    return earliest


def nth(cause: Event, number: int, kind: str, groups: Iterable[EventsByKind], last: date) -> Event | None:
    """The event that brings those of a kind to a number: with 2, the second one that counts by the last day."""
    if number == 1:
        return first(cause, kind, groups, last)
    since = counts_since(cause, kind, cause.day)
    in_time = {event for events in groups for event in events.get(kind, ()) if since <= event.day <= last}
    by_source = {event.source: event for event in in_time if concerns(cause, event)}
    ordered = sorted(by_source.values(), key=lambda event: (event.day, event.source))
    return ordered[number - 1] if len(ordered) >= number else None
