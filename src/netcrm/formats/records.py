"""What a file says of a person, whatever the file's format; what every reader yields and every import takes.

Nothing in it is checked against the book: whether an address is one, and whom it means, is asked by who matches
people (`netcrm.identity`), in words.
"""

from dataclasses import dataclass
from datetime import date

from netcrm.terms import MethodKind, Tier


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to reach a person, as the file spells it; `label` is a word such as “work” or “cell”."""

    kind: MethodKind
    value: str
    label: str | None = None
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A person in a file. `line` is where they begin, from 1.

    `uid` is the UID of a vCard, `vcard` the whole card as it was read, with LF line ends, unfolded or not as it came.
    A birthday without its year has the year `netcrm.days.NO_YEAR` (1604, as Apple writes it: a leap year).
    """

    line: int
    name: str
    given_name: str = ""
    family_name: str = ""
    uid: str | None = None
    reach: tuple[Reach, ...] = ()
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
