"""Read one JSON object of any size item by item, with the line of each; memory is bounded by the largest item.

The values of the outermost object are read one after the other, and those that are lists element by element. The
standard library's decoder reads each value and reports where it fails. So this module only finds the commas between
values, counts lines, and tells an invalid value from one that is not complete yet.
"""

import codecs
import json
import re
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple, Protocol

from netcrm.errors import WrongFormat

PIECE = 1 << 18
"""Bytes to read at once, doubled while a value is longer."""

LARGEST_ITEM = 64 << 20
"""The most characters of one value: a contact with several photos has fewer."""

LONGEST_INTEGER = 18
"""The most digits of an integer; a longer one becomes a float, which no field accepts."""

_SPACE = re.compile(r"[ \t\r\n]*")
_LONGEST_WORD = len("-Infinity")
"""A word, a number's sign or an escape that was cut off is no longer than this."""


class Source(Protocol):
    """Anything that bytes can be read from, piece by piece."""

    def read(self, size: int, /) -> bytes: ...


class JsonItem(NamedTuple):
    """A value of the outermost object: the line on which it begins, its key, and its index if it is in a list."""

    line: int
    key: str
    at: int | None
    value: Any


def read(file: Source, name: str, what: str, lists: Collection[str]) -> Iterator[JsonItem]:
    """The values of an object in a file, one after the other; those of `lists` element by element.

    `WrongFormat` with the line if the file is not JSON (RFC 8259), is not an object, or a value is too large. `name`
    and `what` say which file it is and what it should be.
    """
    text = _Text(file, name, what)
    if not text.next():
        raise WrongFormat(name, what, "it is empty")
    text.expect("{")
    while not text.takes("}"):
        key = text.value()
        if not isinstance(key, str):
            raise text.wrong("a key in quotes is missing here")
        text.expect(":")
        if key in lists and text.takes("["):
            yield from _elements(text, key)
        else:
            text.next()
            line = text.line()
            yield JsonItem(line, key, None, text.value())
        if not text.takes(","):
            text.expect("}")
            break
    if text.next():
        raise text.wrong("there is text after its end")


def _elements(text: "_Text", key: str) -> Iterator[JsonItem]:
    if text.takes("]"):
        return
    at = 0
    while True:
        text.next()
        line = text.line()
        yield JsonItem(line, key, at, text.value())
        at += 1
        if not text.takes(","):
            text.expect("]")
            return


class _Text:
    """A file as text, of which only a piece is in memory."""

    def __init__(self, file: Source, name: str, what: str) -> None:
        self._file, self._name, self._what = file, name, what
        self._bytes = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._over = "", 0, False
        self._lines, self._counted = 1, 0

    def line(self) -> int:
        """The current line, from 1."""
        self._lines += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._lines

    def wrong(self, why: str, at: int | None = None) -> WrongFormat:
        """The error for a file that is not JSON, at the current place or at a later one."""
        line = self.line() + (self._text.count("\n", self._at, at) if at else 0)
        return WrongFormat(self._name, self._what, f"line {line}: {why}. Correct it, or export it again")

    def next(self) -> str:
        """The next character that is not a blank; empty at the end of the file."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def takes(self, sign: str) -> bool:
        """Move past a character if it is the next one."""
        if self.next() != sign:
            return False
        self._at += 1
        return True

    def expect(self, sign: str) -> None:
        if not self.takes(sign):
            raise self.wrong(f"“{sign}” is missing here" if self.next() else f"it ends before “{sign}”")

    def value(self) -> Any:
        """The complete value that begins here."""
        while True:
            self.next()
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._cut_off(error) or not self._more():
                    raise self.wrong(_in_words(error), error.pos) from None
                continue
            except RecursionError:
                raise self.wrong("the value that begins here is nested too deeply") from None
            if end < len(self._text) or not isinstance(value, int | float) or not self._more():
                self._at = end
                return value

    def _cut_off(self, error: json.JSONDecodeError) -> bool:
        """Whether the missing part may only not have been read yet."""
        if len(self._text) - self._at > LARGEST_ITEM:
            raise self.wrong(f"the value that begins here is larger than {LARGEST_ITEM >> 20} MiB") from None
        opened = error.msg.startswith("Unterminated string")
        return opened or len(self._text[error.pos :].strip()) <= _LONGEST_WORD

    def _more(self) -> bool:
        """Read a further piece, twice as large each time; False at the end of the file."""
        if self._over:
            return False
        self.line()
        left = self._text[self._at :]
        piece = self._file.read(max(PIECE, len(left)))
        self._over = not piece
        try:
            self._text = left + self._bytes.decode(piece, final=self._over)
        except UnicodeDecodeError as error:
            self._text = left + error.object[: error.start].decode()
            self._at = self._counted = 0
            raise self.wrong(f"this is not UTF-8 ({error.reason})", len(self._text)) from None
        self._at = self._counted = 0
        return True


def _whole(digits: str) -> int | float:
    """An integer; if it is too long to be one of netcrm's, its approximate value."""
    return int(digits) if len(digits) <= LONGEST_INTEGER else float(digits)


def _none(_: str) -> float:
    """The value for NaN and Infinity, which are not JSON (RFC 8259 §6): a number that no field accepts."""
    return float("nan")


def _in_words(error: json.JSONDecodeError) -> str:
    what = error.msg.removesuffix(" starting at").removesuffix(" at")
    return f"this is not JSON ({what[:1].lower()}{what[1:]})"


_DECODER = json.JSONDecoder(parse_int=_whole, parse_constant=_none)
