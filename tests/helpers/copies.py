"""Databases that are filled once in a process and then copied: a copy costs a tenth of what filling one costs."""

from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from netcrm import Crm
from tests.helpers.books import TODAY, Act, season

_FOLDER = TemporaryDirectory(prefix="netcrm-copies-")
"""Kept until the process ends: the store recognises its files by inode, and a deleted file's inode is used again."""


def schema_only(crm: Crm) -> None:
    """Build the schema, as the first write does, and store nothing."""
    crm._workspace.store.open(creating=True)


def _folder() -> Path:
    return Path(mkdtemp(dir=_FOLDER.name))


@cache
def content(fill: Act) -> bytes:
    """The bytes of an SQLite file that `fill` has written to."""
    path = _folder() / "filled.db"
    with Crm(path, today=TODAY, playbooks=path.parent) as crm:
        fill(crm)
    return path.read_bytes()


def copy_to(path: Path, fill: Act) -> Path:
    """A private file at `path` that `fill` has written to."""
    path.write_bytes(content(fill))
    path.chmod(0o600)
    return path


def in_memory(fill: Act) -> Crm:
    """A database in memory that `fill` has written to; the uids are the same in each copy."""
    crm = Crm(memory=True, today=TODAY)
    store = crm._workspace.store
    store.open()
    with closing(store.engine.raw_connection()) as connection:
        connection.driver_connection.deserialize(content(fill))  # type: ignore[union-attr] # it is SQLite's
    return crm


@cache
def backup_content(fill: Act) -> bytes:
    """The bytes of a backup of a database that `fill` has written to."""
    path = copy_to(_folder() / "filled.db", fill)
    with Crm(path, today=TODAY, playbooks=path.parent) as crm:
        return crm.backup(path.with_name("filled.backup")).path.read_bytes()


def season_later(crm: Crm) -> None:
    """The season, and then an answer, an undone operation and a contact removed."""
    season(crm)
    crm.done(crm.due()[0].id)
    crm.add("Jonas Berg", tags=["a"])
    crm.undo()
    crm.remove("sam")


def season_backup(folder: Path) -> Path:
    """`season.db` and its backup `season.backup`, in a folder; the path of the backup."""
    copy_to(folder / "season.db", season_later)
    backup = folder / "season.backup"
    backup.write_bytes(backup_content(season_later))
    backup.chmod(0o600)
    return backup
