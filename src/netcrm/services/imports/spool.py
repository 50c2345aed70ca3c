"""What was read of a file, set aside in as little as it takes, until the book is held and it can be written.

A file of 100,000 cards is read before the database is locked, and must not fill the memory meanwhile: of each record
its text is kept, compressed together with its neighbours; beyond 64 MiB on the disk, in a file without a name that
nobody else can open.
"""

import json
import tempfile
import zlib
from bisect import bisect
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, TypeAlias, get_type_hints

from netcrm.domain.vocabulary import MethodKind
from netcrm.errors import CannotWrite
from netcrm.formats.records import ImportedContact, ImportedMethod

Key: TypeAlias = tuple[MethodKind, str]
Ways: TypeAlias = dict[Key, ImportedMethod]
"""Ways to reach somebody, by kind and normal form."""

MOST_IN_MEMORY = 64 << 20
TOGETHER = 64
LARGEST_TOGETHER = 1 << 18
"""Records compressed in one piece, unless they are longer together than 256 KiB: they share most of their words."""


class SpooledRecord(NamedTuple):
    """A record, and those of its ways to reach somebody that are ways."""

    record: ImportedContact
    ways: Ways


class RecordSpool:
    """Records in the order in which they were put there; each can be looked at again by its place, from 0."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=MOST_IN_MEMORY)  # noqa: SIM115 - it lives as long as the shelf
        self._firsts: list[int] = []  # the place of each piece's first record
        self._pieces: list[tuple[int, int]] = []
        self._open: list[str] = []
        self._closed, self._size = 0, 0
        self._at_hand: tuple[int, list[str]] = (-1, [])

    def close(self) -> None:
        """Let go of all that was set aside."""
        self._file.close()

    def __len__(self) -> int:
        return self._closed + len(self._open)

    def add(self, waiting: SpooledRecord) -> int:
        """Set a record aside; its place."""
        line = _written(waiting)
        self._open.append(line)
        self._size += len(line)
        place = len(self) - 1
        if len(self._open) == TOGETHER or self._size > LARGEST_TOGETHER:
            self._close_piece()
        return place

    def _close_piece(self) -> None:
        piece = zlib.compress("\n".join(self._open).encode(), 1)
        self._firsts.append(self._closed)
        try:
            self._pieces.append((self._file.seek(0, 2), len(piece)))
            self._file.write(piece)
        except OSError as error:
            why = f"{error.strerror or error}; what is read waits there. Free some space, or name a folder in TMPDIR"
            raise CannotWrite(Path(tempfile.gettempdir()), why) from error
        self._closed += len(self._open)
        self._open, self._size = [], 0

    def __getitem__(self, place: int) -> SpooledRecord:
        if place >= self._closed:
            return _read(self._open[place - self._closed])
        piece = bisect(self._firsts, place) - 1
        if self._at_hand[0] != piece:
            start, length = self._pieces[piece]
            self._file.seek(start)
            self._at_hand = piece, zlib.decompress(self._file.read(length)).decode().split("\n")
        return _read(self._at_hand[1][place - self._firsts[piece]])

    def __iter__(self) -> Iterator[SpooledRecord]:
        return (self[place] for place in range(len(self)))


_DAYS = tuple(name for name, hint in get_type_hints(ImportedContact).items() if hint == date | None)
_MOMENTS = tuple(name for name, hint in get_type_hints(ImportedContact).items() if hint == datetime | None)
_TUPLES = tuple(name for name, hint in get_type_hints(ImportedContact).items() if hint == tuple[str, ...])
_UNSAID = {field.name: field.default for field in fields(ImportedContact) if field.name != "reach"}


def _written(waiting: SpooledRecord) -> str:
    """One line of JSON, in which a line end is escaped."""
    record = waiting.record
    said = {name: value for name, unsaid in _UNSAID.items() if (value := getattr(record, name)) != unsaid}
    said |= {name: said[name].isoformat() for name in (*_DAYS, *_MOMENTS) if name in said}
    normal = {id(way): value for (_, value), way in waiting.ways.items()}
    reach = [(way.kind, way.value, way.label, way.preferred, normal.get(id(way))) for way in record.reach]
    return json.dumps((said, reach))


def _read(line: str) -> SpooledRecord:
    said, listed = json.loads(line)
    said |= {name: date.fromisoformat(said[name]) for name in _DAYS if name in said}
    said |= {name: datetime.fromisoformat(said[name]) for name in _MOMENTS if name in said}
    said |= {name: tuple(said[name]) for name in _TUPLES if name in said}
    reach = tuple(ImportedMethod(*way[:-1]) for way in listed)
    ways = {(way.kind, normal): way for way, (*_, normal) in zip(reach, listed, strict=True) if normal is not None}
    return SpooledRecord(ImportedContact(**said, reach=reach), ways)
