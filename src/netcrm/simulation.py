"""The simulation: plays the examples of a playbook on a `Crm` in memory.

So an example is derived and planned exactly as the user's data is. Only its playbook is in
force, and without `spread`, so that the expected days are easy to state.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import cast

from netcrm.crm import Crm
from netcrm.domain.models import Contact, Offer
from netcrm.domain.vocabulary import CONTACT, Channel, Direction, is_personal
from netcrm.errors import BadPlaybook, NetcrmError, Problem, Refused
from netcrm.planning.follow_up import FollowUp
from netcrm.playbooks.library import Loaded
from netcrm.playbooks.model import Example, Playbook
from netcrm.playbooks.scenarios import ANSWERS, Cast, Fact, bad_lines, expected, fact
from netcrm.services import contacts

NEW_EMPLOYER, OLD_EMPLOYER = "a new company", "an old company"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The result of an example: lines that were expected but are not open, and lines open but not expected."""

    example: Example
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not (self.missing or self.unexpected)


def rehearse(playbook: Playbook, file: str = "playbook") -> list[Rehearsal]:
    """Play every example of a playbook; `BadPlaybook` if it has none, or one can't happen."""
    if not playbook.examples:
        why = "there is no [[example]] to play; write one with its people, what happens, and what is open then"
        raise BadPlaybook([Problem(file, 1, why)])
    problems = [
        Problem(file, example.line, bad.why)
        for example in playbook.examples
        for bad in bad_lines(example, playbook.steps)
    ]
    if problems:
        raise BadPlaybook(problems)
    return [_played(playbook, example, file) for example in playbook.examples]


def _played(playbook: Playbook, example: Example, file: str) -> Rehearsal:
    people = Cast(example.people)
    with _Stage(playbook, people, example.today) as stage:
        facts = [(fact(text, people, playbook.steps), text) for text in example.facts]
        for happens, text in sorted(facts, key=lambda pair: pair[0].day):
            try:
                stage.perform(happens)
            except NetcrmError as error:
                why = f"“{text}” can't happen in this example: {error}"
                raise BadPlaybook([Problem(file, example.line, why)]) from None
        stage.go_to(example.today)
        open_lines = Counter(map(_line, stage.plan()))
    wanted = Counter(expected(text, people, playbook.steps) for text in example.expect)
    missing, unexpected = wanted - open_lines, open_lines - wanted
    return Rehearsal(example, tuple(missing.elements()), tuple(unexpected.elements()))


def _line(follow_up: FollowUp) -> str:
    """A follow-up as a line of `expect`."""
    names = (follow_up.contact.name,) if follow_up.contact else ()
    return " ".join((str(follow_up.due or "waiting"), follow_up.step, *names))


class _Stage(Crm):
    """A `Crm` in memory with one playbook in force; its day moves with the facts of the example."""

    def __init__(self, playbook: Playbook, people: Cast, today: date) -> None:
        super().__init__(memory=True, today=today)
        without_spread = replace(playbook, steps=tuple(replace(step, spread=None) for step in playbook.steps))
        self._workspace.loaded = Loaded([without_spread], [], frozenset())
        self._cast, self._last = people, today

    def go_to(self, day: date) -> None:
        """Set the current day, but never after the day of the example."""
        self._workspace.pinned = min(day, self._last)

    @cached_property
    def _people(self) -> dict[str, Contact]:
        members = self._cast.members.values()
        return {member.name: self.add(member.name, tags=member.tags, tier=member.tier) for member in members}

    @cached_property
    def _offers(self) -> dict[str, Offer]:
        offers = {}
        for company in self._cast.companies:
            parts = [(member.name, part) for member in self._cast.members.values() for part in member.parts]
            people = [f"{name}:{part.role}" for name, part in parts if part.company == company]
            offers[company] = self.add_offer(company, people=people)
        return offers

    def perform(self, happens: Fact) -> None:
        """Record a fact on its day, or on the day of the example if that is earlier."""
        self.go_to(happens.day)
        people, offers = self._people, self._offers
        if happens.kind in ANSWERS:
            self._answered(happens)
        elif is_personal(happens.kind):
            for name in happens.names:
                self._with(people[name], happens.kind, happens.day)
        elif happens.kind.startswith("offer."):
            self._of_offer(offers[happens.names[0]], happens.kind.removeprefix("offer."), happens.day)
        else:
            self._of_job(happens.kind, happens.day)

    def _answered(self, happens: Fact) -> None:
        first: dict[str, str] = {}
        for follow_up in self.plan():
            if follow_up.step == happens.step:
                first.setdefault(follow_up.contact.name if follow_up.contact else "me", follow_up.id)
        wanted = happens.names or tuple(first)
        if missing := [name for name in wanted if name not in first]:
            day = self.today
            raise Refused(f"“{happens.step}” is not open for {missing[0]} on {day}; write a day on which it is open")
        chosen = [first[name] for name in wanted]
        if happens.kind == "done":
            self.done(*chosen)
        else:
            self.skip(*chosen)

    def _of_offer(self, offer: Offer, what: str, day: date) -> None:
        match what:
            case "received":
                self.edit_offer(offer, received_on=day)
            case "respond-by":
                self.edit_offer(offer, respond_by=day)
            case "declined":
                self.decline(offer, on=day, anyway=True)
            case "accepted":
                self.accept(offer, on=day)
            case _:
                self.accept(offer, **{f"{what}_on": day})

    def _of_job(self, kind: str, day: date) -> None:
        match kind:
            case "job.started":
                self.job_started(day)
            case "job.settled":
                self.job_settled(day)
            case _:
                self.job_started(email="me@new.example")

    def _with(self, contact: Contact, kind: str, day: date) -> None:
        group, _, what = kind.partition(".")
        if kind in CONTACT:
            direction: Direction = "in" if what == "in" else "out"
            self.log(contact, cast("Channel", group), on=day, direction=direction, answered=what != "unanswered")
        elif group == "message":
            self.log(contact, "email", on=day, topic=what)
        elif kind == "contact.birthday":
            self.edit(contact, birthday=day)
        elif kind == "contact.dormant":
            self.edit(contact, dormant="asked for it")
        elif kind == "linkedin.connected":
            with self._workspace.write("edit", f"Connected with {contact.name}") as unit:
                unit.change(contacts.find(unit.session, contact), connected_on=day)
        else:
            if not self.contact(contact).company:
                self.edit(contact, company=OLD_EMPLOYER)
            self.edit(contact, company=NEW_EMPLOYER if kind == "affiliation.started" else "")
