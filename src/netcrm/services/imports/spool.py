"""A place for the items of a file: compressed, until the database is locked and they can be written.

A file of 100,000 cards is read before the database is locked, and must not fill the memory meanwhile. Each item is
kept as text, compressed together with its neighbours. Beyond 64 MiB the texts go to the disk, into an unnamed file
that no other program can open.
"""

import json
import tempfile
import zlib
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, get_type_hints

from netcrm.domain.vocabulary import MethodKind
from netcrm.errors import CannotWrite
from netcrm.formats.records import ImportedAffiliation, ImportedContact, ImportedMethod

Key: TypeAlias = tuple[MethodKind, str]
Ways: TypeAlias = tuple[tuple[Key, ImportedMethod], ...]
"""The ways to reach a contact, each with its kind and normal form."""

MOST_IN_MEMORY = 64 << 20
ITEMS_IN_PIECE = 64
LARGEST_PIECE = 1 << 18
"""64 items are compressed together, since neighbours share most words; fewer if their texts exceed 256 KiB."""

T = TypeVar("T")


class Spool(Generic[T]):
    """Items in the order in which they were added; each can be read again by its place, from 0.

    `encode` turns an item into a text without line ends, `decode` turns the text back into the item.
    """

    def __init__(self, encode: Callable[[T], str], decode: Callable[[str], T]) -> None:
        self._encode, self._decode = encode, decode
        self._file = tempfile.SpooledTemporaryFile(max_size=MOST_IN_MEMORY)  # noqa: SIM115 - `close` closes it
        self._first_places: list[int] = []  # the place of the first item of each piece
        self._pieces: list[tuple[int, int]] = []  # where each piece starts in the file, and its length
        self._waiting: list[str] = []  # the texts after the last piece
        self._compressed, self._waiting_size = 0, 0
        self._last_read: tuple[int, list[str]] = (-1, [])

    def close(self) -> None:
        """Discard all items."""
        self._file.close()

    def __len__(self) -> int:
        return self._compressed + len(self._waiting)

    def add(self, item: T) -> int:
        """Keep an item. Returns its place."""
        text = self._encode(item)
        self._waiting.append(text)
        self._waiting_size += len(text)
        place = len(self) - 1
        if len(self._waiting) == ITEMS_IN_PIECE or self._waiting_size > LARGEST_PIECE:
            self._compress()
        return place

    def _compress(self) -> None:
        piece = zlib.compress("\n".join(self._waiting).encode(), 1)
        self._first_places.append(self._compressed)
        try:
            self._pieces.append((self._file.seek(0, 2), len(piece)))
            self._file.write(piece)
        except OSError as error:
            why = f"{error.strerror or error}; what is read waits there. Free some space, or name a folder in TMPDIR"
            raise CannotWrite(Path(tempfile.gettempdir()), why) from error
        self._compressed += len(self._waiting)
        self._waiting, self._waiting_size = [], 0

    def __getitem__(self, place: int) -> T:
        if place >= self._compressed:
            return self._decode(self._waiting[place - self._compressed])
        piece = bisect(self._first_places, place) - 1
        if self._last_read[0] != piece:
            start, length = self._pieces[piece]
            self._file.seek(start)
            self._last_read = piece, zlib.decompress(self._file.read(length)).decode().split("\n")
        return self._decode(self._last_read[1][place - self._first_places[piece]])

    def __iter__(self) -> Iterator[T]:
        return (self[place] for place in range(len(self)))


# --------------------------------------------------------------------------- records


class SpooledRecord(NamedTuple):
    """A record, and those of its ways to reach the contact that could be normalised."""

    record: ImportedContact
    ways: Ways


class RecordSpool(Spool[SpooledRecord]):
    """The records of a file."""

    def __init__(self) -> None:
        super().__init__(_encode, _decode)


_HINTS = get_type_hints(ImportedContact)
_DAYS, _MOMENTS, _TUPLES = (
    tuple(name for name, hint in _HINTS.items() if hint == kind)
    for kind in (date | None, datetime | None, tuple[str, ...])
)
_DEFAULTS = {field.name: field.default for field in fields(ImportedContact)}


def _encode(item: SpooledRecord) -> str:
    values = {name: value for name, default in _DEFAULTS.items() if (value := getattr(item.record, name)) != default}
    return json.dumps((values, item.ways), default=_plain)


_METHOD, _AFFILIATION = (
    attrgetter(*(field.name for field in fields(part))) for part in (ImportedMethod, ImportedAffiliation)
)


def _plain(value: date | ImportedMethod | ImportedAffiliation) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return _METHOD(value) if isinstance(value, ImportedMethod) else _AFFILIATION(value)


def _decode(text: str) -> SpooledRecord:
    values, ways = json.loads(text)
    values |= {name: date.fromisoformat(values[name]) for name in _DAYS if name in values}
    values |= {name: datetime.fromisoformat(values[name]) for name in _MOMENTS if name in values}
    values |= {name: tuple(values[name]) for name in _TUPLES if name in values}
    values["reach"] = tuple(ImportedMethod(*method) for method in values.get("reach", ()))
    if "affiliations" in values:
        values["affiliations"] = tuple(map(_affiliation, values["affiliations"]))
    return SpooledRecord(
        ImportedContact(**values), tuple(((kind, normal), ImportedMethod(*method)) for (kind, normal), method in ways)
    )


def _affiliation(values: list[Any]) -> ImportedAffiliation:
    uid, organisation, title, since, until, source = values
    first, last = (day and date.fromisoformat(day) for day in (since, until))
    return ImportedAffiliation(uid, organisation, title, first, last, source)
