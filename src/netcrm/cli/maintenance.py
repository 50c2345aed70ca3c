"""Copies of everything, putting one back, and forgetting somebody."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netcrm.cli import DATA, json_output
from netcrm.cli import options as o
from netcrm.cli.terminal import block, out_json, patience, safe_text, say
from netcrm.domain.vocabulary import count
from netcrm.errors import Refused

if TYPE_CHECKING:
    from netcrm.services.erasure import Forgetting
    from netcrm.services.health import Finding
    from netcrm.store.backup import Backup, Restored

_NOT_OVERWRITTEN = "The free space of the database could not be rewritten just now; `netcrm doctor --fix` does it"


def backup(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to make.")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    json: o.Json = False,
) -> None:
    """Copy everything into one file.

    A private, checked and sealed copy, consistent while others write. It is a database of netcrm's, also where yours is
    on a server: --db opens it. Keep it on another disk.
    """
    with o.opened(ctx) as crm, patience(f"Writing {file}"):
        made = crm.backup(file, overwrite=force)
    if json:
        out_json(backup=json_output.backup(made))
    else:
        say(f"Backed up {_contents(made)} to {file}")


def restore(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The backup.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Put a backup in the place of everything.

    The backup is checked whole first, and may be of a file, a server or an older netcrm. What it replaces is kept in a
    file, whose name is printed.
    """
    with o.opened(ctx) as crm, patience(f"Reading {file}"):
        restored = crm.restore(file, dry_run=dry_run)
    if json:
        out_json(restored=json_output.restored(restored, dry_run=dry_run))
    else:
        _report(restored, dry_run=dry_run)


def _report(restored: "Restored", *, dry_run: bool) -> None:
    found = restored.backup
    made = f", made {found.made_at:%Y-%m-%d %H:%M} UTC" if found.made_at else ""
    say(f"{'Would restore' if dry_run else 'Restored'} {_contents(found)} from {found.path}{made}")
    if found.sha256 is None:
        say("It carries no seal: its tables are sound, but whether a word in it has changed can't be told")
    if restored.damaged:
        say(f"The damaged file that was there is kept as {restored.kept}")
    elif restored.kept:
        say(f"What was there before is kept; netcrm restore {_quoted(restored.kept)} brings it back")
    if restored.forgotten:
        _left_out(restored, dry_run=dry_run)


def _left_out(restored: "Restored", *, dry_run: bool) -> None:
    who = f"{count(restored.forgotten, 'contact')}, forgotten since then"
    say(
        f"{'Would leave out' if dry_run else 'Left out'} {who}; "
        f"delete {restored.backup.path}, which still knows them, once you don't need it"
    )
    if not restored.overwritten:
        say(_NOT_OVERWRITTEN)


def _contents(found: "Backup") -> str:
    return f"{count(found.contacts, 'contact')} and {count(found.operations, 'operation')}"


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))


def forget(
    ctx: typer.Context,
    who: Annotated[
        str, typer.Argument(metavar="WHO", help="An id, an e-mail, or any part of the name; removed or not.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask: it is for good.")] = False,
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Erase somebody for good.

    Out of the contacts, the diary and your notes on others. Undo does not bring them back, nor does a later import.
    What is out of reach is named: older backups, exported files.
    """
    with o.opened(ctx) as crm:
        if not (yes or dry_run):
            _make_sure(crm.forget(who, dry_run=True))
        found = crm.forget(who, dry_run=dry_run)
    if json:
        out_json(forgotten=json_output.forgetting(found, dry_run=dry_run))
        return
    say(f"{'Would forget' if dry_run else 'Forgot'} {found.name}: {_erased(found)}")
    if not found.overwritten:
        say(_NOT_OVERWRITTEN)
    if found.copies:
        say(
            "These backups still know them; delete them, if nobody needs them:", *(f"  {path}" for path in found.copies)
        )
    say("Out of reach are other backups, files you exported, and copies that other programs made of either")


def _make_sure(found: "Forgetting") -> None:
    if not (sys.stdin and sys.stdin.isatty()):
        raise Refused(f"this would forget {found.name} for good ({_erased(found)}); say --yes if you mean it")
    typer.confirm(f"Forget {safe_text(found.name)} for good ({_erased(found)})?", abort=True, err=True)


def _erased(found: "Forgetting") -> str:
    return f"{count(found.rows, 'record')}, and their name in {count(found.texts, 'other text')}"


def doctor(
    ctx: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended safely.")] = False,
    backups: Annotated[
        str | None, typer.Option(metavar="FOLDER", envvar="NETCRM_BACKUPS", help="Where your own backups are.")
    ] = None,
    json: o.Json = False,
) -> None:
    """Check that all is well, or say what to do.

    The database, the views, answers and interactions that belong to nobody, steps without a rule, people who can't be
    reached, playbooks, rights, backups, time zones. Exits with 3 while something is wrong; advice alone is no fault.
    """
    with o.opened(ctx) as crm, patience("Looking at everything"):
        findings = crm.doctor(fix=fix, backups=backups)
    if json:
        out_json(findings=[json_output.finding(one) for one in findings])
    else:
        _diagnosis(findings)
    if any(one.wrong and not one.fixed for one in findings):
        raise typer.Exit(DATA)


def _diagnosis(findings: Sequence["Finding"]) -> None:
    for one in findings:
        word, style = ("mended", "green") if one.fixed else ("wrong", "bold red") if one.wrong else ("advice", "yellow")
        block((word, style), [[one.what], [(one.do, "dim")]] if not one.fixed else [[one.what]], width=len("advice"))
    wrong = sum(one.wrong and not one.fixed for one in findings)
    advice = sum(not one.wrong and not one.fixed for one in findings)
    if not findings:
        say("All is well.")
    elif wrong or advice:
        say(f"{count(wrong, 'thing')} wrong, {count(advice, 'piece')} of advice")
