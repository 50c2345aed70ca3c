"""Acts on the season of tests.helpers.books, by a word each, for properties over random histories."""

from datetime import timedelta

from netcrm import Crm
from tests.helpers.books import TODAY, Act


def answer(crm: Crm, how: str) -> None:
    first = crm.due()[0].id
    if how == "done":
        crm.done(first)
    elif how == "skip":
        crm.skip(first, reason="No")
    else:
        crm.snooze(first, until="3 days")


ACTS: dict[str, Act] = {
    "profile": lambda crm: crm.init(phone="+49 30 99"),
    "add": lambda crm: crm.add("Jonas Berg", emails=["jonas@example.net"], tags=["ally"], company="Initech"),
    "address": lambda crm: crm.edit("dana", emails=["jonas@example.net"]),
    "drop": lambda crm: crm.edit("dana", drop=["ally", "dana@acme.example"]),
    "tag": lambda crm: crm.edit("dana", tags=["ally"], emails=["dana@acme.example"]),
    "rename": lambda crm: crm.edit("dana", name="Dana Berg", company="Umbra"),
    "remove": lambda crm: crm.remove("dana"),
    "remove sam": lambda crm: crm.remove("sam"),
    "log": lambda crm: crm.log(["dana", "sam"], "meeting", "Lunch", offer="acme"),
    "with": lambda crm: crm.add_to_offer("globex", ["Dana Wu:recruiter", "Jonas Berg:interviewer"]),
    "off": lambda crm: crm.edit_offer("globex", drop=["sam"]),
    "on": lambda crm: crm.add_to_offer("globex", ["Sam Okafor:other"]),
    "reopen offer": lambda crm: crm.reopen_offer("acme"),
    "remove offer": lambda crm: crm.remove_offer("acme"),
    "decline": lambda crm: crm.decline("globex", anyway=True),
    "accept": lambda crm: crm.accept("globex", starts_on=TODAY + timedelta(days=9)),
    "job": lambda crm: crm.job_started(TODAY, email="robin@globex.example"),
    "done": lambda crm: answer(crm, "done"),
    "snooze": lambda crm: answer(crm, "snooze"),
    "skip": lambda crm: answer(crm, "skip"),
    "decline acme": lambda crm: crm.decline("acme", anyway=True),
}
