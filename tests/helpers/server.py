"""Databases on the PostgreSQL server of the tests."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

_names = (f"database_{os.getpid()}_{number}" for number in itertools.count(1))
_FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def configure(uri: str) -> None:
    """Turn durability off: this server lives for minutes, and the tests of durability use SQLite."""
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        for line in _FAST.splitlines():
            connection.execute(f"ALTER SYSTEM SET {line}".encode())
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def database(server: str, template: str) -> Iterator[str]:
    """The URL of a new database that is a copy of the template, dropped at the end of the block."""
    import psycopg

    name = next(_names)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        yield _url_of(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _url_of(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0].replace('postgresql:', 'postgresql+psycopg:')}/{name}?{query}"


def name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
