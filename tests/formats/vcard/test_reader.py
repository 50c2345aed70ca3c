"""Cards of Google, Apple, Outlook, Android, Evolution, Nextcloud, KDE, Lotus and old phones are read."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.dates import NO_YEAR
from netcrm.domain.models import validated
from netcrm.domain.vocabulary import MethodKind
from netcrm.formats.records import ImportedContact, ImportedMethod
from netcrm.formats.vcard.reader import label_of
from tests.helpers.vcard_people import CORPUS, card, corpus, method, people, person, told

WAYS = {
    "google": [
        ImportedMethod("email", "dana@home.example", "home"),
        ImportedMethod("email", "dana.wu@acme.example", "work"),
        ImportedMethod("email", "dana@alumni.example", "Alumni"),
        ImportedMethod("phone", "+49 170 1234567", "cell"),
        ImportedMethod("phone", "+49 30 1234567", "work"),
        ImportedMethod("phone", "+49 30 765", "Front-desk"),
        ImportedMethod("address", "Torstr. 1, Berlin, 10119, DE", "work"),
        ImportedMethod("url", "http://www.google.com/profiles/1234", "PROFILE"),
        ImportedMethod("linkedin", "https://www.linkedin.com/in/dana-wu"),
    ],
    "iphone": [
        ImportedMethod("email", "asa@acme.example", "work", preferred=True),
        ImportedMethod("email", "asa@home.example", "home"),
        ImportedMethod("phone", "+46 70 123 45 67", "cell", preferred=True),
        ImportedMethod("phone", "+46 8 123", "fax"),
        ImportedMethod("address", "Storgatan 1, lgh 2, Stockholm, 111 22, Sverige", "home", preferred=True),
        ImportedMethod("url", "https://asa.example/a,b", "homepage", preferred=True),
        ImportedMethod("linkedin", "http://www.linkedin.com/in/asaoberg"),
        ImportedMethod("url", "https://twitter.com/asa", "twitter"),
        ImportedMethod("im", "skype:asa.oberg", "other", preferred=True),
        ImportedMethod("im", "xmpp:asa@x.example", "home"),
    ],
    "outlook": [
        ImportedMethod("phone", "+49 30 11", "work"),
        ImportedMethod("phone", "+49 170 22", "cell"),
        ImportedMethod("phone", "+49 30 33", "fax"),
        ImportedMethod("address", "Hauptstraße 1, 2. Stock, Köln, 50667, Deutschland", "work", preferred=True),
        ImportedMethod("url", "http://www.acme.example/a,b", "work"),
        ImportedMethod("email", "j.mueller@acme.example", preferred=True),
        ImportedMethod("email", "privat@home.example"),
    ],
    "android": [
        ImportedMethod("phone", "+86-138-0013-8000", "cell", preferred=True),
        ImportedMethod("phone", "+86 10 1"),
        ImportedMethod("phone", "+86 10 2", "home"),
        ImportedMethod("email", "xiaoming@x.example", "home"),
        ImportedMethod("email", "xm@y.example"),
        ImportedMethod("im", "qq:12345"),
    ],
    "evolution": [
        ImportedMethod("email", "eve@work.example", "work"),
        ImportedMethod("email", "eve@home.example", "home"),
        ImportedMethod("phone", "030 1234567", "work"),
        ImportedMethod("im", "aim:everoe", "home"),
        ImportedMethod("im", "xmpp:eve@jabber.example"),
        ImportedMethod("url", "eve.example"),
    ],
    "nextcloud": [
        ImportedMethod("email", "gus@acme.example", "work", preferred=True),
        ImportedMethod("email", "gus@home.example", "home"),
        ImportedMethod("phone", "+49 170 1", "cell"),
        ImportedMethod("address", "Weg 1, Ulm, 89073, Germany", "home"),
        ImportedMethod("linkedin", "https://www.linkedin.com/in/gus-poe"),
        ImportedMethod("url", "https://social.example/@gus", "mastodon"),
        ImportedMethod("im", "matrix:u/gus:x.example", "matrix"),
    ],
    "kde": [
        ImportedMethod("email", "ana@x.example", preferred=True),
        ImportedMethod("im", "skype:ana.ito"),
        ImportedMethod("phone", "+81 3 1", "work"),
    ],
    "lotus": [ImportedMethod("email", "bob@acme.example"), ImportedMethod("phone", "+34 91 1", "work")],
    "nokia": [ImportedMethod("phone", "+33612", "cell"), ImportedMethod("email", "zoe@x.example")],
    "rfc6350": [
        ImportedMethod("address", "Suite D2-630, 2875 Laurier, Quebec, QC, G1V 2M2, Canada", "work"),
        ImportedMethod("phone", "+1-418-656-9254 ext. 102", "work", preferred=True),
        ImportedMethod("phone", "+1-418-262-6501", "cell"),
        ImportedMethod("email", "simon@viagenie.example", "work"),
        ImportedMethod("url", "http://nomis80.example", "home"),
    ],
    "thunderbird": [
        ImportedMethod("email", "dana@x.example", preferred=True),
        ImportedMethod("email", "dana@acme.example", "work"),
        ImportedMethod("phone", "+49 170", "cell"),
        ImportedMethod("phone", "+4930", "work"),
        ImportedMethod("url", "https://acme.example", "work"),
        ImportedMethod("address", "Torstr. 1, Berlin"),
    ],
    "agent": [ImportedMethod("phone", "+34 91 1", "work")],
    "rfc9554": [
        ImportedMethod("linkedin", "https://www.linkedin.com/in/jane-ito"),
        ImportedMethod("address", "123 Main Street, Any Town, CA, 91921, U.S.A."),
        ImportedMethod("email", "jane@x.example"),
    ],
}
WHO: dict[str, dict[str, Any]] = {
    "google": {
        "name": "Dr. Dana Q. Wu PhD",
        "given_name": "Dana",
        "family_name": "Wu",
        "company": "Acme, Inc.",
        "title": "Talent Partner",
        "birthday": date(1985, 4, 12),
        "tags": ("starred", "Recruiters"),
        "notes": "Met at PyCon, Berlin.\nLikes tea; not coffee.",
    },
    "iphone": {
        "name": "Åsa Öberg",
        "given_name": "Åsa",
        "family_name": "Öberg",
        "uid": "0A1B2C3D-1111-2222-3333-444455556666:ABPerson",
        "company": "Acme, Inc.",
        "title": "CTO",
        "birthday": date(NO_YEAR, 2, 29),
        "notes": "Snälla\nändra inte",
    },
    "outlook": {
        "name": "Dr. Jürgen Müller",
        "given_name": "Jürgen",
        "family_name": "Müller",
        "company": "Acme, Inc.",
        "title": "Leiter, Vertrieb",
        "birthday": date(1970, 1, 1),
        "tags": ("Kunden", "Messe"),
        "notes": "Erste Zeile\nzweite Zeile, mit Komma; und mehr",
    },
    "android": {
        "name": "小明 王",
        "given_name": "小明",
        "family_name": "王",
        "company": "Acme, Inc.",
        "title": "Lead",
        "birthday": date(1990, 12, 31),
        "notes": "Line one\nLine two",
    },
    "evolution": {
        "name": "Eve Roe",
        "given_name": "Eve",
        "family_name": "Roe",
        "uid": "pas-id-5F00000000000000",
        "company": "Acme",
        "title": "Engineer",
        "notes": "a;b",
    },
    "nextcloud": {
        "name": "Gus Poe",
        "given_name": "Gus",
        "family_name": "Poe",
        "uid": "3b1c9a52-6b43-4a8c-9e0e-8a2b1c3d4e5f",
        "company": "Acme, Inc.",
        "title": "Recruiter",
        "birthday": date(1985, 4, 12),
        "timezone": "Europe/Berlin",
        "tags": ("Recruiters", "Berlin"),
    },
    "kde": {
        "name": "Ana Ito",
        "given_name": "Ana",
        "family_name": "Ito",
        "uid": "AbC123xYz0",
        "company": "Acme",
        "birthday": date(1985, 4, 12),
        "notes": "one\n\ntwo",
    },
    "lotus": {"name": "Bob Ruiz", "given_name": "Bob", "family_name": "Ruiz"},
    "nokia": {"name": "Zoë Garçon", "given_name": "Zoë", "family_name": "Garçon", "notes": "café\nau lait"},
    "rfc6350": {
        "name": "Simon Perreault",
        "given_name": "Simon",
        "family_name": "Perreault",
        "uid": "4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",
        "company": "Viagenie",
        "birthday": date(NO_YEAR, 2, 3),
        "notes": "He said^n 'hi'",
    },
    "thunderbird": {
        "name": "Dana Wu",
        "given_name": "Dana",
        "family_name": "Wu",
        "uid": "b5d1a7a2-0e6f-4a34-b37b-3b9ab8d1e2f3",
        "notes": "x, y",
    },
    "agent": {"name": "Bob Ruiz", "given_name": "Bob", "family_name": "Ruiz"},
    "rfc9554": {
        "name": "Jane Doe Ito",
        "given_name": "Jane",
        "family_name": "Ito",
        "uid": "00000000-0000-4000-8000-000000000001",
    },
}


@pytest.mark.parametrize("program", sorted(path.stem for path in CORPUS.glob("*.vcf")))
def test_the_cards_of_every_program(program: str) -> None:
    """Every value of each program's first card is read if netcrm has a field for it."""
    contact = next(item for name, item in corpus() if name == program)
    expected = ImportedContact(line=1, vcard=contact.vcard, reach=tuple(WAYS[program]), **WHO[program])
    assert contact == expected


def test_who_else_is_in_them() -> None:
    """Groups are skipped; a contact without a name gets a number as its name; the first lines are known."""
    rest = [(name, item.line, item.name) for name, item in corpus() if item.line > 1]
    assert rest == [("android", 24, "+86 139"), ("google", 30, "Acme Front Desk"), ("nokia", 14, "Cyd Moe")]


@pytest.mark.parametrize(
    ("program", "line", "messages"),
    [
        ("iphone", 39, "this card is a group (“Friends”), not a person, and was left out"),
        ("rfc6350", 26, "this card is a group (“The Doe family”), not a person, and was left out"),
        ("outlook", 4, "this is not UTF-8; it was read as Windows-1252"),
        ("nokia", 1, "this card has no END:VCARD. Check"),
    ],
)
def test_what_is_said_of_them(program: str, line: int, messages: str) -> None:
    """Oddities of a file are reported by line, and no contact is lost by them."""
    _, problems = told((CORPUS / f"{program}.vcf").read_bytes())
    assert [(item.line, messages in item.message, item.lost) for item in problems] == [(line, True, False)]


# --------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("lines", "name", "parts"),
    [
        (["FN:Dana Wu", "N:Wu;Dana;;;"], "Dana Wu", ("Dana", "Wu")),
        (["N:Wu;Dana;Q.;Dr.;PhD"], "Dr. Dana Q. Wu PhD", ("Dana", "Wu")),
        (["N:Wu;Dana"], "Dana Wu", ("Dana", "Wu")),
        (["FN:", "N:Wu"], "Wu", ("", "")),
        (["FN:Madonna", "N:;Madonna;;;"], "Madonna", ("", "")),
        (["FN:Dana Wu", "N:Dana Wu;;;;"], "Dana Wu", ("", "")),
        (["FN:Wu, Dana", "N:Wu\\, Jr.;Dana"], "Wu, Dana", ("Dana", "Wu, Jr.")),
        (["FN:Wu\\, Dana", "N:;Dana;;;"], "Wu, Dana", ("Dana", "")),
        (["N:;;;;", "NICKNAME:Dee,Dana"], "Dee", ("", "")),
        (["FN:Dana", "NICKNAME:Dee"], "Dana", ("", "")),
        (["ORG:Acme\\, Inc.;R&D"], "Acme, Inc.", ("", "")),
        (["TEL:1", "EMAIL:d@x.example"], "d@x.example", ("", "")),
        (["URL:x.example", "TEL:+49 30 1"], "+49 30 1", ("", "")),
        (["URL:https://x.example"], "https://x.example", ("", "")),
        (["FN;LANGUAGE=de:Dana", "FN;LANGUAGE=zh:大娜"], "Dana", ("", "")),
        (["FN:  Dana\\nWu "], "Dana Wu", ("", "")),
        ([f"FN:{'x' * 501}", "N:Wu;Dana"], "Dana Wu", ("Dana", "Wu")),
    ],
)
def test_names(lines: list[str], name: str, parts: tuple[str, str]) -> None:
    """The name comes from FN, N, a nickname, the organisation or an address; a part that is the
    whole name is dropped.
    """
    (contact,), _ = told(card(*lines))
    assert (contact.name, (contact.given_name, contact.family_name)) == (name, parts)


@pytest.mark.parametrize(
    ("lines", "lost"),
    [((), False), (("UID:u1", "REV:20240101T000000Z"), False), (("NOTE:x",), True), (("N:;;;;",), True)],
)
def test_a_card_that_names_nobody(lines: tuple[str, ...], lost: bool) -> None:
    """A card without a name is a problem with its line, and a loss if it holds any data."""
    contact, problems = told(card("FN:Dana") + card(*lines))
    assert [item.name for item in contact] == ["Dana"]
    assert [(item.line, "no name, organisation, e-mail or phone" in item.message, item.lost) for item in problems] == [
        (5, True, lost)
    ]


@pytest.mark.parametrize("line", ["KIND:group", "KIND:GROUP", "X-ADDRESSBOOKSERVER-KIND:group", "KIND:location"])
def test_what_is_no_person(line: str) -> None:
    """A group or a place is left out and reported, but is not a lost contact."""
    contact, (problem,) = told(card("FN:Friends", line))
    assert (contact, problem.line, problem.lost) == ([], 1, False)
    assert "not a person" in problem.message


@pytest.mark.parametrize("line", ["KIND:individual", "KIND:org", "X-ABShowAs:COMPANY"])
def test_what_is_somebody(line: str) -> None:
    """An organisation is read as a contact."""
    assert person("FN:Acme", line).name == "Acme"


# --------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("NOTE:Met at PyCon, Berlin", "notes", "Met at PyCon, Berlin"),
        ("NOTE:a;b\\;c\\,d\\\\e\\nf\\Ng", "notes", "a;b;c,d\\e\nf\ng"),
        ("NOTE:C:\\temp\\x", "notes", "C:\\temp\\x"),
        ("NOTE:ends in \\", "notes", "ends in \\"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:C:\\new=0D=0Aline", "notes", "C:\\new\nline"),
        ("NOTE;encoding=quoted-printable;charset=iso-8859-1:=E9t=E9", "notes", "été"),
        ("NOTE;QUOTED-PRINTABLE;CHARSET=windows-1251:=C4=E0", "notes", "Да"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=SHIFT_JIS:=93=FA=96=7B", "notes", "日本"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-2022-JP:=1B$BF|K=5C=1B(B", "notes", "日本"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=us-ascii:=C3=A9", "notes", "é"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:=E9", "notes", "é"),
        ("NOTE;ENCODING=8BIT:é", "notes", "é"),
        ("NOTE:", "notes", None),
        ("NOTE: \\n ", "notes", None),
        ("ORG:Acme, Inc.;R&D", "company", "Acme, Inc."),
        ("ORG:Acme\\; Sons;R&D;Room 3", "company", "Acme; Sons"),
        ("ORG:;R&D", "company", None),
        ("TITLE:Lead, Talent", "title", "Lead, Talent"),
        ("ROLE:Recruiter", "title", "Recruiter"),
        ("CATEGORIES:a,b\\,c, d ,,a", "tags", ("a", "b,c", "d")),
        ("CATEGORIES:myContacts", "tags", ()),
        ("TZ:Europe/Berlin", "timezone", "Europe/Berlin"),
        ("TZ;VALUE=text:America/Argentina/Buenos_Aires", "timezone", "America/Argentina/Buenos_Aires"),
        ("TZ:UTC", "timezone", "UTC"),
        ("TZ:-05:00", "timezone", None),
        ("TZ;VALUE=utc-offset:+0100", "timezone", None),
        ("TZ;VALUE=text:-05:00\\; EST\\; Raleigh/North America", "timezone", None),
        ("UID:urn:uuid:3b1c9a52", "uid", "3b1c9a52"),
        ("UID:URN:UUID:3b1c9a52", "uid", "3b1c9a52"),
        ("UID:3b1c9a52", "uid", "3b1c9a52"),
        ("UID:", "uid", None),
    ],
)
@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
def test_texts(line: str, field: str, value: object, version: str) -> None:
    """Unescaped commas are text, offsets are not zones, the first unit is the company, quoted-printable is decoded."""
    assert getattr(person("FN:Dana", line, version=version), field) == value


def test_the_title_before_the_role() -> None:
    """ROLE is used as the title only if there is none."""
    assert person("FN:Dana", "ROLE:Recruiter", "TITLE:Partner").title == "Partner"


def test_several_of_what_a_book_has_one_of() -> None:
    """Notes are joined; the first company is used; tags come from all lists."""
    contact = person("FN:Dana", "NOTE:a", "NOTE:b", "ORG:A", "ORG:B", "CATEGORIES:x", "CATEGORIES:y,x")
    assert (contact.notes, contact.company, contact.tags) == ("a\n\nb", "A", ("x", "y"))


def test_notes_that_are_too_long_together() -> None:
    """Each value may have the size of a field, and all notes together no more than that."""
    (contact,), (problem,) = told(card("FN:Dana", *[f"NOTE:{'x' * 600_000}"] * 2))
    assert (contact.notes, problem.line, problem.lost) == (None, 4, False)
    assert "the NOTE is longer than 1 MiB; Dana was imported without it" in problem.message


# --------------------------------------------------------------------------- birthdays


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("BDAY:1985-04-12", date(1985, 4, 12)),
        ("BDAY:19850412", date(1985, 4, 12)),
        ("BDAY:1985-04-12T23:10:00Z", date(1985, 4, 12)),
        ("BDAY;VALUE=date-time:19850412T231000+0200", date(1985, 4, 12)),
        ("BDAY;VALUE=date:1985-04-12", date(1985, 4, 12)),
        ("BDAY:--0412", date(NO_YEAR, 4, 12)),
        ("BDAY: --04-12", date(NO_YEAR, 4, 12)),
        ("BDAY:--0229", date(NO_YEAR, 2, 29)),
        ("BDAY:1604-04-12", date(NO_YEAR, 4, 12)),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", date(NO_YEAR, 4, 12)),
        ("BDAY;X-APPLE-OMIT-YEAR=1980:1980-02-29", date(NO_YEAR, 2, 29)),
        ("BDAY:", None),
    ],
)
def test_birthdays(line: str, day: date | None) -> None:
    """Birthdays are read in every spelling; a missing year is NO_YEAR."""
    assert person("FN:Dana", line).birthday == day


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("BDAY:1985-02-30", "is not a day that exists"),
        ("BDAY:0000-00-00", "is not a day that exists"),
        ("BDAY:1985-04", "is not a day that netcrm can read"),
        ("BDAY;VALUE=text:circa 1800", "is not a day that netcrm can read"),
        ("BDAY:1850-01-01", "lies outside 1900 to 2200"),
        ("BDAY:١٩٨٥-٠٤-١٢", "is not a day that netcrm can read"),
        ("BDAY:" + "9" * 5000, "is not a day that netcrm can read"),
    ],
)
def test_a_birthday_that_is_none(line: str, why: str) -> None:
    """An invalid birthday is reported with its line, and the contact is read without it."""
    (contact,), (problem,) = told(card("FN:Dana", line))
    assert (contact.birthday, problem.line, problem.lost) == (None, 4, False)
    assert why in problem.message
    assert "Dana was imported without it" in problem.message


# --------------------------------------------------------------------------- ways to reach a contact


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ("EMAIL:a@x.example", "email", "a@x.example"),
        ("EMAIL;VALUE=uri:mailto:a%2Bb@x.example", "email", "a+b@x.example"),
        ("TEL:+49 (30) 12-34", "phone", "+49 (30) 12-34"),
        ("TEL;VALUE=uri:tel:+1-555-0100;ext=5;phone-context=x", "phone", "+1-555-0100 ext. 5"),
        ("URL:http\\://x.example/a\\,b", "url", "http://x.example/a,b"),
        ("URL:https://x.example/a,b;c?d=1&e=%2C", "url", "https://x.example/a,b;c?d=1&e=%2C"),
        ("URL:https://de.linkedin.com/in/dana-wu?x=1", "linkedin", "https://de.linkedin.com/in/dana-wu?x=1"),
        ("URL:https://www.linkedin.com/company/acme", "url", "https://www.linkedin.com/company/acme"),
        ("X-SOCIALPROFILE;TYPE=linkedin:http://linkedin.com/in/dana", "linkedin", "http://linkedin.com/in/dana"),
        ("X-SOCIALPROFILE;TYPE=linkedin:dana-wu", "linkedin", "https://www.linkedin.com/in/dana-wu"),
        ("X-LINKEDIN:dana-wu", "linkedin", "https://www.linkedin.com/in/dana-wu"),
        ("X-LINKEDIN:www.linkedin.com/in/dana-wu", "linkedin", "www.linkedin.com/in/dana-wu"),
        ("SOCIALPROFILE;SERVICE-TYPE=LinkedIn;VALUE=text:dana", "linkedin", "https://www.linkedin.com/in/dana"),
        ("SOCIALPROFILE;SERVICE-TYPE=Mastodon:https://x.example/@dana", "url", "https://x.example/@dana"),
        ("X-SOCIALPROFILE;TYPE=flickr:flickr.com/dana", "url", "flickr.com/dana"),
        ("ADR:1;2;3 St\\nSuite 4;Town;;12345;Land", "address", "1, 2, 3 St, Suite 4, Town, 12345, Land"),
        ('ADR;LABEL="3 St^nTown":;;;;;;', "address", "3 St, Town"),
        ("ADR:;;;;;;;;;;;;;;5;;;", "address", "5"),
        ("IMPP:xmpp:dana%20wu@x.example", "im", "xmpp:dana wu@x.example"),
        ("IMPP;X-SERVICE-TYPE=QQ:123", "im", "qq:123"),
        ("IMPP:xmpp:%FF", "im", "xmpp:%FF"),
        ("X-SKYPE:dana", "im", "skype:dana"),
        ("X-SKYPE:skype:dana", "im", "skype:dana"),
        ("X-AIM;TYPE=HOME:dana", "im", "aim:dana"),
        ("X-messaging/xmpp-All:dana@x.example", "im", "xmpp:dana@x.example"),
        ("item1.TEL:1 2 3", "phone", "1 2 3"),
        ("EMAIL:" + "x" * 490 + "@x.example", "email", "x" * 490 + "@x.example"),
        ("URL:https://x.example/" + "%E6%BC%A2" * 100, "url", "https://x.example/" + "漢" * 100),
    ],
)
def test_ways(line: str, kind: MethodKind, value: str) -> None:
    """Each property for reaching a contact is one method, in its usual spelling; a link to a profile is a profile."""
    assert [(method.kind, method.value) for method in person("FN:Dana", line).reach] == [(kind, value)]


@pytest.mark.parametrize(
    "line",
    ["EMAIL:", "TEL: ", "URL:", "ADR:;;;;;;", "X-AIM:", "X-SOCIALPROFILE;TYPE=x:x-apple:dana", "X-FOO:a@b.example"],
)
def test_what_leads_nowhere(line: str) -> None:
    """An empty value, or a name in a network without a link, is not a method."""
    assert person("FN:Dana", line).reach == ()


@pytest.mark.parametrize(
    "line", [f"EMAIL:{'x' * 600}", f"TITLE:{'x' * 600}", f"CATEGORIES:{'x' * 600}", f"UID:{'x' * 600}"]
)
def test_what_no_field_can_hold(line: str) -> None:
    """An invalid method is reported with its line, and the contact is read without it."""
    (contact,), (problem,) = told(card("FN:Dana", line))
    assert (contact.reach, contact.title, contact.tags, contact.uid, problem.line) == ((), None, (), None, 4)
    assert "is longer than 500 characters; Dana was imported without it" in problem.message


@pytest.mark.parametrize(
    ("lines", "label", "preferred"),
    [
        (["TEL:1"], None, False),
        (["TEL;TYPE=work:1"], "work", False),
        (["TEL;TYPE=WORK,VOICE,pref:1"], "work", True),
        (["TEL;TYPE=VOICE;TYPE=WORK;PREF=1:1"], "work", True),
        (['TEL;TYPE="cell,voice":1'], "cell", False),
        (["TEL;PREF=2;TYPE=home:1"], "home", False),
        (["TEL;WORK;VOICE;PREF:1"], "work", True),
        (["TEL;TYPE=HOME;TYPE=FAX:1"], "fax", False),
        (["TEL;TYPE=IPHONE;TYPE=CELL:1"], "cell", False),
        (["TEL;TYPE=^'x^ndesk^':1"], "x-desk", False),
        (["TEL;TYPE=:1"], None, False),
        (["TEL;LANGUAGE=;TYPE=work:1"], "work", False),
        (["TEL;X-Custom(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=41);HOME:1"], "home", False),
        (["item1.TEL;TYPE=work:1", "item1.X-ABLABEL:_$!<Mobile>!$_"], "mobile", False),
        (["item1.X-ABLabel:Büro (Ost)", "ITEM1.TEL:1"], "Büro-Ost", False),
        (["item1.TEL;TYPE=work:1", "item1.X-ABLabel:"], "work", False),
        (["item2.TEL:1", "item1.X-ABLabel:Other"], None, False),
        (["item1.TEL:1", f"item1.X-ABLabel:{'x' * 101}"], None, False),
    ],
)
def test_labels(lines: list[str], label: str | None, preferred: bool) -> None:
    """Types are read in every spelling, and labels from a separate line; fax is preferred to the place."""
    (method,) = person("FN:Dana", *lines).reach
    assert (method.label, method.preferred) == (label, preferred)


@given(st.text(max_size=60))
def test_a_label_is_one_that_a_book_takes(text: str) -> None:
    """Any X-ABLabel gives a label of one valid word, or none."""
    label = label_of(text)
    made = validated(type(method("email", "x")), contact_id=1, kind="email", value="x", normalised="", label=label)
    assert made.label == label


def test_a_profile_that_is_written_twice_is_one() -> None:
    """Cards written by netcrm hold LinkedIn as a link and as a profile; either may carry label and preference."""
    link = "https://www.linkedin.com/in/dana"
    contact = person("FN:Dana", f"X-SOCIALPROFILE;TYPE=linkedin:{link}", f"URL;TYPE=work,pref:{link}")
    assert contact.reach == (ImportedMethod("linkedin", link, "work", preferred=True),)


def test_second_addresses_survive() -> None:
    """Several e-mails are read separately, with commas or without."""
    (contact,) = people(card("FN:Dana", "EMAIL:a@x.example", "EMAIL:b@x.example", "EMAIL:c,d@x.example"))
    assert [method.value for method in contact.reach] == ["a@x.example", "b@x.example", "c,d@x.example"]
