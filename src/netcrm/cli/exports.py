"""Taking people and follow-ups out: for an address book, a calendar, a spreadsheet, another program."""

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

WHO_IS_THERE = "netcrm list shows who is there."


Output = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="A file, or - for stdout.")]
Folder = Annotated[str | None, typer.Option("--dir", metavar="FOLDER", help="A folder, in which each is a file.")]
Overwrite = Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what another program wrote, or a file that exists.")]


def export_vcard(
    ctx: typer.Context,
    query: o.Query = None,
    output: Output = STDOUT,
    folder: Folder = None,
    me: Annotated[bool, typer.Option("--me", help="My own card, to hand on.")] = False,
    version: Annotated[
        Literal["3.0", "4.0"], typer.Option("--format-version", help="3.0, which every address book takes, or 4.0.")
    ] = "3.0",
    force: Force = False,
    tag: o.WithTag = None,
    company: o.AtCompany = None,
    tier: o.OfTier = None,
    silent_for: o.SilentFor = None,
) -> None:
    """Write contacts as vCards, for any address book.

    One card a contact, each with a UID that stays the same for ever. Who came in as a card goes out as that card, photo
    and all, with only what has changed in it. Takes the filters of `list`.

    The notes are in the cards, and what netcrm alone knows: the tier, the part in my offers, the last contact. The one
    to hand on is my own, with --me.

    --dir keeps a folder with a file a contact, for vdirsyncer and khard: what has not changed is not touched, and the
    files that netcrm wrote of people who are no more among them are removed. A file that another program has changed is
    left, until it was imported; an import adds and changes, and takes no address or note away. Where nobody fits,
    everything is left as it was.
    """
    filters = _filters(tag, company, tier, silent_for)
    if me and (query or folder or any(filters.values())):
        raise typer.BadParameter("--me is one card, mine, and goes with no filter and no --dir; leave one out")
    _refuse_both(output, folder)
    with o.opened(ctx) as crm:
        if me:
            _write_mine(crm, output, version, force=force)
        elif folder is not None:
            _mirror_cards(crm, folder, query, version, filters, force=force)
        elif output != STDOUT:
            _write(crm, Path(output), query, version, filters, force=force)
        elif not out_raw(crm.vcards(query, version=version, **filters)):
            say(f"Nobody fits: {WHO_IS_THERE}")


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
    """Write the whole book as JSON, to be read again by any program.

    Contacts, offers, jobs, interactions, answers and your profile, in a format that docs/formats.md describes and
    `netcrm import json` reads. With QUERY or filters: those contacts, and what concerns them. The diary of changes and
    whom you have forgotten are not in it; `netcrm backup` keeps everything.
    """
    filters = _filters(tag, company, tier, silent_for)
    with o.opened(ctx) as crm:
        if output == STDOUT:
            if not out_raw(crm.json(query, **filters)):
                say(f"Nobody fits: {WHO_IS_THERE}")
            return
        with patience(f"Writing {output}"):
            found = crm.export_json(output, query=query, overwrite=force, **filters)
    words = [count(many, noun.removesuffix("s")) for noun, many in found.items() if noun != "me"]
    _wrote(", ".join(words) or "your profile" if found else "", output)


def export_csv(
    ctx: typer.Context,
    query: o.Query = None,
    table: Annotated[
        Literal["contacts", "work", "offers", "people", "interactions", "answers"],
        typer.Option("--table", help="Which one: a row for each contact, or for each fact of another kind."),
    ] = "contacts",
    output: Output = STDOUT,
    force: Overwrite = False,
    tag: o.WithTag = None,
    company: o.AtCompany = None,
    tier: o.OfTier = None,
    silent_for: o.SilentFor = None,
) -> None:
    """Write a table for a spreadsheet.

    CSV in UTF-8, one row a contact; `netcrm import csv` reads it again. The other tables are to look at: where people
    worked, offers, the people on them, interactions, answers. They are not read again; `netcrm export json` is. With
    QUERY or filters: what concerns those contacts. No cell is run as a formula. docs/formats.md lists the columns.
    """
    filters = _filters(tag, company, tier, silent_for)
    with o.opened(ctx) as crm:
        if output == STDOUT:
            if not out_raw(crm.csv(query, table=table, **filters)):
                say(f"Nobody fits: {WHO_IS_THERE}")
            return
        with patience(f"Writing {output}"):
            found = crm.export_csv(output, table=table, query=query, overwrite=force, **filters)
    _wrote(count(found, "row") if found else "", output)


def _filters(tag: str | None, company: str | None, tier: Tier | None, silent_for: str | None) -> "Filters":
    return {"tag": tag, "company": company, "tier": tier, "silent_for": o.span("--silent-for", silent_for)}


def export_ics(
    ctx: typer.Context,
    output: Output = STDOUT,
    folder: Folder = None,
    form: Annotated[
        Literal["todos", "events"],
        typer.Option("--as", help="To-dos, or all-day events for calendars that show no to-dos."),
    ] = "todos",
    force: Force = False,
) -> None:
    """Write the open follow-ups for a calendar.

    iCalendar, one to-do a follow-up, with what to do, why, and whom to reach how. A calendar can subscribe to the
    file: write it again with --force after each change. Nobody is invited and no mail is sent by importing it.

    --dir keeps a folder with a file a follow-up, for todoman and vdirsyncer: what has not changed is not touched, and
    the files that netcrm wrote of what is done are removed.
    """
    _refuse_both(output, folder)
    with o.opened(ctx) as crm:
        if not crm.exists and (folder is not None or output != STDOUT):
            say(f"There is no book at {crm.where} yet, so nothing was written: netcrm init begins one")
        elif folder is not None:
            with patience(f"Writing {folder}"):
                kept = crm.mirror_ics(folder, form=form, overwrite=force)
            _say_kept(kept, folder, "answer them here (netcrm done ID), or say --force to replace what is mine")
        elif output == STDOUT:
            out_raw([crm.ics(form=form)])
        else:
            with patience(f"Writing {output}"):
                crm.export_ics(output, form=form, overwrite=force)
            say(f"Wrote the open follow-ups to {output}")


def _refuse_both(output: str, folder: str | None) -> None:
    if folder == "":
        raise typer.BadParameter("--dir names no folder; give the name of one")
    if folder is not None and output != STDOUT:
        raise typer.BadParameter("--dir is a folder and --output a file; say one of them")


def _write_mine(crm: Crm, output: str, version: Literal["3.0", "4.0"], *, force: bool) -> None:
    if output == STDOUT:
        out_raw([crm.my_card(version)])
    else:
        crm.export_my_card(output, version=version, overwrite=force)
        say(f"Wrote my card to {output}")


def _mirror_cards(
    crm: Crm, folder: str, query: str | None, version: Literal["3.0", "4.0"], filters: "Filters", *, force: bool
) -> None:
    with progress(f"Writing {folder}") as tell:
        kept = crm.mirror_vcards(folder, query=query, version=version, overwrite=force, progress=tell, **filters)
    if kept.written or kept.unchanged or kept.left:
        _say_kept(kept, folder, "import them (netcrm import vcard FILE...), or say --force to replace what is mine")
    else:
        say(f"Nobody fits, so {folder} was left as it was: {WHO_IS_THERE}")


NAMED = 3
"""So many files of another program are named; of the others it is said how many they are."""


def _say_kept(kept: "Kept", folder: str, instead: str) -> None:
    removed = f", {kept.removed} removed" if kept.removed else ""
    say(f"{folder}: {count(kept.written, 'file')} written, {kept.unchanged} unchanged{removed}")
    if kept.left:
        names = ", ".join(path.name for path in kept.left[:NAMED])
        more = f" and {len(kept.left) - NAMED} more" if len(kept.left) > NAMED else ""
        files = count(len(kept.left), "file")
        say(f"netcrm: left as they are, {files} of another program, or changed by one: {names}{more}; {instead}")


def _write(
    crm: Crm, path: Path, query: str | None, version: Literal["3.0", "4.0"], filters: "Filters", *, force: bool
) -> None:
    with progress(f"Writing {path}") as tell:
        written = crm.export_vcard(path, query=query, version=version, overwrite=force, progress=tell, **filters)
    _wrote(count(written, "card") if written else "", path)


def _wrote(what: str, path: Path | str) -> None:
    """Say what was written to a file; where that is nothing, that it is what it was."""
    if what:
        say(f"Wrote {what} to {path}")
    else:
        kept = "left as it was" if os.path.lexists(path) else "not created"
        say(f"Nobody fits, so {path} was {kept}: {WHO_IS_THERE}")
