"""Normal forms, and matching that never guesses."""

import re
import string
import sys
import unicodedata
from urllib.parse import quote

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from netcrm.matching.normalize import (
    nearest,
    normalise,
    normalise_email,
    normalise_linkedin,
    normalise_name,
    normalise_phone,
    normalise_url,
    spellings,
)
from netcrm.matching.resolver import MOST_CANDIDATES, Ambiguity, Known
from tests.helpers import hostile


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Émile  O'Neill", "emile o neill"),
        ("  DANA   WU ", "dana wu"),
        ("Straße", "strasse"),
        ("李 娜", "李 娜"),
        ("!!", "!!"),
        ("¡!", "¡!"),
        ("Dana_Wu ❤️", "dana wu"),
        ("אַבְרָהָם", "אברהם"),
        ("مُحَمَّد", "محمد"),
    ],
)
def test_names_are_compared_without_case_accents_and_punctuation(name: str, form: str) -> None:
    """Two spellings of one name have one form; a name of symbols alone keeps them."""
    assert normalise_name(name) == form


@given(st.text(max_size=40))
def test_a_normal_form_is_its_own(name: str) -> None:
    """Normalising twice gives the same as normalising once."""
    assert normalise_name(normalise_name(name)) == normalise_name(name)


def test_every_characters_normal_form_is_its_own() -> None:
    """No character, however rare, needs a second pass."""
    characters = map(chr, range(sys.maxunicode + 1))
    changing = (char for char in characters if unicodedata.normalize("NFKD", char) != char or char.casefold() != char)
    form = normalise_name(" ".join(f"a{char}b" for char in changing))
    assert len(form) > 20_000
    assert normalise_name(form) == form


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("राम", "रीम"),
        ("கமலா", "கமலி"),
        ("กิต", "กีต"),
        ("かく", "がく"),
        ("サトウ", "ザトウ"),
        ("김민수", "김민지"),
        ("Ana", "Anna"),
    ],
)
def test_marks_that_are_letters_tell_people_apart(left: str, right: str) -> None:
    """Indic and Thai vowels and the voicing of kana are not accents: two names stay two."""
    assert normalise_name(left) != normalise_name(right)
    assert match(Known([(1, left, "Acme", False)], []), right, "Acme", None, None) is None


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
        "//www.linkedin.com/in/dana-wu",
        "HTTPS://WWW.LINKEDIN.COM/IN/DANA-WU",
        "https://www.linkedin.com/in/dana-wu/de",
        "https://www.linkedin.com/in/dana-wu/details/experience/",
    ],
)
def test_a_linkedin_profile_has_one_form(url: str) -> None:
    """Scheme, country, case, query and percent signs do not change the profile."""
    assert normalise_linkedin(url) == "linkedin.com/in/dana-wu"


def test_letters_of_a_profile_are_decoded() -> None:
    """LinkedIn percent-encodes names; the normal form has the letters."""
    assert normalise_linkedin("https://www.linkedin.com/in/j%C3%BCrgen") == "linkedin.com/in/jürgen"
    assert normalise_linkedin("https://www.linkedin.com/in/JU%CC%88RGEN") == "linkedin.com/in/jürgen"


SLUGS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=30)


@given(SLUGS, SLUGS)
def test_two_profiles_are_never_one(left: str, right: str) -> None:
    """Any two percent-encoded names that differ in more than case and composition stay different."""
    forms = [normalise_linkedin(f"https://www.linkedin.com/in/{quote(slug, safe='')}") for slug in (left, right)]
    bare = [unicodedata.normalize("NFC", unicodedata.normalize("NFC", slug).casefold()) for slug in (left, right)]
    assert (forms[0] == forms[1]) == (bare[0] == bare[1])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("linkedin.com/pub/dana-wu/1/2/3", "linkedin.com/pub/dana-wu/4/5/6"),
        ("linkedin.com/in/j%E4", "linkedin.com/in/j%FC"),
        ("linkedin.com/in/a%3Fb", "linkedin.com/in/a%3Fc"),
    ],
)
def test_addresses_of_another_kind_stay_two(left: str, right: str) -> None:
    """Numbers of /pub/, bytes that are not UTF-8 and encoded characters are part of the profile."""
    assert normalise_linkedin(left) != normalise_linkedin(right)


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("linkedin", "https://example.com/in/dana", "not a LinkedIn profile"),
        ("linkedin", "https://evil-linkedin.com/in/dana", "not a LinkedIn profile"),
        ("linkedin", "dana", "not a LinkedIn profile"),
        ("linkedin", "https://[x/in/y", "not a LinkedIn profile"),
        ("linkedin", "https://linkedin.com.example.com/in/dana", "not a LinkedIn profile"),
        ("linkedin", "https://www.linkedin.com/company/acme", "not a LinkedIn profile"),
        ("linkedin", "https://www.linkedin.com/profile/view?id=1", "not a LinkedIn profile"),
        ("linkedin", "https://www.linkedin.com/in/a%00b", "not a LinkedIn profile"),
        ("linkedin", "https://www.linkedin.com/in/\ud800", "not a LinkedIn profile"),
        ("linkedin", "https://www.linkedin.com/in/%20", "not a LinkedIn profile"),
        ("linkedin", "/in/", "not a LinkedIn profile"),
        ("linkedin", "", "not a LinkedIn profile"),
        ("email", "a@" + "x" * 64 + ".example", "not an e-mail address"),
        ("email", "a@" + "x." * 130 + "org", "not an e-mail address"),
        ("url", "https://x.example/a\0b", "not a web address"),
        ("url", "https://x.example/a b", "not a web address"),
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
    """Each refusal says what is wrong, and shows the right form."""
    with pytest.raises(ValueError, match=f"{why}.*write it like"):
        normalise(kind, value)  # type: ignore[arg-type] # a case is a text


@pytest.mark.parametrize(
    ("phone", "form"),
    [
        ("+49 (30) 123-45", "+493012345"),
        ("0049 30 12345", "+493012345"),
        ("0049 (30) 12-34", "+49301234"),
        ("(+49) 30 1234567", "+49301234567"),
        ("+49 (0)30 1234567", "+49301234567"),
        ("+48 (0)22 123 45 67", "+48221234567"),
        ("+39 06 1234567", "+39061234567"),
        ("+49 0030 1234567", "+49301234567"),
        ("tel:+1-201-555-0123", "+12015550123"),
        ("+1-800-FLOWERS", "+18003569377"),
        ("\u202d+49 30 1234567\u202c", "+49301234567"),
        ("\u202dtel:+49 30 1234567 x12\u202c", "+49301234567;ext=12"),
        ("＋４９ ３０ １２３４５６７", "+49301234567"),
        ("+٤٩ ٣٠ ١٢٣٤٥٦٧", "+49301234567"),
        ("+49|(0)30|1234567", "+49301234567"),
    ],
)
def test_phones_that_say_their_country_are_international(phone: str, form: str) -> None:
    """A number with its country code has its form in E.164, however it is written."""
    assert normalise_phone(phone) == form
    assert normalise_phone(phone, "US") == form


@pytest.mark.parametrize(
    ("phone", "region", "form"),
    [
        ("(415) 555-2671", "US", "+14155552671"),
        ("030 12345", "DE", "+493012345"),
        ("030 12345", "de", "+493012345"),
        ("011 49 30 1234567", "US", "+49301234567"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("1-800-GO-FEDEX", "US", "+18004633339"),
        ("1 800 FLOWERS", "US", "+18003569377"),
        ("1-800-flowers", "US", "+18003569377"),
        ("555-2671", "US", "5552671"),
        ("110", "DE", "110"),
        ("030 12345", "XX", "03012345"),
        ("030 12345", "", "03012345"),
        ("030 12345", None, "03012345"),
        ("1-800-FLOWERS", None, "18003569377"),
        ("+999123456", None, "+999123456"),
        ("+49 30 1234567 / 030 7654321", "DE", "+493012345670307654321"),
        ("0049", None, "0049"),
    ],
)
def test_national_phones_need_a_region(phone: str, region: str | None, form: str) -> None:
    """A national number is international in a region where it is possible; elsewhere it is its digits."""
    assert normalise_phone(phone, region) == form
    assert normalise("phone", phone, region) == form
    assert spellings(phone, region)["phone"] == form


@pytest.mark.parametrize(
    ("extension", "form"),
    [
        *(
            (written, "12")
            for written in ("x12", "ext. 12", "Ext 12", "extension 12", ";ext=12", "#12", ", 12", "(x12)")
        ),
        *((written, "12") for written in ("Durchwahl 12", "DW: 12", "App. 12", "poste 12", "int. 12", "доб. 12")),
        ("x012", "012"),
        ("x7", "7"),
    ],
)
def test_extensions_are_kept(extension: str, form: str) -> None:
    """Two extensions make two numbers, in any notation; a leading zero is kept."""
    assert normalise_phone(f"+49 30 1234567 {extension}") == f"+49301234567;ext={form}"
    assert normalise_phone("555 0100 ext. 7") == "5550100;ext=7"


@pytest.mark.parametrize(
    ("phone", "region"),
    [
        *((phone, "DE") for phone in ("call me 12345", "12345 call me", "030 1234567 HOME", "030-1234-HOME")),
        *((phone, None) for phone in ("+", "+1", "x12", "FLOWERS", "1-AB", "1-800-FLOWERSANDCHOCOLATE")),
        *((phone, None) for phone in ("+49 30 1234567-HOME", "030 1234567-HOME", "030 1234 office")),
    ],
)
def test_remarks_are_no_numbers(phone: str, region: str | None) -> None:
    """Letters are dialled only if they complete a number; a remark is refused."""
    with pytest.raises(ValueError, match="not a phone number"):
        normalise_phone(phone, region)


REGIONS = st.sampled_from([None, "AR", "AU", "BR", "DE", "IT", "JP", "MX", "PL", "RU", "US", "XX"])
PHONES = st.one_of(
    st.from_regex(r"(\+|00)?[0-9]{1,3}[0-9 ()/.|٣\u202d-]{2,16}( ?x[0-9]{1,5}|;ext=[0-9]+|#[0-9])?", fullmatch=True),
    st.from_regex(r"\+?[0-9]{1,4}-[A-Z]{2,8}", fullmatch=True),
)


@given(PHONES, REGIONS)
def test_a_phones_form_is_its_own(phone: str, region: str | None) -> None:
    """Normalising twice gives the same as once, and an international form is the same in every region."""
    try:
        form = normalise_phone(phone, region)
    except ValueError:
        return
    assert normalise_phone(form, region) == form
    assert not form.startswith("+") or normalise_phone(form) == form
    assert re.fullmatch(r"\+?[0-9]+(;ext=[0-9]+)?", form)


@given(hostile.texts | st.from_regex(r"[0-9 +()/x.-]{1,20}", fullmatch=True), REGIONS)
def test_what_has_digits_and_no_letters_is_a_phone(phone: str, region: str | None) -> None:
    """Every text with three digits and no letters but an extension's is accepted."""
    bare = re.sub(r"(?i)\s*(?:ext\.?|x)\s*\d+$", "", phone.strip())
    plain = sum(char in string.digits for char in phone) >= 3 and not any(map(str.isalpha, bare))
    try:
        normalise_phone(phone, region)
    except ValueError:
        assert not plain


@pytest.mark.parametrize("email", ["Dana.Wu@Acme.example", "dana.wu@acme.example", " dana.wu@ACME.example "])
def test_e_mail_is_compared_without_case(email: str) -> None:
    """No mail server in use distinguishes addresses by case."""
    assert normalise_email(email) == "dana.wu@acme.example"


ATOMS = st.text("abcXYZ019_+-", min_size=1, max_size=70)
LABELS = st.from_regex(r"[a-z0-9]{1,70}(-[a-z0-9]{1,10})?", fullmatch=True)


@given(st.builds("{}.{}@{}.{}".format, ATOMS, ATOMS, LABELS, st.sampled_from(["org", "Example", "co.uk", "test"])))
def test_the_quick_way_takes_what_the_long_way_takes(email: str) -> None:
    """The quick check for plain addresses agrees with the library."""
    try:
        validate_email(email, check_deliverability=False, test_environment=True)
    except ValueError:
        with pytest.raises(ValueError, match="not an e-mail address"):
            normalise_email(email)
    else:
        assert normalise_email(email) == email.casefold()


def test_addresses_of_the_rest_of_the_world_are_addresses() -> None:
    """Letters beyond ASCII are accepted where mail allows them (RFC 6531)."""
    assert normalise_email("jürgen@exämple.org") == "jürgen@exämple.org"


def test_links_are_compared_without_what_browsers_ignore() -> None:
    """Scheme, www and a closing slash do not change the page; the path does."""
    assert normalise_url("https://www.example.com/Dana/") == normalise_url("example.com/Dana") == "example.com/Dana"
    assert normalise_url("http://example.com/?q=1") == "example.com?q=1"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("x.example/ü/漢?q=é", "x.example/%C3%BC/%E6%BC%A2?q=%C3%A9"),
        ("x.example/{a}|<b>\\^`", "x.example/%7Ba%7D%7C%3Cb%3E%5C%5E%60"),
        ("x.example/100%/%zz", "x.example/100%25/%25zz"),
        ("x.example/a,b;c", "x.example/a%2cb%3Bc"),
        ("müller.example/a", "m%C3%BCller.example/a"),
    ],
)
def test_a_link_and_its_percent_signs_are_one(left: str, right: str) -> None:
    """The typed and the encoded spelling (RFC 3986 §2.1) are equal; characters with a meaning stay distinct."""
    assert normalise_url(f"https://{left}") == normalise_url(right)
    assert normalise_url("x.example/a%2Fb") != normalise_url("x.example/a/b")


@pytest.mark.parametrize(("kind", "value"), [("address", "Main Street 1"), ("im", "xmpp:dana")])
def test_other_methods_are_compared_as_names(kind: str, value: str) -> None:
    """Postal addresses and messenger names have no enforced grammar."""
    assert normalise(kind, value) == normalise_name(value)  # type: ignore[arg-type] # a case is a text


# --------------------------------------------------------------------------- matching

Row = tuple[str, str | None, str | None, str | None]
DANA, DANA_2, SAM, LENA = 1, 2, 3, 4


def match(
    known: Known, name: str, company: str | None, email: str | None, linkedin: str | None
) -> int | Ambiguity | None:
    """The contact that a record with these addresses means."""
    methods = [("email", email), ("linkedin", linkedin)]
    return known.match(name, company, [(kind, value) for kind, value in methods if value])


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
    """A LinkedIn address decides, then an e-mail, then a name whose company is equal or unknown."""
    assert match(known, *row) == who


@pytest.mark.parametrize(
    ("row", "candidates", "reason"),
    [
        (("Dana Wu", None, None, None), (DANA, DANA_2), "same name"),
        (("Dana Wu", "Acme", "sam@acme.example", "linkedin.com/in/dana"), (DANA, SAM), "different people"),
    ],
)
def test_what_fits_two_is_never_guessed(known: Known, row: Row, candidates: tuple[int, ...], reason: str) -> None:
    """A row that may mean two people names both, with the reason."""
    result = match(known, *row)
    assert isinstance(result, Ambiguity)
    assert result.candidates == candidates
    assert reason in result.reason


def test_an_e_mail_two_people_share_decides_nothing(known: Known) -> None:
    """An address of a team identifies no contact."""
    known.add(LENA, "Lena Fischer", None, [("email", "sam@acme.example")])
    result = match(known, "X", None, "sam@acme.example", None)
    assert isinstance(result, Ambiguity)
    assert "share" in result.reason


def test_an_e_mail_against_a_linkedin_address_decides_nothing(known: Known) -> None:
    """An e-mail of one contact with the LinkedIn address of another is ambiguous."""
    known.add(DANA, "Dana Wu", "Acme", [("email", "dana@acme.example")])
    result = match(known, "Dana Wu", "Acme", "dana@acme.example", "linkedin.com/in/new")
    assert isinstance(result, Ambiguity)
    assert result.candidates == (DANA,)


def test_people_of_earlier_rows_are_known(known: Known) -> None:
    """A second row about a new contact means that contact."""
    known.add(-1, "New Person", "Acme", [("linkedin", "linkedin.com/in/new")])
    assert match(known, "New Person", None, None, "linkedin.com/in/new") == -1
    assert match(known, "New Person", "Acme", None, None) == -1


def test_a_company_that_is_unknown_to_one_side_fits(known: Known) -> None:
    """A contact known by name alone matches a row with a company, unless two have the name."""
    known.add(-1, "Lena Fischer", "Globex", [])
    assert match(known, "Lena Fischer", "Initech", None, None) == LENA
    assert match(known, "Lena Fischer", "Globex", None, None) == Ambiguity((-1, LENA), "they have the same name")


def test_who_is_linked_later_is_told_apart(known: Known) -> None:
    """A contact with a known LinkedIn address is not matched by a namesake with another one."""
    assert match(known, "Dana Wu", "Globex", None, "linkedin.com/in/new") == DANA_2
    known.add(DANA_2, "Dana Wu", "Globex", [("linkedin", "linkedin.com/in/dana-2")])
    assert match(known, "Dana Wu", "Globex", None, "linkedin.com/in/new") is None
    assert match(known, "Dana Wu", "Globex", None, None) == DANA_2


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Dana Wu", "DANA WU", "Sam Roe"]),
        st.sampled_from([None, "Acme", "acme", "Globex"]),
        st.sampled_from([None, "a@x.example", "b@x.example"]),
        st.sampled_from([None, "linkedin.com/in/a", "linkedin.com/in/b", "linkedin.com/in/c"]),
    ),
    max_size=12,
)


def take_in(known: Known, rows: list[Row]) -> list[int | Ambiguity]:
    """The contact that each row means, with new contacts added as they come."""
    result: list[int | Ambiguity] = []
    for number, (name, company, email, linkedin) in enumerate(rows, 1):
        who = match(known, name, company, email, linkedin)
        if not isinstance(who, Ambiguity):
            who = number if who is None else who
            methods = [(kind, value) for kind, value in (("email", email), ("linkedin", linkedin)) if value]
            known.add(who, name, company, methods)
        result.append(who)
    return result


@given(ROWS)
def test_two_linkedin_addresses_are_two_people(rows: list[Row]) -> None:
    """For any rows in any order, no contact gets two LinkedIn addresses, and no address two contacts."""
    pairs = {
        (who, row[3])
        for who, row in zip(take_in(Known([], []), rows), rows, strict=True)
        if row[3] and isinstance(who, int)
    }
    assert len(pairs) == len({who for who, _ in pairs}) == len({address for _, address in pairs})


@given(ROWS)
def test_the_same_rows_again_are_nobody_new(rows: list[Row]) -> None:
    """A repeated row means the same contact again, or has become ambiguous; it never adds a contact."""
    known = Known([], [])
    first = take_in(known, rows)
    for who, row in zip(first, rows, strict=True):
        again = match(known, *row)
        assert again is not None
        assert isinstance(who, Ambiguity) or isinstance(again, Ambiguity) or again == who


@given(
    st.lists(
        st.tuples(st.sampled_from(["Dana", "dana", "Sam"]), st.sampled_from([None, "Acme", "Globex"]), st.booleans()),
        max_size=8,
    ),
    st.sampled_from(["Dana", "Sam", "Eve"]),
    st.sampled_from([None, "ACME", "Globex"]),
    st.sampled_from([None, "linkedin.com/in/x"]),
)
def test_names_match_as_the_rule_reads(
    people: list[tuple[str, str | None, bool]], name: str, company: str | None, linkedin: str | None
) -> None:
    """The index agrees with a full scan: one candidate is the match, several are ambiguous, none is a new contact."""
    fitting = tuple(
        number
        for number, (right, at, linked) in enumerate(people)
        if right.casefold() == name.casefold()
        and (not at or not company or at.casefold() == company.casefold())
        and not (linked and linkedin)
    )
    result = match(
        Known([(number, *person) for number, person in enumerate(people)], []), name, company, None, linkedin
    )
    assert (result.candidates if isinstance(result, Ambiguity) else result) == (
        fitting if len(fitting) > 1 else next(iter(fitting), None)
    )


def test_thirty_thousand_namesakes() -> None:
    """A row costs the same however many contacts share its name; an ambiguity names ten of them."""
    known = Known([], [])
    rows: list[Row] = [("Dana Wu", "Acme", None, f"linkedin.com/in/dana-{number}") for number in range(30_000)]
    assert take_in(known, rows) == [*range(1, 30_001)]
    for _ in range(30_000):
        result = match(known, "Dana Wu", "Acme", None, None)
    assert isinstance(result, Ambiguity)
    assert result.candidates == tuple(range(1, MOST_CANDIDATES + 1))


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("smauel", "Samuel Okafor"),
        ("Samul Okafr", "Samuel Okafor"),
        ("benyousef", "Aïcha Benyoussef"),
        ("aicha", "Aïcha Benyoussef"),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_nearest_name(word: str, result: str | None) -> None:
    """A mistyped name, whole or in part, suggests the right contact; an unlike word suggests none."""
    assert nearest(word, ["Samuel Okafor", "Aïcha Benyoussef", "Li"]) == result


def test_two_who_share_a_phone_and_a_name_are_both_named() -> None:
    """A phone that fits two people of one name is ambiguous."""
    known = Known(
        [(1, "Sam Okafor", None, False), (2, "Sam", None, False)], [(who, "phone", "+4930") for who in (1, 2)]
    )
    assert known.match("Sam Okafor", "Acme", [("phone", "+4930")]) == Ambiguity((1, 2), "they share its phone")


def test_a_uid_and_an_address_of_two_people_tell_nobody() -> None:
    """A UID of one contact with an address of another is ambiguous."""
    known = Known([(1, "Sam", None, False), (2, "Dana", None, False)], [(1, "uid", "one"), (2, "email", "d@x.example")])
    result = known.match("Sam", None, [("email", "d@x.example"), ("uid", "one")])
    assert result == Ambiguity((1, 2), "its UID and its addresses belong to different people")


def test_uids_of_two_people_are_nobodys() -> None:
    """A card with the UIDs of two contacts is ambiguous."""
    known = Known([(1, "Sam", None, False), (2, "Dana", None, False)], [(1, "uid", "one"), (2, "uid", "two")])
    result = known.match("Sam", None, [("uid", "one"), ("uid", "two")])
    assert result == Ambiguity((1, 2), "its UIDs belong to different people")
