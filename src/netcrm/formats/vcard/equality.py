"""Whether two vCards have the same content, regardless of its form.

A card that went through a server or an address book comes back in another form: properties sorted, lines folded
elsewhere, types in one list or repeated, names in capitals, semicolons escaped without need, groups renamed, empty
parts added at the end. None of these is a change. Nor are REV and PRODID, which such programs write anew each time, and
the properties that netcrm itself adds to every exported card.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple

from netcrm.errors import WrongFormat
from netcrm.formats.vcard.content_lines import (
    BadLine,
    ContentLine,
    one_line,
    param_text,
    parse,
    parts_of,
    split,
    text_of,
    unescaped,
)
from netcrm.formats.vcard.parser import ParsedCard, cards
from netcrm.formats.vcard.reader import day_of, our_lines, uid_of
from netcrm.formats.vcard.versions import converted
from netcrm.formats.vcard.writer import Version

_OF_THE_FILE = frozenset(("VERSION", "PRODID", "REV", "PROFILE"))
"""Properties that describe the card and not the contact."""

_LABELS = ("X-ABLABEL", "X-ABADR")
_STRUCTURES, _LISTS = ("N", "ADR", "ORG", "GENDER"), ("CATEGORIES", "NICKNAME")
_PARTS = {"N": 5, "ADR": 7}
"""The number of parts that count: further parts repeat these (RFC 9554 §2.1 and §2.2), or are a label that few programs
keep.
"""

_READING = ("CHARSET", "ENCODING", "VALUE")
_NOTHING = {"", "internet"}
"""Words of a parameter without a meaning: every e-mail address is an internet address (RFC 2426 §3.3.2)."""

_ADDED = ("FN", "N", "UID")
"""Properties that a card gets at its export if it has none."""

_VERSIONS: dict[str, Version] = {"3.0": "3.0", "4.0": "4.0"}


class _Said(NamedTuple):
    """A property in a form that is equal for every way of writing it."""

    name: str
    params: tuple[tuple[str, tuple[str, ...]], ...]
    value: tuple[str, ...]
    labels: tuple[str, ...]


def says_the_same(kept: str, card: str) -> bool:
    """Whether a card says exactly what the stored one says, in its own version or another.

    If the versions differ, the stored card is compared as it would be written in the other version. A name or a UID
    that only the newer card has was added at the export of the stored one.
    """
    before, after = _first(kept), _first(card)
    if before is None or after is None:
        return before is after
    version = _VERSIONS.get(after.version, "3.0")
    kept_properties = list(_said(before, version))
    added = [name for name in _ADDED if all(item.name != name for item in kept_properties)]
    return Counter(kept_properties) == Counter(_said(after, version, without=added))


def _first(text: str) -> ParsedCard | None:
    try:
        items = cards([text.encode("utf-8", "ignore")], "")
        return next((item for item in items if isinstance(item, ParsedCard)), None)
    except WrongFormat:
        return None


def _said(card: ParsedCard, version: Version, without: Collection[str] = ()) -> Iterator[_Said]:
    labels: dict[str, list[str]] = {}
    for line in card.lines:
        if line.group and line.name in _LABELS:
            labels.setdefault(line.group.lower(), []).append(f"{line.name}:{text_of(line)}")
    lines = (line for at, line in enumerate(card.lines) if at not in our_lines(card.lines))
    for line in filter(None, (_as_of(line, card.version, version) for line in lines)):
        if line.name not in _OF_THE_FILE and line.name not in _LABELS and line.name not in without:
            value = tuple(_value(line))
            if any(value):
                beside = tuple(sorted(labels.get(line.group.lower(), ()) if line.group else ()))
                yield _Said(line.name, _params(line), value, beside)


def _as_of(line: ContentLine, source: str, version: Version) -> ContentLine | None:
    """The line as it is written in a version; None if that version has no such property."""
    text = converted(line, source if source in ("2.1", "4.0") else "3.0", version)
    try:
        return parse(0, text, text) if text else None
    except BadLine:
        return line


def _params(line: ContentLine) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Parameters in a canonical order and spelling, without those about the encoding of the value."""
    lists = ((name, ",".join(map(param_text, words)).lower().split(",")) for name, words in line.params.items())
    sets = ((name, tuple(sorted({word.strip() for word in words} - _NOTHING))) for name, words in lists)
    return tuple(sorted((name, words) for name, words in sets if words and name not in _READING))


def _value(line: ContentLine) -> Iterator[str]:
    if line.name in _STRUCTURES:
        yield from map(str.strip, _without_end(parts_of(line)[: _PARTS.get(line.name)]))
    elif line.name in _LISTS:
        yield from sorted(unescaped(word, plain=line.plain).strip() for word in split(line.value, ","))
    elif line.name == "UID":
        yield uid_of(line)
    elif line.name == "BDAY":
        yield _day(line)
    else:
        yield text_of(line).strip()


def _without_end(parts: list[str]) -> list[str]:
    """The parts up to the last one that is not empty."""
    while parts and not parts[-1].strip():
        parts = parts[:-1]
    return parts


def _day(line: ContentLine) -> str:
    try:
        return str(day_of(line) or "")
    except ValueError:
        return one_line(text_of(line))
