"""Runs: the causes of a playbook, made ready for the planner, with what was said and answered.

An `Index` sorts the history and the answers by what the planner asks for; `StepSchedule` is a step
with its arithmetic done; a `Run` is one cause of a playbook, and knows what counts for it.
What is then open, and for whom, is `netcrm.planning.planner`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, partial
from itertools import chain
from typing import NamedTuple
from zlib import crc32

from netcrm.domain.dates import LONGEST_CLOSURE, Calendar, Span, Unit, subtract
from netcrm.domain.vocabulary import CONTACT, MILESTONES, STATES, VOICE, counted
from netcrm.planning.cadence import anniversaries, silence
from netcrm.planning.follow_up import cause_key
from netcrm.planning.history import Answer, ContactView, Event, History, Subject
from netcrm.planning.quiet_period import quiet
from netcrm.playbooks.model import Playbook, Step

Happened = Mapping[str, Sequence[Event]]
"""Events by their kind."""


class Index:
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


TOGETHER = 2
"""Days within which the people of one company are asked for in one batch: they talk to each other (number own)."""

Parted = tuple[int, int]
"""By how many units of a step's spread a company's people come later than others; by how many days one of them does."""

AT_ONCE: Parted = (0, 0)


class StepSchedule:
    """A step made ready: what settles it, and its arithmetic, each day worked out once.

    Unless it was snoozed, a cause from before `oldest` asks for it no more, and what
    expires for the first of a batch has done so for the last within `slack`. Its dates are
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
        spread = step.spread or Span(0, "day")
        self.apart = spread.count if spread.unit == "business day" else spread.at_least
        self.last_place: Parted = (max(0, self.apart - TOGETHER), min(self.apart, TOGETHER))
        self.slack = timedelta(days=spread.at_most + 2 * LONGEST_CLOSURE if self.apart else 0)
        self.last = cache(partial(calendar.add, span=step.within or Span(0, "day")))
        self.ground = cache(partial(subtract, span=step.once or Span(0, "day")))

    def parted(self, run: "Run", person: ContactView | None) -> Parted:
        """Where somebody's place is in a batch; it hangs on nobody who joins later.

        The people of an offer come together, by their role on it. Others come by their company, or the one whose
        offer they were on: those of a season in the order of its offers, the others by a checksum.
        """
        if not self.apart or person is None:
            return AT_ONCE
        of_company, within = self.last_place
        own = run.places.numbers.get(person.id, person.id) % (within + 1)
        if run.places.is_one_batch and person.id in run.places.numbers:
            return 0, own
        company = (person.company or run.places.met_at.get(person.id, "")).casefold()
        place = run.places.companies.get(company)
        if place is None:
            place = crc32(company.encode()) if company else person.id
        return place % (of_company + 1), own

    def is_near(self, one: date, other: date) -> bool:
        """Whether two causes, by their days, are one ground for this step."""
        return self.ground(max(one, other)) <= min(one, other)


@dataclass(frozen=True, slots=True)
class Run:
    """One cause of a playbook, whom it happened with, what it is about, and the answers given so far.

    Waits count from `waits_from`: the cause's day, or the last one that a step was put off to.
    A run that is not `live` is over; what was said in it still holds its ground. `snoozed` are
    the names of steps that were, for anybody. `places` are those of its people, where its
    playbook spreads them.
    """

    index: Index
    playbook: Playbook
    cause: Event
    key: str
    live: bool
    waits_from: date
    contacts: Sequence[int]
    about: Subject | None
    answers: Mapping[tuple[str, str], Answer]
    snoozed: frozenset[str]
    stand_ins: Mapping[int | None, Happened]
    ends: frozenset[str]
    places: "Places"
    today: date
    cached: dict[int | None, list[Happened]] = field(default_factory=dict)

    def told(self, contact: int | None) -> list[Happened]:
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
        self, kinds: frozenset[str], told: Iterable[Happened], contact_since: date, base: Event, until: date = date.max
    ) -> bool:
        """Whether something of these kinds happened, `base` apart, in time to count."""
        for events in told:
            if kinds.isdisjoint(events):
                continue
            for kind in kinds & events.keys():
                since = self.since(kind, contact_since)
                for event in events[kind]:
                    if since <= event.day <= until and event != base and self.concerns(event):
                        return True
        return False

    def since(self, kind: str, contact_since: date) -> date:
        """The day from which on events of a kind count."""
        if kind in CONTACT:
            return contact_since
        always = kind in STATES or (kind in MILESTONES and self.cause.about is not None)
        return date.min if always else self.cause.day

    def holds_times(self, count: int, kind: str, told: Iterable[Happened], contact_since: date, base: Event) -> bool:
        """Whether so many events of a kind happened, `base` apart, in time to count."""
        since = self.since(kind, contact_since)
        happened = (event for events in told for event in events.get(kind, ()) if event.day >= since and event != base)
        return len({event.source for event in happened if self.concerns(event)}) >= count

    def nth(self, count: int, kind: str, told: Iterable[Happened], last: date) -> Event | None:
        """The event of a kind that comes so manieth of those that count for the run, if it came in time."""
        if count == 1:
            return self.first(kind, told, last)
        since = self.since(kind, self.cause.day)
        happened = {event for events in told for event in events.get(kind, ()) if since <= event.day <= last}
        found = {event.source: event for event in happened if self.concerns(event)}
        ordered = sorted(found.values(), key=lambda event: (event.day, event.source))
        return ordered[count - 1] if len(ordered) >= count else None

    def first(self, kind: str, told: Iterable[Happened], last: date) -> Event | None:
        """The first event of a kind, of those that count for the run, if it came in time."""
        earliest, since = None, self.since(kind, self.cause.day)
        for events in told:
            for event in events.get(kind, ()):
                before = earliest is None or (event.day, event.source) < (earliest.day, earliest.source)
                if before and since <= event.day <= last and self.concerns(event):
                    earliest = event
        return earliest


def runs(index: Index, playbook: Playbook, today: date) -> Iterator[Run]:
    """One run for each cause that can still ask for something, or that lies on one ground with such a one."""
    causes: dict[str, list[Event]] = defaultdict(list)
    for event in _causes(index, playbook, today):
        causes[cause_key(event)].append(event)
    oldest = today - timedelta(days=playbook.at_most)
    chosen = {key: min(events, key=lambda event: (event.day, event.contact or 0)) for key, events in causes.items()}
    put_off = {key: _put_off_to(index.by_cause.get((playbook.name, key), {}).values()) for key in chosen}
    live = {key for key, cause in chosen.items() if max(cause.day, put_off[key]) >= oldest}
    ground = _ground(playbook, min((chosen[key].day for key in live), default=date.max))
    is_spread = any(step.spread for step in playbook.steps)
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
        places = _places(index, playbook, cause, about, contacts) if is_spread else NOWHERE
        yield Run(
            index, playbook, cause, key, key in live, waits_from, contacts, about, answers, snoozed, stand_ins, ends,
            places, today,
        )  # fmt: skip


class Places(NamedTuple):
    """Where people stand in a batch: their numbers, the companies whose offers they were on, and the order of those."""

    numbers: Mapping[int, int]
    met_at: Mapping[int, str]
    companies: Mapping[str, int]
    is_one_batch: bool = False


NOWHERE = Places({}, {}, {})


def _places(index: Index, playbook: Playbook, cause: Event, about: Subject | None, contacts: Sequence[int]) -> Places:
    """The places of a run's people, in the order in which they were put on its offers."""
    if about is None or contacts:
        return NOWHERE
    if about.is_offer:
        return Places(_numbered(about), {}, {}, is_one_batch=True)
    numbers: dict[int, int] = {}
    met_at: dict[int, str] = {}
    companies: dict[str, int] = {}
    for offer in offers_of_season(index, playbook, cause):
        organisation = offer.organisation or ""
        companies.setdefault(organisation.casefold(), len(companies))
        numbers = {**_numbered(offer), **numbers}
        met_at = {**dict.fromkeys(_numbered(offer), organisation), **met_at}
    return Places(numbers, met_at, companies)


def _numbered(offer: Subject) -> Mapping[int, int]:
    """The people of an offer, numbered within their role in the order in which they were put on it."""
    count: dict[str, int] = {}
    numbers: dict[int, int] = {}
    for who, role in offer.people:
        numbers[who] = count.get(role, 0)
        count[role] = numbers[who] + 1
    return numbers


def _causes(index: Index, playbook: Playbook, today: date) -> Iterable[Event]:
    """What sets the playbook in motion: what happened, or what comes round."""
    if playbook.every:
        return _silences(index, playbook, today)
    happened = index.causes[playbook.trigger]
    return chain.from_iterable(anniversaries(event, today) for event in happened) if playbook.yearly else happened


def _silences(index: Index, playbook: Playbook, today: date) -> Iterator[Event]:
    """Whose cadence has come round, or will: it counts from their last contact, or the last answer to the playbook."""
    names = [name for step in playbook.steps for name in (step.name, *step.was)]
    for touch in index.history.touches:
        person = index.history.people[touch.contact]
        given = (answer for name in names for answer in index.by_step.get((playbook.name, name, person.uid), ()))
        answered = max((answer.day for answer in given if answer.verdict != "snoozed"), default=date.min)
        if event := silence(touch, person, playbook.every, answered, index.history.calendar, today):
            yield event


def offers_of_season(index: Index, playbook: Playbook, cause: Event) -> Iterator[Subject]:
    """The offers that were decided on in the season of a job, in the order in which they were added."""
    if playbook.season is None:
        return
    since = subtract(cause.day, playbook.season)
    for offer in sorted(index.history.subjects.values(), key=lambda subject: subject.id):
        if offer.is_offer and offer.decided_on is not None and offer.decided_on >= since:
            yield offer


def _put_off_to(answers: Iterable[Answer]) -> date:
    """The last day that a step of the run was snoozed until, also if it has been done since."""
    return max((answer.until for answer in answers if answer.until), default=date.min)


def _ground(playbook: Playbook, first: date) -> date:
    """The first day of a cause that may share its ground with one of that day."""
    spans = [step.once for step in playbook.steps if step.once]
    return min((subtract(first, span) for span in spans), default=first) if first < date.max else first


def _stand_ins(
    index: Index, playbook: Playbook, cause: Event, answers: Mapping[tuple[str, str], Answer]
) -> Mapping[int | None, Happened]:
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


def _days(
    calendar: Calendar, step: Step, base: date, set_to: date | None, until: date | None, parted: Parted
) -> tuple[date, date | None, date, date]:
    """Due, overdue after, expires on, contact counts from: a step's arithmetic from its base day."""
    natural = calendar.add(base, step.due)
    due = _moved(calendar, step, set_to or natural)
    overdue_after = None
    if step.overdue:
        # A day that is set later leaves as much time as the rule does.
        later = max(due - natural, timedelta()) if set_to else timedelta()
        overdue_after = max(due, calendar.add(base, step.overdue) + later)
    if parted != AT_ONCE:
        due = _parted(calendar, step, due, overdue_after, parted)
    if until and until > due:
        due = _moved(calendar, step, until)
    overdue_after = overdue_after and max(due, overdue_after)
    start = min(base, natural)
    contact_since = max(start, subtract(due, step.opens)) if step.opens else start
    return due, overdue_after, calendar.add(due, step.expires), contact_since


def _moved(calendar: Calendar, step: Step, day: date) -> date:
    """A day on which the step can be done: for a call, somebody must be at work."""
    return calendar.on_or_after(day) if step.channel in VOICE else day


def _parted(calendar: Calendar, step: Step, due: date, overdue_after: date | None, parted: Parted) -> date:
    """The day on which a step is due for one of a batch: not before it is for all, nor when it is overdue."""
    of_company, within = parted
    first = _moved(calendar, step, calendar.add(due, Span(of_company, _unit(step))))
    day = first + timedelta(days=within)
    if step.channel in VOICE and not calendar.is_business(day):
        day = first
    if overdue_after and day > overdue_after:
        day = calendar.on_or_before(overdue_after) if step.channel in VOICE else overdue_after
    return max(due, day)


def _unit(step: Step) -> Unit:
    return "business day" if step.spread and step.spread.unit == "business day" else "day"
