"""What is known of a person when it is asked whether another one is the same. Pure.

`LinkageRecord` is what a caller hands in, `Features` is the same made ready: read once, compared many times.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from netcrm.matching.names import MOST_CHARACTERS, NamePart, ParsedName, given_names, read, words
from netcrm.matching.normalize import normalise_name

SHARED_MAILBOXES = words("shared_mailboxes")
"""What stands before the @ of an address that is nobody's own."""

_LEGAL = words("legal_forms")


@dataclass(frozen=True, slots=True)
class LinkageRecord:
    """A person of a book, as far as they can be told from another by it.

    `number` is theirs alone. `methods` are (kind, normal form) as `netcrm.matching.normalize.normalise` gives them,
    `earlier` are companies where they worked. A birthday whose year nobody knows has the year
    `netcrm.domain.dates.NO_YEAR`.
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
    """Someone made ready: what is compared, folded. `companies` are those of now and before.

    `handles` stand before the @ of their own e-mail addresses. `traces` are addresses, handles and the last digits
    of phones: two people with none in common have no way to be reached in common. `plain` are the first and the
    family name where the name has no other parts.
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
"""So many digits at a phone number's end are the same whether its country is written or not, and tell it apart."""


def face(record: LinkageRecord) -> Features:
    """Someone made ready: the name read, companies and title folded, addresses sorted by kind."""
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
    """A company as it is compared: “The Acme Robotics GmbH & Co. KG” is “acme robotics”."""
    words = normalise_name(name).split()
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


def is_shared(email: str) -> bool:
    """Whether an address is a house's or a team's."""
    return email.partition("@")[0] in SHARED_MAILBOXES


def handle(email: str) -> str:
    """What stands before the @, without dots and what is behind a +; nothing where that tells nobody from others."""
    name = re.sub(r"[._-]", "", email.partition("@")[0].partition("+")[0])
    return "" if len(name) < 5 or name in SHARED_MAILBOXES else name


def full_names(part: NamePart) -> Iterable[str]:
    """What a given name may be in full: “robert” for Bob; itself where it is not known."""
    return given_names().get(part.form) or (part.loose,)
