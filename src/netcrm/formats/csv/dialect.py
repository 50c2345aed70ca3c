"""Read CSV as rows with their line numbers, including damaged files.

The header is found by its names, on any of the first lines. The separator is the one that gives those names: a comma,
or the semicolon or tab that Excel writes in countries with a decimal comma.

A row has as many lines as it needs to close its quotes (RFC 4180 §2). An open quote would swallow the rows after it.
So a row is a `Problem` that names its lines if it does not close soon, is not CSV, or contains whole rows in a cell.
Reading then continues at the next line where a whole row starts.

The limit and the signs of a swallowed row depend on the file:

- If cells have one line (`Dialect.texts` is false), a row of more than 20 lines is too long. A cell that has
  a line break and as many separators as a row contains a swallowed row.
- If cells are texts, a row may have 1000 lines, and a cell may contain many commas. A row was swallowed if every line
  has exactly the separators of a row, or if an inner line has them and two of them are adjacent, which does not
  occur in prose.
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
"""The header is on one of the first lines, or the file has another format."""

LINES_OF_A_ROW = 20
"""The most lines of a row if cells have one line: line breaks are rare there, so a longer row has an open quote."""

LINES_OF_A_TEXT = 1000
"""The most lines of a row if cells are texts: enough for a long note, so a longer row has an open quote."""

LARGEST_ROW = 100_000
"""Characters of a row: far more than an address book needs, and below the csv module's limit for a cell."""

MOST_LINES = 500_000
"""Lines of a file: enough for 25,000 contacts, each with twenty lines of addresses and notes."""

SEPARATORS = (",", ";", "\t")

_NARROW = 5
"""With fewer columns, a line of prose can look like a row, so valid CSV is always accepted."""


class Dialect(NamedTuple):
    """The form of a format's files.

    `needed` are the columns that every file has: the words for each in a message, and a pattern for its name. `texts`
    means that cells may be texts of many lines. A file of more than `most_lines` lines is refused with `too_many`, and
    a file without the needed columns with `hint`.
    """

    format: str
    needed: tuple[tuple[str, re.Pattern[str]], ...] = ()
    hint: str = ""
    texts: bool = True
    most_lines: int = MOST_LINES
    too_many: str = "more than an address book has. Split it and import the parts"


class DecodedText(NamedTuple):
    """The lines of a file without their line ends; `whole` means that the last line has one."""

    lines: list[str]
    whole: bool


class Header(NamedTuple):
    """The index of the line after the header, its cleaned names, and the separator of the cells."""

    end: int
    names: tuple[str, ...]
    separator: str


Row = tuple[int, list[str]]
"""The number of the line where a row starts, from 1, and its cells as written."""


def read(data: bytes, file: str, dialect: Dialect, problems: list[Problem]) -> tuple[Header, Iterator[Row]]:
    """The header and the rows of a file. Reading the rows adds to `problems`.

    `WrongFormat` if the file has another format.
    """
    text = lines_of(data, file, dialect, problems)
    header = _header(text.lines, file, dialect)
    return header, rows_of(text, header, file, problems, texts=dialect.texts)


def line(cell: str) -> str:
    """A cell as one line, in the form that is stored: NFC, no control characters, single blanks."""
    # Printable text in NFC is clean already; this check is ten times as fast as cleaning.
    if not (cell.isprintable() and unicodedata.is_normalized("NFC", cell)):
        cell = clean(cell.replace("\n", " ").replace("\t", " "))
    return " ".join(cell.split())


# --------------------------------------------------------------------------- lines


def lines_of(data: bytes, file: str, dialect: Dialect, problems: list[Problem]) -> DecodedText:
    """The lines of a file in any encoding, with any line ends.

    Raises `WrongFormat` if it is not text or has too many lines.
    """
    if data.startswith(_WORKBOOKS):
        why = "it is a zip archive or a spreadsheet program's own file. Save the sheet as CSV (UTF-8) and import it"
        raise WrongFormat(file, dialect.format, why)
    text = _decoded(data, file, problems).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    # Drop the blank lines at the end, but not the tabs of the last row: they may be its cells.
    end = text.find("\n", len(text.rstrip()))
    lines = (text if end < 0 else text[:end]).split("\n", dialect.most_lines)
    if len(lines) > dialect.most_lines:
        raise WrongFormat(file, dialect.format, f"it has more than {dialect.most_lines:,} lines, {dialect.too_many}")
    if "\0" in text:
        lines = _without_nul(lines, file, problems)
    return DecodedText(lines, whole=end >= 0)


_WORKBOOKS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
"""The first octets of a zip archive, such as .xlsx and .ods, and of an .xls."""


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
    """The kind of UTF-16, by the byte order mark or by a header of Latin letters, each with a zero byte; else None."""
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
    """The candidates for the header: each of the first lines, divided by each separator."""
    first = _CsvLines(lines[: LINES_OF_A_HEADER * 2], LINES_OF_A_HEADER)
    for at in range(min(LINES_OF_A_HEADER, len(lines))):
        end = _end_of_row(first, at)
        row = "\n".join(first.lines[at:end]) if end else lines[at]
        for separator in SEPARATORS:
            if cells := _cells(row, separator):
                yield Header(end or at + 1, tuple(map(line, cells)), separator)


def _header(lines: Sequence[str], file: str, dialect: Dialect) -> Header:
    nearest: list[str] = []
    for header in headers(lines):
        names = [name.lower() for name in header.names]
        present = [words for words, pattern in dialect.needed if any(map(pattern.fullmatch, names))]
        if len(present) == len(dialect.needed):
            return header
        nearest = max(nearest, present, key=len)
    has = f"; the nearest has only {', '.join(nearest)}" if nearest else ""
    wanted = ", ".join(words for words, _ in dialect.needed)
    why = f"its first {LINES_OF_A_HEADER} lines hold no header with {wanted}{has}. {dialect.hint}"
    raise WrongFormat(file, dialect.format, why)


# --------------------------------------------------------------------------- rows


class _CsvLines:
    """Lines, and the indexes `odd` of those that open or close a quote. A row of several lines ends at the next one."""

    def __init__(self, lines: Sequence[str], longest: int, header: Header | None = None, *, texts: bool = True) -> None:
        self.lines, self.longest, self.texts = lines, longest, texts
        self.odd = [at for at, text in enumerate(lines) if text.count('"') % 2]
        self.width = len(header.names) if header else 0
        self.separator = header.separator if header else ""


def rows_of(text: DecodedText, header: Header, file: str, problems: list[Problem], *, texts: bool) -> Iterator[Row]:
    """The rows after the header that are not blank. A row that can't be read adds a problem that names its lines."""
    table = _CsvLines(text.lines, LINES_OF_A_TEXT if texts else LINES_OF_A_ROW, header, texts=texts)
    at, ragged = header.end, False
    while at < len(text.lines):
        end, cells = _row_at(table, at)
        short = cells is not None and len(cells) < table.width
        cut = short and end == len(text.lines) and not text.whole and not (ragged and texts)
        if cells is None or end is None or cut or _swallowed(table, at, end, cells):
            resume = _next_row(table, at + 1, end or at + table.longest)
            why = "the file ends in the middle of this row" if cut else _broken(table, at, end, cells)
            left = "the row was" if resume == at + 1 else f"lines {at + 1} to {resume} were"
            problems.append(Problem(file, at + 1, f"{why}; {left} left out. Mend it and import again", lost=True))
            at = resume
            continue
        if _overflows(cells, table.width):
            problems.append(Problem(file, at + 1, _TOO_MANY_CELLS, lost=True))
        elif any(map(str.strip, cells)):
            ragged = ragged or short
            yield at + 1, cells
        at = end


_TOO_MANY_CELLS = "the row has more cells than the header has names; a comma is not in quotes. Mend it and import again"


def _row_at(table: _CsvLines, at: int) -> tuple[int | None, list[str] | None]:
    """The index after the row that starts at a line, and its cells; None if it has no end or is not CSV."""
    end = _end_of_row(table, at)
    if table.texts and end != at + 1:
        # A quote inside a cell, such as 6", does not open one; the csv module knows that.
        alone = _cells(table.lines[at], table.separator)
        if alone and len(alone) == table.width:
            return at + 1, alone
    return end, _cells("\n".join(table.lines[at:end]), table.separator) if end else None


def _end_of_row(table: _CsvLines, at: int) -> int | None:
    """The index after the row that starts at a line, where its quotes are in pairs; None if that is too far away."""
    place = bisect_left(table.odd, at)
    if place == len(table.odd) or table.odd[place] != at:
        return at + 1
    last = table.odd[place + 1] if place + 1 < len(table.odd) else at + table.longest
    return last + 1 if last < at + table.longest else None


def _cells(row: str, separator: str) -> list[str] | None:
    """The cells of one row, or None if it is too large or not CSV."""
    if len(row) > LARGEST_ROW:
        return None
    if '"' not in row:
        return row.split(separator)
    try:
        return next(csv.reader([row], delimiter=separator, strict=True), None)
    except csv.Error:
        return None


def _swallowed(table: _CsvLines, at: int, end: int, cells: Sequence[str]) -> bool:
    """Whether a row of several lines contains other rows between two stray quotes."""
    if end == at + 1:
        return False
    if not table.texts:
        commas = table.width - 1
        return any("\n" in cell and cell.count(table.separator) >= commas for cell in cells)
    if len(cells) > table.width or table.width < _NARROW:
        return len(cells) > table.width
    full = [text.count(table.separator) == table.width - 1 for text in table.lines[at:end]]
    inner = zip(full[1:-1], table.lines[at + 1 : end - 1], strict=True)
    return all(full) or any(fits and table.separator * 2 in text for fits, text in inner)


def _overflows(cells: Sequence[str], width: int) -> bool:
    """Whether a cell after the last column is filled: a comma without quotes has moved it there."""
    return len(cells) > width and any(map(str.strip, cells[width:]))


def _next_row(table: _CsvLines, start: int, end: int) -> int:
    """The index where reading continues after a broken row: its next line where a whole row starts, else its end."""
    last = min(end, len(table.lines))
    return next((at for at in range(start, last) if _is_row(table, at)), last)


def _is_row(table: _CsvLines, at: int) -> bool:
    end, cells = _row_at(table, at)
    return bool(end and cells and len(cells) == table.width and not _swallowed(table, at, end, cells))


def _broken(table: _CsvLines, at: int, end: int | None, cells: Sequence[str] | None) -> str:
    if end is None or cells is not None:
        return "a quote is not closed"
    return "it is too large" if sum(map(len, table.lines[at:end])) > LARGEST_ROW else "its quotes are not in pairs"
