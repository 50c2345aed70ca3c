"""The window: the bounds of the history that a plan needs. Pure.

Every step expires, so a cause from long enough ago asks for nothing more, and earlier events do
not matter either. There are three exceptions: states and milestones, which count from any day;
the time that `once` looks back on; and the causes in that time, for which the same message may
have been sent. `plan(window(h)) == plan(h)` is a law, tested for the planner and for the SQL.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from netcrm.domain.dates import Span, subtract
from netcrm.planning.quiet_period import SEASON
from netcrm.playbooks.model import Playbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The bounds of the history that a plan needs.

    - `causes`: for each trigger, the first day of a cause that can still ask for something.
    - `snoozed_since`: older causes count only if snoozed until this day or later.
    - `before`: how long before the first such cause other causes matter, and how long before
      the first of those events and answers matter.
    - `season`: how long before it the people of an offer matter.
    - `kinds`, `tags`: the kinds of event and the tags that the playbooks read.
    - `public_since`: the day from which offers matter for a public step, if there is one.
    - `tells`: the steps, by playbook and name, that tell a person of the decision once done.
    - `every`: the cadences.
    - `yearly`: the yearly kinds of event, with the first day of a return that can still ask for
      something.
    - `until`: if set, causes that come round later are left out.
    - `due_since`: every open follow-up was due on this day or later.
    """

    causes: Mapping[str, date]
    snoozed_since: date
    before: Span
    season: Span | None
    kinds: frozenset[str]
    tags: frozenset[str]
    public_since: date | None
    tells: frozenset[tuple[str, str]]
    every: frozenset[tuple[str, Span | None]]
    yearly: Mapping[str, date]
    until: date | None
    due_since: date
    today: date


def window(playbooks: Iterable[Playbook], today: date, until: date | None = None) -> Window:
    """The bounds within which `plan` finds all follow-ups of the whole history.

    With `until`, it may miss causes that come round after that day.
    """
    books = list(playbooks)
    causes: dict[str, date] = {}
    yearly: dict[str, date] = {}
    for book in books:
        since, days = today - timedelta(days=book.at_most), yearly if book.yearly else causes
        days[book.trigger] = min(since, days.get(book.trigger, since))
    steps = [step for book in books for step in book.steps]
    longest = max((book.at_most for book in books), default=0)
    return Window(
        causes=causes,
        snoozed_since=today - timedelta(days=longest),
        before=_longest(span for step in steps for span in (step.once, step.due.back)) or Span(0, "day"),
        season=_longest(book.season for book in books),
        kinds=frozenset(kind for book in books for kind in book.kinds),
        tags=frozenset(tag for book in books for tag in book.tags),
        public_since=subtract(today, SEASON) if any(step.channel == "public" for step in steps) else None,
        tells=telling(books),
        every=frozenset(rule for book in books for rule in book.every),
        yearly=yearly,
        until=until,
        due_since=today - timedelta(days=max((step.lasts for step in steps), default=0)),
        today=today,
    )


def telling(playbooks: Iterable[Playbook]) -> frozenset[tuple[str, str]]:
    """The steps, by playbook and name, that tell a person of the decision once they are done."""
    steps = ((book.name, step) for book in playbooks for step in book.steps if "offer.told" in step.stands_for)
    return frozenset((book, name) for book, step in steps for name in (step.name, *step.was))


def _longest(spans: Iterable[Span | None]) -> Span | None:
    """A span in days that is at least as long as each of these from any day: six months may be 181 or 184 days."""
    days = [span.at_most for span in spans if span]
    return Span(max(days), "day") if days else None
