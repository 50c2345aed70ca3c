"""Forgetting a contact searches every table and the journal, on SQLite and on PostgreSQL alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from netcrm import Crm
from netcrm.errors import Ambiguous, NoSuch
from tests.helpers.books import TODAY, whole
from tests.services.test_erasure import EMAIL, NAME, story, traces


@pytest.fixture
def crm(empty_url: str) -> Iterator[Crm]:
    with Crm(empty_url, today=TODAY) as opened:
        story(opened)
        yield opened


def test_nothing_names_her_any_more(crm: Crm) -> None:
    """No row of any table, no summary of the journal and no undo holds her; all other rows are complete."""
    assert len(traces(crm)) > 10
    found = crm.forget(NAME)
    assert (found.name, found.overwritten) == (NAME, True)
    assert traces(crm) == []
    sam = crm.card("sam")
    assert sam.contact.notes == "Was at school with [forgotten], see [forgotten]"
    assert any("Lunch with Sam and [forgotten]" in entry.text for entry in sam.timeline)
    assert [one.contact.name for one in crm.offer("acme").participants] == ["Sam Okafor"]


@pytest.mark.parametrize("who", [NAME, "quintana xylander", EMAIL, "2"])
def test_somebody_removed_can_be_forgotten(crm: Crm, who: str) -> None:
    """The journal of a removed contact is erased too; she can be named by name, address or number."""
    crm.remove(NAME)
    assert crm.forget(who).name
    assert traces(crm) == []
    with pytest.raises(NoSuch):
        crm.forget(who)


def test_of_several_removed_the_id_is_asked_for(crm: Crm) -> None:
    """If two removed contacts have that name, both are listed with their ids."""
    crm.remove(NAME)
    crm.add(NAME)
    crm.remove(NAME)
    with pytest.raises(Ambiguous, match=f"2  {NAME}"):
        crm.forget(NAME)
    crm.forget("2")
    crm.forget(NAME)
    assert traces(crm) == []


def test_the_cards_of_others_do_not_name_her_either(crm: Crm, tmp_path: Path) -> None:
    """Properties on a vCard that netcrm has no field for are redacted as notes are."""
    file = tmp_path / "sam.vcf"
    file.write_text(f"BEGIN:VCARD\nVERSION:3.0\nFN:Sam Okafor\nEMAIL:sam@acme.example\nX-SPOUSE:{NAME}\nEND:VCARD\n")
    crm.import_vcard(file)
    crm.forget(NAME)
    assert "X-SPOUSE:[forgotten]" in (crm.contact("sam").vcard or "")
    assert traces(crm) == []


def test_what_is_left_is_no_address(crm: Crm) -> None:
    """The hash is keyed: the same for one address in this database, and different in every other."""
    crm.forget(NAME)
    with crm.session() as session:
        rows = session.connection().execute(text("SELECT salt, digest FROM forgotten")).all()
    assert len({salt for salt, _ in rows}) == 1
    assert len(rows) >= 4
    with Crm(memory=True, today=TODAY) as other:
        story(other)
        other.forget(NAME)
        with other.session() as session:
            theirs = session.connection().execute(text("SELECT digest FROM forgotten")).scalars()
            assert not {digest for _, digest in rows} & set(theirs)


@pytest.fixture
def older(crm: Crm, tmp_path: Path) -> Path:
    """A backup made while she was in the database, and Sam, who was removed before, in its journal."""
    crm.remove("sam")
    return crm.backup(tmp_path / "older.backup").path


def test_an_older_backup_does_not_bring_her_back(crm: Crm, older: Path) -> None:
    """Contacts forgotten since the backup are erased again from tables and journal; all other data comes back."""
    crm.forget(NAME)
    crm.add("Ana Silva")
    restored = crm.restore(older)
    assert (restored.forgotten, restored.overwritten) == (1, True)
    assert traces(crm) == []
    assert [contact.name for contact in crm.contacts()] == []
    assert crm.operations(1)[0].summary == "Forgot 1 returned contact again"
    assert crm.undo(next(one.number for one in crm.operations(None) if one.summary == "Removed Sam Okafor"))
    assert crm.contact("sam").notes == "Was at school with [forgotten], see [forgotten]"


def test_whom_only_its_journal_knows_is_left_out_too(crm: Crm, older: Path) -> None:
    """Sam was removed before the backup and forgotten after it: undo does not bring him back."""
    crm.forget("Sam Okafor")
    assert crm.restore(older).forgotten == 1
    assert not [row for row in map(str, whole(crm)) if "Okafor" in row]
