"""Field types: how text is cleaned, and which values can't be stored.

Each type is an annotation that pydantic enforces. A refusal is a sentence without its subject,
which is the name of the field.
"""

import re
import unicodedata
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator

from netcrm.domain.dates import EARLIEST, LATEST, NO_YEAR, parse_birthday, parse_cadence, parse_span
from netcrm.domain.vocabulary import OFF

LONGEST_NAME = 500
LONGEST_UID = 255
MOST_PER_DAY = 1000
LONGEST_TEXT = 1 << 20
"""A field holds at most 1 MiB of text."""


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
"""Control characters (Cc), lone surrogates (Cs), and the separators that end a line for some programs."""


def clean(text: str, *, keep: str = "") -> str:
    """Text as it is stored: in NFC, without control characters (except those in `keep`) and lone surrogates.

    A NUL ends a string in C, a lone surrogate can't be encoded, and an escape controls a
    terminal. None of them belongs in a name.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = _CONTROLS.sub(lambda match: match[0] if match[0] in keep else "", text)
    # Normalise last: a removed character may have stood between a letter and its accent.
    return unicodedata.normalize("NFC", plain).strip()


def _line(value: str) -> str:
    text = clean(value.replace("\t", " ").replace("\n", " "))
    if len(text) > LONGEST_NAME:
        raise ValueError(f"is longer than {LONGEST_NAME} characters; shorten it, or move the rest to a note")
    return text


def _name(value: str) -> str:
    text = _line(value)
    if not text:
        raise ValueError("is empty; give at least one letter")
    return text


def _text(value: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise ValueError("is longer than 1 MiB; shorten it")
    return clean(value, keep="\n\t")


def _slug(value: str) -> str:
    if not value or not all(char.isalnum() or char in "-_" for char in value):
        raise ValueError("is not a word; use letters, digits and hyphens, such as “thanked”")
    return value


def _zone(value: str) -> str:
    if not is_zone(value):
        raise ValueError(f"is not a time zone; {_zone_instead(value)}")
    return value


def is_zone(value: str) -> bool:
    """Whether this machine has a time zone of that name."""
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _zone_instead(value: str) -> str:
    """A hint at the zone of a city: “berlin” is Europe/Berlin."""
    word = value.strip().casefold().replace(" ", "_")
    zones = {name.rpartition("/")[2].casefold(): name for name in sorted(available_timezones(), reverse=True)}
    near = get_close_matches(word.rpartition("/")[2], zones, n=1, cutoff=0.8)
    return f"did you mean {zones[near[0]]}?" if near else "use a name such as Europe/Berlin or America/New_York"


def _day(value: date) -> date:
    if not EARLIEST <= value <= LATEST:
        raise ValueError(f"lies outside {EARLIEST.year} to {LATEST.year}; check the year")
    return value


def _birthday(value: object) -> object:
    return parse_birthday(value) if isinstance(value, str) else value


def _born(value: date) -> date:
    return value if value.year == NO_YEAR else _day(value)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("has no time zone; give an aware datetime")
    return value


def _cadence(value: str) -> str:
    return OFF if value.strip().lower() == OFF else str(parse_cadence(value))


def _country(value: str) -> str:
    code = value.strip().upper()
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        raise ValueError("is not a country code; use two letters (ISO 3166-1), such as DE or US")
    return code


def _limit(value: object) -> int | None:
    if value is None:
        return None
    try:
        number = int(str(value))
    except ValueError:
        raise ValueError("is not a number; give the largest number of follow-ups for a day, or off") from None
    if not 1 <= number <= MOST_PER_DAY:
        raise ValueError(f"lies outside 1 to {MOST_PER_DAY}; give the largest number of follow-ups for a day, or off")
    return number


def _quiet_until(value: str) -> str:
    word = value.strip().lower()
    if word in ("start", "signed"):
        return word
    try:
        return str(parse_span(word))
    except ValueError:
        raise ValueError(
            "is not an end of the quiet period; write start, signed, or a span after the first day, such as 14 days"
        ) from None


def _uid(value: str) -> str:
    text = clean(value)
    if not text or len(text) > LONGEST_UID:
        raise ValueError(f"is not a UID; a UID has 1 to {LONGEST_UID} characters")
    return text


def in_words(error: dict[str, Any]) -> str:
    """An error of pydantic's, in the words of netcrm's messages."""
    context = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return str(context["error"])
        case "literal_error":
            words = context["expected"].replace(" or ", ", ").replace("'", "")
            return f"is not one of {words}"
        case "missing":
            return "is missing; give it a value"
        case _:
            message = error["msg"]
            return f"can't be used: {message[0].lower()}{message[1:]}"


Uid = Annotated[str, AfterValidator(_uid)]
Line = Annotated[str, AfterValidator(_line)]
Name = Annotated[str, AfterValidator(_name)]
Text = Annotated[str, AfterValidator(_text)]
Slug = Annotated[str, AfterValidator(_slug)]
Zone = Annotated[str, AfterValidator(_zone)]
Day = Annotated[date, AfterValidator(_day)]
Birthday = Annotated[date, BeforeValidator(_birthday), AfterValidator(_born)]
Instant = Annotated[datetime, AfterValidator(_aware)]
Cadence = Annotated[str, AfterValidator(_cadence)]
Limit = Annotated[int | None, BeforeValidator(_limit)]
QuietUntil = Annotated[str, AfterValidator(_quiet_until)]
Country = Annotated[str, AfterValidator(_country)]
