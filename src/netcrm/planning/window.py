"""How much of the history a plan needs: the bounds within which nothing is lost.

Every step ends, so a cause from long enough ago asks for nothing more, and what happened
before it can't matter either, but for three things: states and milestones, which count from
any day; and the ground that `once` looks back on, with the causes there, by which the same
may have been said already. That `plan(window(h)) == plan(h)` is a law, tested for the planner
and for the SQL.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from netcrm.domain.dates import Span, subtract
from netcrm.planning.quiet_period import SEASON
from netcrm.playbooks.model import Playbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How much of the history a plan needs.

    `causes` gives, for each trigger, the first day of a cause that can still ask for
    something (older ones count only while snoozed until `snoozed_since` or later);
    `before` how far ahead of the first such cause other causes still matter, and how far
    ahead of the first of those events and answers do; `season` how far ahead of it an
    offer's people do; `kinds` and `tags` what the rules read; `public_since` from when on
    offers bear on a public step, if there is one; `tells` the steps, by playbook and name,
    that have told somebody of the decision once they are done. `every` are the cadences,
    `yearly` the kinds of event that return each year, with the first day of a return that can
    still ask for something; what has not come round by `until` is left out, if that is said. What is
    still open was due on `due_since` or later.
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
    """The bounds within which `plan` finds everything it would find in the whole history.

    With `until`, it may miss what comes round later than that.
    """
    books = list(playbooks)
    causes: dict[str, date] = {}
    yearly: dict[str, date] = {}
    for book in books:
        since, mine = today - timedelta(days=book.at_most), yearly if book.yearly else causes
        mine[book.trigger] = min(since, mine.get(book.trigger, since))
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
    """The steps, by playbook and name, that have told somebody of the decision once they are done."""
    steps = ((book.name, step) for book in playbooks for step in book.steps if "offer.told" in step.stands_for)
    return frozenset((book, name) for book, step in steps for name in (step.name, *step.was))


def _longest(spans: Iterable[Span | None]) -> Span | None:
    """A span in days that reaches as far back as each of these, from any day: six months may be 181 days or 184."""
    days = [span.at_most for span in spans if span]
    return Span(max(days), "day") if days else None
