"""Google Contacts' CSV: the download of until 2024 (“Given Name”, “E-mail 1 - Type”) and the one since (“First Name”,
“E-mail 1 - Label”), in UTF-8 or, as the oldest were, in UTF-16.

There are as many numbered columns as anybody in the book needs. ` ::: ` divides several values in one cell; `* `
before a label marks the preferred address, before a group one of Google's own, which is no tag. An old birthday
without its year has a blank before it, so that no spreadsheet takes it for a sum.

What netcrm has no field for goes to the end of the notes, `Header: value` (see `netcrm.formats.csv.columns`):
nicknames, forms of address, departments, second organisations; events, relations and custom fields under their own
names (“Anniversary: 2001-06-16”), and columns that nobody knows yet. Noise is left out:

- phonetic and Yomi names, which say how a name is pronounced, and initials, which the name has;
- “File As”, nicknames and short names whose words all stand in the name, the company or an address;
- “Photo”, a link to a picture that opens only for who is signed in;
- “Sensitivity” and “Priority” where they are “Normal”;
- the groups of everybody's (“myContacts”, “starred”), and labels beside no value;
- the parts of a postal address that its formatted form has.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from netcrm.errors import Problem
from netcrm.formats.csv import dates, dialect
from netcrm.formats.csv.columns import MOST_LINES, TOO_MANY_LINES, ColumnReader, ColumnRole, Holds, people
from netcrm.formats.records import ImportedContact

FORMAT = "a Google Contacts CSV"

_SHAPE = dialect.Dialect(
    format=FORMAT,
    needed=(
        ("Given Name or First Name", re.compile("name|given name|first name")),
        (
            "a column such as E-mail 1 - Value, Organization Name or Labels",
            re.compile(r".+ [0-9]+ - .+|organization name|labels|group membership"),
        ),
    ),
    hint="In Google Contacts choose Export, then Google CSV. Any other CSV comes in once you say what its columns are",
    texts=True,
    most_lines=MOST_LINES,
    too_many=TOO_MANY_LINES,
)

_NORMAL = frozenset({"Normal"})
_SINGLE: Mapping[str, Holds] = {
    **dict.fromkeys(("given name", "first name"), "given-name"),
    **dict.fromkeys(("additional name", "middle name"), "middle-name"),
    **dict.fromkeys(("family name", "last name"), "family-name"),
    **dict.fromkeys(("nickname", "short name", "file as"), "other-name"),
    **dict.fromkeys(("group membership", "labels"), "tag"),
    "name": "name",
    "organization name": "company",
    "organization title": "title",
    "birthday": "birthday",
    "notes": "note",
}
_NOISE = re.compile("(?:.* )?(?:yomi|phonetic)(?: .*)?|photo|initials")
_NUMBERED = re.compile("(.+) ([0-9]+) - (.+)")
_VALUES: Mapping[str, Holds] = {"e-mail": "email", "phone": "phone", "im": "im", "website": "url"}
_OF_AN_ORGANISATION: Mapping[str, Holds] = {"name": "company", "title": "title"}
_OF_AN_ADDRESS = {
    "formatted": 0,
    "street": 1,
    "extended address": 2,
    "po box": 3,
    "city": 4,
    "region": 5,
    "postal code": 6,
    "country": 7,
}
_APART = re.compile(" :::(?: |$)")


def read(data: bytes, file: str) -> tuple[list[ImportedContact], list[Problem]]:
    """The people in a file, and what is wrong with rows of it, by line.

    `WrongFormat` when it is no CSV of Google's: then nothing can be told from it.
    """
    problems: list[Problem] = []
    header, found = dialect.read(data, file, _SHAPE, problems)
    apart = dict.fromkeys((*_VALUES.values(), *_SINGLE.values(), "address", "labelled"), _APART)
    book = ColumnReader(file, _roles(header.names), problems, apart, {"birthday": _birthday})
    records = list(people(book, found))
    return records, sorted(problems, key=lambda problem: problem.line)


def _birthday(cell: str) -> date | None:
    return dates.written(cell.lstrip("' "), born=True)


def _roles(headers: Sequence[str]) -> list[ColumnRole | None]:
    places = {name.lower(): at for at, name in enumerate(headers)}
    return [_role(header, places) for header in headers]


def _role(header: str, places: Mapping[str, int]) -> ColumnRole | None:
    """What a column holds; none for noise."""
    name = header.lower()
    if _NOISE.fullmatch(name):
        return None
    if numbered := _NUMBERED.fullmatch(name):
        return _numbered(header, numbered[1], numbered[2], numbered[3], places)
    empty = _NORMAL if name in ("sensitivity", "priority") else frozenset[str]()
    return ColumnRole(_SINGLE.get(name, "rest"), header, empty=empty)


def _numbered(header: str, what: str, number: str, part: str, places: Mapping[str, int]) -> ColumnRole | None:
    """A column such as “E-mail 2 - Value”; the labels stand in “E-mail 2 - Type” or “- Label”."""
    said = f"{what} {number} - "
    label_at = places.get(f"{said}label", places.get(f"{said}type", -1))
    if what == "address" and part in _OF_AN_ADDRESS:
        return ColumnRole("address", header, label_at=label_at, group=said, part=_OF_AN_ADDRESS[part])
    if what == "organization":
        return None if part == "type" else ColumnRole(_OF_AN_ORGANISATION.get(part, "rest"), header)
    if part == "value":
        service_at = places.get(f"{said}service", -1)
        short = header.rpartition(" - ")[0]
        return ColumnRole(_VALUES.get(what, "labelled"), short, label_at=label_at, service_at=service_at)
    has_value = f"{said}value" in places or what == "address"
    return None if part in ("type", "label", "service") and has_value else ColumnRole("rest", header)
