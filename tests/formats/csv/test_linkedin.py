"""LinkedIn's Connections.csv: every year's shape, and whatever can be wrong with a row."""

import csv
import re
import struct
import zipfile
from contextlib import suppress
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.validation import clean
from netcrm.errors import WrongFormat
from netcrm.formats.csv import zip_member
from netcrm.formats.csv.linkedin import read
from netcrm.formats.records import ImportedContact, ImportedMethod

NOTES = 'Notes:\n"When exporting your connection data, you may notice that some e-mails are missing."\n\n'
NOW = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
OF_2018 = "First Name,Last Name,Email Address,Company,Position,Connected On"
ROW = 'Dana,Wu,https://www.linkedin.com/in/dana-wu,dana@acme.example,"Acme, Inc.",Talent Partner,05 Mar 2020\n'
LAST = "Gus,Roe,,,Acme,Lead,"
PROFILE, EMAIL = (
    ImportedMethod("linkedin", "https://www.linkedin.com/in/dana-wu"),
    ImportedMethod("email", "dana@acme.example"),
)
DANA = ImportedContact(
    line=5,
    name="Dana Wu",
    given_name="Dana",
    family_name="Wu",
    reach=(PROFILE, EMAIL),
    company="Acme, Inc.",
    title="Talent Partner",
    connected_on=date(2020, 3, 5),
)


def one(text: str) -> ImportedContact:
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
        (OF_2018, "Dana,Wu,URN:LI:MEMBER:664,Acme,Lead,1/8/2018"),
        (OF_2018, "Dana,Wu,,Acme,Lead,2018-01-08T18:14:00Z"),
        ("Connected On,Position,Company,Last Name,First Name", "2018-01-08,Lead,Acme,Wu,Dana"),
        ('"First Name","Last Name","Company","Position","Connected On"', '"Dana","Wu","Acme","Lead","8 January 2018"'),
        ("  first name , LAST NAME,Company,Position,Connected On,New Column", "Dana,Wu,Acme,Lead,08 Jan 2018,x"),
    ],
)
def test_every_years_header(header: str, row: str) -> None:
    """Columns are found by their names, in any order; each year's dates are the same day everywhere."""
    found = one(f"{header}\n{row}\n")
    assert (found.name, found.company, found.title) == ("Dana Wu", "Acme", "Lead")
    assert (found.connected_on, found.reach) == (date(2018, 1, 8), ())


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
        (b"Dana,Wu,,,Acme,Lead,5 Mayhem 2020", "no day that can be read"),
        (b"Dana,Wu,,,Acme,Lead,2020-03-05 or so", "no day that can be read"),
        (b"Dana,Wu,,,Acme,Lead,13/8/18", "no day that can be read"),
        (b"Dana", "ends before its names do"),
        (b"Dana,Wu,,,Acme, Inc,Lead,05 Mar 2020", "more cells than the header"),
        (b'Dana,Wu,,,"Acme,Lead,05 Mar 2020', "a quote is not closed"),
        (b'Dana,Wu,,,"Acme"x"",Lead,05 Mar 2020', "quotes are not in pairs"),
        (b"Dana,Wu,,," + b"x" * 600 + b",Lead,05 Mar 2020", "longer than 500"),
        (b"Dana,Wu,,," + b"x" * 2_000_000 + b",Lead,05 Mar 2020", "too large"),
        (b'Dana,Wu,,,"' + b"x" * 2_000_000 + b'",Lead,05 Mar 2020', "too large"),
        (b"," * 2_000_000, "too large"),
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


@pytest.mark.parametrize(
    ("rows", "names", "said"),
    [
        # A stray quote, and the next one two rows on: the row between them is a row of its own.
        (['Dana,"Wu,,,Acme,Lead,', "Eve,Roe,,,Acme,Lead,", 'Fay,"Poe,,,Acme,Lead,', LAST], "Eve Gus", [2, 4]),
        # The same, but it looks like a cell of three lines.
        (['Dana,Wu,,,"Acme,Lead,', "Eve,Roe,,,Acme,Lead,", 'Fay,Poe,,,Acme",Lead,', LAST], "Eve Gus", [2, 4]),
        # A cell of two lines that is broken: both are left out, for neither is a row.
        (['Dana,Wu,,,"Ac', 'me"x",Lead,', LAST], "Gus", [2]),
        # Behind an open quote in the last row there is nothing to swallow.
        ([LAST, 'Dana,Wu,,,"Acme,Lead,'], "Gus", [3]),
    ],
)
def test_a_stray_quote_swallows_nobody(rows: list[str], names: str, said: list[int]) -> None:
    """Rows behind a quote that was not closed come in; each row that doesn't is named by a problem."""
    found, problems = read((NOW + "\n".join(rows) + "\n").encode(), "x")
    assert ([person.given_name for person in found], [problem.line for problem in problems]) == (names.split(), said)


def test_the_lines_left_out_are_named() -> None:
    """A problem of several lines says which."""
    _, (problem,) = read(f'{NOW}Dana,Wu,,,"Ac\nme"x",Lead,\n{LAST}\n'.encode(), "x")
    assert "lines 2 to 3 were left out" in problem.message


@given(
    st.lists(st.sampled_from(["Dana,Wu,,,Acme,Lead,", 'Eve,"Roe,,,Acme,Lead,', 'Fay,Poe,,,Acme",Lead,']), max_size=40)
)
def test_every_row_comes_in_or_is_named(rows: list[str]) -> None:
    """Wherever stray quotes fall, a line is a person's or lies within a problem's lines."""
    found, problems = read((NOW + "\n".join([*rows, LAST, ""])).encode(), "x")
    named = {person.line for person in found}
    for problem in problems:
        lines = re.search(r"lines (\d+) to (\d+)", problem.message)
        named |= set(range(int(lines[1]), int(lines[2]) + 1)) if lines else {problem.line}
    assert named == set(range(2, len(rows) + 3))


@pytest.mark.parametrize(
    ("end", "names", "said"),
    [
        ("Eve,Roe,,,Ac", ["Gus Roe"], [3]),
        ("Eve,Roe,,,Ac\n", ["Gus Roe", "Eve Roe"], []),
        ("Eve,Roe,,,Ac\n  ", ["Gus Roe", "Eve Roe"], []),
        ("Eve,Roe,,,Acme,Lead,", ["Gus Roe", "Eve Roe"], []),
        ("", ["Gus Roe"], []),
    ],
)
def test_half_a_row_at_the_end_is_nobody(end: str, names: list[str], said: list[int]) -> None:
    """A download that broke off ends within a row, which is named; a short row with its line end is whole."""
    found, problems = read(f"{NOW}{LAST}\n{end}".encode(), "x")
    assert ([person.name for person in found], [problem.line for problem in problems]) == (names, said)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bad_bytes_are_named_with_their_line(end: str) -> None:
    """The first byte that is no UTF-8, and each NUL, on the line an editor shows, whatever ends the lines."""
    text = f"{NOW}{LAST}\nJ?rgen,A,,,,,\nZo\0e,B,,,,,\nDa\0na,C,,,,,\n".replace("\n", end)
    found, problems = read(text.encode().replace(b"?", b"\xfc"), "x")
    assert [person.given_name for person in found] == ["Gus", "Jürgen", "Zoe", "Dana"]
    assert [problem.line for problem in problems] == [3, 4, 5]


def test_damaged_utf_16_is_said() -> None:
    """What can't be decoded is named with its line; the rest comes in."""
    found, problems = read(f"{NOW}{LAST}\nEve,X,,,,,\n".encode("utf-16").replace(b"X\0", b"\0\xd8"), "x")
    assert [person.given_name for person in found] == ["Gus", "Eve"]
    assert [(problem.line, "UTF-16 is damaged" in problem.message) for problem in problems] == [(3, True)]


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
        b"x" * 50_000_000,
        b'"' * 1001,
    ],
)
def test_another_file_is_refused(content: bytes) -> None:
    """A file that is not LinkedIn's is refused with what was looked for, never read as empty."""
    with pytest.raises(WrongFormat, match="hold no header with First Name"):
        read(content, "other.csv")


@pytest.mark.parametrize(
    ("header", "there"),
    [
        ("First Name,Surname,Company,Position", "nearest has only First Name, Company, Position."),
        ("Dana,Wu,Acme", "Position. In LinkedIn ask for"),
    ],
)
def test_a_refusal_says_which_columns_there_are(header: str, there: str) -> None:
    """A header that LinkedIn has changed is told from a file that has none."""
    with pytest.raises(WrongFormat, match=there):
        read(f"{header}\nDana,Wu,Acme,Lead\n".encode(), "x")


@pytest.mark.parametrize("row", [b"\r", b"a\n", b'a"\n', b"\0\n"])
def test_a_file_of_endless_lines_is_refused(row: bytes) -> None:
    """50 MB of tiny lines is no list of connections: a sentence, and not a million problems."""
    with pytest.raises(WrongFormat, match="more than 300,000 lines"):
        read(NOW.encode() + row * (50_000_000 // len(row)) + b"x", "x")


def test_blank_lines_are_nobody() -> None:
    """Empty lines and rows of empty cells are skipped, however many end the file."""
    assert one(f"{NOW}\n,,,,,,\n{LAST}\n" + "\n" * 50_000_000).line == 4


def test_a_line_of_50_mb_hurts_nobody_else() -> None:
    """One monstrous line is a problem; the people around it come in."""
    for monster in (b"x," * 25_000_000, b"," * 50_000_000, b'"' + b"x" * 50_000_000 + b'"', b'"' * 50_000_000):
        found, problems = read((NOW + ROW).encode() + monster + b"\n" + ROW.encode(), "x")
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


def test_what_is_in_the_e_mail_cell_is_told_as_it_is() -> None:
    """Whether an address is one is asked where people are matched, which names the row; the person comes in."""
    assert one(f"{NOW}Dana,Wu,,not an address,Acme,Lead,\n").reach == (ImportedMethod("email", "not an address"),)


def test_the_example_is_a_file_of_today() -> None:
    """examples/Connections.csv has LinkedIn's preamble and nothing wrong with it."""
    example = Path(__file__).parent.parent.parent.parent / "examples" / "Connections.csv"
    found, problems = read(example.read_bytes(), "Connections.csv")
    assert problems == []
    assert found[0].line == 5
    assert all(person.reach[0].kind == "linkedin" and person.connected_on for person in found)


def test_a_file_of_outlooks_is_noticed() -> None:
    """What LinkedIn's oldest files have no values for is named, and so is the command that reads it."""
    header = "First Name,Last Name,Company,Job Title,Mobile Phone,Birthday,Notes,Hobby\n"
    found, (problem,) = read((header + "Dana,Wu,Acme,Lead,+49 30 1,4/12/1990,Met,Chess\n").encode(), "people.csv")
    assert [record.name for record in found] == ["Dana Wu"]
    assert str(problem) == (
        "people.csv:1: columns that LinkedIn leaves empty were not read: “Mobile Phone”, “Birthday”, “Notes” and 1 "
        "more. If it is Outlook's, use `netcrm import outlook`"
    )
    empty = header + "Dana,Wu,Acme,Lead,,,,\n"
    assert read(empty.encode(), "people.csv")[1] == []


# --------------------------------------------------------------------------- the archive of a whole account


def zipped(*members: tuple[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w", method) as made:
        for name, content in members:  # of one date, so that the names of the tests stay the same
            made.writestr(zipfile.ZipInfo(name), content, method)
    return sink.getvalue()


FOLDER = "Basic_LinkedInDataExport_11-23-2026"
OTHERS = ((f"{FOLDER}/Profile.csv", "First Name,Last Name\nMe,Myself\n"), (f"{FOLDER}/messages.csv", "a,b\n"))
CSV = NOTES + NOW + ROW


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Connections.csv", "Connections.csv"),
        (f"{FOLDER}/Connections.csv", f"{FOLDER}/Connections.csv"),
        ("a\\b\\CONNECTIONS.CSV", "a/b/CONNECTIONS.CSV"),
        ("a\x1b[2J\n/connections.csv", "a[2J/connections.csv"),
    ],
)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_archive_holds_the_same_people(name: str, called: str, method: int) -> None:
    """As LinkedIn delivers it: at the top or in a folder, beside other files, under whatever name it was saved."""
    content = zipped(
        *OTHERS, ("__MACOSX/._Connections.csv", b"\0\0"), (name, CSV + ",,,,,,01 Jan 2023\n"), method=method
    )
    (found,), (problem,) = read(content, "archive.zip")
    assert found == DANA
    assert str(problem).startswith(f"archive.zip/{called}:6: the row has no name")


def altered(content: bytes, mark: bytes, at: int, value: bytes) -> bytes:
    """An archive whose first directory entry says something else."""
    place = content.index(mark) + at
    return content[:place] + value + content[place + len(value) :]


ENTRY = b"PK\x01\x02"
GOOD = zipped(("Connections.csv", CSV))
BOMB = zipped(("Connections.csv", "x" * (zip_member.SMALL + 1)))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped(*OTHERS), "the archive holds no Connections.csv"),
        (zipped(("Connections.csv/", "")), "the archive holds no Connections.csv"),
        (zipped(), "the archive holds no Connections.csv"),
        (zipped(("a/Connections.csv", CSV), ("b/Connections.csv", CSV)), "more than once (a/Connections.csv and b/"),
        (altered(GOOD, ENTRY, 8, b"\1"), "is encrypted"),
        (altered(GOOD, ENTRY, 8, b"\x20"), "the archive is damaged"),
        (altered(GOOD, ENTRY, 10, b"\x63"), "packed in a way that can't be read here"),
        (zipped(("Connections.csv", CSV), method=zipfile.ZIP_LZMA), "packed in a way that can't be read here"),
        (altered(GOOD, ENTRY, 16, b"\0\0\0\0"), "the archive is damaged"),
        (altered(GOOD, ENTRY, 24, b"\1\0\0\0"), "the archive is damaged"),
        (altered(GOOD, ENTRY, 24, struct.pack("<I", zip_member.LARGEST_MEMBER + 1)), "is larger than 50 MiB"),
        (altered(GOOD, ENTRY, 24, struct.pack("<I", zip_member.SMALL + 1)), "more than 100 times its size"),
        (zipped(("Connections.csv", "x" * (zip_member.LARGEST_MEMBER + 1)), method=0), "is larger than 50 MiB"),
        (altered(BOMB, ENTRY, 24, b"\1\0\0\0"), "the archive is damaged"),
        (BOMB, "more than 100 times its size"),
        (GOOD[:-10], "the archive is damaged"),
        (GOOD[:30], "the archive is damaged"),
        (b"PK\x03\x04" + b"\xff" * 1000, "the archive is damaged"),
        (GOOD + ENTRY * zip_member.MOST_MEMBERS, "holds more than 10,000 files"),
        (zipped(("Connections.csv", GOOD)), "spreadsheet program's own file"),
        (zipped(("Connections.csv", "a,b\n")), "archive.zip/Connections.csv is not LinkedIn's Connections.csv"),
    ],
)
def test_an_archive_that_cannot_be_used_is_refused(content: bytes, why: str) -> None:
    """Without the file or with two, encrypted, damaged, a bomb by what it says or by what it is: a sentence."""
    with pytest.raises(WrongFormat) as refusal:
        read(content, "archive.zip")
    assert why in str(refusal.value)


def test_a_small_bomb_is_a_file_like_any_other() -> None:
    """Rows that are all alike pack to less than a hundredth, and 30,000 of them are no danger."""
    found, _ = read(zipped(("Connections.csv", NOW + ROW * 30_000)), "archive.zip")
    assert len(found) == 30_000


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_archive_is_people_or_a_sentence(at: int, noise: bytes) -> None:
    """Whatever octets of it are wrong, nothing but a refusal comes of it, or what a file may have wrong."""
    content = GOOD[:at] + noise + GOOD[at + len(noise) :]
    with suppress(WrongFormat):
        found, _ = read(content, "archive.zip")
        assert found == [DANA]


def test_the_csv_modules_limit_is_left_alone() -> None:
    """Reading changes nothing for the rest of the program."""
    before = csv.field_size_limit()
    read((NOW + ROW).encode(), "x")
    assert csv.field_size_limit() == before
