"""The journal: what an operation replaced, and taking it back.

The newest operation can always be taken back, since nothing stands on it. An older one can
be, unless a later one that stands does any of these: it wrote the same rows; it wrote a row
that refers to one which would go; it took out what a row that comes back refers to; it gave
its place to another row (the same tag again, the same address); or it answered what the
older one had set in motion. What the later one replaced counts like what it wrote, or it
could not be taken back itself. So nothing that is taken back leaves a row without its parent
or an answer without its cause, in whatever order it is done.
"""

import re
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Date, Table, UniqueConstraint, delete, insert, select, update

from netcrm.domain.models import JOURNALED, Change, Forgotten, Operation, UtcDateTime
from netcrm.domain.vocabulary import OWNED
from netcrm.errors import CannotTakeBack, NoSuch, NothingToUndo, StandsOnIt, TakenBack
from netcrm.store.batches import batches

AT_ONCE = 500
"""Row numbers in one IN list."""

OPERATION, CHANGE, FORGOTTEN = Operation.__table__, Change.__table__, Forgotten.__table__
TABLES = {model.__table__.name: model.__table__ for model in JOURNALED}

_ROUND = re.compile(r"@\d{4}(?:-\d\d-\d\d)?$")
"""What a cause that comes round has behind its uid: the year, or the day it counts from."""

_ADDRESS = ("kind", "normalised")
"""What only one contact may hold, although the database does not say so; for the kinds that are `OWNED`."""

Place = tuple[tuple[str, Any], ...]
"""Columns and values that only one row may hold."""


class Stretch(NamedTuple):
    """Rows of a table that are numbered without a gap."""

    first: int
    last: int


class RowId(NamedTuple):
    """A row of any table."""

    table: str
    number: int


Stretches = dict[str, list[Stretch]]
"""Numbers of rows by table, as stretches in order that have no row in common."""


# --------------------------------------------------------------------------- rows in the journal


def as_it_was(connection: Connection, table: Table, number: int) -> dict[str, Any]:
    """A row as it is, in JSON's types."""
    (row,) = _rows(connection, table, [number])
    return _in_json(row)


def as_they_were(connection: Connection, table: Table, numbers: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Many rows as they are, in JSON's types, with their numbers."""
    return ((row["id"], _in_json(row)) for row in _rows(connection, table, numbers))


def _in_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _restored(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The row that `as_it_was` described, in the types of its columns."""
    return {name: _typed(table, name, value) for name, value in values.items() if table.c[name].computed is None}


def _typed(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type
    if value is None or not isinstance(value, str):
        return value
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


# --------------------------------------------------------------------------- taking back


def take_back(connection: Connection, number: int | None, now: datetime, *, with_later: bool) -> list[Operation]:
    """Take back one operation, the newest that stands unless one is named; with all that build on it, if asked.

    What was taken back, in that order. `CannotTakeBack` where the journal holds nothing of it, as when somebody was
    forgotten; `StandsOnIt` names what would have to go first.
    """
    chosen = _standing(connection, number)
    if not with_later and (above := dependents(connection, chosen)):
        raise StandsOnIt(chosen.summary, chosen.number, [(one.number, one.summary) for one in above])
    return list(_in_order(connection, chosen, now))


def dependents(connection: Connection, operation: Operation) -> list[Operation]:
    """The operations that would have to go before this one, in that order: what builds on it, and on that.

    Found by taking them back, and then not: a row that comes back may be one that others refer to.
    """
    # Not as a context manager: after an error of the disk SQLite has rolled back by itself, and the cause must be told.
    trial = connection.begin_nested()
    *above, _ = _in_order(connection, operation, operation.at)
    trial.rollback()
    return above


def _in_order(connection: Connection, operation: Operation, now: datetime) -> Iterator[Operation]:
    """Take an operation back after whatever builds on it."""
    while above := _building_on(connection, operation.number):
        yield from _in_order(connection, _standing(connection, max(above)), now)
    yield _undone(connection, operation, now)


def _standing(connection: Connection, number: int | None) -> Operation:
    wanted = OPERATION.c.undone_at.is_(None) if number is None else OPERATION.c.id == number
    found = connection.execute(select(OPERATION).where(wanted).order_by(OPERATION.c.id.desc()).limit(1))
    row = found.mappings().one_or_none()
    if row is None and number is None:
        raise NothingToUndo
    if row is None:
        raise NoSuch("operation", str(number), "`netcrm undo --list` shows what was done, with its numbers")
    if row["undone_at"]:
        raise TakenBack(row["summary"], number)
    if connection.execute(select(CHANGE.c.id).where(CHANGE.c.operation_id == row["id"]).limit(1)).first() is None:
        raise CannotTakeBack(row["summary"], row["id"])
    return Operation(**row)


def _undone(connection: Connection, operation: Operation, now: datetime) -> Operation:
    changes = select(CHANGE).where(CHANGE.c.operation_id == operation.id).order_by(CHANGE.c.id.desc())
    for change in connection.execute(changes).mappings().all():
        _put_back(connection, TABLES[change["table"]], dict(change))
    connection.execute(update(OPERATION).where(OPERATION.c.id == operation.id).values(undone_at=now))
    operation.undone_at = now
    return operation


def _put_back(connection: Connection, table: Table, change: Mapping[str, Any]) -> None:
    number, values = change["row"], change["before"]
    if values is None:
        connection.execute(delete(table).where(table.c.id.between(number, change["last"])))
        return
    restored = _restored(table, values)
    updated = connection.execute(update(table).where(table.c.id == number).values(restored))
    if not updated.rowcount:
        connection.execute(insert(table).values(restored))


# --------------------------------------------------------------------------- what stands on what


@dataclass(frozen=True, slots=True)
class _Later:
    """A stretch of rows that a later operation wrote."""

    operation: int
    table: str
    rows: Stretch
    replaced: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Trace:
    """What taking an operation back would do: rows that go, and rows that come back as they were."""

    going: Stretches = field(default_factory=dict)
    coming: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)

    def wrote(self, row: RowId) -> bool:
        return row.number in self.coming.get(row.table, ()) or self.removes(row)

    def removes(self, row: RowId) -> bool:
        return _meets(self.going.get(row.table, []), Stretch(row.number, row.number))


def _later(connection: Connection, number: int) -> list[_Later]:
    columns = (CHANGE.c.operation_id, CHANGE.c.table, CHANGE.c.row, CHANGE.c.last, CHANGE.c.before)
    standing = select(*columns).join(OPERATION, OPERATION.c.id == CHANGE.c.operation_id)
    rows = connection.execute(standing.where(OPERATION.c.id > number, OPERATION.c.undone_at.is_(None)))
    return [
        _Later(operation, table, Stretch(first, last), replaced) for operation, table, first, last, replaced in rows
    ]


def _building_on(connection: Connection, number: int) -> set[int]:
    """The later operations that need what this one did, as the rows are now."""
    later = _later(connection, number)
    if not later:
        return set()
    trace = _trace(connection, number)
    gone = set(_gone(connection, trace))
    wanted: dict[str, set[int]] = defaultdict(set)
    for table, row in (
        *_children(connection, trace),
        *_lost_parents(connection, trace),
        *_usurpers(connection, trace),
        *_answers(connection, gone, [one for one in later if one.table == "decision"]),
    ):
        wanted[table].add(row)
    places = {table: set(_places(TABLES[table], rows.values())) for table, rows in trace.coming.items()}
    stretches = {table: _singles(rows) for table, rows in wanted.items()}
    touched = _stretches(trace)
    return {
        one.operation
        for one in later
        if _meets(touched.get(one.table, []), one.rows)
        or _meets(stretches.get(one.table, []), one.rows)
        or _replaced_needs(one, trace, gone, places.get(one.table, set()))
    }


def _replaced_needs(later: _Later, trace: _Trace, gone: set[str], places: set[Place]) -> bool:
    """Whether what a later operation replaced could not come back: its parent, its cause or its place would be gone."""
    if later.replaced is None:
        return False
    table, values = TABLES[later.table], later.replaced
    parents = (RowId(key.column.table.name, values[key.parent.name]) for key in table.foreign_keys)
    if any(parent.number and trace.removes(parent) for parent in parents):
        return True
    if table.name == "decision" and _names_any(gone, values["cause"], values["contact_uid"]):
        return True
    return not places.isdisjoint(_places(table, [_restored(table, values)]))


def _trace(connection: Connection, number: int) -> _Trace:
    """What an operation wrote: of a row that it wrote more than once, the first time counts."""
    trace = _Trace()
    changes = select(CHANGE).where(CHANGE.c.operation_id == number).order_by(CHANGE.c.id)
    for change in connection.execute(changes).mappings():
        row = RowId(change["table"], change["row"])
        if change["before"] is None:
            insort(trace.going.setdefault(row.table, []), Stretch(row.number, change["last"]))
        elif not trace.removes(row):
            before = _restored(TABLES[row.table], change["before"])
            trace.coming.setdefault(row.table, {}).setdefault(row.number, before)
    return trace


def _stretches(trace: _Trace) -> Stretches:
    tables = {*trace.going, *trace.coming}
    return {table: sorted([*_singles(trace.coming.get(table, ())), *trace.going.get(table, [])]) for table in tables}


def _singles(numbers: Iterable[int]) -> list[Stretch]:
    return [Stretch(number, number) for number in sorted(numbers)]


def _meets(stretches: Sequence[Stretch], rows: Stretch) -> bool:
    """Whether any of these stretches, in order and without a common row, has a row of another stretch."""
    at = bisect_right(stretches, rows.last, key=lambda stretch: stretch.first)
    return at > 0 and stretches[at - 1].last >= rows.first


def _children(connection: Connection, trace: _Trace) -> Iterator[RowId]:
    """Rows of others that refer to a row which would go."""
    for child in TABLES.values():
        for key in child.foreign_keys:
            for first, last in trace.going.get(key.column.table.name, []):
                numbers = connection.execute(select(child.c.id).where(key.parent.between(first, last))).scalars()
                rows = (RowId(child.name, number) for number in numbers)
                yield from (row for row in rows if not trace.wrote(row))


def _lost_parents(connection: Connection, trace: _Trace) -> Iterator[RowId]:
    """Rows that are gone, and that a row which comes back refers to."""
    for name, rows in trace.coming.items():
        for key in TABLES[name].foreign_keys:
            parent = key.column.table
            wanted = {values[key.parent.name] for values in rows.values()} - {None}
            wanted -= trace.coming.get(parent.name, {}).keys()
            there = {row["id"] for row in _rows(connection, parent, wanted)}
            yield from (RowId(parent.name, number) for number in wanted - there)


def _usurpers(connection: Connection, trace: _Trace) -> Iterator[RowId]:
    """Rows that hold the place of a row which comes back."""
    for name, rows in trace.coming.items():
        table = TABLES[name]
        kept = set(_places(table, list(_rows(connection, table, rows))))
        for place in {*_places(table, rows.values())} - kept:
            same = (table.c[column] == value for column, value in place)
            numbers = connection.execute(select(table.c.id).where(*same)).scalars()
            yield from (RowId(name, number) for number in numbers)


def _places(table: Table, rows: Collection[Mapping[str, Any]]) -> Iterator[Place]:
    """What of these rows only one row may hold."""
    for columns in _unique(table):
        for values in rows:
            if columns != _ADDRESS or values["kind"] in OWNED:
                yield tuple((column, values[column]) for column in columns)


@cache
def _unique(table: Table) -> Sequence[Sequence[str]]:
    constraints = (one for one in table.constraints if isinstance(one, UniqueConstraint))
    known = [tuple(column.name for column in constraint.columns) for constraint in constraints]
    return [*known, _ADDRESS] if all(name in table.c for name in _ADDRESS) else known


def _answers(connection: Connection, gone: set[str], later: Sequence[_Later]) -> Iterator[RowId]:
    """Later answers to follow-ups whose cause, or whose person, would not be there any more."""
    table = TABLES["decision"]
    for one in later:
        columns = select(table.c.id, table.c.cause, table.c.contact_uid)
        for number, cause, contact in connection.execute(columns.where(table.c.id.between(*one.rows))):
            if _names_any(gone, cause, contact):
                yield RowId("decision", number)


def _names_any(gone: set[str], cause: str, contact: str) -> bool:
    """Whether a cause, such as “contact.birthday|contact:UID@2027”, or a person is among these uids."""
    uid = cause.partition("|")[2].partition(":")[2]
    return not gone.isdisjoint({contact, uid, _ROUND.sub("", uid)})


def _gone(connection: Connection, trace: _Trace) -> Iterator[str]:
    """The uids of what would not be there any more, or would be undecided again."""
    for name, stretches in trace.going.items():
        table = TABLES[name]
        for first, last in stretches if "uid" in table.c else ():
            yield from connection.execute(select(table.c.uid).where(table.c.id.between(first, last))).scalars()
    offers = trace.coming.get("offer", {})
    for row in _rows(connection, TABLES["offer"], offers):
        if row["decision"] != offers[row["id"]]["decision"]:
            yield row["uid"]


def _rows(connection: Connection, table: Table, numbers: Iterable[int]) -> Iterator[dict[str, Any]]:
    """The rows with these numbers that there are, in number order."""
    for batch in batches(sorted(numbers), AT_ONCE):
        wanted = select(table).where(table.c.id.in_(batch)).order_by(table.c.id)
        yield from map(dict, connection.execute(wanted).mappings())
