"""One operation while it runs: every row that it writes is journaled."""

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
"""The most rows in one statement: enough that its own cost is negligible, few enough to be in memory twice."""

Row = TypeVar("Row", bound=Stored)

Rows = Sequence[Mapping[str, Any]]


class UnitOfWork:
    """One operation while it runs; it journals every row that it writes.

    `session` reads within the same transaction. `now` is the instant and `today` the user's calendar day. `summary` may
    be changed until the operation ends. An operation that writes nothing is not recorded, unless it is `final`, which
    means that it can't be undone.
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
        """The planner's reads within the transaction."""
        return query_of(self.connection)

    def reread(self, row: Row) -> Row:
        """The row as it is stored now, with all that belongs to it.

        It is read within the transaction, so that a change is not committed if a damaged file can't give it back.
        """
        self.session.expunge_all()
        return self.session.get_one(type(row), row.number)

    def add(self, row: Row) -> Row:
        """Store one new row and give it its number."""
        row.id = self.add_all(type(row), [_values(row)])
        return row

    def add_all(self, model: type[Stored], rows: Sequence[Mapping[str, Any]]) -> int:
        """Store new rows of one table, given as values by column; returns the number of the first.

        The others have the numbers after it, in their order.
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
        """Give a stored row new values; returns False if it already has them."""
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
        """Give many stored rows new values, by number and column; rows that change the same columns go together."""
        table = model.__table__
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for number, values in rows.items():
            by_columns[tuple(values)].append({**values, "number": number})
        for number, before in as_they_were(self.connection, table, list(rows)):
            self._note(table, number, number, before)
        for columns, changes in by_columns.items():
            changed = update(table).where(table.c.id == bindparam("number"))
            self.connection.execute(changed.values({name: bindparam(name) for name in columns}), changes)

    def remove(self, row: Stored) -> None:
        """Delete a stored row, to which no other row refers."""
        table = row.__table__
        self._note(table, row.number, row.number, as_it_was(self.connection, table, row.number))
        self.connection.execute(delete(table).where(table.c.id == row.number))

    def finish(self) -> Operation | None:
        """Write the journal, just before COMMIT; returns the operation, or None if it wrote nothing."""
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
        """Write the entries so far, under an operation whose summary is written at the end."""
        if self._operation is None:
            operation = insert(OPERATION).values(name=self._name, summary="", at=self.now)
            self._operation = self.connection.execute(operation.returning(OPERATION.c.id)).scalar_one()
        if self._journal:
            entries = [{**change, "operation_id": self._operation} for change in self._journal]
            self.connection.execute(insert(CHANGE), entries)
            self._journal.clear()


def query_of(connection: Connection) -> Query:
    """The planner's reads through a connection of SQLAlchemy's."""
    convert = in_iso if connection.dialect.name == "sqlite" else dict
    return lambda sql, parameters: connection.execute(text(sql), convert(parameters))


def _values(row: Stored) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.c if column.computed is None}


def _next_number(connection: Connection, table: Table, rows: int) -> int:
    """The first number for so many new rows; no row has ever had one of these numbers.

    The numbers are taken before the rows are sent, so that thousands of rows and their children go in a few statements.
    There is one writer at a time, so no other row gets the same number.
    """
    if connection.dialect.name == "sqlite":
        query = text("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :name")
        return int(connection.execute(query, {"name": table.name}).scalar_one()) + 1
    sequence = f"{table.name}_id_seq"
    first = int(connection.execute(text("SELECT nextval(:name)"), {"name": sequence}).scalar_one())
    connection.execute(text("SELECT setval(:name, :last)"), {"name": sequence, "last": first + rows - 1})
    return first
