"""The differences that a changed playbook makes: follow-ups that it adds, drops, moves or rewords. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from netcrm.planning.follow_up import FollowUp, follow_up_key
from netcrm.playbooks.model import Playbook

Kind = Literal["added", "dropped", "moved", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A follow-up before and after the change; `before` is None if it is added, `after` if it is dropped."""

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
    """The differences between two plans, in their order; the second plan has the `changed` playbook.

    A renamed step is compared with the step it `was`.
    """
    old_names = {step.name: step.was for step in changed.steps}
    left = {follow_up.key: follow_up for follow_up in before}
    differing: list[Difference] = []
    for new in after:
        names = (new.step, *old_names.get(new.step, ())) if new.playbook == changed.name else (new.step,)
        keys = (_key(new, name) for name in names)
        old = next((left.pop(key) for key in keys if key in left), None)
        if old is None or _content(old) != _content(new):
            differing.append(Difference(old, new))
    return [*differing, *(Difference(old, None) for old in left.values())]


def _key(follow_up: FollowUp, step: str) -> str:
    """The key that a follow-up would have if its step had this name."""
    uid = follow_up.contact.uid if follow_up.contact else ""
    return follow_up_key(follow_up.playbook, step, follow_up.cause_key, uid)


def _dates(follow_up: FollowUp) -> tuple[object, ...]:
    return follow_up.due, follow_up.overdue_after, follow_up.expires_on, follow_up.waiting_for


def _content(follow_up: FollowUp) -> tuple[object, ...]:
    return (*_dates(follow_up), follow_up.step, follow_up.text, follow_up.channel, follow_up.status)
