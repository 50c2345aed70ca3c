"""My own profile, and the card that I hand on."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Session

from netcrm.domain.models import Job, Profile, new_uid, validated
from netcrm.domain.vocabulary import MethodKind
from netcrm.errors import Refused
from netcrm.formats import vcard
from netcrm.formats.records import ImportedMethod
from netcrm.formats.vcard import Version
from netcrm.services.contacts import emptied, normalised_value, renormalise_phones
from netcrm.services.exports.calendar import NEVER
from netcrm.services.exports.vcards import ExportedContact
from netcrm.store import queries
from netcrm.store.unit_of_work import UnitOfWork

_KINDS: tuple[MethodKind, ...] = ("email", "phone", "linkedin")


def check(given: dict[str, Any]) -> None:
    """`InvalidValue` where the profile can't hold a value."""
    for kind in _KINDS:
        if given.get(kind):
            normalised_value(kind, given[kind])
    validated(Profile, **{name: value for name, value in given.items() if value is not None})


def change(writing: UnitOfWork, values: dict[str, Any]) -> Profile:
    """Store what is given of me, "" as nothing; the rest stays as it is."""
    given = emptied(values, "timezone")
    check(given)
    before = queries.profile(writing.session)
    if before is None:
        renormalise_phones(writing, given.get("country"))
        return writing.add(validated(Profile, **given))
    wanted = validated(Profile, **{**before.model_dump(exclude={"id"}), **given})
    if wanted.country != before.country:
        renormalise_phones(writing, wanted.country)
    writing.change(before, **{name: getattr(wanted, name) for name in given})
    return before


def card(session: Session, version: Version) -> str:
    """My vCard: my name, the job that I have, and how I am reached in it and elsewhere.

    `Refused` while my name is not known.
    """
    me = queries.profile(session)
    if me is None or not me.name:
        raise Refused("my card needs a name, and none is known yet; say it: netcrm me --name NAME")
    job = queries.current_job(session)
    at_work, of_mine = ((one.email, one.phone) if one else (None, None) for one in (job, me))
    mine = ExportedContact(
        0,
        me.uid or new_uid(),
        me.name,
        queries.last_change(session, (Profile, Job)) or NEVER,
        company=job.organisation if job else None,
        title=job.title if job else None,
        methods=list(_ways(at_work, of_mine, me.linkedin)),
    )
    (text,) = vcard.write([mine], version)
    return text


_Pair = tuple[str | None, str | None]


def _ways(at_work: _Pair, of_mine: _Pair, linkedin: str | None) -> Iterator[ImportedMethod]:
    """How I am reached, in the job first; what is the same in both is said once."""
    kinds: tuple[MethodKind, MethodKind] = ("email", "phone")
    for kind, work, own in zip(kinds, at_work, of_mine, strict=True):
        if work:
            yield ImportedMethod(kind, work, "work")
        if own and own != work:
            yield ImportedMethod(kind, own)
    if linkedin:
        yield ImportedMethod("linkedin", linkedin)
