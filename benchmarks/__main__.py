"""The figures that netcrm promises, measured: `make bench`.

Machines differ and are noisy, so each figure is a ratio of two things timed in turn within
this run, and the median of it is what counts. Absolute times are printed to give a feeling.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import data, planning

RUNS = 11
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
    """How long a command takes, as a whole process."""
    before()
    start = time.perf_counter()
    subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def in_turn(one: Callable[[], float], other: Callable[[], float], runs: int = RUNS) -> tuple[float, float, float]:
    """The medians of two timings taken in turn, and the median of their ratio."""
    one(), other()
    pairs = [(one(), other()) for _ in range(runs)]
    ratio = statistics.median(left / right for left, right in pairs)
    return statistics.median(left for left, _ in pairs), statistics.median(right for _, right in pairs), ratio


def line(what: str, measured: str, figure: float, limit: float, unit: str = "x") -> bool:
    """Print one row; whether the figure keeps its promise."""
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


def main() -> int:
    """Every figure; 1 when one is not kept."""
    folder = Path(tempfile.mkdtemp(prefix="netcrm-bench-"))
    try:
        kept = [*importing(folder), *plans(), *due(folder)]
    finally:
        shutil.rmtree(folder)
    return 0 if all(kept) else 1


sys.exit(main())
