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
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import get_args

from netcrm.formats.csv import dates, source
from netcrm.formats.csv.columns import Holds
from netcrm.formats.csv.dialect import Dialect
from netcrm.formats.csv.source import CsvSource, HeaderRule

_LABEL = (r"\1 - label", r"\1 - type")
_VALUES: Mapping[str, Holds] = {"e-mail": "email", "phone": "phone", "im": "im", "website": "url", ".+": "labelled"}
_ADDRESS = ("formatted", "street", "extended address", "po box", "city", "region", "postal code", "country")
_APART = re.compile(" :::(?: |$)")


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
        hint="In Google Contacts choose Export, then Google CSV. Any other CSV comes in once you say what its columns "
        "are",
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
    separators=dict.fromkeys(get_args(Holds), _APART),
    days={"birthday": _birthday},
)

read = partial(source.read, GOOGLE)
