"""The cost of starting: the daily commands import almost nothing."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netcrm import Crm
from tests.helpers.cli_runner import TODAY

HEAVY = (
    *(
        "sqlmodel",
        "sqlalchemy",
        "netcrm.domain.models",
        "netcrm.store.database",
        "alembic",
        "vobject",
        "pydantic",
        "rich",
    ),
    *("phonenumbers", "rapidfuzz"),
)
OTHER_COMMANDS = ("netcrm.crm", "netcrm.cli.contacts")

PROBE = """
import json, sys
from netcrm.cli import main
code = main(sys.argv[1:])
sys.stdout.flush()
sys.stderr.write("\\n" + json.dumps([code, sorted(sys.modules)]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a database in which a call is due."""
    with Crm(tmp_path / "crm.db", today=TODAY) as crm:
        crm.add_offer("Acme", role="Engineer", people=["Dana Wu <dana@acme.example>:recruiter"])
        crm.decline("acme")
    return tmp_path


def imported(folder: Path, *argv: str, **more: str) -> tuple[str, list[str]]:
    """The output of a command in a fresh process, and the modules that it has imported."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("NETCRM", "_NETCRM", "COV_CORE"))}
    settings = {"NETCRM_DB": str(folder / "crm.db"), "NETCRM_TODAY": str(TODAY), "XDG_CONFIG_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *argv],
        env={**clean, **settings, **more},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    code, modules = json.loads(done.stderr.rpartition("\n")[2])
    assert code == 0, done.stderr
    return done.stdout, modules


def heavy(modules: list[str]) -> set[str]:
    return {name for name in HEAVY if name in modules}


@pytest.mark.parametrize("name", [*HEAVY, *OTHER_COMMANDS])
def test_what_must_not_be_imported_exists(name: str) -> None:
    """The modules in these lists exist: a test for a renamed module would always pass."""
    assert importlib.util.find_spec(name)


@pytest.mark.parametrize("argv", ["--help", "due --help", "offer --help", "decline --help", "--version"])
def test_help_imports_no_store(argv: str, folder: Path) -> None:
    """Help in a pipe imports no database toolkit, no pydantic and no rich."""
    printed, modules = imported(folder, *argv.split())
    assert printed
    assert not heavy(modules)


def test_help_for_everything_imports_no_command(folder: Path) -> None:
    """`netcrm --help` imports no module of a command."""
    _, modules = imported(folder, "--help")
    assert not set(OTHER_COMMANDS) & set(modules)


@pytest.mark.parametrize("argv", ["due", "due --json", "due --within 2w --limit 3", "plan", "playbook list"])
def test_asking_what_is_due_imports_no_store(argv: str, folder: Path) -> None:
    """`due`, `plan` and `playbook list` read the database with sqlite3 alone, even when there is something to show."""
    printed, modules = imported(folder, *argv.split())
    assert "Dana" in printed or "graceful-decline" in printed
    assert heavy(modules) <= ({"pydantic"} if "--limit" in argv else set())


@pytest.mark.parametrize("words", ["netcrm d", "netcrm offer ", "netcrm due --", "netcrm done "])
def test_completion_imports_no_store(words: str, folder: Path) -> None:
    """Completion imports no database toolkit, not even to offer the open follow-ups."""
    line = {"_NETCRM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    printed, modules = imported(folder, **line)
    assert printed.strip()
    assert not heavy(modules)
