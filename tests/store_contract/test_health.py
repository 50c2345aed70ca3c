"""`doctor` looks into the schema and the rows of either engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netcrm import Crm
from tests.helpers.books import TODAY, everything
from tests.services.test_health import spoil


@pytest.fixture
def crm(season_url: str) -> Iterator[Crm]:
    with Crm(season_url, today=TODAY) as opened:
        for name in ("lena", "priya"):
            opened.edit(name, emails=[f"{name}@globex.example"])
        yield opened


@pytest.fixture
def copies(tmp_path: Path, crm: Crm) -> Path:
    """A folder with a backup of today."""
    folder = tmp_path / "copies"
    folder.mkdir()
    crm.backup(folder / "book.backup")
    return folder


def test_a_book_that_is_well_has_nothing_to_say(crm: Crm, copies: Path) -> None:
    """A sound database has no finding, and looking changes nothing."""
    before = everything(crm)
    assert crm.doctor(backups=copies) == []
    assert everything(crm) == before


@pytest.mark.parametrize("name", ["history", "contacts", "tag_by_name", "ix_contact_name"])
def test_what_is_derived_is_built_anew(crm: Crm, copies: Path, name: str) -> None:
    """A view or an index that was dropped is found and rebuilt."""
    before = everything(crm)
    spoil(crm, f"DROP {'VIEW' if name in ('history', 'contacts') else 'INDEX'} {name}")
    (found,) = crm.doctor(backups=copies)
    assert (found.check, found.wrong, found.fixable) == ("schema", True, True)
    assert f"“{name}” is missing" in found.what
    (mended,) = crm.doctor(backups=copies, fix=True)
    assert mended.fixed
    assert crm.doctor(backups=copies) == []
    assert everything(crm) == before


def test_what_belongs_to_nobody_is_removed_and_can_come_back(crm: Crm, copies: Path) -> None:
    """Interactions and answers without a contact are removed as operations, so undo brings them back."""
    crm.log("sam", "call", "A talk")
    crm.skip(next(one.id for one in crm.plan("sam")))
    spoil(
        crm,
        "DELETE FROM interaction_contact",
        "UPDATE decision SET contact_uid = '00000000-0000-4000-8000-000000000000' WHERE verdict = 'skipped'",
    )
    before = everything(crm)
    found = crm.doctor(backups=copies)
    assert [(one.check, one.wrong) for one in found] == [("orphans", True), ("orphans", True)]
    assert [one.what for one in found] == [
        "1 interaction without a contact",
        "1 answer about contacts that no longer exist",
    ]
    assert all(one.fixed for one in crm.doctor(backups=copies, fix=True))
    assert crm.doctor(backups=copies) == []
    assert everything(crm) != before
    crm.undo()
    crm.undo()
    assert everything(crm) == before
