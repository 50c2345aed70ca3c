"""A runner of `netcrm` in this process, for tests of the command line."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from netcrm.cli import main
from netcrm.cli.app import Settings

TODAY = date(2026, 11, 23)
"""The day of the tests, a Monday."""


@dataclass(frozen=True, slots=True)
class Said:
    """The output and the exit code of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


_PREPARED: dict[tuple[tuple[object, ...], ...], bytes] = {}


class Cli:
    """Runs `netcrm` with a database and a day for the test, away from the user's files."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self.capsys = folder, capsys
        self.db = folder / "crm.db"
        self.today = TODAY
        for name in ("NETCRM_DB", "NETCRM_TODAY", "NETCRM_DEBUG", "_NETCRM_COMPLETE"):
            patch.delenv(name, raising=False)
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
            patch.setenv(name, str(folder / "home"))
        patch.setenv("COLUMNS", "80")
        patch.chdir(folder)

    def __call__(self, *argv: object, code: int = 0, lock_timeout: float = 30.0) -> Said:
        """Run one command and check its exit code."""
        said = self.run(*argv, lock_timeout=lock_timeout)
        assert said.code == code, f"{argv}: {said}"
        return said

    def run(self, *argv: object, lock_timeout: float = 30.0) -> Said:
        """Run one command, which may exit with any code but not print a traceback."""
        self.capsys.readouterr()
        settings = Settings(str(self.db), str(self.today), lock_timeout=lock_timeout)
        code = main([str(word) for word in argv], settings=settings)
        said = Said(code, *self.capsys.readouterr())
        assert "Traceback" not in said.err
        return said

    def refused(self, *argv: object, code: int = 2, lock_timeout: float = 30.0) -> str:
        """Run a command that must fail, and return its message."""
        said = self(*argv, code=code, lock_timeout=lock_timeout)
        assert said.out == ""
        assert said.err.startswith("netcrm: ")
        assert "=True" not in said.err, "an option is named to the shell, not a Python keyword"
        return said.err.removeprefix("netcrm: ").strip()

    def begins_as(self, *commands: tuple[object, ...]) -> None:
        """Use a database on which these commands were run. They run once; later tests copy the result."""
        if commands not in _PREPARED:
            for argv in commands:
                self(*argv)
            _PREPARED[commands] = self.db.read_bytes()
        self.db.write_bytes(_PREPARED[commands])
        self.db.chmod(0o600)

    def ids(self, command: str = "due") -> list[str]:
        """The ids of the follow-ups that `due` or `plan` shows."""
        return [item["id"] for item in self(command, "--json").json["follow_ups"]]
