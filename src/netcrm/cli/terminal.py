"""Everything that reaches the screen: results on stdout, messages on stderr.

Names, notes and file names come from other people's files, and a terminal obeys the escapes
in them: an escape can rewrite the screen or the clipboard, and a bidirectional override can
make one address look like another. So each part of each line goes through `safe_text` here,
and no command can forget it. JSON keeps the data exactly: there these characters are written
as `\\u` escapes, which any JSON reader turns back.

On a terminal rich wraps and colours the lines. In a pipe they are plain, whole and stable,
and rich is not imported.
"""

import errno
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from typing import Any, TextIO

from netcrm.errors import CannotWrite

SCHEMA = 1
"""The version of the JSON output. Adding a field keeps the version; removing one needs a new version."""

StyledText = str | tuple[str, str]
"""A part of a line: text, or text with its style on a terminal."""

StyledLine = Sequence[StyledText]

BETWEEN_COLUMNS = 3
"""The number of spaces between two columns of a table."""

PATIENCE = 1.0
"""Seconds until a long command shows on a terminal that it is still working."""

_UNSAFE = (
    "\\x00-\\x1f\\x7f-\\x9f"  # C0, DEL, C1
    "\u2028\u2029\u202a-\u202e\u2066-\u2069"  # line and paragraph separators, bidirectional overrides
    "\U000e0000-\U000e007f"  # tag characters: invisible text
    "\ud800-\udfff"  # lone surrogates, which no encoding can write
)
_IN_TEXT = re.compile(f"[{_UNSAFE}]")
_IN_JSON = re.compile(f"(?!\n)[{_UNSAFE}]")
_FAMILIAR = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


# --------------------------------------------------------------------------- safety


def safe_text(text: str) -> str:
    """The text as one line that can't control a terminal: each dangerous character becomes a visible escape.

    >>> safe_text("Dana\\x1b]0;pwned\\x07 Wu")
    'Dana\\\\x1b]0;pwned\\\\x07 Wu'
    """
    return _IN_TEXT.sub(lambda match: _visible(match[0]), text)


def _visible(char: str) -> str:
    code = ord(char)
    if char in _FAMILIAR:
        return _FAMILIAR[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


# --------------------------------------------------------------------------- the two streams


def on_terminal() -> bool:
    """Whether stdout is a terminal."""
    return is_terminal(sys.stdout)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; None, for a stream that was closed before the start, is not."""
    return stream is not None and stream.isatty()


def say(*lines: str) -> None:
    """Print messages on stderr: confirmations, hints and problems, but never the result."""
    if sys.stderr is None:  # closed before the start
        return
    # A message that can't be printed must not undo what was done; the exit code still tells.
    with suppress(OSError):
        for text in lines:
            if sys.stderr.isatty():
                _on_screen(_text([text]), stderr=True)
            else:
                sys.stderr.write(f"{safe_text(text)}\n")


def out(*lines: str) -> None:
    """Print the result on stdout, each value on one line, for scripts to read."""
    _send(sys.stdout, "".join(f"{safe_text(line)}\n" for line in lines))


def out_id(number: int | None) -> None:
    """Print the id of a new record, for scripts; on a terminal the message before has already named it."""
    if not (on_terminal() and is_terminal(sys.stderr)):
        out(str(number))


def out_raw(texts: Iterable[str]) -> int:
    """Print the content of a file and return the number of texts: exact bytes in a pipe, safe text on a terminal."""
    written = 0
    for text in texts:
        written += 1
        if on_terminal():
            out(*text.splitlines())
            continue
        try:
            sys.stdout.buffer.write(text.encode())
        except OSError as error:
            raise _unwritten(error) from error
    return written


def out_json(**payload: object) -> None:
    """Print the result as one JSON object, which also holds `schema`."""
    is_unicode = "utf" in (sys.stdout.encoding or "").lower()
    text = json.dumps({"schema": SCHEMA, **payload}, ensure_ascii=not is_unicode, indent=2, default=_as_json)
    _send(sys.stdout, _IN_JSON.sub(lambda match: json.dumps(match[0])[1:-1], text) + "\n")


def _as_json(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _send(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except OSError as error:
        raise _unwritten(error) from error


def _unwritten(error: OSError) -> Exception:
    """The error to raise: the `BrokenPipeError` itself if the reader went away, else a `CannotWrite`."""
    return error if isinstance(error, BrokenPipeError) else cannot_print(error)


def cannot_print(error: OSError) -> CannotWrite:
    """The error for a stdout that can't be written."""
    why = "it is closed" if error.errno == errno.EBADF else (error.strerror or str(error)).lower()
    return CannotWrite("the output", f"{why}. The change, if any, was saved; only the output could not be written")


# --------------------------------------------------------------------------- lines


def line(*parts: StyledText, indent: int = 0) -> None:
    """Print one line; on a terminal, wrapped text keeps the indent."""
    if on_terminal():
        from rich.padding import Padding

        _on_screen(Padding(_text(parts), (0, 0, 0, indent)))
    else:
        out(" " * indent + _joined(parts))


def heading(text: str, style: str = "bold") -> None:
    """Print a title."""
    line((text, style))


def block(label: StyledText, lines: Sequence[StyledLine], *, width: int) -> None:
    """Print lines with a label on the left, in a column of `width` characters."""
    if on_terminal():
        from rich.table import Table

        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True, min_width=width)
        grid.add_column(overflow="fold")
        for number, parts in enumerate(lines):
            grid.add_row(_text([label] if number == 0 else []), _text(parts))
        _on_screen(_indented(grid))
        return
    for number, parts in enumerate(lines):
        shown = _joined([label]) if number == 0 else ""
        out(f"  {shown:<{width}}  {_joined(parts)}".rstrip())


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print records: on a terminal a table without empty columns, in a pipe one tab-separated line for each record."""
    if not on_terminal():
        for row in rows:
            _send(sys.stdout, "\t".join(safe_text(cell) for cell in row) + "\n")
        return
    from rich import box
    from rich.table import Table

    records = [[safe_text(cell) for cell in row] for row in rows]
    filled = [column for column, _ in enumerate(headings) if any(record[column] for record in records)]
    column_widths = widths([[headings[n], *(record[n] for record in records)] for n in filled], _console().width)
    if column_widths is None:
        for record in records:
            first, *details = (record[column] for column in filled if record[column])
            block((first, "bold cyan"), [[detail] for detail in details], width=len(headings[0]))
        return
    grid = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column, width in zip(filled, column_widths, strict=True):
        grid.add_column(headings[column], width=width)
    for record in records:
        grid.add_row(*(_text([record[column]]) for column in filled))
    _on_screen(grid)


def widths(columns: Sequence[Sequence[str]], screen: int) -> list[int] | None:
    """The width of each column, in proportion to what it needs; None if the screen is too narrow for some word."""
    from rich.cells import cell_len

    minimums = [max(map(cell_len, " ".join(cells).split()), default=1) for cells in columns]
    extras = [max(width, *map(cell_len, cells)) - width for cells, width in zip(columns, minimums, strict=True)]
    spare = screen - sum(minimums) - BETWEEN_COLUMNS * len(columns)
    if spare < 0:
        return None
    total = sum(extras) or 1
    return [width + min(extra, extra * spare // total) for width, extra in zip(minimums, extras, strict=True)]


def _joined(parts: Iterable[StyledText]) -> str:
    return "".join(part if isinstance(part, str) else part[0] for part in parts)


def _text(parts: Iterable[StyledText]) -> Any:
    """The parts as rich's `Text`, so that rich does not read data as markup."""
    from rich.text import Text

    styled = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((safe_text(text), style) for text, style in styled))


def _indented(renderable: Any) -> Any:
    from rich.padding import Padding

    return Padding(renderable, (0, 0, 0, 2))


def _on_screen(renderable: Any, *, stderr: bool = False) -> None:
    _console(stderr=stderr).print(renderable)


def _console(*, stderr: bool = False) -> Any:
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, stderr=stderr)


# --------------------------------------------------------------------------- long commands


@contextmanager
def patience(words: str) -> Iterator[None]:
    """On a terminal, show `words` and a spinner while the work takes longer than a second."""
    if not is_terminal(sys.stderr):
        yield
        return
    from threading import Timer

    from rich.console import Console
    from rich.text import Text

    status = Console(stderr=True).status(Text(safe_text(words), no_wrap=True, overflow="ellipsis"))
    timer = Timer(PATIENCE, status.start)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()


@contextmanager
def progress(words: str) -> Iterator[Callable[[float], None]]:
    """On a terminal, show a bar while the work takes longer than a second; the caller reports a part from 0 to 1."""
    if not is_terminal(sys.stderr):
        yield lambda _: None
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(safe_text(words), total=1.0)
    timer = Timer(PATIENCE, bar.start)
    timer.start()
    try:
        yield lambda part: bar.update(task, completed=part)
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


@contextmanager
def listening() -> Iterator[None]:
    """Print on stderr the messages of the logger “netcrm”."""
    import logging

    class StderrHandler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(f"netcrm: {record.getMessage()}")

    logger, handler = logging.getLogger("netcrm"), StderrHandler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


# --------------------------------------------------------------------------- streams that fail


def replace_closed_stdout() -> None:
    """If stdout was closed before the start, make printing fail as on a full disk, because the output would be lost."""
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")


def escape_unencodable() -> None:
    """Make stdout escape the characters that its encoding lacks, as stderr does by default."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def silence_stdout() -> None:
    """After a failed write, keep the interpreter's last flush from failing again with a message of its own."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):  # stdout is not a file (in a test or a notebook), so there is nothing to flush
        return
