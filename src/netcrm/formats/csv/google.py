"""The CSV of Google Contacts, in both of its forms.

Until 2024 the columns were “Given Name” and “E-mail 1 - Type”; since then they are “First Name” and “E-mail 1 - Label”.
Files are in UTF-8; the oldest are in UTF-16.

The file has as many numbered columns as the fullest contact needs. ` ::: ` divides several values in one cell. `* `
before a label marks the preferred value; before a group it marks a built-in group of Google, which is not a tag. An old
birthday without its year starts with a blank, so that a spreadsheet does not take it for a formula.

A value that netcrm has no field for goes to the end of the notes as `Header: value` (see `netcrm.formats.csv.columns`):
nicknames, forms of address, departments, second organisations, unknown columns. Events, relations and custom fields
go there under their labels (“Anniversary: 2001-06-16”). Left out are:

- phonetic and Yomi names, which give a pronunciation, and initials, which are already in the name;
- “File As”, nicknames and short names whose words are all in the name, the company or a contact method;
- “Photo”, a link to a picture that opens only for the signed-in owner;
- “Sensitivity” and “Priority” if they are “Normal”;
- groups that say nothing about a contact (“myContacts”, “starred”), and labels without a value;
- the parts of a postal address that its formatted form already contains.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import get_args

from netcrm.formats.csv import dates, source
from netcrm.formats.csv.columns import FieldName
from netcrm.formats.csv.dialect import Dialect
from netcrm.formats.csv.source import CsvSource, HeaderRule

_LABEL = (r"\1 - label", r"\1 - type")
_VALUES: Mapping[str, FieldName] = {"e-mail": "email", "phone": "phone", "im": "im", "website": "url", ".+": "labelled"}
_ADDRESS = ("formatted", "street", "extended address", "po box", "city", "region", "postal code", "country")
_SEPARATOR = re.compile(" :::(?: |$)")


def _birthday(cell: str) -> date | None:
    return dates.written(cell.lstrip("' "), born=True)


GOOGLE = CsvSource(
    Dialect(
        "a Google Contacts CSV",
        needed=(
            ("Given Name or First Name", re.compile("name|given name|first name")),
            (
                "a column such as E-mail 1 - Value, Organization Name or Labels",
                re.compile(r".+ [0-9]+ - .+|organization name|labels|group membership"),
            ),
        ),
        hint="In Google Contacts choose Export, then Google CSV. To import another CSV file, use `netcrm import csv`",
    ),
    noise=re.compile(
        "(?:.* )?(?:yomi|phonetic)(?: .*)?|photo|initials|organization [0-9]+ - type"
        "|address [0-9]+ - (?:label|type|service)"
    ),
    fields={
        "name": "name",
        **dict.fromkeys(("given name", "first name"), "given-name"),
        **dict.fromkeys(("additional name", "middle name"), "middle-name"),
        **dict.fromkeys(("family name", "last name"), "family-name"),
        **dict.fromkeys(("nickname", "short name", "file as"), "other-name"),
        "organization name": "company",
        "organization title": "title",
        "birthday": "birthday",
        **dict.fromkeys(("group membership", "labels"), "tag"),
        "notes": "note",
    },
    rules={
        "sensitivity|priority": HeaderRule("rest", empty=re.compile("Normal")),
        "organization [0-9]+ - name": HeaderRule("company"),
        "organization [0-9]+ - title": HeaderRule("title"),
        "organization [0-9]+ - value": HeaderRule("rest"),
        **{
            rf"(address [0-9]+) - {name}": HeaderRule("address", label_in=_LABEL, group=r"\1", part=part)
            for part, name in enumerate(_ADDRESS)
        },
        **{
            rf"({name} [0-9]+) - value": HeaderRule(holds, label_in=_LABEL, service_in=r"\1 - service", short=True)
            for name, holds in _VALUES.items()
        },
    },
    separators=dict.fromkeys(get_args(FieldName), _SEPARATOR),
    days={"birthday": _birthday},
)

read = partial(source.read, GOOGLE)
