"""Exports go through real programs and come back unchanged: CardDAV servers, a synchroniser, an address book."""

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import copy
from typing import NamedTuple

import pytest
from hypothesis import given
from vcard.vcard_errors import VCardError
from vcard.vcard_validator import get_vcard_group, get_vcard_properties, unfold_vcard_lines

from netcrm import Crm
from netcrm.domain.dates import NO_YEAR
from netcrm.domain.models import Contact
from netcrm.domain.vocabulary import MethodKind
from netcrm.errors import InvalidValue
from tests.formats.vcard.test_writer import NAMES, any_contact
from tests.helpers.books import TODAY
from tests.helpers.clients import (
    BOOK,
    TO_DOS,
    Dav,
    Synced,
    by_khard,
    by_todoman,
    fill,
    radicale,
    sync,
    vdirsyncer,
    xandikos,
)
from tests.helpers.hostile import TEXTS
from tests.helpers.strict_vcard import Property, octets, split, taken, unescaped
from tests.helpers.vcard_people import CORPUS, VERSIONS, card, exported
from tests.programs.test_calendars import STAMPS, a_plan, day_of

PHOTO = "/9j/4AAQSkZJRgABAQAAAQABAAA="
NOTE = 'Tabs\tand "quotes", commas; semicolons \\ backslashes\nand 日本 ☃ 👩‍👩‍👧\n' * 80
CARDS = (
    card("UID:in-3", "FN:Three Dee", "N:Dee;Three;;;", f"PHOTO;ENCODING=b;TYPE=JPEG:{PHOTO}", "X-TEA:Green"),
    card(
        "UID:in-4",
        "FN:Four Dee",
        "N:Dee;Four;;;",
        f"PHOTO:data:image/jpeg;base64,{PHOTO}",
        "X-TEA:Oolong",
        version="4.0",
    ),
    card("N:;Onlyfirst;;;"),
    card("ORG:Only & Co\\, Ltd.;R&D"),
    card("EMAIL:only@mail.example"),
)

CUT_IN_3 = {"Åsa Öberg": ["X-APPLE-STRUCTURED-DATA"], "Dr. Jürgen Müller": ["URL"]}
"""Contacts whose imported card has a bare comma in a single text value. A link may have one (RFC 3986 §2.2).

vobject, which Radicale uses, ends the value there. netcrm itself never writes a bare comma.
"""


# --------------------------------------------------------------------------- the database


def tell(crm: Crm) -> None:
    """Add contacts with every special character, and the cards of a dozen programs."""
    assert len(NOTE) > 5_000
    for number, name in enumerate(NAMES):
        crm.add(
            name,
            emails=[f"p{number}@x.example", f"o'brien+{number}@x.example"],
            phones=[f"+49 30 76543{number:02}", f"+1 212 55501{number:02}"],
            urls=[f"https://x.example/{number}/a,b;c?d=1&e=%2C", f"https://x.example/{number}/ü/漢"],
            linkedin=f"in/person-{number}",
            company="A, B; C & D \\ “E”",
            title='Head of "R&D", Berlin; \\Ops',
            tags=["close, ally", "C;D", "漢字", "back\\slash"],
            birthday="--02-29" if number % 2 else "1985-04-12",
            notes=NOTE,
        )
    for number, text in enumerate(TEXTS):
        with suppress(InvalidValue):
            crm.add(text, emails=[f"h{number}@x.example"], company=text or None, title=text, tags=[text], notes=text)


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all of them; tests work on copies."""
    folder = tmp_path_factory.mktemp("book")
    with Crm(str(folder / "book.db"), today=TODAY, playbooks=folder / "none") as crm:
        tell(crm)
        (folder / "own.vcf").write_text("".join(CARDS), encoding="utf-8")
        for file in (*sorted(CORPUS.glob("*.vcf")), folder / "own.vcf"):
            crm.import_vcard(file)
        assert len(crm.contacts()) > 80
    return folder / "book.db"


@pytest.fixture
def crm(book: Path, tmp_path: Path) -> Iterator[Crm]:
    with Crm(str(copy(book, tmp_path / "book.db")), today=TODAY, playbooks=tmp_path / "none") as opened:
        yield opened


# --------------------------------------------------------------------------- what a card says

SAID = ("FN", "N", "ORG", "EMAIL", "TEL", "URL", "BDAY", "NOTE", "CATEGORIES", "PHOTO")


def said(data: bytes) -> "Counter[tuple[str, ...]]":
    """The values of these properties in a card, by a reader that shares no code with vobject."""
    return Counter((found.name, *values(found)) for found in taken(data) if found.name in SAID)


def values(found: Property) -> list[str]:
    """The parts without empty ones at the end, tags in any order, a photo as its bytes."""
    if found.name in ("N", "ORG"):
        return list(map(unescaped, split(found.raw.rstrip(";"), ";")))
    if found.name == "CATEGORIES":
        return sorted(map(unescaped, split(found.raw, ",")))
    if found.name == "PHOTO" and ("ENCODING" in found.params or ";base64," in found.raw):
        return [octets(found).hex()]
    return [unescaped(found.raw)]


def name_of(data: bytes) -> str:
    return next(unescaped(found.raw) for found in taken(data) if found.name == "FN")


def has(data: bytes, *names: str) -> bool:
    return any(found.name in names for found in taken(data))


# --------------------------------------------------------------------------- CardDAV servers


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with radicale(tmp_path_factory.mktemp("radicale")) as port:
        yield port


def test_radicale_keeps_every_card(server: int, crm: Crm) -> None:
    """Radicale accepts every card and returns all its values, except after a bare comma in a foreign card."""
    with Dav(server, "/me/in-3/").made(BOOK) as collection:
        for number, sent in enumerate(text.encode() for text in crm.vcards()):
            back = collection.kept(f"{number}.vcf", sent)
            if "URL" in CUT_IN_3.get(name_of(sent), ()):
                assert said(sent) - said(back) == Counter({("URL", "http://www.acme.example/a,b"): 1})
            else:
                assert said(back) == said(sent)


def test_radicale_loses_photos_in_4(server: int, crm: Crm) -> None:
    """Radicale accepts 4.0 cards too, but cuts a data: URI and a link after a comma.

    RFC 2397 §3 requires that comma, and RFC 6350 §4.2 requires it bare. So netcrm writes 3.0 unless asked for 4.0. Of
    an N of RFC 9554, the parts that repeat other parts are lost.
    """
    lost: dict[str, set[str]] = {}
    with Dav(server, "/me/in-4/").made(BOOK) as collection:
        for number, sent in enumerate(text.encode() for text in crm.vcards(version="4.0")):
            back = collection.kept(f"{number}.vcf", sent)
            for name, *_ in said(sent) - said(back):
                lost.setdefault(name, set()).add(name_of(sent))
            assert b"PHOTO:data:" not in sent or name_of(sent) in lost["PHOTO"]
    assert lost.keys() == {"PHOTO", "URL", "N"}
    assert lost["URL"] == {"Dr. Jürgen Müller", "Åsa Öberg"}
    assert lost["N"] == {"Jane Doe Ito"}


def test_xandikos_keeps_cards_to_the_letter(tmp_path: Path, crm: Crm) -> None:
    """Xandikos returns cards of every kind in both versions byte for byte, photos included."""
    with xandikos(tmp_path) as port, Dav(port, "/user/contacts/addressbook/") as collection:
        for version in VERSIONS:
            for number, sent in enumerate(text.encode() for text in crm.vcards(version=version)):
                if number % 8 == 0 or has(sent, "PHOTO"):
                    assert collection.kept(f"{version}-{number}.vcf", sent) == sent


# --------------------------------------------------------------------------- there and back through a synchroniser


class Kept(NamedTuple):
    """The folders that vdirsyncer synchronises through Radicale, its settings, and its output of the last run."""

    home: Path
    cards: Synced
    todos: Synced
    said: list[str]
    before: dict[str, bytes]


def content(*folders: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for folder in folders for path in sorted(folder.glob("[!.]*"))}


@pytest.fixture(scope="session")
def synced(server: int, book: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Synchronise cards and to-dos from a folder to the server and into another folder, twice."""
    home = tmp_path_factory.mktemp("vdirsyncer")
    folders = {name: home / name for name in ("cards-out", "cards-back", "todos-out", "todos-back")}
    for folder in folders.values():
        folder.mkdir()
    with Crm(str(book), today=TODAY, playbooks=home / "none") as crm:
        assert crm.mirror_vcards(folders["cards-out"]).left == []
    fill(folders["todos-out"], a_plan(), "todos", STAMPS)
    with Dav(server, "/me/cards/").made(BOOK) as cards, Dav(server, "/me/todos/").made(TO_DOS) as todos:
        pairs = {
            "cards": Synced(folders["cards-out"], cards, folders["cards-back"], ".vcf"),
            "todos": Synced(folders["todos-out"], todos, folders["todos-back"], ".ics"),
        }
        config = vdirsyncer(home, pairs)
        sync(home, config, "cards_out", "todos_out")
        sync(home, config, "cards_back", "todos_back")
        before = content(*folders.values())
        yield Kept(home, pairs["cards"], pairs["todos"], sync(home, config), before)


def test_vdirsyncer_brings_back_every_card(synced: Kept) -> None:
    """Every card comes back with all its values and its UID, and a second run copies nothing."""
    out, back = (
        {next(one.raw for one in taken(data) if one.name == "UID"): data for data in content(folder).values()}
        for folder in (synced.cards.out, synced.cards.back)
    )
    assert back.keys() == out.keys()
    differ = {name_of(sent) for uid, sent in out.items() if said(back[uid]) != said(sent)}
    assert differ == {name for name, cut in CUT_IN_3.items() if "URL" in cut}
    assert synced.said == []
    folders = (synced.cards.out, synced.cards.back, synced.todos.out, synced.todos.back)
    assert content(*folders) == synced.before


def test_what_comes_back_is_no_news(synced: Kept, crm: Crm, tmp_path: Path) -> None:
    """Importing the cards that a server rewrote adds no contact, and changes only what the server cut."""
    file = tmp_path / "back.vcf"
    file.write_bytes(b"".join(content(synced.cards.back).values()))
    report = crm.import_vcard(file)
    assert (report.added, report.merged, report.left_out, report.problems) == (0, 0, 0, [])
    assert sorted(report.changes) == [
        "~ Dr. Jürgen Müller: http://www.acme.example/a",
        "~ Åsa Öberg: the card itself",
    ]
    assert report.unchanged == report.rows - len(CUT_IN_3)


def test_khard_lists_everybody(synced: Kept, tmp_path: Path) -> None:
    """The program khard lists every e-mail address in the folder that came back with its contact, apart from titles."""
    cards = list(map(taken, content(synced.cards.back).values()))
    expected = {
        unescaped(found.raw): " ".join(unescaped(name.raw).split())
        for one in cards
        for name in one
        if name.name == "FN"
        for found in one
        if found.name == "EMAIL"
    }
    found = by_khard(tmp_path, synced.cards.back)
    assert found.keys() == expected.keys()
    assert [name for address, name in found.items() if " ".join(name.split()) not in expected[address]] == []
    assert {name for name in expected.values() if name in NAMES} == set(NAMES)


def test_todoman_lists_what_came_back(synced: Kept, tmp_path: Path) -> None:
    """Every follow-up that went through the server is a to-do with its text and its day."""
    found = by_todoman(tmp_path, synced.todos.back)
    expected = {one.key: (one.text, day_of(one)) for one in a_plan()}
    assert {key: (todo["summary"], todo["due"]) for key, todo in found.items()} == expected


# --------------------------------------------------------------------------- a validator of 3.0


def judge(data: bytes) -> None:
    """Raise the error of the `vcard` package if it refuses a card.

    It gets one character for each octet, because its grammar is made of octets (RFC 2426 §4: NON-ASCII is %x80-FF). As
    text it would refuse every letter above U+00FF. Each octet of a line break of Unicode stays one.
    """
    lines = [f"{line}\r\n" for line in data.decode("latin-1").split("\r\n")[:-1]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a matter of style: a name with a space in it
        unfolded = unfold_vcard_lines(lines)
        assert get_vcard_group(unfolded) is None
        get_vcard_properties(unfolded)


REFUSED = {
    "groups": "item1.X-ABLabel:Front desk",  # RFC 2426 §4: contentline = [group "."] name, for each line by itself
    "TZ": "TZ;VALUE=text:Europe/Berlin",  # §3.4.1: “it can also be reset to a single text value”
    "IMPP": "IMPP:xmpp:dana@x.example",  # RFC 4770 §1 adds it to 3.0
    "ADR": "ADR;TYPE=other:;;Weg 1;;;;",  # §4: adr-type may be an iana-token or an x-name
    "TEL": "TEL;TYPE=main:+49 30 1",  # and so may tel-type
    "URL": "URL;TYPE=work:https://x.example",  # §4 has none, RFC 2425 §5.8.2 any; Apple's and Google's have it
    "BDAY": "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29",  # as above: Apple's value for an unknown year
}
"""Lines that netcrm writes and the validator refuses; each comment names the rule that allows the line."""


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED)
def test_what_a_validator_of_3_refuses_is_known(line: str) -> None:
    """The validator refuses each known line in an otherwise valid card, so that no exception is superfluous."""
    plain = card("FN:Dana", "N:;Dana;;;", line).replace("\n", "\r\n").encode()
    judge(plain.replace(f"{line}\r\n".encode(), b""))
    with pytest.raises((VCardError, AssertionError)):
        judge(plain)


STARTS: dict[MethodKind, str] = {"url": "https://x.example/", "linkedin": "in/"}
"""The prefix that makes any text a link; netcrm refuses links without one."""


@given(any_contact())
def test_a_validator_of_3_accepts_everybody(person: Contact) -> None:
    """Apart from the known lines the validator accepts every card, whatever letters are in it."""
    person.timezone = None
    person.birthday = None if person.birthday and person.birthday.year == NO_YEAR else person.birthday
    person.methods = [way for way in person.methods if way.kind != "im"]
    for way in person.methods:
        way.value = f"{STARTS.get(way.kind, '')}{way.value}"
        way.label = "work" if way.kind in ("email", "phone") else None
        way.preferred = way.preferred and way.label is not None
    judge(exported([person]))
