"""The time of the pure planner per live cause, warm, with every built-in playbook."""

import gc
import time
from datetime import timedelta

from benchmarks.data import COMPANIES, FAMILY, GIVEN, TODAY
from netcrm.planning.history import Answer, ContactView, Event, History, Subject
from netcrm.planning.planner import plan
from netcrm.playbooks.library import BUILT_IN, load

OFFERS = 400
ROLES = ("recruiter", "hiring-manager", "interviewer", "interviewer", "referrer")
RUNS = 25
LIVE_DAYS = 180
"""From the day of the decision to the last day of the check-in, about half a year later."""


def measure() -> dict[str, float]:
    """Microseconds per live cause (a declined offer and one of its people), the best of several runs.

    The benchmark's own objects are frozen first: the garbage collector would otherwise visit them again and again, and
    `netcrm due` has none of them in memory.
    """
    history, answers = season()
    books = load(BUILT_IN / "none").playbooks
    causes = OFFERS * len(ROLES)
    open_ones = len(plan(history, books, answers, TODAY))
    gc.collect()
    gc.freeze()
    timings = []
    for _ in range(RUNS):
        start = time.perf_counter()
        plan(history, books, answers, TODAY)
        timings.append(time.perf_counter() - start)
    return {"causes": causes, "follow_ups": open_ones, "microseconds": min(timings) / causes * 1e6}


def season() -> tuple[History, list[Answer]]:
    """Offers declined over the time for which a decline is live, with five people each.

    Half of the people have been told and some thanked, so some causes ask for five steps, many for one, some for none.
    """
    people, events, subjects, answers = {}, [], {}, []
    for number in range(OFFERS):
        about = f"offer:{number}"
        decided = TODAY - timedelta(days=number % LIVE_DAYS)
        crew = [number * len(ROLES) + at for at in range(len(ROLES))]
        for contact in crew:
            name = f"{GIVEN[contact % len(GIVEN)]} {FAMILY[contact % len(FAMILY)]} {contact}"
            people[contact] = ContactView(contact, f"uid-{contact}", name, None, COMPANIES[contact % len(COMPANIES)])
            events += [
                Event("email.out", contact, decided - timedelta(days=day), None, f"interaction:{contact}-{day}")
                for day in (9, 30)
            ]
        team = tuple(zip(crew, ROLES, strict=True))
        subjects[about] = Subject(
            about, number, COMPANIES[number % len(COMPANIES)], "Engineer", "declined", decided, team
        )
        events.append(Event("offer.declined", None, decided, about, about))
        if number % 2:
            events.append(Event("offer.told", None, decided, about, f"interaction:told-{number}"))
            answers.append(
                Answer("graceful-decline", "thank", f"offer.declined|{about}", f"uid-{crew[2]}", "done", decided)
            )
    return History(events, people, subjects), answers
