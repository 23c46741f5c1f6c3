"""Options that the command does not know itself: they belong to the problem's data, or are a mistake."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from sweepwright.errors import InputError
from sweepwright.problem import Option

RUN_OPTIONS = (
    "folder",
    "preset",
    "trials",
    "seed",
    "slots",
    "threads",
    "device",
    "inline",
    "accept",
    "dry-run",
    "quiet",
    "wait",
    "no-report",
)


def data_options(
    arguments: Sequence[str], known: Mapping[str, Option], problem: str, own: Sequence[str] = RUN_OPTIONS
) -> dict[str, Any]:
    """`--name value`, `--name=value` and flags as a mapping; an unknown option is an error with the nearest name.

    >>> data_options(["--label", "class", "--deep"], {"label": Option(None, ""), "deep": Option(False, "")}, "cells")
    {'label': 'class', 'deep': True}
    """
    found: dict[str, Any] = {}
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            raise InputError(f"{word!r} was not expected here. Options of the data are written as --name value.")
        name, equals, value = word[2:].partition("=")
        key = name.replace("-", "_")
        if key not in known:
            names = [*(k.replace("_", "-") for k in known), *own]
            near = get_close_matches(name, names, 1)
            hint = (
                f"did you mean --{near[0]}?"
                if near
                else f"{problem} has --{', --'.join(k.replace('_', '-') for k in known) or '(none)'}."
            )
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
