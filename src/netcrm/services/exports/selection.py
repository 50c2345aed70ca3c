"""The rows that an export is about, and reading them while other programs may write."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
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
"""Opens a session to read one page. The pages may come from one snapshot, or each from a new one."""


class Selection(NamedTuple):
    """The ids of the rows that concern some contacts, by section, in order."""

    contacts: list[int]
    offers: list[int]
    interactions: list[int]
    answers: list[int]


class Paged(NamedTuple):
    """The sessions that an export reads from, and its selection; None means everything."""

    read: Read
    selection: Selection | None


def paged(workspace: Workspace, query: str | None, filters: Filters) -> Paged:
    """Sessions that hold nothing open between pages, and the selected rows."""
    read = _Unchanged(workspace.session)
    with read() as session:
        return Paged(read, selected(workspace, session, query, filters))


class _Unchanged:
    """Opens a new snapshot for each page; `Refused` as soon as one differs from the first."""

    def __init__(self, open_session: Read) -> None:
        self._open = open_session
        self._first: tuple[Any, ...] | None = None

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        with self._open() as session:
            columns = (func.count(OPERATION.c.id), func.max(OPERATION.c.id), func.count(OPERATION.c.undone_at))
            state = tuple(session.connection().execute(select(*columns)).one())
            self._first = self._first or state
            if state != self._first:
                raise Refused("the database changed during the export; export it again")
            yield session


def selected(workspace: Workspace, session: Session, query: str | None, filters: Filters) -> Selection | None:
    """The rows that concern the contacts of a query and filters; None without either, which means everything."""
    only(filters, Filters)
    if not query and not any(filters.values()):
        return None
    return concerning(session, matching_ids(workspace, session, query, filters))


def concerning(session: Session, contacts: Iterable[int]) -> Selection:
    """The offers that these contacts are on or talked about, the interactions with them, and the answers about them."""
    people = sorted(contacts)
    offers, interactions, answers = set[int](), set[int](), set[int]()
    parts, links, decisions, talks = (
        TABLES[name] for name in ("participant", "interaction_contact", "decision", "interaction")
    )
    for ids in ids_in_pieces(people):
        offers |= _values(session, parts.c.offer_id, parts.c.contact_id.in_(ids))
        interactions |= _values(session, links.c.interaction_id, links.c.contact_id.in_(ids))
        uids = list(uids_by_id(session, "contact", ids).values())
        answers |= _values(session, decisions.c.id, decisions.c.contact_uid.in_(uids))
    for ids in ids_in_pieces(sorted(interactions)):
        offers |= _values(session, talks.c.offer_id, talks.c.id.in_(ids))
    return Selection(people, sorted(offers - {None}), sorted(interactions), sorted(answers))


def write_pieces(path: Path, pieces: Iterator[str], *, overwrite: bool) -> int:
    """Write pieces of text to a file, whole or not at all; the number of pieces. Without a piece, the file stays
    unchanged.
    """
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
    """Ids in groups that fit into one SQL statement."""
    for start in range(0, len(numbers), MOST_AT_ONCE):
        yield numbers[start : start + MOST_AT_ONCE]


def uids_by_id(session: Session, name: str, numbers: Collection[int | None]) -> dict[int | None, str]:
    """The UIDs of rows of a table, by their ids."""
    table = TABLES[name]
    uids: dict[int | None, str] = {}
    for ids in ids_in_pieces(sorted(number for number in numbers if number is not None)):
        rows = session.connection().execute(select(table.c.id, table.c.uid).where(table.c.id.in_(ids)))
        uids |= {row.id: row.uid for row in rows}
    return uids


def _values(session: Session, column: Any, where: Any) -> set[int]:
    return set(session.connection().execute(select(column).where(where)).scalars())
