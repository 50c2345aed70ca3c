"""The command line: parse, call one method of `Crm`, print.

Only `main` turns errors into a message on stderr and an exit code. 0: done. 1: the answer
to a question is no. 2: the request was wrong. 3: the data or a file was bad. 4: the database
could not be used. 70 (EX_SOFTWARE): a bug in netcrm. A traceback may contain names and
notes, so only --debug shows it.
"""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netcrm.cli.terminal import (
    cannot_print,
    escape_unencodable,
    on_terminal,
    replace_closed_stdout,
    say,
    silence_stdout,
)
from netcrm.errors import BadPlaybook, CannotUse, InputError, NetcrmError, StoreError

if TYPE_CHECKING:
    from netcrm.cli.app import Settings

USAGE, DATA, DATABASE, BUG, STOPPED, PIPE_CLOSED = 2, 3, 4, 70, 130, 141

COMPLETION = "_NETCRM_COMPLETE"
"""The environment variable that Typer's shell functions set to ask for completions."""


def main(argv: Sequence[str] | None = None, *, settings: "Settings | None" = None) -> int:
    """Run one command and return its exit code. A program that calls this may pass its own `settings`."""
    from netcrm.cli.app import Settings

    replace_closed_stdout()
    escape_unencodable()
    settings = settings or Settings()
    try:
        try:
            code = _run(list(sys.argv[1:] if argv is None else argv), settings)
        finally:
            _flush()  # the output before an error must stand before its message
    except KeyboardInterrupt:
        say("", "netcrm: stopped")
        return STOPPED
    except BrokenPipeError:
        silence_stdout()
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the one place that turns every error into a message
        if settings.debug:
            _show_traceback(error)
        return _explained(error, settings)
    return code


def _run(args: list[str], settings: "Settings") -> int:
    import typer

    from netcrm.cli.app import program

    command = program(rich=on_terminal())
    try:
        if COMPLETION in os.environ:
            command.main(args, prog_name="netcrm")
        with command.make_context("netcrm", args or ["--help"], obj=settings) as ctx:
            command.invoke(ctx)
    except typer.Exit as end:
        return end.exit_code
    except SystemExit as end:  # Typer's way to end completion, --install-completion and --show-completion
        return end.code if isinstance(end.code, int) else 0
    return 0


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        silence_stdout()
        raise cannot_print(error) from error


def _explained(error: Exception, settings: "Settings") -> int:
    """Print what went wrong and what to do, and return the exit code."""
    import typer

    match error:
        case BadPlaybook():
            say(*(f"netcrm: {problem}" for problem in error.problems))
            return DATA
        case NetcrmError():
            _complain(str(error))
            return DATABASE if isinstance(error, StoreError) else DATA if isinstance(error, InputError) else USAGE
        case typer.TyperException():
            _complain(error.format_message().rstrip("."), *_where_help_is(error))
            return USAGE
        case OSError(filename=None):  # not about a file: Typer or rich could not print help or a table
            silence_stdout()
            return _explained(cannot_print(error), settings)
        case typer.Abort():
            say("", "netcrm: stopped; nothing was changed")
            return STOPPED
    return _bug(error, settings)


def _complain(message: str, *more: str) -> None:
    first, *rest = message.split("\n")
    say(f"netcrm: {first}", *rest, *more)


def _where_help_is(error: Exception) -> list[str]:
    ctx = getattr(error, "ctx", None)
    return [f"See: {ctx.command_path} --help"] if ctx else []


def _bug(error: Exception, settings: "Settings") -> int:
    """Report an unexpected error as a bug in netcrm, unless a damaged database explains it."""
    from netcrm.crm import Crm

    with Crm(settings.db, lock_timeout=settings.lock_timeout) as crm:
        try:
            damage = crm.damage()
        except StoreError as store_error:
            return _explained(store_error, settings)
        if damage:
            why = f"the file is damaged ({damage[0]}); restore your newest backup"
            return _explained(CannotUse(crm.where, why), settings)
    kind = type(error).__name__
    say(f"netcrm: this is a bug in netcrm ({kind}), not your mistake; run it again with --debug to see the traceback")
    return BUG


def _show_traceback(error: Exception) -> None:
    import traceback

    say(*"".join(traceback.format_exception(error)).splitlines())
