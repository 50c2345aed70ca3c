"""The book as tables for a spreadsheet: one row a fact, with the names of whom it concerns beside their UIDs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from netcrm.errors import InvalidValue
from netcrm.formats.csv.writer import COLUMNS, contact_row, joined, write
from netcrm.services.exports.archive import Values, pages
from netcrm.services.exports.selection import Chosen, Read, page_by_page, selected, write_pieces
from netcrm.services.parameters import Filters
from netcrm.store import queries
from netcrm.store.journal import TABLES
from netcrm.workspace import Workspace

Row = list[object]
"""What contacts and offers are called, by their UIDs."""


def write_file(
    workspace: Workspace, path: Path, table: str, query: str | None, filters: Filters, *, overwrite: bool
) -> int:
    """Write one table to a file, whole or not at all; the number of rows."""
    _check_table(table)
    with workspace.session() as session:
        some = selected(workspace, session, query, filters)
        pieces = write(table, rows(lambda: nullcontext(session), table, some))
        return max(0, write_pieces(path, pieces, overwrite=overwrite) - 1)  # without the header


def text(workspace: Workspace, table: str, query: str | None, filters: Filters) -> Iterator[str]:
    """The same as pieces of text, with nothing held open between them."""
    _check_table(table)
    read, some = page_by_page(workspace, query, filters)
    yield from write(table, rows(read, table, some))


def _check_table(table: str) -> None:
    if table not in COLUMNS:
        raise InvalidValue("table", table, f"is none of {', '.join(COLUMNS)}; use one of these")


def rows(read: Read, table: str, some: Chosen | None) -> Iterator[Row]:
    """The rows of a table, a page of the book at a time."""
    section, fill = _TABLES[table]
    for page in pages(read, section, some):
        with read() as session:
            found = list(fill(session, page))
        yield from found


def _contacts(session: Session, page: list[Values]) -> Iterator[Row]:
    last = _last_contact(session, [values["uid"] for values in page])
    for values in page:
        yield contact_row(values, last.get(values["uid"]))


def _last_contact(session: Session, uids: list[str]) -> dict[str, Any]:
    """The last day on which there was contact with each of these."""
    contact = TABLES["contact"]
    rows = session.connection().execute(select(contact.c.id, contact.c.uid).where(contact.c.uid.in_(uids)))
    called = {row.id: row.uid for row in rows}
    return {called[number]: day for number, day in queries.last_contacts(session, list(called)).items()}


def _work(_: Session, page: list[Values]) -> Iterator[Row]:
    for values in page:
        for work in values["affiliations"]:
            yield [values["uid"], values["name"], *work.values()]


def _offers(_: Session, page: list[Values]) -> Iterator[Row]:
    for values in page:
        yield [value for name, value in values.items() if name != "participants"]


def _people(session: Session, page: list[Values]) -> Iterator[Row]:
    names = _names(session, "contact", (part["contact"] for values in page for part in values["participants"]))
    for values in page:
        for part in values["participants"]:
            who = part["contact"]
            yield [values["uid"], values["organisation"], who, names[who], part["role"]]


def _interactions(session: Session, page: list[Values]) -> Iterator[Row]:
    names = _names(session, "contact", (uid for values in page for uid in values["contacts"]))
    offers = _names(session, "offer", (values["offer"] for values in page))
    for values in page:
        at, answered = values["at"], "yes" if values["answered"] else "no"
        said = {**values, "at": at and at.isoformat(), "answered": answered}
        columns = ("uid", "day", "at", "channel", "direction", "answered", "topic", "summary", "offer")
        people = values["contacts"]
        yield [
            *(said[name] for name in columns),
            offers.get(values["offer"]),
            joined(people),
            joined(names[uid] for uid in people),
        ]


def _answers(session: Session, page: list[Values]) -> Iterator[Row]:
    names = _names(session, "contact", (values["contact"] for values in page))
    for values in page:
        said = {**values, "text": values["snapshot"].get("text")}
        columns = ("playbook", "step", "cause", "verdict", "day", "until", "due", "text", "reason", "interaction")
        yield [values["contact"], names.get(values["contact"]), *(said[name] for name in columns)]


_TABLES: Mapping[str, tuple[str, Callable[[Session, list[Values]], Iterator[Row]]]] = {
    "contacts": ("contacts", _contacts),
    "work": ("contacts", _work),
    "offers": ("offers", _offers),
    "people": ("offers", _people),
    "interactions": ("interactions", _interactions),
    "answers": ("answers", _answers),
}


def _names(session: Session, name: str, uids: Iterable[str | None]) -> dict[str | None, str]:
    table = TABLES[name]
    called = table.c.name if name == "contact" else table.c.organisation
    query = select(table.c.uid, called).where(table.c.uid.in_(sorted(set(filter(None, uids)))))
    return {row.uid: row[1] for row in session.connection().execute(query)}
