"""The figures of the gates: one table row for each gate, and the page that shows them."""

import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- figures: written by `make faults` -->", "<!-- end of the figures -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One gate on one engine: the work, the result and the duration."""

    gate: str
    done: str
    found: str
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.gate}: {self.done}: {self.found} ({self.seconds:.0f} s)"


def counted(**counts: int) -> str:
    """Counts in words: `counted(lost=0, broken=2)` is “0 lost, 2 broken”."""
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())


def copied_into(page: str, figures: Sequence[Figure], when: str) -> str:
    """The page with these figures between its marks in place of the old ones."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"the page has no place for the figures; write “{BEGIN}” and “{END}” where they belong")
    return f"{before}{BEGIN}\n\n{when}\n\n{table(figures)}\n\n{END}{after}"


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table, in the order of the gates."""
    head = ["| gate | what was done | what was found | took |", "|---|---|---|---|"]
    ordered = sorted(figures, key=lambda figure: (int(figure.gate.partition(".")[0]), figure.gate))
    rows = (f"| {one.gate} | {one.done} | {one.found} | {one.seconds:.0f} s |" for one in ordered)
    return "\n".join([*head, *rows])


def versions(postgresql: str) -> str:
    """The versions of the programs that the figures were measured with."""
    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    return f"Python {python}, SQLite {sqlite}, PostgreSQL {postgresql}, {platform.system()}"


def copy_into(path: Path, figures: Sequence[Figure], when: str) -> None:
    path.write_text(copied_into(path.read_text(encoding="utf-8"), figures, when), encoding="utf-8")


def engine_of(url: str) -> str:
    return "PostgreSQL" if "://" in url else "SQLite"
