"""Bringing contacts in and taking them out."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netcrm.cli import options as o
from netcrm.cli import shapes
from netcrm.cli.show import line, out_json, out_raw, patience, say
from netcrm.crm import Crm
from netcrm.terms import count

if TYPE_CHECKING:
    from netcrm.acts.exchange import ImportReport
    from netcrm.forms import Filters

STDOUT = "-"

WHO_IS_THERE = "netcrm list shows who is there."


def import_linkedin(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Connections.csv, as LinkedIn exports it.")],
    dry_run: o.DryRun = False,
    json: o.Json = False,
) -> None:
    """Import LinkedIn's Connections.csv.

    Adds and updates contacts; the same file twice changes nothing. Rows that can't be used are named with their line
    on stderr, and the others are imported. To get the file: LinkedIn, Settings, Data privacy, Get a copy of your data.
    """
    with o.opened(ctx) as crm:
        reports: list[ImportReport] = []
        try:
            for file in files:
                with patience(f"Reading {file}"):
                    reports.append(crm.import_linkedin(file, dry_run=dry_run))
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
    would = "would be " if report.dry_run else ""
    line(
        f"{report.file}: {count(report.rows, 'row')}: {report.added} {would}added, {report.updated} {would}updated, "
        f"{report.unchanged} unchanged"
        + (f", {report.merged} about the same people again" if report.merged else "")
        + (f", {report.left_out} left out" if report.left_out else "")
        + f", {count(len(report.problems), 'problem')}"
    )


def export_vcard(
    ctx: typer.Context,
    query: o.Query = None,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="A file, or - for stdout.")] = STDOUT,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")] = False,
    tag: o.WithTag = None,
    company: o.AtCompany = None,
    tier: o.OfTier = None,
    silent_for: o.SilentFor = None,
) -> None:
    """Write contacts as vCards, for any address book.

    vCard 3.0, one card a contact, each with a UID that stays the same for ever. Takes the filters of `list`.
    """
    silent = o.span("--silent-for", silent_for)
    filters: Filters = {"tag": tag, "company": company, "tier": tier, "silent_for": silent}
    with o.opened(ctx) as crm:
        if output != STDOUT:
            _write(crm, Path(output), query, filters, force=force)
        elif not out_raw(crm.vcards(query, **filters)):
            say(f"Nobody fits: {WHO_IS_THERE}")


def _write(crm: Crm, path: Path, query: str | None, filters: "Filters", *, force: bool) -> None:
    """Write the cards to a file; where there are none, it stays what it was: a slip in a filter empties no file."""
    with patience(f"Writing {path}"):
        somebody = any(True for _ in crm.vcards(query, **filters))
        written = crm.export_vcard(path, query=query, overwrite=force, **filters) if somebody else 0
    if written:
        say(f"Wrote {count(written, 'card')} to {path}")
    else:
        kept = "left as it was" if os.path.lexists(path) else "not created"
        say(f"Nobody fits, so {path} was {kept}: {WHO_IS_THERE}")
