"""What is not as it was although nothing has written it: a book held against a backup of its own past.

A single flipped bit often spells another valid value, and then no check of the file itself can see it. But the journal
knows every row that was written since a backup was made, and all the others must still be what they were then.
"""

from collections.abc import Collection, Iterator, Mapping
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from netcrm.domain.vocabulary import count
from netcrm.store.backup import opened
from netcrm.store.integrity import Values, stored_rows
from netcrm.store.journal import CHANGE, FORGOTTEN, OPERATION, TABLES
from netcrm.store.location import SCHEMA
from netcrm.store.schema import number

FLIPPED = 3
"""Bits by which what the diary says of an operation may have changed, and still be of that operation."""

Row = Mapping[str, Any]

_number = itemgetter(0)


def altered(live: Connection, path: Path) -> list[str] | None:
    """What differs from a backup and was not written since, in words; None where the two can't be compared.

    They can't where the backup is of another schema or another book, or of a past that was left when an older backup
    was restored; nor where somebody was forgotten since, of which the journal says nothing.
    """
    with opened(path) as copy:
        if number(copy) != SCHEMA:
            return None
        then, now = _operations(copy), _operations(live)
        since = {one for one, row in now.items() if one not in then or _taken_back(then[one], row)}
        forgot = any(now[one]["name"] == "forget" for one in since)
        if forgot or not all(one in now and _same(row, now[one]) for one, row in then.items()):
            return None
        written = _written(live, copy, since)
        strays = ((table.name, _strays(live, copy, table, written.get(table.name, ()))) for table in _ALL)
        return [f"{count(rows, 'row')} of the table {name}" for name, rows in strays if rows]


_ALL: tuple[Table, ...] = (*TABLES.values(), OPERATION, CHANGE, FORGOTTEN)


def _operations(connection: Connection) -> dict[int, Row]:
    return {row["id"]: dict(row) for row in connection.execute(select(OPERATION)).mappings()}


def _taken_back(then: Row, now: Row) -> bool:
    return then["undone_at"] is None and now["undone_at"] is not None


def _same(then: Row, now: Row) -> bool:
    """Whether two operations of one number are one, of which a few bits may have flipped."""
    told = (str([row[name] for name in ("name", "summary", "at")]).encode() for row in (then, now))
    one, other = told
    return len(one) == len(other) and _bits_apart(one, other) <= FLIPPED


def _bits_apart(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def _written(live: Connection, copy: Connection, since: Collection[int]) -> dict[str, set[int]]:
    """The rows that may differ from the backup, by table: the journal names them, and is one of them."""
    found: dict[str, set[int]] = {OPERATION.name: set(since), CHANGE.name: set()}
    columns = (CHANGE.c.id, CHANGE.c.operation_id, CHANGE.c.table, CHANGE.c.row, CHANGE.c.last)
    older = set(copy.execute(select(CHANGE.c.id)).scalars())
    for change, operation, table, first, last in live.execute(select(*columns)):
        if operation in since:
            found.setdefault(table, set()).update(range(first, last + 1))
            found[CHANGE.name] |= {change} - older
    known = set(copy.execute(select(FORGOTTEN.c.id)).scalars())
    found[FORGOTTEN.name] = set(live.execute(select(FORGOTTEN.c.id)).scalars()) - known
    return found


def _strays(live: Connection, copy: Connection, table: Table, written: Collection[int]) -> int:
    """How many rows of a table are there on one side only, or differ, and were not written."""
    pairs = groupby(merge(stored_rows(live, table), stored_rows(copy, table), key=_number), _number)
    return sum(row not in written and not _alike(both) for row, both in pairs)


def _alike(rows: Iterator[Values]) -> bool:
    found = list(rows)
    return len(found) == 2 and found[0] == found[1]
