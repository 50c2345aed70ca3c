"""The interface of the command line: commands, help, documentation, streams and exit codes."""

import ast
import inspect
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO, StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.emoji import Emoji
from rich.markdown import Markdown

import netcrm
from netcrm.cli import app, demo, main, reference
from netcrm.cli.app import PANELS, CommandEntry, CommandGroup
from netcrm.cli.fast_params import as_typed
from netcrm.crm import Crm
from netcrm.errors import (
    AlreadyExists,
    InputError,
    MissingExtra,
    NetcrmError,
    NotLocked,
    Overridable,
    RequestError,
    StandsOnIt,
    StoreError,
    TwoReasons,
)
from tests.helpers.cli_runner import TODAY, Cli
from tests.helpers.hostile import TO_TERMINALS

DOCS = Path(__file__).parent.parent.parent / "docs" / "cli.md"
LEAVES = {path: entry for entries in PANELS.values() for path, entry in reference.leaves(entries)}

PROMISED = {
    "init",
    "me",
    "add",
    "edit",
    "show",
    "list",
    "log",
    "remove",
    "forget",
    "offer add",
    "offer with",
    "offer list",
    "offer show",
    "offer edit",
    "offer reopen",
    "offer remove",
    "decline",
    "accept",
    "job started",
    "job settled",
    "due",
    "plan",
    "done",
    "snooze",
    "skip",
    "reopen",
    "why",
    "quiet",
    "undo",
    "backup",
    "restore",
    "doctor",
    "playbook list",
    "playbook show",
    "playbook check",
    "playbook diff",
    "playbook new",
    "playbook test",
    "import linkedin",
    "import google",
    "import outlook",
    "import vcard",
    "import csv",
    "import json",
    "duplicates",
    "merge",
    "export vcard",
    "export json",
    "export csv",
    "export ics",
    "demo",
}


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def function_of(entry: CommandEntry) -> object:
    module, _, name = entry.home.partition(":")
    return getattr(__import__(f"netcrm.cli.{module}", fromlist=[name]), name)


# --------------------------------------------------------------------------- help and documentation


def test_the_commands_are_those_that_are_promised() -> None:
    """The commands are exactly those that are promised."""
    assert LEAVES.keys() == PROMISED


@pytest.mark.parametrize("path", sorted(LEAVES))
def test_the_table_says_what_the_command_says(path: str) -> None:
    """The help in the table equals the first line of the command's docstring."""
    documented = inspect.getdoc(function_of(LEAVES[path])) or ""
    assert LEAVES[path].help == documented.splitlines()[0]


@pytest.mark.parametrize("path", sorted(LEAVES))
def test_every_command_has_help(path: str, cli: Cli) -> None:
    """`--help` prints the usage and the first line of help, and exits with 0."""
    said = cli(*path.split(), "--help")
    assert said.out.startswith(f"Usage: netcrm {path} ")
    assert LEAVES[path].help in " ".join(said.out.split())
    assert "<" not in said.lines[0]


@pytest.mark.parametrize("words", [[], ["--help"]])
def test_help_lists_every_command(words: list[str], cli: Cli) -> None:
    """`netcrm` and `netcrm --help` list every command and group with its line of help."""
    said = cli(*words)
    for entries in PANELS.values():
        for name, entry in entries.items():
            assert re.search(rf"^  {name} +{re.escape(entry.help)}$", said.out, re.MULTILINE)


@pytest.mark.parametrize("family", ["offer", "job", "playbook", "import", "export"])
def test_a_family_lists_its_members(family: str, cli: Cli) -> None:
    """`netcrm offer --help` lists the commands of the group; `netcrm offer` alone is an error that names that help."""
    shown = cli(family, "--help").out
    members = [path.split()[1] for path in LEAVES if path.startswith(f"{family} ")]
    assert all(f"\n  {member} " in shown for member in members)
    assert f"See: netcrm {family} --help" in cli.refused(family)


def test_the_reference_is_that_of_the_program() -> None:
    """docs/cli.md holds the current help of every command; if this fails, run `make docs`."""
    assert reference.reference() in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(LEAVES))
def test_every_option_is_documented(path: str) -> None:
    """The section of a command in docs/cli.md has every option and argument, each with its help."""
    section = DOCS.read_text(encoding="utf-8").partition(f"### netcrm {path}\n")[2].partition("\n### ")[0]
    for param in app.load(path.rpartition(" ")[2], LEAVES[path], None).params:
        assert param.help, f"{param.name} has no help"
        assert (param.opts[0] if param.param_type_name == "option" else param.metavar) in section


FILES = {"demo", "playbook new", *(path for path in LEAVES if path.startswith("export "))}
"""Commands that print a file, and the demo."""


@pytest.mark.parametrize("path", sorted(LEAVES.keys() - FILES))
def test_every_command_prints_json(path: str) -> None:
    """Every command has --json, except those that print a file, and the demo."""
    assert "json" in {param.name for param in app.load(path.rpartition(" ")[2], LEAVES[path], None).params}


@pytest.mark.parametrize("word", ["--db", "--today", "--version", "NETCRM_DB", "NETCRM_TODAY", "NETCRM_DEBUG"])
def test_what_holds_for_all_commands_is_documented(word: str) -> None:
    """docs/cli.md describes the global options and the environment variables."""
    assert word in DOCS.read_text(encoding="utf-8")


def test_the_version_is_printed(cli: Cli) -> None:
    """--version prints the version of netcrm."""
    assert cli("--version").out == f"netcrm {netcrm.__version__}\n"


# --------------------------------------------------------------------------- help on a terminal


def drawn(folder: Path, *argv: str) -> str:
    """The output of a command, without styles, on a pseudo-terminal so wide that no help is wrapped."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "netcrm", *argv],
        env={**environment(folder), "COLUMNS": "1000", "TERM": "xterm"},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ):
        os.close(theirs)
        with os.fdopen(ours, "rb", buffering=0) as screen:
            return unstyled(b"".join(shown_on(screen)).decode())


def shown_on(screen: FileIO) -> Iterator[bytes]:
    """The output of a pseudo-terminal until its other end is closed, which Linux reports as an error."""
    with suppress(OSError):
        while piece := screen.read(65_536):
            yield piece


def unstyled(screen: str) -> str:
    """The words on a screen, one blank apart."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", screen).split())


def is_shown(help_: str, screen: str) -> bool:
    """Whether a screen shows all of a help text; backticks become a style."""
    return " ".join(help_.replace("`", "").split()) in screen


def help_texts(path: str) -> list[str]:
    """Every help text that belongs to the help of a command, of a family or of netcrm itself."""
    if path in LEAVES:
        command = app.load(path.rpartition(" ")[2], LEAVES[path], None)
        return [command.help, *(param.help for param in command.params)]
    everything = {name: entry for entries in PANELS.values() for name, entry in entries.items()}
    family = everything.get(path)
    return [entry.help for entry in (family.commands if isinstance(family, CommandGroup) else everything).values()]


@pytest.mark.parametrize("path", ["", "offer", "offer add", "offer with", "log"])
def test_help_on_a_terminal_is_complete(path: str, tmp_path: Path) -> None:
    """On a terminal help shows every sign of the texts that it shows in a pipe, "NAME <EMAIL>:ROLE" included."""
    screen = drawn(tmp_path, *path.split(), "--help")
    assert [text for text in help_texts(path) if not is_shown(text, screen)] == []
    assert ('"NAME <EMAIL>:ROLE"' in screen) == (path in {"offer add", "offer with"})


@pytest.mark.parametrize("path", sorted(LEAVES))
def test_rich_swallows_no_sign_of_help(path: str) -> None:
    """Markdown would take `<...>`, `[...]`, `*` and `_` out of a help text; each is drawn as it is written."""
    written = app.load(path.rpartition(" ")[2], LEAVES[path], None)
    for_rich = app.load(path.rpartition(" ")[2], LEAVES[path], "markdown")
    pairs = [(written, for_rich), *zip(written.params, for_rich.params, strict=True)]
    for plain, escaped in pairs:
        assert is_shown(plain.help, drawn_as_markdown(escaped.help))


@pytest.mark.parametrize(
    "text", [*TO_TERMINALS[-1:], "<EMAIL> [x](y) *a* _b_ __c__ # 1. - :boom: &amp; ~~z~~ | \\ ![p](q)"]
)
def test_a_sign_is_never_markup(text: str) -> None:
    """For any help text, rich shows every sign, and styles only the parts in backticks."""
    assert is_shown(text, drawn_as_markdown(app._drawn(text, "markdown")))


def drawn_as_markdown(text: str) -> str:
    """The text as rich draws it for Typer."""
    console = Console(file=StringIO(), width=1000)
    console.print(Markdown(Emoji.replace(text)))
    return unstyled(console.file.getvalue()) if isinstance(console.file, StringIO) else ""


# --------------------------------------------------------------------------- words on the command line


def test_a_misspelt_command_gets_a_suggestion(cli: Cli) -> None:
    """A misspelt command gets the nearest command as a suggestion."""
    assert "Did you mean 'decline'" in cli.refused("declin", "acme")


def test_a_misspelt_option_is_refused(cli: Cli) -> None:
    """An unknown option is an error, and is not taken for a value."""
    assert "--emial" in cli.refused("job", "started", "--emial", "a@b.example")


@pytest.mark.parametrize("argv", [("add", "Dana", "--tier", "D"), ("decline", "acme", "--because", "money")])
def test_a_word_outside_a_vocabulary_is_refused_with_all_of_it(argv: tuple[str, ...], cli: Cli) -> None:
    """A value that is not a choice is refused with the list of choices."""
    assert re.search(r"is not valid here; use one of: (A, B, C|terms, career-path, .*)", cli.refused(*argv))


def test_a_choice_may_be_spelt_in_any_case(cli: Cli) -> None:
    """`--tier a` is tier A."""
    cli("add", "Dana Wu", "--tier", "a")
    assert cli("list", "--json").json["contacts"][0]["tier"] == "A"


def test_a_misspelt_channel_gets_a_suggestion(cli: Cli) -> None:
    """`log` without a valid channel suggests the nearest one, or lists all if none is near."""
    cli("add", "Dana Wu")
    assert "did you mean email?" in cli.refused("log", "dana", "emial", "hello")
    assert "call, voicemail, email" in cli.refused("log", "dana")


def test_the_summary_needs_no_quotes(cli: Cli) -> None:
    """In `log`, the words before the channel are contacts, and the words after it are the summary."""
    cli("add", "Dana Wu")
    cli("add", "Sam Roe")
    logged = cli("log", "dana", "sam", "call", "She", "was", "kind", "--json").json["interaction"]
    assert (logged["channel"], logged["summary"]) == ("call", "She was kind")
    assert "She was kind" in cli("show", "sam").out


@pytest.mark.parametrize("before", [True, False])
def test_the_global_options_may_stand_anywhere(before: bool, cli: Cli) -> None:
    """--db and --today work before the command and after it, and override the environment."""
    other = cli.folder / "other.db"
    given = ["--db", str(other), "--today", "2027-02-01"]
    words = [*given, "add", "Dana Wu"] if before else ["add", "Dana Wu", *given]
    cli(*words)
    assert other.exists()
    assert not cli.db.exists()
    words = [*given, "due", "--json"] if before else ["due", *given, "--json"]
    assert cli(*words).json["today"] == "2027-02-01"


def test_the_environment_names_database_and_day(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """NETCRM_DB and NETCRM_TODAY are the defaults of --db and --today."""
    other = cli.folder / "other.db"
    monkeypatch.setenv("NETCRM_DB", str(other))
    monkeypatch.setenv("NETCRM_TODAY", "2027-02-01")
    assert main(["add", "Dana Wu"]) == 0
    assert other.exists()
    cli.capsys.readouterr()
    assert main(["due", "--json"]) == 0
    assert json.loads(cli.capsys.readouterr().out)["today"] == "2027-02-01"


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("2026-11-20", "2026-11-20"),
        ("today", "2026-11-23"),
        ("yesterday", "2026-11-22"),
        ("-3d", "2026-11-20"),
        ("-2w", "2026-11-09"),
        ("-1 mo", "2026-10-23"),
    ],
)
def test_a_day_may_be_said_in_many_ways(word: str, day: str, cli: Cli) -> None:
    """DATE is an ISO date, the name of a near day or a span ago; `-3d` is a day and never an option."""
    assert cli("job", "started", word, "--json").json["job"]["started_on"] == day
    cli("add", "Dana Wu")
    assert cli("log", "dana", "call", "--on", word, "--json").json["interaction"]["day"] == day


def test_what_looks_like_a_day_stays_what_was_typed(cli: Cli) -> None:
    """A note may be “-3d”, and a tag may hold a minus sign."""
    cli("add", "Dana Wu", "--note", "-3d", "--tag", "\N{MINUS SIGN}x")
    contact = cli("list", "--json").json["contacts"][0]
    assert (contact["notes"], contact["tags"]) == ("-3d", ["\N{MINUS SIGN}x"])


@pytest.mark.parametrize(
    ("argv", "option"),
    [
        (["due", "--on", "soon"], "--on: “soon” is not a day"),
        (["--today", "soon", "due"], "--today: “soon” is not a day"),
        (["due", "--within", "soon"], "--within: “soon” is not a span"),
        (["plan", "--until", "soon"], "--until: “soon” is not a span"),
        (["list", "--silent-for", "soon"], "--silent-for: “soon” is not a span"),
        (["add", "Dana", "--every", "soon"], "--every: “soon” is not a span"),
        (["add", "Dana", "--birthday", "soon"], "--birthday: “soon” is not a day"),
        (["offer", "add", "Acme", "--received", "soon"], "--received: “soon” is not a day"),
        (
            ["offer", "add", "Acme", "--respond-by", "1899-12-31"],
            "--respond-by: “1899-12-31” lies outside 1900 to 2200",
        ),
        (
            ["offer", "add", "Acme", "--respond-by", "2201-01-01"],
            "--respond-by: “2201-01-01” lies outside 1900 to 2200",
        ),
        (["accept", "acme", "--signed", "2026-02-30"], "--signed: “2026-02-30” is not a day"),
        (["accept", "acme", "--cleared", "soon"], "--cleared: “soon” is not a day"),
        (["accept", "acme", "--starts", "soon"], "--starts: “soon” is not a day"),
        (["accept", "acme", "--on", "soon"], "--on: “soon” is not a day"),
        (["decline", "acme", "--on", "2023-02-29"], "--on: “2023-02-29” is not a day"),
        (["job", "started", "soon"], "DATE: “soon” is not a day"),
        (["job", "settled", "soon"], "DATE: “soon” is not a day"),
        (["log", "dana", "call", "--on", "soon"], "--on: “soon” is not a day"),
        (["log", "dana", "call", "--at", "soon"], "--at: “soon” is not a time"),
        (["snooze", "abc", "soon"], "SPAN|DATE: “soon” is neither a span nor a day"),
        (["done", "abc", "--on", "soon"], "--on: “soon” is not a day"),
    ],
)
def test_a_wrong_day_or_span_names_its_option(argv: list[str], option: str, cli: Cli) -> None:
    """The sentence says which option, what it was given and what it takes; nothing is created."""
    assert cli.refused(*argv).startswith(option)
    assert not cli.db.exists()


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (["due", "--on", "9999-01-01"], "--on: “9999-01-01” lies outside"),
        (["done", "ID", "--on", "+1d"], "--on: “2026-11-24” lies in the future"),
        (["done", "ID", "--on", "-9d"], "--on: “2026-11-14” lies before the event that caused it"),
        (["snooze", "ID", "-3d"], "SPAN|DATE: “2026-11-20” does not lie after today"),
        (["snooze", "ID", "today"], "SPAN|DATE: “2026-11-23” does not lie after today"),
        (["log", "dana", "call", "--on", "+1d"], "--on: “2026-11-24” lies in the future"),
        (["log", "dana", "call", "--at", "2027-01-01T10:00"], "--at: “2027-01-01” lies in the future"),
        (["log", "dana", "call", "--topic", "out"], "--topic: “out” is the name of a direction"),
        (["add", ""], "NAME: “” is empty"),
        (["add", "Kim", "--tag", " "], "--tag: “” is empty"),
        (["add", "Kim", "--email", "kim@x.example", "--email", "kim"], "--email: “kim” is not an e-mail address"),
        (["add", "Kim", "--url", "nowhere at all"], "--url: “nowhere at all” is not a web address"),
        (["add", "Kim", "--note", "x", "--birthday", "2027-01-01"], "--birthday: “2027-01-01” lies in the future"),
        (["add", "Kim", "--company", "x" * 501], "--company: “xxx"),
        (["edit", "dana", "--name", ""], "--name: “” is empty"),
        (["edit", "dana", "--phone", "no"], "--phone: “no” is not a phone number"),
        (["edit", "dana", "--linkedin", "no"], "--linkedin: “no” is not a LinkedIn profile"),
        (["me", "--quiet-until", "never"], "--quiet-until: “never” is not an end"),
        (["init", "--country", "Germany"], "--country: “Germany”"),
        (["offer", "add", ""], "COMPANY: “” is empty"),
        (["offer", "add", "Globex", "--received", "+1d"], "--received: “2026-11-24” lies in the future"),
        (
            ["offer", "add", "Globex", "--received", "-1d", "--respond-by", "2026-11-20"],
            "--respond-by: “2026-11-20” lies before the day the offer was received",
        ),
        (
            ["offer", "add", "Globex", "--role", "CTO", "--with", "Kim:boss"],
            "--with: “boss” is not a role. Roles: recruiter",
        ),
        (["offer", "add", "Globex", "--with", "Kim <kim>:other"], "--with: “kim” is not an e-mail address"),
        (["offer", "with", "acme", "<>:other"], "PERSON: “<>:other” is not a person"),
        (["offer", "edit", "acme", "--company", ""], "--company: “” is empty"),
        (["offer", "edit", "acme", "--decided", "+1d"], "--decided: “2026-11-24” lies in the future"),
        # --received alone was given: the other day is the stored one, so it keeps its own name.
        (
            ["offer", "edit", "acme", "--received", "today"],
            "decided on: “2026-11-22” lies before the day the offer was",
        ),
        (["decline", "initech", "--on", "+1d"], "--on: “2026-11-24” lies in the future"),
        (["accept", "initech", "--on", "+1d"], "--on: “2026-11-24” lies in the future"),
        (["accept", "initech", "--starts", "2026-11-01"], "--starts: “2026-11-01” lies before the day the offer was"),
        (["job", "started", "--email", "no"], "--email: “no” is not an e-mail address"),
        (["job", "started", "--company", "x" * 501], "--company: “xxx"),
        (["job", "settled", "2026-01-01"], "DATE: “2026-01-01” lies before the day the job started"),
        (["job", "started", "2026-11-23"], "settled on: “2026-11-22” lies before the day the job started"),
    ],
)
def test_a_refused_value_is_called_what_it_was_given_as(argv: list[str], named: str, cli: Cli) -> None:
    """An error names the option or argument that holds the bad value, and keeps the field's name if none does."""
    cli.begins_as(
        ("offer", "add", "Acme", "--received", "-9d", "--with", "Dana Wu:recruiter"),
        ("decline", "acme", "--on", "-1d"),
        ("offer", "add", "Initech", "--received", "-9d"),
        ("job", "started", "-3d", "--company", "Elsewhere"),
        ("job", "settled", "-1d"),
    )
    assert cli.refused(*(cli.ids()[0] if word == "ID" else word for word in argv)).startswith(named)


@pytest.mark.parametrize(
    ("argv", "missing"),
    [
        ([], "Missing argument 'ID... SPAN|DATE'"),
        (["abc"], "SPAN|DATE is missing; give a span or a date: netcrm snooze abc 3d"),
        (["3d"], "ID is missing; give the id of a follow-up: netcrm snooze ID 3d"),
        (["2026-12-01"], "ID is missing; give the id of a follow-up: netcrm snooze ID 2026-12-01"),
    ],
)
def test_snoozing_says_what_is_missing(argv: list[str], missing: str, cli: Cli) -> None:
    """If `snooze` gets a single word, it asks for the time if the word is an id, and for the id if it is a time."""
    assert cli.refused("snooze", *argv).startswith(missing)
    assert not cli.db.exists()


@pytest.mark.parametrize(
    ("at", "refused"),
    [
        ("2026-11-19T10:00", True),
        ("2026-11-20T10:00", False),
        ("10:00", False),
        ("2026-11-19T23:30+00:00", False),  # that is the 20th in Berlin
        ("2026-11-20T23:30+00:00", True),  # and this the 21st
        ("23:30-05:00", True),
    ],
)
def test_a_time_of_another_day_is_refused(at: str, refused: bool, cli: Cli) -> None:
    """--on and --at may not name different days, in the profile's time zone."""
    cli("init", "--timezone", "Europe/Berlin")
    cli("add", "Dana Wu")
    given = ["log", "dana", "call", "--on", "2026-11-20", "--at", at]
    if refused:
        assert re.match(r"--at: “.*” is on 2026-11-(19|21), but --on says 2026-11-20; ", cli.refused(*given))
    else:
        assert cli(*given, "--json").json["interaction"]["day"] == "2026-11-20"


def test_the_29th_of_february_is_a_birthday(cli: Cli) -> None:
    """29 February is a valid birthday in leap years only."""
    cli("add", "Dana Wu", "--birthday", "2000-02-29")
    assert cli("list", "--json").json["contacts"][0]["birthday"] == "2000-02-29"
    assert "--birthday" in cli.refused("add", "Sam Roe", "--birthday", "1900-02-29")


# --------------------------------------------------------------------------- errors and exit codes


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RequestError("no"), 2),
        (MissingExtra("that", "holidays"), 2),
        (InputError("no"), 3),
        (StoreError("no"), 4),
    ],
)
def test_each_family_of_errors_has_its_exit_code(
    error: NetcrmError, code: int, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in the request exits with 2, in the data with 3, in the database with 4."""
    monkeypatch.setattr(Crm, "due", lambda *_, **__: raising(error))
    assert cli.refused("due", code=code).startswith(str(error).partition("\n")[0])


def raising(error: BaseException) -> None:
    raise error


OVERRIDES: dict[str, tuple[Overridable, str]] = {
    "decline": (NotLocked("Acme", 1, ["no first day is set"]), "--anyway"),
    "offer edit": (TwoReasons("Dana Wu", "terms", "Acme", "fit", "Globex"), "--anyway"),
    "offer with": (TwoReasons("Dana Wu", "terms", "Acme", "fit", "Globex"), "--anyway"),
    "undo": (StandsOnIt("Added Dana Wu", 1, [(2, "Changed Dana Wu")]), "--with-later"),
    "backup": (AlreadyExists("all.backup"), "--force"),
    "export vcard": (AlreadyExists("all.vcf"), "--force"),
    "export json": (AlreadyExists("all.json"), "--force"),
    "export csv": (AlreadyExists("all.csv"), "--force"),
    "export ics": (AlreadyExists("all.ics"), "--force"),
}
"""For each command: a refusal that an option overrides, and that option."""


@pytest.mark.parametrize("path", sorted(OVERRIDES))
def test_a_refusal_names_the_option_on_the_shell_and_the_keyword_in_the_library(path: str) -> None:
    """A Python caller reads `anyway=True`, and a shell user reads `--anyway`: the option that the command has."""
    error, option = OVERRIDES[path]
    assert (f" {error.keyword}=True" in str(error), "--" in str(error)) == (True, False)
    command = app.load(path.rpartition(" ")[2], LEAVES[path], None)
    with command.make_context(path, [], resilient_parsing=True) as ctx:
        assert str(as_typed(error, ctx)) == error.worded(option)
    assert ("=True" in str(error), f" {option}" in str(error)) == (False, True)


def test_every_refusal_that_may_be_overridden_has_its_command() -> None:
    """A keyword that a library error names is a parameter of a method of `Crm`, and an option of a command."""
    assert set(Overridable.__subclasses__()) == {type(error) for error, _ in OVERRIDES.values()}
    methods = filter(callable, vars(Crm).values())
    keywords = {name for method in methods for name in inspect.signature(method).parameters}
    assert {error.keyword for error, _ in OVERRIDES.values()} <= keywords


def test_a_command_without_the_option_says_nothing_of_it() -> None:
    """If no option overrides a refusal, the message does not mention one."""
    command = app.load("new", LEAVES["playbook new"], None)
    with command.make_context("new", ["mine"], resilient_parsing=True) as ctx:
        assert str(as_typed(AlreadyExists("mine.toml"), ctx)).endswith("it exists already; name another file")


def texts_in(source: str) -> set[str]:
    """Every text in a module that is not a docstring."""
    tree = ast.parse(source)
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in bare)
    return {node.value for node in constants if isinstance(node.value, str)}


def test_no_message_spells_a_keyword_itself() -> None:
    """No text in the sources spells `keyword=True`: only `Overridable` adds it, for a Python caller."""
    package = Path(netcrm.__file__).parent
    spelt = {
        (path.relative_to(package).as_posix(), text)
        for path in package.rglob("*.py")
        for text in texts_in(path.read_text(encoding="utf-8"))
        if re.search(r"=(True|False)\b", text)
    }
    assert spelt == {("errors.py", "=True")}


def test_a_bug_says_so_and_keeps_its_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error is one sentence without data; --debug or NETCRM_DEBUG=1 shows the traceback."""
    monkeypatch.setattr(Crm, "due", lambda *_, **__: raising(KeyError("Dana Wu, who is nobody's business")))
    sentence = cli.refused("due", code=70)
    assert "bug in netcrm (KeyError)" in sentence
    assert "Dana" not in sentence
    monkeypatch.setenv("NETCRM_DEBUG", "1")
    assert main(["--db", str(cli.db), "due"]) == 70
    assert "Traceback" in cli.capsys.readouterr().err


def test_stopping_is_no_error(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C exits with 130, without a traceback."""
    monkeypatch.setattr(Crm, "due", lambda *_, **__: raising(KeyboardInterrupt()))
    assert "stopped" in cli("due", code=130).err


def test_a_message_can_not_drive_the_terminal(cli: Cli) -> None:
    """Errors of netcrm and of Typer show the escapes in a typed word instead of sending them to the terminal."""
    assert "\\x1b[2J" in cli.refused("show", "a\x1b[2J")
    assert "\x1b" not in cli.refused("a\x1b[2J")
    assert "\x1b" not in cli.refused("due", "--a\x1b[2J")


def test_due_tells_a_script_whether_something_is_due(cli: Cli) -> None:
    """`due --exit-code` exits with 1 if something is due, and with 0 if nothing is."""
    cli("due", "--exit-code")
    cli("offer", "add", "Acme", "--with", "Dana Wu:recruiter")
    cli("decline", "acme")
    assert cli("due", "--exit-code", code=1).out


class Gone(StringIO):
    """A stdout whose reader has gone away."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


class Late(StringIO):
    """A stdout on a full disk, which fails only when the buffer is flushed."""

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize(("stream", "code", "words"), [(Gone(), 141, ""), (Late(), 3, "no space left on device")])
def test_a_stdout_that_fails_is_answered(
    stream: StringIO, code: int, words: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the reader has gone away, netcrm exits silently; if the disk is full, it says so."""
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["playbook", "list"]) == code
    said = cli.capsys.readouterr().err
    assert words in said
    assert said.count("\n") == bool(words)


# --------------------------------------------------------------------------- completion


def completions(cli: Cli, monkeypatch: pytest.MonkeyPatch, *words: str) -> set[str]:
    """The words that bash offers after these words."""
    monkeypatch.setenv("NETCRM_DB", str(cli.db))
    monkeypatch.setenv("NETCRM_TODAY", str(cli.today))
    monkeypatch.setenv("_NETCRM_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    offered = cli()
    monkeypatch.delenv("_NETCRM_COMPLETE")
    assert offered.err == ""
    return set(offered.out.split())


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("netcrm d", {"due", "done", "decline", "demo"}),
        ("netcrm offer ", {"add", "with", "list", "show"}),
        ("netcrm decline acme --be", {"--because"}),
        ("netcrm decline acme --because c", {"career-path"}),
        ("netcrm offer edit acme --because c", {"career-path"}),
        ("netcrm edit dana --tier ", {"A", "B", "C"}),
        ("netcrm nonsense ", set()),
        ("netcrm done ", set()),
    ],
)
def test_the_shell_completes_commands_options_and_choices(
    words: str, offered: set[str], cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shell completes commands, commands of a group, options and choices, and nothing after an unknown command."""
    completed = completions(cli, monkeypatch, *words.split(" "))
    assert offered <= completed
    assert bool(completed) == bool(offered) or "nonsense" in words


def test_the_shell_completes_the_open_follow_ups(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `done`, `snooze`, `skip` and `why` the shell offers the ids of the open follow-ups."""
    cli("offer", "add", "Acme", "--with", "Dana Wu:recruiter")
    cli("decline", "acme")
    ids = set(cli.ids("plan"))
    for command in ("done", "snooze", "skip", "why"):
        assert completions(cli, monkeypatch, "netcrm", command, "") == ids


def test_the_completion_script_is_printed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """--show-completion prints the script for the shell."""
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    assert "_NETCRM_COMPLETE=complete_bash" in cli("--show-completion", "bash").out


# --------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    "argv",
    [
        "due",
        "plan",
        "list",
        "offer list",
        "me",
        "undo --list",
        "playbook list",
        "playbook show graceful-decline",
        "export vcard",
    ],
)
def test_reading_creates_nothing(argv: str, cli: Cli) -> None:
    """A command that reads works without a database, and creates no file."""
    cli(*argv.split())
    assert not cli.db.exists()


def test_a_newcomer_is_told_how_to_start(cli: Cli) -> None:
    """`due` without a database exits with 0, prints nothing on stdout and the first commands on stderr."""
    said = cli("due")
    assert said.out == ""
    assert "netcrm init" in said.err
    assert "netcrm demo" in said.err


def test_a_wrong_playbook_of_mine_is_reported_and_the_rest_works(cli: Cli) -> None:
    """`due` and `plan` report a bad playbook on stderr with file and line; the built-in playbooks still apply."""
    mine = cli.folder / "home" / "netcrm" / "playbooks" / "mine.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text('name = "mine"\nabot = "x"\n', encoding="utf-8")
    cli("offer", "add", "Acme", "--with", "Dana Wu:recruiter")
    cli("decline", "acme")
    for command in ("due", "plan"):
        said = cli(command)
        assert f"netcrm: {mine}:2: " in said.err
        assert "Dana" in said.out
    assert f"{mine}:2: " in cli.refused("playbook", "check", mine, code=3)


# --------------------------------------------------------------------------- real processes


def environment(folder: Path) -> dict[str, str]:
    names = {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"}
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("NETCRM", "_NETCRM"))}
    return {
        **clean,
        **dict.fromkeys(names, str(folder)),
        "NETCRM_DB": str(folder / "crm.db"),
        "NETCRM_TODAY": str(TODAY),
    }


def started(folder: Path, *argv: str, **more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "netcrm", *argv],
        env={**environment(folder), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run(folder: Path, *argv: str, **more: str) -> "subprocess.CompletedProcess[str]":
    with started(folder, *argv, **more) as process:
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(argv, process.returncode, out, err)


def test_two_processes_that_write_at_once_both_succeed(tmp_path: Path) -> None:
    """Two processes that both create the database lose no contact."""
    names = ["Dana Wu", "Sam Roe"]
    for process in [started(tmp_path, "add", name) for name in names]:
        with process:
            _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    listed = run(tmp_path, "list").stdout.splitlines()
    assert [line.split("\t")[1] for line in listed] == names


def test_what_was_printed_comes_before_the_error(tmp_path: Path) -> None:
    """If stdout and stderr are one stream, the report on the good file stands before the error about the bad one."""
    done = subprocess.run(
        [sys.executable, "-m", "netcrm", "import", "linkedin", demo.PEOPLE, "none.csv", "--json"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    reports, prefix, _ = done.stdout.partition("netcrm: ")
    assert (done.returncode, len(json.loads(reports)["reports"]), bool(prefix)) == (3, 1, True)


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """`netcrm list | head -1` ends silently, like any Unix tool."""
    with started(tmp_path, "playbook", "show", "graceful-decline") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        err = process.stderr.read()
        process.wait(timeout=60)
    assert err == ""
    assert process.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_output_to_a_full_disk_is_named(tmp_path: Path) -> None:
    """Output that can't be written is reported with exit 3, without a message from Python."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "netcrm", "playbook", "list", "--json"],
            env=environment(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 3
    assert done.stderr.startswith("netcrm: can't write the output: no space left on device")
    assert done.stderr.count("\n") == 1


CLOSED = "netcrm: can't write the output: it is closed. The change, if any, was saved"


@pytest.mark.skipif(os.name == "nt", reason="streams are closed the way of a POSIX shell")
@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("playbook list --json >&-", 3, CLOSED),
        ("--help >&-", 3, CLOSED),
        ("export vcard >&-", 3, CLOSED),
        ("add Kim >&-", 3, f"Added Kim (2)\n{CLOSED}"),
        ("init <&-", 0, "Ready"),
        ("list <&- 2>&-", 0, ""),
    ],
)
def test_a_stream_that_is_closed_is_no_bug(command: str, code: int, words: str, tmp_path: Path) -> None:
    """A closed stdout is reported like a full disk; a closed stdin or stderr is treated as no terminal."""
    with netcrm.Crm(tmp_path / "crm.db", today=TODAY) as crm:
        crm.add("Dana Wu")
        done = subprocess.run(
            ["sh", "-c", f"exec {sys.executable} -m netcrm {command}"],
            env=environment(tmp_path),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert done.stderr.startswith(words)
        assert done.stderr.count("\n") == (words.count("\n") + 1 if words else 0)
        assert bool(crm.contacts("Kim")) == ("Kim" in command)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize("argv", [["--help"], ["due", "--help"], ["--version"], ["show", "dana"], ["playbook", "list"]])
def test_nothing_that_is_printed_takes_a_full_disk_for_a_bug(argv: list[str], tmp_path: Path) -> None:
    """Help, which Typer prints, and all other output report a full disk with exit 3."""
    with netcrm.Crm(tmp_path / "crm.db", today=TODAY) as crm:
        crm.add("Dana Wu")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "netcrm", *argv]
        done = subprocess.run(
            command, env=environment(tmp_path), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert done.stderr.startswith("netcrm: can't write the output: no space left on device")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is set the way of Linux")
def test_a_full_disk_changes_nothing_and_is_named(tmp_path: Path) -> None:
    """A write that the disk refuses half way exits with 4 and a message, and changes nothing."""
    assert run(tmp_path, "add", "Dana Wu").returncode == 0
    limited = f"ulimit -f 4; exec {sys.executable} -m netcrm add 'Sam Roe'"
    done = subprocess.run(
        ["sh", "-c", limited], env=environment(tmp_path), capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("netcrm: can't use the database")
    assert "Traceback" not in done.stderr
    assert [line.split("\t")[1] for line in run(tmp_path, "list").stdout.splitlines()] == ["Dana Wu"]
