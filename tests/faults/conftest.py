"""The sizes of the gates, and their figures.

Every gate is one function. Its short size runs with the other tests; `make faults` runs the long one, prints what was
found and copies it into docs/reliability.md. Only a run in which every gate held writes that page.
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
"""Read when the tests are collected: each test hides NETCRM_… from what it runs."""

Size = Callable[[int, int], int]
Report = Callable[[str, str, str], None]

_figures = pytest.StashKey[list[Figure]]()
_server = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_figures] = []
    config.stash[_server] = "not used"


@pytest.fixture
def size() -> Size:
    """How much of it: `size(few, many)`, by which of the two runs this is."""
    return lambda short, long: long if LONG else short


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Keeps what a gate found, before it is asserted: `report(gate, what was done, what was found)`."""
    kept, begun = request.config.stash[_figures], time.monotonic()
    return lambda gate, done, found: kept.append(Figure(gate, done, found, time.monotonic() - begun))


@pytest.fixture
def url(url: str, request: pytest.FixtureRequest) -> str:
    """A database of each kind; of the server, the version is kept for the page."""
    if url.startswith("postgresql"):
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            request.config.stash[_server] = connection.info.parameter_status("server_version") or "unknown"
    return url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Say what the gates found, and copy it into the page if all of them held."""
    figures = config.stash[_figures]
    if not LONG or not figures:
        return
    terminalreporter.section("what the gates found")
    for figure in figures:
        terminalreporter.write_line(str(figure))
    if PAGE and exitstatus == 0:
        copy_into(Path(PAGE), figures, f"{clock.now():%Y-%m-%d}: {versions(config.stash[_server])}.")
