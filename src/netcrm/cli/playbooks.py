"""Commands for playbooks: the ones in force, their steps, and playbook files of the user."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netcrm.cli import json_output
from netcrm.cli import options as o
from netcrm.cli.app import Settings
from netcrm.cli.terminal import StyledLine, block, heading, is_terminal, line, out_json, out_raw, say, table
from netcrm.cli.wording import when, whom
from netcrm.crm import Crm
from netcrm.domain.vocabulary import count, happened
from netcrm.errors import NoSuch, Refused
from netcrm.files.atomic import atomic_write
from netcrm.planning.diff import Difference
from netcrm.playbooks import library
from netcrm.playbooks.model import Playbook, Step

if TYPE_CHECKING:
    from netcrm.simulation import Rehearsal


def list_(ctx: typer.Context, json: o.Json = False) -> None:
    """List the playbooks in force.

    These are the built-in playbooks and your own. A file in the playbooks folder of your configuration adds a playbook,
    or replaces the built-in one of the same name.
    """
    with o.opened(ctx) as crm:
        say(*(f"netcrm: {problem}" for problem in crm.problems))
        if json:
            entries = [json_output.playbook(item, builtin=item.name in crm.builtin) for item in crm.playbooks]
            out_json(playbooks=entries)
            return
        rows = ((item.name, _origin(item, crm.builtin), str(len(item.steps)), item.about) for item in crm.playbooks)
        table(["name", "from", "steps", "about"], rows)
        if is_terminal(sys.stderr):
            say(f"Your own playbooks go into {crm.playbook_folder}. To check one first: netcrm playbook check FILE")


def _origin(playbook: Playbook, builtin: frozenset[str]) -> str:
    return "built in" if playbook.name in builtin else "yours"


def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a playbook, as `playbook list` shows it.")],
    json: o.Json = False,
) -> None:
    """Show the steps of a playbook."""
    with o.opened(ctx) as crm:
        playbook = next((item for item in crm.playbooks if item.name == name), None)
        if playbook is None:
            known = ", ".join(item.name for item in crm.playbooks)
            raise NoSuch("playbook", name, f"choose one of: {known}")
        if json:
            out_json(playbook=json_output.playbook(playbook, builtin=playbook.name in crm.builtin))
            return
        heading(f"{playbook.name} ({_origin(playbook, crm.builtin)})")
        line(playbook.about, indent=2)
        line(f"starts when: {happened(playbook.trigger)}", indent=2)
        if playbook.ends:
            line(f"ends when: {'; '.join(happened(kind) for kind in playbook.ends)}", indent=2)
        width = max(len(step.name) for step in playbook.steps)
        for step in playbook.steps:
            block((step.name, "bold cyan"), _lines(step), width=width)


def _lines(step: Step) -> list[StyledLine]:
    channel = f" by {step.channel}" if step.channel else ""
    base = f" after: {happened(step.after)}, within {step.within}" if step.after else ""
    base += f" only if {happened(step.upon)}, counted from then, within {step.within}" if step.upon else ""
    overdue = f", overdue after {step.overdue}" if step.overdue else ""
    spread = f", spread over {step.spread}" if step.spread else ""
    once = f"; not repeated within {step.once}" if step.once else ""
    opens = f"; contact counts only from {step.opens} before" if step.opens else ""
    ends = f"dropped {step.expires} after it is due"
    lines: list[StyledLine] = [
        [(step.do, "bold")],
        [f"to {', '.join(step.to)}{channel}; due {step.due}{base}{spread}{overdue}; {ends}{opens}{once}"],
    ]
    if step.settled_by:
        lines.append([f"settled by: {'; '.join(happened(kind) for kind in step.settled_by)}"])
    return [*lines, [(f"source: {step.source}", "dim")]]


def check(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A playbook file in TOML.")],
    json: o.Json = False,
) -> None:
    """Check a playbook file.

    It reports every error in the file, with its line and what to write instead. It exits with 3 if there is an error.
    """
    playbook = library.check(Path(file))
    if json:
        out_json(playbook=json_output.playbook(playbook, builtin=False))
        return
    say(f"{file} is fine: {playbook.name}, {count(len(playbook.steps), 'step')}")
    folder = Crm(memory=True, playbooks=ctx.ensure_object(Settings).playbooks).playbook_folder
    if Path(file).absolute().parent != folder.absolute():
        say(f"To use it, copy it into {folder}")


def play(
    ctx: typer.Context,  # noqa: ARG001 - every command has this parameter
    file: Annotated[str, typer.Argument(metavar="FILE", help="A playbook file in TOML, with examples.")],
    json: o.Json = False,
) -> None:
    """Run the examples in a playbook file.

    Each [[example]] says which contacts there are, what happens, and which follow-ups are then open. The examples run
    in memory and do not read your data. The command exits with 1 if an example fails.
    """
    from netcrm.simulation import rehearse

    playbook = library.check(Path(file))
    results = rehearse(playbook, file)
    failed = sum(not result.passed for result in results)
    if json:
        out_json(playbook=playbook.name, examples=[json_output.rehearsal(result) for result in results])
    else:
        for result in results:
            block(("ok", "green") if result.passed else ("no", "red"), list(_result(result)), width=2)
        say(f"{playbook.name}: {count(len(results), 'example')}, {failed or 'none'} failed")
    if failed:
        raise typer.Exit(1)


def _result(result: "Rehearsal") -> Iterator[StyledLine]:
    yield [result.example.about]
    for sign, texts, why in (
        ("-", result.missing, "expected, but not open"),
        ("+", result.unexpected, "open, but not expected"),
    ):
        yield from ([(f"{sign} {text}", "bold"), (f"  ({why})", "dim")] for text in sorted(texts))


def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name: letters, digits and hyphens.")],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file to write, or - for stdout. Default: a file in your playbooks folder.",
        ),
    ] = None,
) -> None:
    """Start a playbook of your own.

    It writes a commented example into your playbooks folder. Under the name of a built-in playbook, it writes a copy of
    that playbook, which replaces it. The new playbook is in force at once: change it, then run `playbook check` and
    `playbook diff`.
    """
    with o.opened(ctx) as crm:
        text = library.starter(name)
        if output == "-":
            out_raw([text])
            return
        path = Path(output) if output else crm.playbook_folder / f"{name}.toml"
        if os.path.lexists(path):
            raise Refused(f"{path} exists already; change it, or name another file with --output")
        atomic_write(path, [text], overwrite=False, making_folders=True)
        say(f"Wrote {path}. Change it, then run: netcrm playbook check {path}; netcrm playbook diff {path}")


def diff(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A playbook file in TOML.")],
    json: o.Json = False,
) -> None:
    """Show what a playbook file would change in your plan.

    It shows which follow-ups the file would add, move, reword or drop. The file is added to the playbooks in force, or
    replaces the one of the same name, but only for this comparison: nothing is changed.
    """
    playbook = library.check(Path(file))
    with o.opened(ctx) as crm:
        differences = crm.diff(playbook)
        if json:
            out_json(today=crm.today, differences=[json_output.difference(item) for item in differences])
            return
        for difference in differences:
            block((_SIGNS[difference.kind], "bold"), list(_difference(difference, crm)), width=1)
        say(
            f"{playbook.name}: {_counts(differences)}"
            if differences
            else f"{playbook.name} changes nothing in your plan"
        )


_SIGNS = {"added": "+", "dropped": "-", "moved": ">", "changed": "~"}


def _difference(difference: Difference, crm: Crm) -> Iterator[StyledLine]:
    before, after = difference.before, difference.after
    shown = after or before
    if shown is None:
        return
    yield [shown.text]
    old_day = f"{when(before, crm.today)} → " if before and difference.kind == "moved" else ""
    yield [" · ".join(part for part in (shown.step, whom(shown), old_day + when(shown, crm.today)) if part)]
    if before and after and before.text != after.text:
        yield [f"until now: {before.text}"]


def _counts(differences: Sequence[Difference]) -> str:
    kinds = Counter[str](difference.kind for difference in differences)
    return ", ".join(f"{kinds[kind]} {kind}" for kind in _SIGNS if kinds[kind])
