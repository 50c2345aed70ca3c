"""Who is who: what two spellings share, and whom a row of a file means. Pure, and never a guess.

A LinkedIn address names one person, an e-mail nearly always does, a name may be
anybody's. So they are asked in that order, and where the answer is not one person the
result is an `Ambiguity` that names the candidates, for a person to settle.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from netcrm.terms import MethodKind

_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)
"""What nearly every address looks like; the others are asked about at more length."""

_APART = re.compile(r"[\W_]+")
_PROFILE = re.compile(r"/?(?:[a-z]{2}/)?(in|pub|company|profile)/([^/?#]+)")


# --------------------------------------------------------------------------- normal forms


def normalise_name(name: str) -> str:
    """A name without case, accents and punctuation: “Émile  O'Neill” is “emile o neill”."""
    plain = name.casefold()
    if not plain.isascii():
        plain = "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))
    return _APART.sub(" ", plain).strip() or name.strip().casefold()


def normalise_email(email: str) -> str:
    """An e-mail address without case: no server in use tells two apart by it.

    `ValueError` if it is none (RFC 5322 as e-mail programs take it, RFC 6531 for the rest
    of the world's letters).
    """
    text = unicodedata.normalize("NFC", email.strip())
    if not _PLAIN_EMAIL.fullmatch(text):
        try:
            validate_email(text, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise ValueError(f"is not an e-mail address ({_lower(error)}); write it like dana@example.com") from None
    return text.casefold()


def _lower(error: Exception) -> str:
    sentence = str(error).rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def normalise_phone(phone: str) -> str:
    """The digits of a number, with a + where it is international: “0049 (30) 12-34” is “+49301234”."""
    text = phone.strip()
    digits = "".join(char for char in text if char.isascii() and char.isdigit())
    if len(digits) < 3 or any(char.isalpha() for char in re.sub(r"(?i)\s*(?:ext\.?|x)\s*\d+$", "", text)):
        raise ValueError("is not a phone number; write it like +49 30 1234567")
    if text.startswith("+"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits


def normalise_url(url: str) -> str:
    """A web address without scheme, “www.” and a closing slash; `ValueError` if it is none."""
    parts = _split(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or any(char.isspace() for char in url.strip()):
        raise ValueError("is not a web address; write it like https://example.com/dana")
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.hostname.removeprefix('www.')}{parts.path.rstrip('/')}{query}"


def _split(url: str) -> SplitResult:
    """The parts of an address, its scheme left out or not; no parts at all where it can't be one."""
    try:
        return urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        return urlsplit("")


def normalise_linkedin(url: str) -> str:
    """A LinkedIn profile, whatever the country, the scheme and the rest of the address.

    >>> normalise_linkedin("http://de.linkedin.com/in/Dana-Wu/?trk=people")
    'linkedin.com/in/dana-wu'
    """
    text = url.strip()
    if text.lower().startswith(("in/", "/in/")):
        text = f"linkedin.com/{text.lstrip('/')}"
    parts = _split(text)
    host = (parts.hostname or "").lower()
    path = unicodedata.normalize("NFC", unquote(parts.path)).casefold()
    match = _PROFILE.match(path)
    if not match or not (host == "linkedin.com" or host.endswith(".linkedin.com")):
        raise ValueError("is not a LinkedIn profile; write it like https://www.linkedin.com/in/dana-wu")
    return f"linkedin.com/{match[1]}/{match[2].strip()}"


def normalise(kind: MethodKind, value: str) -> str:
    """What two spellings of one contact method share; `ValueError` says what it takes."""
    match kind:
        case "email":
            return normalise_email(value)
        case "phone":
            return normalise_phone(value)
        case "linkedin":
            return normalise_linkedin(value)
        case "url":
            return normalise_url(value)
        case _:
            return normalise_name(value)


# --------------------------------------------------------------------------- matching


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A row that may mean several people, and why."""

    candidates: tuple[int, ...]
    reason: str


@dataclass(slots=True)
class _Namesake:
    number: int
    company: str
    has_linkedin: bool


class Known:
    """The people there are, by what names them; each row is matched in constant time.

    `contacts` are (number, name, company, whether a LinkedIn address is known), `methods`
    are (number, kind, normal form).
    """

    def __init__(
        self, contacts: Iterable[tuple[int, str, str | None, bool]], methods: Iterable[tuple[int, str, str]]
    ) -> None:
        self._reached: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._named: dict[str, list[_Namesake]] = defaultdict(list)
        self._numbers: dict[int, _Namesake] = {}
        for number, name, company, has_linkedin in contacts:
            self._add_name(number, name, company, has_linkedin=has_linkedin)
        for number, kind, value in methods:
            self._reached[kind, value].add(number)

    def _add_name(self, number: int, name: str, company: str | None, *, has_linkedin: bool) -> None:
        namesake = _Namesake(number, normalise_name(company or ""), has_linkedin)
        self._numbers[number] = namesake
        self._named[normalise_name(name)].append(namesake)

    def add(self, number: int, name: str, company: str | None, methods: Iterable[tuple[str, str]]) -> None:
        """Make somebody known, or more ways to reach them."""
        given = list(methods)
        if number not in self._numbers:
            self._add_name(number, name, company, has_linkedin=False)
        for kind, value in given:
            self._reached[kind, value].add(number)
            self._numbers[number].has_linkedin |= kind == "linkedin"

    def match(self, name: str, company: str | None, email: str | None, linkedin: str | None) -> int | Ambiguity | None:
        """Whom a row means: one of the known, nobody yet, or it can't be told.

        `email` and `linkedin` are normal forms. By address first; by name only where the
        company is the same or unknown to one side, and no LinkedIn address says otherwise.
        """
        by_link = self._reached.get(("linkedin", linkedin), set()) if linkedin else set()
        by_mail = self._reached.get(("email", email), set()) if email else set()
        if len(by_link | by_mail) > 1:
            reason = (
                "its LinkedIn address and its e-mail belong to different people" if by_link else "they share its e-mail"
            )
            return Ambiguity(tuple(sorted(by_link | by_mail)), reason)
        if found := by_link | by_mail:
            return self._unless_other(next(iter(found)), linkedin, by_link)
        return self._by_name(name, company, linkedin)

    def _unless_other(self, number: int, linkedin: str | None, by_link: set[int]) -> int | Ambiguity:
        if linkedin and not by_link and self._numbers[number].has_linkedin:
            return Ambiguity((number,), "the e-mail is theirs, the LinkedIn address is not")
        return number

    def _by_name(self, name: str, company: str | None, linkedin: str | None) -> int | Ambiguity | None:
        wanted = normalise_name(company or "")
        fitting = [
            namesake.number
            for namesake in self._named.get(normalise_name(name), ())
            if not (linkedin and namesake.has_linkedin)
            and (namesake.company == wanted or not namesake.company or not wanted)
        ]
        if len(fitting) > 1:
            return Ambiguity(tuple(sorted(fitting)), "they have the same name")
        return fitting[0] if fitting else None
