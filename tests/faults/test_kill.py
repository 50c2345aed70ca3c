"""After kill -9 every acknowledged step is there, and the current step is there whole or not at all."""

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from netcrm import Crm
from tests.faults.conftest import Report, Size
from tests.faults.figures import counted
from tests.faults.processes import Tell, Worker
from tests.faults.story import HEAVY, STORY, Book, book, connections, import_people, told
from tests.helpers.books import TODAY

MAGIC = bytes.fromhex("d9d505f920a163d7")
"""The first bytes of a journal that must be rolled back (https://sqlite.org/fileformat.html#the_rollback_journal)."""

COMMIT = 0.003
"""Seconds between the start of a commit and the kill, at most; a commit takes a few milliseconds."""

SHARE = 0.25
"""The least share of kills that must hit a transaction; with fewer, the moments were chosen badly."""


@dataclass(frozen=True, slots=True)
class Telling:
    """The story without interruption: the rows and the file after each step, and the duration of each step."""

    people: Path
    books: list[Book]
    files: list[bytes]
    seconds: list[float]


@pytest.fixture
def telling(tmp_path: Path, size: Size) -> Telling:
    """The expected states of the story, with an import that takes long enough to be killed."""
    people, path = connections(tmp_path / "Connections.csv", size(300, 2000)), tmp_path / "undisturbed.db"
    found, begun = Telling(people, [], [], []), time.monotonic()

    def keep(crm: Crm) -> None:
        nonlocal begun
        found.seconds.append(time.monotonic() - begun)
        found.books.append(book(crm))
        found.files.append(path.read_bytes() if path.exists() else b"")
        begun = time.monotonic()

    told(path, people, keep)
    del found.seconds[0]
    return found


def tell_on(tell: Tell, path: Path, people: Path, first: int) -> None:
    """Run the story from a step on; report each step as soon as it is acknowledged."""
    with Crm(path, today=TODAY) as crm:
        tell("ready")
        for number, step in enumerate(STORY[first:], first):
            step(crm, people)
            tell(number)


def killed(path: Path, telling: Telling, first: int, chance: random.Random) -> int:
    """Kill a process that continues the story from a step; returns the number of acknowledged steps.

    A third of the kills wait until the step has begun to write, a third until it commits; the others come at any time.
    """
    journal, took = journal_of(path), telling.seconds[first]
    until, then = chance.choice(((journal.exists, took), (lambda: is_hot(journal), COMMIT), (lambda: True, 1.5 * took)))
    with Worker(tell_on, path, telling.people, first) as worker:
        worker.hear()
        _wait(until, 2 * took + 0.5)
        _wait(lambda: False, chance.random() * then)
        worker.kill()
        return first + len(worker.rest())


def journal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


def is_hot(journal: Path) -> bool:
    """Whether the database file is being changed: if the program dies now, the journal must be rolled back."""
    try:
        with journal.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except FileNotFoundError:
        return False


def _wait(until: Callable[[], bool], longest: float) -> None:
    """Poll without a pause, because the awaited state lasts milliseconds."""
    end = time.monotonic() + longest
    while not until() and time.monotonic() < end:
        pass


def wounds(path: Path) -> str:
    """The state of the file after the kill: in the commit, in the transaction, or between two."""
    journal = journal_of(path)
    if not journal.exists():
        return "between"
    return "in the commit" if is_hot(journal) else "in the transaction"


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as database:
        whole = database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return whole and database.execute("PRAGMA foreign_key_check").fetchall() == []


def goes_on(path: Path, telling: Telling, reached: int) -> bool:
    """Whether the next two steps have their usual result, and an import works twice."""
    with Crm(path, today=TODAY) as crm:
        for step in STORY[reached : reached + 2]:
            step(crm, telling.people)
            if step is import_people:
                step(crm, telling.people)
        return book(crm) == telling.books[min(reached + 2, len(STORY))]


@pytest.mark.short
def test_kill_9_loses_nothing_and_leaves_no_half(tmp_path: Path, telling: Telling, size: Size, report: Report) -> None:
    """After a kill at any moment, a reader finds the rows of the last acknowledged step, or of the current one."""
    kills, chance, path = size(12, 500), random.Random(7), tmp_path / "book.db"
    found = Counter[str](lost=0, half=0, unsound=0, stuck=0)
    for number in range(kills):
        first = HEAVY[number // 2 % len(HEAVY)] if number % 2 else chance.randrange(len(STORY) - 1)
        path.unlink(missing_ok=True)
        if telling.files[first]:
            path.write_bytes(telling.files[first])
        acknowledged = killed(path, telling, first, chance)
        found[wounds(path)] += 1
        with Crm(path, today=TODAY) as crm:
            crm.due()
            now = book(crm)
        reached = next((at for at in (acknowledged + 1, acknowledged) if telling.books[at : at + 1] == [now]), None)
        if reached is None:
            found["lost" if now in telling.books else "half"] += 1
            continue
        found["unsound"] += path.exists() and not is_sound(path)
        found["stuck"] += not goes_on(path, telling, reached)
    hit = found["in the transaction"] + found["in the commit"]
    report(
        "4. kill -9, SQLite",
        f"{kills} kills, {hit} of them within a transaction ({found['in the commit']} in its commit)",
        counted(acknowledged_lost=found["lost"], half_operations=found["half"], unsound=found["unsound"])
        + f", {found['stuck']} stuck afterwards",
    )
    assert (found["lost"], found["half"], found["unsound"], found["stuck"]) == (0, 0, 0, 0)
    assert hit >= SHARE * kills
