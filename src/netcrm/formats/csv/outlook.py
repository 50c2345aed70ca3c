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
"""The label for each place where a phone or a fax stands."""

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
        hint="In Outlook export to “Comma Separated Values”. Any other CSV comes in once you say what its columns are",
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
