"""The daily round: what is due, what is ahead, why, and the answers."""

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
    "Nothing here yet. Three commands to start with:",
    "  netcrm init",
    "  netcrm import linkedin Connections.csv",
    '  netcrm offer add COMPANY --with "NAME <EMAIL>:recruiter"',
    "Or look around first: netcrm demo",
)


# --------------------------------------------------------------------------- looking


def due(
    ctx: typer.Context,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="What is due on that day.")] = None,
    within: Annotated[str | None, typer.Option(metavar="SPAN", help="And what falls due that soon.")] = None,
    who: Annotated[str | None, typer.Option(metavar="WHO", help="Only what concerns one person.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="At most so many.")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything is due.")] = False,
    json: o.Json = False,
) -> None:
    """Show what to do now, overdue first.

    With each follow-up: whom, what, by when, and the phone number, e-mail or link to use. Reading changes nothing.
    """
    with o.opened(ctx) as crm:
        day = o.day(crm, "--on", on) or crm.today
        items = crm.due(on=day, within=o.span("--within", within), who=who, limit=limit)
        _warn(crm)
        if json:
            out_json(today=day, follow_ups=json_output.follow_ups(items))
        elif items:
            print_follow_ups(items, day)
            say("", f"Done with one? netcrm done {items[0].id} · Why is it there? netcrm why {items[0].id}")
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
    """Say what is wrong with the user's playbooks; the others go on working."""
    say(*(f"netcrm: {problem}" for problem in crm.problems))


def plan(
    ctx: typer.Context,
    what: Annotated[str | None, typer.Argument(metavar="OFFER|WHO", help="Only about one offer or person.")] = None,
    until: Annotated[str | None, typer.Option(metavar="SPAN", help="Only what falls due that soon.")] = None,
    load: Annotated[bool, typer.Option("--load", help="Show how much falls into which week instead.")] = False,
    json: o.Json = False,
) -> None:
    """Show everything ahead, and what it waits for.

    Besides what is due: what comes later, what is snoozed, and the steps that wait for something to happen first.
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
    """How many follow-ups fall into each week, so that one can be put off before the week is full, and not in it."""
    weeks = load_by_week(items, crm.today)
    if json:
        out_json(today=crm.today, weeks=[{"monday": monday, "follow_ups": many} for monday, many in weeks])
        return
    if not weeks:
        say("Nothing is planned.")
        return
    starts = {monday_of(offer.starts_on): offer.organisation for offer in crm.offers() if offer.starts_on}
    print_load(weeks, {monday: f"you start at {organisation}" for monday, organisation in starts.items()})


def quiet(
    ctx: typer.Context,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="On that day; else today.")] = None,
    json: o.Json = False,
) -> None:
    """Ask whether you may announce the new job.

    Says what still blocks it, and the first safe day if that can be known. Exits with 1 while it must be quiet. It may
    end earlier or later than on your first day: netcrm me --quiet-until "14 days"
    """
    with o.opened(ctx) as crm:
        day = o.day(crm, "--on", on) or crm.today
        found = crm.quiet(day)
        if json:
            out_json(today=day, **json_output.quiet(found))
        elif found.lifted:
            line("Nothing stands in the way of an announcement. Name one employer, and nobody else.")
        else:
            heading("Keep quiet yet")
            for blocker in found.blockers:
                line(blocker.what + (f" (until {blocker.until})" if blocker.until else ""), indent=2)
            first = f"The first safe day: {found.first_day}" if found.first_day else "No safe day can be named yet."
            line(first)
    if not found.lifted:
        raise typer.Exit(1)


def why(
    ctx: typer.Context,
    which: Annotated[str, typer.Argument(metavar="ID", help="A follow-up.", autocompletion=o.open_ids)],
    json: o.Json = False,
) -> None:
    """Explain a follow-up: its rule, its cause, its dates.

    The rule and where its numbers come from, what set it in motion, how the day was counted and which days were
    skipped, what it waits for, and what would settle it.
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
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="What was said; kept with the interaction.")] = None,
    no_log: Annotated[bool, typer.Option("--no-log", help="Don't record an interaction.")] = False,
    json: o.Json = False,
) -> None:
    """Answer follow-ups: done. Logs the interaction too.

    The interaction is the one that the follow-up's channel names: a call, an e-mail, a LinkedIn message.
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
        say(f"{count(left, 'follow-up')} left for now: netcrm due" if left else "Nothing left for now.")


def _answers_json(answers: Iterable["Decision"]) -> None:
    out_json(answers=[json_output.answer(answer) for answer in answers])


def reopen(ctx: typer.Context, ids: o.Ids, json: o.Json = False) -> None:
    """Take answers back: ask me again.

    What was done, snoozed or skipped is open again, and the interaction that `done` logged is gone.
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
            help="Follow-ups, as `due` and `plan` name them; then how long, or until when: 3d, 2026-12-01.",
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
    """What a lone word lacks: a time the follow-up, an id the time."""
    try:
        o.day_or_span(crm, WHEN, word)
    except InvalidValue:
        return Refused(f"{WHEN} is missing; say for how long or until when: netcrm snooze {word} 3d")
    return Refused(f"ID is missing; say which follow-up: netcrm snooze ID {word}")


def skip(
    ctx: typer.Context,
    ids: o.Ids,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; for yourself.")] = None,
    json: o.Json = False,
) -> None:
    """Drop follow-ups for good.

    Where a cadence is skipped with a reason, the person is left in peace from then on.
    """
    with o.opened(ctx) as crm:
        answers = crm.skip(*ids, reason=reason)
        if json:
            _answers_json(answers)
            return
        for answer in answers:
            say(f"Skipped: {answer.snapshot['text']}")
            if reason and answer.cause.startswith(f"{SILENT}|"):
                say(f"{answer.snapshot['contact']} is left in peace from now on. To take that back: netcrm undo")


WIDEST = 40
"""Signs in the longest bar."""

WEEK = timedelta(weeks=1)

Weeks = Sequence[tuple[date, int]]
"""Mondays, and how many follow-ups fall into their weeks."""


def monday_of(day: date) -> date:
    """The day on which a day's week begins (ISO 8601)."""
    return day - timedelta(days=day.weekday())


def load_by_week(follow_ups: Iterable[FollowUp], today: date) -> Weeks:
    """How many are due in each week from this one to the last; what is late counts for this one."""
    found = Counter(monday_of(max(one.due, today)) for one in follow_ups if one.due)
    first, last = monday_of(today), max(found, default=None)
    if last is None:
        return []
    return [(first + week * WEEK, found[first + week * WEEK]) for week in range((last - first) // WEEK + 1)]


def print_load(weeks: Weeks, notes: Mapping[date, str]) -> None:
    """A bar for each week, with what is to be said of it; in a pipe its Monday and the number, parted by a tab."""
    if not on_terminal():
        table(["week of", "follow-ups", "what"], ((str(day), str(many), notes.get(day, "")) for day, many in weeks))
        return
    most = max(many for _, many in weeks)
    for monday, many in weeks:
        bar = "█" * max(round(many / most * min(WIDEST, most)), int(many > 0))
        note = f"  {notes[monday]}" if monday in notes else ""
        line((str(monday), "dim"), f"  {bar} {many or ''}", (note, "yellow"))
