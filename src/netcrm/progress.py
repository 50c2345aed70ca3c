"""How far long work is, told to whoever waits for it."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

_TELLING = 256
"""Items between two words about how far it is."""

Progress = Callable[[float], object]
"""Told now and then which part of the work is done, from 0 to 1."""


def unwatched(_: float) -> None:
    """Nobody waits for it."""


def stage(tell: Progress, start: float, end: float) -> Progress:
    """A part of the work, which tells by itself how far it is."""
    return lambda part: tell(start + part * (end - start))


def watched(items: Iterable[T], number: int, tell: Progress) -> Iterator[T]:
    """So many items, one by one; `tell` hears how many of them were taken."""
    for at, item in enumerate(items):
        if at % _TELLING == 0:
            tell(at / max(number, 1))
        yield item
    tell(1.0)
