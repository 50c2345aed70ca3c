"""The forms of the facade: what may be said of a contact or asked for, and what a card holds.

A keyword that is no detail or no filter would be dropped in silence where nobody runs a
type checker, and a lost address is found too late; so `only` refuses it by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypedDict

from netcrm.domain.dates import Span
from netcrm.domain.vocabulary import Tier
from netcrm.planning.cadence import Rhythm
from netcrm.planning.follow_up import FollowUp

if TYPE_CHECKING:
    from netcrm.domain.models import Affiliation, Contact, Offer


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
class TimelineEntry:
    """One line of a timeline."""

    day: date
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ContactCard:
    """Everything about a contact on one screen; the timeline is newest first, `rhythm` their cadence."""

    contact: "Contact"
    affiliations: list["Affiliation"]
    offers: list[tuple["Offer", str]]
    timeline: list[TimelineEntry]
    open: list[FollowUp]
    rhythm: Rhythm | None

    @property
    def move(self) -> "Affiliation | None":
        """The work they took up on a day that is known, after other work that is over."""
        moved = any(job.until for job in self.affiliations)
        return next((job for job in reversed(self.affiliations) if moved and job.since and job.until is None), None)
