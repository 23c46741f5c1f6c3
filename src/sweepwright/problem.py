"""The nouns of a problem: data, measures, goals, baselines, products, checks, and the Problem that holds them."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, cast

import numpy as np

from sweepwright.errors import InputError
from sweepwright.runs import Condition, Effort, Job, Outcome, Trained, Undefined, Watch
from sweepwright.space import ConfigurationError, Space


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Data:
    """What `load` returns: a hash, small JSON facts, columns by sample, and `content`, which only the problem reads."""

    hash: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    samples: Mapping[str, np.ndarray]
    content: Any = None
    notes: tuple[str, ...] = ()  # what loading decided or dropped, as sentences

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self.samples.items()}
        if "sample_id" not in lengths:
            raise ValueError(f"Data needs the column 'sample_id', but its samples have {', '.join(lengths) or 'no columns'}.")
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The columns of samples must be equally long, but got {lengths}.")

    def __repr__(self) -> str:
        return f"Data({len(self.samples['sample_id'])} samples, hash {self.hash[:12]})"


class DataError(InputError):
    """Input that cannot be used: the message says what was wrong, what was found and what to do."""


class Of(StrEnum):
    """What a measure looks at."""

    OUTCOME = "one outcome"
    PAIR = "two runs of one trial"
    POOLED = "all folds of one draw"
    CURVES = "the curves of a run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A pure function bound to the names of what it reads; build it with `of`, `pooled`, `pair` or `curves`.

    The function returns a float, a mapping name -> float (one measure per name), or `Undefined("why")`. If it has a
    parameter called `seed`, the study passes one that is the same for all trials.
    """

    name: str
    function: Callable[..., Any]
    reads: tuple[str, ...]
    looks_at: Of = Of.OUTCOME
    version: int = 1
    scale: str | None = None  # the measure that is this one's unit: drivers are looked at without it, too

    @classmethod
    def of(cls, function: Callable[..., Any], *reads: str, name: str | None = None, scale: str | None = None) -> "Measure":
        """A measure of one outcome: `reads` are looked up in the outcome, then in samples.

        `scale` names the measure that this one's unit goes with, such as the spread of an embedding.

        >>> Measure.of(np.mean, "error").name
        'mean'
        """
        return cls(name=name or function.__name__, function=function, reads=reads, scale=scale)

    @classmethod
    def pooled(cls, function: Callable[..., Any], *reads: str, name: str | None = None) -> "Measure":
        """A measure of all folds of one draw together, or of the refits of all outer conditions."""
        return cls(name=name or function.__name__, function=function, reads=reads, looks_at=Of.POOLED)

    @classmethod
    def pair(cls, function: Callable[..., Any], *reads: str, name: str | None = None) -> "Measure":
        """A measure of two runs of one trial: the function gets each name twice, first of the one, then of the other."""
        return cls(name=name or function.__name__, function=function, reads=reads, looks_at=Of.PAIR)

    @classmethod
    def curves(cls, function: Callable[..., Any], *reads: str, name: str | None = None) -> "Measure":
        """A measure of a run's curves."""
        return cls(name=name or function.__name__, function=function, reads=reads, looks_at=Of.CURVES)

    @classmethod
    def fact(cls, name: str) -> "Measure":
        """A number that `train` wrote among the outcome's facts."""
        return cls(name=name, function=_itself, reads=(name,))

    def __post_init__(self) -> None:
        if not self.reads:
            raise ValueError(
                f"The measure {self.name!r} reads nothing. Name what its function gets, e.g. Measure.of(f, 'truth', 'prediction')."
            )

    @property
    def seeded(self) -> bool:
        return _takes_seed(self.function)

    def __call__(self, *sources: Mapping[str, Any], seed: int | None = None) -> dict[str, float | Undefined]:
        """The values by name, `sources` being searched in order for each name that is read."""
        arguments = []
        for name in self.reads:
            for source in sources:
                if name in source:
                    arguments.append(source[name])
                    break
            else:
                known = sorted({key for source in sources for key in source})
                raise KeyError(f"The measure {self.name!r} reads {name!r}, but there are only {', '.join(known)}.")
        value = self.function(*arguments, seed=seed) if self.seeded else self.function(*arguments)
        values = value if isinstance(value, Mapping) else {None: value}
        return {self.name if key is None else f"{self.name}[{key}]": _number(v) for key, v in values.items()}


@lru_cache(maxsize=256)
def _takes_seed(function: Callable[..., Any]) -> bool:
    try:
        return "seed" in inspect.signature(function).parameters
    except ValueError:  # some built-in functions have no signature
        return False


def _itself(value: Any) -> Any:
    return value


def _number(value: Any) -> float | Undefined:
    if isinstance(value, Undefined):
        return value
    number = float(value)
    return number if np.isfinite(number) else Undefined(f"the value is {number}")


def lookups(outcome: Outcome, data: Data) -> tuple[Mapping[str, Any], ...]:
    """Where a measure of one outcome finds its names: the outcome's arrays and facts, then its rows of the samples."""
    return outcome.arrays, outcome.facts, _Rows(data.samples, outcome.sample)


class _Rows(Mapping[str, np.ndarray]):
    """Columns of samples at some rows, taken only when asked for."""

    def __init__(self, columns: Mapping[str, np.ndarray], rows: np.ndarray):
        self._columns, self._rows = columns, rows

    def __getitem__(self, name: str) -> np.ndarray:
        return self._columns[name][self._rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


class Direction(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure, its direction, perhaps a bound that must hold, and the difference that matters (`worth`).

    It reads the reference condition unless `at` names another, or is ``mean``, ``worst`` or ``each``.
    """

    measure: Measure | str
    direction: Direction | str
    bound: float | None = None
    worth: float | None = None
    at: str | None = None
    stage: int | None = None

    def __post_init__(self) -> None:
        if self.direction not in tuple(Direction):
            raise ValueError(f"A goal's direction is 'higher' or 'lower', but got {self.direction!r} for {self.name}.")
        object.__setattr__(self, "direction", Direction(self.direction))
        if self.worth is not None and self.worth <= 0:
            raise ValueError(f"The worth of a goal is a positive difference, but got {self.worth} for {self.name}.")

    @property
    def name(self) -> str:
        return self.measure if isinstance(self.measure, str) else self.measure.name

    @property
    def sign(self) -> int:
        """1 where higher is better, else -1."""
        return 1 if self.direction == Direction.HIGHER else -1

    def __str__(self) -> str:
        bound = "" if self.bound is None else f" {'>=' if self.sign > 0 else '<='} {self.bound:g}"
        return f"{self.name} {self.direction}{bound}"


Train = Callable[[Data, Job, Watch], Trained]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Something simple to stand beside: `train`'s signature and no hyperparameters; never proposed, chosen or counted."""

    name: str
    train: Train


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Arrays with several readers, made once by a function and kept by the hash of its inputs.

    `of` is ``data`` (the function gets the Data) or ``draw`` (it gets the Data and the outcomes, weights included as
    arrays, of all folds of one draw of the chosen trial).
    """

    name: str
    make: Callable[..., Mapping[str, np.ndarray]]
    of: str = "data"
    version: int = 1

    def __post_init__(self) -> None:
        if self.of not in ("data", "draw"):
            raise ValueError(f"The product {self.name!r} is of 'data' or 'draw', but got {self.of!r}.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A finished run's model: its weights, the facts of its outcome, its configuration and where it comes from."""

    name: str
    weights: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]
    configuration: Mapping[str, Any]
    data_hash: str


class Status(StrEnum):
    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found: its status, what was measured against which threshold, and what to do."""

    status: Status
    measured: str = ""
    threshold: str = ""
    advice: str = ""

    def __str__(self) -> str:
        return " ".join(
            part for part in (f"{self.status}:", self.measured, self.threshold and f"({self.threshold})", self.advice) if part
        )


@dataclass(frozen=True, slots=True)
class Check:
    """A question asked before compute is spent; a failed one stops the study unless it is accepted by name."""

    name: str
    question: str
    ask: Callable[[Data], Finding]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """A chart (Altair) or None, a caption that says what it shows and how it was computed, and the numbers behind it.

    `turning` is the same as a Plotly figure that turns; `chart` is then its still picture.
    """

    name: str
    caption: str
    chart: Any = None
    table: Any = None  # a pandas DataFrame
    turning: Any = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report that a problem adds: its title, and a function from the Study to figures."""

    title: str
    build: Callable[..., Sequence[Figure]]


@dataclass(frozen=True, slots=True)
class Option:
    """One key of the study file's `data:` section: its default and the sentence that help shows."""

    default: Any
    help: str


def _singles(jobs: Sequence[Job]) -> list[list[Job]]:
    return [[job] for job in jobs]


FromFacts = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A frozen value: how to load data, train one configuration, and measure what came out.

    `apply(data, model)` gives the model's outcome on other data; `predict(model, source, out)` does so for a file of any
    size, in pieces, and returns a summary.
    `space`, `conditions`, `folds` and `baselines` may each be a function of the data's facts, called once when a study is
    created. `made_for` gives the problem for its data options, where its measures depend on them (a problem that is
    itself described in the study file); `reads` gives, for the data's facts, the parameters that `train` asks for, so that
    a name that is not in the space is refused before anything runs. `sections` is the address (``module:NAME``) of the report sections that the problem adds.
    """

    name: str
    load: Callable[..., Data]
    train: Train
    space: Space | FromFacts
    measures: tuple[Measure, ...]
    goals: tuple[Goal, ...]
    about: str = ""
    train_batch: Callable[[Data, Sequence[Job], Watch], Iterator[tuple[int, Trained]]] | None = None
    batches: Callable[[Sequence[Job]], list[list[Job]]] = _singles
    apply: Callable[[Data, Model], Outcome] | None = None
    predict: Callable[..., Mapping[str, Any]] | None = None
    profile: Callable[..., Mapping[str, Any]] | None = None
    conditions: tuple[Condition, ...] | FromFacts = (Condition(name="all"),)
    folds: int | FromFacts = 1
    baselines: tuple[Baseline, ...] | FromFacts = ()
    products: tuple[Product, ...] = ()
    checks: tuple[Check, ...] = ()
    known: tuple[Mapping[str, Any], ...] = ()
    efforts: tuple[Effort, ...] = (Effort(name="full"),)
    protocol: Mapping[str, Any] = field(default_factory=dict)
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    data: Mapping[str, Option] = field(default_factory=dict)
    sections: str | None = None
    made_for: Callable[[Mapping[str, Any]], "Problem"] | None = None
    reads: Callable[[Mapping[str, Any]], Sequence[str]] | None = None

    def __post_init__(self) -> None:
        if not self.goals:
            raise ValueError(
                f"The problem {self.name!r} has no goal. Give it at least one, e.g. goals=(Goal(measure, 'higher'),)."
            )
        if not callable(self.conditions):
            _check_conditions(self.name, self.conditions)
        if isinstance(self.space, Space):
            for known in self.known:
                try:
                    self.space.canonical(known)
                except ConfigurationError as error:
                    raise ValueError(f"A known configuration of {self.name!r} is not in its space: {error}") from None

    def __repr__(self) -> str:
        return f"Problem({self.name})"

    def settled(self, options: Mapping[str, Any]) -> "Problem":
        """The problem for these data options: itself, unless its measures depend on them."""
        return self if self.made_for is None else self.made_for(options)

    def resolved(self, facts: Mapping[str, Any]) -> "Resolved":
        """The parts that may depend on the data, for these facts."""

        def value(part: Any) -> Any:
            return part(facts) if callable(part) else part

        conditions = tuple(value(self.conditions))
        _check_conditions(self.name, conditions)
        return Resolved(
            space=cast(Space, value(self.space)),
            conditions=conditions,
            folds=int(value(self.folds)),
            baselines=tuple(value(self.baselines)),
        )

    def all_measures(self) -> tuple[Measure, ...]:
        """The measures, those of the goals included, each name once."""
        found = {measure.name: measure for measure in self.measures}
        for goal in self.goals:
            if isinstance(goal.measure, Measure):
                found.setdefault(goal.measure.name, goal.measure)
        return tuple(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The parts of a problem that may depend on the facts of its data."""

    space: Space
    conditions: tuple[Condition, ...]
    folds: int
    baselines: tuple[Baseline, ...]


def _check_conditions(problem: str, conditions: Sequence[Condition]) -> None:
    names = [condition.name for condition in conditions]
    if not names:
        raise ValueError(
            f"The problem {problem!r} has no condition. The first one is the reference; Condition(name='all') will do."
        )
    if len(set(names)) < len(names):
        raise ValueError(f"The conditions of {problem!r} need different names, but got {', '.join(names)}.")
    for condition in conditions:
        if condition.chosen_on is not None and condition.chosen_on not in names:
            raise ValueError(
                f"Condition {condition.name!r} is chosen on {condition.chosen_on!r}, which {problem!r} does not have."
            )
