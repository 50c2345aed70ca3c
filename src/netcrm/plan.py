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

`netcrm.window` bounds what must be read for that: planning over the window gives what
planning over the whole history gives, and that is a tested law.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, partial
from itertools import chain
from typing import NamedTuple

from netcrm.cadence import anniversaries, silence
from netcrm.days import Calendar, Span, subtract
from netcrm.followup import FollowUp, Rule, cause_key, follow_up_key, short_ids, worded
from netcrm.history import Answer, Event, History, Person, Subject
from netcrm.hours import Hours, best_hours
from netcrm.playbook import CONTACT, MILESTONES, STATES, VOICE, Playbook, Step, counted
from netcrm.quiet import quiet
from netcrm.terms import Status

PUBLIC = "public"
_RANK: dict[Status, int] = {"overdue": 0, "due": 1, "upcoming": 2, "snoozed": 3, "waiting": 4, "held": 5}


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
    books = list(playbooks)
    index = _Index(history, decisions, {book.trigger for book in books}, today)
    found = {one.key: one for book in books for one in _of_playbook(index, book, today)}
    found |= {one.key: one for rule in rules for one in _of_rule(index, rule(history, today), today)}
    ids = short_ids(found)
    return [one.made(id=ids[one.key]) for one in sorted(found.values())]


class _Open(NamedTuple):
    """An open follow-up in the making, most urgent first: it lacks its id, which depends on the others."""

    rank: int
    due: date
    place: int
    name: str
    key: str
    made: Callable[..., FollowUp]


# --------------------------------------------------------------------------- made ready

_Happened = Mapping[str, Sequence[Event]]
"""Events by their kind."""


class _Index:
    """The history and the decisions, by what the planner asks for."""

    def __init__(self, history: History, decisions: Iterable[Answer], triggers: set[str], today: date) -> None:
        self.history = history
        self.quiet = quiet(history.stakes, today, history.lift, history.calendar)
        self.ids = {person.uid: person.id for person in history.people.values()}
        self.tagged: dict[str, list[int]] = defaultdict(list)
        for who, person in sorted(history.people.items()):
            for tag in person.tags:
                self.tagged[tag].append(who)
        self.causes: dict[str, list[Event]] = {kind: [] for kind in triggers}
        self.of_contact: dict[int, dict[str, list[Event]]] = defaultdict(partial(defaultdict, list))
        self.of_matter: dict[str | None, dict[str, list[Event]]] = defaultdict(partial(defaultdict, list))
        for event in history.events:
            kind, contact = event[0], event[1]
            if kind in triggers:
                self.causes[kind].append(event)
            (self.of_matter[event[3]] if contact is None else self.of_contact[contact])[kind].append(event)
        found = (*self.of_contact.values(), *self.of_matter.values())
        self.kinds = frozenset(chain.from_iterable(found))
        self.by_cause: dict[tuple[str, str], dict[tuple[str, str], Answer]] = defaultdict(dict)
        self.by_step: dict[tuple[str, str, str], list[Answer]] = defaultdict(list)
        for answer in decisions:
            self.by_cause[answer.playbook, answer.cause][answer.step, answer.contact] = answer
            self.by_step[answer.playbook, answer.step, answer.contact].append(answer)


class _Asked:
    """A step made ready: what settles it, and its arithmetic, each day worked out once.

    Unless it was snoozed, a cause from before `oldest` asks for it no more. Its dates are
    `is_common` where only the matter moves them: then they are the same for everybody.
    """

    def __init__(self, step: Step, place: int, calendar: Calendar, today: date) -> None:
        self.step, self.place = step, place
        self.oldest = today - timedelta(days=step.at_most)
        self.names = (step.name, *step.was)
        settling = [counted(condition) for condition in step.settled_by]
        self.kinds = frozenset(kind for count, kind in settling if count == 1)
        self.said = step.said
        self.repeated = [(count, kind) for count, kind in settling if count > 1]
        opener = step.after or step.upon
        self.after = counted(opener) if opener else None
        moved_by = ((self.after or (1, ""))[1], step.at or "")
        self.is_common = all(kind.startswith(("offer.", "job.")) for kind in moved_by if kind)
        self.days = cache(partial(_days, calendar, step))
        self.last = cache(partial(calendar.add, span=step.within or Span(0, "day")))
        self.ground = cache(partial(subtract, span=step.once or Span(0, "day")))

    def is_near(self, one: date, other: date) -> bool:
        """Whether two causes, by their days, are one ground for this step."""
        return self.ground(max(one, other)) <= min(one, other)


@dataclass(frozen=True, slots=True)
class _Run:
    """One cause of a playbook, whom it happened with, what it is about, and the answers given so far.

    Waits count from `waits_from`: the cause's day, or the last one that a step was put off to.
    A run that is not `live` is over; what was said in it still holds its ground. `snoozed` are
    the names of steps that were, for anybody.
    """

    index: _Index
    playbook: Playbook
    cause: Event
    key: str
    live: bool
    waits_from: date
    contacts: Sequence[int]
    about: Subject | None
    answers: Mapping[tuple[str, str], Answer]
    snoozed: frozenset[str]
    stand_ins: Mapping[int | None, _Happened]
    ends: frozenset[str]
    today: date
    cached: dict[int | None, list[_Happened]] = field(default_factory=dict)

    def told(self, contact: int | None) -> list[_Happened]:
        """What happened to a person, or to everyone, in this matter; what answered steps stand for is in it."""
        if contact not in self.cached:
            of_matter, of_contact = self.index.of_matter, self.index.of_contact
            mine = of_contact.get(contact) if contact is not None else None
            found = (of_matter.get(self.cause.about), of_matter.get(None), self.stand_ins.get(None), mine)
            self.cached[contact] = [events for events in (*found, self.stand_ins.get(contact)) if events]
        return self.cached[contact]

    def concerns(self, event: Event) -> bool:
        """Whether an event may count for this run: neither its cause, nor about another matter."""
        return not self.is_cause(event) and (self.cause.about is None or event.about in (None, self.cause.about))

    def is_cause(self, event: Event) -> bool:
        """The cause itself; one interaction may be several events, and all of them are."""
        same = event.kind == self.cause.kind or event.source.startswith("interaction:")
        return same and event.source == self.cause.source

    def holds(
        self, kinds: frozenset[str], told: Iterable[_Happened], contact_since: date, base: Event, until: date = date.max
    ) -> bool:
        """Whether something of these kinds happened, `base` apart, in time to count."""
        for events in told:
            if kinds.isdisjoint(events):
                continue
            for kind in kinds & events.keys():
                since = self.since(kind, contact_since)
                if any(
                    since <= event.day <= until and event != base and self.concerns(event) for event in events[kind]
                ):
                    return True
        return False

    def since(self, kind: str, contact_since: date) -> date:
        """The day from which on events of a kind count."""
        if kind in CONTACT:
            return contact_since
        always = kind in STATES or (kind in MILESTONES and self.cause.about is not None)
        return date.min if always else self.cause.day

    def holds_times(self, count: int, kind: str, told: Iterable[_Happened], contact_since: date, base: Event) -> bool:
        """Whether so many events of a kind happened, `base` apart, in time to count."""
        since = self.since(kind, contact_since)
        happened = (event for events in told for event in events.get(kind, ()) if event.day >= since and event != base)
        return len({event.source for event in happened if self.concerns(event)}) >= count

    def nth(self, count: int, kind: str, told: Iterable[_Happened], last: date) -> Event | None:
        """The event of a kind that comes so manieth of those that count for the run, if it came in time."""
        if count == 1:
            return self.first(kind, told, last)
        since = self.since(kind, self.cause.day)
        happened = {event for events in told for event in events.get(kind, ()) if since <= event.day <= last}
        found = {event.source: event for event in happened if self.concerns(event)}
        ordered = sorted(found.values(), key=lambda event: (event.day, event.source))
        return ordered[count - 1] if len(ordered) >= count else None

    def first(self, kind: str, told: Iterable[_Happened], last: date) -> Event | None:
        """The first event of a kind, of those that count for the run, if it came in time."""
        earliest, since = None, self.since(kind, self.cause.day)
        for events in told:
            for event in events.get(kind, ()):
                before = earliest is None or (event.day, event.source) < (earliest.day, earliest.source)
                if before and since <= event.day <= last and self.concerns(event):
                    earliest = event
        return earliest


class _Found(NamedTuple):
    """A step that is open for somebody."""

    run: _Run
    asked: _Asked
    person: Person | None
    dates: "_Dates"


def _of_playbook(index: _Index, playbook: Playbook, today: date) -> Iterator[_Open]:
    calendar = index.history.calendar
    steps = [_Asked(step, place, calendar, today) for place, step in enumerate(playbook.steps)]
    runs = list(_runs(index, playbook, today))
    found = [one for run in runs if run.live for asked in steps for one in _of_step(run, asked)]
    return map(_open, _once(found, cache(partial(_by_person, runs, steps))))


def _runs(index: _Index, playbook: Playbook, today: date) -> Iterator[_Run]:
    """One run for each cause that can still ask for something, or that lies on one ground with such a one."""
    causes: dict[str, list[Event]] = defaultdict(list)
    for event in _causes(index, playbook, today):
        causes[cause_key(event)].append(event)
    oldest = today - timedelta(days=playbook.at_most)
    chosen = {key: min(events, key=lambda event: (event.day, event.contact or 0)) for key, events in causes.items()}
    put_off = {key: _put_off_to(index.by_cause.get((playbook.name, key), {}).values()) for key in chosen}
    live = {key for key, cause in chosen.items() if max(cause.day, put_off[key]) >= oldest}
    ground = _ground(playbook, min((chosen[key].day for key in live), default=date.max))
    for key, cause in chosen.items():
        if key not in live and cause.day < ground:
            continue
        answers = index.by_cause.get((playbook.name, key), {})
        contacts = sorted({event.contact for event in causes[key] if event.contact is not None})
        about = index.history.subjects.get(cause.about or "")
        stand_ins = _stand_ins(index, playbook, cause, answers)
        # What ends the playbook can have ended the run only if anything of the kind ever happened.
        ends = frozenset(playbook.ends) if stand_ins else index.kinds.intersection(playbook.ends)
        waits_from = max(cause.day, put_off[key])
        snoozed = frozenset(step for (step, _), answer in answers.items() if answer.verdict == "snoozed")
        yield _Run(
            index, playbook, cause, key, key in live, waits_from, contacts, about, answers, snoozed, stand_ins, ends,
            today,
        )  # fmt: skip


def _causes(index: _Index, playbook: Playbook, today: date) -> Iterable[Event]:
    """What sets the playbook in motion: what happened, or what comes round."""
    if playbook.every:
        return _silences(index, playbook, today)
    happened = index.causes[playbook.trigger]
    return chain.from_iterable(anniversaries(event, today) for event in happened) if playbook.yearly else happened


def _silences(index: _Index, playbook: Playbook, today: date) -> Iterator[Event]:
    """Whose cadence has come round, or will: it counts from their last contact, or the last answer to the playbook."""
    names = [name for step in playbook.steps for name in (step.name, *step.was)]
    for touch in index.history.touches:
        person = index.history.people[touch.contact]
        given = (answer for name in names for answer in index.by_step.get((playbook.name, name, person.uid), ()))
        answered = max((answer.day for answer in given if answer.verdict != "snoozed"), default=date.min)
        if event := silence(touch, person, playbook.every, answered, index.history.calendar, today):
            yield event


def _put_off_to(answers: Iterable[Answer]) -> date:
    """The last day that a step of the run was snoozed until, also if it has been done since."""
    return max((answer.until for answer in answers if answer.until), default=date.min)


def _ground(playbook: Playbook, first: date) -> date:
    """The first day of a cause that may share its ground with one of that day."""
    spans = [step.once for step in playbook.steps if step.once]
    return min((subtract(first, span) for span in spans), default=first) if first < date.max else first


def _stand_ins(
    index: _Index, playbook: Playbook, cause: Event, answers: Mapping[tuple[str, str], Answer]
) -> Mapping[int | None, _Happened]:
    """What the steps that were done stand for: a call that is done has told them, logged or not."""
    if not answers:
        return {}
    named = {name: step for step in playbook.steps for name in (step.name, *step.was)}
    events: dict[int | None, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for (name, uid), answer in answers.items():
        done = answer.verdict == "done" and name in named
        for kind in named[name].stands_for if done else ():
            everyone = kind.startswith(("offer.", "job."))
            if everyone or uid in index.ids:
                who = None if everyone else index.ids[uid]
                # An answer from before the cause's day was given before that day was moved.
                day = max(answer.day, cause.day)
                events[who][kind].append(Event(kind, who, day, cause.about, f"decision:{name}"))
    return events


def _of_step(run: _Run, asked: _Asked) -> Iterator[_Found]:
    """The step, for everybody for whom it is open."""
    is_snoozed = not run.snoozed.isdisjoint(asked.names)
    if run.waits_from < asked.oldest and not is_snoozed:
        return
    common = _dated(run, asked, run.told(None), None) if asked.is_common else None
    if asked.is_common and not is_snoozed and not _in_time(run, common):
        return
    for contact in dict.fromkeys(who for word in asked.step.to for who in _called(run, word)):
        person = run.index.history.people.get(contact) if contact is not None else None
        if contact is not None and person is None:
            continue
        answer = _answer(run, asked, person)
        if answer and answer.verdict != "snoozed":
            continue
        told = run.told(contact)
        if run.ends and run.holds(run.ends, told, run.cause.day, run.cause):
            continue
        dates = _dated(run, asked, told, answer) if answer or not asked.is_common else common
        if dates and _in_time(run, dates) and not _settled(run, asked, person, told, dates):
            yield _Found(run, asked, person, dates)


def _in_time(run: _Run, dates: "_Dates | None") -> bool:
    return dates is not None and run.today <= dates.expires_on


def _answer(run: _Run, asked: _Asked, person: Person | None) -> Answer | None:
    uid = person.uid if person else ""
    for name in asked.names if run.answers else ():
        if (name, uid) in run.answers:
            return run.answers[name, uid]
    return None


# --------------------------------------------------------------------------- whom


def _called(run: _Run, word: str) -> Iterable[int | None]:
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


def _of_season(run: _Run, word: str) -> Iterator[int]:
    """The people of a job's season: those met on the offers that were declined, and others by their role."""
    if run.playbook.season is None:
        return
    since = subtract(run.cause.day, run.playbook.season)
    for offer in sorted(run.index.history.subjects.values(), key=lambda subject: subject.about):
        if not offer.is_offer or offer.decided_on is None or offer.decided_on < since:
            continue
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


def _dated(run: _Run, asked: _Asked, told: Sequence[_Happened], answer: Answer | None) -> _Dates | None:
    """The step's dates; None when it never opened in time. While it waits, it expires when the wait ends."""
    step, cause, until = asked.step, run.cause, answer.until if answer else None
    base = cause
    if asked.after:
        last = asked.last(run.waits_from)
        opening = run.nth(*asked.after, told, last)
        if opening is None:
            over = step.upon or run.today > last
            return None if over else _Dates(cause, None, None, None, last, date.max, until)
        base = opening if opening.day >= cause.day else cause
    set_by = run.first(step.at, told, asked.last(run.waits_from)) if step.at else None
    set_to = set_by and max(set_by.day, cause.day)
    due, overdue_after, expires_on, contact_since = asked.days(base.day, set_to, until)
    return _Dates(base, set_by, due, overdue_after, expires_on, contact_since, until)


def _days(
    calendar: Calendar, step: Step, base: date, set_to: date | None, until: date | None
) -> tuple[date, date | None, date, date]:
    """Due, overdue after, expires on, contact counts from: a step's arithmetic from its base day."""
    natural = calendar.add(base, step.due)
    due = max(set_to or natural, until or date.min)
    if step.channel in VOICE:
        due = calendar.on_or_after(due)
    overdue_after = max(due, calendar.add(base, step.overdue)) if step.overdue else None
    start = min(base, natural)
    contact_since = max(start, subtract(due, step.opens)) if step.opens else start
    return due, overdue_after, calendar.add(due, step.expires), contact_since


# --------------------------------------------------------------------------- whether still


def _settled(run: _Run, asked: _Asked, person: Person | None, told: Sequence[_Happened], dates: _Dates) -> bool:
    """Whether the history holds what the step asks for, for this cause or on the same ground."""
    if run.holds(asked.kinds, told, dates.contact_since, dates.base):
        return True
    if any(run.holds_times(*one, told, dates.contact_since, dates.base) for one in asked.repeated):
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


_ByPerson = Mapping[int, Sequence[_Run]]


def _once(found: Iterable[_Found], runs: Callable[[], _ByPerson]) -> Iterator[_Found]:
    """Of what stands on one ground, the first; one that was snoozed, or was sent already, speaks for the others."""
    standing: dict[tuple[str, str], list[_Run]] = defaultdict(list)
    for one in sorted(found, key=_precedence):
        if one.asked.step.once and one.person:
            ground = standing[one.asked.step.name, one.person.uid]
            near = any(one.asked.is_near(one.run.cause.day, other.cause.day) for other in ground)
            if near or _is_held(one.run, one.asked, one.person, runs):
                continue
            ground.append(one.run)
        yield one


def _precedence(one: _Found) -> tuple[bool, date, date, str]:
    return one.dates.snoozed_until is None, one.dates.due or date.max, one.run.cause.day, one.run.key


def _is_held(run: _Run, asked: _Asked, person: Person, runs: Callable[[], _ByPerson]) -> bool:
    """Whether the person had it from me already, for another cause on the same ground, while that asked for it."""
    if asked.said.isdisjoint(run.index.of_contact.get(person.id, {})):
        return False
    others = [other for other in runs()[person.id] if other is not run]
    return any(asked.is_near(run.cause.day, other.cause.day) and _was_sent(other, asked, person) for other in others)


def _was_sent(run: _Run, asked: _Asked, person: Person) -> bool:
    if not any(person.id in _called(run, word) for word in asked.step.to):
        return False
    told = run.told(person.id)
    dates = _dated(run, asked, told, _answer(run, asked, person))
    return dates is not None and run.holds(asked.said, told, dates.contact_since, dates.base, dates.expires_on)


def _by_person(runs: Iterable[_Run], steps: Iterable[_Asked]) -> _ByPerson:
    """The runs by whom their steps with `once` are meant for."""
    words = {word for asked in steps if asked.step.once for word in asked.step.to}
    found: dict[int, list[_Run]] = defaultdict(list)
    for run in runs:
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


def _open(found: _Found) -> _Open:
    run, asked, person, dates = found
    status = _status(dates.due, dates.overdue_after, dates.snoozed_until, run.today)
    if asked.step.channel == PUBLIC and status not in ("snoozed", "waiting") and not run.index.quiet.lifted:
        status = "held"
    name, uid = (person.name, person.uid) if person else ("", "")
    key = follow_up_key(run.playbook.name, asked.step.name, run.key, uid)
    made = partial(_follow_up, found, status)
    return _Open(_RANK[status], dates.due or date.max, asked.place, name, key, made)


def _status(due: date | None, overdue_after: date | None, until: date | None, today: date) -> Status:
    if until is not None and until > today:
        return "snoozed"
    if due is None:
        return "waiting"
    if due > today:
        return "upcoming"
    return "overdue" if overdue_after is not None and today > overdue_after else "due"


def _follow_up(found: _Found, status: Status, id: str) -> FollowUp:  # noqa: A002 - the field's name
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


def _hours(run: _Run, step: Step, person: Person | None, due: date | None) -> Hours | None:
    """The best hours to call; none where it is the same clock, or nobody says which it is."""
    mine = run.index.history.zone
    if step.channel not in VOICE or due is None or person is None or person.timezone in (None, mine):
        return None
    return best_hours(max(due, run.today), mine, person.timezone or mine)


def _said(run: _Run, step: Step, dates: _Dates) -> str:
    """What to do, in the words for today: late thanks are not worded like prompt ones."""
    late = step.late and dates.due and run.index.history.calendar.add(dates.base.day, step.late)
    return step.do_late or step.do if late and run.today > late else step.do


def _missing(step: Step, person: Person | None, about: Subject | None) -> str | None:
    """What a step lacks that only I can say; shown with it."""
    if person or "me" in step.to or about is None:
        return None
    return f"the {about.organisation} offer has no recruiter or hiring manager yet"


# --------------------------------------------------------------------------- rules in Python


def _of_rule(index: _Index, found: Iterable[FollowUp], today: date) -> Iterator[_Open]:
    """What a Python rule yields, less what has been answered or has expired, with its status."""
    for given in found:
        name, uid = (given.contact.name, given.contact.uid) if given.contact else ("", "")
        answer = index.by_cause.get((given.playbook, given.cause_key), {}).get((given.step, uid))
        if answer and answer.verdict != "snoozed":
            continue
        one = _put_off(given, answer.until) if answer and answer.until else given
        if one.expires_on and today > one.expires_on:
            continue
        status = _status(one.due, one.overdue_after, one.snoozed_until, today)
        yield _Open(_RANK[status], one.due or date.max, 0, name, one.key, partial(replace, one, status=status))


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
