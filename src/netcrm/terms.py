"""The field's words: the closed vocabularies that columns, playbooks and commands share; and how they are counted."""

from typing import Literal

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
