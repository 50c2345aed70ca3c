"""The table of commands, and a group that loads a command only when it is run.

Typer builds every command of a program before it runs one: for thirty commands, with what
they import, that is most of a second before anything was asked. Here a command is a line
in a table until it is called. `--help`, completion and “did you mean” read the table;
running a command imports its module and builds that command only.

The table repeats the first line of each command's docstring; a test holds the two equal.
"""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup

import netcrm
from netcrm.cli.fast_params import Command, lighten
from netcrm.cli.terminal import out


@dataclass(slots=True)
class Settings:
    """What the global options said. The rest is for programs that call `main`: the demo keeps your playbooks out."""

    db: str | None = None
    today: str | None = None
    verbose: bool = False
    debug: bool = False
    playbooks: Path | None = None
    lock_timeout: float = 30.0


Markup = Literal["markdown"] | None
"""How help is drawn: by rich, which reads it as Markdown, or as plain text."""


_CODE_OR_SIGN = re.compile(r"(`[^`]*`)|[!-/:-@\[-`{-~]")
"""A part in backticks, or one ASCII punctuation mark: CommonMark escapes each of them with a backslash (§2.4)."""


class CommandEntry(NamedTuple):
    """A command before it is loaded: where its function is, and its help in a line."""

    home: str
    help: str


class CommandGroup(NamedTuple):
    """Commands that share their first word."""

    help: str
    commands: Mapping[str, CommandEntry]


PANELS: Mapping[str, Mapping[str, CommandEntry | CommandGroup]] = {
    "You": {
        "init": CommandEntry("contacts:init", "Set up the database and your profile."),
        "me": CommandEntry("contacts:me", "Show or change your profile."),
        "demo": CommandEntry("demo:demo", "Watch a made-up season in a throw-away database."),
    },
    "What to do": {
        "due": CommandEntry("followups:due", "Show what to do now, overdue first."),
        "plan": CommandEntry("followups:plan", "Show everything ahead, and what it waits for."),
        "quiet": CommandEntry("followups:quiet", "Ask whether you may announce the new job."),
        "why": CommandEntry("followups:why", "Explain a follow-up: its rule, its cause, its dates."),
        "done": CommandEntry("followups:done", "Answer follow-ups: done. Logs the interaction too."),
        "snooze": CommandEntry("followups:snooze", "Put follow-ups off for a while."),
        "skip": CommandEntry("followups:skip", "Drop follow-ups for good."),
        "reopen": CommandEntry("followups:reopen", "Take answers back: ask me again."),
    },
    "Offers": {
        "offer": CommandGroup(
            "Record offers and the people on them.",
            {
                "add": CommandEntry("offers:add", "Record an offer and the people on it; prints its id."),
                "with": CommandEntry("offers:with_", "Put people on an offer, or change their role on it."),
                "edit": CommandEntry("offers:edit", "Correct an offer."),
                "reopen": CommandEntry("offers:reopen", "Take a decision back: the offer is open again."),
                "remove": CommandEntry("offers:remove", "Remove an offer; undo brings it back."),
                "list": CommandEntry("offers:list_", "List the offers, the undecided first."),
                "show": CommandEntry("offers:show", "Show an offer, its people and what is open about it."),
            },
        ),
        "decline": CommandEntry("offers:decline", "Turn an offer down, and see what to do about it."),
        "accept": CommandEntry("offers:accept", "Record that you accept an offer, and its milestones."),
        "job": CommandGroup(
            "Record your own new job.",
            {
                "started": CommandEntry("offers:started", "Record your first day, and how you are reached there."),
                "settled": CommandEntry("offers:settled", "Record that you have settled in."),
            },
        ),
    },
    "People": {
        "add": CommandEntry("contacts:add", "Add a contact; prints the id."),
        "edit": CommandEntry("contacts:edit", "Change a contact."),
        "show": CommandEntry("contacts:show", "Show a contact: card, open follow-ups and timeline."),
        "list": CommandEntry("contacts:list_", "Find contacts."),
        "log": CommandEntry("contacts:log", "Record a call, a meeting, a message."),
        "duplicates": CommandEntry("duplicates:duplicates", "List contacts who may be one person."),
        "merge": CommandEntry("duplicates:merge", "Make one contact of two."),
        "remove": CommandEntry("contacts:remove", "Remove a contact; undo brings them back."),
        "forget": CommandEntry("maintenance:forget", "Erase somebody for good."),
    },
    "Everything": {
        "undo": CommandEntry("undo:undo", "Take back the last thing you did, whole."),
        "backup": CommandEntry("maintenance:backup", "Copy everything into one file."),
        "restore": CommandEntry("maintenance:restore", "Put a backup in the place of everything."),
        "doctor": CommandEntry("maintenance:doctor", "Check that all is well, or say what to do."),
        "playbook": CommandGroup(
            "Look at the rules behind the follow-ups.",
            {
                "list": CommandEntry("playbooks:list_", "List the playbooks in force."),
                "show": CommandEntry("playbooks:show", "Show the steps of a playbook."),
                "new": CommandEntry("playbooks:new", "Begin a playbook of your own."),
                "check": CommandEntry("playbooks:check", "Check a playbook file of your own."),
                "test": CommandEntry("playbooks:play", "Play the examples that a playbook carries."),
                "diff": CommandEntry("playbooks:diff", "Show what a playbook file would change, on your data."),
            },
        ),
        "import": CommandGroup(
            "Bring contacts in.",
            {
                "linkedin": CommandEntry("imports:import_linkedin", "Import LinkedIn's Connections.csv."),
                "google": CommandEntry("imports:import_google", "Import the CSV of Google Contacts."),
                "outlook": CommandEntry("imports:import_outlook", "Import Outlook's CSV."),
                "vcard": CommandEntry("imports:import_vcard", "Import vCards, as phones and mail programs write them."),
                "csv": CommandEntry("imports:import_csv", "Import any other CSV."),
                "json": CommandEntry("imports:import_json", "Import a whole book, or a part of one."),
            },
        ),
        "export": CommandGroup(
            "Take contacts out.",
            {
                "vcard": CommandEntry("exports:export_vcard", "Write contacts as vCards, for any address book."),
                "json": CommandEntry(
                    "exports:export_json", "Write the whole book as JSON, to be read again by any program."
                ),
                "csv": CommandEntry("exports:export_csv", "Write a table for a spreadsheet."),
                "ics": CommandEntry("exports:export_ics", "Write the open follow-ups for a calendar."),
            },
        ),
    },
}


# --------------------------------------------------------------------------- the lazy group


class CommandStub(TyperCommand):
    """A command before it is loaded: its name and its line of help."""

    def __init__(self, name: str, entry: CommandEntry, markup: Markup, panel: str | None) -> None:
        super().__init__(name, help=_drawn(entry.help, markup), rich_markup_mode=markup, rich_help_panel=panel)
        self.entry, self.markup = entry, markup


class Group(TyperGroup):
    """A group whose commands are stubs until one of them is run."""

    def get_help_option(self, ctx: Any) -> Any:
        """`--help`, read without pydantic."""
        return lighten(super().get_help_option(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The real command in place of its stub, with the global options added."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and isinstance(command, CommandStub):
            command = load(name, command.entry, command.markup)
        if command is not None:
            command.params = [*command.params, *_global_options(ctx.find_root().command.params)]
        return name, command, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - Typer's signature
        """The commands in their sections, in plain text (on a terminal rich does the same)."""
        for panel, commands in groupby(self.commands.values(), key=attrgetter("rich_help_panel")):
            with formatter.section(panel or "Commands"):
                formatter.write_dl([(command.name, command.help) for command in commands])


def load(name: str, entry: CommandEntry, markup: Markup) -> Any:
    """Import a command's module and build the command."""
    module, _, function = entry.home.partition(":")
    app = typer.Typer(add_completion=False, rich_markup_mode=markup, pretty_exceptions_enable=False)
    app.command(name, cls=Command)(getattr(import_module(f"netcrm.cli.{module}"), function))
    command = typer.main.get_command(app)
    _prepare(command, markup)
    return command


def _prepare(command: Any, markup: Markup) -> None:
    """Let a command's parameters be read without pydantic, and its help be drawn as it is written."""
    command.help = _drawn(command.help, markup)
    for param in map(lighten, command.params):
        param.help = _drawn(param.help, markup)


def _drawn(text: str, markup: Markup) -> str:
    """Help as it is handed to rich, which would read `<EMAIL>` as HTML: each sign outside `code` is escaped."""
    return text if markup is None else _CODE_OR_SIGN.sub(lambda match: match[1] or f"\\{match[0]}", text)


def _global_options(params: Sequence[Any]) -> Iterator[Any]:
    """The global options again, so that they may follow the command too."""
    for param in params:
        if param.name in ("db", "today", "verbose", "debug"):
            twin = copy.copy(param)
            twin.hidden, twin.expose_value, twin.envvar, twin.callback = True, False, None, _remember
            yield twin


def _remember(ctx: Any, param: Any, value: str | bool | None) -> None:
    if value is not None and value is not False:
        setattr(ctx.ensure_object(Settings), param.name, value)


def _stubs(
    entries: Mapping[str, CommandEntry | CommandGroup], markup: Markup, panel: str | None = None
) -> Iterator[CommandStub | Group]:
    for name, entry in entries.items():
        if isinstance(entry, CommandGroup):
            members = list(_stubs(entry.commands, markup))
            yield Group(name=name, help=entry.help, commands=members, rich_markup_mode=markup, rich_help_panel=panel)
        else:
            yield CommandStub(name, entry, markup, panel)


def _version(wanted: bool) -> None:
    if wanted:
        out(f"netcrm {netcrm.__version__}")
        raise typer.Exit


def root(
    ctx: typer.Context,
    db: Annotated[
        str | None,
        typer.Option(metavar="PATH|URL", envvar="NETCRM_DB", help="The database; else one in your data directory."),
    ] = None,
    today: Annotated[
        str | None,
        typer.Option(metavar="DATE", envvar="NETCRM_TODAY", help="Act as if it were this day: look ahead, or test."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say on stderr what is done: counts and durations, no names.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", envvar="NETCRM_DEBUG", help="Show the traceback of an error; it may hold names.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep the people you met while interviewing as allies, after you have said no.

    Record an offer and the people on it, decline it, and `netcrm due` tells you every day the few things to do
    next. `netcrm why` says why. Start with `netcrm init`, or look at `netcrm demo` first.
    """
    settings = ctx.ensure_object(Settings)
    settings.db, settings.today = db or settings.db, today or settings.today
    settings.verbose, settings.debug = verbose or settings.verbose, debug or settings.debug


def program(*, rich: bool) -> Group:
    """The whole command line; with `rich`, help is drawn for a terminal."""
    markup: Markup = "markdown" if rich else None
    app = typer.Typer(name="netcrm", cls=Group, rich_markup_mode=markup, pretty_exceptions_enable=False)
    app.callback()(root)
    group = cast("Group", typer.main.get_command(app))
    for panel, entries in PANELS.items():
        for stub in _stubs(entries, markup, panel):
            group.add_command(stub)
    _prepare(group, markup)
    return group
