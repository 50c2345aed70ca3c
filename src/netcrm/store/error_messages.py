"""The errors of SQLite, PostgreSQL and the operating system, as sentences.

The sentence about a locked database is `netcrm.errors.Locked`.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from netcrm.errors import CannotUse, Locked, NetcrmError, NotOurs


@contextmanager
def in_words(
    where: str,
    lock_timeout: float,
    of: type[Exception] | tuple[type[Exception], ...] = (sqlite3.Error, OSError, UnicodeDecodeError),
) -> Iterator[None]:
    """Turn the errors that SQLite and the operating system raise over a database into ours.

    `UnicodeDecodeError` is among them: Python raises it where SQLite's own message quotes damaged text.
    """
    try:
        yield
    except of as error:
        if isinstance(error, OSError):
            raise CannotUse(where, _of_system(error)) from error
        raise store_error(where, lock_timeout, error) from error


def store_error(where: str, lock_timeout: float, error: Exception) -> NetcrmError:
    """The error that says what a database error means, and what to do."""
    text = str(error)
    for words, make in _KNOWN:
        if words in text:
            return make(where, lock_timeout)
    return CannotUse(where, f"{text}; nothing was changed")


def _cannot_use(why: str) -> Callable[[str, float], NetcrmError]:
    return lambda where, _: CannotUse(where, why)


_DAMAGED = _cannot_use("the file is damaged; restore your newest backup")

_KNOWN: tuple[tuple[str, Callable[[str, float], NetcrmError]], ...] = (
    ("locked", Locked),
    ("not a database", lambda where, _: NotOurs(where, "it is not an SQLite file")),
    ("readonly", _cannot_use("it is read-only; change its permissions, or name another file with --db")),
    ("disk is full", _cannot_use("the disk is full; nothing was changed. Free some space and try again")),
    ("Could not decode", _DAMAGED),
    ("codec can't decode", _DAMAGED),
    ("malformed", _DAMAGED),
    ("unable to open", _cannot_use("it can't be opened; check that its folder exists and may be written to")),
    ("disk I/O", _cannot_use("the disk reported an error; nothing was changed. Check the disk, then try again")),
    ("query_only", _cannot_use("this session only reads; write through the methods of Crm")),
)
"""Words in an error's message, and what makes our error from the place and the lock's timeout."""


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
