"""What the planner sees of the world: plain, frozen values, no tables and no database.

The store reads these with column selects; a test builds them by hand; a rule in Python
gets the whole `History`. Nothing here knows what to do next: that is `netcrm.planning.planner`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from netcrm.domain.dates import Calendar
from netcrm.domain.vocabulary import MADE_THE_OFFER


class Event(NamedTuple):
    """Something that happened: its kind, to whom, on which day, about what, known from where.

    `contact` is None for what concerns everyone on an offer, or only me. `about` and
    `source` are a noun and its uid, such as "offer:0b6f…".
    """

    kind: str
    contact: int | None
    day: date
    about: str | None
    source: str


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact, as far as a follow-up shows them."""

    id: int
    uid: str
    name: str
    given_name: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    linkedin: str | None = None
    tags: frozenset[str] = frozenset()
    tier: str | None = None
    timezone: str | None = None
    added_on: date | None = None

    @property
    def first_name(self) -> str:
        return self.given_name or self.name.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Subject:
    """What events are about: an offer, with the people on it, or a job of mine."""

    about: str
    id: int
    organisation: str | None = None
    role: str | None = None
    decision: str | None = None
    decided_on: date | None = None
    people: tuple[tuple[int, str], ...] = ()

    @property
    def primary(self) -> int | None:
        """Who made the offer: its recruiter, else its hiring manager; None if neither is known."""
        return next((who for made in MADE_THE_OFFER for who, role in self.people if role == made), None)

    @property
    def is_offer(self) -> bool:
        return self.about.startswith("offer:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """An offer, as far as it bears on what may be said in public (`netcrm.planning.quiet_period`)."""

    id: int
    organisation: str
    decision: str | None = None
    received_on: date | None = None
    respond_by: date | None = None
    decided_on: date | None = None
    signed_on: date | None = None
    cleared_on: date | None = None
    starts_on: date | None = None
    told_on: date | None = None
    started_on: date | None = None


class Touch(NamedTuple):
    """When there was contact with somebody, as far as a cadence counts from it.

    `last` is the day of the last contact on any channel, else that on which they were
    connected or added; `heard` the last day on which they took part; `tries` the days on
    which only I wrote; `every` their own cadence, such as "3 months" or "off".
    """

    contact: int
    last: date
    heard: date | None
    tries: tuple[date, ...]
    every: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, as the planner sees it. `due` is the day on which it was due when it was answered."""

    playbook: str
    step: str
    cause: str
    contact: str
    verdict: str
    day: date
    until: date | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Everything that happened, or the part of it that a plan needs. The order of events is irrelevant.

    `lift`, `zone` and `per_day` are mine: when quiet ends, my time zone, and how many follow-ups may come in a day.
    """

    events: Sequence[Event] = ()
    people: Mapping[int, ContactView] = field(default_factory=dict)
    subjects: Mapping[str, Subject] = field(default_factory=dict)
    calendar: Calendar = field(default_factory=Calendar)
    stakes: Sequence[Stake] = ()
    touches: Sequence[Touch] = ()
    lift: str = "start"
    zone: str = "UTC"
    per_day: int | None = None
