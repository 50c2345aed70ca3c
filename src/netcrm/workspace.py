"""The context of every service: where the database is, what today is, which rules hold, how to read and write.

The planner reads a file through the standard library's sqlite3, so that `due` imports nothing else. Memory and
PostgreSQL answer the same SQL through the engine, which is imported when it is first needed.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, TypeVar

from platformdirs import user_config_path

from netcrm import clock
from netcrm.domain.coercion import as_span
from netcrm.domain.dates import Calendar, Span
from netcrm.errors import Problem
from netcrm.log import note, timed
from netcrm.planning.follow_up import FollowUp, Rule
from netcrm.planning.history import Answer, History
from netcrm.planning.planner import plan
from netcrm.planning.window import Window, window
from netcrm.playbooks import library
from netcrm.playbooks.model import Playbook
from netcrm.store.location import locate
from netcrm.store.planner_queries import NeedsMigration, ProfileSettings, Query, fetch, fetch_all, read_me, sqlite_query

if TYPE_CHECKING:
    from sqlmodel import Session

    from netcrm.domain.models import Operation
    from netcrm.store.database import Store
    from netcrm.store.unit_of_work import UnitOfWork

T = TypeVar("T")


class Workspace:
    """One database, one calendar day and the rules in force; the parameters are those of `netcrm.Crm`.

    `pinned` is the day that was given instead of the clock's, if any.
    """

    def __init__(
        self,
        where: str | Path | None = None,
        *,
        memory: bool = False,
        today: date | None = None,
        rules: Sequence[Rule] = (),
        playbooks: Path | None = None,
        lock_timeout: float = 30.0,
    ) -> None:
        self.location = locate("sqlite://" if memory else where)
        self.pinned = today
        self.playbook_folder = playbooks or user_config_path("netcrm", appauthor=False) / "playbooks"
        self._rules = tuple(map(self._guarded, rules))
        self._failed: dict[Rule, Problem] = {}
        self._lock_timeout = lock_timeout

    def close(self) -> None:
        """Release the database. Only a database in memory is held open between calls."""
        if self._is_open:
            self.store.close()
            del self.store

    @cached_property
    def store(self) -> "Store":
        from netcrm.store.database import Store

        return Store(self.location, lock_timeout=self._lock_timeout, now=clock.now)

    @property
    def _is_open(self) -> bool:
        return "store" in self.__dict__

    # ------------------------------------------------------------------ today

    @property
    def today(self) -> date:
        """The current calendar day in the profile's time zone, unless a day is pinned."""
        return self.pinned or clock.today(self.me().timezone)

    @property
    def today_without_profile(self) -> date:
        """The current day in UTC, unless one is pinned: for when the profile may be unreadable."""
        return self.pinned or clock.today("UTC")

    def me(self) -> ProfileSettings:
        """The settings of the profile that planning depends on."""
        return self.read(read_me, ProfileSettings())

    def calendar(self, me: ProfileSettings | None = None) -> Calendar:
        """The business days of a profile; of the stored one unless another is given."""
        settings = me or self.me()
        return library.calendar(settings.weekend, settings.country)

    def away(self, name: str, span: Span | str, start: date | None = None, *, back: bool = False) -> date:
        """The day that lies a span after `start` (default: today), or before it; an error names `name`."""
        length = as_span(name, span)
        towards = Span(-length.count, length.unit) if back else length
        return self.calendar().add(start or self.today, towards)

    def moment(self, on: date | None) -> datetime | None:
        """The current instant, or None where a day was given: something recorded for today happened now."""
        return clock.now() if on is None and self.pinned is None else None

    # ------------------------------------------------------------------ rules

    @cached_property
    def loaded(self) -> library.Loaded:
        """The playbooks in force, read once."""
        return library.load(self.playbook_folder)

    @property
    def playbooks(self) -> list[Playbook]:
        return self.loaded.playbooks

    @property
    def problems(self) -> list[Problem]:
        """The problems in the user's playbook files, and in the Python rules that were run so far."""
        return [*self.loaded.problems, *self._failed.values()]

    def _guarded(self, rule: Rule) -> Rule:
        """A rule whose exceptions become problems, so that one bad rule doesn't hide all follow-ups."""

        def run(history: History, today: date) -> Iterable[FollowUp]:
            try:
                follow_ups = list(rule(history, today))
                if wrong := next((item for item in follow_ups if not isinstance(item, FollowUp)), None):
                    raise TypeError(f"it yields a {type(wrong).__name__}, not a FollowUp")
            except Exception as error:  # noqa: BLE001 - the rule is the user's code and may raise anything
                self._failed[rule] = _failure(rule, error)
                return []
            self._failed.pop(rule, None)
            return follow_ups

        return run

    # ------------------------------------------------------------------ reading and writing

    def session(self) -> AbstractContextManager["Session"]:
        """A read-only session on one snapshot; what it loads stays usable after it is closed."""
        return self.store.session()

    def write(self, name: str, summary: str = "", *, dry_run: bool = False) -> AbstractContextManager["UnitOfWork"]:
        """The one way to write: an operation that commits as a whole and that `undo` takes back."""
        return self.store.write(name, summary, self.today, dry_run=dry_run)

    @property
    def last_operation(self) -> "Operation | None":
        """The operation that was written last through this workspace."""
        return self.store.last if self._is_open else None

    def read(self, ask: Callable[[Query], T], empty: T) -> T:
        """Ask one snapshot of the database through plain SQL; `empty` where there is no database yet."""
        if self.location.is_new:
            return empty
        if self.location.path:
            try:
                with sqlite_query(self.location.path, self._lock_timeout) as query:
                    return ask(query)
            except NeedsMigration:
                self.store.open()
        with self.store.query() as query:
            return ask(query)

    def plan(
        self,
        day: date,
        query: Query | None = None,
        *,
        until: date | None = None,
        playbooks: Sequence[Playbook] | None = None,
    ) -> list[FollowUp]:
        """Every open follow-up as of a day, read through `query` when a transaction is under way.

        `until` leaves out cadence rounds and yearly days that fall later: there may be thousands of them. `playbooks`
        replaces the ones in force.
        """
        books = self.playbooks if playbooks is None else playbooks
        bounds = window(books, day, until)
        nothing: tuple[History, list[Answer]] = (History(), [])
        facts = self._facts(query, bounds) if query else self.read(lambda ask: self._facts(ask, bounds), nothing)
        history, answers = facts
        note("read %d events, %d people and %d answers", len(history.events), len(history.people), len(answers))
        with timed("planning"):
            follow_ups = plan(history, books, answers, day, self._rules)
        note("planned %d follow-ups by %d playbooks", len(follow_ups), len(books))
        return follow_ups

    def _facts(self, query: Query, bounds: Window) -> tuple[History, list[Answer]]:
        me = read_me(query)
        read = fetch_all if self._rules else fetch
        return read(query, bounds, self.calendar(me), me)


def _failure(rule: Rule, error: Exception) -> Problem:
    """The mistake of a rule, at the line that raised, or at its first line if it returned a wrong type."""
    name, code = getattr(rule, "__name__", type(rule).__name__), getattr(rule, "__code__", None)
    inside = extract_tb(error.__traceback__)[1:2]
    places = [(frame.filename, frame.lineno or 1) for frame in inside]
    places += [(code.co_filename, code.co_firstlineno)] if code else [(name, 1)]
    why = f"the rule “{name}” failed ({type(error).__name__}: {error}); its follow-ups are left out. Mend it there"
    return Problem(*places[0], why)
