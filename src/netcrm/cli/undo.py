"""What was done, and taking it back."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from netcrm.cli import json_output
from netcrm.cli import options as o
from netcrm.cli.terminal import StyledLine, block, heading, line, out_json, say
from netcrm.cli.wording import DAYS
from netcrm.errors import Refused

if TYPE_CHECKING:
    from netcrm.domain.models import Operation


def undo(
    ctx: typer.Context,
    operation: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help="What to take back; else the last thing that stands.")
    ] = None,
    with_later: Annotated[bool, typer.Option("--with-later", help="Take back what builds on it too.")] = False,
    show: Annotated[bool, typer.Option("--list", help="List what was done, and take nothing back.")] = False,
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Take back the last thing you did, whole.

    However many records it wrote: an import of thousands is one thing. May be repeated, one step back at a time. With
    a NUMBER, as --list shows it, that one alone, unless something later builds on it.
    """
    if show and (operation is not None or with_later or dry_run):
        raise Refused("--list only looks; give a NUMBER without it to take that one back")
    if with_later and operation is None:
        raise Refused("--with-later needs the NUMBER of what to take back; `netcrm undo --list` shows them")
    with o.opened(ctx) as crm:
        zone = ZoneInfo(crm.profile().timezone)
        found = crm.operations(None) if show else crm.undo(operation, with_later=with_later, dry_run=dry_run)
    if json:
        out_json(operations=[json_output.operation(one) for one in found])
    elif show:
        _diary(found, zone)
    else:
        for one in found:
            line(f"{'Would take back' if dry_run else 'Took back'}: {one.summary} ({_time(one.at, zone)})")


def _diary(operations: Iterable["Operation"], zone: ZoneInfo) -> None:
    """What was done, day by day, the newest first."""
    listed = list(operations)
    width = max((len(str(one.id)) for one in listed), default=0)
    for number, (day, ones) in enumerate(groupby(listed, key=lambda one: one.at.astimezone(zone).date())):
        if number:
            line()
        heading(f"{DAYS[day.weekday()]}, {day}")
        for one in ones:
            block((str(one.id), "bold cyan"), [_entry(one, zone)], width=width)
    if not listed:
        say("Nothing was done yet.")


def _entry(operation: "Operation", zone: ZoneInfo) -> StyledLine:
    when = f"{operation.at.astimezone(zone):%H:%M}"
    if not operation.undone_at:
        return [(when, "dim"), "  ", operation.summary]
    return [
        (when, "dim"),
        "  ",
        (operation.summary, "strike"),
        (f" (taken back {_time(operation.undone_at, zone)})", "dim"),
    ]


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
