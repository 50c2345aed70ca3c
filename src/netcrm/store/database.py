"""The engine, and the one write door.

Every write goes through `Store.write`: one transaction that holds the database alone
from its first statement (BEGIN IMMEDIATE; on PostgreSQL an advisory lock), that names
its operation, and that journals each row with what it replaced. That is what `undo`
reads, so an operation is taken back whole: a decline, an import of thousands, an edit.
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
from netcrm.store.integrity import damage
from netcrm.store.journal import CHANGE, FORGOTTEN, OPERATION, TABLES, take_back
from netcrm.store.location import SCHEMA, Location, refuse_a_network
from netcrm.store.migrate import migrate_file, migrate_server
from netcrm.store.planner_queries import Query
from netcrm.store.schema import fill_memory
from netcrm.store.sqlite import connect, create, driver, leave_wal, schema_of, without_waiting
from netcrm.store.unit_of_work import Rows, UnitOfWork, query_of

ADVISORY_LOCK = 0x4E43524D
"""Writers on PostgreSQL queue for this lock: read-modify-write loses nothing at READ COMMITTED."""


class Store:
    """One database. Nothing is held open between calls; a file is created by the first write."""

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
        event.listen(engine, "connect", _by_hand)
        event.listen(engine, "begin", _begin)
        return engine

    # ------------------------------------------------------------------ reading

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot: one transaction that can't write. A database that does not exist yet is empty."""
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
        """A session over such a snapshot; what it loads stays usable after it is closed."""
        with self.read() as connection, Session(connection, expire_on_commit=False, autoflush=False) as session:
            yield session
            session.expunge_all()

    @contextmanager
    def query(self) -> Iterator[Query]:
        """The hot reads through the engine: the same SQL that a file answers directly."""
        with self.read() as connection:
            yield query_of(connection)

    # ------------------------------------------------------------------ writing

    @contextmanager
    def write(self, name: str, summary: str, today: date, *, dry_run: bool = False) -> Iterator["UnitOfWork"]:
        """The one write door. An exception inside takes everything back, and so does `dry_run` at the end."""
        with self._in_words():
            self.open(creating=True)
            with self.engine.connect() as connection, connection.begin() as transaction:
                _alone(connection)
                unit = UnitOfWork(connection, name, summary, self._now(), today)
                yield unit
                written = unit.finish()
                if dry_run:
                    transaction.rollback()
                    return
            self.last = written or self.last
            if written:
                note("operation %d (%s): %d entries in the journal", written.id, name, unit.entries)

    def undo(self, number: int | None, *, with_later: bool, dry_run: bool) -> list[Operation]:
        """Take back an operation whole: the newest, or the one named; `with_later` also those that build on it."""
        with self._in_words():
            if self.location.is_new:
                raise NothingToUndo
            self.open(creating=True)
            with self.engine.connect() as connection, connection.begin() as transaction:
                _alone(connection)
                taken = take_back(connection, number, self._now(), with_later=with_later)
                if dry_run:
                    transaction.rollback()
            note("%s operations %s", "would take back" if dry_run else "took back", [one.id for one in taken])
            return taken

    # ------------------------------------------------------------------ everything at once

    def backup(self, path: Path, *, overwrite: bool) -> Backup:
        """Copy everything into a file, consistent while others write."""
        with self._in_words():
            if self.location.is_new:
                raise Refused(f"there is nothing to back up: {self.location} holds nothing yet")
            self.open()
            return back_up(self.engine, self.location, path, self._now(), overwrite=overwrite)

    def restore(self, path: Path, today: date, forget_again: Callable[["UnitOfWork", Rows], int]) -> Restored:
        """Put a backup, checked whole, in the place of everything; what is replaced is kept.

        `forget_again` is told who had been forgotten until then, and counts whom it took out once more.
        """
        with self._in_words(), checked(path) as (backup, found):
            damaged = move_aside_if_damaged(self.location, self._now(), self.lock_timeout)
            self._ready = self._ready and not damaged
            holds = not self.location.is_new
            self.open(creating=True)
            with self.engine.connect() as connection, connection.begin():
                _alone(connection)
                kept = back_up_beside(self.engine, self.location, "replaced", self._now()) if holds else None
                forgotten = _forgotten(connection)
                replace_rows(connection, backup)
                unit = UnitOfWork(connection, "forget", "", self._now(), today)
                again = forget_again(unit, forgotten)
                written = unit.finish()
        self.last = written or self.last
        return Restored(found, damaged or kept, damaged=damaged is not None, forgotten=again)

    def look_at(self, path: Path, returning: Callable[[Connection, Rows], Sequence[object]]) -> Restored:
        """What restoring a backup would do; nothing is changed."""
        with self._in_words(), checked(path) as (backup, found), backup.connect() as restored:
            if self.location.is_new or self.damage():
                return Restored(found, None)
            with self.read() as connection:
                forgotten = _forgotten(connection)
            return Restored(found, None, forgotten=len(returning(restored, forgotten)))

    def damage(self) -> list[str]:
        """What can't be read of the file, or is not what it should be; a server looks after its own pages."""
        if self.location.path is None or self.location.is_new:
            return []
        with in_words(str(self.location), self.lock_timeout):
            return damage(self.location.path, self.lock_timeout)

    def overwrite_free_space(self) -> None:
        """Rewrite the database, so that nothing of what was erased is left in it."""
        with self._in_words():
            if self.location.url:
                with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    for table in (*TABLES, OPERATION.name, CHANGE.name):
                        connection.exec_driver_sql(f"VACUUM FULL {table}")
            elif self.location.path:
                with in_words(str(self.location), self.lock_timeout):
                    opened = connect(self.location.path, writes=True, lock_timeout=self.lock_timeout)
                    with closing(opened) as database:
                        database.execute("PRAGMA temp_store=MEMORY")  # no copy of the others in a temporary file
                        database.execute("VACUUM")

    def build_anew(self, statements: Iterable[str]) -> None:
        """Run statements that make again what is derived: a view, an index."""
        with self._in_words():
            self.open(creating=True)
            with self.engine.connect() as connection, connection.begin():
                _alone(connection)
                for statement in statements:
                    connection.execute(text(statement))

    # ------------------------------------------------------------------ opening

    def open(self, *, creating: bool = False) -> None:
        """Make the schema there the one this program knows, or refuse; `creating` where something will be written."""
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
            database = connect(path, writes=False, lock_timeout=self.lock_timeout)
            try:
                version = schema_of(database)
            finally:
                database.close()
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


def _by_hand(connection: Any, _record: Any) -> None:
    """Leave transactions to us: the driver would begin them late, and deferred."""
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    """Begin as what the connection is for: to read, to write, or to migrate.

    Foreign keys are off while a table is rebuilt, or its children would go with the old
    one; the pragma does nothing inside a transaction, so it comes first, as does the journal's.
    """
    purpose = connection.get_execution_options().get("netcrm_purpose", "write")
    if purpose != "read":
        leave_wal(driver(connection.connection))
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if purpose == 'read' else 'OFF'}")
    connection.exec_driver_sql(f"PRAGMA foreign_keys={'OFF' if purpose == 'migrate' else 'ON'}")
    if purpose == "read":
        connection.exec_driver_sql("BEGIN")
    else:
        _begin_alone(connection)


def _begin_alone(connection: Connection) -> None:
    """Wait for whoever writes, asking the more often the longer it takes.

    SQLite itself asks more and more seldom, so that in a crowd whoever came last is served first, and somebody waits
    until their time is over.
    """
    database = driver(connection.connection)
    wrong = sqlite3.SQLITE_OK
    with without_waiting(database) as patience:
        for pause in _pauses(patience):
            if (wrong := _wrong_with_beginning(database)) != sqlite3.SQLITE_BUSY:
                break
            time.sleep(pause)
        if wrong:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, to be told why not in SQLAlchemy's words


def _wrong_with_beginning(database: sqlite3.Connection) -> int:
    """Begin a transaction that writes; SQLite's primary result code where that can't be, else 0."""
    try:
        database.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF
    return sqlite3.SQLITE_OK


def _pauses(patience: float) -> Iterator[float]:
    """Seconds to wait between one attempt and the next, until so many have passed."""
    yield from (0.001, 0.002, 0.005, 0.01)
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < patience:
        yield max(0.002, 0.05 / (1 + waited))


def _reading(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "sqlite":
        return {"netcrm_purpose": "read"}
    return {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}


def _alone(connection: Connection) -> None:
    """On a server, wait for the writer before us; on SQLite BEGIN IMMEDIATE has done so."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


@contextmanager
def _empty() -> Iterator[Connection]:
    """What a database is before its first write: our schema, in memory, with nothing in it."""
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
    words = str(error.orig).strip().splitlines()
    first = words[0] if words else type(error.orig).__name__
    if "lock timeout" in first:
        return Locked(str(location), lock_timeout)
    if "database is locked" in first or location.url is None:
        return store_error(str(location), lock_timeout, error.orig or error)
    return CannotUse(str(location), f"{first}; nothing was changed")
