"""Files of vCards: every encoding and line end, broken cards, and bombs; of any length, one card at a time."""

import base64
import time
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice, repeat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.errors import Problem, WrongFormat
from netcrm.formats import vcard
from netcrm.formats.records import ImportedContact
from netcrm.formats.vcard import read
from tests.helpers.vcard_people import CORPUS, card, people, told

DANA = card("FN:Zoë Öberg", "NOTE:漢字\\, café")
MB = 1 << 20


# --------------------------------------------------------------------------- encodings, line ends, folds


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_and_line_end(encoding: str, end: str) -> None:
    """With or without BOM, in UTF-8 or UTF-16, with any line ends: the same contacts on the same lines."""
    data = (DANA + "\n" + card("FN:Eve")).replace("\n", end).encode(encoding)
    items = people(data)
    assert [(item.line, item.name, item.notes) for item in items] == [(1, "Zoë Öberg", "漢字, café"), (7, "Eve", None)]
    assert [item.vcard for item in items] == [DANA, card("FN:Eve")]
    assert people(data.removesuffix(end.encode(encoding.removesuffix("-sig")))) == items or encoding == "utf-16"


def test_windows_1252_is_said_once() -> None:
    """Text that is not UTF-8 is read as Windows-1252, which is reported once, with the first such line."""
    items, problems = told(card("FN:Eve") + card("FN:Zoë", "NOTE:“é”") * 2)
    assert problems == []
    items, problems = told((card("FN:Eve") + card("FN:Zoë", "NOTE:“é”") * 2).encode("cp1252"))
    assert [(item.name, item.notes) for item in items] == [("Eve", None), ("Zoë", "“é”"), ("Zoë", "“é”")]
    assert items[1].vcard == card("FN:Zoë", "NOTE:“é”")
    assert [(item.line, "Windows-1252" in item.message, item.lost) for item in problems] == [(7, True, False)]


def test_a_card_says_its_own_alphabet() -> None:
    """With CHARSET nothing is guessed, and only lines that are not UTF-8 are read by it."""
    lines = [card("FN;CHARSET=windows-1251:").encode().replace(b":\nEND", ":Да\nEND".encode("cp1251"))]
    (person,) = people(b"".join(lines))
    assert person.name == "Да"
    mixed = card("FN:Zoë", "NOTE;CHARSET=iso-8859-1:?").encode().replace(b"?", b"caf\xe9")
    (person,) = people(mixed)
    assert (person.name, person.notes) == ("Zoë", "café")


def test_an_unknown_alphabet_of_raw_octets_is_guessed() -> None:
    """An unknown CHARSET is read as Windows-1252, like a missing one."""
    (person,) = people(card("FN;CHARSET=x-unknown:?").encode().replace(b"?", b"Zo\xeb"))
    assert person.name == "Zoë"


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "S"]), min_size=2, max_size=60), st.data())
def test_folds_within_characters(text: str, data: st.DataObject) -> None:
    """A line may be folded between any two octets, even within a letter (RFC 2425 §5.8.1 counts octets)."""
    octets = f"NOTE:{text}".encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(octets) - 1), max_size=8)))
    pieces = [octets[a:b] for a, b in zip([0, *cuts], [*cuts, len(octets)], strict=True)]
    whole = card("FN:Dana", "?").encode().replace(b"?", b"\r\n ".join(pieces))
    (person,) = people(whole)
    (expected,) = people(card("FN:Dana", f"NOTE:{text}"))
    assert person.notes == expected.notes
    (again,) = people(person.vcard or "")
    assert again == person


@pytest.mark.parametrize(
    ("raw", "notes"),
    [
        ("NOTE:a\n b", "ab"),
        ("NOTE:a\n  b", "a b"),
        ("NOTE:a\n\tb", "ab"),
        ("NOTE:a\n \n b", "ab"),
        ("NOTE\n :a", "a"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:a=\nb=\n c", "ab c"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:a=\n\nTEL:1", "a"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:a=", "a"),
        ("NOTE:quoted-printable=\nTEL:1", "quoted-printable="),
    ],
)
def test_folds(raw: str, notes: str) -> None:
    """A leading blank continues the line before; so does an equals sign at the end of quoted-printable."""
    (person,) = people(card("FN:Dana", raw))
    assert (person.notes, person.vcard) == (notes, card("FN:Dana", raw))


@pytest.mark.parametrize(
    "photo",
    [
        "PHOTO;ENCODING=b;TYPE=JPEG:QUJD\n REVG",
        "PHOTO;ENCODING=BASE64;TYPE=JPEG:\n QUJD\n REVG\n",
        "PHOTO;TYPE=JPEG;ENCODING=BASE64:\nQUJD\nREVG\n",
        "PHOTO;JPEG;BASE64:QUJD\n   REVG",
        "PHOTO:data:image/jpeg;base64,QUJD\n REVG",
        "PHOTO;VALUE=uri:https://x.example/a.jpg",
    ],
)
def test_photos_stay_in_the_card(photo: str) -> None:
    """Folded in any way, with or without a blank line behind, values are part of the card as it came."""
    (person,) = people(card("FN:Dana", photo, "NOTE:x"))
    assert (person.vcard, person.notes) == (card("FN:Dana", photo, "NOTE:x"), "x")


def test_controls_are_no_text() -> None:
    """NUL, escapes and unusual line separators are dropped, and the card is read."""
    items, problems = told(card("FN:Da\x00na\x1b", "NOTE:a\x85b\u2028c\td"))
    assert problems == []
    assert [(item.name, item.notes) for item in items] == [("Dana", "abc\td")]


@pytest.mark.parametrize("hidden", ["\x00BEGIN:VCARD", "\u2028BEGIN:VCARD", "\x00END:VCARD", "\x85END:VCARD"])
def test_what_controls_hide_opens_and_closes_nothing(hidden: str) -> None:
    """A BEGIN or an END that appears after dropping them is an invalid line, and no more."""
    (person,), (problem,) = told(card("FN:Dana", hidden, "NOTE:x"))
    assert (person.name, person.notes, person.vcard) == ("Dana", "x", card("FN:Dana", "NOTE:x"))
    assert (problem.line, "can't stand inside a card" in problem.message) == (4, True)


# --------------------------------------------------------------------------- cards


def test_cards_are_as_many_as_there_are() -> None:
    """Cards follow each other with blank lines and byte order marks between them, in upper or lower case."""
    data = card("FN:A") + "\n\n\ufeff" + card("FN:B") + "begin:vcard \nfn:C\nend:vcard\t\n"
    assert [(item.line, item.name) for item in people(data)] == [(1, "A"), (7, "B"), (11, "C")]


def test_a_card_that_is_not_closed() -> None:
    """A card without an end ends where the next one begins, and the next one is read completely."""
    items, (problem,) = told(card("FN:A").replace("END:VCARD\n", "") + card("FN:B"))
    assert [(item.name, item.vcard) for item in items] == [("A", card("FN:A")), ("B", card("FN:B"))]
    assert (problem.line, problem.lost) == (1, False)
    assert "no END:VCARD. Check" in problem.message


@pytest.mark.parametrize(
    ("end", "notes", "messages"),
    [
        ("NOTE:x\n", "x", "no END:VCARD. Check"),
        ("NOTE:x\r", "x", "no END:VCARD. Check"),
        ("NOTE:x\n\n", "x", "no END:VCARD. Check"),
        ("NOTE:x", None, "its last line, which may be half of one, was left out"),
    ],
)
def test_a_file_that_breaks_off(end: str, notes: str | None, messages: str) -> None:
    """If a file is cut off, its complete cards are read, and the complete lines of the last one."""
    items, (problem,) = told(card("FN:A") + "BEGIN:VCARD\nFN:B\n" + end)
    assert [(item.name, item.notes) for item in items] == [("A", None), ("B", notes)]
    assert (problem.line, messages in problem.message) == (5, True)


def test_cards_within_cards() -> None:
    """AGENT holds a nested card, which is not a contact; the lines after it belong to the outer card."""
    agent = "AGENT:\nBEGIN:VCARD\nFN:Fred\nAGENT:BEGIN:VCARD\nFN:Gus\nEND:VCARD\nEND:VCARD"
    (person,) = people(card("FN:Dana", agent, "NOTE:x", version="2.1"))
    assert (person.name, person.notes) == ("Dana", "x")
    assert person.vcard == card("FN:Dana", agent, "NOTE:x", version="2.1")
    (person,) = people(card("FN:Dana", "AGENT:BEGIN:VCARD\\nFN:Fred\\nEND:VCARD\\n", "NOTE:x"))
    assert (person.name, person.notes) == ("Dana", "x")


def test_what_belongs_to_no_card() -> None:
    """Lines between cards are counted, except blank ones."""
    items, problems = told("Dear Ann,\n\n" + card("FN:A") + "\n--\nDana\n" + card("FN:B") + "\nEND:VCARD\n")
    assert [item.name for item in items] == ["A", "B"]
    assert [(item.line, item.message.split(" to no")[0], item.lost) for item in problems] == [
        (1, "this line belongs", False),
        (8, "2 lines from this one on belong", False),
        (15, "this line belongs", False),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("no property", "“no property” is not a property"),
        (":x", "“:x” is not a property"),
        ("A B:x", "“A B:x” is not a property"),
        ('X;A="b:c', "is not a property"),
        ("BEGIN:VEVENT", "“BEGIN:VEVENT” can't stand inside a card"),
        ("item1.END:VCARD", "“item1.END:VCARD” can't stand inside a card"),
        ("PHOTO;ENCODING=b:@@@@", "the PHOTO is not Base64, or was cut off"),
        ("PHOTO;ENCODING=b:QUJ", "the PHOTO is not Base64, or was cut off"),
        ("PHOTO:data:image/png;base64,QUJ", "the PHOTO is not Base64, or was cut off"),
        ("PHOTO:data:image/png;base64", "the PHOTO was cut off before its first byte"),
        ("PHOTO:data:image/png\\;base64", "the PHOTO was cut off before its first byte"),
        ("NOTE;ENCODING=x-zip:abc", "the NOTE has the ENCODING “X-ZIP”, which is not known"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=rot13:abc", "the NOTE has the CHARSET “rot13”, which is not known"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=iso-8859-99:a", "the CHARSET “iso-8859-99”, which is not known"),
        (f"NOTE:{'x' * (MB + 1)}", "the NOTE is longer than 1 MiB"),
        (f"NOTE;ENCODING=QUOTED-PRINTABLE:{'=41' * (MB + 1)}", "the NOTE is longer than 1 MiB"),
        (f"X;A={'x' * MB}:y", "has more than 1 MiB before its colon"),
        (f"NOTE:{'x' * 10_000_000}", "“NOTE:xxxxx"),
        ("NOTE:\n" + f" {'x' * 70}\n" * 120_000, "is longer than 7 MiB"),
        (f"PHOTO;ENCODING=b:{base64.b64encode(bytes(5 * MB + 1)).decode()}", "the PHOTO is larger than 5 MiB"),
    ],
)
def test_a_line_that_is_lost(line: str, why: str) -> None:
    """An invalid line is reported with its number and left out; its card and the others are read."""
    items, (problem,) = told(card("FN:A") + card("FN:B", line, "X-Y:z") + card("FN:C"))
    assert [item.name for item in items] == ["A", "B", "C"]
    assert items[1].vcard == card("FN:B", "X-Y:z")
    assert (problem.line, problem.lost) == (8, False)
    assert why in problem.message
    assert "; it was left out, the rest of the card was read" in problem.message
    assert len(problem.message) < 250


def test_lines_that_are_not_held_do_not_count() -> None:
    """Three notes of eight mebibytes are lost, but not the card."""
    note = "NOTE:" + f"\n {'x' * 70_000}" * 120
    items, problems = told(card("FN:Dana", note, note, note))
    assert [item.name for item in items] == ["Dana"]
    assert len(problems) == 3


def test_a_photo_may_have_five_mebibytes() -> None:
    """A photo of the largest size is read, to the byte."""
    photo = f"PHOTO;ENCODING=b:{base64.b64encode(bytes(5 * MB)).decode()}"
    (person,) = people(card("FN:Dana", photo))
    assert person.vcard == card("FN:Dana", photo)


def test_many_lost_lines_of_a_card_are_counted() -> None:
    """Three invalid lines are reported, the others counted."""
    items, problems = told(card("FN:A", *["x"] * 50))
    assert [item.name for item in items] == ["A"]
    assert [item.line for item in problems] == [4, 5, 6, 7]
    assert "47 more lines of this card" in problems[-1].message


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["X:1"] * 999, "more than 1,000 properties"),
        (["AGENT:\nBEGIN:VCARD"] * 9 + ["END:VCARD"] * 9, "cards within cards, more than 8 deep"),
        (["AGENT:\nBEGIN:VCARD"] * 50_000, "cards within cards, more than 8 deep"),
        ([f"X:{'x' * MB}"[: MB - 10]] * 17, "larger than 16 MiB"),
        (["NOTE:x", *[" "] * 200_000], "more than 200,000 lines"),
    ],
    ids=["properties", "nested", "nested and open", "size", "lines"],
)
def test_a_card_that_is_lost(lines: list[str], why: str) -> None:
    """An invalid card is reported as lost, with its first line; the cards around it are read."""
    items, (problem,) = told(card("FN:A") + card("FN:B", *lines) + card("FN:C"))
    assert [item.name for item in items] == ["A", "C"]
    assert (problem.line, problem.lost) == (5, True)
    assert "this card was left out: it " in problem.message
    assert why in problem.message


def test_as_much_as_a_card_may_have() -> None:
    """A card may have a thousand properties, and eight nested cards."""
    nested = "AGENT:\nBEGIN:VCARD\n" * 8 + "END:VCARD\n" * 8
    assert len(people(card("FN:A", *["X:1"] * 997, nested.removesuffix("\n")))) == 1


# --------------------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is not a vCard: it is empty"),
        (b"\n \r\n\n", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"\xff\xfe", "it is empty"),
        (b"Dear Ann,\nhow are you?\n", "it has no BEGIN:VCARD"),
        (b"END:VCARD\n", "it has no BEGIN:VCARD"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n", "it is a calendar (iCalendar)"),
        (b"First Name,Last Name\nDana,Wu\n", "it has no BEGIN:VCARD"),
        (bytes(range(256)) * 100, "it has no BEGIN:VCARD"),
        (b"PK\x03\x04" + b"\xff" * 1000, "it has no BEGIN:VCARD"),
        (bytes(50_000_000), "it has no BEGIN:VCARD"),
        (b"\n" * 50_000_000, "it is empty"),
        (b"x\n" * 25_000_000, "it has no BEGIN:VCARD"),
        (b"x\n" * MB + card("FN:Dana").encode(), "it has no BEGIN:VCARD"),
    ],
)
def test_what_is_no_vcard(data: bytes, why: str) -> None:
    """A file without a card is refused quickly, whatever its kind and size, with what to do instead."""
    with pytest.raises(WrongFormat) as caught:
        told(data)
    assert why in str(caught.value)
    assert "export the contacts as vCards (.vcf)" in str(caught.value)


@pytest.mark.parametrize(
    ("begins", "ends"), [(50_000, 0), (50_000, 1), (50_000, 50_000)], ids=["open", "one closed", "all closed"]
)
def test_fifty_thousand_begins(begins: int, ends: int) -> None:
    """Lines before the first card are one problem or two, and the card is read."""
    items, problems = told("BEGIN:VCARD\n" * begins + "END:VCARD\n" * ends + card("FN:Dana"))
    assert [item.name for item in items] == ["Dana"]
    assert len(problems) <= 3


@pytest.mark.parametrize(
    "head",
    [
        "A" + ";A=a,b" * 60,
        "A;" * 60_000,
        'A;B="' * 60_000,
        'A;B="\\"' * 60_000,
        "A;B=" + "," * 300_000,
        "A" * 400_000,
        "a." * 200_000,
    ],
)
def test_no_line_takes_long(head: str) -> None:
    """The name and the parameters of any line are found in time linear in its length."""
    start = time.process_time()
    for line in (head, f"{head}:x", f"{head}\\"):
        items, _ = told(card("FN:Dana", line))
        assert [item.name for item in items] == ["Dana"]
    assert time.process_time() - start < 5


def test_ten_thousand_problems_are_enough() -> None:
    """Further problems are only counted, and every readable contact is read."""
    items, problems = told(card("NOTE:x") * 10_005 + card("FN:Dana"))
    assert [item.name for item in items] == ["Dana"]
    assert len(problems) == vcard.MOST_PROBLEMS + 1
    assert (problems[-1].message[:12], problems[-1].lost) == ("5 more thing", True)


@given(st.binary(max_size=300))
def test_any_octets_end_in_words(data: bytes) -> None:
    """Reading any file ends in contacts, problems or a refusal."""
    _ends_in_words([data])


PIECES = (
    *(
        b"BEGIN:VCARD",
        b"END:VCARD",
        b"VERSION:2.1",
        b"VERSION:4.0",
        b"FN:Dana",
        b"N:Wu;Dana",
        b"AGENT:",
        b"AGENT:BEGIN:VCARD",
    ),
    *(
        b" folded",
        b"\t",
        b"",
        b"NOTE;ENCODING=QUOTED-PRINTABLE:a=",
        b"NOTE;CHARSET=utf-16;QUOTED-PRINTABLE:=FF=FE",
        b"NOTE:\xe9",
    ),
    *(
        b"PHOTO;BASE64:",
        b"QUJD",
        b"PHOTO:data:;base64,",
        b"item1.TEL;WORK:1",
        b"item1.X-ABLabel:_$!<Work>!$_",
        b"CATEGORIES:a,,\\",
    ),
    *(
        b"BDAY;X-APPLE-OMIT-YEAR=x:1604-02-30",
        b"TZ:",
        b"UID:\x00",
        b'EMAIL;TYPE="a,b";PREF=:x',
        b'X;"',
        b";:",
        b"ADR:;;;;;;;;;",
    ),
    *(
        b"\xef\xbb\xbfBEGIN:VCARD",
        b"KIND:group",
        b"IMPP:%00%ff",
        b"URL:http\\://[",
        b"URL:linkedin.com/in/%00",
        b"TEL:tel:;ext=",
        b"\xff\xfe",
    ),
)


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=40), st.sampled_from((b"\n", b"\r\n", b"\r")))
def test_any_lines_end_in_words(lines: list[bytes], end: bytes) -> None:
    """Any order of lines gives contacts with names, or problems with messages."""
    _ends_in_words([b"BEGIN:VCARD" + end, end.join(lines)])


@given(st.sampled_from(sorted(CORPUS.glob("*.vcf"))), st.data())
def test_damaged_cards_end_in_words(path: Path, data: st.DataObject) -> None:
    """A damaged card of any program gives contacts with names, or problems with messages."""
    octets = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6) | st.sampled_from(PIECES))
    _ends_in_words([bytes(octets)])


def _ends_in_words(chunks: Iterable[bytes]) -> None:
    with suppress(WrongFormat):
        for item in read(chunks, "x.vcf"):
            assert item.message if isinstance(item, Problem) else item.name


# --------------------------------------------------------------------------- a stream


@given(st.sampled_from(sorted(CORPUS.glob("*.vcf"))), st.lists(st.integers(0, 4000), max_size=12))
def test_it_does_not_matter_how_octets_come(path: Path, cuts: list[int]) -> None:
    """A file in one piece, line by line, or cut anywhere gives the same contacts and problems."""
    octets = path.read_bytes()
    at = sorted({cut % len(octets) for cut in cuts})
    pieces = [octets[a:b] for a, b in zip([0, *at], [*at, len(octets)], strict=True)]
    assert [*read(pieces, "x")] == [*read([octets], "x")]
    assert [*read(octets.splitlines(keepends=True), "x")] == [*read([octets], "x")]


@pytest.mark.parametrize("size", [1 << 16, (1 << 16) + 1, 3, 70_000])
def test_line_ends_between_two_pieces(size: int) -> None:
    """A carriage return at the end of a piece and its line feed in the next are one line end."""
    filler = "X:" + "x" * (size - 3 - len("BEGIN:VCARD\r\n") if size > 100 else 1)
    data = f"BEGIN:VCARD\r\n{filler}\r\nFN:Dana\r\nEND:VCARD\r\n".encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    (person,) = read(pieces, "x")
    assert isinstance(person, ImportedContact)
    assert person.vcard == data.decode().replace("\r\n", "\n")


def test_people_come_as_they_are_read() -> None:
    """A contact is available before the end of the file, which may never come."""
    endless = read(repeat(card("FN:Dana").encode()), "x")
    assert [item.name for item in islice(endless, 3000) if isinstance(item, ImportedContact)] == ["Dana"] * 3000


def test_a_long_file_needs_the_memory_of_a_card() -> None:
    """Reading any number of cards takes less than two mebibytes."""

    def cards(many: int) -> Iterator[bytes]:
        for number in range(many):
            yield card(f"FN:Dana {number}", f"NOTE:{'x' * 2000}").encode()

    peaks = []
    for many in (300, 900):
        tracemalloc.start()
        assert sum(isinstance(item, ImportedContact) for item in read(cards(many), "x")) == many
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert max(peaks) < 2 * MB


BOMBS: dict[str, tuple[bytes, int]] = {
    "a line": (b"x", 30_000_000),
    "folds": (b"\n " + b"x" * 9_998, 3_000),
    "no end": (b"NOTE:x", 5_000_000),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_not_held(bomb: str) -> None:
    """Only a part of a line of thirty megabytes is held, folded or not, and the next card is read."""
    piece, many = BOMBS[bomb]
    octets = b"BEGIN:VCARD\nFN:A\nNOTE:" + piece * many + b"\nEND:VCARD\n" + card("FN:B").encode()
    tracemalloc.start()
    names = [item.name for item in read([octets], "x") if isinstance(item, ImportedContact)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert names[-1] == "B"
    assert peak < 24 * MB
