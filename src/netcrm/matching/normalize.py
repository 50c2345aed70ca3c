"""Normal forms of names and addresses: two spellings of the same thing have one normal form. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from netcrm.domain.vocabulary import MethodKind

_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)
"""The shape of nearly every address; other addresses are checked by a library."""

LONGEST_QUICK_EMAIL = 64
"""An address of this length has no part that is too long (RFC 1035, 2.3.4); longer ones are checked by a library."""


_APART = re.compile(r"[\W_]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
"""Soft hyphens, joiners and variation selectors change how a letter is drawn, not which letter it is."""

_SCHEME = re.compile(r"(?i)^tel:\s*")
_ABROAD = re.compile(r"^[(\s]*00(?=(?:\D*\d){3})")
"""The international prefix of most countries; the few others (such as 011) depend on the region."""

_EXTENSION = re.compile(
    r"(?i)(?:;ext=|ext(?:ensi[oó]n|n)?|x|durchwahl|nebenstelle|apparat|app|dw|poste|interno|int|anexo|wew|toestel|доб)"
    r"[\s.:]*([0-9]+)[\s)]*$"
)
_VANITY = re.compile(r"(\+?[0-9][0-9 ().-]*)([A-Za-z][A-Za-z0-9 .-]*)")
_KEYS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")

MOST_BEFORE_LETTERS = 7
"""The most digits before the letters of a spelt number (1-800-555-CALL); letters after more digits are a remark."""

_MARKED = re.compile("(?i)%2c|%3b")
"""A comma and a semicolon as links in a vCard hold them, where a bare one would separate values."""

_STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_OF_LINKS = ":/?#[]@!$&'()*+,;=%"
"""The characters that a link may hold unencoded (RFC 3986 §2.2); all others are percent-encoded."""

_PROFILE = re.compile(r"(?i)/(?:[a-z]{2}/)?(?:(in)/([^/]+)|(pub)/(.*[^/]))")


# --------------------------------------------------------------------------- normal forms


def normalise_name(name: str) -> str:
    """A name without case, accents and punctuation: “Émile O'Neill” is “emile o neill”."""
    plain = name.casefold()
    if plain.isascii():
        return _APART.sub(" ", plain).strip() or plain.strip()
    # Decomposition can produce capitals, so it happens both before and after case folding.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", _UNSEEN.sub("", plain)).casefold())
    return " ".join("".join(map(_letter, plain)).split()) or plain.strip()


def _letter(char: str) -> str:
    """A letter in its compared form: accents and points (by combining class) are dropped, vowel signs stay.

    Latin, Greek, Cyrillic, Hebrew and Arabic are compared without marks. In Indic scripts and Thai the marks are the
    vowels, and in kana they distinguish か from が; another mark makes another name.
    """
    marked = unicodedata.combining(char)
    if marked == 1 or 10 <= marked <= 36 or marked >= 200:
        return ""
    return char if char.isalnum() or unicodedata.category(char) in ("Mn", "Mc") else " "


def normalise_email(email: str) -> str:
    """An e-mail address without case, because no mail server in use distinguishes by it.

    `ValueError` for anything else (RFC 5322 as e-mail programs accept it, RFC 6531 for other scripts).
    """
    text = unicodedata.normalize("NFC", email.strip())
    if len(text) > LONGEST_QUICK_EMAIL or not _PLAIN_EMAIL.fullmatch(text):
        try:
            validate_email(text, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise ValueError(f"is not an e-mail address ({_lower(error)}); write it like dana@example.com") from None
    return text.casefold()


def _lower(error: Exception) -> str:
    sentence = str(error).rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def normalise_phone(phone: str, region: str | None = None) -> str:
    """A number in international form (ITU-T E.164), with an extension written as in RFC 3966 §3.

    A national number needs the `region` in which it is dialled, an ISO 3166-1 alpha-2 code. Without a region, or for an
    unknown number, the form is the dialled digits: any text with three digits and no letters is accepted. `ValueError`
    for anything else.

    >>> normalise_phone("0049 (30) 12-34"), normalise_phone("(415) 555-2671 ext. 12", "US")
    ('+49301234', '+14155552671;ext=12')
    """
    text = _dialled(phone)
    number, extension = _apart_from_extension(text)
    number = _keyed(number, region)
    if sum(map(str.isdecimal, text)) < 3 or any(map(str.isalpha, number)):
        raise ValueError("is not a phone number; write it like +49 30 1234567")
    reading = _international(number, region)
    extension = extension or reading.extension
    return f"{reading.form};ext={extension}" if extension else reading.form


def _dialled(phone: str) -> str:
    """A number in ASCII digits, whatever its script, without the direction marks that Apple adds to copied text."""
    if not phone.isascii():
        seen = (char for char in phone if unicodedata.category(char) != "Cf")
        phone = "".join(str(unicodedata.decimal(char, char)) for char in seen)
    return _SCHEME.sub("", phone.strip().replace("\N{FULLWIDTH PLUS SIGN}", "+"))


def _apart_from_extension(text: str) -> tuple[str, str]:
    match = _EXTENSION.search(text)
    number = text[: match.start()].rstrip(" ,;(") if match else text
    return (number, match[1]) if match and any(map(str.isdecimal, number)) else (_EXTENSION.sub(r"\1", text), "")


def _keyed(number: str, region: str | None) -> str:
    """A number whose last part is spelt in letters, as dialled (ITU-T E.161): 1-800-FLOWERS is 1-800-3569377.

    Letters after a number that is complete without them are a remark; they stay, and the caller refuses them.
    """
    match = _VANITY.fullmatch(number)
    if not match or not (match[2].isupper() or match[1].endswith(("-", "."))):
        return number
    keyed = number.upper().translate(_KEYS)
    few = sum(map(str.isdecimal, match[1])) <= MOST_BEFORE_LETTERS
    fits = few and 6 <= sum(map(str.isdecimal, keyed)) <= 15 and sum(map(str.isalpha, match[2])) >= 3
    return keyed if fits and not any(_possible(match[1], region)) else number


class _Reading(NamedTuple):
    """A number in E.164 or as digits, the extension found in its punctuation, and whether such numbers are assigned."""

    form: str
    extension: str = ""
    is_assigned: bool = False


def _international(number: str, region: str | None) -> _Reading:
    """A number in E.164 if its length is possible, else its digits."""
    digits = "".join(filter(str.isdecimal, number))
    plain = f"+{digits}" if "+" in number.partition(digits[:1])[0] else _ABROAD.sub("+", digits)
    written, possible = _ABROAD.sub("+", number), list[_Reading]()
    for spelling in dict.fromkeys((written, written.replace("(0)", ""), plain)):
        for reading in _possible(spelling, region):
            if reading.is_assigned:
                return reading
            possible.append(reading)
    best = next(iter(possible), _Reading(plain))
    # A trunk prefix that was written twice is removed in two steps, each of which makes the number shorter.
    again = best.form != plain and (number != plain or len(best.form) < len(plain))
    return best._replace(form=_international(best.form, region).form) if again else best


def _possible(number: str, region: str | None) -> Iterator[_Reading]:
    """The reading of a number, if one of its length can be dialled from abroad."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region.upper() if region else None)
    except phonenumbers.NumberParseException:
        return
    if phonenumbers.is_possible_number_with_reason(parsed) == phonenumbers.ValidationResult.IS_POSSIBLE:
        form = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        yield _Reading(form, parsed.extension or "", phonenumbers.is_valid_number(parsed))


def normalise_url(url: str) -> str:
    """A web address without scheme, “www.” and a closing slash; `ValueError` for anything else.

    Characters that a link can't hold are percent-encoded, as on a vCard, so that both spellings have one form.
    """
    text = url.strip()
    parts = _split(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or _unfit(text) or len(text.split()) > 1:
        raise ValueError("is not a web address; write it like https://example.com/dana")
    query = f"?{parts.query}" if parts.query else ""
    address = f"{parts.hostname.removeprefix('www.')}{parts.path.rstrip('/')}{query}"
    encoded = quote(_STRAY_PERCENT.sub("%25", address), safe=_OF_LINKS)
    return _MARKED.sub(lambda mark: unquote(mark[0]), encoded)


def _split(url: str) -> SplitResult:
    """The parts of an address with or without a scheme; no parts if it is invalid."""
    try:
        return urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        return urlsplit("")


def normalise_linkedin(url: str) -> str:
    """A LinkedIn profile, whatever the country, the scheme and the rest of the address.

    Only addresses of one person are accepted: `/in/` with a name, `/pub/` with numbers. Everyone who gives the page
    of a company, or `/profile/view`, would count as one person.

    >>> normalise_linkedin("http://de.linkedin.com/in/Dana-Wu/?trk=people")
    'linkedin.com/in/dana-wu'
    """
    text = url.strip().lstrip("/")
    parts = _split(f"linkedin.com/{text}" if text[:3].lower() == "in/" else text)
    host = parts.hostname or ""
    match = _PROFILE.match(parts.path) if host == "linkedin.com" or host.endswith(".linkedin.com") else None
    kind, path = ("in", match[2]) if match and match[1] else ("pub", match[4] if match else "")
    profile = unicodedata.normalize("NFC", unicodedata.normalize("NFC", _decoded(path)).casefold()).strip()
    if not profile or _unfit(profile):
        raise ValueError("is not a LinkedIn profile; write it like https://www.linkedin.com/in/dana-wu")
    return f"linkedin.com/{kind}/{profile}"


def _unfit(text: str) -> bool:
    """Whether a text holds characters that no database accepts: an encoded NUL, or half of a surrogate pair."""
    return any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


def _decoded(path: str) -> str:
    """A path with its percent signs decoded; bytes that are not UTF-8 are read as Latin-1."""
    try:
        return unquote(path, errors="strict")
    except UnicodeDecodeError:
        return unquote(path, encoding="latin-1")


def normalise(kind: MethodKind, value: str, region: str | None = None) -> str:
    """The normal form of a contact method; `ValueError` says what is accepted.

    `region` is the country in which national phone numbers are dialled.
    """
    match kind:
        case "email":
            return normalise_email(value)
        case "phone":
            return normalise_phone(value, region)
        case "linkedin":
            return normalise_linkedin(value)
        case "url":
            return normalise_url(value)
        case _:
            return normalise_name(value)


def spellings(words: str, region: str | None = None) -> dict[str, str]:
    """A search term in the normal form of each kind of address; a part of an address stays as it is."""
    forms: dict[str, str] = {}
    kinds: tuple[MethodKind, ...] = ("email", "phone", "url", "linkedin")
    # Before a slash, “dana@acme.example” is an e-mail address and not a link to acme.example; after one, it may be
    # “/@dana”.
    mail = "@" in words.partition("/")[0]
    for kind in kinds:
        try:
            forms[kind] = words.strip().casefold() if mail else normalise(kind, words, region)
        except ValueError:
            forms[kind] = words.strip().casefold()
    return forms


def alike(left: str | None, right: str | None) -> bool:
    """Whether two names may mean one company: they are equal, one begins with the other, or one is missing."""
    if not left or not right:
        return True
    left_form, right_form = f"{normalise_name(left)} ", f"{normalise_name(right)} "
    return left_form.startswith(right_form) or right_form.startswith(left_form)


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that is most similar to a mistyped word, as a whole or in part; None if none is similar."""
    names_by_form = {normalise_name(name): name for name in names}
    parts = {part: name for folded, name in names_by_form.items() for part in folded.split()}
    candidates = {**parts, **names_by_form}
    return next((candidates[near] for near in get_close_matches(normalise_name(word), candidates, n=1)), None)
