"""Split a file into vCards, one at a time, however long or damaged the file is.

Octets are read as they come, and one card is held at a time. Lines and cards are separated before decoding, for two
reasons: a fold may lie within a character of UTF-8, and a card in another encoding or of excessive size must not spoil
the others. A card without an end ends where the next one begins. A BEGIN opens a nested card only after AGENT (RFC
2426 §3.5.4).
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

DEEPEST = 8
"""The deepest nesting of cards by AGENT, which is hardly ever used."""

LARGEST_FIELD = 7 << 20
"""The most octets of a line with its folds: a photo of 5 MiB in Base64, and some more. Longer lines are never held."""

LARGEST_CARD, MOST_LINES = 16 << 20, 200_000
"""The most octets and lines of a card: two of the largest photos."""

BEFORE_THE_FIRST = 1 << 20
"""Octets within which the first card must begin; otherwise the file is of another kind."""

_AT_ONCE = 1 << 16
_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?begin[ \t]*:[ \t]*vcard[ \t]*$", re.IGNORECASE)
"""Concatenated files have a byte order mark at each seam."""

_END = re.compile(rb"end[ \t]*:[ \t]*vcard[ \t]*$", re.IGNORECASE)
_AGENT = re.compile(rb"(?:[\w-]++\.)?agent(?:;[^:]*+)?:[ \t]*(begin:vcard)?[ \t]*$", re.IGNORECASE)
_MARKED = frozenset(b"BbEeAa\xef")
_FOLD = frozenset(b" \t")
_UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"B\0": "utf-16-le", b"\0B": "utf-16-be"}


class Cut(bytes):
    """The beginning of a line that is too long to be held, or an empty string for a fold of it."""


class Torn(bytes):
    """A last line without a line end."""


@dataclass(slots=True)
class Outside:
    """Lines that belong to no card: the number of the first, and how many are not blank."""

    number: int = 0
    lines: int = 0
    size: int = 0
    first: bytes = b""
    at_the_end: bool = False

    def add(self, number: int, line: bytes) -> None:
        self.size += len(line) + 1
        if line.strip():
            self.lines += 1
            if self.lines == 1:
                self.number, self.first = number, line[:200]


@dataclass(slots=True)
class RawCard:
    """A card being collected, in lines without their ends; `cut` says that some of them are `Cut`.

    `start` is the line that the next one may continue, `field` its octets so far. `why` is the reason why the card
    can't be read; its lines are then not held.
    """

    number: int
    lines: list[bytes]
    size: int = 0
    depth: int = 0
    start: int = 0
    field: int = 0
    last: bytes = b""
    cut: bool = False
    ended: bool = False
    why: str = ""


def split(chunks: Iterable[bytes]) -> Iterator[RawCard | Outside]:
    """The cards of a file, and the lines between them, each as soon as it is complete.

    `chunks` are the file's octets in pieces of any size, as an open binary file yields them. Of several BEGINs in a
    row, only the last begins a card.
    """
    card, outside = None, Outside()
    for number, line in enumerate(_lines(_utf_8(_batches(chunks))), 1):
        done = None
        if line and line[0] in _MARKED and _BEGIN.match(line) and not (card and opens(card.last)):
            if card and card.last:
                done = card
            elif card:
                outside.add(card.number, card.lines[0])
            card = RawCard(number, [line])
        elif card is None:
            outside.add(number, line)
        elif _take(card, line):
            done, card = card, None
        if outside.size > BEFORE_THE_FIRST or (done and outside.size):
            yield outside
            outside = Outside()
        if done:
            yield done
    if outside.size:
        outside.at_the_end = card is None
        yield outside
    if card:
        yield card


# --------------------------------------------------------------------------- octets to lines


def _batches(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same octets in pieces of about 64 KiB, whether they come as lines or as one piece."""
    held: list[bytes] = []
    size = 0
    for piece in chunks:
        held.append(piece)
        size += len(piece)
        if size >= _AT_ONCE:
            data = b"".join(held)
            held, size = [], 0
            yield from (data[start : start + _AT_ONCE] for start in range(0, len(data), _AT_ONCE))
    if held:
        yield b"".join(held)


def _utf_8(batches: Iterator[bytes]) -> Iterator[bytes]:
    """The same text without a byte order mark, and UTF-16 as UTF-8; other octets stay as they are."""
    head = next(batches, b"")
    if encoding := _UTF_16.get(head[:2]):
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        yield from (decoder.decode(batch).encode() for batch in chain((head,), batches))
        yield decoder.decode(b"", final=True).encode()
    else:
        yield head.removeprefix(codecs.BOM_UTF8)
        yield from batches


def _lines(batches: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends (LF, CR or CRLF); of a line that is too long, only the beginning is held."""
    held, cut, carriage = b"", False, b""
    for batch in batches:
        data = (b"" if cut else held) + carriage + batch
        carriage = b"\r" if data.endswith(b"\r") else b""  # its line feed may be in the next piece
        data = data[:-1] if carriage else data
        pieces = data.splitlines()
        ended = not data or data.endswith((b"\n", b"\r"))
        if cut and not (pieces and (ended or len(pieces) > 1)):
            continue
        if cut:
            pieces[0] = Cut(held)
        held = b"" if ended else pieces.pop()
        yield from pieces
        cut = len(held) > LARGEST_FIELD
        held = held[:100] if cut else held
    if held:
        yield Cut(held) if cut else held if carriage else Torn(held)


# --------------------------------------------------------------------------- lines to cards


def _take(card: RawCard, line: bytes) -> bool:
    """Add a line to a card; whether it ended the card."""
    first = line[0] if line else 0
    if first in _FOLD:
        card.field += len(line)
    else:
        card.start, card.field = len(card.lines), len(line)
        if first in _MARKED and _ends(card, line):
            card.lines.append(line)
            return True
    if line:
        card.last = line
    if not card.why:
        _hold(card, line)
    return False


def _ends(card: RawCard, line: bytes) -> bool:
    """Whether a line ends the outermost card; nested cards are counted."""
    step = nesting(line)
    card.ended = card.depth + step < 0
    card.depth += step
    return card.ended


def opens(line: bytes) -> bool:
    """Whether a nested card may follow a line."""
    return _AGENT.match(line) is not None


def nesting(line: bytes) -> int:
    """1 if a nested card begins, -1 if a card ends."""
    agent = _AGENT.match(line)
    if _BEGIN.match(line) or (agent and agent[1]):
        return 1
    return -1 if _END.match(line) else 0


def _hold(card: RawCard, line: bytes) -> None:
    if card.field > LARGEST_FIELD:
        line = Cut()
        if not isinstance(card.lines[card.start], Cut):
            folds = len(card.lines) - card.start - 1
            card.lines[card.start :] = [Cut(card.lines[card.start][:100]), *[line] * folds]
            card.size -= card.field
    card.lines.append(line)
    card.cut = card.cut or isinstance(line, Cut)
    card.size += len(line) + 1
    if card.depth > DEEPEST:
        card.why = f"it has cards within cards, more than {DEEPEST} deep"
    elif card.size > LARGEST_CARD or len(card.lines) > MOST_LINES:
        card.why = f"it is larger than {LARGEST_CARD >> 20} MiB or has more than {MOST_LINES:,} lines"
    if card.why:
        card.lines = card.lines[:1]
