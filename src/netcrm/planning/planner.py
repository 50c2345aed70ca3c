"""The planner: what to do next, derived from what happened, never stored.

`plan(history, playbooks, decisions, today)` is a pure function. So a moved start date
moves every open follow-up and never a finished one, an edited rule needs no
regeneration, reading writes nothing, and every due date can be explained.

A *run* is one cause (I declined the Acme offer). Each step of the playbook becomes at most
one follow-up for each person it is meant for:

1. it counts from the cause's day, or from the event it waits for (`after`, `upon`);
2. it is gone once it is answered, once the history holds what it asks for, or once it
   has expired;
3. what is left is overdue, due, upcoming, snoozed, or still waiting.

What the history holds counts by what it is: a state (connected) from whenever it began, and
so does a milestone of the very offer or job; contact on a channel from the day that the step
counts from; any other fact, and a message on the step's topic, from the cause's day. A step
with `once` is settled, too, by what settled it for another cause on the same ground.

`netcrm.planning.window` bounds what must be read for that: planning over the window gives what
planning over the whole history gives, and that is a tested law.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from itertools import chain
from typing import NamedTuple

from netcrm.domain.vocabulary import VOICE, Status
from netcrm.planning.call_hours import Hours, best_hours
from netcrm.planning.daily_limit import within_budget
from netcrm.planning.follow_up import URGENCY, FollowUp, Rule, follow_up_key, short_ids, status_on, worded
from netcrm.planning.history import Answer, ContactView, Event, History, Subject
from netcrm.planning.runs import AT_ONCE, Happened, Index, Parted, Run, StepSchedule, offers_of_season, runs
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

    `decisions` are the answers given so far, `rules` are Python rules on top of the
    playbooks. Nothing is read but the arguments.
    """
    books, decisions = list(playbooks), list(decisions)
    index = Index(history, decisions, {book.trigger for book in books}, today)
    found = {one.key: one for book in books for one in _of_playbook(index, book, today)}
    found |= {one.key: one for rule in rules for one in _of_rule(index, rule(history, today), today)}
    ids = short_ids(found)
    follow_ups = [one.made(id=ids[one.key]) for one in sorted(found.values())]
    if history.per_day:
        follow_ups = within_budget(follow_ups, history, decisions, history.per_day, today)
    return _together(follow_ups)


def _together(follow_ups: list[FollowUp]) -> list[FollowUp]:
    """Mark what one call, or letter, can say: the same step for the same person, due at once, about several offers."""
    first: dict[tuple[object, ...], str] = {}
    for one in follow_ups:
        if one.contact and one.about and one.channel and one.status in ("overdue", "due", "upcoming"):
            now = one.due if one.status == "upcoming" else None
            occasion = one.playbook, one.step, one.contact.id, now
            if occasion in first:
                one.together_with = first[occasion]
            else:
                first[occasion] = one.id
    return follow_ups


class _Open(NamedTuple):
    """An open follow-up in the making, most urgent first: it lacks its id, which depends on the others."""

    rank: int
    due: date
    place: int
    name: str
    key: str
    made: Callable[..., FollowUp]


class _FoundStep(NamedTuple):
    """A step that is open for somebody."""

    run: Run
    asked: StepSchedule
    person: ContactView | None
    dates: "_Dates"


def _of_playbook(index: Index, playbook: Playbook, today: date) -> Iterator[_Open]:
    calendar = index.history.calendar
    steps = [StepSchedule(step, place, calendar, today) for place, step in enumerate(playbook.steps)]
    causes = list(runs(index, playbook, today))
    found = [one for run in causes if run.live for asked in steps for one in _of_step(run, asked)]
    return map(_open, _once(found, cache(partial(_by_person, causes, steps))))


def _of_step(run: Run, asked: StepSchedule) -> Iterator[_FoundStep]:
    """The step, for everybody for whom it is open."""
    is_snoozed = not run.snoozed.isdisjoint(asked.names)
    if run.waits_from < asked.oldest and not is_snoozed:
        return
    opening, common = None, dict[Parted, _Dates]()
    if asked.is_common:
        opening = _opened(run, asked, run.told(None))
        if opening is None:
            return
        common[AT_ONCE] = _dated(run, asked, opening, AT_ONCE)
        if not is_snoozed and run.today > common[AT_ONCE].expires_on + asked.slack:
            return
    for contact in dict.fromkeys(chain.from_iterable([_called(run, word) for word in asked.step.to])):
        person = run.index.history.people.get(contact) if contact is not None else None
        if contact is not None and person is None:
            continue
        answer = _answer(run, asked, person)
        if answer and answer.verdict != "snoozed":
            continue
        told = run.told(contact)
        if run.ends and run.holds(run.ends, told, run.cause.day, run.cause):
            continue
        dates = _dates_of(run, asked, person, answer, opening, common)
        if dates and run.today <= dates.expires_on and not _settled(run, asked, person, told, dates):
            yield _FoundStep(run, asked, person, dates)


def _dates_of(
    run: Run,
    asked: StepSchedule,
    person: ContactView | None,
    answer: Answer | None,
    opening: "_Opening | None",
    common: "dict[Parted, _Dates]",
) -> "_Dates | None":
    """The step's dates for somebody: those of everybody in the same place, where the step opened for all at once."""
    place = asked.parted(run, person) if asked.apart else AT_ONCE
    if opening is None:
        mine = _opened(run, asked, run.told(person.id if person else None))
        return mine and _dated(run, asked, mine, place, answer)
    if answer:
        return _dated(run, asked, opening, place, answer)
    if place not in common:
        common[place] = _dated(run, asked, opening, place)
    return common[place]


def _answer(run: Run, asked: StepSchedule, person: ContactView | None) -> Answer | None:
    uid = person.uid if person else ""
    for name in asked.names if run.answers else ():
        if (name, uid) in run.answers:
            return run.answers[name, uid]
    return None


# --------------------------------------------------------------------------- whom


def _called(run: Run, word: str) -> Iterable[int | None]:
    """Whom an audience means; None stands for me, or for a person nobody has named yet."""
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
        return [who for who, role in offer.people if role != "referrer"]
    if word == "primary":
        return (offer.primary,)
    if word == "others":
        primary = offer.primary
        return [who for who, role in offer.people if role != "referrer" and who != primary]
    return [who for who, role in offer.people if role == word]


def _of_season(run: Run, word: str) -> Iterator[int]:
    """The people of a job's season: those met on the offers that were declined, and others by their role."""
    for offer in offers_of_season(run.index, run.playbook, run.cause):
        for who, role in offer.people:
            if word == role or (word == "everyone" and role != "referrer" and offer.decision == "declined"):
                yield who


# --------------------------------------------------------------------------- when


class _Dates(NamedTuple):
    """The dates of a follow-up. Contact settles it from `contact_since` on; while it waits, none does."""

    base: Event
    set_by: Event | None
    due: date | None
    overdue_after: date | None
    expires_on: date
    contact_since: date
    snoozed_until: date | None


class _Opening(NamedTuple):
    """What a step counts from, and what set its day; or, while it waits, until when it does."""

    base: Event
    set_by: Event | None = None
    waits_until: date | None = None


def _opened(run: Run, asked: StepSchedule, told: Sequence[Happened]) -> _Opening | None:
    """How the step opened, or that it may yet; None when it did not in time."""
    step, cause = asked.step, run.cause
    base = cause
    if asked.after:
        last = asked.last(run.waits_from)
        opening = run.nth(*asked.after, told, last)
        if opening is None:
            return None if step.upon or run.today > last else _Opening(cause, waits_until=last)
        base = opening if opening.day >= cause.day else cause
    return _Opening(base, run.first(step.at, told, asked.last(run.waits_from)) if step.at else None)


def _dated(run: Run, asked: StepSchedule, opening: _Opening, parted: Parted, answer: Answer | None = None) -> _Dates:
    """The step's dates for somebody in that place of the batch. While it waits, it expires when the wait ends."""
    base, set_by, waits_until = opening
    until = answer.until if answer else None
    if waits_until:
        return _Dates(base, None, None, None, waits_until, date.max, until)
    set_to = set_by and max(set_by.day, run.cause.day)
    return _Dates(base, set_by, *asked.days(base.day, set_to, until, parted), until)


# --------------------------------------------------------------------------- whether still


def _settled(
    run: Run, asked: StepSchedule, person: ContactView | None, told: Sequence[Happened], dates: _Dates
) -> bool:
    """Whether the history holds what the step asks for, for this cause or on the same ground."""
    if run.holds(asked.kinds, told, dates.contact_since, dates.base):
        return True
    if asked.repeated and any(run.holds_times(*one, told, dates.contact_since, dates.base) for one in asked.repeated):
        return True
    if asked.step.once is None or person is None:
        return False
    ground = asked.ground(run.cause.day)
    for name in asked.names:
        for answer in run.index.by_step.get((run.playbook.name, name, person.uid), ()):
            if answer.verdict != "snoozed" and answer.day >= ground:
                return True
    said = run.index.of_contact.get(person.id, {}).get(f"message.{asked.step.topic}", ())
    return any(event.day >= ground and not run.is_cause(event) for event in said)


_ByPerson = Mapping[int, Sequence[Run]]


def _once(found: Iterable[_FoundStep], by_person: Callable[[], _ByPerson]) -> Iterator[_FoundStep]:
    """Of what stands on one ground, the first; one that was snoozed, or was sent already, speaks for the others."""
    standing: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for one in sorted(found, key=_precedence):
        if one.asked.step.once and one.person:
            ground = standing[one.asked.step.name, one.person.uid]
            near = any(one.asked.is_near(one.run.cause.day, other.cause.day) for other in ground)
            if near or _is_held(one.run, one.asked, one.person, by_person):
                continue
            ground.append(one.run)
        yield one


def _precedence(one: _FoundStep) -> tuple[bool, date, date, str]:
    return one.dates.snoozed_until is None, one.dates.due or date.max, one.run.cause.day, one.run.key


def _is_held(run: Run, asked: StepSchedule, person: ContactView, by_person: Callable[[], _ByPerson]) -> bool:
    """Whether the person had it from me already, for another cause on the same ground, while that asked for it."""
    if asked.said.isdisjoint(run.index.of_contact.get(person.id, {})):
        return False
    others = by_person()[person.id]
    return len(others) > 1 and any(
        other is not run and asked.is_near(run.cause.day, other.cause.day) and _was_sent(other, asked, person)
        for other in others
    )


def _was_sent(run: Run, asked: StepSchedule, person: ContactView) -> bool:
    if not any(person.id in _called(run, word) for word in asked.step.to):
        return False
    told = run.told(person.id)
    opening = _opened(run, asked, told)
    if opening is None:
        return False
    dates = _dated(run, asked, opening, asked.parted(run, person), _answer(run, asked, person))
    return run.holds(asked.said, told, dates.contact_since, dates.base, dates.expires_on)


def _by_person(causes: Iterable[Run], steps: Iterable[StepSchedule]) -> _ByPerson:
    """The runs by whom their steps with `once` are meant for."""
    words = {word for asked in steps if asked.step.once for word in asked.step.to}
    found: dict[int, list[Run]] = defaultdict(list)
    for run in causes:
        if run.about and run.about.is_offer and not run.contacts:
            # All the people on the offer: whom a step means of them is asked where it matters, and rarely does.
            mine = {who for who, _ in run.about.people}
            mine.update(who for word in words if word.startswith("tag:") for who in run.index.tagged.get(word[4:], ()))
        else:
            mine = {who for word in words for who in _called(run, word) if who is not None}
        for who in mine:
            found[who].append(run)
    return found


# --------------------------------------------------------------------------- in words


def _open(found: _FoundStep) -> _Open:
    run, asked, person, dates = found
    status = status_on(dates.due, dates.overdue_after, dates.snoozed_until, run.today)
    if asked.step.channel == PUBLIC and status not in ("snoozed", "waiting") and not run.index.quiet.lifted:
        status = "held"
    name, uid = (person.name, person.uid) if person else ("", "")
    key = follow_up_key(run.playbook.name, asked.step.name, run.key, uid)
    made = partial(_follow_up, found, status)
    return _Open(URGENCY[status], dates.due or date.max, asked.place, name, key, made)


def _follow_up(found: _FoundStep, status: Status, id: str) -> FollowUp:  # noqa: A002 - the field's name
    run, (step, person, dates) = found.run, (found.asked.step, found.person, found.dates)
    return FollowUp(
        playbook=run.playbook.name,
        step=step.name,
        text=worded(_said(run, step, dates), person, run.about, run.cause.day),
        due=dates.due,
        cause=run.cause,
        contact=person,
        about=run.about,
        channel=step.channel,
        overdue_after=dates.overdue_after,
        expires_on=dates.expires_on,
        status=status,
        waiting_for=step.after if dates.due is None else None,
        held_by=tuple(blocker.what for blocker in run.index.quiet.blockers) if status == "held" else (),
        snoozed_until=dates.snoozed_until,
        base=dates.set_by or dates.base,
        missing=_missing(step, person, run.about),
        source=step.source,
        draft=step.draft,
        topic=step.topic,
        hours=_hours(run, step, person, dates.due),
        id=id,
    )


def _hours(run: Run, step: Step, person: ContactView | None, due: date | None) -> Hours | None:
    """The best hours to call; none where it is the same clock, or nobody says which it is."""
    mine = run.index.history.zone
    if step.channel not in VOICE or due is None or person is None or person.timezone in (None, mine):
        return None
    return best_hours(max(due, run.today), mine, person.timezone or mine)


def _said(run: Run, step: Step, dates: _Dates) -> str:
    """What to do, in the words for today: late thanks are not worded like prompt ones."""
    late = step.late and dates.due and run.index.history.calendar.add(dates.base.day, step.late)
    return step.do_late or step.do if late and run.today > late else step.do


def _missing(step: Step, person: ContactView | None, about: Subject | None) -> str | None:
    """What a step lacks that only I can say; shown with it."""
    if person or "me" in step.to or about is None:
        return None
    return f"the {about.organisation} offer has no recruiter or hiring manager yet"


# --------------------------------------------------------------------------- rules in Python


def _of_rule(index: Index, found: Iterable[FollowUp], today: date) -> Iterator[_Open]:
    """What a Python rule yields, less what has been answered or has expired, with its status."""
    for given in found:
        name, uid = (given.contact.name, given.contact.uid) if given.contact else ("", "")
        answer = index.by_cause.get((given.playbook, given.cause_key), {}).get((given.step, uid))
        if answer and answer.verdict != "snoozed":
            continue
        one = _put_off(given, answer.until) if answer and answer.until else given
        if one.expires_on and today > one.expires_on:
            continue
        status = status_on(one.due, one.overdue_after, one.snoozed_until, today)
        yield _Open(URGENCY[status], one.due or date.max, 0, name, one.key, partial(replace, one, status=status))


def _put_off(one: FollowUp, until: date) -> FollowUp:
    """A rule's follow-up, snoozed: what lies before the day moves to it, and it lasts as long as it would have."""
    due = one.due and max(one.due, until)
    later = due - one.due if due and one.due else timedelta()
    return replace(
        one,
        due=due,
        overdue_after=one.overdue_after and max(one.overdue_after, until),
        expires_on=one.expires_on and one.expires_on + later,
        snoozed_until=until,
    )
