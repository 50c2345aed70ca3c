"""Content lines of a vCard, one property each: parsed, decoded, and written again.

vobject parses the parameters of a line, quotes parameters and escapes texts. Three of its functions are not used. Its
pattern for a whole line takes exponential time on a line of a hundred characters (`A;A=a,b;A=a,b…` without a colon), so
a pattern without backtracking finds the name and the parameters first. vobject ends a value at a bare comma, so values
stay unparsed until their meaning is known. Its writer sorts parameters, lets a line break in a parameter through, and
folds by characters. So here names, groups and parameters are limited to allowed characters, parameters keep their
order, and lines are folded by octets.
"""

import binascii
import codecs
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from vobject.base import backslashEscape, dquoteEscape, parseParams

from netcrm.domain.validation import LONGEST_TEXT, clean

LONGEST_LINE = 75
"""The most octets in a written line, without its CRLF (RFC 2425 §5.8.1, RFC 6350 §3.2)."""

LARGEST_PHOTO = 5 << 20
"""The most octets of a photo, a logo, a sound or a key."""

Params = Mapping[str, Sequence[str]]
"""The parameters of a line by their names in capitals, in their original order."""

_QUOTED_OR_NOT = r'(?:"[^"]*+"|[^";:,]*+)'
_PARAM = rf";[\w-]++(?:={_QUOTED_OR_NOT}(?:,{_QUOTED_OR_NOT})*+)?+"
_HEAD = re.compile(rf"(?:([\w-]++)\.)?([\w/-]++)((?:{_PARAM})*+):", re.ASCII)
"""Group, name and parameters, up to the colon: RFC 2425 §5.8.2, the bare words of vCard 2.1, and KDE's slashes."""

_BENT_HEAD = re.compile(r'[\w./-]++(?:;(?:[^":;]|"(?:[^"\\]|\\.)*+")*+)*+:', re.ASCII | re.DOTALL)
"""The same with invalid parameters: Apple's `\\"` within quotes, Android's `X-Custom(CHARSET=…)`."""

_BENT_PARAM = re.compile(r';(?:[^":;]|"(?:[^"\\]|\\.)*+")*+', re.DOTALL)
_WHOLE_PARAM = re.compile(_PARAM, re.ASCII)
_STRICT = re.compile(
    r'(?:[A-Za-z0-9-]++\.)?[A-Za-z0-9-]++(?:;[A-Za-z0-9-]++=(?:"[^"]*+"|[^";:,]++)(?:,(?:"[^"]*+"|[^";:,]++))*+)*+:'
)
TOKEN = re.compile(r"[A-Za-z0-9-]+")
"""The characters of a name, a group or a type (RFC 2425 §5.8.2: iana-token)."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CHARSETS = re.compile(
    r"utf-?8|us-?ascii|ascii|latin-?[19]|iso-?8859-?\d{1,2}|(?:windows|cp)-?\d{3,4}|koi8-?[ru]|macintosh|mac-?roman"
    r"|shift[-_]?jis|sjis|euc-?(?:jp|kr)|iso-?2022-?jp|gb-?2312|gbk|gb-?18030|big5",
    re.IGNORECASE,
)
_DATA = re.compile(r"data:[^,]*;base64,", re.IGNORECASE)
_LONGEST_MEDIA_TYPE = 100
_BASE_64 = re.compile(r"[A-Za-z0-9+/]*+={0,2}")
_SPACE = re.compile(r"\s+")
_HYPHENS = str.maketrans("_/", "--")
_BARE = {
    **dict.fromkeys(("QUOTED-PRINTABLE", "BASE64", "7BIT", "8BIT"), "ENCODING"),
    **dict.fromkeys(("INLINE", "URL", "CONTENT-ID", "CID"), "VALUE"),
}
_EMPTY_PARAM = re.compile(r";([\w-]+)=(?=;|$)", re.ASCII)
_ESCAPED = re.compile(r"\\([\\,;:nN])")
_ESCAPED_IN_PLAIN = re.compile(r"\\([\\,;:])")
_MARKS = {mark: re.compile(rf"\\.|{mark}", re.DOTALL) for mark in ",;"}
_TO_ESCAPE = re.compile(r"[\\,;\r\n]")
_CARET = re.compile(r"\^([n^'])")


class BadLine(Exception):
    """The reason why a line can't be used, as the beginning of a sentence."""


class ContentLine(NamedTuple):
    """A property. `raw` is its original text, `text` the same unfolded, `value` the unparsed value.

    `plain` says that the value was quoted-printable: it holds real line breaks, and no backslash stands for one.
    """

    number: int
    raw: str
    text: str
    group: str
    name: str
    params: Params
    value: str
    plain: bool = False


# --------------------------------------------------------------------------- parsing


def parse(number: int, raw: str, text: str) -> ContentLine:
    """The property in an unfolded line; `BadLine` gives the reason otherwise."""
    match = _HEAD.match(text)
    if not match:
        text = _mended(text)
        match = _HEAD.match(text)
    if not match:
        raise BadLine(f"“{text[:40]}” is not a property")
    group, name, value = match[1] or "", match[2].upper().translate(_HYPHENS), text[match.end() :]
    if match.end() > LONGEST_TEXT:
        raise BadLine(f"“{text[:40]}…” has more than 1 MiB before its colon")
    if name in ("BEGIN", "END"):
        raise BadLine(f"“{text[:40]}” can't stand inside a card")
    if "\n" in value:  # a card within this one (RFC 2426 §3.5.4: AGENT)
        return ContentLine(number, raw, text, group, name, {}, value.lstrip("\n"), plain=True)
    if value[:5].lower() == "data:":  # which some programs escape
        value = unescaped(value[:_LONGEST_MEDIA_TYPE]) + value[_LONGEST_MEDIA_TYPE:]
        if "," not in value:  # RFC 2397 §3; servers that use vobject cut a value at its first bare comma
            raise BadLine(f"the {name[:40]} was cut off before its first byte")
    params = _params(match[3]) if match[3] else {}
    encoding = params["ENCODING"][0].upper() if "ENCODING" in params else ""
    if encoding in ("BASE64", "B") or (value[:5].lower() == "data:" and _DATA.match(value)):
        value = _binary(name[:40], value)
        text = match[0] + value
    elif encoding in ("QUOTED-PRINTABLE", "Q"):
        value = _from_quoted_printable(name[:40], value, params.get("CHARSET", ("",))[0])
    elif encoding not in ("", "7BIT", "8BIT"):
        raise BadLine(f"the {name[:40]} has the ENCODING “{encoding[:40]}”, which is not known")
    elif len(value) > LONGEST_TEXT:
        raise BadLine(f"the {name[:40]} is longer than 1 MiB")
    return ContentLine(number, raw, text, group, name, params, value, encoding in ("QUOTED-PRINTABLE", "Q"))


def _mended(text: str) -> str:
    """A line without its invalid parameters, and with single quotes in place of `\\"`."""
    head = _BENT_HEAD.match(text)
    if not head:
        return text
    params = (param[0].replace('\\"', "'") for param in _BENT_PARAM.finditer(head[0][:-1]))
    good = [param for param in params if _WHOLE_PARAM.fullmatch(param)]
    return "".join([head[0].partition(";")[0].rstrip(":"), *good, ":", text[head.end() :]])


def _params(text: str) -> Params:
    """Parameters by their names; a bare word of vCard 2.1 is a TYPE, unless it can only be something else."""
    params: dict[str, list[str]] = {}
    empty = set(_EMPTY_PARAM.findall(text))
    for word, *values in parseParams(text):
        name = word.upper().translate(_HYPHENS)
        if values:
            params.setdefault(name, []).extend(values)
        elif word not in empty:
            params.setdefault(_BARE.get(name, "TYPE"), []).append(word)
    return params


def _binary(name: str, value: str) -> str:
    """Base64 without blanks, as a plain value or in a data: URI; `BadLine` if it is invalid or too large."""
    match = _DATA.match(value)
    start = match.end() if match else 0
    code = _SPACE.sub("", value[start:])
    if len(code.rstrip("=")) * 3 // 4 > LARGEST_PHOTO:
        raise BadLine(f"the {name} is larger than 5 MiB")
    if len(code) % 4 or not _BASE_64.fullmatch(code):
        raise BadLine(f"the {name} is not Base64, or was cut off")
    return value[:start] + code


def _from_quoted_printable(name: str, value: str, charset: str) -> str:
    if charset and not _is_charset(charset):
        raise BadLine(f"the {name} has the CHARSET “{charset[:40]}”, which is not known")
    octets = binascii.a2b_qp(value.encode())
    try:
        text = octets.decode(charset or "utf-8")
    except UnicodeDecodeError:
        text = decoded(octets, charset)
    if len(text) > LONGEST_TEXT:
        raise BadLine(f"the {name} is longer than 1 MiB")
    return without_controls(text.replace("\r\n", "\n").replace("\r", "\n"))


def decoded(data: bytes, charset: str = "") -> str:
    """Octets as text: UTF-8 if they are valid, else the charset that the card names, else Windows-1252."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode(charset if _is_charset(charset) else "cp1252", errors="replace")


def _is_charset(name: str) -> bool:
    """Whether a name is a charset of texts; Python's codecs are only asked about names that can be one."""
    try:
        return _CHARSETS.fullmatch(name) is not None and bool(codecs.lookup(name))
    except LookupError:
        return False


def without_controls(text: str) -> str:
    """Text without characters that a card can't hold: controls except tab and line feed, line
    separators, surrogates.
    """
    return _CONTROLS.sub("", text) if _CONTROLS.search(text) else text


def split(value: str, mark: str) -> list[str]:
    """The parts of a value between unescaped marks, which are commas or semicolons."""
    if "\\" not in value:
        return value.split(mark)
    parts, start = [], 0
    for match in _MARKS[mark].finditer(value):
        if match[0] == mark:
            parts.append(value[start : match.start()])
            start = match.end()
    return [*parts, value[start:]]


def unescaped(value: str, *, plain: bool = False) -> str:
    """The text of a value (RFC 6350 §3.4); bare commas, bare semicolons and meaningless backslashes are text."""
    if "\\" not in value:
        return value
    pattern = _ESCAPED_IN_PLAIN if plain else _ESCAPED
    return pattern.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def text_of(line: ContentLine) -> str:
    """The text of a property with one value."""
    return unescaped(line.value, plain=line.plain)


def parts_of(line: ContentLine) -> list[str]:
    """The texts of a structured property, such as N."""
    return [unescaped(part, plain=line.plain) for part in split(line.value, ";")]


def types_of(line: ContentLine) -> list[str]:
    """The types of a property in lower case, however they are written: repeated, in one list, in quotes."""
    if "TYPE" not in line.params:
        return []
    words = ",".join(line.params["TYPE"]).split(",")
    return [word.strip().lower() for word in map(param_text, words) if word.strip()]


def param_text(value: str) -> str:
    """The text of a parameter: `^n`, `^'` and `^^` are a line break, a quote and a caret (RFC 6868 §3)."""
    if "^" not in value:
        return value
    return _CARET.sub(lambda match: {"n": "\n", "'": '"', "^": "^"}[match[1]], value)


def one_line(text: str | None) -> str:
    """A value on one line, without control characters."""
    if not text or (text.isascii() and text.isprintable()):
        return text.strip() if text else ""
    return " ".join(clean(text.replace("\t", " "), keep="\n").split("\n"))


# --------------------------------------------------------------------------- writing


def escaped(text: str) -> str:
    """A text as a value (RFC 2426 §5, RFC 6350 §3.4): backslash, comma, semicolon and line break are escaped."""
    return str(backslashEscape(text)) if _TO_ESCAPE.search(text) else text


def rendered(name: str, value: str, params: Params | None = None, group: str = "") -> str:
    """An unfolded line; `value` is already escaped. Line breaks in a name, group, parameter or
    value are neutralised.
    """
    place = _token(group)
    head = f"{place}.{_token(name)}" if place else _token(name)
    for key, values in params.items() if params else ():
        words = ",".join(dquoteEscape(word) for word in map(_param, values) if word)
        if words and _token(key):
            head += f";{_token(key)}={words}"
    return f"{head}:{without_controls(value)}".replace("\n", "\\n")


@lru_cache(maxsize=1024)
def _token(word: str) -> str:
    return "".join(TOKEN.findall(word))


def _param(value: str) -> str:
    return one_line(value).replace('"', "'")


def is_in_order(line: ContentLine) -> bool:
    """Whether a line may be written unchanged: each parameter has its name, and the whole line is UTF-8."""
    charset = line.params["CHARSET"][0].lower() if "CHARSET" in line.params else "utf-8"
    return not line.plain and charset in ("utf-8", "utf8") and _STRICT.match(line.text) is not None


def folded(lines: Sequence[str]) -> str:
    """Lines as they stand in a file: with CRLF, none longer than 75 octets."""
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _fold(line: str) -> str:
    """A line in pieces of at most 75 octets, each but the first after a blank; no character is split."""
    if len(line) <= LONGEST_LINE and line.isascii():
        return line
    octets = line.encode()
    pieces, start, room = [], 0, LONGEST_LINE
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:  # the middle of a character in UTF-8
            end -= 1
        pieces.append(octets[start:end])
        start, room = end, LONGEST_LINE - 1
    return b"\r\n ".join([*pieces, octets[start:]]).decode()
