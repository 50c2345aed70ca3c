"""The rules: which playbooks hold, what they ask for, and whether a file of yours is right."""

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

    The built-in ones, and your own: a file in the playbooks folder of your configuration adds one, or replaces a
    built-in one of the same name.
    """
    with o.opened(ctx) as crm:
        say(*(f"netcrm: {problem}" for problem in crm.problems))
        if json:
            books = [json_output.playbook(book, builtin=book.name in crm.builtin) for book in crm.playbooks]
            out_json(playbooks=books)
            return
        rows = ((book.name, _origin(book, crm.builtin), str(len(book.steps)), book.about) for book in crm.playbooks)
        table(["name", "from", "steps", "about"], rows)
        if is_terminal(sys.stderr):
            say(f"Your own go into {crm.playbook_folder}; to try one first: netcrm playbook check FILE")


def _origin(book: Playbook, builtin: frozenset[str]) -> str:
    return "built in" if book.name in builtin else "yours"


def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A playbook, as `playbook list` names it.")],
    json: o.Json = False,
) -> None:
    """Show the steps of a playbook."""
    with o.opened(ctx) as crm:
        book = next((book for book in crm.playbooks if book.name == name), None)
        if book is None:
            known = ", ".join(book.name for book in crm.playbooks)
            raise NoSuch("playbook", name, f"there are {known}")
        if json:
            out_json(playbook=json_output.playbook(book, builtin=book.name in crm.builtin))
            return
        heading(f"{book.name} ({_origin(book, crm.builtin)})")
        line(book.about, indent=2)
        line(f"starts when: {happened(book.trigger)}", indent=2)
        if book.ends:
            line(f"ends when: {'; '.join(happened(kind) for kind in book.ends)}", indent=2)
        width = max(len(step.name) for step in book.steps)
        for step in book.steps:
            block((step.name, "bold cyan"), _lines(step), width=width)


def _lines(step: Step) -> list[StyledLine]:
    channel = f" by {step.channel}" if step.channel else ""
    base = f" after: {happened(step.after)}, within {step.within}" if step.after else ""
    base += f" only if {happened(step.upon)}, counted from then, within {step.within}" if step.upon else ""
    overdue = f", overdue after {step.overdue}" if step.overdue else ""
    spread = f", spread over {step.spread}" if step.spread else ""
    once = f"; on one ground for {step.once}" if step.once else ""
    opens = f"; contact counts from {step.opens} before" if step.opens else ""
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
    file: Annotated[str, typer.Argument(metavar="FILE", help="A playbook in TOML.")],
    json: o.Json = False,
) -> None:
    """Check a playbook file of your own.

    Says everything that is wrong with it, with the line and what to write instead. Exits with 3 if anything is.
    """
    book = library.check(Path(file))
    if json:
        out_json(playbook=json_output.playbook(book, builtin=False))
        return
    say(f"{file} is fine: {book.name}, {count(len(book.steps), 'step')}")
    folder = Crm(memory=True, playbooks=ctx.ensure_object(Settings).playbooks).playbook_folder
    if Path(file).absolute().parent != folder.absolute():
        say(f"To put it in force, copy it into {folder}")


def play(
    ctx: typer.Context,  # noqa: ARG001 - every command has it
    file: Annotated[str, typer.Argument(metavar="FILE", help="A playbook in TOML, with examples.")],
    json: o.Json = False,
) -> None:
    """Play the examples that a playbook carries.

    Each [[example]] says who there is, what happens, and which follow-ups are open then. They are played in memory:
    your data is not read. Exits with 1 if one goes otherwise than it says.
    """
    from netcrm.simulation import rehearse

    book = library.check(Path(file))
    played = rehearse(book, file)
    failed = [one for one in played if not one.passed]
    if json:
        out_json(playbook=book.name, examples=[json_output.rehearsal(one) for one in played])
    else:
        for one in played:
            block(("ok" if one.passed else "no", "green" if one.passed else "red"), list(_rehearsed(one)), width=2)
        say(f"{book.name}: {count(len(played), 'example')}, {len(failed) or 'none'} failed")
    if failed:
        raise typer.Exit(1)


def _rehearsed(one: "Rehearsal") -> Iterator[StyledLine]:
    yield [one.example.about]
    for sign, lines, why in (("-", one.missing, "expected, not open"), ("+", one.unexpected, "open, not expected")):
        yield from ([(f"{sign} {text}", "bold"), (f"  ({why})", "dim")] for text in sorted(lines))


def new(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: letters, digits and hyphens.")],
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="A file, or - for stdout; else your playbooks.")
    ] = None,
) -> None:
    """Begin a playbook of your own.

    Writes a starter, with a comment beside each line, into your playbooks; under the name of a built-in one, a copy of
    that, which takes its place. It holds at once: change it, then ask `playbook check` and `playbook diff`.
    """
    with o.opened(ctx) as crm:
        text = library.starter(name)
        if output == "-":
            out_raw([text])
            return
        path = Path(output) if output else crm.playbook_folder / f"{name}.toml"
        if os.path.lexists(path):
            raise Refused(f"{path} is there already; change it, or name another file with --output")
        atomic_write(path, [text], overwrite=False, making_folders=True)
        say(f"Wrote {path}. Change it, then: netcrm playbook check {path}; netcrm playbook diff {path}")


def diff(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A playbook in TOML.")],
    json: o.Json = False,
) -> None:
    """Show what a playbook file would change, on your data.

    Which follow-ups it would add, move, say otherwise or drop, added to the playbooks in force or in the place of its
    namesake. Nothing is changed.
    """
    book = library.check(Path(file))
    with o.opened(ctx) as crm:
        found = crm.diff(book)
        if json:
            out_json(today=crm.today, differences=[json_output.difference(one) for one in found])
            return
        for one in found:
            block((_SIGNS[one.kind], "bold"), list(_difference(one, crm)), width=1)
        say(f"{book.name}: {_counted(found)}" if found else f"{book.name} would change nothing that is planned now")


_SIGNS = {"added": "+", "dropped": "-", "moved": ">", "changed": "~"}


def _difference(one: Difference, crm: Crm) -> Iterator[StyledLine]:
    shown = one.after or one.before
    if shown is None:
        return
    yield [shown.text]
    was = f"{when(one.before, crm.today)} → " if one.before and one.kind == "moved" else ""
    yield [" · ".join(part for part in (shown.step, whom(shown), was + when(shown, crm.today)) if part)]
    if one.before and one.after and one.before.text != one.after.text:
        yield [f"until now: {one.before.text}"]


def _counted(found: Sequence[Difference]) -> str:
    kinds = Counter[str](one.kind for one in found)
    return ", ".join(f"{kinds[kind]} {kind}" for kind in _SIGNS if kinds[kind])
