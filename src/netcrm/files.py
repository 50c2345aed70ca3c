"""The file border: reading what people hand in, and writing so that nothing is half written."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from netcrm.errors import CannotWrite, UnreadableFile

LARGEST_INPUT = 50 << 20
"""No input file may be larger than this (50 MiB): an address book of 100,000 is not."""


def read_input(path: Path, limit: int = LARGEST_INPUT) -> bytes:
    """The content of a regular file of at most `limit` bytes; `UnreadableFile` says why not."""
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        raise UnreadableFile(path, _why_not_read(error)) from error
    try:
        found = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(found):
            raise UnreadableFile(path, "it is a folder; name the file inside it")
        if not stat.S_ISREG(found):
            raise UnreadableFile(path, "it is not a regular file; name a file on the disk")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise UnreadableFile(path, f"it is larger than {limit >> 20} MiB; split it, or check that it is the right file")
    return content


def _why_not_read(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file; check the name"
        case PermissionError():
            return "permission denied; check who may read it"
        case IsADirectoryError():
            return "it is a folder; name the file inside it"
        case OSError():
            return f"{(error.strerror or str(error)).lower()}; check the path"
        case _:
            return "that is no path; check the name"


def atomic_write(path: Path, chunks: Iterable[str], *, overwrite: bool) -> None:
    """Write a private file (0600) whole or not at all, and durably.

    The text goes into a temporary file beside it, is flushed to the disk, and takes the
    name only then; on any failure what was there before is still there. A symbolic link
    under that name is replaced, never followed. `CannotWrite` says what went wrong.
    """
    if not overwrite and os.path.lexists(path):
        raise CannotWrite(path, "it exists already; name another file, or ask for it to be overwritten")
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise CannotWrite(path, _why_not_written(error)) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        _take_name(temporary, path, overwrite=overwrite)
        _sync_folder(path.parent)
    except OSError as error:
        raise CannotWrite(path, _why_not_written(error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _take_name(temporary: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        temporary.replace(path)
    else:
        # A link fails where a file has appeared in the meantime; a rename would replace it.
        os.link(temporary, path, follow_symlinks=False)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why_not_written(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and try again"
    for kind, why in _NOT_WRITTEN.items():
        if isinstance(error, kind):
            return why
    return f"{(error.strerror or str(error)).lower()}; name another file"


_NOT_WRITTEN: dict[type[OSError], str] = {
    FileExistsError: "it exists already; name another file, or ask for it to be overwritten",
    FileNotFoundError: "its folder does not exist; create it, or name another",
    NotADirectoryError: "a part of its path is a file, not a folder; check the path",
    IsADirectoryError: "it is a folder; name a file inside it",
    PermissionError: "permission denied; name a file where you may write",
}
