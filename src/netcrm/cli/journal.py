"""What was done, and taking it back."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from netcrm.cli import options as o
from netcrm.cli import shapes
from netcrm.cli.show import line, out_json, say


def undo(
    ctx: typer.Context,
    show: Annotated[bool, typer.Option("--list", help="List what was done, and take nothing back.")] = False,
    json: o.Json = False,
) -> None:
    """Take back the last thing you did, whole.

    However many records it wrote: an import of thousands is one thing. May be repeated, one step back at a time.
    """
    with o.opened(ctx) as crm:
        operations = crm.operations(None) if show else [crm.undo()]
        if json:
            out_json(operations=[shapes.operation(operation) for operation in operations])
            return
        zone = ZoneInfo(crm.profile().timezone)
        if show:
            for operation in operations:
                taken_back = f" (taken back {_time(operation.undone_at, zone)})" if operation.undone_at else ""
                line((_time(operation.at, zone), "dim"), "  ", operation.summary, (taken_back, "dim"))
            if not operations:
                say("Nothing was done yet.")
        else:
            line(f"Took back: {operations[0].summary} ({_time(operations[0].at, zone)})")


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
