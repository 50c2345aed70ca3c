"""Creating an SQLite file, checking it and connecting to it.

`connect` applies the settings of every connection, for the planner's reads and for the engine. With them, databases
survived kill -9, a full disk and simulated power cuts in SQLite's rollback-journal mode; docs/design.md explains each.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from netcrm.errors import CannotUse, NotOurs, StoreError
from netcrm.files.atomic import make_folder
from netcrm.store.error_messages import in_words
from netcrm.store.location import APPLICATION_ID, Location, refuse_unknown_schema

if TYPE_CHECKING:
    from sqlalchemy import PoolProxiedConnection

HEADER = b"SQLite format 3\0"

_JOURNAL = bytes.fromhex("d9d505f920a163d7")


def create(location: Location) -> None:
    """Create an empty private file (0600) for a new database; an existing file is left as it is."""
    path = location.path
    if path is None:
        return
    with in_words(str(path), 0):
        location.refuse_a_vanished_folder()
        make_folder(path.parent)
        with suppress(FileExistsError):
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                if os.name != "nt":
                    os.fchmod(descriptor, 0o600)  # a umask may remove the owner's rights too
            finally:
                os.close(descriptor)


_OURS: set[tuple[int, int]] = set()
"""Files whose header is netcrm's, by device and inode. A header is read once, before SQLite opens the file in this
process: closing a plain descriptor later would release the locks that SQLite holds on the file."""


def check(path: Path) -> None:
    """Refuse a path that is not a database of netcrm's, before SQLite opens it."""
    with in_words(str(path), 0):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            # In a folder that other users may write to, one of them may have made the link.
            where = path.resolve()
            raise CannotUse(
                str(path), f"it is a symbolic link to {where}; if that is the one you mean, name it itself with --db"
            )
        if not stat.S_ISREG(status.st_mode):
            raise CannotUse(str(path), "it is not a file; name a file with --db or NETCRM_DB")
        if status.st_size == 0 or (status.st_dev, status.st_ino) in _OURS:
            return
        with path.open("rb") as file:
            header = file.read(100)
        if not any(header) and _is_being_made(path.with_name(f"{path.name}-journal")):
            return
    if not header.startswith(HEADER):
        raise NotOurs(str(path), "it is not an SQLite file")
    if int.from_bytes(header[68:72]) != APPLICATION_ID:
        raise NotOurs(str(path), "it belongs to another program")
    refuse_unknown_schema(str(path), int.from_bytes(header[60:64]))
    _OURS.add((status.st_dev, status.st_ino))


def _is_being_made(journal: Path) -> bool:
    """Whether a file without a header is a new database whose first write was interrupted, by its rollback journal.

    Such a journal says that the file had no pages before. So it holds no data, and SQLite rolls it back to an empty
    file (https://sqlite.org/fileformat.html#the_rollback_journal).
    """
    try:
        with journal.open("rb") as file:
            header = file.read(20)
    except FileNotFoundError:
        return False
    return header.startswith(_JOURNAL) and header[16:20] == bytes(4)


MOST_UNWRITTEN = 16_000
"""The most changed pages that a transaction keeps in memory (62 MiB).

Once it writes some early, readers wait for its end. It is not a multiple of 256, because its last eight bits
decide whether SQLite may write pages early.
"""


def connect(path: Path, *, writes: bool, lock_timeout: float) -> sqlite3.Connection:
    """An SQLite connection with netcrm's settings, which begins no transaction by itself.

    A reader opens the file read-write too: after a crash it may have to roll back the journal before it can read.
    `query_only` keeps it from writing anything else.
    """
    check(path)
    uri = f"{path.resolve().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=lock_timeout, isolation_level=None, check_same_thread=False)
    settings = (
        ("foreign_keys", "ON"),
        ("trusted_schema", "OFF"),
        ("cell_size_check", "ON"),
        ("secure_delete", "ON"),
        ("cache_spill", MOST_UNWRITTEN),
        ("synchronous", "EXTRA"),
        ("fullfsync", "ON"),
        ("query_only", "OFF" if writes else "ON"),
    )
    try:
        for name, value in settings:
            connection.execute(f"PRAGMA {name}={value}")
        # Again, after `check`: a newer netcrm may have migrated the file since, or its newest pages may be in a WAL.
        refuse_unknown_schema(str(path), schema_of(connection))
    except (sqlite3.Error, UnicodeDecodeError, StoreError):
        connection.close()
        raise
    return connection


def leave_wal(connection: sqlite3.Connection) -> None:
    """Go back to the rollback journal if another tool has switched the file to WAL: a plain copy would lack the WAL.

    That fails while another program has the file open; `doctor` then says so, and the next write tries again. The mode
    is known by the WAL beside the file, which is there once the file was read. Asking SQLite would take a lock, for
    which many writers would wait.
    """
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    if not path or not Path(f"{path}-wal").exists():
        return
    with without_waiting(connection), suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode=DELETE")


@contextmanager
def without_waiting(connection: sqlite3.Connection) -> Iterator[float]:
    """Make SQLite refuse a locked file at once; yields the seconds for which it would have waited."""
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout=0")
    try:
        yield patience / 1000
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience}")


def schema_of(connection: sqlite3.Connection) -> int:
    """The schema of a file: the number of the newest migration that ran on it, or 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def driver(pooled: "PoolProxiedConnection") -> sqlite3.Connection:
    """SQLite's own connection beneath SQLAlchemy's."""
    return cast("sqlite3.Connection", pooled.driver_connection)
