"""Every error of netcrm: a sentence that ends with what to do next.

There are three families, for the three things that can be wrong. Each has an exit code on
the command line: the request (`RequestError`, 2), the file that was handed in (`InputError`,
3), the database (`StoreError`, 4). A bad row in an otherwise good file is a `Problem` and no
error: it is returned, so that the good rows are imported.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file, and where.

    `line` counts from 1. With `lost`, netcrm left out the record in which the problem is.
    """

    file: str
    line: int
    message: str
    lost: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class NetcrmError(Exception):
    """The base class of every error that netcrm raises on purpose."""


class Overridable(NetcrmError):
    """A refusal that a keyword argument overrides; the message names it after `words`, and before `details`.

    A Python caller reads `keyword=True`. The command line names its option, or nothing if it has none.
    """

    def __init__(self, message: str, words: str, keyword: str, details: str = "") -> None:
        self.keyword, self._parts = keyword, (message, words, details)
        # An error with another base class has an initialiser with other arguments, which must not run.
        NetcrmError.__init__(self, self.worded(f"{keyword}=True"))

    def worded(self, override: str | None) -> str:
        """The message with this name for the override; with None, without the words about it."""
        message, words, details = self._parts
        return f"{message}{f'{words} {override}' if override else ''}{details}"


# --------------------------------------------------------------------------- the request


class RequestError(NetcrmError):
    """The request can't be met as it was made. Nothing was changed."""


class InvalidValue(RequestError):
    """A field can't hold this value."""

    def __init__(self, field: str, value: object, why: str) -> None:
        self.field, self.value, self.why = field, value, why
        super().__init__(f"{field}: {_quoted(value)} {why}")


class NoSuch(RequestError):
    """Nothing has this name or id."""

    def __init__(self, what: str, name: str, hint: str) -> None:
        self.what, self.name = what, name
        super().__init__(f"there is no {what} {_quoted(name)}; {hint}")


class Ambiguous(RequestError):
    """A name matches more than one record; the message lists the candidates with their ids."""

    def __init__(self, what: str, name: str, candidates: Sequence[str]) -> None:
        self.what, self.name, self.candidates = what, name, tuple(candidates)
        shown = "\n".join(f"  {line}" for line in self.candidates[:10])
        more = len(self.candidates) - 10
        rest = f"\n  … and {more} more" if more > 0 else ""
        super().__init__(
            f"{_quoted(name)} matches {len(self.candidates)} {what}s; say which one by its id:\n{shown}{rest}"
        )


class AlreadyAnswered(RequestError):
    """The follow-up is already done or skipped."""

    def __init__(self, follow_up: str, verdict: str, day: str, text: str) -> None:
        super().__init__(
            f"{follow_up} was {verdict} on {day} ({text}); to answer it again, run `netcrm reopen {follow_up}` first"
        )


class AlreadyDecided(RequestError):
    """The offer is already declined or accepted."""

    def __init__(self, organisation: str, decision: str, day: str, offer: int | None) -> None:
        super().__init__(
            f"the {organisation} offer was {decision} on {day}; if that was a mistake, reopen the offer: "
            f"netcrm offer reopen {offer}"
        )


class NotLocked(Overridable, RequestError):
    """The accepted job can still fall through, so another offer should not be declined yet."""

    def __init__(self, accepted: str, offer: int | None, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"you accepted {accepted}, but it is not secured yet: {', '.join(missing)}. If it fell through now, you "
            f"would have neither job. Record the milestones with `netcrm accept {offer}`",
            ", or decline anyway with",
            "anyway",
        )


class TwoReasons(Overridable, RequestError):
    """One person would hear two different reasons within a year."""

    def __init__(self, who: str, heard: str, earlier: str, given: str, offer: str) -> None:
        super().__init__(
            f"{who} heard “{heard}” when you declined {earlier}, and would hear “{given}” for {offer}. "
            f"Give the same reason, “{heard}”, because people compare notes",
            ", or go ahead with",
            "anyway",
        )


class AlreadyAccepted(RequestError):
    """Another offer is already accepted."""

    def __init__(self, accepted: str, day: str, offer: int | None) -> None:
        super().__init__(
            f"you already accepted {accepted} on {day}; if you changed your mind, reopen that offer first: "
            f"netcrm offer reopen {offer}"
        )


class NothingToUndo(RequestError):
    """The journal holds no operation that could be undone."""

    def __init__(self) -> None:
        super().__init__("nothing to undo")


class TakenBack(RequestError):
    """The operation is already undone."""

    def __init__(self, summary: str, number: int | None) -> None:
        super().__init__(
            f"operation {number} ({summary}) is already undone; `netcrm undo --list` shows what you can undo"
        )


class CannotTakeBack(RequestError):
    """The operation erased a contact, which is final."""

    def __init__(self, summary: str, number: int) -> None:
        super().__init__(
            f"operation {number} ({summary}) can't be undone: the data is erased. To undo an earlier operation, give "
            "its number: `netcrm undo --list` shows the numbers"
        )


class StandsOnIt(Overridable, RequestError):
    """Later operations build on this one; `later` has their numbers and summaries, in the order to undo them."""

    def __init__(self, summary: str, number: int, later: Sequence[tuple[int, str]]) -> None:
        self.later = tuple(later)
        shown = "\n".join(f"  {operation}  {what}" for operation, what in self.later[:10])
        more = f"\n  … and {len(self.later) - 10} more" if len(self.later) > 10 else ""
        builds = "1 later operation builds" if len(self.later) == 1 else f"{len(self.later)} later operations build"
        super().__init__(
            f"operation {number} ({summary}) can't be undone alone: {builds} on it. Undo these first, from the top",
            ", or all of them at once with",
            "with_later",
            f":\n{shown}{more}",
        )


class Refused(RequestError):
    """Any other request that can't be met; the caller writes the message."""


# --------------------------------------------------------------------------- the data


class InputError(NetcrmError):
    """A file can't be used at all. Nothing was changed."""


class UnreadableFile(InputError):
    """The path is not a regular file, or the file can't be read, or its text can't be decoded."""

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"can't read {path}: {why}")


class WrongFormat(InputError):
    """The file is not in the expected format."""

    def __init__(self, path: object, expected: str, why: str) -> None:
        super().__init__(f"{path} is not {expected}: {why}")


class BadPlaybook(InputError):
    """A playbook file has errors; the message lists each with its line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class CannotWrite(InputError):
    """An output file could not be written."""

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"can't write {path}: {why}")


class AlreadyExists(Overridable, CannotWrite):
    """The output file exists already, and the caller did not ask to replace it."""

    def __init__(self, path: object) -> None:
        message = f"can't write {path}: it exists already; name another file"
        super().__init__(message, ", or replace it with", "overwrite")


class BadBackup(InputError):
    """The backup can't be trusted. Nothing was changed."""

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"can't use the backup {path}: {why}; nothing was changed")


class MissingExtra(NetcrmError):
    """This part of netcrm needs a package that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs a package that is not installed; run: pip install 'netcrm[{extra}]'")


# --------------------------------------------------------------------------- the database


class StoreError(NetcrmError):
    """The database can't be used. It was not changed."""


class NotOurs(StoreError):
    """The file or the server holds data of another program."""

    def __init__(self, where: str, why: str) -> None:
        self.why = why
        super().__init__(
            f"{where} is not a netcrm database ({why}); nothing was changed. Name another file with --db or NETCRM_DB"
        )


class NewerSchema(StoreError):
    """A newer netcrm wrote the database."""

    def __init__(self, where: str, found: object, known: object) -> None:
        self.found = found
        super().__init__(
            f"{where} was written by a newer netcrm (schema {found}, this program knows {known}); "
            "nothing was changed. Upgrade netcrm and try again"
        )


class Locked(StoreError):
    """Another program kept the database locked for longer than the timeout."""

    def __init__(self, where: str, seconds: float) -> None:
        super().__init__(
            f"{where} is in use by another program and stayed locked for {seconds:g} s; nothing was changed. "
            "Try again when it is done"
        )


class CannotUse(StoreError):
    """The file or the server can't be used: no permission, no space, damage, no connection."""

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
