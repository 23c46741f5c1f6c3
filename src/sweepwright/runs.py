"""The nouns of one training: what was asked (Job), what came back (Trained), and the record that stays (Run)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np

from sweepwright.space import Configuration


class Ending(StrEnum):
    """How the process of a run ended. The value is the sentence that people read."""

    COMPLETED = "completed"
    STOPPED = "stopped early: not promising"
    DIVERGED = "diverged: the loss is not finite"
    RAISED = "failed: the training raised an error"
    OUT_OF_MEMORY = "failed: out of memory"
    LOST = "lost: the worker died three times"

    @property
    def succeeded(self) -> bool:
        return self is Ending.COMPLETED


class ConditionKind(StrEnum):
    """In which way a condition changes what training sees."""

    VIEW = "view"  # the same samples: runs can be paired
    WORLD = "world"  # other samples: another data set, another model
    CONTROL = "control"  # spoiled on purpose; for the chosen trial only
    HELD = "held"  # an outer fold: nothing outside its own procedure is selected on it


SEARCHING = ("audit", "explore", "exploit", "finalists", "confirm")
STEPS = (*SEARCHING, "keep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A named way to see the data while training; the first one of a problem is the reference.

    `steps` are the protocol steps that use it; `folds` replaces the problem's number of folds (1: no folds); `draws` the
    number of draws of a control. A held condition that judges a *procedure* names, in `chosen_on`, the condition on which
    its configuration is searched. `settings` is what `train` needs to know, as plain data.
    """

    name: str
    kind: ConditionKind = ConditionKind.VIEW
    steps: tuple[str, ...] = SEARCHING
    folds: int | None = None
    draws: int | None = None
    chosen_on: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", ConditionKind(self.kind))
        unknown = set(self.steps) - set(STEPS)
        if unknown:
            raise ValueError(f"Condition {self.name!r} names the step {sorted(unknown)[0]!r}. Steps are {', '.join(STEPS)}.")
        if self.folds is not None and self.folds < 1:
            raise ValueError(f"Condition {self.name!r} needs folds >= 1 (1 means no folds), but got {self.folds}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """A named amount of work and resolution; runs of different efforts are never averaged."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one run is asked to do. All its randomness comes from `seed` (initialisation, order) and `data_seed` (splits)."""

    number: int
    configuration: Configuration
    condition: Condition
    replicate: int
    folds: int  # 1: no cross-validation
    seed: int
    data_seed: int
    effort: Effort
    device: str = "cpu"
    threads: int = 1
    parent: int | None = None

    @property
    def draw(self) -> int:
        return self.replicate // self.folds

    @property
    def fold(self) -> int:
        return self.replicate % self.folds


class Watch(Protocol):
    """What `train` may tell while it works, and ask."""

    def progress(self, share: float, note: str = "") -> None:
        """Report the share of the work that is done, in [0, 1]."""
        ...

    def report(self, **values: float) -> None:
        """Report one epoch's values of some curves (``loss=0.3``); the next call is the next epoch."""
        ...

    def should_stop(self) -> bool:
        """Whether the study wants this run to end now: a reported value is no number, or its curve is hopeless."""
        ...


class Silent:
    """A watch that nobody reads."""

    def progress(self, share: float, note: str = "") -> None:
        return None

    def report(self, **values: float) -> None:
        return None

    def should_stop(self) -> bool:
        return False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """Named arrays that a run produced, the rows of `samples` they belong to, and facts as plain data."""

    arrays: Mapping[str, np.ndarray]
    sample: np.ndarray  # row numbers in the data's samples
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, array in self.arrays.items():
            if np.asarray(array).dtype == object:
                raise ValueError(
                    f"The outcome's array {name!r} holds Python objects. Store numbers, or text as fixed-width strings."
                )

    def __repr__(self) -> str:
        return f"Outcome({', '.join(self.arrays)}; {len(self.sample)} samples)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """What `train` returns: how it ended, the outcome, and optionally curves (name -> values per epoch) and weights."""

    ending: Ending = Ending.COMPLETED
    outcome: Outcome | None = None
    curves: Mapping[str, np.ndarray] | None = None
    weights: Mapping[str, np.ndarray] | None = None
    spent: Mapping[str, float] = field(default_factory=dict)
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Undefined:
    """A measure without a value, and the sentence that says why."""

    reason: str


Measured = float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished training. Never changed; a rerun is a new run. A measure without a value is None, its reason beside it."""

    number: int
    trial: int
    step: str
    configuration: Configuration
    condition: str
    replicate: int
    draw: int
    seed: int | None
    effort: str
    ending: Ending
    measured: Mapping[str, Measured]
    reasons: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    cause: str = ""
    seconds: float = 0.0
    spent: Mapping[str, float] = field(default_factory=dict)
    used: bool = True

    def __repr__(self) -> str:
        return f"Run({self.number}, trial {self.trial}, {self.condition}, replicate {self.replicate}: {self.ending})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A configuration with all its runs; the runs of one identity are its replicates."""

    number: int
    identity: str
    configuration: Configuration
    runs: tuple[Run, ...] = ()

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value}" for name, value in self.configuration.items())
        return f"Trial({self.number}: {settings}; {len(self.runs)} runs)"
