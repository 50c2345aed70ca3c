"""The records between files and the database.

Every reader yields `ImportedContact`s, whatever the format, and every import takes them. Their values are those of the
file, unchanged: matching checks the addresses (`netcrm.matching.normalize`) and explains what it refuses.

`CardContact` has the attributes that the vCard writer needs, so that it can write a `Contact` or a smaller object.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from netcrm.domain.vocabulary import MethodKind, Tier


@dataclass(frozen=True, slots=True)
class ImportedMethod:
    """A contact method as the file spells it; `label` is a word such as “work” or “cell”."""

    kind: MethodKind
    value: str
    label: str | None = None
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class ImportedAffiliation:
    """A contact's work: company and title, under the UID that the affiliation has in every database."""

    uid: str
    organisation: str
    title: str | None = None
    since: date | None = None
    until: date | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedContact:
    """A contact in a file. `line` is the number of its first line, from 1.

    `uid` is the UID of a vCard, and `aliases` are other UIDs of the same contact. `vcard` is the complete card as read,
    folded or not, with LF line ends. `whole` means that all of the card could be read. `revised` is the card's date of
    its last change. A birthday without its year has the year `netcrm.domain.dates.NO_YEAR` (1604, as Apple writes it: a
    leap year).

    Only an archive lists `affiliations`; None stands for a format that has just the current company and title. The
    last four fields are those of the database: the reader of an archive fills them in.
    """

    line: int
    name: str
    given_name: str = ""
    family_name: str = ""
    uid: str | None = None
    reach: tuple[ImportedMethod, ...] = ()
    company: str | None = None
    title: str | None = None
    birthday: date | None = None
    timezone: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    connected_on: date | None = None
    vcard: str | None = None
    tier: Tier | None = None
    every: str | None = None
    aliases: tuple[str, ...] = ()
    revised: datetime | None = field(default=None, compare=False)
    whole: bool = field(default=True, compare=False)
    affiliations: tuple[ImportedAffiliation, ...] | None = field(default=None, compare=False)
    added_on: date | None = field(default=None, compare=False)
    dormant_on: date | None = field(default=None, compare=False)
    dormant_reason: str | None = field(default=None, compare=False)
    changed_at: datetime | None = field(default=None, compare=False)


class CardMethod(Protocol):
    """A contact method for a vCard: an `ImportedMethod`, or a stored `ContactMethod`."""

    @property
    def kind(self) -> MethodKind: ...
    @property
    def value(self) -> str: ...
    @property
    def label(self) -> str | None: ...
    @property
    def preferred(self) -> bool: ...


class CardContact(Protocol):
    """A contact for a vCard. `vcard` is the card it was imported from; `methods` has the preferred ones first."""

    @property
    def uid(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def given_name(self) -> str | None: ...
    @property
    def family_name(self) -> str | None: ...
    @property
    def company(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...
    @property
    def timezone(self) -> str | None: ...
    @property
    def birthday(self) -> date | None: ...
    @property
    def tier(self) -> str | None: ...
    @property
    def notes(self) -> str | None: ...
    @property
    def vcard(self) -> str | None: ...
    @property
    def changed_at(self) -> datetime: ...
    @property
    def methods(self) -> Sequence[CardMethod]: ...
    @property
    def tags(self) -> Sequence[str]: ...
