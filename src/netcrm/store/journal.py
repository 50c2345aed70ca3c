"""The journal: the values that an operation replaced, and how to undo it.

The newest operation can always be undone, since no other builds on it. An older one can be undone unless a later
operation builds on it. A later operation does so in any of these cases, if it was not undone itself:

- it wrote one of the same rows;
- it wrote a row that refers to a row which the undo would delete;
- it deleted a row to which a restored row refers;
- it added a row that takes the place of a restored row: the same tag, the same address;
- it answered a follow-up whose cause the undo would delete.

The rows that the later operation replaced count as written too; otherwise it could not be undone afterwards. So every
row keeps its parent and every answer its cause, in any order of undos.
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
"""The most row numbers in one IN list."""

OPERATION, CHANGE, FORGOTTEN = Operation.__table__, Change.__table__, Forgotten.__table__
TABLES = {model.__table__.name: model.__table__ for model in JOURNALED}

_ROUND = re.compile(r"@\d{4}(?:-\d\d-\d\d)?$")
"""The end of a recurring cause, after its uid: the year, or the day from which it counts."""

_ADDRESS = ("kind", "normalised")
"""The columns of an address. Only one contact may have it if its kind is `OWNED`; no constraint says so."""

Place = tuple[tuple[str, Any], ...]
"""Columns with their values, of which only one row may have these."""


class Stretch(NamedTuple):
    """Rows of one table whose numbers have no gap."""

    first: int
    last: int


class RowId(NamedTuple):
    """A row, by its table and its number."""

    table: str
    number: int


Stretches = dict[str, list[Stretch]]
"""Rows by table, as stretches that are sorted and don't overlap."""


# --------------------------------------------------------------------------- rows in the journal


def as_it_was(connection: Connection, table: Table, number: int) -> dict[str, Any]:
    """The present values of a row, in JSON's types."""
    return _in_json(connection.execute(select(table).where(table.c.id == number)).mappings().one())


def as_they_were(connection: Connection, table: Table, numbers: Sequence[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The present values of many rows, each with its number."""
    return ((row["id"], _in_json(row)) for row in _rows(connection, table, numbers))


def _in_json(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _restored(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that `as_it_was` returned, in the types of their columns."""
    return {name: _typed(table, name, value) for name, value in values.items() if table.c[name].computed is None}


def _typed(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type
    if value is None or not isinstance(value, str):
        return value
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


# --------------------------------------------------------------------------- undo


def take_back(connection: Connection, number: int | None, now: datetime, *, with_later: bool) -> list[Operation]:
    """Undo the operation with this number, or else the newest; `with_later` first undoes all that build on it.

    Returns the operations in the order in which they were undone. `CannotTakeBack` is raised if the journal has no
    rows of the operation, as after a `forget`; `StandsOnIt` lists the operations to undo first.
    """
    chosen = _standing(connection, number)
    if not with_later and (later := dependents(connection, chosen)):
        raise StandsOnIt(chosen.summary, chosen.number, [(operation.number, operation.summary) for operation in later])
    return list(_in_order(connection, chosen, now))


def dependents(connection: Connection, operation: Operation) -> list[Operation]:
    """The operations to undo before this one, in that order: those that build on it, directly or not.

    Each is undone on trial, since only then is it known which rows come back and which operations refer to them.
    """
    # No context manager: after a disk error SQLite has already rolled back, and its exit would hide that error.
    trial = connection.begin_nested()
    *later, _ = _in_order(connection, operation, operation.at)
    trial.rollback()
    return later


def _in_order(connection: Connection, operation: Operation, now: datetime) -> Iterator[Operation]:
    """Undo the operations that build on this one, the newest first, and then this one."""
    while later := _building_on(connection, operation.number):
        yield from _in_order(connection, _standing(connection, max(later)), now)
    yield _undone(connection, operation, now)


def _standing(connection: Connection, number: int | None) -> Operation:
    """The operation with this number, or else the newest, if it can be undone."""
    wanted = OPERATION.c.undone_at.is_(None) if number is None else OPERATION.c.id == number
    newest = connection.execute(select(OPERATION).where(wanted).order_by(OPERATION.c.id.desc()).limit(1))
    row = newest.mappings().one_or_none()
    if row is None and number is None:
        raise NothingToUndo
    if row is None:
        raise NoSuch("operation", str(number), "`netcrm undo --list` shows the operations with their numbers")
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


# --------------------------------------------------------------------------- which operations build on which


@dataclass(frozen=True, slots=True)
class _Later:
    """Rows that a later operation wrote, and the values that they replaced."""

    operation: int
    table: str
    rows: Stretch
    replaced: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Trace:
    """The effect of an undo: the rows that it deletes, and the rows that it restores with their values."""

    deleted: Stretches = field(default_factory=dict)
    restored: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)

    def writes(self, row: RowId) -> bool:
        return row.number in self.restored.get(row.table, ()) or self.deletes(row)

    def deletes(self, row: RowId) -> bool:
        return _overlap(self.deleted.get(row.table, []), Stretch(row.number, row.number))


def _later(connection: Connection, number: int) -> list[_Later]:
    columns = (CHANGE.c.operation_id, CHANGE.c.table, CHANGE.c.row, CHANGE.c.last, CHANGE.c.before)
    standing = select(*columns).join(OPERATION, OPERATION.c.id == CHANGE.c.operation_id)
    rows = connection.execute(standing.where(OPERATION.c.id > number, OPERATION.c.undone_at.is_(None)))
    return [
        _Later(operation, table, Stretch(first, last), replaced) for operation, table, first, last, replaced in rows
    ]


def _building_on(connection: Connection, number: int) -> set[int]:
    """The later operations that build on this one, by the present rows."""
    later = _later(connection, number)
    if not later:
        return set()
    trace = _trace(connection, number)
    lost = set(_lost_uids(connection, trace))
    needed: dict[str, set[int]] = defaultdict(set)
    for row in (
        *_children(connection, trace),
        *_lost_parents(connection, trace),
        *_usurpers(connection, trace),
        *_answers(connection, lost, [change for change in later if change.table == "decision"]),
    ):
        needed[row.table].add(row.number)
    places = {table: set(_places(TABLES[table], rows.values())) for table, rows in trace.restored.items()}
    needed_rows = {table: _singles(numbers) for table, numbers in needed.items()}
    written = _stretches(trace)
    return {
        change.operation
        for change in later
        if _overlap(written.get(change.table, []), change.rows)
        or _overlap(needed_rows.get(change.table, []), change.rows)
        or _blocks(change, trace, lost, places.get(change.table, set()))
    }


def _blocks(later: _Later, trace: _Trace, lost: set[str], places: set[Place]) -> bool:
    """Whether the values that a later operation replaced could not be restored after the undo.

    They could not if their parent or their cause would be lost, or another row would have their place.
    """
    if later.replaced is None:
        return False
    table, values = TABLES[later.table], later.replaced
    parents = (RowId(key.column.table.name, values[key.parent.name]) for key in table.foreign_keys)
    if any(parent.number and trace.deletes(parent) for parent in parents):
        return True
    if table.name == "decision" and _names_any(lost, values["cause"], values["contact_uid"]):
        return True
    return not places.isdisjoint(_places(table, [_restored(table, values)]))


def _trace(connection: Connection, number: int) -> _Trace:
    """The effect of undoing an operation. If it wrote a row more than once, the first time counts."""
    trace = _Trace()
    changes = select(CHANGE).where(CHANGE.c.operation_id == number).order_by(CHANGE.c.id)
    for change in connection.execute(changes).mappings():
        row = RowId(change["table"], change["row"])
        if change["before"] is None:
            insort(trace.deleted.setdefault(row.table, []), Stretch(row.number, change["last"]))
        elif not trace.deletes(row):
            before = _restored(TABLES[row.table], change["before"])
            trace.restored.setdefault(row.table, {}).setdefault(row.number, before)
    return trace


def _stretches(trace: _Trace) -> Stretches:
    """All rows that an undo writes."""
    singles = {table: _singles(numbers) for table, numbers in trace.restored.items()}
    return {
        table: sorted([*singles.get(table, []), *trace.deleted.get(table, [])])
        for table in {*trace.deleted, *trace.restored}
    }


def _singles(numbers: Iterable[int]) -> list[Stretch]:
    return [Stretch(number, number) for number in sorted(numbers)]


def _overlap(stretches: Sequence[Stretch], rows: Stretch) -> bool:
    """Whether any of these stretches, which are sorted and don't overlap, has one of these rows."""
    at = bisect_right(stretches, rows.last, key=lambda stretch: stretch.first)
    return at > 0 and stretches[at - 1].last >= rows.first


def _children(connection: Connection, trace: _Trace) -> Iterator[RowId]:
    """Rows that the undo does not write, and that refer to a row which it deletes."""
    for child in TABLES.values():
        for key in child.foreign_keys:
            for first, last in trace.deleted.get(key.column.table.name, []):
                numbers = connection.execute(select(child.c.id).where(key.parent.between(first, last))).scalars()
                rows = (RowId(child.name, number) for number in numbers)
                yield from (row for row in rows if not trace.writes(row))


def _lost_parents(connection: Connection, trace: _Trace) -> Iterator[RowId]:
    """Rows that don't exist any more, and to which a restored row refers."""
    for name, rows in trace.restored.items():
        for key in TABLES[name].foreign_keys:
            parent = key.column.table
            needed = {values[key.parent.name] for values in rows.values()} - {None}
            needed -= trace.restored.get(parent.name, {}).keys()
            existing = {row["id"] for row in _rows(connection, parent, needed)}
            yield from (RowId(parent.name, number) for number in needed - existing)


def _usurpers(connection: Connection, trace: _Trace) -> Iterator[RowId]:
    """Rows that have the place of a restored row."""
    for name, rows in trace.restored.items():
        table = TABLES[name]
        kept = set(_places(table, list(_rows(connection, table, rows))))
        for place in {*_places(table, rows.values())} - kept:
            same = (table.c[column] == value for column, value in place)
            numbers = connection.execute(select(table.c.id).where(*same)).scalars()
            yield from (RowId(name, number) for number in numbers)


def _places(table: Table, rows: Collection[Mapping[str, Any]]) -> Iterator[Place]:
    """The places of these rows."""
    for columns in _unique(table):
        for values in rows:
            if columns != _ADDRESS or values["kind"] in OWNED:
                yield tuple((column, values[column]) for column in columns)


@cache
def _unique(table: Table) -> Sequence[Sequence[str]]:
    """The columns whose values only one row may have."""
    unique = (constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint))
    columns = [tuple(column.name for column in constraint.columns) for constraint in unique]
    return [*columns, _ADDRESS] if all(name in table.c for name in _ADDRESS) else columns


def _answers(connection: Connection, lost: set[str], later: Sequence[_Later]) -> Iterator[RowId]:
    """Later answers to follow-ups whose cause or contact would be lost."""
    table = TABLES["decision"]
    for change in later:
        columns = select(table.c.id, table.c.cause, table.c.contact_uid)
        for number, cause, contact in connection.execute(columns.where(table.c.id.between(*change.rows))):
            if _names_any(lost, cause, contact):
                yield RowId("decision", number)


def _names_any(lost: set[str], cause: str, contact: str) -> bool:
    """Whether a contact, or the uid in a cause such as “contact.birthday|contact:UID@2027”, is among these uids."""
    uid = cause.partition("|")[2].partition(":")[2]
    return not lost.isdisjoint({contact, uid, _ROUND.sub("", uid)})


def _lost_uids(connection: Connection, trace: _Trace) -> Iterator[str]:
    """The uids of the rows that the undo deletes, and of the offers whose decision it changes."""
    for name, stretches in trace.deleted.items():
        table = TABLES[name]
        for first, last in stretches if "uid" in table.c else ():
            yield from connection.execute(select(table.c.uid).where(table.c.id.between(first, last))).scalars()
    offers = trace.restored.get("offer", {})
    for row in _rows(connection, TABLES["offer"], offers):
        if row["decision"] != offers[row["id"]]["decision"]:
            yield row["uid"]


def _rows(connection: Connection, table: Table, numbers: Iterable[int]) -> Iterator[dict[str, Any]]:
    """The rows that exist of these numbers, in number order."""
    for batch in batches(sorted(numbers), AT_ONCE):
        wanted = select(table).where(table.c.id.in_(batch)).order_by(table.c.id)
        yield from map(dict, connection.execute(wanted).mappings())
