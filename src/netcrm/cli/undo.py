"""The command that lists operations and undoes them."""

from collections.abc import Sequence
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
        int | None,
        typer.Argument(metavar="NUMBER", help="The operation to undo. Default: the last one that is not undone."),
    ] = None,
    with_later: Annotated[
        bool, typer.Option("--with-later", help="Also undo the later operations that build on it.")
    ] = False,
    show: Annotated[bool, typer.Option("--list", help="List the operations, and undo nothing.")] = False,
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Undo the last thing you did.

    A command is one operation, however many records it changes; an import is one operation for each file. Run it again
    to undo the operation before it. With a NUMBER from --list, it undoes only that operation, unless a
    later one builds on it.
    """
    if show and (operation is not None or with_later or dry_run):
        raise Refused("--list undoes nothing; to undo an operation, give its NUMBER without --list")
    if with_later and operation is None:
        raise Refused("--with-later needs the NUMBER of an operation; `netcrm undo --list` shows the numbers")
    with o.opened(ctx) as crm:
        zone = ZoneInfo(crm.profile().timezone)
        operations = crm.operations(None) if show else crm.undo(operation, with_later=with_later, dry_run=dry_run)
    if json:
        out_json(operations=[json_output.operation(item) for item in operations])
    elif show:
        _print_by_day(operations, zone)
    else:
        for item in operations:
            line(f"{'Would undo' if dry_run else 'Undid'}: {item.summary} ({_time(item.at, zone)})")


def _print_by_day(operations: Sequence["Operation"], zone: ZoneInfo) -> None:
    """Print the operations day by day, the newest first."""
    width = max((len(str(operation.id)) for operation in operations), default=0)
    days = groupby(operations, key=lambda operation: operation.at.astimezone(zone).date())
    for number, (day, operations_of_day) in enumerate(days):
        if number:
            line()
        heading(f"{DAYS[day.weekday()]}, {day}")
        for operation in operations_of_day:
            block((str(operation.id), "bold cyan"), [_entry(operation, zone)], width=width)
    if not operations:
        say("There are no operations yet.")


def _entry(operation: "Operation", zone: ZoneInfo) -> StyledLine:
    when = f"{operation.at.astimezone(zone):%H:%M}"
    if not operation.undone_at:
        return [(when, "dim"), "  ", operation.summary]
    return [
        (when, "dim"),
        "  ",
        (operation.summary, "strike"),
        (f" (undone {_time(operation.undone_at, zone)})", "dim"),
    ]


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
