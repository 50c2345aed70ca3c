"""Made-up databases of any size, written as netcrm writes.

This season's offers and their people are the same at every size; only the older contacts and interactions grow.
"""

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from netcrm import clock
from netcrm.domain.models import (
    Contact,
    ContactMethod,
    Interaction,
    InteractionContact,
    Offer,
    Participant,
    Tag,
    heard,
    new_uid,
)
from netcrm.store.database import Store
from netcrm.store.location import Location
from netcrm.store.unit_of_work import UnitOfWork

TODAY = date(2026, 11, 23)
GIVEN = ("Ana", "Bo", "Chidi", "Dana", "Émile", "Fatma", "Grete", "Hiro", "Ines", "Jürgen", "Kofi", "Lena")
FAMILY = ("Adeyemi", "Berg", "Chen", "Diaz", "Eriksen", "Fischer", "Gupta", "Haddad", "Ivanova", "Jansen", "Kimura")
COMPANIES = ("Acme Robotics", "Globex Analytics", "Initech Systems", "Umbra Labs", "Vandelay Freight", "Hooli Farms")
CHANNELS = ("email", "call", "meeting", "message", "linkedin", "letter")
ROLES = ("recruiter", "hiring-manager", "interviewer", "interviewer", "interviewer", "referrer")
LIVE_OFFERS = 5


def build(path: Path, contacts: int, interactions: int, *, tag: str | None = None) -> None:
    """A database with that many contacts and interactions, and one season of live offers.

    If there is a tag, all contacts have it, and all but one in a hundred were in touch within the last half year.
    """
    store = Store(Location(path=path), now=clock.now)
    chance = random.Random(contacts)
    with store.write("benchmark", "Built a database", TODAY) as unit:
        first = unit.add_all(Contact, list(_contacts(contacts)))
        numbers = range(first, first + contacts)
        unit.add_all(ContactMethod, list(_methods(numbers)))
        _archive(unit, numbers, interactions, chance)
        if tag:
            unit.add_all(Tag, [{"contact_id": number, "name": tag} for number in numbers])
            _in_touch(unit, numbers)
        _offers(unit, numbers, chance)
    store.close()


def _contacts(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        name = f"{GIVEN[number % len(GIVEN)]} {FAMILY[number // 7 % len(FAMILY)]} {number}"
        yield _row(
            Contact, uid=new_uid(), name=name, company=COMPANIES[number % len(COMPANIES)], changed_at=clock.now()
        )


def _methods(numbers: range) -> Iterator[dict[str, Any]]:
    for number in numbers:
        email = f"person{number}@example.com"
        yield _row(ContactMethod, contact_id=number, kind="email", value=email, normalised=email, preferred=False)


def _archive(unit: UnitOfWork, numbers: range, count: int, chance: random.Random) -> None:
    """Ten years of interactions, spread over all contacts."""
    for start in range(0, count, 50_000):
        size = min(50_000, count - start)
        _interactions(
            unit,
            [
                (TODAY - timedelta(days=chance.randrange(20, 3650)), chance.choice(CHANNELS), chance.choice(numbers))
                for _ in range(size)
            ],
            chance,
        )


def _in_touch(unit: UnitOfWork, numbers: range) -> None:
    """A mail from all contacts but one in a hundred, within the last half year."""
    mails = [(TODAY - timedelta(days=number % 170), "email", number) for number in numbers if number % 100]
    _interactions(unit, mails, random.Random(1))


def _interactions(unit: UnitOfWork, mails: Sequence[tuple[date, str, int]], chance: random.Random) -> None:
    """Interactions with one contact each: day, channel, contact."""
    rows, links = [], []
    for day, channel, contact in mails:
        given: dict[str, Any] = {
            "uid": new_uid(),
            "day": day,
            "channel": channel,
            "direction": chance.choice(("out", "in")),
        }
        rows.append(_row(Interaction, **given, answered=True, astray=False))
        links.append({"contact_id": contact, "day": day, "heard": heard(channel, given["direction"])})
    first = unit.add_all(Interaction, rows)
    unit.add_all(InteractionContact, [{"interaction_id": first + at, **link} for at, link in enumerate(links)])


def _offers(unit: UnitOfWork, numbers: range, chance: random.Random) -> None:
    """Some offers declined within the last days, with six people each."""
    for number in range(LIVE_OFFERS):
        decided = TODAY - timedelta(days=number)
        row = _row(Offer, uid=new_uid(), organisation=COMPANIES[number], decision="declined", decided_on=decided)
        offer = unit.add_all(Offer, [row])
        people = chance.sample(numbers, len(ROLES))
        parts = [
            {"offer_id": offer, "contact_id": contact, "role": role}
            for contact, role in zip(people, ROLES, strict=True)
        ]
        unit.add_all(Participant, parts)


def _row(model: Any, **values: Any) -> dict[str, Any]:
    """Values for every column, so that thousands of rows are one statement."""
    columns = (column for column in model.__table__.c if column.computed is None and column.name != "id")
    return {column.name: values.get(column.name) for column in columns}


def connections_csv(path: Path, rows: int) -> None:
    """LinkedIn's Connections.csv with that many people, in the current format."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write('Notes:\n"When exporting your connection data, you may notice that some are missing."\n\n')
        writer = csv.writer(file)
        writer.writerow(["First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"])
        for number in range(rows):
            given, family = GIVEN[number % len(GIVEN)], f"{FAMILY[number // 7 % len(FAMILY)]}{number}"
            email = f"person{number}@example.com" if number % 20 == 0 else ""
            day = (TODAY - timedelta(days=number % 3000)).strftime("%d %b %Y")
            url = f"https://www.linkedin.com/in/person-{number}"
            writer.writerow([given, family, url, email, COMPANIES[number % len(COMPANIES)], "Engineer", day])
