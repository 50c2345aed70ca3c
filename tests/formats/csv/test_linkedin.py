"""LinkedIn's Connections.csv: the columns of every year, and every fault of a row."""

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


def only_contact(text: str) -> ImportedContact:
    """The contact in a file with one row and no problems."""
    (contact,), problems = read(text.encode(), "Connections.csv")
    assert problems == []
    return contact


def test_todays_file() -> None:
    """LinkedIn's current file has three lines of preamble and seven columns."""
    assert only_contact(NOTES + NOW + ROW) == DANA


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
    """Columns are found by their names, in any order; the dates of each year give the same day in every locale."""
    contact = only_contact(f"{header}\n{row}\n")
    assert (contact.name, contact.company, contact.title) == ("Dana Wu", "Acme", "Lead")
    assert (contact.connected_on, contact.reach) == (date(2018, 1, 8), ())


def test_outlooks_columns_of_2017() -> None:
    """Until 2017 the file had Outlook's columns and no day; its “Title” is a form of address."""
    contact = only_contact(
        '"Title","First Name","Last Name","E-mail Address","Company","Department","Job Title"\n'
        '"Ms","Dana","Wu","","Acme","","Lead"\n'
    )
    assert (contact.name, contact.title, contact.connected_on) == ("Dana Wu", "Lead", None)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_and_line_end(encoding: str, end: str) -> None:
    """Every encoding and line end gives the same contact on the same line."""
    (contact,), problems = read((NOTES + NOW + ROW).replace("\n", end).encode(encoding), "x")
    assert (contact, problems) == (DANA, [])


PEOPLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@given(given=PEOPLE, family=PEOPLE, company=PEOPLE)
def test_names_come_through_letter_for_letter(given: str, family: str, company: str) -> None:
    """Names in any script are read unchanged, with emoji, quotes, commas and line breaks."""
    lines: list[str] = []
    writer = csv.writer(type("Sink", (), {"write": lambda _, line: lines.append(line)})())
    writer.writerow([given, family, "", "", company, "Lead", "05 Mar 2020"])
    contacts, problems = read((NOW + "".join(lines)).encode(), "x")
    names = [
        " ".join(clean(part.replace("\n", " ").replace("\r", " ").replace("\t", " ")).split())
        for part in (given, family)
    ]
    assert [contact.name for contact in contacts] == [" ".join(filter(None, names))] * len(contacts)
    assert len(contacts) + len(problems) == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (b",,,,,,01 Jan 2023", "has no name"),
        (b"Dana,Wu,,,Acme,Lead,31 Feb 2020", "not a day that netcrm can read"),
        (b"Dana,Wu,,,Acme,Lead,05 Mar 1850", "lies outside 1900 to 2200"),
        (b"Dana,Wu,,,Acme,Lead,05 Mar 2201", "lies outside 1900 to 2200"),
        (b"Dana,Wu,,,Acme,Lead,5 Foo 2020", "not a day that netcrm can read"),
        (b"Dana,Wu,,,Acme,Lead,5 Mayhem 2020", "not a day that netcrm can read"),
        (b"Dana,Wu,,,Acme,Lead,2020-03-05 or so", "not a day that netcrm can read"),
        (b"Dana,Wu,,,Acme,Lead,13/8/18", "not a day that netcrm can read"),
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
    """A bad row is a problem with its line; the rows before and after it are imported."""
    content = NOW.encode() + b"Ana,Before,,,Acme,Lead,05 Mar 2020\n" + row + b"\nZoe,Behind,,,Acme,Lead,05 Mar 2020\n"
    contacts, problems = read(content, "Connections.csv")
    names = [contact.name for contact in contacts]
    assert (names[0], names[-1]) == ("Ana Before", "Zoe Behind")
    assert [(problem.line, why in problem.message) for problem in problems] == [(3, True)]


@pytest.mark.parametrize(
    ("rows", "names", "problem_lines"),
    [
        # A stray quote, and the next one two rows later: the row between them is a separate row.
        (['Dana,"Wu,,,Acme,Lead,', "Eve,Roe,,,Acme,Lead,", 'Fay,"Poe,,,Acme,Lead,', LAST], "Eve Gus", [2, 4]),
        # The same, but it looks like a cell of three lines.
        (['Dana,Wu,,,"Acme,Lead,', "Eve,Roe,,,Acme,Lead,", 'Fay,Poe,,,Acme",Lead,', LAST], "Eve Gus", [2, 4]),
        # A broken cell of two lines: both lines are left out, since neither is a row.
        (['Dana,Wu,,,"Ac', 'me"x",Lead,', LAST], "Gus", [2]),
        # An open quote in the last row has nothing to swallow.
        ([LAST, 'Dana,Wu,,,"Acme,Lead,'], "Gus", [3]),
    ],
)
def test_a_stray_quote_swallows_nobody(rows: list[str], names: str, problem_lines: list[int]) -> None:
    """Rows after an open quote are imported; a problem names each row that is not."""
    contacts, problems = read((NOW + "\n".join(rows) + "\n").encode(), "x")
    assert ([contact.given_name for contact in contacts], [problem.line for problem in problems]) == (
        names.split(),
        problem_lines,
    )


def test_the_lines_left_out_are_named() -> None:
    """A problem with several lines names the first and the last one."""
    _, (problem,) = read(f'{NOW}Dana,Wu,,,"Ac\nme"x",Lead,\n{LAST}\n'.encode(), "x")
    assert "lines 2 to 3 were left out" in problem.message


@given(
    st.lists(st.sampled_from(["Dana,Wu,,,Acme,Lead,", 'Eve,"Roe,,,Acme,Lead,', 'Fay,Poe,,,Acme",Lead,']), max_size=40)
)
def test_every_row_comes_in_or_is_named(rows: list[str]) -> None:
    """With any stray quotes, each line belongs to a contact or to a problem."""
    contacts, problems = read((NOW + "\n".join([*rows, LAST, ""])).encode(), "x")
    named = {contact.line for contact in contacts}
    for problem in problems:
        lines = re.search(r"lines (\d+) to (\d+)", problem.message)
        named |= set(range(int(lines[1]), int(lines[2]) + 1)) if lines else {problem.line}
    assert named == set(range(2, len(rows) + 3))


@pytest.mark.parametrize(
    ("end", "names", "problem_lines"),
    [
        ("Eve,Roe,,,Ac", ["Gus Roe"], [3]),
        ("Eve,Roe,,,Ac\n", ["Gus Roe", "Eve Roe"], []),
        ("Eve,Roe,,,Ac\n  ", ["Gus Roe", "Eve Roe"], []),
        ("Eve,Roe,,,Acme,Lead,", ["Gus Roe", "Eve Roe"], []),
        ("", ["Gus Roe"], []),
    ],
)
def test_half_a_row_at_the_end_is_nobody(end: str, names: list[str], problem_lines: list[int]) -> None:
    """The incomplete last row of an interrupted download is a problem; a short row with a line end is complete."""
    contacts, problems = read(f"{NOW}{LAST}\n{end}".encode(), "x")
    assert ([contact.name for contact in contacts], [problem.line for problem in problems]) == (names, problem_lines)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bad_bytes_are_named_with_their_line(end: str) -> None:
    """Problems name the first byte that is not UTF-8 and each NUL, with the line that an editor shows."""
    text = f"{NOW}{LAST}\nJ?rgen,A,,,,,\nZo\0e,B,,,,,\nDa\0na,C,,,,,\n".replace("\n", end)
    contacts, problems = read(text.encode().replace(b"?", b"\xfc"), "x")
    assert [contact.given_name for contact in contacts] == ["Gus", "Jürgen", "Zoe", "Dana"]
    assert [problem.line for problem in problems] == [3, 4, 5]


def test_damaged_utf_16_is_said() -> None:
    """Damaged UTF-16 is a problem with its line, and the rest is imported."""
    contacts, problems = read(f"{NOW}{LAST}\nEve,X,,,,,\n".encode("utf-16").replace(b"X\0", b"\0\xd8"), "x")
    assert [contact.given_name for contact in contacts] == ["Gus", "Eve"]
    assert [(problem.line, "UTF-16 is damaged" in problem.message) for problem in problems] == [(3, True)]


def test_29_february_is_a_day_in_leap_years() -> None:
    """29 February 2024 is read; 29 February 2023 is a problem."""
    assert only_contact(NOW + "Dana,Wu,,,Acme,Lead,29 Feb 2024\n").connected_on == date(2024, 2, 29)
    (contact,), (problem,) = read((NOW + "Dana,Wu,,,Acme,Lead,29 Feb 2023\n").encode(), "x")
    assert (contact.connected_on, problem.line) == (None, 2)


@pytest.mark.parametrize(
    ("cell", "company"), [("-", None), (" - ", None), ("", None), ("—", None), ("  Acme \t Robotics ", "Acme Robotics")]
)
def test_companies_that_are_none(cell: str, company: str | None) -> None:
    """A dash is not a company, and a company's name has no blanks or tabs around it."""
    assert only_contact(f"{NOW}Dana,Wu,,,{cell},Lead,05 Mar 2020\n").company == company


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
    """A file that is not LinkedIn's is refused with the columns it needs, and not read as empty."""
    with pytest.raises(WrongFormat, match="hold no header with First Name"):
        read(content, "other.csv")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("First Name,Surname,Company,Position", "nearest has only First Name, Company, Position."),
        ("Dana,Wu,Acme", "Position. In LinkedIn ask for"),
    ],
)
def test_a_refusal_says_which_columns_there_are(header: str, message: str) -> None:
    """The refusal lists the columns that were found, which tells a changed header from a missing one."""
    with pytest.raises(WrongFormat, match=message):
        read(f"{header}\nDana,Wu,Acme,Lead\n".encode(), "x")


@pytest.mark.parametrize("row", [b"\r", b"a\n", b'a"\n', b"\0\n"])
def test_a_file_of_endless_lines_is_refused(row: bytes) -> None:
    """A file of 50 MB of tiny lines is refused once, instead of with a million problems."""
    with pytest.raises(WrongFormat, match="more than 300,000 lines"):
        read(NOW.encode() + row * (50_000_000 // len(row)) + b"x", "x")


def test_blank_lines_are_nobody() -> None:
    """Empty lines and rows of empty cells are skipped, also millions of them at the end of the file."""
    assert only_contact(f"{NOW}\n,,,,,,\n{LAST}\n" + "\n" * 50_000_000).line == 4


def test_a_line_of_50_mb_hurts_nobody_else() -> None:
    """One line of 50 MB is a problem; the contacts around it are imported."""
    for monster in (b"x," * 25_000_000, b"," * 50_000_000, b'"' + b"x" * 50_000_000 + b'"', b'"' * 50_000_000):
        contacts, problems = read((NOW + ROW).encode() + monster + b"\n" + ROW.encode(), "x")
        assert ([contact.line for contact in contacts], [problem.line for problem in problems]) == ([2, 4], [3])


def test_thousands_of_open_quotes_end_soon() -> None:
    """No row among thousands with an open quote swallows the row after it."""
    content = NOW + 'Dana,"Wu,,,Acme,Lead,05 Mar 2020\n' * 3001 + ROW
    contacts, problems = read(content.encode(), "x")
    assert len(contacts) + len(problems) >= 1500
    assert contacts[-1].name == "Dana Wu"


def test_thirty_thousand_rows() -> None:
    """A file with as many rows as LinkedIn allows connections is read completely."""
    contacts, problems = read((NOTES + NOW + ROW * 30_000).encode(), "x")
    assert (len(contacts), problems) == (30_000, [])


def test_what_is_in_the_e_mail_cell_is_told_as_it_is() -> None:
    """The reader does not check e-mail addresses, since matching does."""
    assert only_contact(f"{NOW}Dana,Wu,,not an address,Acme,Lead,\n").reach == (
        ImportedMethod("email", "not an address"),
    )


def test_the_example_is_a_file_of_today() -> None:
    """examples/Connections.csv has LinkedIn's preamble and no problems."""
    example = Path(__file__).parent.parent.parent.parent / "examples" / "Connections.csv"
    contacts, problems = read(example.read_bytes(), "Connections.csv")
    assert problems == []
    assert contacts[0].line == 5
    assert all(contact.reach[0].kind == "linkedin" and contact.connected_on for contact in contacts)


def test_a_file_of_outlooks_is_noticed() -> None:
    """A filled column that LinkedIn leaves empty is a problem that names `netcrm import outlook`."""
    header = "First Name,Last Name,Company,Job Title,Mobile Phone,Birthday,Notes,Hobby\n"
    contacts, (problem,) = read((header + "Dana,Wu,Acme,Lead,+49 30 1,4/12/1990,Met,Chess\n").encode(), "people.csv")
    assert [contact.name for contact in contacts] == ["Dana Wu"]
    assert str(problem) == (
        "people.csv:1: columns that LinkedIn leaves empty were not read: “Mobile Phone”, “Birthday”, “Notes” and 1 "
        "more. If it is Outlook's, use `netcrm import outlook`"
    )
    empty = header + "Dana,Wu,Acme,Lead,,,,\n"
    assert read(empty.encode(), "people.csv")[1] == []


# --------------------------------------------------------------------------- the archive of an account


def zipped(*members: tuple[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = BytesIO()
    with zipfile.ZipFile(sink, "w", method) as made:
        for name, content in members:  # with a fixed date, so that the ids of the tests stay the same
            made.writestr(zipfile.ZipInfo(name), content, method)
    return sink.getvalue()


FOLDER = "Basic_LinkedInDataExport_11-23-2026"
OTHERS = ((f"{FOLDER}/Profile.csv", "First Name,Last Name\nMe,Myself\n"), (f"{FOLDER}/messages.csv", "a,b\n"))
CSV = NOTES + NOW + ROW


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Connections.csv", "Connections.csv"),
        (f"{FOLDER}/Connections.csv", f"{FOLDER}/Connections.csv"),
        ("a\\b\\CONNECTIONS.CSV", "a/b/CONNECTIONS.CSV"),
        ("a\x1b[2J\n/connections.csv", "a[2J/connections.csv"),
    ],
)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_archive_holds_the_same_people(name: str, path: str, method: int) -> None:
    """The archive gives the same contacts, with the file at the top level or in a folder, beside other files."""
    content = zipped(
        *OTHERS, ("__MACOSX/._Connections.csv", b"\0\0"), (name, CSV + ",,,,,,01 Jan 2023\n"), method=method
    )
    (contact,), (problem,) = read(content, "archive.zip")
    assert contact == DANA
    assert str(problem).startswith(f"archive.zip/{path}:6: the row has no name")


def altered(content: bytes, mark: bytes, at: int, value: bytes) -> bytes:
    """An archive with other octets in its first directory entry."""
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
    """An archive is refused with a reason: no such file or two, encrypted, damaged, or a zip bomb."""
    with pytest.raises(WrongFormat) as refusal:
        read(content, "archive.zip")
    assert why in str(refusal.value)


def test_a_small_bomb_is_a_file_like_any_other() -> None:
    """A small file of identical rows is read, although it unpacks to more than 100 times its size."""
    contacts, _ = read(zipped(("Connections.csv", NOW + ROW * 30_000)), "archive.zip")
    assert len(contacts) == 30_000


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_archive_is_people_or_a_sentence(at: int, noise: bytes) -> None:
    """An archive with any wrong octets is refused, or gives the same contacts."""
    content = GOOD[:at] + noise + GOOD[at + len(noise) :]
    with suppress(WrongFormat):
        contacts, _ = read(content, "archive.zip")
        assert contacts == [DANA]


def test_the_csv_modules_limit_is_left_alone() -> None:
    """Reading does not change the csv module's settings for the rest of the program."""
    before = csv.field_size_limit()
    read((NOW + ROW).encode(), "x")
    assert csv.field_size_limit() == before
