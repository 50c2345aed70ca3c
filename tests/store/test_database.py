"""The store on SQLite files: opening, settings, what is refused, other journal modes; and how a location is read."""

import os
import sqlite3
import stat
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netcrm import Crm
from netcrm.errors import CannotUse, Locked, NewerSchema, NothingToUndo, NotOurs
from netcrm.store import sqlite
from netcrm.store.location import APPLICATION_ID, SCHEMA, Location, locate
from tests.faults.processes import Tell, Worker
from tests.helpers.books import TODAY

Act = Callable[[Crm], object]


def test_a_large_transaction_does_not_fill_the_memory(path: Path) -> None:
    """SQLite writes changed pages beyond 62 MiB before the transaction ends."""
    Crm(path, today=TODAY).init(name="Robin")
    with closing(sqlite.connect(path, writes=True, lock_timeout=1)) as opened:
        assert opened.execute("PRAGMA cache_spill").fetchone() == (sqlite.MOST_UNWRITTEN,)
        assert sqlite.MOST_UNWRITTEN * opened.execute("PRAGMA page_size").fetchone()[0] <= 64 << 20


# --------------------------------------------------------------------------- SQLite files


OPENING: tuple[Act, ...] = (lambda crm: crm.due(), lambda crm: crm.contacts(), lambda crm: crm.add("Dana Wu"))
"""The three ways in which a file is opened: by the planner's reads, by the engine, and to write."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.db"


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o277])
def test_a_new_file_is_private(umask: int) -> None:
    """A new file is 0600 in a 0700 folder, whatever the umask, and its header has netcrm's mark and schema."""
    path = locate(None).path
    assert path
    old_umask = os.umask(umask)
    try:
        Crm().add("Dana Wu")
        Crm().backup(path.with_name("copy"))
        Crm().restore(path.with_name("copy"))
    finally:
        os.umask(old_umask)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert len(list(path.parent.iterdir())) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
    assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    database.close()


def test_a_file_that_does_not_exist_is_empty_and_stays_away(path: Path) -> None:
    """A database that was never written is read as empty, and reading creates no file."""
    crm = Crm(path)
    assert (crm.due(), crm.contacts(), crm.offers(), crm.exists) == ([], [], [], False)
    with pytest.raises(NothingToUndo):
        crm.undo()
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("opening", OPENING)
def test_a_first_write_that_was_cut_off_is_rolled_back(path: Path, opening: Act) -> None:
    """A power cut in the first write may leave a file without a header; its journal says that it holds no data."""
    journal = bytes.fromhex("d9d505f920a163d7") + struct.pack(">IIIII", 0, 1234, 0, 512, 4096)
    path.write_bytes(bytes(8192))
    path.with_name("book.db-journal").write_bytes(journal.ljust(512, b"\0"))
    opening(Crm(path))
    assert [contact.name for contact in Crm(path).contacts()] in ([], ["Dana Wu"])
    path.with_name("book.db-journal").unlink(missing_ok=True)
    path.write_bytes(bytes(8192))
    with pytest.raises(NotOurs):
        opening(Crm(path))


@pytest.mark.parametrize("opening", OPENING)
def test_a_folder_that_is_not_there_is_told(tmp_path: Path, opening: Act) -> None:
    """An unplugged disk is not read as an empty database, and no new database is made in its place."""
    with pytest.raises(CannotUse, match=f"there is no folder {tmp_path / 'usb'}; check that its disk is there"):
        opening(Crm(tmp_path / "usb" / "book.db"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("opening", OPENING)
@pytest.mark.parametrize("target", ["real.db", "nowhere.db"])
def test_a_link_is_not_followed(tmp_path: Path, opening: Act, target: str) -> None:
    """A database that is a symbolic link is refused, and the sentence names its target."""
    Crm(tmp_path / "real.db").add("Dana Wu")
    before = (tmp_path / "real.db").read_bytes()
    (tmp_path / "book.db").symlink_to(tmp_path / target)
    with pytest.raises(CannotUse, match=f"it is a symbolic link to {tmp_path / target}; if that is the one you mean"):
        opening(Crm(tmp_path / "book.db"))
    assert (tmp_path / "real.db").read_bytes() == before
    assert not (tmp_path / "nowhere.db").exists()


def test_a_folder_may_be_linked(tmp_path: Path) -> None:
    """A link above the file, as for a home on another disk, is followed."""
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "real")
    Crm(tmp_path / "home" / "book.db").add("Dana Wu")
    assert (tmp_path / "real" / "book.db").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"hello, I am a letter\n" * 50, "not an SQLite file"), (b"SQLite format 3\0", "another program")],
)
def test_a_file_that_is_not_ours_is_refused_untouched(tmp_path: Path, content: bytes, why: str) -> None:
    """A file that is not a database of netcrm's is refused, and not one byte of it changes."""
    file = tmp_path / "letter.db"
    file.write_bytes(content)
    for act in OPENING:
        with pytest.raises(NotOurs, match=why):
            act(Crm(file))
    assert file.read_bytes() == content


def test_another_programs_database_is_refused_untouched(tmp_path: Path) -> None:
    """An SQLite file without netcrm's mark is refused, and not one byte of it changes."""
    file = tmp_path / "other.db"
    database = sqlite3.connect(file)
    database.executescript("CREATE TABLE contact (id INTEGER); INSERT INTO contact VALUES (7)")
    database.close()
    content = file.read_bytes()
    with pytest.raises(NotOurs, match="another program"):
        Crm(file).add("Dana Wu")
    assert file.read_bytes() == content


def test_a_newer_schema_is_refused_untouched(path: Path) -> None:
    """A file of a later netcrm is refused, stays as it is, and the sentence says to upgrade."""
    Crm(path).add("Dana Wu")
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version={SCHEMA + 1}")
    database.close()
    content = path.read_bytes()
    for act in OPENING:
        with pytest.raises(NewerSchema, match="Upgrade netcrm"):
            act(Crm(path))
    assert path.read_bytes() == content


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    """A folder under the database's name is refused with a sentence."""
    for act in OPENING:
        with pytest.raises(CannotUse, match="it is not a file"):
            act(Crm(tmp_path))


def test_a_damaged_file_is_refused(path: Path) -> None:
    """A file with overwritten pages is refused as damaged, and stays as it is."""
    Crm(path).add("Dana Wu")
    content = path.read_bytes()
    damaged = content[:100] + b"\xff" * (len(content) - 100)
    path.write_bytes(damaged)
    with pytest.raises(CannotUse, match="damaged"):
        Crm(path).due()
    with pytest.raises(CannotUse, match="damaged"):
        Crm(path).add("Sam Okafor")
    assert path.read_bytes() == damaged


def test_a_locked_file_is_waited_for_and_then_named(path: Path) -> None:
    """While another program has the lock, a write waits, and then fails with a sentence."""
    Crm(path).add("Dana Wu")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Locked, match=r"stayed locked for 0\.2 s"):
        Crm(path, lock_timeout=0.2).add("Sam Okafor")
    holder.execute("ROLLBACK")
    holder.close()
    Crm(path, lock_timeout=0.2).add("Sam Okafor")
    assert len(Crm(path).contacts()) == 2


def test_a_full_disk_is_named_and_nothing_is_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If no page can be added, a write fails with a sentence and the database is as it was."""
    Crm(path).add("Dana Wu")
    connect = sqlite.connect

    def cramped(*args: object, **named: object) -> sqlite3.Connection:
        connection = connect(*args, **named)  # type: ignore[arg-type] # passed on as they came
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
        return connection

    monkeypatch.setattr("netcrm.store.database.connect", cramped)
    with pytest.raises(CannotUse, match="the disk is full"):
        Crm(path).add("Sam Okafor", notes="x" * 100_000)
    monkeypatch.undo()
    assert [contact.name for contact in Crm(path).contacts()] == ["Dana Wu"]


def test_a_folder_one_may_not_write_is_named() -> None:
    """In a folder without the right to create or see files, the sentence says so (tested as a user other than root)."""
    script = (
        "import os, sys\n"
        "from netcrm import Crm\n"
        "Crm(sys.argv[1] + '/open/loads-every-module.db').add('Dana Wu')\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "for name in ('locked', 'hidden'):\n"
        "    try: Crm(sys.argv[1] + f'/{name}/book.db').add('Dana Wu')\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        for name, mode in {"open": 0o755, "locked": 0o555, "hidden": 0o000}.items():
            (Path(folder) / name).mkdir()
            (Path(folder) / name).chmod(mode)
        command = [sys.executable, "-c", script, folder]
        completed = subprocess.run(command, capture_output=True, text=True, check=True)
        for name in ("locked", "hidden"):
            (Path(folder) / name).chmod(0o755)
    locked, hidden = completed.stdout.splitlines()
    for line in (locked, hidden):
        assert line.startswith("CannotUse"), completed
        assert "permission denied" in line


def write_first(tell: Tell, path: Path, name: str) -> None:
    """Add a contact to a database that may not exist yet."""
    Crm(path).add(name)


def test_the_first_run_may_be_a_race(path: Path) -> None:
    """Eight processes that write to a new database at once build one schema, and none fails."""
    running = [Worker(write_first, path, f"Person {number}") for number in range(8)]
    for worker in running:
        with worker:
            worker.end()
    assert len(Crm(path).contacts()) == 8


# --------------------------------------------------------------------------- locations


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("postgres://me:secret@host/db", Location(url="postgresql+psycopg://me:secret@host/db")),
        ("postgresql://host/db", Location(url="postgresql+psycopg://host/db")),
        ("sqlite:///relative.db", Location(path=Path("relative.db"))),
        ("sqlite:////tmp/absolute.db", Location(path=Path("/tmp/absolute.db"))),
        ("sqlite://", Location()),
        ("book.db", Location(path=Path("book.db"))),
    ],
)
def test_a_database_is_named_by_path_or_url(where: str, expected: Location) -> None:
    """A database is named by a path or by one of the usual forms of a URL."""
    assert locate(where) == expected


def test_an_unknown_url_is_refused_without_its_password() -> None:
    """The sentence about a wrong URL has no password in it."""
    with pytest.raises(CannotUse) as caught:
        locate("mysql://me:secret@host/db")
    assert "secret" not in str(caught.value)
    assert "secret" not in str(locate("postgresql://me:secret@host/db"))


def test_an_unreachable_server_is_named_without_its_password() -> None:
    """A server that does not answer is refused with a sentence that has no password in it."""
    with pytest.raises(CannotUse) as caught:
        Crm("postgresql://me:secret@127.0.0.1:1/none").due()
    assert "secret" not in str(caught.value)


# --------------------------------------------------------------------------- a journal mode that another tool chose


@pytest.fixture
def in_wal(path: Path) -> Iterator[sqlite3.Connection]:
    """Another tool that has switched a database to WAL, has written to it, and still has it open."""
    Crm(path).add("Dana Wu")
    with closing(sqlite3.connect(path, isolation_level=None)) as tool:
        assert tool.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
        tool.execute("UPDATE contact SET notes = 'Met at a fair'")
        yield tool


def mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return str(database.execute("PRAGMA journal_mode").fetchone()[0])


def test_a_book_in_wal_is_switched_back_by_the_next_write(path: Path, in_wal: sqlite3.Connection) -> None:
    """A file in WAL mode is read and written while the tool has it open; the next write after that switches it back."""
    assert Crm(path).contact("dana").notes == "Met at a fair"
    Crm(path, lock_timeout=0.2).add("Sam Okafor")
    assert mode(path) == "wal"
    in_wal.close()
    assert Crm(path).contacts()[0].name == "Dana Wu"
    assert mode(path) == "wal"
    Crm(path).add("Lena Fischer")
    assert mode(path) == "delete"
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert [contact.notes for contact in Crm(path).contacts()] == ["Met at a fair", None, None]


def test_doctor_says_that_a_plain_copy_would_lack_the_newest(path: Path, in_wal: sqlite3.Connection) -> None:
    """`doctor` advises that a copy of a file in WAL mode would lack the newest changes."""
    (found,) = (one for one in Crm(path).doctor() if one.check == "place")
    assert (found.wrong, "that switched it to WAL" in found.what) == (False, True)


def test_what_can_not_be_read_back_is_not_acknowledged(path: Path) -> None:
    """A change is rolled back if the changed contact can't be read again before the COMMIT."""
    with Crm(path) as crm:
        crm.add("Dana Wu", tags=["ally"])
        with closing(sqlite3.connect(path)) as database:
            database.execute("UPDATE contact SET changed_at = 'soon'")
            database.commit()
        before = path.read_bytes()
        with pytest.raises((CannotUse, ValueError)):
            crm.edit(1, title="Lead")
    assert path.read_bytes() == before
