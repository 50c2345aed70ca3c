"""People to write, people who were read, and cards as other programs write them; for every test of vCards."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from hypothesis import strategies as st

from netcrm.domain.models import Contact, ContactMethod, Tag
from netcrm.domain.validation import clean
from netcrm.domain.vocabulary import MethodKind
from netcrm.errors import Problem
from netcrm.formats.records import ImportedContact, ImportedMethod
from netcrm.formats.vcard import Version, read, write

CHANGED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
REV = "20261101T090000Z"
CORPUS = Path(__file__).parent.parent / "vcards"
KINDS: tuple[MethodKind, ...] = get_args(MethodKind)
VERSIONS: tuple[Version, ...] = get_args(Version)
MARKS = ',;:\\"\n\t =%&^nN'
ANY_TEXT = st.text(st.characters() | st.sampled_from(f"{MARKS}\r\x00\x1b\x85\u2028\u2029\ud800"), max_size=120)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]) | st.sampled_from(',;:\\"=%^nN'),
    min_size=1,
    max_size=80,
).filter(lambda text: clean(text) != "")
NOTES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]) | st.sampled_from(MARKS), max_size=400)
LABELS = st.none() | st.sampled_from(("work", "home", "cell", "x-desk", "Büro", "my_own", "Alumni", "voice", "pref"))


def contact(name: str = "Dana Wu", **values: Any) -> Contact:
    made = Contact(**{"uid": "u1", "name": name, "changed_at": CHANGED, **values})
    made.methods, made.tag_rows = [], []
    return made


def method(kind: MethodKind, value: str, label: str | None = None, *, preferred: bool = False) -> ContactMethod:
    return ContactMethod(contact_id=1, kind=kind, value=value, normalised="", label=label, preferred=preferred)


METHODS = st.builds(method, st.sampled_from(KINDS), WORDS.map(clean), LABELS, preferred=st.booleans())


def tagged(person: Contact, *names: str) -> Contact:
    person.tag_rows = [Tag(contact_id=1, name=name) for name in names]
    return person


def stored(record: ImportedContact) -> Contact:
    """The contact as the database stores it after an import of its card; it keeps tags by name."""
    values = ("given_name", "family_name", "company", "title", "birthday", "timezone", "notes", "vcard")
    known: dict[str, Any] = {name: getattr(record, name) or None for name in values}
    person = contact(record.name, uid=record.uid or "new", **known)
    person.methods = [method(way.kind, way.value, way.label, preferred=way.preferred) for way in record.reach]
    return tagged(person, *sorted(record.tags))


def people(data: bytes | str, file: str = "x.vcf") -> list[ImportedContact]:
    """The people in a file with nothing wrong in it."""
    found = [*read([data.encode() if isinstance(data, str) else data], file)]
    assert [one for one in found if isinstance(one, Problem)] == []
    return [one for one in found if isinstance(one, ImportedContact)]


def person(*lines: str, version: str = "3.0") -> ImportedContact:
    """The contact of a card with these lines, which must have no problem."""
    (found,) = people(card(*lines, version=version))
    return found


def card(*lines: str, version: str = "3.0") -> str:
    return "".join(f"{line}\n" for line in ("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD"))


def told(data: bytes | str) -> tuple[list[ImportedContact], list[Problem]]:
    """The people in a file, and what is wrong in it."""
    found = [*read([data.encode() if isinstance(data, str) else data], "x.vcf")]
    return [one for one in found if isinstance(one, ImportedContact)], [
        one for one in found if isinstance(one, Problem)
    ]


def exported(people: Iterable[Contact], version: Version = "3.0") -> bytes:
    return "".join(write(people, version)).encode()


def unfolded(text: str | bytes) -> list[str]:
    """The lines of a card, whatever its folds and line ends."""
    whole = text.decode() if isinstance(text, bytes) else text
    return [line for line in whole.replace("\r\n", "\n").replace("\n ", "").split("\n") if line]


def facts(record: ImportedContact) -> ImportedContact:
    """The content of a record without its line number; tags and methods have no order."""
    ways, tags = tuple(sorted(record.reach, key=repr)), tuple(sorted(record.tags))
    return replace(record, line=0, vcard=None, uid=record.uid or "new", tags=tags, reach=ways)


def said(person: Contact) -> ImportedContact:
    """The facts that the database holds about a contact."""
    return facts(
        ImportedContact(
            line=0,
            name=person.name,
            given_name=person.given_name or "",
            family_name=person.family_name or "",
            uid=person.uid,
            reach=tuple(ImportedMethod(way.kind, way.value, way.label, way.preferred) for way in person.methods),
            company=person.company,
            title=person.title,
            birthday=person.birthday,
            timezone=person.timezone,
            tags=person.tags,
            notes=person.notes,
        )
    )


def corpus() -> Iterator[tuple[str, ImportedContact]]:
    """Every contact in the cards of other programs, with the name of the file."""
    for path in sorted(CORPUS.glob("*.vcf")):
        yield from (
            (path.stem, one) for one in read([path.read_bytes()], path.name) if isinstance(one, ImportedContact)
        )
