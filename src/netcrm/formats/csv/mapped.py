"""Read any other CSV by a mapping of its columns; `preview` shows the guesses for the columns that are not mapped.

A mapping gives a column, by its name, one of `FIELDS`. Any other column is guessed by its header (see
`netcrm.formats.csv.header_guesses`). A column without a guess goes to the notes as `Header: value`; only a column that
is mapped to `ignore` is left out. Several columns may be mapped to a field that holds several values: two to `email`,
or street and town to `address`, which then make one address.

For ambiguous days (“03/04/2020”), a clear cell in the same column decides (“13/04/2020”). Without one, the day comes
first if the separator is a semicolon or the header is not English; else the month does. A `Problem` then says which
order was used.
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
from netcrm.formats.csv.columns import ColumnReader, ColumnRole, DayReader, FieldName, contacts
from netcrm.formats.csv.dialect import Header, Row
from netcrm.formats.csv.header_guesses import Guess, guess, guesses
from netcrm.formats.records import ImportedContact

FIELDS = (
    *("name", "given-name", "family-name", "email", "phone", "linkedin", "url", "address", "company", "title"),
    *("birthday", "timezone", "tag", "note", "connected-on", "im", "uid", "tier", "every", "ignore"),
)
"""The fields that a column may be mapped to."""

MOST_COLUMNS = 1000
SAMPLES = 3
LONGEST_SAMPLE = 80

_ONE_EACH = (
    *("name", "given-name", "family-name", "company", "title", "birthday", "timezone", "connected-on"),
    *("uid", "tier", "every"),
)
_NAMES = {"name", "given-name", "family-name", "email"}
_DAYS: tuple[FieldName, ...] = ("birthday", "connected-on")
_DIALECT = dialect.Dialect("a CSV with a header")
_SEPARATORS: Mapping[FieldName, re.Pattern[str]] = {
    # A comma divides two addresses, but not the family name from the given name before an address.
    "email": re.compile(r"[;\n]| ::: |(?<=>),|,(?=\s*[^\s,;<>\"]+@)"),
    "phone": re.compile(r"[;\n]| ::: "),
    "url": re.compile(r"\n| ::: |;\s"),
    "linkedin": re.compile(r"\n| ::: |;\s"),
    "tag": re.compile(r"[;,\n]| ::: "),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file, its mapped or guessed field, and its first distinct values.

    `field` is one of `FIELDS`, or None if the column goes to the notes.
    """

    name: str
    field: str | None
    guessed: bool
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The columns of a file, the number of its rows (including the lost ones), and its problems.

    `ours` means that `export csv` wrote the file, so that no field is guessed.
    """

    columns: tuple[Column, ...]
    rows: int
    problems: tuple[Problem, ...]
    ours: bool = False


class _Choice(NamedTuple):
    """The field of a column, by the mapping or by a guess; None if the column goes to the notes."""

    name: str
    field: str | None
    guessed: bool
    guess: Guess | None


class _OpenedCsv(NamedTuple):
    """The rows of a file, and the field of each column."""

    file: str
    header: Header
    choices: list[_Choice]
    rows: list[Row]
    problems: list[Problem]


def preview(data: bytes, file: str, mapping: Mapping[str, str]) -> Preview:
    """The columns of a file as `read` would read them, with samples. A file without names adds a problem.

    Raises the errors of `read`, except the one for a file without names.
    """
    if (table := _own_table(data, file, mapping)) is not None:
        columns = (Column(name, _OWN_FIELDS[name.casefold()], guessed=False, samples=()) for name in table.columns)
        lost = sum(problem.lost for problem in table.problems)
        return Preview(tuple(columns), len(table.records) + lost, tuple(table.problems), ours=True)
    sheet = _opened(data, file, mapping)
    lost = sum(problem.lost for problem in sheet.problems)
    if _has_names(sheet):
        list(_records(sheet))
    else:
        sheet.problems.append(Problem(file, sheet.header.end, f"no column holds a name; {_MAP_A_NAME}"))
    samples = _samples(sheet)
    columns = (
        Column(choice.name, choice.field, choice.guessed, values)
        for choice, values in zip(sheet.choices, samples, strict=True)
    )
    return Preview(tuple(columns), len(sheet.rows) + lost, tuple(_sorted(sheet.problems)))


def read(data: bytes, file: str, mapping: Mapping[str, str]) -> tuple[list[ImportedContact], list[Problem]]:
    """The contacts in a file, and the problems with its rows, by line; `mapping` gives fields by column name.

    `InvalidValue` for an unknown column or field, for a second column of a field that holds one value, and if no
    column holds a name or an e-mail address. `WrongFormat` for a file without a header.
    """
    if (table := _own_table(data, file, mapping)) is not None:
        return table.records, table.problems
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
"""The field of each column of the table that netcrm exports."""


def _own_table(data: bytes, file: str, mapping: Mapping[str, str]) -> writer.Table | None:
    """The contacts in a table that netcrm wrote; None for another file, and if a column is mapped to a field."""
    plain = all(field.strip().casefold() == "ignore" for field in mapping.values())
    return writer.read(data, file, tuple(mapping)) if plain else None


_MAP_A_NAME = "map one to name, or two to given-name and family-name, or at least one to email"


def _has_names(sheet: _OpenedCsv) -> bool:
    return not _NAMES.isdisjoint(choice.field for choice in sheet.choices)


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.line)


def _samples(sheet: _OpenedCsv) -> list[tuple[str, ...]]:
    columns: list[dict[str, None]] = [{} for _ in sheet.choices]
    for _, cells in sheet.rows:
        for samples, cell in zip(columns, cells, strict=False):
            if len(samples) < SAMPLES and (sample := dialect.line(cell)[:LONGEST_SAMPLE]):
                samples[sample] = None
    return list(map(tuple, columns))


# --------------------------------------------------------------------------- columns


def _opened(data: bytes, file: str, mapping: Mapping[str, str]) -> _OpenedCsv:
    problems: list[Problem] = []
    text = dialect.lines_of(data, file, _DIALECT, problems)
    wanted = {_folded(name): _field(name, field) for name, field in mapping.items()}
    header = _header(text.lines, file, wanted)
    names = [name or f"Column {number}" for number, name in enumerate(header.names, 1)]
    choices = _choices(names, wanted, {_folded(name): name for name in mapping})
    rows = list(dialect.rows_of(text, header, file, problems, texts=True))
    return _OpenedCsv(file, header, choices, rows, problems)


def _folded(name: str) -> str:
    return dialect.line(name).casefold()


def _field(column: str, field: str) -> str:
    """The name of a field in its usual spelling; an `InvalidValue` that suggests the nearest for an unknown field."""
    spelled = field.strip().casefold().replace("_", "-").replace(" ", "-")
    if spelled in FIELDS:
        return spelled
    raise InvalidValue(f"column {column[:LONGEST_SAMPLE]}", field, f"is not a field{_nearest(spelled, FIELDS)}")


def _nearest(word: str, names: Sequence[str]) -> str:
    """“; did you mean …?” with the nearest name, if there is one, and the names to choose from."""
    near = get_close_matches(word[:LONGEST_SAMPLE], {name.casefold(): name for name in names}, n=1)
    choices = ", ".join(name[:LONGEST_SAMPLE] for name in names[:20]) + (", …" if len(names) > 20 else "")
    nearest = next((name for name in names if near and name.casefold() == near[0]), None)
    return f"; did you mean “{nearest}”? The choices are {choices}" if nearest else f"; use one of these: {choices}"


def _header(lines: Sequence[str], file: str, wanted: Mapping[str, str]) -> Header:
    """The header with the most mapped names, then with the most guesses, then the first one, then the widest."""
    candidates = [header for header in dialect.headers(lines) if _may_be_names(header.names)]
    if not candidates:
        why = f"its first {dialect.LINES_OF_A_HEADER} lines contain no usable header"
        limits = f"at most {MOST_COLUMNS:,} names of at most {LONGEST_NAME} characters"
        raise WrongFormat(file, _DIALECT.format, f"{why}: {limits}. Give each column a short name in the first line")

    def likeness(header: Header) -> tuple[int, int, int, int]:
        mapped = sum(name.casefold() in wanted for name in header.names)
        return mapped, sum(map(bool, map(guess, header.names))), -header.end, len(header.names)

    return max(candidates, key=likeness)


def _may_be_names(cells: Sequence[str]) -> bool:
    """Whether cells can be a header: there are letters or digits, and not too many or too long cells."""
    fits = len(cells) <= MOST_COLUMNS and max(map(len, cells)) <= LONGEST_NAME
    return fits and any(char.isalnum() for cell in cells for char in cell)


def _choices(names: Sequence[str], wanted: Mapping[str, str], spelled: Mapping[str, str]) -> list[_Choice]:
    """The field of each column. The second column of a field that holds one value goes to the notes."""
    folded = [name.casefold() for name in names]
    for name in wanted:
        if name not in folded:
            near = _nearest(name, list(dict.fromkeys(names)))
            raise InvalidValue("column", spelled[name], f"is not in the file{near}")
    _refuse_two(wanted, spelled)
    mapped_once = {field for field in wanted.values() if field in _ONE_EACH}
    seen: set[str] = set()
    choices = []
    for name, key, guessed in zip(names, folded, guesses(names), strict=True):
        mapped = wanted.get(key)
        field = mapped or (guessed.field if guessed and guessed.field not in mapped_once else None)
        if field in seen:
            field = None
        elif field in _ONE_EACH:
            seen.add(field)
        choices.append(_Choice(name, field, not mapped and field is not None, guessed))
    return choices


def _refuse_two(wanted: Mapping[str, str], spelled: Mapping[str, str]) -> None:
    """Raise an `InvalidValue` if two columns are mapped to a field that holds one value."""
    first: dict[str, str] = {}
    for name, field in wanted.items():
        if field in _ONE_EACH and field in first:
            why = f"is mapped from “{first[field]}” already; map one of the two to note or ignore"
            raise InvalidValue(f"column {spelled[name][:LONGEST_SAMPLE]}", field, why)
        first[field] = spelled[name]


def _role(at: int, choice: _Choice) -> ColumnRole | None:
    """The role of a column. The parts of a postal address keep the order of the file."""
    if choice.field == "ignore":
        return None
    holds: FieldName = next((holds for holds in get_args(FieldName) if holds == choice.field), "rest")
    guessed = choice.guess or Guess("")
    group, part = (guessed.group, at + 1 if guessed.part else 0) if holds == "address" else ("", 0)
    return ColumnRole(holds, choice.name, guessed.label, group=group, part=part)


# --------------------------------------------------------------------------- rows


def _records(sheet: _OpenedCsv) -> Iterator[ImportedContact]:
    roles = [_role(at, choice) for at, choice in enumerate(sheet.choices)]
    reader = ColumnReader(sheet.file, roles, sheet.problems, _SEPARATORS, dict(_day_readers(sheet)))
    return contacts(reader, sheet.rows)


def _day_readers(sheet: _OpenedCsv) -> Iterator[tuple[FieldName, DayReader]]:
    for at, choice in enumerate(sheet.choices):
        for holds in _DAYS:
            if choice.field == holds:
                yield holds, _day_reader(sheet, at, born=holds == "birthday")


def _day_reader(sheet: _OpenedCsv, at: int, *, born: bool) -> DayReader:
    """A reader for the days of a column, with the day or the month first as its cells decide."""
    cells = [dialect.line(cells[at]) if at < len(cells) else "" for _, cells in sheet.rows]
    order, choice = dates.order_of(cells), sheet.choices[at]
    english = choice.guess is None or choice.guess.english
    usual = sheet.header.separator == ";" or not english
    day_first = order.day_first > order.month_first if order.day_first != order.month_first else usual

    def day(cell: str) -> date | None:
        numbers = dates.numbers(cell)
        if not numbers:
            return dates.written(cell, born=born)
        usual_day = dates.day_of(numbers, day_first=day_first, born=born)
        return usual_day or dates.day_of(numbers, day_first=not day_first, born=born)

    if order.open is not None and (shown := day(cells[order.open])):
        decided = bool(order.day_first) != bool(order.month_first)
        if not decided:
            why = "the rows decide it both ways" if order.day_first else "no row decides it"
            line = sheet.rows[order.open][0]
            sheet.problems.append(_ambiguous(sheet, choice.name, line, cells[order.open], why, shown))
    return day


def _ambiguous(sheet: _OpenedCsv, name: str, line: int, cell: str, why: str, shown: date) -> Problem:
    message = (
        f"{name}: “{cell[:40]}” can be read with the day first or the month, and {why}; days like it were read as "
        f"{dates.spoken(shown)}. If that is wrong, write the year first, as in {shown.isoformat()}"
    )
    return Problem(sheet.file, line, message)
