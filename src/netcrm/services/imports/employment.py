"""Compare the company and title that a source gives with those it gave before, and with the stored ones."""

from datetime import date

from netcrm.formats.records import ImportedContact
from netcrm.matching import normalize
from netcrm.services.imports.changeset import ContactUpdate, Row, affiliation_rows
from netcrm.services.imports.existing import ExistingContacts, StoredWork


def compare_work(existing: ExistingContacts, contact: int, record: ImportedContact, today: date) -> ContactUpdate:
    """The change by a source that gives another company or title than before, or gives one for the first time."""
    stored = existing.contacts[contact]
    change = ContactUpdate(stored["name"])
    is_first = contact not in existing.said_before
    current, before = existing.jobs.get(contact), existing.said_before.get(contact, ("", None))
    if (record.company, record.title) == existing.said_before.get(contact):
        return change
    if (
        is_first
        and existing.source != "linkedin"
        and (stored["company"], stored["title"])
        == (
            record.company,
            record.title,
        )
    ):
        return change  # an address book repeats what is stored
    if current is None:
        since = None if is_first else today
        change.affiliations = affiliation_rows(record.company, record.title, since, existing.source)
        change.moved = not is_first
        change.values |= _new_work(stored, before, record)
    elif record.company == before[0] and not normalize.alike(current.organisation, record.company):
        # The user knows that the contact has left that company, so the affiliation is stored as ended.
        past = affiliation_rows(record.company, record.title, None, existing.source)
        change.affiliations = [{**row, "until": today} for row in past]
    elif is_first:
        _compare_first(change, stored["title"], current, record, existing.source)
    else:
        change.affiliations = affiliation_rows(record.company, record.title, today, existing.source)
        change.jobs[current.number] = {"until": max(today, current.since or today)}
        change.moved = True
        change.values |= _new_work(stored, before, record)
    return change


def _new_work(stored: Row, before: tuple[str, str | None], record: ImportedContact) -> Row:
    """The company and title that are new. The user may have corrected those that the source gave before."""
    new = {"company": record.company} if record.company not in (stored["company"], before[0]) else {}
    if stored["title"] and stored["company"] is None and not before[0]:
        return new  # the user gave the title
    if record.title not in (stored["title"], before[1]) and (
        "company" in new or normalize.alike(stored["company"], record.company)
    ):
        new["title"] = record.title
    return new


def _compare_first(
    change: ContactUpdate, title: str | None, current: StoredWork, record: ImportedContact, source: str
) -> None:
    """Add the company and title that a source gives for the first time of a contact who has a job."""
    if normalize.normalise_name(current.organisation) == normalize.normalise_name(record.company or ""):
        change.jobs[current.number] = {"organisation": record.company, "title": record.title, "source": source}
        if title is None and record.title:
            change.values["title"] = record.title
    else:
        change.affiliations = affiliation_rows(record.company, record.title, None, source)
