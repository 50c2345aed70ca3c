"""Everything netcrm refuses, as a sentence that ends with what to do next.

Three families, one for each thing that can be wrong, and one exit code each on
the command line: the request (`RequestError`, 2), the data or file that was
handed in (`InputError`, 3), the database (`StoreError`, 4). Bad rows inside an
otherwise good file are not errors but `Problem`s: they are returned, so that the
good rows can land.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where, and in words what.

    `line` counts from 1; `lost` says that what stands there was left out.
    """

    file: str
    line: int
    message: str
    lost: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Override:
    """How to insist: the words that lead there, and the keyword argument to set.

    The command line names its own option instead, or leaves the words out where the command has none.
    """

    words: str
    keyword: str


class NetcrmError(Exception):
    """The one base: catch it to catch every refusal of the library."""

    def __init__(self, message: str, override: Override | None = None, details: str = "") -> None:
        self.override, self._message, self._details = override, message, details
        super().__init__(self.worded(f"{override.keyword}=True" if override else None))

    def worded(self, insistence: str | None) -> str:
        """The message with this name for what overrides the refusal; without a name, it says nothing of that."""
        words = f"{self.override.words} {insistence}" if self.override and insistence else ""
        return f"{self._message}{words}{self._details}"


# --------------------------------------------------------------------------- the request


class RequestError(NetcrmError):
    """What was asked for can't be done as asked; nothing was changed."""


class InvalidValue(RequestError):
    """A value that a field can't hold."""

    def __init__(self, field: str, value: object, why: str) -> None:
        self.field, self.value, self.why = field, value, why
        super().__init__(f"{field}: {_quoted(value)} {why}")


class NoSuch(RequestError):
    """Nothing answers to that name or id."""

    def __init__(self, what: str, name: str, hint: str) -> None:
        self.what, self.name = what, name
        super().__init__(f"there is no {what} {_quoted(name)}; {hint}")


class Ambiguous(RequestError):
    """A name that fits several; the candidates are listed, an id for each."""

    def __init__(self, what: str, name: str, candidates: Sequence[str]) -> None:
        self.what, self.name, self.candidates = what, name, tuple(candidates)
        shown = "\n".join(f"  {line}" for line in self.candidates[:10])
        more = len(self.candidates) - 10
        rest = f"\n  … and {more} more" if more > 0 else ""
        super().__init__(f"{_quoted(name)} fits {len(self.candidates)} {what}s; say which, by its id:\n{shown}{rest}")


class AlreadyAnswered(RequestError):
    """A follow-up that was done or skipped before."""

    def __init__(self, follow_up: str, verdict: str, day: str, text: str) -> None:
        super().__init__(
            f"{follow_up} was {verdict} on {day} ({text}); to answer it anew, run `netcrm reopen {follow_up}` first"
        )


class AlreadyDecided(RequestError):
    """An offer that was declined or accepted before."""

    def __init__(self, organisation: str, decision: str, day: str, offer: int | None) -> None:
        super().__init__(
            f"the {organisation} offer was {decision} on {day}; if that was a mistake, `netcrm offer reopen {offer}` "
            "takes the decision back"
        )


class NotLocked(RequestError):
    """An offer is to be turned down while the accepted one can still fall through."""

    def __init__(self, accepted: str, offer: int | None, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"{accepted} is accepted, but not safe yet: {', '.join(missing)}. If it fell through now, you would have "
            f"neither. Record what has come with `netcrm accept {offer}`",
            Override(", or decline with", "anyway"),
        )


class TwoReasons(RequestError):
    """Somebody would be told two different reasons within a year."""

    def __init__(self, who: str, heard: str, earlier: str, given: str, offer: str) -> None:
        super().__init__(
            f"{who} heard “{heard}” when you declined {earlier}, and would hear “{given}” for {offer}. "
            f"People compare: give the same reason, “{heard}”",
            Override(", or insist with", "anyway"),
        )


class AlreadyAccepted(RequestError):
    """A second yes while the first one stands."""

    def __init__(self, accepted: str, day: str, offer: int | None) -> None:
        super().__init__(
            f"you accepted {accepted} on {day}, and nobody keeps two promises; if you changed your mind, take that one "
            f"back first: netcrm offer reopen {offer}"
        )


class NothingToUndo(RequestError):
    """The journal holds no operation that has not been taken back."""

    def __init__(self) -> None:
        super().__init__("nothing to undo: no change is recorded that has not been taken back already")


class TakenBack(RequestError):
    """An operation that was taken back before."""

    def __init__(self, summary: str, number: int | None) -> None:
        super().__init__(
            f"operation {number} ({summary}) was taken back already; `netcrm undo --list` shows what stands"
        )


class CannotTakeBack(RequestError):
    """Somebody was forgotten, and that is for good."""

    def __init__(self, summary: str, number: int) -> None:
        super().__init__(
            f"operation {number} ({summary}) can't be taken back: nothing is left of it. To take back what you did "
            "before, name it: `netcrm undo --list` shows the numbers"
        )


class StandsOnIt(RequestError):
    """An operation that later ones build on; `later` are their numbers and sentences, in the order to go."""

    def __init__(self, summary: str, number: int, later: Sequence[tuple[int, str]]) -> None:
        self.later = tuple(later)
        shown = "\n".join(f"  {operation}  {what}" for operation, what in self.later[:10])
        more = f"\n  … and {len(self.later) - 10} more" if len(self.later) > 10 else ""
        builds = "1 later one builds" if len(self.later) == 1 else f"{len(self.later)} later ones build"
        super().__init__(
            f"operation {number} ({summary}) can't be taken back alone, {builds} on it. Take these back first, from "
            "the top",
            Override(", or all at once with", "with_later"),
            f":\n{shown}{more}",
        )


class Refused(RequestError):
    """Any other request that makes no sense; the caller writes the sentence."""


# --------------------------------------------------------------------------- the data


class InputError(NetcrmError):
    """A file that can't be used at all; nothing was changed."""


class UnreadableFile(InputError):
    """A path that is no readable regular file, or not the text it should be."""

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"can't read {path}: {why}")


class WrongFormat(InputError):
    """A file that is not of the format it was taken for."""

    def __init__(self, path: object, expected: str, why: str) -> None:
        super().__init__(f"{path} is not {expected}: {why}")


class BadPlaybook(InputError):
    """A playbook file with errors; every one is listed with its line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class CannotWrite(InputError):
    """An output file that could not be written."""

    def __init__(self, path: object, why: str, override: Override | None = None) -> None:
        super().__init__(f"can't write {path}: {why}", override)


class AlreadyExists(CannotWrite):
    """An output file that exists, and may only be replaced when the caller says so."""

    def __init__(self, path: object) -> None:
        super().__init__(path, "it exists already; name another file", Override(", or replace it with", "overwrite"))


class BadBackup(InputError):
    """A backup that can't be trusted; nothing was changed."""

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"can't use the backup {path}: {why}; nothing was changed")


class MissingExtra(NetcrmError):
    """A part of netcrm that needs a package which is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs a package that is not installed; run: pip install 'netcrm[{extra}]'")


# --------------------------------------------------------------------------- the database


class StoreError(NetcrmError):
    """The database can't be used; it is as it was."""


class NotOurs(StoreError):
    """A file or server database that holds something else."""

    def __init__(self, where: str, why: str) -> None:
        self.why = why
        super().__init__(
            f"{where} is not a netcrm database ({why}); nothing was changed. Name another file with --db or NETCRM_DB"
        )


class NewerSchema(StoreError):
    """A database written by a later netcrm than this one."""

    def __init__(self, where: str, found: object, known: object) -> None:
        self.found = found
        super().__init__(
            f"{where} was written by a newer netcrm (schema {found}, this program knows {known}); "
            "nothing was changed. Upgrade netcrm and try again"
        )


class Locked(StoreError):
    """Another program held the database for longer than we were told to wait."""

    def __init__(self, where: str, seconds: float) -> None:
        super().__init__(
            f"{where} is in use by another program and stayed locked for {seconds:g} s; nothing was changed. "
            "Try again when it is done"
        )


class CannotUse(StoreError):
    """The file or server refuses: permissions, space, damage, no connection."""

    def __init__(self, where: str, why: str) -> None:
        self.why = why
        super().__init__(f"can't use the database {where}: {why}")


class OlderSchema(CannotUse):
    """A database written by an earlier netcrm than this one can migrate."""

    def __init__(self, where: str, found: int) -> None:
        super().__init__(
            where,
            f"it was written by an earlier version of netcrm (schema {found}); export it as JSON with that version "
            "(`netcrm export json -o FILE`), then import FILE into a new database (`netcrm import json FILE`)",
        )


def _quoted(value: object) -> str:
    text = str(value)
    return f"“{text[:80]}…”" if len(text) > 80 else f"“{text}”"
