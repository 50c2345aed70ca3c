"""The shell around the pure core: it knows where the database is, what today is, which rules hold.

A file is asked through the standard library's sqlite3, so that `due` needs nothing else;
memory and PostgreSQL answer the same SQL through the engine, which is imported only then.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

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
from netcrm.store.planner_queries import OldSchema, ProfileSettings, Query, fetch, fetch_all, read_me, sqlite_query

if TYPE_CHECKING:
    from netcrm.store.database import Store
    from netcrm.store.unit_of_work import UnitOfWork

T = TypeVar("T")


def _failure(rule: Rule, error: Exception) -> Problem:
    """What a rule did wrong, and where in the rule itself; where it returned what it must not, where it begins."""
    name, code = getattr(rule, "__name__", type(rule).__name__), getattr(rule, "__code__", None)
    inside = extract_tb(error.__traceback__)[1:2]
    places = [(frame.filename, frame.lineno or 1) for frame in inside]
    places += [(code.co_filename, code.co_firstlineno)] if code else [(name, 1)]
    why = f"the rule “{name}” failed ({type(error).__name__}: {error}); its follow-ups are left out. Mend it there"
    return Problem(*places[0], why)


class Workspace:
    """What every method of `Crm` stands on."""

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
        self._location = locate("sqlite://" if memory else where)
        self._pinned = today
        self._rules = tuple(map(self._guarded, rules))
        self._failed: dict[Rule, Problem] = {}
        self._folder = playbooks or user_config_path("netcrm", appauthor=False) / "playbooks"
        self._lock_timeout = lock_timeout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; nothing is held open between calls but a memory one."""
        if "_store" in self.__dict__:
            self._store.close()
            del self._store

    @property
    def where(self) -> str:
        """The database, for people: a path, or a URL without its password."""
        return str(self._location)

    @property
    def exists(self) -> bool:
        """Whether anything was ever written; until then every answer is empty."""
        return not self._location.is_new

    @property
    def today(self) -> date:
        """The calendar day it is for me: the one given, else the clock's in my time zone."""
        return self._pinned or clock.today(self._me().timezone)

    @property
    def playbooks(self) -> list[Playbook]:
        """The playbooks in force: the built-in ones, and mine instead of those of the same name."""
        return self._loaded.playbooks

    @property
    def playbook_folder(self) -> Path:
        """Where my own playbooks are looked for."""
        return self._folder

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with my own playbook files and rules; the others go on working.

        What a rule in Python did wrong is known once something was planned.
        """
        return [*self._loaded.problems, *self._failed.values()]

    @property
    def builtin(self) -> frozenset[str]:
        """The names of the built-in playbooks that are in force."""
        return self._loaded.builtin

    @cached_property
    def _loaded(self) -> library.Loaded:
        return library.load(self._folder)

    @cached_property
    def _store(self) -> "Store":
        from netcrm.store.database import Store

        return Store(self._location, lock_timeout=self._lock_timeout, now=clock.now)

    def _write(self, name: str, summary: str, *, dry_run: bool = False) -> AbstractContextManager["UnitOfWork"]:
        """The store's one write door, as of today."""
        return self._store.write(name, summary, self.today, dry_run=dry_run)

    def _read(self, ask: Callable[[Query], T], empty: T) -> T:
        """Ask a snapshot of the database; one that does not exist yet has the empty answer."""
        if self._location.is_new:
            return empty
        if self._location.path:
            try:
                with sqlite_query(self._location.path, self._lock_timeout) as query:
                    return ask(query)
            except OldSchema:
                self._store.open()
        with self._store.query() as query:
            return ask(query)

    def _plan(
        self,
        day: date,
        query: Query | None = None,
        *,
        until: date | None = None,
        playbooks: Sequence[Playbook] | None = None,
    ) -> list[FollowUp]:
        """Every open follow-up as of a day; over `query` when a transaction is under way.

        With `until`, what comes round later than that is left out: there may be thousands. With
        `playbooks`, by these instead of those in force.
        """
        books = self.playbooks if playbooks is None else playbooks
        bounds = window(books, day, until)
        nothing: tuple[History, list[Answer]] = (History(), [])
        facts = self._facts(query, bounds) if query else self._read(lambda ask: self._facts(ask, bounds), nothing)
        history, answers = facts
        note("read %d events, %d people and %d answers", len(history.events), len(history.people), len(answers))
        with timed("planning"):
            found = plan(history, books, answers, day, self._rules)
        note("planned %d follow-ups by %d playbooks", len(found), len(books))
        return found

    def _guarded(self, rule: Rule) -> Rule:
        """A rule whose mistakes are kept as problems, and hide nobody else's follow-ups."""

        def run(history: History, today: date) -> Iterable[FollowUp]:
            try:
                found = list(rule(history, today))
                if wrong := next((one for one in found if not isinstance(one, FollowUp)), None):
                    raise TypeError(f"it yields a {type(wrong).__name__}, not a FollowUp")
            except Exception as error:  # noqa: BLE001 - whatever it does wrong, it is somebody else's code
                self._failed[rule] = _failure(rule, error)
                return []
            self._failed.pop(rule, None)
            return found

        return run

    def _facts(self, query: Query, bounds: Window) -> tuple[History, list[Answer]]:
        me = read_me(query)
        calendar = self._calendar(me)
        if self._rules:
            return fetch_all(query, bounds, calendar, me)
        return fetch(query, bounds, calendar, me)

    def _me(self) -> ProfileSettings:
        return self._read(read_me, ProfileSettings())

    def _calendar(self, me: ProfileSettings) -> Calendar:
        return library.calendar(me.weekend, me.country)

    def _away(self, name: str, span: Span | str, start: date | None = None, *, back: bool = False) -> date:
        """The day that lies a span after another, which is today unless given, or before it."""
        length = as_span(name, span)
        towards = Span(-length.count, length.unit) if back else length
        return self._calendar(self._me()).add(start or self.today, towards)

    def _moment(self, on: date | None) -> datetime | None:
        """Now, where nobody named another day: what is said to have happened today happened now."""
        return clock.now() if on is None and self._pinned is None else None
