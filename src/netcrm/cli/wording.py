"""Follow-ups in words: whom, what, by when and how, as a friend would say it.

Pure text from plain values: nothing here prints or asks for the day. `when` always keeps
the ISO date beside the friendly words, so that nobody has to count.
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
    "upcoming": ("Ahead", "bold"),
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
"""What of a person a channel needs; the first that is known is shown."""

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

SHORTLY = {"offer.told": "once you have told them no", "2 call.unanswered": "if two calls reach nobody"}
"""What steps most often wait for, said shortly; `why` says it in full."""

OPTION = {"phone": ("phone number", "--phone NUMBER"), "email": ("e-mail", "--email ADDRESS")}


# --------------------------------------------------------------------------- by when


def when(follow_up: FollowUp, today: date) -> str:
    """By when, in words and as a date."""
    if follow_up.status == "snoozed" and follow_up.snoozed_until:
        return f"snoozed until {_ahead(follow_up.snoozed_until, today)}"
    if follow_up.due is None:
        return SHORTLY.get(follow_up.waiting_for or "", f"once {happened(follow_up.waiting_for)}")
    if follow_up.due > today:
        return _ahead(follow_up.due, today)
    return _since(follow_up, follow_up.due, today) + _latest(follow_up, today)


OCCASION = {"email": "e-mail", "linkedin": "message", "public": "post"}


def _together(follow_up: FollowUp) -> str:
    """Which call, or which letter, can say it too."""
    channel = follow_up.channel or ""
    return f"in one {OCCASION.get(channel, channel)} with {follow_up.together_with}" if follow_up.together_with else ""


def _moved(follow_up: FollowUp) -> str:
    """The day that was full, or on which nobody was known yet."""
    day = follow_up.moved_from
    return f"moved from {DAYS[day.weekday()]} {day}" if day else ""


def _since(follow_up: FollowUp, due: date, today: date) -> str:
    if due == today:
        return f"today ({due})"
    name = f"{DAYS[due.weekday()]} " if (today - due).days < len(DAYS) else ""
    late = (today - follow_up.overdue_after).days if follow_up.overdue_after else 0
    return f"since {name}{due}" + (f", {count(late, 'day')} late" if late > 0 else "")


def _latest(follow_up: FollowUp, today: date) -> str:
    last = follow_up.overdue_after
    if last is None or last < today or last == follow_up.due:
        return ""
    return f", at the latest {'today' if last == today else _ahead(last, today)}"


def _ahead(day: date, today: date) -> str:
    days = (day - today).days
    if days == 1:
        return f"tomorrow ({day})"
    return f"{DAYS[day.weekday()]} ({day})" if days < len(DAYS) else f"{day}, in {count(days, 'day')}"


# --------------------------------------------------------------------------- whom and how


def whom(follow_up: FollowUp) -> str:
    """The person, where they work, and which offer it is about if that is elsewhere."""
    person = follow_up.contact
    organisation = (follow_up.about and follow_up.about.organisation) or ""
    if person is None:
        return organisation
    name = f"{person.name}, {person.company}" if person.company else person.name
    elsewhere = follow_up.offer and organisation and organisation != person.company
    return f"{name} (the {organisation} offer)" if elsewhere else name


def how(follow_up: FollowUp) -> str:
    """The number, address or link to use; where it is unknown, the command that stores it."""
    person, channel = follow_up.contact, follow_up.channel
    if person is None or channel is None:
        return ""
    verb = SPOKEN.get(channel, channel)
    wanted = REACHED_BY.get(channel, ())
    found = next((value for kind in wanted if (value := _reach(person, kind))), None)
    if found or not wanted:
        return f"{verb} {found}{_best(follow_up)}" if found else _best(follow_up).removeprefix(", ")
    noun, option = OPTION.get(wanted[0], ("LinkedIn address", "--linkedin URL"))
    return f"{verb} (no {noun} yet: netcrm edit {person.id} {option})"


def _best(follow_up: FollowUp) -> str:
    """When to call, on my clock and on theirs."""
    hours = follow_up.hours
    if hours is None:
        return ""
    if hours.theirs is None or hours.start is None or hours.end is None:
        return f", no working hour in {hours.zone} suits: agree on a time by mail"
    theirs = "–".join(f"{at:%H:%M}" for at in hours.theirs)
    return f", best {hours.start:%H:%M}–{hours.end:%H:%M} ({theirs} in {hours.zone})"


def _reach(person: ContactView, kind: str) -> str | None:
    return {"phone": person.phone, "email": person.email, "linkedin": person.linkedin}[kind]


# --------------------------------------------------------------------------- on the screen


def print_follow_ups(follow_ups: Iterable[FollowUp], today: date) -> None:
    """The follow-ups in the order given, under a heading for each status."""
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
        yield [f"keep quiet yet: {'; '.join(follow_up.held_by)}"]
    if follow_up.missing:
        yield [(f"{follow_up.missing}{_mending(follow_up)}", "yellow")]


def _dotted(parts: Iterable[StyledText]) -> StyledLine:
    said = [part for part in parts if part[0]]
    return [piece for number, part in enumerate(said) for piece in ((" · ", "dim"), part)[0 if number else 1 :]]


def _mending(follow_up: FollowUp) -> str:
    offer = follow_up.offer
    return f'; add them: netcrm offer with {offer.id} "NAME <EMAIL>:recruiter"' if offer else ""
