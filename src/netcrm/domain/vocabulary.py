"""The closed vocabularies of columns, playbooks and commands, with a text for each word.

A stored event also needs a branch in the `history` view (a migration).
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal, NamedTuple, get_args

Tier = Literal["A", "B", "C"]
Role = Literal["recruiter", "hiring-manager", "interviewer", "referrer", "other"]
Channel = Literal["call", "voicemail", "email", "letter", "meeting", "message", "linkedin", "public"]
Direction = Literal["out", "in"]
MethodKind = Literal["email", "phone", "url", "linkedin", "address", "im"]
OfferDecision = Literal["declined", "accepted"]
Reason = Literal["terms", "career-path", "fit", "location", "timing", "other"]
Verdict = Literal["done", "snoozed", "skipped"]
Status = Literal["overdue", "due", "upcoming", "snoozed", "waiting", "held"]

OWNED = ("email", "linkedin")
"""The kinds of address that belong to one person; a family may use one phone, a company one page."""

SOURCES = {"linkedin": "LinkedIn", "google": "Google", "outlook": "Outlook", "vcard": "the card", "csv": "the file"}
"""The names of the sources of an affiliation, as used in a sentence."""


def count(number: int, noun: str) -> str:
    """“1 day”, “2 days”."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


CHANNELS: tuple[str, ...] = get_args(Channel)

VOICE = frozenset({"call", "meeting"})
"""Channels that need a person at work: their steps move to a business day."""

TIERS: tuple[str, ...] = get_args(Tier)

OFF = "off"
"""The word for no cadence."""

ROLES: tuple[str, ...] = get_args(Role)

MADE_THE_OFFER = ("recruiter", "hiring-manager")
"""The roles that make an offer, in order of precedence."""

AUDIENCES = {
    "primary": "the person who made the offer: its recruiter, else its hiring manager",
    "others": "everyone else you met on the offer (without referrers, who have steps of their own)",
    "everyone": "all people you met on the offer; for a job, on the offers declined in its season; "
    "for an event with a person, that person",
    "me": "only you: the step is a reminder for yourself",
    **{role: f"the people on the offer with the role {role}" for role in ROLES},
    "tag:NAME": "every contact with the tag",
}

STATES = {
    "linkedin.connected": "you are connected with them on LinkedIn",
    "contact.dormant": "they asked not to be contacted, or you let the contact rest",
}
"""Kinds of event that stay true once they have happened: they count from any day."""

CONTACT = {
    f"{channel}.{way}": f"{channel}, {words}"
    for channel in CHANNELS
    for way, words in (
        ("out", "from you to them"),
        ("in", "from them to you"),
        ("unanswered", "tried by you, not answered"),
    )
    if way != "unanswered" or channel in VOICE
}
"""Kinds of event that are contact on a channel: they count from the day that a step counts from."""

SILENT = "contact.silent"
"""The kind of event that a cadence comes round."""

EVENTS = {
    "offer.received": "you received the offer",
    "offer.respond-by": "the last day to answer an undecided offer comes",
    "offer.declined": "you turned the offer down",
    "offer.told": "you told the person who made the offer that you declined, on any channel",
    "offer.accepted": "you accepted the offer",
    "offer.signed": "the contract of the offer was signed",
    "offer.cleared": "the background checks for the offer were cleared",
    "offer.starts": "your agreed first day of work comes",
    "offer.started": "you started the job of the offer",
    "job.started": "you started the job",
    "job.settled": "you have settled in",
    "job.details": "your new contact details are stored",
    "contact.birthday": "it is their birthday",
    SILENT: "you have not been in touch for as long as the cadence (`every`) says",
    "affiliation.started": "they began at an organisation",
    "affiliation.ended": "they left an organisation",
    **STATES,
    **CONTACT,
}
"""Every kind of event, and its meaning. There is also `message.TOPIC`, one for each topic."""

MILESTONES = frozenset(kind for kind in EVENTS if kind.startswith(("offer.", "job."))) - {"offer.told"}
"""Kinds of event that happen once to an offer or job: for that offer or job they count from any day."""

TOPICS = {
    "thanked": "thanked them for their time",
    "confirmed": "confirmed the decline in writing",
    "details": "told them your new contact details",
    "suggested": "suggested another person for the role",
    "birthday": "wished them a happy birthday",
    "congratulated": "congratulated them on their new job",
}
"""The known topics of a message; a step may add a topic."""

FILLED_IN = {
    "name": "the contact's name",
    "first_name": "their first name",
    "company": "the company they work for",
    "organisation": "the organisation of the offer or job",
    "role": "the role of the offer",
    "day": "the day of the cause, such as 2026-12-01",
}
"""The names that `do` may have in braces."""

COUNTS_AS = {
    "call": ("call.out", "call.in", "meeting.out", "meeting.in"),
    "meeting": ("meeting.out", "meeting.in"),
    "voicemail": ("voicemail.out", "call.out", "call.in", "meeting.out", "meeting.in"),
    "email": ("email.out", "letter.out"),
    "letter": ("letter.out", "email.out"),
    "message": ("message.out", "linkedin.out", "email.out", "call.out", "call.in", "meeting.out", "meeting.in"),
    "linkedin": ("linkedin.out", "linkedin.connected"),
    "public": ("public.out",),
}
"""The kinds of event that settle a step on a channel if it has no `unless`."""


def is_personal(kind: str) -> bool:
    """Whether a kind of event happens with a person, and not to an offer or job."""
    return kind in (STATES | CONTACT) or kind.startswith(("affiliation.", "contact.", "message."))


def kinds_with(topics: Iterable[str]) -> tuple[str, ...]:
    """Every kind of event that a playbook can name, given the topics it adds."""
    return (*EVENTS, *(f"message.{topic}" for topic in sorted(TOPICS.keys() | set(topics))))


MOST_COUNTED = 99


class Condition(NamedTuple):
    """A kind of event and a number: with 2, the condition is met by the second event of the kind."""

    number: int
    kind: str


def counted(condition: str) -> Condition:
    """The kind of event that a condition names, and its number.

    >>> counted("2 call.unanswered")
    Condition(number=2, kind='call.unanswered')
    >>> counted("offer.told")
    Condition(number=1, kind='offer.told')
    """
    number, _, kind = condition.partition(" ")
    is_numbered = kind and number.isascii() and number.isdecimal() and 1 <= int(number[:3]) <= MOST_COUNTED
    return Condition(int(number), kind) if is_numbered else Condition(1, condition)


def happened(condition: str | None) -> str:
    """A condition in words, such as “you accepted the offer”, with its number if that is above 1."""
    number, kind = counted(condition or "")
    if number > 1:
        return f"{happened(kind)}, {number} times"
    group, _, topic = kind.partition(".")
    if group == "message" and kind not in CONTACT:
        return f"you {TOPICS[topic]}" if topic in TOPICS else f"you logged a message about “{topic}”"
    return EVENTS.get(kind, f"“{kind}” has happened")


def instead(word: str, known: Iterable[str]) -> str:
    """A hint at the nearest known word, or at all of them if none is near."""
    words = tuple(known)
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean “{near[0]}”?" if near else f"use one of: {', '.join(words)}"
