"""A backup of either engine, restored into either engine."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from netcrm import Crm
from tests.faults.processes import Tell, Worker
from tests.helpers.acts import ACTS
from tests.helpers.books import TODAY, act_out, everything, season, whole
from tests.helpers.copies import season_backup


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a season with an answer, an undone operation and a removed contact."""
    return season_backup(tmp_path)


@pytest.mark.parametrize(
    "way",
    [
        "file to file",
        *(
            pytest.param(way, marks=pytest.mark.server)
            for way in ("file to server", "server to file", "server to server")
        ),
    ],
)
@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=8))
def test_a_restored_backup_is_what_was_backed_up(
    way: str, acts: list[str], request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After any operations and on either engine, a restored backup has every row and journal entry of the original.

    Undo goes on from there, and no number is used twice.
    """
    folder = tmp_path_factory.mktemp("law")
    file = folder / "book.db"
    server = str(request.getfixturevalue("postgresql_url")) if "server" in way else ""
    places: dict[str, tuple[str | Path, str | Path]] = {
        "file to server": (file, server),
        "server to file": (server, file),
        "file to file": (file, folder / "other.db"),
        "server to server": (server, server),
    }
    one, other = places[way]
    with Crm(one, today=TODAY) as source, Crm(other, today=TODAY) as target:
        if not source.contacts():
            season(source)
        act_out(source, ACTS, acts)
        made = source.backup(folder / "copy")
        before = whole(source)
        newest = source.add("Somebody Else").number
        source.undo()
        target.add("Somebody Unrelated")
        target.restore(folder / "copy")
        assert whole(target) == before
        assert target.backup(folder / "again").sha256 == made.sha256
        assert target.add("Nobody Before").number in (newest, newest + 1)
        while target.operations(1) and not all(one.undone_at for one in target.operations(None)):
            target.undo()
        assert not any(everything(target).values())


def write_offers(tell: Tell, url: str) -> None:
    """Add offers with a recruiter each until the process is killed."""
    with Crm(url, today=TODAY) as crm:
        for number in range(10_000):
            crm.add_offer(f"Company {number}", people=[f"Person {number}:recruiter"])
            tell(number)


def test_a_backup_is_consistent_while_others_write(empty_url: str, tmp_path: Path) -> None:
    """A backup made while another program writes has each of its offers with its person, or neither."""
    with Crm(empty_url) as crm:
        crm.add("Dana Wu")
        with Worker(write_offers, empty_url) as writer:
            counts = []
            for number in range(6):
                writer.hear()
                counts.append(crm.backup(tmp_path / f"{number}.backup").operations)
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    for number, count in enumerate(counts):
        with Crm(tmp_path / f"{number}.backup") as copy:
            assert len(copy.offers()) == len(copy.contacts()) - 1 == count - 1


def test_what_else_is_kept_in_the_database_stays_there(backup: Path, empty_url: str) -> None:
    """A table of your own in the database keeps its rows, and neither a backup nor a restore fails because of it."""
    with Crm(empty_url, today=TODAY) as crm:
        crm.add("Dana Wu")
        with crm._workspace.store.engine.connect() as connection, connection.begin():
            connection.execute(text("CREATE TABLE mine (word VARCHAR)"))
            connection.execute(text("INSERT INTO mine VALUES ('kept')"))
        crm.restore(backup)
        assert [contact.name for contact in crm.contacts()] == ["Dana Wu", "Lena Fischer", "Priya Raman"]
        with crm.session() as session:
            assert session.connection().execute(text("SELECT word FROM mine")).scalars().all() == ["kept"]
        before = whole(crm)
        crm.restore(crm.backup(backup.with_name("again")).path)
        assert whole(crm) == before


@pytest.mark.short
def test_what_is_replaced_is_kept(backup: Path, empty_url: str) -> None:
    """Restoring over a database that has rows keeps a copy of it, which can be restored in turn."""
    with Crm(empty_url, today=TODAY) as crm:
        crm.add("Somebody Else")
        before = whole(crm)
        kept = crm.restore(backup).kept
        assert kept
        assert whole(crm) != before
        crm.restore(kept)
        assert whole(crm) == before
