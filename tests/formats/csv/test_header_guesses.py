"""Guesses for columns from their headers in four languages, and headers that allow no guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.formats.csv.header_guesses import Guess, guess, guesses
from netcrm.formats.csv.mapped import FIELDS
from tests.helpers import hostile


@pytest.mark.parametrize(
    ("header", "field", "label"),
    [
        ("Full Name", "name", ""),
        ("vollständiger Name", "name", ""),
        ("FIRST_NAME", "given-name", ""),
        ("Prénom", "given-name", ""),
        ("Apellidos", "family-name", ""),
        ("E-Mail-Adresse", "email", ""),
        ("E-mail 2 Address", "email", ""),
        ("Work e-mail", "email", "work"),
        ("Correo electrónico", "email", ""),
        ("Phone2", "phone", ""),
        ("Telefon (privat)", "phone", "home"),
        ("Téléphone portable", "phone", "cell"),
        ("Handynummer", "phone", "cell"),
        ("Business Fax", "phone", "work fax"),
        ("Mobile", "phone", "cell"),
        ("Home Number", "phone", "home"),
        ("Company Phone", "phone", ""),
        ("LinkedIn URL", "linkedin", ""),
        ("Home Page", "url", ""),
        ("Sitio web", "url", ""),
        ("Firma", "company", ""),
        ("Entreprise", "company", ""),
        ("Job-Title", "title", ""),
        ("Puesto", "title", ""),
        ("Date of Birth", "birthday", ""),
        ("Fecha de nacimiento", "birthday", ""),
        ("Zeitzone", "timezone", ""),
        ("Étiquettes", "tag", ""),
        ("Bemerkungen", "note", ""),
        ("Connected On", "connected-on", ""),
        ("Work Address", "address", "work"),
        ("Straße", "address", ""),
    ],
)
def test_headers_in_four_languages(header: str, field: str, label: str) -> None:
    """Headers are understood in any case, with or without accents, hyphens and numbers; they also give the label."""
    guessed = guess(header)
    assert guessed
    assert (guessed.field, guessed.label) == (field, label)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Date",
        "Home",
        "Work",
        "Titel",
        "Anrede",
        "E-mail 1 - Type",
        "Phone Label",
        "Email Opt In",
        "Pets",
        "Emailed",
        "7",
    ],
)
def test_headers_that_say_nothing(header: str) -> None:
    """There is no guess for an ambiguous word, for the kind of another column's value, or for a part of a word."""
    assert guess(header) is None


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (("Name", "Vorname"), ("family-name", "given-name")),
        (("Nom", "Prénom"), ("family-name", "given-name")),
        (("Nombre", "Apellidos"), ("given-name", "family-name")),
        (("Name", "First Name", "Last Name"), ("name", "given-name", "family-name")),
        (("Nombre", "Correo"), ("name", "email")),
        (("Title", "First Name", "Job Title"), (None, "given-name", "title")),
        (("Title", "Name"), ("title", "name")),
    ],
)
def test_a_header_means_what_those_beside_it_leave(headers: tuple[str, ...], fields: tuple[str | None, ...]) -> None:
    """Three headers of names depend on the other columns, and so does “Title”, which may be a form of address."""
    assert tuple(guessed and guessed.field for guessed in guesses(headers)) == fields


def test_the_parts_of_an_address_belong_together() -> None:
    """Street, postal code and town with one label make one address; a whole address is not a part."""
    columns = [guess(header) for header in ("Home Street", "Home ZIP", "Work City", "PLZ", "Ort", "Adresse")]
    groups = [column.group for column in columns if column]
    assert groups == ["home address", "home address", "work address", "address", "address", "address"]
    assert [bool(column and column.part) for column in columns] == [True] * 5 + [False]


def test_where_the_month_may_come_first() -> None:
    """The month may come first under an English header only."""
    assert [guess(header) for header in ("Birthday", "Geburtstag")] == [
        Guess("birthday", english=True),
        Guess("birthday"),
    ]


@given(st.lists(hostile.texts | st.text(max_size=20), max_size=8))
def test_any_header_is_guessed_or_not(headers: list[str]) -> None:
    """Each header of any text gets a known field or no guess."""
    columns = guesses(headers)
    assert len(columns) == len(headers)
    assert all(column is None or column.field in FIELDS for column in columns)
