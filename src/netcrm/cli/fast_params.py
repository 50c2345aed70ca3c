"""Typer's parameters, made light: text is taken as it comes, and described without types.

Typer 0.29 reads every option through a pydantic adapter, given or not; importing pydantic
and building the adapters doubles the time a command takes to start. Almost all of ours are
text, choices or flags, which need no adapter: `lighten` puts `Words` in its place and
leaves numbers to Typer. It also says `ID...` instead of `{ID}... <list[str]>` in help.

Everything here is set on the parameters from outside, by public names. On a Typer that
works otherwise it is without effect, and the test of the cold start says so.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand

from netcrm.errors import InvalidValue, NetcrmError

_DAYS_AGO = re.compile(r"-(\d+ ?[A-Za-z]+)")
_HIDDEN = "\N{MINUS SIGN}"


class Words:
    """Reads text, lists of text, choices, and nothing at all; the rest goes to Typer's own reader.

    Stands in for what Typer builds in `get_runtime_param`.
    """

    def __init__(self, typed: Callable[[], Any]) -> None:
        self.typed = typed

    def coerce(self, value: Any, param: Any, ctx: typer.Context) -> Any:
        """The value for the command, from the word or words on the command line."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        descriptor = param.type_descriptor
        if descriptor.choices is not None:
            return _choice(value, descriptor.choices, param, ctx)
        if descriptor.annotation is str:
            return _shown(value)
        if descriptor.annotation == list[str]:
            return tuple(_shown(word) for word in value)
        if descriptor.annotation is int and isinstance(value, str):
            _refuse_what_is_no_number(value, param, ctx)
        return self.typed().coerce(value, param=param, ctx=ctx)


def _refuse_what_is_no_number(value: str, param: Any, ctx: typer.Context) -> None:
    try:
        int(value)
    except ValueError:
        raise typer.BadParameter(f"“{value}” is not a whole number; give one, such as 3", ctx, param) from None


def _choice(value: str, choices: Sequence[str], param: Any, ctx: typer.Context) -> str:
    for choice in choices:
        if value.lower() == choice.lower():
            return choice
    words = ", ".join(filter(None, choices))
    raise typer.BadParameter(f"“{value}” is none of {words}; use one of these", ctx, param)


def lighten(param: Any) -> Any:
    """One parameter, from now on read without pydantic and shown without types; None, for no parameter, stays None."""
    if param is None or "get_runtime_param" in vars(param):
        return param
    argument = isinstance(param, TyperArgument)
    param.get_runtime_param = partial(Words, param.get_runtime_param)
    if argument:
        param.get_usage_pieces = partial(_usage, param)
    if argument or param.is_flag:
        param.display_type_rich = _untyped
    return param


def _usage(argument: Any, ctx: Any) -> list[str]:  # noqa: ARG001 - Typer's signature
    name = argument.display_name_raw
    name += "" if argument.nargs == 1 or "..." in name else "..."
    return [name if argument.required else f"[{name}]"]


def _untyped(ctx: Any) -> None:  # noqa: ARG001 - Typer's signature
    return None


# --------------------------------------------------------------------------- a command in its own words


class Command(TyperCommand):
    """A command that takes `-3d` where it takes a day, and calls what it refuses by its own options."""

    def get_help_option(self, ctx: Any) -> Any:
        """`--help`, which Typer would read through pydantic too."""
        return lighten(super().get_help_option(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Typer's own, after hiding what only looks like an option."""
        return super().parse_args(ctx, [_hidden(word) for word in args])

    def invoke(self, ctx: Any) -> Any:
        """Typer's own; a refusal of the library speaks of options and arguments, as they were typed."""
        try:
            return super().invoke(ctx)
        except NetcrmError as error:
            typed = as_typed(error, ctx)
            if typed is error:
                raise
            raise typed from error


def _hidden(word: str) -> str:
    """A day such as -3d, spelt so that the parser does not take it for an option."""
    return f"{_HIDDEN}{match[1]}" if (match := _DAYS_AGO.fullmatch(word)) else word


def _shown(word: str) -> str:
    plain = word.replace(_HIDDEN, "-", 1)
    return plain if _hidden(plain) == word else word


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
    "overwrite": ("force",),
}
"""The library's fields, and the parameters of commands that may have given them; the others have one of their name."""


def as_typed(error: NetcrmError, ctx: Any) -> NetcrmError:
    """The same refusal in the words of the command line.

    It names the option or the argument that gave the value, if one did, and the option that insists, if there is one.
    """
    if isinstance(error, InvalidValue):
        for param in _params_of(error.field, ctx):
            if _gave(ctx.params.get(param.name), error.value):
                return InvalidValue(_called(param), error.value, error.why)
    if error.override:
        options = [_called(param) for param in _params_of(error.override.keyword, ctx)]
        error.args = (error.worded(options[0] if options else None),)
    return error


def _params_of(field: str, ctx: Any) -> list[Any]:
    """The parameters of a command that may give a field of the library its value."""
    params = {param.name: param for param in ctx.command.params}
    return [params[name] for name in PARAMETERS.get(field, (field.replace(" ", "_"),)) if name in params]


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
