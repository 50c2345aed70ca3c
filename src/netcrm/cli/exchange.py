"""Bringing contacts in and taking them out."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from netcrm.cli import options as o
from netcrm.cli import shapes
from netcrm.cli.show import line, out_json, out_raw, patience, say
from netcrm.crm import Crm
from netcrm.errors import InvalidValue, Refused
from netcrm.terms import Tier, count

if TYPE_CHECKING:
    from netcrm.acts.exchange import ImportReport
    from netcrm.formats.mapped import Preview
    from netcrm.forms import Filters

STDOUT = "-"

WHO_IS_THERE = "netcrm list shows who is there."


def import_linkedin(
    ctx: typer.Context,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Connections.csv, or the archive that LinkedIn sent it in.")
    ],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import LinkedIn's Connections.csv.

    Adds and updates contacts; the same file twice changes nothing. Who has another company or title than in the file
    before has changed jobs. Rows that can't be used are named with their line on stderr, and the others are imported.
    To get the file: LinkedIn, Settings, Data privacy, Get a copy of your data.
    """
    _import(ctx, files, Crm.import_linkedin, dry_run=dry_run, json=json)


def import_google(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="contacts.csv, as Google Contacts exports it.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import the CSV of Google Contacts.

    Of any year. Labels become tags; what netcrm has no field for goes into the notes. The same file twice changes
    nothing. To get the file: contacts.google.com, Export, Google CSV.
    """
    _import(ctx, files, Crm.import_google, dry_run=dry_run, json=json)


def import_outlook(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="The CSV that Outlook exports.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import Outlook's CSV.

    With English headers, in Windows-1252 or UTF-8. Categories become tags; what netcrm has no field for goes into the
    notes. The same file twice changes nothing. To get the file: Outlook, People, Manage, Export contacts.
    """
    _import(ctx, files, Crm.import_outlook, dry_run=dry_run, json=json)


def import_vcard(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="A .vcf file with any number of cards.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import vCards, as phones and mail programs write them.

    Of versions 2.1, 3.0 and 4.0. What netcrm models becomes facts; the card itself is kept, and comes out again with
    only what has changed. The same file twice changes nothing.
    """
    _import(ctx, files, Crm.import_vcard, dry_run=dry_run, json=json)


def import_csv(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Any CSV with a header.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="What a column holds; may be repeated. ignore drops it."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether the columns are understood.")] = False,
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import any other CSV.

    Says first which field each column is taken for, with samples, and asks; --map says what it can't know. Fields:
    name, given-name, family-name, email, phone, linkedin, url, address, company, title, birthday, timezone, tag, note,
    connected-on, im, uid, tier, every, ignore. What `netcrm export csv` wrote is understood without asking.
    """
    mapping = _mapping(columns or [])
    with o.opened(ctx) as crm:
        preview = crm.preview_csv(file, mapping)
        if not (json or preview.ours):
            _preview(preview)
        if not (yes or dry_run or preview.ours):
            _make_sure(preview)
    _import(ctx, [file], partial(Crm.import_csv, columns=mapping), dry_run=dry_run, json=json)


def import_json(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="What `netcrm export json` wrote.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import a whole book, or a part of one.

    Adds what this book does not know: contacts with all that is known of them, offers, jobs, interactions and answers.
    Nothing that it says is overwritten, and the same file twice changes nothing. What can't be used is named with its
    line on stderr, and left out. docs/formats.md describes the format.
    """
    _import(ctx, files, Crm.import_json, dry_run=dry_run, json=json)


def _mapping(columns: Sequence[str]) -> dict[str, str]:
    """What --map said: column to field."""
    found = {}
    for column in columns:
        name, equals, field = column.rpartition("=")
        if not equals or not name:
            raise InvalidValue("--map", column, "is no mapping; write it like “Mobile=phone”")
        found[name] = field.strip()
    return found


def _preview(preview: "Preview") -> None:
    """Which field each column is taken for, on stderr: it is no result."""
    for column in preview.columns:
        field = f"{column.field}{' (guessed)' if column.guessed else ''}" if column.field else "a line of the notes"
        samples = ", ".join(f"“{sample}”" for sample in column.samples)
        say(f"  {column.name}: {field}{f', such as {samples}' if samples else ''}")


def _make_sure(preview: "Preview") -> None:
    if not (sys.stdin and sys.stdin.isatty()):
        raise Refused(
            f"nothing was imported yet: these are {count(preview.rows, 'row')}, read like that. Say --yes if it is "
            "right, or --map COLUMN=FIELD for what is not"
        )
    typer.confirm(f"Import {count(preview.rows, 'row')} like that?", abort=True, err=True)


def _import(
    ctx: typer.Context,
    files: Sequence[str],
    take_in: "Callable[..., ImportReport]",
    *,
    dry_run: bool,
    json: bool,
) -> None:
    """Import one file after the other: each is an operation of its own."""
    with o.opened(ctx) as crm:
        reports: list[ImportReport] = []
        try:
            for file in files:
                with patience(f"Reading {file}"):
                    reports.append(take_in(crm, file, dry_run=dry_run))
                if not json:
                    _report(reports[-1])
        finally:  # what was imported is reported, also when the next file is bad
            if json and reports:
                out_json(reports=[shapes.report(report) for report in reports])


def _report(report: "ImportReport") -> None:
    say(*(f"netcrm: {problem}" for problem in report.problems))
    if report.dry_run:
        for change in report.changes:
            line(change)
    for move in report.moves:
        line(f"{move}: congratulate them")
    would = "would be " if report.dry_run else ""
    line(
        f"{report.file}: {count(report.rows, 'row')}: {report.added} {would}added, {report.updated} {would}updated, "
        f"{report.unchanged} unchanged"
        + (f", {report.merged} about the same people again" if report.merged else "")
        + (f", {report.left_out} left out" if report.left_out else "")
        + f", {count(len(report.problems), 'problem')}"
    )
    if report.others and not report.dry_run:
        line(f"{report.file}: {report.changes[-1].removeprefix('+ ')} added")


def export_vcard(
    ctx: typer.Context,
    query: o.Query = None,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="A file, or - for stdout.")] = STDOUT,
    version: Annotated[
        Literal["3.0", "4.0"], typer.Option("--format-version", help="3.0, which every address book takes, or 4.0.")
    ] = "3.0",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    tag: o.WithTag = None,
    company: o.AtCompany = None,
    tier: o.OfTier = None,
    silent_for: o.SilentFor = None,
) -> None:
    """Write contacts as vCards, for any address book.

    One card a contact, each with a UID that stays the same for ever. Who came in as a card goes out as that card, photo
    and all, with only what has changed in it. Takes the filters of `list`.
    """
    filters = _filters(tag, company, tier, silent_for)
    with o.opened(ctx) as crm:
        if output != STDOUT:
            _write(crm, Path(output), query, version, filters, force=force)
        elif not out_raw(crm.vcards(query, version=version, **filters)):
            say(f"Nobody fits: {WHO_IS_THERE}")


def export_json(
    ctx: typer.Context,
    query: o.Query = None,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="A file, or - for stdout.")] = STDOUT,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
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
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="A file, or - for stdout.")] = STDOUT,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
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
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="A file, or - for stdout.")] = STDOUT,
    form: Annotated[
        Literal["todos", "events"],
        typer.Option("--as", help="To-dos, or all-day events for calendars that show no to-dos."),
    ] = "todos",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
) -> None:
    """Write the open follow-ups for a calendar.

    iCalendar, one to-do a follow-up, with what to do, why, and whom to reach how. A calendar can subscribe to the
    file: write it again with --force after each change. Nobody is invited and no mail is sent by importing it.
    """
    with o.opened(ctx) as crm:
        if output == STDOUT:
            out_raw([crm.ics(form=form)])
            return
        with patience(f"Writing {output}"):
            crm.export_ics(output, form=form, overwrite=force)
    say(f"Wrote the open follow-ups to {output}")


def _write(
    crm: Crm, path: Path, query: str | None, version: Literal["3.0", "4.0"], filters: "Filters", *, force: bool
) -> None:
    """Write the cards to a file; where there are none, it stays what it was: a slip in a filter empties no file."""
    with patience(f"Writing {path}"):
        somebody = any(True for _ in crm.vcards(query, **filters))
        written = crm.export_vcard(path, query=query, version=version, overwrite=force, **filters) if somebody else 0
    _wrote(count(written, "card") if written else "", path)


def _wrote(what: str, path: Path | str) -> None:
    """Say what was written to a file; where that is nothing, that it is what it was."""
    if what:
        say(f"Wrote {what} to {path}")
    else:
        kept = "left as it was" if os.path.lexists(path) else "not created"
        say(f"Nobody fits, so {path} was {kept}: {WHO_IS_THERE}")
