"""One operation under way: what it writes is journaled row by row."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Table,
    bindparam,
    delete,
    insert,
    text,
    update,
)
from sqlmodel import Session

from netcrm.domain.models import Operation, Stored
from netcrm.domain.validation import clean
from netcrm.store.batches import batches
from netcrm.store.journal import CHANGE, OPERATION, as_it_was, as_they_were
from netcrm.store.planner_queries import Query, in_iso

ROWS_AT_ONCE = 5_000
"""Rows sent in one statement: enough that its cost is nothing, few enough to hold twice in memory."""

Row = TypeVar("Row", bound=Stored)

Rows = Sequence[Mapping[str, Any]]


class UnitOfWork:
    """One operation under way: whatever it writes is journaled as it goes.

    `session` reads within the same transaction; `now` is the instant and `today` my calendar
    day; `summary` may be put into better words before the operation ends. An operation that
    writes nothing leaves no trace, unless it is `final`: one that can't be taken back.
    """

    def __init__(self, connection: Connection, name: str, summary: str, now: datetime, today: date) -> None:
        self.connection = connection
        self.session = Session(connection, expire_on_commit=False, autoflush=False)
        self.now, self.today = now, today
        self.summary = summary
        self.final = False
        self._name = name
        self.entries = 0
        self._journal: list[dict[str, Any]] = []
        self._operation: int | None = None

    @property
    def query(self) -> Query:
        """The hot reads, as this operation sees the database."""
        return query_of(self.connection)

    def reread(self, row: Row) -> Row:
        """The row as it is stored now, with everything that belongs to it.

        Read within the transaction, so a change that can't be read back from a damaged file is not committed.
        """
        self.session.expunge_all()
        return self.session.get_one(type(row), row.number)

    def add(self, row: Row) -> Row:
        """Store one new row; it gets its number."""
        row.id = self.add_all(type(row), [_values(row)])
        return row

    def add_all(self, model: type[Stored], rows: Sequence[Mapping[str, Any]]) -> int:
        """Store new rows of one noun, given as values by column; the first one's number.

        The others are numbered from there on in the order given.
        """
        if not rows:
            return 0
        table = model.__table__
        first = _next_number(self.connection, table, len(rows))
        numbers = count(first)
        for batch in batches(rows, ROWS_AT_ONCE):
            self.connection.execute(insert(table), [{**row, "id": next(numbers)} for row in batch])
        self._note(table, first, first + len(rows) - 1, None)
        return first

    def change(self, row: Stored, **values: Any) -> bool:
        """Give a stored row new values; False when it has them already."""
        differing = {key: value for key, value in values.items() if getattr(row, key) != value}
        if not differing:
            return False
        table = row.__table__
        self._note(table, row.number, row.number, as_it_was(self.connection, table, row.number))
        self.connection.execute(update(table).where(table.c.id == row.number).values(differing))
        for key, value in differing.items():
            setattr(row, key, value)
        return True

    def change_all(self, model: type[Stored], rows: Mapping[int, Mapping[str, Any]]) -> None:
        """Give many stored rows new values: number to values by column; those of the same columns go together."""
        table = model.__table__
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for number, values in rows.items():
            alike[tuple(values)].append({**values, "number": number})
        for number, before in as_they_were(self.connection, table, list(rows)):
            self._note(table, number, number, before)
        for columns, changes in alike.items():
            changed = update(table).where(table.c.id == bindparam("number"))
            self.connection.execute(changed.values({name: bindparam(name) for name in columns}), changes)

    def remove(self, row: Stored) -> None:
        """Delete a stored row; nothing may refer to it any more."""
        table = row.__table__
        self._note(table, row.number, row.number, as_it_was(self.connection, table, row.number))
        self.connection.execute(delete(table).where(table.c.id == row.number))

    def finish(self) -> Operation | None:
        """Write the journal; called by the door, just before COMMIT. The operation, if anything was written."""
        self.session.close()
        if not self.entries and not self.final:
            return None
        self._flush()
        summary = clean(self.summary)
        self.connection.execute(update(OPERATION).where(OPERATION.c.id == self._operation).values(summary=summary))
        return Operation(id=self._operation, name=self._name, summary=summary, at=self.now)

    def _note(self, table: Table, row: int, last: int, before: dict[str, Any] | None) -> None:
        self.entries += 1
        self._journal.append({"table": table.name, "row": row, "last": last, "before": before})
        if len(self._journal) >= ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        """Write what was noted, under an operation that gets its words at the end."""
        if self._operation is None:
            operation = insert(OPERATION).values(name=self._name, summary="", at=self.now)
            self._operation = self.connection.execute(operation.returning(OPERATION.c.id)).scalar_one()
        if self._journal:
            entries = [{**change, "operation_id": self._operation} for change in self._journal]
            self.connection.execute(insert(CHANGE), entries)
            self._journal.clear()


def query_of(connection: Connection) -> Query:
    convert = in_iso if connection.dialect.name == "sqlite" else dict
    return lambda sql, parameters: connection.execute(text(sql), convert(parameters))


def _values(row: Stored) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.c if column.computed is None}


def _next_number(connection: Connection, table: Table, rows: int) -> int:
    """The first of as many numbers in a row that were never given before.

    Asked for beforehand, so that thousands of rows and their children can be sent as
    they are; writers are alone, so nobody else gets the same.
    """
    if connection.dialect.name == "sqlite":
        query = text("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :name")
        return int(connection.execute(query, {"name": table.name}).scalar_one()) + 1
    sequence = f"{table.name}_id_seq"
    first = int(connection.execute(text("SELECT nextval(:name)"), {"name": sequence}).scalar_one())
    connection.execute(text("SELECT setval(:name, :last)"), {"name": sequence, "last": first + rows - 1})
    return first
