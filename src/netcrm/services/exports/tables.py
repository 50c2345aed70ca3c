"""The database as tables for a spreadsheet: one fact in each row, with names beside UIDs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from netcrm.errors import InvalidValue
from netcrm.formats.csv.writer import COLUMNS, contact_row, joined, write
from netcrm.services.exports.archive import Values, pages
from netcrm.services.exports.selection import Read, Selection, paged, selected, write_pieces
from netcrm.services.parameters import Filters
from netcrm.store import queries
from netcrm.store.journal import TABLES
from netcrm.workspace import Workspace

Row = list[object]


def write_file(
    workspace: Workspace, path: Path, table: str, query: str | None, filters: Filters, *, overwrite: bool
) -> int:
    """Write one table to a file, whole or not at all; the number of rows."""
    _check_table(table)
    with workspace.session() as session:
        selection = selected(workspace, session, query, filters)
        pieces = write(table, rows(lambda: nullcontext(session), table, selection))
        return max(0, write_pieces(path, pieces, overwrite=overwrite) - 1)  # without the header


def text(workspace: Workspace, table: str, query: str | None, filters: Filters) -> Iterator[str]:
    """The same table as pieces of text, with nothing held open between them."""
    _check_table(table)
    source = paged(workspace, query, filters)
    yield from write(table, rows(source.read, table, source.selection))


def _check_table(table: str) -> None:
    if table not in COLUMNS:
        raise InvalidValue("table", table, f"is not one of {', '.join(COLUMNS)}")


def rows(read: Read, table: str, selection: Selection | None) -> Iterator[Row]:
    """The rows of a table, a page of the database at a time."""
    source = _TABLES[table]
    for page in pages(read, source.section, selection):
        with read() as session:
            page_rows = list(source.rows(session, page))
        yield from page_rows


def _contacts(session: Session, page: list[Values]) -> Iterator[Row]:
    last = _last_contact(session, [values["uid"] for values in page])
    for values in page:
        yield contact_row(values, last.get(values["uid"]))


def _last_contact(session: Session, uids: list[str]) -> dict[str, Any]:
    """The last day of contact with each contact, by UID."""
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
            uid = part["contact"]
            yield [values["uid"], values["organisation"], uid, names[uid], part["role"]]


def _interactions(session: Session, page: list[Values]) -> Iterator[Row]:
    names = _names(session, "contact", (uid for values in page for uid in values["contacts"]))
    offers = _names(session, "offer", (values["offer"] for values in page))
    for values in page:
        at, answered = values["at"], "yes" if values["answered"] else "no"
        texts = {**values, "at": at and at.isoformat(), "answered": answered}
        columns = ("uid", "day", "at", "channel", "direction", "answered", "topic", "summary", "offer")
        people = values["contacts"]
        yield [
            *(texts[name] for name in columns),
            offers.get(values["offer"]),
            joined(people),
            joined(names[uid] for uid in people),
        ]


def _answers(session: Session, page: list[Values]) -> Iterator[Row]:
    names = _names(session, "contact", (values["contact"] for values in page))
    for values in page:
        texts = {**values, "text": values["snapshot"].get("text")}
        columns = ("playbook", "step", "cause", "verdict", "day", "until", "due", "text", "reason", "interaction")
        yield [values["contact"], names.get(values["contact"]), *(texts[name] for name in columns)]


class _TableSource(NamedTuple):
    """The section of the archive that a table is made from, and the function that turns its entries into rows."""

    section: str
    rows: Callable[[Session, list[Values]], Iterator[Row]]


_TABLES: Mapping[str, _TableSource] = {
    "contacts": _TableSource("contacts", _contacts),
    "work": _TableSource("contacts", _work),
    "offers": _TableSource("offers", _offers),
    "people": _TableSource("offers", _people),
    "interactions": _TableSource("interactions", _interactions),
    "answers": _TableSource("answers", _answers),
}


def _names(session: Session, name: str, uids: Iterable[str | None]) -> dict[str | None, str]:
    table = TABLES[name]
    called = table.c.name if name == "contact" else table.c.organisation
    query = select(table.c.uid, called).where(table.c.uid.in_(sorted(set(filter(None, uids)))))
    return {row.uid: row[1] for row in session.connection().execute(query)}
