"""The user's profile, and the user's own vCard."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlmodel import Session

from netcrm.domain.models import Job, Profile, new_uid, validated
from netcrm.domain.vocabulary import OFF, MethodKind
from netcrm.errors import Refused
from netcrm.files.atomic import atomic_write
from netcrm.formats import vcard
from netcrm.formats.records import ImportedMethod
from netcrm.formats.vcard import Version
from netcrm.playbooks import library
from netcrm.services.contacts import emptied, normalised_value, renormalise_phones
from netcrm.services.exports.calendar import NEVER
from netcrm.services.exports.vcards import ExportedContact
from netcrm.store import queries
from netcrm.store.unit_of_work import UnitOfWork
from netcrm.workspace import Workspace

_KINDS: tuple[MethodKind, ...] = ("email", "phone", "linkedin")


def check(given: dict[str, Any]) -> None:
    """`InvalidValue` if the profile can't hold a value."""
    for kind in _KINDS:
        if given.get(kind):
            normalised_value(kind, given[kind])
    validated(Profile, **{name: value for name, value in given.items() if value is not None})


def get(workspace: Workspace) -> Profile:
    """The stored profile, or an empty one."""
    with workspace.session() as session:
        return queries.profile(session) or Profile()


def change(workspace: Workspace, values: dict[str, Any]) -> Profile:
    """The profile with the given values replaced; "" clears one, and so does "off" for `per_day`."""
    if values["country"]:
        library.holidays_of(values["country"])
    limit = "" if values["per_day"] == OFF else values["per_day"]
    with workspace.write("me", "Changed my profile") as unit:
        return _change(unit, {**values, "per_day": limit})


def _change(unit: UnitOfWork, values: dict[str, Any]) -> Profile:
    given = emptied(values, "timezone")
    check(given)
    before = queries.profile(unit.session)
    if before is None:
        renormalise_phones(unit, given.get("country"))
        return unit.add(validated(Profile, **given))
    wanted = validated(Profile, **{**before.model_dump(exclude={"id"}), **given})
    if wanted.country != before.country:
        renormalise_phones(unit, wanted.country)
    unit.change(before, **{name: getattr(wanted, name) for name in given})
    return before


def card(workspace: Workspace, version: Version) -> str:
    """The user's own vCard: name, current job and contact details. `Refused` while the name is unknown."""
    with workspace.session() as session:
        return _card(session, version)


def write_card(workspace: Workspace, path: Path, version: Version, *, overwrite: bool) -> None:
    """Write that vCard to a file, whole or not at all."""
    atomic_write(path, [card(workspace, version)], overwrite=overwrite)


def _card(session: Session, version: Version) -> str:
    me = queries.profile(session)
    if me is None or not me.name:
        raise Refused("your card needs a name; set it with `netcrm me --name NAME`")
    job = queries.current_job(session)
    contact = ExportedContact(
        number=0,
        uid=me.uid or new_uid(),
        name=me.name,
        changed_at=queries.last_change(session, (Profile, Job)) or NEVER,
        company=job.organisation if job else None,
        title=job.title if job else None,
        methods=list(_methods(me, job)),
    )
    (text,) = vcard.write([contact], version)
    return text


def _methods(me: Profile, job: Job | None) -> Iterator[ImportedMethod]:
    """The ways to reach the user, those of the job first; an address that is the same in both appears once."""
    reach: dict[MethodKind, tuple[str | None, str | None]] = {
        "email": (job.email if job else None, me.email),
        "phone": (job.phone if job else None, me.phone),
    }
    for kind, (at_work, private) in reach.items():
        if at_work:
            yield ImportedMethod(kind, at_work, "work")
        if private and private != at_work:
            yield ImportedMethod(kind, private)
    if me.linkedin:
        yield ImportedMethod("linkedin", me.linkedin)
