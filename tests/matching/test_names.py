"""Parsing the parts of a name, and the word lists for it."""

import tomllib
from importlib.resources import files
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.matching.names import LONGEST_WORD, MOST_WORDS, common_family_names, fold, given_names, part, read, words
from netcrm.matching.normalize import normalise_name
from tests.helpers import hostile

TABLE: dict[str, Any] = tomllib.loads(files("netcrm.matching").joinpath("wordlists.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Dana Wu", "dana wu"),
        ("  DANA   WU ", "dana wu"),
        ("Wu, Dana", "dana wu"),
        ("van der Berg, Jan", "jan vanderberg"),
        ("García López, Ana", "ana garcia lopez"),
        ("Dana Wu, Recruiter", "dana wu"),
        ("Dana Wu | Hiring for Acme", "dana wu"),
        ("Dana Wu - Acme Robotics", "dana wu"),
        ("Dr. Dana Wu, PhD, MBA", "dana wu"),
        ("Prof. Dr. med. habil. Dana Wu", "dana wu"),
        ("Dana Wu Ph.D.", "dana wu"),
        ("Dana Wu M.B.A.", "dana wu"),
        ("Ph.D. Dana Wu", "dana wu"),
        ("Jack Ma", "jack ma"),
        ("Jack Ma, MA", "jack ma"),
        ("Dr. Wu", "wu"),
        ("Dr", "dr"),
        ("Dana Wu 🚀", "dana wu"),
        ("Dana Wu (she/her)", "dana wu"),
        ("J.R.R. Tolkien", "j r r tolkien"),
        ("Katherine O'Neill", "katherine oneill"),
        ("Katherine O’Neill", "katherine oneill"),
        ("Jan van der Berg", "jan vanderberg"),
        ("Ben van Dyke", "ben vandyke"),
        ("Van Morrison", "van morrison"),
        ("Maria de la Cruz", "maria delacruz"),
        ("Abdul al-Rashid", "abdul alrashid"),
        ("Hans-Peter Fischer-Braun", "hanspeter fischerbraun"),
        ("Søren Kjær", "soren kjaer"),
        ("Łukasz Đorđević", "lukasz dordevic"),
        ("Дмитрий Соколов", "dmitriy sokolov"),
        ("李娜", "娜 李"),
        ("李 娜", "娜 李"),
        ("राम शर्मा", "राम शर्मा"),
        ("lena.fischer@acme.example", "lena fischer"),
        ("+49 30 1234567", ""),
        ("🚀", ""),
        ("", ""),
    ],
)
def test_a_name_is_read_in_parts(name: str, parts: str) -> None:
    """First names, then others, then the family name, without titles and remarks, in any script."""
    assert " ".join(word.form for word in read(name).parts) == parts


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        (("Dana Wu", "Dana", "Wu"), "dana wu"),
        (("Dana Wu", "Dana", "Wu, PhD"), "dana wu"),
        (("Wu Dana", "Dana", "Wu"), "dana wu"),
        (("Jan van Berg", "Jan", "van Berg"), "jan vanberg"),
        (("Dana Kim", "Dana", "Wu"), "dana kim"),
        (("Dana Wu", "Dana Wu", ""), "dana wu"),
    ],
)
def test_fields_say_which_part_is_which(fields: tuple[str, str, str], parts: str) -> None:
    """The first and family name fields are used if the shown name contains them."""
    assert " ".join(word.form for word in read(*fields).parts) == parts


@pytest.mark.parametrize(
    ("name", "also", "generation"),
    [
        ("Robert (Bob) Cole", ["bob"], ""),
        ("Robert “Bob” Cole Jr.", ["bob"], "jr"),
        ('Robert "Bob" Cole, Sr.', ["bob"], "sr"),
        ("Anna Schmidt (née Meyer)", ["meyer"], ""),
        ("Dana Wu (they/them)", [], ""),
        ("Dana Wu (open to new roles)", [], ""),
        ("Eva Lang (FH)", [], ""),
        ("Bob Cole III", [], "iii"),
        ("Jr", [], ""),
    ],
)
def test_other_names_and_generations(name: str, also: list[str], generation: str) -> None:
    """One or two words in brackets are another name; “Jr.” is not a name."""
    name_parts = read(name)
    assert [word.form for word in name_parts.also] == also
    assert name_parts.generation == generation


@pytest.mark.parametrize(
    ("word", "right"),
    [("Müller", "Mueller"), ("Müller", "Muller"), ("Åkesson", "Aakesson"), ("Kjær", "Kjaer"), ("Weiß", "Weiss")],
)
def test_letters_that_are_written_out_are_the_same(word: str, right: str) -> None:
    """An umlaut equals its spelling without one."""
    assert part(word).loose == part(right).loose


WORDS = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=12)


@given(
    WORDS | st.sampled_from(["Dr", "Jr", "van", "Ms", "PhD", "李", "娜"]), WORDS | st.sampled_from(["Jr", "PhD", "娜"])
)
def test_plain_names_are_read_as_all_are(first: str, last: str) -> None:
    """The quick parser for two words gives the same result as the full parser, which a trailing blank triggers."""
    quick, long = (read(name) for name in (f"{first} {last}", f"{first} {last} "))
    assert [word.form for word in quick.parts] == [word.form for word in long.parts]


@given(hostile.texts, hostile.texts, hostile.texts)
def test_any_text_is_a_name(name: str, given_name: str, family_name: str) -> None:
    """Any text gives few parts, none long, none empty, and no control sequences for a terminal."""
    name_parts = read(name, given_name, family_name)
    assert len(name_parts.parts) <= 2 * MOST_WORDS
    for word in (*name_parts.parts, *name_parts.also):
        assert word.form
        assert word.loose
        assert len(word.shown) <= LONGEST_WORD * MOST_WORDS
        assert not any(map(hostile.drives_a_terminal, word.shown))


# --------------------------------------------------------------------------- lists


def test_the_lists_are_tidy() -> None:
    """The lists are folded and sorted without repeats; no name is short for itself, no spelling
    belongs to two names.
    """
    short, spellings, common = TABLE["short"], TABLE["spellings"], TABLE["common"]
    tables = [spellings, *short.values()]
    lists = [*common.values(), *TABLE["words"].values(), *(forms for table in tables for forms in table.values())]
    for table in tables:
        assert list(table) == sorted(table)
    for name, forms in chain.from_iterable(table.items() for table in tables):
        assert name not in forms
    for forms in lists:
        assert len(set(forms)) == len(forms) > 0
        assert all(normalise_name(form) == form or not form.isascii() or "-" in form for form in forms)
    spelled = list(chain.from_iterable(spellings.values()))
    assert len(spelled) == len(set(spelled))
    assert not set(spelled) & (spellings.keys() | {name for names in short.values() for name in names})


def test_the_lists_are_large() -> None:
    """There are hundreds of names with short forms in eight groups of languages, and hundreds of family names."""
    assert len({name for names in TABLE["short"].values() for name in names}) > 500
    assert len(TABLE["short"]) == 8
    assert len(common_family_names()) > 300
    assert {"dr", "frau"} <= words("titles")


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("bob", {"robert": True}),
        ("sasha", {"alexander": True, "alexandra": True}),
        ("kathryn", {"catherine": False}),
        ("pepe", {"jose": True}),
        ("gosia", {"malgorzata": True}),
        ("dima", {"dmitri": True}),
        ("beppe", {"giuseppe": True}),
        ("uschi", {"ursula": True}),
        ("lena", {"magdalena": True, "maddalena": True, "elena": True}),
        ("kevin", {"kevin": False}),
        ("okonkwo", None),
    ],
)
def test_whose_name_a_form_is(form: str, names: dict[str, bool] | None) -> None:
    """A short form has all its full names, a spelling has one, an unknown form has none."""
    assert given_names().get(form) == names


def test_folding_leaves_letters() -> None:
    """Characters that are not letters are dropped; marks that are vowels stay, as in `normalise_name`."""
    assert fold("O'Neill-7") == "oneill"
    assert fold("राम") != fold("रीम")
