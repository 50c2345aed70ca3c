"""Explanations: why a follow-up is there, and why on that day, in sentences. Pure.

The planner keeps no record of its arithmetic. A follow-up's `base`, its step and the calendar
are enough to repeat it, and the functions below do so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from netcrm.domain.dates import Calendar
from netcrm.domain.vocabulary import VOICE, happened
from netcrm.planning.follow_up import FollowUp
from netcrm.playbooks.model import Playbook, Step


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reasons for a follow-up and its dates; `lines` are sentences, one for each step of the arithmetic."""

    follow_up: FollowUp
    rule: str
    about: str
    lines: tuple[str, ...]
    skipped: tuple[date, ...]
    settled_by: tuple[str, ...]
    source: str


def explain(follow_up: FollowUp, playbooks: Iterable[Playbook], calendar: Calendar) -> Reasons:
    """The rule behind a follow-up, and the arithmetic of its dates."""
    book = next((book for book in playbooks if book.name == follow_up.playbook), None)
    step = next((step for step in book.steps if step.name == follow_up.step), None) if book else None
    return Reasons(
        follow_up=follow_up,
        rule=f"{follow_up.playbook} / {follow_up.step}",
        about=book.about if book else "a rule in Python",
        lines=tuple(_arithmetic(follow_up, step, calendar) if step else _of_python_rule(follow_up)),
        skipped=tuple(_skipped(follow_up, step, calendar) if step else ()),
        settled_by=step.settled_by if step else (),
        source=follow_up.source,
    )


def caused(follow_up: FollowUp) -> str:
    """The cause of a follow-up in words, and its day; for a cause that comes round, since when or that it is yearly."""
    cause = follow_up.cause
    if follow_up.is_cadence:
        _, _, since = cause.source.rpartition("@")
        return f"{happened(cause.kind)}, on {cause.day}; the last contact, or answer, was on {since}"
    return f"{happened(cause.kind)}, on {cause.day}" + (", as every year" if follow_up.comes_round else "")


def _of_python_rule(follow_up: FollowUp) -> Iterator[str]:
    if follow_up.due:
        yield f"due {follow_up.due}, as the rule says"
    if follow_up.snoozed_until:
        yield f"snoozed until {follow_up.snoozed_until}"


def _arithmetic(follow_up: FollowUp, step: Step, calendar: Calendar) -> Iterator[str]:
    base = follow_up.base or follow_up.cause
    if follow_up.due is None:
        yield f"waits, for {step.within} at most, until {happened(step.after)}"
    elif base.kind == step.at:
        yield f"due {_natural(follow_up, step, calendar)}, the day on which {happened(base.kind)}"
    else:
        if base != follow_up.cause:
            yield f"waited until {base.day}: {happened(base.kind)}"
        after = " after" if step.due.count >= 0 else ""
        yield f"due {step.due}{after} {base.day}: {calendar.add(base.day, step.due)}"
    if follow_up.snoozed_until:
        yield f"snoozed until {follow_up.snoozed_until}"
    if follow_up.due is None:
        return
    if _moved_on(follow_up, step, calendar):
        yield f"moved to a business day: {_due_for_one(follow_up, step, calendar)}"
    due = follow_up.moved_from or follow_up.due
    if due != _due_for_one(follow_up, step, calendar):
        yield f"spread over {step.spread}, so that not all of a batch falls on one day: {due}"
    if follow_up.moved_from:
        yield f"moved to {follow_up.due}: the first day with room for it (netcrm me --per-day)"
    if follow_up.overdue_after:
        yield f"overdue after {follow_up.overdue_after}"
    yield f"no longer asked for after {follow_up.expires_on}, {step.expires} after it is due"


def _natural(follow_up: FollowUp, step: Step, calendar: Calendar) -> date:
    """The day that the step's rule names, before snoozes, weekends and `spread`."""
    base = follow_up.base or follow_up.cause
    return max(base.day, follow_up.cause.day) if base.kind == step.at else calendar.add(base.day, step.due)


def _unmoved(follow_up: FollowUp, step: Step, calendar: Calendar) -> date:
    return max(_natural(follow_up, step, calendar), follow_up.snoozed_until or date.min)


def _due_for_one(follow_up: FollowUp, step: Step, calendar: Calendar) -> date:
    """The day on which the step would be due without `spread`."""
    unmoved = _unmoved(follow_up, step, calendar)
    return calendar.on_or_after(unmoved) if step.channel in VOICE else unmoved


def _moved_on(follow_up: FollowUp, step: Step, calendar: Calendar) -> bool:
    return _due_for_one(follow_up, step, calendar) != _unmoved(follow_up, step, calendar)


def _skipped(follow_up: FollowUp, step: Step, calendar: Calendar) -> Iterator[date]:
    """The days that were passed over because they are not business days."""
    base = follow_up.base or follow_up.cause
    if follow_up.due is None:
        return
    if step.due.unit == "business day" and base.kind != step.at:
        natural = _natural(follow_up, step, calendar)
        if natural >= base.day:
            yield from calendar.closed(base.day, natural)
        else:
            yield from calendar.closed(natural, base.day - timedelta(days=1))
    if step.channel in VOICE:
        unmoved = _unmoved(follow_up, step, calendar)
        yield from calendar.closed(unmoved - timedelta(days=1), _due_for_one(follow_up, step, calendar))
