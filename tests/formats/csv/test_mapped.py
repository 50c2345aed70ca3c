"""Any other CSV: columns by their mapping, else by their headers, else in the notes; no value is lost."""

import re
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.dates import NO_YEAR
from netcrm.errors import InvalidValue, Problem, WrongFormat
from netcrm.formats.csv import mapped
from netcrm.formats.csv.mapped import FIELDS, Column, preview, read
from netcrm.formats.records import ImportedContact, ImportedMethod
from tests.helpers import hostile
from tests.helpers.records import assert_fits, text_of, written

GERMAN = "Vorname;Name;E-Mail;Telefon (privat);Straße;PLZ;Ort;Geburtstag;Firma;Abteilung;Kategorien;Notiz\n"
ROW = 'Dana;Wu;dana@a.example;030 1;Elm 1;10115;Berlin;13.4.1985;Acme;R&D;"Allies; VIP";"two\nlines"\n'
RECORD = ImportedContact(
    line=2,
    name="Dana Wu",
    given_name="Dana",
    family_name="Wu",
    reach=(
        ImportedMethod("email", "dana@a.example"),
        ImportedMethod("phone", "030 1", "home"),
        ImportedMethod("address", "Elm 1, 10115, Berlin"),
    ),
    company="Acme",
    birthday=date(1985, 4, 13),
    tags=("Allies", "VIP"),
    notes="two\nlines\nAbteilung: R&D",
)


def read_rows(content: str, **mapping: str) -> tuple[list[ImportedContact], list[Problem]]:
    return read(content.encode(), "people.csv", mapping)


def only_contact(content: str, **mapping: str) -> ImportedContact:
    """The contact in a file with one row and no problems."""
    (contact,), problems = read_rows(content, **mapping)
    assert problems == []
    return contact


# --------------------------------------------------------------------------- columns


def test_a_file_in_another_language_needs_no_mapping() -> None:
    """Columns are guessed by their headers, and a column without a guess goes to the notes."""
    assert only_contact(GERMAN + ROW) == RECORD


def test_a_preview_shows_what_would_be_read() -> None:
    """A preview has each column with its mapped or guessed field and samples, the number of rows, and the problems."""
    rows = "".join(f"P{number};Wu;;0{number % 2};;;;;;R&D;;\n" for number in range(5)) + ";;;030 9;;;;;;;;\n"
    shown = preview((GERMAN + rows).encode("utf-8"), "x", {"abteilung": "tag", "Ort": "ignore"})
    assert shown.columns[:4] == (
        Column("Vorname", "given-name", guessed=True, samples=("P0", "P1", "P2")),
        Column("Name", "family-name", guessed=True, samples=("Wu",)),
        Column("E-Mail", "email", guessed=True, samples=()),
        Column("Telefon (privat)", "phone", guessed=True, samples=("00", "01", "030 9")),
    )
    fields = {column.name: (column.field, column.guessed) for column in shown.columns}
    assert (fields["Ort"], fields["Abteilung"]) == (("ignore", False), ("tag", False))
    assert (shown.rows, [problem.line for problem in shown.problems]) == (6, [7])


def test_a_preview_counts_the_rows_that_are_lost() -> None:
    """A preview counts the rows that can't be read."""
    shown = preview(b'Name,Email\nDana,d@x.example\nEve,e@x.example,more\nFay,"\n', "x", {})
    assert (shown.rows, [problem.line for problem in shown.problems]) == (3, [3, 4])


def test_samples_are_short_and_in_one_line() -> None:
    """A preview fits a terminal with any text in the cells."""
    shown = preview(written(["Name"], ["a\x1b[2J\nb" + "x" * 500]).encode(), "x", {})
    (sample,) = shown.columns[0].samples
    assert sample == ("a[2J b" + "x" * 500)[: mapped.LONGEST_SAMPLE]


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_be_mapped_to(field: str) -> None:
    """A column can be mapped to any field: its value is in the record, and in the notes only for a note."""
    examples = {
        "birthday": "1985-04-12",
        "connected-on": "2020-03-05",
        "timezone": "Europe/Berlin",
        "every": "3 months",
    }
    value = {**examples, "tier": "B"}.get(field, "Xyz")
    content = f"Name,Q\nDana,{value}\n" if field != "name" else f"Who,Q\n,{value}\n"
    contact = only_contact(content, Q=field)
    everything = f"{text_of(contact)} {contact.birthday} {contact.connected_on}"
    assert (value in everything) == (field != "ignore")
    assert contact.notes == ("Xyz" if field == "note" else None)
    kinds = ("email", "phone", "linkedin", "url", "address", "im")
    assert [method.kind for method in contact.reach] == ([field] if field in kinds else [])


def test_a_mapping_overrules_a_guess() -> None:
    """A mapped column is found in any case and with blanks; a field may have a blank or an underscore."""
    contact = read(b"Name, Company ,City\nDana,Recruiter,Acme\n", "x", {"COMPANY": "Title", "city": "company"})[0][0]
    assert (contact.title, contact.company) == ("Recruiter", "Acme")
    assert only_contact("A,B\nDana,Wu\n", A="given_name", B="Family Name").name == "Dana Wu"


def test_several_columns_may_hold_one_field() -> None:
    """Two e-mail columns give two addresses with labels; the parts of one postal address are joined."""
    content = "Name,Work Email,Email 2,Home Street,Home City,Work Address,Mobile,Tag,Group\n"
    contact = only_contact(content + "Dana,a@x.example,b@x.example,Elm 1,Berlin,Oak 2,0171,A,B\n", Tag="tag")
    assert contact.reach == (
        ImportedMethod("email", "a@x.example", "work"),
        ImportedMethod("email", "b@x.example"),
        ImportedMethod("phone", "0171", "cell"),
        ImportedMethod("address", "Elm 1, Berlin", "home"),
        ImportedMethod("address", "Oak 2", "work"),
    )
    assert contact.tags == ("A", "B")


def test_of_two_guesses_for_one_field_the_second_is_a_note() -> None:
    """A mapped column comes before a guessed one, and the first before the second, even with the same header."""
    content = "Name,Company,Firma,Firma\nDana,Acme,Birch,Cove\n"
    assert (only_contact(content).company, only_contact(content).notes) == ("Acme", "Firma: Birch\nFirma: Cove")
    by_mapping = only_contact(content, Firma="company")
    assert (by_mapping.company, by_mapping.notes) == ("Birch", "Company: Acme\nFirma: Cove")


def test_a_column_without_a_name_has_its_number() -> None:
    """A column without a header, as Excel leaves some, goes to the notes or is mapped by its number."""
    content = "Name,,\nDana,x,y@x.example\n"
    contact = read(content.encode(), "x", {"column 3": "email"})[0][0]
    assert (contact.notes, contact.reach) == ("Column 2: x", (ImportedMethod("email", "y@x.example"),))


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        (
            {"Emial": "email"},
            "column: “Emial” is not in the file; did you mean “Email”? The choices are Name, Email, Q",
        ),
        ({"Xyzzy": "email"}, "column: “Xyzzy” is not in the file; use one of these: Name, Email, Q"),
        (
            {"Q": "brithday"},
            "column Q: “brithday” is not a field; did you mean “birthday”? The choices are name, given-name",
        ),
        ({"Q": "xyzzy"}, "column Q: “xyzzy” is not a field; use one of these: name, given-name"),
        ({"Name": "title", "Q": "title"}, "column Q: “title” is mapped from “Name” already; map one of the two"),
        ({"Name": "ignore", "Email": "ignore"}, "columns: “Name, Email, Q” hold no name; map one to name, or two to"),
        ({"Name": "company", "Email": "note"}, "columns: “Name, Email, Q” hold no name; map one to name, or two to"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(mapping: dict[str, str], why: str) -> None:
    """A mapping is refused if a column or field is unknown, two columns fill one value, or none holds a name."""
    with pytest.raises(InvalidValue, match=re.escape(why)):
        read(b"Name,Email,Q\nDana,d@x.example,1\n", "x", mapping)


def test_a_preview_without_names_says_so() -> None:
    """A preview of a file without names shows the columns, and a problem says what to map."""
    shown = preview(b"\nP,Q\nDana,Wu\n", "x", {})
    assert [column.samples for column in shown.columns] == [("Dana",), ("Wu",)]
    (problem,) = shown.problems
    assert (problem.line, "no column holds a name; map one to name" in problem.message) == (2, True)


# --------------------------------------------------------------------------- headers


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\nName;E-Mail\nDana;d@x.example\n",
        "My people\n\n\nName\tE-Mail\tx,y\nDana\td@x.example\n",
        '"A list, of people; mine"\nName,E-Mail\nDana,d@x.example\n',
        "Name;E-Mail;A, B, C, D\nDana;d@x.example\n",
    ],
)
def test_the_header_is_the_line_with_the_most_names(content: str) -> None:
    """The header is found after any lines and with any separator."""
    contact = only_contact(content)
    assert (contact.name, contact.reach) == ("Dana", (ImportedMethod("email", "d@x.example"),))


def test_mapped_names_make_a_header() -> None:
    """A header without guesses is found by the mapped names."""
    content = "Name of the list;x;y\nQ;R;S\nDana;Wu;d@x.example\n"
    assert only_contact(content, Q="given-name", R="family-name", S="email").name == "Dana Wu"


# --------------------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("cell", "emails"),
    [
        ("a@x.example; b@x.example", ["a@x.example", "b@x.example"]),
        ("a@x.example, b@x.example", ["a@x.example", "b@x.example"]),
        ("a@x.example\nb@x.example", ["a@x.example", "b@x.example"]),
        ("a@x.example ::: b@x.example", ["a@x.example", "b@x.example"]),
        ('"Wu, Dana" <a@x.example>', ["a@x.example"]),
        ("Wu, Dana <a@x.example>, Bob Roe <b@x.example>", ["a@x.example", "b@x.example"]),
        ("not, an address", ["not, an address"]),
        ("<a@x.example", ["<a@x.example"]),
    ],
)
def test_several_addresses_in_a_cell(cell: str, emails: list[str]) -> None:
    """Addresses are read with any separator and without display names; other text is kept as it is."""
    contact = only_contact(written(["Name", "Email"], ["Dana", cell]))
    assert [method.value for method in contact.reach] == emails


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("1985-04-12", date(1985, 4, 12)),
        ("12.4.85", date(1985, 4, 12)),
        ("12-Apr-1985", date(1985, 4, 12)),
        ("April 12, 1985", date(1985, 4, 12)),
        ("12. April 1985", date(1985, 4, 12)),
        ("1er août 1985", date(1985, 8, 1)),
        ("12 de abril de 1985", date(1985, 4, 12)),
        ("--04-12", date(NO_YEAR, 4, 12)),
        ("4/13/85", date(1985, 4, 13)),
        ("13/4/85", date(1985, 4, 13)),
        ("4/4/24", date(2024, 4, 4)),
    ],
)
def test_days_that_say_themselves_what_is_what(cell: str, day: date) -> None:
    """Unambiguous days are read: ISO, dots, months as words in four languages, and clear numbers."""
    assert only_contact(written(["Name", "Birthday"], ["Dana", cell])).birthday == day


@pytest.mark.parametrize(
    ("others", "header", "separator", "day", "why"),
    [
        (["13/04/2020"], "Birthday", ",", date(2020, 4, 3), None),
        (["04/13/2020"], "Birthday", ";", date(2020, 3, 4), None),
        (["03/03/2020", "", "1.4.2020"], "Birthday", ",", date(2020, 3, 4), "no row decides it"),
        ([], "Birthday", ";", date(2020, 4, 3), "no row decides it"),
        ([], "Geburtstag", ",", date(2020, 4, 3), "no row decides it"),
        (["13/04/2020", "14/04/2020", "04/15/2020"], "Birthday", ",", date(2020, 4, 3), "decide it both ways"),
        (["13/04/2020", "04/14/2020", "04/15/2020"], "Birthday", ";", date(2020, 3, 4), "decide it both ways"),
    ],
)
def test_a_column_decides_how_its_days_are_read(
    others: list[str], header: str, separator: str, day: date, why: str | None
) -> None:
    """One clear day decides for its column; without one, a problem says how the days were read."""
    rows = [["Name", header], ["Ana", ""], ["Dana", "03/04/2020"], *(["Eve", cell] for cell in others)]
    contacts, problems = read_rows(written(*rows, separator=separator))
    assert contacts[1].birthday == day
    assert [contact.birthday is None for contact in contacts[2:]] == [not cell for cell in others]
    assert [(problem.line, str(why) in problem.message) for problem in problems] == ([(3, True)] if why else [])
    spoken = "3 April 2020" if day.month == 4 else "4 March 2020"
    assert all(spoken in problem.message and day.isoformat() in problem.message for problem in problems)


def test_each_column_decides_for_itself() -> None:
    """Birthdays and connection days may have different orders."""
    contacts, problems = read_rows("Name,Birthday,Connected On\nDana,03/04/20,03/04/20\nEve,13/04/20,04/13/20\n")
    assert (contacts[0].birthday, contacts[0].connected_on, problems) == (date(2020, 4, 3), date(2020, 3, 4), [])


@pytest.mark.parametrize("zone", ["Berlin", "CET or so", "../../etc/passwd", "Europe/Berlin\0", "x" * 600])
def test_a_time_zone_that_is_none_is_kept_and_said(zone: str) -> None:
    """An unknown time zone is a problem, and the contact is imported without it."""
    (contact,), problems = read_rows(written(["Name", "Time zone"], ["Dana", zone]))
    assert contact.timezone in (None, "Europe/Berlin")
    assert (contact.timezone is None) == any("is not a time zone" in problem.message for problem in problems)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (",,,Acme,a@x.example", "Acme"),
        (",,,,a@x.example", "a@x.example"),
        (",Dana,,Acme,", "Dana"),
        ("Dr. Dana Wu,Dana,Wu,Acme,", "Dr. Dana Wu"),
    ],
)
def test_who_has_no_name_is_called_by_what_there_is(row: str, name: str) -> None:
    """A contact is called by the whole name, else its parts, the company or an e-mail address."""
    contact = only_contact(f"Name,First,Last,Company,Email\n{row}\n")
    assert contact.name == name


def test_who_has_nothing_to_be_called_by_is_counted() -> None:
    """A row with a phone and no name is a problem with its line."""
    contacts, (problem,) = read_rows("Name,Phone\n,030 1\nDana,030 2\n")
    assert ([contact.line for contact in contacts], problem.line, problem.lost) == ([3], 2, True)


# --------------------------------------------------------------------------- laws

HEADERS = ("Name", "Vorname", "Email", "Phone", "Company", "Title", "Tags", "Notes", "City", "Pets", "Birthday", "")
FIELD_OF = st.sampled_from([field for field in FIELDS if field != "ignore"])
WORDS = st.text(st.characters(categories=["Ll"], codec="ascii"), min_size=3, max_size=8)


@given(cells=st.lists(WORDS, min_size=len(HEADERS), max_size=len(HEADERS)), field=FIELD_OF)
def test_whatever_a_row_says_is_in_the_record(cells: list[str], field: str) -> None:
    """The record has every word of a row, whether its column is mapped, guessed or unknown."""
    (contact,), _ = read(written(HEADERS, cells).encode(), "x", {"Pets": field})
    assert [word for word in cells if word not in text_of(contact)] == []


@given(
    header=st.lists(st.sampled_from(HEADERS) | hostile.texts, min_size=1, max_size=6),
    cells=st.lists(hostile.texts, max_size=6),
    field=st.sampled_from(FIELDS),
)
def test_hostile_files_fit_the_book_or_are_refused(header: list[str], cells: list[str], field: str) -> None:
    """Any header and cells give records that a contact can hold, problems, or a refusal."""
    content = written(["Name", "Q", *header], ["Dana", *cells]).encode("utf-8", "surrogatepass")
    with suppress(InvalidValue, WrongFormat):  # the header may be another line, or too long for one
        shown = preview(content, "x", {"Q": field})
        contacts, problems = read(content, "x", {"Q": field})
        assert list(shown.problems) == problems
        for contact in contacts:
            assert_fits(contact)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "contain no usable header"),
        (b"\n" * 50 + b"Name\n", "contain no usable header"),
        (b",;\t\n" * 50, "contain no usable header"),
        (b"\x00\x01\x02" * 1000, "contain no usable header"),
        (b",".join([b"x"] * 1001), "at most 1,000 names"),
        (b"Name," + b"x" * 501, "names of at most 500 characters"),
        (b"x" * 50_000_000, "contain no usable header"),
        (b"PK\x03\x04" + b"x" * 100, "spreadsheet program's own file"),
    ],
)
def test_what_is_no_csv_is_refused(content: bytes, why: str) -> None:
    """A file that is not CSV is refused: no text, blank lines, a picture, more than a thousand columns, a workbook."""
    for function in (preview, read):
        with pytest.raises(WrongFormat, match=why):
            function(content, "x", {})


def test_ten_thousand_rows() -> None:
    """A file of ten thousand rows is read completely."""
    contacts, problems = read_rows(GERMAN + ROW * 10_000)
    assert (len(contacts), problems) == (10_000, [])
