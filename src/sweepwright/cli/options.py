"""Options that the command does not know itself: they belong to the problem's data, or are a mistake."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sweepwright.errors import InputError, did_you_mean
from sweepwright.nouns.plain import Plain
from sweepwright.running.options import RunOptions

if TYPE_CHECKING:  # a problem's noun brings numpy, which the command's help does without
    from sweepwright.nouns.problem import Option


def with_run_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes ``**options`` the options of a run as its own."""
    own = list(inspect.signature(function).parameters.values())[:-1]
    function.__signature__ = inspect.Signature([*own, *map(_as_typed, fields(RunOptions))])  # type: ignore[attr-defined]
    return function


def _as_typed(option: Field) -> inspect.Parameter:
    """An option of a run as it is typed."""
    about = dict(option.metadata)
    kind, default = about.pop("type", option.type), option.default
    default = list(default) if isinstance(default, tuple) else default
    annotation = Annotated[kind, typer.Option(**about)]  # type: ignore[valid-type]
    return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def known_options(context: typer.Context) -> list[str]:
    """The options that a command knows itself, without dashes."""
    return [word.lstrip("-") for parameter in context.command.params for word in parameter.opts if word.startswith("--")]


def data_options(arguments: Sequence[str], known: Mapping[str, "Option"], problem: str, own: Sequence[str] = ()) -> Plain:
    """`--name value`, `--name=value` and flags as a mapping; an unknown option is an error with the nearest name.

    >>> from sweepwright.nouns.problem import Option
    >>> data_options(["--label", "class", "--deep"], {"label": Option(None, ""), "deep": Option(False, "")}, "cells")
    {'label': 'class', 'deep': True}
    """
    found: Plain = {}
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            raise InputError(f"{word!r} was not expected here. Options of the data are written as --name value.")
        name, equals, value = word[2:].partition("=")
        key = name.replace("-", "_")
        if key not in known:
            names = [*(k.replace("_", "-") for k in known), *own]
            has = f"{problem} has --{', --'.join(k.replace('_', '-') for k in known) or '(none)'}."
            hint = did_you_mean(name, names, "--{}".format) or has
            raise InputError(f"There is no option --{name}; {hint}")
        if equals:
            found[key] = value
        elif isinstance(known[key].default, bool) and (not waiting or waiting[0].startswith("--")):
            found[key] = True
        elif not waiting:
            raise InputError(f"--{name} needs a value.")
        else:
            found[key] = waiting.pop(0)
    return {key: _typed(value, known[key].default) for key, value in found.items()}


def _typed(value: Any, default: Any) -> Any:
    """Text as the type of the option's default, so that the study file holds numbers as numbers."""
    if isinstance(value, str) and isinstance(default, bool):
        return {"true": True, "yes": True, "false": False, "no": False}.get(value.lower(), value)
    if isinstance(value, str) and isinstance(default, int | float):
        try:
            return type(default)(value)
        except ValueError:
            return value  # the problem says what it needs instead
    return value
