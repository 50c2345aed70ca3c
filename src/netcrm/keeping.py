"""What keeps the book safe, beside what is in it: taking back, and reading it as you like."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from netcrm.forms import at_least_none
from netcrm.shell import Shell

if TYPE_CHECKING:
    from sqlmodel import Session

    from netcrm.models import Operation


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

    def session(self) -> AbstractContextManager["Session"]:
        """A read-only session, for queries of your own with `sqlmodel.select`."""
        return self._store.session()
