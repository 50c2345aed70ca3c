"""CSV as rows with their lines: what the readers of LinkedIn's, Google's, Outlook's and any other file share.

The header is found by its names, wherever it stands within the first lines; the separator is the one with which
it is found (a comma, or the semicolon and the tab that Excel writes where a comma is the decimal point).

A row is a record of as many lines as it takes to close its quotes (RFC 4180 §2). One quote left open would swallow
the rows behind it, so a record that does not close soon, that is no CSV, or that holds whole rows in one cell, is a
`Problem` that names its lines, and reading goes on with the next line at which a whole row begins. How soon, and
what a swallowed row looks like, depends on the file. Where cells are of one line (`Dialect.texts` is false), twenty
lines are too many, and a cell with a line break and the commas of a row has swallowed one. Where cells are texts, a
record may have a thousand lines, and commas in a cell mean little: a row was swallowed where every line has exactly
the separators of a row, or an inner one has, two of them side by side, as prose never has.
"""

import csv
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netcrm.domain.validation import clean
from netcrm.errors import Problem, WrongFormat

LINES_OF_A_HEADER = 20
"""The header stands within the first lines, or the file is another one."""

LINES_OF_A_RECORD = 20
"""Where cells are of one line, a line break is rare; a record of more lines is a quote that was never closed."""

LINES_OF_A_TEXT = 1000
"""Lines of a record with a long note in it; one of more is a quote that was never closed."""

LARGEST_RECORD = 100_000
"""Characters of a row: far more than an address book's need, and below the csv module's own limit for one cell."""

MOST_LINES = 500_000
"""Lines of a file: an address book of 25,000, with twenty lines of addresses and notes for each."""

SEPARATORS = (",", ";", "\t")

_NARROW = 5
"""In a table of fewer columns a line of prose can look like a row, so a record that is good CSV is believed."""


class Dialect(NamedTuple):
    """What a format's files look like.

    `needed` are the columns without which it is another format: what each is called in a sentence, and the names that
    it may have. `texts` says that cells may be texts of many lines. A file of more than `most_lines` is refused with
    `too_many`, one without its header with `hint`.
    """

    format: str
    needed: tuple[tuple[str, re.Pattern[str]], ...] = ()
    hint: str = ""
    texts: bool = True
    most_lines: int = MOST_LINES
    too_many: str = "more than an address book has. Split it and import the parts"


class DecodedText(NamedTuple):
    """A file's lines, without their ends; `whole` says that the last one has an end."""

    lines: list[str]
    whole: bool


class Header(NamedTuple):
    """The line behind the header (from 0), its names, cleaned, and the separator of the cells."""

    end: int
    names: tuple[str, ...]
    separator: str


Row = tuple[int, list[str]]
"""The line at which a row begins, from 1, and its cells as they stand."""


def read(data: bytes, file: str, shape: Dialect, problems: list[Problem]) -> tuple[Header, Iterator[Row]]:
    """The header and the rows of a file of that shape; what is wrong is added to `problems` as the rows are read.

    `WrongFormat` where it has another shape: then nothing can be told from it.
    """
    text = lines_of(data, file, shape, problems)
    header = _named(text.lines, file, shape)
    return header, rows_of(text, header, file, problems, texts=shape.texts)


def line(cell: str) -> str:
    """A cell in one line, as it is stored: NFC, no control characters, single blanks."""
    # What is printable and in NFC is clean already; asking is ten times as fast as cleaning.
    if not (cell.isprintable() and unicodedata.is_normalized("NFC", cell)):
        cell = clean(cell.replace("\n", " ").replace("\t", " "))
    return " ".join(cell.split())


# --------------------------------------------------------------------------- lines


def lines_of(data: bytes, file: str, shape: Dialect, problems: list[Problem]) -> DecodedText:
    """A file as lines, whatever its encoding and its line ends; `WrongFormat` where it is no text or has too many."""
    if data.startswith(_WORKBOOKS):
        why = "it is a zip archive or a spreadsheet program's own file. Save the sheet as CSV (UTF-8) and import that"
        raise WrongFormat(file, shape.format, why)
    text = _decoded(data, file, problems).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    # Blank lines at the end go; the tabs of a last row may be its cells.
    end = text.find("\n", len(text.rstrip()))
    lines = (text if end < 0 else text[:end]).split("\n", shape.most_lines)
    if len(lines) > shape.most_lines:
        raise WrongFormat(file, shape.format, f"it has more than {shape.most_lines:,} lines, {shape.too_many}")
    if "\0" in text:
        lines = _without_nul(lines, file, problems)
    return DecodedText(lines, whole=end >= 0)


_WORKBOOKS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
"""How a zip archive begins, which .xlsx and .ods are, and how an .xls does."""


def _decoded(data: bytes, file: str, problems: list[Problem]) -> str:
    utf_16 = _utf_16(data)
    try:
        return data.decode(utf_16 or "utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(utf_16 or "cp1252", errors="replace")
    if utf_16:
        why, text = "the UTF-16 is damaged; \ufffd stands where it is", data.decode(utf_16, errors="replace")
    else:
        why = "this is not UTF-8; the file was read as Windows-1252"
        text = data.removeprefix(b"\xef\xbb\xbf").decode("cp1252", errors="replace")
    number = before.count("\n") + before.count("\r") - before.count("\r\n") + 1
    problems.append(Problem(file, number, f"{why}. Check the names with accents"))
    return text


def _utf_16(data: bytes) -> str | None:
    """Which UTF-16 a file is in: by its mark, or by a header of Latin letters, each beside a zero byte."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:40]
    for name, zeros, letters in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if len(head) >= 20 and not any(zeros) and all(letters):
            return name
    return None


def _without_nul(lines: Sequence[str], file: str, problems: list[Problem]) -> list[str]:
    for number, text in enumerate(lines, 1):
        if "\0" in text:
            problems.append(Problem(file, number, "there is a NUL character here; it was left out. Check this row"))
    return [text.replace("\0", "") for text in lines]


# --------------------------------------------------------------------------- header


def headers(lines: Sequence[str]) -> Iterator[Header]:
    """What may be the header: each of the first lines, as each separator divides it."""
    first = _CsvLines(lines[: LINES_OF_A_HEADER * 2], LINES_OF_A_HEADER)
    for at in range(min(LINES_OF_A_HEADER, len(lines))):
        end = _end_of_record(first, at)
        record = "\n".join(first.lines[at:end]) if end else lines[at]
        for separator in SEPARATORS:
            if cells := _cells(record, separator):
                yield Header(end or at + 1, tuple(map(line, cells)), separator)


def _named(lines: Sequence[str], file: str, shape: Dialect) -> Header:
    nearest: list[str] = []
    for header in headers(lines):
        names = [name.lower() for name in header.names]
        there = [what for what, fits in shape.needed if any(map(fits.fullmatch, names))]
        if len(there) == len(shape.needed):
            return header
        nearest = max(nearest, there, key=len)
    has = f"; the nearest has only {', '.join(nearest)}" if nearest else ""
    wanted = ", ".join(what for what, _ in shape.needed)
    why = f"its first {LINES_OF_A_HEADER} lines hold no header with {wanted}{has}. {shape.hint}"
    raise WrongFormat(file, shape.format, why)


# --------------------------------------------------------------------------- records


class _CsvLines:
    """Lines, and which of them open or close a quote: a record begins at one of these and ends at the next."""

    def __init__(self, lines: Sequence[str], longest: int, header: Header | None = None, *, texts: bool = True) -> None:
        self.lines, self.longest, self.texts = lines, longest, texts
        self.odd = [at for at, text in enumerate(lines) if text.count('"') % 2]
        self.width = len(header.names) if header else 0
        self.separator = header.separator if header else ""


def rows_of(text: DecodedText, header: Header, file: str, problems: list[Problem], *, texts: bool) -> Iterator[Row]:
    """Each row behind the header that is not blank; one that can't be read is a problem that names its lines."""
    sheet = _CsvLines(text.lines, LINES_OF_A_TEXT if texts else LINES_OF_A_RECORD, header, texts=texts)
    at, ragged = header.end, False
    while at < len(text.lines):
        end, cells = _record(sheet, at)
        short = cells is not None and len(cells) < sheet.width
        cut = short and end == len(text.lines) and not text.whole and not (ragged and texts)
        if cells is None or end is None or cut or _swallowed(sheet, at, end, cells):
            behind = _next_row(sheet, at + 1, end or at + sheet.longest)
            why = "the file ends in the middle of this row" if cut else _broken(sheet, at, end, cells)
            left = "the row was" if behind == at + 1 else f"lines {at + 1} to {behind} were"
            problems.append(Problem(file, at + 1, f"{why}; {left} left out. Mend it and import again", lost=True))
            at = behind
            continue
        if _overflows(cells, sheet.width):
            problems.append(Problem(file, at + 1, _TOO_MANY_CELLS, lost=True))
        elif any(map(str.strip, cells)):
            ragged = ragged or short
            yield at + 1, cells
        at = end


_TOO_MANY_CELLS = "the row has more cells than the header has names; a comma is not in quotes. Mend it and import again"


def _record(sheet: _CsvLines, at: int) -> tuple[int | None, list[str] | None]:
    """The index behind the record that begins at a line, and its cells; none where it has no end or is no CSV."""
    end = _end_of_record(sheet, at)
    if sheet.texts and end != at + 1:
        # A quote inside a cell, such as 6", opens nothing; the csv module knows.
        alone = _cells(sheet.lines[at], sheet.separator)
        if alone and len(alone) == sheet.width:
            return at + 1, alone
    return end, _cells("\n".join(sheet.lines[at:end]), sheet.separator) if end else None


def _end_of_record(sheet: _CsvLines, at: int) -> int | None:
    """The index behind the record that begins at a line: its quotes come in pairs."""
    place = bisect_left(sheet.odd, at)
    if place == len(sheet.odd) or sheet.odd[place] != at:
        return at + 1
    last = sheet.odd[place + 1] if place + 1 < len(sheet.odd) else at + sheet.longest
    return last + 1 if last < at + sheet.longest else None


def _cells(record: str, separator: str) -> list[str] | None:
    """The cells of one record, or none where it is too large or is no CSV."""
    if len(record) > LARGEST_RECORD:
        return None
    if '"' not in record:
        return record.split(separator)
    try:
        return next(csv.reader([record], delimiter=separator, strict=True), None)
    except csv.Error:
        return None


def _swallowed(sheet: _CsvLines, at: int, end: int, cells: Sequence[str]) -> bool:
    """Whether a record of several lines holds rows of their own, between two stray quotes."""
    if end == at + 1:
        return False
    if not sheet.texts:
        commas = sheet.width - 1
        return any("\n" in cell and cell.count(sheet.separator) >= commas for cell in cells)
    if len(cells) > sheet.width or sheet.width < _NARROW:
        return len(cells) > sheet.width
    full = [text.count(sheet.separator) == sheet.width - 1 for text in sheet.lines[at:end]]
    inner = zip(full[1:-1], sheet.lines[at + 1 : end - 1], strict=True)
    return all(full) or any(fits and sheet.separator * 2 in text for fits, text in inner)


def _overflows(cells: Sequence[str], width: int) -> bool:
    """Whether something stands behind the last column: a comma that should be in quotes has moved it there."""
    return len(cells) > width and any(map(str.strip, cells[width:]))


def _next_row(sheet: _CsvLines, start: int, end: int) -> int:
    """Where to go on behind a broken record: at the next line of it at which a whole row begins, or at its end."""
    last = min(end, len(sheet.lines))
    return next((at for at in range(start, last) if _is_row(sheet, at)), last)


def _is_row(sheet: _CsvLines, at: int) -> bool:
    end, cells = _record(sheet, at)
    return bool(end and cells and len(cells) == sheet.width and not _swallowed(sheet, at, end, cells))


def _broken(sheet: _CsvLines, at: int, end: int | None, cells: Sequence[str] | None) -> str:
    if end is None or cells is not None:
        return "a quote is not closed"
    return "it is too large" if sum(map(len, sheet.lines[at:end])) > LARGEST_RECORD else "its quotes are not in pairs"
