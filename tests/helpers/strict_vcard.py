"""A strict reader of vCards 3.0 and 4.0, written from RFC 2425, 2426 and 6350 alone, to judge what is written.

It shares nothing with vobject: what it refuses, some program refuses.
"""

import base64
import re
from collections.abc import Callable
from typing import NamedTuple

_LINE = re.compile(
    r"(?:(?P<group>[A-Za-z0-9-]+)\.)?(?P<name>[A-Za-z0-9-]+)"
    r'(?P<params>(?:;[A-Za-z0-9-]+=(?:[^";:]|"[^"]*")*)*):(?P<value>.*)',
    re.DOTALL,
)
_TOKEN = re.compile(r"[A-Za-z0-9-]+")
_PARAM = re.compile(
    r";([A-Za-z0-9-]+)="
    r'((?:[^";:,\x00-\x08\x0a-\x1f]+|"[^"\x00-\x08\x0a-\x1f]*")'
    r'(?:,(?:[^";:,\x00-\x08\x0a-\x1f]+|"[^"\x00-\x08\x0a-\x1f]*"))*)'
)
_PARAM_VALUE = re.compile(r'"[^"]*"|[^",]+')
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\\]+")
_OF_3 = ("PREF", "ALTID", "PID", "CALSCALE")
_OF_2_1 = ("QUOTED-PRINTABLE", "BASE64", "7BIT", "8BIT")


class Property(NamedTuple):
    """A property: its name in capitals, its parameters, its value as written, and its group in small letters."""

    name: str
    params: dict[str, list[str]]
    raw: str
    group: str = ""

    @property
    def text(self) -> str:
        """The value of a property of one text (RFC 2426 §4, text-value)."""
        (part,) = split(self.raw, ";")
        (value,) = split(part, ",")
        return unescaped(value)

    @property
    def parts(self) -> list[str]:
        """The values of a structured property of one text each, such as N and ORG."""
        parts = split(self.raw, ";")
        assert all(len(split(part, ",")) == 1 for part in parts), f"a bare comma in {self.raw!r}"
        return [unescaped(part) for part in parts]

    @property
    def values(self) -> list[str]:
        """The values of a list property, such as CATEGORIES."""
        (part,) = split(self.raw, ";")
        return [unescaped(value) for value in split(part, ",")]


def cards(data: bytes, version: str = "3.0", *, foreign: bool = False) -> list[list[Property]]:
    """The cards in a file, each a list of properties; an AssertionError says what is not allowed.

    For a `foreign` card, only the lines, the version, FN and UID are checked; the rest is its program's choice.
    """
    assert not data.startswith(b"\xef\xbb\xbf"), "a BOM"
    assert not data or data.endswith(b"\r\n"), "the last line has no CRLF"
    lines: list[bytes] = []
    for line in data.split(b"\r\n")[:-1]:
        assert len(line) <= 75, f"{len(line)} octets in a line"
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line), f"a control character in {line!r}"
        line.decode("utf-8")
        if line[:1] in (b" ", b"\t"):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    found: list[list[Property]] = []
    for line in lines:
        _take(found, _property(line.decode("utf-8")))
    assert all(card[-1].name == "END" for card in found), "a card without its END"
    for card in found:
        _check_foreign(card, version)
        if not foreign:
            _check(card, version)
    return [card[1:-1] for card in found]


def taken(data: bytes) -> list[Property]:
    """The properties of a card that some program wrote: its lines are read by the RFC, and may be of any length."""
    text = re.sub(r"\n[ \t]", "", data.decode("utf-8").replace("\r\n", "\n"))
    return [_property(line) for line in text.split("\n") if line]


def _take(found: list[list[Property]], read: Property) -> None:
    if read.name == "BEGIN":
        assert read.raw == "VCARD"
        assert not found or found[-1][-1].name == "END", "a card inside a card"
        found.append([read])
        return
    assert found, f"{read.name} outside of a card"
    assert found[-1][-1].name != "END", f"{read.name} outside of a card"
    found[-1].append(read)


def _property(line: str) -> Property:
    assert len(line.splitlines()) == 1, f"what some take for a line break, in {line!r}"
    match = _LINE.fullmatch(line)
    assert match, f"not a property: {line!r}"
    params: dict[str, list[str]] = {}
    rest = match["params"]
    while rest:
        param = _PARAM.match(rest)
        assert param, f"not a parameter: {rest!r}"
        params.setdefault(param[1].upper(), []).extend(value.strip('"') for value in _PARAM_VALUE.findall(param[2]))
        rest = rest[param.end() :]
    return Property(match["name"].upper(), params, match["value"], (match["group"] or "").lower())


def _check_foreign(card: list[Property], version: str) -> None:
    names = [read.name for read in card]
    assert names.count("VERSION") == 1, "not one VERSION"
    assert version == "3.0" or names[1] == "VERSION", "VERSION is not the first"
    assert card[names.index("VERSION")].raw == version
    assert names.count("UID") == 1, f"UID {names.count('UID')} times"
    for read in card:
        encoding = "".join(read.params.get("ENCODING", ())).upper()
        assert "QUOTED" not in encoding, f"quoted-printable: {read}"
        assert "".join(read.params.get("CHARSET", ("UTF-8",))).upper() == "UTF-8", f"another alphabet: {read}"
        if read.name == "FN":
            assert read.raw.strip(), "an empty FN"
    if version == "3.0":
        assert "N" in names, "no N"


def _check(card: list[Property], version: str) -> None:
    names = [read.name for read in card]
    assert names[1] == "VERSION"
    for needed in ("FN", "N", "UID", "REV"):
        assert names.count(needed) == 1, f"{needed} {names.count(needed)} times"
    for read in card[1:-1]:
        _CHECKS.get(read.name, _check_text)(read, version)
        _check_params(read, version)
    for label in card:
        if label.name == "X-ABLABEL":
            others = [read for read in card if read.group == label.group and read is not label]
            assert len(others) == 1, f"the label of {len(others)} properties"


def _check_params(read: Property, version: str) -> None:
    assert all(_TOKEN.fullmatch(word) for word in read.params.get("TYPE", ())), f"no TYPE: {read.params}"
    if version == "3.0":
        assert not read.params.keys() & set(_OF_3), f"a parameter of 4.0: {read.params}"
    else:
        assert not read.params.keys() & {"ENCODING", "CHARSET"}, f"a parameter of 3.0: {read.params}"
        assert not {"pref", "internet"} & set(read.params.get("TYPE", ())), f"a type of 3.0: {read.params}"
        assert all(re.fullmatch(r"[1-9]\d?|100", pref) for pref in read.params.get("PREF", ())), f"no PREF: {read}"


# --------------------------------------------------------------------------- values (RFC 2426 §4, RFC 6350 §6)


def _check_text(read: Property, version: str) -> None:
    assert read.text, f"an empty {read.name}"


def _check_name(read: Property, version: str) -> None:
    assert read.text.strip(), f"an empty {read.name}"


def _check_uid(read: Property, version: str) -> None:
    _check_name(read, version)
    if version == "4.0" and read.params.get("VALUE") != ["text"]:
        assert _URI.fullmatch(read.raw), f"no URI: {read.raw!r}"


def _check_parts_of_a_name(read: Property, version: str) -> None:
    assert len(read.parts) == 5
    assert any(read.parts), "an empty N"


def _check_address(read: Property, version: str) -> None:
    assert len(read.parts) == 7


def _check_organisation(read: Property, version: str) -> None:
    assert all(read.parts), "an empty ORG"


def _check_tags(read: Property, version: str) -> None:
    assert all(read.values), "an empty category"


def _check_instant(read: Property, version: str) -> None:
    assert re.fullmatch(r"\d{8}T\d{6}Z", read.raw), f"no instant: {read.raw}"


def _check_day(read: Property, version: str) -> None:
    shape = r"\d{4}-\d\d-\d\d" if version == "3.0" else r"\d{8}|--\d{4}"
    assert re.fullmatch(shape, read.raw), f"no day: {read.raw}"
    assert ("X-APPLE-OMIT-YEAR" in read.params) == read.raw.startswith("1604-")


def _check_zone(read: Property, version: str) -> None:
    assert version == "4.0" or read.params == {"VALUE": ["text"]}, "a zone that is no offset"
    assert read.text


def _check_link(read: Property, version: str) -> None:
    assert re.fullmatch(r"[^\s,;\\]+", read.raw), f"no link: {read.raw!r}"


def _check_related(read: Property, version: str) -> None:
    assert version == "4.0", "RELATED is of 4.0"
    if read.params.get("VALUE") == ["text"]:
        assert read.text
    else:
        assert _URI.fullmatch(read.raw), f"no URI: {read.raw!r}"


_CHECKS: dict[str, Callable[[Property, str], None]] = {
    "FN": _check_name,
    "UID": _check_uid,
    "N": _check_parts_of_a_name,
    "ADR": _check_address,
    "ORG": _check_organisation,
    "CATEGORIES": _check_tags,
    "REV": _check_instant,
    "BDAY": _check_day,
    "TZ": _check_zone,
    "RELATED": _check_related,
    **dict.fromkeys(("URL", "IMPP", "X-SOCIALPROFILE"), _check_link),
}


def octets(read: Property) -> bytes:
    """The bytes of a photo: ENCODING=b in 3.0 (RFC 2426 §2.4.1), a data: URI in 4.0 (RFC 2397)."""
    code = read.raw if "ENCODING" in read.params else read.raw.partition(";base64,")[2]
    return base64.b64decode(code, validate=True)


def split(raw: str, mark: str) -> list[str]:
    """A value at its marks, those apart that are escaped."""
    parts, at = [""], 0
    while at < len(raw):
        if raw[at] == "\\":
            assert raw[at + 1 : at + 2] in tuple("\\,;nN"), f"a lone backslash in {raw!r}"
            parts[-1] += raw[at : at + 2]
            at += 2
        elif raw[at] == mark:
            parts.append("")
            at += 1
        else:
            parts[-1] += raw[at]
            at += 1
    return parts


def unescaped(text: str) -> str:
    """The text without its escapes (RFC 2426 §5: escaped-char)."""
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text)
