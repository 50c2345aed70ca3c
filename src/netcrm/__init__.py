"""netcrm: stay allies with the people you met while interviewing, after you have said no.

>>> from datetime import date
>>> from netcrm import Crm
>>> with Crm(memory=True, today=date(2026, 11, 23)) as crm:
...     acme = crm.add_offer("Acme Robotics", role="Staff Engineer", people=["Dana Wu <dana@acme.example>:recruiter"])
...     acme = crm.decline("acme", because="career-path")
...     print(crm.due()[0].text)
Call Dana: decline the Staff Engineer offer. Say thank you, give your one reason.

The public names are those of `__all__`. They are loaded when first used, so that
importing netcrm, or asking it what is due, does not load SQLAlchemy.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    from netcrm.formats.csv.mapped import Preview
    from netcrm.matching.scoring import Likeness, Search
    from netcrm.planning.cadence import Rhythm
    from netcrm.planning.call_hours import Hours
    from netcrm.planning.diff import Difference
    from netcrm.planning.explain import Reasons
    from netcrm.planning.follow_up import FollowUp, Rule
    from netcrm.planning.history import Answer, ContactView, Event, History, Stake, Subject, Touch
    from netcrm.planning.quiet_period import Blocker, Quiet
    from netcrm.playbooks.model import Example, Playbook, Step
    from netcrm.services.erasure import Forgetting
    from netcrm.services.health import Finding
    from netcrm.services.imports.pipeline import ImportReport
    from netcrm.services.parameters import ContactCard, TimelineEntry
    from netcrm.simulation import Rehearsal, rehearse
    from netcrm.store.backup import Backup, Restored

__version__ = "0.1.0"

_HOMES = {
    "netcrm.services.imports.pipeline": ("ImportReport",),
    "netcrm.services.erasure": ("Forgetting",),
    "netcrm.planning.cadence": ("Rhythm",),
    "netcrm.services.health": ("Finding",),
    "netcrm.planning.diff": ("Difference",),
    "netcrm.crm": ("Crm",),
    "netcrm.domain.dates": ("Calendar", "Span"),
    "netcrm.errors": ("InputError", "NetcrmError", "Problem", "RequestError", "StoreError"),
    "netcrm.formats.csv.mapped": ("Preview",),
    "netcrm.services.parameters": ("ContactCard", "TimelineEntry"),
    "netcrm.planning.follow_up": ("FollowUp", "Rule"),
    "netcrm.planning.history": ("Answer", "Event", "History", "ContactView", "Stake", "Subject", "Touch"),
    "netcrm.planning.call_hours": ("Hours",),
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
    "netcrm.planning.quiet_period": ("Blocker", "Quiet"),
    "netcrm.simulation": ("Rehearsal", "rehearse"),
    "netcrm.store.backup": ("Backup", "Restored"),
    "netcrm.planning.explain": ("Reasons",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Affiliation",
    "Answer",
    "Backup",
    "Blocker",
    "Calendar",
    "Contact",
    "ContactCard",
    "ContactMethod",
    "ContactView",
    "Crm",
    "Decision",
    "Difference",
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
    "TimelineEntry",
    "Touch",
    "rehearse",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
