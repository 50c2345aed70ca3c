"""The reference parts of docs/cli.md, docs/playbooks.md and docs/formats.md, generated from the program."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import Path

from netcrm.cli.app import PANELS, CommandEntry, CommandGroup, load, program
from netcrm.domain.vocabulary import AUDIENCES, COUNTS_AS, EVENTS, FILLED_IN, STATES, TOPICS
from netcrm.playbooks.library import BUILT_IN, check
from netcrm.playbooks.model import Example, Playbook, Step

WIDTH = 88


def reference() -> str:
    """Every command with its help, in the order of `netcrm --help` and under its headings."""
    parts = ["### netcrm", _fenced(help_of())]
    for panel, entries in PANELS.items():
        parts.append(f"## {panel}")
        for path, entry in leaves(entries):
            parts += [f"### netcrm {path}", _fenced(help_of(path, entry))]
    return "\n\n".join(parts)


def leaves(entries: Mapping[str, CommandEntry | CommandGroup], before: str = "") -> Iterator[tuple[str, CommandEntry]]:
    """The words of each command, such as “due” or “offer add”, with its entry in the table."""
    for name, entry in entries.items():
        if isinstance(entry, CommandGroup):
            yield from leaves(entry.commands, f"{before}{name} ")
        else:
            yield f"{before}{name}", entry


def help_of(path: str = "", entry: CommandEntry | None = None) -> str:
    """The help that `netcrm PATH --help` prints in a pipe."""
    command = load(path.rpartition(" ")[2], entry, None) if entry else program(rich=False)
    name = f"netcrm {path}".strip()
    with command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH) as ctx:
        return str(command.get_help(ctx))


def _fenced(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"


def playbooks() -> str:
    """Every field and word that a playbook can use, and every built-in step with its source."""
    words = {word: f"{about} (a state)" if word in STATES else about for word, about in EVENTS.items()}
    parts = [
        "## The fields of a playbook",
        _table(("field", "", "meaning"), _fields_of(Playbook)),
        "## The fields of a step",
        _table(("field", "", "meaning"), _fields_of(Step)),
        "## The fields of an example",
        _table(("field", "", "meaning"), _fields_of(Example)),
        "## Audiences: `to`",
        _table(("audience", "the people"), AUDIENCES.items()),
        "## Kinds of event",
        _table(("kind", "when"), [*words.items(), ("message.TOPIC", "a message on that topic, on any channel")]),
        "Known topics: " + "; ".join(f"`{topic}`, {about}" for topic, about in TOPICS.items()) + ".",
        "## What counts as contact on a channel",
        _table(
            ("`channel`", "without `unless`, settled by"), ((way, _code(kinds)) for way, kinds in COUNTS_AS.items())
        ),
        "## Placeholders in `do`",
        _table(("in braces", "meaning"), FILLED_IN.items()),
    ]
    return "\n\n".join([*parts, *map(_built_in, sorted(BUILT_IN.glob("*.toml")))])


def documents() -> str:
    """Every field of an archive that `export json` writes, section by section."""
    from netcrm.formats.archive import schema

    parts: dict[str, type[schema.ArchiveEntry]] = {"(the document)": schema.Archive, **schema.SECTIONS}
    parts |= {"methods": schema.MethodEntry, "affiliations": schema.AffiliationEntry}
    parts |= {"participants": schema.ParticipantEntry, "snapshot": schema.SnapshotEntry}
    shown: list[str] = []
    for name, model in parts.items():
        rows = (
            (field.alias or key, "needed" if field.is_required() else "", field.description or "")
            for key, field in model.model_fields.items()
        )
        shown.append(f"**{name}**: {model.__doc__}\n\n{_table(('field', '', 'meaning'), rows)}")
    return "\n\n".join(shown)


def sheets() -> str:
    """Every column of every table that `export csv` writes, and which of them `import csv` reads."""
    from netcrm.formats.csv.writer import COLUMNS, WORKED_OUT

    rows = ((name, ", ".join(columns)) for name, columns in COLUMNS.items())
    read = f"`netcrm import csv` reads `contacts` except `{'`, `'.join(WORKED_OUT)}`. It reads no other table."
    return f"{_table(('table', 'columns'), rows)}\n\n{read}"


_TABLES = {"steps": "[[step]]", "examples": "[[example]]"}


def _fields_of(cls: type) -> Iterator[tuple[str, str, str]]:
    for field in (field for field in fields(cls) if "about" in field.metadata):
        needed = "needed" if field.default is MISSING else ""
        yield _TABLES.get(field.name, field.name), needed, field.metadata["about"]


def _built_in(path: Path) -> str:
    playbook = check(path)
    rows = ((step.name, _code(step.to), step.channel or "", _when(step), step.source) for step in playbook.steps)
    head = f"## Built in: {playbook.name}\n\n{playbook.about} Triggered by `{playbook.trigger}`.\n\n"
    return head + _table(("step", "to", "channel", "when", "source"), rows)


def _when(step: Step) -> str:
    after, opener = "after " if step.due.count >= 0 else "", step.after or step.upon
    day = f"{step.due} {after}{f'`{opener}`' if opener else 'the cause'}"
    set_by = f", or on the day of `{step.at}`" if step.at else ""
    return f"{day}{set_by}" + (f"; overdue after {step.overdue}" if step.overdue else "")


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *((f"`{first}`", *rest) for first, *rest in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
