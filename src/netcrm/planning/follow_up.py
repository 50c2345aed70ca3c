"""A follow-up: one thing to do for one person, with its reason, its identity and its sentence. Pure.

The key of a follow-up depends only on its playbook, step, cause and contact, so it is the same
every day and on every machine.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from netcrm.domain.vocabulary import SILENT, Status
from netcrm.planning.call_hours import Hours
from netcrm.planning.history import ContactView, Event, History, Subject

URGENCY: dict[Status, int] = {"overdue": 0, "due": 1, "upcoming": 2, "snoozed": 3, "waiting": 4, "held": 5}
"""The order in which follow-ups are shown."""

SHORTEST_ID = 3
KEY_LENGTH = 16
_EASY_TO_TYPE = b"abcdefghjkmnpqrstuvwxyz023456789" * 8
"""A letter or digit for each byte, without those that look alike."""


# Not frozen: that would triple the cost of making one, and a plan makes thousands.
@dataclass(slots=True, kw_only=True)
class FollowUp:
    """One thing to do for one person, and the reason; derived anew for every plan.

    A rule in Python creates it with `playbook` (the rule's name), `step`, `text`, `due` and
    `cause`; the planner adds the status and the id. `moved_from` is the day on which it would be
    due without the daily limit. `together_with` is the id of a follow-up for the same person and
    occasion about another offer. `hours` are the best hours to call a contact in another time zone.
    """

    playbook: str
    step: str
    text: str
    due: date | None
    cause: Event
    contact: ContactView | None = None
    about: Subject | None = None
    channel: str | None = None
    overdue_after: date | None = None
    expires_on: date | None = None
    status: Status = "upcoming"
    waiting_for: str | None = None
    held_by: tuple[str, ...] = ()
    snoozed_until: date | None = None
    base: Event | None = None
    missing: str | None = None
    source: str = "own"
    draft: str | None = None
    topic: str | None = None
    hours: Hours | None = None
    moved_from: date | None = None
    together_with: str | None = None
    id: str = ""

    @property
    def cause_key(self) -> str:
        return cause_key(self.cause)

    @property
    def key(self) -> str:
        """The full identity, hashed; `id` is its shortest unique prefix."""
        return follow_up_key(self.playbook, self.step, self.cause_key, self.contact.uid if self.contact else "")

    @property
    def is_cadence(self) -> bool:
        """Whether its cause is a cadence that came round."""
        return self.cause.kind == SILENT

    @property
    def comes_round(self) -> bool:
        """Whether its cause comes round: a cadence, or a yearly day."""
        return self.is_cadence or self.cause.source.endswith(f"@{self.cause.day.year}")

    @property
    def offer(self) -> Subject | None:
        return self.about if self.about and self.about.is_offer else None


Rule = Callable[[History, date], Iterable[FollowUp]]
"""A rule in Python: a pure function from the history and a day to follow-ups."""


def status_on(due: date | None, overdue_after: date | None, until: date | None, today: date) -> Status:
    """The status of a follow-up on a day; `until` is the day it was snoozed until."""
    if until is not None and until > today:
        return "snoozed"
    if due is None:
        return "waiting"
    if due > today:
        return "upcoming"
    return "overdue" if overdue_after is not None and today > overdue_after else "due"


def cause_key(cause: Event) -> str:
    """The identity of a cause on every machine; it stays the same when the cause moves to another day."""
    return f"{cause.kind}|{cause.source}"


def follow_up_key(playbook: str, step: str, cause: str, contact_uid: str) -> str:
    """The identity of a follow-up, as letters and digits that are easy to type."""
    digest = hashlib.sha256(f"{playbook}\0{step}\0{cause}\0{contact_uid}".encode()).digest()
    return digest[:KEY_LENGTH].translate(_EASY_TO_TYPE).decode()


def short_ids(keys: Iterable[str]) -> dict[str, str]:
    """The shortest unique prefix of each key, at least `SHORTEST_ID` characters."""
    ordered = sorted(keys)
    common = [0, *(_common_length(left, right) for left, right in pairwise(ordered)), 0]
    lengths = (max(SHORTEST_ID, before + 1, after + 1) for before, after in pairwise(common))
    return {key: key[:length] for key, length in zip(ordered, lengths, strict=False)}


def _common_length(left: str, right: str) -> int:
    """The length of the prefix that two different keys have in common."""
    length = 0
    while left[length] == right[length]:
        length += 1
    return length


def worded(sentence: str, person: ContactView | None, about: Subject | None, day: date) -> str:
    """A step's sentence with its names filled in."""
    organisation = (about and about.organisation) or "your new employer"
    unnamed = f"whoever made the {organisation} offer" if about and about.is_offer else "them"
    return sentence.format(
        name=person.name if person else unnamed,
        first_name=person.first_name if person else unnamed,
        company=(person and person.company) or organisation,
        organisation=organisation,
        role=(about and about.role) or "job",
        day=day,
    )
