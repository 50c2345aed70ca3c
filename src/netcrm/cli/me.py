"""What `init` asks for on a terminal, and what the system knows already.

A time zone that is wrong by a few hours makes “today” wrong every evening, so it is taken
from the system where nobody says otherwise, in a pipe too; nothing else is guessed.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from netcrm.cli.show import is_terminal
from netcrm.crm import Crm
from netcrm.errors import InvalidValue

NOWHERE = "UTC"


def completed(crm: Crm, given: dict[str, str | None]) -> dict[str, str | None]:
    """What was given, and, asked for on a terminal, what neither that nor the profile knows.

    Where nobody can be asked, a profile that is stored stays as it is, a zone of UTC too.
    """
    known = crm.profile() if crm.exists else None
    zone = None if known and known.timezone != NOWHERE else system_zone()
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        stored = known is not None and known.id is not None
        return given if stored else {**given, "timezone": given["timezone"] or zone}
    questions = {
        "name": None if known and known.name else "Your name",
        "email": None if known and known.email else "Your e-mail (leave empty for none)",
        "timezone": zone and "Your time zone",
    }
    answers = dict(given)
    for field, question in questions.items():
        if question and given[field] is None:
            default = zone if field == "timezone" else ""
            answers[field] = _asked(field, question, default or "")
    return answers


def _asked(field: str, question: str, default: str) -> str | None:
    """The answer to a question, asked again until it can be one."""
    from netcrm.services.profile import check

    def fit(answer: str) -> str:
        try:
            check({field: answer})
        except InvalidValue as error:
            raise typer.BadParameter(f"“{answer}” {error.why}") from None
        return answer

    shown = bool(default)
    answer: str = typer.prompt(question, default=default, show_default=shown, value_proc=fit, err=True)
    return answer or None


def system_zone() -> str:
    """The IANA name of the time zone that the system is set to; UTC where it does not say."""
    return next((name for name in _candidates() if _is_zone(name)), NOWHERE)


def _candidates() -> Iterator[str]:
    yield os.environ.get("TZ", "").removeprefix(":")
    try:
        _, found, name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
        if found:
            yield name
        yield Path("/etc/timezone").read_text(encoding="utf-8").strip()
    except OSError:
        return


def _is_zone(name: str) -> bool:
    try:
        return bool(name and ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
