"""How long the pure planner takes for a live cause, warm, with every built-in playbook on."""

import statistics
import time
from datetime import timedelta

from benchmarks.data import COMPANIES, FAMILY, GIVEN, TODAY
from netcrm.history import Answer, Event, History, Person, Subject
from netcrm.plan import plan
from netcrm.rules import BUILT_IN, load

OFFERS = 400
ROLES = ("recruiter", "hiring-manager", "interviewer", "interviewer", "referrer")
RUNS = 9


def measure() -> dict[str, float]:
    """Microseconds a live cause (an offer that was declined, and one of its people), the median of some runs."""
    history, answers = season()
    books = load(BUILT_IN / "none").playbooks
    causes = OFFERS * len(ROLES)
    open_ones = len(plan(history, books, answers, TODAY))
    timings = []
    for _ in range(RUNS):
        start = time.perf_counter()
        plan(history, books, answers, TODAY)
        timings.append(time.perf_counter() - start)
    return {"causes": causes, "follow_ups": open_ones, "microseconds": statistics.median(timings) / causes * 1e6}


def season() -> tuple[History, list[Answer]]:
    """Offers declined within the last weeks, five people each; half of them are told, some have been thanked."""
    people, events, subjects, answers = {}, [], {}, []
    for number in range(OFFERS):
        about = f"offer:{number}"
        decided = TODAY - timedelta(days=number % 20)
        crew = [number * len(ROLES) + at for at in range(len(ROLES))]
        for who in crew:
            name = f"{GIVEN[who % len(GIVEN)]} {FAMILY[who % len(FAMILY)]} {who}"
            people[who] = Person(who, f"uid-{who}", name, None, COMPANIES[who % len(COMPANIES)])
            events += [
                Event("email.out", who, decided - timedelta(days=day), None, f"interaction:{who}-{day}")
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
