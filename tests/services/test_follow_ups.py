"""Follow-ups and their answers, asked of the services directly."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from netcrm.errors import NoSuch, Refused
from netcrm.services import answers, follow_ups, interactions, jobs, offers
from netcrm.workspace import Workspace
from tests.helpers.books import TODAY


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """A workspace in which Acme's offer was declined today."""
    made = Workspace(memory=True, today=TODAY)
    offer = offers.add(made, {"organisation": "Acme"}, ["Dana Wu <dana@acme.example>:recruiter"])
    offers.decline(made, offer, {"because": "location", "reason": None, "decided_on": None}, anyway=False)
    yield made
    made.close()


def due(workspace: Workspace) -> list[str]:
    return [follow_up.step for follow_up in follow_ups.due(workspace, None, None, None, None)]


def test_an_answer_settles_a_follow_up(workspace: Workspace) -> None:
    """`done` settles the call and opens what waited for it; `reopen` makes it due again."""
    (call,) = follow_ups.due(workspace, None, None, None, None)
    assert [answer.verdict for answer in answers.done(workspace, [call.id], None, "She was kind.", log=True)] == [
        "done"
    ]
    assert due(workspace) == ["confirm"]
    answers.reopen(workspace, [call.id])
    assert due(workspace) == ["call"]


def test_a_snooze_moves_a_follow_up(workspace: Workspace) -> None:
    """A snoozed follow-up is due on the day it was snoozed to."""
    (call,) = follow_ups.due(workspace, None, None, None, None)
    answers.snooze(workspace, [call.id], "3 days")
    assert due(workspace) == []
    assert [item.step for item in follow_ups.due(workspace, TODAY + timedelta(days=3), None, None, None)] == ["call"]


def test_a_logged_call_counts_too(workspace: Workspace) -> None:
    """An interaction that is logged without `done` settles the step that asks for it."""
    logged = dict.fromkeys(("summary", "topic", "at", "day"))
    interactions.log(workspace, "dana", "acme", {**logged, "channel": "call", "direction": "out", "answered": True})
    assert due(workspace) == ["confirm"]


def test_only_one_contact_is_asked_about(workspace: Workspace) -> None:
    """`who` selects a contact, and an unknown one is refused."""
    assert len(follow_ups.due(workspace, None, None, "dana", None)) == 1
    with pytest.raises(NoSuch):
        follow_ups.due(workspace, None, None, "sam", None)


def test_the_first_day_must_be_known_to_settle(workspace: Workspace) -> None:
    """Settling in needs a job that has started."""
    with pytest.raises(Refused, match="no job is recorded yet"):
        jobs.settle(workspace, None)
    jobs.start(workspace, None, {"organisation": "Hooli", "email": None, "phone": None, "title": None})
    assert jobs.settle(workspace, None).settled_on == TODAY
