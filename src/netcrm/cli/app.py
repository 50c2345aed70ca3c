"""The table of commands, and a group that loads a command only when it is run.

Typer builds every command of a program before it runs one. For fifty commands and their
imports, that takes most of a second. Here each command is a line in a table: `--help`,
completion and “did you mean” read only the table. To run a command, netcrm imports its
module and builds that one command.

The table repeats the first line of each command's docstring; a test keeps the two equal.
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
    """The values of the global options, and two settings for programs that call `main`.

    The demo sets `playbooks`, so that it does not read the user's.
    """

    db: str | None = None
    today: str | None = None
    verbose: bool = False
    debug: bool = False
    playbooks: Path | None = None
    lock_timeout: float = 30.0


Markup = Literal["markdown"] | None
"""The markup of help: Markdown for rich, or None for plain text."""


_CODE_OR_SIGN = re.compile(r"(`[^`]*`)|[!-/:-@\[-`{-~]")
"""A part in backticks, or one ASCII punctuation mark. A backslash escapes any such mark in CommonMark (§2.4)."""


class CommandEntry(NamedTuple):
    """A command in the table: its module and function, and its line of help."""

    home: str
    help: str


class CommandGroup(NamedTuple):
    """Commands with the same first word, such as `offer add` and `offer list`."""

    help: str
    commands: Mapping[str, CommandEntry]


PANELS: Mapping[str, Mapping[str, CommandEntry | CommandGroup]] = {
    "You": {
        "init": CommandEntry("contacts:init", "Set up the database and your profile."),
        "me": CommandEntry("contacts:me", "Show or change your profile."),
        "demo": CommandEntry("demo:demo", "Watch a made-up season in a temporary database."),
    },
    "What to do": {
        "due": CommandEntry("followups:due", "Show what to do now, overdue first."),
        "plan": CommandEntry("followups:plan", "Show every open follow-up, and what it waits for."),
        "quiet": CommandEntry("followups:quiet", "Check whether you may announce your new job."),
        "why": CommandEntry("followups:why", "Explain a follow-up: its rule, its cause, its dates."),
        "done": CommandEntry("followups:done", "Mark follow-ups as done, and log the interactions."),
        "snooze": CommandEntry("followups:snooze", "Put follow-ups off for a while."),
        "skip": CommandEntry("followups:skip", "Drop follow-ups for good."),
        "reopen": CommandEntry("followups:reopen", "Take answers back, so that the follow-ups are open again."),
    },
    "Offers": {
        "offer": CommandGroup(
            "Record offers and the people on them.",
            {
                "add": CommandEntry("offers:add", "Record an offer and the people on it, and print its id."),
                "with": CommandEntry("offers:with_", "Add people to an offer, or change their role on it."),
                "edit": CommandEntry("offers:edit", "Correct an offer."),
                "reopen": CommandEntry("offers:reopen", "Take a decision back, so that the offer is open again."),
                "remove": CommandEntry("offers:remove", "Remove an offer; undo restores it."),
                "list": CommandEntry("offers:list_", "List your offers, the undecided ones first."),
                "show": CommandEntry("offers:show", "Show an offer, its people and its open follow-ups."),
            },
        ),
        "decline": CommandEntry("offers:decline", "Decline an offer, and show what to do about it."),
        "accept": CommandEntry("offers:accept", "Record that you accept an offer, and its milestones."),
        "job": CommandGroup(
            "Record your new job.",
            {
                "started": CommandEntry("offers:started", "Record your first day and your new contact details."),
                "settled": CommandEntry("offers:settled", "Record that you have settled in."),
            },
        ),
    },
    "People": {
        "add": CommandEntry("contacts:add", "Add a contact, and print its id."),
        "edit": CommandEntry("contacts:edit", "Change a contact."),
        "show": CommandEntry("contacts:show", "Show a contact with open follow-ups and timeline."),
        "list": CommandEntry("contacts:list_", "List your contacts, or search them."),
        "log": CommandEntry("contacts:log", "Record a call, a meeting or a message."),
        "duplicates": CommandEntry("duplicates:duplicates", "List contacts you may have twice."),
        "merge": CommandEntry("duplicates:merge", "Combine two contacts into one."),
        "remove": CommandEntry("contacts:remove", "Remove a contact; undo restores it."),
        "forget": CommandEntry("maintenance:forget", "Erase a contact for good."),
    },
    "Data and playbooks": {
        "undo": CommandEntry("undo:undo", "Undo the last thing you did."),
        "backup": CommandEntry("maintenance:backup", "Copy the whole database into one file."),
        "restore": CommandEntry("maintenance:restore", "Replace the database with a backup."),
        "doctor": CommandEntry("maintenance:doctor", "Check database, playbooks and backups, and say what to do."),
        "playbook": CommandGroup(
            "Look at the playbooks, the rules behind the follow-ups.",
            {
                "list": CommandEntry("playbooks:list_", "List the playbooks in force."),
                "show": CommandEntry("playbooks:show", "Show the steps of a playbook."),
                "new": CommandEntry("playbooks:new", "Start a playbook of your own."),
                "check": CommandEntry("playbooks:check", "Check a playbook file."),
                "test": CommandEntry("playbooks:play", "Run the examples in a playbook file."),
                "diff": CommandEntry("playbooks:diff", "Show what a playbook file would change in your plan."),
            },
        ),
        "import": CommandGroup(
            "Import contacts from files.",
            {
                "linkedin": CommandEntry("imports:import_linkedin", "Import LinkedIn's Connections.csv."),
                "google": CommandEntry("imports:import_google", "Import a CSV file from Google Contacts."),
                "outlook": CommandEntry("imports:import_outlook", "Import a CSV file from Outlook."),
                "vcard": CommandEntry("imports:import_vcard", "Import vCards from phones and mail programs."),
                "csv": CommandEntry("imports:import_csv", "Import any other CSV file."),
                "json": CommandEntry("imports:import_json", "Import a netcrm archive, whole or in part."),
            },
        ),
        "export": CommandGroup(
            "Export contacts and follow-ups to files.",
            {
                "vcard": CommandEntry("exports:export_vcard", "Export contacts as vCards, for any address book."),
                "json": CommandEntry("exports:export_json", "Export the whole database as a JSON archive."),
                "csv": CommandEntry("exports:export_csv", "Export a table for a spreadsheet."),
                "ics": CommandEntry("exports:export_ics", "Export the open follow-ups for a calendar."),
            },
        ),
    },
}


# --------------------------------------------------------------------------- the lazy group


class CommandStub(TyperCommand):
    """Stands in for a command until it is loaded, with its name and its line of help."""

    def __init__(self, name: str, entry: CommandEntry, markup: Markup, panel: str | None) -> None:
        super().__init__(name, help=_drawn(entry.help, markup), rich_markup_mode=markup, rich_help_panel=panel)
        self.entry, self.markup = entry, markup


class Group(TyperGroup):
    """A group of stubs, which loads a command when it is run."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option `--help`, made to be read without pydantic."""
        return lighten(super().get_help_option(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command itself in place of its stub, with the global options added."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and isinstance(command, CommandStub):
            command = load(name, command.entry, command.markup)
        if command is not None:
            command.params = [*command.params, *_global_options(ctx.find_root().command.params)]
        return name, command, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - Typer's signature
        """The commands by section, in plain text. On a terminal rich does the same."""
        for panel, commands in groupby(self.commands.values(), key=attrgetter("rich_help_panel")):
            with formatter.section(panel or "Commands"):
                formatter.write_dl([(command.name, command.help) for command in commands])


def load(name: str, entry: CommandEntry, markup: Markup) -> Any:
    """The command itself: this imports its module and builds it."""
    module, _, function = entry.home.partition(":")
    app = typer.Typer(add_completion=False, rich_markup_mode=markup, pretty_exceptions_enable=False)
    app.command(name, cls=Command)(getattr(import_module(f"netcrm.cli.{module}"), function))
    command = typer.main.get_command(app)
    _prepare(command, markup)
    return command


def _prepare(command: Any, markup: Markup) -> None:
    """Make a command read its parameters without pydantic, and show its help as it is written."""
    command.help = _drawn(command.help, markup)
    for param in map(lighten, command.params):
        param.help = _drawn(param.help, markup)


def _drawn(text: str, markup: Markup) -> str:
    """Help for rich, with each mark outside `code` escaped: as Markdown, `<EMAIL>` would be HTML and vanish."""
    return text if markup is None else _CODE_OR_SIGN.sub(lambda match: match[1] or f"\\{match[0]}", text)


def _global_options(params: Sequence[Any]) -> Iterator[Any]:
    """Hidden copies of the global options, so that they may follow the command too."""
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


def _print_version(requested: bool) -> None:
    if requested:
        out(f"netcrm {netcrm.__version__}")
        raise typer.Exit


def root(
    ctx: typer.Context,
    db: Annotated[
        str | None,
        typer.Option(
            metavar="PATH|URL", envvar="NETCRM_DB", help="The database. Default: a file in your data directory."
        ),
    ] = None,
    today: Annotated[
        str | None,
        typer.Option(metavar="DATE", envvar="NETCRM_TODAY", help="Act as if today were this day."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Report what netcrm does on stderr: counts and durations, no names.")
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", envvar="NETCRM_DEBUG", help="Show the traceback of an error; it may contain names."),
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Stay in touch with the people you met while interviewing, after you have declined their offer.

    Record an offer and the people on it, then decline it. Every day `netcrm due` shows the few things to do next, and
    `netcrm why` explains them. Start with `netcrm init`, or watch `netcrm demo` first.
    """
    settings = ctx.ensure_object(Settings)
    settings.db, settings.today = db or settings.db, today or settings.today
    settings.verbose, settings.debug = verbose or settings.verbose, debug or settings.debug


def program(*, rich: bool) -> Group:
    """The whole command line. With `rich`, help is laid out for a terminal."""
    markup: Markup = "markdown" if rich else None
    app = typer.Typer(name="netcrm", cls=Group, rich_markup_mode=markup, pretty_exceptions_enable=False)
    app.callback()(root)
    group = cast("Group", typer.main.get_command(app))
    for panel, entries in PANELS.items():
        for stub in _stubs(entries, markup, panel):
            group.add_command(stub)
    _prepare(group, markup)
    return group
