"""The statements that netcrm's connections send to SQLite, and their replay on another file system.

Each statement comes from SQLite's trace with its values, from the PRAGMAs and BEGIN to COMMIT. So the replay repeats
what the program does, and not what this test believes it does.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import pytest

Acknowledged = Callable[[int], None]


@dataclass(slots=True)
class Script:
    """Statements in order: (connection, statement), (connection, None) for a close, (0, step) once a step returned."""

    lines: list[tuple[int, str | int | None]] = field(default_factory=list)
    connections: int = 0

    def end_of(self, step: int) -> None:
        """Note that a step of the story has returned: it is acknowledged from here on."""
        self.lines.append((0, step))


@contextmanager
def recording(path: Path, patch: pytest.MonkeyPatch) -> Iterator[Script]:
    """Record every connection to a file, from its first PRAGMA on."""
    script, connect = Script(), sqlite3.connect

    class Traced(sqlite3.Connection):
        """An ordinary connection that records its statements."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            script.connections += 1
            self.number = script.connections
            self.set_trace_callback(lambda sql: script.lines.append((self.number, sql)))

        def close(self) -> None:
            self.set_trace_callback(None)
            script.lines.append((self.number, None))
            super().close()

    def traced(database: str, *args: Any, **options: Any) -> sqlite3.Connection:
        ours = str(database).startswith(path.as_uri())
        opened: sqlite3.Connection = connect(database, *args, **(options | {"factory": Traced} if ours else options))
        return opened

    with patch.context() as patched:
        patched.setattr(sqlite3, "connect", traced)
        yield script


def replay(script: Script, path: Path, vfs: str, synchronous: str, acknowledged: Acknowledged) -> None:
    """Send all statements to a database on another file system, with `synchronous` in place of EXTRA."""
    opened: dict[int, apsw.Connection] = {}
    for connection, said in script.lines:
        if isinstance(said, int):
            acknowledged(said)
        elif said is None:
            opened.pop(connection).close()
        else:
            if connection not in opened:
                opened[connection] = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
            statement = said.replace("PRAGMA synchronous=EXTRA", f"PRAGMA synchronous={synchronous}")
            for _ in opened[connection].execute(statement):
                pass
