"""Playbooks: rules as data, and what is wrong with a file of them.

A playbook waits for one kind of event (you declined an offer) and then asks for steps:
whom to reach, on which channel, by when, unless what has happened. The truth is the
frozen `Playbook` and `Step`; TOML is a closed, total spelling of the same fields, so a
misspelt key is an error with a suggestion, never a rule that silently does nothing.

Conditions are only kinds of event (`EVENTS`). Whatever needs more is a Python function
handed to `Crm(rules=[...])`; there is no expression language to learn or to break.
"""

import string
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from difflib import get_close_matches
from typing import Any, get_args

from netcrm.days import LONGEST_CLOSURE, Span, parse_offset, parse_span
from netcrm.errors import BadPlaybook, InvalidValue, Problem
from netcrm.terms import Channel, Role, Tier

CHANNELS: tuple[str, ...] = get_args(Channel)
VOICE = frozenset({"call", "meeting"})
"""Channels on which somebody must be at work: these steps move to a business day."""

TIERS: tuple[str, ...] = get_args(Tier)
OFF = "off"
"""A cadence that is none."""

ROLES: tuple[str, ...] = get_args(Role)
MADE_THE_OFFER = ("recruiter", "hiring-manager")
"""The roles that speak for an offer, the first one first."""

AUDIENCES = {
    "primary": "who made the offer: its recruiter, else its hiring manager",
    "others": "everyone else you met on the offer (referrers are not met, they are thanked on their own)",
    "everyone": "all the people you met on the offer; for a job, on those declined in its season; else who it was with",
    "me": "nobody: the step is a note to yourself",
    **{role: f"the people on the offer whose role is {role}" for role in ROLES},
    "tag:NAME": "every contact that carries the tag",
}

STATES = {
    "linkedin.connected": "you are connected with them on LinkedIn",
    "contact.dormant": "they asked not to be contacted, or you let the contact rest",
}
"""Kinds of event that, once they hold, hold for good: no step counts from when."""

CONTACT = {
    f"{channel}.{way}": f"{channel}, {words}"
    for channel in CHANNELS
    for way, words in (
        ("out", "from you to them"),
        ("in", "from them to you"),
        ("unanswered", "tried by you, nobody reached"),
    )
}
"""Kinds of event that are contact on a channel: these count from the day that a step counts from."""

SILENT = "contact.silent"
"""The kind of event that a cadence has come round."""

EVENTS = {
    "offer.received": "you received the offer",
    "offer.respond-by": "an undecided offer's last day to answer",
    "offer.declined": "you turned the offer down",
    "offer.told": "you told somebody who made the declined offer, on any channel",
    "offer.accepted": "you accepted the offer",
    "offer.signed": "its contract was signed",
    "offer.cleared": "its background checks were cleared",
    "offer.starts": "its first day of work, as agreed",
    "offer.started": "you started the job that it offered",
    "job.started": "you started the job",
    "job.settled": "you have settled in",
    "job.details": "your new contact details are stored",
    "contact.birthday": "it is their birthday",
    SILENT: "you have not been in touch for as long as `every` says",
    "affiliation.started": "they began at an organisation",
    "affiliation.ended": "they left an organisation",
    **STATES,
    **CONTACT,
}
"""Every kind of event, and when it happens. `message.TOPIC` comes on top, one for each topic."""

MILESTONES = frozenset(kind for kind in EVENTS if kind.startswith(("offer.", "job."))) - {"offer.told"}
"""Kinds of event that happen once to an offer or a job: for it they count from any day."""

TOPICS = {
    "thanked": "thanked them for their time",
    "confirmed": "confirmed the decline in writing",
    "details": "told them your new contact details",
    "suggested": "suggested somebody for the role",
    "birthday": "wished them a happy birthday",
    "congratulated": "congratulated them on their new job",
}
"""What a message can be for; a step may declare a topic of its own."""

FILLED_IN = {
    "name": "the contact's name",
    "first_name": "their first name",
    "company": "where they work",
    "organisation": "the offer's, or the job's, organisation",
    "role": "the role that was offered",
    "day": "the day of what set it in motion, such as 2026-12-01",
}
"""What `do` may mention in braces."""

COUNTS_AS = {
    "call": ("call.out", "call.in", "meeting.out", "meeting.in"),
    "meeting": ("meeting.out", "meeting.in"),
    "voicemail": ("voicemail.out", "call.out", "call.in", "meeting.out", "meeting.in"),
    "email": ("email.out", "letter.out"),
    "letter": ("letter.out", "email.out"),
    "message": ("message.out", "linkedin.out", "email.out", "call.out", "call.in", "meeting.out", "meeting.in"),
    "linkedin": ("linkedin.out", "linkedin.connected"),
    "public": ("public.out",),
}
"""What settles a step on a channel if its `unless` does not say otherwise."""


MOST_COUNTED = 99


def counted(condition: str) -> tuple[int, str]:
    """The how-manieth event of which kind: “2 call.unanswered” is the second call that reached nobody.

    >>> counted("2 call.unanswered"), counted("offer.told")
    ((2, 'call.unanswered'), (1, 'offer.told'))
    """
    number, _, kind = condition.partition(" ")
    numbered = kind and number.isascii() and number.isdecimal() and 1 <= int(number[:3]) <= MOST_COUNTED
    return (int(number), kind) if numbered else (1, condition)


def happened(condition: str | None) -> str:
    """A kind of event in words, such as “you accepted the offer”, and how often if more than once."""
    count, kind = counted(condition or "")
    if count > 1:
        return f"{happened(kind)}, {count} times"
    group, _, topic = kind.partition(".")
    if group == "message" and kind not in CONTACT:
        return f"you {TOPICS[topic]}" if topic in TOPICS else f"you logged a message about “{topic}”"
    return EVENTS.get(kind, f"“{kind}” has happened")


# --------------------------------------------------------------------------- values


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("takes a text in quotes")
    return value


def is_name(text: str) -> bool:
    """Whether a playbook or a step can be called so."""
    return bool(text) and all(char.isalnum() or char == "-" for char in text)


def _name(value: object) -> str:
    text = _text(value)
    if not is_name(text):
        raise ValueError("takes letters, digits and hyphens, such as “thank-you”")
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


def parse_cadence(text: str) -> Span:
    """A span that takes time; a `ValueError` says what it takes."""
    span = parse_span(text)
    if span.count == 0:
        raise ValueError("is no time at all; write how often, such as 3 months")
    return span


def _flag(value: object) -> bool:
    if value is not True and value is not False:
        raise ValueError("takes true or false, without quotes")
    return value


def _sentence(value: object) -> str:
    text = _text(value)
    for _, name, spec, conversion in _parts(text):
        if name is not None and name not in FILLED_IN:
            raise ValueError(f"has {{{name}}}, which is not filled in; {_instead(name, FILLED_IN)}")
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
            raise ValueError(f"does not know “{text}”; {_instead(text, words)}")
        return text

    return parse


def _audience(value: object) -> tuple[str, ...]:
    words = _words(value)
    for word in words:
        if not (word in AUDIENCES and word != "tag:NAME") and not (word.startswith("tag:") and word[4:].strip()):
            raise ValueError(f"does not know “{word}”; {_instead(word, AUDIENCES)}")
    return words


def _instead(word: str, known: Iterable[str]) -> str:
    """The nearest known word, or all of them when none is near."""
    words = tuple(known)
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean “{near[0]}”?" if near else f"use one of: {', '.join(words)}"


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
    def lasts(self) -> int:
        """Days after it is due, or a snooze ends, from which on the step is surely gone."""
        return (LONGEST_CLOSURE if self.channel in VOICE else 0) + self.expires.at_most

    @property
    def at_most(self) -> int:
        """Days after the cause from which on the step is surely gone (snoozes apart)."""
        waited: int = self.within.at_most if self.within else 0
        return waited + self.due.at_most + self.lasts


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


# --------------------------------------------------------------------------- reading


def read(text: str, file: str) -> Playbook:
    """The playbook that a TOML text spells; `BadPlaybook` lists everything wrong, with lines."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPlaybook([_syntax_problem(str(error), file, text)]) from None
    reader = _Reader(file, _lines(text))
    playbook = reader.playbook(table)
    if playbook is None or reader.problems:
        raise BadPlaybook(sorted(reader.problems, key=lambda problem: problem.line))
    return playbook


def from_dict(table: Mapping[str, object]) -> Playbook:
    """The playbook that a plain mapping spells, with the keys of the TOML form.

    >>> from_dict({"name": "hello", "about": "Say hello.", "trigger": "job.started", "step": [
    ...     {"name": "wave", "to": "me", "do": "Wave.", "due": "1 day", "expires": "1 week", "source": "own"}]}).name
    'hello'
    """
    reader = _Reader("playbook", {})
    playbook = reader.playbook(table)
    if playbook is None or reader.problems:
        raise BadPlaybook(reader.problems)
    return playbook


def _syntax_problem(message: str, file: str, text: str) -> Problem:
    """The place stands in words in words: “… (at line 3, column 5)” or “(at end of document)”."""
    words, _, place = message.rpartition(" (at ")
    digits = place.removeprefix("line ").split(",")[0]
    line = int(digits) if digits.isdigit() else text.count("\n") + 1
    return Problem(file, line, f"this is not TOML: {words[:1].lower()}{words[1:]}; check the quotes and brackets here")


class _Reader:
    """Reads one mapping; collects what is wrong instead of stopping at the first."""

    def __init__(self, file: str, lines: Mapping[tuple[int | None, str], int]) -> None:
        self.file, self.lines = file, lines
        self.problems: list[Problem] = []

    def wrong(self, step: int | None, key: str, message: str) -> None:
        places = ((step, key), (step, ""), (None, "step"))
        line = next((self.lines[place] for place in places if place in self.lines), 1)
        self.problems.append(Problem(self.file, line, message))

    def playbook(self, table: Mapping[str, object]) -> Playbook | None:
        values = self.values(Playbook, {key: value for key, value in table.items() if key != "step"}, None)
        found = table.get("step")
        if not isinstance(found, list) or not found or not all(isinstance(item, dict) for item in found):
            self.wrong(None, "step", "a playbook needs at least one [[step]]")
            return None
        steps = [self.step(item, index) for index, item in enumerate(found)]
        self.check_names(found)
        self.check_kinds(table, found)
        self.check_audiences(table, found)
        whole = [step for step in steps if step is not None]
        return None if values is None or len(whole) < len(steps) else Playbook(steps=tuple(whole), **values)

    def step(self, table: Mapping[str, object], index: int) -> Step | None:
        before = len(self.problems)
        values = self.values(Step, table, index)
        self.check_step(table, index)
        return Step(**values) if values is not None and len(self.problems) == before else None

    def check_step(self, table: Mapping[str, object], index: int) -> None:
        """What single keys can't show: that they need, or exclude, each other."""
        waits = [key for key in ("after", "upon", "at") if key in table]
        if waits[:2] == ["after", "upon"]:
            self.wrong(index, "upon", "`upon` is another `after`, and a step has one of them; take one out")
        if waits and "within" not in table:
            self.wrong(
                index, waits[0], f"a step with `{waits[0]}` needs `within`: how long it may wait (say “1 month”)"
            )
        if "within" in table and not waits:
            self.wrong(
                index, "within", "`within` bounds `after`, `upon` or `at`, and this step has none of them; take it out"
            )
        for one, other in (("late", "do_late"), ("do_late", "late")):
            if one in table and other not in table:
                self.wrong(index, one, f"`{one}` needs `{other}`: when it is late, and what to do then")
        told = table.keys() & {"unless", "channel", "topic"}
        if not told and table.get("to") not in ("me", ["me"]):
            self.wrong(index, "", "a step needs a `channel`, or `unless`, to know when it has been done")

    def values(self, of: type, table: Mapping[str, object], step: int | None) -> dict[str, Any] | None:
        known: dict[str, Field[Any]] = {item.name: item for item in fields(of) if "parse" in item.metadata}
        for key in table.keys() - known.keys():
            self.wrong(step, key, f"there is no `{key}` here; {_instead(key, known)}")
        values = {}
        for key, item in known.items():
            if key in table:
                try:
                    values[key] = item.metadata["parse"](table[key])
                except ValueError as error:
                    self.wrong(step, getattr(error, "key", key), f"`{key}` {error}")
            elif item.default is MISSING:
                self.wrong(step, "", f"`{key}` is missing; say {item.metadata['about']}")
        complete = all(key in values for key, item in known.items() if item.default is MISSING)
        return values if complete and not table.keys() - known.keys() else None

    def check_names(self, steps: list[Mapping[str, object]]) -> None:
        taken: set[str] = set()
        for index, step in enumerate(steps):
            for name in (*_listed(step.get("name")), *_listed(step.get("was"))):
                if name in taken:
                    self.wrong(index, "name", f"“{name}” names two steps; a name is an identity, choose another")
                taken.add(name)

    def check_kinds(self, table: Mapping[str, object], steps: list[Mapping[str, object]]) -> None:
        topics = {topic for step in steps for topic in _listed(step.get("topic"))} | TOPICS.keys()
        known = (*EVENTS, *(f"message.{topic}" for topic in sorted(topics)))
        places: list[tuple[int | None, str, object]] = [(None, key, table.get(key)) for key in ("trigger", "ends")]
        for index, step in enumerate(steps):
            places += [(index, key, step.get(key)) for key in ("unless", "after", "upon", "at")]
        for where, key, value in places:
            for kind in _listed(value):
                if (counted(kind)[1] if key in ("unless", "after", "upon") else kind) not in known:
                    why = f"`{key}` names “{kind}”, which is no kind of event; {_instead(counted(kind)[1], known)}"
                    self.wrong(where, key, why)
        self.check_every(table, steps)
        if table.get("trigger") == "offer.told":
            why = "may happen more than once for an offer; use “offer.declined”, and `after` in the steps"
            self.wrong(None, "trigger", f"“offer.told” {why}")

    def check_every(self, table: Mapping[str, object], steps: list[Mapping[str, object]]) -> None:
        """A cadence and its trigger need each other, and it says itself how often."""
        silent = table.get("trigger") == SILENT
        if silent and "every" not in table:
            self.wrong(None, "trigger", f"“{SILENT}” needs a table [every] that says how often to be in touch")
        if "yearly" in table and silent:
            self.wrong(None, "yearly", "`every` says how often already; take `yearly` out")
        if "every" in table and not silent:
            self.wrong(None, "every", f"`every` is how often to be in touch, and needs trigger = “{SILENT}”")
        for index, step in enumerate(steps) if silent or table.get("yearly") else ():
            if "once" in step:
                how = "every" if silent else "yearly"
                self.wrong(index, "once", f"`{how}` says how often already; take `once` out")

    def check_audiences(self, table: Mapping[str, object], steps: list[Mapping[str, object]]) -> None:
        """Roles are those of an offer's people; a job has none of its own, they come with the offers of its season."""
        trigger = str(table.get("trigger"))
        if not trigger.startswith("job."):
            if "season" in table:
                self.wrong(None, "season", "`season` looks for a job's offers, and no job triggers this; take it out")
            if trigger in (STATES | CONTACT) or trigger.startswith(("affiliation.", "contact.", "message.")):
                self.check_person(trigger, steps)
            return
        for index, step in enumerate(steps):
            for word in _listed(step.get("to")):
                if word in ("primary", "others"):
                    self.wrong(index, "to", f"nobody is “{word}” for a job; write “everyone”, or a role")
                elif word in AUDIENCES and word != "me" and "season" not in table:
                    why = 'are people of offers; say how long before the job with `season = "1 year"` above the steps'
                    self.wrong(index, "to", f"“{word}” {why}")

    def check_person(self, trigger: str, steps: list[Mapping[str, object]]) -> None:
        """What happens with one person asks for something of that person."""
        for index, step in enumerate(steps):
            for word in _listed(step.get("to")):
                if word in AUDIENCES and word not in ("everyone", "me"):
                    why = f"is said of an offer's people, and “{trigger}” happens with a person; write “everyone”"
                    self.wrong(index, "to", f"“{word}” {why}, which is that person")


def _listed(value: object) -> list[str]:
    """The texts in a value that should be a text or a list of texts; what else it is has been reported."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _lines(text: str) -> dict[tuple[int | None, str], int]:
    """Where each key stands: (index of the step, or None for the top, key) to its line.

    tomllib keeps no positions. Keys are found line by line; a line inside a multi-line
    string is none. Only used to say where an error is.
    """
    found: dict[tuple[int | None, str], int] = {(None, ""): 1}
    step: int | None = None
    for number, line in _outside_strings(text):
        if line.replace(" ", "").startswith("[[step]]"):
            step = 0 if step is None else step + 1
            found[step, ""] = number
            found.setdefault((None, "step"), number)
        elif line.startswith("["):
            found.setdefault((None, line.strip("[] ")), number)
        elif "=" in line:
            found.setdefault((step, line.partition("=")[0].strip().strip("\"'")), number)
    return found


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    closing = ""
    for number, line in enumerate(text.splitlines(), 1):
        if closing:
            closing = "" if closing in line else closing
            continue
        yield number, line.strip()
        for quote in ('"""', "'''"):
            if line.count(quote) % 2:
                closing = quote
