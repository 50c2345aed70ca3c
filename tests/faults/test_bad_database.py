"""A database that is damaged, foreign, too new, cut off, empty, read-only or a folder is refused, unchanged."""

import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netcrm import Crm
from netcrm.store.location import OLDEST, SCHEMA
from tests.faults.conftest import Report, Size
from tests.faults.figures import counted
from tests.faults.processes import netcrm
from tests.faults.story import connections
from tests.helpers.books import TODAY, season
from tests.helpers.cli_runner import Said
from tests.helpers.releases import NEXT, released, scripts_upto

READERS = (("due",), ("list",), ("undo", "--list"), ("export", "vcard"), ("offer", "list"))
WRITERS = (
    ("add", "Jonas Berg"),
    ("decline", "globex"),
    ("undo",),
    ("offer", "add", "Initech", "--with", "Mia Lund:recruiter"),
)
EVERY = (*READERS, *WRITERS)

DONE, DATABASE = 0, 4

STANDS = "this change was saved: "

CODES = {DONE: "not concerned", 2: "not found", DATABASE: "refused"}
"""The exit codes that a command may have on a damaged file."""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a database with some hundred contacts."""
    folder = tmp_path_factory.mktemp("good")
    with Crm(folder / "book.db", today=TODAY, playbooks=folder) as crm:
        season(crm)
        crm.import_linkedin(connections(folder / "Connections.csv", 200))
    return (folder / "book.db").read_bytes()


def refused(said: Said, codes: Collection[int]) -> bool:
    """Whether a command ended with one of these codes and a sentence of netcrm."""
    return said.code in codes and "Traceback" not in said.err and (said.code == DONE or "netcrm: " in said.err)


def asked(path: Path, argv: tuple[str, ...]) -> tuple[Said, bool]:
    """Run one command on a bad file; returns its result, and whether every byte is unchanged."""
    before = path.read_bytes() if path.is_file() else b""
    said = netcrm(path, *argv)
    return said, (path.read_bytes() if path.is_file() else b"") == before


def scratched(content: bytes, chance: random.Random) -> bytes:
    """The same content with some bytes overwritten at random."""
    length = chance.choice((1, 16, 512, 5000))
    at = chance.randrange(16, len(content) - length)
    filler = chance.choice((bytes(length), b"\xff" * length, chance.randbytes(length)))
    return content[:at] + filler + content[at + length :]


def test_a_damaged_file_is_refused_or_works(content: bytes, tmp_path: Path, size: Size, report: Report) -> None:
    """Readers of a damaged file change nothing, and a command that meets the damage says so without a traceback.

    SQLite does not see all damage: a value that netcrm never writes is found only when a command fails because of it. A
    writer may have committed before it reads a damaged page; then it says that its change stands.
    """
    places, chance, path = size(6, 250), random.Random(9), tmp_path / "damaged.db"
    wrong, found = [], Counter[str]()
    for _ in range(places):
        damaged = scratched(content, chance)
        for argv in (chance.choice(READERS), chance.choice(WRITERS)):
            path.write_bytes(damaged)
            said, untouched = asked(path, argv)
            stands = said.code != DONE and not untouched
            if not refused(said, CODES) or (argv in READERS and not untouched) or stands != (STANDS in said.err):
                wrong.append((argv, said))
            found["met only after its write, and told so" if stands else CODES.get(said.code, "")] += 1
    outcomes = ", ".join(f"{times} {word}" for word, times in found.most_common())
    report(
        "9. damaged files, SQLite",
        f"{places} scratches, a reader and a writer on each: {outcomes}",
        counted(tracebacks_or_changes_by_readers_or_untold=len(wrong)),
    )
    assert wrong == []


def foreign(path: Path, _content: bytes) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE contact (id INTEGER PRIMARY KEY, name TEXT)")


def stamped(schema: int) -> Callable[[Path, bytes], None]:
    """A function that changes the schema number in a file."""

    def make(path: Path, content: bytes) -> None:
        path.write_bytes(content)
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"PRAGMA user_version={schema}")

    return make


BAD: dict[str, Callable[[Path, bytes], object]] = {
    "a letter": lambda path, _: path.write_text("Dear Dana,\n" * 500),
    "another program's": foreign,
    "of a newer netcrm": stamped(SCHEMA + 1),
    "of an earlier netcrm": stamped(OLDEST - 1),
    "cut off in its header": lambda path, content: path.write_bytes(content[:60]),
    "cut off after a page": lambda path, content: path.write_bytes(content[:4096]),
    "cut off in the middle": lambda path, content: path.write_bytes(content[: len(content) // 2]),
    "a folder": lambda path, _: path.mkdir(),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_database_of_ours_is_refused(kind: str, content: bytes, tmp_path: Path, size: Size) -> None:
    """Readers and writers exit with 4 and a sentence, and no byte changes."""
    path = tmp_path / "bad.db"
    BAD[kind](path, content)
    for argv in EVERY[:: size(5, 1)]:
        said, untouched = asked(path, argv)
        assert refused(said, {DATABASE}), said
        assert (untouched, said.out) == (True, "")


def test_an_empty_file_is_a_new_database(tmp_path: Path) -> None:
    """An empty file is an empty database: a reader leaves it empty, and a writer builds the schema."""
    path = tmp_path / "empty.db"
    path.touch()
    assert netcrm(path, "list").code == DONE
    assert path.read_bytes() == b""
    assert netcrm(path, "add", "Dana Wu").code == DONE
    assert "Dana Wu" in netcrm(path, "list").out


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A folder that a user without rights can reach."""
    folder = Path(tempfile.mkdtemp(prefix="netcrm-faults-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("folder", [0o755, 0o555])
def test_a_file_that_may_not_be_written_is_read(folder: int, content: bytes, anybodys: Path, size: Size) -> None:
    """Readers read a read-only file; writers are told that it can't be written, and nothing changes."""
    path = anybodys / "book.db"
    path.write_bytes(content)
    path.chmod(0o444)
    anybodys.chmod(folder)
    for argv in EVERY[:: size(5, 1)]:
        said = netcrm(path, *argv, nobody=True)
        assert said.code == (DONE if argv in READERS else DATABASE), said
        assert "Traceback" not in said.err
        assert ("read-only" in said.err) == (argv in WRITERS)
        assert path.read_bytes() == content


def test_an_older_file_that_can_not_be_copied_first_is_not_migrated(anybodys: Path) -> None:
    """If the backup before a migration can't be written, readers and writers exit with 4."""
    path, scripts = released(SCHEMA, anybodys / "book.db"), scripts_upto(NEXT, anybodys)
    path.chmod(0o666)
    anybodys.chmod(0o555)
    before = path.read_bytes()
    for argv in (("list",), ("add", "Jonas Berg")):
        said = netcrm(path, *argv, nobody=True, later=scripts)
        assert (said.code, "it can't be copied first" in said.err) == (DATABASE, True), said
    assert path.read_bytes() == before
