"""The parts that commands share: opening the database, reading values, and common options.

An option is declared once here and used by every command that has it, so `--json` and DATE mean the
same everywhere. A day is read relative to today in the profile's time zone, so it is read only
after the database is known. An error names the option that holds the bad value.
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
    """The database that the global options name, on the day that they name."""
    settings = ctx.ensure_object(Settings)
    with listening() if settings.verbose else nullcontext():
        today = None
        if settings.today:
            with _crm(settings, None) as crm:
                today = day(crm, "--today", settings.today)
        with _crm(settings, today) as crm:
            try:
                yield crm
            except (typer.Exit, BrokenPipeError):  # neither is a failure: an exit code, a reader that has read enough
                raise
            except Exception:
                _say_what_is_saved(crm)
                raise


def _say_what_is_saved(crm: Crm) -> None:
    """Report a change that was saved before the error, for example when a damaged page is read to show the result."""
    if crm.last:
        say(f"netcrm: this change was saved: {crm.last.summary}")


def _crm(settings: Settings, today: date | None) -> Crm:
    return Crm(settings.db, today=today, playbooks=settings.playbooks, lock_timeout=settings.lock_timeout)


# --------------------------------------------------------------------------- reading values


def day(crm: Crm, option: str, text: str | None) -> date | None:
    """The day in an option that takes a DATE."""
    return _read(option, text, lambda word: _day(crm, word)) if text is not None else None


def _day(crm: Crm, word: str) -> date:
    """The day that a DATE means. The database may be broken, so it is asked for today only for a relative day."""
    return parse_day(word, EARLIEST if word.strip()[:1].isdigit() else crm.today)


def birthday(text: str | None) -> date | str | None:
    """The day in `--birthday`; an empty text clears it."""
    if not text:
        return text
    try:
        return parse_birthday(text)
    except ValueError:
        raise InvalidValue("--birthday", text, "is not a day; write it like 1990-02-28, or --02-28") from None


def span(option: str, text: str | None) -> Span | None:
    """The span in an option that takes a SPAN."""
    return _read(option, text, parse_span) if text is not None else None


def cadence(text: str | None) -> str | None:
    """The cadence in `--every` in its normal spelling, a span or “off”; an empty text clears it."""
    if not text or text.strip().lower() == OFF:
        return text
    return _read("--every", text, lambda word: str(parse_cadence(word)))


def day_or_span(crm: Crm, option: str, text: str) -> date | Span:
    """The SPAN or the DATE in an option that takes either."""
    with suppress(ValueError):
        return parse_span(text)
    with suppress(ValueError):
        return _day(crm, text)
    raise InvalidValue(
        option, text, "is neither a span nor a day; write it like 3d, 2w, '3 business days' or 2026-12-01"
    )


def moment(crm: Crm, option: str, text: str | None, on: date | None) -> datetime | None:
    """The moment in an option that takes a TIME, in the profile's time zone.

    “14:30” is that time on the day `on`, or today. A moment on another day than `on` is an error.
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
        local_day = at.astimezone(zone).date()
    except (ValueError, OverflowError):
        raise ValueError("is not a time; write it like 14:30 or 2026-11-23T14:30") from None
    if on and local_day != on:
        raise ValueError(f"is on {local_day}, but --on says {on}; give only one of the two, or the same day in both")
    return at


def _read(option: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidValue(option, text, str(error)) from None


# --------------------------------------------------------------------------- completion in the shell


def open_ids(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The ids of open follow-ups with their texts; none where the database can't be read."""
    global_options = ctx.find_root().params
    ctx.obj = Settings(global_options.get("db"), global_options.get("today"))
    with suppress(Exception), opened(ctx) as crm:
        return [(item.id, safe_text(item.text)) for item in crm.plan() if item.id.startswith(incomplete)]
    return []


def _words_of(vocabulary: Any) -> Callable[[str], list[str]]:
    """A completion function for a value that may be cleared: Typer's own would also offer the empty text."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in get_args(vocabulary) if word.startswith(incomplete)]

    return complete


def _alternatives(vocabulary: Any) -> str:
    """The words of a vocabulary, as Typer shows choices."""
    return f"<{'|'.join(get_args(vocabulary))}>"


# --------------------------------------------------------------------------- shared arguments and options

Who = Annotated[str, typer.Argument(metavar="WHO", help="A contact: an id, an e-mail address or any part of the name.")]
OfferName = Annotated[str, typer.Argument(metavar="OFFER", help="An offer: an id or any part of the company's name.")]
Ids = Annotated[
    list[str],
    typer.Argument(metavar="ID", help="The ids of follow-ups, as `due` and `plan` show them.", autocompletion=open_ids),
]

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, but change nothing.")]

Name = Annotated[str | None, typer.Option(metavar="NAME", help="The name.")]
Email = Annotated[str | None, typer.Option(metavar="ADDRESS", help="The e-mail address.")]
Phone = Annotated[str | None, typer.Option(metavar="NUMBER", help="The phone number.")]
LinkedIn = Annotated[str | None, typer.Option("--linkedin", metavar="URL", help="The LinkedIn profile.")]
Zone = Annotated[str | None, typer.Option(metavar="ZONE", help="The time zone, such as Europe/Berlin.")]
Country = Annotated[str | None, typer.Option(metavar="CC", help="The country whose public holidays apply, such as DE.")]

Emails = Annotated[
    list[str] | None, typer.Option("--email", metavar="ADDRESS", help="An e-mail address; may be repeated.")
]
Phones = Annotated[list[str] | None, typer.Option("--phone", metavar="NUMBER", help="A phone number; may be repeated.")]
Urls = Annotated[list[str] | None, typer.Option("--url", metavar="URL", help="A web page; may be repeated.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="A tag; may be repeated.")]
Company = Annotated[str | None, typer.Option(metavar="COMPANY", help="The company they work for.")]
Title = Annotated[str | None, typer.Option(metavar="TITLE", help="Their job title.")]
TierOf = Annotated[Tier | None, typer.Option(help="How close you are: A is closest.")]
TierOrNone = Annotated[
    Literal[Tier, ""] | None,
    typer.Option(
        "--tier", metavar=_alternatives(Tier), autocompletion=_words_of(Tier), help="How close you are: A is closest."
    ),
]
Every = Annotated[str | None, typer.Option(metavar="SPAN", help="How often to be in touch, or off.")]
Dormant = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="Stop all follow-ups about this contact, for this reason; an empty value starts them again.",
    ),
]
Birthday = Annotated[str | None, typer.Option(metavar="DATE", help="Their birthday.")]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Notes about them.")]

Query = Annotated[str | None, typer.Argument(metavar="QUERY", help="Any part of a name, company or e-mail.")]
WithTag = Annotated[str | None, typer.Option("--tag", metavar="TAG", help="Only contacts with this tag.")]
AtCompany = Annotated[str | None, typer.Option("--company", metavar="COMPANY", help="Only contacts who work there.")]
SilentFor = Annotated[
    str | None,
    typer.Option("--silent-for", metavar="SPAN", help="Only contacts you have not been in touch with for this long."),
]
OfTier = Annotated[Tier | None, typer.Option("--tier", help="Only contacts of this tier.")]

JobRole = Annotated[str | None, typer.Option("--role", metavar="TEXT", help="The job that is offered.")]
People = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="PERSON", help='A person on the offer: "NAME <EMAIL>:ROLE" or "WHO:ROLE"; may be repeated.'
    ),
]
Because = Annotated[Reason | None, typer.Option(help="The reason you give, as one word.")]
BecauseOrNone = Annotated[
    Literal[Reason, ""] | None,
    typer.Option(
        "--because",
        metavar=_alternatives(Reason),
        autocompletion=_words_of(Reason),
        help="The reason you give, as one word.",
    ),
]
OnDay = Annotated[str | None, typer.Option("--on", metavar="DATE", help="The day it happened. Default: today.")]
