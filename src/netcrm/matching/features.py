"""The facts about a person that duplicate detection compares. Pure.

A caller passes a `LinkageRecord`; `Features` are its prepared form, read once and compared many times.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from netcrm.matching.names import MOST_CHARACTERS, NamePart, ParsedName, given_names, read, words
from netcrm.matching.normalize import normalise_name

SHARED_MAILBOXES = words("shared_mailboxes")
"""The part before the @ of an address that several people share."""

_LEGAL = words("legal_forms")


@dataclass(frozen=True, slots=True)
class LinkageRecord:
    """A person in the database, with the fields that tell people apart.

    `number` is unique. `methods` are (kind, normal form) as `netcrm.matching.normalize.normalise` returns them,
    `earlier` are former companies. A birthday of unknown year has the year `netcrm.domain.dates.NO_YEAR`.
    """

    number: int
    name: str
    given_name: str = ""
    family_name: str = ""
    company: str | None = None
    earlier: frozenset[str] = frozenset()
    title: str | None = None
    methods: frozenset[tuple[str, str]] = frozenset()
    birthday: date | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """A person prepared for comparison: every field folded. `companies` are the current and the former ones.

    `handles` are the parts before the @ of personal e-mail addresses. `traces` are addresses, handles and the last
    digits of phones; two people without a common trace share no way to reach them. `plain` are the first and the family
    name of a name that has no other parts.
    """

    number: int
    name: ParsedName
    company: str
    companies: tuple[str, ...]
    title: str
    methods: frozenset[tuple[str, str]]
    phones: tuple[str, ...]
    linkedin: frozenset[str]
    handles: frozenset[str]
    birthday: date | None
    traces: frozenset[str]
    plain: tuple[NamePart, NamePart] | None


LAST_DIGITS = 7
"""The last digits of a phone number that identify it, whether or not its country code is written."""


def read_features(record: LinkageRecord) -> Features:
    """A person prepared for comparison: name parsed, companies and title folded, addresses sorted by kind."""
    name = read(record.name, record.given_name, record.family_name)
    phones = tuple(sorted(form for kind, form in record.methods if kind == "phone"))
    handles = frozenset(filter(None, (handle(form) for kind, form in record.methods if kind == "email")))
    return Features(
        number=record.number,
        name=name,
        company=company((record.company or "")[:MOST_CHARACTERS]),
        companies=_companies(record),
        title=normalise_name(record.title[:MOST_CHARACTERS]) if record.title else "",
        methods=record.methods,
        phones=phones,
        linkedin=frozenset(form for kind, form in record.methods if kind == "linkedin"),
        handles=handles,
        birthday=record.birthday,
        traces=frozenset((*map(":".join, record.methods), *handles, *(phone[-LAST_DIGITS:] for phone in phones))),
        plain=_plain(name),
    )


def _companies(record: LinkageRecord) -> tuple[str, ...]:
    names = (record.company, *sorted(record.earlier)) if record.company or record.earlier else ()
    return tuple(filter(None, dict.fromkeys(company(name[:MOST_CHARACTERS]) for name in names if name)))


def _plain(name: ParsedName) -> tuple[NamePart, NamePart] | None:
    is_plain = (
        name.given and len(name.rest) == 1 and not name.also and not name.rest[0].pieces and not name.given.pieces
    )
    return (name.given, name.rest[0]) if is_plain and name.given else None


@lru_cache(maxsize=1 << 14)
def company(name: str) -> str:
    """A company in its compared form: “The Acme Robotics GmbH & Co. KG” is “acme robotics”."""
    words = normalise_name(name).split()
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


def is_shared(email: str) -> bool:
    """Whether an address belongs to a company or a team."""
    return email.partition("@")[0] in SHARED_MAILBOXES


def handle(email: str) -> str:
    """The part before the @, without dots and without a + part; empty if it is too short or shared to identify a
    person.
    """
    name = re.sub(r"[._-]", "", email.partition("@")[0].partition("+")[0])
    return "" if len(name) < 5 or name in SHARED_MAILBOXES else name


def full_names(part: NamePart) -> Iterable[str]:
    """The full forms of a given name: “robert” for Bob, the name itself if it is unknown."""
    return given_names().get(part.form) or (part.loose,)
