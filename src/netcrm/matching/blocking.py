"""Choose the pairs to compare: every possible pair is too many, so only people who share a key are compared. Pure.

Two people share a key if there is enough evidence that they may be one person. A key is active or passive for a person:
with an active key a person is compared with everyone who has that key, with a passive key only with those for whom it
is active. So “D. Wu” is compared with every Wu whose name begins with D, but those are not compared with each other.

A key that a crowd shares (five thousand times “Anna” at one company) would produce every pair again. A crowd is sorted
by name, each person is compared with the next few, and the pairs left out are counted.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from netcrm.domain.dates import NO_YEAR
from netcrm.matching.comparison import LONG_FAMILY, SHORTEST_FAMILY, is_common_family
from netcrm.matching.features import Features, full_names
from netcrm.matching.names import MOST_WORDS, NamePart, ParsedName, given_names

CROWD = 5_000
"""A key with at most this many pairs is compared in full: a hundred people for whom it is active."""

NEIGHBOURS = 10
"""In a crowd, each person is compared with this many who follow."""

_PLACES = 32
"""Bits for a place. An entry of the index is one number: the key's hash, the place, and whether the key is active."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The people to compare with each other, as places in the given sequence.

    `small` holds the blocks of each person, `crowded` the single people to compare in crowds. At most `overlooked`
    pairs share the key of a crowd and are not compared.
    """

    small: Sequence[Sequence[Sequence[int]]]
    crowded: Sequence[Sequence[int]]
    overlooked: int

    def pairs(self) -> Iterator[tuple[int, list[int]]]:
        """For each person, the later people to compare with, each once and in order."""
        for place, (blocks, crowd) in enumerate(zip(self.small, self.crowded, strict=True)):
            candidates = set(crowd).union(*blocks)
            yield place, sorted(candidate for candidate in candidates if candidate > place)


class _Block(NamedTuple):
    """The people who have one key, and those for whom it is active, as places in the given sequence."""

    members: tuple[int, ...]
    active: frozenset[int]

    @property
    def pairs(self) -> int:
        """The number of pairs in which the key is active for at least one person."""
        return _pairs(len(self.members)) - _pairs(len(self.members) - len(self.active))


def blocks(features: Sequence[Features]) -> Blocks:
    """The blocks of people who share a key. Memory grows with the number of people, time only a little faster."""
    small: list[list[Sequence[int]]] = [[] for _ in features]
    crowded: list[list[int]] = [[] for _ in features]
    overlooked: dict[_Block, int] = {}
    for block in _sharing(features):
        if block.pairs <= CROWD:
            for place in block.members:
                small[place].append(block.members if place in block.active else tuple(block.active))
        elif block not in overlooked:
            neighbours = _neighbours(block, features)
            for place, later in neighbours:
                crowded[place].append(later)
            overlooked[block] = block.pairs - len(neighbours)
    return Blocks(small, crowded, sum(overlooked.values()))


def _pairs(number: int) -> int:
    return number * (number - 1) // 2


def _sharing(features: Sequence[Features]) -> Iterator[_Block]:
    """A block for each key that is active for one person and that another person has."""
    entries = [
        (hash(key) << _PLACES | place) << 1 | is_active
        for place, person in enumerate(features)
        for key, is_active in keys(person)
    ]
    entries.sort()
    mask = (1 << _PLACES) - 1
    for _, group in groupby(entries, key=lambda entry: entry >> _PLACES + 1):
        same_key = list(group)
        if len(same_key) > 1 and (active := frozenset(entry >> 1 & mask for entry in same_key if entry & 1)):
            members = tuple(dict.fromkeys(entry >> 1 & mask for entry in same_key))
            if len(members) > 1:
                yield _Block(members, active)


def _neighbours(block: _Block, features: Sequence[Features]) -> list[tuple[int, int]]:
    """The pairs to compare in a crowd: sorted by name, each person with the next few. The earlier place comes first."""
    line = sorted(block.members, key=lambda place: _rank(features[place]))
    return [
        (min(place, neighbour), max(place, neighbour))
        for position, place in enumerate(line)
        for neighbour in line[position + 1 : position + 1 + NEIGHBOURS]
        if place in block.active or neighbour in block.active
    ]


def _rank(person: Features) -> tuple[str, str, tuple[str, ...], int]:
    name = person.name
    given, family = (part.form if part else "" for part in (name.given, name.family))
    return family, given, person.companies, person.number


# --------------------------------------------------------------------------- keys


def keys(person: Features) -> Iterator[tuple[str, bool]]:
    """The keys of a person, and whether each is active; keys of one kind begin with the same letter."""
    for trace in person.traces:
        yield f"t{trace}", True
    firsts, last = person.name.firsts, person.name.family
    full = sorted({name for part in firsts for piece in part if len(piece.form) > 1 for name in full_names(piece)})
    yield from _keys_at_work(person, firsts, full)
    if person.birthday:
        letters = {*(part.form[0] for part in person.name.parts), *(name[0] for name in full)}
        yield from _keys_of_birthday(person.birthday, letters)
    if last:
        yield from _keys_of_given(person.name, firsts, full)
        yield from _keys_of_family(last, full)
    elif firsts:
        yield f"z{firsts[0].loose}", True


def _keys_at_work(person: Features, firsts: Sequence[NamePart], full: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """A first name with the company, with the position as well, or with half a name.

    “Acme” is active for “Acme Robotics”, but “Acme Robotics” is passive for “Acme Bank”.
    """
    names = {*full, *(part.loose for part in (*firsts[:1], *person.name.rest[-1:]))}
    for company in person.companies:
        words = company.split()[:MOST_WORDS]
        for many in range(1, len(words) + 1):
            begin, is_whole = " ".join(words[:many]), many == len(words)
            yield from ((f"c{begin}:{name}", not person.name.rest) for name in names)
            if person.title:
                yield from ((f"p{begin}:{person.title}:{name}", is_whole) for name in full)
            if person.birthday:
                yield f"a{begin}:{_day(person.birthday)}", is_whole
            for part in firsts:
                yield f"k{begin}:{part.loose[:2]}", _may_be_a_slip(part)
                yield f"j{begin}:{part.loose[0]}", len(part.form) == 1


def _keys_of_birthday(birthday: date, letters: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The date; if the year is unknown, the day with the first letters of the names."""
    yield f"b{birthday}", True
    yield from ((f"y{_day(birthday)}{letter}", birthday.year == NO_YEAR) for letter in letters)


def _day(birthday: date) -> str:
    return f"{birthday.month}-{birthday.day}"


def _keys_of_given(name: ParsedName, firsts: Sequence[NamePart], full: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each family name with the first names, with the beginning or end of an unknown one, and with an initial."""
    letters = {*(part.form[0] for part in firsts), *(given[0] for given in full)}
    for last in {piece.loose for part in (*name.rest, *name.also) for piece in part if len(piece.form) > 1}:
        yield from ((f"n{last}:{given}", True) for given in full)
        yield from ((f"i{last}:{letter}", len(firsts[0].form) == 1) for letter in letters)
        for part in firsts:
            yield f"h{last}:{part.loose[:2]}", _may_be_a_slip(part)
            yield f"e{last}:{part.loose[-3:]}", _may_be_a_slip(part)
    yield "x" + ":".join(sorted((firsts[0].loose, name.rest[-1].loose))), True


def _may_be_a_slip(part: NamePart) -> bool:
    return len(part.form) > 1 and part.form not in given_names()


def _keys_of_family(family: NamePart, full: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each first name with the family name less one letter: two names that differ in one letter share such a key."""
    word = family.loose
    is_active = not is_common_family(family)
    for given in full:
        yield f"w{given}:{word[0]}", len(word) == 1
        if len(word) >= SHORTEST_FAMILY - 1:
            yield from ((f"d{given}:{word[:at]}{word[at + 1 :]}", is_active) for at in range(len(word)))
            yield f"d{given}:{word}", is_active
        if len(word) >= LONG_FAMILY:
            yield f"l{given}:{word[:3]}", is_active
            yield f"r{given}:{word[-3:]}", is_active
