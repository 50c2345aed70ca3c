"""Checks for a record from any kind of file: a contact can hold it, and it contains the text of its row."""

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
    """CSV of the rows, as a spreadsheet writes it."""
    sink = StringIO()
    csv.writer(sink, delimiter=separator, lineterminator=end).writerows(rows)
    return sink.getvalue()


def text_of(record: ImportedContact) -> str:
    """All texts of a record in one."""
    methods = (f"{method.value} {method.label}" for method in record.reach)
    names = (record.name, record.given_name, record.family_name, record.company, record.title, record.timezone)
    choices = (record.uid, record.tier, record.every)
    return "\n".join([*filter(None, (*names, *choices)), *methods, *record.tags, record.notes or ""])


def assert_fits(record: ImportedContact) -> None:
    """A contact holds every field unchanged, and no text has characters that control a terminal."""
    values = {name: getattr(record, name) for name in ("name", "company", "title", "timezone", "notes", "connected_on")}
    values |= {name: getattr(record, name) for name in ("tier", "every")} | ({"uid": record.uid} if record.uid else {})
    values |= {"given_name": record.given_name or None, "family_name": record.family_name or None}
    birthday = record.birthday if record.birthday and record.birthday.year != NO_YEAR else None
    contact = validated(Contact, **values, birthday=birthday)
    assert {name: getattr(contact, name) for name in values} == values
    for method in record.reach:
        stored = validated(
            ContactMethod, contact_id=1, normalised="x", value=method.value, kind=method.kind, label=method.label
        )
        assert (stored.value, stored.kind in get_args(MethodKind)) == (method.value, True)
    assert [validated(Tag, contact_id=1, name=tag).name for tag in record.tags] == list(record.tags)
    assert not {char for char in raw(text_of(record)) if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0}
