"""Open follow-ups as iCalendar text, as a file, or as a folder with one file per follow-up.

`netcrm.formats.icalendar` writes the components.
"""

from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, col, func, select

from netcrm.domain.models import Operation
from netcrm.files import vdir
from netcrm.files.atomic import atomic_write
from netcrm.formats import icalendar
from netcrm.formats.icalendar import Form, Stamps
from netcrm.planning.follow_up import FollowUp
from netcrm.workspace import Workspace

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""The stamp of a database in which nothing was done yet."""


def text(workspace: Workspace, form: Form) -> str:
    """Every open follow-up in one calendar."""
    follow_ups, stamped = _stamped(workspace)
    return icalendar.write(follow_ups, stamps=stamped, form=form)


def write_file(workspace: Workspace, path: Path, form: Form, *, overwrite: bool) -> None:
    """Write that calendar to a file, whole or not at all."""
    atomic_write(path, [text(workspace, form)], overwrite=overwrite)


def mirror(workspace: Workspace, folder: Path, form: Form, *, overwrite: bool) -> vdir.Kept:
    """Keep a folder with one file per follow-up up to date."""
    follow_ups, stamped = _stamped(workspace)
    items = (vdir.VdirItem(uid, item) for uid, item in icalendar.each(follow_ups, stamps=stamped, form=form))
    return vdir.keep(folder, items, ".ics", overwrite=overwrite, needs_no_writing=icalendar.says_the_same)


def _stamped(workspace: Workspace) -> tuple[list[FollowUp], Stamps]:
    follow_ups = workspace.plan(workspace.today)
    with workspace.session() as session:
        return follow_ups, stamps(session)


def stamps(session: Session) -> Stamps:
    """The instant of the newest operation or undo, and a number that each of these raises."""
    newest, done, undone, taken_back = session.exec(
        select(
            func.max(col(Operation.id)),
            func.max(col(Operation.at)),
            func.max(col(Operation.undone_at)),
            func.count(col(Operation.undone_at)),
        )
    ).one()
    return Stamps(max(filter(None, (done, undone)), default=NEVER), (newest or 0) + taken_back)
