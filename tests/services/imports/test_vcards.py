"""vCards, imported and exported: nothing of a card is lost, and the user's changes stay."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcrm import Crm
from netcrm.errors import Refused
from netcrm.files.vdir import Kept
from netcrm.formats.vcard import Version
from tests.helpers.books import TODAY, Act, act_out, everything
from tests.helpers.cli_runner import Cli
from tests.services.imports.test_archive import books

VCARDS = Path(__file__).parent.parent.parent / "vcards"
PHOTO = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAA="

CARD = f"""BEGIN:VCARD
VERSION:4.0
UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1
FN:Dana Wu
N:Wu;Dana;;;
ORG:Acme Robotics
TITLE:Recruiter
EMAIL;PREF=1:dana@acme.example
PHOTO:{PHOTO}
X-FAVOURITE-TEA:Darjeeling, first flush
NOTE:Met at a fair
END:VCARD
"""


@pytest.fixture
def crm(empty_file: Path) -> Iterator[Crm]:
    with Crm(empty_file, today=TODAY) as opened:
        yield opened


@pytest.fixture
def card(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a file with this content."""

    def write(content: str) -> Path:
        path = tmp_path / "cards.vcf"
        path.write_text(content, encoding="utf-8", newline="")
        return path

    return write


Written = Callable[[str], Path]


def lines(text: str) -> list[str]:
    """The lines of a card, unfolded."""
    return text.replace("\r\n ", "").splitlines()


@pytest.mark.parametrize("file", sorted(VCARDS.glob("*.vcf")), ids=lambda path: path.name)
def test_what_real_programs_write_comes_in_once(file: Path) -> None:
    """One import of a real file adds its contacts; a second one changes nothing, and undo takes all of it back."""
    with Crm(memory=True, today=TODAY) as crm:
        report = crm.import_vcard(file)
        assert report.added + report.merged + report.left_out == report.rows
        assert report.added > 0
        after, operations = everything(crm), len(crm.operations(None))
        again = crm.import_vcard(file)
        assert (everything(crm), len(crm.operations(None))) == (after, operations), again.changes
        assert list(crm.vcards())
        crm.undo()
        assert not any(everything(crm).values())


def test_a_card_comes_out_as_it_came(crm: Crm, card: Written) -> None:
    """An unchanged card is exported as it was imported: UID, photo and unknown properties included."""
    crm.import_vcard(card(CARD))
    dana = crm.contact("dana")
    assert (dana.uid, dana.company, dana.email) == (
        *("4fbe8971-0bc3-424c-9c26-36c3e1eff6b1", "Acme Robotics"),
        "dana@acme.example",
    )
    assert lines("".join(crm.vcards(version="4.0"))) == CARD.splitlines()


def test_only_what_has_changed_is_changed(crm: Crm, card: Written) -> None:
    """A new title replaces the old line and sets REV; the photo and all other lines stay."""
    crm.import_vcard(card(CARD))
    crm.edit("dana", title="Head of Talent")
    kept = [line for line in lines("".join(crm.vcards(version="4.0"))) if not line.startswith("REV:")]
    assert kept == CARD.replace("TITLE:Recruiter", "TITLE:Head of Talent").splitlines()
    assert f"PHOTO;ENCODING=b;TYPE=JPEG:{PHOTO.partition(',')[2]}" in lines("".join(crm.vcards()))


def test_what_changed_in_the_card_is_news_and_what_i_changed_is_mine(crm: Crm, card: Written) -> None:
    """A changed card brings its new birthday, address and note; the title and tag that the user set stay."""
    crm.import_vcard(card(CARD))
    crm.edit("dana", title="Head of Talent", tags=["ally"])
    newer = CARD.replace("NOTE:Met at a fair", "BDAY:19850412\nEMAIL:dana@home.example\nNOTE:Met at a fair in May")
    report = crm.import_vcard(card(newer))
    assert (report.added, report.updated) == (0, 1)
    dana = crm.contact("dana")
    assert (dana.title, dana.tags, dana.notes) == ("Head of Talent", ("ally",), "Met at a fair in May")
    assert (str(dana.birthday), list(dana.reached_by("email"))) == (
        *("1985-04-12", ["dana@acme.example", "dana@home.example"]),
    )
    assert crm.import_vcard(card(newer)).updated == 0


def test_another_programs_uid_is_remembered(crm: Crm, card: Written) -> None:
    """A contact matched by address keeps its UID; from then on the card's UID matches it too, without an address."""
    stored = crm.add("Dana Wu", emails=["dana@acme.example"])
    crm.import_vcard(card(CARD))
    dana = crm.contact(stored)
    assert (dana.uid, dana.aliases) == (stored.uid, ("4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",))
    crm.import_vcard(card(CARD.replace("EMAIL;PREF=1:dana@acme.example\n", "").replace("FN:Dana Wu", "FN:D. W.")))
    assert len(crm.contacts()) == 1


def test_the_uids_of_merged_people_travel(crm: Crm, card: Written, tmp_path: Path) -> None:
    """In another database, a card of a contact that was merged away matches the contact it was merged into."""
    crm.import_vcard(card(CARD + CARD.replace("4fbe", "5fbe").replace("dana@", "d@").replace("FN:Dana Wu", "FN:D. Wu")))
    crm.merge(1, 2)
    crm.export_vcard(tmp_path / "out.vcf")
    with Crm(memory=True, today=TODAY) as other:
        other.import_vcard(tmp_path / "out.vcf")
        assert other.contact("dana").aliases == crm.contact("dana").aliases != ()
        report = other.import_vcard(card(CARD.replace("4fbe", "5fbe").replace("dana@acme", "new@acme")))
        assert (report.added, report.updated) == (0, 1)


def test_namesakes_with_cards_of_their_own_stay_two(crm: Crm, card: Written) -> None:
    """Two cards with one name and different UIDs are two contacts; two cards with one UID are one."""
    plain = "BEGIN:VCARD\nVERSION:3.0\nUID:{}\nFN:Anna Berg\nN:Berg;Anna;;;\nEND:VCARD\n"
    report = crm.import_vcard(card(plain.format("one") + plain.format("two") + plain.format("one")))
    assert (report.added, report.merged, len(crm.contacts())) == (2, 1, 2)


def test_who_was_forgotten_is_left_out_by_their_uid(crm: Crm, card: Written) -> None:
    """A forgotten contact is left out by UID, even when the card has another address."""
    crm.import_vcard(card(CARD))
    crm.forget("dana")
    report = crm.import_vcard(card(CARD.replace("dana@acme.example", "dana@new.example")))
    assert (report.added, report.left_out) == (0, 1)


def test_my_own_export_is_no_news(crm: Crm, card: Written) -> None:
    """Importing netcrm's own export changes nothing, in either version."""
    crm.add("Sam Okafor", emails=["sam@home.example"], phones=["+49 30 1234567"], tags=["ally"], company="Globex")
    crm.add("Ann Ito", urls=["https://ann.example/a,b;c?d=%2Ce", "https://ann.example/ü/{a}|100%"])
    crm.add("Zoë Müller", birthday="--02-29", notes="Two\nlines; and, more", linkedin="in/zoe")
    before = everything(crm)
    for version in ("3.0", "4.0"):
        report = crm.import_vcard(card("".join(crm.vcards(version=version))))
        assert (report.added, report.changes, report.problems) == (0, [], [])
    assert everything(crm) == before


REWRITTEN = f"""BEGIN:VCARD
VERSION:3.0
UID:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1
EMAIL;TYPE=pref:dana@acme.example
FN:Dana Wu
N:Wu;Dana
NOTE:Met at a fair
ORG:Acme Robotics;
PHOTO;TYPE=JPEG;ENCODING=B:{PHOTO.partition(",")[2]}
PRODID:-//Server//EN
REV:20270101T000000Z
TITLE:Recruiter
X-Favourite-Tea:Darjeeling\\, first flush
END:VCARD
"""
"""The same card from a server that sorts its lines, writes version 3.0 and adds REV."""


def test_the_same_card_in_other_words_is_no_news(crm: Crm, card: Written) -> None:
    """The same facts and photo in another form change nothing, not even the stored card; another photo does."""
    crm.import_vcard(card(CARD))
    before = everything(crm)
    report = crm.import_vcard(card(REWRITTEN))
    assert (report.added, report.updated, report.changes) == (0, 0, [])
    assert everything(crm) == before
    report = crm.import_vcard(card(REWRITTEN.replace("/9j/", "/9k/")))
    assert report.changes == ["~ Dana Wu: the card itself"]


def test_a_broken_card_is_named_and_the_others_land(crm: Crm, card: Written) -> None:
    """A broken card is a problem with the line where it begins; the other cards are imported."""
    ann = CARD.replace("Dana", "Ann").replace("4fbe", "5fbe").replace("dana@", "ann@")
    report = crm.import_vcard(card(f"{CARD}BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n{ann}"))
    assert (report.added, [problem.line for problem in report.problems]) == (2, [13])


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def season(crm: Crm) -> None:
    """Ana referred the user to Acme, where Dana recruits; the offer is declined, and Dana was called."""
    crm.add("Ana Silva", emails=["ana@x.example"])
    if not crm.contacts("dana"):
        crm.add("Dana Wu", emails=["dana@acme.example"])
    crm.edit("dana", tier="A")
    crm.add_offer("Acme", people=["dana:recruiter", "ana:referrer"])
    crm.add_offer("Globex", people=["dana:other"])
    crm.decline("acme", because="fit")
    crm.log("dana", "call", "said no", on=TODAY - timedelta(days=1))
    crm.log("dana", "call", answered=False)


@pytest.mark.parametrize(
    ("version", "introduced"),
    [("3.0", "item1.X-ABRELATEDNAMES:Ana Silva"), ("4.0", "item1.RELATED;TYPE=contact:urn:uuid:")],
)
def test_what_the_season_made_of_people_travels(crm: Crm, version: Version, introduced: str) -> None:
    """A card has the part in offers (for other programs as ROLE), the introducer, the last contact and the tier."""
    season(crm)
    ana, dana = (lines(card) for card in crm.vcards(version=version))
    assert [line for line in ana if "ROLE" in line or "NETCRM" in line] == [
        "ROLE:referrer\\, Acme offer\\, declined",
        "X-NETCRM-STAGE:referrer\\, Acme offer\\, declined",
    ]
    stage = "recruiter\\, Acme offer\\, declined\\; on it\\, Globex offer"
    assert any(line.startswith(introduced) for line in dana)
    assert [line for line in dana if "ROLE" in line or "NETCRM" in line] == [
        f"ROLE:{stage}",
        f"X-NETCRM-LAST-CONTACT:{TODAY - timedelta(days=1)}",
        f"X-NETCRM-STAGE:{stage}",
        "X-NETCRM-TIER:A",
    ]


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_season_comes_back_as_no_news(crm: Crm, card: Written, tmp_path: Path, version: Version) -> None:
    """Properties that netcrm writes into a card are not imported again, whether the contact came from a card or not."""
    crm.import_vcard(card(CARD))
    season(crm)
    out = tmp_path / "out.vcf"
    crm.export_vcard(out, version=version)
    report = crm.import_vcard(out)
    assert (report.added, report.updated, report.unchanged, report.problems) == (0, 0, 2, [])


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=max(4, settings().max_examples // 3)
)
@given(books, st.sampled_from(["3.0", "4.0"]))
def test_every_book_comes_back_card_for_card(tmp_path: Path, acts: list[Act], version: Version) -> None:
    """Importing its own cards changes nothing in any database.

    An empty database that imports them exports the same cards, and a second import changes nothing.
    """
    first, second = tmp_path / "one.vcf", tmp_path / "two.vcf"
    with Crm(memory=True, today=TODAY) as crm, Crm(memory=True, today=TODAY) as other:
        act_out(crm, {str(at): act for at, act in enumerate(acts)}, map(str, range(len(acts))))
        number = crm.export_vcard(first, version=version, overwrite=True)
        if not number:
            return
        for database, new in ((crm, 0), (other, number), (other, 0)):
            report = database.import_vcard(first)
            assert (report.added, report.updated, report.problems) == (new, 0, [])
        other.export_vcard(second, version=version, overwrite=True)
        assert second.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_a_season_in_another_book(crm: Crm, tmp_path: Path, version: Version) -> None:
    """Cards imported into an empty database are exported the same; a part in an offer becomes no title."""
    season(crm)
    first, second = tmp_path / "first.vcf", tmp_path / "second.vcf"
    crm.export_vcard(first, version=version)
    assert (crm.import_vcard(first).updated, crm.contact("dana").title) == (0, None)
    with Crm(memory=True, today=TODAY) as other:
        assert other.import_vcard(first).added == 2
        assert (other.contact("dana").title, other.contact("dana").tier) == (None, "A")
        other.export_vcard(second, version=version)
    assert second.read_text(encoding="utf-8") == first.read_text(encoding="utf-8")


def test_how_far_it_is_is_told(crm: Crm, card: Written, tmp_path: Path) -> None:
    """Progress rises from 0 to 1 and never falls, in imports and exports."""
    parts: list[float] = []
    for change in (CARD, CARD.replace("Recruiter", "Lead")):
        crm.import_vcard(card(change), progress=parts.append)
        assert parts == sorted(parts)
        assert (parts[0] < 1, parts[-1]) == (True, 1.0)
        parts.clear()
    crm.export_vcard(tmp_path / "out.vcf", progress=parts.append)
    crm.mirror_vcards(tmp_path / "out", progress=parts.append)
    assert parts == [0.0, 1.0, 0.0, 1.0]


# --------------------------------------------------------------------------- several cards of one contact


def test_of_two_cards_of_one_person_the_first_is_followed(crm: Crm, card: Written) -> None:
    """The second of two cards of one contact only fills gaps, so a second import changes nothing."""
    other = CARD.replace("FN:Dana Wu", "FN:Dana M. Wu").replace("fair", "fair\\nand at a party")
    file = card(CARD + other)
    crm.import_vcard(file)
    before = everything(crm)
    assert (crm.contact("dana").name, crm.contact("dana").notes) == ("Dana Wu", "Met at a fair\n\nand at a party")
    report = crm.import_vcard(file)
    assert (report.updated, report.unchanged, report.merged, everything(crm)) == (0, 1, 1, before)


def test_namesakes_are_told_by_what_a_row_above_said(crm: Crm, card: Written) -> None:
    """A namesake matched by a row above works at Globex from then on, so the row at Acme adds another contact."""
    sam = "BEGIN:VCARD\nVERSION:3.0\nFN:Sam Okafor\n{}END:VCARD\n"
    crm.add("Sam Okafor")
    file = card("".join(map(sam.format, ("ORG:Globex\n", "ORG:Acme\n"))))
    first, second = crm.import_vcard(file), crm.import_vcard(file)
    assert (first.added, first.updated) == (1, 1)
    assert (second.added, second.updated, second.problems) == (0, 0, [])
    assert sorted(contact.company or "" for contact in crm.contacts()) == ["Acme", "Globex"]


def test_who_was_forgotten_is_left_out_by_another_uid(crm: Crm, card: Written) -> None:
    """A card with the UID of a forgotten contact as another UID is left out."""
    crm.import_vcard(card(CARD))
    crm.forget("dana")
    alias = "X-NETCRM-ALIAS:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1"
    report = crm.import_vcard(card(f"BEGIN:VCARD\nVERSION:3.0\nUID:new\nFN:D\n{alias}\nEND:VCARD\n"))
    assert (report.added, report.left_out) == (0, 1)


@pytest.mark.parametrize(
    "worse",
    [
        CARD.partition("PHOTO")[0],
        CARD.replace(f"PHOTO:{PHOTO}", "PHOTO:data:image/jpeg;base64"),
        CARD.replace(f"PHOTO:{PHOTO}\n", "").replace("UID:urn:uuid:4fbe8971", "UID:urn:uuid:9fbe8971"),
    ],
    ids=["cut off", "a photo that is none", "another program's"],
)
def test_a_worse_card_does_not_take_the_place_of_a_good_one(crm: Crm, card: Written, worse: str) -> None:
    """The values of a damaged or foreign card are imported; the stored card stays, photo included."""
    crm.import_vcard(card(CARD))
    crm.import_vcard(card(worse.replace("Recruiter", "Lead")))
    assert crm.contact("dana").title == "Lead"
    (text,) = crm.vcards(version="4.0")
    assert f"PHOTO:{PHOTO}" in text.replace("\r\n ", "")


def test_what_kind_of_address_it_is_comes_with_a_card(crm: Crm, card: Written) -> None:
    """A card labels a stored address that has no label; a label that is there stays."""
    crm.add("Dana Wu", emails=["dana@acme.example"], phones=["+49 30 1"])
    crm.import_vcard(card(CARD.replace("EMAIL;PREF=1:", "TEL;TYPE=cell:+49 30 1\nEMAIL;TYPE=work;PREF=1:")))
    assert [(way.label, way.preferred) for way in crm.contact("dana").methods] == [("work", True), ("cell", False)]
    crm.import_vcard(card(CARD.replace("EMAIL;PREF=1:", "EMAIL;TYPE=home:")))
    assert crm.contact("dana").methods[0].label == "work"


EDITS: dict[str, Callable[[Crm], object]] = {
    "title": lambda crm: crm.edit("dana", title="Lead"),
    "company": lambda crm: crm.edit("dana", company="Umbra", title="Lead"),
    "phone": lambda crm: crm.edit("dana", phones=["+49 30 1"]),
    "name": lambda crm: crm.edit("dana", name="Dana M. Wu"),
    "notes": lambda crm: crm.edit("dana", notes="Another line"),
    "tag": lambda crm: crm.edit("dana", tags=["ally"]),
    "birthday": lambda crm: crm.edit("dana", birthday="1990-01-02"),
    "tier": lambda crm: crm.edit("dana", tier="A"),
}


@pytest.mark.parametrize("version", ["3.0", "4.0"])
@pytest.mark.parametrize("edit", EDITS)
def test_my_own_card_after_an_edit_is_no_news(
    crm: Crm, card: Written, tmp_path: Path, edit: str, version: Version
) -> None:
    """Importing the card exported after an edit changes nothing, whether the contact came from a card or not."""
    crm.import_vcard(card(CARD))
    crm.add("Eve Roe", company="Globex", title="CTO")
    EDITS[edit](crm)
    crm.export_vcard(tmp_path / "out.vcf", version=version)
    report = crm.import_vcard(tmp_path / "out.vcf")
    assert (report.changes, report.unchanged) == ([], 2)


def test_work_that_nobody_dated_is_no_news(crm: Crm, tmp_path: Path) -> None:
    """A company without an affiliation, as other programs' archives have it, is exported and imported unchanged."""
    file = tmp_path / "book.json"
    dana = '{"uid": "dana", "name": "Dana Wu", "company": "Acme", "title": "Lead"}'
    file.write_text(f'{{"netcrm": "book", "schema": 1, "contacts": [{dana}]}}', encoding="utf-8")
    crm.import_json(file)
    crm.export_csv(tmp_path / "out.csv")
    assert crm.import_csv(tmp_path / "out.csv").changes == []
    for version in ("3.0", "4.0"):
        crm.export_vcard(tmp_path / f"{version}.vcf", version=version)
        assert crm.import_vcard(tmp_path / f"{version}.vcf").changes == []


def test_a_part_in_an_offer_is_no_title_elsewhere(crm: Crm, tmp_path: Path) -> None:
    """A ROLE that netcrm wrote is not a title, even where a program dropped the X-NETCRM properties."""
    season(crm)
    crm.export_vcard(tmp_path / "out.vcf")
    kept = (tmp_path / "out.vcf").read_text(encoding="utf-8").replace("\r\n ", "").splitlines()
    (tmp_path / "out.vcf").write_text("\n".join(line for line in kept if "NETCRM" not in line), encoding="utf-8")
    assert crm.import_vcard(tmp_path / "out.vcf").changes == []


# --------------------------------------------------------------------------- a folder of cards


def test_where_nobody_fits_nothing_is_touched(crm: Crm, tmp_path: Path) -> None:
    """A query that fits no contact leaves files and folders as they are, even with `overwrite`."""
    crm.add("Dana Wu")
    crm.export_vcard(tmp_path / "all.vcf")
    crm.mirror_vcards(tmp_path / "cards")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.vcf")}
    assert len(before) == 2
    assert crm.export_vcard(tmp_path / "all.vcf", query="nobody", overwrite=True) == 0
    assert crm.mirror_vcards(tmp_path / "cards", query="nobody", overwrite=True) == Kept(0, 0, 0, [])
    assert crm.export_vcard(tmp_path / "new.vcf", query="nobody") == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.vcf")} == before


def test_what_is_edited_in_the_folder_comes_in(crm: Crm, tmp_path: Path) -> None:
    """An edited card in the folder is imported; then the folder and the database agree, and stay so."""
    folder = tmp_path / "cards"
    crm.add("Dana Wu", company="Acme", title="Recruiter", emails=["dana@acme.example"])
    crm.mirror_vcards(folder)
    (file,) = folder.glob("*.vcf")
    text = file.read_text(encoding="utf-8")
    edited = text.replace("TITLE:Recruiter", "TITLE:Lead").replace("END:", "TEL:+49 30 1\r\nEND:")
    file.write_text(edited, encoding="utf-8", newline="")
    assert crm.mirror_vcards(folder).left == [file]
    assert crm.import_vcard(file).updated == 1
    assert (crm.contact("dana").title, crm.contact("dana").phone) == ("Lead", "+49 30 1")
    assert crm.import_vcard(file).updated == 0
    assert crm.mirror_vcards(folder).left == []
    crm.edit("dana", company="Umbra", title="CTO")
    assert crm.mirror_vcards(folder) == Kept(1, 0, 0, [])
    assert "TITLE:CTO" in file.read_text(encoding="utf-8")


def test_an_old_card_of_mine_takes_nothing_back(crm: Crm, tmp_path: Path) -> None:
    """A card exported before the last change of the contact changes nothing."""
    crm.add("Dana Wu", company="Acme", title="Recruiter")
    crm.export_vcard(tmp_path / "old.vcf")
    text = (tmp_path / "old.vcf").read_text(encoding="utf-8")
    (tmp_path / "old.vcf").write_text(re.sub("REV:20", "REV:19", text), encoding="utf-8", newline="")
    crm.edit("dana", title="Lead")
    crm.import_vcard(tmp_path / "old.vcf")
    assert crm.contact("dana").title == "Lead"


def test_a_folder_is_kept_up(crm: Crm, card: Written, tmp_path: Path) -> None:
    """A mirror leaves equal cards alone, removes those of removed contacts, and keeps changed ones until imported."""
    folder = tmp_path / "cards"
    crm.import_vcard(card(CARD))
    crm.add("Eve Roe", emails=["eve@x.example"])
    assert crm.mirror_vcards(folder) == Kept(2, 0, 0, [])
    assert (folder.stat().st_mode & 0o777, {path.stat().st_mode & 0o777 for path in folder.iterdir()}) == (
        0o700,
        {0o600},
    )
    assert crm.mirror_vcards(folder) == Kept(0, 2, 0, [])
    dana = folder / "4fbe8971-0bc3-424c-9c26-36c3e1eff6b1.vcf"
    dana.write_text(dana.read_text(encoding="utf-8").replace("Darjeeling", "Assam"), encoding="utf-8", newline="")
    crm.edit("dana", company="Initech")
    crm.remove("eve")
    assert crm.mirror_vcards(folder) == Kept(0, 0, 1, [dana])
    assert crm.import_vcard(dana).changes == ["~ Dana Wu: the card itself"]
    assert crm.mirror_vcards(folder) == Kept(1, 0, 0, [])
    text = dana.read_text(encoding="utf-8")
    assert "Assam" in text
    assert "ORG:Initech" in text


def test_a_name_chooses_no_path(crm: Crm, card: Written, tmp_path: Path) -> None:
    """The file of a card is in the folder, whatever its UID."""
    uids = ("../../out", "/tmp/out", "a/b", ".hidden", "con", "x" * 300, "Å;\\,\\n")
    cards = (
        CARD.replace("urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1", uid).replace("dana@", f"d{at}@")
        for at, uid in enumerate(uids)
    )
    crm.import_vcard(card("".join(cards)))
    before = set(tmp_path.rglob("*"))
    crm.mirror_vcards(tmp_path / "cards")
    made = set(tmp_path.rglob("*")) - before - {tmp_path / "cards"}
    assert {path.parent for path in made} == {tmp_path / "cards"}
    assert len(made) == len(crm.contacts()) + 1


# --------------------------------------------------------------------------- the user's card


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_my_own_card(crm: Crm, tmp_path: Path, version: Version) -> None:
    """The user's card has the job's addresses first, keeps its UID, and is the same until something changes."""
    with pytest.raises(Refused, match="needs a name"):
        crm.my_card(version)
    crm.init(name="Robin Vale", email="robin@home.example", phone="+49 30 1234", linkedin="in/robin")
    before = lines(crm.my_card(version))
    crm.job_started(TODAY, organisation="Initech", title="SRE", email="robin@initech.example", phone="+49 30 1234")
    now = lines(crm.my_card(version))
    assert lines(crm.my_card(version)) == now
    assert [line for line in now if line.startswith("UID")] == [line for line in before if line.startswith("UID")]
    shown = [line for line in now if line.partition(":")[0].partition(";")[0] in ("EMAIL", "TEL", "ORG", "TITLE")]
    assert [line.rpartition(":")[2] for line in shown] == [
        "robin@initech.example",
        "robin@home.example",
        "Initech",
        "+49 30 1234",
        "SRE",
    ]
    path = tmp_path / "me.vcf"
    crm.export_my_card(path, version=version)
    with Crm(memory=True, today=TODAY) as theirs:
        assert theirs.import_vcard(path).added == 1
        assert theirs.contact("robin").company == "Initech"


def test_a_folder_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    """`export vcard --dir` reports what it did, names what it left, and refuses options that exclude each other."""
    folder = str(tmp_path / "cards")
    cli("add", "Dana Wu")
    cli("add", "Eve Roe")
    assert cli("export", "vcard", "--dir", folder).err == f"{folder}: 2 files written, 0 unchanged\n"
    assert cli("export", "vcard", "dana", "--dir", folder).err == f"{folder}: 0 files written, 1 unchanged, 1 removed\n"
    assert f"so {folder} was left as it was" in cli("export", "vcard", "nobody", "--dir", folder).err
    (dana,) = Path(folder).glob("*.vcf")
    dana.write_text("mine", encoding="utf-8")
    message = cli("export", "vcard", "--dir", folder).err
    assert f"1 file that another program wrote or changed: {dana.name}; import" in message
    assert cli("export", "vcard", "--dir", folder, "--force").err == f"{folder}: 1 file written, 1 unchanged\n"
    for wrong in (("--me", "--dir", folder), ("--me", "dana"), ("--dir", folder, "-o", "x.vcf")):
        message = cli.refused("export", "vcard", *wrong, code=2)
        assert "leave one out" in message or "give only one" in message
    assert "needs a name" in cli.refused("export", "vcard", "--me", code=2)
    cli("me", "--name", "Robin Vale")
    assert "FN:Robin Vale" in cli("export", "vcard", "--me").out


def test_from_the_phone_and_back(cli: Cli, card: Written) -> None:
    """`import vcard` reports counts, `export vcard` writes the version asked for, and another file is refused."""
    file = str(card(CARD))
    assert "1 row: 1 added, 0 updated, 0 unchanged, 0 problems" in cli("import", "vcard", file).out
    assert "VERSION:4.0" in cli("export", "vcard", "--format-version", "4.0").out
    assert "VERSION:3.0" in cli("export", "vcard").out
    assert "is not a vCard: it has no BEGIN:VCARD" in cli.refused("import", "vcard", str(card("Dear Dana\n")), code=3)
