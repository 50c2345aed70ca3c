"""A disk that records the order of its changes, and the states that a power cut may leave.

SQLite runs on the real file system here. Each change on the way is recorded: a file made, written, flushed or deleted,
and a folder flushed. From these changes `after_cut` builds a state that a power cut after the n-th change may leave:

- flushed content is there, byte for byte;
- each later write is there, is absent, or is torn between two sectors of 512 bytes;
- a name is on the disk once its folder is flushed; until then a new file may be missing and a deleted file may be back.

SQLite's unix file system flushes the folder with the first flush of a new journal. It also flushes the folder after a
deletion if it is asked to, as under synchronous=EXTRA (https://sqlite.org/pragma.html#pragma_synchronous).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import apsw
from typing_extensions import override

SECTOR = 512

Deed = Literal["make", "write", "cut short", "flush", "flush folder", "delete", "acknowledge"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change on the disk; `file` numbers the file, because a name is used for several files in turn."""

    deed: Deed
    name: str = ""
    file: int = 0
    at: int = 0
    data: bytes = b""


# --------------------------------------------------------------------------- recording


class Disk(apsw.VFS):
    """SQLite's unix file system, which also records every change."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.changes: list[Change] = []
        self._files: dict[str, int] = {}

    def make(self, path: Path) -> None:
        """A new empty file, as `netcrm.store.location.create` leaves it before SQLite opens it."""
        path.touch()
        self.file_of(str(path))

    def file_of(self, path: str) -> int:
        """The number of the file under a name; a new name gets a new number."""
        name = Path(path).name
        if name not in self._files:
            self._files[name] = len(self.changes) + 1
            self.changes.append(Change("make", name, self._files[name]))
        return self._files[name]

    @override
    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None:  # a temporary file: a power cut leaves nothing of it
            return super().xOpen(name, flags)
        new = not Path(path).exists()
        opened = _File(self, path, name, flags)
        opened.flushes_folder = new and bool(flags[0] & apsw.SQLITE_OPEN_MAIN_JOURNAL)
        return opened

    @override
    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        name = Path(filename).name
        self.changes.append(Change("delete", name, self._files.pop(name)))
        if syncdir:
            self.changes.append(Change("flush folder"))


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, path: str, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._note, self._file, self.flushes_folder = disk.changes.append, disk.file_of(path), False

    @override
    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._note(Change("write", file=self._file, at=offset, data=bytes(data)))

    @override
    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._note(Change("cut short", file=self._file, at=newsize))

    @override
    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._note(Change("flush", file=self._file))
        if self.flushes_folder:
            self._note(Change("flush folder"))
            self.flushes_folder = False


# --------------------------------------------------------------------------- the cut


@dataclass(slots=True)
class _Content:
    """A file on the disk: its flushed content, and the changes that are not flushed yet."""

    certain: bytearray = field(default_factory=bytearray)
    open: list[Change] = field(default_factory=list)

    def flush(self) -> None:
        for change in self.open:
            _apply(self.certain, change, change.data)
        self.open.clear()

    def left(self, chance: random.Random) -> bytes:
        """The content that a power cut leaves."""
        content = bytearray(self.certain)
        for change in self.open:
            fate = chance.choice(("there", "absent", "torn"))
            if fate == "there" or (fate == "torn" and change.deed == "cut short"):
                _apply(content, change, change.data)
            elif fate == "torn":
                sectors = -(-len(change.data) // SECTOR)
                _apply(content, change, change.data[: SECTOR * chance.randrange(sectors)])
        return bytes(content)


def _apply(content: bytearray, change: Change, data: bytes) -> None:
    if change.deed == "cut short":
        del content[change.at :]
    elif data:
        content.extend(bytes(max(0, change.at - len(content))))
        content[change.at : change.at + len(data)] = data


def after_cut(changes: Sequence[Change], chance: random.Random) -> dict[str, bytes]:
    """Names and contents as a power cut after these changes may leave them."""
    contents: dict[int, _Content] = {}
    names: dict[str, list[int | None]] = {}
    for change in changes:
        match change.deed:
            case "make":
                contents[change.file] = _Content()
                names.setdefault(change.name, [None]).append(change.file)
            case "write" | "cut short":
                contents[change.file].open.append(change)
            case "flush":
                contents[change.file].flush()
            case "delete":
                names[change.name].append(None)
            case "flush folder":
                names = {name: [stood[-1]] for name, stood in names.items()}
    left = {name: chance.choice(stood) for name, stood in names.items()}
    return {name: contents[file].left(chance) for name, file in left.items() if file}


def acknowledged(changes: Sequence[Change]) -> int:
    """The number of steps that were acknowledged in these changes."""
    return sum(change.deed == "acknowledge" for change in changes)
