"""Forgetting a contact for good: facts, journal, and every text that names them.

`remove` keeps everything for `undo`; `forget` keeps nothing. It erases the contact's rows, including those that only
the journal still holds, so that a removed contact can be forgotten too. Texts about others are redacted: full names and
addresses everywhere, first names in the summaries of operations on that contact.

Two things stay. That a company was told of a decision is a fact about the offer. A keyed hash of each address and of
the uid keeps the next import from adding the contact again, and an older backup from bringing them back.
"""

import hashlib
import re
import secrets
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, and_, delete, insert, select, update
from sqlmodel import Session

from netcrm.domain.models import Contact
from netcrm.domain.validation import clean
from netcrm.domain.vocabulary import count
from netcrm.errors import Ambiguous, NoSuch, StoreError
from netcrm.log import note
from netcrm.matching import normalize
from netcrm.planning.window import telling
from netcrm.services import contacts
from netcrm.store.backup import Restored, beside
from netcrm.store.journal import CHANGE, FORGOTTEN, OPERATION, TABLES
from netcrm.store.unit_of_work import UnitOfWork
from netcrm.workspace import Workspace

REDACTED = "[forgotten]"

PROSE = {
    "contact": ("notes", "dormant_reason", "vcard"),
    "interaction": ("summary",),
    "offer": ("reason",),
    "decision": ("reason", "snapshot"),
}
"""The columns with free text about people, written by the user or imported with a vCard."""

_OF_CONTACT = ("interaction_contact", "participant", "contact_method", "alias", "tag", "affiliation")
"""The tables whose rows belong to one contact, children first."""


class _Identity(NamedTuple):
    """The keys by which the rows of one contact are found, in the tables and in the journal."""

    number: int
    uid: str


@dataclass(slots=True)
class _Traces:
    """Everything known about one contact, now or in the journal."""

    uid: str
    uids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    companies: set[str] = field(default_factory=set)
    addresses: set[tuple[str, str]] = field(default_factory=set)
    spellings: set[str] = field(default_factory=set)
    rows: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def learn(self, table: str, values: Mapping[str, Any]) -> None:
        """Collect the identifying values of one of their rows, in its present or a former state."""
        self.rows[table].add(values["id"])
        if table == "contact":
            self.names.add(values["name"])
            self.companies |= {values["company"]} - {None}
        elif table == "contact_method":
            self.addresses.add((values["kind"], values["normalised"]))
            self.spellings |= {values["value"], values["normalised"]}
        elif table == "alias":
            self.uids.add(values["uid"])
        elif table == "affiliation":
            self.companies.add(values["organisation"])

    def known_by(self) -> Iterator[str]:
        """The keys by which an import or a backup could recognise them."""
        yield from map(_identified, {self.uid, *self.uids})
        yield from (f"{kind}:{value}" for kind, value in self.addresses)
        yield from (named(name, company) for name in self.names for company in self.companies)


def _identified(uid: str) -> str:
    return f"uid:{uid}"


def named(name: str, company: str) -> str:
    """A name at a company, in its normal form."""
    return f"name:{normalize.normalise_name(name)}|{normalize.normalise_name(company)}"


# --------------------------------------------------------------------------- forgetting


@dataclass(frozen=True, slots=True)
class Forgetting:
    """The amount that was erased about a contact, and the copies that could not be reached.

    `rows` belonged to the contact, `texts` about others named them; `copies` are netcrm's own earlier backups.
    `overwritten` says that the free space of the database was rewritten too; if not, the database was in use.
    """

    name: str
    rows: int
    texts: int
    copies: Sequence[Path] = ()
    overwritten: bool = True


def forget(workspace: Workspace, who: Contact | int | str, *, dry_run: bool) -> Forgetting:
    """Erase a contact for good, also one who was removed before. There is no undo."""
    with workspace.write("forget", dry_run=dry_run) as unit:
        erased = _erase(unit, _meant(unit.session, who), telling(workspace.playbooks))
        unit.summary, unit.final = "Forgot somebody", True
    copies = beside(workspace.location)
    return replace(erased, copies=copies, overwritten=dry_run or _free_space_overwritten(workspace))


def restore(workspace: Workspace, path: Path, *, dry_run: bool) -> Restored:
    """Replace everything with a backup; contacts who were forgotten since it was made are forgotten again."""
    if dry_run:
        return workspace.store.look_at(path, returning)
    again = partial(forget_again, tells=telling(workspace.playbooks))
    restored = workspace.store.restore(path, workspace.today_without_profile, again)
    return replace(restored, overwritten=not restored.forgotten or _free_space_overwritten(workspace))


def _free_space_overwritten(workspace: Workspace) -> bool:
    """Rewrite the database after a contact was forgotten; if that fails now, `doctor` does it later."""
    try:
        workspace.store.overwrite_free_space()
    except StoreError as error:
        note("free space was not rewritten: %s", type(error).__name__)
        return False
    return True


def _erase(unit: UnitOfWork, identity: _Identity, tells: Container[tuple[str, str]]) -> Forgetting:
    connection = unit.connection
    person = _person(connection, identity)
    unnamed = _keep_what_was_told(connection, person, tells)
    rows = _erase_rows(connection, person, unnamed)
    touched = _erase_journal(connection, person, unnamed)
    texts = _redact(connection, person, touched)
    _drop_empty(connection, touched)
    _remember(unit, person)
    return Forgetting(min(person.names), rows, texts)


def forget_again(unit: UnitOfWork, before: Sequence[Mapping[str, Any]], tells: Container[tuple[str, str]]) -> int:
    """Erase the contacts that a restored backup brought back although they were forgotten since; their number.

    `before` are the hashes of forgotten contacts until then. They are kept, even if the backup brought no contact back.
    """
    known = set(unit.connection.execute(select(FORGOTTEN.c.digest)).scalars())
    if since := [{key: row[key] for key in ("salt", "digest", "day")} for row in before if row["digest"] not in known]:
        unit.connection.execute(insert(FORGOTTEN), since)
    returned = returning(unit.connection, since)
    for identity in returned:
        _erase(unit, identity, tells)
    unit.summary, unit.final = f"Forgot {count(len(returned), 'returned contact')} again", bool(returned)
    return len(returned)


def returning(connection: Connection, forgotten: Sequence[Mapping[str, Any]]) -> list[_Identity]:
    """The contacts of a database, in its tables or its journal, who are among the forgotten ones."""
    salts, digests = {row["salt"] for row in forgotten}, {row["digest"] for row in forgotten}
    if not salts:
        return []
    people = {row["uid"]: row["id"] for row in _journaled(connection, "contact")}
    table = TABLES["contact"]
    people |= {row.uid: row.id for row in connection.execute(select(table.c.uid, table.c.id))}
    return [
        _Identity(number, uid)
        for uid, number in people.items()
        if any(_digest(salt, _identified(uid)) in digests for salt in salts)
    ]


def _meant(session: Session, who: Contact | int | str) -> _Identity:
    try:
        contact = contacts.find(session, who)
    except NoSuch:
        removed = _removed(session.connection(), str(who.number if isinstance(who, Contact) else who))
        if removed is None:
            raise
        return removed
    return _Identity(contact.number, contact.uid)


def _removed(connection: Connection, who: str) -> _Identity | None:
    """The contact with that id, address or name whom only the journal knows; `Ambiguous` if there are several."""
    word = clean(who)
    folded, known = normalize.normalise_name(word), list(_journaled(connection, "contact"))
    addresses = [row for row in _journaled(connection, "contact_method") if row["normalised"] == word.casefold()]
    owners = {row["contact_id"] for row in addresses}
    removed = {
        row["id"]: row
        for row in known
        if row["id"] in owners
        or word in (str(row["id"]), row["uid"])
        or normalize.normalise_name(row["name"]) == folded
    }
    if len(removed) > 1:
        raise Ambiguous("removed contact", who, [f"{row['id']}  {row['name']}" for row in removed.values()])
    return next((_Identity(number, row["uid"]) for number, row in removed.items()), None)


def _person(connection: Connection, identity: _Identity) -> _Traces:
    """All rows of a contact, in the tables and in the journal."""
    number, uid = identity
    person = _Traces(uid)
    for row in _ever(connection, "contact", "id", number):
        person.learn("contact", row)
    for name in _OF_CONTACT:
        for row in _ever(connection, name, "contact_id", number):
            person.learn(name, row)
    for row in _ever(connection, "decision", "contact_uid", uid):
        person.learn("decision", row)
    person.rows["interaction"] |= _theirs_alone(connection, number)
    return person


def _theirs_alone(connection: Connection, number: int) -> set[int]:
    """The interactions in which no other contact took part."""
    links = TABLES["interaction_contact"]
    interactions = {row["interaction_id"] for row in _ever(connection, links.name, "contact_id", number)}
    of_others = and_(links.c.interaction_id.in_(sorted(interactions)), links.c.contact_id != number)
    shared = set(connection.execute(select(links.c.interaction_id).where(of_others)).scalars())
    shared |= {row["interaction_id"] for row in _journaled(connection, links.name) if row["contact_id"] != number}
    return interactions - shared


def _ever(connection: Connection, name: str, column: str, value: int | str) -> Iterator[Mapping[str, Any]]:
    """The rows of a table that have a value in a column, in their present and former states."""
    table = TABLES[name]
    yield from map(dict, connection.execute(select(table).where(table.c[column] == value)).mappings())
    yield from (row for row in _journaled(connection, name) if row[column] == value)


def _journaled(connection: Connection, name: str) -> Iterator[Mapping[str, Any]]:
    """The former states of the rows of a table, as the journal holds them."""
    kept = select(CHANGE.c.before).where(and_(CHANGE.c.table == name, CHANGE.c.before.is_not(None)))
    yield from connection.execute(kept).scalars()


# --------------------------------------------------------------------------- erasing


def _keep_what_was_told(connection: Connection, person: _Traces, tells: Container[tuple[str, str]]) -> set[int]:
    """Detach the answers by which a company was told of a decision from the contact; the ids of the answers."""
    table = TABLES["decision"]
    kept = set()
    for row in connection.execute(select(table).where(table.c.contact_uid == person.uid)).mappings().all():
        same_step = and_(
            *(table.c[key] == row[key] for key in ("cause", "playbook", "step")), table.c.contact_uid == ""
        )
        taken = connection.execute(select(table.c.id).where(same_step)).first()
        if row["verdict"] == "done" and (row["playbook"], row["step"]) in tells and not taken:
            snapshot = {"text": REDACTED, "due": row["snapshot"].get("due"), "contact": None}
            values = {"contact_uid": "", "reason": None, "interaction_id": None, "snapshot": snapshot}
            connection.execute(update(table).where(table.c.id == row["id"]).values(values))
            kept.add(row["id"])
    return kept


def _erase_rows(connection: Connection, person: _Traces, kept: Container[int]) -> int:
    decisions = TABLES["decision"]
    gone = sorted(person.rows["interaction"])
    connection.execute(update(decisions).where(decisions.c.interaction_id.in_(gone)).values(interaction_id=None))
    erased = 0
    for name in ("decision", *_OF_CONTACT, "interaction", "contact"):
        table = TABLES[name]
        for row in person.rows[name]:
            if name != "decision" or row not in kept:
                erased += connection.execute(delete(table).where(table.c.id == row)).rowcount
    return erased


def _erase_journal(connection: Connection, person: _Traces, kept: set[int]) -> set[int]:
    """Remove the contact's rows from the journal; the ids of the operations that had written them."""
    touched = set()
    columns = (CHANGE.c.id, CHANGE.c.operation_id, CHANGE.c.table, CHANGE.c.row, CHANGE.c.last)
    for change, operation, table, first, last in connection.execute(select(*columns)).all():
        of_person = person.rows.get(table, set())
        written = set(range(first, last + 1))
        if of_person.isdisjoint(written):
            continue
        touched.add(operation)
        if written <= of_person and not (table == "decision" and written <= kept):
            connection.execute(delete(CHANGE).where(CHANGE.c.id == change))
    _forget_earlier_answers(connection, kept)
    return touched


def _forget_earlier_answers(connection: Connection, kept: set[int]) -> None:
    """Remove the former states of such answers: only that the company was told stays."""
    earlier = and_(CHANGE.c.table == "decision", CHANGE.c.row.in_(kept), CHANGE.c.before.is_not(None))
    connection.execute(delete(CHANGE).where(earlier))


def _drop_empty(connection: Connection, touched: Iterable[int]) -> None:
    """Remove operations that have no other change left."""
    left = set(connection.execute(select(CHANGE.c.operation_id).distinct()).scalars())
    for number in set(touched) - left:
        connection.execute(delete(OPERATION).where(OPERATION.c.id == number))


# --------------------------------------------------------------------------- redacting


def _redact(connection: Connection, person: _Traces, touched: Container[int]) -> int:
    """Redact their names and addresses in every text; the number of texts that had one."""
    namesakes = connection.execute(select(TABLES["contact"].c.name)).scalars().all()
    names = {name for name in person.names if " " in name and name not in namesakes}
    everywhere = _pattern({*names, *person.spellings, person.uid, *person.uids})
    firsts = {part for name in person.names for part in name.split() if len(part) > 1}
    of_this_person = _pattern({*person.names, *person.spellings, *firsts})
    sentences = select(OPERATION.c.id, OPERATION.c.summary, OPERATION.c.undone_at)
    for number, summary, undone in connection.execute(sentences).all():
        # For an operation that was undone, the journal no longer knows which contact it was about.
        redacted = _redacted(of_this_person if undone or number in touched else everywhere, summary)
        if redacted != summary:
            connection.execute(update(OPERATION).where(OPERATION.c.id == number).values(summary=redacted))
    _redact_journal(connection, everywhere, person.rows["interaction"])
    return sum(_redact_table(connection, TABLES[name], columns, everywhere) for name, columns in PROSE.items())


def _redact_table(connection: Connection, table: Table, columns: Sequence[str], pattern: re.Pattern[str]) -> int:
    """Redact some columns of a table; the number of rows that changed."""
    rows = 0
    for number, *texts in connection.execute(select(table.c.id, *(table.c[column] for column in columns))).all():
        redacted = [_redacted(pattern, text) for text in texts]
        if redacted != texts:
            values = dict(zip(columns, redacted, strict=True))
            connection.execute(update(table).where(table.c.id == number).values(values))
            rows += 1
    return rows


def _redact_journal(connection: Connection, pattern: re.Pattern[str], interactions: Container[int]) -> None:
    """Redact the journal, and remove its references to erased interactions."""
    changes = select(CHANGE.c.id, CHANGE.c.table, CHANGE.c.before)
    changes = changes.where(and_(CHANGE.c.table.in_(PROSE), CHANGE.c.before.is_not(None)))
    for number, table, before in connection.execute(changes).all():
        kept = {key: _redacted(pattern, value) if key in PROSE[table] else value for key, value in before.items()}
        if kept.get("interaction_id") in interactions:
            kept["interaction_id"] = None
        if kept != before:
            connection.execute(update(CHANGE).where(CHANGE.c.id == number).values(before=kept))


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of these words or phrases, as whole words in any case, the longest first."""
    longest = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest)) or '(?!)'})(?!\w)", re.IGNORECASE)


def _redacted(pattern: re.Pattern[str], value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _redacted(pattern, part) for key, part in value.items()}
    return pattern.sub(REDACTED, value) if isinstance(value, str) else value


# --------------------------------------------------------------------------- what stays


def _remember(unit: UnitOfWork, person: _Traces) -> None:
    """Store a keyed hash of everything by which an import could recognise them."""
    connection = unit.connection
    known = connection.execute(select(FORGOTTEN.c.salt, FORGOTTEN.c.digest)).all()
    salt = known[0][0] if known else secrets.token_hex(16)
    digests = {_digest(salt, key) for key in person.known_by()} - {digest for _, digest in known}
    if digests:
        rows = [{"salt": salt, "digest": digest, "day": unit.today} for digest in sorted(digests)]
        connection.execute(insert(FORGOTTEN), rows)


def _digest(salt: str, key: str) -> str:
    return hashlib.blake2b(key.encode(), key=bytes.fromhex(salt), digest_size=32).hexdigest()


class Remembered:
    """The forgotten contacts, by hash, so that an import leaves them out."""

    def __init__(self, session: Session) -> None:
        rows = session.connection().execute(select(FORGOTTEN.c.salt, FORGOTTEN.c.digest)).all()
        self._salts = {salt for salt, _ in rows}
        self._digests = {digest for _, digest in rows}

    def was_forgotten(
        self, methods: Iterable[tuple[str, str]], name: str, companies: Iterable[str], uid: str | None
    ) -> bool:
        """Whether a contact with that uid, one of these addresses, or this name at one of these companies was
        forgotten.
        """
        if not self._salts:
            return False
        keys = [*(f"{kind}:{value}" for kind, value in methods), *(named(name, company) for company in companies)]
        keys += [_identified(uid)] if uid else []
        return any(_digest(salt, key) in self._digests for salt in self._salts for key in keys)
