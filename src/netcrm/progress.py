"""Progress of long work, reported to a callback of the caller."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

_INTERVAL = 256
"""The number of items between two reports."""

Progress = Callable[[float], object]
"""A callback that gets the part of the work that is done, from 0 to 1."""


def unwatched(_: float) -> None:
    """The callback that ignores all reports."""


def stage(tell: Progress, start: float, end: float) -> Progress:
    """A callback for one part of the work, which reports from 0 to 1 and passes on from `start` to `end`."""
    return lambda part: tell(start + part * (end - start))


def watched(items: Iterable[T], number: int, tell: Progress) -> Iterator[T]:
    """The items one by one; `tell` gets the part of `number` that the caller has taken."""
    for position, item in enumerate(items):
        if position % _INTERVAL == 0:
            tell(position / max(number, 1))
        yield item
    tell(1.0)
