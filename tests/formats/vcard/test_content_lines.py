"""Content lines: any line is parsed, and no value breaks out of a written line."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.formats.vcard.content_lines import (
    LONGEST_LINE,
    BadLine,
    ContentLine,
    escaped,
    folded,
    is_in_order,
    one_line,
    param_text,
    parse,
    parts_of,
    rendered,
    split,
    text_of,
    types_of,
    unescaped,
    without_controls,
)
from tests.helpers.strict_vcard import _property
from tests.helpers.vcard_people import ANY_TEXT, NOTES


def parsed(text: str) -> ContentLine:
    return parse(1, text, text)


@pytest.mark.parametrize(
    ("text", "group", "name", "params", "value"),
    [
        ("FN:Dana", "", "FN", {}, "Dana"),
        ("fn:", "", "FN", {}, ""),
        ("item1.Tel;type=work:1", "item1", "TEL", {"TYPE": ["work"]}, "1"),
        ("TEL;TYPE=a,b;TYPE=c:1", "", "TEL", {"TYPE": ["a", "b", "c"]}, "1"),
        ('TEL;TYPE="a,b";X="c:d;e":1', "", "TEL", {"TYPE": ["a,b"], "X": ["c:d;e"]}, "1"),
        ("TEL;WORK;VOICE:1", "", "TEL", {"TYPE": ["WORK", "VOICE"]}, "1"),
        ("PHOTO;BASE64;GIF:QUJD", "", "PHOTO", {"ENCODING": ["BASE64"], "TYPE": ["GIF"]}, "QUJD"),
        ("PHOTO;ENCODING=b:QU\tJ =", "", "PHOTO", {"ENCODING": ["b"]}, "QUJ="),
        ("PHOTO:data:image/jpeg\\;base64\\,QUJD", "", "PHOTO", {}, "data:image/jpeg;base64,QUJD"),
        ("URL;VALUE=uri:http://x/a:b", "", "URL", {"VALUE": ["uri"]}, "http://x/a:b"),
        ("X_LOTUS_A;B_C=d:1", "", "X-LOTUS-A", {"B-C": ["d"]}, "1"),
        ("X-messaging/skype-All:d", "", "X-MESSAGING-SKYPE-ALL", {}, "d"),
        ("TEL;TYPE=:1", "", "TEL", {}, "1"),
        ("TEL;A=;B:1", "", "TEL", {"TYPE": ["B"]}, "1"),
        ('X;T="a \\"b\\": c";D=e:1', "", "X", {"T": ["a 'b': c"], "D": ["e"]}, "1"),
        ("TEL;X-Custom(A=B,=E5);HOME:1", "", "TEL", {"TYPE": ["HOME"]}, "1"),
        ('X;P="C:\\":1', "", "X", {"P": ["C:\\"]}, "1"),
    ],
)
def test_lines(text: str, group: str, name: str, params: dict[str, list[str]], value: str) -> None:
    """Groups, names in any case, parameters by name, bare, quoted, repeated, or invalid; the value stays unparsed."""
    line = parsed(text)
    assert (line.group, line.name, dict(line.params), line.value) == (group, name, params, value)


@pytest.mark.parametrize(
    "text", ["", "x", ":", ";A=b:c", "A B:c", "\u00c4:c", ".A:b", "A..B:c", 'A;B="c:d', "BEGIN:X", "a.end:X"]
)
def test_what_is_no_line(text: str) -> None:
    """A line without a name or a colon is not a property, and neither are BEGIN and END."""
    with pytest.raises(BadLine):
        parsed(text)


@pytest.mark.parametrize("head", ["A;A=a,b" * 20, "A" + ";A=a,b" * 100, "A;" * 5000, 'A;B="' * 5000, 'A;B="\\"' * 5000])
def test_no_head_takes_long(head: str) -> None:
    """Long invalid lines are parsed at once; vobject's pattern needs minutes for the first of these."""
    start = time.process_time()
    for text in (head, f"{head}:x", f'{head}"'):
        try:
            parsed(text)
        except BadLine:
            continue
    assert time.process_time() - start < 1


@given(NOTES)
def test_what_is_escaped_is_read(text: str) -> None:
    """A text converted to a value and back is the same; a value is only split at its own marks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    assert unescaped(escaped(text)) == text
    assert split(escaped(text), ",") == split(escaped(text), ";") == [escaped(text)]


@given(st.lists(NOTES, min_size=1, max_size=5), st.sampled_from(",;"))
def test_parts_come_apart_as_they_were_put_together(texts: list[str], mark: str) -> None:
    """Escaped and joined texts are the same after splitting."""
    texts = [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    assert [unescaped(part) for part in split(mark.join(map(escaped, texts)), mark)] == texts
    assert parts_of(parsed(f"N:{';'.join(map(escaped, texts))}")) == texts


@given(st.text(alphabet="\\,;:nNab", max_size=12))
def test_any_value_is_read(value: str) -> None:
    """A backslash before a mark is removed; a meaningless one stays, also at the end."""
    wanted, at = "", 0
    while at < len(value):
        pair = value[at : at + 2]
        known = len(pair) == 2 and pair[0] == "\\" and pair[1] in "\\,;:nN"
        wanted += ("\n" if pair[1] in "nN" else pair[1]) if known else value[at]
        at += 2 if known else 1
    assert text_of(parsed(f"NOTE:{value}")) == wanted


def test_quoted_printable_has_line_breaks_of_its_own() -> None:
    """In quoted-printable, a backslash and an n stay as they are; marks may be escaped all the same."""
    line = parsed("NOTE;QUOTED-PRINTABLE:C:\\new=0D=0Aa\\;b=0Dc=00")
    assert (line.value, text_of(line)) == ("C:\\new\na\\;b\nc", "C:\\new\na;b\nc")


@pytest.mark.parametrize(
    ("raw", "text"), [("a^nb", "a\nb"), ("^'a^'", '"a"'), ("^^n", "^n"), ("^x^", "^x^"), ("a", "a")]
)
def test_carets_in_parameters(raw: str, text: str) -> None:
    """Carets stand for a line break, a quote and a caret (RFC 6868); any other caret stays."""
    assert param_text(raw) == text


def test_types() -> None:
    """Types are in lower case, from one list, from quotes, or repeated."""
    assert types_of(parsed('TEL;TYPE="Work, cell";TYPE=PREF,,x:1')) == ["work", "cell", "pref", "x"]


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_nothing_breaks_out_of_a_line(name: str, group: str, key: str, param: str, text: str) -> None:
    """Any name, group, parameter and text give one property with nothing else in it."""
    line = rendered(f"X{name}", escaped(text), {f"Y{key}": [param, "z"], "Z": [param]}, group)
    assert "\r" not in line
    assert "\n" not in line
    read = _property(line)
    assert len(read.params) <= 2
    assert read.params.get("Z", [""]) == [one_line(param).replace('"', "'")] or not one_line(param)
    assert is_in_order(parsed(line))


@given(ANY_TEXT)
def test_controls_go_and_nothing_else(text: str) -> None:
    """A text loses only the characters that a card can't hold, and is one line to every program."""
    kept = without_controls(text)
    assert len(kept.replace("\n", "").splitlines()) <= 1
    assert kept == "".join(char for char in text if char in kept)


@pytest.mark.parametrize("text", ["A:b", 'a.A;B=c,d;E="f;g":h', "A;B= c :d", "A;CHARSET=utf-8:ü", "A;CHARSET=UTF8:ü"])
def test_what_is_in_order(text: str) -> None:
    """A line is in order if every strict parser accepts it."""
    assert is_in_order(parsed(text))


@pytest.mark.parametrize(
    "text", ["A;B:c", "A;B=:c", "A_B:c", "A;B=c,:d", "A;CHARSET=latin1:c", "A;QUOTED-PRINTABLE:c", "A/B:c"]
)
def test_what_is_not(text: str) -> None:
    """A line that some strict parsers refuse is not in order."""
    assert not is_in_order(parsed(text))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=400))
def test_folds(text: str) -> None:
    """Lines are folded at their longest, and no character is split."""
    line = f"NOTE:{text}"
    pieces = folded([line]).encode().split(b"\r\n")
    assert pieces.pop() == b""
    assert all(len(piece) <= LONGEST_LINE for piece in pieces)
    assert all(len(piece) > LONGEST_LINE - 4 for piece in pieces[:-1])
    assert "".join(piece.decode()[number > 0 :] for number, piece in enumerate(pieces)) == line
