"""Write a rule that TOML can't express: wish contacts well before their company's product launch.

A rule is a pure function from the history and a day to follow-ups. Its follow-ups have ids and
reasons, and can be done, snoozed and skipped, like those of a playbook.

Run it: python examples/rule_in_python.py
"""

from collections.abc import Iterator
from datetime import date, timedelta

from netcrm import Crm, Event, FollowUp, History

LAUNCHES = {"Acme Robotics": date(2026, 11, 25)}


def launch(history: History, today: date) -> Iterator[FollowUp]:
    """A message to each contact at a company, two days before its launch."""
    for person in history.people.values():
        day = LAUNCHES.get(person.company or "")
        if day:
            yield FollowUp(
                playbook="launch",
                step="wish-well",
                text=f"Wish {person.first_name} a good launch.",
                due=day - timedelta(days=2),
                expires_on=day,
                cause=Event("launch", person.id, day, None, f"launch:{person.company}"),
                contact=person,
                channel="message",
            )


with Crm(memory=True, today=date(2026, 11, 23), rules=[launch]) as crm:
    crm.add("Dana Wu", company="Acme Robotics")
    crm.add("Lena Fischer", company="Globex Analytics")
    wish = crm.due()[0]
    print(wish.text)
    crm.done(wish.id)
    print("left:", len(crm.due()))
