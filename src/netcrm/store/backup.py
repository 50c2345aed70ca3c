"""Everything in one file, and back: backups of any database of ours.

A backup is an SQLite database of ours, whatever it was made from: it opens with `--db` like
any other, and any SQLite reads it. A file is copied page by page through SQLite's online
backup, a server row by row from one snapshot into a new file of the same schema; so a backup
of either can be restored into the other.

What SQLite calls sound may still have changed: most single flipped bits in a file pass
`integrity_check`. So a backup carries a seal, a SHA-256 over its schema and every row, and is
believed only while that fits.
"""

import hashlib
import json
import os
import re
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from platformdirs import user_data_path
from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    MetaData,
    NullPool,
    Table,
    create_engine,
    delete,
    insert,
    text,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from netcrm.domain.models import Stored
from netcrm.errors import BadBackup, CannotUse, CannotWrite, NewerSchema, NotOurs, StoreError
from netcrm.files.atomic import make_folder, whole_file
from netcrm.store.error_messages import in_words, store_error
from netcrm.store.integrity import ROWS_AT_ONCE, damage, engine_over, first_line, stored, stored_rows, unsound
from netcrm.store.location import SCHEMA, Location
from netcrm.store.schema import build, number
from netcrm.store.sqlite import connect, driver, schema_of

KEPT = 5
"""How many copies made by netcrm itself are kept of a database, for each reason."""

PATIENCE = 30.0
"""Seconds to wait for whoever writes to a backup."""

SEAL = "netcrm_seal"
"""The table of a backup that says what it held when it was made."""

_CREATE_SEAL = f"CREATE TABLE {SEAL} (made_at TEXT NOT NULL, sha256 TEXT NOT NULL)"
_OBJECTS = f"SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> '{SEAL}' ORDER BY name"
_TABLES = f"SELECT name FROM sqlite_master WHERE type = 'table' AND name <> '{SEAL}' ORDER BY name"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made or looked at: what it holds, when it was made, and its seal.

    `made_at` and `sha256` are None for a database that was never sealed: somebody's plain copy.
    """

    path: Path
    schema: int
    contacts: int
    operations: int
    made_at: datetime | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was restored, and where what it replaced is kept.

    `damaged` says that what was there could not be copied: `kept` is that very file then, moved aside. `forgotten`
    counts the people in the backup who were forgotten since it was made, and so were left out; `overwritten` says
    that nothing of them is left in free space either.
    """

    backup: Backup
    kept: Path | None
    damaged: bool = False
    forgotten: int = 0
    overwritten: bool = True


# --------------------------------------------------------------------------- making one


def back_up(engine: Engine, location: Location, path: Path, now: datetime, *, overwrite: bool = False) -> Backup:
    """Copy everything into a file, consistent while others write; whole and checked, or not at all."""
    with whole_file(path, overwrite=overwrite) as temporary, _in_words(location, path):
        (_copy_server if location.url else _copy_pages)(engine, temporary)
        with closing(sqlite3.connect(temporary, isolation_level=None)) as copy:
            if problems := unsound(copy):
                raise CannotUse(
                    str(location),
                    f"it is damaged ({problems[0]}), so no backup was written; "
                    "keep those you have, and restore the newest",
                )
            seal(copy, now)
            return _described(copy, path)


def _copy_pages(engine: Engine, target: Path) -> None:
    """A file's pages, or those in memory, as one snapshot has them."""
    with engine.connect().execution_options(netcrm_purpose="read") as source, closing(sqlite3.connect(target)) as copy:
        # The copying itself would wait for a lock without end; from here on the snapshot is held.
        source.exec_driver_sql("SELECT 1 FROM sqlite_master")
        driver(source.connection).backup(copy)


def _copy_server(engine: Engine, target: Path) -> None:
    """A server's rows in a new file of the same schema, from one snapshot."""
    snapshot = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    copy = file_engine(target)
    with engine.connect().execution_options(**snapshot) as source, copy.begin() as new:
        build(new, upto=number(source))
        copy_rows(source, new)
    copy.dispose()


def file_engine(path: Path) -> Engine:
    """An engine for a private file that nobody else has open."""
    return create_engine(f"sqlite:///{path}", poolclass=NullPool, hide_parameters=True)


@contextmanager
def _in_words(location: Location, path: Path) -> Iterator[None]:
    """What goes wrong with the copy while it is made; what goes wrong with the database is for the store to say."""
    try:
        yield
    except (sqlite3.Error, DBAPIError) as error:
        cause = (error.orig if isinstance(error, DBAPIError) else error) or error
        if "full" in str(cause):
            raise CannotWrite(path, "the disk is full; free some space and try again") from error
        if isinstance(error, DBAPIError):
            raise
        raise store_error(str(location), 0, error) from error


def back_up_beside(engine: Engine, location: Location, why: str, now: datetime) -> Path | None:
    """A copy that netcrm makes of itself before it changes much: beside the file; the newest few are kept."""
    if location.path is None and location.url is None:
        return None
    stem = _stem(location)
    if location.url:
        make_folder(stem.parent)
    name = f"{stem.name}.{why}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for again in ("", *(f"-{count}" for count in range(2, 100))):
        path = stem.with_name(f"{name}{again}.backup")
        try:
            back_up(engine, location, path, now)
        except CannotWrite as error:
            if os.path.lexists(path):  # a neighbour's, of the same second
                continue
            raise CannotUse(str(location), f"it can't be copied first: {error}") from error
        for old in beside(location, why.rstrip("0123456789"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return path
    raise CannotUse(str(location), "every name for a backup is taken; move the old ones away")


def beside(location: Location, why: str = "[a-z]+") -> list[Path]:
    """The copies that netcrm made of a database by itself, for one reason or any, the oldest first."""
    if location.path is None and location.url is None:
        return []
    stem = _stem(location)
    ours = re.compile(rf"{re.escape(stem.name)}\.{why}\d*-(\d{{8}}T\d{{6}}Z)(?:-(\d+))?\.backup")
    found = []
    with suppress(FileNotFoundError, PermissionError):  # no folder yet, or one that may not be listed
        found = [(match, path) for path in stem.parent.iterdir() if (match := ours.fullmatch(path.name))]
    return [path for match, path in sorted(found, key=lambda one: (one[0][1], int(one[0][2] or 1)))]


def _stem(location: Location) -> Path:
    """What the names of a database's own copies begin with: beside its file, or in the user's data for a server."""
    if location.path:
        return location.path
    words = re.sub(r"[^A-Za-z0-9._-]+", "-", str(location).partition("://")[2])
    return user_data_path("netcrm", appauthor=False) / "backups" / words.strip("-.")


# --------------------------------------------------------------------------- the seal


def seal(database: sqlite3.Connection, now: datetime) -> None:
    """Write down what a backup holds; a seal that is there already is broken."""
    fingerprint = digest(database)
    database.execute("BEGIN")
    database.execute(f"DROP TABLE IF EXISTS {SEAL}")
    database.execute(_CREATE_SEAL)
    database.execute(f"INSERT INTO {SEAL} VALUES (?, ?)", (now.astimezone(UTC).isoformat(), fingerprint))
    database.execute("COMMIT")


def digest(database: sqlite3.Connection) -> str:
    """SHA-256 over the schema and every row, as JSON lines, whatever order they lie in on the disk."""
    found = hashlib.sha256()
    for row in database.execute(_OBJECTS):
        found.update(json.dumps(row).encode())
    for (table,) in database.execute(_TABLES).fetchall():
        found.update(json.dumps(table).encode())
        order = "name" if table == "sqlite_sequence" else "rowid"
        for row in database.execute(f'SELECT * FROM "{table}" ORDER BY {order}'):
            found.update(json.dumps(row, default=bytes.hex).encode())
    return found.hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    """A backup that was examined before, in memory, as it is."""
    with closing(_in_memory(path)) as copy, engine_over(copy).connect() as connection:
        yield connection


def examine(path: Path) -> Backup:
    """Look a backup through, changing nothing; `BadBackup` when it can't be trusted."""
    with closing(_in_memory(path)) as copy:
        return _examined(copy, path)


def _examined(copy: sqlite3.Connection, path: Path) -> Backup:
    if problems := unsound(copy):
        raise BadBackup(path, f"it is damaged: {problems[0]}")
    found = _described(copy, path)
    if found.sha256 and _digest_of_what_can_be_read(copy) != found.sha256:
        raise BadBackup(path, f"something in it has changed since it was made at {found.made_at:%Y-%m-%d %H:%M} UTC")
    return found


def _digest_of_what_can_be_read(copy: sqlite3.Connection) -> str | None:
    try:
        return digest(copy)
    except sqlite3.DatabaseError:  # a text that is no UTF-8 any more
        return None


def _described(copy: sqlite3.Connection, path: Path) -> Backup:
    if copy.execute(
        "SELECT 1 FROM sqlite_master WHERE type <> 'table' AND name IN ('contact', 'operation')"
    ).fetchone():
        raise BadBackup(path, "its tables are not netcrm's")  # a view may never end
    try:
        contacts, operations = (
            copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("contact", "operation")
        )
        sealed = copy.execute(f"SELECT 1 FROM sqlite_master WHERE name = '{SEAL}'").fetchone()
        made_at, sha256 = copy.execute(f"SELECT * FROM {SEAL}").fetchone() if sealed else (None, None)
        when = datetime.fromisoformat(made_at) if made_at else None
    except (sqlite3.DatabaseError, TypeError, ValueError) as error:
        raise BadBackup(path, f"it is damaged: {error}") from error
    return Backup(path, schema_of(copy), contacts, operations, when, sha256)


# --------------------------------------------------------------------------- putting one back


@contextmanager
def checked(path: Path) -> Iterator[tuple[Engine, Backup]]:
    """A backup in memory, looked through whole and brought to today's schema; the file itself is not touched."""
    with closing(_in_memory(path)) as copy:
        found = _examined(copy, path)
        engine = engine_over(copy)
        _bring_up_to_date(engine, found)
        _read_through(engine, path)
        yield engine, found


def _read_through(engine: Engine, path: Path) -> None:
    """Read every row as what its columns say it is, before anything is replaced by it."""
    try:
        with engine.connect() as connection:
            for table in _tables(connection):
                for _ in stored_rows(connection, table):
                    continue
    except (SQLAlchemyError, ValueError, TypeError) as error:
        raise BadBackup(path, f"what it holds can't be read ({first_line(error)})") from error


def _bring_up_to_date(engine: Engine, backup: Backup) -> None:
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {SEAL}")
            if backup.schema < SCHEMA:
                build(connection)
    except SQLAlchemyError as error:
        why = f"it can't be brought from schema {backup.schema} to {SCHEMA} ({first_line(error)})"
        raise BadBackup(backup.path, why) from error


def move_aside_if_damaged(location: Location, now: datetime, lock_timeout: float) -> Path | None:
    """Give a damaged file of ours another name, with its journal, so that a new one can be made; that name, if so."""
    path = location.path
    if path is None or location.is_new:
        return None
    with in_words(str(location), lock_timeout):
        if not damage(path, lock_timeout):
            return None
        name = f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        journal = path.with_name(f"{path.name}-journal")
        if journal.exists():  # its name says whose it is
            journal.rename(path.with_name(f"{name}-journal"))
        return path.rename(path.with_name(name))


def replace_rows(connection: Connection, backup: Engine) -> None:
    """Put the rows of a backup in the place of all that a database holds, in the caller's transaction."""
    for table in reversed(_tables(connection)):
        connection.execute(delete(table))
    with backup.connect() as source:
        copy_rows(source, connection)


def copy_rows(source: Connection, target: Connection) -> None:
    """Every row of one database into another of the same schema, parents first; and where their numbers go on."""
    for table, new in zip(_tables(source), _tables(target), strict=True):
        names = [column.name for column in stored(table)]
        rows = stored_rows(source, table)
        while some := [dict(zip(names, row, strict=True)) for row in islice(rows, ROWS_AT_ONCE)]:
            target.execute(insert(new), some)
        _count_on(target, new.name, _last_number(source, table))


def _tables(connection: Connection) -> Sequence[Table]:
    """Our tables as a database of any schema has them, parents first; whatever else somebody keeps there is theirs."""
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: name in Stored.metadata.tables)
    for table in metadata.tables.values():
        for column in table.c:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return metadata.sorted_tables


def _last_number(connection: Connection, table: Table) -> int | None:
    """The highest number that a row of a table ever had; None where there never was one."""
    if connection.dialect.name == "sqlite":
        query, values = "SELECT seq FROM sqlite_sequence WHERE name = :name", {"name": table.name}
    else:
        query, values = f"SELECT last_value FROM {table.name}_id_seq WHERE is_called", {}
    return connection.execute(text(query), values).scalar()


def _count_on(connection: Connection, name: str, last: int | None) -> None:
    """Let the next row get the number after `last`, so that none is ever given twice."""
    if connection.dialect.name != "sqlite":
        called = {"name": f"{name}_id_seq", "last": last or 1, "called": bool(last)}
        connection.execute(text("SELECT setval(:name, :last, :called)"), called)
        return
    connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
    if last is not None:
        given = {"name": name, "last": last}
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), given)


# --------------------------------------------------------------------------- opening what may be anything


def _in_memory(path: Path) -> sqlite3.Connection:
    """A copy in memory of a database file that may be anything: nothing of it is left on the disk, whatever happens."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        _refuse_what_is_no_file(path)
        # A link is followed: whoever names a backup chooses it, and nothing is written there.
        with closing(connect(path.resolve(), writes=False, lock_timeout=PATIENCE)) as source:
            source.execute("BEGIN")
            source.execute("SELECT 1 FROM sqlite_master")
            source.backup(copy)
    except (StoreError, sqlite3.Error, OSError) as error:
        copy.close()
        raise BadBackup(path, _why(error)) from error
    except BadBackup:
        copy.close()
        raise
    return copy


def _why(error: Exception) -> str:
    match error:
        case NewerSchema():
            return f"it is of schema {error.found}, and this netcrm knows {SCHEMA}; upgrade netcrm first"
        case NotOurs():
            return f"it is no backup of netcrm's: {error.why}"
        case CannotUse():
            return error.why
        case OSError():
            return (error.strerror or str(error)).lower()
        case _ if "locked" in str(error):
            return "another program is writing to it; try again when it is done"
        case _:
            return f"it is damaged: {first_line(error)}"


def _refuse_what_is_no_file(path: Path) -> None:
    try:
        found = path.stat()
    except ValueError as error:  # a NUL in it
        raise BadBackup(path, "that is no path") from error
    if not stat.S_ISREG(found.st_mode):
        raise BadBackup(path, "it is no file")
    if found.st_size == 0:
        raise BadBackup(path, "it is empty")
