"""Typer's parameters without pydantic, so that a command starts fast.

Typer 0.29 reads every option through a pydantic adapter, even when the option is not given.
Importing pydantic and building the adapters doubles the time a command takes to start.
Almost all options of netcrm are text, choices or flags, which need no adapter. So `lighten`
gives each parameter a `PlainReader`, which leaves only numbers to Typer. It also makes help
say `ID...` instead of `{ID}... <list[str]>`.

All of this is set on the parameters from outside, by public names. Where a later Typer does
not use these names, it has no effect, and the test of the cold start fails.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand

from netcrm.errors import InvalidValue, NetcrmError, Overridable

_DAYS_AGO = re.compile(r"-(\d+ ?[A-Za-z]+)")
_MINUS = "\N{MINUS SIGN}"


class PlainReader:
    """Reads text, lists of text, choices and missing values; Typer's reader does the rest.

    It takes the place of the reader that Typer builds in `get_runtime_param`.
    """

    def __init__(self, typer_reader: Callable[[], Any]) -> None:
        self.typer_reader = typer_reader

    def coerce(self, value: Any, param: Any, ctx: typer.Context) -> Any:
        """The value for the command, from the word or words on the command line."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        descriptor = param.type_descriptor
        if descriptor.choices is not None:
            return _choice(value, descriptor.choices, param, ctx)
        if descriptor.annotation is str:
            return _with_hyphen(value)
        if descriptor.annotation == list[str]:
            return tuple(_with_hyphen(word) for word in value)
        if descriptor.annotation is int and isinstance(value, str):
            _check_number(value, param, ctx)
        return self.typer_reader().coerce(value, param=param, ctx=ctx)


def _check_number(value: str, param: Any, ctx: typer.Context) -> None:
    try:
        int(value)
    except ValueError:
        raise typer.BadParameter(f"“{value}” is not a whole number; give one, such as 3", ctx, param) from None


def _choice(value: str, choices: Sequence[str], param: Any, ctx: typer.Context) -> str:
    for choice in choices:
        if value.lower() == choice.lower():
            return choice
    words = ", ".join(filter(None, choices))
    raise typer.BadParameter(f"“{value}” is not valid here; use one of: {words}", ctx, param)


def lighten(param: Any) -> Any:
    """The same parameter, from now on read without pydantic and shown without types; None stays None."""
    if param is None or "get_runtime_param" in vars(param):
        return param
    argument = isinstance(param, TyperArgument)
    param.get_runtime_param = partial(PlainReader, param.get_runtime_param)
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
    """A command that accepts `-3d` as a day, and whose errors name its options."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option `--help`, which Typer would read through pydantic too."""
        return lighten(super().get_help_option(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words; a day such as `-3d` is not an option."""
        return super().parse_args(ctx, [_with_minus(word) for word in args])

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error of the library names options and arguments as the user typed them."""
        try:
            return super().invoke(ctx)
        except NetcrmError as error:
            typed = as_typed(error, ctx)
            if typed is error:
                raise
            raise typed from error


def _with_minus(word: str) -> str:
    """A day such as -3d with a minus sign for its hyphen, so that the parser does not take it for an option."""
    return f"{_MINUS}{match[1]}" if (match := _DAYS_AGO.fullmatch(word)) else word


def _with_hyphen(word: str) -> str:
    plain = word.replace(_MINUS, "-", 1)
    return plain if _with_minus(plain) == word else word


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
"""For a field of the library, the command parameters that may set it. Any other field has a parameter of its name."""


def as_typed(error: NetcrmError, ctx: Any) -> NetcrmError:
    """The same error, naming options and arguments instead of fields and keyword arguments.

    It names the option or argument that holds the bad value, and the option that overrides the refusal.
    """
    if isinstance(error, InvalidValue):
        for param in _params_of(error.field, ctx):
            if _holds(ctx.params.get(param.name), error.value):
                return InvalidValue(_name_of(param), error.value, error.why)
    if isinstance(error, Overridable):
        options = [_name_of(param) for param in _params_of(error.keyword, ctx)]
        error.args = (error.worded(options[0] if options else None),)
    return error


def _params_of(field: str, ctx: Any) -> list[Any]:
    """The parameters of the command that may set a field of the library."""
    params = {param.name: param for param in ctx.command.params}
    return [params[name] for name in PARAMETERS.get(field, (field.replace(" ", "_"),)) if name in params]


def _holds(typed: object, value: object) -> bool:
    """Whether a value comes from a parameter: as the same text, a part of it, or the same day in another spelling."""
    texts = [typed] if isinstance(typed, str) else typed if isinstance(typed, tuple) else ()
    if isinstance(value, date):
        return any(_may_mean(text, value) for text in texts)
    part = str(value).strip()
    return any(part in text if part else not text.strip() for text in texts)


def _may_mean(text: str, day: date) -> bool:
    try:
        return date.fromisoformat(text) == day
    except ValueError:  # “today”, “-3d” or a time: options.py already turned it into a day
        return True


def _name_of(param: Any) -> str:
    """The first name of an option, or the last word of an argument's placeholder."""
    return str(param.opts[0] if param.param_type_name == "option" else param.metavar.split()[-1])
