"""The store: settings, the one write door, the journal and undo, on SQLite and PostgreSQL alike."""

import os
import sqlite3
import stat
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from netcrm import Contact, Crm
from netcrm.errors import CannotUse, Locked, NewerSchema, NothingToUndo, NotOurs
from netcrm.store import sqlite, unit_of_work
from netcrm.store.location import APPLICATION_ID, SCHEMA, Location, locate
from tests.helpers.books import TODAY, everything, texts

Act = Callable[[Crm], object]


def first_id(crm: Crm) -> str:
    return crm.due()[0].id


ACTS: dict[str, Act] = {
    "init": lambda crm: crm.init(phone="+49 30 99", country=None),
    "add": lambda crm: crm.add("Jonas Berg", emails=["jonas@example.net"], tags=["a", "b"], company="Initech"),
    "edit": lambda crm: crm.edit("dana", company="Umbra Labs", emails=["d@umbra.example"], drop=["ally"]),
    "remove": lambda crm: crm.remove("sam"),
    "log": lambda crm: crm.log(["dana", "sam"], "meeting", "Lunch", offer="acme"),
    "offer": lambda crm: crm.add_offer("Initech", people=["New Person <new@initech.example>:recruiter"]),
    "with": lambda crm: crm.add_to_offer("globex", ["Dana Wu:recruiter", "sam:hiring-manager"]),
    "edit offer": lambda crm: crm.edit_offer("acme", role="Lead", decided_on=TODAY - timedelta(days=1), drop=["sam"]),
    "reopen offer": lambda crm: crm.reopen_offer("acme"),
    "remove offer": lambda crm: crm.remove_offer("acme"),
    "decline": lambda crm: crm.decline("globex"),
    "accept": lambda crm: crm.accept("globex", signed_on=TODAY, starts_on=date(2027, 1, 4)),
    "job": lambda crm: crm.job_started(TODAY, email="robin@globex.example"),
    "done": lambda crm: crm.done(first_id(crm), note="Went well"),
    "snooze": lambda crm: crm.snooze(first_id(crm), until="3 days"),
    "skip": lambda crm: crm.skip(first_id(crm), reason="No"),
}


@pytest.fixture
def crm(season_url: str) -> Iterator[Crm]:
    with Crm(season_url, today=TODAY) as opened:
        yield opened


@pytest.mark.parametrize("act", ACTS)
def test_undo_restores_every_table_and_view(crm: Crm, act: str) -> None:
    """Whatever an operation did, undo leaves every table and view as it was before."""
    before = everything(crm)
    ACTS[act](crm)
    assert everything(crm) != before
    crm.undo()
    assert everything(crm) == before


@pytest.mark.parametrize("act", ["done", "snooze", "skip"])
def test_reopening_restores_every_table_and_view(crm: Crm, act: str) -> None:
    """An answer that is taken back leaves nothing behind but the diary, and taking that back brings the answer."""
    before, first = everything(crm), first_id(crm)
    ACTS[act](crm)
    answered = everything(crm)
    crm.reopen(first)
    assert everything(crm) == before
    crm.undo()
    assert everything(crm) == answered


def test_undo_can_be_repeated_back_to_nothing(crm: Crm) -> None:
    """Each undo takes back one operation more, until nothing is left, and then says so."""
    states = []
    for act in ("done", "edit", "accept", "remove"):
        states.append(everything(crm))
        ACTS[act](crm)
    while states:
        crm.undo()
        assert everything(crm) == states.pop()
    for _ in range(5):
        crm.undo()
    assert not any(everything(crm).values())
    with pytest.raises(NothingToUndo, match="nothing to undo"):
        crm.undo()


def test_the_journal_keeps_what_was_undone(crm: Crm) -> None:
    """An operation that was taken back stays in the diary, marked; the next undo goes further back."""
    crm.add("Jonas Berg")
    assert crm.undo()[0].summary == "Added Jonas Berg"
    assert crm.undo()[0].summary == "Declined the Acme Robotics offer"
    newest, before, *_ = crm.operations()
    assert (newest.summary, before.summary) == ("Added Jonas Berg", "Declined the Acme Robotics offer")
    assert newest.undone_at is not None


def test_an_operation_that_changes_nothing_leaves_no_trace(crm: Crm) -> None:
    """Saying again what is known already is no operation: undo takes back the one before."""
    count = len(crm.operations(1000))
    crm.edit("dana", company="Acme Robotics")
    assert len(crm.operations(1000)) == count


def test_a_number_is_never_given_twice(crm: Crm) -> None:
    """A contact added after an undo gets a new id: an id in somebody's notes never changes its meaning."""
    first = crm.add("Jonas Berg").number
    crm.undo()
    assert crm.add("Ada Berg").number > first


def test_a_large_transaction_does_not_fill_the_memory(path: Path) -> None:
    """Beyond 62 MiB of changed pages SQLite writes some of them before the end, as it was told to."""
    Crm(path, today=TODAY).init(name="Robin")
    with closing(sqlite.connect(path, writes=True, lock_timeout=1)) as opened:
        assert opened.execute("PRAGMA cache_spill").fetchone() == (sqlite.MOST_UNWRITTEN,)
        assert sqlite.MOST_UNWRITTEN * opened.execute("PRAGMA page_size").fetchone()[0] <= 64 << 20


def test_a_large_operation_is_journaled_in_pieces(crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one operation nevertheless: in the diary, when it is taken back, and when it fails midway."""
    monkeypatch.setattr(unit_of_work, "ROWS_AT_ONCE", 2)
    file = tmp_path / "people.csv"
    row = "\nPerson {at},p{at}@x.example,Acme,{title}"
    for title in ("Engineer", "Lead"):
        before = everything(crm)
        rows = (row.format(at=at, title=title) for at in range(9))
        file.write_text("Name,E-mail,Company,Title" + "".join(rows), encoding="utf-8")
        crm.import_csv(file)
        changed = everything(crm)
        crm.undo()
        assert everything(crm) == before
        crm.import_csv(file)
        assert len(everything(crm)["contact"]) == len(changed["contact"])
    before = everything(crm)
    with pytest.raises(ZeroDivisionError), crm._workspace.write("test", "Half of it") as unit:
        unit.change_all(Contact, {number: {"title": "Half"} for number in range(1, 10)})
        raise ZeroDivisionError
    assert everything(crm) == before


def test_an_exception_takes_everything_back(crm: Crm) -> None:
    """Half an operation is none: an unknown role on the second person leaves no offer behind."""
    before = everything(crm)
    with pytest.raises(Exception, match="role"):
        crm.add_offer("Initech", people=["Jonas Berg:recruiter", "Mia Lund:boss"])
    assert everything(crm) == before


def test_what_is_loaded_needs_no_session(crm: Crm) -> None:
    """Everything a fact holds can be read after the session is closed."""
    offer = crm.offer("acme")
    assert [(part.contact.name, part.role, part.contact.email) for part in offer.participants] == [
        ("Dana Wu", "recruiter", "dana@acme.example"),
        ("Sam Okafor", "interviewer", "sam@acme.example"),
        ("Priya Raman", "referrer", None),
    ]
    assert crm.contact("dana").tags == ("ally",)


def test_a_session_reads_and_does_not_write(crm: Crm) -> None:
    """One's own queries are one call away; writing goes through the methods, which journal it."""
    with crm.session() as session:
        assert session.exec(select(Contact.name).order_by(Contact.name)).first() == "Dana Wu"
    with pytest.raises(CannotUse), crm.session() as session:
        session.connection().execute(text("DELETE FROM tag"))


def test_reading_writes_nothing(crm: Crm) -> None:
    """Looking at everything changes no row and adds no operation."""
    before, count = everything(crm), len(crm.operations(1000))
    crm.due(), crm.plan(), crm.contacts("a"), crm.card("dana"), crm.why(first_id(crm)), list(crm.vcards())
    assert (everything(crm), len(crm.operations(1000))) == (before, count)


def test_two_writers_both_succeed(url: str) -> None:
    """Writers wait for each other: 4 threads adding 5 people each lose none and fail none."""
    with Crm(url, today=TODAY) as crm:
        crm.init(name="Robin Vale")

    def add(name: str) -> None:
        with Crm(url, today=TODAY) as mine:
            for number in range(5):
                mine.add(f"{name} {number}")

    threads = [threading.Thread(target=add, args=(name,)) for name in "ABCD"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Crm(url) as crm:
        assert len(crm.contacts()) == 20


# --------------------------------------------------------------------------- SQLite files


OPENING: tuple[Act, ...] = (lambda crm: crm.due(), lambda crm: crm.contacts(), lambda crm: crm.add("Dana Wu"))
"""The three ways a file is opened: by the hot read, by the engine, and to write."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.db"


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o277])
def test_a_new_file_is_private(umask: int) -> None:
    """The file is 0600 in a 0700 folder, whatever the umask, and carries our mark and schema."""
    path = locate(None).path
    assert path
    before = os.umask(umask)
    try:
        Crm().add("Dana Wu")
        Crm().backup(path.with_name("copy"))
        Crm().restore(path.with_name("copy"))
    finally:
        os.umask(before)
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
    """Reading a book that was never written gives nothing, and creates nothing."""
    crm = Crm(path)
    assert (crm.due(), crm.contacts(), crm.offers(), crm.exists) == ([], [], [], False)
    with pytest.raises(NothingToUndo):
        crm.undo()
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("opening", OPENING)
def test_a_first_write_that_was_cut_off_is_rolled_back(path: Path, opening: Act) -> None:
    """A power cut in the very first write may leave pages without the first; the journal says that nothing was lost."""
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
    """A disk that is not plugged in is no empty book, and gets no new one on the disk beneath it."""
    with pytest.raises(CannotUse, match=f"there is no folder {tmp_path / 'usb'}; check that its disk is there"):
        opening(Crm(tmp_path / "usb" / "book.db"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("opening", OPENING)
@pytest.mark.parametrize("target", ["real.db", "nowhere.db"])
def test_a_link_is_not_followed(tmp_path: Path, opening: Act, target: str) -> None:
    """Whoever may write to a folder could lead me elsewhere by a link: it is refused, and says where it leads."""
    Crm(tmp_path / "real.db").add("Dana Wu")
    before = (tmp_path / "real.db").read_bytes()
    (tmp_path / "book.db").symlink_to(tmp_path / target)
    with pytest.raises(CannotUse, match=f"it is a symbolic link to {tmp_path / target}; if that is the one you mean"):
        opening(Crm(tmp_path / "book.db"))
    assert (tmp_path / "real.db").read_bytes() == before
    assert not (tmp_path / "nowhere.db").exists()


def test_a_folder_may_be_linked(tmp_path: Path) -> None:
    """A home that lies elsewhere is nobody's trick."""
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "real")
    Crm(tmp_path / "home" / "book.db").add("Dana Wu")
    assert (tmp_path / "real" / "book.db").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"hello, I am a letter\n" * 50, "not an SQLite file"), (b"SQLite format 3\0", "another program")],
)
def test_a_file_that_is_not_ours_is_refused_untouched(tmp_path: Path, content: bytes, why: str) -> None:
    """Something else under that name is not opened, and not one byte of it changes."""
    file = tmp_path / "letter.db"
    file.write_bytes(content)
    for act in OPENING:
        with pytest.raises(NotOurs, match=why):
            act(Crm(file))
    assert file.read_bytes() == content


def test_another_programs_database_is_refused_untouched(tmp_path: Path) -> None:
    """An SQLite file without our mark belongs to somebody else."""
    file = tmp_path / "other.db"
    database = sqlite3.connect(file)
    database.executescript("CREATE TABLE contact (id INTEGER); INSERT INTO contact VALUES (7)")
    database.close()
    content = file.read_bytes()
    with pytest.raises(NotOurs, match="another program"):
        Crm(file).add("Dana Wu")
    assert file.read_bytes() == content


def test_a_newer_schema_is_refused_untouched(path: Path) -> None:
    """A file from a later netcrm is left as it is, with a sentence that says to upgrade."""
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
    """A folder under the database's name is refused in words."""
    for act in OPENING:
        with pytest.raises(CannotUse, match="it is not a file"):
            act(Crm(tmp_path))


def test_a_damaged_file_is_refused(path: Path) -> None:
    """A file whose pages were overwritten says that it is damaged, and is not touched."""
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
    """A neighbour who keeps the lock makes a write wait, and then fail with a sentence."""
    Crm(path).add("Dana Wu")
    neighbour = sqlite3.connect(path, isolation_level=None)
    neighbour.execute("BEGIN IMMEDIATE")
    with pytest.raises(Locked, match=r"stayed locked for 0\.2 s"):
        Crm(path, lock_timeout=0.2).add("Sam Okafor")
    neighbour.execute("ROLLBACK")
    neighbour.close()
    Crm(path, lock_timeout=0.2).add("Sam Okafor")
    assert len(Crm(path).contacts()) == 2


def test_a_full_disk_is_named_and_nothing_is_lost(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no page can be added, the write fails with a sentence and the book is as it was."""
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
    """Where nothing may be created, or nothing may be seen, the sentence says so (tried as a user who is not root)."""
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
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        for name in ("locked", "hidden"):
            (Path(folder) / name).chmod(0o755)
    locked, hidden = ran.stdout.splitlines()
    for line in (locked, hidden):
        assert line.startswith("CannotUse"), ran
        assert "permission denied" in line


def test_the_first_run_may_be_a_race(path: Path) -> None:
    """Eight processes that all write first make one schema, and none fails."""
    script = "import sys; from netcrm import Crm; Crm(sys.argv[1]).add(sys.argv[2])"
    running = [subprocess.Popen([sys.executable, "-c", script, str(path), f"Person {number}"]) for number in range(8)]
    assert [process.wait() for process in running] == [0] * 8
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
    """Paths and the usual spellings of URLs are understood."""
    assert locate(where) == expected


def test_an_unknown_url_is_refused_without_its_password() -> None:
    """The sentence about a wrong URL never shows a password."""
    with pytest.raises(CannotUse) as caught:
        locate("mysql://me:secret@host/db")
    assert "secret" not in str(caught.value)
    assert "secret" not in str(locate("postgresql://me:secret@host/db"))


def test_an_unreachable_server_is_named_without_its_password() -> None:
    """A server that does not answer is a sentence, not a traceback, and no password."""
    with pytest.raises(CannotUse) as caught:
        Crm("postgresql://me:secret@127.0.0.1:1/none").due()
    assert "secret" not in str(caught.value)


def test_somebody_elses_server_database_is_refused(postgresql_url: str) -> None:
    """A server database that has a table of one of our names, but not our version, is not ours."""
    import psycopg

    plain = postgresql_url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE TABLE contact (id integer)")
    with pytest.raises(NotOurs, match="contact"):
        Crm(postgresql_url).add("Dana Wu")


def test_a_newer_server_schema_is_refused(postgresql_url: str) -> None:
    """A server database of a later netcrm is refused like a file."""
    with Crm(postgresql_url) as crm:
        crm.add("Dana Wu")
    import psycopg

    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE netcrm_version SET version_num = '0099'")
    with pytest.raises(NewerSchema, match="Upgrade netcrm"):
        Crm(postgresql_url).due()


def test_due_reads_a_file_as_it_reads_a_server(crm: Crm) -> None:
    """The story so far reads the same on both engines."""
    assert texts(crm)[0].startswith("Call Dana")


# --------------------------------------------------------------------------- a journal mode that another tool chose


@pytest.fixture
def in_wal(path: Path) -> Iterator[sqlite3.Connection]:
    """A tool that has switched a book to WAL, written to it, and has it open still."""
    Crm(path).add("Dana Wu")
    with closing(sqlite3.connect(path, isolation_level=None)) as tool:
        assert tool.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
        tool.execute("UPDATE contact SET notes = 'Met at a fair'")
        yield tool


def mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return str(database.execute("PRAGMA journal_mode").fetchone()[0])


def test_a_book_in_wal_is_switched_back_by_the_next_write(path: Path, in_wal: sqlite3.Connection) -> None:
    """While the other tool has it open it is read and written as it is; afterwards one file holds everything again."""
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
    """It is advice: nothing is lost, but whoever copies the one file copies yesterday's book."""
    (found,) = (one for one in Crm(path).doctor() if one.check == "place")
    assert (found.wrong, "that switched it to WAL" in found.what) == (False, True)


def test_what_can_not_be_read_back_is_not_acknowledged(path: Path) -> None:
    """A value of a kind that no netcrm wrote is met before the COMMIT: the change is taken back with it."""
    with Crm(path) as crm:
        crm.add("Dana Wu", tags=["ally"])
        with closing(sqlite3.connect(path)) as database:
            database.execute("UPDATE contact SET changed_at = 'soon'")
            database.commit()
        before = path.read_bytes()
        with pytest.raises((CannotUse, ValueError)):
            crm.edit(1, title="Lead")
    assert path.read_bytes() == before
