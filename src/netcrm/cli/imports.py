"""Bringing people in from files."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from netcrm.cli import json_output
from netcrm.cli import options as o
from netcrm.cli.terminal import line, out_json, progress, say
from netcrm.crm import Crm
from netcrm.domain.vocabulary import count
from netcrm.errors import InvalidValue, Refused

if TYPE_CHECKING:
    from netcrm.formats.csv.mapped import Preview
    from netcrm.services.imports.pipeline import ImportReport


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
        if name in found:
            raise InvalidValue("--map", column, f"maps {name} a second time; leave one of them out")
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
                with progress(f"Reading {file}") as tell:
                    reports.append(take_in(crm, file, dry_run=dry_run, progress=tell))
                if not json:
                    _report(reports[-1])
        finally:  # what was imported is reported, also when the next file is bad
            if json and reports:
                out_json(reports=[json_output.report(report) for report in reports])


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
