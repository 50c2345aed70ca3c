"""Measure the figures that netcrm promises: `make bench`.

Machines differ and are noisy, so each figure is the median ratio of two things timed in turn within this run. Absolute
times are printed for orientation.
"""

import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

from benchmarks import addressbook, data, planning, taskwarrior
from netcrm import Crm
from netcrm.playbooks.library import BUILT_IN

RUNS = 11
COUNT = "SELECT count(*) FROM interaction"
SEEK = "SELECT max(day) FROM interaction_contact WHERE contact_id = ? AND heard = TRUE"
TYPER = """
import typer
app = typer.Typer(pretty_exceptions_enable=False)
@app.command()
def hello() -> None:
    typer.echo("hello")
@app.command()
def goodbye() -> None:
    typer.echo("goodbye")
app()
"""
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
NETCRM = Path(sys.executable).with_name("netcrm")


def seconds(command: Sequence[str | Path], before: Callable[[], object] = lambda: None) -> float:
    """The time of a command, as a whole process."""
    before()
    start = time.perf_counter()
    subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def in_turn(first: Callable[[], float], second: Callable[[], float], runs: int = RUNS) -> tuple[float, float, float]:
    """The medians of two timings taken in turn, and the median of their ratio."""
    first(), second()
    pairs = [(first(), second()) for _ in range(runs)]
    ratio = statistics.median(left / right for left, right in pairs)
    return statistics.median(left for left, _ in pairs), statistics.median(right for _, right in pairs), ratio


def line(what: str, measured: str, figure: float, limit: float, unit: str = "x") -> bool:
    """Print one row; whether the figure is within its limit."""
    kept = figure <= limit
    print(f"{what:<58}{measured:<34}{figure:8.2f} {unit:<3} of {limit:g}  {'ok' if kept else 'TOO MUCH'}", flush=True)
    return kept


def due(folder: Path) -> list[bool]:
    """`netcrm due`, whole process: at 100,000 contacts against 100, and against a small Typer program."""
    small, large = folder / "small.db", folder / "large.db"
    data.build(small, 100, 1_000)
    print("building 100,000 contacts and 1,000,000 interactions …", file=sys.stderr, flush=True)
    data.build(large, 100_000, 1_000_000)

    def asked(path: Path) -> float:
        return seconds([NETCRM, "--db", path, "--today", str(data.TODAY), "due"])

    left, right, ratio = in_turn(lambda: asked(large), lambda: asked(small))
    figures = [line("due, 100,000 contacts against 100", f"{left:.3f} s against {right:.3f} s", ratio, 1.25)]
    script = folder / "typer_program.py"
    script.write_text(TYPER)
    left, right, ratio = in_turn(lambda: asked(small), lambda: seconds([sys.executable, script, "hello"]))
    return [
        *figures,
        line(
            "due, 100 contacts, against a two-command Typer program", f"{left:.3f} s against {right:.3f} s", ratio, 1.5
        ),
    ]


def importing(folder: Path) -> list[bool]:
    """LinkedIn's file of 30,000 rows into an empty database, against sqlite-utils with the same file."""
    file, ours, theirs = folder / "Connections.csv", folder / "import.db", folder / "other.db"
    data.connections_csv(file, 30_000)
    insert: list[str | Path] = [
        Path(sys.executable).with_name("sqlite-utils"),
        "insert",
        theirs,
        "connection",
        file,
        "--csv",
    ]
    left, right, ratio = in_turn(
        lambda: seconds([NETCRM, "--db", ours, "import", "linkedin", file], lambda: ours.unlink(missing_ok=True)),
        lambda: seconds(insert, lambda: theirs.unlink(missing_ok=True)),
        runs=5,
    )
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)
    return [
        line(
            "import of 30,000 rows against sqlite-utils insert --csv", f"{left:.2f} s against {right:.2f} s", ratio, 6
        ),
        line("… memory, the largest process of this run so far", "", largest, 200, "MB"),
    ]


def plans() -> list[bool]:
    """Planning, warm."""
    measured = planning.measure()
    return [line("planning, a live cause", f"{measured['causes']:.0f} live causes", measured["microseconds"], 40, "us")]


def cadences(folder: Path) -> list[bool]:
    """Due follow-ups, warm, with 30,000 contacts that have a cadence by tag, against two counts and a query per
    contact.
    """
    path, books = folder / "cadence.db", folder / "playbooks"
    print("building 30,000 contacts with a cadence and 300,000 interactions …", file=sys.stderr, flush=True)
    data.build(path, 30_000, 270_300, tag="ally")
    books.mkdir()
    text = (BUILT_IN / "keep-in-touch.toml").read_text().replace('"tier:A" = "5 weeks"', '"tag:ally" = "6 months"')
    (books / "keep-in-touch.toml").write_text(text)
    with closing(sqlite3.connect(path)) as database, Crm(path, today=data.TODAY, playbooks=books) as crm:
        due = len(crm.due())

        def ours() -> float:
            return clocked(crm.due)

        def theirs() -> float:
            return 2 * clocked(lambda: database.execute(COUNT).fetchone()) + clocked(
                lambda: [database.execute(SEEK, (number,)).fetchone() for number in range(1, 30_001)]
            )

        left, right, ratio = in_turn(ours, theirs)
    measured = f"{due} due, {left:.3f} s against {right:.3f} s"
    return [
        line("due, 30,000 cadences, against 2 counts and 30,000 seeks", measured, ratio, 1),
        line("… in seconds, warm", "", left, 0.3, "s"),
    ]


def keeping(folder: Path) -> list[bool]:
    """Undo and forget in a large database, warm: the one that `cadences` built."""
    path, copies = folder / "cadence.db", (folder / f"{number}.backup" for number in count())
    with Crm(path, today=data.TODAY, playbooks=folder) as crm:

        def undo(*, older: bool) -> float:
            chosen = crm.add("Jonas Berg") and crm.last
            if older:
                crm.add("Mia Lund")
            return clocked(lambda: crm.undo(chosen.number if older and chosen else None))

        def forget() -> float:
            contact = crm.add("Jonas Berg", notes="A contact to forget").number
            return clocked(lambda: crm.forget(contact))

        left, right, ratio = in_turn(lambda: undo(older=True), lambda: undo(older=False))
        figures = [
            line("undo of an older operation against the newest", f"{left:.3f} s against {right:.3f} s", ratio, 3)
        ]
        left, right, ratio = in_turn(forget, lambda: clocked(lambda: crm.backup(next(copies))), runs=3)
    return [
        *figures,
        line("forget in that database against a backup of it", f"{left:.2f} s against {right:.2f} s", ratio, 1),
    ]


def address_book(folder: Path) -> list[bool]:
    """30,000 cards imported and exported against vobject's own objects, 100,000 in memory, and duplicates."""
    file, book, typed = folder / "cards.vcf", folder / "cards.db", folder / "typed.db"
    addressbook.cards(file, 30_000)

    def taken_in() -> float:
        book.unlink(missing_ok=True)
        with Crm(book, today=data.TODAY) as crm:
            return clocked(lambda: crm.import_vcard(file))

    def written() -> float:
        with Crm(typed, today=data.TODAY) as crm:
            return clocked(lambda: sum(map(len, crm.vcards())))

    left, right, ratio = in_turn(taken_in, lambda: clocked(lambda: addressbook.parsed(file)), runs=3)
    measured = f"{left:.2f} s against {right:.2f} s"
    figures = [line("import of 30,000 cards against vobject's bare parse", measured, ratio, 1.5)]
    addressbook.typed(book, typed)
    contacts = addressbook.facts(typed)
    left, right, ratio = in_turn(
        written, lambda: clocked(lambda: sum(map(len, addressbook.built_by_vobject(contacts)))), runs=3
    )
    measured = f"{left:.2f} s against {right:.2f} s"
    figures.append(line("export of 30,000 cards against vobject's own objects", measured, ratio, 1 / 3))
    with Crm(typed, today=data.TODAY) as crm:
        figures.append(line("duplicates among 30,000 people", "", clocked(crm.duplicates), 15, "s"))
    figures.append(line("… memory", "", addressbook.megabytes("duplicates", typed), 300, "MB"))
    many = folder / "many.vcf"
    addressbook.cards(many, 100_000)
    book.unlink()
    figures.append(line("import of 100,000 cards, memory", "", addressbook.megabytes("import", book, many), 250, "MB"))
    large = addressbook.megabytes("export", book, many)
    small = addressbook.megabytes("export", typed, file)
    ratio = large / small
    return [*figures, line("export of 100,000 cards, memory against 30,000", f"{large:.0f} MB", ratio, 1.5)]


def clocked(act: Callable[[], object]) -> float:
    """The time of a call in this process."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> int:
    """Print every figure; 1 if one exceeds its limit."""
    folder = Path(tempfile.mkdtemp(prefix="netcrm-bench-"))
    try:
        kept = [*importing(folder), *plans(), *cadences(folder), *keeping(folder), *address_book(folder), *due(folder)]
    finally:
        shutil.rmtree(folder)
    print("\nside by side with Taskwarrior, after a first day has moved and people have answered:\n")
    wrong = taskwarrior.main()
    return 0 if all(kept) and not wrong else 1


sys.exit(main())
