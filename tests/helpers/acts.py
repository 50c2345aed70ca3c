"""Named operations on the season of tests.helpers.books, from which random histories are made."""

from datetime import UTC, date, datetime, timedelta

from netcrm import Crm
from tests.helpers.books import TODAY, Act, season


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


def busy_season(crm: Crm) -> None:
    """The season, and after it at least one row of everything that a query looks for."""
    season(crm)
    crm.init(country="DE")
    for follow_up in crm.due()[:3]:
        crm.done(follow_up.id)
    crm.snooze(crm.plan()[0].id, until="3 days")
    crm.skip(crm.plan()[-1].id, reason="No")
    crm.log(["dana", "sam"], "meeting", "Two\nlines", at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC), offer="acme")
    crm.log("sam", "call", answered=False)
    crm.add("Sam Twin", emails=["sam@home.example"], tags=["béé", "ally"], birthday="--02-29", every="off")
    crm.merge("Sam Okafor", "Sam Twin")
    crm.edit("dana", company="Umbra Labs", title="Lead", urls=["https://blog.example/Dana"], dormant="moved away")
    crm.edit("priya", tier="A", every="3 months", timezone="Europe/Berlin", birthday=date(1990, 11, 24))
    crm.accept("globex", signed_on=TODAY, starts_on=date(2027, 1, 4))
    crm.job_started(date(2026, 11, 2), organisation="Umbra Labs", title="Engineer", email="robin@umbra.example")
    crm.job_settled(TODAY)
    crm.add("Jonas Berg", emails=["jonas@example.net"], phones=["030 7654321"])
    crm.add("Mia Lund")
    crm.forget("mia")
    crm.undo(next(one.number for one in crm.operations(None) if one.summary == "Added Jonas Berg"))
    crm.add("Jörg Müller", emails=["joerg@example.net"], linkedin="in/joerg", company="Umbra Labs")
