"""What speaks for and against two names being one person's. Pure, and the home of rapidfuzz.

Points are logarithms of odds (base e), as in `netcrm.matching.scoring`. A slip of the pen is looked for in Latin
letters alone, to which Cyrillic ones are read; in Chinese or Korean one sign off is another name.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from netcrm.matching.names import NamePart, ParsedName, common_family_names, fold, given_names


class Evidence(NamedTuple):
    """How many points, and the clause that says why, with the `words` that belong into it.

    What is `telling` says more than a name does; what `decides` is one person's alone.
    """

    points: float
    clause: str = ""
    words: tuple[str, ...] = ()
    telling: bool = False
    decides: bool = False


COMMON_GIVEN, RARE_GIVEN = 2.5, 3.0
COMMON_FAMILY, RARE_FAMILY = 2.5, 4.0
INITIAL = 2.0
"""What the same name says, by how many people bear it; and the same letter where there is no more of it."""

MOST_FOR_A_NAME = RARE_GIVEN + RARE_FAMILY + 0.5
"""With a middle name that is the same too."""

SHORTEST_GIVEN, SHORTEST_FAMILY = 4, 5
"""Letters that a name has before another that is one off can be a slip; shorter ones are too often two names."""

LONG_GIVEN, LONG_FAMILY = 8, 9
"""Letters that a name has before there may be two slips in it."""

SAME_GIVEN, SAME_FAMILY, SAME = (
    tuple(f"the same {what}{how}" for how in ("", " without accents", " in another spelling"))
    for what in ("first name", "family name", "name")
)
"""By how far two names have to be folded to be the same."""

_VOWELS = "aeio"

_NAMELESS = Evidence(-0.5)
_ANOTHER_GIVEN = Evidence(-8.0, "but another first name")
_ANOTHER_MIDDLE = Evidence(-2.5, "but another middle name")
_ANOTHER_FAMILY = Evidence(-2.5, "but another family name (married?)")
_SECOND_OF_TWO = Evidence(-1.0, "but the other of two family names differs")
_SAME_MIDDLE = Evidence(0.5)
_GENERATIONS = Evidence(-8.0, "but “{0}” and “{1}”")


def compare(one: ParsedName, other: ParsedName) -> list[Evidence]:
    """What the names say, in the order that says more for it."""
    if not one.given or not other.given:
        return [_NAMELESS]
    found = _family_alone(one, other) or _turned(one, other) or _straight(one, other)
    if one.generation and other.generation and one.generation != other.generation:
        found.append(_GENERATIONS._replace(words=tuple(sorted((one.generation, other.generation)))))
    return found


def _straight(one: ParsedName, other: ParsedName) -> list[Evidence]:
    given, family = _given(one, other), _family(one, other)
    if family.clause not in SAME_FAMILY:
        return [given, family]
    if given.clause not in SAME_GIVEN:
        return [given, family, *_middle(one, other)]
    points = min(given.points + family.points, max(map(_weight_turned, (one, other))))
    degree = max(SAME_GIVEN.index(given.clause), SAME_FAMILY.index(family.clause))
    return [Evidence(points, SAME[degree]), *_middle(one, other)]


def _weight_turned(name: ParsedName) -> float:
    """What a name says that seems to be written family name first: a Wang Wei is as common as a Wei Wang."""
    if name.given and name.family and is_common_family(name.given) and name.family.form in given_names():
        return COMMON_FAMILY + COMMON_GIVEN
    return RARE_FAMILY + RARE_GIVEN


def _turned(one: ParsedName, other: ParsedName) -> list[Evidence]:
    """“Wu Dana” and “Dana Wu”: all of it the same, the other way round."""
    if not (one.given and other.given and one.family and other.family) or one.given.loose != other.family.loose:
        return []
    if one.family.loose != other.given.loose or one.given.loose == one.family.loose:
        return []
    both = ((one.given, one.family), (other.given, other.family))
    points = min(_weight_given(given) + _weight_family(family) for given, family in both)
    return [Evidence(points - 0.3, "the same name in another order"), *_middle(one, other)]


def _family_alone(one: ParsedName, other: ParsedName) -> list[Evidence]:
    """A card that says “Frau Schmidt”, and Anna Schmidt."""
    alone, whole = (one, other) if not one.rest else (other, one)
    if alone.rest or not alone.given or not whole.family or (degree := _degree(alone.given, whole.family)) is None:
        return []
    return [Evidence(_weight_family(whole.family), SAME_FAMILY[degree])]


# --------------------------------------------------------------------------- first names


def _given(one: ParsedName, other: ParsedName) -> Evidence:
    """The best that can be said of the first names, those in brackets and second ones among them."""
    mine, theirs = ([name.given, *name.also] if name.given else [] for name in (one, other))
    best = max((first_names(x, y) for x in mine for y in theirs), key=_by_points)
    if best.points > 0:
        return best
    seconds = (
        Evidence(1.2, "“{0}” is the second name of the one", (y.shown,))
        for names, others in ((one.rest[:-1], theirs), (other.rest[:-1], mine))
        for x in names
        for y in others
        if len(x.form) > 1 and len(y.form) > 1 and first_names(x, y).points > 0
    )
    return max(seconds, key=_by_points, default=best)


def _by_points(evidence: Evidence) -> tuple[float, str, tuple[str, ...]]:
    return evidence.points, evidence.clause, evidence.words


@lru_cache(maxsize=1 << 17)
def first_names(one: NamePart, other: NamePart) -> Evidence:
    """What two first names say."""
    degree = _degree(one, other)
    if degree is not None:
        return Evidence(min(map(_weight_given, (one, other))) - _guessed(one, other, degree), SAME_GIVEN[degree])
    short, long = sorted((one, other), key=lambda part: (len(part.form), part.shown))
    if len(short.form) == 1:
        return _may_be(short, long) if _begins(long, short) else _ANOTHER_GIVEN
    if shared := {x.shown for x in one for y in other if x.loose == y.loose}:
        return Evidence(1.8, "“{0}” is in both first names", (min(shared),))
    return _short_for(one, other) or _slip_of_given(short, long) or _ANOTHER_GIVEN


def _may_be(initial: NamePart, whole: NamePart) -> Evidence:
    return Evidence(0.5, "“{0}.” may be “{1}”", (initial.shown, whole.shown))


def _begins(long: NamePart, initial: NamePart) -> bool:
    return any(name.startswith(initial.form) for name in (long.form, *given_names().get(long.form, ())))


def _short_for(one: NamePart, other: NamePart) -> Evidence | None:
    """Two forms of one given name, by the table of names."""
    mine, theirs = (given_names().get(part.form, {}) for part in (one, other))
    both = mine.keys() & theirs.keys()
    if not both:
        return None
    name = min(both, key=lambda name: (mine[name] and theirs[name], name))
    first, second = sorted((one.shown, other.shown))
    if mine[name] and theirs[name]:
        return Evidence(1.8, "“{0}” and “{1}” may both be “{2}”", (first, second, name.title()))
    if not mine[name] and not theirs[name]:
        return Evidence(2.4, "“{0}” and “{1}” are one name", (first, second))
    short, long = (one, other) if mine[name] else (other, one)
    return Evidence(2.2, "“{0}” is short for “{1}”", (short.shown, long.shown))


def _slip_of_given(short: NamePart, long: NamePart) -> Evidence | None:
    """A name that is nearly another, unless both are known to be names, or the end is a woman's: Daniel, Daniela."""
    if short.form in given_names() and long.form in given_names():
        return None
    if short.form.rstrip(_VOWELS) == long.form.rstrip(_VOWELS):
        return None
    if slips := _slips(short, long, SHORTEST_GIVEN, LONG_GIVEN):
        words = ("one letter of the first name differs", "two letters of the first name differ")[slips - 1]
        return Evidence((1.5, 0.5)[slips - 1], words)
    if len(short.form) >= 3 and long.form.startswith(short.form):
        return Evidence(1.0, "“{0}” may be short for “{1}”", (short.shown, long.shown))
    return None


# --------------------------------------------------------------------------- family names


def _family(one: ParsedName, other: ParsedName) -> Evidence:
    if not one.family or not other.family:
        same = not one.rest and not other.rest and one.given and other.given and one.given.form == other.given.form
        return Evidence(1.5 if same and one.given and _weight_given(one.given) == RARE_GIVEN else 0.0)
    found = last_names(one.family, other.family)
    return found if found.clause in SAME_FAMILY else _part_of_two(one, other) or found


@lru_cache(maxsize=1 << 17)
def last_names(one: NamePart, other: NamePart) -> Evidence:
    """What two family names say, each as a whole."""
    degree = _degree(one, other)
    if degree is not None:
        return Evidence(min(map(_weight_family, (one, other))) - _guessed(one, other, degree), SAME_FAMILY[degree])
    short, long = sorted((one, other), key=lambda part: (len(part.form), part.shown))
    if len(short.form) == 1:
        return _may_be(short, long) if long.form.startswith(short.form) else _ANOTHER_FAMILY
    slips = _slips(short, long, SHORTEST_FAMILY, LONG_FAMILY)
    if not slips:
        return _ANOTHER_FAMILY
    known = is_common_family(short) + is_common_family(long)
    if known == 2:
        return Evidence(-1.0, "but a family name a letter off")
    words = ("one letter of the family name differs", "two letters of the family name differ")[slips - 1]
    return Evidence((2.2, 1.2)[known] - (slips - 1), words)


def _part_of_two(one: ParsedName, other: ParsedName) -> Evidence | None:
    """García López and García, Fischer-Braun and Fischer, van Houten and Houten, and a name at birth in brackets."""
    mine, theirs = (
        {piece.loose: piece.shown for whole in (*name.rest, *name.also) for piece in whole if len(piece.form) > 1}
        for name in (one, other)
    )
    ends = {piece.loose for name in (one, other) if name.family for piece in name.family}
    both = {word for word in mine.keys() & theirs.keys() if word in ends or word not in given_names()}
    if not both:
        return None
    if all(any(both.isdisjoint(piece.loose for piece in whole) for whole in name.rest) for name in (one, other)):
        return _SECOND_OF_TWO
    word = min(both)
    shown = min(mine[word], theirs[word])
    points = (COMMON_FAMILY if word in _common() else RARE_FAMILY) - 1
    return Evidence(points, "“{0}” is in both family names", (shown,))


def _middle(one: ParsedName, other: ParsedName) -> Iterator[Evidence]:
    """Middle names, where both have some."""
    mine, theirs = one.rest[:-1], other.rest[:-1]
    if mine and theirs:
        yield _SAME_MIDDLE if any(first_names(x, y).points > 0 for x in mine for y in theirs) else _ANOTHER_MIDDLE


# --------------------------------------------------------------------------- words


def _degree(one: NamePart, other: NamePart) -> int | None:
    """How far two words have to be folded to be the same, as `SAME` says it; None if they are two."""
    if one is other:
        return 0
    if one.form == other.form:
        mine, theirs = (_letters(part.shown) for part in (one, other))
        return 0 if mine == theirs else 2 if _is_cyrillic(mine + theirs) else 1
    alike = one.loose == other.loose and (len(one.loose) >= 3 or not (one.shown + other.shown).isascii())
    return 2 if alike else None


def _is_cyrillic(text: str) -> bool:
    return any("\u0400" <= char <= "\u04ff" for char in text)


def _letters(shown: str) -> str:
    return "".join(filter(str.isalpha, shown.casefold()))


def _guessed(one: NamePart, other: NamePart, degree: int) -> float:
    """Points off where nothing shows that a vowel is an umlaut written out: Bauer and Baur are two families."""
    return 1.0 if degree == 2 and one.shown.isascii() and other.shown.isascii() else 0.0


def _slips(short: NamePart, long: NamePart, least: int, least_for_two: int) -> int:
    """Letters that have to be changed, put in, left out or exchanged: 1 or 2; 0 where it is too many."""
    if len(short.form) < least or not (short.form.isascii() and long.form.isascii()):
        return 0
    most = 2 if len(short.form) >= least_for_two else 1
    distance = OSA.distance(short.form, long.form, score_cutoff=most)
    return distance if distance <= most else 0


def _weight_given(part: NamePart) -> float:
    if len(part.form) == 1 and part.form.isascii():
        return INITIAL
    return COMMON_GIVEN if part.form in given_names() or not part.form.isascii() else RARE_GIVEN


def _weight_family(part: NamePart) -> float:
    if len(part.form) == 1 and part.form.isascii():
        return INITIAL
    return COMMON_FAMILY if is_common_family(part) else RARE_FAMILY


def is_common_family(part: NamePart) -> bool:
    """Whether so many people bear a family name that one more is no surprise."""
    return part.form in _common() or part.loose in _common()


@cache
def _common() -> frozenset[str]:
    return frozenset(map(fold, common_family_names()))
