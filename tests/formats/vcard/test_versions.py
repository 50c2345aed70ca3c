"""Lines in another version of the format: only the changes that the version requires."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.formats.vcard import Version
from netcrm.formats.vcard.content_lines import parse
from netcrm.formats.vcard.versions import converted
from tests.helpers.strict_vcard import _property
from tests.helpers.vcard_people import ANY_TEXT, VERSIONS

JPEG = "/9j/4AAQSkZJRgABAQ=="
GONE = None


def carried(text: str, source: str, target: Version) -> str | None:
    line = converted(parse(1, text, text), source, target)
    if line is not None:
        assert _property(line)
    return line


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("line", "written"),
    [
        (r"URL:http\://x.example/a\,b", r"URL:http://x.example/a\,b"),
        (r"item1.X-SOCIALPROFILE;TYPE=a:https\://x.example", "item1.X-SOCIALPROFILE;TYPE=a:https://x.example"),
        (r"NOTE:a\:b", r"NOTE:a\:b"),
    ],
)
def test_a_link_loses_the_backslash_of_its_colon(line: str, written: str, version: Version) -> None:
    """Google's `http\\://` is not a link (RFC 3986 §3.1): it is corrected even in the same version,
    but not in a text.
    """
    assert carried(line, version, version) == written


# --------------------------------------------------------------------------- from 2.1


@pytest.mark.parametrize(
    ("line", "in_3", "in_4"),
    [
        ("TEL;WORK;VOICE:1", "TEL;TYPE=WORK,VOICE:1", "TEL;TYPE=WORK,VOICE:1"),
        ("TEL;PREF;WORK:1", "TEL;TYPE=PREF,WORK:1", "TEL;TYPE=WORK;PREF=1:1"),
        ("EMAIL;PREF;INTERNET:a@b", "EMAIL;TYPE=PREF,INTERNET:a@b", "EMAIL;PREF=1:a@b"),
        ("item1.TEL;HOME:1", "item1.TEL;TYPE=HOME:1", "item1.TEL;TYPE=HOME:1"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab, c; d\\n", "NOTE:a\\nb\\, c\\; d\\\\n", "NOTE:a\\nb\\, c\\; d\\\\n"),
        ("NOTE;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:=E9", "NOTE:é", "NOTE:é"),
        ("NOTE:a, b\\;c\\nd", "NOTE:a\\, b\\;c\\nd", "NOTE:a\\, b\\;c\\nd"),
        ("NOTE;LANGUAGE=de:a", "NOTE;LANGUAGE=de:a", "NOTE;LANGUAGE=de:a"),
        ("N:Wu\\; Jr.;Dana, Q.", "N:Wu\\; Jr.;Dana\\, Q.", "N:Wu\\; Jr.;Dana\\, Q."),
        ("N;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=96;a", "N:Ö;a", "N:Ö;a"),
        ("ORG:Acme, Inc.;R&D", "ORG:Acme\\, Inc.;R&D", "ORG:Acme\\, Inc.;R&D"),
        ("CATEGORIES:a,b", "CATEGORIES:a,b", "CATEGORIES:a,b"),
        ("CATEGORIES;ENCODING=QUOTED-PRINTABLE:=C3=A4,b\\,c", "CATEGORIES:ä,b\\,c", "CATEGORIES:ä,b\\,c"),
        ("URL;QUOTED-PRINTABLE:http://x.example/a=2Cb", "URL:http://x.example/a,b", "URL:http://x.example/a,b"),
        ("PHOTO;JPEG;BASE64:" + JPEG, "PHOTO;TYPE=JPEG;ENCODING=b:" + JPEG, "PHOTO:data:image/jpeg;base64," + JPEG),
        ("PHOTO;GIF;BASE64:QUJD", "PHOTO;TYPE=GIF;ENCODING=b:QUJD", "PHOTO:data:image/gif;base64,QUJD"),
        ("SOUND;WAVE;BASE64:QUJD", "SOUND;TYPE=WAVE;ENCODING=b:QUJD", "SOUND:data:audio/wave;base64,QUJD"),
        ("KEY;PGP;BASE64:QUJD", "KEY;TYPE=PGP;ENCODING=b:QUJD", "KEY:data:application/pgp-keys;base64,QUJD"),
        ("PHOTO;VALUE=URL:http://x/a", "PHOTO;VALUE=uri:http://x/a", "PHOTO;VALUE=uri:http://x/a"),
        ("SOUND;X-IRMC-N:;;;;", "SOUND;TYPE=X-IRMC-N:;;;;", "SOUND;TYPE=X-IRMC-N:;;;;"),
        ("NOTE;8BIT:ü", "NOTE:ü", "NOTE:ü"),
        ("X-A;CHARSET=utf-8:ü", "X-A:ü", "X-A:ü"),
        ("PHOTO;VALUE=INLINE;GIF;BASE64:QUJD", "PHOTO;TYPE=GIF;ENCODING=b:QUJD", "PHOTO:data:image/gif;base64,QUJD"),
        (
            "AGENT:\nBEGIN:VCARD\nN:a;b\nEND:VCARD",
            "AGENT:BEGIN:VCARD\\nN:a\\;b\\nEND:VCARD",
            "X-AGENT:BEGIN:VCARD\\nN:a\\;b\\nEND:VCARD",
        ),
        ("X-FOO:a,b;c\\,d", "X-FOO:a,b;c\\,d", "X-FOO:a,b;c\\,d"),
        ("X-FOO;QUOTED-PRINTABLE:a=0Ab", "X-FOO:a\\nb", "X-FOO:a\\nb"),
        ("GEO:37.24,-17.87", "GEO:37.24;-17.87", "GEO:geo:37.24,-17.87"),
        ("TZ:-0500", "TZ:-05:00", "TZ;VALUE=utc-offset:-0500"),
        ("BDAY:19850412", "BDAY:19850412", "BDAY:19850412"),
        ("REV:20240305T101112Z", "REV:20240305T101112Z", "REV:20240305T101112Z"),
    ],
)
def test_out_of_2(line: str, in_3: str, in_4: str) -> None:
    """Encodings, alphabets, bare types and unescaped commas of 2.1 are written as in 3.0 and 4.0."""
    assert (carried(line, "2.1", "3.0"), carried(line, "2.1", "4.0")) == (in_3, in_4)


# --------------------------------------------------------------------------- between 3.0 and 4.0


@pytest.mark.parametrize(
    ("in_3", "in_4", "back"),
    [
        ("TEL;TYPE=work,pref:1", "TEL;TYPE=work;PREF=1:1", "TEL;TYPE=work,pref:1"),
        ("TEL;type=HOME;type=pref:1", "TEL;TYPE=HOME;PREF=1:1", "TEL;TYPE=HOME,pref:1"),
        ("TEL;TYPE=pref:1", "TEL;PREF=1:1", "TEL;TYPE=pref:1"),
        ("EMAIL;TYPE=internet:a@b", "EMAIL:a@b", "EMAIL:a@b"),
        ("BDAY:1985-04-12", "BDAY:19850412", "BDAY:19850412"),
        ("BDAY;VALUE=date:1985-04-12", "BDAY:19850412", "BDAY:19850412"),
        ("BDAY;VALUE=date-time:1985-04-12T10:22:00.5-08:00", "BDAY:19850412T102200-0800", "BDAY:19850412T102200-0800"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "BDAY:--0412", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12"),
        ("BDAY;VALUE=text:circa 1800", "BDAY;VALUE=text:circa 1800", "BDAY;VALUE=text:circa 1800"),
        ("BDAY:", "BDAY:", "BDAY:"),
        ("TZ;VALUE=text:Europe/Berlin", "TZ;VALUE=text:Europe/Berlin", "TZ;VALUE=text:Europe/Berlin"),
        ("TZ:-05:00", "TZ;VALUE=utc-offset:-0500", "TZ:-05:00"),
        ("GEO:37.386013;-122.082932", "GEO:geo:37.386013,-122.082932", "GEO:37.386013;-122.082932"),
        ("GEO:somewhere", "GEO:somewhere", "GEO:somewhere"),
        (
            "PHOTO;ENCODING=b;TYPE=JPEG:" + JPEG,
            "PHOTO:data:image/jpeg;base64," + JPEG,
            "PHOTO;ENCODING=b;TYPE=JPEG:" + JPEG,
        ),
        (
            "PHOTO;ENCODING=b;TYPE=JPEG,home:" + JPEG,
            "PHOTO;TYPE=home:data:image/jpeg;base64," + JPEG,
            "PHOTO;TYPE=JPEG,home;ENCODING=b:" + JPEG,
        ),
        (
            "PHOTO;ENCODING=b;MEDIATYPE=image/svg+xml:QUJD",
            "PHOTO:data:image/svg+xml;base64,QUJD",
            "PHOTO;ENCODING=b;MEDIATYPE=image/svg+xml:QUJD",
        ),
        ("PHOTO;ENCODING=b:QUJD", "PHOTO:data:image/jpeg;base64,QUJD", "PHOTO;ENCODING=b;TYPE=JPEG:QUJD"),
        (
            "KEY;ENCODING=b;TYPE=X509:QUJD",
            "KEY:data:application/pkix-cert;base64,QUJD",
            "KEY;ENCODING=b;TYPE=X509:QUJD",
        ),
        (
            "X-BLOB;ENCODING=b:QUJD",
            "X-BLOB:data:application/octet-stream;base64,QUJD",
            "X-BLOB:data:application/octet-stream;base64,QUJD",
        ),
        ("PHOTO;VALUE=uri:http://x/a.jpg", "PHOTO;VALUE=uri:http://x/a.jpg", "PHOTO;VALUE=uri:http://x/a.jpg"),
        ("REV:2024-03-05T10:11:12Z", "REV:20240305T101112Z", "REV:20240305T101112Z"),
        ("REV;VALUE=date:2024-03-05", "REV:20240305T000000Z", "REV:20240305T000000Z"),
        ("REV:2024-03-05T10:11:12Z(1)", GONE, GONE),
        ("PROFILE:VCARD", GONE, GONE),
        ("LABEL;TYPE=home:Weg 1\\nUlm", "X-LABEL;TYPE=home:Weg 1\\nUlm", "LABEL;TYPE=home:Weg 1\\nUlm"),
        ("CLASS:PUBLIC", "X-CLASS:PUBLIC", "CLASS:PUBLIC"),
        ("URL:http\\://x.example/a\\,b", "URL:http://x.example/a,b", "URL:http://x.example/a,b"),
        ("NOTE:a, b; c\\, d", "NOTE:a, b; c\\, d", "NOTE:a, b; c\\, d"),
        ('item1.X-FOO;Y="a;b";Z=c:d\\,e,f', *['item1.X-FOO;Y="a;b";Z=c:d\\,e,f'] * 2),
    ],
)
def test_there_and_back(in_3: str, in_4: str | None, back: str | None) -> None:
    """Properties that 3.0 and 4.0 spell alike stay unchanged; the others are converted, and can be converted back."""
    assert carried(in_3, "3.0", "4.0") == in_4
    assert in_4 is None or carried(in_4, "4.0", "3.0") == back


@pytest.mark.parametrize(
    ("in_4", "in_3"),
    [
        ('TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+1-555;ext=5', "TEL;TYPE=voice,home,pref:+1-555 ext. 5"),
        ('TEL;TYPE="work,cell":1', "TEL;TYPE=work,cell:1"),
        ("LANG;PREF=2:en", "LANG:en"),
        ("KIND:org", "X-ABShowAs:COMPANY"),
        ("KIND:individual", GONE),
        ("PHOTO:http://x/a.jpg", "PHOTO;VALUE=uri:http://x/a.jpg"),
        ("PHOTO;MEDIATYPE=image/gif:http://x/a", "PHOTO;MEDIATYPE=image/gif;VALUE=uri:http://x/a"),
        ("LOGO:data:audio/ogg;base64,QUJD", "LOGO;ENCODING=b;MEDIATYPE=audio/ogg:QUJD"),
        ("KEY:data:;base64,QUJD", "KEY;ENCODING=b:QUJD"),
        ("TZ:Europe/Berlin", "TZ;VALUE=text:Europe/Berlin"),
        ("TZ;VALUE=utc-offset:+01", "TZ:+01:00"),
        ("TZ;VALUE=uri:http://x/tz", "TZ;VALUE=uri:http://x/tz"),
        ("GEO;TYPE=home:geo:48.2,16.3;u=40", "GEO;TYPE=home:48.2;16.3"),
        ("BDAY;VALUE=date-and-or-time:19850412", "BDAY:19850412"),
        ("N:Ito;Jane;Doe;Dr.;MD;Garcia;Jr.", "N:Ito;Jane;Doe;Dr.;MD"),
        ("ADR:;;1 St;T;;1;L;;;;;;;St;1;;;", "ADR:;;1 St;T;;1;L"),
        ('X-A;ALTID=1;P="x^\'y":z', 'X-A;ALTID=1;P="x^\'y":z'),
        ("RELATED;TYPE=friend:urn:uuid:f81d4fae", "RELATED;TYPE=friend:urn:uuid:f81d4fae"),
    ],
)
def test_out_of_4(in_4: str, in_3: str | None) -> None:
    """Properties that only 4.0 has are written as well as 3.0 can."""
    assert carried(in_4, "4.0", "3.0") == in_3


@pytest.mark.parametrize("version", ["3.0", "4.0"])
@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("NOTE;ENCODING=QUOTED-PRINTABLE:a=2C b", "NOTE:a\\, b"),
        ("FN;CHARSET=ISO-8859-1:Zoë", "FN:Zoë"),
        ("TEL;WORK:1", "TEL;TYPE=WORK:1"),
        ("TEL;TYPE=:1", "TEL:1"),
        ('X-A;B="x \\"y\\"":z', "X-A;B=\"x 'y'\":z"),
        ("X_A:z", "X-A:z"),
        ("X-a/b:z", "X-A-B:z"),
        ("X-A;B C;D=e:z", "X-A;D=e:z"),
        ("FN;CHARSET=UTF-8:Zoë", "FN;CHARSET=UTF-8:Zoë"),
    ],
)
def test_mended_in_its_own_version(line: str, mended: str, version: Version) -> None:
    """A line that no strict parser accepts is corrected; any other stays unchanged."""
    assert carried(line, version, version) == mended


@given(
    ANY_TEXT.map(lambda text: text.replace("\n", " ")),
    st.sampled_from(("2.1", "3.0", "4.0")),
    st.sampled_from(("3.0", "4.0")),
)
def test_no_value_breaks_out(text: str, source: str, target: Version) -> None:
    """Any value of any property gives one property or none."""
    from netcrm.formats.vcard.content_lines import without_controls

    value = without_controls(text).replace("\r", "")
    for name in (
        "NOTE",
        "N",
        "CATEGORIES",
        "URL",
        "BDAY",
        "REV",
        "TZ",
        "GEO",
        "TEL",
        "KIND",
        "PHOTO",
        "X-A",
        "ADR;WORK;A=b",
    ):
        line = carried(f"{name}:{value}", source, target)
        assert line is None or "\n" not in line
