"""vCards 3.0: a strict reader finds exactly what was stored, whatever that is."""

from datetime import UTC, date, datetime
from typing import Any, get_args
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.formats.vcard import write
from netcrm.models import Contact, ContactMethod, Tag, clean, validated
from netcrm.terms import MethodKind
from tests.strict_vcard import Property, cards

CHANGED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
ANY_TEXT = st.text(st.characters(), max_size=120)
LABELS = st.none() | st.sampled_from(("work", "home", "cell", "x-desk"))
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=80
).filter(lambda text: clean(text) != "")


def contact(name: str = "Dana Wu", **values: Any) -> Contact:
    made = Contact(**{"uid": "u1", "name": name, "changed_at": CHANGED, **values})
    made.methods, made.tag_rows = [], []
    return made


def method(kind: MethodKind, value: str, label: str | None = None, *, preferred: bool = False) -> ContactMethod:
    return ContactMethod(contact_id=1, kind=kind, value=value, normalised="", label=label, preferred=preferred)


def read(*contacts: Contact) -> list[list[Property]]:
    return cards("".join(write(contacts)).encode("utf-8"))


def one(card: list[Property], name: str) -> Property:
    (found,) = [found for found in card if found.name == name]
    return found


@given(name=WORDS, company=WORDS, title=WORDS, note=WORDS, tags=st.lists(WORDS, max_size=4))
def test_what_is_stored_is_what_is_read(name: str, company: str, title: str, note: str, tags: list[str]) -> None:
    """Every text comes out letter for letter: in any script, with commas, semicolons, backslashes, quotes."""
    stored = validated(
        Contact, uid="u1", name=name, company=company, title=title, notes=f"{note}\n{note}", changed_at=CHANGED
    )
    stored.methods, stored.tag_rows = [], [validated(Tag, contact_id=1, name=tag) for tag in tags]
    (card,) = read(stored)
    assert one(card, "FN").text == stored.name
    assert one(card, "N").parts[1] == stored.name
    assert one(card, "ORG").parts == [stored.company]
    assert one(card, "TITLE").text == stored.title
    assert one(card, "NOTE").text == stored.notes
    assert [value for found in card if found.name == "CATEGORIES" for value in found.values] == list(stored.tags)


@given(
    texts=st.lists(ANY_TEXT, min_size=6, max_size=6),
    kind=st.sampled_from(get_args(MethodKind)),
)
def test_no_text_can_break_out_of_its_property(texts: list[str], kind: MethodKind) -> None:
    """Controls, line breaks, surrogates, END:VCARD, in any field or label: one card, and nothing unasked in it."""
    name, company, note, tag, value, label = texts
    hostile = contact(name, company=company, notes=note)
    hostile.tag_rows = [Tag(contact_id=1, name=tag)]
    hostile.methods = [method(kind, value, label)]
    (card,) = read(hostile)
    allowed = {"VERSION", "UID", "REV", "FN", "N", "ORG", "NOTE", "CATEGORIES", "EMAIL", "TEL", "URL", "IMPP", "ADR"}
    assert {found.name for found in card} <= allowed | {"X-SOCIALPROFILE"}


@pytest.mark.parametrize(
    "text",
    ["a\r\nX-EVIL:1", "\x00\x1b]0;x\x07", "END:VCARD\nBEGIN:VCARD", "\u2028\u2029\x85", "\ud800", "\r", "\\", "\\n"],
)
def test_hostile_people_are_as_many_cards(text: str) -> None:
    """However they are called, there are as many cards as people."""
    people = [contact(text, notes=text, company=text, title=text, given_name=text) for _ in range(3)]
    assert len(read(*people)) == 3


@given(value=WORDS, label=LABELS, preferred=st.booleans())
def test_addresses_keep_their_label(value: str, label: str | None, preferred: bool) -> None:
    """E-mails and phones come with the type they were given, the preferred one marked."""
    person = contact()
    person.methods = [
        method("email", value, label, preferred=preferred),
        method("phone", value, label, preferred=preferred),
    ]
    (card,) = read(person)
    for name in ("EMAIL", "TEL"):
        found = one(card, name)
        assert found.text == clean(value).strip()
        types = found.params.get("TYPE", [])
        assert ("PREF" in types) is preferred
        assert (label is None) or label.upper() in types


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://x.example/a,b;c?d=1&e=%2C", "https://x.example/a%2Cb%3Bc?d=1&e=%2C"),
        ("https://x.example/ü/漢", "https://x.example/ü/漢"),
        ("https://www.linkedin.com/in/dana-wu", "https://www.linkedin.com/in/dana-wu"),
    ],
)
def test_links_need_no_backslash(url: str, written: str) -> None:
    """Commas and semicolons in a link are percent-encoded: every reader understands that alike."""
    person = contact()
    person.methods = [method("url", url)]
    (card,) = read(person)
    assert one(card, "URL").raw == written
    assert unquote(one(card, "URL").raw) == unquote(url)


def test_linkedin_is_a_link_and_a_profile() -> None:
    """A LinkedIn address is an URL, which all show, and an X-SOCIALPROFILE, which some know."""
    person = contact()
    person.methods = [method("linkedin", "https://www.linkedin.com/in/dana-wu")]
    (card,) = read(person)
    assert one(card, "URL").raw == one(card, "X-SOCIALPROFILE").raw == "https://www.linkedin.com/in/dana-wu"
    assert one(card, "X-SOCIALPROFILE").params == {"TYPE": ["linkedin"]}


def test_a_whole_person() -> None:
    """Each thing that is known of somebody has its property."""
    person = contact(
        "Dana Wu",
        given_name="Dana",
        family_name="Wu",
        birthday=date(1985, 4, 12),
        timezone="Europe/Berlin",
        company="A, B; C",
    )
    (card,) = read(person)
    assert one(card, "N").parts == ["Wu", "Dana", "", "", ""]
    assert one(card, "BDAY").text == "1985-04-12"
    assert one(card, "ORG").parts == ["A, B; C"]
    assert one(card, "UID").text == "u1"
    assert one(card, "REV").text == "20261101T090000Z"
    assert (one(card, "TZ").text, one(card, "TZ").params) == ("Europe/Berlin", {"VALUE": ["text"]})


@pytest.mark.parametrize("note", ["漢" * 5000, "👩‍👩‍👧" * 500, "é" * 74, "x" * 74 + "é", "a" * 5000, " " + "b " * 200])
def test_lines_are_folded_by_octets(note: str) -> None:
    """No line is longer than 75 octets, no character is cut, and nothing is lost in a fold."""
    (card,) = read(contact(notes=note))
    assert one(card, "NOTE").text == note.strip()


def test_two_exports_of_the_same_are_the_same() -> None:
    """Nothing of the moment gets into a card: unchanged people export byte for byte alike."""
    person = contact(notes="x", company="Acme")
    assert list(write([person])) == list(write([person]))


def test_nobody_is_no_card() -> None:
    """An empty book is an empty file."""
    assert read() == []
