"""Imported cards are exported with only their changes, in their own version and in another one."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netcrm.domain.dates import NO_YEAR
from netcrm.domain.models import Contact
from netcrm.domain.validation import clean
from netcrm.formats.records import ImportedContact
from netcrm.formats.vcard import Extra, Version, read
from tests.helpers.hostile import TO_FORMATS
from tests.helpers.strict_vcard import cards, octets
from tests.helpers.vcard_people import (
    ANY_TEXT,
    CHANGED,
    REV,
    VERSIONS,
    WORDS,
    card,
    contact,
    corpus,
    exported,
    facts,
    method,
    people,
    person,
    said,
    stored,
    tagged,
    unfolded,
)

CORPUS = [pytest.param(record, id=f"{name}-{record.line}") for name, record in corpus()]
BENT = {
    r'X-APPLE-STRUCTURED-DATA;X-TITLE="the \"old\" mill":geo:59.3,18.1': (
        "X-APPLE-STRUCTURED-DATA;X-TITLE=\"the 'old' mill\":geo:59.3,18.1"
    ),
    "X-messaging/skype-All:ana.ito": "X-MESSAGING-SKYPE-ALL:ana.ito",
    "X_LOTUS_FLAG:1": "X-LOTUS-FLAG:1",
    "TEL;WORK:+34 91 1": "TEL;TYPE=WORK:+34 91 1",
    r"item3.URL:http\://www.google.com/profiles/1234": "item3.URL:http://www.google.com/profiles/1234",
    r"item4.URL:https\://www.linkedin.com/in/dana-wu": "item4.URL:https://www.linkedin.com/in/dana-wu",
}
"""Lines of those cards that no strict parser accepts, and their corrected form."""


def lines(person: Contact, version: Version = "3.0", extra: Extra | None = None) -> list[str]:
    """The lines of an exported card, which a strict parser has accepted."""
    from netcrm.formats.vcard import write

    data = "".join(write([person], version, {person.uid: extra} if extra else None)).encode()
    cards(data, version, foreign=True)
    return unfolded(data)


def came(*body: str, version: Version = "3.0", **changes: Any) -> Contact:
    """A contact imported from a card with these lines, with the later changes."""
    person_ = stored(person("UID:u1", "FN:Dana Wu", "N:Wu;Dana;;;", *body, version=version))
    for name, value in changes.items():
        setattr(person_, name, value)
    return person_


def body(*lines: str, version: Version = "3.0") -> list[str]:
    """The expected export of such a card."""
    return unfolded(card("UID:u1", "FN:Dana Wu", "N:Wu;Dana;;;", *lines, version=version))


# --------------------------------------------------------------------------- unchanged data


@pytest.mark.parametrize("record", CORPUS)
def test_what_has_not_changed_goes_out_as_it_came(record: ImportedContact) -> None:
    """In its own version a card of any program keeps its lines; a missing UID is added."""
    version: Version = "4.0" if "VERSION:4.0" in (record.vcard or "") else "3.0"
    before = [BENT.get(line, line) for line in unfolded(record.vcard or "")]
    after = lines(stored(record), version)
    if "VERSION:2.1" not in (record.vcard or ""):
        assert [line for line in after if line in before] == before
        assert [line.partition(":")[0] for line in after if line not in before] == ([] if record.uid else ["UID"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("record", CORPUS)
def test_in_another_version_it_says_the_same(record: ImportedContact, version: Version) -> None:
    """Exported in either version and imported again, the contact is the same, without problems."""
    data = exported([stored(record)], version)
    cards(data, version, foreign=True)
    (again,) = people(data)
    assert facts(again) == facts(record)
    assert exported([stored(again)], version) == data


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("record", CORPUS)
def test_photos_survive_to_the_byte(record: ImportedContact, version: Version) -> None:
    """A picture in Base64 is the same as ENCODING=b and as a data: URI, in both directions."""
    if "/9j/" not in (record.vcard or ""):
        return
    (once,) = people(exported([stored(record)], version))
    for target in VERSIONS:
        (card,) = cards(exported([stored(once)], target), target, foreign=True)
        (photo,) = [line for line in card if line.name == "PHOTO"]
        assert octets(photo) == PHOTO
        assert ("ENCODING" in photo.params) == (target == "3.0")


PHOTO = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + bytes(range(180)) + b"\xff\xd9"


# --------------------------------------------------------------------------- any card

TOKENS = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=90)
PARAM_VALUES = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2000, exclude_characters='"\x7f'), max_size=12
).filter(lambda text: clean(text) == text != "")


@st.composite
def unknown(draw: st.DrawFn) -> str:
    """A property of another program, of unknown meaning."""
    params = [
        f';{draw(TOKENS)}="{value}"' if set(value := draw(PARAM_VALUES)) & set(";:,") else f";P-{draw(TOKENS)}={value}"
        for _ in range(draw(st.integers(0, 2)))
    ]
    group = f"{draw(TOKENS)}." if draw(st.booleans()) else ""
    return f"{group}X-{draw(TOKENS)}-Z{''.join(params)}:{draw(VALUES)}"


KNOWN = (
    *(
        "EMAIL;TYPE=work:dana@acme.example",
        "item1.EMAIL:dana@home.example",
        "item1.X-ABLabel:Verein",
        "TEL;TYPE=cell:+49 1",
    ),
    *("URL:https://www.linkedin.com/in/dana", "X-SOCIALPROFILE;TYPE=linkedin:https://www.linkedin.com/in/dana"),
    *(
        "ORG:Acme\\, Inc.;R&D",
        "TITLE:Lead, Talent",
        "NOTE:a\\nb, c",
        "CATEGORIES:x,y",
        "CATEGORIES:z",
        "GEO:1;2",
        "BDAY:1985-04-12",
    ),
    *(
        "ADR;TYPE=home:;;Weg 1;Ulm;;89073;DE",
        "IMPP:xmpp:dana@x.example",
        "TZ;VALUE=text:Europe/Berlin",
        "REV:20200101T000000Z",
    ),
)
BODIES = st.lists(st.sampled_from(KNOWN) | unknown(), max_size=12, unique=True)


@given(BODIES)
def test_unknown_lines_survive_to_the_letter(contact: list[str]) -> None:
    """All other properties of a card keep their content and their place."""
    assert lines(came(*contact)) == body(*contact)


@given(BODIES)
def test_there_and_back(contact: list[str]) -> None:
    """From 3.0 to 4.0 and back, a contact is the same, and unknown properties are unchanged."""
    dana = came(*contact)
    in_4 = lines(dana, "4.0")
    (again,) = people("".join(f"{line}\n" for line in in_4))
    back = lines(stored(again))
    (last,) = people("".join(f"{line}\n" for line in back))
    assert facts(again) == facts(last) == said(dana)
    for places in (in_4, back):
        assert [line for line in places if _name(line).endswith("-Z")] == [
            line for line in contact if _name(line).endswith("-Z")
        ]


@given(BODIES, st.sampled_from(("name", "company", "title", "notes", "birthday", "email", "tag")), WORDS.map(clean))
def test_only_what_has_changed_changes(contact: list[str], field: str, text: str) -> None:
    """After one change, the lines of other properties are unchanged, and the card reads as the contact."""
    person_ = came(*contact)
    _change(person_, field, text)
    names = {
        "name": ("FN", "N"),
        "company": ("ORG",),
        "title": ("TITLE",),
        "notes": ("NOTE",),
        "birthday": ("BDAY",),
        "email": ("EMAIL", "X-ABLABEL"),
        "tag": ("CATEGORIES",),
    }[field]

    def others(places: list[str]) -> list[str]:
        return [line for line in places if _name(line) not in (*names, "REV")]

    after = lines(person_)
    assert others(after) == others(body(*contact))
    assert f"REV:{REV}" in after
    (again,) = people("".join(f"{line}\n" for line in after))
    assert facts(again) == said(person_)


def _change(person_: Contact, field: str, text: str) -> None:
    if field == "email":
        person_.methods = [way for way in person_.methods if way.kind != "email"] + [
            method("email", f"{text}@y.example")
        ]
    elif field == "tag":
        tagged(person_, *person_.tags, f"new {text}")
    elif field == "birthday":
        person_.birthday = date(NO_YEAR, 2, 29)
    else:
        setattr(person_, field, f"New {text}")


def _name(line: str) -> str:
    return line.partition(":")[0].partition(";")[0].rpartition(".")[2].upper()


# --------------------------------------------------------------------------- single changes


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        (["TITLE:CTO", "X-A:1"], {"title": "CEO, Acme"}, ["TITLE:CEO\\, Acme", "X-A:1"]),
        (["TITLE:CTO", "ROLE:Boss"], {"title": "CEO"}, ["TITLE:CEO", "ROLE:Boss"]),
        (["ROLE:Boss", "X-A:1"], {"title": "CEO"}, ["TITLE:CEO", "X-A:1"]),
        (["TITLE:CTO", "ROLE:Boss"], {"title": None}, []),
        (["X-A:1"], {"title": "CEO"}, ["X-A:1", "TITLE:CEO"]),
        (["ORG:Acme;R&D", "X-A:1"], {"company": "Birch"}, ["ORG:Birch", "X-A:1"]),
        (["ORG:Acme;R&D", "ORG:Other"], {"company": None}, []),
        (["NOTE:a", "X-A:1", "NOTE:b"], {"notes": "a\n\nc"}, ["NOTE:a\\n\\nc", "X-A:1"]),
        (["NOTE:a", "X-A:1", "NOTE:b"], {"notes": ""}, ["X-A:1"]),
        (["BDAY:19850412"], {"birthday": date(1985, 4, 13)}, ["BDAY:1985-04-13"]),
        (["BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12"], {"birthday": date(1985, 4, 12)}, ["BDAY:1985-04-12"]),
        (["BDAY:1985-04-12"], {"birthday": None}, []),
        (["BDAY:1985-04-12T10:00:00Z"], {"birthday": date(1985, 4, 12)}, None),
        (["TZ:+01:00", "X-A:1"], {"timezone": "Europe/Berlin"}, ["TZ:+01:00", "X-A:1", "TZ;VALUE=text:Europe/Berlin"]),
        (["TZ;VALUE=text:Europe/Berlin", "X-A:1"], {"timezone": "Europe/Rome"}, ["TZ;VALUE=text:Europe/Rome", "X-A:1"]),
        (["TZ;VALUE=text:Europe/Berlin", "TZ:+01:00"], {"timezone": None}, ["TZ:+01:00"]),
    ],
)
def test_one_of_each(before: list[str], changes: dict[str, Any], after: list[str] | None) -> None:
    """Changed data is replaced in place, new data comes last, removed data goes, and REV is the time of the change."""
    expected = body(*before) if after is None else [*body(*after)[:-1], f"REV:{REV}", "END:VCARD"]
    assert lines(came(*before, **changes)) == expected


def test_a_birthday_that_no_book_can_hold_stays() -> None:
    """Data that could not be imported is not removed."""
    record = next(
        imported
        for imported in read([card("UID:u1", "FN:Dana Wu", "N:Wu;Dana;;;", "BDAY:1850-01-01").encode()], "x")
        if isinstance(imported, ImportedContact)
    )
    assert lines(stored(record)) == body("BDAY:1850-01-01")


@pytest.mark.parametrize(
    ("name", "given_name", "family_name", "expected"),
    [
        ("Dana Lee", "Dana", "Lee", ["FN:Dana Lee", "N:Lee;Dana;Q.;Dr.;PhD"]),
        ("Dana Wu-Lee", "Dana", "Wu", ["FN:Dana Wu-Lee", "N:Wu;Dana;Q.;Dr.;PhD"]),
        ("Dana Wu", None, "Wu", ["FN:Dana Wu", "N:Wu;;Q.;Dr.;PhD"]),
        ("Dee", None, None, ["FN:Dee", "N:;Dee;;;"]),
    ],
)
def test_names(name: str, given_name: str | None, family_name: str | None, expected: list[str]) -> None:
    """A new family name keeps middle name, title and degree; without parts, the whole name is in N."""
    dana = stored(person("UID:u1", "FN:Dana Wu", "N:Wu;Dana;Q.;Dr.;PhD", "X-A:1"))
    dana.name, dana.given_name, dana.family_name = name, given_name, family_name
    assert lines(dana)[3:6] == [*expected, "X-A:1"]


def test_a_name_in_one_part_follows() -> None:
    """If N held the whole old name, it holds the whole new one."""
    cher = stored(person("UID:u1", "FN:Madonna", "N:;Madonna;;;"))
    assert lines(cher)[3:5] == ["FN:Madonna", "N:;Madonna;;;"]
    cher.name = "Cher"
    assert lines(cher)[3:5] == ["FN:Cher", "N:;Cher;;;"]


def test_3_has_room_for_one_name() -> None:
    """Names in several languages stay in 4.0; in 3.0 the first one does."""
    dana = came("FN;LANGUAGE=zh:吴大娜", "N;LANGUAGE=zh:吴;大娜;;;", "X-A:1", version="4.0")
    assert lines(dana, "4.0") == body("FN;LANGUAGE=zh:吴大娜", "N;LANGUAGE=zh:吴;大娜;;;", "X-A:1", version="4.0")
    assert lines(dana) == body("X-A:1")


def test_the_version_stays_where_it_was() -> None:
    """VERSION keeps its place in 3.0, and comes first in 4.0."""
    card_ = "BEGIN:VCARD\nN:;Dana;;;\nVERSION:3.0\nFN:Dana\nUID:u1\nEND:VCARD\n"
    (record,) = people(card_)
    assert lines(stored(record)) == unfolded(card_)
    assert lines(stored(record), "4.0")[:3] == ["BEGIN:VCARD", "VERSION:4.0", "N:;Dana;;;"]


def test_a_blank_name_is_no_name() -> None:
    """FN is never empty in an exported card, whatever was imported."""
    assert lines(stored(person("UID:u1", "FN: ", "N:Wu;Dana;;;")))[3:5] == ["N:Wu;Dana;;;", "FN:Dana Wu"]
    assert lines(stored(person("UID:u1", "FN:Dana")))[3:5] == ["FN:Dana", "N:;Dana;;;"]


@pytest.mark.parametrize(
    ("uid", "after"),
    [("u1", "UID:u1"), ("u2", "UID:u2")],
)
def test_the_uid_is_the_contacts(uid: str, after: str) -> None:
    """The UID is always the contact's; an equal one keeps its spelling."""
    dana = stored(person("FN:Dana", "N:;Dana;;;", "UID:urn:uuid:u1", "UID:u9"))
    dana.uid = uid
    assert [line for line in lines(dana) if "UID" in line] == [after if uid != "u1" else "UID:urn:uuid:u1"]


def test_what_has_not_changed_keeps_its_rev() -> None:
    """REV is the time of the card's change, and adding a missing UID is not one."""
    assert "REV:20200101T000000Z" in lines(came("REV:20200101T000000Z"))
    assert lines(stored(person("FN:Dana", "N:;Dana;;;", "REV:x")))[2:] == [
        "FN:Dana",
        "N:;Dana;;;",
        "REV:x",
        "UID:new",
        "END:VCARD",
    ]
    assert [line for line in lines(came("REV:x", "X-A:1", title="CTO")) if line != "REV:x"] == body(
        f"REV:{REV}", "X-A:1", "TITLE:CTO"
    )


# --------------------------------------------------------------------------- methods

WAYS = (
    *(
        "item1.EMAIL;TYPE=INTERNET;X-SLOT=1:dana@acme.example",
        "item1.X-ABLabel:Verein",
        "EMAIL;TYPE=HOME:dana@home.example",
    ),
    *(
        "item2.ADR;TYPE=HOME:;;Weg 1;Ulm;;;",
        "item2.X-ABADR:de",
        "item2.X-ABLabel:_$!<Home>!$_",
        "TEL;TYPE=CELL,VOICE:+49 1",
    ),
    *(
        "URL:https://www.linkedin.com/in/dana",
        "X-SOCIALPROFILE;TYPE=linkedin;X-USER=dana:https://www.linkedin.com/in/dana",
    ),
    *("EMAIL:n/a", "item3.X-ABDATE:2020-03-05", "item3.X-ABLabel:First met"),
)


def _without(*gone: str) -> list[str]:
    return [line for line in WAYS if not line.startswith(gone)]


def _edit(edit: Callable[[Contact], object]) -> list[str]:
    dana = came(*WAYS)
    edit(dana)
    after = lines(dana)
    assert after.count(f"REV:{REV}") == (after != body(*WAYS))
    (again,) = people("".join(f"{line}\n" for line in after))
    dana.methods = [method for method in dana.methods if method.value != "n/a"]
    assert [method for method in facts(again).reach if method.value != "n/a"] == [*said(dana).reach]
    return [line for line in after if not line.startswith("REV:")]


def _drop(value: str) -> Callable[[Contact], None]:
    def edit(dana: Contact) -> None:
        dana.methods = [method for method in dana.methods if value not in method.value]

    return edit


def _set(which: str, **changes: Any) -> Callable[[Contact], None]:
    def edit(dana: Contact) -> None:
        for stored_method in dana.methods:
            if which in stored_method.value:
                for name, new in changes.items():
                    setattr(stored_method, name, new)

    return edit


@pytest.mark.parametrize(
    ("edit", "after"),
    [
        (_drop("nobody's"), WAYS),
        (_drop("n/a"), WAYS),
        (_drop("@acme"), _without("item1.")),
        (_drop("@home"), _without("EMAIL;TYPE=HOME")),
        (_drop("Weg 1"), _without("item2.")),
        (_drop("linkedin"), _without("URL", "X-SOCIALPROFILE")),
    ],
)
def test_what_was_removed_goes(edit: Callable[[Contact], object], after: list[str]) -> None:
    """A removed method goes with the label of its group; other groups and invalid values stay."""
    assert _edit(edit) == body(*after)


def test_a_label_stays_with_what_is_left_in_its_group() -> None:
    """The label of a group with several properties goes with the last of them."""
    group = ["item1.EMAIL:a@x.example", "item1.X-PHONETIC:b", "item1.X-ABLabel:Büro", "item1.TEL:1 2 3"]
    dana = came(*group)
    dana.methods = dana.methods[1:]
    assert lines(dana)[5:8] == group[1:]
    dana.methods = []
    assert lines(dana)[5:7] == group[1:3]


def test_what_is_new_comes_last() -> None:
    """A new label gets a group of its own if needed; names of existing groups are not reused."""

    def edit(dana: Contact) -> None:
        dana.methods += [method("phone", "+1 2", "Büro"), method("im", "xmpp:d@x.example", "home")]

    new = ["item4.TEL:+1 2", "item4.X-ABLabel:Büro", "IMPP;TYPE=home:xmpp:d@x.example"]
    assert _edit(edit) == body(*WAYS, *new)


def test_what_differs_is_replaced_where_it_stood() -> None:
    """A replaced address takes the place of the old one, whose label goes."""
    expected = list(WAYS)
    expected[0] = "EMAIL;TYPE=internet:dana@new.example"
    del expected[1]
    assert _edit(_set("@acme", value="dana@new.example", label=None)) == body(*expected)


@pytest.mark.parametrize(
    ("edit", "at", "new"),
    [
        (_set("@home", label="work"), 2, ["EMAIL;TYPE=internet,work:dana@home.example"]),
        (_set("@home", preferred=True), 2, ["EMAIL;TYPE=internet,home,pref:dana@home.example"]),
        (_set("@home", label="Büro"), 2, ["item4.EMAIL;TYPE=internet:dana@home.example", "item4.X-ABLabel:Büro"]),
        (_set("@acme", label="work"), 0, ["item1.EMAIL;TYPE=internet,work;X-SLOT=1:dana@acme.example", None]),
        (
            _set("@acme", label="Büro"),
            0,
            ["item1.EMAIL;TYPE=internet;X-SLOT=1:dana@acme.example", "item1.X-ABLabel:Büro"],
        ),
        (_set("+49 1", label=None), 6, ["TEL;TYPE=VOICE:+49 1"]),
        (_set("+49 1", preferred=True), 6, ["TEL;TYPE=VOICE,cell,pref:+49 1"]),
    ],
)
def test_another_label(edit: Callable[[Contact], object], at: int, new: list[str | None]) -> None:
    """A changed label or preference changes its own line; the rest of the line stays."""
    expected: list[str | None] = list(WAYS)
    replaced = 2 if WAYS[at].startswith("item") else 1
    expected[at : at + replaced] = new
    assert _edit(edit) == body(*(line for line in expected if line))


def test_one_address_in_two_lines() -> None:
    """A card may hold a value twice; the contact has it once, and neither line changes."""
    dana = came("EMAIL;TYPE=home:a@x.example", "EMAIL;TYPE=work:A@X.EXAMPLE", "TEL:+49 30 1", "TEL;TYPE=work:0049 30 1")
    dana.methods = [dana.methods[0], dana.methods[2]]
    assert lines(dana) == body(
        "EMAIL;TYPE=home:a@x.example", "EMAIL;TYPE=work:A@X.EXAMPLE", "TEL:+49 30 1", "TEL;TYPE=work:0049 30 1"
    )


def test_our_own_card_comes_back_unchanged() -> None:
    """An imported card of netcrm's own is matched by its spelling on the card, not in the database."""
    dana = contact("Dana Wu", given_name="Dana", family_name="Wu")
    dana.methods = [
        method("url", "x.example/ü, b"),
        method("linkedin", "in/dana-wu", "work"),
        method("im", "dana on signal"),
        method("address", "Weg 1, Ulm", "Büro"),
        method("url", "https://linkedin.com/in/the-other-one", "home"),
        method("email", "dana@x.example", preferred=True),
    ]
    for version in VERSIONS:
        dana.vcard, dana.changed_at = None, CHANGED
        data = exported([dana], version)
        (record,) = people(data)
        dana.vcard, dana.changed_at = record.vcard, CHANGED + timedelta(days=1)
        assert exported([dana], version) == data


# --------------------------------------------------------------------------- tags


def test_tags_have_no_order() -> None:
    """The database sorts tags by name, which is not a change."""
    assert lines(came("CATEGORIES:z,a", "X-A:1", "CATEGORIES:m")) == body("CATEGORIES:z,a", "X-A:1", "CATEGORIES:m")
    changed = tagged(came("CATEGORIES:z,a", "X-A:1", "CATEGORIES:m"), "a", "b,c")
    assert lines(changed) == [*body("CATEGORIES:a,b\\,c", "X-A:1")[:-1], f"REV:{REV}", "END:VCARD"]


# --------------------------------------------------------------------------- extras

EXTRA = Extra((("3b1c9a52-6b43-4a8c-9e0e-8a2b1c3d4e5f", "Eve Roe"),), stage="recruiter", aliases=("u2",))
OURS = {
    "3.0": ["item1.X-ABRELATEDNAMES:Eve Roe", "item1.X-ABLabel:Introduced by"],
    "4.0": [
        "item1.RELATED;TYPE=contact:urn:uuid:3b1c9a52-6b43-4a8c-9e0e-8a2b1c3d4e5f",
        "item1.X-ABLabel:Introduced by",
    ],
}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_ours_is_kept_up(version: Version) -> None:
    """Properties of netcrm's own are updated if they changed, and stay in an export without them."""
    first = lines(came(version=version), version, EXTRA)
    assert first[5:10] == ["X-NETCRM-STAGE:recruiter", "X-NETCRM-ALIAS:u2", "ROLE:recruiter", *OURS[version]]
    (record,) = people("".join(f"{line}\n" for line in first))
    assert record.title is None
    assert lines(stored(record), version) == first
    assert lines(stored(record), version, EXTRA) == first
    later = lines(stored(record), version, Extra(stage="hiring manager", last_contact=date(2026, 1, 2)))
    expected = ["ROLE:hiring manager", "X-NETCRM-STAGE:hiring manager", "X-NETCRM-LAST-CONTACT:2026-01-02"]
    assert [line for line in later if line not in first] == expected
    assert [line for line in first if line not in later] == first[5:8]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_another_book_knew_stays(version: Version) -> None:
    """An imported stage and last contact stay while the database has none; the tier is always the database's."""
    lines_out = ["X-NETCRM-STAGE:recruiter", "X-NETCRM-LAST-CONTACT:2026-01-02", "ROLE:recruiter"]
    dana = came(*lines_out, "X-NETCRM-TIER:A", version=version)
    assert [line for line in lines(dana, version, Extra()) if "NETCRM" in line or "ROLE" in line] == lines_out


@pytest.mark.parametrize("version", VERSIONS)
def test_a_role_of_the_card_is_its_own(version: Version) -> None:
    """A ROLE of another program is not replaced by the contact's part in the user's offers."""
    dana = came("ROLE:Partner", "X-NETCRM-STAGE:recruiter", version=version)
    assert [line for line in lines(dana, version, EXTRA) if "ROLE" in line] == ["ROLE:Partner"]


def test_an_introduction_in_another_version() -> None:
    """An introduction is written once, in the form of its version; other values of that property stay."""
    foreign = ["item7.X-ABRELATEDNAMES:Per", "item7.X-ABLabel:_$!<Spouse>!$_"]
    dana = came(*foreign, *OURS["3.0"])
    after = lines(dana, "4.0", EXTRA)
    assert [line for line in after if "RELATED" in line] == [foreign[0], OURS["4.0"][0].replace("item1", "item2")]


# --------------------------------------------------------------------------- nothing breaks out


@given(st.lists(ANY_TEXT | st.sampled_from(TO_FORMATS), max_size=12), ANY_TEXT, st.sampled_from(VERSIONS))
@example([], "\ud800", "3.0")
def test_no_card_breaks_out(property_lines: list[str], text: str, version: Version) -> None:
    """Any text stored as a contact's card is exported as one card that a strict parser accepts."""
    for stored_card in (
        "\n".join(property_lines),
        card(*property_lines),
        card("FN:Dana", *(f"X-A;B={line}:{line}" for line in property_lines)),
    ):
        dana = contact("Dana", vcard=stored_card, title=text, notes=text)
        dana.methods = [method("email", text, text), method("url", text)]
        data = exported([dana, contact("Eve")], version)
        assert len(cards(data, version, foreign=True)) == 2


@pytest.mark.parametrize(
    "vcard", ["", "x", "BEGIN:VCARD", "BEGIN:VCARD\nEND:VCARD\n", "BEGIN:VCALENDAR", "\ud800", "\x00"]
)
def test_what_is_no_card_is_not_used(vcard: str) -> None:
    """A contact without a readable card is exported with a new one."""
    assert exported([contact("Dana", vcard=vcard)]) == exported([contact("Dana")])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("record", CORPUS)
def test_two_exports_are_the_same(record: ImportedContact, version: Version) -> None:
    """A card holds no time of export."""
    dana = stored(record)
    dana.title = "New"
    assert exported([dana], version) == exported([dana], version)
