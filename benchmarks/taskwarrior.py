"""A season side by side with Taskwarrior: what each shows after a day has moved and people have answered.

The user met twelve people at Acme, declined its offer, told its recruiter by phone, and accepted a job at Globex. Both
tools get the same follow-ups. Taskwarrior gets them as an experienced user would enter them: one task each, with
project and tag; `due:` by its own arithmetic, or from the `due` of the first day's task; `depends:` for steps that
wait. Then the first day moves by 30 days, and three facts are recorded with one command each in either tool: thanks
that were sent, LinkedIn's list of connections, an e-mail that came. After each, both results are compared with days
worked out by hand in this file. Where netcrm spreads a batch over some days (`spread`), any of these days is right, for
both.

To be fair: Taskwarrior computes a day once, when it is entered, and learns of an answer when the task is completed, not
when the fact is noted. A user who completes the right task at once, and moves the project instead of one task, has
everything right with no more commands than netcrm takes. So the commands that correct it are counted at their fewest,
with filters, and run to confirm the result. The comparison is about who has to think of them. A hook, a program of the
user's own, could do it.

Not compared: steps that do not change here (the call, its confirmation, a suggestion); typing the backlog; speed, where
Taskwarrior starts faster; and everything that only Taskwarrior does: tasks of any kind, their urgency, recurrence,
contexts, reports. It is a task manager, and was never made to know people.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from netcrm import Crm

INTERVIEWERS = ("Sam", "Lee", "Ana", "Bo", "Chidi", "Fatma", "Grete", "Hiro", "Kofi", "Lena")
OTHERS = ("Ines", *INTERVIEWERS)
EVERYONE = ("Dana", *OTHERS)
ROLES = {"Dana": "recruiter", "Ines": "hiring-manager", **dict.fromkeys(INTERVIEWERS, "interviewer")}

DECLINED = date(2026, 11, 23)  # a Monday, so one and two business days are one and two days; Dana is told
ANSWERED = date(2026, 11, 24)  # Sam is thanked by e-mail; LinkedIn's list shows that Lee is connected
HEARD = date(2026, 12, 8)  # the first day is another
WROTE = date(2027, 2, 8)  # Dana writes, two weeks before her check-in
STARTS, MOVED = date(2027, 1, 4), date(2027, 2, 3)
CHECK_IN = date(2027, 2, 23)  # three months after Dana was told; Taskwarrior's months have 30 days, so it gets the date

Said = dict[tuple[str, str], date | None]
"""Step and person, with the due day; None or a missing key means that the follow-up is gone."""

RIGHT: Said = {
    **{("thank", person): None if person == "Sam" else DECLINED + timedelta(days=1) for person in OTHERS},
    **{("connect", person): None if person == "Lee" else DECLINED + timedelta(days=2) for person in EVERYONE},
    **{("check-in", person): None if person == "Dana" else CHECK_IN for person in ("Dana", "Ines")},
    ("announce", "me"): MOVED,
    ("store-details", "me"): MOVED + timedelta(days=7),
    **{("details", person): MOVED + timedelta(days=30) for person in EVERYONE},
}
"""The right answers, by a wall calendar."""

CONNECTIONS = """First Name,Last Name,URL,Email Address,Company,Position,Connected On
Lee,Chen,https://www.linkedin.com/in/lee-chen-example,lee@acme.example,Acme Robotics,Engineer,24 Nov 2026
Mara,Olsen,https://www.linkedin.com/in/mara-olsen-example,,Birchwater Labs,Designer,02 Nov 2026
"""
SETTINGS = "confirmation=no\nbulk=0\nhooks=off\nverbose=nothing\ndependency.confirmation=no\n"
MISSING = "Taskwarrior is not installed, so nothing is compared: apt install taskwarrior, or brew install task."


class Taskwarrior:
    """The `task` program with a folder of its own; in UTC, where every day has 24 hours."""

    def __init__(self, folder: Path) -> None:
        own = {"HOME": folder, "TASKRC": folder / "taskrc", "TASKDATA": folder / "tasks", "TZ": "UTC"}
        self.folder, self.environment = folder, os.environ | {name: str(value) for name, value in own.items()}
        (folder / "tasks").mkdir()
        (folder / "taskrc").write_text(SETTINGS)

    def run(self, *words: str) -> str:
        """The output of a command."""
        command, nothing = ["task", *words], subprocess.DEVNULL
        ran = subprocess.run(
            command, cwd=self.folder, env=self.environment, stdin=nothing, capture_output=True, text=True, check=True
        )
        return ran.stdout

    def is_there(self) -> bool:
        """Whether the program is installed, and is Taskwarrior: a build tool has the same name."""
        try:
            return bool(self.run("_version"))
        except (OSError, subprocess.CalledProcessError):
            return False

    def add(self, project: str, step: str, people: Iterable[str], due: object, after: str | None = None) -> None:
        """Add a task for each person, with the step as its tag."""
        waits = [f"depends:{after}"] if after else []
        for person in people:
            self.run("add", f"project:{project}", f"+{_tag(step)}", person, f"due:{due}", *waits)

    def open(self, step: str) -> list[dict[str, Any]]:
        """The tasks of a step that are not completed."""
        tasks: list[dict[str, Any]] = json.loads(self.run("status:pending", f"+{_tag(step)}", "export"))
        return tasks

    def says(self, *steps: str) -> Said:
        """The people for whom these steps are open, and the due days."""
        tasks = [(step, task) for step in steps for task in self.open(step)]
        return {(step, task["description"]): date.fromisoformat(task["due"][:8]) for step, task in tasks}


def _tag(step: str) -> str:
    """A step as a tag, which can't hold a hyphen."""
    return step.replace("-", "_")


def in_taskwarrior(task: Taskwarrior) -> tuple[Said, Said, list[str]]:
    """Taskwarrior's result, its result after corrections by hand, and the commands for these."""
    task.add("Acme", "call", ["Dana"], DECLINED)
    call = task.open("call")[0]["uuid"]
    task.add("Acme", "thank", OTHERS, f"{DECLINED}+1d", call)
    task.add("Acme", "connect", EVERYONE, f"{DECLINED}+2d", call)
    task.add("Acme", "check-in", ["Dana", "Ines"], CHECK_IN, call)
    task.run("+call", "done")
    task.add("Globex", "first-day", ["me"], STARTS)
    first = task.open("first-day")[0]["uuid"]
    task.add("Globex", "announce", ["me"], f"{first}.due", first)
    task.add("Globex", "store-details", ["me"], f"{first}.due+7d", first)
    task.add("Globex", "details", EVERYONE, f"{first}.due+30d", first)
    result, mended, commands = Said(), Said(), list[str]()

    def look(steps: Sequence[str], *by_hand: str) -> None:
        result.update(task.says(*steps))
        for words in by_hand:
            task.run(*words.split())
        mended.update(task.says(*steps))
        commands.extend(f"  task {words}" for words in by_hand)

    task.run("log", "project:Acme", "Thanked Sam by e-mail")
    task.run("log", "project:Acme", "LinkedIn lists Lee")
    look(["thank", "connect"], "+thank Sam done", "+connect Lee done")
    task.run("+first_day", "modify", f"due:{MOVED}")
    look(["announce", "store-details", "details"], "project:Globex +BLOCKED modify due:due+30d")
    task.run("log", "project:Acme", "Dana wrote an e-mail")
    look(["check-in"], "+check_in Dana done")
    return result, mended, commands


def in_netcrm(folder: Path) -> tuple[Said, dict[str, int]]:
    """The result of netcrm, and the number of days over which it spreads the people of a step."""
    books, file, result = folder / "playbooks", folder / "Connections.csv", Said()
    books.mkdir()
    file.write_text(CONNECTIONS)

    def on(day: date) -> Crm:
        return Crm(folder / "netcrm.db", today=day, playbooks=books)

    def look(crm: Crm, *steps: str) -> None:
        follow_ups = [follow_up for follow_up in crm.plan() if follow_up.step in steps]
        result.update(
            {
                (follow_up.step, follow_up.contact.first_name if follow_up.contact else "me"): follow_up.due
                for follow_up in follow_ups
            }
        )

    with on(DECLINED) as crm:
        crm.add_offer("Globex Analytics", role="Team Lead")
        crm.accept("Globex", signed_on=DECLINED, cleared_on=DECLINED, starts_on=STARTS)
        crm.job_started(STARTS)
        people = [f"{person} <{person.lower()}@acme.example>:{role}" for person, role in ROLES.items()]
        crm.add_offer("Acme Robotics", role="Staff Engineer", people=people)
        crm.decline("Acme", because="career-path")
        crm.log("Dana", "call", "Told her")
    with on(ANSWERED) as crm:
        crm.log("Sam", "email", "Thanked him")
        crm.import_linkedin(file)
        look(crm, "thank", "connect")
    with on(HEARD) as crm:
        crm.job_started(MOVED)
        look(crm, "announce", "store-details", "details")
    with on(WROTE) as crm:
        crm.log("Dana", "email", "How am I?", direction="in")
        look(crm, "check-in")
        return result, {step.name: step.spread.at_most for book in crm.playbooks for step in book.steps if step.spread}


def _days(days: Iterable[date | None]) -> str:
    """One day, or the first and the last, or gone."""
    known = sorted({day for day in days if day})
    return f"{known[0]}{f' to {known[-1]:%m-%d}' if known[1:] else ''}" if known else "gone"


def compare(netcrm: Said, taskwarrior: Said, mended: Said, spread: dict[str, int], commands: Sequence[str]) -> bool:
    """Print the table, with equal rows joined, and the totals; whether everything of netcrm's is right."""

    def ok(result: Said, key: tuple[str, str]) -> bool:
        first, day = RIGHT.get(key), result.get(key)
        return day == first if not (first and day) else first <= day <= first + timedelta(days=spread.get(key[0], 0))

    keys = list(RIGHT | netcrm | taskwarrior)
    rows = defaultdict[tuple[Any, ...], list[tuple[str, str]]](list)
    for key in keys:
        rows[key[0], RIGHT.get(key), ok(netcrm, key), ok(taskwarrior, key)].append(key)
    print(f"{'follow-up':<14}{'for':<10}{'right is':<21}{'netcrm says':<27}Taskwarrior says")
    for (step, first, *kept), alike in rows.items():
        people = alike[0][1] if len(alike) == 1 else f"{len(alike)} people"
        wanted = _days([first, first and first + timedelta(days=spread.get(step, 0))])
        shown = [_days(tool.get(key) for key in alike) for tool in (netcrm, taskwarrior)]
        cells = [f"{day:<20} {'ok' if is_ok else 'WRONG':<6}" for day, is_ok in zip(shown, kept, strict=True)]
        print(f"{step:<14}{people:<10}{wanted:<21}{''.join(cells)}".rstrip())
    right, foreign, after = (sum(ok(tool, key) for key in keys) for tool in (netcrm, taskwarrior, mended))
    print(f"\nBy hand, after which {after} of {len(keys)} are right in Taskwarrior:")
    print(*commands, sep="\n")
    print("A user who thinks of these at once, and moves the whole project, needs no more commands than in netcrm.\n")
    print(f"netcrm: {right} of {len(keys)} right; Taskwarrior: {foreign} of {len(keys)} right,")
    print(f"and {len(commands)} commands by hand would be needed to put it right")
    return right == len(keys)


def main() -> int:
    """The comparison; 1 if netcrm has a day wrong. Without Taskwarrior it is skipped, with 0."""
    with tempfile.TemporaryDirectory(prefix="netcrm-bench-") as name:
        task = Taskwarrior(Path(name))
        if not task.is_there():
            print(MISSING)
            return 0
        taskwarrior, mended, commands = in_taskwarrior(task)
        netcrm, spread = in_netcrm(Path(name))
        return 0 if compare(netcrm, taskwarrior, mended, spread, commands) else 1


if __name__ == "__main__":
    sys.exit(main())
