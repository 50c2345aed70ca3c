"""What a file says of a person, whatever the file's format; what every reader yields and every import takes.

And what a card is made of: whoever has these attributes can go out as one, a `Contact` or less than that.

Nothing in it is checked against the book: whether an address is one, and whom it means, is asked by who matches
people (`netcrm.matching.normalize`), in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from netcrm.domain.vocabulary import MethodKind, Tier


@dataclass(frozen=True, slots=True)
class ImportedMethod:
    """One way to reach a person, as the file spells it; `label` is a word such as “work” or “cell”."""

    kind: MethodKind
    value: str
    label: str | None = None
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class ImportedContact:
    """A person in a file. `line` is where they begin, from 1.

    `uid` is the UID of a vCard, `aliases` are others that mean the same person, `vcard` is the whole card as it was
    read, with LF line ends, unfolded or not as it came, and `whole` if nothing of it had to be left out; `revised` is
    when it says that it was last changed. A birthday without its year has the year
    `netcrm.domain.dates.NO_YEAR` (1604, as Apple writes it: a leap year).
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


class CardMethod(Protocol):
    """A way to reach somebody, as a card says it: a `ImportedMethod`, or a stored `ContactMethod`."""

    @property
    def kind(self) -> MethodKind: ...
    @property
    def value(self) -> str: ...
    @property
    def label(self) -> str | None: ...
    @property
    def preferred(self) -> bool: ...


class CardContact(Protocol):
    """Somebody who goes out as a card. `vcard` is the card they came in as, `methods` has the preferred ways first."""

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
