"""vCards 3.0: a strict reader finds exactly what was stored, whatever that is."""

import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.files import atomic_write
from netcrm.formats.vcard import write
from netcrm.models import Contact, ContactMethod, Tag, clean, validated
from netcrm.terms import MethodKind
from tests.hostile import TO_FORMATS
from tests.strict_vcard import Property, cards

CHANGED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
KINDS: tuple[MethodKind, ...] = get_args(MethodKind)
MARKS = ',;:\\"\n\t =%&^nN'
ANY_TEXT = st.text(st.characters() | st.sampled_from(f"{MARKS}\r\x00\x1b\x85\u2028\u2029\ud800"), max_size=120)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]) | st.sampled_from(',;:\\"=%^nN'),
    min_size=1,
    max_size=80,
).filter(lambda text: clean(text) != "")
NOTES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]) | st.sampled_from(MARKS), max_size=400)
LABELS = st.none() | st.sampled_from(("work", "home", "cell", "x-desk", "Büro", "my_own"))
NAMES = (
    *("Åsa Öberg", "Þórr Ægisson", "王小明", "محمد بن علي", "דנה", "🦊", "👩‍👩‍👧‍👦 Wu", "नमस्ते"),
    *("Wu, Dana; PhD", 'Dana "D." Wu', "a\\b\\n", "Madonna"),
)


def contact(name: str = "Dana Wu", **values: Any) -> Contact:
    made = Contact(**{"uid": "u1", "name": name, "changed_at": CHANGED, **values})
    made.methods, made.tag_rows = [], []
    return made


def method(kind: MethodKind, value: str, label: str | None = None, *, preferred: bool = False) -> ContactMethod:
    return ContactMethod(contact_id=1, kind=kind, value=value, normalised="", label=label, preferred=preferred)


METHODS = st.builds(method, st.sampled_from(KINDS), WORDS.map(clean), LABELS, preferred=st.booleans())


def read(*contacts: Contact) -> list[list[Property]]:
    return cards("".join(write(contacts)).encode("utf-8"))


def one(card: list[Property], name: str) -> Property:
    (found,) = [found for found in card if found.name == name]
    return found


def raws(card: list[Property], name: str) -> list[str]:
    return [found.raw for found in card if found.name == name]


RFC_3986 = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
"""Of what an address is made (RFC 3986 §2)."""


def web(link: str) -> str:
    """A link as a reader must find it: with its scheme."""
    return link if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", link) else f"https://{link}"


# --------------------------------------------------------------------------- what is stored is what is read


@given(name=WORDS, company=WORDS, title=WORDS, note=NOTES, tags=st.lists(WORDS, max_size=4))
def test_what_is_stored_is_what_is_read(name: str, company: str, title: str, note: str, tags: list[str]) -> None:
    """Every text comes out letter for letter: in any script, with commas, semicolons, backslashes, quotes, tabs."""
    stored = validated(Contact, uid="u1", name=name, company=company, title=title, notes=note, changed_at=CHANGED)
    stored.methods, stored.tag_rows = [], [validated(Tag, contact_id=1, name=tag) for tag in tags]
    (card,) = read(stored)
    assert one(card, "FN").text == stored.name
    assert one(card, "N").parts == ["", stored.name, "", "", ""]
    assert one(card, "ORG").parts == [stored.company]
    assert one(card, "TITLE").text == stored.title
    assert [found.text for found in card if found.name == "NOTE"] == ([stored.notes] if stored.notes else [])
    assert [value for found in card if found.name == "CATEGORIES" for value in found.values] == list(stored.tags)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_whole(name: str) -> None:
    """In every script, joined emoji and all; who has one name only has it as the given one: a split is a guess."""
    (card,) = read(contact(name))
    assert one(card, "FN").text == name
    assert one(card, "N").parts == ["", name, "", "", ""]


@given(given_name=st.none() | WORDS, family_name=st.none() | WORDS)
def test_parts_of_a_name_that_are_known_are_kept(given_name: str | None, family_name: str | None) -> None:
    """N holds the given and the family name as they were stored, and never nothing."""
    person = validated(Contact, uid="u1", name="Dana Wu", given_name=given_name, family_name=family_name)
    person.methods, person.tag_rows = [], []
    (card,) = read(person)
    known = [person.family_name or "", person.given_name or ""]
    assert one(card, "N").parts[:2] == (known if any(known) else ["", "Dana Wu"])


@given(st.lists(METHODS, max_size=8))
def test_every_way_to_reach_somebody_comes_back(methods: list[ContactMethod]) -> None:
    """Several of a kind stay several, in their order: texts to the letter, links once their escapes are read."""
    person = contact()
    person.methods = methods
    (card,) = read(person)

    def stored(*kinds: MethodKind) -> list[str]:
        return [kept.value for kept in methods if kept.kind in kinds]

    assert [found.text for found in card if found.name == "EMAIL"] == stored("email")
    assert [found.text for found in card if found.name == "TEL"] == stored("phone")
    assert [found.parts for found in card if found.name == "ADR"] == [
        ["", "", a, "", "", "", ""] for a in stored("address")
    ]
    for name, links in {
        "URL": list(map(web, stored("url", "linkedin"))),
        "X-SOCIALPROFILE": list(map(web, stored("linkedin"))),
        "IMPP": stored("im"),
    }.items():
        assert list(map(unquote, raws(card, name))) == list(map(unquote, links))
        assert all(RFC_3986.fullmatch(raw) for raw in raws(card, name))


@given(value=WORDS, label=LABELS, preferred=st.booleans())
def test_addresses_keep_their_label(value: str, label: str | None, preferred: bool) -> None:
    """E-mails and phones come with the type they were given, if it can be one, and the preferred one is marked."""
    person = contact()
    person.methods = [method(kind, value, label, preferred=preferred) for kind in ("email", "phone")]
    (card,) = read(person)
    types = [label] if label and label.isascii() and "_" not in label else []
    marks = ["pref"] if preferred else []
    assert one(card, "EMAIL").params.get("TYPE", []) == ["internet", *types, *marks]
    assert one(card, "TEL").params.get("TYPE", []) == [*types, *marks]


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://x.example/a,b;c?d=1&e=%2C", "https://x.example/a%2Cb%3Bc?d=1&e=%2C"),
        ("https://x.example/ü/漢", "https://x.example/%C3%BC/%E6%BC%A2"),
        ("https://x.example/a b\\c", "https://x.example/a%20b%5Cc"),
        ("https://x.example/{a}|<b>", "https://x.example/%7Ba%7D%7C%3Cb%3E"),
        ("https://x.example/100%/%zz/%C3%BC", "https://x.example/100%25/%25zz/%C3%BC"),
        ("x.example/dana wu", "https://x.example/dana%20wu"),
        ("x.example:8080/?u=http://y.example", "https://x.example:8080/?u=http://y.example"),
        *(
            (good, good)
            for good in (
                "https://www.linkedin.com/in/dana-wu",
                "HTTP://user:x@[2001:db8::1]:80/a/b%20c/~d?e=f&g='(h)'*+!$@:/?#i",
                "gemini://x.example/",
            )
        ),
    ],
)
def test_links_are_what_every_reader_understands(url: str, written: str) -> None:
    """A link has its scheme, and what has no place in one is percent-encoded (RFC 3986); a good one stays as it is.

    So are commas and semicolons, which would need a backslash that some readers show.
    """
    person = contact()
    person.methods = [method("url", url)]
    (card,) = read(person)
    assert one(card, "URL").raw == written
    assert unquote(one(card, "URL").raw) == unquote(web(url))


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://www.linkedin.com/in/dana-wu", "https://www.linkedin.com/in/dana-wu"),
        ("linkedin.com/in/dana-wu", "https://linkedin.com/in/dana-wu"),
        ("//www.linkedin.com/in/dana-wu", "https://www.linkedin.com/in/dana-wu"),
        ("/in/dana-wu", "https://www.linkedin.com/in/dana-wu"),
        ("In/dana-wu", "https://www.linkedin.com/In/dana-wu"),
        ("www.linkedin.com/in/zoë wu", "https://www.linkedin.com/in/zo%C3%AB%20wu"),
    ],
)
def test_linkedin_is_a_link_and_a_profile(address: str, written: str) -> None:
    """A LinkedIn address, however short, is an URL, which all show, and an X-SOCIALPROFILE, which some know."""
    person = contact()
    person.methods = [method("linkedin", address)]
    (card,) = read(person)
    assert one(card, "URL").raw == one(card, "X-SOCIALPROFILE").raw == written
    assert one(card, "X-SOCIALPROFILE").params == {"TYPE": ["linkedin"]}


def test_a_whole_person() -> None:
    """Each thing that is known of somebody has its property."""
    person = contact(
        "Dana Wu",
        given_name="Dana",
        family_name="Wu",
        birthday=date(1985, 4, 12),
        timezone="Europe/Berlin",
        company="A, B; C & D",
    )
    (card,) = read(person)
    assert one(card, "N").parts == ["Wu", "Dana", "", "", ""]
    assert one(card, "BDAY").text == "1985-04-12"
    assert one(card, "ORG").parts == ["A, B; C & D"]
    assert one(card, "UID").text == "u1"
    assert one(card, "REV").text == "20261101T090000Z"
    assert (one(card, "TZ").text, one(card, "TZ").params) == ("Europe/Berlin", {"VALUE": ["text"]})


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 11, 1, 9, 0, tzinfo=timezone(timedelta(hours=5))), "20261101T040000Z"),
        (datetime(2026, 11, 1, 9, 0, 0, 999999, tzinfo=UTC), "20261101T090000Z"),
        (datetime(987, 6, 5, tzinfo=UTC), "09870605T000000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "99991231T235959Z"),
    ],
)
def test_a_change_is_told_in_utc(at: datetime, written: str) -> None:
    """REV is the instant of the last change in UTC, whatever zone the time came in."""
    (card,) = read(contact(changed_at=at))
    assert one(card, "REV").raw == written


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"given_name": "Dana"}, "Dana"),
        ({"given_name": "Dana", "family_name": "Wu"}, "Dana Wu"),
        ({"company": "Acme, Inc."}, "Acme, Inc."),
        ({"methods": [method("email", "dana@x.example")]}, "dana@x.example"),
        ({"methods": [method("phone", "+49 30 1234")]}, "+49 30 1234"),
        ({}, "u1"),
        ({"uid": "u\x00\r\n1"}, "u 1"),
    ],
)
def test_nobody_is_nameless(values: dict[str, Any], shown: str) -> None:
    """FN and N are never empty: who has no name is called by the next best thing that is known."""
    person = contact("", **{name: value for name, value in values.items() if name != "methods"})
    person.methods = values.get("methods", [])
    (card,) = read(person)
    assert one(card, "FN").text == shown


# --------------------------------------------------------------------------- nothing breaks out


@given(texts=st.lists(ANY_TEXT, min_size=8, max_size=8), kind=st.sampled_from(KINDS))
def test_no_text_can_break_out_of_its_property(texts: list[str], kind: MethodKind) -> None:
    """Controls, line breaks, surrogates, END:VCARD, in any field or label: one card, and nothing unasked in it."""
    name, given_name, family_name, company, note, tag, value, label = texts
    hostile = contact(name, given_name=given_name, family_name=family_name, company=company, notes=note)
    hostile.tag_rows = [Tag(contact_id=1, name=tag)]
    hostile.methods = [method(kind, value, label)]
    (card,) = read(hostile)
    allowed = {"VERSION", "UID", "REV", "FN", "N", "ORG", "NOTE", "CATEGORIES", "EMAIL", "TEL", "URL", "IMPP", "ADR"}
    assert {found.name for found in card} <= allowed | {"X-SOCIALPROFILE"}


@pytest.mark.parametrize("text", TO_FORMATS)
def test_hostile_people_are_as_many_cards(text: str) -> None:
    """With the worst in every field, there are as many cards as people, and each is still well formed."""
    fields = ("company", "title", "given_name", "family_name", "notes", "timezone")
    person = contact(text, uid=f"u{text}", **dict.fromkeys(fields, text))
    person.tag_rows = [Tag(contact_id=1, name=text)]
    person.methods = [method(kind, text, label) for kind in KINDS for label in (text, f"work{text}")]
    found = read(person, person, person)
    assert len(found) == 3
    assert not any(line.name == "X-EVIL" for line in itertools.chain(*found))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_nothing_once_cleaned_is_left_out(kind: MethodKind) -> None:
    """No property is empty: a value of control characters alone has no line."""
    person = contact(company="\x00", title="\r\n", notes="\x1b")
    person.methods, person.tag_rows = [method(kind, "\x00\x07")], [Tag(contact_id=1, name="\u2028")]
    (card,) = read(person)
    assert {found.name for found in card} == {"VERSION", "UID", "FN", "N", "REV"}


# --------------------------------------------------------------------------- the file as a whole


@pytest.mark.parametrize(
    "note",
    [
        "漢" * 5000,
        "👩‍👩‍👧" * 500,
        "é" * 74,
        "x" * 74 + "é",
        "a" * 5000,
        " " + "b " * 200,
        "a" + " " * 300 + "b",
        ",;\\\n" * 99,
    ]
    + ["x" * length for length in range(68, 72)],
)
def test_lines_are_folded_by_octets(note: str) -> None:
    """No line is longer than 75 octets, no character is cut, and nothing is lost in a fold."""
    (card,) = read(contact(notes=note))
    assert one(card, "NOTE").text == note.strip()


def test_a_line_is_folded_only_when_it_must_be() -> None:
    """Seventy-five octets are a line; one more are two."""
    (fits,), (folds,) = ([*write([contact(notes="x" * length)])] for length in (70, 71))
    assert f"\r\nNOTE:{'x' * 70}\r\n" in fits
    assert f"\r\nNOTE:{'x' * 70}\r\n x\r\n" in folds


def test_two_exports_of_the_same_are_the_same() -> None:
    """Nothing of the moment gets into a card: unchanged people export byte for byte alike."""
    person = contact(notes="x", company="Acme")
    person.methods = [method("email", "a@x.example", "work", preferred=True), method("email", "b@x.example")]
    assert list(write([person])) == list(write([person]))


def test_nobody_is_no_card() -> None:
    """An empty book is an empty file."""
    assert read() == []


def test_people_are_written_as_they_come() -> None:
    """A card is there before the next person is asked for, so that a book of any size needs the memory of one."""

    def people() -> Iterator[Contact]:
        yield contact("First")
        raise AssertionError("asked for too early")

    assert "FN:First\r\n" in next(write(people()))


def test_khard_lists_everybody(tmp_path: Path) -> None:
    """A real address book reads the cards: everybody by their name, with the e-mail address that is theirs."""
    (tmp_path / "cards").mkdir()
    for number, name in enumerate(NAMES):
        person = contact(name, uid=f"u{number}")
        person.methods = [method("email", f"p{number}@x.example", "work"), method("phone", f"+49 30 {number}", "cell")]
        atomic_write(tmp_path / "cards" / f"{number}.vcf", write([person]), overwrite=False)
    (tmp_path / "khard.conf").write_text(f"[addressbooks]\n[[book]]\npath = {tmp_path / 'cards'}\n", encoding="utf-8")
    command = [sys.executable, "-m", "khard", "-c", str(tmp_path / "khard.conf"), "email", "--parsable"]
    listed = subprocess.run(command, capture_output=True, check=True, encoding="utf-8", timeout=60).stdout
    found = dict(line.split("\t")[:2] for line in listed.splitlines() if "@" in line)
    assert found == {f"p{number}@x.example": name for number, name in enumerate(NAMES)}


# --------------------------------------------------------------------------- the judge

GOOD = (
    *("BEGIN:VCARD", "VERSION:3.0", "UID:u1", "FN:Dana", "N:;Dana;;;", "REV:20261101T090000Z"),
    *("NOTE:x", "URL:https://x.example", "TEL;TYPE=work:1", "ORG:A", "CATEGORIES:a,b", "END:VCARD"),
)


def test_the_judge_accepts_what_is_right() -> None:
    """A plain card by the book is read."""
    (card,) = cards("".join(f"{line}\r\n" for line in GOOD).encode())
    assert one(card, "CATEGORIES").values == ["a", "b"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("NOTE:x", "NOTE:a,b"),
        ("NOTE:x", "NOTE:a;b"),
        ("NOTE:x", "NOTE:a\\b"),
        ("NOTE:x", "NOTE:a\\"),
        ("NOTE:x", "NOTE:a\nb"),
        ("NOTE:x", "NOTE:a\x00b"),
        ("NOTE:x", "NOTE:a\u2028b"),
        ("NOTE:x", "NOTE:a\x85b"),
        ("NOTE:x", f"NOTE:{'x' * 71}"),
        ("NOTE:x", "NOTE:"),
        ("NOTE:x", "no property"),
        ("NOTE:x", "BEGIN:VCARD"),
        ("NOTE:x", "END:VCARD"),
        ("URL:https://x.example", "URL:https://x.example/a\\,b"),
        ("TEL;TYPE=work:1", "TEL;TYPE=a b:1"),
        ("TEL;TYPE=work:1", "TEL;work:1"),
        ("TEL;TYPE=work:1", 'TEL;TYPE="work:1'),
        ("ORG:A", "ORG:A,B"),
        ("CATEGORIES:a,b", "CATEGORIES:a;b"),
        ("CATEGORIES:a,b", "CATEGORIES:a,"),
        ("FN:Dana", "FN:"),
        ("FN:Dana", "X-FN:Dana"),
        ("N:;Dana;;;", "N:;;;;"),
        ("N:;Dana;;;", "N:Dana"),
        ("REV:20261101T090000Z", "REV:now"),
        ("VERSION:3.0", "VERSION:4.0"),
        ("END:VCARD", "X-END:VCARD"),
    ],
)
def test_the_judge_refuses_what_is_wrong(right: str, wrong: str) -> None:
    """What one line of a card may not be is noticed, so that silence of the judge means something."""
    text = "".join(f"{wrong if line == right else line}\r\n" for line in GOOD)
    with pytest.raises((AssertionError, ValueError)):
        for line in itertools.chain(*cards(text.encode())):
            assert line.name
