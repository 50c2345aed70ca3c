"""What keeps the book safe, beside what is in it: taking back, copies, and reading it as you like."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from netcrm.forms import at_least_none
from netcrm.shell import Shell

if TYPE_CHECKING:
    from sqlmodel import Session

    from netcrm.models import Operation
    from netcrm.store.backup import Backup, Restored


class Keeping(Shell):
    """The part of `Crm` that looks after the database as a whole."""

    @property
    def last(self) -> "Operation | None":
        """The operation that this `Crm` wrote last, with its sentence; None before the first."""
        return self._store.last

    def undo(self, operation: int | None = None, *, with_later: bool = False) -> list["Operation"]:
        """Take back the newest operation that still stands, whole, or the one of that number; again, the one before it.

        What was taken back, the newest first. `StandsOnIt` when later operations build on the one that is named; with
        `with_later` they are taken back before it.
        """
        return self._store.undo(operation, with_later=with_later)

    def operations(self, limit: int | None = 20) -> list["Operation"]:
        """What was done, the newest first; `undone_at` is set on what was taken back."""
        at_least_none(limit)
        from netcrm.store import finds

        with self._store.session() as session:
            return finds.operations(session, limit)

    def backup(self, path: str | Path, *, overwrite: bool = False) -> "Backup":
        """Copy everything into one private file, consistent while others write, checked and sealed.

        The file is an SQLite database of netcrm's, also where this one is a server: `Crm(path)` opens it. Nothing is
        left of it on failure; `CannotWrite` where it exists already, unless `overwrite`.
        """
        return self._store.backup(Path(path), overwrite=overwrite)

    def restore(self, path: str | Path, *, dry_run: bool = False) -> "Restored":
        """Put a backup in the place of everything, after it was checked whole; what it replaces is kept in a file.

        `BadBackup` when it can't be trusted; `dry_run` only looks. A backup of a file can be restored into a server,
        and the other way round, and so can one that an older netcrm made.
        """
        if dry_run:
            from netcrm.store.backup import Restored, examine

            return Restored(examine(Path(path)), None)
        return self._store.restore(Path(path))

    def session(self) -> AbstractContextManager["Session"]:
        """A read-only session, for queries of your own with `sqlmodel.select`."""
        return self._store.session()
