"""The words that commands share: which database, which day, and how options are read.

An option is declared once here and used by every command that takes it, so `--json` or
DATE mean the same everywhere. A day is read against the profile's today, hence after the
database was named; a wrong one is answered with the option's own name.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

import typer

from netcrm.cli.app import Settings
from netcrm.cli.terminal import listening, safe_text, say
from netcrm.crm import Crm
from netcrm.domain.dates import EARLIEST, Span, parse_birthday, parse_cadence, parse_day, parse_span
from netcrm.domain.vocabulary import OFF, Reason, Tier
from netcrm.errors import InvalidValue

T = TypeVar("T")


@contextmanager
def opened(ctx: typer.Context) -> Iterator[Crm]:
    """The database of this command, on the day of this command."""
    settings = ctx.ensure_object(Settings)
    with listening() if settings.verbose else nullcontext():
        today = None
        if settings.today:
            with _crm(settings, None) as crm:
                today = day(crm, "--today", settings.today)
        with _crm(settings, today) as crm:
            try:
                yield crm
            except (typer.Exit, BrokenPipeError):  # an answer, and a reader who has read enough
                raise
            except Exception:
                _say_what_stands(crm)
                raise


def _say_what_stands(crm: Crm) -> None:
    """What was written before something went wrong, such as a damaged page that was met when the result was shown."""
    if done := crm.last:
        say(f"netcrm: this was recorded, and stands: {done.summary}")


def _crm(settings: Settings, today: date | None) -> Crm:
    return Crm(settings.db, today=today, playbooks=settings.playbooks, lock_timeout=settings.lock_timeout)


# --------------------------------------------------------------------------- reading values


def day(crm: Crm, option: str, text: str | None) -> date | None:
    """The DATE that an option was given."""
    return _read(option, text, lambda word: _day(crm, word)) if text is not None else None


def _day(crm: Crm, word: str) -> date:
    """A DATE; the database, which may be the very thing that is broken, is asked for today only where it matters."""
    return parse_day(word, EARLIEST if word.strip()[:1].isdigit() else crm.today)


def birthday(text: str | None) -> date | str | None:
    """The day that `--birthday` was given; an empty text clears it."""
    if not text:
        return text
    try:
        return parse_birthday(text)
    except ValueError:
        raise InvalidValue("--birthday", text, "is not a day; write it like 1990-02-28, or --02-28") from None


def span(option: str, text: str | None) -> Span | None:
    """The SPAN that an option was given."""
    return _read(option, text, parse_span) if text is not None else None


def cadence(text: str | None) -> str | None:
    """What `--every` was given, in one spelling: a span or “off”; an empty text clears it."""
    if not text or text.strip().lower() == OFF:
        return text
    return _read("--every", text, lambda word: str(parse_cadence(word)))


def day_or_span(crm: Crm, option: str, text: str) -> date | Span:
    """A SPAN from today on, or the DATE itself."""
    with suppress(ValueError):
        return parse_span(text)
    with suppress(ValueError):
        return _day(crm, text)
    raise InvalidValue(
        option, text, "is neither a span nor a day; write it like 3d, 2w, '3 business days' or 2026-12-01"
    )


def moment(crm: Crm, option: str, text: str | None, on: date | None) -> datetime | None:
    """The TIME that an option was given, in the profile's time zone: “14:30” is that day's, today's without one.

    A time of another day than `on` is refused.
    """
    return _read(option, text, lambda word: _moment(crm, word, on)) if text is not None else None


def _moment(crm: Crm, word: str, on: date | None) -> datetime:
    try:
        clock = time.fromisoformat(word)
    except ValueError:
        clock = None
    zone = ZoneInfo(crm.profile().timezone)
    try:
        at = datetime.fromisoformat(word) if clock is None else datetime.combine(on or crm.today, clock)
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        mine = at.astimezone(zone).date()
    except (ValueError, OverflowError):
        raise ValueError("is not a time; write it like 14:30 or 2026-11-23T14:30") from None
    if on and mine != on:
        raise ValueError(f"is on {mine}, and --on says {on}; give one of them, or the same day to both")
    return at


def _read(option: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidValue(option, text, str(error)) from None


# --------------------------------------------------------------------------- what the shell can complete


def open_ids(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The open follow-ups and what they say; nothing where there is no database to ask."""
    given = ctx.find_root().params
    ctx.obj = Settings(given.get("db"), given.get("today"))
    with suppress(Exception), opened(ctx) as crm:
        return [(item.id, safe_text(item.text)) for item in crm.plan() if item.id.startswith(incomplete)]
    return []


def _words_of(vocabulary: Any) -> Callable[[str], list[str]]:
    """What completes a word that may be cleared; Typer itself would offer nothing as a word too."""

    def begun(incomplete: str) -> list[str]:
        return [word for word in get_args(vocabulary) if word.startswith(incomplete)]

    return begun


def _alternatives(vocabulary: Any) -> str:
    """The words, as Typer writes choices."""
    return f"<{'|'.join(get_args(vocabulary))}>"


# --------------------------------------------------------------------------- shared arguments and options

Who = Annotated[str, typer.Argument(metavar="WHO", help="An id, an e-mail, or any part of one person's name.")]
OfferName = Annotated[str, typer.Argument(metavar="OFFER", help="An id, or any part of one offer's company.")]
Ids = Annotated[
    list[str],
    typer.Argument(metavar="ID", help="Follow-ups, as `due` and `plan` name them.", autocompletion=open_ids),
]

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")]

Name = Annotated[str | None, typer.Option(metavar="NAME", help="The name.")]
Email = Annotated[str | None, typer.Option(metavar="ADDRESS", help="The e-mail address.")]
Phone = Annotated[str | None, typer.Option(metavar="NUMBER", help="The phone number.")]
LinkedIn = Annotated[str | None, typer.Option("--linkedin", metavar="URL", help="The LinkedIn profile.")]
Zone = Annotated[str | None, typer.Option(metavar="ZONE", help="The time zone, such as Europe/Berlin.")]
Country = Annotated[str | None, typer.Option(metavar="CC", help="The country whose holidays count, such as DE.")]

Emails = Annotated[list[str] | None, typer.Option("--email", metavar="ADDRESS", help="An e-mail; may be repeated.")]
Phones = Annotated[list[str] | None, typer.Option("--phone", metavar="NUMBER", help="A phone; may be repeated.")]
Urls = Annotated[list[str] | None, typer.Option("--url", metavar="URL", help="A web page; may be repeated.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="A label; may be repeated.")]
Company = Annotated[str | None, typer.Option(metavar="COMPANY", help="Where they work.")]
Title = Annotated[str | None, typer.Option(metavar="TITLE", help="What they are there.")]
TierOf = Annotated[Tier | None, typer.Option(help="How close: A is closest.")]
TierOrNone = Annotated[
    Literal[Tier, ""] | None,
    typer.Option(
        "--tier", metavar=_alternatives(Tier), autocompletion=_words_of(Tier), help="How close: A is closest."
    ),
]
Every = Annotated[str | None, typer.Option(metavar="SPAN", help="How often to be in touch; or off.")]
Dormant = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Leave them in peace from now on, and why; empty: they are awake again."),
]
Birthday = Annotated[str | None, typer.Option(metavar="DATE", help="Their birthday.")]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="What to remember about them.")]

Query = Annotated[str | None, typer.Argument(metavar="QUERY", help="Any part of a name, company or e-mail.")]
WithTag = Annotated[str | None, typer.Option("--tag", metavar="TAG", help="Only those with this tag.")]
AtCompany = Annotated[str | None, typer.Option("--company", metavar="COMPANY", help="Only those who work there.")]
SilentFor = Annotated[
    str | None,
    typer.Option("--silent-for", metavar="SPAN", help="Only those you have not been in touch with for so long."),
]
OfTier = Annotated[Tier | None, typer.Option("--tier", help="Only those of this tier.")]

JobRole = Annotated[str | None, typer.Option("--role", metavar="TEXT", help="The position that is offered.")]
People = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="PERSON", help='Who is on it: "NAME <EMAIL>:ROLE" or "WHO:ROLE"; may be repeated.'),
]
Because = Annotated[Reason | None, typer.Option(help="The one reason, in a word.")]
BecauseOrNone = Annotated[
    Literal[Reason, ""] | None,
    typer.Option(
        "--because",
        metavar=_alternatives(Reason),
        autocompletion=_words_of(Reason),
        help="The one reason, in a word.",
    ),
]
OnDay = Annotated[str | None, typer.Option("--on", metavar="DATE", help="When it happened; else today.")]
