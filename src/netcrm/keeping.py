"""What keeps the book safe, beside what is in it: taking back, copies, forgetting, and a look at its health."""

from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from netcrm import clock
from netcrm.domain.coercion import at_least_none
from netcrm.errors import InvalidValue, StoreError
from netcrm.files.atomic import is_folder
from netcrm.log import note
from netcrm.planning.window import telling
from netcrm.workspace import Workspace

if TYPE_CHECKING:
    from sqlmodel import Session

    from netcrm.domain.models import Contact, Operation
    from netcrm.services.erasure import Forgetting
    from netcrm.services.health import Finding
    from netcrm.store.backup import Backup, Restored


class Keeping(Workspace):
    """The part of `Crm` that looks after the database as a whole."""

    @property
    def last(self) -> "Operation | None":
        """The operation that this `Crm` wrote last, with its sentence; None before the first."""
        return self._store.last if "_store" in self.__dict__ else None

    def undo(
        self, operation: int | None = None, *, with_later: bool = False, dry_run: bool = False
    ) -> list["Operation"]:
        """Take back the newest operation that still stands, whole, or the one of that number; again, the one before it.

        What was taken back, in that order. `StandsOnIt` when later operations build on the one that is named; with
        `with_later` they are taken back before it. `CannotTakeBack` where somebody was forgotten. With `dry_run` it is
        only said what would be taken back.
        """
        return self._store.undo(operation, with_later=with_later, dry_run=dry_run)

    def operations(self, limit: int | None = 20) -> list["Operation"]:
        """What was done, the newest first; `undone_at` is set on what was taken back."""
        at_least_none(limit)
        from netcrm.store import queries

        with self._store.session() as session:
            return queries.operations(session, limit)

    def backup(self, path: str | Path, *, overwrite: bool = False) -> "Backup":
        """Copy everything into one private file, consistent while others write, checked and sealed.

        The file is an SQLite database of netcrm's, also where this one is a server: `Crm(path)` opens it. Nothing is
        left of it on failure; `CannotWrite` where it exists already, unless `overwrite`.
        """
        return self._store.backup(Path(path), overwrite=overwrite)

    def restore(self, path: str | Path, *, dry_run: bool = False) -> "Restored":
        """Put a backup in the place of everything, after it was checked whole; what it replaces is kept in a file.

        `BadBackup` when it can't be trusted; `dry_run` only looks. A backup of a file can be restored into a server,
        and the other way round, and so can one that an older netcrm made. Who was forgotten since it was made stays
        forgotten.
        """
        from netcrm.services import erasure

        if dry_run:
            return self._store.look_at(Path(path), erasure.returning)
        tells, today = telling(self.playbooks), self._pinned or clock.today("UTC")
        restored = self._store.restore(Path(path), today, partial(erasure.forget_again, tells=tells))
        return replace(restored, overwritten=not restored.forgotten or self._overwritten())

    def forget(self, who: "Contact | int | str", *, dry_run: bool = False) -> "Forgetting":
        """Erase somebody for good, who may have been removed before: nobody, not even `undo`, brings them back.

        Out of every table and the journal, and out of what was said elsewhere: their full names and addresses are
        blotted out of notes, reasons and summaries. What is left is a keyed hash, by which an import leaves them out.
        Backups and exports that were made before are out of reach.
        """
        from netcrm.services import erasure
        from netcrm.store.backup import beside

        with self._write("forget", "", dry_run=dry_run) as writing:
            found = erasure.forget(writing, who, telling(self.playbooks))
        return replace(found, copies=beside(self._location), overwritten=dry_run or self._overwritten())

    def _overwritten(self) -> bool:
        """Rewrite the database after somebody was forgotten; where that can't be done now, `doctor` does it later."""
        try:
            self._store.overwrite_free_space()
        except StoreError as error:
            note("free space was not rewritten: %s", type(error).__name__)
            return False
        return True

    def damage(self) -> list[str]:
        """What can't be read of the file, or is not what it should be, page by page and value by value.

        Nothing where it is sound, and for a server, which looks after its own pages. `doctor` looks at more.
        """
        return self._store.damage()

    def doctor(self, *, fix: bool = False, backups: str | Path | None = None) -> list["Finding"]:
        """What is wrong with the database, the rules, the backups or who may read them, and what to do about it.

        `backups` is the folder of those you made. With `fix`, what can be mended safely is; where that changes facts,
        `undo` takes it back.
        """
        from netcrm.services.health import Patient, check_up

        if backups and not is_folder(Path(backups)):
            raise InvalidValue("backups", backups, "is no folder; name the one in which your backups are")
        today = self._pinned or clock.today("UTC")  # the profile may be in a database that can't be read
        patient = Patient(self._store, self.playbooks, self.problems, today, self._write)
        return check_up(patient, folder=Path(backups) if backups else None, fix=fix)

    def session(self) -> AbstractContextManager["Session"]:
        """A read-only session, for queries of your own with `sqlmodel.select`."""
        return self._store.session()
