"""The planner: what to do next, derived from what happened and never stored. Pure.

`plan(history, playbooks, decisions, today)` is a pure function. So a moved start date moves every
open follow-up and never a finished one. An edited rule needs no regeneration, reading writes
nothing, and every due date can be explained.

A *run* is one cause, such as "you declined the Acme offer". Each step of the playbook becomes at
most one follow-up for each person it is meant for:

1. It counts from the cause's day, or from the event it waits for (`after`, `upon`).
2. It is gone once it is answered, once the history holds what it asks for, or once it has expired.
3. What is left is overdue, due, upcoming, snoozed or waiting.

`netcrm.planning.evidence` says which events count. A step with `once` is also settled if it
was settled for another cause within the time of `once`.

`netcrm.planning.window` bounds what must be read. Planning over the window gives the same
follow-ups as planning over the whole history; a test checks that law.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from itertools import chain
from typing import NamedTuple

from netcrm.domain.vocabulary import VOICE, Status
from netcrm.planning import evidence
from netcrm.planning.call_hours import Hours, best_hours
from netcrm.planning.daily_limit import within_budget
from netcrm.planning.evidence import EventsByKind
from netcrm.planning.follow_up import URGENCY, FollowUp, Rule, follow_up_key, short_ids, status_on, worded
from netcrm.planning.history import Answer, ContactView, Event, History, Subject
from netcrm.planning.runs import Index, Run, offers_of_season, runs
from netcrm.planning.step_schedule import NO_DELAY, Delay, StepDates, StepSchedule
from netcrm.playbooks.model import Playbook, Step

PUBLIC = "public"


# --------------------------------------------------------------------------- the plan


def plan(
    history: History,
    playbooks: Iterable[Playbook],
    decisions: Iterable[Answer],
    today: date,
    rules: Iterable[Rule] = (),
) -> list[FollowUp]:
    """Every open follow-up, the most urgent first: overdue, due, upcoming, snoozed, waiting.

    `decisions` are the answers given so far. `rules` are Python rules, used besides the playbooks.
    """
    books, decisions = list(playbooks), list(decisions)
    index = Index(history, decisions, {book.trigger for book in books}, today)
    entries = {entry.key: entry for book in books for entry in _of_playbook(index, book)}
    entries |= {entry.key: entry for rule in rules for entry in _of_rule(index, rule(history, today))}
    ids = short_ids(entries)
    follow_ups = [entry.with_id(ids[entry.key]) for entry in sorted(entries.values())]
    if history.per_day:
        follow_ups = within_budget(follow_ups, history, decisions, history.per_day, today)
    return _together(follow_ups)


def _together(follow_ups: list[FollowUp]) -> list[FollowUp]:
    """Link follow-ups that one call or letter can settle: same step, person and day, but different offers."""
    first: dict[tuple[object, ...], str] = {}
    for follow_up in follow_ups:
        if follow_up.contact and follow_up.about and follow_up.channel:
            if follow_up.status not in ("overdue", "due", "upcoming"):
                continue
            now = follow_up.due if follow_up.status == "upcoming" else None
            occasion = follow_up.playbook, follow_up.step, follow_up.contact.id, now
            if occasion in first:
                follow_up.together_with = first[occasion]
            else:
                first[occasion] = follow_up.id
    return follow_ups


class _Entry(NamedTuple):
    """A follow-up without its id, which depends on all others; in the plan's order when sorted."""

    order: tuple[int, date, int, str]
    key: str
    with_id: Callable[[str], FollowUp]


def _order(status: Status, due: date | None, position: int, name: str) -> tuple[int, date, int, str]:
    return URGENCY[status], due or date.max, position, name


# --------------------------------------------------------------------------- open steps


class _OpenStep(NamedTuple):
    """A step that is open for a person."""

    run: Run
    schedule: StepSchedule
    person: ContactView | None
    dates: "_Dates"


def _of_playbook(index: Index, playbook: Playbook) -> Iterator[_Entry]:
    calendar = index.history.calendar
    schedules = [StepSchedule(step, position, calendar, index.today) for position, step in enumerate(playbook.steps)]
    causes = list(runs(index, playbook))
    live = [run for run in causes if run.is_live]
    open_steps = chain.from_iterable(_of_step(run, schedule) for run in live for schedule in schedules)
    return map(_entry, _once(open_steps, cache(partial(_runs_by_person, causes, schedules))))


def _of_step(run: Run, schedule: StepSchedule) -> Iterator[_OpenStep]:
    """The step, once for each person for whom it is open."""
    is_snoozed = not run.answers.snoozed.isdisjoint(schedule.names)
    if run.waits_from < schedule.oldest and not is_snoozed:
        return
    for_all = None
    if schedule.is_common:
        opening = _opened(run, schedule, run.events(None))
        if opening is None:
            return
        for_all = _dated(run, schedule, opening, NO_DELAY)
        if not is_snoozed and run.index.today > for_all.days.expires_on + schedule.slack:
            return
    for contact in dict.fromkeys(chain.from_iterable([_audience(run, word) for word in schedule.step.to])):
        person = run.index.history.people.get(contact) if contact is not None else None
        if contact is None or person is not None:
            dates = _dates_of(run, schedule, person, for_all)
            if dates is not None:
                yield _OpenStep(run, schedule, person, dates)


def _dates_of(
    run: Run, schedule: StepSchedule, person: ContactView | None, for_all: "_Dates | None"
) -> "_Dates | None":
    """The step's dates for a person; None where it is not open. `for_all` are those that it has without a delay."""
    answer = _answer(run, schedule, person) if run.answers.by_step else None
    if answer and answer.verdict != "snoozed":
        return None
    events = run.events(person.id if person else None)
    if run.ends and evidence.holds(run.cause, run.ends, events, run.cause.day, run.cause):
        return None
    delay = schedule.delay(run.places, person) if schedule.is_spread else NO_DELAY
    dates = for_all
    if dates is None or answer or delay != NO_DELAY:
        opening = for_all.opening if for_all else _opened(run, schedule, events)
        if opening is None:
            return None
        dates = _dated(run, schedule, opening, delay, answer)
    is_open = run.index.today <= dates.days.expires_on and not _is_settled(run, schedule, person, events, dates)
    return dates if is_open else None


def _answer(run: Run, schedule: StepSchedule, person: ContactView | None) -> Answer | None:
    uid = person.uid if person else ""
    for name in schedule.names:
        if (name, uid) in run.answers.by_step:
            return run.answers.by_step[name, uid]
    return None


# --------------------------------------------------------------------------- audiences


def _audience(run: Run, word: str) -> Iterable[int | None]:
    """The contacts that an audience means; None stands for you, or for a person who is not named yet."""
    if word == "me":
        return (None,)
    if word.startswith("tag:"):
        return run.index.tagged.get(word[4:], ())
    if run.contacts:
        return run.contacts
    if run.about is None:
        return ()
    return _on_offer(run.about, word) if run.about.is_offer else _of_season(run, word)


def _on_offer(offer: Subject, word: str) -> Iterable[int | None]:
    if word == "everyone":
        return [contact for contact, role in offer.people if role != "referrer"]
    if word == "primary":
        return (offer.primary,)
    if word == "others":
        primary = offer.primary
        return [contact for contact, role in offer.people if role != "referrer" and contact != primary]
    return [contact for contact, role in offer.people if role == word]


def _of_season(run: Run, word: str) -> Iterator[int]:
    """The people of a job's season: all people of the declined offers, and those with a role on any offer."""
    for offer in offers_of_season(run.index, run.playbook, run.cause):
        for contact, role in offer.people:
            if word == role or (word == "everyone" and role != "referrer" and offer.decision == "declined"):
                yield contact


# --------------------------------------------------------------------------- dates


class _Opening(NamedTuple):
    """The event a step counts from, and the one that set its day; `waits_until` is set only while it waits."""

    base: Event
    set_by: Event | None = None
    waits_until: date | None = None


class _Dates(NamedTuple):
    """The dates of a follow-up: how its step opened, its days, and the day it was snoozed until."""

    opening: _Opening
    days: StepDates
    snoozed_until: date | None


def _opened(run: Run, schedule: StepSchedule, events: Sequence[EventsByKind]) -> _Opening | None:
    """The opening of the step, which may still wait; None if it did not open in time."""
    step, cause = schedule.step, run.cause
    base = cause
    if schedule.opener:
        last = schedule.waits_until(run.waits_from)
        opener = evidence.nth(cause, *schedule.opener, events, last)
        if opener is None:
            return None if step.upon or run.index.today > last else _Opening(cause, waits_until=last)
        base = opener if opener.day >= cause.day else cause
    if step.at is None:
        return _Opening(base)
    return _Opening(base, evidence.first(cause, step.at, events, schedule.waits_until(run.waits_from)))


def _dated(run: Run, schedule: StepSchedule, opening: _Opening, delay: Delay, answer: Answer | None = None) -> _Dates:
    """The step's dates with a delay. While it waits, it expires when the wait ends."""
    snoozed_until = answer.until if answer else None
    if opening.waits_until:
        return _Dates(opening, StepDates(None, None, opening.waits_until, date.max), snoozed_until)
    set_to = opening.set_by and max(opening.set_by.day, run.cause.day)
    return _Dates(opening, schedule.dates(opening.base.day, set_to, snoozed_until, delay), snoozed_until)


# --------------------------------------------------------------------------- settled


def _is_settled(
    run: Run, schedule: StepSchedule, person: ContactView | None, events: Sequence[EventsByKind], dates: _Dates
) -> bool:
    """Whether the history holds what the step asks for, for this cause or another one within its `once`."""
    cause, base, contact_since = run.cause, dates.opening.base, dates.days.contact_since
    if evidence.holds(cause, schedule.kinds, events, contact_since, base):
        return True
    for number, kind in schedule.repeated:
        if evidence.number_of(cause, kind, events, contact_since, base) >= number:
            return True
    return person is not None and schedule.step.once is not None and _is_settled_once(run, schedule, person)


def _is_settled_once(run: Run, schedule: StepSchedule, person: ContactView) -> bool:
    """Whether an answer, or a message on the step's topic, settled the step for another cause within its `once`."""
    since = schedule.once_since(run.cause.day)
    for name in schedule.names:
        for answer in run.index.by_step.get((run.playbook.name, name, person.uid), ()):
            if answer.verdict != "snoozed" and answer.day >= since:
                return True
    messages = run.index.of_contact.get(person.id, {}).get(f"message.{schedule.step.topic}", ())
    return any(event.day >= since and not evidence.is_cause(run.cause, event) for event in messages)


_RunsByPerson = Mapping[int, Sequence[Run]]


def _once(open_steps: Iterable[_OpenStep], by_person: Callable[[], _RunsByPerson]) -> Iterator[_OpenStep]:
    """The first of those that one `once` spans; a snoozed one, or one that was sent, stands for the others."""
    kept: dict[tuple[str, str], list[date]] = defaultdict(list)
    for open_step in sorted(open_steps, key=_precedence):
        run, schedule, person, _ = open_step
        if schedule.step.once and person:
            days = kept[schedule.step.name, person.uid]
            if any(schedule.is_once(run.cause.day, day) for day in days):
                continue
            if _was_sent_before(run, schedule, person, by_person):
                continue
            days.append(run.cause.day)
        yield open_step


def _precedence(open_step: _OpenStep) -> tuple[bool, date, date, str]:
    run, _, _, dates = open_step
    return dates.snoozed_until is None, dates.days.due or date.max, run.cause.day, run.key


def _was_sent_before(
    run: Run, schedule: StepSchedule, person: ContactView, by_person: Callable[[], _RunsByPerson]
) -> bool:
    """Whether the person already got the message for another cause within `once`, while that cause asked for it."""
    if schedule.contact_kinds.isdisjoint(run.index.of_contact.get(person.id, {})):
        return False
    candidates = (candidate for candidate in by_person()[person.id] if candidate is not run)
    return any(
        schedule.is_once(run.cause.day, candidate.cause.day) and _was_sent(candidate, schedule, person)
        for candidate in candidates
    )


def _was_sent(run: Run, schedule: StepSchedule, person: ContactView) -> bool:
    if not any(person.id in _audience(run, word) for word in schedule.step.to):
        return False
    events = run.events(person.id)
    opening = _opened(run, schedule, events)
    if opening is None:
        return False
    delay = schedule.delay(run.places, person)
    days = _dated(run, schedule, opening, delay, _answer(run, schedule, person)).days
    return evidence.holds(run.cause, schedule.contact_kinds, events, days.contact_since, opening.base, days.expires_on)


def _runs_by_person(causes: Iterable[Run], schedules: Iterable[StepSchedule]) -> _RunsByPerson:
    """The runs, by the people that their steps with `once` are meant for."""
    words = {word for schedule in schedules if schedule.step.once for word in schedule.step.to}
    by_person: dict[int, list[Run]] = defaultdict(list)
    for run in causes:
        if run.about and run.about.is_offer and not run.contacts:
            # All people on the offer: `_was_sent` asks for the exact audience, and is rarely called.
            people = {contact for contact, _ in run.about.people}
            tags = (word[4:] for word in words if word.startswith("tag:"))
            people.update(contact for tag in tags for contact in run.index.tagged.get(tag, ()))
        else:
            people = {contact for word in words for contact in _audience(run, word) if contact is not None}
        for contact in people:
            by_person[contact].append(run)
    return by_person


# --------------------------------------------------------------------------- follow-ups


def _entry(open_step: _OpenStep) -> _Entry:
    run, schedule, person, dates = open_step
    status = status_on(dates.days.due, dates.days.overdue_after, dates.snoozed_until, run.index.today)
    if schedule.step.channel == PUBLIC and status not in ("snoozed", "waiting") and not run.index.quiet.lifted:
        status = "held"
    name, uid = (person.name, person.uid) if person else ("", "")
    key = follow_up_key(run.playbook.name, schedule.step.name, run.key, uid)
    order = _order(status, dates.days.due, schedule.position, name)
    return _Entry(order, key, partial(_follow_up, open_step, status))


def _follow_up(open_step: _OpenStep, status: Status, short_id: str) -> FollowUp:
    run, step, person, dates = open_step.run, open_step.schedule.step, open_step.person, open_step.dates
    opening, days = dates.opening, dates.days
    return FollowUp(
        playbook=run.playbook.name,
        step=step.name,
        text=worded(_sentence(open_step.schedule, dates, run.index.today), person, run.about, run.cause.day),
        due=days.due,
        cause=run.cause,
        contact=person,
        about=run.about,
        channel=step.channel,
        overdue_after=days.overdue_after,
        expires_on=days.expires_on,
        status=status,
        waiting_for=step.after if days.due is None else None,
        held_by=tuple(blocker.what for blocker in run.index.quiet.blockers) if status == "held" else (),
        snoozed_until=dates.snoozed_until,
        base=opening.set_by or opening.base,
        missing=_missing(step, person, run.about),
        source=step.source,
        draft=step.draft,
        topic=step.topic,
        hours=_hours(run, step, person, days.due),
        id=short_id,
    )


def _hours(run: Run, step: Step, person: ContactView | None, due: date | None) -> Hours | None:
    """The best hours to call; None in your own time zone, or where the contact's is not known."""
    zone = run.index.history.zone
    if step.channel not in VOICE or due is None or person is None or person.timezone in (None, zone):
        return None
    return best_hours(max(due, run.index.today), zone, person.timezone or zone)


def _sentence(schedule: StepSchedule, dates: _Dates, today: date) -> str:
    """The sentence of the step for today: late thanks are worded differently from prompt ones."""
    step = schedule.step
    is_late = step.late and dates.days.due and today > schedule.late_after(dates.opening.base.day)
    return step.do_late or step.do if is_late else step.do


def _missing(step: Step, person: ContactView | None, about: Subject | None) -> str | None:
    """The fact that a step lacks and only the user can add; shown with the follow-up."""
    if person or "me" in step.to or about is None:
        return None
    return f"the {about.organisation} offer has no recruiter or hiring manager yet"


# --------------------------------------------------------------------------- rules in Python


def _of_rule(index: Index, follow_ups: Iterable[FollowUp]) -> Iterator[_Entry]:
    """The follow-ups of a Python rule with their status, without those that were answered or have expired."""
    for proposed in follow_ups:
        name, uid = (proposed.contact.name, proposed.contact.uid) if proposed.contact else ("", "")
        answer = index.by_cause.get((proposed.playbook, proposed.cause_key), {}).get((proposed.step, uid))
        if answer and answer.verdict != "snoozed":
            continue
        follow_up = _snoozed(proposed, answer.until) if answer and answer.until else proposed
        if follow_up.expires_on and index.today > follow_up.expires_on:
            continue
        status = status_on(follow_up.due, follow_up.overdue_after, follow_up.snoozed_until, index.today)
        yield _Entry(_order(status, follow_up.due, 0, name), follow_up.key, partial(_with_status, follow_up, status))


def _with_status(follow_up: FollowUp, status: Status, short_id: str) -> FollowUp:
    return replace(follow_up, status=status, id=short_id)


def _snoozed(follow_up: FollowUp, until: date) -> FollowUp:
    """A rule's follow-up on the day it was snoozed until; it is asked for as long as it would have been."""
    due = follow_up.due and max(follow_up.due, until)
    later = due - follow_up.due if due and follow_up.due else timedelta()
    return replace(
        follow_up,
        due=due,
        overdue_after=follow_up.overdue_after and max(follow_up.overdue_after, until),
        expires_on=follow_up.expires_on and follow_up.expires_on + later,
        snoozed_until=until,
    )
