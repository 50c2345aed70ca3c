"""CSV as rows with their lines: whatever a spreadsheet writes is read, and a stray quote swallows nobody unsaid."""

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


def shape(*, texts: bool = True, most_lines: int = 5000) -> Dialect:
    needed = (("Name", re.compile("name")), ("Notes", re.compile("notes|remarks")))
    return Dialect("an address book", needed, "Ask for one", texts=texts, most_lines=most_lines, too_many="too many")


def read(content: str | bytes, *, texts: bool = True) -> tuple[list[Row], list[Problem]]:
    problems: list[Problem] = []
    data = content if isinstance(content, bytes) else content.encode()
    _, found = dialect.read(data, "x.csv", shape(texts=texts), problems)
    return list(found), problems


def cells(content: str | bytes) -> list[list[str]]:
    """The rows of a file that has nothing wrong."""
    found, problems = read(content)
    assert problems == []
    return [row for _, row in found]


def written(table: list[list[str]], separator: str, end: str) -> str:
    sink = StringIO()
    csv.writer(sink, delimiter=separator, lineterminator=end).writerows(table)
    return sink.getvalue()


# --------------------------------------------------------------------------- what is read


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig twice"])
def test_every_encoding_and_line_end(encoding: str, end: str) -> None:
    """UTF-8 and UTF-16, with their mark or without, on Windows, Unix or an old Mac: the same row on the same line."""
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
    """With commas, semicolons or tabs: each cell comes back letter for letter, blank rows aside."""
    content = written([["Name", "Email", "Notes"], *table], separator, end)
    assert cells(content) == [row for row in table if any(map(str.strip, row))]


PROSE = st.text(st.sampled_from('abc. "\n'), max_size=20)


@given(st.lists(st.tuples(PROSE, PROSE, PROSE), min_size=1, max_size=6))
def test_texts_between_many_columns_are_read(people: list[tuple[str, str, str]]) -> None:
    """Prose of many lines in any column of a wide table is a cell, whatever quotes stand in it."""
    table = [[f"N{one}", two, "", "", three, four] for one, two, three, four in ((i, *p) for i, p in enumerate(people))]
    assert cells(written([COLUMNS.split(","), *table], ",", "\r\n")) == table


@pytest.mark.parametrize("lines", [2, 100, dialect.LINES_OF_A_TEXT])
def test_a_long_note_is_one_cell(lines: int) -> None:
    """A note of a hundred lines with commas in each, and of as many as may be."""
    note = "\n".join(["Asked about Berlin, Paris, and London"] * lines)
    assert cells(f'{COLUMNS}\nDana,,,,,"{note}"\nEve,,,,,\n') == [["Dana", *[""] * 4, note], ["Eve", *[""] * 5]]


def test_a_list_within_a_text_is_no_row() -> None:
    """A line of prose with as many commas as a row has belongs to its note."""
    note = "Lived in\nLondon, Paris, Rome, Oslo, Bern, Kyiv\nand liked it"
    assert cells(f'{COLUMNS}\nDana,,,,,"{note}"\n') == [["Dana", "", "", "", "", note]]


def test_a_note_that_never_ends_is_a_quote_left_open() -> None:
    """Of more lines than a text may have none is a cell; the rows behind them come in."""
    found, (problem,) = read(f'{COLUMNS}\nDana,,,,,"x\n' + "y\n" * (dialect.LINES_OF_A_TEXT - 1) + "Eve,,,,,\n")
    assert [row[0] for _, row in found] == ["Eve"]
    assert f"a quote is not closed; lines 2 to {dialect.LINES_OF_A_TEXT + 1} were left out" in problem.message


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_header_says_what_separates(separator: str) -> None:
    """A semicolon in a table of commas is a semicolon, and the other way round; the cells of a last tab are cells."""
    other = ";" if separator == "," else ","
    content = COLUMNS.replace(",", separator) + f"\nDana{other} R.{separator * 5}\n"
    assert cells(content) == [[f"Dana{other} R.", *[""] * 5]]
    assert cells(content.rstrip("\n")) == [[f"Dana{other} R.", *[""] * 5]]


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
    """Behind what Excel says of the separator, a preamble or blank lines; of several lines itself; in any case."""
    problems: list[Problem] = []
    found, body = dialect.read(f"{header}\nDana\n".encode(), "x", shape(), problems)
    assert (found.names[0].lower(), list(body)) == ("name", [(header.count("\n") + 2, ["Dana"])])


def test_an_inch_is_no_quote() -> None:
    """A quote inside a cell that does not begin with one is a character like any other."""
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
    ("lines", "names", "said"),
    [
        # A stray quote, a row, and the next stray quote: good CSV, with too few cells or just enough.
        ([OPEN, SPARSE, SHUT, FULL], "Eve Fay Ana", [2]),
        ([OPEN, SPARSE, SHUT_LATER, FULL], "Eve Fay Ana", [2]),
        # The row between them has no two separators in a row, but all the lines are rows.
        ([OPEN.replace("Lead,", "Lead,x"), FULL, SHUT_LATER], "Ana Fay", [2]),
        # The first line has a comma too many for a row, the one between them is one.
        ([OPEN.replace("2,", "2, or 3,"), SPARSE, SHUT_LATER], "Eve Fay", [2]),
        # A stray quote before a row of two lines: that one is whole.
        ([OPEN, TWO_LINES, FULL], "Gus Ana", [2]),
        ([TWO_LINES, OPEN], "Gus", [4]),
        # More cells than names, in a record of two lines: the second line is a row.
        (['Dana,,,,"x', 'Fay,f@x.example,3,Acme",Lead,'], "Fay", [2]),
        ([FULL + ",more", SPARSE], "Eve", [2]),
        ([FULL + ",,", SPARSE], "Ana Eve", []),
    ],
)
def test_a_stray_quote_swallows_nobody(lines: list[str], names: str, said: list[int]) -> None:
    """Rows behind a quote that was not closed come in, those of several lines too; the broken one is named."""
    found, problems = read("\n".join([COLUMNS, *lines, ""]))
    assert " ".join(row[0] for _, row in found) == names
    assert [problem.line for problem in problems if problem.lost] == said


@given(lines=st.lists(st.sampled_from(TEXTS), max_size=30), texts=st.booleans())
def test_every_line_comes_in_or_is_named(lines: list[str], *, texts: bool) -> None:
    """Wherever stray quotes fall, a line is a row's or lies within a problem's lines, and none is both."""
    content = "\n".join([COLUMNS, *lines, FULL, ""])
    found, problems = read(content, texts=texts)
    named = [at + 1 for line, row in found for at in range(line - 1, line + sum(cell.count("\n") for cell in row))]
    for problem in problems:
        lost = re.search(r"lines (\d+) to (\d+)", problem.message)
        named += range(int(lost[1]), int(lost[2]) + 1) if lost else [problem.line]
    assert sorted(named) == list(range(2, content.count("\n") + 1))


@pytest.mark.parametrize(
    ("content", "names", "said"),
    [
        (f"{FULL}\nEve,e@x.exam", ["Ana"], "ends in the middle of this row"),
        (f"{FULL}\nEve,e@x.exam\n", ["Ana", "Eve"], None),
        (f"{FULL}\nEve,e@x.exam\n \n\n", ["Ana", "Eve"], None),
        (f"{FULL}\n{SPARSE}", ["Ana", "Eve"], None),
        ("Ana\nEve,e@x.example", ["Ana", "Eve"], None),
        (f'{FULL}\nEve,,,,,"half a no', ["Ana"], "a quote is not closed"),
    ],
)
def test_half_a_row_at_the_end(content: str, names: list[str], said: str | None) -> None:
    """A download that broke off ends within a row; one whose rows are all as short as they please does not."""
    found, problems = read(f"{COLUMNS}\n{content}")
    assert [row[0] for _, row in found] == names
    assert [said in problem.message for problem in problems if said] == ([True] if said else [])


def test_where_cells_are_of_one_line_twenty_are_too_many() -> None:
    """Such a file is known by what a quote swallows: soon, and by the commas of a row in a cell."""
    note = "\n".join(["x"] * (dialect.LINES_OF_A_ROW + 1))
    for cell in (note, "a,b,c,d\ne,f,g,h"):
        assert [row[0] for _, row in read(f'{COLUMNS}\nDana,,,,,"{cell}"\nEve,,,,,\n')[0]] == ["Dana", "Eve"]
        found, problems = read(f'{COLUMNS}\nDana,,,,,"{cell}"\nEve,,,,,\n', texts=False)
        assert ([row[0] for _, row in found], problems[0].line) == (["Eve"], 2)


def test_bytes_that_are_no_text_are_named() -> None:
    """The first byte that is no UTF-8, and each NUL, on their lines."""
    found, problems = read(f"{COLUMNS}\nJ?rgen,,,,,\nD\0ana,,,,,\n".encode().replace(b"?", b"\xfc"))
    assert [row[0] for _, row in found] == ["Jürgen", "Dana"]
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
    """A file of another shape is refused with what was looked for, never read as empty."""
    with pytest.raises(WrongFormat, match=re.escape(why)):
        read(content)


@pytest.mark.parametrize("monster", ["x" * 200_000, f'"{"x" * 200_000}"', '"' + "y,\n" * 40_000 + '"', "," * 200_000])
@pytest.mark.parametrize("texts", [True, False])
def test_a_row_that_is_too_large_is_named(monster: str, *, texts: bool) -> None:
    """Within quotes or without: one monstrous row is a problem, the people around it come in."""
    problems: list[Problem] = []
    content = f"{COLUMNS}\n{FULL}\n{monster}\n{FULL}\n".encode()
    _, body = dialect.read(content, "x", shape(texts=texts, most_lines=50_000), problems)
    lines = [line for line, row in body if row[0] == "Ana"]
    assert lines == [2, 4 + monster.count("\n")]
    assert problems[0].line == 3


def test_thousands_of_open_quotes_end_soon() -> None:
    """Quotes that never close, however far apart, cost no more than the lines they stand in."""
    content = COLUMNS + "\n" + (OPEN + "\n" + "x\n" * 998) * 300 + FULL + "\n"
    problems: list[Problem] = []
    _, found = dialect.read(content.encode(), "x", shape(most_lines=400_000), problems)
    assert [row[0] for _, row in found][-1] == "Ana"


@given(st.binary(max_size=300) | st.text(st.sampled_from('Nan,";\t\n\r\0é'), max_size=200).map(str.encode))
def test_any_bytes_give_rows_or_a_sentence(content: bytes) -> None:
    """Behind a header there are rows and problems; without one there may be a refusal, and nothing else."""
    with suppress(WrongFormat):
        read(content)
    found, problems = read(f"{COLUMNS}\n".encode() + content)
    assert all(line > 1 and any(row) for line, row in found)
    assert all(problem.line >= 1 for problem in problems)


@given(st.text(max_size=50))
def test_a_line_is_one_line(cell: str) -> None:
    """Whatever a cell holds, in one line it has single blanks, no line breaks, and stays as it is the next time."""
    text = dialect.line(cell)
    assert text == dialect.line(text) == " ".join(text.split())
    assert "\n" not in text


def test_the_csv_modules_limit_is_left_alone() -> None:
    """Reading changes nothing for the rest of the program."""
    before = csv.field_size_limit()
    read(f"{COLUMNS}\n{FULL}\n")
    assert csv.field_size_limit() == before
