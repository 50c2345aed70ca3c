"""Any other CSV, once somebody says what its columns hold; `preview` shows what they probably do.

A column is mapped by its name to a field of `FIELDS`. One that is not mapped is guessed by its header (see
`netcrm.formats.csv.header_guesses`), and one that can't be guessed goes to the notes, `Header: value`; only what is
mapped to `ignore` is left out. Several columns may be mapped to one field that holds several values: two to `email`,
street and town to `address`, which then are one address.

Days are read by what they say of themselves; where they don't (“03/04/2020”), one cell that can be read in one way
only (“13/04/2020”) decides for its column, and where none does a `Problem` says which reading was taken: the day
first where the separator is a semicolon, or the header is in another language than English, else the month.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import NamedTuple, get_args

from netcrm.domain.validation import LONGEST_NAME
from netcrm.errors import InvalidValue, Problem, WrongFormat
from netcrm.formats.csv import dates, dialect, writer
from netcrm.formats.csv.columns import ColumnReader, ColumnRole, DayReader, Holds, people
from netcrm.formats.csv.dialect import Header, Row
from netcrm.formats.csv.header_guesses import Guess, guess, guesses
from netcrm.formats.records import ImportedContact

FORMAT = "a CSV with a header"

FIELDS = (
    *("name", "given-name", "family-name", "email", "phone", "linkedin", "url", "address", "company", "title"),
    *("birthday", "timezone", "tag", "note", "connected-on", "im", "uid", "tier", "every", "ignore"),
)
"""What a column may be mapped to."""

MOST_COLUMNS = 1000
SAMPLES = 3
LONGEST_SAMPLE = 80

_ONE_EACH = (
    *("name", "given-name", "family-name", "company", "title", "birthday", "timezone", "connected-on"),
    *("uid", "tier", "every"),
)
_NAMES = {"name", "given-name", "family-name", "email"}
_DAYS: tuple[Holds, ...] = ("birthday", "connected-on")
_SHAPE = dialect.Dialect(FORMAT)
_APART: Mapping[Holds, re.Pattern[str]] = {
    # A comma divides two addresses, and not a family name from a given one in front of an address.
    "email": re.compile(r"[;\n]| ::: |(?<=>),|,(?=\s*[^\s,;<>\"]+@)"),
    "phone": re.compile(r"[;\n]| ::: "),
    "url": re.compile(r"\n| ::: |;\s"),
    "linkedin": re.compile(r"\n| ::: |;\s"),
    "tag": re.compile(r"[;,\n]| ::: "),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: what it is mapped to or guessed to hold, and the first different values in it.

    `field` is one of `FIELDS`, or None where the column goes to the notes.
    """

    name: str
    field: str | None
    guessed: bool
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be read from a file: its columns, how many rows it has (the lost ones too), and what is wrong.

    `ours` says that `export csv` wrote it, so that nothing has to be guessed.
    """

    columns: tuple[Column, ...]
    rows: int
    problems: tuple[Problem, ...]
    ours: bool = False


class _Choice(NamedTuple):
    """What a column holds: by its mapping, else by a guess."""

    name: str
    field: str | None
    guessed: bool
    guess: Guess | None


class _OpenedCsv(NamedTuple):
    """A file with its rows, and what its columns hold."""

    file: str
    header: Header
    choices: list[_Choice]
    rows: list[Row]
    problems: list[Problem]


def preview(data: bytes, file: str, mapping: Mapping[str, str]) -> Preview:
    """What `read` would make of a file, with values to look at; where nobody would have a name, a problem says so.

    Errors are those of `read`.
    """
    if (own := _own(data, file, mapping)) is not None:
        columns = (Column(name, _OWN_FIELDS[name.casefold()], guessed=False, samples=()) for name in own.columns)
        lost = sum(problem.lost for problem in own.problems)
        return Preview(tuple(columns), len(own.records) + lost, tuple(own.problems), ours=True)
    sheet = _opened(data, file, mapping)
    lost = sum(problem.lost for problem in sheet.problems)
    if _has_names(sheet):
        list(_records(sheet))
    else:
        sheet.problems.append(Problem(file, sheet.header.end, f"no column holds a name; {_MAP_A_NAME}"))
    samples = _samples(sheet)
    columns = (
        Column(choice.name, choice.field, choice.guessed, found)
        for choice, found in zip(sheet.choices, samples, strict=True)
    )
    return Preview(tuple(columns), len(sheet.rows) + lost, tuple(_sorted(sheet.problems)))


def read(data: bytes, file: str, mapping: Mapping[str, str]) -> tuple[list[ImportedContact], list[Problem]]:
    """The people in a file, and what is wrong with rows of it, by line; `mapping` is from column names to fields.

    `InvalidValue` for a column that the file has not, a field that there is not, a second column for a field that
    holds one value, and where no column holds a name or an e-mail address. `WrongFormat` for a file without a header.
    """
    if (own := _own(data, file, mapping)) is not None:
        return own.records, own.problems
    sheet = _opened(data, file, mapping)
    if not _has_names(sheet):
        shown = ", ".join(choice.name for choice in sheet.choices)
        raise InvalidValue("columns", shown, f"hold no name; {_MAP_A_NAME}")
    return list(_records(sheet)), _sorted(sheet.problems)


_OWN_FIELDS = {name: name.replace(" ", "-") for name in writer.READ_BACK} | {
    "tags": "tag",
    "notes": "note",
    **dict.fromkeys(writer.WORKED_OUT, "ignore"),
}
"""What the columns of our own table hold, as other files' are mapped."""


def _own(data: bytes, file: str, mapping: Mapping[str, str]) -> writer.Table | None:
    """The people in a table that we wrote, unless a column of it is mapped to something else."""
    plain = all(field.strip().casefold() == "ignore" for field in mapping.values())
    return writer.read(data, file, tuple(mapping)) if plain else None


_MAP_A_NAME = "map one to name, or two to given-name and family-name, or at least one to email"


def _has_names(sheet: _OpenedCsv) -> bool:
    return not _NAMES.isdisjoint(choice.field for choice in sheet.choices)


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.line)


def _samples(sheet: _OpenedCsv) -> list[tuple[str, ...]]:
    found: list[dict[str, None]] = [{} for _ in sheet.choices]
    for _, cells in sheet.rows:
        for samples, cell in zip(found, cells, strict=False):
            if len(samples) < SAMPLES and (sample := dialect.line(cell)[:LONGEST_SAMPLE]):
                samples[sample] = None
    return list(map(tuple, found))


# --------------------------------------------------------------------------- columns


def _opened(data: bytes, file: str, mapping: Mapping[str, str]) -> _OpenedCsv:
    problems: list[Problem] = []
    text = dialect.lines_of(data, file, _SHAPE, problems)
    wanted = {_folded(name): _field(name, field) for name, field in mapping.items()}
    header = _header(text.lines, file, wanted)
    names = [name or f"Column {number}" for number, name in enumerate(header.names, 1)]
    choices = _choices(names, wanted, {_folded(name): name for name in mapping})
    found = list(dialect.rows_of(text, header, file, problems, texts=True))
    return _OpenedCsv(file, header, choices, found, problems)


def _folded(name: str) -> str:
    return dialect.line(name).casefold()


def _field(column: str, field: str) -> str:
    """A field as it is called, or an `InvalidValue` that names the nearest."""
    found = field.strip().casefold().replace("_", "-").replace(" ", "-")
    if found in FIELDS:
        return found
    raise InvalidValue(f"column {column[:LONGEST_SAMPLE]}", field, f"is no field{_nearest(found, FIELDS)}")


def _nearest(word: str, names: Sequence[str]) -> str:
    """“; did you mean …? …”, with what there is to choose from."""
    near = get_close_matches(word[:LONGEST_SAMPLE], {name.casefold(): name for name in names}, n=1)
    there = ", ".join(name[:LONGEST_SAMPLE] for name in names[:20]) + (", …" if len(names) > 20 else "")
    called = next((name for name in names if near and name.casefold() == near[0]), None)
    return f"; did you mean “{called}”? There are {there}" if called else f"; use one of these: {there}"


def _header(lines: Sequence[str], file: str, wanted: Mapping[str, str]) -> Header:
    """The line with the most names that are mapped or can be guessed; the first of several, in the most cells."""
    candidates = [header for header in dialect.headers(lines) if _may_be_names(header.names)]
    if not candidates:
        why = f"its first {dialect.LINES_OF_A_HEADER} lines hold no names of columns"
        or_else = f"or more than {MOST_COLUMNS:,}, or longer ones than {LONGEST_NAME} characters"
        raise WrongFormat(file, FORMAT, f"{why}, {or_else}. Give each column a short name in the first line")

    def likeness(header: Header) -> tuple[int, int, int, int]:
        mapped = sum(name.casefold() in wanted for name in header.names)
        return mapped, sum(map(bool, map(guess, header.names))), -header.end, len(header.names)

    return max(candidates, key=likeness)


def _may_be_names(cells: Sequence[str]) -> bool:
    """Whether there are letters in them, and not too many of either."""
    fits = len(cells) <= MOST_COLUMNS and max(map(len, cells)) <= LONGEST_NAME
    return fits and any(char.isalnum() for cell in cells for char in cell)


def _choices(names: Sequence[str], wanted: Mapping[str, str], spelled: Mapping[str, str]) -> list[_Choice]:
    """What each column holds. Of two that hold a field of which there is one, the second goes to the notes."""
    folded = [name.casefold() for name in names]
    for name in wanted:
        if name not in folded:
            near = _nearest(name, list(dict.fromkeys(names)))
            raise InvalidValue("column", spelled[name], f"is not in the file{near}")
    _refuse_two(wanted, spelled)
    mapped_once = {field for field in wanted.values() if field in _ONE_EACH}
    seen: set[str] = set()
    choices = []
    for name, key, found in zip(names, folded, guesses(names), strict=True):
        mapped = wanted.get(key)
        field = mapped or (found.field if found and found.field not in mapped_once else None)
        if field in seen:
            field = None
        elif field in _ONE_EACH:
            seen.add(field)
        choices.append(_Choice(name, field, not mapped and field is not None, found))
    return choices


def _refuse_two(wanted: Mapping[str, str], spelled: Mapping[str, str]) -> None:
    """An `InvalidValue` where two columns are mapped to a field that holds one value."""
    first: dict[str, str] = {}
    for name, field in wanted.items():
        if field in _ONE_EACH and field in first:
            why = f"is mapped from “{first[field]}” already; map one of the two to note or ignore"
            raise InvalidValue(f"column {spelled[name][:LONGEST_SAMPLE]}", field, why)
        first[field] = spelled[name]


def _role(at: int, choice: _Choice) -> ColumnRole | None:
    """What a column holds; the parts of a postal address follow one another as they stand in the file."""
    if choice.field == "ignore":
        return None
    holds: Holds = next((holds for holds in get_args(Holds) if holds == choice.field), "rest")
    found = choice.guess or Guess("")
    group, part = (found.group, at + 1 if found.part else 0) if holds == "address" else ("", 0)
    return ColumnRole(holds, choice.name, found.label, group=group, part=part)


# --------------------------------------------------------------------------- rows


def _records(sheet: _OpenedCsv) -> Iterator[ImportedContact]:
    days = dict(_day_readers(sheet))
    book = ColumnReader(sheet.file, [_role(*one) for one in enumerate(sheet.choices)], sheet.problems, _APART, days)
    return people(book, sheet.rows)


def _day_readers(sheet: _OpenedCsv) -> Iterator[tuple[Holds, DayReader]]:
    for at, choice in enumerate(sheet.choices):
        for holds in _DAYS:
            if choice.field == holds:
                yield holds, _day_reader(sheet, at, born=holds == "birthday")


def _day_reader(sheet: _OpenedCsv, at: int, *, born: bool) -> DayReader:
    """How a column's days are read: with the day first or the month, as its own cells decide."""
    cells = [dialect.line(cells[at]) if at < len(cells) else "" for _, cells in sheet.rows]
    order, choice = dates.order_of(cells), sheet.choices[at]
    english = choice.guess is None or choice.guess.english
    usual = sheet.header.separator == ";" or not english
    day_first = order.day_first > order.month_first if order.day_first != order.month_first else usual

    def day(cell: str) -> date | None:
        found = dates.numbers(cell)
        if not found:
            return dates.written(cell, born=born)
        one = dates.day_of(found, day_first=day_first, born=born)
        return one or dates.day_of(found, day_first=not day_first, born=born)

    if order.open is not None and (shown := day(cells[order.open])):
        decided = bool(order.day_first) != bool(order.month_first)
        if not decided:
            why = "the rows decide it both ways" if order.day_first else "no row decides it"
            sheet.problems.append(
                _both_ways(sheet, choice.name, sheet.rows[order.open][0], cells[order.open], why, shown)
            )
    return day


def _both_ways(sheet: _OpenedCsv, name: str, line: int, cell: str, why: str, shown: date) -> Problem:
    message = (
        f"{name}: “{cell[:40]}” can be read with the day first or the month, and {why}; days like it were read as "
        f"{dates.spoken(shown)}. If that is wrong, write the year first, as in {shown.isoformat()}"
    )
    return Problem(sheet.file, line, message)
