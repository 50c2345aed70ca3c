"""What a header says of its column, in four languages; and that it says nothing where it says nothing."""

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
    """In any case, with or without accents, hyphens and numbers; the kind of an address is its label."""
    found = guess(header)
    assert found
    assert (found.field, found.label) == (field, label)


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
    """A word that could be anything, the kind of another column's value, a part of a word."""
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
    """Three words of names, and the form of address that English calls a title too."""
    assert tuple(found and found.field for found in guesses(headers)) == fields


def test_the_parts_of_an_address_belong_together() -> None:
    """Street, postal code and town of one kind are one address; the whole of one is no part."""
    found = [guess(header) for header in ("Home Street", "Home ZIP", "Work City", "PLZ", "Ort", "Adresse")]
    groups = [one.group for one in found if one]
    assert groups == ["home address", "home address", "work address", "address", "address", "address"]
    assert [bool(one and one.part) for one in found] == [True] * 5 + [False]


def test_where_the_month_may_come_first() -> None:
    """English headers say so; the others' days come first."""
    assert [guess(header) for header in ("Birthday", "Geburtstag")] == [
        Guess("birthday", english=True),
        Guess("birthday"),
    ]


@given(st.lists(hostile.texts | st.text(max_size=20), max_size=8))
def test_any_header_is_guessed_or_not(headers: list[str]) -> None:
    """Whatever the headers: a field that there is, or nothing, for each."""
    found = guesses(headers)
    assert len(found) == len(headers)
    assert all(one is None or one.field in FIELDS for one in found)
