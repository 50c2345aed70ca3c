"""Interactions: record what happened with contacts, and describe it in words."""

from collections.abc import Sequence
from typing import Any

from netcrm import clock
from netcrm.domain.coercion import each
from netcrm.domain.models import Contact, Interaction, Offer, validated
from netcrm.domain.vocabulary import Channel
from netcrm.errors import InvalidValue, Refused
from netcrm.services import contacts, offers
from netcrm.store.unit_of_work import UnitOfWork
from netcrm.workspace import Workspace


def log(
    workspace: Workspace,
    who: Contact | int | str | Sequence[Contact | int | str],
    offer: Offer | int | str | None,
    values: dict[str, Any],
) -> Interaction:
    """Record something that happened with one contact or several, at a time (`at`), on a day (`day`) or now."""
    at, day = values["at"], values["day"]
    happened_on = day or (clock.day_of(at, workspace.me().timezone) if at else workspace.today)
    values |= {"at": at or workspace.moment(day), "day": happened_on}
    with workspace.write("log") as unit:
        people = [contacts.find(unit.session, name) for name in each(who)]
        values["offer_id"] = offers.find(unit.session, offer).number if offer is not None else None
        return _log(unit, people, values)


def _log(unit: UnitOfWork, people: Sequence[Contact], values: dict[str, Any]) -> Interaction:
    if not people:
        raise Refused("an interaction needs at least one contact; say with whom")
    if values["day"] > unit.today:
        raise InvalidValue("day", values["day"], "lies in the future; log it once it has happened")
    if not values.get("answered", True) and (values["direction"], values["channel"]) not in _ATTEMPTS:
        raise Refused("only a call or a meeting that you tried can be without an answer; log anything else as answered")
    if values.get("topic") in ("out", "in", "unanswered"):
        raise InvalidValue("topic", values["topic"], "is the name of a direction; choose another word")
    interaction = unit.add(validated(Interaction, **values))
    for contact in dict.fromkeys(contact.number for contact in people):
        unit.add(interaction.link(contact))
    unit.summary = f"Logged {_in_words(interaction)} {', '.join(dict.fromkeys(contact.name for contact in people))}"
    return interaction


_ATTEMPTS = (("out", "call"), ("out", "meeting"))
"""The interactions that can fail to reach the contact."""


def _in_words(interaction: Interaction) -> str:
    """An interaction in words: “a call with”, “an e-mail from”."""
    what = _NAMED[interaction.channel]
    if not interaction.answered:
        return f"{what} without an answer to"
    if interaction.direction == "in":
        return f"{what} from"
    return f"{what} with" if interaction.channel in ("call", "meeting", "public") else f"{what} to"


_NAMED: dict[Channel, str] = {
    "call": "a call",
    "voicemail": "a voicemail",
    "email": "an e-mail",
    "letter": "a letter",
    "meeting": "a meeting",
    "message": "a message",
    "linkedin": "a LinkedIn message",
    "public": "a post",
}


def described(interaction: Interaction) -> str:
    """An interaction as a line of a timeline."""
    is_plain = interaction.channel in ("call", "meeting") and interaction.direction == "out"
    channel = interaction.channel if is_plain else f"{interaction.channel} {interaction.direction}"
    missed = "" if interaction.answered else ", no answer"
    return f"{channel}{missed}: {interaction.summary}" if interaction.summary else f"{channel}{missed}"
