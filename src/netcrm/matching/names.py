"""The parts of a person's name, as far as the name shows them. Pure.

Titles, degrees, remarks and emoji are removed. Particles are joined to the family name that follows. A name in brackets
is another name of the same person. Which part is the family name is often a guess (Wei Zhang, Zhang Wei), so names are
compared in both orders.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from netcrm.matching.normalize import normalise_name

MOST_CHARACTERS = 200
"""The characters of a name that are read. With `MOST_WORDS` and `LONGEST_WORD` this exceeds any real name."""

MOST_WORDS = 8
LONGEST_WORD = 40

# --------------------------------------------------------------------------- word lists


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("netcrm.matching").joinpath("wordlists.toml").read_text(encoding="utf-8"))


@cache
def given_names() -> Mapping[str, Mapping[str, bool]]:
    """Each known form of a given name, with its full names and whether it is a short form of them.

    >>> given_names()["bob"], given_names()["kathryn"]
    ({'robert': True}, {'catherine': False})
    """
    full_names: dict[str, dict[str, bool]] = defaultdict(dict)
    spellings, short = _table()["spellings"], _table()["short"]
    names = {name for language in short.values() for name in language}
    for name in sorted({*names, *spellings, *_table()["common"]["given"]}):
        for spelling in (name, *spellings.get(name, ())):
            full_names[spelling][name] = False
    for language in short.values():
        for name, forms in language.items():
            for form in forms:
                full_names[form].setdefault(name, True)
    return dict(full_names)


@cache
def common_family_names() -> frozenset[str]:
    """Family names that are so common that meeting one twice is no surprise."""
    return frozenset(_table()["common"]["family"])


def words(kind: str) -> frozenset[str]:
    """The words of one list in the table, such as “titles”, “degrees”, “particles” or “legal_forms”."""
    return frozenset(_table()["words"][kind])


# --------------------------------------------------------------------------- words that do not belong to a name

_TITLES = words("titles")
_BEHIND_A_TITLE = words("titles_behind_a_title")
_DEGREES = words("degrees")
_BEHIND_A_COMMA = _DEGREES | words("degrees_behind_a_comma")
_GENERATIONS = {"jr": "jr", "jnr": "jr", "sr": "sr", "snr": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}
_PARTICLES = words("particles")
_PRONOUNS = words("pronouns")

_BRACKETS = re.compile(r"[(\[{“”„«\"]([^()\[\]{}“”„«»\"]*)[)\]}“”»\"]")
_BETWEEN_LETTERS = re.compile(r"(?<=\w)['’‘`´ʼ](?=\w)")
_REMARK = re.compile(r"\s[-–—/•·]\s|\|")
_ACRONYM = re.compile(r"\b(?:[^\W\d_]{1,2}\.){2,}")
_HYPHENS = re.compile(r"[-‐‑–]+")

_LATIN = str.maketrans(
    dict(zip("абвгдеёзийклмнопрстуфыэіґøłđðı", "abvgdeeziyklmnoprstufyeigolddi", strict=True))
    | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
    | {"є": "ye", "ї": "yi", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not decompose, and Cyrillic ones transcribed as in passports (nearly ICAO 9303)."""

_WRITTEN_OUT = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"))


# --------------------------------------------------------------------------- parsing


@dataclass(frozen=True, slots=True, eq=False)
class NamePart:
    """One word of a name: as written, folded, and folded further so that “Müller” and “Mueller” are equal.

    `pieces` are the words that a hyphen or a particle joins: “Fischer-Braun” has two, “van Houten” has “Houten”.
    """

    shown: str
    form: str
    loose: str
    pieces: tuple["NamePart", ...] = ()

    def __iter__(self) -> Iterator["NamePart"]:
        """The whole word, then its pieces."""
        yield self
        yield from self.pieces


@dataclass(frozen=True, slots=True)
class ParsedName:
    """The parts of a name: the first, all others with the family name last, and those in brackets."""

    given: NamePart | None = None
    rest: tuple[NamePart, ...] = ()
    also: tuple[NamePart, ...] = ()
    generation: str = ""

    @property
    def family(self) -> NamePart | None:
        return self.rest[-1] if self.rest else None

    @property
    def firsts(self) -> tuple[NamePart, ...]:
        """Every name that the person may be called by: the first name, names in brackets, second names."""
        return (self.given, *self.also, *self.rest[:-1]) if self.given else ()

    @property
    def parts(self) -> tuple[NamePart, ...]:
        return ((self.given,) if self.given else ()) + self.rest


def read(name: str, given_name: str = "", family_name: str = "") -> ParsedName:
    """The parts of a displayed name; the first and the family name help where the address book knows them.

    Every text is accepted: without letters, it has no parts. An e-mail address in place of a name is read as a name.

    >>> [part.form for part in read("Wu-Hansen, Prof. Dr. Dana M., PhD").parts]
    ['dana', 'm', 'wuhansen']
    """
    if plain := _plain(name, given_name, family_name):
        return plain
    text, also = _without_brackets(name if " " in name.strip() else name.partition("@")[0])
    commas = _around_commas(_REMARK.split(text)[0].strip() or text)
    given, family = _parts(_without_brackets(given_name)[0]), _parts(_without_brackets(family_name)[0], family=True)
    shown = fold(text)
    if not (given and family and all(word.form in shown for word in (*given, *family))):
        given = _parts(commas.given or commas.front)
        family = _parts(commas.front, family=True) if commas.given else []
    words = _as_written(given, family)
    return ParsedName(words[0] if words else None, tuple(words[1:]), tuple(also), commas.generation)


def _plain(name: str, given_name: str, family_name: str) -> ParsedName | None:
    """The parts of a name of two plain words, as most are: nothing has to be removed, in a tenth of the time."""
    given, _, family = name.partition(" ")
    if not (given.isalpha() and family.isalpha()) or len(name) > LONGEST_WORD:
        return None
    parts = part(given), part(family)
    special = parts[0].form in _TITLES | _DEGREES or parts[1].form in _DEGREES | _GENERATIONS.keys()
    differs = given_name and family_name and (given, family) != (given_name, family_name)
    if special or differs or not parts[0].form or not parts[1].form or all(map(_is_ideographic, parts)):
        return None
    return ParsedName(parts[0], parts[1:])


def _without_brackets(name: str) -> tuple[str, list[NamePart]]:
    """A name without brackets and quotes, and the names that stand in them; pronouns are left out."""
    text = _BETWEEN_LETTERS.sub("", unicodedata.normalize("NFC", name[:MOST_CHARACTERS]))
    inside = [re.split(r"[\s/,]+", words.strip()) for words in _BRACKETS.findall(text)]
    also = [part(word) for words in inside if len(words) <= 2 for word in words if fold(word) not in _PRONOUNS]
    nicknames = [name for name in also if len(name.form) > 1 and not name.shown.isupper()]
    return _BRACKETS.sub(" ", text), nicknames[:2]


class _CommaParts(NamedTuple):
    """A name split at its commas: the text before the first, a given name after one if any, and “jr” or “iii”."""

    front: str
    given: str
    generation: str


def _around_commas(text: str) -> _CommaParts:
    front, *pieces = text.split(",")
    words = map(fold, text.replace(",", " ").split()[1:])
    generation = next((_GENERATIONS[word] for word in words if word in _GENERATIONS), "")
    named = (piece for piece in pieces if not set(map(fold, _words(piece))) <= _BEHIND_A_COMMA | _GENERATIONS.keys())
    behind = _parts(next(named, ""))
    is_name = 1 <= len(behind) <= 3 and (len(_parts(front, family=True)) == 1 or behind[0].form in given_names())
    return _CommaParts(front, " ".join(word.shown for word in behind) if is_name else "", generation)


def _words(text: str) -> list[str]:
    """The words that contain letters. A dot separates two words, except within a degree."""
    text = _ACRONYM.sub(lambda match: _closed(match[0]), text)
    return [word[:LONGEST_WORD] for word in text.replace(".", " ").split() if fold(word)][:MOST_WORDS]


def _closed(acronym: str) -> str:
    closed = acronym.replace(".", "")
    return f" {closed} " if fold(closed) in _BEHIND_A_COMMA else acronym


def _parts(text: str, *, family: bool = False) -> list[NamePart]:
    """The parts of a name without titles, degrees and generation, with particles joined to the following word."""
    words = _bare(_words(text.partition(",")[0]))
    parts: list[NamePart] = []
    before: list[str] = []
    for number, word in enumerate(words):
        if fold(word) in _PARTICLES and number + 1 < len(words) and (number or family):
            before.append(word)
        else:
            parts.append(_joined(before, part(word)) if before else part(word))
            before = []
    return parts


def _joined(particles: list[str], core: NamePart) -> NamePart:
    before = "".join(map(fold, particles))
    return NamePart(" ".join((*particles, core.shown)), before + core.form, before + core.loose, (core,))


def _bare(parts: list[str]) -> list[str]:
    """The words without leading titles and trailing degrees; one word always stays."""
    titles = _TITLES | _DEGREES
    while len(parts) > 1 and fold(parts[0]) in titles:
        parts, titles = parts[1:], _TITLES | _DEGREES | _BEHIND_A_TITLE
    while len(parts) > 1 and fold(parts[-1]) in _DEGREES | _GENERATIONS.keys():
        parts = parts[:-1]
    return parts


def _as_written(given: Sequence[NamePart], family: Sequence[NamePart]) -> list[NamePart]:
    """The parts in Western order. Chinese and Korean names put the family name first, mostly without a space."""
    words = [*given, *family]
    if not words or not all(map(_is_ideographic, words)):
        return words
    if len(words) == 1 and 2 <= len(words[0].shown) <= 4:
        return [part(words[0].shown[1:]), part(words[0].shown[:1])]
    return words[::-1] if not family and len(words) == 2 and len(words[0].shown) == 1 else words


def _is_ideographic(word: NamePart) -> bool:
    return all("\u3400" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" for char in word.shown)


@lru_cache(maxsize=1 << 16)
def part(word: str) -> NamePart:
    """A word of a name, with the pieces between its hyphens."""
    form = fold(word)
    loose = form
    for long, short in _WRITTEN_OUT:
        loose = loose.replace(long, short)
    pieces = _HYPHENS.split(word) if _HYPHENS.search(word) else ()
    shown = word if word.isalpha() else "".join(filter(_belongs, word)).strip("-")
    own_pieces = tuple(part(piece) for piece in pieces if fold(piece) and fold(piece) not in _PARTICLES)
    return NamePart(shown, form, loose, own_pieces)


def _belongs(char: str) -> bool:
    """Whether a character is shown where a name is quoted: letters, their marks, hyphens."""
    return char.isalpha() or char == "-" or unicodedata.category(char) in ("Mn", "Mc")


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """The letters of a word in lower case and without accents, Cyrillic ones transcribed to Latin."""
    if word.isascii():
        return "".join(filter(str.isalpha, word)).lower()
    plain = normalise_name(unicodedata.normalize("NFC", word).casefold().translate(_LATIN))
    return "".join(char for char in plain if char.isalpha() or unicodedata.category(char) in ("Mn", "Mc"))
