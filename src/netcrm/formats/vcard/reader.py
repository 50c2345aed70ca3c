"""The contact's data in a vCard, and the lines that hold it.

The lines matter at the export, where unchanged data keeps its lines (`netcrm.formats.vcard.updater`). Programs write
the same data in different ways, and all of these are read: types bare, in lists or repeated; labels of Apple and Google
on a line of their own; links as the profile of a network, and one property per messenger; a birthday without its year
as 1604 or with two hyphens.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import get_args
from urllib.parse import unquote

from netcrm.domain.dates import EARLIEST, LATEST, NO_YEAR
from netcrm.domain.validation import LONGEST_NAME, LONGEST_TEXT, LONGEST_UID, clean
from netcrm.domain.vocabulary import MethodKind, Tier
from netcrm.formats.records import ImportedMethod
from netcrm.formats.vcard.content_lines import (
    ContentLine,
    one_line,
    param_text,
    parts_of,
    split,
    text_of,
    types_of,
    unescaped,
)
from netcrm.formats.vcard.parser import ParsedCard
from netcrm.matching import normalize

LONGEST_LABEL = 100
"""The most characters of a label; a longer one is a note."""

NOT_LABELS = frozenset(
    (
        *("pref", "internet", "x-internet", "voice", "x400", "dom", "intl", "postal", "parcel", "msg", "text"),
        *("textphone", "linkedin"),
    )
)
"""Types that do not tell several addresses of a contact apart."""

_MESSENGERS = {
    "X-AIM": "aim",
    "X-ICQ": "icq",
    "X-JABBER": "xmpp",
    "X-MSN": "msnim",
    "X-YAHOO": "ymsgr",
    "X-SKYPE": "skype",
    "X-SKYPE-USERNAME": "skype",
    "X-GOOGLE-TALK": "gtalk",
    "X-GTALK": "gtalk",
    "X-QQ": "qq",
    "X-GADUGADU": "gg",
    "X-GROUPWISE": "groupwise",
    "X-MATRIX": "matrix",
    **{f"X-MESSAGING-{word.upper()}-ALL": word for word in ("aim", "gg", "icq", "irc", "skype", "xmpp")},
}
"""The properties of messengers, including KDE's (`X-messaging/skype-All`), and the scheme of their addresses."""

_MACHINES = ("fax", "pager", "cell")
"""The types that count most for a phone number: a fax at work is labelled fax."""

_BEST_NAMES: Mapping[MethodKind, int] = {"email": 0, "phone": 1}
OF_NO_PERSON = ("group", "location", "application", "device", "thing")
"""Values of KIND (RFC 6350 §6.1.4, RFC 6473, RFC 6869) that are not an individual or an organisation."""

OWN = "X-NETCRM-"
"""The prefix of netcrm's own properties."""

INTRODUCED_BY = "Introduced by"
"""The X-ABLabel of a person who introduced the contact."""

RELATIONS = ("RELATED", "X-ABRELATEDNAMES")

_ONE_STAGE = r"(?:recruiter|hiring manager|interviewer|referrer|on it), .+ offer(?:, (?:declined|accepted))?"
_A_STAGE = re.compile(rf"{_ONE_STAGE}(?:; {_ONE_STAGE})*")

STAGE = f"{OWN}STAGE"
"""The contact's part in the user's offers; a ROLE says the same to other programs."""

SYSTEM_TAG = "myContacts"
"""Google's name for the list of all contacts, which is not a tag."""

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)+")
_OLD_ZONES = frozenset(
    (
        *("CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "GB", "GB-Eire", "GMT", "GMT+0", "GMT-0"),
        *("GMT0", "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein"),
        *("Libya", "MET", "MST", "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT", "Poland", "Portugal", "ROC"),
        *("ROK", "Singapore", "Turkey", "UCT", "UTC", "Universal", "W-SU", "WET", "Zulu"),
    )
)
"""The names of the time zone database without a slash (its file “backward”)."""

_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[T ].*)?")
_DAY_OF_NO_YEAR = re.compile(r"--([0-9]{2})-?([0-9]{2})(?:T.*)?")
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_HANDLE = re.compile(r"[\w%-]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_URN = re.compile(r"urn:uuid:", re.IGNORECASE)
_EXTENSION = re.compile(r";ext=([\w.-]+)", re.IGNORECASE)


@dataclass(slots=True)
class Facts:
    """The data of a card: each method with the index of its line, each problem with its line in the file."""

    number: int
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    uid: str | None = None
    company: str | None = None
    title: str | None = None
    birthday: date | None = None
    timezone: str | None = None
    notes: str | None = None
    tags: list[str] = field(default_factory=list)
    reach: list[tuple[int, ImportedMethod]] = field(default_factory=list)
    kind: str = ""
    tier: Tier | None = None
    aliases: list[str] = field(default_factory=list)
    revised: datetime | None = None
    problems: list[tuple[int, str]] = field(default_factory=list)


def facts(card: ParsedCard) -> Facts:
    """The data of a card, not yet compared with a database."""
    by: dict[str, list[ContentLine]] = {}
    own_roles = our_roles(card.lines)
    for at, line in enumerate(card.lines):
        if at not in own_roles:
            by.setdefault(line.name, []).append(line)
    person = Facts(card.number)
    _who(person, by)
    _what(person, by)
    _ours(person, by)
    labels = {line.group.lower(): label_of(text_of(line)) for line in by.get("X-ABLABEL", ()) if line.group}
    for at, line in enumerate(card.lines):
        if read := _WAYS.get(line.name):
            _add_way(person, at, line, read(line), labels.get(line.group.lower()))
    person.name = person.name or person.company or _reached(person)
    return person


def our_roles(lines: Sequence[ContentLine]) -> set[int]:
    """The indexes of ROLE lines that netcrm wrote, which are not titles.

    Such a ROLE equals the stage beside it or, if another program dropped the stage, has the form of one.
    """
    roles = {at: text_of(line) for at, line in enumerate(lines) if line.name == "ROLE"}
    stages = {text_of(line) for line in lines if line.name == STAGE} if roles else set()
    return {at for at, text in roles.items() if text in stages or _A_STAGE.fullmatch(text)}


def our_lines(lines: Sequence[ContentLine]) -> set[int]:
    """The indexes of lines that netcrm wrote: its own properties, a ROLE, and introductions."""
    labels = (line for line in lines if line.name == "X-ABLABEL" and line.group)
    groups = {line.group.lower() for line in labels if text_of(line) == INTRODUCED_BY}
    introductions = {
        at for at, line in enumerate(lines) if line.name in RELATIONS and line.group and line.group.lower() in groups
    }
    return introductions | our_roles(lines) | {at for at, line in enumerate(lines) if line.name.startswith(OWN)}


def _first(person: Facts, lines: Sequence[ContentLine], read: Callable[[ContentLine], str]) -> str:
    """The first non-empty value of some properties, on one line and short enough for a field."""
    return next(filter(None, (_held(person, line, read(line)) for line in lines)), "")


def _held(person: Facts, line: ContentLine, text: str) -> str:
    value = one_line(text)
    if len(value) <= LONGEST_NAME:
        return value
    person.problems.append((line.number, f"the {line.name} is longer than {LONGEST_NAME} characters"))
    return ""


def _reached(person: Facts) -> str:
    """An e-mail address or a phone number, as the name of a contact without one."""
    methods = sorted(
        (method for _, method in person.reach), key=lambda method: _BEST_NAMES.get(method.kind, len(_BEST_NAMES))
    )
    return methods[0].value if methods else ""


# --------------------------------------------------------------------------- names and descriptions


def _who(person: Facts, by: Mapping[str, Sequence[ContentLine]]) -> None:
    kinds = (*by.get("KIND", ()), *by.get("X-ADDRESSBOOKSERVER-KIND", ()))
    person.kind = _first(person, kinds, text_of).lower()
    person.uid = _first(person, by.get("UID", ()), uid_of) or None
    if person.uid and len(person.uid) > LONGEST_UID:
        person.problems.append((by["UID"][0].number, f"the UID is longer than {LONGEST_UID} characters"))
        person.uid = None
    person.name = _first(person, by.get("FN", ()), text_of)
    for line in by.get("N", ())[:1]:
        parts = [_held(person, line, part) for part in parts_of(line)[:5]]
        family, given, middle, prefix, suffix = [*parts, *[""] * (5 - len(parts))]
        person.name = person.name or _held(
            person, line, " ".join(filter(None, (prefix, given, middle, family, suffix)))
        )
        person.given_name, person.family_name = split_name(person.name, given, family)
    person.name = person.name or _first(
        person, by.get("NICKNAME", ()), lambda line: unescaped(split(line.value, ",")[0])
    )


def uid_of(line: ContentLine) -> str:
    """A UID without the prefix “urn:uuid:”."""
    return _URN.sub("", text_of(line).strip())


def split_name(name: str, given: str, family: str) -> tuple[str, str]:
    """Given and family name; both empty if one of them is the whole name, since then the parts are not known."""
    return ("", "") if name == given + family and not (given and family) else (given, family)


def _what(person: Facts, by: Mapping[str, Sequence[ContentLine]]) -> None:
    person.company = _first(person, by.get("ORG", ()), lambda line: parts_of(line)[0]) or None
    person.title = _first(person, (*by.get("TITLE", ()), *by.get("ROLE", ())), text_of) or None
    person.timezone = next(filter(None, map(zone_of, by.get("TZ", ()))), None)
    person.notes = _notes(person, by.get("NOTE", ()))
    lists = ((line, split(line.value, ",")) for line in by.get("CATEGORIES", ()))
    tags = (_held(person, line, unescaped(tag, plain=line.plain)) for line, words in lists for tag in words)
    person.tags = [tag for tag in dict.fromkeys(tags) if tag and tag != SYSTEM_TAG]
    person.revised = next(filter(None, map(_revised, by.get("REV", ()))), None)
    for line in by.get("BDAY", ())[:1]:
        try:
            person.birthday = day_of(line)
        except ValueError as why:
            person.problems.append((line.number, f"the birthday “{line.value[:40]}” {why}"))


def _revised(line: ContentLine) -> datetime | None:
    """The time of the last change (RFC 6350 §6.7.4), with or without hyphens and colons; None without a time zone."""
    try:
        moment = datetime.fromisoformat(text_of(line).strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _ours(person: Facts, by: Mapping[str, Sequence[ContentLine]]) -> None:
    """Read the properties that netcrm wrote, perhaps from another database."""
    tier = _first(person, by.get(f"{OWN}TIER", ()), text_of)
    person.tier = next((letter for letter in get_args(Tier) if letter == tier), None)
    uids = (uid_of(line) for line in by.get(f"{OWN}ALIAS", ()))
    person.aliases = [
        uid for uid in dict.fromkeys(map(one_line, uids)) if 0 < len(uid) <= LONGEST_UID and uid != person.uid
    ]


def zone_of(line: ContentLine) -> str | None:
    """The name of a time zone; an offset is not one, because it changes in summer."""
    text = text_of(line).strip()
    return text if _ZONE.fullmatch(text) or text in _OLD_ZONES else None


def _notes(person: Facts, lines: Sequence[ContentLine]) -> str | None:
    """Several notes as one, with a blank line in between."""
    texts = list(filter(None, (clean(text_of(line), keep="\n\t") for line in lines)))
    notes = "\n\n".join(texts)
    if len(notes) > LONGEST_TEXT:
        person.problems.append((lines[0].number, "the NOTE is longer than 1 MiB"))
        return None
    return notes or None


def day_of(line: ContentLine) -> date | None:
    """A birthday, with the year `NO_YEAR` if it has none; a `ValueError` gives the reason otherwise."""
    text = text_of(line).strip()
    if match := _DAY_OF_NO_YEAR.fullmatch(text):
        return _date(NO_YEAR, match[1], match[2])
    if not (match := _DAY.fullmatch(text)):
        if text:
            raise ValueError("is not a day that netcrm can read")
        return None
    year = int(match[1])
    omitted = line.params.get("X-APPLE-OMIT-YEAR", ("",))[0]
    if year == NO_YEAR or match[1] == omitted:
        return _date(NO_YEAR, match[2], match[3])
    day = _date(year, match[2], match[3])
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"lies outside {EARLIEST.year} to {LATEST.year}")
    return day


def _date(year: int, month: str, day: str) -> date:
    try:
        return date(year, int(month), int(day))
    except ValueError:
        raise ValueError("is not a day that exists") from None


# --------------------------------------------------------------------------- ways to reach a contact

_Way = tuple[MethodKind, str]


def _add_way(person: Facts, at: int, line: ContentLine, way: _Way | None, label: str | None) -> None:
    if way and (value := _held(person, line, way[1])):
        types = types_of(line)
        preferred = "pref" in types or line.params.get("PREF", ("",))[0] == "1"
        person.reach.append((at, ImportedMethod(way[0], value, label or _typed(line, types), preferred)))


def _typed(line: ContentLine, types: Sequence[str]) -> str | None:
    """The type that labels an address: fax, pager or cell before the place."""
    services = map(str.lower, line.params.get("SERVICE-TYPE", ()))
    words = [word for word in (*types, *services) if word not in NOT_LABELS]
    return label_of(next((word for word in _MACHINES if word in words), next(iter(words), "")))


def label_of(text: str) -> str | None:
    """A label as one word: Apple's `_$!<Work>!$_` is “work”, a typed label keeps its capitals."""
    label = one_line(param_text(text))
    if match := _APPLE_LABEL.fullmatch(label):
        label = match[1].lower()
    word = "".join(char if char.isalnum() or char in "-_" else " " for char in label)
    return "-".join(word.split()) if 0 < len(label) <= LONGEST_LABEL and word.strip() else None


def _email(line: ContentLine) -> _Way:
    text = text_of(line).strip()
    return "email", unquote(text[7:]) if text[:7].lower() == "mailto:" else text


def _phone(line: ContentLine) -> _Way:
    return "phone", phone_of(line)


def phone_of(line: ContentLine) -> str:
    """A number, from a text or a tel: URI (RFC 3966 §3)."""
    text = text_of(line).strip()
    if text[:4].lower() != "tel:":
        return text
    number, extension = unquote(text[4:].partition(";")[0]), _EXTENSION.search(text)
    return f"{number} ext. {extension[1]}" if extension else number


def _link(line: ContentLine) -> _Way:
    """A link as it is spelled; if it is too long for a field, with its percent signs decoded."""
    text = text_of(line).strip()
    text = text if len(text) <= LONGEST_NAME else _of_uri(text)
    return ("linkedin" if is_linkedin(text) else "url"), text


def is_linkedin(link: str) -> bool:
    """Whether a link is a profile on LinkedIn."""
    try:
        return "linkedin" in link.lower() and bool(normalize.normalise_linkedin(link))
    except ValueError:
        return False


def _profile(line: ContentLine) -> _Way | None:
    """A profile of a network: a link, or a LinkedIn name; other names are useless without their network's address."""
    text = text_of(line).strip()
    services = (*types_of(line), *line.params.get("SERVICE-TYPE", ()), *line.params.get("X-SERVICE-TYPE", ()))
    if (line.name == "X-LINKEDIN" or "linkedin" in map(str.lower, services)) and _HANDLE.fullmatch(text):
        return "linkedin", f"https://www.linkedin.com/in/{text}"
    is_link = text[:4].lower() == "http" if _SCHEME.match(text) else "." in text
    return _link(line) if is_link else None


def _address(line: ContentLine) -> _Way:
    """An address on one line; if its parts are empty, its label (RFC 6350 §6.3.1)."""
    parts = parts_of(line)
    known = [part for part in parts[:7] if part.strip()] or [part for part in parts[7:] if part.strip()]
    known = known or list(map(param_text, line.params.get("LABEL", ())))
    return "address", ", ".join(filter(None, (one_line(piece) for part in known for piece in part.split("\n"))))


def _impp(line: ContentLine) -> _Way:
    text, service = text_of(line).strip(), line.params.get("X-SERVICE-TYPE", ("",))[0].lower()
    return "im", _of_uri(text if not service or _SCHEME.match(text) else f"{service}:{text}")


def _messenger(line: ContentLine) -> _Way | None:
    text, scheme = text_of(line).strip(), _MESSENGERS[line.name]
    return ("im", text if text.startswith(f"{scheme}:") else f"{scheme}:{text}") if text else None


def _of_uri(text: str) -> str:
    """A URI with its percent signs decoded, if they stand for text."""
    plain = unquote(text)
    return text if "\ufffd" in plain else plain


_WAYS: Mapping[str, Callable[[ContentLine], _Way | None]] = {
    **dict.fromkeys(_MESSENGERS, _messenger),
    **dict.fromkeys(("X-SOCIALPROFILE", "SOCIALPROFILE", "X-LINKEDIN"), _profile),
    "EMAIL": _email,
    "TEL": _phone,
    "URL": _link,
    "ADR": _address,
    "IMPP": _impp,
}
