"""The forms of the facade: what may be said of a contact or asked for, and what a card holds.

A keyword that is no detail or no filter would be dropped in silence where nobody runs a
type checker, and a lost address is found too late; so `only` refuses it by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypedDict

from netcrm.cadence import Rhythm
from netcrm.days import EARLIEST, LATEST, Span, parse_span
from netcrm.errors import InvalidValue, Refused
from netcrm.followup import FollowUp
from netcrm.terms import Tier

if TYPE_CHECKING:
    from netcrm.models import Affiliation, Contact, Offer


class Details(TypedDict, total=False):
    """What can be said of a contact, besides the name.

    `every` is a cadence such as "3 months", or "off"; `dormant` why they are to be left in peace.
    """

    emails: Iterable[str]
    phones: Iterable[str]
    urls: Iterable[str]
    linkedin: str | None
    company: str | None
    title: str | None
    tags: Iterable[str]
    tier: Tier | str | None
    every: str | None
    birthday: date | str | None
    timezone: str | None
    notes: str | None
    dormant: str | None


class Filters(TypedDict, total=False):
    """Which contacts: with a tag, a company's people, a tier, or those without contact for so long."""

    tag: str | None
    company: str | None
    tier: str | None
    silent_for: Span | str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline."""

    day: date
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """Everything about a contact on one screen; the timeline is newest first, `rhythm` their cadence."""

    contact: "Contact"
    affiliations: list["Affiliation"]
    offers: list[tuple["Offer", str]]
    timeline: list[Entry]
    open: list[FollowUp]
    rhythm: Rhythm | None

    @property
    def move(self) -> "Affiliation | None":
        """The work they took up on a day that is known, after other work that is over."""
        moved = any(job.until for job in self.affiliations)
        return next((job for job in reversed(self.affiliations) if moved and job.since and job.until is None), None)


def only(given: Mapping[str, Any], form: type) -> None:
    """Refuse what a form has no place for, and name the place that is nearest."""
    known = form.__annotations__
    for key in given.keys() - known.keys():
        near = get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"give one of {', '.join(known)}"
        raise InvalidValue(form.__name__.lower(), key, f"is none of them; {hint}")


def several(values: Iterable[str]) -> list[str]:
    """Several values; a lone text is one value, not its letters."""
    return [values] if isinstance(values, str) else list(values)


def each(who: "Contact | int | str | Sequence[Contact | int | str]") -> "Sequence[Contact | int | str]":
    """One contact, or several, as several."""
    return who if isinstance(who, Sequence) and not isinstance(who, str) else [who]


def some(ids: Sequence[str]) -> None:
    """Refuse to answer nothing."""
    if not ids:
        raise Refused("say which follow-ups by their ids; `netcrm due` shows them")


def as_span(name: str, value: Span | str) -> Span:
    """A span, also as text."""
    if isinstance(value, Span):
        return value
    try:
        return parse_span(value)
    except ValueError as error:
        raise InvalidValue(name, value, str(error)) from None


def known_day(day: date | None) -> None:
    """Refuse a day that netcrm can't hold."""
    if day and not EARLIEST <= day <= LATEST:
        raise InvalidValue("on", day, f"lies outside {EARLIEST.year} to {LATEST.year}; check the year")


def at_least_none(limit: int | None) -> None:
    """Refuse a number that is less than nothing."""
    if limit is not None and limit < 0:
        raise InvalidValue("limit", limit, "is less than nothing; give a number from 0 on")
