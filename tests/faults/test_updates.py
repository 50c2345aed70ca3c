"""Read-modify-write: processes that change one contact at once lose no change."""

from collections import Counter

import pytest

from netcrm import Crm, clock
from netcrm.services import contacts
from netcrm.store.database import Store
from netcrm.store.location import locate
from tests.faults.conftest import Report, Size
from tests.faults.figures import counted, engine_of
from tests.faults.processes import Tell, Worker
from tests.helpers.books import TODAY

PROCESSES = 8
TAGGED = 4
"""Every fourth transaction adds a tag; the others append to the notes that they have just read."""


def change(tell: Tell, url: str, name: str, count: int) -> None:
    """Leave `count` marks on the only contact, each in a transaction that reads the old value."""
    store = Store(locate(url), now=clock.now)
    with Crm(url, today=TODAY) as crm:
        for mark in (f"{name}-{number}" for number in range(count)):
            if int(mark.rpartition("-")[2]) % TAGGED == 0:
                crm.edit("dana", tags=[mark])
            else:
                append(store, mark)
            tell(mark)
    store.close()


def append(store: Store, mark: str) -> None:
    """Append a mark to the notes: a value that depends on the value read."""
    with store.write("edit", f"Noted {mark}", TODAY) as unit:
        contact = contacts.find(unit.session, "dana")
        unit.change(contact, notes=f"{contact.notes} {mark}")


@pytest.mark.short
def test_no_update_is_lost(url: str, size: Size, report: Report) -> None:
    """If eight processes read and then write the same contact, every mark is there once, and none is refused."""
    each = size(8, 150)
    with Crm(url, today=TODAY) as crm:
        crm.add("Dana Wu", notes="seen:")
    workers = [Worker(change, url, f"p{number}", each) for number in range(PROCESSES)]
    told, failed = Counter[str](), 0
    for worker in workers:
        with worker:
            told.update(worker.rest())
            worker.process.join()
            failed += worker.process.exitcode != 0
    with Crm(url, today=TODAY) as crm:
        dana, operations = crm.contact("dana"), len(crm.operations(None))
    found = Counter([*(dana.notes or "").split()[1:], *dana.tags])
    lost, doubled = (told - found).total(), (found - told).total()
    report(
        f"1. updates, {engine_of(url)}",
        f"{PROCESSES} processes, {told.total():,} read-modify-write transactions on one contact",
        counted(lost=lost, doubled=doubled, processes_refused=failed),
    )
    assert (lost, doubled, failed) == (0, 0, 0)
    assert told.total() == PROCESSES * each == operations - 1
