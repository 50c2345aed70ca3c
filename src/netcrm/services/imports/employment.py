"""What a source says of somebody's work, held against what it said before and what I know."""

from datetime import date
from typing import Any

from netcrm.formats.records import ImportedContact
from netcrm.matching import normalize
from netcrm.services.imports.changeset import ContactUpdate, affiliation
from netcrm.services.imports.existing import ExistingContacts, StoredWork


def compare_work(book: ExistingContacts, change: ContactUpdate, who: int, record: ImportedContact, today: date) -> None:
    """A source names another company or title than it did before, or speaks for the first time."""
    if (record.company, record.title) == book.seen.get(who) or _is_mine(book, who, record):
        return
    current, before = book.jobs.get(who), book.seen.get(who, ("", None))
    told = _told(book.contacts[who], before, record)
    if current is None:
        since = today if who in book.seen else None
        change.affiliation = affiliation(record.company, record.title, since, book.source)
        change.moved = who in book.seen
        change.values |= told
    elif record.company == before[0] and not normalize.alike(current.organisation, record.company):
        # They have left that company, by what I know: what the source says of it is kept, and is over.
        past = affiliation(record.company, record.title, None, book.source) or {}
        change.affiliation = {**past, "until": today}
    elif who in book.seen:
        change.affiliation = affiliation(record.company, record.title, today, book.source)
        change.jobs[current.number] = {"until": max(today, current.since or today)}
        change.moved = True
        change.values |= told
    else:
        _first_word(book, change, who, current, record)
    book.seen[who] = (record.company or "", record.title)


def _is_mine(book: ExistingContacts, who: int, record: ImportedContact) -> bool:
    """Whether an address book that speaks of somebody for the first time says what I say."""
    mine = book.contacts[who]
    is_first = who not in book.seen and book.source != "linkedin"
    return is_first and (mine["company"], mine["title"]) == (record.company, record.title)


def _told(mine: dict[str, Any], before: tuple[str, str | None], record: ImportedContact) -> dict[str, Any]:
    """What is news: what the source said before and says again may have been corrected by hand since."""
    told = {"company": record.company} if record.company not in (mine["company"], before[0]) else {}
    if mine["title"] and mine["company"] is None and not before[0]:
        return told  # what I call their work is mine
    if record.title not in (mine["title"], before[1]) and (
        "company" in told or normalize.alike(mine["company"], record.company)
    ):
        told["title"] = record.title
    return told


def _first_word(
    book: ExistingContacts, change: ContactUpdate, who: int, current: StoredWork, record: ImportedContact
) -> None:
    """A source that speaks for the first time of somebody whose work is known already."""
    mine = book.contacts[who]
    if normalize.normalise_name(current.organisation) == normalize.normalise_name(record.company or ""):
        what = {"organisation": record.company, "title": record.title, "source": book.source}
        change.jobs[current.number] = what
        if mine["title"] is None and record.title:
            change.values["title"] = record.title
    else:
        change.affiliation = affiliation(record.company, record.title, None, book.source)
