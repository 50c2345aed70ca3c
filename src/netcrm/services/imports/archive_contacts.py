"""The contacts of a document: whom each means in the book, and what of it the book does not know."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlmodel import col, select

from netcrm.domain.models import Affiliation, Alias, Contact, ContactMethod, Tag
from netcrm.domain.vocabulary import OWNED, MethodKind
from netcrm.formats.archive import schema, stream
from netcrm.matching import normalize, resolver
from netcrm.services.imports.archive_state import ArchiveImport, Row, owner, row_of
from netcrm.store import queries

_Ways = list[tuple[tuple[MethodKind, str], schema.MethodEntry]]
"""The methods of a contact, each with its kind and its normal form."""

AROUND = ("methods", "tags", "aliases", "affiliations")


class _ArchiveContact(NamedTuple):
    """A contact of a document, on the way into the book."""

    line: int
    item: schema.ContactEntry
    ways: _Ways


def take_contacts(taking: ArchiveImport, entries: Iterable[stream.LocatedEntry]) -> None:
    new: list[_ArchiveContact] = []
    known: dict[int, _ArchiveContact] = {}
    for entry in entries:
        person = _usable(taking, entry)
        who = _match(taking, person) if person else None
        if person is None or isinstance(who, str):
            taking.left_out += 1
            if entry.uid:
                taking.absent[entry.uid] = None
            if person and isinstance(who, str):
                taking.complain(entry.line, who, lost=True)
        elif who is None:
            new.append(person)
            taking.numbers[person.item.uid] = 0
        else:
            if who in known:  # two who are one here since
                _fill_people(taking, known)
                known = {}
            known[who] = person
            taking.numbers[person.item.uid] = who
    _add_people(taking, new)
    _fill_people(taking, known)


def _usable(taking: ArchiveImport, entry: stream.LocatedEntry) -> _ArchiveContact | None:
    """A contact of which something can be made: valid, and not one that stood in the document before."""
    item = entry.item
    if item is None:
        return None
    if item.uid in taking.numbers:
        why = f"{entry.path}: {item.name} has the uid of another contact before; left out. Give one of them another uid"
        taking.complain(entry.line, why, lost=True)
        return None
    ways: _Ways = []
    for method in item.methods:
        try:
            ways.append(((method.kind, normalize.normalise(method.kind, method.value, taking.region)), method))
        except ValueError as error:
            why = f"{entry.path}: “{method.value[:80]}” {error}; {item.name} was imported without it"
            taking.complain(entry.line, why)
    return _ArchiveContact(entry.line, item, ways)


def _match(taking: ArchiveImport, person: _ArchiveContact) -> int | str | None:
    """Who that is in the book: a number, nobody yet, or a sentence that says why it can't be told."""
    item, known = person.item, taking.known
    for uid in (item.uid, *item.aliases):
        if (who := owner(taking, uid)) is not None:
            return who
    keys = [key for key, _ in person.ways]
    found = known.match(item.name, item.company, keys, taking.meant.__contains__)
    if isinstance(found, int) and found in taking.meant:
        found = resolver.Ambiguity((found,), "they share an address, and the document has them as another person")
    if isinstance(found, resolver.Ambiguity):
        names = [f"{queries.called(taking.pen.session, one)} ({one})" for one in found.candidates]
        return f"{item.name} may be {' or '.join(names)}: {found.reason}; left out. {_SAY_SO}"
    if found is not None:
        taking.meant.add(found)
        return found
    companies = [item.company, *(work.organisation for work in item.affiliations)]
    uids = (item.uid, *item.aliases)
    if any(taking.remembered.was_forgotten(keys, item.name, filter(None, companies), uid) for uid in uids):
        return f"{item.name} was forgotten, and is left out; to have them back, add them with `netcrm add`"
    return None


_SAY_SO = "Merge them with `netcrm merge` if they are one, or give the right one an address of this contact"


def _add_people(taking: ArchiveImport, people: Sequence[_ArchiveContact]) -> None:
    rows = [{**row_of(one.item, *AROUND), "changed_at": one.item.changed_at or taking.pen.now} for one in people]
    first = taking.pen.add_all(Contact, rows)
    taking.added += len(people)
    methods, tags, aliases, works = list[Row](), list[Row](), list[Row](), list[Row]()
    for number, (line, item, ways) in enumerate(people, first):
        taking.numbers[item.uid] = number
        taking.changes.append(f"+ {item.name}{f' ({item.company})' if item.company else ''}")
        methods += [_method(number, key, method, preferred=method.preferred) for key, method in ways]
        tags += [{"contact_id": number, "name": name} for name in dict.fromkeys(item.tags)]
        aliases += _aliases(taking, number, item, line)
        works += [{"contact_id": number, **row_of(work)} for work in item.affiliations]
    for model, found in ((ContactMethod, methods), (Tag, tags), (Alias, aliases), (Affiliation, works)):
        taking.pen.add_all(model, found)


def _method(number: int, key: tuple[str, str], method: schema.MethodEntry, *, preferred: bool) -> Row:
    row = {"kind": key[0], "value": method.value, "normalised": key[1], "label": method.label}
    return {"contact_id": number, **row, "preferred": preferred}


def _aliases(taking: ArchiveImport, number: int, item: schema.ContactEntry, line: int) -> list[Row]:
    """The other UIDs of a contact, as rows; one that is somebody else's is said."""
    found = []
    for uid in dict.fromkeys(item.aliases):
        who = taking.numbers.get(uid, owner(taking, uid))
        if who is None:
            taking.numbers[uid] = number
            found.append({"contact_id": number, "uid": uid})
        elif who == number:
            taking.numbers[uid] = number
        else:
            why = f"{item.name} is one with somebody who is another contact here, known by the uid {uid[:80]}"
            taking.complain(line, f"{why}; left as it is. Merge them with `netcrm merge` if they are one")
    return found


# --------------------------------------------------------------------------- contacts that are known


_FILLED = ("given_name", "family_name", "timezone", "birthday", "tier", "every", "notes", "connected_on", "added_on")
"""What is taken from a document where the book says nothing; that somebody is asked for again is said by nothing."""

_WORDS = {"connected_on": "connected on", "timezone": "time zone", "every": "in touch every", "notes": "notes"}


def _fill_people(taking: ArchiveImport, people: Mapping[int, _ArchiveContact]) -> None:
    """What the book does not know yet of people who are in it."""
    session = taking.pen.session
    works: dict[int, list[Affiliation]] = {}
    theirs = select(Affiliation).where(col(Affiliation.contact_id).in_(list(people)))
    for work in session.exec(theirs.order_by(col(Affiliation.id))):
        works.setdefault(work.contact_id, []).append(work)
    changed: dict[int, Row] = {}
    methods, tags, aliases, jobs = list[Row](), list[Row](), list[Row](), list[Row]()
    for mine in queries.by_ids(session, Contact, list(people)):
        line, item, ways = people[mine.number]
        if item.uid != mine.uid:
            taking.renamed[f"contact:{item.uid}"] = f"contact:{mine.uid}"
        values = _values(mine, item)
        news = (
            _new_methods(taking, mine, item, ways, line),
            [{"contact_id": mine.number, "name": tag} for tag in dict.fromkeys(item.tags) if tag not in mine.tags],
            _new_uids(taking, mine, item, line),
            _new_work(taking, mine, item, works.get(mine.number, [])),
        )
        for rows, more in zip((methods, tags, aliases, jobs), news, strict=True):
            rows.extend(more)
        if values or any(news):
            changed[mine.number] = {**values, "changed_at": taking.pen.now}
            taking.changes.append(f"~ {mine.name}: {_said(values, news)}")
    for model, found in ((ContactMethod, methods), (Tag, tags), (Alias, aliases), (Affiliation, jobs)):
        taking.pen.add_all(model, found)
    taking.pen.change_all(Contact, changed)
    taking.updated += len(changed)
    taking.unchanged += len(people) - len(changed)
    session.expunge_all()


def _values(mine: Contact, item: schema.ContactEntry) -> Row:
    """What is empty here and said there. A title belongs to its company."""
    names = [name for name in _FILLED if getattr(mine, name) is None]
    if mine.company is None and mine.title is None:
        names += ["company", "title"]
    elif mine.title is None and normalize.normalise_name(mine.company or "") == normalize.normalise_name(
        item.company or ""
    ):
        names.append("title")
    names += ["vcard"] if mine.vcard is None else []
    return {name: value for name in names if (value := getattr(item, name))}


def _new_methods(taking: ArchiveImport, mine: Contact, item: schema.ContactEntry, ways: _Ways, line: int) -> list[Row]:
    """The ways to reach somebody that are not known; an address that is another person's here is said."""
    there: set[tuple[MethodKind, str]] = {(one.kind, one.normalised) for one in mine.methods}
    chosen = {one.kind for one in mine.methods if one.preferred}
    found = []
    for key, method in ways:
        whose = taking.known.recognise([key]) if key[0] in OWNED else None
        if key in there:
            continue
        if whose is not None and whose != mine.number:
            why = f"{item.name}: “{method.value[:80]}” is somebody else's here; left as it is"
            taking.complain(line, f"{why}. Merge them with `netcrm merge` if they are one")
            continue
        there.add(key)
        preferred = method.preferred and key[0] not in chosen
        chosen |= {key[0]} if preferred else set()
        found.append(_method(mine.number, key, method, preferred=preferred))
    return found


def _new_uids(taking: ArchiveImport, mine: Contact, item: schema.ContactEntry, line: int) -> list[Row]:
    found = _aliases(taking, mine.number, item, line)
    if item.uid not in (mine.uid, *mine.aliases):
        found.append({"contact_id": mine.number, "uid": item.uid})
    return found


def _new_work(
    taking: ArchiveImport, mine: Contact, item: schema.ContactEntry, works: Iterable[Affiliation]
) -> list[Row]:
    """Where somebody worked, as far as it is not known; the same work under another UID is one."""
    by_uid = {work.uid for work in works}
    same = {_what(work): work.uid for work in works}
    found = []
    for work in item.affiliations:
        if work.uid in by_uid:
            continue
        if _what(work) in same:
            taking.renamed[f"affiliation:{work.uid}"] = f"affiliation:{same[_what(work)]}"
            continue
        found.append({"contact_id": mine.number, **row_of(work)})
    return found


def _what(work: Affiliation | schema.AffiliationEntry) -> tuple[str, str, date | None]:
    return normalize.normalise_name(work.organisation), normalize.normalise_name(work.title or ""), work.since


def _said(values: Row, news: tuple[list[Row], ...]) -> str:
    methods, tags, aliases, works = news
    facts = [f"{_WORDS.get(name, name)} {value}" for name, value in values.items() if name not in ("notes", "vcard")]
    facts += [row["value"] for row in methods]
    facts += [f"tagged {row['name']}" for row in tags]
    facts += [f"worked at {row['organisation']}" for row in works]
    facts += ["notes"] if "notes" in values else []
    facts += ["known by another UID too"] if aliases else []
    return ", ".join(facts) or "the card itself"
