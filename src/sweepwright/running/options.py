"""The options of a run, written once: fields of a value, from which the command and the function get their parameters.

Light: the command's help needs nothing else of this room.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from sweepwright.errors import InputError
from sweepwright.nouns.plain import Plain, Settings

Function = TypeVar("Function", bound=Callable[..., Any])


def _said(help: str, **more: Any) -> Plain:
    """What the command shows of an option, its least value, and its type where the command knows a narrower one."""
    return {"help": help, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a study is to be run; what is None is as the study file says."""

    folder: str | Path | None = field(
        default=None, metadata=_said("Where the study stands. [studies/<problem>]", type=Path | None)
    )
    preset: str | None = field(default=None, metadata=_said("Settings that come with the problem."))
    trials: int | str | None = field(
        default=None, metadata=_said("Configurations of the search; +50: so many more.", type=str | None)
    )
    seed: int | None = field(default=None, metadata=_said("Root of all randomness. [0]", min=0))
    slots: int | None = field(default=None, metadata=_said("Runs at the same time. [cores // threads]", min=1))
    threads: int | None = field(default=None, metadata=_said("Threads per run. [1]", min=1))
    device: str | None = field(
        default=None, metadata=_said("cpu, cuda (slots take the GPUs in turn) or one such as cuda:0. [cpu]")
    )
    executor: str | None = field(default=None, metadata=_said("local, inline (in this process) or dask. [local]"))
    accept: Sequence[str] = field(default=(), metadata=_said("Go on although this check failed.", type=list[str]))
    wait: float = field(default=0.0, metadata=_said("Seconds to wait where another process works on the study.", min=0))

    @property
    def more(self) -> int | None:
        """How many configurations are added to a finished study: 50 for ``trials="+50"``."""
        return trials_and_more(self.trials)[1]

    def settings(self) -> Plain:
        """What was asked for, as the keys of a study file."""
        executor = {"slots": self.slots, "threads": self.threads, "device": self.device, "kind": self.executor}
        asked = {
            "preset": self.preset,
            "seed": self.seed,
            "executor": {key: value for key, value in executor.items() if value is not None} or None,
            "budget": None if (trials := trials_and_more(self.trials)[0]) is None else {"trials": trials},
        }
        return {key: value for key, value in asked.items() if value is not None}


def trials_and_more(trials: int | str | None) -> tuple[int | None, int | None]:
    """A number of configurations, or how many more: ``20`` and ``"+50"``.

    >>> trials_and_more(20), trials_and_more("+50")
    ((20, None), (None, 50))
    """
    text = "" if trials is None else str(trials).strip()
    if not text:
        return None, None
    if not text.removeprefix("+").isdigit() or int(text) < 1:
        raise InputError(f"trials is a whole number of configurations such as 20, or +50 for more, but got {trials!r}.")
    return (None, int(text)) if text.startswith("+") else (int(text), None)


def told_apart(keywords: Settings) -> tuple[RunOptions, Plain]:
    """The options of a run among some keywords, and the rest, which is the problem's own.

    >>> told_apart({"seed": 3, "label": "class"})[1]
    {'label': 'class'}
    """
    names = {option.name for option in fields(RunOptions)}
    own = {name: value for name, value in keywords.items() if name in names}
    return RunOptions(**own), {name: value for name, value in keywords.items() if name not in names}


def with_options(function: Function) -> Function:
    """Give a function that takes ``**options`` the parameters of a run, so that help shows them."""
    own = list(inspect.signature(function).parameters.values())
    options = [
        inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=option.type)
        for option in fields(RunOptions)
    ]
    places = [*own[:-1], *options, own[-1]]
    function.__signature__ = inspect.Signature(places, return_annotation=inspect.signature(function).return_annotation)  # type: ignore[attr-defined]
    return function
