"""The database as one object: every read, every write and all that concerns it as a whole.

Every write goes through `Store.write`: one transaction that is the only writer from its first statement (BEGIN
IMMEDIATE; on PostgreSQL an advisory lock). It names its operation and journals each row with the values that it
replaced. `undo` reads that journal, so it undoes a whole operation: a decline, an edit, an import of thousands.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool
from sqlmodel import Session

from netcrm.domain.models import Operation, Stored
from netcrm.errors import CannotUse, Locked, MissingExtra, NetcrmError, NothingToUndo, Refused
from netcrm.log import note
from netcrm.store.backup import (
    Backup,
    Restored,
    back_up,
    back_up_beside,
    checked,
    move_aside_if_damaged,
    replace_rows,
)
from netcrm.store.error_messages import in_words, store_error
from netcrm.store.integrity import damage, first_line
from netcrm.store.journal import CHANGE, FORGOTTEN, OPERATION, TABLES, take_back
from netcrm.store.location import SCHEMA, Location, refuse_a_network
from netcrm.store.migrate import migrate_file, migrate_server, wait_for_writers
from netcrm.store.planner_queries import Query
from netcrm.store.schema import fill_memory
from netcrm.store.sqlite import connect, create, driver, leave_wal, schema_of, without_waiting
from netcrm.store.unit_of_work import Rows, UnitOfWork, query_of


class Store:
    """One database. It is not kept open between calls; the first write creates a file."""

    def __init__(self, location: Location, *, lock_timeout: float = 30.0, now: Callable[[], datetime]) -> None:
        self.location = location
        self.lock_timeout = lock_timeout
        self._now = now
        self._ready = self._may_write = False
        self.last: Operation | None = None
        self.engine = self._engine()

    def close(self) -> None:
        self.engine.dispose()

    def _engine(self) -> Engine:
        if self.location.url:
            return _server_engine(self.location.url, self.lock_timeout)
        path = self.location.path
        engine = (
            create_engine(
                "sqlite://",
                creator=lambda: connect(path, writes=True, lock_timeout=self.lock_timeout),
                poolclass=NullPool,
                hide_parameters=True,
            )
            if path
            else create_engine("sqlite://", poolclass=StaticPool, hide_parameters=True)
        )
        event.listen(engine, "connect", _begin_by_hand)
        event.listen(engine, "begin", _begin)
        return engine

    # ------------------------------------------------------------------ reading

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: one transaction that can't write. A database that does not exist yet is read as an empty one."""
        with self._in_words():
            if self.location.is_new:
                with _empty() as connection:
                    yield connection
                return
            self.open()
            with self.engine.connect().execution_options(**_reading(self.engine)) as connection:
                yield connection

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session on such a snapshot; the entities that it loads stay usable after it is closed."""
        with self.read() as connection, Session(connection, expire_on_commit=False, autoflush=False) as session:
            yield session
            session.expunge_all()

    @contextmanager
    def query(self) -> Iterator[Query]:
        """The planner's reads through the engine, by the same SQL that `sqlite_query` runs on a file."""
        with self.read() as connection:
            yield query_of(connection)

    # ------------------------------------------------------------------ writing

    @contextmanager
    def write(self, name: str, summary: str, today: date, *, dry_run: bool = False) -> Iterator["UnitOfWork"]:
        """The one way to write. An exception inside rolls all of it back, and so does `dry_run` at the end."""
        with self._in_words():
            self.open(creating=True)
            with self._only_writer() as connection:
                unit = UnitOfWork(connection, name, summary, self._now(), today)
                yield unit
                written = unit.finish()
                if dry_run:
                    connection.rollback()
                    return
            self.last = written or self.last
            if written:
                note("operation %d (%s): %d entries in the journal", written.id, name, unit.entries)

    @contextmanager
    def _only_writer(self) -> Iterator[Connection]:
        """A transaction during which no other program writes; it is committed at the end."""
        with self.engine.connect() as connection, connection.begin():
            if self.location.url:  # on a file, BEGIN IMMEDIATE has waited for the other writers
                wait_for_writers(connection)
            yield connection

    def undo(self, number: int | None, *, with_later: bool, dry_run: bool) -> list[Operation]:
        """Undo the operation with this number, or else the newest; `with_later` first undoes all that build on it."""
        with self._in_words():
            if self.location.is_new:
                raise NothingToUndo
            self.open(creating=True)
            with self._only_writer() as connection:
                undone = take_back(connection, number, self._now(), with_later=with_later)
                if dry_run:
                    connection.rollback()
            numbers = [operation.id for operation in undone]
            note("%s operations %s", "would take back" if dry_run else "took back", numbers)
            return undone

    # ------------------------------------------------------------------ everything at once

    def backup(self, path: Path, *, overwrite: bool) -> Backup:
        """Copy everything into a file from one snapshot, so that others may write meanwhile."""
        with self._in_words():
            if self.location.is_new:
                raise Refused(f"there is nothing to back up: {self.location} holds nothing yet")
            self.open()
            return back_up(self.engine, self.location, path, self._now(), overwrite=overwrite)

    def restore(self, path: Path, today: date, forget_again: Callable[["UnitOfWork", Rows], int]) -> Restored:
        """Check a backup and replace all rows by its rows; a copy of the replaced database is kept.

        `forget_again` gets the hashes of the contacts forgotten so far, erases them from the restored rows, and returns
        how many it erased.
        """
        with self._in_words(), checked(path) as (copy, backup):
            damaged = move_aside_if_damaged(self.location, self._now(), self.lock_timeout)
            self._ready = self._ready and not damaged
            exists = not self.location.is_new
            self.open(creating=True)
            with self._only_writer() as connection:
                kept = back_up_beside(self.engine, self.location, "replaced", self._now()) if exists else None
                forgotten = _forgotten(connection)
                replace_rows(connection, copy)
                unit = UnitOfWork(connection, "forget", "", self._now(), today)
                erased = forget_again(unit, forgotten)
                written = unit.finish()
        self.last = written or self.last
        return Restored(backup, damaged or kept, damaged=damaged is not None, forgotten=erased)

    def look_at(self, path: Path, returning: Callable[[Connection, Rows], Sequence[object]]) -> Restored:
        """The effect that restoring a backup would have; nothing is changed.

        `returning` gets the backup and the hashes of the contacts forgotten so far, and returns those it contains.
        """
        with self._in_words(), checked(path) as (copy, backup), copy.connect() as restored:
            if self.location.is_new or self.damage():
                return Restored(backup, None)
            with self.read() as connection:
                forgotten = _forgotten(connection)
            return Restored(backup, None, forgotten=len(returning(restored, forgotten)))

    def damage(self) -> list[str]:
        """The damage of the file, in sentences. A server checks its own pages, so that nothing is said of it here."""
        if self.location.path is None or self.location.is_new:
            return []
        with in_words(str(self.location), self.lock_timeout):
            return damage(self.location.path, self.lock_timeout)

    def overwrite_free_space(self) -> None:
        """Rewrite the database, so that no erased value is left in its free space."""
        with self._in_words():
            if self.location.url:
                with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    for table in (*TABLES, OPERATION.name, CHANGE.name):
                        connection.exec_driver_sql(f"VACUUM FULL {table}")
            elif self.location.path:
                with in_words(str(self.location), self.lock_timeout):
                    opened = connect(self.location.path, writes=True, lock_timeout=self.lock_timeout)
                    with closing(opened) as database:
                        database.execute(
                            "PRAGMA temp_store=MEMORY"
                        )  # the copy that VACUUM makes must not reach the disk
                        database.execute("VACUUM")

    def build_anew(self, statements: Iterable[str]) -> None:
        """Run statements that build a view or an index anew."""
        with self._in_words():
            self.open(creating=True)
            with self._only_writer() as connection:
                for statement in statements:
                    connection.execute(text(statement))

    # ------------------------------------------------------------------ opening

    def open(self, *, creating: bool = False) -> None:
        """Migrate the database to today's schema, or refuse it; `creating` says that it will be written to."""
        if creating and not self._may_write:
            refuse_a_network(self.location.path)
            self._may_write = True
        if self._ready:
            return
        if self.location.url:
            migrate_server(self.engine, self.location, self._now())
        elif self.location.path is None:
            fill_memory(self.engine)
        else:
            self._open_file(self.location.path, creating=creating)
        self._ready = True
        note("opened a %s, schema %d", self.location.kind, SCHEMA)

    def _open_file(self, path: Path, *, creating: bool) -> None:
        if creating:
            create(self.location)
        with in_words(str(path), self.lock_timeout):
            opened = connect(path, writes=False, lock_timeout=self.lock_timeout)
            with closing(opened) as database:
                version = schema_of(database)
        if version < SCHEMA:
            refuse_a_network(path)
            migrate_file(self.engine, path, version, self._now())

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if isinstance(error.orig, NetcrmError):
                raise error.orig from error
            raise _store_error(self.location, self.lock_timeout, error) from error
        except SQLAlchemyError as error:
            raise CannotUse(str(self.location), f"{error}; nothing was changed") from error


# --------------------------------------------------------------------------- connections


def _server_engine(url: str, lock_timeout: float) -> Engine:
    try:
        return create_engine(
            url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"options": f"-c lock_timeout={int(lock_timeout * 1000)} -c timezone=UTC"},
        )
    except ImportError:
        raise MissingExtra("a PostgreSQL database", "postgresql") from None
    except (SQLAlchemyError, ValueError) as error:
        raise CannotUse(str(Location(url=url)), f"{error}; write it like postgresql://USER@HOST/DATABASE") from None


def _begin_by_hand(connection: Any, _record: Any) -> None:
    """Keep the driver from beginning transactions: it would begin them late, and deferred."""
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    """Begin a transaction that reads, writes or migrates, as the connection's options say.

    Foreign keys are off during a migration, or dropping a table that is rebuilt would delete the rows that refer to it.
    SQLite ignores this pragma and that of the journal inside a transaction, so they come first.
    """
    purpose = connection.get_execution_options().get("netcrm_purpose", "write")
    if purpose != "read":
        leave_wal(driver(connection.connection))
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if purpose == 'read' else 'OFF'}")
    connection.exec_driver_sql(f"PRAGMA foreign_keys={'OFF' if purpose == 'migrate' else 'ON'}")
    if purpose == "read":
        connection.exec_driver_sql("BEGIN")
    else:
        _begin_writing(connection)


def _begin_writing(connection: Connection) -> None:
    """Begin a transaction that writes; wait while another one does, and ask more often the longer it takes.

    SQLite's own busy handler asks less often the longer it waits. With many writers the last to come is then served
    first, and some wait until their time is over.
    """
    database = driver(connection.connection)
    code = sqlite3.SQLITE_OK
    with without_waiting(database) as patience:
        for pause in _pauses(patience):
            if (code := _begin_immediate(database)) != sqlite3.SQLITE_BUSY:
                break
            time.sleep(pause)
        if code:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # again, so that SQLAlchemy raises its error


def _begin_immediate(database: sqlite3.Connection) -> int:
    """Begin a transaction that writes; returns SQLite's primary result code, which is 0 on success."""
    try:
        database.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF
    return sqlite3.SQLITE_OK


def _pauses(patience: float) -> Iterator[float]:
    """The seconds to wait after each attempt, until `patience` seconds have passed."""
    yield from (0.001, 0.002, 0.005, 0.01)
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < patience:
        yield max(0.002, 0.05 / (1 + waited))


def _reading(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "sqlite":
        return {"netcrm_purpose": "read"}
    return {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}


@contextmanager
def _empty() -> Iterator[Connection]:
    """A database before its first write: today's tables, in memory and empty."""
    engine = create_engine("sqlite://", poolclass=StaticPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            Stored.metadata.create_all(connection)
            yield connection
    finally:
        engine.dispose()


def _forgotten(connection: Connection) -> Rows:
    return [dict(row) for row in connection.execute(select(FORGOTTEN)).mappings()]


def _store_error(location: Location, lock_timeout: float, error: DBAPIError) -> NetcrmError:
    line = first_line(error)
    if "lock timeout" in line:
        return Locked(str(location), lock_timeout)
    if "database is locked" in line or location.url is None:
        return store_error(str(location), lock_timeout, error.orig or error)
    return CannotUse(str(location), f"{line}; nothing was changed")
