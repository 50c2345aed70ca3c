"""How an SQLite file is created, checked and connected to.

`connect` holds the settings of every connection, for the planner's reads and for the engine alike. They survived
kill -9, a full disk and simulated power cuts in SQLite's rollback-journal mode; docs/design.md explains each.
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
    """An empty private file (0600) for a new database; an existing one is left alone."""
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
                    os.fchmod(descriptor, 0o600)  # a umask can take even the owner's own rights
            finally:
                os.close(descriptor)


_OURS: set[tuple[int, int]] = set()
"""Files whose header was read and is ours. Read once, before this process ever opens them:
closing a plain descriptor later would drop the locks that SQLite holds on the file."""


def check(path: Path) -> None:
    """Refuse, before SQLite opens it, a path that is no file of ours."""
    with in_words(str(path), 0):
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            # In a folder that others may write to, anybody may have put it there.
            where = path.resolve()
            raise CannotUse(
                str(path), f"it is a symbolic link to {where}; if that is the one you mean, name it itself with --db"
            )
        if not stat.S_ISREG(found.st_mode):
            raise CannotUse(str(path), "it is not a file; name a file with --db or NETCRM_DB")
        if found.st_size == 0 or (found.st_dev, found.st_ino) in _OURS:
            return
        with path.open("rb") as file:
            start = file.read(100)
        if not any(start) and _is_being_made(path.with_name(f"{path.name}-journal")):
            return
    if not start.startswith(HEADER):
        raise NotOurs(str(path), "it is not an SQLite file")
    if int.from_bytes(start[68:72]) != APPLICATION_ID:
        raise NotOurs(str(path), "it belongs to another program")
    refuse_unknown_schema(str(path), int.from_bytes(start[60:64]))
    _OURS.add((found.st_dev, found.st_ino))


def _is_being_made(journal: Path) -> bool:
    """Whether a file without a header is one of ours whose first write was cut off, by the journal that undoes it.

    The journal says how many pages the file had before: none, so there is nobody's data in it, and SQLite rolls it back
    to nothing (https://sqlite.org/fileformat.html#the_rollback_journal).
    """
    try:
        with journal.open("rb") as file:
            start = file.read(20)
    except FileNotFoundError:
        return False
    return start.startswith(_JOURNAL) and start[16:20] == bytes(4)


MOST_UNWRITTEN = 16_000
"""Changed pages that a transaction keeps in memory, 62 MiB: once some are written, readers wait until its end.

No multiple of 256: of such a number SQLite looks at the last eight bits alone to see whether it may write at all."""


def connect(path: Path, *, writes: bool, lock_timeout: float) -> sqlite3.Connection:
    """An SQLite connection with every setting of ours; transactions are begun by hand.

    A reader too opens the file read-write: after a crash it may have to roll the journal
    back before it can read. `query_only` keeps it from doing anything else.
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
    """Go back to the rollback journal where another tool has switched to WAL, which a plain copy of the file lacks.

    As long as somebody else has the file open that can't be done; the next write tries again, `doctor` says so. Asking
    SQLite for the mode would take a lock, and a crowd of writers would wait for each other's questions; but a file in
    that mode has its log beside it as soon as it was read.
    """
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    if not path or not Path(f"{path}-wal").exists():
        return
    with without_waiting(connection), suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode=DELETE")


@contextmanager
def without_waiting(connection: sqlite3.Connection) -> Iterator[float]:
    """Let SQLite refuse at once where the file is locked; the seconds for which it would have waited."""
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout=0")
    try:
        yield patience / 1000
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience}")


def schema_of(connection: sqlite3.Connection) -> int:
    """The number of the newest migration that the file has seen; 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def driver(pooled: "PoolProxiedConnection") -> sqlite3.Connection:
    """SQLite's own connection beneath SQLAlchemy's."""
    return cast("sqlite3.Connection", pooled.driver_connection)
