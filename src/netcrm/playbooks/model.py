"""Playbooks: rules as data, and the words they are made of.

A playbook waits for one kind of event (you declined an offer) and then asks for steps:
whom to reach, on which channel, by when, unless what has happened. The truth is the
frozen `Playbook` and `Step`; `netcrm.playbooks.toml` reads them from TOML, a closed, total
spelling of the same fields.

Conditions are only kinds of event (`EVENTS`). Whatever needs more is a Python function
handed to `Crm(rules=[...])`; there is no expression language to learn or to break.
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
"""Characters that a name may have; a file is called by it."""


def is_name(text: str) -> bool:
    """Whether a playbook or a step can be called so."""
    return 0 < len(text) <= LONGEST_NAME and all(char.isalnum() or char == "-" for char in text)


def _name(value: object) -> str:
    text = _text(value)
    if not is_name(text):
        raise ValueError(f"takes letters, digits and hyphens, at most {LONGEST_NAME}, such as “thank-you”")
    return text


def _topic(value: object) -> str:
    name = _name(value)
    if f"message.{name}" in CONTACT:
        raise ValueError(f"can't be “{name}”, which is a direction of messages; choose another word")
    return name


def _words(value: object) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items or not all(isinstance(item, str) and item for item in items):
        raise ValueError("takes a text, or a list of texts")
    return tuple(items)


def _lines(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item.strip() for item in value):
        raise ValueError("takes a list of texts, each a line, such as [“2026-11-23 offer.declined”]")
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
    """What is wrong with one key of a table."""

    def __init__(self, key: str, why: str) -> None:
        self.key = key
        super().__init__(f"“{key}” {why}")


def _every(value: object) -> tuple[tuple[str, Span | None], ...]:
    if not isinstance(value, dict) or not value:
        raise ValueError("takes a table: [every], and below it “tier:A” = “5 weeks”, or “tag:NAME” = “off”")
    return tuple((_whom(who), _cadence(who, text)) for who, text in value.items())


def _whom(who: str) -> str:
    kind, _, name = who.partition(":")
    if (kind == "tier" and name in TIERS) or (kind == "tag" and name.strip()):
        return who
    raise _WrongIn(who, f"is nobody; write tag:NAME, or one of {', '.join(f'tier:{tier}' for tier in TIERS)}")


def _cadence(who: str, text: object) -> Span | None:
    if text == OFF:
        return None
    try:
        return parse_cadence(_text(text))
    except ValueError as error:
        raise _WrongIn(who, f"{error}, or “off”") from None


def _flag(value: object) -> bool:
    if value is not True and value is not False:
        raise ValueError("takes true or false, without quotes")
    return value


def _sentence(value: object) -> str:
    text = _text(value)
    for _, name, spec, conversion in _parts(text):
        if name is not None and name not in FILLED_IN:
            raise ValueError(f"has {{{name}}}, which is not filled in; {instead(name, FILLED_IN)}")
        if spec or conversion:
            raise ValueError(f"formats {{{name}}}; write the name alone between the braces")
    return text


def _parts(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(text))
    except ValueError:
        raise ValueError("has an unpaired brace; write {{ for a brace that is meant as one") from None


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


def _is(parse: Callable[[object], Any], about: str, **default: Any) -> Any:
    """A field: how its TOML value is read, and its line in the reference."""
    return field(metadata={"parse": parse, "about": about}, **default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do for one person, dated from the run's cause."""

    name: str = _is(_name, "the step's identity: answers belong to it; rename with `was`")
    to: tuple[str, ...] = _is(_audience, "whom: one audience or a list of them")
    do: str = _is(_sentence, "what to do, as you would say it to a friend")
    due: Span = _is(_offset, "how long after the cause (or the `after` event) it is due; or before it: “3 days before”")
    expires: Span = _is(_span, "how long after the due day it is no longer worth doing")
    source: str = _is(_text, "where the rule and its numbers come from; “own” where nobody else says")
    channel: str | None = _is(
        _one_of(CHANNELS), "how: doing the step logs an interaction on this channel", default=None
    )
    overdue: Span | None = _is(_offset, "counted like `due`: after that day it is shown first, in red", default=None)
    late: Span | None = _is(_offset, "counted like `due`: after that day it is said as in `do_late`", default=None)
    do_late: str | None = _is(_sentence, "what to do when it is late; needs `late`", default=None)
    unless: tuple[str, ...] = _is(
        _words,
        "kinds of event that settle it (“2 call.unanswered”: the second one); else contact on its channel",
        default=(),
    )
    after: str | None = _is(
        _text, "a kind of event it waits for, and counts from; “2 call.unanswered” is the second one", default=None
    )
    upon: str | None = _is(
        _text, "as `after`, but nothing is said of the step until it happens: it may never", default=None
    )
    at: str | None = _is(_text, "a kind of event whose day, once known, is the due day", default=None)
    within: Span | None = _is(
        _span, "how long after the cause `after`, `upon` or `at` may come; needed with them", default=None
    )
    opens: Span | None = _is(
        _span, "how long before the due day contact counts for it; else from the start", default=None
    )
    spread: Span | None = _is(
        _span,
        "over how long a batch of people is parted, not past `overdue`; those of one company within two days",
        default=None,
    )
    once: Span | None = _is(_span, "one ground: the same step for the same person counts this long", default=None)
    topic: str | None = _is(_topic, "what the message is for; `message.TOPIC` then settles the step too", default=None)
    was: tuple[str, ...] = _is(_words, "names the step had before: their answers stay valid", default=())
    draft: str | None = _is(_name, "the letter template that goes with it", default=None)

    def __post_init__(self) -> None:
        if (self.after or self.upon or self.at) and self.within is None:
            raise InvalidValue("within", None, f"bounds no wait, and step “{self.name}” waits; say how long it may")

    @property
    def settled_by(self) -> tuple[str, ...]:
        """The kinds of event that make this step needless."""
        kinds = self.unless or COUNTS_AS.get(self.channel or "", ())
        topic = f"message.{self.topic}"
        return (*kinds, topic) if self.topic and topic not in kinds else kinds

    @property
    def said(self) -> frozenset[str]:
        """The kinds that settle it by what passed between you and them, whatever that was about."""
        return frozenset(kind for kind in self.settled_by if kind in CONTACT or kind.startswith("message."))

    @property
    def stands_for(self) -> tuple[str, ...]:
        """What is true once the step is done, logged or not: its message, and the first fact that would settle it.

        The facts named after the first only make the step needless: a signed contract is no first day.
        """
        facts = [kind for kind in self.settled_by if kind.startswith(("offer.", "job."))]
        mine = (*facts[:1], *(kind for kind in self.settled_by if kind.startswith("message.")))
        logged = (f"{self.channel}.out",) if self.channel else ()
        return (*logged, *(kind for kind in mine if kind not in CONTACT))

    @property
    def moves_by(self) -> int:
        """Days by which it may be moved to a business day."""
        return LONGEST_CLOSURE if self.channel in VOICE else 0

    @property
    def lasts(self) -> int:
        """Days after it is due, or a snooze ends, from which on the step is surely gone."""
        return self.moves_by + self.expires.at_most

    @property
    def at_most(self) -> int:
        """Days after the cause from which on the step is surely gone (snoozes apart)."""
        waited: int = self.within.at_most if self.within else 0
        parted: int = self.spread.at_most + self.moves_by if self.spread else 0
        return waited + self.due.at_most + parted + self.lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A scenario that a playbook carries in itself: who there is, what happens, and what is open then."""

    about: str = _is(_text, "what it shows, in a sentence")
    today: date = _is(_day, "the day on which it is asked what is open")
    people: tuple[str, ...] = _is(
        _lines,
        "the cast, a line each: a first name, then roles, `tag:NAME`, `tier:A`; “interviewer@Globex” is on "
        "another offer than Acme's",
        default=(),
    )
    facts: tuple[str, ...] = _is(
        _lines,
        "what happens, a line each: a day, a kind of event, and with whom (or which company's offer): "
        "“2026-11-23 call.out Dana”; answers too: “2026-11-23 done confirm Dana”",
    )
    expect: tuple[str, ...] = _is(
        _lines,
        "everything that is open then, a line each: the day it is due, or “waiting”, the step, and with whom: "
        "“2026-11-24 thank Sam”; days are those before `spread`",
    )
    line: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """A set of steps that one kind of event sets in motion, once per cause and person."""

    name: str = _is(_name, "the playbook's identity; a file of yours with the same name replaces a built-in one")
    about: str = _is(_text, "what it is for, in a sentence or two")
    trigger: str = _is(_text, "the kind of event that starts a run")
    steps: tuple[Step, ...] = field(metadata={"about": "its steps, each a [[step]] table"})
    ends: tuple[str, ...] = _is(_words, "kinds of event that end a run: its open steps are dropped", default=())
    every: tuple[tuple[str, Span | None], ...] = _is(
        _every, "how often to be in touch, a table [every]: “tag:NAME” or “tier:A” to a span, or to “off”", default=()
    )
    yearly: bool = _is(
        _flag, "true: the day of the trigger comes round every year, and each year is a run", default=False
    )
    season: Span | None = _is(
        _span, "for a job: how long before it an offer was decided for its people to be told", default=None
    )
    examples: tuple[Example, ...] = field(
        default=(),
        metadata={"about": "scenarios that `netcrm playbook test` plays, each an [[example]] table, at the end"},
    )

    @property
    def at_most(self) -> int:
        """Days after its cause from which on a run has surely nothing left to ask."""
        return max((step.at_most for step in self.steps), default=0)

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of event that the rules read, the trigger apart."""
        said = {kind for step in self.steps for kind in (*step.settled_by, step.after, step.upon, step.at) if kind}
        read = {counted(condition)[1] for condition in said}
        return frozenset(read | set(self.ends))

    @property
    def tags(self) -> frozenset[str]:
        """The tags that its audiences name."""
        return frozenset(word[4:] for step in self.steps for word in step.to if word.startswith("tag:"))
