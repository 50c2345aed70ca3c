"""Playbooks in TOML: reading them, and reporting every mistake at its line. Pure.

TOML spells exactly the fields of `Playbook` and `Step`. So a misspelt key is an error with a
suggestion, never a rule that silently does nothing.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from itertools import count
from typing import Any

from netcrm.domain.vocabulary import AUDIENCES, SILENT, counted, instead, is_personal, kinds_with
from netcrm.errors import BadPlaybook, Problem
from netcrm.playbooks.model import Example, Playbook, Step
from netcrm.playbooks.scenarios import bad_lines

LONGEST_LINE = 2_000
"""The most characters of a line."""

Where = int | str | None
"""The table of a key: the index of its step, the name of its example, or None for the playbook."""


def without_examples(text: str) -> str:
    """A playbook's text without its examples, which only `check` and `test` read; all of it if steps follow them."""
    heads = [(number, line.replace(" ", "")) for number, line in _outside_strings(text) if line.startswith("[")]
    first = next((number for number, head in heads if head.startswith("[[example]]")), None)
    if first is None or any(number > first and head.startswith(("[[step]]", "[every]")) for number, head in heads):
        return text
    return "\n".join(text.splitlines()[: first - 1])


def read(text: str, file: str) -> Playbook:
    """The playbook in a TOML text; `BadPlaybook` lists all mistakes with their lines."""
    table = _parsed(text, file)
    reader = _Reader(file, _lines(text), text)
    playbook = reader.playbook(table)
    if playbook is None or reader.problems:
        raise BadPlaybook(sorted(reader.problems, key=lambda problem: problem.line))
    return playbook


def from_dict(table: Mapping[str, object]) -> Playbook:
    """The playbook in a mapping with the keys of the TOML form.

    >>> from_dict({"name": "hello", "about": "Say hello.", "trigger": "job.started", "step": [
    ...     {"name": "wave", "to": "me", "do": "Wave.", "due": "1 day", "expires": "1 week", "source": "own"}]}).name
    'hello'
    """
    reader = _Reader("playbook", {}, "")
    playbook = reader.playbook(table)
    if playbook is None or reader.problems:
        raise BadPlaybook(reader.problems)
    return playbook


def _parsed(text: str, file: str) -> dict[str, Any]:
    """The text, parsed by tomllib. Lines are bounded because a key of ten thousand dots would take it minutes."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            why = f"this line is longer than {LONGEST_LINE:,} characters; split it into several lines"
            raise BadPlaybook([Problem(file, number, why)])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPlaybook([_syntax_problem(str(error), file, text)]) from None
    except RecursionError:
        why = "brackets are nested hundreds of levels deep; a playbook needs two at most"
        raise BadPlaybook([Problem(file, 1, why)]) from None


def _syntax_problem(message: str, file: str, text: str) -> Problem:
    """The problem at its line, which tomllib gives only as text: “(at line 3, column 5)”, “(at end of document)”."""
    words, _, place = message.rpartition(" (at ")
    digits = place.removeprefix("line ").split(",")[0]
    line = int(digits) if digits.isdigit() else text.count("\n") + 1
    return Problem(file, line, f"this is not TOML: {words[:1].lower()}{words[1:]}; check the quotes and brackets here")


class _Reader:
    """Reads one mapping, and collects its mistakes instead of stopping at the first."""

    def __init__(self, file: str, lines: Mapping[tuple[Where, str], int], text: str) -> None:
        self.file, self.lines, self.text = file, lines, text
        self.problems: list[Problem] = []

    def wrong(self, where: Where, key: str, message: str, item: str | None = None) -> None:
        """Note a mistake in a key, or in an item of its list."""
        places = ((where, key), (where, ""), (None, "step"))
        line = next((self.lines[place] for place in places if place in self.lines), 1)
        below = self.text.splitlines()[line - 1 :] if item else []
        line += next((offset for offset, text in enumerate(below) if item and item in text), 0)
        self.problems.append(Problem(self.file, line, message))

    def playbook(self, table: Mapping[str, object]) -> Playbook | None:
        values = self.values(
            Playbook, {key: value for key, value in table.items() if key not in ("step", "example")}, None
        )
        tables = table.get("step")
        if not isinstance(tables, list) or not tables or not all(isinstance(item, dict) for item in tables):
            self.wrong(None, "step", "a playbook needs at least one [[step]]")
            return None
        steps = [self.step(item, index) for index, item in enumerate(tables)]
        self.check_names(tables)
        self.check_kinds(table, tables)
        self.check_audiences(table, tables)
        valid = [step for step in steps if step is not None]
        if values is None or len(valid) < len(steps):
            return None
        return Playbook(steps=tuple(valid), examples=self.examples(table, valid), **values)

    def examples(self, table: Mapping[str, object], steps: Sequence[Step]) -> tuple[Example, ...]:
        """The examples that have no mistake in their keys."""
        tables = table.get("example", [])
        if not isinstance(tables, list) or not all(isinstance(item, dict) for item in tables):
            self.wrong(None, "example", "each example is a table; write [[example]] above it")
            return ()
        examples = []
        for number, item in enumerate(tables):
            where = f"example {number}"
            values = self.values(Example, item, where)
            if values is not None:
                examples.append(Example(**values, line=self.lines.get((where, ""), 1)))
                for bad in bad_lines(examples[-1], steps):
                    self.wrong(where, bad.key, bad.why, bad.text)
        return tuple(examples)

    def step(self, table: Mapping[str, object], index: int) -> Step | None:
        before = len(self.problems)
        values = self.values(Step, table, index)
        self.check_step(table, index)
        return Step(**values) if values is not None and len(self.problems) == before else None

    def check_step(self, table: Mapping[str, object], index: int) -> None:
        """Check the keys that need, or exclude, each other."""
        waits = [key for key in ("after", "upon", "at") if key in table]
        if waits[:2] == ["after", "upon"]:
            self.wrong(index, "upon", "a step has `after` or `upon`, not both; remove one")
        if waits and "within" not in table:
            self.wrong(
                index, waits[0], f"a step with `{waits[0]}` needs `within`: how long it may wait, such as “1 month”"
            )
        if "within" in table and not waits:
            self.wrong(
                index, "within", "`within` needs `after`, `upon` or `at`, and this step has none of them; remove it"
            )
        for key, needed in (("late", "do_late"), ("do_late", "late")):
            if key in table and needed not in table:
                self.wrong(
                    index,
                    key,
                    f"`{key}` needs `{needed}`: `late` says when the step is late, `do_late` what to do then",
                )
        if "spread" in table and table.get("to") in ("me", ["me"]):
            self.wrong(index, "spread", "`spread` is for several people, and this step is only for you; remove it")
        settling = table.keys() & {"unless", "channel", "topic"}
        if not settling and table.get("to") not in ("me", ["me"]):
            self.wrong(
                index, "", "a step needs `channel`, `unless` or `topic`, so that netcrm can see that it was done"
            )

    def values(self, of: type, table: Mapping[str, object], where: Where) -> dict[str, Any] | None:
        known: dict[str, Field[Any]] = {item.name: item for item in fields(of) if "parse" in item.metadata}
        for key in table.keys() - known.keys():
            self.wrong(where, key, f"there is no key `{key}` here; {instead(key, known)}")
        values = {}
        for key, item in known.items():
            if key in table:
                try:
                    values[key] = item.metadata["parse"](table[key])
                except ValueError as error:
                    self.wrong(where, getattr(error, "key", key), f"`{key}` {error}")
            elif item.default is MISSING:
                self.wrong(where, "", f"`{key}` is missing; it is {item.metadata['about']}")
        complete = all(key in values for key, item in known.items() if item.default is MISSING)
        return values if complete and not table.keys() - known.keys() else None

    def check_names(self, steps: list[Mapping[str, object]]) -> None:
        taken: set[str] = set()
        for index, step in enumerate(steps):
            for name in (*_listed(step.get("name")), *_listed(step.get("was"))):
                if name in taken:
                    self.wrong(index, "name", f"two steps are named “{name}”; rename one")
                taken.add(name)

    def check_kinds(self, table: Mapping[str, object], steps: list[Mapping[str, object]]) -> None:
        known = kinds_with(topic for step in steps for topic in _listed(step.get("topic")))
        places: list[tuple[Where, str, object]] = [(None, key, table.get(key)) for key in ("trigger", "ends")]
        for index, step in enumerate(steps):
            places += [(index, key, step.get(key)) for key in ("unless", "after", "upon", "at")]
        for where, key, value in places:
            for kind in _listed(value):
                if (counted(kind).kind if key in ("unless", "after", "upon") else kind) not in known:
                    why = f"`{key}` names “{kind}”, which is not a kind of event; {instead(counted(kind).kind, known)}"
                    self.wrong(where, key, why)
        self.check_every(table, steps)
        if table.get("trigger") == "offer.told":
            why = "can happen several times for an offer; use “offer.declined”, and `after` in the steps"
            self.wrong(None, "trigger", f"“offer.told” {why}")

    def check_every(self, table: Mapping[str, object], steps: list[Mapping[str, object]]) -> None:
        """Check that `every` and its trigger come together, and that no other key says how often."""
        silent = table.get("trigger") == SILENT
        if silent and "every" not in table:
            self.wrong(None, "trigger", f"“{SILENT}” needs a table [every] that says how often to be in touch")
        if "yearly" in table and silent:
            self.wrong(None, "yearly", "`every` already says how often; remove `yearly`")
        if "every" in table and not silent:
            self.wrong(None, "every", f"`every` says how often to be in touch, and needs trigger = “{SILENT}”")
        for index, step in enumerate(steps) if silent or table.get("yearly") else ():
            if "once" in step:
                how = "every" if silent else "yearly"
                self.wrong(index, "once", f"`{how}` already says how often; remove `once`")

    def check_audiences(self, table: Mapping[str, object], steps: list[Mapping[str, object]]) -> None:
        """Check audiences: roles belong to the people of offers, and a job has only those of its season's offers."""
        trigger = str(table.get("trigger"))
        if not trigger.startswith("job."):
            if "season" in table:
                self.wrong(None, "season", "`season` needs a trigger such as “job.started”; remove it")
            if is_personal(trigger):
                self.check_person(trigger, steps)
            return
        for index, step in enumerate(steps):
            for word in _listed(step.get("to")):
                if word in ("primary", "others"):
                    self.wrong(index, "to", f"a job has no “{word}”; write “everyone”, or a role")
                elif word in AUDIENCES and word != "me" and "season" not in table:
                    why = 'means people of offers; add `season = "1 year"` above the steps for the offers of that time'
                    self.wrong(index, "to", f"“{word}” {why}")

    def check_person(self, trigger: str, steps: list[Mapping[str, object]]) -> None:
        """Check that a trigger with one person has steps for that person."""
        for index, step in enumerate(steps):
            for word in _listed(step.get("to")):
                if word in AUDIENCES and word not in ("everyone", "me"):
                    why = f"means people of an offer, and “{trigger}” happens with one person; write “everyone”"
                    self.wrong(index, "to", f"“{word}” {why}, which means that person")


def _listed(value: object) -> list[str]:
    """The texts in a value that should be a text or a list of texts; other values have been reported."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _lines(text: str) -> dict[tuple[Where, str], int]:
    """The line of each key, by its table and its name.

    tomllib keeps no positions, so keys are found line by line, outside multi-line strings. The
    lines are only used in messages.
    """
    lines: dict[tuple[Where, str], int] = {(None, ""): 1}
    where: Where = None
    steps, examples = count(), count()
    for number, line in _outside_strings(text):
        if line.replace(" ", "").startswith("[[step]]"):
            where = next(steps)
            lines[where, ""] = number
            lines.setdefault((None, "step"), number)
        elif line.replace(" ", "").startswith("[[example]]"):
            where = f"example {next(examples)}"
            lines[where, ""] = number
            lines.setdefault((None, "example"), number)
        elif line.startswith("["):
            lines.setdefault((None, line.strip("[] ")), number)
        elif "=" in line:
            lines.setdefault((where, line.partition("=")[0].strip().strip("\"'")), number)
    return lines


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
