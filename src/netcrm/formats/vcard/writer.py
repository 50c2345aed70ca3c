"""The properties of a contact as lines, in vCard 3.0 (RFC 2426) or 4.0 (RFC 6350).

Links have their scheme. Characters that a link can't hold are percent-encoded (RFC 3986 §2), and so are commas and
semicolons: the only form that all programs read alike. A card always has an FN. A LinkedIn link is written twice, as
the URL that every program shows and as the X-SOCIALPROFILE that some know. A label that can't be a TYPE is written to
an X-ABLabel of the same group, as Apple and Google do. An imported card goes through `netcrm.formats.vcard.updater`.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import Literal
from urllib.parse import quote
from uuid import UUID

from netcrm.domain.dates import NO_YEAR
from netcrm.domain.validation import clean
from netcrm.formats.records import CardContact, CardMethod
from netcrm.formats.vcard.content_lines import TOKEN, escaped, one_line, rendered
from netcrm.formats.vcard.reader import INTRODUCED_BY, NOT_LABELS, OWN

Version = Literal["3.0", "4.0"]

LAST_CONTACT = f"{OWN}LAST-CONTACT"

SINGLE = ("UID", "BDAY", "CATEGORIES", "FN", "N", "NOTE", "ORG", "REV", "TITLE", "TZ")
"""The properties that a card built by netcrm has at most once."""

_KNOWN_TYPES = frozenset(("work", "home", "cell", "fax", "pager", "car", "main", "other"))

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s,;\\]+")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")

_OF_LINKS = ":/?#[]@!$&'()*+=%"
"""The reserved characters of RFC 3986 §2.2 and the percent sign, without comma and semicolon, which need escaping."""


@dataclass(frozen=True, slots=True)
class Extra:
    """The data beyond the fields of an address book; it is exported in netcrm's own properties.

    `introduced_by` are the UIDs and names of the people who introduced the contact. `stage` is the part in the user's
    offers (“recruiter, Acme offer”), and also the ROLE if the card has none. `last_contact` is the day of the last
    contact; `aliases` are other UIDs of the same person. The contact's tier is only written together with an `Extra`.
    """

    introduced_by: tuple[tuple[str, str], ...] = ()
    stage: str | None = None
    last_contact: date | None = None
    aliases: tuple[str, ...] = ()


# --------------------------------------------------------------------------- single properties


def single(contact: CardContact, name: str, version: Version) -> str | None:
    """The line of one of the properties in `SINGLE`; None without a value."""
    params: dict[str, list[str]] = {}
    match name:
        case "UID":
            value, params = _uid(one_line(contact.uid), version)
        case "REV":
            value = _instant(contact.changed_at)
        case "N":
            value = f"{';'.join(map(escaped, family_and_given(contact)))};;;"
        case "BDAY":
            value, params = _birthday(contact.birthday, version)
        case "CATEGORIES":
            value = ",".join(escaped(tag) for tag in map(one_line, contact.tags) if tag)
        case _:
            value = escaped(_text(contact, name))
            params = {"VALUE": ["text"]} if name == "TZ" and version == "3.0" else {}
    return rendered(name, value, params) if value else None


def _text(contact: CardContact, name: str) -> str:
    match name:
        case "FN":
            return shown(contact)
        case "ORG":
            return one_line(contact.company)
        case "TITLE":
            return one_line(contact.title)
        case "TZ":
            return one_line(contact.timezone)
        case _:
            return clean(contact.notes or "", keep="\n\t")


def shown(contact: CardContact) -> str:
    """FN, which must not be empty: the name, or else the most useful other value."""
    parts = f"{contact.given_name or ''} {contact.family_name or ''}"
    known = (contact.name, parts, contact.company, *_reached(contact), contact.uid)
    return next(filter(None, map(one_line, known)), "Unnamed")


def _reached(contact: CardContact) -> Iterator[str]:
    for kind in ("email", "phone"):
        yield from (method.value for method in contact.methods if method.kind == kind)


def family_and_given(contact: CardContact) -> tuple[str, str]:
    """The parts of the name if they are known, else the whole name as the given name: a split would be a guess."""
    family, given = one_line(contact.family_name), one_line(contact.given_name)
    return (family, given) if given or family else ("", shown(contact))


_Value = tuple[str, dict[str, list[str]]]


def _uid(uid: str, version: Version) -> _Value:
    """UID: unchanged in 3.0; in 4.0 a URI, or marked as text (RFC 6350 §6.7.6)."""
    if version == "3.0" or _URI.fullmatch(uid):
        return escaped(uid), {}
    return (f"urn:uuid:{uid}", {}) if _is_uuid(uid) else (escaped(uid), {"VALUE": ["text"]})


def _is_uuid(uid: str) -> bool:
    try:
        return str(UUID(uid)) == uid.lower()
    except ValueError:
        return False


def _instant(at: datetime) -> str:
    """REV: RFC 2426 §3.6.4, in UTC. strftime is not used, because before the year 1000 its %Y has fewer than four
    digits.
    """
    return re.sub(r"[-:]", "", at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")) + "Z"


def _birthday(day: date | None, version: Version) -> _Value:
    """BDAY: without hyphens in 4.0, and without its year if that is not known (RFC 6350 §4.3.1)."""
    if day is None:
        return "", {}
    unknown = day.year == NO_YEAR
    if version == "4.0":
        return f"--{day:%m%d}" if unknown else day.isoformat().replace("-", ""), {}
    return day.isoformat(), {"X-APPLE-OMIT-YEAR": [str(NO_YEAR)]} if unknown else {}


# --------------------------------------------------------------------------- ways to reach a contact


def ways(method: CardMethod, version: Version, groups: Iterator[str]) -> list[str]:
    """The lines of one method: the property, and then its label if that can't be a TYPE."""
    text = one_line(method.value)
    if not text:
        return []
    match method.kind:
        case "email":
            name, value = "EMAIL", escaped(text)
        case "phone":
            name, value = "TEL", escaped(text)
        case "url":
            name, value = "URL", web(text)
        case "linkedin":
            name, value = "URL", _profile(text)
        case "im":
            name, value = "IMPP", _uri(text)
        case _:
            name, value = "ADR", f";;{escaped(text)};;;;"
    lines = _labelled(name, value, method, version, groups)
    return [*lines, rendered("X-SOCIALPROFILE", value, {"TYPE": ["linkedin"]})] if method.kind == "linkedin" else lines


def _labelled(name: str, value: str, method: CardMethod, version: Version, groups: Iterator[str]) -> list[str]:
    params = marks(name, method, version)
    label = own_label(method.label)
    if not label:
        return [rendered(name, value, params)]
    group = next(groups)
    return [rendered(name, value, params, group), rendered("X-ABLabel", escaped(label), group=group)]


def marks(name: str, method: CardMethod, version: Version) -> dict[str, list[str]]:
    """The label and the preference as parameters (RFC 2426 §3.2.1, §3.3; RFC 6350 §5.3, §5.6)."""
    internet = ["internet"] if name == "EMAIL" and version == "3.0" else []
    label = [method.label.lower()] if method.label and _is_type(method.label) else []
    pref = ["pref"] if method.preferred and version == "3.0" else []
    params = {"TYPE": [*internet, *label, *pref]} if internet or label or pref else {}
    return {"PREF": ["1"], **params} if method.preferred and version == "4.0" else params


def own_label(label: str | None) -> str:
    """A label that can't be a TYPE: because of its characters, its capitals, or another meaning of the word."""
    return "" if label and _is_type(label) else one_line(label)


def _is_type(label: str) -> bool:
    """Whether a label can be a TYPE. Types ignore case, so a label with capitals is only one if the
    word is well known.
    """
    word = label.lower()
    return TOKEN.fullmatch(label) is not None and word not in NOT_LABELS and (word == label or word in _KNOWN_TYPES)


def _profile(address: str) -> str:
    """A LinkedIn address as a link; it may be as short as “in/dana-wu”."""
    short = address.lstrip("/")
    return web(f"www.linkedin.com/{short}" if short[:3].lower() == "in/" else address)


def web(address: str) -> str:
    """A link with its scheme, without which programs do not recognise it."""
    return _uri(address if _SCHEME.match(address) else f"https://{address.removeprefix('//')}")


def _uri(link: str) -> str:
    """A link with only the characters that it may hold (RFC 3986 §2); existing percent-encoding stays."""
    return quote(_STRAY_PERCENT.sub("%25", link), safe=_OF_LINKS)


# --------------------------------------------------------------------------- netcrm's own properties


def extras(contact: CardContact, extra: Extra, version: Version, groups: Iterator[str]) -> Iterator[list[str]]:
    """The lines of netcrm's own properties, ROLE and introductions, in lists of lines that belong together."""
    for name, text in own(contact, extra):
        yield [rendered(name, escaped(text))]
    if role := one_line(extra.stage):
        yield [rendered("ROLE", escaped(role))]
    for uid, name in extra.introduced_by:
        if related := relation(one_line(uid), one_line(name), version):
            group = next(groups)
            yield [rendered(*related, group=group), rendered("X-ABLabel", INTRODUCED_BY, group=group)]


def own(contact: CardContact, extra: Extra) -> list[tuple[str, str]]:
    """The properties of netcrm's own, and their texts."""
    last = extra.last_contact.isoformat() if extra.last_contact else None
    values = [("TIER", contact.tier), ("STAGE", extra.stage), ("LAST-CONTACT", last)]
    values += [("ALIAS", uid) for uid in extra.aliases]
    return [(f"{OWN}{name}", text) for name, value in values if (text := one_line(value))]


def relation(uid: str, name: str, version: Version) -> tuple[str, str, dict[str, list[str]]] | None:
    """An introduction: Apple's property in 3.0; in 4.0 RELATED (RFC 6350 §6.6.6), with the UID of the other card."""
    if version == "3.0":
        return ("X-ABRELATEDNAMES", escaped(name), {}) if name else None
    if _is_uuid(uid):
        return "RELATED", f"urn:uuid:{uid}", {"TYPE": ["contact"]}
    return ("RELATED", escaped(name), {"TYPE": ["contact"], "VALUE": ["text"]}) if name else None


# --------------------------------------------------------------------------- a whole card


def built(contact: CardContact, version: Version, extra: Extra | None) -> list[str]:
    """The lines of a card built by netcrm, sorted by name, so that the same contact gives the same text."""
    groups = group_names(())
    properties = [[line] for name in SINGLE if (line := single(contact, name, version))]
    for method in contact.methods:
        properties += filter(None, [ways(method, version, groups)])
    properties += extras(contact, extra, version, groups) if extra else ()
    properties.sort(key=_place)
    return ["BEGIN:VCARD", f"VERSION:{version}", *(line for lines in properties for line in lines), "END:VCARD"]


def _place(lines: list[str]) -> tuple[bool, str]:
    name = lines[0].partition(":")[0].partition(";")[0].rpartition(".")[2]
    return name != "UID", name


def group_names(taken: Collection[str]) -> Iterator[str]:
    """Unused names for groups, in lower case: item1, item2, and so on."""
    return (name for name in (f"item{number}" for number in count(1)) if name not in taken)
