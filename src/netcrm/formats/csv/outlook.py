"""Outlook's CSV in English: the 92 columns of the desktop program, and the shorter file of outlook.com.

It is in the Windows code page of whoever wrote it, which is taken for 1252, or in UTF-8 with a mark. The separator is
a comma, or the semicolon or tab of another country's Windows. A day is month, day, year; `0/0/00` is none. Categories
are divided by semicolons. An address whose type is EX is a path inside an Exchange server, and no e-mail address.

A file of a German or French Outlook has other headers, and days in other orders: that is any other CSV (see
`netcrm.formats.csv.mapped`).

What netcrm has no field for goes to the end of the notes, `Header: value` (see `netcrm.formats.csv.columns`): forms of
address, departments, assistants and their phones, spouses, hobbies, anniversaries. Noise is left out: Yomi names,
initials, the kinds of e-mail addresses, display names whose words all stand in the name or an address, and what Outlook
writes where nobody said anything (“Unspecified”, “Normal”, “False”, “0/0/00”).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from netcrm.errors import Problem
from netcrm.formats.csv import dates, dialect
from netcrm.formats.csv.columns import MOST_LINES, TOO_MANY_LINES, ColumnReader, ColumnRole, Holds, people
from netcrm.formats.records import ImportedContact

FORMAT = "an Outlook CSV"

_SHAPE = dialect.Dialect(
    format=FORMAT,
    needed=(
        ("First Name", re.compile("first name")),
        ("Last Name", re.compile("last name")),
        (
            "an address such as E-mail Address or Mobile Phone",
            re.compile("e-mail( [0-9])? address|(business|company main|home|mobile|other|primary) phone( [0-9])?"),
        ),
    ),
    hint="In Outlook export to “Comma Separated Values”. Any other CSV comes in once you say what its columns are",
    texts=True,
    most_lines=MOST_LINES,
    too_many=TOO_MANY_LINES,
)

_SAYS_NOTHING = frozenset({"0/0/00", "0/0/0000", "Unspecified", "Normal", "False", "FALSE"})
_SINGLE: Mapping[str, Holds] = {
    "first name": "given-name",
    "middle name": "middle-name",
    "last name": "family-name",
    "nickname": "other-name",
    "company": "company",
    "job title": "title",
    "birthday": "birthday",
    "categories": "tag",
    "notes": "note",
    "web page": "url",
    "personal web page": "url",
    "business web page": "url",
    "imaddress": "im",
    "im address": "im",
}
_LABELS = {"personal web page": "home", "business web page": "work"}
_NOISE = re.compile("(?:.* )?yomi(?: .*)?|initials")
_EMAIL = re.compile("e-mail(?: [0-9])? (address|type|display name)")
_PHONE = re.compile("(?!assistant's )(.+) (phone|fax)(?: [0-9])?|(pager|callback|isdn)")
_PHONE_LABELS = {"company main": "main", "tty/tdd": "tty"}
_ADDRESS = re.compile("(business|home|other) (.+)")
_OF_AN_ADDRESS = {
    "address": 0,
    "street": 1,
    "street 2": 2,
    "street 3": 3,
    "address po box": 4,
    "city": 5,
    "state": 6,
    "postal code": 7,
    "country": 8,
    "country/region": 8,
}
_SEMICOLON = re.compile(";")


def read(data: bytes, file: str) -> tuple[list[ImportedContact], list[Problem]]:
    """The people in a file, and what is wrong with rows of it, by line.

    `WrongFormat` when it is no CSV of Outlook's, or one in another language: then nothing can be told from it.
    """
    problems: list[Problem] = []
    header, found = dialect.read(data, file, _SHAPE, problems)
    book = ColumnReader(file, _roles(header.names), problems, {"tag": _SEMICOLON}, {"birthday": _birthday})
    records = list(people(book, found))
    return records, sorted(problems, key=lambda problem: problem.line)


def _birthday(cell: str) -> date | None:
    found = dates.numbers(cell)
    return dates.day_of(found, day_first=False, born=True) if found else dates.written(cell, born=True)


def _roles(headers: Sequence[str]) -> list[ColumnRole | None]:
    places = {name.lower(): at for at, name in enumerate(headers)}
    return [_role(header, places) for header in headers]


def _role(header: str, places: Mapping[str, int]) -> ColumnRole | None:
    """What a column holds; none for noise."""
    name = header.lower()
    if _NOISE.fullmatch(name):
        return None
    if holds := _SINGLE.get(name):
        return ColumnRole(holds, header, _LABELS.get(name, ""), empty=_SAYS_NOTHING)
    if email := _EMAIL.fullmatch(name):
        return _email(header, email[1], places)
    if phone := _PHONE.fullmatch(name):
        return _phone(header, phone[1] or "", phone[2] or phone[3])
    address = _ADDRESS.fullmatch(name)
    if address and address[2] in _OF_AN_ADDRESS:
        return ColumnRole("address", header, address[1], group=address[1], part=_OF_AN_ADDRESS[address[2]])
    return ColumnRole("rest", header, empty=_SAYS_NOTHING)


def _email(header: str, part: str, places: Mapping[str, int]) -> ColumnRole | None:
    if part == "display name":
        return ColumnRole("other-name", header)
    kind = header.lower().removesuffix(" address") + " type"
    return None if part == "type" else ColumnRole("email", header, service_at=places.get(kind, -1))


def _phone(header: str, where: str, what: str) -> ColumnRole:
    """“Home Fax” is a phone with the label home-fax, “Business Phone 2” one at work."""
    label = _PHONE_LABELS.get(where, where)
    fax = "" if what == "phone" else what
    words = " ".join(filter(None, ("work" if label == "business" else label, fax)))
    return ColumnRole("phone", header, words, preferred=where == "primary")
