"""Commands for follow-ups: what is due, what comes later and why, and your answers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from netcrm.cli import json_output
from netcrm.cli import options as o
from netcrm.cli.terminal import block, heading, line, on_terminal, out_json, say, table
from netcrm.cli.wording import DAYS, print_follow_ups, when
from netcrm.crm import Crm
from netcrm.domain.vocabulary import SILENT, count, happened
from netcrm.errors import InvalidValue, Refused
from netcrm.planning.explain import Reasons, caused
from netcrm.planning.follow_up import FollowUp

if TYPE_CHECKING:
    from netcrm.domain.models import Decision

WHEN = "SPAN|DATE"

NOTHING_HERE = (
    "No data yet. Three commands to start with:",
    "  netcrm init",
    "  netcrm import linkedin Connections.csv",
    '  netcrm offer add COMPANY --with "NAME <EMAIL>:recruiter"',
    "Or watch the demo first: netcrm demo",
)


# --------------------------------------------------------------------------- reading


def due(
    ctx: typer.Context,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="Show what is due on this day.")] = None,
    within: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Also show what falls due within this time.")
    ] = None,
    who: Annotated[str | None, typer.Option(metavar="WHO", help="Only follow-ups for this contact.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Show at most N.")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything is due.")] = False,
    json: o.Json = False,
) -> None:
    """Show what to do now, overdue first.

    Each follow-up shows what to do, for whom, by when, and the phone number, e-mail address or link to use. This
    changes nothing.
    """
    with o.opened(ctx) as crm:
        day = o.day(crm, "--on", on) or crm.today
        items = crm.due(on=day, within=o.span("--within", within), who=who, limit=limit)
        _warn(crm)
        if json:
            out_json(today=day, follow_ups=json_output.follow_ups(items))
        elif items:
            print_follow_ups(items, day)
            say("", f"When it is done: netcrm done {items[0].id} · Why it is there: netcrm why {items[0].id}")
        else:
            _nothing_due(crm)
    if exit_code and items:
        raise typer.Exit(1)


def _nothing_due(crm: Crm) -> None:
    if not crm.exists:
        say(*NOTHING_HERE)
        return
    ahead = next((item for item in crm.plan() if item.status in ("upcoming", "snoozed")), None)
    say("Nothing to do now." + (f" Next: {when(ahead, crm.today)}: {ahead.text}" if ahead else ""))


def _warn(crm: Crm) -> None:
    """Report what is wrong with the user's playbooks; the other playbooks still apply."""
    say(*(f"netcrm: {problem}" for problem in crm.problems))


def plan(
    ctx: typer.Context,
    what: Annotated[
        str | None, typer.Argument(metavar="OFFER|WHO", help="Only follow-ups about this offer or contact.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Only follow-ups that fall due within this time.")
    ] = None,
    load: Annotated[bool, typer.Option("--load", help="Show the number of follow-ups in each week instead.")] = False,
    json: o.Json = False,
) -> None:
    """Show every open follow-up, and what it waits for.

    This includes what is due, what comes later, what is snoozed, and what waits for something else to happen first.
    """
    with o.opened(ctx) as crm:
        items = crm.plan(what, until=o.span("--until", until))
        _warn(crm)
        if load:
            _show_load(crm, items, json=json)
        elif json:
            out_json(today=crm.today, follow_ups=json_output.follow_ups(items))
        elif items:
            print_follow_ups(items, crm.today)
        else:
            say(*(("Nothing is planned.",) if crm.exists else NOTHING_HERE))


def _show_load(crm: Crm, items: Sequence[FollowUp], *, json: bool) -> None:
    """Show the number of follow-ups in each week, so that the user can snooze some before a full week begins."""
    weeks = load_by_week(items, crm.today)
    if json:
        out_json(today=crm.today, weeks=[{"monday": monday, "follow_ups": number} for monday, number in weeks])
        return
    if not weeks:
        say("Nothing is planned.")
        return
    starts = {monday_of(offer.starts_on): offer.organisation for offer in crm.offers() if offer.starts_on}
    print_load(weeks, {monday: f"you start at {organisation}" for monday, organisation in starts.items()})


def quiet(
    ctx: typer.Context,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="The day to check. Default: today.")] = None,
    json: o.Json = False,
) -> None:
    """Check whether you may announce your new job.

    It shows what still blocks the announcement, and the first safe day if that is known. It exits with 1 while you
    should not announce. Normally you may announce from your first day on; to change that: netcrm me --quiet-until "14
    days"
    """
    with o.opened(ctx) as crm:
        day = o.day(crm, "--on", on) or crm.today
        quiet = crm.quiet(day)
        if json:
            out_json(today=day, **json_output.quiet(quiet))
        elif quiet.lifted:
            line("You may announce your new job. Name the new employer, and no other company.")
        else:
            heading("Don't announce yet")
            for blocker in quiet.blockers:
                line(blocker.what + (f" (until {blocker.until})" if blocker.until else ""), indent=2)
            line(f"The first safe day: {quiet.first_day}" if quiet.first_day else "No safe day is known yet.")
    if not quiet.lifted:
        raise typer.Exit(1)


def why(
    ctx: typer.Context,
    which: Annotated[str, typer.Argument(metavar="ID", help="The id of a follow-up.", autocompletion=o.open_ids)],
    json: o.Json = False,
) -> None:
    """Explain a follow-up: its rule, its cause, its dates.

    It shows the rule and the source of its numbers, the event that started it, how the day was counted and which days
    were skipped, what it waits for, and what settles it.
    """
    with o.opened(ctx) as crm:
        reasons = crm.why(which)
        if json:
            out_json(
                today=crm.today, follow_up=json_output.follow_up(reasons.follow_up), **json_output.reasons(reasons)
            )
            return
        print_follow_ups([reasons.follow_up], crm.today)
        line()
        heading("Why")
        for label, lines in _because(reasons):
            block((label, "dim"), [[text] for text in lines], width=10)


def _because(reasons: Reasons) -> Iterator[tuple[str, list[str]]]:
    waits = reasons.follow_up.waiting_for
    yield "rule", [reasons.rule, reasons.about]
    yield "cause", [caused(reasons.follow_up)]
    yield "dates", list(reasons.lines)
    if reasons.skipped:
        days = ", ".join(f"{DAYS[day.weekday()]} {day}" for day in reasons.skipped)
        yield "skipped", [f"{days}: not business days"]
    if waits:
        yield "waits for", [happened(waits)]
    if reasons.settled_by:
        yield "settled by", ["your answer, or one of these:", *map(happened, reasons.settled_by)]
    yield "source", [reasons.source]


# --------------------------------------------------------------------------- answering


def done(
    ctx: typer.Context,
    ids: o.Ids,
    on: o.OnDay = None,
    note: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What was said, stored with the interaction.")
    ] = None,
    no_log: Annotated[bool, typer.Option("--no-log", help="Don't record an interaction.")] = False,
    json: o.Json = False,
) -> None:
    """Mark follow-ups as done, and log the interactions.

    The channel of the follow-up becomes the channel of the interaction: a call, an e-mail, a LinkedIn message.
    """
    with o.opened(ctx) as crm:
        answers = crm.done(*ids, on=o.day(crm, "--on", on), note=note, log=not no_log)
        if json:
            _answers_json(answers)
            return
        for answer in answers:
            logged = ", and logged" if answer.interaction_id else ""
            say(f"Done{logged}: {answer.snapshot['text']}")
        left = len(crm.due())
        say(f"{count(left, 'follow-up')} still due: netcrm due" if left else "Nothing else is due.")


def _answers_json(answers: Iterable["Decision"]) -> None:
    out_json(answers=[json_output.answer(answer) for answer in answers])


def reopen(ctx: typer.Context, ids: o.Ids, json: o.Json = False) -> None:
    """Take answers back, so that the follow-ups are open again.

    This works for follow-ups that are done, snoozed or skipped. It removes the interaction that `done` logged.
    """
    with o.opened(ctx) as crm:
        answers = crm.reopen(*ids)
        if json:
            _answers_json(answers)
            return
        for answer in answers:
            say(f"Open again: {answer.snapshot['text']}")


def snooze(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar=f"ID... {WHEN}",
            help="The ids of follow-ups, then for how long or until when: 3d, 2026-12-01.",
            autocompletion=o.open_ids,
        ),
    ],
    json: o.Json = False,
) -> None:
    """Put follow-ups off for a while."""
    *ids, last = words
    with o.opened(ctx) as crm:
        if not ids:
            raise _missing(crm, last)
        answers = crm.snooze(*ids, until=o.day_or_span(crm, WHEN, last))
        if json:
            _answers_json(answers)
            return
        for answer in answers:
            say(f"Snoozed until {answer.until}: {answer.snapshot['text']}")


def _missing(crm: Crm, word: str) -> Refused:
    """The error for a single word: the id is missing if the word is a time, the time if it is an id."""
    try:
        o.day_or_span(crm, WHEN, word)
    except InvalidValue:
        return Refused(f"{WHEN} is missing; give a span or a date: netcrm snooze {word} 3d")
    return Refused(f"ID is missing; give the id of a follow-up: netcrm snooze ID {word}")


def skip(
    ctx: typer.Context,
    ids: o.Ids,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="The reason, for your records.")] = None,
    json: o.Json = False,
) -> None:
    """Drop follow-ups for good.

    If you skip a follow-up that keeps you in touch, and give a reason, the contact becomes dormant: no more of them
    come.
    """
    with o.opened(ctx) as crm:
        answers = crm.skip(*ids, reason=reason)
        if json:
            _answers_json(answers)
            return
        for answer in answers:
            say(f"Skipped: {answer.snapshot['text']}")
            if reason and answer.cause.startswith(f"{SILENT}|"):
                say(f"{answer.snapshot['contact']} is dormant from now on. To undo this: netcrm undo")


WIDEST = 40
"""The length of the longest bar, in characters."""

WEEK = timedelta(weeks=1)

Weeks = Sequence[tuple[date, int]]
"""The Monday of each week, with the number of follow-ups in that week."""


def monday_of(day: date) -> date:
    """The Monday of the week that contains a day (ISO 8601)."""
    return day - timedelta(days=day.weekday())


def load_by_week(follow_ups: Iterable[FollowUp], today: date) -> Weeks:
    """The number of follow-ups that fall due in each week, from this week to the last; late ones count in this week."""
    numbers = Counter(monday_of(max(follow_up.due, today)) for follow_up in follow_ups if follow_up.due)
    first, last = monday_of(today), max(numbers, default=None)
    if last is None:
        return []
    return [(first + week * WEEK, numbers[first + week * WEEK]) for week in range((last - first) // WEEK + 1)]


def print_load(weeks: Weeks, notes: Mapping[date, str]) -> None:
    """Print a bar for each week, with its note; in a pipe the Monday, the number and the note, tab-separated."""
    if not on_terminal():
        table(["week of", "follow-ups", "what"], ((str(day), str(number), notes.get(day, "")) for day, number in weeks))
        return
    most = max(number for _, number in weeks)
    for monday, number in weeks:
        bar = "█" * max(round(number / most * min(WIDEST, most)), int(number > 0))
        note = f"  {notes[monday]}" if monday in notes else ""
        line((str(monday), "dim"), f"  {bar} {number or ''}", (note, "yellow"))
