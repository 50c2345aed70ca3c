"""Which rows an export is about, and how they are read while others may write."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session

from netcrm.domain.coercion import only
from netcrm.errors import Refused
from netcrm.files.atomic import atomic_write
from netcrm.services.contacts import matching_ids
from netcrm.services.parameters import Filters
from netcrm.store.journal import OPERATION, TABLES
from netcrm.store.queries import MOST_AT_ONCE
from netcrm.workspace import Workspace

Read = Callable[[], AbstractContextManager[Session]]
"""Opens a session to read a page from. Each page may come from a new snapshot, or all pages from one."""


class Chosen(NamedTuple):
    """The numbers of the rows that concern some contacts, of each noun in order."""

    contacts: list[int]
    offers: list[int]
    interactions: list[int]
    answers: list[int]


@contextmanager
def unchanged(open_one: Read, seen: list[object]) -> Iterator[Session]:
    """A snapshot that shows the same book as the first one did, whose mark is kept in `seen`; `Refused` otherwise."""
    with open_one() as session:
        columns = (func.count(OPERATION.c.id), func.max(OPERATION.c.id), func.count(OPERATION.c.undone_at))
        mark = tuple(session.connection().execute(select(*columns)).one())
        if seen and seen[0] != mark:
            raise Refused("the book was written to while it was being read; read it again from the beginning")
        seen[:] = [mark]
        yield session


def chosen(session: Session, contacts: Iterable[int]) -> Chosen:
    """What concerns these: offers that they are on or talked about, what they took part in, what was answered."""
    people = sorted(contacts)
    offers, talks, answers = set[int](), set[int](), set[int]()
    parts, links, decisions, spoken = (
        TABLES[name] for name in ("participant", "interaction_contact", "decision", "interaction")
    )
    for some in ids_in_pieces(people):
        offers |= _numbers(session, parts.c.offer_id, parts.c.contact_id.in_(some))
        talks |= _numbers(session, links.c.interaction_id, links.c.contact_id.in_(some))
        uids = list(uids_by_id(session, "contact", some).values())
        answers |= _numbers(session, decisions.c.id, decisions.c.contact_uid.in_(uids))
    for some in ids_in_pieces(sorted(talks)):
        offers |= _numbers(session, spoken.c.offer_id, spoken.c.id.in_(some))
    return Chosen(people, sorted(offers - {None}), sorted(talks), sorted(answers))


def selected(workspace: Workspace, session: Session, query: str | None, filters: Filters) -> Chosen | None:
    """The rows that concern the contacts a query and filters match; None when everything is asked for."""
    only(filters, Filters)
    if not query and not any(filters.values()):
        return None
    return chosen(session, matching_ids(workspace, session, query, filters))


def page_by_page(workspace: Workspace, query: str | None, filters: Filters) -> tuple[Read, Chosen | None]:
    """How to read without holding anything open between pages, and the selected rows."""
    read = partial(unchanged, workspace.session, [])
    with read() as session:
        return read, selected(workspace, session, query, filters)


def write_pieces(path: Path, pieces: Iterator[str], *, overwrite: bool) -> int:
    """Write pieces of text to a file, whole or not at all; the number of pieces. No pieces leave the file as it was."""
    if (first := next(pieces, None)) is None:
        return 0
    number = 0

    def counted() -> Iterator[str]:
        nonlocal number
        for piece in chain([first], pieces):
            number += 1
            yield piece

    atomic_write(path, counted(), overwrite=overwrite)
    return number


def ids_in_pieces(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Ids in runs that fit into one statement."""
    for start in range(0, len(numbers), MOST_AT_ONCE):
        yield numbers[start : start + MOST_AT_ONCE]


def uids_by_id(session: Session, name: str, numbers: Collection[int | None]) -> dict[int | None, str]:
    """The UIDs of rows of a table, by their ids."""
    table = TABLES[name]
    found: dict[int | None, str] = {}
    for some in ids_in_pieces(sorted(number for number in numbers if number is not None)):
        rows = session.connection().execute(select(table.c.id, table.c.uid).where(table.c.id.in_(some)))
        found |= {row.id: row.uid for row in rows}
    return found


def _numbers(session: Session, column: Any, where: Any) -> set[int]:
    return set(session.connection().execute(select(column).where(where)).scalars())
