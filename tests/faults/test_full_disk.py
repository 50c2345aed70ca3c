"""On a full disk, or after a failed write, no acknowledged change is lost and no failure looks like a success.

There are two ways to make a disk full. If the tests may mount a small file system (tmpfs), it is filled up to the last
pages. A limit on the size of every file (RLIMIT_FSIZE) makes a write fail at exactly one byte. If nothing may be
mounted, the limit replaces the full disk, so the guarantee is tested in every environment.
"""

import os
import random
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from netcrm import Crm
from tests.faults.conftest import Report, Size
from tests.faults.figures import counted
from tests.faults.processes import netcrm
from tests.faults.story import Book, book, connections
from tests.helpers.books import TODAY, season
from tests.helpers.cli_runner import Said

PAGE, DISK = 4096, 4 << 20

FORMER = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A former export\r\nN:export;A;;;\r\nEND:VCARD\r\n"


EXPORT = ("export", "vcard", "--force", "-o")


@dataclass(frozen=True, slots=True)
class Furniture:
    """A database, its rows, its rows after each command, and its export."""

    file: bytes
    acts: dict[str, tuple[object, ...]]
    before: Book
    after: dict[str, Book]
    export: str


@pytest.fixture(scope="module")
def furniture(tmp_path_factory: pytest.TempPathFactory) -> Furniture:
    """A database with more than a hundred contacts, and the result of each command where there is room."""
    folder = tmp_path_factory.mktemp("furniture")
    trial, people, more = folder / "trial.db", connections(folder / "Connections.csv", 120), folder / "more.csv"
    more.write_text(people.read_text().replace("Ana", "Bea").replace("ana", "bea"))
    acts: dict[str, tuple[object, ...]] = {
        "add": ("add", "Jonas Berg"),
        "decline": ("decline", "globex", "--because", "career-path"),
        "import": ("import", "linkedin", more),
        "undo": ("undo",),
    }
    with Crm(trial, today=TODAY, playbooks=folder) as crm:
        season(crm)
        crm.import_linkedin(people)
        file, before, export = trial.read_bytes(), book(crm), "".join(crm.vcards())
    after = {"export": before}
    for act, argv in acts.items():
        trial.write_bytes(file)
        assert netcrm(trial, *argv).code == 0
        after[act] = held(trial)
    return Furniture(file, acts, before, after, export)


def held(path: Path) -> Book:
    with Crm(path, today=TODAY) as crm:
        return book(crm)


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with little room, which holds the database and an earlier export."""

    folder: Path
    furniture: Furniture

    @property
    def db(self) -> Path:
        return self.folder / "book.db"

    @property
    def cards(self) -> Path:
        return self.folder / "cards.vcf"

    def afresh(self) -> None:
        """Restore the folder to its state before any command."""
        self.db.write_bytes(self.furniture.file)
        self.cards.write_text(FORMER, encoding="utf-8", newline="")

    def argv(self, act: str) -> tuple[object, ...]:
        return (*EXPORT, self.cards) if act == "export" else self.furniture.acts[act]

    def outcome(self, act: str, said: Said) -> str:
        """Whether a command did what its exit code says: everything, or nothing."""
        found = (held(self.db), self.cards.read_bytes().decode(), {path.name for path in self.folder.iterdir()})
        names, export = {self.db.name, self.cards.name}, self.furniture.export if act == "export" else FORMER
        if said.code == 0:
            return "done" if found == (self.furniture.after[act], export, names) else "false success"
        if found != (self.furniture.before, FORMER, names):
            return "half done"
        named = "disk" in said.err or "file too large" in said.err
        told = said.code == (3 if act == "export" else 4) and said.err.startswith("netcrm: ")
        return "refused" if told and named and said.err.count("\n") == 1 else "not named"


# --------------------------------------------------------------------------- two kinds of narrow


@contextmanager
def mounted(folder: Path) -> Iterator[bool]:
    """Mount a small disk on a folder; yields whether that was allowed."""
    folder.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=700", "tmpfs", str(folder)]
    done = subprocess.run(argv, capture_output=True, check=False)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", str(folder)], check=True)


def filled(place: Place, room: int, *argv: object) -> Said:
    """Run a command on a disk with only `room` free bytes."""
    ballast = place.db.with_name("ballast")
    free = os.statvfs(place.db.parent)
    ballast.write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - room)))
    said = netcrm(place.db, *argv)
    ballast.unlink()
    return said


def limited(place: Place, room: int, *argv: object) -> Said:
    """Run a command while no file may be more than `room` bytes larger than the database."""
    return netcrm(place.db, *argv, largest_file=len(place.furniture.file) + room)


def tried(place: Place, act: str, run: Callable[[], Said], found: Counter[str]) -> None:
    """Run a command with little room, check the result, and run it again with enough room if it was refused."""
    place.afresh()
    found[outcome := place.outcome(act, run())] += 1
    again = netcrm(place.db, *place.argv(act)) if outcome == "refused" else None
    found["stuck"] += again is not None and place.outcome(act, again) != "done"


def assert_honest(found: Counter[str], number: int) -> None:
    """Every command did everything or nothing and said which, and both cases occurred."""
    assert +found == Counter(done=found["done"], refused=found["refused"]), found
    assert min(found["done"], found["refused"]) > number // 20, "all the points lie on one side: they prove little"


BAD = ("false success", "half done", "not named", "stuck")

ROOM = {"add": 24, "decline": 24, "import": 80, "undo": 60, "export": 16}
"""Pages of 4 KiB, twice as many as each command needs; each try has fewer, and often too few."""


def test_a_full_disk_loses_nothing_and_is_named(
    furniture: Furniture, tmp_path: Path, size: Size, report: Report
) -> None:
    """On a disk without enough room a command exits with 4, or with 3 for an export, and a sentence. All data is
    unchanged, and the same command works once there is room.
    """
    number, chance, found = size(6, 100), random.Random(5), Counter[str]()
    with mounted(tmp_path / "small") as small:
        place = Place(tmp_path / "small", furniture)
        run = filled if small else limited
        for at in range(number):
            act = list(ROOM)[at % len(ROOM)]
            room = PAGE * chance.randrange(ROOM[act]) if at >= size(0, len(ROOM)) else 0
            tried(place, act, partial(run, place, room, *place.argv(act)), found)
    report(
        "7. a full disk, SQLite",
        f"{number} commands on a {'tmpfs with' if small else 'disk that allows files'} 0 to 80 pages left: "
        f"{found['refused']} refused, {found['done']} done",
        counted(**{word: found[word] for word in BAD}),
    )
    assert_honest(found, number)


def test_an_error_at_the_nth_byte_is_no_success(
    furniture: Furniture, tmp_path: Path, size: Size, report: Report
) -> None:
    """If the disk fails at any byte of a file, the command says so and leaves nothing behind."""
    number, chance, found = size(6, 200), random.Random(6), Counter[str]()
    (folder := tmp_path / "small").mkdir()
    place = Place(folder, furniture)
    for at in range(number):
        act = list(ROOM)[at % len(ROOM)]
        last = len(place.furniture.export) if act == "export" else len(place.furniture.file) + PAGE * ROOM[act] // 2
        limit = chance.randrange(int(last * 1.2))
        tried(place, act, partial(netcrm, place.db, *place.argv(act), largest_file=limit), found)
    report(
        "8. an error at the n-th byte, SQLite",
        f"{number} commands with a random limit on the size of files: {found['refused']} refused, {found['done']} done",
        counted(**{word: found[word] for word in BAD}),
    )
    assert_honest(found, number)
