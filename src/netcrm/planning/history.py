"""The planner's input: plain, frozen values without tables or a database. Pure.

The store reads them with column selects, tests build them by hand, and a rule in Python gets a
`History`. `netcrm.planning.planner` derives follow-ups from them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from netcrm.domain.dates import Calendar
from netcrm.domain.vocabulary import MADE_THE_OFFER


class Event(NamedTuple):
    """Something that happened on a day.

    `contact` is None for an event that concerns everyone on an offer, or only the user. `about`
    (the offer or job) and `source` (the record that tells of it) are a noun and a uid, such as
    "offer:0b6f…".
    """

    kind: str
    contact: int | None
    day: date
    about: str | None
    source: str


@dataclass(frozen=True, slots=True)
class ContactView:
    """The fields of a contact that a follow-up shows."""

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
    """The subject of an event: an offer, with the people on it, or a job of the user."""

    about: str
    id: int
    organisation: str | None = None
    role: str | None = None
    decision: str | None = None
    decided_on: date | None = None
    people: tuple[tuple[int, str], ...] = ()

    @property
    def primary(self) -> int | None:
        """The contact who made the offer: its recruiter, else its hiring manager; None if neither is known."""
        return next((contact for maker in MADE_THE_OFFER for contact, role in self.people if role == maker), None)

    @property
    def is_offer(self) -> bool:
        return self.about.startswith("offer:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """The fields of an offer that decide what may be said in public (`netcrm.planning.quiet_period`)."""

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
    """The days of contact with a person that their cadence counts from.

    `last` is the day of the last contact on any channel, else the day they were connected or
    added. `heard` is the last day on which they took part, `tries` the days on which only the
    user wrote. `every` is a cadence of their own, such as "3 months" or "off".
    """

    contact: int
    last: date
    heard: date | None
    tries: tuple[date, ...]
    every: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a follow-up. `due` is its due day at that time; `until` the day it was snoozed until."""

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
    """Everything that happened, or the part of it that a plan needs. The order of events does not matter.

    `lift`, `zone` and `per_day` come from the user's profile: when the quiet period ends, the
    time zone, and the most follow-ups in a day.
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
