"""Playbooks: rules as data. Pure.

One kind of event triggers a playbook ("you declined an offer"). Each of its steps then asks for
one thing: a person to reach, a channel, a day, and the events that make the step needless.
`netcrm.playbooks.toml` reads a `Playbook` and its `Step`s from TOML, which spells exactly these
fields.

A condition is only a kind of event (`EVENTS`). A rule that needs more is a Python function,
passed as `Crm(rules=[...])`, so there is no expression language to learn.
"""

import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from netcrm.domain.dates import LONGEST_CLOSURE, Span, parse_cadence, parse_offset, parse_span
from netcrm.domain.vocabulary import (
    AUDIENCES,
    CHANNELS,
    CONTACT,
    COUNTS_AS,
    FILLED_IN,
    OFF,
    TIERS,
    VOICE,
    counted,
    instead,
)
from netcrm.errors import InvalidValue

# --------------------------------------------------------------------------- values


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("takes a text in quotes")
    return value


LONGEST_NAME = 100
"""The most characters of a name, which is also used as a file name."""


def is_name(text: str) -> bool:
    """Whether a text can be the name of a playbook or a step."""
    return 0 < len(text) <= LONGEST_NAME and all(char.isalnum() or char == "-" for char in text)


def _name(value: object) -> str:
    text = _text(value)
    if not is_name(text):
        raise ValueError(f"takes letters, digits and hyphens, at most {LONGEST_NAME}, such as “thank-you”")
    return text


def _topic(value: object) -> str:
    name = _name(value)
    if f"message.{name}" in CONTACT:
        raise ValueError(f"can't be “{name}”: `message.{name}` is already a kind of event; choose another word")
    return name


def _words(value: object) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items or not all(isinstance(item, str) and item for item in items):
        raise ValueError("takes a text, or a list of texts")
    return tuple(items)


def _lines(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item.strip() for item in value):
        raise ValueError("takes a list of lines, such as [“2026-11-23 offer.declined”]")
    return tuple(value)


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise ValueError("takes a day, such as 2026-11-23") from None


def _span(value: object) -> Span:
    text = _text(value)
    try:
        return parse_span(text)
    except ValueError as error:
        raise ValueError(f"“{text}” {error}") from None


def _offset(value: object) -> Span:
    text = _text(value)
    try:
        return parse_offset(text)
    except ValueError as error:
        raise ValueError(f"“{text}” {error}") from None


class _WrongIn(ValueError):
    """A mistake in one key of a table."""

    def __init__(self, key: str, why: str) -> None:
        self.key = key
        super().__init__(f"“{key}” {why}")


def _every(value: object) -> tuple[tuple[str, Span | None], ...]:
    if not isinstance(value, dict) or not value:
        raise ValueError(
            "takes a table: [every], with lines such as “tier:A” = “5 weeks” or “tag:NAME” = “off” below it"
        )
    return tuple((_group(group), _cadence(group, text)) for group, text in value.items())


def _group(group: str) -> str:
    kind, _, name = group.partition(":")
    if (kind == "tier" and name in TIERS) or (kind == "tag" and name.strip()):
        return group
    tiers = ", ".join(f"tier:{tier}" for tier in TIERS)
    raise _WrongIn(group, f"is not a group of contacts; write tag:NAME, or one of {tiers}")


def _cadence(group: str, text: object) -> Span | None:
    if text == OFF:
        return None
    try:
        return parse_cadence(_text(text))
    except ValueError as error:
        raise _WrongIn(group, f"{error}, or “off”") from None


def _flag(value: object) -> bool:
    if value is not True and value is not False:
        raise ValueError("takes true or false, without quotes")
    return value


def _sentence(value: object) -> str:
    text = _text(value)
    for _, name, spec, conversion in _parts(text):
        if name is not None and name not in FILLED_IN:
            raise ValueError(f"has {{{name}}}, which is not a known name; {instead(name, FILLED_IN)}")
        if spec or conversion:
            raise ValueError(f"has a format in {{{name}}}; write only the name between the braces")
    return text


def _parts(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(text))
    except ValueError:
        raise ValueError("has an unpaired brace; write {{ for a literal brace") from None


def _one_of(known: Iterable[str]) -> Callable[[object], str]:
    words = tuple(known)

    def parse(value: object) -> str:
        text = _text(value)
        if text not in words:
            raise ValueError(f"does not know “{text}”; {instead(text, words)}")
        return text

    return parse


def _audience(value: object) -> tuple[str, ...]:
    words = _words(value)
    for word in words:
        if not (word in AUDIENCES and word != "tag:NAME") and not (word.startswith("tag:") and word[4:].strip()):
            raise ValueError(f"does not know “{word}”; {instead(word, AUDIENCES)}")
    return words


# --------------------------------------------------------------------------- the rules


def _field(parse: Callable[[object], Any], about: str, **default: Any) -> Any:
    """A field of a dataclass, with the parser of its TOML value and its text in the reference."""
    return field(metadata={"parse": parse, "about": about}, **default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do for one person, with days that count from the cause."""

    name: str = _field(_name, "the step's identity: your answers belong to it; to rename it, use `was`")
    to: tuple[str, ...] = _field(_audience, "the people to reach: one audience, or a list of audiences")
    do: str = _field(_sentence, "the sentence that says what to do, worded as you would say it to a friend")
    due: Span = _field(
        _offset, "the time from the cause (or the `after` event) to the due day; “3 days before” goes back"
    )
    expires: Span = _field(_span, "the time from the due day until the step is no longer asked for")
    source: str = _field(_text, "the origin of the rule and of each number; “own” if you chose them yourself")
    channel: str | None = _field(
        _one_of(CHANNELS), "the channel; doing the step logs an interaction on it", default=None
    )
    overdue: Span | None = _field(
        _offset, "counted like `due`; after that day the step is shown first, in red", default=None
    )
    late: Span | None = _field(
        _offset, "counted like `due`; after that day `do_late` is shown instead of `do`", default=None
    )
    do_late: str | None = _field(_sentence, "the sentence for a late step; needs `late`", default=None)
    unless: tuple[str, ...] = _field(
        _words,
        "kinds of event that settle the step (“2 call.unanswered”: the second one); without it, contact on its channel",
        default=(),
    )
    after: str | None = _field(
        _text,
        "the kind of event that the step waits for and counts from; “2 call.unanswered” is the second one",
        default=None,
    )
    upon: str | None = _field(_text, "like `after`, but the step is not shown while it waits", default=None)
    at: str | None = _field(_text, "the kind of event whose day is the due day, once that day is known", default=None)
    within: Span | None = _field(
        _span, "the longest time from the cause to the event of `after`, `upon` or `at`; needed with them", default=None
    )
    opens: Span | None = _field(
        _span,
        "the time before the due day in which contact settles the step; without it, contact counts from the start",
        default=None,
    )
    spread: Span | None = _field(
        _span,
        "the time over which the due days of a batch of people are spread, but not past `overdue`; "
        "people of one company stay within two days",
        default=None,
    )
    once: Span | None = _field(
        _span, "the time within which the same person is asked for this step only once", default=None
    )
    topic: str | None = _field(
        _topic, "the purpose of the message; `message.TOPIC` then settles the step too", default=None
    )
    was: tuple[str, ...] = _field(_words, "earlier names of the step; answers to them stay valid", default=())
    draft: str | None = _field(_name, "the template of a letter for the step", default=None)

    def __post_init__(self) -> None:
        if (self.after or self.upon or self.at) and self.within is None:
            raise InvalidValue(
                "within", None, f"is missing, and step “{self.name}” waits for an event; say how long it may wait"
            )

    @property
    def settled_by(self) -> tuple[str, ...]:
        """The kinds of event that settle this step."""
        kinds = self.unless or COUNTS_AS.get(self.channel or "", ())
        topic = f"message.{self.topic}"
        return (*kinds, topic) if self.topic and topic not in kinds else kinds

    @property
    def said(self) -> frozenset[str]:
        """The kinds of contact and messages that settle the step, whatever they were about."""
        return frozenset(kind for kind in self.settled_by if kind in CONTACT or kind.startswith("message."))

    @property
    def stands_for(self) -> tuple[str, ...]:
        """The events that a step stands for once it is done, logged or not: its message, and its first milestone.

        Other milestones only make the step needless: the step `sign` ends with a signed contract,
        or with the first day, but a signed contract is not a first day.
        """
        milestones = [kind for kind in self.settled_by if kind.startswith(("offer.", "job."))]
        kinds = (*milestones[:1], *(kind for kind in self.settled_by if kind.startswith("message.")))
        logged = (f"{self.channel}.out",) if self.channel else ()
        return (*logged, *(kind for kind in kinds if kind not in CONTACT))

    @property
    def moves_by(self) -> int:
        """The most days by which the step moves to a business day."""
        return LONGEST_CLOSURE if self.channel in VOICE else 0

    @property
    def lasts(self) -> int:
        """The most days from the due day, or the end of a snooze, until the step has expired."""
        return self.moves_by + self.expires.at_most

    @property
    def at_most(self) -> int:
        """The most days from the cause until the step has expired, without snoozes."""
        wait: int = self.within.at_most if self.within else 0
        delay: int = self.spread.at_most + self.moves_by if self.spread else 0
        return wait + self.due.at_most + delay + self.lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A scenario in a playbook: its people, what happens, and the follow-ups that are open then."""

    about: str = _field(_text, "what the example shows, in a sentence")
    today: date = _field(_day, "the day whose open follow-ups are expected")
    people: tuple[str, ...] = _field(
        _lines,
        "the people, one line each: a first name, then roles, `tag:NAME`, `tier:A`; “interviewer” is on the offer "
        "of Acme, “interviewer@Globex” on that of Globex",
        default=(),
    )
    facts: tuple[str, ...] = _field(
        _lines,
        "what happens, one line each: a day, a kind of event, and the people (or the company of the offer): "
        "“2026-11-23 call.out Dana”; answers too: “2026-11-23 done confirm Dana”",
    )
    expect: tuple[str, ...] = _field(
        _lines,
        "every follow-up that is open then, one line each: the due day or “waiting”, the step, and the person: "
        "“2026-11-24 thank Sam”; the days are those without `spread`",
    )
    line: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """A set of steps that one kind of event triggers, once for each cause and person."""

    name: str = _field(_name, "the playbook's identity; your file replaces a built-in playbook of the same name")
    about: str = _field(_text, "the purpose of the playbook, in a sentence or two")
    trigger: str = _field(_text, "the kind of event that triggers the playbook; each such event starts a run")
    steps: tuple[Step, ...] = field(metadata={"about": "the steps, each a table [[step]]"})
    ends: tuple[str, ...] = _field(
        _words, "kinds of event that end a run, so that its open steps are dropped", default=()
    )
    every: tuple[tuple[str, Span | None], ...] = _field(
        _every, "how often to be in touch: a table [every] with “tag:NAME” or “tier:A” = a span, or “off”", default=()
    )
    yearly: bool = _field(_flag, "true if the day of the trigger returns every year; each year is a run", default=False)
    season: Span | None = _field(
        _span, "for a job: the time before it; the people of offers decided in that time are told", default=None
    )
    examples: tuple[Example, ...] = field(
        default=(),
        metadata={
            "about": "examples that `netcrm playbook test` plays, each a table [[example]] at the end of the file"
        },
    )

    @property
    def at_most(self) -> int:
        """The most days from the cause until every step of a run has expired."""
        return max((step.at_most for step in self.steps), default=0)

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of event that the playbook reads, without its trigger."""
        conditions = {
            word for step in self.steps for word in (*step.settled_by, step.after, step.upon, step.at) if word
        }
        return frozenset({counted(condition).kind for condition in conditions} | set(self.ends))

    @property
    def tags(self) -> frozenset[str]:
        """The tags that the steps' audiences name."""
        return frozenset(word[4:] for step in self.steps for word in step.to if word.startswith("tag:"))
