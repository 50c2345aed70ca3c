"""The log: silent unless asked for, and never with personal data."""

import logging
import tempfile
from pathlib import Path

import pytest

from netcrm import Crm
from netcrm.cli import main
from tests.helpers.cli_runner import TODAY, Cli

CANARY = "Quetzalcoatl"

COMMANDS = (
    f"init --name {CANARY} --email {CANARY}@example.org --phone {CANARY}",
    f"add {CANARY} --company {CANARY} --tag {CANARY} --email a@{CANARY}.example --note {CANARY} --title {CANARY}",
    f"edit 1 --url https://{CANARY}.example --dormant {CANARY}",
    "edit 1 --dormant ''",
    f"log 1 call {CANARY}",
    f"offer add {CANARY} --role {CANARY} --with {CANARY}:recruiter",
    f"decline {CANARY} --reason {CANARY}",
    "due",
    "plan",
    f"list {CANARY}",
    f"show {CANARY}",
    f"export vcard -o {CANARY}.vcf",
    f"backup {CANARY}.backup",
    f"restore {CANARY}.backup",
    "undo",
    "undo --list",
    "doctor",
    f"show {CANARY}x",
    f"log {CANARY} {CANARY}",
    f"forget {CANARY} --yes",
)


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def test_no_log_line_holds_what_is_in_the_book(
    cli: Cli,
    caplog: pytest.LogCaptureFixture,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name stored in every field appears in no log record of any command, and in no temporary file."""
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    caplog.set_level(logging.DEBUG, "netcrm")
    for command in COMMANDS:
        main(["-v", "--db", str(cli.db), "--today", str(TODAY), *(word.strip("'") for word in command.split())])
    lines = [record.getMessage() for record in caplog.records if record.name == "netcrm"]
    assert len(lines) > len(COMMANDS)
    assert not [line for line in lines if CANARY.lower() in line.lower()]
    assert list(temporary.iterdir()) == []


def test_v_says_what_is_done(cli: Cli) -> None:
    """`-v` before or after the command prints on stderr what was opened, written and read, in numbers."""
    said = cli("add", "Dana Wu", "-v")
    assert "netcrm: opened a file, schema" in said.err
    assert "netcrm: operation 1 (add): 1 entries in the journal" in said.err
    said = cli("-v", "due")
    assert "netcrm: read 0 events, 0 people and 0 answers" in said.err
    assert said.out == cli("due").out


def test_nothing_is_logged_unasked(cli: Cli) -> None:
    """Without `-v` nothing is logged, also after a command that had it; the library alone logs nothing either."""
    cli("add", "Dana Wu", "-v")
    assert cli("due").err == "Nothing to do now.\n"
    with Crm(cli.db) as crm:
        crm.add("Sam Okafor")
    assert not logging.getLogger("netcrm").handlers


@pytest.mark.parametrize("before", [True, False])
def test_a_traceback_is_only_shown_when_asked_for(cli: Cli, before: bool) -> None:
    """`--debug` prints the traceback of any error, a refusal included; the sentence still comes last."""
    assert "Traceback" not in cli("show", "nobody", code=2).err
    argv = ["--debug", "show", "nobody"] if before else ["show", "nobody", "--debug"]
    cli.capsys.readouterr()
    assert main(["--db", str(cli.db), *argv]) == 2
    said = cli.capsys.readouterr().err
    assert said.startswith("Traceback (most recent call last):")
    assert said.splitlines()[-1].startswith("netcrm: there is no contact “nobody”")
