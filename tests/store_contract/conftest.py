"""The same rows in an SQLite file and on a PostgreSQL server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from netcrm import Crm
from tests.helpers.acts import busy_season
from tests.helpers.books import TODAY
from tests.helpers.copies import copy_to, schema_only
from tests.helpers.server import database, name_of

Both = tuple[Crm, Crm]
"""A database in a file, and one on a server."""


@contextmanager
def pair(path: Path, server: str, template: str) -> Iterator[Both]:
    """The file at `path`, and a copy of the template on the server."""
    none = path.parent / "none"
    with (
        database(server, template) as url,
        Crm(path, today=TODAY, playbooks=none) as on_file,
        Crm(url, today=TODAY, playbooks=none) as on_server,
    ):
        yield on_file, on_server


@pytest.fixture(scope="session")
def busy_template(
    postgresql_server: str, empty_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a database on the server with the rows of the busy season: it has restored a backup of the file."""
    folder = tmp_path_factory.mktemp("busy")
    with database(postgresql_server, empty_template) as url:
        with Crm(copy_to(folder / "book.db", busy_season)) as file, Crm(url) as server:
            server.restore(file.backup(folder / "copy").path)
        yield name_of(url)


@pytest.fixture(scope="module")
def read_only(postgresql_server: str, busy_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The busy season on both engines, for tests that write nothing."""
    path = copy_to(tmp_path_factory.mktemp("both") / "book.db", busy_season)
    with pair(path, postgresql_server, busy_template) as both:
        yield both


@pytest.fixture
def both(postgresql_server: str, busy_template: str, tmp_path: Path) -> Iterator[Both]:
    """The busy season on both engines."""
    with pair(copy_to(tmp_path / "book.db", busy_season), postgresql_server, busy_template) as both:
        yield both


@pytest.fixture
def both_empty(postgresql_server: str, empty_template: str, tmp_path: Path) -> Iterator[Both]:
    """An empty database on both engines."""
    with pair(copy_to(tmp_path / "empty.db", schema_only), postgresql_server, empty_template) as both:
        yield both
