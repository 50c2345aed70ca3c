"""What a command costs before it does anything: what is asked every day imports next to nothing."""

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
UNASKED = ("netcrm.crm", "netcrm.cli.contacts")

PROBE = """
import json, sys
from netcrm.cli import main
code = main(sys.argv[1:])
sys.stdout.flush()
sys.stderr.write("\\n" + json.dumps([code, sorted(sys.modules)]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A database in which a call is due."""
    with Crm(tmp_path / "crm.db", today=TODAY) as crm:
        crm.add_offer("Acme", role="Engineer", people=["Dana Wu <dana@acme.example>:recruiter"])
        crm.decline("acme")
    return tmp_path


def imported(folder: Path, *argv: str, **more: str) -> tuple[str, list[str]]:
    """What a command in a fresh process prints, and every module it has imported by then."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("NETCRM", "_NETCRM", "COV_CORE"))}
    own = {"NETCRM_DB": str(folder / "crm.db"), "NETCRM_TODAY": str(TODAY), "XDG_CONFIG_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *argv],
        env={**clean, **own, **more},
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


@pytest.mark.parametrize("name", [*HEAVY, *UNASKED])
def test_what_must_not_be_imported_exists(name: str) -> None:
    """A module that was renamed would never be found among the imported ones, and its test would always pass."""
    assert importlib.util.find_spec(name)


@pytest.mark.parametrize("argv", ["--help", "due --help", "offer --help", "decline --help", "--version"])
def test_help_imports_no_store(argv: str, folder: Path) -> None:
    """Help in a pipe is the table and one command's parameters: no database toolkit, no pydantic, no rich."""
    printed, modules = imported(folder, *argv.split())
    assert printed
    assert not heavy(modules)


def test_help_for_everything_imports_no_command(folder: Path) -> None:
    """`netcrm --help` reads the table only."""
    _, modules = imported(folder, "--help")
    assert not set(UNASKED) & set(modules)


@pytest.mark.parametrize("argv", ["due", "due --json", "due --within 2w --limit 3", "plan", "playbook list"])
def test_asking_what_is_due_imports_no_store(argv: str, folder: Path) -> None:
    """The daily question goes through the standard library's sqlite3, though there is something to answer."""
    printed, modules = imported(folder, *argv.split())
    assert "Dana" in printed or "graceful-decline" in printed
    assert heavy(modules) <= ({"pydantic"} if "--limit" in argv else set())


@pytest.mark.parametrize("words", ["netcrm d", "netcrm offer ", "netcrm due --", "netcrm done "])
def test_completion_imports_no_store(words: str, folder: Path) -> None:
    """Pressing TAB waits for no database toolkit, not even to offer the open follow-ups."""
    line = {"_NETCRM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    printed, modules = imported(folder, **line)
    assert printed.strip()
    assert not heavy(modules)
