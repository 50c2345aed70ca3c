"""What comes in from LinkedIn: matched against who is known, then written once.

All rows are read and matched first; then one operation writes them. A row is never a
guess: one that fits two people is a `Problem` that names both. What LinkedIn says of
somebody's work counts as news only if it differs from what it said before, so importing
the same file again changes nothing, and never what you corrected by hand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlmodel import Session

from netcrm import identity
from netcrm.acts.forgetting import Remembered
from netcrm.errors import Problem
from netcrm.formats.linkedin import Connection
from netcrm.models import Affiliation, Contact, ContactMethod, new_uid
from netcrm.store import finds
from netcrm.store.door import ROWS_AT_ONCE, Writing
from netcrm.terms import MethodKind, count

SOURCE = "linkedin"

_LEFT_IN_PEACE = "this person was forgotten, and is left out; to have them back, add them with `netcrm add`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or with `dry_run` would do; `changes` says it person by person.

    Each of the `rows` is added, updated, unchanged, merged into an earlier row about the same
    person, or left out.
    """

    file: str
    rows: int
    added: int
    updated: int
    unchanged: int
    merged: int
    left_out: int
    problems: list[Problem]
    changes: list[str]
    dry_run: bool


@dataclass(slots=True)
class Newcomer:
    """A person whom the file brings in. There may be thousands: what can be worked out is not kept."""

    row: Connection
    methods: dict[tuple[MethodKind, str], str]
    company: str | None
    title: str | None
    connected_on: date | None

    def affiliation(self) -> dict[str, Any] | None:
        return _affiliation(self.company, self.title, None)


@dataclass(slots=True)
class Update:
    """What the file knows better about somebody who is known."""

    name: str
    values: dict[str, Any] = field(default_factory=dict)
    methods: dict[tuple[MethodKind, str], str] = field(default_factory=dict)
    affiliation: dict[str, Any] | None = None
    jobs: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Intake:
    """A file's rows, sorted into who is new, who changed, and what can't be told.

    Of several rows about one person the first that names a company says where they work (`placed`):
    otherwise each import of the same file would take them from one job to the other and back.
    """

    newcomers: list[Newcomer] = field(default_factory=list)
    updates: dict[int, Update] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    merged: int = 0
    touched: set[int] = field(default_factory=set)
    placed: set[int] = field(default_factory=set)

    @property
    def unchanged(self) -> int:
        """The known people about whom the file has no news."""
        return len(self.touched) - len(self.updates)

    def summary(self, file: str) -> str:
        """What was done, in words."""
        new, known = len(self.newcomers), len(self.updates)
        words = [f"imported {count(new, 'new contact')}"] if new else []
        contacts = "" if new else " contact" if known == 1 else " contacts"
        words += [f"updated {known}{contacts}"] if known else []
        said = " and ".join(words)
        return f"{said[:1].upper()}{said[1:]} from {file}"

    def changes(self) -> list[str]:
        added = [f"+ {who.row.name}{f' ({who.company})' if who.company else ''}" for who in self.newcomers]
        updated = [f"~ {change.name}: {_news(change)}" for change in self.updates.values()]
        return added + updated


def _news(change: Update) -> str:
    words = {"connected_on": "connected on", "company": "company", "title": "title"}
    facts = [f"{words[key]} {value or '(none)'}" for key, value in change.values.items() if key in words]
    work = change.affiliation or next(iter(change.jobs.values()), {})
    if not facts and work.get("organisation"):
        facts = [f"LinkedIn says {' at '.join(filter(None, (work['title'], work['organisation'])))}"]
    return ", ".join(facts + list(change.methods.values()))


# --------------------------------------------------------------------------- reading and matching


class _Book:
    """What is stored already, as far as an import must know it."""

    def __init__(self, session: Session) -> None:
        self.contacts = {
            row[0]: row for row in finds.every(session, Contact, "id", "name", "company", "title", "connected_on")
        }
        rows = finds.every(session, ContactMethod, "contact_id", "kind", "normalised")
        self.methods = {(contact, kind, normalised) for contact, kind, normalised in rows}
        reached = {contact for contact, kind, _ in rows if kind == "linkedin"}
        known = ((number, name, company, number in reached) for number, name, company, *_ in self.contacts.values())
        self.known = identity.Known(known, rows)
        self.jobs: dict[int, _Work] = {}
        self.seen: dict[int, tuple[str, str | None]] = {}
        for work in finds.every(
            session, Affiliation, "id", "contact_id", "organisation", "title", "since", "until", "source"
        ):
            number, contact, organisation, title, since, until, source = work
            if until is None:
                self.jobs[contact] = _Work(number, organisation, since)
            if source == SOURCE:
                self.seen[contact] = (organisation, title)


class _Work(NamedTuple):
    """Where somebody works, as it is stored."""

    number: int
    organisation: str
    since: date | None


def sort(session: Session, connections: Sequence[Connection], file: str, today: date) -> Intake:
    """Who of the file is new, who has news, and which rows can't be told; nothing is written."""
    book, intake, remembered = _Book(session), Intake(), Remembered(session)
    for connection in connections:
        methods = _methods(connection, intake, file)
        urls = [normalised for kind, normalised in methods if kind == "linkedin"]
        emails = [normalised for kind, normalised in methods if kind == "email"]
        who = book.known.match(
            connection.name, connection.company, emails[0] if emails else None, urls[0] if urls else None
        )
        if isinstance(who, identity.Ambiguity):
            intake.problems.append(Problem(file, connection.line, _ambiguous(book, intake, connection, who), lost=True))
        elif who is None and remembered.was_forgotten(methods, connection.name, filter(None, [connection.company])):
            intake.problems.append(Problem(file, connection.line, _LEFT_IN_PEACE, lost=True))
        elif who is None:
            _take_in(book, intake, connection, methods)
        elif who < 0:
            intake.merged += 1
            _fill(intake.newcomers[-who - 1], connection, methods)
        else:
            _compare(book, intake, who, connection, methods, today)
    return intake


def _ambiguous(book: _Book, intake: Intake, connection: Connection, found: identity.Ambiguity) -> str:
    names = [
        f"{book.contacts[who][1]} ({who})" if who > 0 else f"{intake.newcomers[-who - 1].row.name} (new)"
        for who in found.candidates
    ]
    return (
        f"{connection.name} may be {' or '.join(names)}: {found.reason}; left out. "
        "Give the right one this row's LinkedIn address with `netcrm edit ID --linkedin URL`, then import again"
    )


def _methods(connection: Connection, intake: Intake, file: str) -> dict[tuple[MethodKind, str], str]:
    found: dict[tuple[MethodKind, str], str] = {}
    given: tuple[tuple[MethodKind, str | None], ...] = (("linkedin", connection.url), ("email", connection.email))
    for kind, value in given:
        if value:
            try:
                found[kind, identity.normalise(kind, value)] = value
            except ValueError as error:
                intake.problems.append(
                    Problem(file, connection.line, f"“{value[:80]}” {error}; {connection.name} was imported without it")
                )
    return found


def _take_in(book: _Book, intake: Intake, connection: Connection, methods: dict[tuple[MethodKind, str], str]) -> None:
    intake.newcomers.append(
        Newcomer(connection, methods, connection.company, connection.title, connection.connected_on)
    )
    number = -len(intake.newcomers)
    book.known.add(number, connection.name, connection.company, list(methods))


def _fill(newcomer: Newcomer, connection: Connection, methods: dict[tuple[MethodKind, str], str]) -> None:
    """A second row about somebody whom an earlier row of the file brought in."""
    newcomer.methods.update(methods)
    if newcomer.company is None:
        newcomer.company, newcomer.title = connection.company, connection.title
    newcomer.connected_on = newcomer.connected_on or connection.connected_on


def _compare(
    book: _Book,
    intake: Intake,
    who: int,
    connection: Connection,
    methods: dict[tuple[MethodKind, str], str],
    today: date,
) -> None:
    _, name, company, _, connected_on = book.contacts[who]
    change = Update(name)
    change.methods = {key: value for key, value in methods.items() if (who, *key) not in book.methods}
    if connection.connected_on and connected_on is None:
        change.values["connected_on"] = connection.connected_on
    if connection.company and who not in intake.placed:
        intake.placed.add(who)
        if (connection.company, connection.title) != book.seen.get(who):
            _compare_work(book, change, who, connection, today)
    if change.values or change.methods or change.affiliation or change.jobs:
        _merge(intake, who, change)
        book.known.add(who, name, company, list(change.methods))
    intake.merged += who in intake.touched
    intake.touched.add(who)


def _compare_work(book: _Book, change: Update, who: int, connection: Connection, today: date) -> None:
    """LinkedIn names another company or title than it did before, or speaks for the first time."""
    current, (_, _, company, title, _) = book.jobs.get(who), book.contacts[who]
    before = book.seen.get(who, ("", None))
    # What LinkedIn said before and says again is no news: it may have been corrected by hand since.
    told = {"company": connection.company} if connection.company not in (company, before[0]) else {}
    if connection.title not in (title, before[1]) and (
        "company" in told or identity.alike(company, connection.company)
    ):
        told["title"] = connection.title
    if current is None:
        change.affiliation = _affiliation(connection.company, connection.title, today if who in book.seen else None)
        change.values |= told
    elif connection.company == before[0] and not identity.alike(current.organisation, connection.company):
        # They have left that company, by what I know: what LinkedIn says of it is kept, and is over.
        change.affiliation = {**(_affiliation(connection.company, connection.title, None) or {}), "until": today}
    elif who in book.seen:
        change.affiliation = _affiliation(connection.company, connection.title, today)
        change.jobs[current.number] = {"until": max(today, current.since or today)}
        change.values |= told
    elif identity.normalise_name(current.organisation) == identity.normalise_name(connection.company or ""):
        change.jobs[current.number] = {"organisation": connection.company, "title": connection.title, "source": SOURCE}
        change.values |= {"title": connection.title} if title is None and connection.title else {}
    else:
        change.affiliation = _affiliation(connection.company, connection.title, None)
    book.seen[who] = (connection.company or "", connection.title)


def _affiliation(company: str | None, title: str | None, since: date | None) -> dict[str, Any] | None:
    if not company:
        return None
    work = {"organisation": company, "title": title, "since": since, "until": None}
    return {"uid": new_uid(), **work, "source": SOURCE}


def _merge(intake: Intake, who: int, change: Update) -> None:
    before = intake.updates.setdefault(who, change)
    if before is not change:
        before.values |= change.values
        before.methods |= change.methods
        before.affiliation = change.affiliation or before.affiliation
        before.jobs |= change.jobs


def report(intake: Intake, problems: Sequence[Problem], file: str, read: int, *, dry_run: bool) -> ImportReport:
    """What became of a file's rows: of those that were `read`, and of those that could not be."""
    found = sorted([*problems, *intake.problems], key=lambda problem: problem.line)
    return ImportReport(
        file=file,
        rows=read + sum(problem.lost for problem in problems),
        added=len(intake.newcomers),
        updated=len(intake.updates),
        unchanged=intake.unchanged,
        merged=intake.merged,
        left_out=sum(problem.lost for problem in found),
        problems=found,
        changes=intake.changes(),
        dry_run=dry_run,
    )


# --------------------------------------------------------------------------- writing


def write(writing: Writing, intake: Intake) -> None:
    """Everything the file brought, a few statements for thousands of people."""
    for start in range(0, len(intake.newcomers), ROWS_AT_ONCE):
        some = intake.newcomers[start : start + ROWS_AT_ONCE]
        first = writing.add_all(Contact, [_contact_row(who, writing) for who in some])
        _add_around(writing, [(number, who.methods, who.affiliation()) for number, who in enumerate(some, first)])
    for change in intake.updates.values():
        writing.change_all(Affiliation, change.jobs)
    writing.change_all(
        Contact, {number: {**change.values, "changed_at": writing.now} for number, change in intake.updates.items()}
    )
    _add_around(writing, [(number, change.methods, change.affiliation) for number, change in intake.updates.items()])


_Owner = tuple[int, Mapping[tuple[MethodKind, str], str], dict[str, Any] | None]
"""A contact's number, with the ways to reach them and the work that the file brought."""


def _contact_row(who: Newcomer, writing: Writing) -> dict[str, Any]:
    row = {
        "uid": new_uid(),
        "name": who.row.name,
        "given_name": who.row.given_name or None,
        "family_name": who.row.family_name or None,
        "connected_on": who.connected_on,
    }
    return {**row, "company": who.company, "title": who.title, "added_on": writing.today, "changed_at": writing.now}


def _add_around(writing: Writing, owners: Sequence[_Owner]) -> None:
    writing.add_all(ContactMethod, list(_method_rows(owners)))
    writing.add_all(Affiliation, [{**work, "contact_id": number} for number, _, work in owners if work])


def _method_rows(owners: Iterable[_Owner]) -> Iterator[dict[str, Any]]:
    for number, methods, _ in owners:
        for (kind, normalised), value in methods.items():
            yield {
                "contact_id": number,
                "kind": kind,
                "value": value,
                "normalised": normalised,
                "label": None,
                "preferred": False,
            }
