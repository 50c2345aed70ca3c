"""netcrm: keep the people you met while interviewing as allies, after you have said no.

>>> from datetime import date
>>> from netcrm import Crm
>>> with Crm(memory=True, today=date(2026, 11, 23)) as crm:
...     acme = crm.add_offer("Acme Robotics", role="Staff Engineer", people=["Dana Wu <dana@acme.example>:recruiter"])
...     acme = crm.decline("acme", because="career-path")
...     print(crm.due()[0].text)
Call Dana: decline the Staff Engineer offer. Say thank you, give your one reason.

The public names are those of `__all__`. They are loaded when first used, so that
importing netcrm, or asking it what is due, costs no database toolkit.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netcrm.acts.exchange import ImportReport
    from netcrm.acts.forgetting import Forgetting
    from netcrm.cadence import Rhythm
    from netcrm.checkup import Finding
    from netcrm.compare import Difference
    from netcrm.crm import Crm
    from netcrm.domain.dates import Calendar, Span
    from netcrm.domain.models import (
        Affiliation,
        Contact,
        ContactMethod,
        Decision,
        Interaction,
        InteractionContact,
        Job,
        Offer,
        Operation,
        Participant,
        Profile,
        Tag,
    )
    from netcrm.errors import InputError, NetcrmError, Problem, RequestError, StoreError
    from netcrm.followup import FollowUp, Rule
    from netcrm.formats.mapped import Preview
    from netcrm.forms import Card, Entry
    from netcrm.history import Answer, Event, History, Person, Stake, Subject, Touch
    from netcrm.hours import Hours
    from netcrm.matching.scoring import Likeness, Search
    from netcrm.playbooks.model import Example, Playbook, Step
    from netcrm.quiet import Blocker, Quiet
    from netcrm.rehearsal import Rehearsal, rehearse
    from netcrm.store.backup import Backup, Restored
    from netcrm.why import Reasons

__version__ = "0.1.0"

_HOMES = {
    "netcrm.acts.exchange": ("ImportReport",),
    "netcrm.acts.forgetting": ("Forgetting",),
    "netcrm.cadence": ("Rhythm",),
    "netcrm.checkup": ("Finding",),
    "netcrm.compare": ("Difference",),
    "netcrm.crm": ("Crm",),
    "netcrm.domain.dates": ("Calendar", "Span"),
    "netcrm.errors": ("InputError", "NetcrmError", "Problem", "RequestError", "StoreError"),
    "netcrm.formats.mapped": ("Preview",),
    "netcrm.forms": ("Card", "Entry"),
    "netcrm.followup": ("FollowUp", "Rule"),
    "netcrm.history": ("Answer", "Event", "History", "Person", "Stake", "Subject", "Touch"),
    "netcrm.hours": ("Hours",),
    "netcrm.matching.scoring": ("Likeness", "Search"),
    "netcrm.domain.models": (
        "Affiliation",
        "Contact",
        "ContactMethod",
        "Decision",
        "Interaction",
        "InteractionContact",
        "Job",
        "Offer",
        "Operation",
        "Participant",
        "Profile",
        "Tag",
    ),
    "netcrm.playbooks.model": ("Example", "Playbook", "Step"),
    "netcrm.quiet": ("Blocker", "Quiet"),
    "netcrm.rehearsal": ("Rehearsal", "rehearse"),
    "netcrm.store.backup": ("Backup", "Restored"),
    "netcrm.why": ("Reasons",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Affiliation",
    "Answer",
    "Backup",
    "Blocker",
    "Calendar",
    "Card",
    "Contact",
    "ContactMethod",
    "Crm",
    "Decision",
    "Difference",
    "Entry",
    "Event",
    "Example",
    "Finding",
    "FollowUp",
    "Forgetting",
    "History",
    "Hours",
    "ImportReport",
    "InputError",
    "Interaction",
    "InteractionContact",
    "Job",
    "Likeness",
    "NetcrmError",
    "Offer",
    "Operation",
    "Participant",
    "Person",
    "Playbook",
    "Preview",
    "Problem",
    "Profile",
    "Quiet",
    "Reasons",
    "Rehearsal",
    "RequestError",
    "Restored",
    "Rhythm",
    "Rule",
    "Search",
    "Span",
    "Stake",
    "Step",
    "StoreError",
    "Subject",
    "Tag",
    "Touch",
    "rehearse",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
