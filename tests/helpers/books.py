"""Small databases, and functions that return everything in a database."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from netcrm import Crm
from netcrm.domain.models import JOURNALED, Change, Operation, Stored
from netcrm.errors import NetcrmError, NothingToUndo

Act = Callable[[Crm], object]
"""An operation on a database."""

TODAY = date(2026, 11, 23)
"""A Monday."""

TABLES = (
    "profile",
    "contact",
    "contact_method",
    "alias",
    "tag",
    "affiliation",
    "offer",
    "participant",
    "job",
    "interaction",
    "interaction_contact",
    "decision",
)
VIEWS = ("history", "contacts")


def everything(crm: Crm) -> dict[str, list[Any]]:
    """Every row of every table and view, without the journal."""
    with crm.session() as session:
        return {
            name: sorted(tuple(map(str, row)) for row in session.connection().execute(text(f"SELECT * FROM {name}")))
            for name in (*TABLES, *VIEWS)
        }


def whole(crm: Crm) -> list[list[dict[str, Any]]]:
    """Every row of every table and of the journal, as values that both engines share."""
    with crm.session() as session:
        nouns: list[type[Stored]] = [*JOURNALED, Operation, Change]
        return [[row.model_dump() for row in session.exec(select(noun).order_by(col(noun.id)))] for noun in nouns]


def season(crm: Crm) -> None:
    """Add two offers with five people, and decline one today."""
    crm.init(name="Robin Vale", email="robin@example.org", timezone="Europe/Berlin")
    crm.add("Dana Wu", emails=["dana@acme.example"], phones=["+49 30 1234567"], company="Acme Robotics", tags=["ally"])
    crm.add_offer(
        "Acme Robotics",
        role="Staff Engineer",
        received_on=date(2026, 11, 10),
        people=["Dana Wu:recruiter", "Sam Okafor <sam@acme.example>:interviewer", "Priya Raman:referrer"],
    )
    crm.add_offer("Globex Analytics", people=["Lena Fischer:hiring-manager", "Sam Okafor:interviewer"])
    crm.decline("Acme", because="career-path", reason="I want to lead a team")


def texts(crm: Crm) -> list[str]:
    """The texts of the follow-ups that are due."""
    return [follow_up.text for follow_up in crm.due()]


def act_out(crm: Crm, acts: Mapping[str, Act], names: Iterable[str]) -> None:
    """Do these acts in order; an act that is refused, or finds nothing due, is left out."""
    for name in names:
        with suppress(NetcrmError, IndexError):
            acts[name](crm)


def take_back_all(crm: Crm) -> None:
    """Undo all operations, the newest first."""
    while True:
        try:
            crm.undo()
        except NothingToUndo:
            return
