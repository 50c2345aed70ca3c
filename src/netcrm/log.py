"""Log messages about what netcrm does: numbers, counts and durations, but no data of the user.

They go to the logger “netcrm” of the standard library at level INFO, so they are not shown by
default; `-v` on the command line shows them. Until a program imports `logging`, a message costs
only one dictionary lookup and does not slow down the start.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


def note(message: str, *numbers: object) -> None:
    """Log one message; `numbers` are ids, counts, durations or words of netcrm."""
    if "logging" in sys.modules:
        sys.modules["logging"].getLogger("netcrm").info(message, *numbers)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Log how long the block took."""
    start = perf_counter()
    yield
    note("%s: %.1f ms", what, 1000 * (perf_counter() - start))
