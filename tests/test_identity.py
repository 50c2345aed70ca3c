"""Who is who: normal forms, and matching that never guesses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.identity import (
    Ambiguity,
    Known,
    normalise,
    normalise_email,
    normalise_linkedin,
    normalise_name,
    normalise_phone,
    normalise_url,
)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Émile  O'Neill", "emile o neill"),
        ("  DANA   WU ", "dana wu"),
        ("Straße", "strasse"),
        ("李 娜", "李 娜"),
        ("!!", "!!"),
    ],
)
def test_names_are_compared_without_case_accents_and_punctuation(name: str, form: str) -> None:
    """Two spellings of one name have one form; a name of signs alone keeps them."""
    assert normalise_name(name) == form


@given(st.text(max_size=40))
def test_a_normal_form_is_its_own(name: str) -> None:
    """Normalising twice is normalising once."""
    assert normalise_name(normalise_name(name)) == normalise_name(name)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.linkedin.com/in/dana-wu",
        "http://de.linkedin.com/in/Dana-Wu/",
        "linkedin.com/in/dana-wu?trk=people",
        "https://linkedin.com/in/dana%2Dwu#about",
        "/in/dana-wu",
        "in/DANA-WU/",
        "https://www.linkedin.com/de/in/dana-wu",
    ],
)
def test_a_linkedin_profile_has_one_form(url: str) -> None:
    """Scheme, country, case, query and percent signs make no other person."""
    assert normalise_linkedin(url) == "linkedin.com/in/dana-wu"


def test_letters_of_a_profile_are_decoded() -> None:
    """LinkedIn percent-encodes names; the form has the letters."""
    assert normalise_linkedin("https://www.linkedin.com/in/j%C3%BCrgen") == "linkedin.com/in/jürgen"


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("linkedin", "https://example.com/in/dana", "not a LinkedIn profile"),
        ("linkedin", "https://evil-linkedin.com/in/dana", "not a LinkedIn profile"),
        ("linkedin", "dana", "not a LinkedIn profile"),
        ("linkedin", "https://[x/in/y", "not a LinkedIn profile"),
        ("email", "dana", "not an e-mail address"),
        ("email", "dana@@x.example", "not an e-mail address"),
        ("email", "a b@x.example", "not an e-mail address"),
        ("phone", "12", "not a phone number"),
        ("phone", "call me", "not a phone number"),
        ("url", "nonsense and more", "not a web address"),
        ("url", "ftp://x.example", "not a web address"),
        ("url", "https://[x", "not a web address"),
    ],
)
def test_what_is_none_is_refused_in_words(kind: str, value: str, why: str) -> None:
    """Each refusal says what it is not, and how to write it."""
    with pytest.raises(ValueError, match=f"{why}.*write it like"):
        normalise(kind, value)  # type: ignore[arg-type] # a case is a text


@pytest.mark.parametrize(
    ("phone", "form"),
    [
        ("+49 (30) 123-45", "+493012345"),
        ("0049 30 12345", "+493012345"),
        ("030 12345", "03012345"),
        ("555 0100 ext. 7", "55501007"),
    ],
)
def test_phones_are_their_digits(phone: str, form: str) -> None:
    """A number is its digits, with a + where it says which country."""
    assert normalise_phone(phone) == form


@pytest.mark.parametrize("email", ["Dana.Wu@Acme.example", "dana.wu@acme.example", " dana.wu@ACME.example "])
def test_e_mail_is_compared_without_case(email: str) -> None:
    """No server in use tells two addresses apart by their case."""
    assert normalise_email(email) == "dana.wu@acme.example"


def test_addresses_of_the_rest_of_the_world_are_addresses() -> None:
    """Letters beyond ASCII are allowed where mail allows them (RFC 6531)."""
    assert normalise_email("jürgen@exämple.org") == "jürgen@exämple.org"


def test_links_are_compared_without_what_browsers_ignore() -> None:
    """Scheme, www and a closing slash make no other page; the path does."""
    assert normalise_url("https://www.example.com/Dana/") == normalise_url("example.com/Dana") == "example.com/Dana"
    assert normalise_url("http://example.com/?q=1") == "example.com?q=1"


@pytest.mark.parametrize(("kind", "value"), [("address", "Main Street 1"), ("im", "xmpp:dana")])
def test_other_methods_are_compared_as_names(kind: str, value: str) -> None:
    """Postal addresses and messengers have no grammar worth enforcing."""
    assert normalise(kind, value) == normalise_name(value)  # type: ignore[arg-type] # a case is a text


# --------------------------------------------------------------------------- matching

Row = tuple[str, str | None, str | None, str | None]
DANA, DANA_2, SAM, LENA = 1, 2, 3, 4


@pytest.fixture
def known() -> Known:
    """Two Danas at different companies, one of them on LinkedIn; Sam with an e-mail; Lena with a name alone."""
    contacts = [
        (DANA, "Dana Wu", "Acme", True),
        (DANA_2, "Dana Wu", "Globex", False),
        (SAM, "Sam Okafor", "Acme", False),
        (LENA, "Lena Fischer", None, False),
    ]
    return Known(contacts, [(DANA, "linkedin", "linkedin.com/in/dana"), (SAM, "email", "sam@acme.example")])


@pytest.mark.parametrize(
    ("row", "who"),
    [
        (("Somebody Else", "Elsewhere", None, "linkedin.com/in/dana"), DANA),
        (("Somebody Else", None, "sam@acme.example", None), SAM),
        (("Sam Okafor", "Acme", "sam@acme.example", "linkedin.com/in/sam"), SAM),
        (("dana  wu", "GLOBEX", None, None), DANA_2),
        (("Dana Wu", "Globex", None, "linkedin.com/in/other"), DANA_2),
        (("Dana Wu", "Initech", None, "linkedin.com/in/third"), None),
        (("Dana Wu", "Acme", None, "linkedin.com/in/namesake"), None),
        (("Lena Fischer", "Anywhere", None, None), LENA),
        (("Nobody Known", "Acme", None, None), None),
    ],
)
def test_addresses_come_before_names(known: Known, row: Row, who: int | None) -> None:
    """A LinkedIn address decides, then an e-mail, then a name whose company agrees or is unknown."""
    assert known.match(*row) == who


@pytest.mark.parametrize(
    ("row", "candidates", "reason"),
    [
        (("Dana Wu", None, None, None), (DANA, DANA_2), "same name"),
        (("Dana Wu", "Acme", "sam@acme.example", "linkedin.com/in/dana"), (DANA, SAM), "different people"),
    ],
)
def test_what_fits_two_is_never_guessed(known: Known, row: Row, candidates: tuple[int, ...], reason: str) -> None:
    """A row that may mean two people names both, and why."""
    found = known.match(*row)
    assert isinstance(found, Ambiguity)
    assert found.candidates == candidates
    assert reason in found.reason


def test_an_e_mail_two_people_share_decides_nothing(known: Known) -> None:
    """An address of a whole team is nobody's name."""
    known.add(LENA, "Lena Fischer", None, [("email", "sam@acme.example")])
    found = known.match("X", None, "sam@acme.example", None)
    assert isinstance(found, Ambiguity)
    assert "share" in found.reason


def test_an_e_mail_against_a_linkedin_address_decides_nothing(known: Known) -> None:
    """Somebody's e-mail with another's LinkedIn address is for a person to settle."""
    known.add(DANA, "Dana Wu", "Acme", [("email", "dana@acme.example")])
    found = known.match("Dana Wu", "Acme", "dana@acme.example", "linkedin.com/in/new")
    assert isinstance(found, Ambiguity)
    assert found.candidates == (DANA,)


def test_people_of_earlier_rows_are_known(known: Known) -> None:
    """A second row about a newcomer means the newcomer."""
    known.add(-1, "New Person", "Acme", [("linkedin", "linkedin.com/in/new")])
    assert known.match("New Person", None, None, "linkedin.com/in/new") == -1
    assert known.match("New Person", "Acme", None, None) == -1
