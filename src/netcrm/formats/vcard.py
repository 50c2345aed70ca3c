"""Contacts as vCards 3.0 (RFC 2426), which every address book in use accepts.

vobject builds and escapes the cards. Around it stands what it leaves to its callers:
parameters are allow-listed, since it writes a line break in one as it is (that would be an
injected property); ORG and CATEGORIES are always lists; links have their scheme, and what
has no place in one is percent-encoded (RFC 3986 §2), as are commas and semicolons: the only
form that all readers understand alike; and lines are folded by octets (RFC 2425 §5.8.1),
where vobject counts characters. Two things are added that no reader agrees on by itself: a
card always has an FN, and a link to LinkedIn stands in it twice, as the URL that all show
and as the X-SOCIALPROFILE that some know.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import vobject
from vobject.base import Component

from netcrm.models import Contact, ContactMethod, clean

LONGEST_LINE = 75
"""Octets in a line, without its CRLF."""

_TYPE = re.compile(r"[A-Za-z0-9-]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")

_OF_LINKS = ":/?#[]@!$&'()*+=%"
"""The marks of RFC 3986 §2.2, and the percent sign; without comma and semicolon, which readers would need escaped."""


def write(contacts: Iterable[Contact]) -> Iterator[str]:
    """One card a contact, each a whole text with CRLF line ends, in the order given.

    The same contact gives the same text: UID is the contact's for ever, REV the time of
    its last change.
    """
    for contact in contacts:
        yield _folded(_card(contact).serialize(lineLength=sys.maxsize))


def _card(contact: Contact) -> Component:
    card = vobject.vCard()
    shown = _shown(contact)
    card.add("fn").value = shown
    card.add("n").value = _name(contact, shown)
    card.add("uid").value = _line(contact.uid)
    card.add("rev").value = _instant(contact.changed_at)
    if organisation := _line(contact.company):
        card.add("org").value = [organisation]
    if title := _line(contact.title):
        card.add("title").value = title
    if contact.birthday:
        card.add("bday").value = contact.birthday.isoformat()
    if note := clean(contact.notes or "", keep="\n\t"):
        card.add("note").value = note
    if timezone := _line(contact.timezone):
        zone = card.add("tz")
        zone.value = timezone
        zone.params["VALUE"] = ["text"]
    if tags := [tag for tag in map(_line, contact.tags) if tag]:
        card.add("categories").value = tags
    for method in contact.methods:
        _add_method(card, method)
    return card


def _shown(contact: Contact) -> str:
    """FN, which must not be empty: the name, or the next best thing known of somebody who has none."""
    parts = f"{contact.given_name or ''} {contact.family_name or ''}"
    known = (contact.name, parts, contact.company, contact.email, contact.phone, contact.uid)
    return next(filter(None, map(_line, known)), "Unnamed")


def _instant(at: datetime) -> str:
    """RFC 2426 §3.6.4, in UTC. Not by strftime: before the year 1000 its %Y has fewer than four digits."""
    return re.sub(r"[-:]", "", at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")) + "Z"


def _name(contact: Contact, shown: str) -> vobject.vcard.Name:
    """The parts of the name where they are known; else all of it as given: a split would be a guess."""
    given, family = _line(contact.given_name), _line(contact.family_name)
    return vobject.vcard.Name(family=family, given=given) if given or family else vobject.vcard.Name(given=shown)


def _add_method(card: Component, method: ContactMethod) -> None:
    value = _line(method.value)
    if not value:
        return
    match method.kind:
        case "email":
            _add(card, "email", value, ["internet", *_types(method)])
        case "phone":
            _add(card, "tel", value, _types(method))
        case "url":
            _add(card, "url", _web(value), _types(method))
        case "linkedin":
            _add(card, "url", _profile(value), [])
            _add(card, "x-socialprofile", _profile(value), ["linkedin"])
        case "im":
            _add(card, "impp", _uri(value), _types(method))
        case "address":
            line = card.add("adr")
            line.value = vobject.vcard.Address(street=value)
            _set_types(line, _types(method))


def _add(card: Component, name: str, value: str, types: list[str]) -> None:
    line = card.add(name)
    line.value = value
    _set_types(line, types)


def _set_types(line: vobject.base.ContentLine, types: list[str]) -> None:
    if types:
        line.params["TYPE"] = types


def _types(method: ContactMethod) -> list[str]:
    """The label as a TYPE, if it can be one (RFC 2426 §4: letters, digits and hyphens), and pref."""
    label = [method.label.lower()] if method.label and _TYPE.fullmatch(method.label) else []
    return [*label, "pref"] if method.preferred else label


def _line(text: str | None) -> str:
    """A value of one line: no control characters, whatever the store was made to hold."""
    return " ".join(clean((text or "").replace("\t", " "), keep="\n").split("\n"))


def _profile(address: str) -> str:
    """A LinkedIn address as a link; it may be as short as “in/dana-wu”."""
    short = address.lstrip("/")
    return _web(f"www.linkedin.com/{short}" if short[:3].lower() == "in/" else address)


def _web(address: str) -> str:
    """A link with its scheme, without which no reader takes it for one."""
    return _uri(address if _SCHEME.match(address) else f"https://{address.removeprefix('//')}")


def _uri(link: str) -> str:
    """A link of the characters that have a place in one (RFC 3986 §2); what is percent-encoded already stays."""
    return quote(_STRAY_PERCENT.sub("%25", link), safe=_OF_LINKS)


def _folded(text: str) -> str:
    return "".join(f"{_fold(line)}\r\n" for line in text.split("\r\n") if line)


def _fold(line: str) -> str:
    """A line in pieces of at most 75 octets, each but the first after a blank; no character is cut."""
    octets = line.encode()
    pieces, start, room = [], 0, LONGEST_LINE
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # the middle of a character in UTF-8
            end -= 1
        pieces.append(octets[start:end])
        start, room = end, LONGEST_LINE - 1
    return b"\r\n ".join([*pieces, octets[start:]]).decode()
