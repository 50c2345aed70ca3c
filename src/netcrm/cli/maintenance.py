"""Commands for backups, for erasing a contact, and for checking the database."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netcrm.cli import DATA, json_output
from netcrm.cli import options as o
from netcrm.cli.terminal import StyledLine, StyledText, block, out_json, patience, safe_text, say
from netcrm.domain.vocabulary import count
from netcrm.errors import Refused

if TYPE_CHECKING:
    from netcrm.services.erasure import Forgetting
    from netcrm.services.health import Finding
    from netcrm.store.backup import Backup, Restored

_NOT_OVERWRITTEN = "The free space of the database still holds old data; to rewrite it: netcrm doctor --fix"


def backup(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    json: o.Json = False,
) -> None:
    """Copy the whole database into one file.

    The copy is private, checked, and protected by a checksum. It is consistent even while other programs write. It is
    an SQLite database that --db opens, even if yours is on a server. Keep it on another disk.
    """
    with o.opened(ctx) as crm, patience(f"Writing {file}"):
        copy = crm.backup(file, overwrite=force)
    if json:
        out_json(backup=json_output.backup(copy))
    else:
        say(f"Backed up {_contents(copy)} to {file}")


def restore(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The backup file.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Replace the database with a backup.

    The whole backup is checked first. It may come from a file, a server or an older netcrm. The database it replaces is
    kept in a file, whose name is printed.
    """
    with o.opened(ctx) as crm, patience(f"Reading {file}"):
        restored = crm.restore(file, dry_run=dry_run)
    if json:
        out_json(restored=json_output.restored(restored, dry_run=dry_run))
    else:
        _report(restored, dry_run=dry_run)


def _report(restored: "Restored", *, dry_run: bool) -> None:
    backup = restored.backup
    made = f", made {backup.made_at:%Y-%m-%d %H:%M} UTC" if backup.made_at else ""
    say(f"{'Would restore' if dry_run else 'Restored'} {_contents(backup)} from {backup.path}{made}")
    if backup.sha256 is None:
        say("The backup has no checksum: its tables are sound, but a changed value can't be detected")
    if restored.damaged:
        say(f"The damaged file that was there is kept as {restored.kept}")
    elif restored.kept:
        say(f"The previous database is kept. To restore it: netcrm restore {_quoted(restored.kept)}")
    if restored.forgotten:
        _report_left_out(restored, dry_run=dry_run)


def _report_left_out(restored: "Restored", *, dry_run: bool) -> None:
    say(
        f"{'Would leave out' if dry_run else 'Left out'} {count(restored.forgotten, 'contact')}, forgotten after "
        f"the backup; delete {restored.backup.path}, which still contains their data, when you no longer need it"
    )
    if not restored.overwritten:
        say(_NOT_OVERWRITTEN)


def _contents(backup: "Backup") -> str:
    return f"{count(backup.contacts, 'contact')} and {count(backup.operations, 'operation')}"


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))


def forget(
    ctx: typer.Context,
    who: Annotated[
        str,
        typer.Argument(
            metavar="WHO", help="A contact, even a removed one: an id, an e-mail address or any part of the name."
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking, although it can't be undone.")] = False,
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Erase a contact for good.

    It erases the contact from the database, from the list of your changes and from your notes on others. You can't undo
    this, and a later import does not add the contact again. It lists the backups that still contain the contact.
    """
    with o.opened(ctx) as crm:
        if not (yes or dry_run):
            _confirm(crm.forget(who, dry_run=True))
        erased = crm.forget(who, dry_run=dry_run)
    if json:
        out_json(forgotten=json_output.forgetting(erased, dry_run=dry_run))
        return
    say(f"{'Would forget' if dry_run else 'Forgot'} {erased.name}: {_extent(erased)}")
    if not erased.overwritten:
        say(_NOT_OVERWRITTEN)
    if erased.copies:
        say(
            "These backups still contain the contact. Delete them when you no longer need them:",
            *(f"  {path}" for path in erased.copies),
        )
    say("netcrm can't erase the contact from other backups, from files you exported, or from copies of these files")


def _confirm(erasure: "Forgetting") -> None:
    if not (sys.stdin and sys.stdin.isatty()):
        raise Refused(f"this would forget {erasure.name} for good ({_extent(erasure)}); to confirm, add --yes")
    typer.confirm(f"Forget {safe_text(erasure.name)} for good ({_extent(erasure)})?", abort=True, err=True)


def _extent(erasure: "Forgetting") -> str:
    return f"{count(erasure.rows, 'record')}, and the name in {count(erasure.texts, 'other text')}"


def doctor(
    ctx: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what can be repaired safely.")] = False,
    backups: Annotated[
        str | None, typer.Option(metavar="FOLDER", envvar="NETCRM_BACKUPS", help="The folder with your backups.")
    ] = None,
    json: o.Json = False,
) -> None:
    """Check database, playbooks and backups, and say what to do.

    It checks the database and its views, answers and interactions without a contact, steps without a rule, contacts
    without an address, playbooks, file permissions, backups and time zones. It exits with 3 if anything is wrong;
    advice does not count as wrong.
    """
    with o.opened(ctx) as crm, patience("Checking"):
        findings = crm.doctor(fix=fix, backups=backups)
    if json:
        out_json(findings=[json_output.finding(finding) for finding in findings])
    else:
        _print_findings(findings)
    if any(finding.wrong and not finding.fixed for finding in findings):
        raise typer.Exit(DATA)


def _print_findings(findings: Sequence["Finding"]) -> None:
    for finding in findings:
        lines: list[StyledLine] = [[finding.what]] if finding.fixed else [[finding.what], [(finding.do, "dim")]]
        block(_label(finding), lines, width=len("advice"))
    wrong = sum(finding.wrong and not finding.fixed for finding in findings)
    advice = sum(not finding.wrong and not finding.fixed for finding in findings)
    if not findings:
        say("All is well.")
    elif wrong or advice:
        say(f"{count(wrong, 'thing')} wrong, {count(advice, 'piece')} of advice")


def _label(finding: "Finding") -> StyledText:
    if finding.fixed:
        return "fixed", "green"
    return ("wrong", "bold red") if finding.wrong else ("advice", "yellow")
