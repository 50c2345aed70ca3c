"""Runs: the causes of a playbook, with what happened and what was answered. Pure.

An `Index` sorts the history and the answers by what the planner asks for. A `Run` is one cause
of a playbook. `netcrm.planning.planner` derives from it which steps are open, and for whom.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from itertools import chain

from netcrm.domain.dates import subtract
from netcrm.planning.cadence import anniversaries, silence
from netcrm.planning.evidence import EventsByKind
from netcrm.planning.follow_up import cause_key
from netcrm.planning.history import Answer, Event, History, Subject
from netcrm.planning.quiet_period import quiet
from netcrm.planning.step_schedule import NOWHERE, Places
from netcrm.playbooks.model import Playbook

StepAnswers = Mapping[tuple[str, str], Answer]
"""The answers of one run, by the name of the step and the contact's uid."""


_StandsFor = Mapping[str, Sequence[str]]
"""By the name of a step: the kinds of event that the step stands for once it is done."""


class Index:
    """The history and the answers of one plan, sorted by what the planner asks for."""

    def __init__(self, history: History, decisions: Iterable[Answer], triggers: set[str], today: date) -> None:
        self.history, self.today = history, today
        self.quiet = quiet(history.stakes, today, history.lift, history.calendar)
        self.ids = {person.uid: person.id for person in history.people.values()}
        self.tagged: dict[str, list[int]] = defaultdict(list)
        for contact, person in sorted(history.people.items()):
            for tag in person.tags:
                self.tagged[tag].append(contact)
        self.causes: dict[str, list[Event]] = {kind: [] for kind in triggers}
        self.of_contact: dict[int, dict[str, list[Event]]] = defaultdict(partial(defaultdict, list))
        self.of_matter: dict[str | None, dict[str, list[Event]]] = defaultdict(partial(defaultdict, list))
        for event in history.events:
            kind, contact_id, _, about, _ = event
            if kind in triggers:
                self.causes[kind].append(event)
            (self.of_matter[about] if contact_id is None else self.of_contact[contact_id])[kind].append(event)
        self.kinds = frozenset(chain.from_iterable((*self.of_contact.values(), *self.of_matter.values())))
        self.events_of = cache(partial(_events_of, self.of_matter, self.of_contact))
        self.by_cause: dict[tuple[str, str], dict[tuple[str, str], Answer]] = defaultdict(dict)
        self.by_step: dict[tuple[str, str, str], list[Answer]] = defaultdict(list)
        for answer in decisions:
            self.by_cause[answer.playbook, answer.cause][answer.step, answer.contact] = answer
            self.by_step[answer.playbook, answer.step, answer.contact].append(answer)


def _events_of(
    of_matter: Mapping[str | None, EventsByKind],
    of_contact: Mapping[int, EventsByKind],
    matter: str | None,
    contact: int | None,
) -> list[EventsByKind]:
    """The events of an offer or job, those of no matter and no contact, and those of the contact."""
    of_person = of_contact.get(contact) if contact is not None else None
    return [events for events in (of_matter.get(matter), of_matter.get(None), of_person) if events]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAnswers:
    """The answers given in a run, and what follows from them.

    `snoozed` names the steps that are snoozed for at least one person; `snoozed_until` is the
    last day that any step was snoozed until, also if it was done since. `stand_ins` are the
    events that the steps that were done stand for, by contact.
    """

    by_step: StepAnswers
    snoozed: frozenset[str]
    snoozed_until: date
    stand_ins: Mapping[int | None, EventsByKind]


NO_ANSWERS = RunAnswers(by_step={}, snoozed=frozenset(), snoozed_until=date.min, stand_ins={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One cause of a playbook, with what it is about and the answers given so far.

    `contacts` are the people it happened with. Waits count from `waits_from`: the cause's day, or
    the last day that a step was snoozed until. A run that is not `is_live` asks for nothing more;
    what was said in it still counts for `once`. `ends` are the kinds of event that end it.
    `places` are filled only for a playbook with `spread`.
    """

    index: Index
    playbook: Playbook
    cause: Event
    key: str
    is_live: bool
    waits_from: date
    contacts: Sequence[int]
    about: Subject | None
    answers: RunAnswers
    ends: frozenset[str]
    places: Places

    def events(self, contact: int | None) -> list[EventsByKind]:
        """The events of this offer or job, of a person if given, and those that answered steps stand for."""
        events = self.index.events_of(self.cause.about, contact)
        stand_ins = self.answers.stand_ins
        if not stand_ins:
            return events
        return [*events, *(stand_ins[key] for key in dict.fromkeys((None, contact)) if key in stand_ins)]


def runs(index: Index, playbook: Playbook) -> Iterator[Run]:
    """A run for each cause that may still ask for something, or that `once` ties to such a cause."""
    events: dict[str, list[Event]] = defaultdict(list)
    for event in _causes(index, playbook):
        events[cause_key(event)].append(event)
    causes = {key: min(events[key], key=lambda event: (event.day, event.contact or 0)) for key in events}
    stands_for = {name: step.stands_for for step in playbook.steps for name in (step.name, *step.was)}
    answers = {key: _answers(index, playbook, key, cause, stands_for) for key, cause in causes.items()}
    oldest = index.today - timedelta(days=playbook.at_most)
    live = {key for key, cause in causes.items() if max(cause.day, answers[key].snoozed_until) >= oldest}
    once_since = _once_since(playbook, min((causes[key].day for key in live), default=date.max))
    is_spread = any(step.spread for step in playbook.steps)
    for key, cause in causes.items():
        if key not in live and cause.day < once_since:
            continue
        contacts = sorted({event.contact for event in events[key] if event.contact is not None})
        about = index.history.subjects.get(cause.about or "")
        yield Run(
            index=index,
            playbook=playbook,
            cause=cause,
            key=key,
            is_live=key in live,
            waits_from=max(cause.day, answers[key].snoozed_until),
            contacts=contacts,
            about=about,
            answers=answers[key],
            # Only an event of a kind that the history or an answer holds can have ended the run.
            ends=frozenset(playbook.ends) if answers[key].stand_ins else index.kinds.intersection(playbook.ends),
            places=_places(index, playbook, cause, about) if is_spread and about and not contacts else NOWHERE,
        )


# --------------------------------------------------------------------------- causes


def _causes(index: Index, playbook: Playbook) -> Iterable[Event]:
    """The events that trigger the playbook: they happened, or come round."""
    if playbook.every:
        return _silences(index, playbook)
    happened = index.causes[playbook.trigger]
    if not playbook.yearly:
        return happened
    return chain.from_iterable(anniversaries(event, index.today) for event in happened)


def _silences(index: Index, playbook: Playbook) -> Iterator[Event]:
    """The next round of each contact's cadence, from the last contact or the last answer to the playbook."""
    names = [name for step in playbook.steps for name in (step.name, *step.was)]
    for touch in index.history.touches:
        person = index.history.people[touch.contact]
        answers = (answer for name in names for answer in index.by_step.get((playbook.name, name, person.uid), ()))
        answered = max((answer.day for answer in answers if answer.verdict != "snoozed"), default=date.min)
        if event := silence(touch, person, playbook.every, answered, index.history.calendar, index.today):
            yield event


def _once_since(playbook: Playbook, first: date) -> date:
    """The first day of a cause that a step's `once` may tie to a cause of the `first` day."""
    spans = [step.once for step in playbook.steps if step.once]
    return min((subtract(first, span) for span in spans), default=first) if first < date.max else first


# --------------------------------------------------------------------------- places


def _places(index: Index, playbook: Playbook, cause: Event, about: Subject) -> Places:
    """The places of a run's people, in the order in which they were added to its offers."""
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
    """The people of an offer, numbered within their role in the order in which they were added to it."""
    counts: dict[str, int] = {}
    numbers: dict[int, int] = {}
    for contact, role in offer.people:
        numbers[contact] = counts.get(role, 0)
        counts[role] = numbers[contact] + 1
    return numbers


def offers_of_season(index: Index, playbook: Playbook, cause: Event) -> Iterator[Subject]:
    """The offers that were decided in the season of a job, in the order in which they were added."""
    if playbook.season is None:
        return
    since = subtract(cause.day, playbook.season)
    for offer in sorted(index.history.subjects.values(), key=lambda subject: subject.id):
        if offer.is_offer and offer.decided_on is not None and offer.decided_on >= since:
            yield offer


# --------------------------------------------------------------------------- answers


def _answers(index: Index, playbook: Playbook, key: str, cause: Event, stands_for: _StandsFor) -> RunAnswers:
    by_step = index.by_cause.get((playbook.name, key))
    if not by_step:
        return NO_ANSWERS
    return RunAnswers(
        by_step=by_step,
        snoozed=frozenset(step for (step, _), answer in by_step.items() if answer.verdict == "snoozed"),
        snoozed_until=max((answer.until for answer in by_step.values() if answer.until), default=date.min),
        stand_ins=_stand_ins(index, cause, by_step, stands_for),
    )


def _stand_ins(
    index: Index, cause: Event, answers: StepAnswers, stands_for: _StandsFor
) -> Mapping[int | None, EventsByKind]:
    """The events that steps stand for once they are done: a call that is done has told them, logged or not."""
    stand_ins: dict[int | None, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for (name, uid), answer in answers.items():
        for kind in stands_for.get(name, ()) if answer.verdict == "done" else ():
            is_for_all = kind.startswith(("offer.", "job."))
            if is_for_all or uid in index.ids:
                contact = None if is_for_all else index.ids[uid]
                # An answer from before the cause's day was given before that day was moved.
                day = max(answer.day, cause.day)
                stand_ins[contact][kind].append(Event(kind, contact, day, cause.about, f"decision:{name}"))
    return stand_ins
