"""My own profile."""

from typing import Any

from netcrm.acts.contacts import emptied, normalised_value, renormalise_phones
from netcrm.models import Profile, validated
from netcrm.store import finds
from netcrm.store.door import Writing
from netcrm.terms import MethodKind

_KINDS: tuple[MethodKind, ...] = ("email", "phone", "linkedin")


def check(given: dict[str, Any]) -> None:
    """`InvalidValue` where the profile can't hold a value."""
    for kind in _KINDS:
        if given.get(kind):
            normalised_value(kind, given[kind])
    validated(Profile, **{name: value for name, value in given.items() if value is not None})


def change(writing: Writing, values: dict[str, Any]) -> Profile:
    """Store what is given of me, "" as nothing; the rest stays as it is."""
    given = emptied(values, "timezone")
    check(given)
    before = finds.profile(writing.session)
    if before is None:
        renormalise_phones(writing, given.get("country"))
        return writing.add(validated(Profile, **given))
    wanted = validated(Profile, **{**before.model_dump(exclude={"id"}), **given})
    if wanted.country != before.country:
        renormalise_phones(writing, wanted.country)
    writing.change(before, **{name: getattr(wanted, name) for name in given})
    return before
