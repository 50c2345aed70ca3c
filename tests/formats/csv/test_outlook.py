"""Outlook's CSV, of the desktop program and of outlook.com: the record has every value of a row."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.validation import clean
from netcrm.errors import Problem, WrongFormat
from netcrm.formats.csv.outlook import read
from netcrm.formats.records import ImportedContact, ImportedMethod
from tests.helpers import hostile
from tests.helpers.records import assert_fits, text_of, written


def columns(header: str) -> list[str]:
    return header.split(",")


CLASSIC = columns(
    "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,Business Street 2,"
    "Business Street 3,Business City,Business State,Business Postal Code,Business Country/Region,Home Street,"
    "Home Street 2,Home Street 3,Home City,Home State,Home Postal Code,Home Country/Region,Other Street,"
    "Other Street 2,Other Street 3,Other City,Other State,Other Postal Code,Other Country/Region,"
    "Assistant's Phone,Business Fax,Business Phone,Business Phone 2,Callback,Car Phone,Company Main Phone,Home Fax,"
    "Home Phone,Home Phone 2,ISDN,Mobile Phone,Other Fax,Other Phone,Pager,Primary Phone,Radio Phone,"
    "TTY/TDD Phone,Telex,Account,Anniversary,Assistant's Name,Billing Information,Birthday,"
    "Business Address PO Box,Categories,Children,Directory Server,E-mail Address,E-mail Type,E-mail Display Name,"
    "E-mail 2 Address,E-mail 2 Type,E-mail 2 Display Name,E-mail 3 Address,E-mail 3 Type,E-mail 3 Display Name,"
    "Gender,Government ID Number,Hobby,Home Address PO Box,Initials,Internet Free Busy,Keywords,Language,Location,"
    "Manager's Name,Mileage,Notes,Office Location,Organizational ID Number,Other Address PO Box,Priority,Private,"
    "Profession,Referred By,Sensitivity,Spouse,User 1,User 2,User 3,User 4,Web Page"
)
ON_THE_WEB = columns(
    "First Name,Middle Name,Last Name,Title,Suffix,Nickname,Given Yomi,Surname Yomi,E-mail Address,E-mail 2 Address,"
    "E-mail 3 Address,Home Phone,Home Phone 2,Business Phone,Business Phone 2,Mobile Phone,Car Phone,Other Phone,"
    "Primary Phone,Pager,Business Fax,Home Fax,Other Fax,Company Main Phone,Callback,Radio Phone,Telex,"
    "TTY/TDD Phone,IMAddress,Job Title,Department,Company,Office Location,Manager's Name,Assistant's Name,"
    "Assistant's Phone,Company Yomi,Business Street,Business City,Business State,Business Postal Code,"
    "Business Country/Region,Home Street,Home City,Home State,Home Postal Code,Home Country/Region,Other Street,"
    "Other City,Other State,Other Postal Code,Other Country/Region,Personal Web Page,Spouse,Schools,Hobby,Location,"
    "Web Page,Birthday,Anniversary,Notes"
)
NOISE = ("Yomi", "Initials", " Type")
DEFAULTS = {"Anniversary": "0/0/00", "Birthday": "0/0/00", "Gender": "Unspecified", "Priority": "Normal"}
SILENT = DEFAULTS | {"Private": "False", "Sensitivity": "Normal"}
DANA = {"First Name": "Dana", "Last Name": "Wu"}


def text(*people: dict[str, str], header: list[str] = CLASSIC, separator: str = ",") -> str:
    rows = ([contact.get(name, "") for name in header] for contact in people)
    return written(header, *rows, separator=separator)


def read_rows(*people: dict[str, str], header: list[str] = CLASSIC) -> tuple[list[ImportedContact], list[Problem]]:
    return read(text(*people, header=header).encode(), "outlook.csv")


def only_contact(cells: dict[str, str], header: list[str] = CLASSIC) -> ImportedContact:
    """The contact in a row without problems."""
    (contact,), problems = read_rows(SILENT | cells, header=header)
    assert problems == []
    return contact


# --------------------------------------------------------------------------- whole rows

DESKTOP = DANA | {
    "Title": "Ms",
    "Company": "Acme, Inc.",
    "Department": "R&D",
    "Job Title": "Lead",
    "Business Street": "1 Main St\r\nFloor 2",
    "Business City": "Zürich",
    "Business Country/Region": "Switzerland",
    "Home Fax": "044 3",
    "Business Phone 2": "044 2",
    "Mobile Phone": "079 1",
    "Assistant's Phone": "044 9",
    "Birthday": "4/12/85",
    "Categories": "Allies; Recruiters;",
    "E-mail Address": "dana@acme.example",
    "E-mail Type": "SMTP",
    "E-mail Display Name": "Dana Wu (dana@acme.example)",
    "Notes": "Käse, zwei\r\nWein",
    "Web Page": "http://www.linkedin.com/in/dana-wu",
}
RECORD = ImportedContact(
    line=2,
    name="Dana Wu",
    given_name="Dana",
    family_name="Wu",
    reach=(
        ImportedMethod("phone", "044 2", "work"),
        ImportedMethod("phone", "044 3", "home-fax"),
        ImportedMethod("phone", "079 1", "cell"),
        ImportedMethod("email", "dana@acme.example"),
        ImportedMethod("linkedin", "http://www.linkedin.com/in/dana-wu"),
        ImportedMethod("address", "1 Main St, Floor 2, Zürich, Switzerland", "work"),
    ),
    company="Acme, Inc.",
    title="Lead",
    birthday=date(1985, 4, 12),
    tags=("Allies", "Recruiters"),
    notes="Käse, zwei\nWein\nTitle: Ms\nDepartment: R&D\nAssistant's Phone: 044 9",
)


def test_the_desktop_programs_row() -> None:
    """The classic 92 columns are read, each value once and in its field, without the defaults of empty fields."""
    assert len(CLASSIC) == 92
    assert only_contact(DESKTOP) == RECORD


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_encoding_and_separator(encoding: str, separator: str) -> None:
    """Files in Unicode or in the Windows code page are read, with the separators of any country."""
    (contact,), problems = read(text(SILENT | DESKTOP, separator=separator).encode(encoding), "x")
    assert contact == RECORD
    assert ["Windows-1252" in problem.message for problem in problems] == ([True] if encoding == "cp1252" else [])


def test_the_row_of_outlook_com() -> None:
    """The shorter file of outlook.com has other columns in another order, with a nickname and a messenger."""
    cells = {
        "First Name": "Dana",
        "Last Name": "Wu",
        "Nickname": "Dee",
        "Surname Yomi": "ウー",
        "E-mail 2 Address": "dana@home.example",
        "Primary Phone": "079 1",
        "Mobile Phone": "079 1",
        "TTY/TDD Phone": "079 2",
        "IMAddress": "sip:dana@acme.example",
        "Home City": "Bern",
        "Personal Web Page": "https://dana.example",
        "Schools": "ETH",
        "Birthday": "1985-04-12",
    }
    assert only_contact(cells, ON_THE_WEB) == ImportedContact(
        line=2,
        name="Dana Wu",
        given_name="Dana",
        family_name="Wu",
        reach=(
            ImportedMethod("email", "dana@home.example"),
            ImportedMethod("phone", "079 1", "cell", preferred=True),
            ImportedMethod("phone", "079 2", "tty"),
            ImportedMethod("im", "sip:dana@acme.example"),
            ImportedMethod("url", "https://dana.example", "home"),
            ImportedMethod("address", "Bern", "home"),
        ),
        birthday=date(1985, 4, 12),
        notes="Schools: ETH\nNickname: Dee",
    )


def test_outlooks_format_as_google_writes_it() -> None:
    """Google writes Outlook's format with whole addresses in a cell, and its group of all contacts as a category."""
    header = [*DANA, "E-mail Address", "Home Address", "Home City", "Business Country", "Categories"]
    cells = DANA | {"Home Address": "Elm 1\nBerlin\nGermany", "Home City": "Berlin", "Business Country": "France"}
    contact = only_contact(cells | {"Categories": "Restored from a phone;myContacts"}, header)
    assert contact.reach == (
        ImportedMethod("address", "Elm 1, Berlin, Germany", "home"),
        ImportedMethod("address", "France", "work"),
    )
    assert (contact.tags, contact.notes) == (("Restored from a phone",), None)


# --------------------------------------------------------------------------- columns


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("4/12/1985", date(1985, 4, 12)),
        ("4/12/85", date(1985, 4, 12)),
        ("04/02/85", date(1985, 4, 2)),
        ("2/29/04", date(2004, 2, 29)),
        ("4/12/24", date(2024, 4, 12)),
        ("4/12/25", date(1925, 4, 12)),
        ("4/12/00", date(2000, 4, 12)),
        ("4/12/1985 12:00:00 AM", date(1985, 4, 12)),
        ("1985-04-12", date(1985, 4, 12)),
        ("0/0/00", None),
    ],
)
def test_birthdays(cell: str, day: date | None) -> None:
    """Birthdays are month, day, year in every locale; a year of two digits is in the past."""
    assert only_contact(DANA | {"Birthday": cell}).birthday == day


@pytest.mark.parametrize("cell", ["13/4/1985", "2/29/85", "0/1/85", "4/12/1850", "soon"])
def test_a_birthday_that_is_none_is_kept_and_said(cell: str) -> None:
    """The contact is imported with the cell in the notes, and a problem names the cell and its line."""
    (contact,), (problem,) = read_rows(DANA | {"Birthday": cell})
    assert (contact.birthday, contact.notes, problem.line, problem.lost) == (None, f"Birthday: {cell}", 2, False)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=dana", "EX"),
        ("/O=ACME/OU=EUROPE/CN=DANA", ""),
        ("dana", "EX"),
    ],
)
def test_a_path_inside_exchange_is_no_address(address: str, kind: str) -> None:
    """An Exchange path, by its type or its text, is a problem and goes to the notes, and so does a display name."""
    cells = {"E-mail Address": address, "E-mail Type": kind, "E-mail Display Name": "Wu, Dana (dana@acme.example)"}
    (contact,), (problem,) = read_rows(DANA | cells)
    assert contact.reach == ()
    assert contact.notes == f"E-mail Address: {address}\nE-mail Display Name: Wu, Dana (dana@acme.example)"
    assert (problem.line, "no e-mail address" in problem.message) == (2, True)


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"Company": "Acme", "E-mail Address": "info@acme.example"}, "Acme"),
        ({"Company": "Acme", "E-mail Display Name": "Dana Wu"}, "Dana Wu"),
        ({"Company": "Acme", "E-mail Display Name": "info@acme.example"}, "Acme"),
        ({"E-mail 2 Address": "info@acme.example"}, "info@acme.example"),
    ],
)
def test_who_has_no_name_is_called_by_what_there_is(cells: dict[str, str], name: str) -> None:
    """A contact without a name is called by a display name, the company or an e-mail address."""
    assert only_contact(cells).name == name


def test_who_has_nothing_to_be_called_by_is_counted() -> None:
    """A row with a phone and no name is a problem with its line."""
    contacts, (problem,) = read_rows(SILENT | {"Mobile Phone": "079 1"}, SILENT | DANA)
    assert ([contact.line for contact in contacts], problem.line, problem.lost) == ([3], 2, True)


# --------------------------------------------------------------------------- laws


def read_columns(header: list[str]) -> list[str]:
    return [name for name in header if not any(word in name for word in NOISE)]


@pytest.mark.parametrize("header", [CLASSIC, ON_THE_WEB])
def test_no_column_is_forgotten(header: list[str]) -> None:
    """If all columns are filled, the record has the word of each."""
    cells = {name: f"word{at}x" for at, name in enumerate(read_columns(header))}
    (contact,), _ = read_rows(cells, header=header)
    assert [name for name, word in cells.items() if word not in text_of(contact)] == []


WORDS = st.text(st.characters(categories=["Ll", "Lo", "Nd"]), min_size=3, max_size=8).map(clean)


@given(cells=st.dictionaries(st.sampled_from(read_columns(CLASSIC)), WORDS, max_size=8))
def test_whatever_a_row_says_is_in_the_record(cells: dict[str, str]) -> None:
    """The record has every word of every column that is read, whichever columns are filled."""
    (contact,), _ = read_rows(DANA | cells)
    assert [word for word in cells.values() if word not in text_of(contact) and word != "mycontacts"] == []


@given(cells=st.dictionaries(st.sampled_from(CLASSIC), hostile.texts, max_size=10))
def test_hostile_cells_fit_the_book(cells: dict[str, str]) -> None:
    """Any text in any column gives a record that a contact can hold, or a problem."""
    contacts, problems = read(text(cells | {"Last Name": "Wu"}).encode("utf-8", "surrogatepass"), "x")
    assert contacts or any(problem.lost for problem in problems)
    for contact in contacts:
        assert_fits(contact)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Name,Given Name,E-mail 1 - Value\nDana Wu,Dana,d@x.example\n",
        b"Anrede,Vorname,Nachname,E-Mail-Adresse\n,Dana,Wu,d@x.example\n",
        b"\x00\x01\x02" * 1000,
        b'"' * 1001,
    ],
)
def test_another_file_is_refused(content: bytes) -> None:
    """Another format is refused with the columns it needs: Google's file, a German Outlook's, no text."""
    with pytest.raises(WrongFormat, match="hold no header with First Name, Last Name"):
        read(content, "x")


def test_ten_thousand_rows() -> None:
    """A file of ten thousand rows is read completely."""
    contacts, problems = read_rows(*[SILENT | DESKTOP] * 10_000)
    assert (len(contacts), problems) == (10_000, [])
