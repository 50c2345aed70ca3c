"""The user's own jobs: started, settled in."""

from datetime import date
from typing import Any

from sqlmodel import Session

from netcrm.domain.models import Job, Offer, validated
from netcrm.errors import Refused
from netcrm.matching import normalize
from netcrm.services import profile
from netcrm.services.offers import change_job, checked
from netcrm.store import queries
from netcrm.store.unit_of_work import UnitOfWork
from netcrm.workspace import Workspace


def start(workspace: Workspace, on: date | None, values: dict[str, Any]) -> Job:
    """The user's new job, with its first day; repeated, this corrects the stored job."""
    with workspace.write("job", "Recorded my new job") as unit:
        return _start(unit, on, values)


def settle(workspace: Workspace, on: date | None) -> Job:
    """The current job, with the day the user settled in."""
    with workspace.write("job", "Settled in the new job") as unit:
        job = queries.current_job(unit.session)
        if job is None:
            raise Refused("no job is recorded yet; record it with `netcrm job started DATE`")
        change_job(unit, job, {"settled_on": on or unit.today})
        return job


def _start(unit: UnitOfWork, on: date | None, values: dict[str, Any]) -> Job:
    profile.check({kind: values.get(kind) for kind in ("email", "phone")})
    given = {name: value for name, value in values.items() if value}
    job, offer = queries.current_job(unit.session), _to_begin(unit.session, given.get("organisation"))
    if job and offer and not _began_after(job, offer):
        job = None
    if job and not normalize.alike(given.get("organisation"), job.organisation):
        job = None
    if job:
        of_offer = {"offer_id": offer.id} if offer else {}
        change_job(unit, job, {**of_offer, **given, **({"started_on": on} if on else {})})
        _set_first_day(unit, job)
        return job
    taken = {"offer_id": offer.id, "organisation": offer.organisation, "title": offer.role} if offer else {}
    started = on or (offer.starts_on if offer else None) or unit.today
    job = unit.add(validated(Job, **{**taken, **given, "started_on": started}))
    _set_first_day(unit, job)
    return job


def _set_first_day(unit: UnitOfWork, job: Job) -> None:
    """Set the first day of the offer to that of its job: the agreed day and the real one are the same fact."""
    offer = unit.session.get(Offer, job.offer_id) if job.offer_id else None
    if offer and offer.starts_on != job.started_on:
        checked(unit, offer, {"starts_on": job.started_on})
        unit.change(offer, starts_on=job.started_on)


def _to_begin(session: Session, organisation: str | None) -> Offer | None:
    """The accepted offer whose job has not begun, if its company may be the given one."""
    offer = queries.newest_accepted(session)
    if offer is None or queries.rows_about(session, Job, offer.number):
        return None
    return offer if normalize.alike(organisation, offer.organisation) else None


def _began_after(job: Job, offer: Offer) -> bool:
    """Whether a job that was recorded before its offer was accepted may belong to that offer."""
    return job.offer_id is None and offer.decided_on is not None and job.started_on >= offer.decided_on
