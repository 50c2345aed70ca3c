"""What a changed playbook would change: which follow-ups it adds, drops, moves or says otherwise. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from netcrm.planning.follow_up import FollowUp, follow_up_key
from netcrm.playbooks.model import Playbook

Kind = Literal["added", "dropped", "moved", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A follow-up as it is and as it would be; either is missing where it is dropped or added."""

    before: FollowUp | None
    after: FollowUp | None

    @property
    def kind(self) -> Kind:
        if self.before is None:
            return "added"
        if self.after is None:
            return "dropped"
        return "moved" if _dates(self.before) != _dates(self.after) else "changed"


def differences(before: Iterable[FollowUp], after: Iterable[FollowUp], changed: Playbook) -> list[Difference]:
    """What differs between two plans, of which the second has a playbook that `changed`; in the order of the plans.

    A step that says what it `was` called is compared with what it was.
    """
    were = {step.name: step.was for step in changed.steps}
    left = {one.key: one for one in before}
    found: list[Difference] = []
    for one in after:
        names = (one.step, *were.get(one.step, ())) if one.playbook == changed.name else (one.step,)
        keys = (_key(one, name) for name in names)
        old = next((left.pop(key) for key in keys if key in left), None)
        if old is None or _said(old) != _said(one):
            found.append(Difference(old, one))
    return [*found, *(Difference(one, None) for one in left.values())]


def _key(one: FollowUp, step: str) -> str:
    """What a follow-up would be known by, were its step called so."""
    return follow_up_key(one.playbook, step, one.cause_key, one.contact.uid if one.contact else "")


def _dates(one: FollowUp) -> tuple[object, ...]:
    return one.due, one.overdue_after, one.expires_on, one.waiting_for


def _said(one: FollowUp) -> tuple[object, ...]:
    return (*_dates(one), one.step, one.text, one.channel, one.status)
