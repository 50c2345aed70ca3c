"""Bounded reads of files that the user names, and writes that happen whole or not at all.

A path on a command line may be anything: a folder, a pipe without a writer, a device, a link to one, a full disk. Each
of these gets its error message here, so that no other module has to handle them.
"""

import errno
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from netcrm.errors import AlreadyExists, CannotWrite, UnreadableFile

LARGEST_INPUT = 50 << 20
"""The largest input file (50 MiB); an address book of 100,000 contacts is smaller."""

LARGEST_STREAM = 1 << 30
"""The largest file that is read piece by piece (1 GiB): an address book with photos."""

_TEMPORARY = re.compile(r"\.netcrm-[a-z0-9_]{8}(\.tmp)?")
"""The names that `tempfile` makes for `whole_file` and `staging`."""

_AT_WORK = 3600.0
"""A run that has not touched its files for so many seconds has ended."""

_CANNOT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


def read_input(path: Path, limit: int = LARGEST_INPUT) -> bytes:
    """The content of a regular file of at most `limit` bytes; `UnreadableFile` gives the reason otherwise."""
    with open_input(path, limit) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise UnreadableFile(path, _too_large(limit))
    return content


@contextmanager
def open_input(path: Path, limit: int = LARGEST_STREAM) -> Iterator[BinaryIO]:
    """A regular file of at most `limit` bytes, opened to be read in pieces; `UnreadableFile` gives the reason
    otherwise.
    """
    try:
        # Without O_NONBLOCK, opening a pipe without a writer would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (OSError, ValueError) as error:
        raise UnreadableFile(path, _why_not_read(error)) from error
    try:
        status = os.fstat(descriptor)
        if why := _why_no_file(status.st_mode, "name the file inside it"):
            raise UnreadableFile(path, why)
        if status.st_size > limit:
            raise UnreadableFile(path, _too_large(limit))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            yield file
    except OSError as error:  # from the reading, which a caller who reads piece by piece does in here
        raise UnreadableFile(path, _why_not_read(error)) from error
    finally:
        os.close(descriptor)


def followed(file: BinaryIO, tell: Callable[[float], object]) -> Iterator[bytes]:
    """The content of an open file in pieces; `tell` receives the part that was read, from 0 to 1."""
    size = os.fstat(file.fileno()).st_size
    read = 0
    while piece := file.read(1 << 18):
        read += len(piece)
        tell(min(1.0, read / max(size, 1)))
        yield piece


def _too_large(limit: int) -> str:
    return f"it is larger than {_size(limit)}; split it, or check that it is the right file"


def _size(limit: int) -> str:
    if limit >= 1 << 30:
        return f"{limit >> 30} GiB"
    return f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit >> 10} KiB"


def _why_no_file(mode: int, inside: str) -> str | None:
    """The reason, in words, why a path is not a regular file; None if it is one."""
    if stat.S_ISDIR(mode):
        return f"it is a folder; {inside}"
    return None if stat.S_ISREG(mode) else "it is not a regular file; name a file on the disk"


def _why_not_read(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file; check the name"
        case PermissionError():
            return "permission denied; check its permissions"
        case OSError():
            return f"{(error.strerror or str(error)).lower()}; check the path"
        case _:
            return "this is not a valid path; check the name"


def atomic_write(path: Path, chunks: Iterable[str], *, overwrite: bool, making_folders: bool = False) -> None:
    """Write a private text file (UTF-8) whole or not at all, and durably, as `whole_file` does."""
    if making_folders:
        make_folder_for(path, path.parent)
    with whole_file(path, overwrite=overwrite) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.writelines(chunks)


def is_folder(path: Path) -> bool:
    """Whether a path is a folder; False also for a name that is too long to exist."""
    try:
        return path.is_dir()
    except OSError:
        return False


def make_folder(folder: Path) -> None:
    """Make a private folder (0700) and its missing parents, and flush their entries to the disk."""
    missing = [above for above in (folder, *folder.parents) if not above.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for above in missing:
        above.chmod(0o700)
        sync_folder(above.parent)


def make_folder_for(path: Path, folder: Path) -> None:
    """Make the folder that `path` is to be written into, as `make_folder` does; `CannotWrite` gives the reason
    otherwise.
    """
    try:
        make_folder(folder)
    except FileExistsError as error:  # the path is a file, or a broken link
        raise CannotWrite(path, _NOT_WRITTEN[NotADirectoryError]) from error
    except (OSError, ValueError) as error:
        raise CannotWrite(path, _why_not_written(error)) from error


@contextmanager
def saying_why_not(path: Path) -> Iterator[None]:
    """Turn every `OSError` in here into a `CannotWrite` of this path, with the reason and what to do."""
    try:
        yield
    except OSError as error:
        raise CannotWrite(path, _why_not_written(error)) from error


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """A private folder inside `folder` (0700), where many files wait until all are complete; it is removed at the end.

    So a full disk is noticed before the first file takes its name, and `folder` is flushed once for all of them.
    Folders left by killed runs are removed an hour later or more: a run that is still working keeps touching its
    folder.
    """
    with saying_why_not(folder):
        stage = Path(tempfile.mkdtemp(prefix=".netcrm-", suffix=".tmp", dir=folder))
    try:
        with saying_why_not(folder):
            stage.chmod(0o700)
            _sweep(folder, stage.stat().st_mtime - _AT_WORK)
        yield stage
    finally:
        _clear(stage)


def write_new(path: Path, content: bytes) -> None:
    """Make a private file (0600, whatever the umask) with this content, and flush it; `OSError` if that fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if os.name != "nt":
            os.fchmod(descriptor, 0o600)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sweep(folder: Path, before: float) -> None:
    """Remove the leftovers of killed runs from before that instant (seconds since 1970)."""
    with os.scandir(folder) as entries:
        left = [Path(entry) for entry in entries if _TEMPORARY.fullmatch(entry.name)]
    for path in left:
        with suppress(OSError):
            if path.lstat().st_mtime >= before:
                continue
            if path.is_dir() and not path.is_symlink():
                _clear(path)
            else:
                path.unlink()


def _clear(stage: Path) -> None:
    """Remove such a folder with its files; a file that can't be removed stays, and that is not an error."""
    with suppress(OSError):
        for path in list(stage.iterdir()):
            path.unlink()
        stage.rmdir()


@contextmanager
def whole_file(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """A private empty file (0600, whatever the umask) to be filled, which takes the name of `path` at the end.

    It is made beside `path`, flushed to the disk, and renamed last, so that on any failure the former file is still
    there. A symbolic link at `path` is replaced, never followed. A pipe or a device is refused, because root would
    otherwise replace `/dev/null` with a file. `CannotWrite` gives the reason otherwise.
    """
    try:
        _refuse_if_taken(path, overwrite=overwrite)
        descriptor, name = tempfile.mkstemp(prefix=".netcrm-", dir=path.parent)
    except (OSError, ValueError) as error:
        raise CannotWrite(path, _why_not_written(error)) from error
    temporary = Path(name)
    try:
        _make_private(descriptor)
        yield temporary
        _sync(temporary, os.O_RDWR)
        # Before as well as after: a folder that can't be flushed must be noticed while nothing has changed.
        sync_folder(path.parent)
        take_name(temporary, path, overwrite=overwrite)
        sync_folder(path.parent)
    except FileExistsError as error:  # it appeared in the meantime
        raise AlreadyExists(path) from error
    except OSError as error:
        raise CannotWrite(path, _why_not_written(error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _make_private(descriptor: int) -> None:
    """Make the file private to its owner, and close the descriptor."""
    try:
        if os.name != "nt":
            os.fchmod(descriptor, 0o600)  # a umask can remove even the owner's permissions
    finally:
        os.close(descriptor)


def _refuse_if_taken(path: Path, *, overwrite: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    with suppress(FileNotFoundError):  # a broken link may be replaced like any other
        mode = path.stat().st_mode
    if not stat.S_ISLNK(mode) and (why := _why_no_file(mode, "name a file inside it")):
        raise CannotWrite(path, why)
    if not overwrite:
        raise AlreadyExists(path)


def take_name(temporary: Path, path: Path, *, overwrite: bool) -> None:
    """Rename a complete file; `FileExistsError` if the name is taken, unless it may be replaced.

    On a file system without hard links, an empty file reserves the name for a moment.
    """
    if overwrite:
        temporary.replace(path)
        return
    try:
        # A link fails if a file has appeared in the meantime; a rename would replace it.
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        _take_name_without_links(temporary, path)
    else:
        temporary.unlink()


def _take_name_without_links(temporary: Path, path: Path) -> None:
    """Reserve the name, then replace the reservation: USB sticks (FAT) and many network shares have no hard links."""
    path.touch(mode=0o600, exist_ok=False)
    try:
        temporary.replace(path)
    except BaseException:
        path.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Flush the folder's entries, on file systems that can."""
    if os.name == "nt":
        return
    try:
        _sync(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why_not_written(error: Exception) -> str:
    if not isinstance(error, OSError):
        return "this is not a valid path; check the name"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space and try again"
    for kind, why in _NOT_WRITTEN.items():
        if isinstance(error, kind):
            return why
    return f"{(error.strerror or str(error)).lower()}; name another file"


_NOT_WRITTEN: dict[type[OSError], str] = {
    FileNotFoundError: "its folder does not exist; create it, or name another",
    NotADirectoryError: "a part of its path is a file, not a folder; check the path",
    IsADirectoryError: "it is a folder; name a file inside it",
    PermissionError: "permission denied; name a file where you may write",
}
