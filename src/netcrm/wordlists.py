"""Given names that are one name, names that many bear, words that are none: what `wordlists.toml` beside this says.

The table is the program's own, as constant as its code. Published lists are of English names alone and made for
family trees; this one has what living people go by in the languages of an address book in Europe and America.
"""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("netcrm").joinpath("wordlists.toml").read_text(encoding="utf-8"))


@cache
def given_names() -> Mapping[str, Mapping[str, bool]]:
    """Each known form of a given name with the names that it may be, and whether it is a short form of them.

    >>> given_names()["bob"], given_names()["kathryn"]
    ({'robert': True}, {'catherine': False})
    """
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    spellings, short = _table()["spellings"], _table()["short"]
    names = {name for language in short.values() for name in language}
    for name in sorted({*names, *spellings, *_table()["common"]["given"]}):
        for spelling in (name, *spellings.get(name, ())):
            found[spelling][name] = False
    for language in short.values():
        for name, forms in language.items():
            for form in forms:
                found[form].setdefault(name, True)
    return dict(found)


@cache
def common_family_names() -> frozenset[str]:
    """Family names that so many people bear that one more is no surprise."""
    return frozenset(_table()["common"]["family"])


def words(kind: str) -> frozenset[str]:
    """The words of one list: “titles”, “degrees”, “particles”, “legal_forms” and so on, by their names in the table."""
    return frozenset(_table()["words"][kind])
