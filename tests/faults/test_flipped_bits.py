"""Flipped bits in the database: `doctor` finds every change of content with the help of a backup."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from netcrm import Crm
from netcrm.errors import NetcrmError
from tests.faults.conftest import Report, Size
from tests.faults.figures import counted
from tests.faults.story import connections
from tests.helpers.books import TODAY, season, whole

Said = list[list[dict[str, Any]]] | None


def says(path: Path) -> Said:
    """All content of the database; None if it can't be read."""
    try:
        with Crm(path, today=TODAY) as crm:
            return whole(crm)
    except (NetcrmError, ValueError, TypeError, LookupError, UserWarning):  # pydantic warns of bytes in a text
        return None


def is_found(path: Path, backups: Path) -> bool:
    """Whether `doctor` reports a wrong database, or can't open it at all."""
    try:
        with Crm(path, today=TODAY) as crm:
            return any(one.wrong for one in crm.doctor(backups=backups))
    except NetcrmError:
        return True


@pytest.mark.short
def test_every_flipped_bit_that_changes_anything_is_found(tmp_path: Path, size: Size, report: Report) -> None:
    """After one to three bits flip in a database with a backup, `doctor` finds every change of content and every file
    that can't be read.
    """
    book, folder, chance = tmp_path / "book.db", tmp_path / "backups", random.Random(23)
    folder.mkdir()
    with Crm(book, today=TODAY, playbooks=folder) as crm:
        season(crm)
        crm.import_linkedin(connections(tmp_path / "Connections.csv", 100))
        crm.backup(folder / "book.backup")
    intact, content = says(book), book.read_bytes()
    found, flips = Counter[str](), size(12, 600)
    for number in range(flips):
        flipped, path = bytearray(content), tmp_path / f"flipped{number}.db"
        for _ in range(chance.randint(1, 3)):
            flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        changed = says(path) != intact
        found["changed" if changed else "harmless"] += 1
        found["missed"] += changed and not is_found(path, folder)
        path.unlink()
    report(
        "12. flipped bits, SQLite",
        f"{flips} books with 1 to 3 bits flipped: {found['changed']} say something else, {found['harmless']} do not",
        counted(missed_by_doctor=found["missed"]),
    )
    assert found["missed"] == 0
    assert found["changed"] >= flips // 5
