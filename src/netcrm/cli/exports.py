"""Commands that export contacts and follow-ups: for address books, calendars, spreadsheets and other programs."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from netcrm.cli import options as o
from netcrm.cli.terminal import out_raw, patience, progress, say
from netcrm.crm import Crm
from netcrm.domain.vocabulary import Tier, count

if TYPE_CHECKING:
    from netcrm.files.vdir import Kept
    from netcrm.services.parameters import Filters

STDOUT = "-"

SEE_CONTACTS = "netcrm list shows your contacts."


Output = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The file to write, or - for stdout.")]
Folder = Annotated[str | None, typer.Option("--dir", metavar="FOLDER", help="A folder, with a file for each.")]
Overwrite = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that exists, or that another program wrote.")]


def export_vcard(
    ctx: typer.Context,
    query: o.Query = None,
    output: Output = STDOUT,
    folder: Folder = None,
    me: Annotated[bool, typer.Option("--me", help="Write your own card, to give to others.")] = False,
    version: Annotated[
        Literal["3.0", "4.0"], typer.Option("--format-version", help="3.0, which every address book reads, or 4.0.")
    ] = "3.0",
    force: Force = False,
    tag: o.WithTag = None,
    company: o.AtCompany = None,
    tier: o.OfTier = None,
    silent_for: o.SilentFor = None,
) -> None:
    """Export contacts as vCards, for any address book.

    Each contact is one card, with a UID that never changes. A contact imported from a vCard is exported as that card,
    photo included, with only your changes. The filters are those of `list`.

    The cards contain your notes and what only netcrm knows: the tier, the role in your offers, the last contact. To
    give a card to others, use --me.

    With --dir, netcrm keeps a folder with a file for each contact, for vdirsyncer and khard. It leaves unchanged files
    alone, and removes its own files of contacts that no longer match. It also leaves a file that another program
    changed, until you import that file. An import adds and changes data, but removes no address and no note. If no
    contact matches, the folder stays as it is.
    """
    filters = _filters(tag, company, tier, silent_for)
    if me and (query or folder or any(filters.values())):
        raise typer.BadParameter(
            "--me writes your own card, and can't be combined with QUERY, filters or --dir; leave one out"
        )
    _check_target(output, folder)
    with o.opened(ctx) as crm:
        if me:
            _write_my_card(crm, output, version, force=force)
        elif folder is not None:
            _mirror_cards(crm, folder, query, version, filters, force=force)
        elif output != STDOUT:
            _write(crm, Path(output), query, version, filters, force=force)
        elif not out_raw(crm.vcards(query, version=version, **filters)):
            say(f"No contact matches; {SEE_CONTACTS}")


def export_json(
    ctx: typer.Context,
    query: o.Query = None,
    output: Output = STDOUT,
    force: Overwrite = False,
    tag: o.WithTag = None,
    company: o.AtCompany = None,
    tier: o.OfTier = None,
    silent_for: o.SilentFor = None,
) -> None:
    """Export the whole database as a JSON archive.

    The archive holds contacts, offers, jobs, interactions, answers and your profile. `netcrm import json` reads it, and
    docs/formats.md describes it. With QUERY or filters it holds the matching contacts and what concerns them. It does
    not hold the list of your changes or of erased contacts; `netcrm backup` copies everything.
    """
    filters = _filters(tag, company, tier, silent_for)
    with o.opened(ctx) as crm:
        if output == STDOUT:
            if not out_raw(crm.json(query, **filters)):
                say(f"No contact matches; {SEE_CONTACTS}")
            return
        with patience(f"Writing {output}"):
            sections = crm.export_json(output, query=query, overwrite=force, **filters)
    counts = [count(number, noun.removesuffix("s")) for noun, number in sections.items() if noun != "me"]
    _say_written(", ".join(counts) or "your profile" if sections else "", output)


def export_csv(
    ctx: typer.Context,
    query: o.Query = None,
    table: Annotated[
        Literal["contacts", "work", "offers", "people", "interactions", "answers"],
        typer.Option("--table", help="The table to write, with a row for each contact, job, offer and so on."),
    ] = "contacts",
    output: Output = STDOUT,
    force: Overwrite = False,
    tag: o.WithTag = None,
    company: o.AtCompany = None,
    tier: o.OfTier = None,
    silent_for: o.SilentFor = None,
) -> None:
    """Export a table for a spreadsheet.

    The file is CSV in UTF-8, with a row for each contact; `netcrm import csv` reads it. The other tables are for
    reading only: where contacts worked, offers, the people on them, interactions, answers. With QUERY or filters, a
    table holds the matching contacts and what concerns them. A spreadsheet runs no cell as a formula. docs/formats.md
    lists the columns.
    """
    filters = _filters(tag, company, tier, silent_for)
    with o.opened(ctx) as crm:
        if output == STDOUT:
            if not out_raw(crm.csv(query, table=table, **filters)):
                say(f"No contact matches; {SEE_CONTACTS}")
            return
        with patience(f"Writing {output}"):
            rows = crm.export_csv(output, table=table, query=query, overwrite=force, **filters)
    _say_written(count(rows, "row") if rows else "", output)


def _filters(tag: str | None, company: str | None, tier: Tier | None, silent_for: str | None) -> "Filters":
    return {"tag": tag, "company": company, "tier": tier, "silent_for": o.span("--silent-for", silent_for)}


def export_ics(
    ctx: typer.Context,
    output: Output = STDOUT,
    folder: Folder = None,
    form: Annotated[
        Literal["todos", "events"],
        typer.Option("--as", help="To-dos, or all-day events for a calendar that shows no to-dos."),
    ] = "todos",
    force: Force = False,
) -> None:
    """Export the open follow-ups for a calendar.

    The file is iCalendar, with a to-do for each follow-up: what to do, why, and how to reach the contact. A calendar
    can subscribe to it; write it again with --force after each change. Importing it invites no one and sends no mail.

    With --dir, netcrm keeps a folder with a file for each follow-up, for todoman and vdirsyncer. It leaves unchanged
    files alone, and removes its own files of follow-ups that are no longer open.
    """
    _check_target(output, folder)
    with o.opened(ctx) as crm:
        if not crm.exists and (folder is not None or output != STDOUT):
            say(f"There is no database at {crm.where} yet, so nothing was written. To create it: netcrm init")
        elif folder is not None:
            with patience(f"Writing {folder}"):
                kept = crm.mirror_ics(folder, form=form, overwrite=force)
            _say_kept(kept, folder, "answer them here (netcrm done ID), or replace them with --force")
        elif output == STDOUT:
            out_raw([crm.ics(form=form)])
        else:
            with patience(f"Writing {output}"):
                crm.export_ics(output, form=form, overwrite=force)
            say(f"Wrote the open follow-ups to {output}")


def _check_target(output: str, folder: str | None) -> None:
    if folder == "":
        raise typer.BadParameter("--dir is empty; give the name of a folder")
    if folder is not None and output != STDOUT:
        raise typer.BadParameter("--dir names a folder and --output a file; give only one of them")


def _write_my_card(crm: Crm, output: str, version: Literal["3.0", "4.0"], *, force: bool) -> None:
    if output == STDOUT:
        out_raw([crm.my_card(version)])
    else:
        crm.export_my_card(output, version=version, overwrite=force)
        say(f"Wrote your card to {output}")


def _mirror_cards(
    crm: Crm, folder: str, query: str | None, version: Literal["3.0", "4.0"], filters: "Filters", *, force: bool
) -> None:
    with progress(f"Writing {folder}") as tell:
        kept = crm.mirror_vcards(folder, query=query, version=version, overwrite=force, progress=tell, **filters)
    if kept.written or kept.unchanged or kept.left:
        _say_kept(kept, folder, "import them (netcrm import vcard FILE...), or replace them with --force")
    else:
        say(f"No contact matches, so {folder} was left as it was; {SEE_CONTACTS}")


NAMED = 3
"""The number of another program's files that a message names; the rest it counts."""


def _say_kept(kept: "Kept", folder: str, remedy: str) -> None:
    removed = f", {kept.removed} removed" if kept.removed else ""
    say(f"{folder}: {count(kept.written, 'file')} written, {kept.unchanged} unchanged{removed}")
    if kept.left:
        names = ", ".join(path.name for path in kept.left[:NAMED])
        more = f" and {len(kept.left) - NAMED} more" if len(kept.left) > NAMED else ""
        files = count(len(kept.left), "file")
        say(f"netcrm: left alone {files} that another program wrote or changed: {names}{more}; {remedy}")


def _write(
    crm: Crm, path: Path, query: str | None, version: Literal["3.0", "4.0"], filters: "Filters", *, force: bool
) -> None:
    with progress(f"Writing {path}") as tell:
        written = crm.export_vcard(path, query=query, version=version, overwrite=force, progress=tell, **filters)
    _say_written(count(written, "card") if written else "", path)


def _say_written(content: str, path: Path | str) -> None:
    """Report what was written to a file; an empty `content` means that no contact matched."""
    if content:
        say(f"Wrote {content} to {path}")
    else:
        outcome = "left as it was" if os.path.lexists(path) else "not created"
        say(f"No contact matches, so {path} was {outcome}; {SEE_CONTACTS}")
