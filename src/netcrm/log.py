"""What is done, said to whoever listens: numbers, counts and durations, never what is in the book.

The lines go to the logger “netcrm” of the standard library, at level INFO, so nobody hears them
unasked; `-v` on the command line asks. Who wants to listen has imported `logging`; while nobody
has, saying something costs a look into a dictionary, and starting the program nothing.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


def note(message: str, *numbers: object) -> None:
    """Say one thing that was done; `numbers` are ids, counts, durations and words of ours."""
    if "logging" in sys.modules:
        sys.modules["logging"].getLogger("netcrm").info(message, *numbers)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long something took."""
    begun = perf_counter()
    yield
    note("%s: %.1f ms", what, 1000 * (perf_counter() - begun))
