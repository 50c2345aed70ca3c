"""The CSV of Outlook in English: the 92 columns of the desktop program, and the shorter file of outlook.com.

The file is in a Windows code page, which is taken for 1252, or in UTF-8 with a byte order mark. The separator is a
comma, or the semicolon or tab of another country's Windows. Days are month, day, year; `0/0/00` means no day.
Semicolons divide categories. An address of the type EX is a path inside an Exchange server, not an e-mail address.

A German or French Outlook writes other headers, and days in another order. `netcrm.formats.csv.mapped` reads those.

A value that netcrm has no field for goes to the end of the notes as `Header: value` (see `netcrm.formats.csv.columns`):
forms of address, departments, assistants and their phones, spouses, hobbies, anniversaries. Left out are Yomi names,
initials, types of e-mail addresses, display names whose words are all in the name or an address, and the defaults of
empty fields (“Unspecified”, “Normal”, “False”, “0/0/00”).
"""

import re
from datetime import date
from functools import partial

from netcrm.formats.csv import dates, source
from netcrm.formats.csv.dialect import Dialect
from netcrm.formats.csv.source import CsvSource, HeaderRule

_EMPTY = re.compile("0/0/00|0/0/0000|Unspecified|Normal|False|FALSE")
_PHONES = {
    "business": "work",
    "company main": "main",
    "tty/tdd": "tty",
    "primary": "primary",
    "(?!assistant's )(.+)": r"\1",
}
"""The label of a phone or a fax, by the words before “Phone” or “Fax” in its header."""

_ADDRESS = (
    *("address", "street", "street 2", "street 3", "address po box", "city", "state", "postal code"),
    "country(?:/region)?",
)


def _birthday(cell: str) -> date | None:
    numbers = dates.numbers(cell)
    return dates.day_of(numbers, day_first=False, born=True) if numbers else dates.written(cell, born=True)


OUTLOOK = CsvSource(
    Dialect(
        "an Outlook CSV",
        needed=(
            ("First Name", re.compile("first name")),
            ("Last Name", re.compile("last name")),
            (
                "an address such as E-mail Address or Mobile Phone",
                re.compile("e-mail( [0-9])? address|(business|company main|home|mobile|other|primary) phone( [0-9])?"),
            ),
        ),
        hint="In Outlook export to “Comma Separated Values”. To import another CSV file, use `netcrm import csv`",
    ),
    noise=re.compile("(?:.* )?yomi(?: .*)?|initials|e-mail(?: [0-9])? type"),
    fields={
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
        "imaddress": "im",
        "im address": "im",
    },
    rules={
        "personal web page": HeaderRule("url", "home", empty=_EMPTY),
        "business web page": HeaderRule("url", "work", empty=_EMPTY),
        "e-mail(?: [0-9])? display name": HeaderRule("other-name"),
        "(e-mail(?: [0-9])?) address": HeaderRule("email", service_in=r"\1 type"),
        "pager|callback|isdn": HeaderRule("phone", r"\g<0>"),
        **{
            f"{place} {device}(?: [0-9])?": HeaderRule("phone", label + suffix, preferred=place == "primary")
            for place, label in _PHONES.items()
            for device, suffix in {"phone": "", "fax": " fax"}.items()
        },
        **{
            f"(business|home|other) {name}": HeaderRule("address", r"\1", group=r"\1", part=part)
            for part, name in enumerate(_ADDRESS)
        },
    },
    empty=_EMPTY,
    separators={"tag": re.compile(";")},
    days={"birthday": _birthday},
)

read = partial(source.read, OUTLOOK)
