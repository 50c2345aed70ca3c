"""The errors of SQLite, PostgreSQL and the disk, as sentences."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from netcrm.errors import CannotUse, Locked, NetcrmError, NotOurs


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
