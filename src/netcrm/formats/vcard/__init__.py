"""Contacts as vCards: versions 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350) are imported, 3.0 and 4.0 exported.

3.0 is the default, because every address book in use accepts it. A contact imported from a vCard is exported as that
card, with only the changes in it (`netcrm.formats.vcard.updater`); for other contacts a card is built
(`netcrm.formats.vcard.writer`). No line is longer than 75 octets (RFC 2425 §5.8.1). A card holds no time of export, so
an unchanged contact gives the same text every time.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from netcrm.errors import InvalidValue, Problem, WrongFormat
from netcrm.formats.records import CardContact, ImportedContact, ImportedMethod
from netcrm.formats.vcard.content_lines import folded
from netcrm.formats.vcard.equality import says_the_same
from netcrm.formats.vcard.parser import ParsedCard, cards
from netcrm.formats.vcard.reader import OF_NO_PERSON, Facts, facts, our_lines
from netcrm.formats.vcard.updater import patched
from netcrm.formats.vcard.writer import Extra, Version, built

__all__ = ["Extra", "Version", "read", "write"]

MOST_PROBLEMS = 10_000
"""Further problems of a file are only counted: a longer list is of no use for correcting it."""

_MODELLED = frozenset(
    (
        *("BEGIN", "END", "VERSION", "PRODID", "UID", "REV"),
        *("FN", "N", "ORG", "TITLE", "BDAY", "NOTE", "TZ", "CATEGORIES"),
        *("EMAIL", "TEL", "URL", "ADR", "IMPP", "X-SOCIALPROFILE", "X-ABLABEL", "X-APPLE-OMIT-YEAR"),
        *("RELATED", "X-ABRELATEDNAMES"),
    )
)
"""The properties that netcrm writes itself, from the contact's data."""

_NOTHING_OF_ANYBODY = frozenset(("VERSION", "UID", "REV", "PRODID"))


def read(chunks: Iterable[bytes], file: str) -> Iterator[ImportedContact | Problem]:
    """The contacts in a file of vCards, one at a time, and its problems, each with a line number.

    `chunks` are the file's octets in pieces of any size: an open binary file, or `[data]`. A card that can't be read is
    a `Problem` with the line it begins in, and the others are read. A line or a photo that can't be read is left out of
    its card. Raises `WrongFormat` at the first contact if the file has no card. `ImportedContact.vcard` is the card as
    it came, decoded and with LF line ends, without its unreadable lines.
    """
    problems = 0
    for card in cards(chunks, file):
        for item in (card,) if isinstance(card, Problem) else _person(card, file):
            problems += isinstance(item, Problem)
            if problems <= MOST_PROBLEMS or isinstance(item, ImportedContact):
                yield item
    if problems > MOST_PROBLEMS:
        why = f"{problems - MOST_PROBLEMS:,} more things are wrong in this file. Mend what is named and import again"
        yield Problem(file, 1, why, lost=True)


def read_one(card: str) -> ImportedContact | None:
    """The contact in a stored vCard; None if it has none."""
    try:
        return next(
            (item for item in read([card.encode("utf-8", "ignore")], "") if isinstance(item, ImportedContact)), None
        )
    except WrongFormat:  # another program wrote it into the database
        return None


def keeps_more(card: str) -> bool:
    """Whether a card holds anything that netcrm has no field for: a photo, a key, properties of other programs."""
    for parsed in cards([card.encode()], ""):
        lines = parsed.lines if isinstance(parsed, ParsedCard) else ()
        own_lines = our_lines(lines)
        if any(line.name not in _MODELLED for at, line in enumerate(lines) if at not in own_lines):
            return True
    return False


def brings_more(card: str, kept: str | None) -> bool:
    """Whether a card is to be stored: it differs from the stored one, or holds more than netcrm has fields for."""
    return keeps_more(card) if kept is None else not says_the_same(kept, card)


def _person(card: ParsedCard, file: str) -> Iterator[ImportedContact | Problem]:
    person = facts(card)
    if person.kind in OF_NO_PERSON:
        name = f" (“{person.name[:40]}”)" if person.name else ""
        why = f"this card is a {person.kind}{name}, not a person, and was left out. Give its members a tag instead"
        yield Problem(file, card.number, why)
    elif not person.name:
        lost = any(line.name not in _NOTHING_OF_ANYBODY for line in card.lines)
        why = "this card has no name, organisation, e-mail or phone, and was left out. Give it an FN and import again"
        yield Problem(file, card.number, why, lost=lost)
    else:
        for number, why in person.problems:
            yield Problem(file, number, f"{why}; {person.name} was imported without it")
        yield _record(card, person)


def _record(card: ParsedCard, person: Facts) -> ImportedContact:
    return ImportedContact(
        line=card.number,
        name=person.name,
        given_name=person.given_name,
        family_name=person.family_name,
        uid=person.uid,
        reach=_reach(person),
        company=person.company,
        title=person.title,
        birthday=person.birthday,
        timezone=person.timezone,
        tags=tuple(person.tags),
        notes=person.notes,
        vcard=card.text,
        tier=person.tier,
        aliases=tuple(person.aliases),
        revised=person.revised,
        whole=card.whole,
    )


def _reach(person: Facts) -> tuple[ImportedMethod, ...]:
    """Each method once: many cards hold a LinkedIn link twice."""
    by_address: dict[tuple[str, str], ImportedMethod] = {}
    for _, method in person.reach:
        before = by_address.setdefault((method.kind, method.value), method)
        label, preferred = before.label or method.label, before.preferred or method.preferred
        by_address[method.kind, method.value] = ImportedMethod(method.kind, method.value, label, preferred)
    return tuple(by_address.values())


def write(
    contacts: Iterable[CardContact], version: Version = "3.0", extras: Mapping[str, Extra] | None = None
) -> Iterator[str]:
    """One card per contact, as a text with CRLF line ends, in the given order.

    The same contact gives the same text: UID never changes, REV is the time of the contact's last change, and an
    imported card without changes keeps its own REV. `extras` are by the contact's UID. `InvalidValue` for another
    version.
    """
    if version not in get_args(Version):
        raise InvalidValue("version", version, f"is not one of {', '.join(get_args(Version))}")
    return (_card(contact, version, (extras or {}).get(contact.uid)) for contact in contacts)


def _card(contact: CardContact, version: Version, extra: Extra | None) -> str:
    return folded(patched(contact, version, extra) or built(contact, version, extra))
