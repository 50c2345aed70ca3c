"""Follow-ups in words: what to do, for whom, by when and how.

The caller passes today, because nothing here asks the clock. `when` always adds the ISO date
to words such as “tomorrow”, so that a reader need not count days.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from netcrm.cli.terminal import StyledLine, StyledText, block, heading, line
from netcrm.domain.vocabulary import Status, count, happened
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.history import ContactView

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

HEADINGS: dict[Status, tuple[str, str]] = {
    "overdue": ("Overdue", "bold red"),
    "due": ("Now", "bold yellow"),
    "upcoming": ("Later", "bold"),
    "snoozed": ("Snoozed", "bold"),
    "waiting": ("Waiting", "bold"),
    "held": ("Held", "bold"),
}

REACHED_BY = {
    "call": ("phone",),
    "voicemail": ("phone",),
    "meeting": ("phone", "email"),
    "email": ("email",),
    "letter": ("email",),
    "message": ("phone", "linkedin", "email"),
    "linkedin": ("linkedin",),
}
"""The kinds of address that a channel needs, the best first; the first known one is shown."""

SPOKEN = {
    "call": "call",
    "voicemail": "voicemail",
    "meeting": "meet",
    "email": "e-mail",
    "letter": "write",
    "message": "message",
    "linkedin": "LinkedIn",
    "public": "post",
}

SHORT = {"offer.told": "once you have told them no", "2 call.unanswered": "if they don't answer two calls"}
"""Short words for what steps most often wait for; `why` says it in full."""

MISSING = {"phone": ("phone number", "--phone NUMBER"), "email": ("e-mail", "--email ADDRESS")}


# --------------------------------------------------------------------------- by when


def when(follow_up: FollowUp, today: date) -> str:
    """The due day, in words and as a date."""
    if follow_up.status == "snoozed" and follow_up.snoozed_until:
        return f"snoozed until {_ahead(follow_up.snoozed_until, today)}"
    if follow_up.due is None:
        return SHORT.get(follow_up.waiting_for or "", f"once {happened(follow_up.waiting_for)}")
    if follow_up.due > today:
        return _ahead(follow_up.due, today)
    return _since(follow_up, follow_up.due, today) + _latest(follow_up, today)


OCCASION = {"email": "e-mail", "linkedin": "message", "public": "post"}


def _together(follow_up: FollowUp) -> str:
    """The other follow-up that one call or letter can settle too."""
    channel = follow_up.channel or ""
    return f"in one {OCCASION.get(channel, channel)} with {follow_up.together_with}" if follow_up.together_with else ""


def _moved(follow_up: FollowUp) -> str:
    """The first due day, if the follow-up moved because that day was full or the contact was not yet known."""
    day = follow_up.moved_from
    return f"moved from {DAYS[day.weekday()]} {day}" if day else ""


def _since(follow_up: FollowUp, due: date, today: date) -> str:
    if due == today:
        return f"today ({due})"
    name = f"{DAYS[due.weekday()]} " if (today - due).days < len(DAYS) else ""
    late = (today - follow_up.overdue_after).days if follow_up.overdue_after else 0
    return f"since {name}{due}" + (f", {count(late, 'day')} late" if late > 0 else "")


def _latest(follow_up: FollowUp, today: date) -> str:
    last_day = follow_up.overdue_after
    if last_day is None or last_day < today or last_day == follow_up.due:
        return ""
    return f", at the latest {'today' if last_day == today else _ahead(last_day, today)}"


def _ahead(day: date, today: date) -> str:
    days = (day - today).days
    if days == 1:
        return f"tomorrow ({day})"
    return f"{DAYS[day.weekday()]} ({day})" if days < len(DAYS) else f"{day}, in {count(days, 'day')}"


# --------------------------------------------------------------------------- for whom and how


def whom(follow_up: FollowUp) -> str:
    """The contact and their company, and the offer if it is from another company."""
    contact = follow_up.contact
    organisation = (follow_up.about and follow_up.about.organisation) or ""
    if contact is None:
        return organisation
    name = f"{contact.name}, {contact.company}" if contact.company else contact.name
    elsewhere = follow_up.offer and organisation and organisation != contact.company
    return f"{name} (the {organisation} offer)" if elsewhere else name


def how(follow_up: FollowUp) -> str:
    """The phone number, address or link to use; if none is known, the command that stores it."""
    contact, channel = follow_up.contact, follow_up.channel
    if contact is None or channel is None:
        return ""
    verb = SPOKEN.get(channel, channel)
    kinds = REACHED_BY.get(channel, ())
    address = next((value for kind in kinds if (value := _address(contact, kind))), None)
    if address or not kinds:
        return f"{verb} {address}{_best_hours(follow_up)}" if address else _best_hours(follow_up).removeprefix(", ")
    noun, option = MISSING.get(kinds[0], ("LinkedIn address", "--linkedin URL"))
    return f"{verb} (no {noun} yet: netcrm edit {contact.id} {option})"


def _best_hours(follow_up: FollowUp) -> str:
    """The best hours to call, in the user's time zone and in the contact's."""
    hours = follow_up.hours
    if hours is None:
        return ""
    if hours.theirs is None or hours.start is None or hours.end is None:
        return f", no working hour in {hours.zone} suits: agree on a time by e-mail"
    theirs = "–".join(f"{at:%H:%M}" for at in hours.theirs)
    return f", best {hours.start:%H:%M}–{hours.end:%H:%M} ({theirs} in {hours.zone})"


def _address(contact: ContactView, kind: str) -> str | None:
    return {"phone": contact.phone, "email": contact.email, "linkedin": contact.linkedin}[kind]


# --------------------------------------------------------------------------- on the screen


def print_follow_ups(follow_ups: Iterable[FollowUp], today: date) -> None:
    """Print the follow-ups in the given order, with a heading for each status."""
    items = list(follow_ups)
    width = max((len(item.id) for item in items), default=0)
    status = None
    for item in items:
        if item.status != status:
            if status:
                line()
            status = item.status
            heading(*HEADINGS[status])
        block((item.id, "bold cyan"), list(_lines(item, today)), width=width)


def _lines(follow_up: FollowUp, today: date) -> Iterator[StyledLine]:
    yield [(follow_up.text, "bold" if follow_up.status in ("overdue", "due") else "")]
    details: list[StyledText] = [(whom(follow_up), "")]
    details.append((when(follow_up, today), "red" if follow_up.status == "overdue" else ""))
    details.append((_moved(follow_up), "dim"))
    details.append((_together(follow_up), "green"))
    details.append((how(follow_up), ""))
    yield _dotted(details)
    if follow_up.held_by:
        yield [f"don't announce yet: {'; '.join(follow_up.held_by)}"]
    if follow_up.missing:
        yield [(f"{follow_up.missing}{_remedy(follow_up)}", "yellow")]


def _dotted(parts: Iterable[StyledText]) -> StyledLine:
    """The parts that are not empty, with a dot between them."""
    filled = [part for part in parts if part[0]]
    return [piece for number, part in enumerate(filled) for piece in ((" · ", "dim"), part)[0 if number else 1 :]]


def _remedy(follow_up: FollowUp) -> str:
    offer = follow_up.offer
    return f'; to add them: netcrm offer with {offer.id} "NAME <EMAIL>:recruiter"' if offer else ""
