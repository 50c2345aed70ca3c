"""The stored nouns: one SQLModel class each, for the database and for your scripts.

They are facts: people you met, offers you received, things that were said. What to do next is
not stored but derived (see `netcrm.planning.planner`). A class with `table=True` does not
validate when it is constructed, so create rows with `validated()`, which checks the values and
names what is wrong. (No `from __future__ import annotations` in this module: SQLModel reads the
annotations of relationships at run time.)
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from pydantic import ValidationError
from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Dialect,
    Index,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlmodel import Field, Relationship, SQLModel

from netcrm import clock
from netcrm.domain.validation import (
    Birthday,
    Cadence,
    Country,
    Day,
    Instant,
    Limit,
    Line,
    Name,
    QuietUntil,
    Slug,
    Text,
    Uid,
    Zone,
    in_words,
)
from netcrm.domain.vocabulary import VOICE, Channel, Direction, MethodKind, OfferDecision, Reason, Role, Tier, Verdict
from netcrm.errors import InvalidValue, Refused


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database (ISO 8601 text on SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Row = TypeVar("Row", bound="Stored")


def validated(model: type[Row], /, **values: Any) -> Row:
    """A row of `model`, or an `InvalidValue` that names the field and the values it takes."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else model.__name__
        given = "" if first["type"] == "missing" else first["input"]
        raise InvalidValue(field.replace("_", " "), given, in_words(dict(first))) from None


def new_uid() -> str:
    """A stable name for a row on every machine: a random UUID (RFC 9562, version 4)."""
    return str(uuid.uuid4())


# --------------------------------------------------------------------------- the nouns


class Stored(SQLModel):
    """The base of every noun: a number, which the database gives and never reuses.

    The tables have a `MetaData` of their own, so that they never mix with a script's SQLModel
    tables. Every constraint has a name, so that a migration can refer to it.
    """

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __table_args__: ClassVar[Any] = {"sqlite_autoincrement": True}
    __table__: ClassVar[Table]  # set by SQLModel

    id: int | None = Field(default=None, primary_key=True)

    @property
    def number(self) -> int:
        """The id of a row that is stored."""
        if self.id is None:
            raise Refused("this row is not stored yet and has no number; add it first")
        return self.id


def _one_of(column: str, words: Any) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words.__args__)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _computed(name: str, sql: str) -> Any:
    """A column that the database computes and stores, so that it can be searched."""
    return Field(default=None, sa_column=Column(name, String, Computed(sql, persisted=True)))


def _table(*constraints: Any) -> Any:
    return (*constraints, {"sqlite_autoincrement": True})


class ContactMethod(Stored, table=True):
    """One way to reach a contact. `normalised` is the same for two spellings of one address or number."""

    __tablename__ = "contact_method"
    __table_args__ = _table(_one_of("kind", MethodKind), Index("contact_method_by_value", "kind", "normalised"))

    contact_id: int = Field(foreign_key="contact.id", index=True)
    kind: MethodKind = Field(sa_type=String)
    value: Name
    normalised: str
    label: Slug | None = None
    preferred: bool = False


class Tag(Stored, table=True):
    """A free label on a contact."""

    __table_args__ = _table(UniqueConstraint("contact_id", "name"), Index("tag_by_name", "name", "contact_id"))

    contact_id: int = Field(foreign_key="contact.id")
    name: Name


class Alias(Stored, table=True):
    """Another UID of a contact: that of an imported vCard, or of a contact they were merged with."""

    contact_id: int = Field(foreign_key="contact.id", index=True)
    uid: Uid = Field(unique=True)


class Contact(Stored, table=True):
    """A person you know. `uid` is the UID of the vCard (RFC 6350 §6.7.6) and never changes.

    `connected_on` is the day you connected on LinkedIn, `added_on` the day they were added to the
    database. `every` is a cadence of their own ("3 months", "off"), `vcard` the imported vCard,
    verbatim. A birthday without a year has the year 1604 (`netcrm.domain.dates.NO_YEAR`).
    """

    __table_args__ = _table(_one_of("tier", Tier))

    uid: Uid = Field(default_factory=new_uid, unique=True)
    name: Name = Field(index=True)
    given_name: Line | None = None
    family_name: Line | None = None
    company: Line | None = None
    title: Line | None = None
    timezone: Zone | None = None
    birthday: Birthday | None = Field(default=None, index=True)
    tier: Tier | None = Field(default=None, sa_type=String, index=True)
    every: Cadence | None = Field(default=None, index=True)
    notes: Text | None = None
    connected_on: Day | None = Field(default=None, index=True)
    added_on: Day | None = None
    dormant_on: Day | None = Field(default=None, index=True)
    dormant_reason: Line | None = None
    vcard: str | None = None
    changed_at: datetime = Field(default_factory=clock.now, sa_type=UtcDateTime)

    methods: list[ContactMethod] = Relationship(
        sa_relationship_kwargs={
            "lazy": "selectin",
            "viewonly": True,
            "order_by": "[ContactMethod.preferred.desc(), ContactMethod.id]",
        }
    )
    alias_rows: list[Alias] = Relationship(
        sa_relationship_kwargs={"lazy": "selectin", "viewonly": True, "order_by": "Alias.id"}
    )
    tag_rows: list[Tag] = Relationship(
        sa_relationship_kwargs={"lazy": "selectin", "viewonly": True, "order_by": "Tag.name"}
    )

    def reached_by(self, kind: MethodKind) -> Iterator[str]:
        """The values of one kind of contact method, the preferred one first."""
        return (method.value for method in self.methods if method.kind == kind)

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(tag.name for tag in self.tag_rows)

    @property
    def aliases(self) -> tuple[str, ...]:
        """The contact's other UIDs."""
        return tuple(alias.uid for alias in self.alias_rows)

    @property
    def email(self) -> str | None:
        """The preferred e-mail address."""
        return next(self.reached_by("email"), None)

    @property
    def phone(self) -> str | None:
        """The preferred phone number."""
        return next(self.reached_by("phone"), None)

    @property
    def linkedin(self) -> str | None:
        """The address of the LinkedIn profile."""
        return next(self.reached_by("linkedin"), None)


class Affiliation(Stored, table=True):
    """The time of a contact at an organisation, so that a job change is a fact with a day.

    `since` is the day it began; if that is not known, the day it was first seen.
    """

    uid: str = Field(default_factory=new_uid)
    contact_id: int = Field(foreign_key="contact.id", index=True)
    organisation: Name
    title: Line | None = None
    since: Day | None = Field(default=None, index=True)
    until: Day | None = Field(default=None, index=True)
    source: Line | None = None


class Participant(Stored, table=True):
    """A contact's role in an offer."""

    __table_args__ = _table(
        _one_of("role", Role),
        UniqueConstraint("offer_id", "contact_id"),
        Index("participant_by_contact", "contact_id", "offer_id"),
    )

    contact_id: int = Field(foreign_key="contact.id")
    offer_id: int = Field(foreign_key="offer.id")
    role: Role = Field(default="other", sa_type=String)

    contact: Contact = Relationship(sa_relationship_kwargs={"lazy": "joined", "viewonly": True})


class Offer(Stored, table=True):
    """An offer you received, with your decision; `signed_on`, `cleared_on`, `starts_on` belong to an accepted one."""

    __table_args__ = _table(
        _one_of("decision", OfferDecision),
        _one_of("because", Reason),
        CheckConstraint("(decision IS NULL) = (decided_on IS NULL)", name="decided"),
        Index("offer_by_decision", "decision", "decided_on"),
    )

    uid: str = Field(default_factory=new_uid, unique=True)
    organisation: Name
    role: Line | None = None
    received_on: Day | None = Field(default=None, index=True)
    respond_by: Day | None = None
    decision: OfferDecision | None = Field(default=None, sa_type=String)
    decided_on: Day | None = None
    because: Reason | None = Field(default=None, sa_type=String)
    reason: Text | None = None
    signed_on: Day | None = None
    cleared_on: Day | None = None
    starts_on: Day | None = None

    participants: list[Participant] = Relationship(
        sa_relationship_kwargs={"lazy": "selectin", "viewonly": True, "order_by": "Participant.id"}
    )

    @property
    def titled(self) -> str:
        """The offer's name in a sentence: “the Acme offer (Staff Engineer)”."""
        return f"the {self.organisation} offer" + (f" ({self.role})" if self.role else "")


class Job(Stored, table=True):
    """A job of the user's, with the contact details there."""

    uid: str = Field(default_factory=new_uid, unique=True)
    offer_id: int | None = Field(default=None, foreign_key="offer.id")
    organisation: Line | None = None
    title: Line | None = None
    started_on: Day = Field(index=True)
    settled_on: Day | None = Field(default=None, index=True)
    email: Line | None = None
    phone: Line | None = None


class InteractionContact(Stored, table=True):
    """The link between an interaction and a contact.

    It repeats the day, so that reading a cadence takes one index seek per contact.

    `heard` says whether the contact took part (in a conversation, or by writing), or only the user wrote.
    It is empty where there was no contact (an attempt, a post).
    """

    __tablename__ = "interaction_contact"
    __table_args__ = _table(
        UniqueConstraint("contact_id", "interaction_id"),
        Index("interaction_contact_by_interaction", "interaction_id", "contact_id"),
        Index("interaction_contact_by_day", "contact_id", "heard", "day"),
    )

    interaction_id: int = Field(foreign_key="interaction.id")
    contact_id: int = Field(foreign_key="contact.id")
    day: Day | None = None
    heard: bool | None = None


class Interaction(Stored, table=True):
    """A call, a letter or a meeting. `day` is the day in the user's time zone; `at` the instant, if known.

    `topic` is the purpose of a message ("thanked", "details"). An interaction about an offer that
    was removed since is `astray`: it does not count for any other offer. The database computes the
    columns that the planner reads: `kind`, such as `call.out`, or `call.unanswered` for an attempt
    that was not answered; and `said`, such as `message.thanked`.
    """

    __table_args__ = _table(
        _one_of("channel", Channel),
        _one_of("direction", Direction),
        Index("interaction_by_kind", "kind", "day"),
        Index("interaction_by_said", "said", "day"),
    )

    uid: str = Field(default_factory=new_uid)
    day: Day
    at: Instant | None = Field(default=None, sa_type=UtcDateTime)
    channel: Channel = Field(sa_type=String)
    direction: Direction = Field(default="out", sa_type=String)
    answered: bool = True
    topic: Slug | None = None
    summary: Text | None = None
    offer_id: int | None = Field(default=None, foreign_key="offer.id", index=True)
    astray: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    kind: str | None = _computed("kind", "channel || '.' || CASE WHEN answered THEN direction ELSE 'unanswered' END")
    said: str | None = _computed("said", "'message.' || topic")

    def link(self, contact: int) -> InteractionContact:
        """The row that links a contact to this interaction."""
        took_part = heard(self.channel, self.direction, answered=self.answered)
        values = {"interaction_id": self.number, "contact_id": contact, "day": self.day, "heard": took_part}
        return validated(InteractionContact, **values)

    links: list[InteractionContact] = Relationship(
        sa_relationship_kwargs={"lazy": "selectin", "viewonly": True, "order_by": "InteractionContact.id"}
    )


def heard(channel: str, direction: str, *, answered: bool = True) -> bool | None:
    """Whether the contact took part; None where there was no contact."""
    if not answered or channel == "public":
        return None
    return direction == "in" or channel in VOICE


class Decision(Stored, table=True):
    """The user's answer to a follow-up, with what the follow-up said then.

    `playbook`, `step`, `cause` and `contact_uid` identify the follow-up on every machine; a step
    without a contact has an empty `contact_uid`. `until` is the day it was snoozed until, also
    once it is done. `snapshot` is {"text", "due", "contact"} as shown then. The column `due`
    repeats that day; with a daily limit, the answer keeps its place there.
    """

    __table_args__ = _table(
        _one_of("verdict", Verdict),
        UniqueConstraint("cause", "contact_uid", "playbook", "step"),
        Index("decision_by_contact", "contact_uid"),
        Index("decision_by_until", "until"),
        Index("decision_by_due", "due"),
    )

    playbook: str
    step: str
    cause: str
    contact_uid: str = ""
    verdict: Verdict = Field(sa_type=String)
    day: Day
    until: Day | None = None
    due: Day | None = None
    reason: Text | None = None
    interaction_id: int | None = Field(default=None, foreign_key="interaction.id", index=True)
    snapshot: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Profile(Stored, table=True):
    """The user. `weekend` lists the days off, 0 for Monday to 6 for Sunday ("5 6").

    `quiet_until` is when a new job may be announced at the earliest: "start" (its first day; also
    if empty), "signed", or a span after the first day ("14 days"). `per_day` is the most
    follow-ups in a day, if there is a limit. `uid` is the UID of the user's vCard.
    """

    uid: Uid | None = Field(default_factory=new_uid)
    name: Line | None = None
    email: Line | None = None
    phone: Line | None = None
    linkedin: Line | None = None
    timezone: Zone = "UTC"
    country: Country | None = None
    weekend: str = "5 6"
    quiet_until: QuietUntil | None = None
    per_day: Limit = None


class Operation(Stored, table=True):
    """One command of the user, however many rows it wrote; `undone_at` is set once it was undone."""

    name: str
    summary: str
    at: datetime = Field(sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Change(Stored, table=True):
    """An entry of the journal: rows that an operation wrote, with what it replaced.

    New rows have no `before`; rows that were added together are one entry, from `row` to `last`.
    """

    operation_id: int = Field(foreign_key="operation.id", index=True)
    table: str
    row: int
    last: int
    before: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class Forgotten(Stored, table=True):
    """The trace of a forgotten contact, by which a later import recognises them.

    `digest` is a keyed hash (BLAKE2b) of an address, or of a name and a company, under the `salt`.
    A person who knows the address can check it against the digest. `day` is the day it was forgotten.
    """

    salt: str
    digest: str = Field(unique=True)
    day: Day


JOURNALED: tuple[type[Stored], ...] = (
    Profile,
    Contact,
    ContactMethod,
    Alias,
    Tag,
    Affiliation,
    Offer,
    Participant,
    Job,
    Interaction,
    InteractionContact,
    Decision,
)
"""The nouns whose changes are journaled; parents come first."""
