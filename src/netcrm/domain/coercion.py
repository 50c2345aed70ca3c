"""Arguments of the facade: converted to one type, or refused with a sentence."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from netcrm.domain.dates import EARLIEST, LATEST, Span, parse_span
from netcrm.errors import InvalidValue, Refused

if TYPE_CHECKING:
    from netcrm.domain.models import Contact


def only(given: Mapping[str, Any], form: type) -> None:
    """Refuse keyword arguments that a form does not have, and suggest the nearest one it has."""
    known = form.__annotations__
    for key in given.keys() - known.keys():
        near = get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"give one of {', '.join(known)}"
        raise InvalidValue(form.__name__.lower(), key, f"is not a field; {hint}")


def several(values: Iterable[str]) -> list[str]:
    """The values as a list; a single text is one value, not its letters."""
    return [values] if isinstance(values, str) else list(values)


def each(who: "Contact | int | str | Sequence[Contact | int | str]") -> "Sequence[Contact | int | str]":
    """One contact or several, as a sequence."""
    return who if isinstance(who, Sequence) and not isinstance(who, str) else [who]


def some(ids: Sequence[str]) -> None:
    """Refuse an empty list of follow-ups."""
    if not ids:
        raise Refused("name the follow-ups by their ids; `netcrm due` shows them")


def as_span(name: str, value: Span | str) -> Span:
    """A span, also from its text."""
    if isinstance(value, Span):
        return value
    try:
        return parse_span(value)
    except ValueError as error:
        raise InvalidValue(name, value, str(error)) from None


def known_day(day: date | None) -> None:
    """Refuse a day that netcrm can't store."""
    if day and not EARLIEST <= day <= LATEST:
        raise InvalidValue("on", day, f"lies outside {EARLIEST.year} to {LATEST.year}; check the year")


def at_least_none(limit: int | None) -> None:
    """Refuse a negative limit."""
    if limit is not None and limit < 0:
        raise InvalidValue("limit", limit, "is negative; give 0 or more")
