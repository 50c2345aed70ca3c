"""What the library calls a value, and what the person who typed it calls it.

The library refuses a “day” or an “organisation”; on the command line that was --on or
COMPANY, and which of them depends on the command. So a field is looked up among what this
command takes and was given: a value that nobody typed, such as the stored day that the
typed one clashes with, keeps the library's name.
"""

from datetime import date
from typing import Any

from netcrm.errors import InvalidValue

PARAMETERS = {
    "name": ("name", "people", "tag"),
    "value": ("email", "phone", "url", "linkedin", "people"),
    "email": ("email", "people"),
    "role": ("people", "role"),
    "with": ("people",),
    "organisation": ("company",),
    "day": ("on", "at"),
    "until": ("until", "words"),
    "received on": ("received",),
    "decided on": ("decided", "on"),
    "signed on": ("signed",),
    "cleared on": ("cleared",),
    "starts on": ("starts",),
    "started on": ("on",),
    "settled on": ("on",),
    "notes": ("note",),
    "dormant reason": ("dormant", "reason"),
}
"""The library's fields, and the parameters of commands that may have given them; the others have one of their name."""


def as_typed(error: InvalidValue, ctx: Any) -> InvalidValue:
    """The same refusal, naming the option or the argument that gave the value, if one did."""
    params = {param.name: param for param in ctx.command.params}
    for name in PARAMETERS.get(error.field, (error.field.replace(" ", "_"),)):
        if name in params and _gave(ctx.params.get(name), error.value):
            return InvalidValue(_called(params[name]), error.value, error.why)
    return error


def _gave(given: object, value: object) -> bool:
    """Whether a value came from what a parameter was given: the same text, a part of it, a day said otherwise."""
    texts = [given] if isinstance(given, str) else given if isinstance(given, tuple) else ()
    if isinstance(value, date):
        return any(_may_mean(text, value) for text in texts)
    wanted = str(value).strip()
    return any(wanted in text if wanted else not text.strip() for text in texts)


def _may_mean(text: str, day: date) -> bool:
    try:
        return date.fromisoformat(text) == day
    except ValueError:  # “today”, “-3d”, a moment: what it means was worked out elsewhere
        return True


def _called(param: Any) -> str:
    """An option by its first name, an argument by the last word of its placeholder."""
    return str(param.opts[0] if param.param_type_name == "option" else param.metavar.split()[-1])
