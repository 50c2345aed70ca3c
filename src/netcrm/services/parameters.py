"""The keywords that `Crm` accepts for contacts, and the contact card that it returns.

Without a type checker, a misspelt keyword would be dropped silently, and a lost address is noticed too late. So `only`
refuses unknown keywords by name.
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
    """The details of a contact, besides the name.

    `every` is a cadence such as "3 months", or "off"; `dormant` is the reason why no step shall ask for them.
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
    """Filters for contacts: by tag, company, tier, or the time without contact."""

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
    """Everything about a contact on one screen; the timeline is newest first, `rhythm` is their cadence."""

    contact: "Contact"
    affiliations: list["Affiliation"]
    offers: list[tuple["Offer", str]]
    timeline: list[TimelineEntry]
    open: list[FollowUp]
    rhythm: Rhythm | None

    @property
    def move(self) -> "Affiliation | None":
        """The work that the contact began on a known day after other work ended."""
        moved = any(job.until for job in self.affiliations)
        return next((job for job in reversed(self.affiliations) if moved and job.since and job.until is None), None)
