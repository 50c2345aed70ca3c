"""The cards of a file, with their lines unfolded and decoded, and its problems in words.

An invalid line or photo is left out of its card and reported; the rest of the card is read.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from netcrm.errors import Problem, WrongFormat
from netcrm.formats.vcard.content_lines import BadLine, ContentLine, decoded, parse, without_controls
from netcrm.formats.vcard.splitter import BEFORE_THE_FIRST, Cut, Outside, RawCard, Torn, nesting, opens, split

FORMAT = "a vCard"

MOST_PROPERTIES = 1_000
"""The most properties of a card."""

_NAMED = 3
"""The broken lines of a card that are reported one by one."""

_LONGEST_HEAD = 500
_IN_BASE_64 = re.compile(r";(?:BASE64|ENCODING=(?:BASE64|B))(?:;|$)", re.IGNORECASE)
_IN_QUOTED_PRINTABLE = re.compile(r";(?:ENCODING=)?QUOTED-PRINTABLE(?:;|$)", re.IGNORECASE)
_BASE_64 = re.compile(r"[A-Za-z0-9+/]+={0,2}[ \t]*")
_CHARSET = re.compile(r';CHARSET="?([\w-]+)', re.IGNORECASE)
_OTHER = re.compile(rb"[ \t]*begin[ \t]*:[ \t]*(\w+)", re.IGNORECASE)
_EXPORT = "In your address book, export the contacts as vCards (.vcf)"


class ParsedCard(NamedTuple):
    """A card: the line of the file it begins in, its version, its readable lines, and the text of these.

    It is `whole` if it has an end and no line was left out.
    """

    number: int
    version: str
    lines: list[ContentLine]
    text: str
    whole: bool


def cards(chunks: Iterable[bytes], file: str) -> Iterator[ParsedCard | Problem]:
    """The cards of a file in their order, and its problems; `WrongFormat` if it has no card."""
    seen = guessed = False
    for piece in split(chunks):
        if isinstance(piece, RawCard):
            seen = True
            reading = _CardReport(file, piece.number)
            card = _card(piece, reading)
            if reading.guess and not guessed:
                guessed = True
                reading.tell("this is not UTF-8; it was read as Windows-1252. Check the accents", reading.guess)
            yield from reading.problems
            yield from (card,) if card else ()
        elif not seen and (piece.size > BEFORE_THE_FIRST or piece.at_the_end):
            raise WrongFormat(file, FORMAT, _instead(piece))
        elif piece.lines:
            yield _left_over(piece, file)
    if not seen:
        raise WrongFormat(file, FORMAT, f"it is empty. {_EXPORT}")


def _instead(outside: Outside) -> str:
    begin = _OTHER.match(outside.first)
    if begin and begin[1].upper() == b"VCALENDAR":
        return f"it is a calendar (iCalendar). {_EXPORT}"
    return f"it has no BEGIN:VCARD. {_EXPORT}" if outside.lines else f"it is empty. {_EXPORT}"


def _left_over(outside: Outside, file: str) -> Problem:
    why = "this line belongs to no card and was left out"
    if outside.lines > 1:
        why = f"{outside.lines:,} lines from this one on belong to no card and were left out"
    return Problem(file, outside.number, f"{why}. Check whether a BEGIN:VCARD is missing")


# --------------------------------------------------------------------------- a card


@dataclass(slots=True)
class _CardReport:
    """The problems found in the card at `number`; `guess` is the first line whose encoding was guessed."""

    file: str
    number: int
    guess: int = 0
    problems: list[Problem] = field(default_factory=list)

    def tell(self, message: str, number: int = 0, *, lost: bool = False) -> None:
        self.problems.append(Problem(self.file, number or self.number, message, lost))

    def leave_out(self, why: str) -> None:
        self.tell(f"this card was left out: {why}. Mend it and import again", lost=True)


def _card(raw: RawCard, reading: _CardReport) -> ParsedCard | None:
    if raw.why:
        reading.leave_out(raw.why)
        return None
    lines, end = _inside(raw, reading)
    good: list[ContentLine] = []
    bad: list[tuple[str, int]] = []
    for count, item in enumerate(_properties(lines, raw)):
        if count == MOST_PROPERTIES:
            reading.leave_out(f"it has more than {MOST_PROPERTIES:,} properties")
            return None
        try:
            good.append(_line(item, reading))
        except BadLine as why:
            bad.append((str(why), item.number))
    _tell_of(bad, reading)
    version = next((line.value.strip() for line in good if line.name == "VERSION"), "")
    begin = raw.lines[0].removeprefix(BOM_UTF8).decode("latin-1")
    text = "\n".join([begin, *(line.raw for line in good), end, ""])
    return ParsedCard(raw.number, version, good, text, raw.ended and not bad)


def _tell_of(bad: Sequence[tuple[str, int]], reading: _CardReport) -> None:
    for why, number in bad[:_NAMED]:
        reading.tell(f"{why}; it was left out, the rest of the card was read. Check this line", number)
    if len(bad) > _NAMED:
        rest = f"{len(bad) - _NAMED:,} more lines of this card, from here on, were left out. Check the card"
        reading.tell(rest, bad[_NAMED][1])


def _inside(raw: RawCard, reading: _CardReport) -> tuple[list[bytes], str]:
    """The lines between BEGIN and END, and the END; a card without one ends at the next card or the end of the file."""
    lines = raw.lines[1:]
    if raw.ended:
        return lines, lines.pop().decode("latin-1")
    is_torn = bool(lines) and isinstance(lines[-1], Torn)
    left = "; its last line, which may be half of one, was left out" if is_torn else ""
    reading.tell(f"this card has no END:VCARD{left}. Check whether there was more of it")
    return lines[:-1] if is_torn else lines, "END:VCARD"


@dataclass(slots=True)
class _Property:
    """The lines of a property: the original ones, and the unfolded parts; `cut` if some of it is missing."""

    number: int
    raw: list[str]
    parts: list[str]
    in_latin_1: bool
    cut: bool = False


def _properties(lines: Sequence[bytes], raw: RawCard) -> Iterator[_Property]:
    """The properties of a card, each with its continuation lines.

    If the card is not all UTF-8, its octets are held as Latin-1, which loses nothing, until a property is complete.
    """
    data = b"\n".join(lines)
    try:
        text, in_latin_1 = without_controls(data.decode()), False
    except UnicodeDecodeError:
        text, in_latin_1 = data.decode("latin-1"), True
    item: _Property | None = None
    depth = 0
    for number, line in enumerate(text.split("\n"), raw.number + 1):
        if item is None and not line:
            continue
        cut = raw.cut and isinstance(lines[number - raw.number - 1], Cut)
        step = nesting(line.encode()) if line and line[0] in "BbEeAa" else 0
        if item and (depth > 0 or (step > 0 and opens(item.parts[0].encode()))):
            depth += step
            item.parts.append(f"\n{line}")
        elif item is None or not _goes_on(item, line):
            if item:
                yield item
            item, depth = _Property(number, [], [line], in_latin_1), int(step > 0 and opens(line.encode()))
        item.raw.append(line)
        item.cut = item.cut or cut
    if item:
        yield item


def _goes_on(item: _Property, line: str) -> bool:
    """Whether a line continues a property: after a fold, a soft break, or within Base64; it is then added."""
    parts = item.parts
    if not line:
        parts.append("")  # an empty line ends a soft line break
    elif parts[-1][-1:] == "=" and _IN_QUOTED_PRINTABLE.search(_head(item)):
        parts[-1] = parts[-1][:-1]
        parts.append(line)
    elif line[0] in " \t":
        parts.append(line[1:])
    elif ":" not in line and _BASE_64.fullmatch(line) and _IN_BASE_64.search(_head(item)):
        parts.append(line)
    else:
        return False
    return True


def _head(item: _Property) -> str:
    return item.parts[0][:_LONGEST_HEAD].partition(":")[0]


def _line(item: _Property, reading: _CardReport) -> ContentLine:
    text, raw = "".join(item.parts), "\n".join(item.raw)
    if item.cut:
        raise BadLine(f"“{text[:40]}…” is longer than 7 MiB")
    if item.in_latin_1:
        text, raw = _decoded(item, text, raw, reading)
    return parse(item.number, raw, text)


def _decoded(item: _Property, text: str, raw: str, reading: _CardReport) -> tuple[str, str]:
    octets, charset = text.encode("latin-1"), _CHARSET.search(_head(item))
    text = decoded(octets, charset[1] if charset else "")
    if text.encode() != octets:
        raw = text
        reading.guess = reading.guess or (0 if charset else item.number)
    else:
        try:
            raw = raw.encode("latin-1").decode()
        except UnicodeDecodeError:  # a fold within a character
            raw = text
    return without_controls(text), without_controls(raw)
