"""What holds of a record whatever file it came from: it fits the book, and it says what its row says."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import get_args

from netcrm.domain.dates import NO_YEAR
from netcrm.domain.models import Contact, ContactMethod, Tag, validated
from netcrm.domain.vocabulary import MethodKind
from netcrm.formats.records import ImportedContact
from tests.helpers.hostile import raw


def written(*rows: Sequence[str], separator: str = ",", end: str = "\r\n") -> str:
    """Rows as a spreadsheet writes them."""
    sink = StringIO()
    csv.writer(sink, delimiter=separator, lineterminator=end).writerows(rows)
    return sink.getvalue()


def said(record: ImportedContact) -> str:
    """Everything that a record says, in one text."""
    reach = (f"{one.value} {one.label}" for one in record.reach)
    known = (record.name, record.given_name, record.family_name, record.company, record.title, record.timezone)
    more = (record.uid, record.tier, record.every)
    return "\n".join([*filter(None, (*known, *more)), *reach, *record.tags, record.notes or ""])


def assert_fits(record: ImportedContact) -> None:
    """The book takes every field as it is, and nothing in it drives a terminal but what the book keeps too."""
    values = {name: getattr(record, name) for name in ("name", "company", "title", "timezone", "notes", "connected_on")}
    values |= {name: getattr(record, name) for name in ("tier", "every")} | ({"uid": record.uid} if record.uid else {})
    values |= {"given_name": record.given_name or None, "family_name": record.family_name or None}
    birthday = record.birthday if record.birthday and record.birthday.year != NO_YEAR else None
    contact = validated(Contact, **values, birthday=birthday)
    assert {name: getattr(contact, name) for name in values} == values
    for reach in record.reach:
        kept = validated(
            ContactMethod, contact_id=1, normalised="x", value=reach.value, kind=reach.kind, label=reach.label
        )
        assert (kept.value, kept.kind in get_args(MethodKind)) == (reach.value, True)
    assert [validated(Tag, contact_id=1, name=tag).name for tag in record.tags] == list(record.tags)
    assert not {char for char in raw(said(record)) if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0}
