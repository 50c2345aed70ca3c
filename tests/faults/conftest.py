"""The sizes of the gates, and their figures.

Each gate is one test function. `make test-all` runs its short size. `make faults` runs its long size, prints the
figures and copies them into docs/reliability.md. It writes that page only if every gate held.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from netcrm import clock
from tests.faults.figures import Figure, copy_into, versions

LONG = os.environ.get("NETCRM_FAULTS") == "long"
PAGE = os.environ.get("NETCRM_FAULTS_PAGE")
"""Read at collection, because each test hides the NETCRM_ variables from the code it runs."""

Size = Callable[[int, int], int]
Report = Callable[[str, str, str], None]

_figures = pytest.StashKey[list[Figure]]()
_server = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_figures] = []
    config.stash[_server] = "not used"


@pytest.fixture
def size() -> Size:
    """The size of a gate: `size(short, long)` returns the one for this run."""
    return lambda short, long: long if LONG else short


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Record the figures of a gate before it asserts them: `report(gate, done, found)`."""
    kept, begun = request.config.stash[_figures], time.monotonic()
    return lambda gate, done, found: kept.append(Figure(gate, done, found, time.monotonic() - begun))


@pytest.fixture
def url(url: str, request: pytest.FixtureRequest) -> str:
    """A database on each engine; the version of the server is recorded for the page."""
    if url.startswith("postgresql"):
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            request.config.stash[_server] = connection.info.parameter_status("server_version") or "unknown"
    return url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Print the figures, and copy them into the page if every gate held."""
    figures = config.stash[_figures]
    if not LONG or not figures:
        return
    terminalreporter.section("what the gates found")
    for figure in figures:
        terminalreporter.write_line(str(figure))
    if PAGE and exitstatus == 0:
        copy_into(Path(PAGE), figures, f"{clock.now():%Y-%m-%d}: {versions(config.stash[_server])}.")
