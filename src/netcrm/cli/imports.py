"""Commands that import contacts from files."""

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
        list[str], typer.Argument(metavar="FILE", help="Connections.csv, or the ZIP file that LinkedIn sends.")
    ],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import LinkedIn's Connections.csv.

    It adds and updates contacts; importing the same file twice changes nothing. A company or title that differs from
    the previous file counts as a new job. A row that can't be used is reported on stderr with its line, and the other
    rows are imported. To get the file: LinkedIn, Settings, Data privacy, Get a copy of your data.
    """
    _import(ctx, files, Crm.import_linkedin, dry_run=dry_run, json=json)


def import_google(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="The contacts.csv that Google Contacts exports.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import a CSV file from Google Contacts.

    It reads the old and the new column names. Labels become tags. Columns that netcrm has no field for go into the
    notes. Importing the same file twice changes nothing. To get the file: contacts.google.com, Export, Google CSV.
    """
    _import(ctx, files, Crm.import_google, dry_run=dry_run, json=json)


def import_outlook(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="The CSV file that Outlook exports.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import a CSV file from Outlook.

    The headers must be English; the encoding is Windows-1252 or UTF-8. Categories become tags. Columns that netcrm has
    no field for go into the notes. Importing the same file twice changes nothing. To get the file: Outlook, People,
    Manage, Export contacts.
    """
    _import(ctx, files, Crm.import_outlook, dry_run=dry_run, json=json)


def import_vcard(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="A .vcf file with one or more cards.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import vCards from phones and mail programs.

    It reads versions 2.1, 3.0 and 4.0. netcrm also keeps the card itself, and exports it again with only your changes.
    Importing the same file twice changes nothing.
    """
    _import(ctx, files, Crm.import_vcard, dry_run=dry_run, json=json)


def import_csv(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A CSV file with a header row.")],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=FIELD",
            help="The field for a column; may be repeated. The field ignore leaves the column out.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Import without asking whether the fields are right.")] = False,
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import any other CSV file.

    First it shows the field for each column, with samples, and asks whether that is right. --map corrects it. Fields:
    name, given-name, family-name, email, phone, linkedin, url, address, company, title, birthday, timezone, tag, note,
    connected-on, im, uid, tier, every, ignore. A file from `netcrm export csv` is imported without asking.
    """
    mapping = _mapping(columns or [])
    with o.opened(ctx) as crm:
        preview = crm.preview_csv(file, mapping)
        if not (json or preview.ours):
            _show_preview(preview)
        if not (yes or dry_run or preview.ours):
            _confirm(preview)
    _import(ctx, [file], partial(Crm.import_csv, columns=mapping), dry_run=dry_run, json=json)


def import_json(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="An archive that `netcrm export json` wrote.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import a netcrm archive, whole or in part.

    It adds the contacts, offers, jobs, interactions and answers that your database does not have. It overwrites
    nothing, and importing the same file twice changes nothing. What can't be used is left out and reported on stderr
    with its line. docs/formats.md describes the format.
    """
    _import(ctx, files, Crm.import_json, dry_run=dry_run, json=json)


def _mapping(columns: Sequence[str]) -> dict[str, str]:
    """The columns that --map names, each with its field."""
    mapping: dict[str, str] = {}
    for column in columns:
        name, equals, field = column.rpartition("=")
        if not equals or not name:
            raise InvalidValue("--map", column, "is not a mapping; write it like “Mobile=phone”")
        if name in mapping:
            raise InvalidValue("--map", column, f"maps {name} a second time; leave out one of the two")
        mapping[name] = field.strip()
    return mapping


def _show_preview(preview: "Preview") -> None:
    """Print the field for each column, on stderr because it is not the result."""
    for column in preview.columns:
        field = f"{column.field}{' (guessed)' if column.guessed else ''}" if column.field else "a line of the notes"
        samples = ", ".join(f"“{sample}”" for sample in column.samples)
        say(f"  {column.name}: {field}{f', such as {samples}' if samples else ''}")


def _confirm(preview: "Preview") -> None:
    rows = count(preview.rows, "row")
    if not (sys.stdin and sys.stdin.isatty()):
        raise Refused(
            f"nothing was imported yet. If these fields are right, import the {rows} with --yes; if not, correct them "
            "with --map COLUMN=FIELD"
        )
    typer.confirm(f"Import {rows} with these fields?", abort=True, err=True)


def _import(
    ctx: typer.Context,
    files: Sequence[str],
    import_file: "Callable[..., ImportReport]",
    *,
    dry_run: bool,
    json: bool,
) -> None:
    """Import the files one after the other, each as one operation."""
    with o.opened(ctx) as crm:
        reports: list[ImportReport] = []
        try:
            for file in files:
                with progress(f"Reading {file}") as tell:
                    reports.append(import_file(crm, file, dry_run=dry_run, progress=tell))
                if not json:
                    _report(reports[-1])
        finally:  # the files before a bad one are imported, so they are reported too
            if json and reports:
                out_json(reports=[json_output.report(report) for report in reports])


def _report(report: "ImportReport") -> None:
    say(*(f"netcrm: {problem}" for problem in report.problems))
    if report.dry_run:
        for change in report.changes:
            line(change)
    for move in report.moves:
        line(f"{move}; congratulate them")
    would = "would be " if report.dry_run else ""
    line(
        f"{report.file}: {count(report.rows, 'row')}: {report.added} {would}added, {report.updated} {would}updated, "
        f"{report.unchanged} unchanged"
        + (f", {report.merged} for a contact of an earlier row" if report.merged else "")
        + (f", {report.left_out} left out" if report.left_out else "")
        + f", {count(len(report.problems), 'problem')}"
    )
    if report.others and not report.dry_run:
        line(f"{report.file}: {report.changes[-1].removeprefix('+ ')} added")
