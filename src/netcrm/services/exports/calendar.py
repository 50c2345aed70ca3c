"""When a plan last changed, and how often: an exported calendar is stamped with that."""

from datetime import UTC, datetime

from sqlmodel import Session, col, func, select

from netcrm.domain.models import Operation
from netcrm.formats.icalendar import Stamps

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Where nothing was done yet."""


def stamps(session: Session) -> Stamps:
    """The instant of the newest operation, or of its being taken back; and a number that each of these raises."""
    newest, done, undone, taken_back = session.exec(
        select(
            func.max(col(Operation.id)),
            func.max(col(Operation.at)),
            func.max(col(Operation.undone_at)),
            func.count(col(Operation.undone_at)),
        )
    ).one()
    return Stamps(max(filter(None, (done, undone)), default=NEVER), (newest or 0) + taken_back)
