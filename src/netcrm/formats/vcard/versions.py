"""A line of an imported card in another version of the format, with only the changes that the version requires.

The versions 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350) differ in how they encode bytes and non-Latin text, in how types and
preferences are marked, and in the spelling of days, places and links. A line that is the same in both versions stays
unchanged, except for the backslash of `http\\://`. So does a line of unknown meaning.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netcrm.domain.dates import NO_YEAR
from netcrm.formats.vcard.content_lines import (
    ContentLine,
    escaped,
    is_in_order,
    parts_of,
    rendered,
    split,
    text_of,
    unescaped,
)
from netcrm.formats.vcard.reader import day_of, phone_of
from netcrm.formats.vcard.writer import Version

_TEXTS = frozenset(
    ("FN", "TITLE", "ROLE", "NOTE", "LABEL", "MAILER", "SORT-STRING", "EMAIL", "TEL", "PRODID", "UID", "X-ABLABEL")
)
_STRUCTURES, _LISTS = frozenset(("N", "ADR", "ORG")), frozenset(("CATEGORIES", "NICKNAME"))
_LINKS = frozenset(("URL", "SOURCE", "IMPP", "X-SOCIALPROFILE"))
_NOT_IN_4 = frozenset(("AGENT", "CLASS", "LABEL", "MAILER", "NAME", "SORT-STRING"))
"""Properties that RFC 6350 (appendix A) removed. A strict reader of 4.0 refuses them, so they get
the prefix X- there.
"""

_MEDIA = {"PHOTO": "image", "LOGO": "image", "SOUND": "audio", "KEY": "application"}
_OF_KEYS = {"pgp": "pgp-keys", "x509": "pkix-cert"}
_OF_SUBTYPES = {subtype: word for word, subtype in _OF_KEYS.items()}
_NO_MEDIA = frozenset(("work", "home", "pref", "b", "base64"))

_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[^,]*)?;base64,", re.IGNORECASE)
_MOMENT = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:?(?:\d\d)?)?)?", re.ASCII
)
_OFFSET = re.compile(r"([+-])(\d\d?):?(\d\d)?", re.ASCII)
_PLACE = re.compile(r"(?:geo:)?(-?\d{1,3}(?:\.\d+)?)\s*[;,]\s*(-?\d{1,3}(?:\.\d+)?)(?:;.*)?", re.ASCII)


@dataclass(slots=True)
class _LineDraft:
    """A line being converted; `line` is the original."""

    line: ContentLine
    name: str
    params: dict[str, list[str]]
    value: str


def converted(line: ContentLine, source: str, target: Version) -> str | None:
    """The line in the version `target`, unfolded; None if that version has no such property."""
    draft = _LineDraft(line, line.name, {key: list(words) for key, words in line.params.items()}, line.value)
    if line.plain or source == "2.1":
        _spell(draft)
    if source != target:
        draft.params.pop("CHARSET", None)
        _mark(draft, target)
        if not _carry(draft, source, target):
            return None
    elif draft.name in _LINKS:
        draft.value = draft.value.replace("\\:", ":")  # some programs show the backslash, or double it
    if (draft.name, draft.params, draft.value) == (line.name, line.params, line.value) and is_in_order(line):
        return line.text
    draft.params.pop("CHARSET", None)
    return rendered(draft.name, draft.value, draft.params, line.group)


# --------------------------------------------------------------------------- from vCard 2.1


def _spell(draft: _LineDraft) -> None:
    """Escape a value as 3.0 and 4.0 do, if it was quoted-printable or from vCard 2.1, where a comma is text."""
    line, name = draft.line, draft.name
    if line.plain:
        draft.params.pop("ENCODING", None)
    if name == "AGENT" and line.plain:
        draft.value = escaped(line.value)
    elif name in _TEXTS:
        draft.value = escaped(text_of(line))
    elif name in _STRUCTURES:
        draft.value = ";".join(map(escaped, parts_of(line)))
    elif name in _LISTS:
        draft.value = ",".join(escaped(unescaped(part, plain=line.plain)) for part in split(line.value, ","))
    elif name in _LINKS:
        draft.value = text_of(line).replace("\n", "")


def _mark(draft: _LineDraft, target: Version) -> None:
    """Parameters: types by name, the preference as TYPE=pref or PREF=1, only value kinds that exist."""
    params = draft.params
    types = [word for words in params.get("TYPE", ()) for word in words.split(",") if word]
    if target == "4.0":
        if "pref" in map(str.lower, types):
            params["PREF"] = ["1"]
        types = [word for word in types if word.lower() not in ("pref", "internet")]
    elif params.pop("PREF", [""])[0] == "1":
        types.append("pref")
    params["TYPE"] = types
    if not types:
        del params["TYPE"]
    if params.get("ENCODING", [""])[0].upper() in ("7BIT", "8BIT"):
        del params["ENCODING"]
    kind = params.get("VALUE", [""])[0].lower()
    if kind in ("url", "content-id", "cid"):
        params["VALUE"] = ["uri"]
    elif kind == "inline":
        del params["VALUE"]


# --------------------------------------------------------------------------- between 3.0 and 4.0


def _carry(draft: _LineDraft, source: str, target: Version) -> bool:
    """Spell the value as the other version does; False if that version has no such property."""
    if draft.name in _MEDIA or "ENCODING" in draft.params:
        _media(draft, source, target)
    if target == "4.0" and draft.name in _NOT_IN_4:
        draft.name = f"X-{draft.name}"
    elif source == "4.0" and draft.name.removeprefix("X-") in _NOT_IN_4:
        draft.name = draft.name.removeprefix("X-")
    change = _CHANGES.get(draft.name)
    return change is None or change(draft, target)


def _media(draft: _LineDraft, source: str, target: Version) -> None:
    """Bytes: ENCODING=b in 3.0 (RFC 2426 §2.4.1), a data: URI in 4.0 (RFC 6350 §6.2.4). The Base64 text stays
    unchanged.
    """
    params, match = draft.params, _DATA.match(draft.value)
    encoded = params.get("ENCODING", [""])[0].upper() in ("B", "BASE64")
    if encoded and target == "4.0":
        del params["ENCODING"]
        params.pop("VALUE", None)
        draft.value = f"data:{_media_type(draft)};base64,{draft.value}"
    elif encoded:
        params["ENCODING"] = ["b"]
    elif match and source == "4.0":
        for name in ("VALUE", "MEDIATYPE"):
            params.pop(name, None)
        params["ENCODING"] = ["b"]
        _name_media(draft, (match[1] or "").lower())
        draft.value = draft.value[match.end() :]
    elif source == "4.0" and "VALUE" not in params and re.match(r"[A-Za-z][\w+.-]*:", draft.value):
        params["VALUE"] = ["uri"]


def _media_type(draft: _LineDraft) -> str:
    """The media type for a TYPE such as JPEG; the TYPE is removed."""
    if given := draft.params.pop("MEDIATYPE", None):
        return given[0].lower()
    types = draft.params.get("TYPE", [])
    word = next((word for word in types if word.lower() not in _NO_MEDIA), None)
    if word is None:
        return "image/jpeg" if draft.name == "PHOTO" else "application/octet-stream"
    draft.params["TYPE"] = [type_word for type_word in types if type_word is not word]
    if not draft.params["TYPE"]:
        del draft.params["TYPE"]
    subtype = _OF_KEYS.get(word.lower(), word.lower())
    return subtype if "/" in subtype else f"{_MEDIA.get(draft.name, 'application')}/{subtype}"


def _name_media(draft: _LineDraft, media: str) -> None:
    """The TYPE for a media type if it can be converted back, else the media type itself."""
    kind, _, subtype = media.partition("/")
    if kind == _MEDIA.get(draft.name) and re.fullmatch(r"[a-z0-9-]+", subtype) and subtype not in _NO_MEDIA:
        word = _OF_SUBTYPES.get(subtype, subtype).upper()
        draft.params["TYPE"] = [word, *draft.params.get("TYPE", ())]
    elif media:
        draft.params["MEDIATYPE"] = [media]


def _birthday(draft: _LineDraft, target: Version) -> bool:
    """BDAY: a day (RFC 2426 §3.1.5, RFC 6350 §6.2.5); an invalid one stays as it is."""
    try:
        day = day_of(draft.line)
    except ValueError:
        return True
    if day is None:
        return True
    if target == "4.0":
        moment = _moment(draft.value)
        draft.value = f"--{day:%m%d}" if day.year == NO_YEAR else moment or day.isoformat().replace("-", "")
        draft.params.pop("VALUE", None)
        draft.params.pop("X-APPLE-OMIT-YEAR", None)
    elif day.year == NO_YEAR:
        draft.value = day.isoformat()
        draft.params["X-APPLE-OMIT-YEAR"] = [str(NO_YEAR)]
        draft.params.pop("VALUE", None)
    elif draft.params.get("VALUE") == ["date-and-or-time"]:
        del draft.params["VALUE"]
    return True


def _changed(draft: _LineDraft, target: Version) -> bool:
    """REV: in 4.0 an instant without hyphens and colons (RFC 6350 §4.3.5); an unreadable one is dropped."""
    if target == "3.0":
        return True
    draft.params.pop("VALUE", None)
    draft.value = _moment(draft.value)
    if draft.value and "T" not in draft.value:
        draft.value += "T000000Z"
    return bool(draft.value)


def _moment(text: str) -> str:
    """“1985-04-12T10:22:00Z” in the basic form of ISO 8601; empty for anything else."""
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        return ""
    day = match[1] + match[2] + match[3]
    return f"{day}T{match[4]}{match[5]}{match[6]}{(match[7] or '').replace(':', '')}" if match[4] else day


def _zone(draft: _LineDraft, target: Version) -> bool:
    """TZ: an offset by default in 3.0 (RFC 2426 §3.4.1), a text in 4.0 (RFC 6350 §6.5.1)."""
    match = _OFFSET.fullmatch(draft.value.strip())
    if match:
        colon = ":" if target == "3.0" else ""
        draft.value = f"{match[1]}{match[2]:0>2}{colon}{match[3] or '00'}"
        draft.params.pop("VALUE", None)
        if target == "4.0":
            draft.params["VALUE"] = ["utc-offset"]
    elif target == "3.0" and "VALUE" not in draft.params:
        draft.params["VALUE"] = ["text"]
    return True


def _place(draft: _LineDraft, target: Version) -> bool:
    """GEO: two numbers in 3.0 (RFC 2426 §3.4.2), a geo: URI in 4.0 (RFC 6350 §6.5.2)."""
    if match := _PLACE.fullmatch(draft.value.strip()):
        draft.value = f"{match[1]};{match[2]}" if target == "3.0" else f"geo:{match[1]},{match[2]}"
        draft.params.pop("VALUE", None)
    return True


def _phone(draft: _LineDraft, target: Version) -> bool:
    """TEL: a text in 3.0; only 4.0 allows a tel: URI (RFC 6350 §6.4.1)."""
    if target == "3.0" and draft.value[:4].lower() == "tel:":
        draft.value = escaped(phone_of(draft.line))
        draft.params.pop("VALUE", None)
    return True


def _kind(draft: _LineDraft, target: Version) -> bool:
    """KIND: only in 4.0 (RFC 6350 §6.1.4); in 3.0 Apple's property for an organisation replaces it."""
    if target == "3.0":
        draft.name = "X-ABShowAs"
        draft.params.clear()
        organisation = draft.value.strip().lower() == "org"
        draft.value = "COMPANY"
        return organisation
    return True


def _profile(_: _LineDraft, target: Version) -> bool:
    """PROFILE: only in 3.0 (RFC 2426 §2.1.3)."""
    return target == "3.0"


def _link(draft: _LineDraft, _: Version) -> bool:
    """Links: `http\\://` comes from programs that escape too much; a backslash has no meaning in a link."""
    draft.value = unescaped(draft.value)
    return True


def _parts(draft: _LineDraft, target: Version) -> bool:
    """N and ADR: the parts that RFC 9554 adds repeat the others; 3.0 has no place for them."""
    if target == "3.0":
        draft.value = ";".join(split(draft.value, ";")[: 5 if draft.name == "N" else 7])
    return True


_CHANGES: Mapping[str, Callable[[_LineDraft, Version], bool]] = {
    **dict.fromkeys(_LINKS, _link),
    "BDAY": _birthday,
    "REV": _changed,
    "TZ": _zone,
    "GEO": _place,
    "TEL": _phone,
    "KIND": _kind,
    "PROFILE": _profile,
    "N": _parts,
    "ADR": _parts,
}
