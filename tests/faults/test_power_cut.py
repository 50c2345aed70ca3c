"""After any power cut, every acknowledged step is there completely, and no other step is there in part."""

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from netcrm import Crm
from netcrm.errors import NetcrmError
from tests.faults.conftest import LONG, Report, Size
from tests.faults.disk import Change, Disk, acknowledged, after_cut
from tests.faults.figures import counted
from tests.faults.recorder import Script, recording, replay
from tests.faults.story import STORY, Book, book, connections
from tests.helpers.books import TODAY

_names = (f"disk{number}" for number in count(1))


@dataclass(frozen=True, slots=True)
class Recorded:
    """The statements of the story, the rows after each step, and the file that they made."""

    script: Script
    books: list[Book]
    path: Path


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: Size) -> Recorded:
    """The story, run once by the real program."""
    people, path = connections(tmp_path / "Connections.csv", size(60, 400)), tmp_path / "recorded.db"
    snapshots = [tmp_path / f"after{number}.db" for number in range(len(STORY) + 1)]
    with recording(path, monkeypatch) as script, Crm(path, today=TODAY) as crm:
        for number, step in enumerate(STORY, 1):
            step(crm, people)
            script.end_of(number)
            snapshots[number].write_bytes(path.read_bytes())
    return Recorded(script, list(map(book_in, snapshots)), path)


def book_in(path: Path) -> Book:
    """All rows that the program reads in a file, with identities and instants."""
    with Crm(path, today=TODAY) as crm:
        return book(crm, without=())


def written(recorded: Recorded, folder: Path, synchronous: str) -> tuple[list[Change], Path]:
    """The changes that the story makes on the disk, in order, and its file."""
    disk = Disk(name := next(_names))
    path = folder / f"{name}.db"
    disk.make(path)
    replay(recorded.script, path, name, synchronous, lambda _: disk.changes.append(Change("acknowledge")))
    disk.unregister()
    return disk.changes, path


def test_what_is_replayed_is_what_was_done(recorded: Recorded, tmp_path: Path) -> None:
    """The recorded statements make the same database in another SQLite: schema, rows and size."""
    _, path = written(recorded, tmp_path, "EXTRA")
    assert path.stat().st_size == recorded.path.stat().st_size
    with closing(sqlite3.connect(path)) as theirs, closing(sqlite3.connect(recorded.path)) as ours:
        assert list(theirs.iterdump()) == list(ours.iterdump())


def cuts(changes: list[Change], number: int, chance: random.Random) -> Iterator[list[Change]]:
    """The changes before each power cut, for so many cuts all over the story."""
    step = len(changes) / number
    for cut in range(number):
        yield changes[: int(cut * step + chance.random() * step) + 1]


def verdict(folder: Path, left: dict[str, bytes], done: int, books: list[Book]) -> str:
    """The result of opening a disk after a cut with the real program."""
    folder.mkdir()
    for name, content in left.items():
        (folder / name).write_bytes(content)
    path = next((folder / name for name in left if name.endswith(".db")), folder / "none.db")
    try:
        found = book_in(path)
    except NetcrmError:
        return "refused"
    if path.exists():
        with closing(sqlite3.connect(path)) as database:
            if database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return "broken"
    if found in books[done : done + 2]:
        return "whole"
    return "lost" if found in books else "half"


def cut_everywhere(recorded: Recorded, folder: Path, synchronous: str, number: int) -> Counter[str]:
    """Cut the power at so many points of the story, and count the verdicts."""
    changes, _ = written(recorded, folder, synchronous)
    chance, found = random.Random(11), Counter[str]()
    for at, before in enumerate(cuts(changes, number, chance)):
        left = after_cut(before, chance)
        found[verdict(folder / f"{synchronous}{at}", left, acknowledged(before), recorded.books)] += 1
    return found


@pytest.mark.short
def test_a_power_cut_loses_nothing(recorded: Recorded, tmp_path: Path, size: Size, report: Report) -> None:
    """At every point of the story, every acknowledged step is there, the file is sound, and no step is there in part.

    The same cuts with less than `synchronous=EXTRA` do lose acknowledged steps, so the gate can fail.
    """
    number = size(40, 600)
    found = cut_everywhere(recorded, tmp_path, "EXTRA", number)
    report(
        "5. power cuts, SQLite",
        f"{number} simulated cuts over {len(STORY)} operations",
        counted(lost=found["lost"], half_operations=found["half"], broken=found["broken"], refused=found["refused"]),
    )
    for less in ("FULL", "OFF") if LONG else ():
        worse = cut_everywhere(recorded, tmp_path, less, number)
        report(f"5. power cuts, with synchronous={less}", f"{number} of the same cuts", counted(**worse))
        assert worse["whole"] < number, f"the cuts lose nothing under {less}: they are too gentle to prove anything"
    assert found == {"whole": number}
