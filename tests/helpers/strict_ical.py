"""A strict reader of iCalendar, written from RFC 5545 alone, to judge what is written.

It shares nothing with icalendar and vobject: what it refuses, some program refuses.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

_VALUE = r'(?:[^";:,\x00-\x1f\x7f]*|"[^"\x00-\x1f\x7f]*")'
_PARAM = re.compile(rf";([A-Z0-9-]+)=({_VALUE}(?:,{_VALUE})*)")
_LINE = re.compile(rf"([A-Z0-9-]+)((?:;[A-Z0-9-]+={_VALUE}(?:,{_VALUE})*)*):(.*)", re.DOTALL)

TEXTS = frozenset(
    {
        *("PRODID", "VERSION", "CALSCALE", "NAME", "X-WR-CALNAME", "UID", "CLASS", "SUMMARY", "DESCRIPTION"),
        *("STATUS", "TRANSP", "ACTION", "RELATED-TO"),
    }
)
"""Properties whose value is one TEXT; CATEGORIES is a list of them."""

DAYS = frozenset({"DTSTART", "DTEND", "DUE"})
INSTANTS = frozenset({"DTSTAMP", "LAST-MODIFIED"})
NUMBERS = {"PRIORITY": range(10), "SEQUENCE": range(2**31)}
LENGTHS = frozenset({"REFRESH-INTERVAL", "X-PUBLISHED-TTL", "TRIGGER"})

_OF_ITEMS = frozenset(
    {
        *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "CLASS", "SUMMARY", "DESCRIPTION", "CATEGORIES"),
        *("PRIORITY", "RELATED-TO", "DTSTART"),
    }
)
ALLOWED = {
    "VCALENDAR": frozenset(
        {"PRODID", "VERSION", "CALSCALE", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL"}
    ),
    "VTODO": _OF_ITEMS | {"DUE", "STATUS"},
    "VEVENT": _OF_ITEMS | {"DTEND", "TRANSP"},
    "VALARM": frozenset({"ACTION", "TRIGGER", "DESCRIPTION"}),
}
"""The properties that a component may have: not METHOD, ATTENDEE or ORGANIZER, which make programs send mail."""

NEEDED = {
    "VCALENDAR": ("PRODID", "VERSION"),
    "VTODO": ("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "DESCRIPTION"),
    "VEVENT": ("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "DESCRIPTION", "DTSTART"),
    "VALARM": ("ACTION", "TRIGGER", "DESCRIPTION"),
}
INSIDE = {"VCALENDAR": ("VTODO", "VEVENT"), "VTODO": ("VALARM",), "VEVENT": ("VALARM",), "VALARM": ()}
PARAMS: dict[str, dict[str, tuple[str, ...]]] = {
    **{name: {"VALUE": ("DATE",)} for name in DAYS},
    "REFRESH-INTERVAL": {"VALUE": ("DURATION",)},
    "TRIGGER": {"RELATED": ("START", "END")},
    "RELATED-TO": {"RELTYPE": ("PARENT", "CHILD", "SIBLING", "DEPENDS-ON")},
}
"""The parameters that a property may have, and their values; above all no TZID."""


class Property(NamedTuple):
    """A property: its name, its parameters, and its value as written."""

    name: str
    params: dict[str, str]
    raw: str

    @property
    def text(self) -> str:
        """The value of a property of one TEXT (§3.3.11)."""
        (value,) = split(self.raw)
        return unescaped(value)

    @property
    def texts(self) -> list[str]:
        """The values of CATEGORIES."""
        return [unescaped(value) for value in split(self.raw)]

    @property
    def day(self) -> date:
        """The value of a property of one DATE (§3.3.4)."""
        assert re.fullmatch(r"\d{8}", self.raw, re.ASCII), f"no day: {self.raw!r}"
        return date(int(self.raw[:4]), int(self.raw[4:6]), int(self.raw[6:]))


@dataclass
class Component:
    """A component: its properties in their order, and the components in it."""

    name: str
    properties: list[Property] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        return [found for found in self.properties if found.name == name]

    def one(self, name: str) -> Property:
        (found,) = self.all(name)
        return found

    def text(self, name: str) -> str:
        return self.one(name).text

    def day(self, name: str) -> date | None:
        found = self.all(name)
        return found[0].day if found else None


def calendar(data: bytes) -> Component:
    """The one VCALENDAR in a file; an AssertionError says what is not allowed."""
    root = Component("")
    open_ones = [root]
    for line in _lines(data):
        read = _property(line)
        if read.name == "BEGIN":
            child = Component(read.raw)
            open_ones[-1].children.append(child)
            open_ones.append(child)
        elif read.name == "END":
            assert read.raw == open_ones.pop().name, f"{read.raw} ends what did not begin"
        else:
            open_ones[-1].properties.append(read)
    assert open_ones == [root], "a component without its END"
    assert not root.properties, "a property outside of a component"
    (found,) = root.children
    assert found.name == "VCALENDAR"
    _check(found)
    uids = [child.text("UID") for child in found.children]
    assert len(set(uids)) == len(uids), "one UID twice"
    for child in found.children:
        assert {related.text for related in child.all("RELATED-TO")} <= {*uids} - {child.text("UID")}
    return found


def _lines(data: bytes) -> Iterator[str]:
    assert not data.startswith(b"\xef\xbb\xbf"), "a BOM"
    assert data.endswith(b"\r\n"), "the last line has no CRLF"
    for line in data.removesuffix(b"\r\n").split(b"\r\n"):
        assert 0 < len(line) <= 75, f"{len(line)} octets in a line"
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line), f"a control character in {line!r}"
        line.decode("utf-8")
    yield from re.sub(rb"\r\n[ \t]", b"", data).decode("utf-8").removesuffix("\r\n").split("\r\n")


def _property(line: str) -> Property:
    assert len(line.splitlines()) == 1, f"what some take for a line break, in {line!r}"
    match = _LINE.fullmatch(line)
    assert match, f"not a property: {line!r}"
    params = _PARAM.findall(match[2])
    assert len({name for name, _ in params}) == len(params), f"a parameter twice in {line!r}"
    return Property(match[1], dict(params), match[3])


def _check(component: Component) -> None:
    names = [read.name for read in component.properties]
    assert set(names) <= ALLOWED[component.name], f"{set(names) - ALLOWED[component.name]} in a {component.name}"
    for name in names:
        assert name == "RELATED-TO" or names.count(name) == 1, f"{name} {names.count(name)} times"
    assert set(NEEDED[component.name]) <= {*names}, f"{set(NEEDED[component.name]) - {*names}} is missing"
    for read in component.properties:
        _check_value(read)
    for child in component.children:
        assert child.name in INSIDE[component.name], f"a {child.name} in a {component.name}"
        _check(child)
        if child.name == "VALARM":
            _check_alarm(component, child)
    if component.name in ("VTODO", "VEVENT"):
        start, end = component.day("DTSTART"), component.day("DUE" if component.name == "VTODO" else "DTEND")
        assert not (start and end) or start < end, "it ends before it begins"


def _check_alarm(component: Component, alarm: Component) -> None:
    """The property that an alarm counts from exists (§3.6.6)."""
    end = "DUE" if component.name == "VTODO" else "DTEND"
    assert component.all(end if alarm.one("TRIGGER").params.get("RELATED") == "END" else "DTSTART"), "it never rings"


def _check_value(read: Property) -> None:
    known = PARAMS.get(read.name, {})
    assert all(value in known.get(name, ()) for name, value in read.params.items()), f"{read.params} of {read.name}"
    fixed = {"VERSION": "2.0", "CALSCALE": "GREGORIAN", "STATUS": "NEEDS-ACTION", "ACTION": "DISPLAY"}
    assert read.name not in fixed or read.raw == fixed[read.name], f"{read.name} is {read.raw}"
    if read.name in TEXTS:
        assert read.text.strip(), f"an empty {read.name}"
    elif read.name == "CATEGORIES":
        assert all(read.texts), "an empty category"
    elif read.name in DAYS:
        assert read.params == {"VALUE": "DATE"}
        assert read.day
    elif read.name in INSTANTS:
        assert re.fullmatch(r"\d{8}T\d{6}Z", read.raw, re.ASCII), f"no instant in UTC: {read.raw}"
    elif read.name in NUMBERS:
        assert re.fullmatch(r"\d+", read.raw, re.ASCII), f"no number: {read.raw}"
        assert int(read.raw) in NUMBERS[read.name], f"{read.name} is {read.raw}"
    else:
        assert read.name in LENGTHS, f"what is {read.name}?"
        assert re.fullmatch(r"P(\d+D)?(T\d+H)?", read.raw, re.ASCII), f"no duration: {read.raw}"


def split(raw: str) -> list[str]:
    """A value at its commas, those apart that are escaped."""
    parts: list[list[str]] = [[]]
    for piece in re.findall(r"\\.?|[,;]|[^\\,;]+", raw, re.DOTALL):
        assert piece != ";", f"a bare semicolon in {raw!r}"
        assert piece[0] != "\\" or piece[1:] in ("\\", ",", ";", "n", "N"), f"a lone backslash in {raw!r}"
        if piece == ",":
            parts.append([])
        else:
            parts[-1].append(piece)
    return ["".join(part) for part in parts]


def unescaped(text: str) -> str:
    """The text that was meant (§3.3.11: ESCAPED-CHAR)."""
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text)
