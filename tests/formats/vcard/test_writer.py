"""vCards 3.0 and 4.0: a strict parser, and netcrm's own reader, find exactly the stored data."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.dates import EARLIEST, LATEST, NO_YEAR
from netcrm.domain.models import Contact, ContactMethod, Tag, validated
from netcrm.domain.validation import clean
from netcrm.domain.vocabulary import MethodKind
from netcrm.errors import InvalidValue
from netcrm.formats.records import ImportedContact, ImportedMethod
from netcrm.formats.vcard import Extra, Version, write
from tests.helpers.hostile import TO_FORMATS
from tests.helpers.strict_vcard import Property, cards
from tests.helpers.vcard_people import (
    ANY_TEXT,
    KINDS,
    LABELS,
    METHODS,
    NOTES,
    REV,
    VERSIONS,
    WORDS,
    contact,
    exported,
    method,
    people,
    tagged,
)

NAMES = (
    *("Åsa Öberg", "Þórr Ægisson", "王小明", "محمد بن علي", "דנה", "🦊", "👩‍👩‍👧‍👦 Wu", "नमस्ते"),
    *("Wu, Dana; PhD", 'Dana "D." Wu', "a\\b\\n", "Madonna"),
)
VERSION = st.sampled_from(VERSIONS)


def read(*contacts: Contact, version: Version = "3.0", extras: dict[str, Extra] | None = None) -> list[list[Property]]:
    return cards("".join(write(contacts, version, extras)).encode("utf-8"), version)


def single(card: list[Property], name: str) -> Property:
    (line,) = [line for line in card if line.name == name]
    return line


def raws(card: list[Property], name: str) -> list[str]:
    return [line.raw for line in card if line.name == name]


RFC_3986 = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
"""The characters of an address (RFC 3986 §2)."""


def web(link: str) -> str:
    """A link as a parser must find it: with its scheme."""
    return link if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", link) else f"https://{link}"


# --------------------------------------------------------------------------- the stored data is found


@given(name=WORDS, company=WORDS, title=WORDS, note=NOTES, tags=st.lists(WORDS, max_size=4), version=VERSION)
def test_what_is_stored_is_what_is_read(
    name: str, company: str, title: str, note: str, tags: list[str], version: Version
) -> None:
    """Every text is found letter for letter, in any script, with commas, semicolons, backslashes, quotes and tabs."""
    stored = validated(Contact, uid="u1", name=name, company=company, title=title, notes=note)
    stored.methods, stored.tag_rows = [], [validated(Tag, contact_id=1, name=tag) for tag in tags]
    (card,) = read(stored, version=version)
    assert single(card, "FN").text == stored.name
    assert single(card, "N").parts == ["", stored.name, "", "", ""]
    assert single(card, "ORG").parts == [stored.company]
    assert single(card, "TITLE").text == stored.title
    assert [line.text for line in card if line.name == "NOTE"] == ([stored.notes] if stored.notes else [])
    assert [value for line in card if line.name == "CATEGORIES" for value in line.values] == list(stored.tags)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_whole(name: str) -> None:
    """Names are kept in every script and with joined emoji; a single name is the given name, since
    a split is a guess.
    """
    (card,) = read(contact(name))
    assert single(card, "FN").text == name
    assert single(card, "N").parts == ["", name, "", "", ""]


@given(given_name=st.none() | WORDS, family_name=st.none() | WORDS)
def test_parts_of_a_name_that_are_known_are_kept(given_name: str | None, family_name: str | None) -> None:
    """N holds the given and the family name as they were stored, and is never empty."""
    person = validated(Contact, uid="u1", name="Dana Wu", given_name=given_name, family_name=family_name)
    person.methods, person.tag_rows = [], []
    (card,) = read(person)
    known = [person.family_name or "", person.given_name or ""]
    assert single(card, "N").parts[:2] == (known if any(known) else ["", "Dana Wu"])


@given(st.lists(METHODS, max_size=8), VERSION)
def test_every_way_to_reach_somebody_comes_back(methods: list[ContactMethod], version: Version) -> None:
    """Several values of a kind come back in their order: texts unchanged, links equal after decoding."""
    person = contact()
    person.methods = methods
    (card,) = read(person, version=version)

    def stored(*kinds: MethodKind) -> list[str]:
        return [kept.value for kept in methods if kept.kind in kinds]

    assert [line.text for line in card if line.name == "EMAIL"] == stored("email")
    assert [line.text for line in card if line.name == "TEL"] == stored("phone")
    assert [line.parts for line in card if line.name == "ADR"] == [
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
    """E-mails and phones have their type, and the preferred one is marked as its version does.

    A label that can't be a type, or would mean something else, is written beside it (X-ABLabel).
    """
    person = contact()
    person.methods = [method(kind, value, label, preferred=preferred) for kind in ("email", "phone")]
    types = [label] if label in ("work", "home", "cell", "x-desk") else []
    (of_3,), (of_4,) = read(person), read(person, version="4.0")
    assert single(of_3, "EMAIL").params.get("TYPE", []) == ["internet", *types, *["pref"] * preferred]
    assert single(of_3, "TEL").params.get("TYPE", []) == [*types, *["pref"] * preferred]
    for name in ("EMAIL", "TEL"):
        assert single(of_4, name).params == ({"PREF": ["1"]} if preferred else {}) | ({"TYPE": types} if types else {})
    for card in (of_3, of_4):
        beside = {line.group: line.text for line in card if line.name == "X-ABLABEL"}
        own = label if not types else None
        assert [beside.pop(single(card, name).group, None) for name in ("EMAIL", "TEL")] == [own, own]
        assert beside == {}


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
    """A link has its scheme, and invalid characters are percent-encoded (RFC 3986); a valid link stays unchanged.

    Commas and semicolons are encoded too, because some programs would show their backslash.
    """
    person = contact()
    person.methods = [method("url", url)]
    (card,) = read(person)
    assert single(card, "URL").raw == written
    assert unquote(single(card, "URL").raw) == unquote(web(url))


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
    """A LinkedIn address, even a short one, is a URL, which all programs show, and an
    X-SOCIALPROFILE, which some know.
    """
    person = contact()
    person.methods = [method("linkedin", address)]
    (card,) = read(person)
    assert single(card, "URL").raw == single(card, "X-SOCIALPROFILE").raw == written
    assert single(card, "X-SOCIALPROFILE").params == {"TYPE": ["linkedin"]}


WHOLE: dict[str, Any] = {
    "given_name": "Dana",
    "family_name": "Wu",
    "birthday": date(1985, 4, 12),
    "timezone": "Europe/Berlin",
    "company": "A, B; C & D",
}


def test_a_whole_person() -> None:
    """Each field of a contact has its property."""
    (card,) = read(contact("Dana Wu", **WHOLE))
    assert single(card, "N").parts == ["Wu", "Dana", "", "", ""]
    assert single(card, "BDAY").text == "1985-04-12"
    assert single(card, "ORG").parts == ["A, B; C & D"]
    assert single(card, "UID").text == "u1"
    assert single(card, "REV").text == REV
    assert (single(card, "TZ").text, single(card, "TZ").params) == ("Europe/Berlin", {"VALUE": ["text"]})


def test_a_whole_person_in_4() -> None:
    """RFC 6350 spells a day without hyphens, takes a zone as text, and requires a mark for a UID that is not a URI."""
    (card,) = read(contact("Dana Wu", **WHOLE), version="4.0")
    assert single(card, "BDAY").raw == "19850412"
    assert (single(card, "TZ").text, single(card, "TZ").params) == ("Europe/Berlin", {})
    assert (single(card, "UID").raw, single(card, "UID").params) == ("u1", {"VALUE": ["text"]})
    assert single(card, "REV").raw == REV


@pytest.mark.parametrize(
    ("version", "raw", "params"),
    [("3.0", "1604-02-29", {"X-APPLE-OMIT-YEAR": ["1604"]}), ("4.0", "--0229", {})],
)
def test_a_birthday_of_no_year(version: Version, raw: str, params: dict[str, list[str]]) -> None:
    """An unknown year is omitted as each version can: RFC 6350 has a spelling for it, Apple one for 3.0."""
    (card,) = read(contact(birthday=date(NO_YEAR, 2, 29)), version=version)
    assert (single(card, "BDAY").raw, single(card, "BDAY").params) == (raw, params)


@pytest.mark.parametrize(
    ("uid", "raw"),
    [
        ("3b1c9a52-6b43-4a8c-9e0e-8a2b1c3d4e5f", "urn:uuid:3b1c9a52-6b43-4a8c-9e0e-8a2b1c3d4e5f"),
        ("https://x.example/dana", "https://x.example/dana"),
        ("3b1c9a526b434a8c9e0e8a2b1c3d4e5f", "3b1c9a526b434a8c9e0e8a2b1c3d4e5f"),
        ("a b:c", "a b:c"),
    ],
)
def test_a_uid_is_a_uri_in_4(uid: str, raw: str) -> None:
    """A UUID becomes its URN; any other UID is a text, and is read back the same (RFC 6350 §6.7.6)."""
    (card,) = read(contact(uid=uid), version="4.0")
    assert single(card, "UID").raw == raw
    (imported,) = people(exported([contact(uid=uid)], "4.0"))
    assert imported.uid == uid


# --------------------------------------------------------------------------- the written data is read


SLUGS = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
LINKS = SLUGS.map(lambda slug: method("linkedin", f"https://www.linkedin.com/in/{slug}"))


@st.composite
def any_contact(draw: st.DrawFn) -> Contact:
    """A contact as a database can hold it, with any letters."""
    zones = (None, "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "UTC", "Japan")
    person = validated(
        Contact,
        uid="u1",
        name=draw(WORDS),
        given_name=draw(st.none() | WORDS),
        family_name=draw(st.none() | WORDS),
        company=draw(st.none() | WORDS),
        title=draw(st.none() | WORDS),
        notes=draw(NOTES),
        timezone=draw(st.sampled_from(zones)),
    )
    person.birthday = draw(st.none() | st.dates(EARLIEST, LATEST) | st.just(date(NO_YEAR, 2, 29)))
    person.methods = draw(st.lists(METHODS | LINKS, max_size=6, unique_by=lambda method: (method.kind, method.value)))
    return tagged(person, *draw(st.lists(WORDS.map(clean), max_size=4, unique=True)))


@given(any_contact(), VERSION)
def test_export_and_read_again(stored: Contact, version: Version) -> None:
    """An exported and imported contact is the same, field by field, in both versions, without problems."""
    (imported,) = people(exported([stored], version))
    given_name, family_name = stored.given_name or "", stored.family_name or ""
    if stored.name == given_name + family_name and not (given_name and family_name):
        given_name = family_name = ""  # a part that is the whole name adds nothing
    expected = ImportedContact(
        line=1,
        name=stored.name,
        given_name=given_name,
        family_name=family_name,
        uid="u1",
        company=stored.company,
        title=stored.title,
        birthday=stored.birthday,
        timezone=stored.timezone,
        tags=stored.tags,
        notes=stored.notes or None,
    )
    assert replace(imported, reach=(), vcard=None) == expected
    assert [_spelled(method) for method in imported.reach] == [
        _as_read(method) for method in _each_once(stored.methods)
    ]


def _each_once(methods: list[ContactMethod]) -> list[ContactMethod]:
    """Properties are sorted by name, and a link in two spellings is read once."""
    ordered = sorted(methods, key=lambda method: PLACES[method.kind])
    return list({_as_read(method)[:2]: method for method in reversed(ordered)}.values())[::-1]


PLACES: dict[MethodKind, str] = {
    "address": "ADR",
    "email": "EMAIL",
    "im": "IMPP",
    "phone": "TEL",
    "url": "URL",
    "linkedin": "URL",
}


def _as_read(method: ContactMethod) -> tuple[str, str, str | None, bool]:
    """A link is read back with its scheme, and a profile is recognised by its address alone."""
    is_profile = "linkedin.com/in/" in method.value
    kind = method.kind if method.kind not in ("url", "linkedin") else "linkedin" if is_profile else "url"
    value = web(method.value) if method.kind in ("url", "linkedin") else method.value
    return kind, unquote(value) if kind in ("url", "linkedin", "im") else value, method.label, method.preferred


def _spelled(method: ImportedMethod) -> tuple[str, str, str | None, bool]:
    return (
        method.kind,
        unquote(method.value) if method.kind in ("url", "linkedin") else method.value,
        method.label,
        method.preferred,
    )


# --------------------------------------------------------------------------- data that is written only on request

KNOWN = Extra(
    introduced_by=(("3b1c9a52-6b43-4a8c-9e0e-8a2b1c3d4e5f", "Eve Roe"), ("u7", "Gus, Poe")),
    stage="recruiter, Acme offer",
    last_contact=date(2026, 10, 30),
    aliases=("u2", "urn:x:3"),
)


def test_what_no_address_book_has_a_field_for_is_left_out() -> None:
    """The tier is not written into a card unless requested, because the user may hand the card on."""
    person = contact()
    person.tier = "A"
    assert not any(line.name.startswith("X-") for line in read(person)[0])


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_written_where_it_is_asked_for(version: Version) -> None:
    """The tier, the part in an offer, the last contact and other UIDs are netcrm's own properties, each a text."""
    person = contact()
    person.tier = "A"
    (card, line) = read(person, contact(uid="u9"), version=version, extras={"u1": KNOWN})
    assert [(line.name, line.text) for line in card if line.name.startswith("X-NETCRM-")] == [
        ("X-NETCRM-ALIAS", "u2"),
        ("X-NETCRM-ALIAS", "urn:x:3"),
        ("X-NETCRM-LAST-CONTACT", "2026-10-30"),
        ("X-NETCRM-STAGE", "recruiter, Acme offer"),
        ("X-NETCRM-TIER", "A"),
    ]
    assert not any(line.name.startswith("X-") for line in line)


@pytest.mark.parametrize(
    ("version", "name", "raw", "params"),
    [
        ("3.0", "X-ABRELATEDNAMES", ["Eve Roe", "Gus\\, Poe"], [{}, {}]),
        (
            "4.0",
            "RELATED",
            ["urn:uuid:3b1c9a52-6b43-4a8c-9e0e-8a2b1c3d4e5f", "Gus\\, Poe"],
            [{"TYPE": ["contact"]}, {"TYPE": ["contact"], "VALUE": ["text"]}],
        ),
    ],
)
def test_who_introduced_them(version: Version, name: str, raw: list[str], params: list[dict[str, list[str]]]) -> None:
    """Introductions use Apple's property in 3.0 and RELATED in 4.0, each with an explaining label."""
    (card,) = read(contact(), version=version, extras={"u1": KNOWN})
    properties = [line for line in card if line.name == name]
    assert ([line.raw for line in properties], [line.params for line in properties]) == (raw, params)
    labels = {label.group: label.text for label in card if label.name == "X-ABLABEL"}
    assert [labels[line.group] for line in properties] == ["Introduced by"] * 2


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
    """REV is the time of the last change in UTC, whatever its time zone was."""
    (card,) = read(contact(changed_at=at))
    assert single(card, "REV").raw == written


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
@pytest.mark.parametrize("version", VERSIONS)
def test_nobody_is_nameless(values: dict[str, Any], shown: str, version: Version) -> None:
    """FN and N are never empty: a contact without a name gets the next best value."""
    person = contact("", **{name: value for name, value in values.items() if name != "methods"})
    person.methods = values.get("methods", [])
    (card,) = read(person, version=version)
    assert single(card, "FN").text == shown


# --------------------------------------------------------------------------- nothing breaks out

EXTRA = {"X-NETCRM-STAGE", "ROLE", "X-NETCRM-ALIAS", "RELATED", "X-ABRELATEDNAMES"}


@given(texts=st.lists(ANY_TEXT, min_size=8, max_size=8), kind=st.sampled_from(KINDS), version=VERSION)
def test_no_text_can_break_out_of_its_property(texts: list[str], kind: MethodKind, version: Version) -> None:
    """Controls, line breaks, surrogates and END:VCARD in any field or label stay inside one card."""
    name, given_name, family_name, company, note, tag, value, label = texts
    hostile = contact(name, given_name=given_name, family_name=family_name, company=company, notes=note)
    hostile.tag_rows = [Tag(contact_id=1, name=tag)]
    hostile.methods = [method(kind, value, label)]
    extra = Extra(((label, name), (name, label)), stage=note, aliases=(value, tag))
    (card,) = read(hostile, version=version, extras={"u1": extra})
    allowed = {"VERSION", "UID", "REV", "FN", "N", "ORG", "NOTE", "CATEGORIES", "EMAIL", "TEL", "URL", "IMPP", "ADR"}
    assert {line.name for line in card} <= allowed | EXTRA | {"X-SOCIALPROFILE", "X-ABLABEL"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("text", TO_FORMATS)
def test_hostile_people_are_as_many_cards(text: str, version: Version) -> None:
    """With the worst text in every field, there are as many cards as contacts, and each is well formed."""
    fields = ("company", "title", "given_name", "family_name", "notes", "timezone")
    person = contact(text, uid=f"u{text}", **dict.fromkeys(fields, text))
    person.tag_rows = [Tag(contact_id=1, name=text)]
    person.methods = [method(kind, text, label) for kind in KINDS for label in (text, f"work{text}")]
    properties = read(person, person, person, version=version)
    assert len(properties) == 3
    assert not any(line.name == "X-EVIL" for line in itertools.chain(*properties))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_nothing_once_cleaned_is_left_out(kind: MethodKind) -> None:
    """No property is empty: a value of control characters alone has no line."""
    person = contact(company="\x00", title="\r\n", notes="\x1b")
    person.methods, person.tag_rows = [method(kind, "\x00\x07")], [Tag(contact_id=1, name="\u2028")]
    nothing = Extra((("u2", "\x00"),), stage="\x07", aliases=("\r\n",))
    (card,) = read(person, extras={"u1": nothing})
    assert {line.name for line in card} == {"VERSION", "UID", "FN", "N", "REV"}


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
    """No line is longer than 75 octets, no character is split, and nothing is lost in a fold."""
    (card,) = read(contact(notes=note))
    assert single(card, "NOTE").text == note.strip()


def test_a_line_is_folded_only_when_it_must_be() -> None:
    """A line of 75 octets is not folded, one of 76 is."""
    (fits,), (folds,) = ([*write([contact(notes="x" * length)])] for length in (70, 71))
    assert f"\r\nNOTE:{'x' * 70}\r\n" in fits
    assert f"\r\nNOTE:{'x' * 70}\r\n x\r\n" in folds


def test_two_exports_of_the_same_are_the_same() -> None:
    """A card holds no time of export: unchanged contacts are exported byte for byte alike."""
    person = contact(notes="x", company="Acme")
    person.methods = [method("email", "a@x.example", "work", preferred=True), method("email", "b@x.example")]
    assert list(write([person])) == list(write([person]))


@pytest.mark.parametrize("version", ["2.1", "3", "", None])
def test_another_version_is_refused(version: Any) -> None:
    """An invalid version is refused before anything is written."""
    with pytest.raises(InvalidValue, match=r"version: .* is not one of 3\.0, 4\.0"):
        write([contact()], version)


def test_nobody_is_no_card() -> None:
    """An empty database gives an empty file."""
    assert read() == []


def test_people_are_written_as_they_come() -> None:
    """A card is written before the next contact is read, so memory does not grow with the database."""

    def people() -> Iterator[Contact]:
        yield contact("First")
        raise AssertionError("asked for too early")

    assert "FN:First\r\n" in next(write(people()))


# --------------------------------------------------------------------------- the strict parser

GOOD = (
    *("BEGIN:VCARD", "VERSION:3.0", "UID:u1", "FN:Dana", "N:;Dana;;;", "REV:20261101T090000Z"),
    *("NOTE:x", "URL:https://x.example", "TEL;TYPE=work:1", "ORG:A", "CATEGORIES:a,b", "END:VCARD"),
)


GOOD_IN_4 = (
    *("BEGIN:VCARD", "VERSION:4.0", "UID:urn:x:u1", "FN:Dana", "N:;Dana;;;", "REV:20261101T090000Z", "NOTE:x"),
    *("BDAY:--0412", "TEL;PREF=1;TYPE=work:1", "item1.RELATED:urn:x:u2", "item1.X-ABLabel:x", "END:VCARD"),
)


def test_the_judge_accepts_what_is_right() -> None:
    """A plain valid card is accepted."""
    (card,) = cards("".join(f"{line}\r\n" for line in GOOD).encode())
    assert single(card, "CATEGORIES").values == ["a", "b"]
    (card,) = cards("".join(f"{line}\r\n" for line in GOOD_IN_4).encode(), "4.0")
    assert single(card, "RELATED").group == "item1"


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
    """Every invalid line is noticed, so an accepted card is a valid one."""
    text = "".join(f"{wrong if line == right else line}\r\n" for line in GOOD)
    with pytest.raises((AssertionError, ValueError)):
        cards(text.encode())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("VERSION:4.0", "VERSION:3.0"),
        ("UID:urn:x:u1", "UID:u1"),
        ("BDAY:--0412", "BDAY:1985-04-12"),
        ("TEL;PREF=1;TYPE=work:1", "TEL;TYPE=pref:1"),
        ("TEL;PREF=1;TYPE=work:1", "TEL;PREF=0:1"),
        ("TEL;PREF=1;TYPE=work:1", "TEL;CHARSET=UTF-8:1"),
        ("TEL;PREF=1;TYPE=work:1", "TEL;ENCODING=b:1"),
        ("item1.RELATED:urn:x:u2", "item1.RELATED:u2"),
        ("item1.RELATED:urn:x:u2", "item2.RELATED:urn:x:u2"),
        ("item1.X-ABLabel:x", "it em.X-ABLabel:x"),
        ("NOTE:x", "NOTE;a=b;c:x"),
    ],
)
def test_the_judge_refuses_what_is_wrong_in_4(right: str, wrong: str) -> None:
    """Properties that 3.0 allows and 4.0 does not are noticed too."""
    text = "".join(f"{wrong if line == right else line}\r\n" for line in GOOD_IN_4)
    with pytest.raises((AssertionError, ValueError)):
        cards(text.encode(), "4.0")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("NOTE:x", "NOTE;ENCODING=QUOTED-PRINTABLE:=41"),
        ("NOTE:x", "NOTE;CHARSET=ISO-8859-1:x"),
        ("NOTE:x", "NOTE;WORK:x"),
        ("NOTE:x", "UID:u2"),
        ("N:;Dana;;;", "X-N:;Dana;;;"),
        ("FN:Dana", "FN: "),
    ],
)
def test_the_judge_refuses_what_is_wrong_in_a_foreign_card(right: str, wrong: str) -> None:
    """An exported foreign card may not hold any of these."""
    text = "".join(f"{wrong if line == right else line}\r\n" for line in GOOD)
    with pytest.raises((AssertionError, ValueError)):
        cards(text.encode(), foreign=True)
