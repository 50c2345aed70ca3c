"""Rows that have changed although no operation wrote them, found by comparing a database with one of its backups.

A single flipped bit often makes another valid value, which no check of the file itself can find. But the journal has
every row that was written since a backup was made, and all other rows must still equal those of the backup.
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
from netcrm.store.schema import schema_number

FLIPPED = 3
"""The most bits by which an operation's row may differ from the backup and still be the same operation."""

Row = Mapping[str, Any]

_number = itemgetter(0)


def altered(live: Connection, path: Path) -> list[str] | None:
    """The rows that differ from a backup and were not written since, in words; None if the two can't be compared.

    They can't if the backup has another schema, is of another database, or of a state that was given up when an older
    backup was restored; nor if a contact was forgotten since, because the journal has no rows of that.
    """
    with opened(path) as copy:
        if schema_number(copy) != SCHEMA:
            return None
        then, now = _operations(copy), _operations(live)
        since = {number for number, row in now.items() if number not in then or _undone_since(then[number], row)}
        forgot = any(now[number]["name"] == "forget" for number in since)
        if forgot or not all(number in now and _same(row, now[number]) for number, row in then.items()):
            return None
        written = _written(live, copy, since)
        strays = ((table.name, _strays(live, copy, table, written.get(table.name, ()))) for table in _ALL)
        return [f"{count(rows, 'row')} of the table {name}" for name, rows in strays if rows]


_ALL: tuple[Table, ...] = (*TABLES.values(), OPERATION, CHANGE, FORGOTTEN)


def _operations(connection: Connection) -> dict[int, Row]:
    return {row["id"]: dict(row) for row in connection.execute(select(OPERATION)).mappings()}


def _undone_since(then: Row, now: Row) -> bool:
    return then["undone_at"] is None and now["undone_at"] is not None


def _same(then: Row, now: Row) -> bool:
    """Whether two operations with the same number are the same operation, of which a few bits may have flipped."""
    left, right = (str([row[name] for name in ("name", "summary", "at")]).encode() for row in (then, now))
    return len(left) == len(right) and _bits_apart(left, right) <= FLIPPED


def _bits_apart(left: bytes, right: bytes) -> int:
    return (int.from_bytes(left) ^ int.from_bytes(right)).bit_count()


def _written(live: Connection, copy: Connection, since: Collection[int]) -> dict[str, set[int]]:
    """The numbers of the rows that may differ from the backup, by table: those in the journal, and its own new rows."""
    written: dict[str, set[int]] = {OPERATION.name: set(since), CHANGE.name: set()}
    columns = (CHANGE.c.id, CHANGE.c.operation_id, CHANGE.c.table, CHANGE.c.row, CHANGE.c.last)
    older = set(copy.execute(select(CHANGE.c.id)).scalars())
    for change, operation, table, first, last in live.execute(select(*columns)):
        if operation in since:
            written.setdefault(table, set()).update(range(first, last + 1))
            written[CHANGE.name] |= {change} - older
    known = set(copy.execute(select(FORGOTTEN.c.id)).scalars())
    written[FORGOTTEN.name] = set(live.execute(select(FORGOTTEN.c.id)).scalars()) - known
    return written


def _strays(live: Connection, copy: Connection, table: Table, written: Collection[int]) -> int:
    """The number of rows in a table that differ or exist on one side only, although they were not written."""
    pairs = groupby(merge(stored_rows(live, table), stored_rows(copy, table), key=_number), _number)
    return sum(number not in written and not _alike(pair) for number, pair in pairs)


def _alike(pair: Iterator[Values]) -> bool:
    rows = list(pair)
    return len(rows) == 2 and rows[0] == rows[1]
