"""The field's words: the closed vocabularies that columns, playbooks and commands share; and how they are counted."""

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
"""The kinds of address that are one person's alone; a phone may be a family's, a page a company's."""

SOURCES = {"linkedin": "LinkedIn", "google": "Google", "outlook": "Outlook", "vcard": "the card", "csv": "the file"}
"""How the sources of what is known of somebody's work are called in a sentence."""


def count(number: int, noun: str) -> str:
    """“1 day”, “2 days”."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


CHANNELS: tuple[str, ...] = get_args(Channel)

VOICE = frozenset({"call", "meeting"})
"""Channels on which somebody must be at work: these steps move to a business day."""

TIERS: tuple[str, ...] = get_args(Tier)

OFF = "off"
"""A cadence that is none."""

ROLES: tuple[str, ...] = get_args(Role)

MADE_THE_OFFER = ("recruiter", "hiring-manager")
"""The roles that speak for an offer, the first one first."""

AUDIENCES = {
    "primary": "who made the offer: its recruiter, else its hiring manager",
    "others": "everyone else you met on the offer (referrers are not met, they are thanked on their own)",
    "everyone": "all the people you met on the offer; for a job, on those declined in its season; else who it was with",
    "me": "nobody: the step is a note to yourself",
    **{role: f"the people on the offer whose role is {role}" for role in ROLES},
    "tag:NAME": "every contact that carries the tag",
}

STATES = {
    "linkedin.connected": "you are connected with them on LinkedIn",
    "contact.dormant": "they asked not to be contacted, or you let the contact rest",
}
"""Kinds of event that, once they hold, hold for good: no step counts from when."""

CONTACT = {
    f"{channel}.{way}": f"{channel}, {words}"
    for channel in CHANNELS
    for way, words in (
        ("out", "from you to them"),
        ("in", "from them to you"),
        ("unanswered", "tried by you, nobody reached"),
    )
    if way != "unanswered" or channel in VOICE
}
"""Kinds of event that are contact on a channel: these count from the day that a step counts from."""

SILENT = "contact.silent"
"""The kind of event that a cadence has come round."""

EVENTS = {
    "offer.received": "you received the offer",
    "offer.respond-by": "an undecided offer's last day to answer",
    "offer.declined": "you turned the offer down",
    "offer.told": "you told somebody who made the declined offer, on any channel",
    "offer.accepted": "you accepted the offer",
    "offer.signed": "its contract was signed",
    "offer.cleared": "its background checks were cleared",
    "offer.starts": "its first day of work, as agreed",
    "offer.started": "you started the job that it offered",
    "job.started": "you started the job",
    "job.settled": "you have settled in",
    "job.details": "your new contact details are stored",
    "contact.birthday": "it is their birthday",
    SILENT: "you have not been in touch for as long as `every` says",
    "affiliation.started": "they began at an organisation",
    "affiliation.ended": "they left an organisation",
    **STATES,
    **CONTACT,
}
"""Every kind of event, and when it happens. `message.TOPIC` comes on top, one for each topic."""

MILESTONES = frozenset(kind for kind in EVENTS if kind.startswith(("offer.", "job."))) - {"offer.told"}
"""Kinds of event that happen once to an offer or a job: for it they count from any day."""

TOPICS = {
    "thanked": "thanked them for their time",
    "confirmed": "confirmed the decline in writing",
    "details": "told them your new contact details",
    "suggested": "suggested somebody for the role",
    "birthday": "wished them a happy birthday",
    "congratulated": "congratulated them on their new job",
}
"""What a message can be for; a step may declare a topic of its own."""

FILLED_IN = {
    "name": "the contact's name",
    "first_name": "their first name",
    "company": "where they work",
    "organisation": "the offer's, or the job's, organisation",
    "role": "the role that was offered",
    "day": "the day of what set it in motion, such as 2026-12-01",
}
"""What `do` may mention in braces."""

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
"""What settles a step on a channel if its `unless` does not say otherwise."""


def is_personal(kind: str) -> bool:
    """Whether a kind of event happens with a person, and not to an offer or a job."""
    return kind in (STATES | CONTACT) or kind.startswith(("affiliation.", "contact.", "message."))


def kinds_with(topics: Iterable[str]) -> tuple[str, ...]:
    """Every kind of event that can be named, where messages may have these topics besides the known ones."""
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
    """A kind of event in words, such as “you accepted the offer”, and how often if more than once."""
    number, kind = counted(condition or "")
    if number > 1:
        return f"{happened(kind)}, {number} times"
    group, _, topic = kind.partition(".")
    if group == "message" and kind not in CONTACT:
        return f"you {TOPICS[topic]}" if topic in TOPICS else f"you logged a message about “{topic}”"
    return EVENTS.get(kind, f"“{kind}” has happened")


def instead(word: str, known: Iterable[str]) -> str:
    """The nearest known word, or all of them when none is near."""
    words = tuple(known)
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean “{near[0]}”?" if near else f"use one of: {', '.join(words)}"
