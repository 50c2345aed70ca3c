"""The command line: parse, call one method of `Crm`, print.

`main` is the one place where errors become words on stderr and an exit code: 0 done, 1 a
negative answer that was asked for, 2 the request was wrong, 3 the data or a file was bad,
4 the database could not be used. A bug says so in a sentence and exits 70 (EX_SOFTWARE);
a traceback, which may hold names and notes, is only shown with --debug.
"""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netcrm.cli.terminal import (
    cannot_print,
    forget_stdout,
    never_fail_to_encode,
    on_terminal,
    refuse_what_is_printed_nowhere,
    say,
)
from netcrm.errors import BadPlaybook, CannotUse, InputError, NetcrmError, StoreError

if TYPE_CHECKING:
    from netcrm.cli.app import Settings

USAGE, DATA, DATABASE, BUG, STOPPED, PIPE_CLOSED = 2, 3, 4, 70, 130, 141

COMPLETION = "_NETCRM_COMPLETE"
"""Set by the shell functions that Typer installs."""


def main(argv: Sequence[str] | None = None, *, settings: "Settings | None" = None) -> int:
    """Run one command and return its exit code; `settings` are those of a program around it."""
    from netcrm.cli.app import Settings

    refuse_what_is_printed_nowhere()
    never_fail_to_encode()
    settings = settings or Settings()
    try:
        try:
            code = _run(list(sys.argv[1:] if argv is None else argv), settings)
        finally:
            _flush()  # what was printed before an error comes before its sentence
    except KeyboardInterrupt:
        say("", "netcrm: stopped")
        return STOPPED
    except BrokenPipeError:
        forget_stdout()
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the one place where whatever went wrong is put into words
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
    except typer.Exit as left:
        return left.exit_code
    except SystemExit as left:  # how Typer ends completion, --install-completion and --show-completion
        return left.code if isinstance(left.code, int) else 0
    return 0


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        forget_stdout()
        raise cannot_print(error) from error


def _explained(error: Exception, settings: "Settings") -> int:
    """Say what went wrong and what to do; the exit code says whose it was."""
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
        case OSError(filename=None):  # no file's: Typer and rich print by themselves, help and tables
            forget_stdout()
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
    """Whatever nobody foresaw is a mistake of ours, unless the database holds what no netcrm ever wrote."""
    from netcrm.crm import Crm

    with Crm(settings.db, lock_timeout=settings.lock_timeout) as crm:
        try:
            damage = crm.damage()
        except StoreError as other:
            return _explained(other, settings)
        if damage:
            why = f"the file is damaged ({damage[0]}); restore your newest backup"
            return _explained(CannotUse(crm.where, why), settings)
    kind = type(error).__name__
    say(f"netcrm: this is a bug in netcrm ({kind}), not your mistake; run again with --debug for the traceback")
    return BUG


def _show_traceback(error: Exception) -> None:
    import traceback

    say(*"".join(traceback.format_exception(error)).splitlines())
