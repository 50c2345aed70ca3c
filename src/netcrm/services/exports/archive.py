"""The whole database as the entries of a JSON archive, read a few hundred rows at a time in the order of their ids."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from netcrm.domain.dates import birthday_text
from netcrm.formats.archive import stream
from netcrm.services.exports.selection import (
    Read,
    Selection,
    ids_in_pieces,
    paged,
    selected,
    uids_by_id,
    write_pieces,
)
from netcrm.services.parameters import Filters
from netcrm.store.journal import TABLES
from netcrm.store.queries import MOST_AT_ONCE
from netcrm.workspace import Workspace

Values = dict[str, Any]
Item = tuple[str, Values]
"""The section of the archive, and the values of one entry in it."""

Rows = Sequence[Mapping[str, Any]]


def write_file(
    workspace: Workspace, path: Path, query: str | None, filters: Filters, *, overwrite: bool
) -> dict[str, int]:
    """Write one snapshot to a file, whole or not at all; the number of entries in each section."""
    number: Counter[str] = Counter()

    def counted(entries: Iterable[Item]) -> Iterator[Item]:
        for entry in entries:
            number[entry[0]] += 1
            yield entry

    with workspace.session() as session:
        selection = selected(workspace, session, query, filters)
        entries = counted(items(lambda: nullcontext(session), selection))
        write_pieces(path, stream.write(entries), overwrite=overwrite)
    return dict(number)


def text(workspace: Workspace, query: str | None, filters: Filters) -> Iterator[str]:
    """The same archive as pieces of text, with nothing held open between them."""
    source = paged(workspace, query, filters)
    yield from stream.write(items(source.read, source.selection))


def items(read: Read, selection: Selection | None) -> Iterator[Item]:
    """Every entry of the archive, section by section; with a selection, only entries that concern its contacts."""
    for section in _SECTIONS:
        if selection is None or section not in _OF_THE_USER:
            yield from ((section, values) for page in pages(read, section, selection) for values in page)


_OF_THE_USER = ("me", "jobs")
"""Sections that concern no contact."""


def pages(read: Read, section: str, selection: Selection | None) -> Iterator[list[Values]]:
    """The entries of one section, a page at a time; between two pages `read` holds nothing open."""
    source = _SECTIONS[section]
    table, contacts = TABLES[source.table], None if selection is None else frozenset(selection.contacts)
    last, pieces = 0, ids_in_pieces([] if selection is None else getattr(selection, section))
    while (numbers := next(pieces, None)) or selection is None:
        which = table.c.id.in_(numbers) if numbers else table.c.id > last
        with read() as session:
            rows = _rows(session, select(table).where(which).order_by(table.c.id).limit(MOST_AT_ONCE))
            page = source.entries(session, rows, contacts)
        if page:
            last = rows[-1]["id"]
            yield page
        if selection is None and len(rows) < MOST_AT_ONCE:
            return


# --------------------------------------------------------------------------- rows as entries


def _me(_: Session, rows: Rows, __: Collection[int] | None) -> list[Values]:
    return [{key: value for key, value in row.items() if key != "id"} for row in rows]


def _contacts(session: Session, rows: Rows, _: Collection[int] | None) -> list[Values]:
    numbers = [row["id"] for row in rows]
    around = {name: _of(session, name, "contact_id", numbers) for name in _AROUND}
    return [_contact(row, {name: around[name][row["id"]] for name in _AROUND}) for row in rows]


_AROUND = ("contact_method", "tag", "alias", "affiliation")
_METHOD = ("kind", "value", "label", "preferred")
_WORK = ("uid", "organisation", "title", "since", "until", "source")
_CONTACT = (
    *("uid", "name", "given_name", "family_name", "company", "title", "timezone", "birthday", "tier", "every", "notes"),
    *("connected_on", "added_on", "dormant_on", "dormant_reason", "changed_at"),
)
_OFFER = (
    *("uid", "organisation", "role", "received_on", "respond_by", "decision", "decided_on", "because", "reason"),
    *("signed_on", "cleared_on", "starts_on"),
)
_JOB = ("organisation", "title", "started_on", "settled_on", "email", "phone")
_INTERACTION = ("uid", "day", "at", "channel", "direction", "answered", "topic", "summary")
_ANSWER = ("verdict", "day", "until", "due", "reason")


def _contact(row: Mapping[str, Any], around: Mapping[str, Rows]) -> Values:
    values = _picked(row, _CONTACT)
    values["birthday"] = row["birthday"] and birthday_text(row["birthday"])
    return {
        **values,
        "methods": [_picked(child, _METHOD) for child in around["contact_method"]],
        "tags": sorted(child["name"] for child in around["tag"]),
        "aliases": sorted(child["uid"] for child in around["alias"]),
        "affiliations": [_picked(child, _WORK) for child in around["affiliation"]],
        "vcard": row["vcard"],
    }


def _offers(session: Session, rows: Rows, only: Collection[int] | None) -> list[Values]:
    parts = _of(session, "participant", "offer_id", [row["id"] for row in rows], only)
    uids = uids_by_id(session, "contact", {part["contact_id"] for group in parts.values() for part in group})
    return [
        {
            **_picked(row, _OFFER),
            "participants": [{"contact": uids[part["contact_id"]], "role": part["role"]} for part in parts[row["id"]]],
        }
        for row in rows
    ]


def _jobs(session: Session, rows: Rows, _: Collection[int] | None) -> list[Values]:
    offers = uids_by_id(session, "offer", {row["offer_id"] for row in rows})
    return [{"uid": row["uid"], "offer": offers.get(row["offer_id"]), **_picked(row, _JOB)} for row in rows]


def _interactions(session: Session, rows: Rows, only: Collection[int] | None) -> list[Values]:
    links = _of(session, "interaction_contact", "interaction_id", [row["id"] for row in rows], only)
    uids = uids_by_id(session, "contact", {link["contact_id"] for group in links.values() for link in group})
    offers = uids_by_id(session, "offer", {row["offer_id"] for row in rows})
    return [
        {
            **_picked(row, _INTERACTION),
            "offer": offers.get(row["offer_id"]),
            "astray": row["astray"],
            "contacts": [uids[link["contact_id"]] for link in links[row["id"]]],
        }
        for row in rows
    ]


def _answers(session: Session, rows: Rows, _: Collection[int] | None) -> list[Values]:
    talks = uids_by_id(session, "interaction", {row["interaction_id"] for row in rows})
    return [
        {
            **_picked(row, ("playbook", "step", "cause")),
            "contact": row["contact_uid"],
            **_picked(row, _ANSWER),
            "interaction": talks.get(row["interaction_id"]),
            "snapshot": {key: value for key, value in row["snapshot"].items() if value is not None},
        }
        for row in rows
    ]


class _Section(NamedTuple):
    """The table of a section, and the function that turns its rows into entries, for all contacts or for some ids."""

    table: str
    entries: Callable[[Session, Rows, Collection[int] | None], list[Values]]


_SECTIONS: Mapping[str, _Section] = {
    "me": _Section("profile", _me),
    "contacts": _Section("contact", _contacts),
    "offers": _Section("offer", _offers),
    "jobs": _Section("job", _jobs),
    "interactions": _Section("interaction", _interactions),
    "answers": _Section("decision", _answers),
}


# --------------------------------------------------------------------------- queries


def _picked(row: Mapping[str, Any], columns: Iterable[str]) -> Values:
    return {name: row[name] for name in columns}


def _rows(session: Session, query: Any) -> Rows:
    return [dict(row) for row in session.connection().execute(query).mappings()]


def _of(
    session: Session, name: str, column: str, owners: Sequence[int], only: Collection[int] | None = None
) -> dict[int, list[Mapping[str, Any]]]:
    """The rows of a table by their owner, in order; with `only`, those of some contacts."""
    table = TABLES[name]
    query = select(table).where(table.c[column].in_(owners)).order_by(table.c.id)
    by_owner: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _rows(session, query):
        if only is None or row["contact_id"] in only:
            by_owner[row[column]].append(row)
    return by_owner
