"""How much there is to do in which week, as a small chart."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from netcrm.cli.show import line, on_terminal, table
from netcrm.planning.follow_up import FollowUp

WIDEST = 40
"""Signs in the longest bar."""

WEEK = timedelta(weeks=1)

Weeks = Sequence[tuple[date, int]]
"""Mondays, and how many follow-ups fall into their weeks."""


def monday_of(day: date) -> date:
    """The day on which a day's week begins (ISO 8601)."""
    return day - timedelta(days=day.weekday())


def load_by_week(follow_ups: Iterable[FollowUp], today: date) -> Weeks:
    """How many are due in each week from this one to the last; what is late counts for this one."""
    found = Counter(monday_of(max(one.due, today)) for one in follow_ups if one.due)
    first, last = monday_of(today), max(found, default=None)
    if last is None:
        return []
    return [(first + week * WEEK, found[first + week * WEEK]) for week in range((last - first) // WEEK + 1)]


def print_load(weeks: Weeks, notes: Mapping[date, str]) -> None:
    """A bar for each week, with what is to be said of it; in a pipe its Monday and the number, parted by a tab."""
    if not on_terminal():
        table(["week of", "follow-ups", "what"], ((str(day), str(many), notes.get(day, "")) for day, many in weeks))
        return
    most = max(many for _, many in weeks)
    for monday, many in weeks:
        bar = "█" * max(round(many / most * min(WIDEST, most)), int(many > 0))
        note = f"  {notes[monday]}" if monday in notes else ""
        line((str(monday), "dim"), f"  {bar} {many or ''}", (note, "yellow"))
