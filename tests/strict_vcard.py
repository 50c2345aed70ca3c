"""A strict reader of vCards 3.0, written from RFC 2425 and 2426 alone, to judge what is written.

It shares nothing with vobject: what it refuses, some program refuses.
"""

import re
from typing import NamedTuple

_LINE = re.compile(r"(?P<name>[A-Z0-9-]+)(?P<params>(?:;[A-Z0-9-]+=[^;:]+)*):(?P<value>.*)", re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z0-9-]+")
_PARAM = re.compile(
    r';([A-Z0-9-]+)=((?:[^";:,\x00-\x1f]+|"[^"\x00-\x1f]*")(?:,(?:[^";:,\x00-\x1f]+|"[^"\x00-\x1f]*"))*)'
)


class Property(NamedTuple):
    """A property: its name, its parameters, and its value as written."""

    name: str
    params: dict[str, list[str]]
    raw: str

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


def cards(data: bytes) -> list[list[Property]]:
    """The cards in a file, each a list of properties; an AssertionError says what is not allowed."""
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
        _check(card)
    return [card[1:-1] for card in found]


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
        params.setdefault(param[1], []).extend(param[2].split(","))
        rest = rest[param.end() :]
    return Property(match["name"], params, match["value"])


def _check(card: list[Property]) -> None:
    names = [read.name for read in card]
    assert names[1] == "VERSION"
    assert card[1].raw == "3.0"
    for needed in ("FN", "N", "UID", "REV"):
        assert names.count(needed) == 1, f"{needed} {names.count(needed)} times"
    for read in card[1:-1]:
        _check_value(read)
        assert all(_TOKEN.fullmatch(word) for word in read.params.get("TYPE", ())), f"no TYPE: {read.params}"


def _check_value(read: Property) -> None:
    """The value is what RFC 2426 §4 says of that property; a link has no mark that would need a backslash."""
    match read.name:
        case "FN" | "UID":
            assert read.text.strip(), f"an empty {read.name}"
        case "N":
            assert len(read.parts) == 5
            assert any(read.parts), "an empty N"
        case "ADR":
            assert len(read.parts) == 7
        case "ORG":
            assert all(read.parts), "an empty ORG"
        case "CATEGORIES":
            assert all(read.values), "an empty category"
        case "REV":
            assert re.fullmatch(r"\d{8}T\d{6}Z", read.raw), f"no instant: {read.raw}"
        case "BDAY":
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", read.raw), f"no day: {read.raw}"
        case "URL" | "IMPP" | "X-SOCIALPROFILE":
            assert re.fullmatch(r"[^\s,;\\]+", read.raw), f"no link: {read.raw!r}"
        case _:
            assert read.text, f"an empty {read.name}"


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
    """The text that was meant (RFC 2426 §5: escaped-char)."""
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text)
