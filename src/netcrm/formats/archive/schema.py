"""The archive, the whole database as one JSON document: its entries and their fields, with validation.

The JSON Schema (`docs/netcrm.schema.json`) is generated from these classes. Entries are identified by `uid`, which is
the same on every machine, never by the ids of a database. Empty fields and derived values are not written. Each entry
is one line, in the order in which it was added. So two exports differ only in the lines that changed, and an unchanged
database gives the same bytes.

A newer program may write a newer `schema`, which an older one refuses to read. Within one schema the fields are fixed:
an unknown field is reported, and the rest of its entry is read.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool
from pydantic import WithJsonSchema as AsSchema

from netcrm.domain.dates import EARLIEST, LATEST, parse_birthday
from netcrm.domain.validation import (
    LONGEST_NAME,
    Cadence,
    Country,
    Limit,
    Line,
    Name,
    QuietUntil,
    Slug,
    Text,
    Uid,
    Zone,
    clean,
)
from netcrm.domain.validation import Birthday as Born
from netcrm.domain.validation import Day as Bounded
from netcrm.domain.vocabulary import Channel, Direction, MethodKind, OfferDecision, Reason, Role, Tier, Verdict

SCHEMA = 1


# --------------------------------------------------------------------------- values


def _iso(value: object) -> object:
    """A day in ISO 8601; pydantic itself would also accept a number of seconds."""
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type] # other types raise TypeError
    except (ValueError, TypeError):
        raise ValueError("is not a day; write it like 2026-11-23") from None


def _born(value: object) -> object:
    try:
        return parse_birthday(value)  # type: ignore[arg-type] # other types raise AttributeError
    except (ValueError, TypeError, AttributeError):
        raise ValueError("is not a day; write it like 1990-02-28, or --02-28") from None


def _moment(value: object) -> object:
    """An instant with its offset, within the years that a database can hold."""
    try:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type] # other types raise TypeError
        if moment.tzinfo is None:
            raise ValueError(value)
        instant = moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise ValueError("is not a time with a UTC offset; write it like 2026-11-23T14:30:00+01:00") from None
    if not EARLIEST <= instant.date() <= LATEST:
        raise ValueError(f"lies outside {EARLIEST.year} to {LATEST.year}; check the year")
    return instant


def _topic(value: str) -> str:
    if value in ("out", "in", "unanswered"):
        raise ValueError("is the name of a direction; choose another word")
    return value


def _word(value: str) -> str:
    """A name that other entries refer to. It is never cleaned, so it must be clean already."""
    if not value or len(value) > LONGEST_NAME or clean(value) != value:
        why = f"begins or ends with a blank, has control characters, or is not 1 to {LONGEST_NAME} characters long"
        raise ValueError(f"{why}; correct it")
    return value


_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def _whole(value: str) -> str:
    """A text that is kept as it is, except for characters that no database accepts: NUL and lone surrogates."""
    return _NO_TEXT.sub("", value)


Day = Annotated[Bounded, BeforeValidator(_iso)]
Birthday = Annotated[
    Born,
    BeforeValidator(_born),
    AsSchema({"type": "string", "pattern": r"^(\d{4}|-)-\d{2}-\d{2}$"}),
]
Moment = Annotated[datetime, BeforeValidator(_moment), AsSchema({"type": "string", "format": "date-time"})]
PerDay = Annotated[Limit, AsSchema({"anyOf": [{"type": "integer"}, {"type": "null"}]})]
Topic = Annotated[Slug, AfterValidator(_topic)]
Word = Annotated[str, AfterValidator(_word)]
Whole = Annotated[str, AfterValidator(_whole)]


# --------------------------------------------------------------------------- entries


class ArchiveEntry(BaseModel):
    """An entry of the archive. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class ProfileEntry(ArchiveEntry):
    """The user's profile."""

    uid: Uid | None = Field(None, description="The UID of your own vCard; it never changes.")
    name: Line | None = Field(None, description="Your name.")
    email: Line | None = Field(None, description="Your e-mail address.")
    phone: Line | None = Field(None, description="Your phone number.")
    linkedin: Line | None = Field(None, description="Your LinkedIn profile.")
    timezone: Zone = Field("UTC", description="The time zone that decides which day is today, such as Europe/Berlin.")
    country: Country | None = Field(
        None, description="The country of your holidays, and of phone numbers without a +: two letters of ISO 3166-1."
    )
    weekend: Annotated[str, Field(pattern=r"^[0-6]( [0-6]){0,6}$")] = Field(
        "5 6", description="The days you don't work, 0 for Monday to 6 for Sunday."
    )
    quiet_until: QuietUntil | None = Field(
        None, description="When you may announce a new job: start, signed, or a span after the first day."
    )
    per_day: PerDay = Field(None, description="The most follow-ups in a day.")


class MethodEntry(ArchiveEntry):
    """One way to reach a contact."""

    kind: MethodKind = Field(description="The kind of address.")
    value: Name = Field(description="The address, number or link, as it was given.")
    label: Slug | None = Field(None, description="A word such as work or cell.")
    preferred: StrictBool = Field(default=False, description="True for the one to use, of several of one kind.")


class AffiliationEntry(ArchiveEntry):
    """A company where a contact works or worked, and their title there."""

    uid: Uid = Field(description="Its identifier, the same on every machine.")
    organisation: Name = Field(description="The company or other organisation.")
    title: Line | None = Field(None, description="Their title there.")
    since: Day | None = Field(None, description="The first day, or the day on which it was first seen.")
    until: Day | None = Field(None, description="The last day; none while it lasts.")
    source: Line | None = Field(None, description="The source: me, linkedin, vcard, …")


class ContactEntry(ArchiveEntry):
    """A contact."""

    uid: Uid = Field(
        description="Their identifier, the same on every machine: the UID of their vCard (RFC 6350 §6.7.6)."
    )
    name: Name = Field(description="Their full name.")
    given_name: Line | None = Field(None, description="Their given name.")
    family_name: Line | None = Field(None, description="Their family name.")
    company: Line | None = Field(None, description="The company where they work.")
    title: Line | None = Field(None, description="Their title there.")
    timezone: Zone | None = Field(None, description="Their time zone, such as America/New_York.")
    birthday: Birthday | None = Field(None, description="Their birthday; --04-12 if the year is not known.")
    tier: Tier | None = Field(None, description="How close they are to you: A is closest.")
    every: Cadence | None = Field(None, description="How often to be in touch, such as 3 months; or off.")
    notes: Text | None = Field(None, description="Your notes about them.")
    connected_on: Day | None = Field(None, description="The day you connected on LinkedIn.")
    added_on: Day | None = Field(None, description="The day on which you added them.")
    dormant_on: Day | None = Field(None, description="The day from which no step asks for them.")
    dormant_reason: Line | None = Field(None, description="Why no step asks for them.")
    changed_at: Moment | None = Field(None, description="The last change of this entry.")
    methods: list[MethodEntry] = Field([], description="The ways to reach them, in the order in which they were added.")
    tags: list[Name] = Field([], description="Labels.")
    aliases: list[Uid] = Field([], description="Their other UIDs: of merged contacts, or of vCards.")
    affiliations: list[AffiliationEntry] = Field(
        [], description="Where they work or worked, in the order in which it was added."
    )
    vcard: Whole | None = Field(None, description="The vCard from which they were imported, unchanged.")


class ParticipantEntry(ArchiveEntry):
    """A contact's role in an offer."""

    contact: Uid = Field(description="The uid of the contact.")
    role: Role = Field("other", description="Their role in the offer.")


class OfferEntry(ArchiveEntry):
    """An offer made to you, and your decision."""

    uid: Uid = Field(description="Its identifier, the same on every machine.")
    organisation: Name = Field(description="The company that made it.")
    role: Line | None = Field(None, description="The position offered.")
    received_on: Day | None = Field(None, description="The day on which you received it.")
    respond_by: Day | None = Field(None, description="The day by which they want an answer.")
    decision: OfferDecision | None = Field(None, description="Your decision; none while it is open.")
    decided_on: Day | None = Field(None, description="The day of your decision.")
    because: Reason | None = Field(None, description="The reason, as one word.")
    reason: Text | None = Field(None, description="The reason in your own words.")
    signed_on: Day | None = Field(None, description="The day on which the contract was signed.")
    cleared_on: Day | None = Field(None, description="The day on which the checks were completed.")
    starts_on: Day | None = Field(None, description="The first day of work.")
    participants: list[ParticipantEntry] = Field([], description="The contacts on it.")


class JobEntry(ArchiveEntry):
    """A job of your own."""

    uid: Uid = Field(description="Its identifier, the same on every machine.")
    offer: Uid | None = Field(None, description="The uid of the offer for this job.")
    organisation: Line | None = Field(None, description="The company.")
    title: Line | None = Field(None, description="Your title there.")
    started_on: Day = Field(description="The first day.")
    settled_on: Day | None = Field(None, description="The day on which you had settled in.")
    email: Line | None = Field(None, description="Your e-mail address there.")
    phone: Line | None = Field(None, description="Your phone number there.")


class InteractionEntry(ArchiveEntry):
    """An interaction with contacts: a call, a letter, a meeting."""

    uid: Uid = Field(description="Its identifier, the same on every machine.")
    day: Day = Field(description="The day, in your time zone then.")
    at: Moment | None = Field(None, description="The exact time, if it is known.")
    channel: Channel = Field(description="How you were in contact.")
    direction: Direction = Field("out", description="out if it came from you, in if it came from them.")
    answered: StrictBool = Field(default=True, description="False for a call or a meeting that was not answered.")
    topic: Topic | None = Field(None, description="The purpose of a message, such as thanked.")
    summary: Text | None = Field(None, description="What you talked or wrote about.")
    offer: Uid | None = Field(None, description="The uid of the offer it was about.")
    astray: StrictBool = Field(
        default=False, description="True if it was about an offer that was removed; it counts for no other offer."
    )
    contacts: list[Uid] = Field(description="The uids of the contacts who took part.", min_length=1)


class SnapshotEntry(ArchiveEntry):
    """The text of a follow-up at the time of the answer."""

    text: Whole = Field("", description="The text of the follow-up.")
    due: Day | None = Field(None, description="The day on which it was due.")
    contact: Whole | None = Field(None, description="The name of the contact.")


class AnswerEntry(ArchiveEntry):
    """Your answer to a follow-up."""

    playbook: Word = Field(description="The playbook of the follow-up.")
    step: Word = Field(description="The step in that playbook.")
    cause: Word = Field(
        description="The event that caused it: its kind, a bar, and the object it happened to, such as "
        "offer.declined|offer:UID."
    )
    contact: Uid | None = Field(None, description="The uid of the contact; none if it concerns only you.")
    verdict: Verdict = Field(description="Your answer.")
    day: Day = Field(description="The day of your answer.")
    until: Day | None = Field(None, description="The day until which you snoozed it.")
    due: Day | None = Field(None, description="The day on which it was due.")
    reason: Text | None = Field(None, description="Your note.")
    interaction: Uid | None = Field(None, description="The uid of the interaction logged with it.")
    snapshot: SnapshotEntry = Field(description="The follow-up at that time.")


class Archive(ArchiveEntry):
    """Everything in a netcrm database, except the journal of changes and the hashes of forgotten contacts."""

    netcrm: Annotated[str, Field(pattern="^book$")] = Field(description="Always book; it identifies the format.")
    schema_: Annotated[int, Field(ge=SCHEMA, le=SCHEMA)] = Field(
        alias="schema", description="The version of the format: 1."
    )
    me: ProfileEntry | None = Field(None, description="Your profile; none in a partial export.")
    contacts: list[ContactEntry] = Field([], description="Your contacts.")
    offers: list[OfferEntry] = Field([], description="The offers made to you, with the contacts on them.")
    jobs: list[JobEntry] = Field([], description="Your own jobs.")
    interactions: list[InteractionEntry] = Field([], description="Your interactions with contacts.")
    answers: list[AnswerEntry] = Field([], description="Your answers to follow-ups.")


SECTIONS: Mapping[str, type[ArchiveEntry]] = {
    "me": ProfileEntry,
    "contacts": ContactEntry,
    "offers": OfferEntry,
    "jobs": JobEntry,
    "interactions": InteractionEntry,
    "answers": AnswerEntry,
}
"""The sections of an archive, in an order in which no entry refers to a later section."""

LISTS = tuple(SECTIONS)[1:]


def json_schema() -> str:
    """The JSON Schema (draft 2020-12) of an archive, as text."""
    properties = Archive.model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A netcrm archive"}
    return json.dumps({**head, **{key: value for key, value in properties.items() if key != "title"}}, indent=2) + "\n"
