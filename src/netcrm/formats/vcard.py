"""Contacts as vCards 3.0 (RFC 2426), which every address book in use accepts.

vobject builds and escapes the cards. Around it stands what it leaves to its callers:
parameters are allow-listed, since it writes a line break in one as it is (that would be an
injected property); ORG and CATEGORIES are always lists; commas and semicolons in links
are percent-encoded, the only form that all readers understand alike; and lines are folded
by octets (RFC 2425 §5.8.1), where vobject counts characters.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import vobject
from vobject.base import Component

from netcrm.models import Contact, ContactMethod, clean

LONGEST_LINE = 75
"""Octets in a line, without its CRLF."""

_TYPE = re.compile(r"[A-Za-z0-9-]+")
_FOLD = re.compile(r"\r\n[ \t]")


def write(contacts: Iterable[Contact]) -> Iterator[str]:
    """One card a contact, each a whole text with CRLF line ends, in the order given.

    The same contact gives the same text: UID is the contact's for ever, REV the time of
    its last change.
    """
    for contact in contacts:
        yield _folded(_card(contact).serialize(validate=True))


def _card(contact: Contact) -> Component:
    card = vobject.vCard()
    name = next(filter(None, map(_line, (contact.name, contact.company, contact.email))), contact.uid)
    card.add("fn").value = name
    card.add("n").value = _name(contact, name)
    card.add("uid").value = _line(contact.uid)
    card.add("rev").value = f"{contact.changed_at:%Y%m%dT%H%M%SZ}"
    if organisation := _line(contact.company):
        card.add("org").value = [organisation]
    if title := _line(contact.title):
        card.add("title").value = title
    if contact.birthday:
        card.add("bday").value = contact.birthday.isoformat()
    if note := clean(contact.notes or "", keep="\n\t"):
        card.add("note").value = note
    if contact.timezone:
        zone = card.add("tz")
        zone.value = _line(contact.timezone)
        zone.params["VALUE"] = ["text"]
    if tags := [tag for tag in map(_line, contact.tags) if tag]:
        card.add("categories").value = tags
    for method in contact.methods:
        _add_method(card, method)
    return card


def _name(contact: Contact, name: str) -> vobject.vcard.Name:
    """The parts of the name where they are known; else all of it as given: a split would be a guess."""
    given, family = _line(contact.given_name), _line(contact.family_name)
    return vobject.vcard.Name(family=family, given=given) if given or family else vobject.vcard.Name(given=name)


def _add_method(card: Component, method: ContactMethod) -> None:
    value = _line(method.value)
    match method.kind:
        case "email":
            _add(card, "email", value, ["INTERNET", *_types(method)])
        case "phone":
            _add(card, "tel", value, _types(method))
        case "url":
            _add(card, "url", _uri(value), _types(method))
        case "linkedin":
            _add(card, "url", _uri(value), [])
            _add(card, "x-socialprofile", _uri(value), ["linkedin"])
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
    """The label as a TYPE, if it can be one (RFC 2426 §4: letters, digits and hyphens), and PREF."""
    label = [method.label.upper()] if method.label and _TYPE.fullmatch(method.label) else []
    return [*label, "PREF"] if method.preferred else label


def _line(text: str | None) -> str:
    """A value of one line: no control characters, whatever the store was made to hold."""
    return " ".join(clean((text or "").replace("\t", " "), keep="\n").split("\n"))


def _uri(url: str) -> str:
    """A link in which nothing needs a backslash: some readers would show it."""
    return re.sub(r"[,;\\\s]", lambda match: quote(match[0], safe=""), url)


def _folded(text: str) -> str:
    """The card with every line folded at 75 octets, between characters."""
    return "".join(f"{_fold(line)}\r\n" for line in _FOLD.sub("", text).split("\r\n") if line)


def _fold(line: str) -> str:
    if len(line) <= LONGEST_LINE and len(line.encode()) <= LONGEST_LINE:
        return line
    parts, part, room = [], "", LONGEST_LINE
    for char in line:
        size = len(char.encode())
        if size > room:
            parts.append(part)
            part, room = "", LONGEST_LINE - 1
        part, room = part + char, room - size
    return "\r\n ".join([*parts, part])
