"""LinkedIn's Connections.csv: every year's shape, and whatever can be wrong with a row."""

import csv
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.errors import WrongFormat
from netcrm.formats.linkedin import Connection, read
from netcrm.models import clean

NOTES = 'Notes:\n"When exporting your connection data, you may notice that some e-mails are missing."\n\n'
NOW = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
OF_2018 = "First Name,Last Name,Email Address,Company,Position,Connected On"
ROW = 'Dana,Wu,https://www.linkedin.com/in/dana-wu,dana@acme.example,"Acme, Inc.",Talent Partner,05 Mar 2020\n'
DANA = Connection(
    line=5,
    name="Dana Wu",
    given_name="Dana",
    family_name="Wu",
    email="dana@acme.example",
    url="https://www.linkedin.com/in/dana-wu",
    company="Acme, Inc.",
    title="Talent Partner",
    connected_on=date(2020, 3, 5),
)


def one(text: str) -> Connection:
    """The one person in a file that has nothing wrong."""
    (found,), problems = read(text.encode(), "Connections.csv")
    assert problems == []
    return found


def test_todays_file() -> None:
    """The file LinkedIn writes today: three lines of preamble, then seven columns."""
    assert one(NOTES + NOW + ROW) == DANA


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (
            OF_2018,
            'Dana,Wu,urn:li:member:664,Acme,Lead,"1/8/18, 6:14 PM"',
        ),
        (OF_2018, "Dana,Wu,,Acme,Lead,08 Jan 2018"),
        ("Connected On,Position,Company,Last Name,First Name", "2018-01-08,Lead,Acme,Wu,Dana"),
        ('"First Name","Last Name","Company","Position","Connected On"', '"Dana","Wu","Acme","Lead","8 January 2018"'),
        ("  first name , LAST NAME,Company,Position,Connected On,New Column", "Dana,Wu,Acme,Lead,08 Jan 2018,x"),
    ],
)
def test_every_years_header(header: str, row: str) -> None:
    """Columns are found by their names, in any order; each year's dates are the same day everywhere."""
    found = one(f"{header}\n{row}\n")
    assert (found.name, found.company, found.title) == ("Dana Wu", "Acme", "Lead")
    assert (found.connected_on, found.email) == (date(2018, 1, 8), None)


def test_outlooks_columns_of_2017() -> None:
    """Until 2017 the file had Outlook's columns, without the day; “Title” is a form of address there."""
    found = one(
        '"Title","First Name","Last Name","E-mail Address","Company","Department","Job Title"\n'
        '"Ms","Dana","Wu","","Acme","","Lead"\n'
    )
    assert (found.name, found.title, found.connected_on) == ("Dana Wu", "Lead", None)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_and_line_end(encoding: str, end: str) -> None:
    """BOM or not, UTF-8 or UTF-16, Windows, Unix or old Mac: the same person on the same line."""
    (found,), problems = read((NOTES + NOW + ROW).replace("\n", end).encode(encoding), "x")
    assert (found, problems) == (DANA, [])


PEOPLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@given(given=PEOPLE, family=PEOPLE, company=PEOPLE)
def test_names_come_through_letter_for_letter(given: str, family: str, company: str) -> None:
    """Whatever a CSV writer can write is read: any script, emoji, quotes, commas, line breaks in a cell."""
    lines: list[str] = []
    writer = csv.writer(type("Sink", (), {"write": lambda _, line: lines.append(line)})())
    writer.writerow([given, family, "", "", company, "Lead", "05 Mar 2020"])
    found, problems = read((NOW + "".join(lines)).encode(), "x")
    wanted = [
        " ".join(clean(part.replace("\n", " ").replace("\r", " ").replace("\t", " ")).split())
        for part in (given, family)
    ]
    assert [person.name for person in found] == [" ".join(filter(None, wanted))] * len(found)
    assert len(found) + len(problems) == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (b",,,,,,01 Jan 2023", "has no name"),
        (b"Dana,Wu,,,Acme,Lead,31 Feb 2020", "no day that can be read"),
        (b"Dana,Wu,,,Acme,Lead,05 Mar 1850", "lies outside 1900 to 2200"),
        (b"Dana,Wu,,,Acme,Lead,05 Mar 2201", "lies outside 1900 to 2200"),
        (b"Dana,Wu,,,Acme,Lead,5 Foo 2020", "no day that can be read"),
        (b"Dana,Wu,,,Acme, Inc,Lead,05 Mar 2020", "more cells than the header"),
        (b'Dana,Wu,,,"Acme,Lead,05 Mar 2020', "a quote is not closed"),
        (b'Dana,Wu,,,"Acme"x"",Lead,05 Mar 2020', "quotes are not in pairs"),
        (b"Dana,Wu,,," + b"x" * 600 + b",Lead,05 Mar 2020", "longer than 500"),
        (b"Dana,Wu,,," + b"x" * 2_000_000 + b",Lead,05 Mar 2020", "too large"),
        (b"J\xfcrgen,Wu,,,Acme,Lead,05 Mar 2020", "not UTF-8"),
        (b"Da\0na,Wu,,,Acme,Lead,05 Mar 2020", "NUL"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_by_line(row: bytes, why: str) -> None:
    """A bad row is a problem with its line; the rows before and behind it come in."""
    content = NOW.encode() + b"Ana,Before,,,Acme,Lead,05 Mar 2020\n" + row + b"\nZoe,Behind,,,Acme,Lead,05 Mar 2020\n"
    found, problems = read(content, "Connections.csv")
    names = [person.name for person in found]
    assert (names[0], names[-1]) == ("Ana Before", "Zoe Behind")
    assert [(problem.line, why in problem.message) for problem in problems] == [(3, True)]


def test_29_february_is_a_day_in_leap_years() -> None:
    """29 February 2024 was; 29 February 2023 was not, and says so."""
    assert one(NOW + "Dana,Wu,,,Acme,Lead,29 Feb 2024\n").connected_on == date(2024, 2, 29)
    (found,), (problem,) = read((NOW + "Dana,Wu,,,Acme,Lead,29 Feb 2023\n").encode(), "x")
    assert (found.connected_on, problem.line) == (None, 2)


@pytest.mark.parametrize(
    ("cell", "company"), [("-", None), (" - ", None), ("", None), ("—", None), ("  Acme \t Robotics ", "Acme Robotics")]
)
def test_companies_that_are_none(cell: str, company: str | None) -> None:
    """A dash is what people type who must type something; blanks and tabs are not part of a name."""
    assert one(f"{NOW}Dana,Wu,,,{cell},Lead,05 Mar 2020\n").company == company


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Name,Given Name,E-mail 1 - Value\nDana Wu,Dana,d@x.example\n",
        b"a,b,c\n1,2,3\n",
        b"\x00\x01\x02" * 1000,
        b"PK\x03\x04" + b"\xff" * 1000,
        b"x" * 50_000_000,
        b'"' * 1001,
    ],
)
def test_another_file_is_refused(content: bytes) -> None:
    """A file that is not LinkedIn's is refused with what was looked for, never read as empty."""
    with pytest.raises(WrongFormat, match="hold no header with First Name"):
        read(content, "other.csv")


def test_a_line_of_50_mb_hurts_nobody_else() -> None:
    """One monstrous line is a problem; the people around it come in."""
    content = (NOW + ROW).encode() + b"x," * 25_000_000 + b"\n" + ROW.encode()
    found, problems = read(content, "x")
    assert ([person.line for person in found], [problem.line for problem in problems]) == ([2, 4], [3])


def test_thousands_of_open_quotes_end_soon() -> None:
    """Each row with an open quote is one problem, and none swallows the next."""
    content = NOW + 'Dana,"Wu,,,Acme,Lead,05 Mar 2020\n' * 3001 + ROW
    found, problems = read(content.encode(), "x")
    assert len(found) + len(problems) >= 1500
    assert found[-1].name == "Dana Wu"


def test_thirty_thousand_rows() -> None:
    """A book of a career is read whole."""
    found, problems = read((NOTES + NOW + ROW * 30_000).encode(), "x")
    assert (len(found), problems) == (30_000, [])


def test_the_csv_modules_limit_is_left_alone() -> None:
    """Reading changes nothing for the rest of the program."""
    before = csv.field_size_limit()
    read((NOW + ROW).encode(), "x")
    assert csv.field_size_limit() == before
