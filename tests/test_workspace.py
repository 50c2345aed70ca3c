"""The workspace: the day, the rules and the database that every service works on."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from netcrm.planning.follow_up import FollowUp
from netcrm.planning.history import History
from netcrm.services import offers, profile
from netcrm.workspace import Workspace
from tests.helpers.books import TODAY

PEOPLE = ["Dana Wu <dana@acme.example>:recruiter"]


def test_reading_creates_no_database(tmp_path: Path) -> None:
    """A database that doesn't exist yet gives the empty answer, and is created by the first write."""
    workspace = Workspace(tmp_path / "crm.db", today=TODAY)
    assert (workspace.plan(TODAY), workspace.me().timezone, workspace.location.is_new) == ([], "UTC", True)
    offers.add(workspace, {"organisation": "Acme"}, PEOPLE)
    assert not workspace.location.is_new
    workspace.close()


def test_today_is_the_day_in_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a pinned day, today is the current day in the time zone of the profile."""
    monkeypatch.setattr("netcrm.clock.now", lambda: datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    workspace = Workspace(memory=True)
    changes = dict.fromkeys(("name", "email", "phone", "linkedin", "country", "quiet_until", "per_day"))
    profile.change(workspace, {**changes, "timezone": "Europe/Berlin"})
    assert (workspace.today, workspace.today_without_profile) == (date(2026, 11, 24), date(2026, 11, 23))
    workspace.close()


def test_a_day_that_was_given_has_no_moment() -> None:
    """A record for a pinned or a given day has no time of day."""
    assert Workspace(memory=True).moment(None) is not None
    assert Workspace(memory=True).moment(TODAY) is None
    assert Workspace(memory=True, today=TODAY).moment(None) is None


def test_a_rule_that_fails_becomes_a_problem() -> None:
    """An exception in a Python rule is kept as a problem, and the playbooks go on planning."""

    def broken(history: History, today: date) -> Iterable[FollowUp]:
        raise ZeroDivisionError("no such day")

    workspace = Workspace(memory=True, today=TODAY, rules=[broken])
    offer = offers.add(workspace, {"organisation": "Acme"}, PEOPLE)
    offers.decline(workspace, offer, {"because": None, "reason": None, "decided_on": None}, anyway=False)
    assert "call" in {follow_up.step for follow_up in workspace.plan(TODAY)}
    assert [problem for problem in workspace.problems if "no such day" in str(problem)]
    workspace.close()
