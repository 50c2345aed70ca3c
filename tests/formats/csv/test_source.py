"""A CSV source is one declaration: fields, patterns, ignored columns, separators and days."""

import re
from datetime import date

import pytest

from netcrm.errors import WrongFormat
from netcrm.formats.csv import dates
from netcrm.formats.csv.dialect import Dialect
from netcrm.formats.csv.google import GOOGLE
from netcrm.formats.csv.linkedin import LINKEDIN
from netcrm.formats.csv.outlook import OUTLOOK
from netcrm.formats.csv.source import CsvSource, HeaderRule, column_roles, read
from netcrm.formats.records import ImportedContact, ImportedMethod
from tests.helpers.records import written

CLUB = CsvSource(
    Dialect("a club's list", needed=(("Member", re.compile("member")),), hint="Ask the club"),
    fields={"member": "name", "born": "birthday", "groups": "tag"},
    rules={
        r"(mail [0-9]+)": HeaderRule("email", label_in=(r"\1 kind",), empty=re.compile("none")),
        r"(.+) number": HeaderRule("phone", r"\1"),
    },
    noise=re.compile("fee|paid .+"),
    separators={"tag": re.compile("/")},
    days={"birthday": dates.written},
)
HEADER = ["Member", "Born", "Groups", "Mail 1 Kind", "Mail 1", "Mail 2", "Mobile Number", "Fee", "Paid 2025", "Boat"]
ROW = ["Dana Wu", "1985-04-12", "Chess/Rowing", "Work", "d@x.example", "none", "030 1", "10", "yes", "Swan"]
DANA = ImportedContact(
    line=2,
    name="Dana Wu",
    reach=(ImportedMethod("email", "d@x.example", "work"), ImportedMethod("phone", "030 1", "cell")),
    birthday=date(1985, 4, 12),
    tags=("Chess", "Rowing"),
    notes="Boat: Swan",
)


def test_a_declaration_is_a_reader() -> None:
    """A declaration is enough to read whole headers, patterns with labels, separators, days and unknown columns."""
    assert read(CLUB, written(HEADER, ROW).encode(), "club.csv") == ([DANA], [])


def test_unknown_columns_can_be_ignored() -> None:
    """With `unknown=None`, a column that is not declared is not read."""
    (contact,), problems = read(CLUB._replace(unknown=None), written(HEADER, ROW).encode(), "club.csv")
    assert (contact.notes, problems) == (None, [])


def test_a_file_of_another_source_is_refused() -> None:
    """A file without the needed columns is refused with the hint of the source."""
    with pytest.raises(WrongFormat, match="Ask the club"):
        read(CLUB, b"Name,Email\nDana,d@x.example\n", "club.csv")


@pytest.mark.parametrize("source", [CLUB, GOOGLE, LINKEDIN, OUTLOOK])
def test_every_pattern_is_for_headers_in_lower_case(source: CsvSource) -> None:
    """The headers that a source declares are in lower case, since they are compared with lower-case headers."""
    declared = [*source.fields, *(re.sub(r"\\.", "", pattern) for pattern in source.rules)]
    assert [header for header in declared if header != header.lower()] == []


def test_a_column_that_describes_another_has_no_role() -> None:
    """The column with the label of an address is read only with that address."""
    kind, mail = column_roles(CLUB, ["Mail 1 Kind", "Mail 1"])
    assert kind is None
    assert mail
    assert mail.label_at == 0
