"""Evidence for and against two names belonging to one person. Pure, and the only module that uses rapidfuzz.

Points are logarithms of odds (base e), as in `netcrm.matching.scoring`. Typing errors are only looked for in Latin
letters, into which Cyrillic ones are transcribed. In Chinese or Korean, one different character makes a different name.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from netcrm.matching.names import NamePart, ParsedName, common_family_names, fold, given_names


class Evidence(NamedTuple):
    """The points, and the clause that gives the reason, with the `words` to insert into it.

    Evidence that is `telling` counts more than a name does; evidence that `decides` belongs to one person only.
    """

    points: float
    clause: str = ""
    words: tuple[str, ...] = ()
    telling: bool = False
    decides: bool = False


COMMON_GIVEN, RARE_GIVEN = 2.5, 3.0
COMMON_FAMILY, RARE_FAMILY = 2.5, 4.0
INITIAL = 2.0
"""The points for an equal name, by how many people have it, and for an equal initial where the rest is unknown."""

MOST_FOR_A_NAME = RARE_GIVEN + RARE_FAMILY + 0.5
"""The most points that names can give: an equal middle name is included."""

SHORTEST_GIVEN, SHORTEST_FAMILY = 4, 5
"""The letters that a name needs before one different letter can be a typing error; shorter names differ too often."""

LONG_GIVEN, LONG_FAMILY = 8, 9
"""The letters that a name needs before two different letters can be typing errors."""

SAME_GIVEN, SAME_FAMILY, SAME = (
    tuple(f"the same {name}{degree}" for degree in ("", " without accents", " in another spelling"))
    for name in ("first name", "family name", "name")
)
"""The degrees of folding after which two names are equal."""

_VOWELS = "aeio"

_NAMELESS = Evidence(-0.5)
_ANOTHER_GIVEN = Evidence(-8.0, "but another first name")
_ANOTHER_MIDDLE = Evidence(-2.5, "but another middle name")
_ANOTHER_FAMILY = Evidence(-2.5, "but another family name (married?)")
_SECOND_OF_TWO = Evidence(-1.0, "but the other of two family names differs")
_SAME_MIDDLE = Evidence(0.5)
_GENERATIONS = Evidence(-8.0, "but “{0}” and “{1}”")


def compare(left: ParsedName, right: ParsedName) -> list[Evidence]:
    """The evidence of two names, read in the order in which they agree better."""
    if not left.given or not right.given:
        return [_NAMELESS]
    evidence = _family_alone(left, right) or _turned(left, right) or _straight(left, right)
    if left.generation and right.generation and left.generation != right.generation:
        evidence.append(_GENERATIONS._replace(words=tuple(sorted((left.generation, right.generation)))))
    return evidence


def _straight(left: ParsedName, right: ParsedName) -> list[Evidence]:
    given, family = _given(left, right), _family(left, right)
    if family.clause not in SAME_FAMILY:
        return [given, family]
    if given.clause not in SAME_GIVEN:
        return [given, family, *_middle(left, right)]
    points = min(given.points + family.points, max(map(_weight_turned, (left, right))))
    degree = max(SAME_GIVEN.index(given.clause), SAME_FAMILY.index(family.clause))
    return [Evidence(points, SAME[degree]), *_middle(left, right)]


def _weight_turned(name: ParsedName) -> float:
    """The points of a name that may be written family name first: a Wang Wei is as common as a Wei Wang."""
    if name.given and name.family and is_common_family(name.given) and name.family.form in given_names():
        return COMMON_FAMILY + COMMON_GIVEN
    return RARE_FAMILY + RARE_GIVEN


def _turned(left: ParsedName, right: ParsedName) -> list[Evidence]:
    """“Wu Dana” and “Dana Wu”: the same name in the other order."""
    if not (left.given and right.given and left.family and right.family) or left.given.loose != right.family.loose:
        return []
    if left.family.loose != right.given.loose or left.given.loose == left.family.loose:
        return []
    readings = ((left.given, left.family), (right.given, right.family))
    points = min(_weight_given(given) + _weight_family(family) for given, family in readings)
    return [Evidence(points - 0.3, "the same name in another order"), *_middle(left, right)]


def _family_alone(left: ParsedName, right: ParsedName) -> list[Evidence]:
    """“Frau Schmidt” on a card, and Anna Schmidt."""
    alone, full = (left, right) if not left.rest else (right, left)
    if alone.rest or not alone.given or not full.family or (degree := _degree(alone.given, full.family)) is None:
        return []
    return [Evidence(_weight_family(full.family), SAME_FAMILY[degree])]


# --------------------------------------------------------------------------- first names


def _given(left: ParsedName, right: ParsedName) -> Evidence:
    """The strongest evidence of the first names, including those in brackets and second names."""
    left_names, right_names = ([name.given, *name.also] if name.given else [] for name in (left, right))
    best = max((first_names(x, y) for x in left_names for y in right_names), key=_by_points)
    if best.points > 0:
        return best
    as_second = (
        Evidence(1.2, "“{0}” is the second name of the one", (y.shown,))
        for seconds, firsts in ((left.rest[:-1], right_names), (right.rest[:-1], left_names))
        for x in seconds
        for y in firsts
        if len(x.form) > 1 and len(y.form) > 1 and first_names(x, y).points > 0
    )
    return max(as_second, key=_by_points, default=best)


def _by_points(evidence: Evidence) -> tuple[float, str, tuple[str, ...]]:
    return evidence.points, evidence.clause, evidence.words


@lru_cache(maxsize=1 << 17)
def first_names(left: NamePart, right: NamePart) -> Evidence:
    """The evidence of two first names."""
    degree = _degree(left, right)
    if degree is not None:
        return Evidence(min(map(_weight_given, (left, right))) - _guessed(left, right, degree), SAME_GIVEN[degree])
    short, long = sorted((left, right), key=lambda part: (len(part.form), part.shown))
    if len(short.form) == 1:
        return _may_be(short, long) if _begins(long, short) else _ANOTHER_GIVEN
    if shared := {x.shown for x in left for y in right if x.loose == y.loose}:
        return Evidence(1.8, "“{0}” is in both first names", (min(shared),))
    return _short_for(left, right) or _slip_of_given(short, long) or _ANOTHER_GIVEN


def _may_be(initial: NamePart, name: NamePart) -> Evidence:
    return Evidence(0.5, "“{0}.” may be “{1}”", (initial.shown, name.shown))


def _begins(long: NamePart, initial: NamePart) -> bool:
    return any(name.startswith(initial.form) for name in (long.form, *given_names().get(long.form, ())))


def _short_for(left: NamePart, right: NamePart) -> Evidence | None:
    """Two forms of one given name, by the table of names."""
    left_names, right_names = (given_names().get(part.form, {}) for part in (left, right))
    common = left_names.keys() & right_names.keys()
    if not common:
        return None
    name = min(common, key=lambda name: (left_names[name] and right_names[name], name))
    first, second = sorted((left.shown, right.shown))
    if left_names[name] and right_names[name]:
        return Evidence(1.8, "“{0}” and “{1}” may both be “{2}”", (first, second, name.title()))
    if not left_names[name] and not right_names[name]:
        return Evidence(2.4, "“{0}” and “{1}” are one name", (first, second))
    short, long = (left, right) if left_names[name] else (right, left)
    return Evidence(2.2, "“{0}” is short for “{1}”", (short.shown, long.shown))


def _slip_of_given(short: NamePart, long: NamePart) -> Evidence | None:
    """The evidence of a typing error or a short form.

    None if both names are known, or only the ending differs: Daniel, Daniela.
    """
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


def _family(left: ParsedName, right: ParsedName) -> Evidence:
    if not left.family or not right.family:
        given = None if left.rest or right.rest else left.given
        is_same = given and right.given and given.form == right.given.form
        return Evidence(1.5 if given and is_same and _weight_given(given) == RARE_GIVEN else 0.0)
    evidence = last_names(left.family, right.family)
    return evidence if evidence.clause in SAME_FAMILY else _part_of_two(left, right) or evidence


@lru_cache(maxsize=1 << 17)
def last_names(left: NamePart, right: NamePart) -> Evidence:
    """The evidence of two family names, each as a whole."""
    degree = _degree(left, right)
    if degree is not None:
        return Evidence(min(map(_weight_family, (left, right))) - _guessed(left, right, degree), SAME_FAMILY[degree])
    short, long = sorted((left, right), key=lambda part: (len(part.form), part.shown))
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


def _part_of_two(left: ParsedName, right: ParsedName) -> Evidence | None:
    """García López and García, Fischer-Braun and Fischer, van Houten and Houten, and a birth name in brackets."""
    left_pieces, right_pieces = (
        {piece.loose: piece.shown for part in (*name.rest, *name.also) for piece in part if len(piece.form) > 1}
        for name in (left, right)
    )
    ends = {piece.loose for name in (left, right) if name.family for piece in name.family}
    common = {word for word in left_pieces.keys() & right_pieces.keys() if word in ends or word not in given_names()}
    if not common:
        return None
    if all(any(common.isdisjoint(piece.loose for piece in part) for part in name.rest) for name in (left, right)):
        return _SECOND_OF_TWO
    word = min(common)
    shown = min(left_pieces[word], right_pieces[word])
    points = (COMMON_FAMILY if word in _common() else RARE_FAMILY) - 1
    return Evidence(points, "“{0}” is in both family names", (shown,))


def _middle(left: ParsedName, right: ParsedName) -> Iterator[Evidence]:
    """Middle names, if both people have one."""
    left_middle, right_middle = left.rest[:-1], right.rest[:-1]
    if left_middle and right_middle:
        is_same = any(first_names(x, y).points > 0 for x in left_middle for y in right_middle)
        yield _SAME_MIDDLE if is_same else _ANOTHER_MIDDLE


# --------------------------------------------------------------------------- words


def _degree(left: NamePart, right: NamePart) -> int | None:
    """The degree of folding after which two words are equal, as an index of `SAME`; None if they differ."""
    if left is right:
        return 0
    if left.form == right.form:
        left_letters, right_letters = (_letters(part.shown) for part in (left, right))
        return 0 if left_letters == right_letters else 2 if _is_cyrillic(left_letters + right_letters) else 1
    alike = left.loose == right.loose and (len(left.loose) >= 3 or not (left.shown + right.shown).isascii())
    return 2 if alike else None


def _is_cyrillic(text: str) -> bool:
    return any("\u0400" <= char <= "\u04ff" for char in text)


def _letters(shown: str) -> str:
    return "".join(filter(str.isalpha, shown.casefold()))


def _guessed(left: NamePart, right: NamePart, degree: int) -> float:
    """Points to subtract if a vowel may or may not stand for an umlaut: Bauer and Baur are two families."""
    return 1.0 if degree == 2 and left.shown.isascii() and right.shown.isascii() else 0.0


def _slips(short: NamePart, long: NamePart, least: int, least_for_two: int) -> int:
    """The number of letters to change, insert, omit or swap: 1 or 2, and 0 if more are needed."""
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
    """Whether a family name is so common that meeting it twice is no surprise."""
    return part.form in _common() or part.loose in _common()


@cache
def _common() -> frozenset[str]:
    return frozenset(map(fold, common_family_names()))
