"""Where a database is, and whether the file there is ours to open.

The settings every connection needs are in `connect`, used by the hot reads and by the
engine alike. They are what survived kill -9, a full disk and simulated power cuts in
SQLite's rollback-journal mode; see docs/design.md for each.
"""

import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from netcrm.errors import CannotUse, Locked, NetcrmError, NewerSchema, NotOurs
from netcrm.files.atomic import make_folder
from netcrm.store.places import network

SCHEMA = 7
"""The schema this program writes: the number of the newest migration."""

APPLICATION_ID = 0x4E43524D
"""“NCRM”, in the header of every SQLite file of ours (https://sqlite.org/fileformat.html#application_id)."""

MEMORY = ":memory:"

HEADER = b"SQLite format 3\0"
_JOURNAL = bytes.fromhex("d9d505f920a163d7")


@dataclass(frozen=True, slots=True)
class Location:
    """A database: a file at `path`, a server at `url`, or, with neither, memory.

    A file in the `default` place has its folders made for it; one that was named has not.
    """

    path: Path | None = None
    url: str | None = None
    default: bool = False

    def __str__(self) -> str:
        if self.url:
            return _without_password(self.url)
        return str(self.path) if self.path else "memory"

    @property
    def kind(self) -> str:
        return "server" if self.url else "file" if self.path else "database in memory"

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever written there (a server always answers for itself)."""
        if self.path is None:
            return False
        with in_words(str(self), 0):
            try:
                return self.path.lstat().st_size == 0
            except FileNotFoundError:
                self.refuse_a_vanished_folder()
                return True

    def refuse_a_vanished_folder(self) -> None:
        """A disk that is not there now must not look like an empty book, nor get a new one in its place."""
        if self.path and not (self.default or self.path.parent.exists()):
            raise CannotUse(
                str(self), f"there is no folder {self.path.parent}; check that its disk is there, or create it"
            )


def locate(where: str | Path | None) -> Location:
    """The database that a path or a URL names; the default one is in the user's data directory."""
    text = str(where) if where is not None else ""
    if not text:
        return Location(path=user_data_path("netcrm", appauthor=False) / "netcrm.db", default=True)
    scheme, _, rest = text.partition("://")
    if text == MEMORY or (scheme.startswith("sqlite") and rest.strip("/") == MEMORY):
        return Location()
    if not rest and "://" not in text:
        return Location(path=Path(text).expanduser())
    if scheme.startswith("sqlite"):
        return Location(path=Path(rest.removeprefix("/")).expanduser()) if rest.strip("/") else Location()
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return Location(url=f"postgresql+psycopg://{rest}")
    raise CannotUse(_without_password(text), "it is neither a path nor a postgresql:// URL; write one of these")


_SHOWN = ("host", "hostaddr", "port", "dbname", "user", "service", "sslmode")
"""What of a URL's query is said aloud; a list of what is secret would never be whole."""

_USER = re.compile(r"([^:/?]*)(?::[^@]*)?@")
"""Me in a URL, as SQLAlchemy reads it: a password ends at the first @, whatever else is in it."""


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    me = _USER.match(rest)
    place, _, query = rest[me.end() if me else 0 :].partition("?")
    user = f"{me[1]}@" if me else ""
    shown = "&".join(part for part in query.split("&") if part.partition("=")[0].lower() in _SHOWN)
    return f"{scheme}://{user}{place.rpartition('@')[2]}{'?' if shown else ''}{shown}"


# --------------------------------------------------------------------------- SQLite


NETWORK_ALLOWED = "NETCRM_NETWORK_FS"
"""The environment may say `allow` here: then a database on a network file system is written to all the same."""


def refuse_a_network(path: Path | None) -> None:
    """Refuse to write where locks can't be relied on; reading does no harm."""
    if path and os.environ.get(NETWORK_ALLOWED) != "allow" and (kind := network(path)):
        why = f"it lies on a network file system ({kind}), where two programs can write at once and damage it"
        do = f"move it to a disk of this machine, use PostgreSQL, or take the risk with {NETWORK_ALLOWED}=allow"
        raise CannotUse(str(path), f"{why}; {do}")


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
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except (sqlite3.Error, UnicodeDecodeError):
        connection.close()
        raise
    if version > SCHEMA:
        connection.close()
        raise NewerSchema(str(path), version, SCHEMA)
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
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout=0")
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute(f"PRAGMA busy_timeout={patience}")


def schema_of(connection: sqlite3.Connection) -> int:
    """The number of the newest migration that the file has seen; 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def in_words(
    where: str,
    lock_timeout: float,
    of: type[Exception] | tuple[type[Exception], ...] = (sqlite3.Error, OSError, UnicodeDecodeError),
) -> Iterator[None]:
    """Turn what the operating system or SQLite reports of a database into a sentence of ours.

    Where SQLite quotes damaged text in its report, Python raises over the quotation.
    """
    try:
        yield
    except of as error:
        if isinstance(error, OSError):
            raise CannotUse(where, _of_system(error)) from error
        raise sentence(where, lock_timeout, error) from error


def sentence(where: str, lock_timeout: float, error: Exception) -> NetcrmError:
    """What a database error means, and what to do."""
    text = str(error)
    known = {
        "locked": Locked(where, lock_timeout),
        "not a database": NotOurs(where, "it is not an SQLite file"),
        "readonly": CannotUse(where, "it is read-only; change its permissions, or name another file with --db"),
        "disk is full": CannotUse(where, "the disk is full; nothing was changed. Free some space and try again"),
        "Could not decode": CannotUse(where, "the file is damaged; restore your newest backup"),
        "codec can't decode": CannotUse(where, "the file is damaged; restore your newest backup"),
        "malformed": CannotUse(where, "the file is damaged; restore your newest backup"),
        "unable to open": CannotUse(where, "it can't be opened; check that its folder exists and may be written to"),
        "disk I/O": CannotUse(where, "the disk reported an error; nothing was changed. Check the disk, then try again"),
        "query_only": CannotUse(where, "this session only reads; write through the methods of Crm"),
    }
    for words, answer in known.items():
        if words in text:
            return answer
    return CannotUse(where, f"{text}; nothing was changed")


def _of_system(error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file or folder; check the path"
        case PermissionError():
            return "permission denied; check who owns the file and its folder, or name another file with --db"
        case NotADirectoryError():
            return "a part of its path is a file, not a folder; check the path"
        case _:
            return f"{(error.strerror or str(error)).lower()}; nothing was changed"
