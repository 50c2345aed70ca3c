"""Who is compared with whom: everybody with everybody is too many, so only who shares a key. Pure.

The keys are such that two people share one if enough speaks for their being one. A key asks or is quiet: who asks
is compared with all who have the key, who is quiet with those who ask. So “D. Wu” meets every Wu with a D, and
they do not all meet each other.

A key that a crowd shares (five thousand times “Anna” at one company) would again be everybody with everybody. In a
crowd each is compared with those who stand next to them when it is sorted by name, and the pairs that are not
looked at are counted.
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
"""So many pairs may come of one key and still be looked at, each of them: a hundred people who all ask."""

NEIGHBOURS = 10
"""In a crowd, as many of those who stand behind somebody are looked at."""

_PLACES = 32
"""Bits for a place, so that an entry of the index is one number: the key's hash, the place, whether it asks."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Whom each is compared with, as places in the sequence that was given.

    `small` has each one's blocks, `crowded` single people; `overlooked` pairs, at most, share the key of a crowd
    and are not looked at.
    """

    small: Sequence[Sequence[Sequence[int]]]
    crowded: Sequence[Sequence[int]]
    overlooked: int

    def pairs(self) -> Iterator[tuple[int, list[int]]]:
        """For each person the later ones to compare them with, each once, in order."""
        for place, (blocks, crowd) in enumerate(zip(self.small, self.crowded, strict=True)):
            candidates = set(crowd).union(*blocks)
            yield place, sorted(candidate for candidate in candidates if candidate > place)


class _Block(NamedTuple):
    """The people who have one key, and those among them who ask by it; as places in the sequence that was given."""

    members: tuple[int, ...]
    asking: frozenset[int]

    @property
    def pairs(self) -> int:
        """How many pairs have somebody who asks."""
        return _pairs(len(self.members)) - _pairs(len(self.members) - len(self.asking))


def blocks(faces: Sequence[Features]) -> Blocks:
    """The blocks of people who share a key, in memory that grows as their number, and time that grows little faster."""
    small: list[list[Sequence[int]]] = [[] for _ in faces]
    crowded: list[list[int]] = [[] for _ in faces]
    overlooked: dict[_Block, int] = {}
    for block in _sharing(faces):
        if block.pairs <= CROWD:
            for place in block.members:
                small[place].append(block.members if place in block.asking else tuple(block.asking))
        elif block not in overlooked:
            neighbours = _neighbours(block, faces)
            for place, later in neighbours:
                crowded[place].append(later)
            overlooked[block] = block.pairs - len(neighbours)
    return Blocks(small, crowded, sum(overlooked.values()))


def _pairs(number: int) -> int:
    return number * (number - 1) // 2


def _sharing(faces: Sequence[Features]) -> Iterator[_Block]:
    """A block for each key that somebody asks by and others have."""
    entries = [
        (hash(key) << _PLACES | place) << 1 | asks for place, face in enumerate(faces) for key, asks in keys(face)
    ]
    entries.sort()
    mask = (1 << _PLACES) - 1
    for _, group in groupby(entries, key=lambda entry: entry >> _PLACES + 1):
        same_key = list(group)
        if len(same_key) > 1 and (asking := frozenset(entry >> 1 & mask for entry in same_key if entry & 1)):
            members = tuple(dict.fromkeys(entry >> 1 & mask for entry in same_key))
            if len(members) > 1:
                yield _Block(members, asking)


def _neighbours(block: _Block, faces: Sequence[Features]) -> list[tuple[int, int]]:
    """The pairs to look at in a crowd, the earlier place first: when it is sorted by name, each with the next few."""
    line = sorted(block.members, key=lambda place: _rank(faces[place]))
    return [
        (min(place, neighbour), max(place, neighbour))
        for position, place in enumerate(line)
        for neighbour in line[position + 1 : position + 1 + NEIGHBOURS]
        if place in block.asking or neighbour in block.asking
    ]


def _rank(face: Features) -> tuple[str, str, tuple[str, ...], int]:
    name = face.name
    given, family = (part.form if part else "" for part in (name.given, name.family))
    return family, given, face.companies, face.number


# --------------------------------------------------------------------------- keys


def keys(face: Features) -> Iterator[tuple[str, bool]]:
    """What somebody is found by, and whether it asks; keys of one kind begin with the same letter."""
    for trace in face.traces:
        yield f"t{trace}", True
    firsts, last = face.name.firsts, face.name.family
    full = sorted({name for part in firsts for piece in part if len(piece.form) > 1 for name in full_names(piece)})
    yield from _keys_at_work(face, firsts, full)
    if face.birthday:
        letters = {*(part.form[0] for part in face.name.parts), *(name[0] for name in full)}
        yield from _keys_of_birthday(face.birthday, letters)
    if last:
        yield from _keys_of_given(face.name, firsts, full)
        yield from _keys_of_family(last, full)
    elif firsts:
        yield f"z{firsts[0].loose}", True


def _keys_at_work(face: Features, firsts: Sequence[NamePart], full: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """A first name and the company: with the position for all, without it for who has but one name, or half of one.

    “Acme” asks for “Acme Robotics”, but “Acme Robotics” not for “Acme Bank”.
    """
    names = {*full, *(part.loose for part in (*firsts[:1], *face.name.rest[-1:]))}
    for company in face.companies:
        words = company.split()[:MOST_WORDS]
        for many in range(1, len(words) + 1):
            begin, is_whole = " ".join(words[:many]), many == len(words)
            yield from ((f"c{begin}:{name}", not face.name.rest) for name in names)
            if face.title:
                yield from ((f"p{begin}:{face.title}:{name}", is_whole) for name in full)
            if face.birthday:
                yield f"a{begin}:{_day(face.birthday)}", is_whole
            for part in firsts:
                yield f"k{begin}:{part.loose[:2]}", _may_be_a_slip(part)
                yield f"j{begin}:{part.loose[0]}", len(part.form) == 1


def _keys_of_birthday(birthday: date, letters: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The date, and for a day whose year nobody knows the first letters of the names with it."""
    yield f"b{birthday}", True
    yield from ((f"y{_day(birthday)}{letter}", birthday.year == NO_YEAR) for letter in letters)


def _day(birthday: date) -> str:
    return f"{birthday.month}-{birthday.day}"


def _keys_of_given(name: ParsedName, firsts: Sequence[NamePart], full: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each family name with the first names, with what a slip leaves of one that is not known, and with an initial."""
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
    """Each first name with the family name less one letter, which is what two names a slip apart share."""
    word = family.loose
    asks = not is_common_family(family)
    for given in full:
        yield f"w{given}:{word[0]}", len(word) == 1
        if len(word) >= SHORTEST_FAMILY - 1:
            yield from ((f"d{given}:{word[:at]}{word[at + 1 :]}", asks) for at in range(len(word)))
            yield f"d{given}:{word}", asks
        if len(word) >= LONG_FAMILY:
            yield f"l{given}:{word[:3]}", asks
            yield f"r{given}:{word[-3:]}", asks
