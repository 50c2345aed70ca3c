"""The examples of a playbook: how their lines are read. Pure; `netcrm.simulation` plays them.

An `[[example]]` names its people, what happens, and the follow-ups that are open on its day:

    people = ["Dana recruiter", "Sam interviewer tag:helper"]
    facts  = ["2026-11-23 offer.declined", "2026-11-23 call.out Dana", "2026-11-23 done confirm Dana"]
    expect = ["2026-11-24 thank Sam", "waiting check-in Dana"]
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from netcrm.domain.vocabulary import ROLES, SILENT, TIERS, instead, is_personal, kinds_with
from netcrm.playbooks.model import Example, Step

COMPANY = "Acme"
"""The company of an offer where an example names none."""

WAITING = "waiting"
ANSWERS = ("done", "skip")

DERIVED = {
    "offer.told": "follows from contact with the person who made the offer; write call.out NAME",
    "offer.started": "follows from the job; write job.started",
    SILENT: "comes round by itself; write the last contact, such as email.in NAME",
}
"""Kinds of event that are derived and can't be recorded."""


class Part(NamedTuple):
    """A part that a cast member has in the offer of a company."""

    company: str
    role: str


class CastMember(NamedTuple):
    """A person in an example: a first name, their parts in offers, their tags and their tier."""

    name: str
    parts: tuple[Part, ...] = ()
    tags: tuple[str, ...] = ()
    tier: str | None = None


class Fact(NamedTuple):
    """A fact of an example, or an answer to a step; `names` are people, or the company of an offer."""

    day: date
    kind: str
    step: str | None = None
    names: tuple[str, ...] = ()


class Cast:
    """The people of an example, by name, and the companies that made an offer."""

    def __init__(self, people: Iterable[str]) -> None:
        self.members: dict[str, CastMember] = {}
        for text in people:
            member = _member(text)
            if member.name in self.members:
                raise ValueError(f"two people are named “{member.name}”; rename one")
            self.members[member.name] = member
        companies = [part.company for member in self.members.values() for part in member.parts]
        self.companies = list(dict.fromkeys(companies)) or [COMPANY]


def _member(text: str) -> CastMember:
    name, *words = text.split() or [""]
    parts, tags, tier = [], [], None
    for word in words:
        kind, _, value = word.partition(":")
        role, _, company = word.partition("@")
        if kind == "tag" and value:
            tags.append(value)
        elif kind == "tier" and value in TIERS:
            tier = value
        elif role in ROLES:
            parts.append(Part(company or COMPANY, role))
        else:
            known = (*ROLES, "tag:NAME", *(f"tier:{tier}" for tier in TIERS))
            raise ValueError(f"“{text}” has an unknown word “{word}”; write “NAME ROLE”: {instead(word, known)}")
    return CastMember(name, tuple(parts), tuple(tags), tier)


def fact(text: str, cast: Cast, steps: Collection[Step]) -> Fact:
    """The fact in a line of `facts`, or a `ValueError` that names the mistake."""
    word, kind, names = _words(text)
    day = _day(word, text)
    if kind in ANSWERS:
        return Fact(day, kind, _step("".join(names[:1]), text, steps), _people(names[1:], text, cast))
    if kind in DERIVED:
        raise ValueError(f"“{text}”: {kind} {DERIVED[kind]}")
    topics = (step.topic for step in steps if step.topic)
    known = (*(each for each in kinds_with(topics) if each not in DERIVED), *ANSWERS)
    if kind not in known:
        raise ValueError(f"“{kind}” in “{text}” is not a kind of event; {instead(kind, known)}")
    if is_personal(kind):
        if not names:
            raise ValueError(f"“{text}” names no person; add a name from `people`")
        return Fact(day, kind, names=_people(names, text, cast))
    if not kind.startswith("offer."):
        if names:
            raise ValueError(f"“{text}” names “{names[0]}”, but an event of your job takes no name; remove it")
        return Fact(day, kind)
    companies = tuple(names or cast.companies)
    if len(companies) > 1 or not set(companies) <= set(cast.companies):
        raise ValueError(f"“{text}” does not name an offer; add {' or '.join(cast.companies)} after the kind")
    return Fact(day, kind, names=companies)


def expected(text: str, cast: Cast, steps: Collection[Step]) -> str:
    """A line of `expect` in its normal form: “2026-11-24 thank Sam”, “waiting thank Sam”."""
    word, step, names = _words(text)
    day = word if word == WAITING else str(_day(word, text))
    return " ".join((day, _step(step, text, steps), *_people(names, text, cast)))


class BadLine(NamedTuple):
    """A line of an example that can't be read: the key it stands under, the line, and why."""

    key: str
    text: str
    why: str


def bad_lines(example: Example, steps: Collection[Step]) -> Iterator[BadLine]:
    """The lines of an example that can't be read."""
    try:
        cast = Cast(example.people)
    except ValueError as error:
        yield BadLine("people", next((text for text in example.people if text in str(error)), ""), str(error))
        return
    for key, lines, read in (("facts", example.facts, fact), ("expect", example.expect, expected)):
        for text in lines:
            try:
                read(text, cast, steps)
            except ValueError as error:
                yield BadLine(key, text, str(error))


class _Words(NamedTuple):
    """The words of a line: its day, what happens or is expected, and with whom."""

    day: str
    what: str
    names: list[str]


def _words(text: str) -> _Words:
    words = text.split()
    day, what = (*words[:2], "", "")[:2]
    return _Words(day, what, words[2:])


def _day(word: str, text: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ValueError(f"“{text}” does not begin with a day; write it like 2026-11-23") from None


def _step(name: str, text: str, steps: Collection[Step]) -> str:
    names = [step.name for step in steps]
    if name not in names:
        raise ValueError(f"“{text}” has no known step after its first word or words; {instead(name, names)}")
    return name


def _people(names: Iterable[str], text: str, cast: Cast) -> tuple[str, ...]:
    for name in names:
        if name not in cast.members:
            raise ValueError(f"“{text}” names “{name}”, who is not in `people`; {instead(name, cast.members)}")
    return tuple(names)
