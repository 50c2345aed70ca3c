"""Two vCards that say the same, or differ, in any form."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.models import Contact
from netcrm.formats.records import ImportedContact
from netcrm.formats.vcard import Version
from netcrm.formats.vcard.equality import says_the_same
from tests.formats.vcard.test_writer import any_contact
from tests.helpers.vcard_people import VERSIONS, card, corpus, exported, stored

BASE = ("UID:u1", "FN:Dana Wu", "N:Wu;Dana;;;")

SAME = {
    "order": (("NOTE:a", "TITLE:b"), ("TITLE:b", "NOTE:a")),
    "capitals": (
        ("item1.EMAIL;type=Work:a@b", "item1.X-ABLabel:x"),
        ("ITEM1.email;TYPE=WORK:a@b", "Item1.X-ABLABEL:x"),
    ),
    "groups": (("item1.TEL:1", "item1.X-ABLabel:desk"), ("item7.TEL:1", "item7.X-ABLabel:desk")),
    "types": (("TEL;TYPE=work;TYPE=voice:1",), ('TEL;TYPE="VOICE,work":1',)),
    "folds": (("NOTE:abc",), ("NOTE:a\n bc",)),
    "escapes": (("X-A:a;b\\;c", "NOTE:d; e"), ("X-A:a\\;b\\;c", "NOTE:d\\; e")),
    "ends": (("ORG:Acme;", "ADR:;;Weg 1;Ulm"), ("ORG:Acme", "ADR:;;Weg 1;Ulm;;;")),
    "tags": (("CATEGORIES:a,b",), ("CATEGORIES:b,a",)),
    "stamps": (("REV:20240101T000000Z", "PRODID:x"), ("REV:20250101T000000Z",)),
    "days": (("BDAY:1985-04-12",), ("BDAY:19850412",)),
    "photos": (("PHOTO;ENCODING=b;TYPE=JPEG:QUJD",), ("PHOTO;TYPE=jpeg;ENCODING=BASE64:QUJD",)),
    "empty": (("NOTE:", "X-A:"), ()),
    "links": (("URL:http\\://x.example/a",), ("URL:http://x.example/a",)),
    "a label of nothing": (("item1.X-ABLabel:x",), ()),
}
OTHER = {
    "a note": (("NOTE:a",), ("NOTE:b",)),
    "a photo": (("PHOTO;ENCODING=b:QUJD",), ("PHOTO;ENCODING=b:QUJE",)),
    "less": (("NOTE:a", "X-A:b"), ("NOTE:a",)),
    "twice": (("TEL:1", "TEL:1"), ("TEL:1",)),
    "a type": (("TEL;TYPE=work:1",), ("TEL;TYPE=home:1",)),
    "a label": (("item1.TEL:1", "item1.X-ABLabel:desk"), ("item1.TEL:1", "item1.X-ABLabel:door")),
    "whose label": (
        ("item1.TEL:1", "item1.X-ABLabel:desk", "TEL:2"),
        ("TEL:1", "item1.TEL:2", "item1.X-ABLabel:desk"),
    ),
    "a middle name": (("N:Wu;Dana;Q.;;",), ("N:Wu;Dana;;;",)),
    "parts": (("ORG:A;B",), ("ORG:A\\;B",)),
    "a tag": (("CATEGORIES:a,b",), ("CATEGORIES:a\\,b",)),
    "a day": (("BDAY:1985-04-12",), ("BDAY:some day",)),
    "capitals of a text": (("X-A:Tea",), ("X-A:tea",)),
}


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME)
def test_the_same(left: tuple[str, ...], right: tuple[str, ...]) -> None:
    """The changes that programs make in passing leave a card equal, in either order."""
    for kept, new in ((left, right), (right, left)):
        assert says_the_same(card(*BASE, *kept), card(*BASE, *new))


@pytest.mark.parametrize(("left", "right"), OTHER.values(), ids=OTHER)
def test_not_the_same(left: tuple[str, ...], right: tuple[str, ...]) -> None:
    """An intended change is recognised, however small."""
    base = BASE if not left[0].startswith("N:") else BASE[:2]
    for kept, new in ((left, right), (right, left)):
        assert not says_the_same(card(*base, *kept), card(*base, *new))


def test_what_a_card_was_given_when_it_went_out() -> None:
    """A name or a UID missing from the stored card makes no difference; a changed or removed one does."""
    bare, complete = card("EMAIL:a@b"), card("EMAIL:a@b", *BASE)
    assert says_the_same(bare, complete)
    assert not says_the_same(complete, bare)
    assert not says_the_same(complete, complete.replace("Dana Wu", "Dana Woo"))


def test_what_is_no_card() -> None:
    """An unreadable card equals only another unreadable one."""
    assert not says_the_same("", card(*BASE))
    assert not says_the_same(card(*BASE), "nothing")
    assert says_the_same("", "nothing")


VERSION = st.sampled_from(VERSIONS)


@given(any_contact(), VERSION, VERSION, st.randoms(use_true_random=False))
def test_in_any_order_and_version(person: Contact, left: Version, right: Version, chance: random.Random) -> None:
    """A card equals itself in the other version, with its lines shuffled."""
    kept, new = (exported([person], version).decode() for version in (left, right))
    lines = new.replace("\r\n ", "").splitlines()[2:-1]
    chance.shuffle(lines)
    assert says_the_same(kept, "\r\n".join((*new.splitlines()[:2], *lines, "END:VCARD", "")))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("record", [pytest.param(record, id=f"{name}-{record.line}") for name, record in corpus()])
def test_what_went_out_is_what_came_in(record: ImportedContact, version: Version) -> None:
    """A card of any program equals itself after conversion to either version; with one more line, it does not."""
    out = exported([stored(record)], version).decode()
    assert says_the_same(record.vcard or "", out)
    assert not says_the_same(record.vcard or "", out.replace("END:VCARD", "X-MORE:x\r\nEND:VCARD"))
