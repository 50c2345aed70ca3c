"""Backups: making one file of a whole database, and restoring it.

A backup is an SQLite database of netcrm's, whatever it was made from: it opens with `--db` like any other. A file is
copied page by page through SQLite's online backup, a server row by row from one snapshot into a new file of the same
schema. So a backup of either can be restored into the other.

Most single flipped bits in a file pass SQLite's `integrity_check`. So a backup has a seal, a SHA-256 over its schema
and all rows, and is refused if it does not match.
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
from netcrm.store.schema import build, schema_number
from netcrm.store.sqlite import connect, driver, schema_of

KEPT = 5
"""The number of automatic copies of a database that are kept, for each reason."""

PATIENCE = 30.0
"""Seconds to wait while another program writes to a backup."""

SEAL = "netcrm_seal"
"""The table of a backup that has its digest, and the instant at which it was made."""

_CREATE_SEAL = f"CREATE TABLE {SEAL} (made_at TEXT NOT NULL, sha256 TEXT NOT NULL)"
_OBJECTS = f"SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> '{SEAL}' ORDER BY name"
_TABLES = f"SELECT name FROM sqlite_master WHERE type = 'table' AND name <> '{SEAL}' ORDER BY name"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made or examined.

    `made_at` and `sha256` are its seal; they are None for a plain copy of a database, which has none.
    """

    path: Path
    schema: int
    contacts: int
    operations: int
    made_at: datetime | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was restored, and `kept`, the copy of the database that it replaced.

    `damaged` says that the replaced file could not be copied, and that `kept` is that file itself, renamed. `forgotten`
    counts the contacts of the backup that were forgotten since it was made, and were erased again. `overwritten` says
    that nothing of them is left in free space.
    """

    backup: Backup
    kept: Path | None
    damaged: bool = False
    forgotten: int = 0
    overwritten: bool = True


# --------------------------------------------------------------------------- making a backup


def back_up(engine: Engine, location: Location, path: Path, now: datetime, *, overwrite: bool = False) -> Backup:
    """Copy a whole database into a file from one snapshot. The file is complete and checked, or is not made."""
    with whole_file(path, overwrite=overwrite) as temporary, _in_words(location, path):
        (_copy_server if location.url else _copy_pages)(engine, temporary)
        with closing(sqlite3.connect(temporary, isolation_level=None)) as copy:
            if problems := unsound(copy):
                raise CannotUse(
                    str(location),
                    f"it is damaged ({problems[0]}), so no backup was written; "
                    "keep your earlier backups, and restore the newest",
                )
            seal(copy, now)
            return _described(copy, path)


def _copy_pages(engine: Engine, target: Path) -> None:
    """Copy the pages of a file, or of a database in memory, from one snapshot."""
    with engine.connect().execution_options(netcrm_purpose="read") as source, closing(sqlite3.connect(target)) as copy:
        # This takes the lock in the time allowed; SQLite's backup would wait for it without end.
        source.exec_driver_sql("SELECT 1 FROM sqlite_master")
        driver(source.connection).backup(copy)


def _copy_server(engine: Engine, target: Path) -> None:
    """Copy the rows of a server from one snapshot into a new file of the same schema."""
    snapshot = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    copy = file_engine(target)
    with engine.connect().execution_options(**snapshot) as source, copy.begin() as new:
        build(new, upto=schema_number(source))
        copy_rows(source, new)
    copy.dispose()


def file_engine(path: Path) -> Engine:
    """An engine for a private file that no other program has open."""
    return create_engine(f"sqlite:///{path}", poolclass=NullPool, hide_parameters=True)


@contextmanager
def _in_words(location: Location, path: Path) -> Iterator[None]:
    """Turn the errors of the copy into ours; the store turns those of the engine."""
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
    """Copy a database beside its file, before netcrm changes much of it; only the newest few copies are kept."""
    if location.path is None and location.url is None:
        return None
    stem = _stem(location)
    if location.url:
        make_folder(stem.parent)
    reason, stamp = why.rstrip("0123456789"), f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    newest = max((number for made_at, number, _ in _copies(location, reason) if made_at == stamp), default=0)
    for number in range(newest + 1, newest + 100):
        suffix = f"-{number}" if number > 1 else ""
        path = stem.with_name(f"{stem.name}.{why}-{stamp}{suffix}.backup")
        try:
            back_up(engine, location, path, now)
        except CannotWrite as error:
            if os.path.lexists(path):  # made by another process in the same second
                continue
            raise CannotUse(str(location), f"it can't be copied first: {error}") from error
        for old in beside(location, reason)[:-KEPT]:
            old.unlink(missing_ok=True)
        return path
    raise CannotUse(str(location), "every name for a backup is taken; move the old ones away")


def beside(location: Location, why: str = "[a-z]+") -> list[Path]:
    """The copies that netcrm made of a database by itself, for one reason or for any, the oldest first."""
    copies = _copies(location, why)
    return [copies[key] for key in sorted(copies)]


def _copies(location: Location, why: str) -> dict[tuple[str, int, str], Path]:
    """Those copies, by the second in which each was made, its number within that second, and its name."""
    if location.path is None and location.url is None:
        return {}
    stem = _stem(location)
    pattern = re.compile(rf"{re.escape(stem.name)}\.{why}\d*-(\d{{8}}T\d{{6}}Z)(?:-(\d+))?\.backup")
    copies: dict[tuple[str, int, str], Path] = {}
    with suppress(FileNotFoundError, PermissionError):  # no folder yet, or one that may not be listed
        for path in stem.parent.iterdir():
            if match := pattern.fullmatch(path.name):
                copies[match[1], int(match[2] or 1), path.name] = path
    return copies


def _stem(location: Location) -> Path:
    """The path with which the names of a database's copies begin: its file, or a path in the user's data directory."""
    if location.path:
        return location.path
    words = re.sub(r"[^A-Za-z0-9._-]+", "-", str(location).partition("://")[2])
    return user_data_path("netcrm", appauthor=False) / "backups" / words.strip("-.")


# --------------------------------------------------------------------------- the seal


def seal(database: sqlite3.Connection, now: datetime) -> None:
    """Write the digest of a backup into it; a seal that it already has is replaced."""
    fingerprint = digest(database)
    database.execute("BEGIN")
    database.execute(f"DROP TABLE IF EXISTS {SEAL}")
    database.execute(_CREATE_SEAL)
    database.execute(f"INSERT INTO {SEAL} VALUES (?, ?)", (now.astimezone(UTC).isoformat(), fingerprint))
    database.execute("COMMIT")


def digest(database: sqlite3.Connection) -> str:
    """SHA-256 over the schema and every row as JSON, in an order that does not depend on the file's pages."""
    sha256 = hashlib.sha256()
    for row in database.execute(_OBJECTS):
        sha256.update(json.dumps(row).encode())
    for (table,) in database.execute(_TABLES).fetchall():
        sha256.update(json.dumps(table).encode())
        order = "name" if table == "sqlite_sequence" else "rowid"
        for row in database.execute(f'SELECT * FROM "{table}" ORDER BY {order}'):
            sha256.update(json.dumps(row, default=bytes.hex).encode())
    return sha256.hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    """A backup in memory, unchanged; it is not checked again."""
    with closing(_in_memory(path)) as copy, engine_over(copy).connect() as connection:
        yield connection


def examine(path: Path) -> Backup:
    """Check a whole backup without changing it; raises `BadBackup` if it is damaged, or is not a backup."""
    with closing(_in_memory(path)) as copy:
        return _examined(copy, path)


def _examined(copy: sqlite3.Connection, path: Path) -> Backup:
    if problems := unsound(copy):
        raise BadBackup(path, f"it is damaged: {problems[0]}")
    backup = _described(copy, path)
    if backup.sha256 and _digest_if_readable(copy) != backup.sha256:
        raise BadBackup(path, f"something in it has changed since it was made at {backup.made_at:%Y-%m-%d %H:%M} UTC")
    return backup


def _digest_if_readable(copy: sqlite3.Connection) -> str | None:
    try:
        return digest(copy)
    except sqlite3.DatabaseError:  # a damaged text is not UTF-8
        return None


def _described(copy: sqlite3.Connection, path: Path) -> Backup:
    if copy.execute(
        "SELECT 1 FROM sqlite_master WHERE type <> 'table' AND name IN ('contact', 'operation')"
    ).fetchone():
        raise BadBackup(path, "its tables are not netcrm's")  # a query of a view might never end
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


# --------------------------------------------------------------------------- restoring a backup


@contextmanager
def checked(path: Path) -> Iterator[tuple[Engine, Backup]]:
    """A copy of a backup in memory, checked whole and migrated to today's schema; the file stays as it is."""
    with closing(_in_memory(path)) as copy:
        backup = _examined(copy, path)
        engine = engine_over(copy)
        _migrate(engine, backup)
        _read_all(engine, path)
        yield engine, backup


def _read_all(engine: Engine, path: Path) -> None:
    """Read every value as its column's type, before the first row is replaced."""
    try:
        with engine.connect() as connection:
            for table in _tables(connection):
                for _ in stored_rows(connection, table):
                    continue
    except (SQLAlchemyError, ValueError, TypeError) as error:
        raise BadBackup(path, f"its content can't be read ({first_line(error)})") from error


def _migrate(engine: Engine, backup: Backup) -> None:
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {SEAL}")
            if backup.schema < SCHEMA:
                build(connection)
    except SQLAlchemyError as error:
        why = f"it can't be brought from schema {backup.schema} to {SCHEMA} ({first_line(error)})"
        raise BadBackup(backup.path, why) from error


def move_aside_if_damaged(location: Location, now: datetime, lock_timeout: float) -> Path | None:
    """Rename a damaged file and its journal, so that a new file can be made; returns its new path, or None."""
    path = location.path
    if path is None or location.is_new:
        return None
    with in_words(str(location), lock_timeout):
        if not damage(path, lock_timeout):
            return None
        name = f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        journal = path.with_name(f"{path.name}-journal")
        if journal.exists():  # SQLite finds a journal by the name of its file
            journal.rename(path.with_name(f"{name}-journal"))
        return path.rename(path.with_name(name))


def replace_rows(connection: Connection, backup: Engine) -> None:
    """Replace all rows of a database by those of a backup, in the caller's transaction."""
    for table in reversed(_tables(connection)):
        connection.execute(delete(table))
    with backup.connect() as source:
        copy_rows(source, connection)


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy every row into another database of the same schema, parents first, with the numbers that come next."""
    for table, new in zip(_tables(source), _tables(target), strict=True):
        names = [column.name for column in stored(table)]
        rows = stored_rows(source, table)
        while batch := [dict(zip(names, row, strict=True)) for row in islice(rows, ROWS_AT_ONCE)]:
            target.execute(insert(new), batch)
        _set_last_number(target, new.name, _last_number(source, table))


def _tables(connection: Connection) -> Sequence[Table]:
    """The tables of netcrm's that a database of any schema has, parents first; other tables in it are ignored."""
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: name in Stored.metadata.tables)
    for table in metadata.tables.values():
        for column in table.c:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return metadata.sorted_tables


def _last_number(connection: Connection, table: Table) -> int | None:
    """The highest number that a row of a table ever had; None if it never had one."""
    if connection.dialect.name == "sqlite":
        query, values = "SELECT seq FROM sqlite_sequence WHERE name = :name", {"name": table.name}
    else:
        query, values = f"SELECT last_value FROM {table.name}_id_seq WHERE is_called", {}
    return connection.execute(text(query), values).scalar()


def _set_last_number(connection: Connection, name: str, last: int | None) -> None:
    """Give the next row the number after `last`, so that no number is ever used twice."""
    if connection.dialect.name != "sqlite":
        values = {"name": f"{name}_id_seq", "last": last or 1, "called": bool(last)}
        connection.execute(text("SELECT setval(:name, :last, :called)"), values)
        return
    connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
    if last is not None:
        values = {"name": name, "last": last}
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), values)


# --------------------------------------------------------------------------- reading a file that may be anything


def _in_memory(path: Path) -> sqlite3.Connection:
    """A copy in memory of a file that may be anything, so that no part of it is written to the disk."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        _refuse_no_file(path)
        # A link is followed, since the user chose it, and its target is only read.
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
            return f"it is not a backup of netcrm's: {error.why}"
        case CannotUse():
            return error.why
        case OSError():
            return (error.strerror or str(error)).lower()
        case _ if "locked" in str(error):
            return "another program is writing to it; try again when it is done"
        case _:
            return f"it is damaged: {first_line(error)}"


def _refuse_no_file(path: Path) -> None:
    try:
        status = path.stat()
    except ValueError as error:  # a NUL in it
        raise BadBackup(path, "that is not a path") from error
    if not stat.S_ISREG(status.st_mode):
        raise BadBackup(path, "it is not a file")
    if status.st_size == 0:
        raise BadBackup(path, "it is empty")
