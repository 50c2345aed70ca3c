"""How anything reaches the screen: the result on stdout, the talk on stderr.

Names, notes and file names come from other people's files, and a terminal obeys what is
in them: an escape can rewrite the screen or the clipboard, a bidirectional override can
make one address look like another. So every part of every line goes through `safe_text`
here, once, and a view can't forget it. JSON keeps the data exactly: there the same
characters are written as `\\u` escapes, which any reader turns back.

On a terminal lines are wrapped and coloured by rich; in a pipe they are plain, whole and
stable, so rich is only imported when somebody looks.
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
"""The version of every JSON envelope; a field is added without, and removed only with, a new one."""

StyledText = str | tuple[str, str]
"""A piece of a line: text, or text and its style on a terminal."""

StyledLine = Sequence[StyledText]

BETWEEN_COLUMNS = 3
"""Blanks between two columns of a table."""

PATIENCE = 1.0
"""Seconds after which somebody who waits is shown that work goes on."""

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
    """The text as one line that no terminal obeys: what could drive it is a visible escape.

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
    """Whether somebody looks at the result."""
    return is_terminal(sys.stdout)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody sits at the other end; nobody does where whoever started us closed it."""
    return stream is not None and stream.isatty()


def say(*lines: str) -> None:
    """Talk to the person: confirmations, hints, problems. Never the result."""
    if sys.stderr is None:  # closed by whoever started us
        return
    # Whoever can't be talked to gets the exit code: what was done is done.
    with suppress(OSError):
        for text in lines:
            if sys.stderr.isatty():
                _on_screen(_text([text]), stderr=True)
            else:
                sys.stderr.write(f"{safe_text(text)}\n")


def out(*lines: str) -> None:
    """The result as it is, one line each, for values that scripts read."""
    _send(sys.stdout, "".join(f"{safe_text(line)}\n" for line in lines))


def out_id(number: int | None) -> None:
    """A new record's id, for scripts; where somebody reads along, the sentence before has named it."""
    if not (on_terminal() and is_terminal(sys.stderr)):
        out(str(number))


def out_raw(texts: Iterable[str]) -> int:
    """The content of a file, text by text: byte for byte into a pipe, made safe on a terminal. Says how many."""
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
    """The result for programs: an envelope with `schema` and what the command shows."""
    every_char = "utf" in (sys.stdout.encoding or "").lower()
    text = json.dumps({"schema": SCHEMA, **payload}, ensure_ascii=not every_char, indent=2, default=_plain)
    _send(sys.stdout, _IN_JSON.sub(lambda match: json.dumps(match[0])[1:-1], text) + "\n")


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _send(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except OSError as error:
        raise _unwritten(error) from error


def _unwritten(error: OSError) -> Exception:
    """A reader that went away is no error of ours; a full disk is one that we can name."""
    return error if isinstance(error, BrokenPipeError) else cannot_print(error)


def cannot_print(error: OSError) -> CannotWrite:
    """What is said when stdout takes no more."""
    why = "it is closed" if error.errno == errno.EBADF else (error.strerror or str(error)).lower()
    return CannotWrite("the output", f"{why}. What the command changed, it changed; print it again elsewhere")


# --------------------------------------------------------------------------- lines


def line(*parts: StyledText, indent: int = 0) -> None:
    """One line; on a terminal it wraps under its own indent."""
    if on_terminal():
        from rich.padding import Padding

        _on_screen(Padding(_text(parts), (0, 0, 0, indent)))
    else:
        out(" " * indent + _joined(parts))


def heading(text: str, style: str = "bold") -> None:
    """A title over what follows."""
    line((text, style))


def block(label: StyledText, lines: Sequence[StyledLine], *, width: int) -> None:
    """A labelled entry of several lines: the label hangs on the left, `width` columns wide."""
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
    """Records: a table of what is known on a terminal; in a pipe one a line, every field, parted by tabs."""
    if not on_terminal():
        for row in rows:
            _send(sys.stdout, "\t".join(safe_text(cell) for cell in row) + "\n")
        return
    from rich import box
    from rich.table import Table

    records = [[safe_text(cell) for cell in row] for row in rows]
    filled = [at for at, _ in enumerate(headings) if any(row[at] for row in records)]
    shares = widths([[headings[at], *(row[at] for row in records)] for at in filled], _console().width)
    if shares is None:
        for row in records:
            first, *others = (row[at] for at in filled if row[at])
            block((first, "bold cyan"), [[part] for part in others], width=len(headings[0]))
        return
    grid = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for at, width in zip(filled, shares, strict=True):
        grid.add_column(headings[at], width=width)
    for row in records:
        grid.add_row(*(_text([row[at]]) for at in filled))
    _on_screen(grid)


def widths(columns: Sequence[Sequence[str]], screen: int) -> list[int] | None:
    """How wide each column is, the screen shared out by need; None where it would cut a word."""
    from rich.cells import cell_len

    least = [max(map(cell_len, " ".join(cells).split()), default=1) for cells in columns]
    more = [max(width, *map(cell_len, cells)) - width for cells, width in zip(columns, least, strict=True)]
    spare = screen - sum(least) - BETWEEN_COLUMNS * len(columns)
    if spare < 0:
        return None
    return [width + min(wish, wish * spare // (sum(more) or 1)) for width, wish in zip(least, more, strict=True)]


def _joined(parts: Iterable[StyledText]) -> str:
    return "".join(part if isinstance(part, str) else part[0] for part in parts)


def _text(parts: Iterable[StyledText]) -> Any:
    """Parts as rich's `Text`: data is never read as markup."""
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


# --------------------------------------------------------------------------- while it takes long


@contextmanager
def patience(words: str) -> Iterator[None]:
    """On a terminal, show that work goes on if it takes longer than a second."""
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
    """On a terminal, show how far work is that takes longer than a second, as it is told: from 0 to 1."""
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
    """Say on stderr what netcrm tells the logger of its name."""
    import logging

    class Talk(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(f"netcrm: {record.getMessage()}")

    logger, talk = logging.getLogger("netcrm"), Talk()
    level = logger.level
    logger.addHandler(talk)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(talk)


# --------------------------------------------------------------------------- streams that can't take it


def refuse_what_is_printed_nowhere() -> None:
    """Where whoever started us closed stdout, let printing fail as on a full disk: what can't be read is lost."""
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")


def never_fail_to_encode() -> None:
    """Let stdout escape what its encoding lacks, as stderr does from the start."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def forget_stdout() -> None:
    """After a failed write: keep the interpreter's last flush from failing again, aloud."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):  # stdout is no file (a test, a notebook): there is nothing to flush
        return
