"""Processes that have netcrm loaded already: they start in milliseconds, and can be killed at any moment.

Python and SQLModel take a second to start, and a fault gate starts hundreds of processes. So a fork server loads the
program once, with one thread and without an open database, and every worker is forked from it. A worker reports each
act with one message through a pipe that outlives it. A reported act was acknowledged.
"""

import io
import os
import resource
import sys
from collections.abc import Callable
from contextlib import closing, nullcontext, redirect_stdout
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from netcrm import Crm
from netcrm.cli import main
from tests.helpers.books import TODAY
from tests.helpers.cli_runner import Said
from tests.helpers.releases import NEXT, release

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "netcrm.store.database",
        "netcrm.formats.vcard",
        "netcrm.formats.csv.linkedin",
        "netcrm.services.imports.pipeline",
        "netcrm.services.answers",
        "netcrm.cli.contacts",
        "netcrm.cli.exports",
        "netcrm.cli.imports",
        "netcrm.cli.followups",
        "netcrm.cli.undo",
        "netcrm.cli.offers",
        "alembic.command",
        "psycopg",
    ]
)

LONGEST = 240.0
"""Seconds without a message after which a process counts as hung, so that a test fails instead of waiting forever."""

NOBODY = 65534

Tell = Callable[[object], None]


class Worker:
    """A process that runs `act(tell, *args)`; the end of the block kills it if it still runs."""

    def __init__(self, act: Callable[..., None], *args: Any) -> None:
        self._ear, mouth = CONTEXT.Pipe(duplex=False)
        with closing(mouth):
            self.process = CONTEXT.Process(target=_work, args=(mouth, act, args))
            self.process.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._ear.close()
        self.process.close()

    def kill(self) -> None:
        """Kill the process with SIGKILL, and wait for its end."""
        self.process.kill()
        self.process.join()

    def hear(self) -> Any:
        """The next message."""
        if not self._ear.poll(LONGEST):
            raise TimeoutError(f"a worker told nothing for {LONGEST:g} s")
        return self._ear.recv()

    def rest(self) -> list[Any]:
        """All further messages until the process ends, including those it sent before it was killed."""
        told = []
        try:
            while True:
                told.append(self.hear())
        except EOFError:
            return told

    def end(self) -> list[Any]:
        """All further messages of a worker that must exit with 0."""
        told = self.rest()
        self.process.join()
        assert self.process.exitcode == 0, f"a worker failed with {self.process.exitcode}; its traceback is above"
        return told


def _work(mouth: Connection, act: Callable[..., None], args: tuple[Any, ...]) -> None:
    act(mouth.send, *args)
    mouth.close()


# --------------------------------------------------------------------------- the command line


def netcrm(
    db: Path | str,
    *argv: object,
    today: date = TODAY,
    largest_file: int | None = None,
    nobody: bool = False,
    later: Path | None = None,
) -> Said:
    """Run the real command line in a new process, without the start of Python.

    `largest_file` limits the bytes of each file (RLIMIT_FSIZE): a write beyond them is an error (EFBIG). `nobody` gives
    up root's rights first, if the process has them. `later` makes the process a later release,
    whose migrations are in that folder.
    """
    words = ["--db", str(db), "--today", str(today), *map(str, argv)]
    pipes = [CONTEXT.Pipe(duplex=False) for _ in range(2)]
    mouths = [mouth for _, mouth in pipes]
    process = CONTEXT.Process(target=_command, args=(mouths, words, largest_file, nobody, later))
    process.start()
    for _, mouth in pipes:
        mouth.close()
    out, err = (_all_of(ear) for ear, _ in pipes)
    process.join()
    code = process.exitcode
    process.close()
    assert code is not None
    return Said(code, out, err)


def _command(
    mouths: list[Connection], words: list[str], largest_file: int | None, nobody: bool, later: Path | None
) -> None:
    for number, mouth in enumerate(mouths, start=1):
        os.dup2(mouth.fileno(), number)
        mouth.close()
    sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
    if largest_file is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, hard))
    if nobody and os.getuid() == 0:
        _load()
        os.setuid(NOBODY)
    with release(NEXT, later) if later else nullcontext():
        sys.exit(main(words))


def _load() -> None:
    """Import the modules that are imported late, because a user without rights can't read them in a folder of root."""
    Crm(memory=True).due()
    with redirect_stdout(io.StringIO()):
        for words in (["due"], ["list"], ["offer", "list"]):
            assert main(["--db", "sqlite://", *words]) == 0


def _all_of(ear: Connection) -> str:
    with ear, os.fdopen(os.dup(ear.fileno()), encoding="utf-8") as stream:
        return stream.read()
