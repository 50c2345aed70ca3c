"""A document on its way into a book: what is looked through first, and what is known of it while it is taken in."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple, Protocol

from sqlmodel import Session

from netcrm.domain.models import Stored
from netcrm.errors import Problem
from netcrm.formats.archive import schema, stream
from netcrm.matching.resolver import Known
from netcrm.progress import Progress
from netcrm.services.erasure import Remembered

Row = dict[str, Any]


class Pen(Protocol):
    """What takes the rows: an operation, or a `Sketch` of one."""

    session: Session
    now: datetime

    def add_all(self, model: type[Stored], rows: Sequence[Mapping[str, Any]]) -> int: ...

    def change_all(self, model: type[Stored], rows: Mapping[int, Mapping[str, Any]]) -> None: ...


class Sketch:
    """Takes rows as an operation does, and writes none of them."""

    def __init__(self, session: Session) -> None:
        self.session, self.now = session, datetime.min.replace(tzinfo=UTC)
        self._next = 1 << 40

    def add_all(self, model: type[Stored], rows: Sequence[Mapping[str, Any]]) -> int:  # noqa: ARG002 - as an operation
        self._next += len(rows)
        return self._next - len(rows)

    def change_all(self, model: type[Stored], rows: Mapping[int, Mapping[str, Any]]) -> None:
        """Change nothing."""


# --------------------------------------------------------------------------- looking through


class Look(NamedTuple):
    """What a file is found to hold before anything is written.

    `passes` are the sections to be read together, in an order in which nothing refers to what is read later; `talks`
    the interactions that answers refer to; `people` the UIDs of its contacts, also the other ones.
    """

    passes: tuple[tuple[str, ...], ...]
    digest: bytes
    problems: list[Problem]
    me: schema.ProfileEntry | None
    talks: frozenset[str]
    people: frozenset[str]


class Hashed:
    """A file that is read, and what all of it hashes to; `tell` hears how far that is."""

    def __init__(self, file: BinaryIO, tell: Progress) -> None:
        self._file, self._tell, self.hash = file, tell, hashlib.blake2b()
        self._size, self._read = max(file.seek(0, 2), 1), 0
        file.seek(0)

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self.hash.update(piece)
        self._read += len(piece)
        self._tell(min(1.0, self._read / self._size))
        return piece


def look_through(file: BinaryIO, name: str, tell: Progress) -> Look:
    """Read a whole file and check what it says; nothing of the book is asked."""
    problems: list[Problem] = []
    order: dict[str, None] = {}
    me, talks, people, hashed = None, set[str](), set[str](), Hashed(file, tell)
    for entry in stream.read(hashed, name, problems):
        order[entry.section] = None
        match entry.item:
            case schema.ProfileEntry():
                me = entry.item
            case schema.ContactEntry():
                people |= {entry.item.uid, *entry.item.aliases}
            case schema.AnswerEntry(interaction=str(talk)):
                talks.add(talk)
    found, usual = tuple(order), tuple(section for section in schema.SECTIONS if section in order)
    passes = (found,) if found == usual else tuple((section,) for section in usual)
    return Look(passes, hashed.hash.digest(), problems, me, frozenset(talks), frozenset(people))


# --------------------------------------------------------------------------- taking in


@dataclass(slots=True)
class ArchiveImport:
    """A document on its way into a book.

    `numbers`, `offers` and `talks` are the rows that its UIDs mean here; `renamed` are those that have another UID
    here, as causes name them; `absent` are contacts that were left out, `meant` the people of the book who
    are recognised already.
    """

    file: str
    look: Look
    pen: Pen
    known: Known
    remembered: Remembered
    region: str | None
    problems: list[Problem]
    numbers: dict[str, int] = field(default_factory=dict)
    offers: dict[str, int] = field(default_factory=dict)
    talks: dict[str, int] = field(default_factory=dict)
    asked: set[tuple[str, ...]] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    absent: dict[str, None] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    meant: set[int] = field(default_factory=set)
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    left_out: int = 0
    others: Counter[str] = field(default_factory=Counter)
    alone: dict[str, list[int]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)

    def complain(self, line: int, why: str, *, lost: bool = False) -> None:
        self.problems.append(Problem(self.file, line, why, lost=lost))


def row_of(item: Any, *left_out: str) -> Row:
    """The columns of an item; an empty text is nothing."""
    columns = {name: getattr(item, name) for name in type(item).model_fields if name not in left_out}
    return {name: None if value == "" else value for name, value in columns.items()}


def owner(taking: ArchiveImport, uid: str) -> int | None:
    """Who in the book has a UID, as theirs or as another one."""
    found = taking.known.recognise([("uid", uid)])
    return found if isinstance(found, int) else None
