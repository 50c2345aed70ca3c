"""Google Contacts' CSV in both forms: the record has every value of a row, and none that says nothing."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.dates import NO_YEAR
from netcrm.domain.validation import LONGEST_TEXT, clean
from netcrm.errors import Problem, WrongFormat
from netcrm.formats.csv.google import read
from netcrm.formats.records import ImportedContact, ImportedMethod
from tests.helpers import hostile
from tests.helpers.records import assert_fits, text_of, written


def columns(header: str) -> list[str]:
    return header.split(",")


OLD = columns(
    "Name,Given Name,Additional Name,Family Name,Yomi Name,Given Name Yomi,Additional Name Yomi,Family Name Yomi,"
    "Name Prefix,Name Suffix,Initials,Nickname,Short Name,Maiden Name,Birthday,Gender,Location,"
    "Billing Information,Directory Server,Mileage,Occupation,Hobby,Sensitivity,Priority,Subject,Notes,Language,"
    "Photo,Group Membership,E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Type,E-mail 2 - Value,IM 1 - Type,"
    "IM 1 - Service,IM 1 - Value,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value,Address 1 - Type,"
    "Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - PO Box,Address 1 - Region,"
    "Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address,Organization 1 - Type,"
    "Organization 1 - Name,Organization 1 - Yomi Name,Organization 1 - Title,Organization 1 - Department,"
    "Organization 1 - Symbol,Organization 1 - Location,Organization 1 - Job Description,Organization 2 - Name,"
    "Organization 2 - Title,Relation 1 - Type,Relation 1 - Value,Website 1 - Type,Website 1 - Value,"
    "Website 2 - Type,Website 2 - Value,Event 1 - Type,Event 1 - Value,Custom Field 1 - Type,"
    "Custom Field 1 - Value"
)
NEW = columns(
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,"
    "Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,"
    "Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,"
    "Phone 1 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,"
    "Address 1 - PO Box,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,"
    "Address 1 - Extended Address,Relation 1 - Label,Relation 1 - Value,Website 1 - Label,Website 1 - Value,"
    "Event 1 - Label,Event 1 - Value,Custom Field 1 - Label,Custom Field 1 - Value"
)
NOISE = ("Yomi", "Phonetic", "Photo", "Initials")
DANA = {"First Name": "Dana", "Last Name": "Wu"}


def text(*people: dict[str, str], header: list[str] = NEW) -> str:
    return written(header, *([contact.get(name, "") for name in header] for contact in people))


def read_rows(*people: dict[str, str], header: list[str] = NEW) -> tuple[list[ImportedContact], list[Problem]]:
    return read(text(*people, header=header).encode(), "contacts.csv")


def only_contact(cells: dict[str, str], header: list[str] = NEW) -> ImportedContact:
    """The contact in a row without problems."""
    (contact,), problems = read_rows(cells, header=header)
    assert problems == []
    return contact


def dana(cells: dict[str, str]) -> ImportedContact:
    return only_contact(DANA | cells)


# --------------------------------------------------------------------------- whole rows


def test_todays_row() -> None:
    """The download since 2024 is read with every kind of column, each value once and in its field."""
    contact = dana(
        {
            "Middle Name": "A.",
            "Name Prefix": "Dr.",
            "Nickname": "Dee",
            "File As": "Wu, Dana A.",
            "Phonetic Last Name": "Woo",
            "Organization Name": "Acme, Inc.",
            "Organization Title": "Lead",
            "Organization Department": "R&D",
            "Birthday": "1985-04-12",
            "Notes": "Met at PyCon\r\nin Berlin, twice",
            "Photo": "https://lh3.example/x",
            "Labels": "* myContacts ::: Recruiters ::: * starred ::: Allies",
            "E-mail 1 - Label": "* Work",
            "E-mail 1 - Value": "dana@acme.example ::: d.wu@acme.example",
            "E-mail 2 - Label": "Home",
            "E-mail 2 - Value": "dana@home.example",
            "Phone 1 - Label": "Mobile",
            "Phone 1 - Value": "+49 30 1",
            "Address 1 - Label": "Home",
            "Address 1 - Formatted": "12 Elm St\nSpringfield, IL 62701\nUS",
            "Address 1 - Street": "12 Elm St",
            "Address 1 - City": "Springfield",
            "Address 1 - Country": "US",
            "Relation 1 - Label": "Spouse",
            "Relation 1 - Value": "Will King",
            "Website 1 - Label": "Profile",
            "Website 1 - Value": "https://www.linkedin.com/in/dana-wu",
            "Event 1 - Label": "* Anniversary",
            "Event 1 - Value": "2001-06-16",
            "Custom Field 1 - Label": "Pronouns",
            "Custom Field 1 - Value": "she/her",
        }
    )
    assert contact == ImportedContact(
        line=2,
        name="Dana A. Wu",
        given_name="Dana",
        family_name="Wu",
        reach=(
            ImportedMethod("email", "dana@acme.example", "work", preferred=True),
            ImportedMethod("email", "d.wu@acme.example", "work"),
            ImportedMethod("email", "dana@home.example", "home"),
            ImportedMethod("phone", "+49 30 1", "cell"),
            ImportedMethod("linkedin", "https://www.linkedin.com/in/dana-wu", "profile"),
            ImportedMethod("address", "12 Elm St, Springfield, IL 62701, US", "home"),
        ),
        company="Acme, Inc.",
        title="Lead",
        birthday=date(1985, 4, 12),
        tags=("Recruiters", "Allies"),
        notes="Met at PyCon\nin Berlin, twice\nName Prefix: Dr.\nOrganization Department: R&D\nSpouse: Will King\n"
        "Anniversary: 2001-06-16\nPronouns: she/her\nNickname: Dee",
    )


def test_the_row_of_until_2024() -> None:
    """The older download has other headers, a column for the whole name, two organisations and a messenger."""
    contact = only_contact(
        {
            "Name": "Dr. Dana Wu",
            "Given Name": "Dana",
            "Family Name": "Wu",
            "Family Name Yomi": "ウー",
            "Initials": "D.W.",
            "Birthday": " --04-01",
            "Priority": "Normal",
            "Sensitivity": "Private",
            "Group Membership": "* My Contacts ::: Recruiters",
            "E-mail 1 - Type": "* ",
            "E-mail 1 - Value": "dana@acme.example",
            "IM 1 - Type": "Home",
            "IM 1 - Service": "GOOGLE_TALK",
            "IM 1 - Value": "dana.wu",
            "Phone 2 - Type": "Work Fax",
            "Phone 2 - Value": "030 2",
            "Organization 1 - Type": "* ",
            "Organization 1 - Name": "Acme",
            "Organization 1 - Title": "Lead",
            "Organization 1 - Department": "R&D",
            "Organization 2 - Name": "Birch",
            "Organization 2 - Title": "Adviser",
            "Website 1 - Type": "Blog",
            "Website 1 - Value": "http\\://dana.example/",
        },
        OLD,
    )
    assert (contact.name, contact.given_name, contact.family_name) == ("Dr. Dana Wu", "Dana", "Wu")
    assert (contact.company, contact.title, contact.birthday) == ("Acme", "Lead", date(NO_YEAR, 4, 1))
    assert contact.reach == (
        ImportedMethod("email", "dana@acme.example", None, preferred=True),
        ImportedMethod("im", "xmpp:dana.wu", "home"),
        ImportedMethod("phone", "030 2", "work-fax"),
        ImportedMethod("url", "http://dana.example/", "blog"),
    )
    assert contact.tags == ("Recruiters",)
    assert contact.notes == (
        "Sensitivity: Private\nOrganization 1 - Department: R&D\nOrganization 2 - Name: Birch\n"
        "Organization 2 - Title: Adviser"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("header", [OLD, NEW])
def test_every_encoding(header: list[str], encoding: str) -> None:
    """The oldest downloads are UTF-16; others are UTF-8, with a byte order mark if a spreadsheet saved them."""
    cells = {"Given Name": "Zoë", "First Name": "Zoë", "Notes": "あ,\nい"}
    (contact,), problems = read(text(cells, header=header).encode(encoding), "x")
    assert (contact.name, contact.notes, problems) == ("Zoë", "あ,\nい", [])


# --------------------------------------------------------------------------- columns


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("1985-04-12", date(1985, 4, 12)),
        (" --04-12", date(NO_YEAR, 4, 12)),
        ("--04-12", date(NO_YEAR, 4, 12)),
        ("--02-29", date(NO_YEAR, 2, 29)),
        ("'--04-12", date(NO_YEAR, 4, 12)),
        ("0000-04-12", date(NO_YEAR, 4, 12)),
        ("1604-04-12", date(NO_YEAR, 4, 12)),
    ],
)
def test_birthdays(cell: str, day: date) -> None:
    """Birthdays are read with or without a year, in each spelling, also on 29 February."""
    assert dana({"Birthday": cell}).birthday == day


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("1985-02-30", "is not a day that netcrm can read"),
        ("--02-30", "is not a day that netcrm can read"),
        ("soon", "is not a day that netcrm can read"),
        ("4/12/1985", "is not a day that netcrm can read"),
        ("1850-04-12", "lies outside 1900 to 2200"),
        ("1985-04-12T" + "9" * 5000, "is not a day that netcrm can read"),
    ],
)
def test_a_birthday_that_is_none_is_kept_and_said(cell: str, why: str) -> None:
    """The contact is imported with the cell in the notes, and a problem names the cell and its line."""
    (contact,), (problem,) = read_rows(DANA | {"Birthday": cell})
    assert (contact.birthday, contact.notes) == (None, f"Birthday: {cell}")
    assert (problem.line, problem.lost, why in problem.message) == (2, False, True)


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        ("* Work", "work"),
        ("Mobile", "cell"),
        ("Work Fax", "work-fax"),
        ("Grandma's", "grandma-s"),
        ("Büro", "büro"),
        ("* ", None),
        ("", None),
        ("!!", None),
        ("x" * 80, "x" * 50),
    ],
)
def test_labels_are_words(label: str, slug: str | None) -> None:
    """Any label becomes letters, digits and hyphens; a star marks the preferred contact method."""
    (phone,) = dana({"Phone 1 - Label": label, "Phone 1 - Value": "030 1"}).reach
    assert phone == ImportedMethod("phone", "030 1", slug, preferred=label.startswith("*"))


def test_one_address_of_a_kind_is_preferred() -> None:
    """The first star of a kind counts, and the first value in its cell; each value has its label."""
    cells = {"E-mail 1 - Label": "Home ::: * Work", "E-mail 1 - Value": "a@x.example ::: b@x.example"}
    more = {"E-mail 2 - Label": "* Home", "E-mail 2 - Value": "c@x.example ::: d@x.example"}
    phone = {"Phone 1 - Label": "* Home", "Phone 1 - Value": "030 1"}
    assert dana(cells | more | phone).reach == (
        ImportedMethod("email", "a@x.example", "home"),
        ImportedMethod("email", "b@x.example", "work", preferred=True),
        ImportedMethod("email", "c@x.example", "home"),
        ImportedMethod("email", "d@x.example", "home"),
        ImportedMethod("phone", "030 1", "home", preferred=True),
    )


def test_an_address_in_two_columns_is_one() -> None:
    """A value in two columns is one contact method, with the label and the star of either column."""
    cells = {"E-mail 1 - Value": "a@x.example", "E-mail 2 - Label": "* Work", "E-mail 2 - Value": "a@x.example"}
    assert dana(cells).reach == (ImportedMethod("email", "a@x.example", "work", preferred=True),)
    assert dana(cells | {"E-mail 1 - Label": "Home"}).reach == (
        ImportedMethod("email", "a@x.example", "home", preferred=True),
    )


@pytest.mark.parametrize(
    ("cells", "address"),
    [
        ({"Formatted": "12 Elm St,\n\nBerlin"}, "12 Elm St, Berlin"),
        ({"Formatted": "12 Elm St", "City": "Berlin", "Street": "12 Elm St"}, "12 Elm St, Berlin"),
        ({"Formatted": "Berlingen", "City": "Berlin"}, "Berlingen, Berlin"),
        ({"Country": "Germany", "City": "Berlin", "Street": "Elm 1", "PO Box": "7"}, "Elm 1, 7, Berlin, Germany"),
        ({"Street": "Elm 1\nc/o Bob"}, "Elm 1, c/o Bob"),
    ],
)
def test_a_postal_address_is_one_line(cells: dict[str, str], address: str) -> None:
    """A postal address is the formatted one and the parts missing in it, else its parts in the order of an envelope."""
    (method,) = dana({f"Address 1 - {part}": cell for part, cell in cells.items()}).reach
    assert (method.kind, method.value) == ("address", address)


def test_several_addresses_in_one_cell() -> None:
    """` ::: ` also divides postal addresses."""
    contact = dana({"Address 1 - Formatted": "Elm 1\nBerlin ::: Oak 2\nParis", "Address 1 - Label": "Home"})
    assert [method.value for method in contact.reach] == ["Elm 1, Berlin", "Oak 2, Paris"]


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        ("https://www.linkedin.com/in/dana-wu", "linkedin"),
        ("de.linkedin.com/in/dana-wu/", "linkedin"),
        ("http\\://www.linkedin.com/pub/dana-wu/1/2/3", "linkedin"),
        ("https://www.linkedin.com/company/acme", "url"),
        ("https://linkedin.com.evil.example/in/dana", "url"),
        ("https://evil.example/?linkedin.com/in/dana", "url"),
        ("https://notlinkedin.com/in/dana", "url"),
    ],
)
def test_a_profile_is_told_from_a_page(link: str, kind: str) -> None:
    """Only the address of a person's page at LinkedIn is a profile."""
    assert [method.kind for method in dana({"Website 1 - Value": link}).reach] == [kind]


@pytest.mark.parametrize(
    ("groups", "tags", "notes"),
    [
        ("* myContacts", (), None),
        ("* My Contacts ::: * starred", (), None),
        ("* myContacts ::: * Friends ::: Allies", ("Allies",), "Labels: Friends"),
        ("myContacts ::: Allies ::: Allies", ("Allies",), None),
        ("Mates ::: Allies, old ::: ", ("Mates", "Allies, old"), None),
        ("starred ::: All", ("starred", "All"), None),
    ],
)
def test_groups_of_googles_are_no_tags(groups: str, tags: tuple[str, ...], notes: str | None) -> None:
    """Google's group of all contacts is dropped; Friends, Family and Coworkers go to the notes."""
    contact = dana({"Labels": groups})
    assert (contact.tags, contact.notes) == (tags, notes)


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"File As": "Wu, Dana", "Organization Name": "Acme"}, "Wu, Dana"),
        ({"Nickname": "Dee"}, "Dee"),
        ({"Organization Name": "Acme", "E-mail 1 - Value": "a@x.example"}, "Acme"),
        ({"E-mail 1 - Value": "a@x.example ::: b@x.example"}, "a@x.example"),
        ({"Middle Name": "Ada"}, "Ada"),
    ],
)
def test_who_has_no_name_is_called_by_what_there_is(cells: dict[str, str], name: str) -> None:
    """A contact without a name is called by another name, the company or an e-mail address."""
    assert only_contact(cells).name == name


def test_who_has_nothing_to_be_called_by_is_counted() -> None:
    """A row with a phone and no name is a problem with its line; an empty row is skipped."""
    contacts, (problem,) = read_rows({"Phone 1 - Value": "030 1"}, {}, DANA)
    assert [contact.line for contact in contacts] == [4]
    assert (problem.line, problem.lost) == (2, True)


def test_columns_that_nobody_knows_are_kept() -> None:
    """An unknown column, numbered or not, goes to the notes in one line under its name."""
    header = [*NEW, "Pets", "Shoe 1 - Label", "Shoe 1 - Value", "Hat 1 - Size", "Jot 2 - Value"]
    cells = {"Pets": "a cat\na dog", "Shoe 1 - Label": "Left", "Shoe 1 - Value": "42", "Hat 1 - Size": "M"}
    assert only_contact(DANA | cells | {"Jot 2 - Value": "x ::: y ::: "}, header).notes == (
        "Pets: a cat a dog\nLeft: 42\nHat 1 - Size: M\nJot 2: x\nJot 2: y"
    )


@pytest.mark.parametrize(
    "column", ["Organization Name", "Labels", "Phone 1 - Value", "Nickname", "Address 1 - Formatted"]
)
def test_what_a_field_cannot_hold_is_kept_and_said(column: str) -> None:
    """A value of more than 500 characters goes to the notes unshortened."""
    (contact,), problems = read_rows(DANA | {column: "x" * 501})
    assert "x" * 501 in (contact.notes or "")
    assert [problem.line for problem in problems] == ([] if column == "Nickname" else [2])


def test_a_name_that_is_too_long_is_kept_and_said() -> None:
    """A name that is too long is replaced by another name; a row without another name is left out."""
    (contact,), (problem,) = read_rows({"First Name": "x" * 501, "Nickname": "Dee"})
    assert (contact.name, contact.notes, problem.line) == ("Dee", f"First Name: {'x' * 501}", 2)
    assert read_rows({"First Name": "x" * 400, "Last Name": "y" * 400})[1][0].lost


def test_what_stands_twice_is_kept() -> None:
    """A second column with the same header goes to the notes; a label without a value and commas alone are dropped."""
    header = [*NEW, "Birthday", "Organization Name"]
    row = written(
        header, ["Dana", *[""] * 9, "Acme", "", "", "1985-04-12", *[""] * (len(NEW) - 14), "--05-01", "Birch"]
    )
    (contact,), problems = read(row.encode(), "x")
    assert (contact.company, contact.birthday, problems) == ("Acme", date(1985, 4, 12), [])
    assert contact.notes == "Birthday: --05-01\nOrganization Name: Birch"
    blank = dana({"Address 1 - Label": "Home", "Address 1 - Formatted": ",\n,", "Website 1 - Value": "\x07"})
    assert (blank.reach, blank.notes) == ((), None)


def test_notes_have_an_end() -> None:
    """A custom field of thousands of lines fills the notes to their limit and is a problem."""
    name = "Custom Field 1" + "x" * 80
    header = [*NEW, f"{name} 1 - Value"]
    (contact,), (problem,) = read_rows(DANA | {header[-1]: " ::: ".join("y" * 16_600)}, header=header)
    assert (len(contact.notes or ""), "longer than 1 MiB" in problem.message) == (LONGEST_TEXT, True)


def test_a_hundred_values_in_a_cell_are_none() -> None:
    """A cell with more than 100 addresses goes to the notes."""
    cell = " ::: ".join(f"a{number}@x.example" for number in range(101))
    (contact,), (problem,) = read_rows(DANA | {"E-mail 1 - Value": cell})
    assert (contact.reach, contact.notes) == ((), f"E-mail 1: {cell}")
    assert "more than 100 values" in problem.message


# --------------------------------------------------------------------------- laws


def read_columns(header: list[str]) -> list[str]:
    """The columns that are read and that do not describe another column."""
    describing = (" - Type", " - Label", " - Service")
    return [name for name in header if not (name.endswith(describing) or any(word in name for word in NOISE))]


@pytest.mark.parametrize("header", [OLD, NEW])
def test_no_column_is_forgotten(header: list[str]) -> None:
    """If all columns are filled, the record has the word of each."""
    cells = {name: f"word{at}x" for at, name in enumerate(read_columns(header))}
    (contact,), _ = read_rows(cells, header=header)
    assert [name for name, word in cells.items() if word not in text_of(contact)] == []


WORDS = (
    st.text(st.characters(categories=["Ll", "Lo", "Nd"]), min_size=3, max_size=8)
    .map(clean)
    .filter(lambda word: word != "mycontacts")
)


@pytest.mark.parametrize("header", [OLD, NEW])
@given(data=st.data())
def test_whatever_a_row_says_is_in_the_record(header: list[str], data: st.DataObject) -> None:
    """The record has every word of every column that is read, whichever columns are filled."""
    cells = data.draw(st.dictionaries(st.sampled_from(read_columns(header)), WORDS, max_size=8))
    contacts, _ = read_rows({"First Name": "Dana", "Given Name": "Dana"} | cells, header=header)
    assert [word for word in cells.values() if word not in text_of(contacts[0])] == []


@given(cells=st.dictionaries(st.sampled_from(NEW), hostile.texts, max_size=10))
def test_hostile_cells_fit_the_book(cells: dict[str, str]) -> None:
    """Any text in any column gives a record that a contact can hold, or a problem."""
    content = text(cells | {"Last Name": "Wu"}).encode("utf-8", "surrogatepass")
    contacts, problems = read(content, "x")
    assert contacts or any(problem.lost for problem in problems)
    for contact in contacts:
        assert_fits(contact)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"First Name,Last Name,URL,Email Address,Company,Position,Connected On\nDana,Wu,,,,,\n",
        b"First Name,Last Name,E-mail Address\n",
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n",
        b"\x00\x01\x02" * 1000,
    ],
)
def test_another_file_is_refused(content: bytes) -> None:
    """Another format is refused with directions to the right file: LinkedIn's or Outlook's file, a vCard, no text."""
    with pytest.raises(WrongFormat, match="In Google Contacts choose Export"):
        read(content, "x")


def test_ten_thousand_rows() -> None:
    """A file of ten thousand rows, each with a note of several lines, is read completely."""
    contacts, problems = read_rows(*[DANA | {"Notes": "a,\nb,\nc", "Labels": "* myContacts"}] * 10_000)
    assert (len(contacts), contacts[-1].line, problems) == (10_000, 29_999, [])
