"""Answers to follow-ups: done, snoozed, skipped. Each keeps the text of the follow-up at that time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from netcrm.domain.coercion import some
from netcrm.domain.dates import Span
from netcrm.domain.models import Decision, Interaction, validated
from netcrm.domain.vocabulary import Verdict
from netcrm.errors import AlreadyAnswered, Ambiguous, InvalidValue, NoSuch
from netcrm.planning.follow_up import SHORTEST_ID, FollowUp, follow_up_key
from netcrm.playbooks.model import Playbook
from netcrm.services import contacts
from netcrm.store import queries
from netcrm.store.unit_of_work import UnitOfWork
from netcrm.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """One answer given to several follow-ups; with `log`, an interaction is recorded as well."""

    verdict: Verdict
    day: date
    until: date | None = None
    reason: str | None = None
    log: bool = False
    at: datetime | None = None


def done(workspace: Workspace, ids: Sequence[str], on: date | None, note: str | None, *, log: bool) -> list[Decision]:
    """Answer follow-ups as done on a day. With `log`, an interaction by the step's channel is recorded too."""
    day = on or workspace.today
    if day > workspace.today:
        raise InvalidValue("on", day, "lies in the future; run `done` once it has happened")
    given = Verdicts(verdict="done", day=day, reason=note, log=log, at=workspace.moment(on))
    return _answer(workspace, ids, "Done", given)


def snooze(workspace: Workspace, ids: Sequence[str], until: date | Span | str) -> list[Decision]:
    """Put follow-ups off until a day, or for a span."""
    day = until if isinstance(until, date) else workspace.away("until", until)
    return _answer(workspace, ids, "Snoozed", Verdicts(verdict="snoozed", day=workspace.today, until=day))


def skip(workspace: Workspace, ids: Sequence[str], reason: str | None) -> list[Decision]:
    """Drop follow-ups for good. A cadence that is skipped with a reason makes its contact dormant."""
    return _answer(workspace, ids, "Skipped", Verdicts(verdict="skipped", day=workspace.today, reason=reason))


def reopen(workspace: Workspace, ids: Sequence[str]) -> list[Decision]:
    """Remove the answers given to follow-ups, and the interactions that `done` recorded for them."""
    some(ids)
    with workspace.write("reopen") as unit:
        decisions = _answered(unit.session, ids)
        unit.summary = f"Reopened: {'; '.join(str(decision.snapshot['text']) for decision in decisions)}"
        for decision in decisions:
            _take_back(unit, decision)
    return decisions


def _answer(workspace: Workspace, ids: Sequence[str], verb: str, given: Verdicts) -> list[Decision]:
    some(ids)
    with workspace.write(given.verdict) as unit:
        planned = workspace.plan(unit.today, unit.query)
        chosen = choose(planned, ids, lambda: queries.all_decisions(unit.session))
        unit.summary = f"{verb}: {'; '.join(follow_up.text for follow_up in chosen)}"
        if given.verdict == "skipped" and given.reason:
            cadences = [item.contact.id for item in chosen if item.contact and item.is_cadence]
            contacts.retire(unit, cadences, given.reason)
        return [_store(unit, item, _step_names(workspace.playbooks, item), given) for item in chosen]


def _step_names(playbooks: Iterable[Playbook], follow_up: FollowUp) -> Sequence[str]:
    """Every present and former name of the follow-up's step: an answer under a former name counts too."""
    steps = (step for playbook in playbooks if playbook.name == follow_up.playbook for step in playbook.steps)
    return next(((step.name, *step.was) for step in steps if step.name == follow_up.step), (follow_up.step,))


# --------------------------------------------------------------------------- finding follow-ups


def choose(
    follow_ups: Iterable[FollowUp], ids: Sequence[str], answered: Callable[[], list[Decision]]
) -> list[FollowUp]:
    """The open follow-ups that the ids mean, each once."""
    open_ones = list(follow_ups)
    chosen = [_open_one(open_ones, name.strip().lower(), answered) for name in ids]
    return list({follow_up.key: follow_up for follow_up in chosen}.values())


def _open_one(open_ones: Sequence[FollowUp], name: str, answered: Callable[[], list[Decision]]) -> FollowUp:
    matches = _printed([follow_up for follow_up in open_ones if name and follow_up.key.startswith(name)])
    if len(matches) > 1:
        raise Ambiguous("follow-up", name, [f"{follow_up.id}  {follow_up.text}" for follow_up in matches])
    if matches:
        return matches[0]
    for decision in answered() if len(name) >= SHORTEST_ID else ():
        key = follow_up_key(decision.playbook, decision.step, decision.cause, decision.contact_uid)
        if key.startswith(name) and decision.verdict != "snoozed":
            raise AlreadyAnswered(name, decision.verdict, str(decision.day), str(decision.snapshot["text"]))
    raise NoSuch("open follow-up", name, "`netcrm due` and `netcrm plan` list the ids")


def _printed(matches: Sequence[FollowUp]) -> Sequence[FollowUp]:
    """The follow-ups that an id may mean and for which `due` may have printed it.

    `due` does not read rounds beyond the days it shows, so its ids are unique only among the others. An id therefore
    means a follow-up that is not a future round if there is one, else the earliest round.
    """
    near = [follow_up for follow_up in matches if follow_up.status != "upcoming" or not follow_up.comes_round]
    if near or not matches:
        return near
    first = min(follow_up.due or date.max for follow_up in matches)
    return [follow_up for follow_up in matches if follow_up.due == first]


def _answered(session: Session, ids: Sequence[str]) -> list[Decision]:
    """The answers given to the follow-ups that the ids mean, each once."""
    given = queries.all_decisions(session)
    answers = {decision.number: decision for name in ids for decision in [_given(given, name.strip().lower())]}
    return list(answers.values())


def _given(decisions: Sequence[Decision], name: str) -> Decision:
    keys = [
        (decision, follow_up_key(decision.playbook, decision.step, decision.cause, decision.contact_uid))
        for decision in decisions
    ]
    matches = [(decision, key) for decision, key in keys if len(name) >= SHORTEST_ID and key.startswith(name)]
    if len(matches) > 1:
        shown = [
            f"{key[: len(name) + 2]}  {decision.snapshot['text']} ({decision.verdict} {decision.day})"
            for decision, key in matches
        ]
        raise Ambiguous("answered follow-up", name, shown)
    if not matches:
        raise NoSuch("answered follow-up", name, "`netcrm undo --list` lists recent answers")
    return matches[0][0]


def _take_back(unit: UnitOfWork, decision: Decision) -> None:
    unit.remove(decision)
    if decision.verdict == "skipped" and decision.reason:
        contacts.wake(unit, decision.contact_uid, decision.reason)
    if decision.interaction_id is not None:
        contacts.unlog(unit, decision.interaction_id)


# --------------------------------------------------------------------------- storing an answer


def _store(unit: UnitOfWork, follow_up: FollowUp, names: Sequence[str], given: Verdicts) -> Decision:
    """Store one answer; `names` are all names of the step, former ones too."""
    if given.verdict == "done" and given.day < follow_up.cause.day <= unit.today:
        why = f"lies before the event that caused it ({follow_up.cause.day}); give that day or a later one"
        raise InvalidValue("on", given.day, why)
    if given.until and given.until <= given.day:
        raise InvalidValue("until", given.until, f"does not lie after today ({given.day}); give a later day")
    uid = follow_up.contact.uid if follow_up.contact else ""
    before = queries.decision(unit.session, follow_up.playbook, names, follow_up.cause_key, uid)
    values: dict[str, Any] = {
        "step": follow_up.step,
        "verdict": given.verdict,
        "day": given.day,
        "until": given.until or (before and before.until),
        "due": follow_up.due,
        "reason": given.reason,
        "interaction_id": _logged(unit, follow_up, given) if given.log else None,
        "snapshot": snapshot(follow_up),
    }
    row = validated(Decision, playbook=follow_up.playbook, cause=follow_up.cause_key, contact_uid=uid, **values)
    if before is None:
        return unit.add(row)
    unit.change(before, **{name: getattr(row, name) for name in values})
    return before


def snapshot(follow_up: FollowUp) -> dict[str, str | None]:
    """The text, due day and contact of a follow-up when it was answered; later changes don't reach it."""
    return {
        "text": follow_up.text,
        "due": str(follow_up.due) if follow_up.due else None,
        "contact": follow_up.contact.name if follow_up.contact else None,
    }


def _logged(unit: UnitOfWork, follow_up: FollowUp, given: Verdicts) -> int | None:
    """The interaction that was doing the step; None if the step names no channel or has no contact."""
    if follow_up.channel is None or follow_up.contact is None:
        return None
    interaction = unit.add(
        validated(
            Interaction,
            day=given.day,
            at=given.at,
            channel=follow_up.channel,
            topic=follow_up.topic,
            summary=given.reason or follow_up.text,
            offer_id=follow_up.offer.id if follow_up.offer else None,
        )
    )
    unit.add(interaction.link(follow_up.contact.id))
    return interaction.number
