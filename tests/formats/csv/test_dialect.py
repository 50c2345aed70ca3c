"""CSV as rows with their lines: any spreadsheet's file is read, and rows lost to a stray quote are named."""

import csv
import re
from contextlib import suppress
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.errors import Problem, WrongFormat
from netcrm.formats.csv import dialect
from netcrm.formats.csv.dialect import Dialect, Row

COLUMNS = "Name,Email,Phone,Company,Title,Notes"
WIDTH = 6


def address_book(*, texts: bool = True, most_lines: int = 5000) -> Dialect:
    needed = (("Name", re.compile("name")), ("Notes", re.compile("notes|remarks")))
    return Dialect("an address book", needed, "Ask for one", texts=texts, most_lines=most_lines, too_many="too many")


def read(content: str | bytes, *, texts: bool = True) -> tuple[list[Row], list[Problem]]:
    problems: list[Problem] = []
    data = content if isinstance(content, bytes) else content.encode()
    _, rows = dialect.read(data, "x.csv", address_book(texts=texts), problems)
    return list(rows), problems


def cells(content: str | bytes) -> list[list[str]]:
    """The cells of each row; the file must have no problems."""
    rows, problems = read(content)
    assert problems == []
    return [row for _, row in rows]


def written(table: list[list[str]], separator: str, end: str) -> str:
    sink = StringIO()
    csv.writer(sink, delimiter=separator, lineterminator=end).writerows(table)
    return sink.getvalue()


# --------------------------------------------------------------------------- what is read


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig twice"])
def test_every_encoding_and_line_end(encoding: str, end: str) -> None:
    """UTF-8 and UTF-16 with or without a byte order mark, and every line end, give the same row on the same line."""
    text = f"{COLUMNS}\nZoë,,,Škoda,,x\n".replace("\n", end)
    data = text.encode("utf-8-sig") if encoding == "utf-8-sig twice" else text.encode(encoding)
    marked = b"\xef\xbb\xbf" + data if encoding == "utf-8-sig twice" else data
    assert read(marked) == ([(2, ["Zoë", "", "", "Škoda", "", "x"])], [])


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r") | st.sampled_from('",;\t\n '), max_size=20)


@given(
    table=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6),
    separator=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_spreadsheet_writes_is_read(table: list[list[str]], separator: str, end: str) -> None:
    """Every cell is read unchanged, with commas, semicolons or tabs; blank rows are skipped."""
    content = written([["Name", "Email", "Notes"], *table], separator, end)
    assert cells(content) == [row for row in table if any(map(str.strip, row))]


PROSE = st.text(st.sampled_from('abc. "\n'), max_size=20)


@given(st.lists(st.tuples(PROSE, PROSE, PROSE), min_size=1, max_size=6))
def test_texts_between_many_columns_are_read(people: list[tuple[str, str, str]]) -> None:
    """Prose of many lines in any column of a wide table is one cell, even with quotes in it."""
    table = [[f"N{at}", email, "", "", title, notes] for at, (email, title, notes) in enumerate(people)]
    assert cells(written([COLUMNS.split(","), *table], ",", "\r\n")) == table


@pytest.mark.parametrize("lines", [2, 100, dialect.LINES_OF_A_TEXT])
def test_a_long_note_is_one_cell(lines: int) -> None:
    """A note is one cell, with up to the allowed number of lines and commas in each line."""
    note = "\n".join(["Asked about Berlin, Paris, and London"] * lines)
    assert cells(f'{COLUMNS}\nDana,,,,,"{note}"\nEve,,,,,\n') == [["Dana", *[""] * 4, note], ["Eve", *[""] * 5]]


def test_a_list_within_a_text_is_no_row() -> None:
    """A line of a note belongs to the note, even with as many commas as a row."""
    note = "Lived in\nLondon, Paris, Rome, Oslo, Bern, Kyiv\nand liked it"
    assert cells(f'{COLUMNS}\nDana,,,,,"{note}"\n') == [["Dana", "", "", "", "", note]]


def test_a_note_that_never_ends_is_a_quote_left_open() -> None:
    """A text with too many lines is treated as an open quote, and the rows after it are read."""
    rows, (problem,) = read(f'{COLUMNS}\nDana,,,,,"x\n' + "y\n" * (dialect.LINES_OF_A_TEXT - 1) + "Eve,,,,,\n")
    assert [row[0] for _, row in rows] == ["Eve"]
    assert f"a quote is not closed; lines 2 to {dialect.LINES_OF_A_TEXT + 1} were left out" in problem.message


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_header_says_what_separates(separator: str) -> None:
    """The header decides the separator; the other one is a character, and trailing tabs are empty cells."""
    other_separator = ";" if separator == "," else ","
    content = COLUMNS.replace(",", separator) + f"\nDana{other_separator} R.{separator * 5}\n"
    assert cells(content) == [[f"Dana{other_separator} R.", *[""] * 5]]
    assert cells(content.rstrip("\n")) == [[f"Dana{other_separator} R.", *[""] * 5]]


@pytest.mark.parametrize(
    "header",
    [
        "sep=;\nName;Notes",
        '"Name","The\nnotes",Remarks',
        'x "quoted" preamble\n\n  NAME ,Remarks',
        "\n" * (dialect.LINES_OF_A_HEADER - 1) + "Name,Notes",
    ],
)
def test_the_header_stands_within_the_first_lines(header: str) -> None:
    """The header is found after Excel's `sep=` line, a preamble or blank lines, in several lines, and in any case."""
    problems: list[Problem] = []
    read_header, rows = dialect.read(f"{header}\nDana\n".encode(), "x", address_book(), problems)
    assert (read_header.names[0].lower(), list(rows)) == ("name", [(header.count("\n") + 2, ["Dana"])])


def test_an_inch_is_no_quote() -> None:
    """A quote inside a cell that does not start with one is an ordinary character."""
    assert cells(f'{COLUMNS}\nDana,,,,,6" tall\nEve,,,,,5" tall\n') == [
        ["Dana", "", "", "", "", '6" tall'],
        ["Eve", "", "", "", "", '5" tall'],
    ]


# --------------------------------------------------------------------------- what is wrong


FULL = "Ana,a@x.example,1,Acme,Lead,met"
SPARSE = "Eve,,,Acme,,"
OPEN = 'Dana,"d@x.example,2,Acme,Lead,'
SHUT = 'Fay,f@x.example",3,Acme,Lead,'
SHUT_LATER = 'Fay,f@x.example,3,Acme",Lead,'
TWO_LINES = 'Gus,,,,,"one\ntwo, three"'
TEXTS = (FULL, SPARSE, OPEN, SHUT, SHUT_LATER, TWO_LINES, 'Hal,h"x,,,,', '"Ida","i@x.example","4","Acme","Lead",""')


@pytest.mark.parametrize(
    ("lines", "names", "problem_lines"),
    [
        # A stray quote, a row, and the next stray quote: valid CSV, with too few cells or just enough.
        ([OPEN, SPARSE, SHUT, FULL], "Eve Fay Ana", [2]),
        ([OPEN, SPARSE, SHUT_LATER, FULL], "Eve Fay Ana", [2]),
        # The row between them has no two separators side by side, but every line is a row.
        ([OPEN.replace("Lead,", "Lead,x"), FULL, SHUT_LATER], "Ana Fay", [2]),
        # The first line has a comma too many for a row; the line between them is a row.
        ([OPEN.replace("2,", "2, or 3,"), SPARSE, SHUT_LATER], "Eve Fay", [2]),
        # A stray quote before a row of two lines: the row is whole.
        ([OPEN, TWO_LINES, FULL], "Gus Ana", [2]),
        ([TWO_LINES, OPEN], "Gus", [4]),
        # More cells than names in two lines: the second line is a row.
        (['Dana,,,,"x', 'Fay,f@x.example,3,Acme",Lead,'], "Fay", [2]),
        ([FULL + ",more", SPARSE], "Eve", [2]),
        ([FULL + ",,", SPARSE], "Ana Eve", []),
    ],
)
def test_a_stray_quote_swallows_nobody(lines: list[str], names: str, problem_lines: list[int]) -> None:
    """Rows after an open quote are read, also those of several lines; the broken row is named."""
    rows, problems = read("\n".join([COLUMNS, *lines, ""]))
    assert " ".join(row[0] for _, row in rows) == names
    assert [problem.line for problem in problems if problem.lost] == problem_lines


@given(lines=st.lists(st.sampled_from(TEXTS), max_size=30), texts=st.booleans())
def test_every_line_comes_in_or_is_named(lines: list[str], *, texts: bool) -> None:
    """With any stray quotes, each line belongs to one row or to one problem, never to both."""
    content = "\n".join([COLUMNS, *lines, FULL, ""])
    rows, problems = read(content, texts=texts)
    named = [at + 1 for line, row in rows for at in range(line - 1, line + sum(cell.count("\n") for cell in row))]
    for problem in problems:
        lost = re.search(r"lines (\d+) to (\d+)", problem.message)
        named += range(int(lost[1]), int(lost[2]) + 1) if lost else [problem.line]
    assert sorted(named) == list(range(2, content.count("\n") + 1))


@pytest.mark.parametrize(
    ("content", "names", "why"),
    [
        (f"{FULL}\nEve,e@x.exam", ["Ana"], "ends in the middle of this row"),
        (f"{FULL}\nEve,e@x.exam\n", ["Ana", "Eve"], None),
        (f"{FULL}\nEve,e@x.exam\n \n\n", ["Ana", "Eve"], None),
        (f"{FULL}\n{SPARSE}", ["Ana", "Eve"], None),
        ("Ana\nEve,e@x.example", ["Ana", "Eve"], None),
        (f'{FULL}\nEve,,,,,"half a no', ["Ana"], "a quote is not closed"),
    ],
)
def test_half_a_row_at_the_end(content: str, names: list[str], why: str | None) -> None:
    """An interrupted download ends in the middle of a row; a file with other short rows does not."""
    rows, problems = read(f"{COLUMNS}\n{content}")
    assert [row[0] for _, row in rows] == names
    assert [why in problem.message for problem in problems if why] == ([True] if why else [])


def test_where_cells_are_of_one_line_twenty_are_too_many() -> None:
    """If cells have one line, an open quote is detected after 20 lines, or by a cell with as many commas as a row."""
    note = "\n".join(["x"] * (dialect.LINES_OF_A_ROW + 1))
    for cell in (note, "a,b,c,d\ne,f,g,h"):
        assert [row[0] for _, row in read(f'{COLUMNS}\nDana,,,,,"{cell}"\nEve,,,,,\n')[0]] == ["Dana", "Eve"]
        rows, problems = read(f'{COLUMNS}\nDana,,,,,"{cell}"\nEve,,,,,\n', texts=False)
        assert ([row[0] for _, row in rows], problems[0].line) == (["Eve"], 2)


def test_bytes_that_are_no_text_are_named() -> None:
    """Problems name the line of the first byte that is not UTF-8, and of each NUL."""
    rows, problems = read(f"{COLUMNS}\nJ?rgen,,,,,\nD\0ana,,,,,\n".encode().replace(b"?", b"\xfc"))
    assert [row[0] for _, row in rows] == ["Jürgen", "Dana"]
    assert [(problem.line, problem.lost) for problem in problems] == [(2, False), (3, False)]
    assert "read as Windows-1252" in problems[0].message


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "hold no header with Name, Notes. Ask for one"),
        (b"a,b\n", "hold no header with Name, Notes. Ask for one"),
        (b"Name,b\n", "the nearest has only Name. Ask for one"),
        (b"\n" * dialect.LINES_OF_A_HEADER + b"Name,Notes\n", "hold no header"),
        (b"Name,Notes\n" + b"a\n" * 5000, "it has more than 5,000 lines, too many"),
        (b"PK\x03\x04" + b"x" * 100, "spreadsheet program's own file"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "spreadsheet program's own file"),
    ],
)
def test_another_file_is_refused(content: bytes, why: str) -> None:
    """A file with another format is refused with the names of the columns it needs, and not read as empty."""
    with pytest.raises(WrongFormat, match=re.escape(why)):
        read(content)


@pytest.mark.parametrize("monster", ["x" * 200_000, f'"{"x" * 200_000}"', '"' + "y,\n" * 40_000 + '"', "," * 200_000])
@pytest.mark.parametrize("texts", [True, False])
def test_a_row_that_is_too_large_is_named(monster: str, *, texts: bool) -> None:
    """A row that is too large, with or without quotes, is a problem, and the rows around it are read."""
    problems: list[Problem] = []
    content = f"{COLUMNS}\n{FULL}\n{monster}\n{FULL}\n".encode()
    _, rows = dialect.read(content, "x", address_book(texts=texts, most_lines=50_000), problems)
    lines = [line for line, row in rows if row[0] == "Ana"]
    assert lines == [2, 4 + monster.count("\n")]
    assert problems[0].line == 3


def test_thousands_of_open_quotes_end_soon() -> None:
    """Quotes that never close lose only their own lines, however far apart they are."""
    content = COLUMNS + "\n" + (OPEN + "\n" + "x\n" * 998) * 300 + FULL + "\n"
    problems: list[Problem] = []
    _, rows = dialect.read(content.encode(), "x", address_book(most_lines=400_000), problems)
    assert [row[0] for _, row in rows][-1] == "Ana"


@given(st.binary(max_size=300) | st.text(st.sampled_from('Nan,";\t\n\r\0é'), max_size=200).map(str.encode))
def test_any_bytes_give_rows_or_a_sentence(content: bytes) -> None:
    """Any bytes after a header give rows and problems; without a header they may also be refused."""
    with suppress(WrongFormat):
        read(content)
    rows, problems = read(f"{COLUMNS}\n".encode() + content)
    assert all(line > 1 and any(row) for line, row in rows)
    assert all(problem.line >= 1 for problem in problems)


@given(st.text(max_size=50))
def test_a_line_is_one_line(cell: str) -> None:
    """Any cell as one line has single blanks and no line breaks, and cleaning it again changes nothing."""
    text = dialect.line(cell)
    assert text == dialect.line(text) == " ".join(text.split())
    assert "\n" not in text


def test_the_csv_modules_limit_is_left_alone() -> None:
    """Reading does not change the csv module's settings for the rest of the program."""
    before = csv.field_size_limit()
    read(f"{COLUMNS}\n{FULL}\n")
    assert csv.field_size_limit() == before
