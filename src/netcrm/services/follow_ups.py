"""Reading follow-ups: what is due, what is planned, why, and whether you may announce.

These commands run every day and must start fast, so nothing here imports SQLAlchemy before it is needed.
"""

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from netcrm.domain.coercion import at_least_none, known_day
from netcrm.domain.dates import Span, subtract
from netcrm.planning.cadence import Rhythm, rhythm
from netcrm.planning.diff import Difference, differences
from netcrm.planning.explain import Reasons, explain
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.history import Stake
from netcrm.planning.quiet_period import SEASON, Quiet, quiet
from netcrm.planning.window import telling
from netcrm.playbooks.model import Playbook
from netcrm.store.planner_queries import read_stakes, read_touch
from netcrm.workspace import Workspace

if TYPE_CHECKING:
    from netcrm.domain.models import Contact, Offer


def due(
    workspace: Workspace,
    on: date | None,
    within: Span | str | None,
    who: "Contact | int | str | None",
    limit: int | None,
) -> list[FollowUp]:
    """The follow-ups that are overdue or due on a day, and those that fall due within a span after it."""
    known_day(on)
    at_least_none(limit)
    day = on or workspace.today
    last = workspace.away("within", within, day) if within else day
    planned = workspace.plan(day, until=last)
    now = [item for item in planned if item.status in ("overdue", "due") or _falls_due_by(item, last)]
    return (now if who is None else _with_contact(now, _contact_number(workspace, who)))[:limit]


def _falls_due_by(follow_up: FollowUp, last: date) -> bool:
    return follow_up.status == "upcoming" and follow_up.due is not None and follow_up.due <= last


def _with_contact(follow_ups: Iterable[FollowUp], contact: int) -> list[FollowUp]:
    return [item for item in follow_ups if item.contact and item.contact.id == contact]


def _contact_number(workspace: Workspace, who: "Contact | int | str") -> int:
    from netcrm.services import contacts

    return contacts.get(workspace, who).number


def plan(
    workspace: Workspace, what: "Contact | Offer | int | str | None" = None, until: Span | str | None = None
) -> list[FollowUp]:
    """Every open follow-up, or those of one offer or contact, that falls due within a span."""
    planned = workspace.plan(workspace.today)
    if until:
        last = workspace.away("until", until)
        planned = [item for item in planned if item.due is None or item.due <= last]
    return planned if what is None else _about(workspace, planned, what)


def _about(workspace: Workspace, follow_ups: list[FollowUp], what: "Contact | Offer | int | str") -> list[FollowUp]:
    from netcrm.domain.models import Offer
    from netcrm.services import offers

    with workspace.session() as session:
        meant = offers.meant(session, what)
    if isinstance(meant, Offer):
        return [item for item in follow_ups if item.offer and item.offer.id == meant.number]
    return _with_contact(follow_ups, meant.number)


def may_announce(workspace: Workspace, on: date | None) -> Quiet:
    """Whether the new job may be announced on a day, what blocks it, and the first safe day."""
    known_day(on)
    day = on or workspace.today
    since, tells, nothing = subtract(day, SEASON), telling(workspace.playbooks), list[Stake]()
    stakes = workspace.read(lambda query: read_stakes(query, since, tells), nothing)
    me = workspace.me()
    return quiet(stakes, day, me.lift, workspace.calendar(me))


def diff(workspace: Workspace, playbook: Playbook) -> list[Difference]:
    """The follow-ups that a playbook would add, move or drop if it replaced the one of its name."""
    other_playbooks = [book for book in workspace.playbooks if book.name != playbook.name]
    today = workspace.today
    return differences(workspace.plan(today), workspace.plan(today, playbooks=[*other_playbooks, playbook]), playbook)


def why(workspace: Workspace, follow_up: str) -> Reasons:
    """The rule, the cause and the date arithmetic of one follow-up."""
    from netcrm.services import answers
    from netcrm.store import queries

    with workspace.session() as session:
        planned = workspace.plan(workspace.today)
        meant = answers.choose(planned, [follow_up], lambda: queries.all_decisions(session))[0]
    return explain(meant, workspace.playbooks, workspace.calendar())


def contact_rhythm(workspace: Workspace, contact: int) -> Rhythm | None:
    """A contact's cadence, by the first playbook that has one for them."""
    touched = workspace.read(partial(read_touch, contact=contact), None)
    paces = (rhythm(*touched, book.every) for book in workspace.playbooks if book.every) if touched else ()
    return next((pace for pace in paces if pace), None)
