"""A problem: how to load data, train one configuration, and measure what came out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sweepwright.nouns.baseline import Baseline, Train
from sweepwright.nouns.check import Check
from sweepwright.nouns.condition import Condition
from sweepwright.nouns.data import Data
from sweepwright.nouns.effort import Effort
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.job import Job
from sweepwright.nouns.measure import Measure
from sweepwright.nouns.model import Model
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.plain import Facts, Plain, Settings
from sweepwright.nouns.product import Product
from sweepwright.nouns.trained import Trained
from sweepwright.nouns.watch import Watch
from sweepwright.space import Configuration, ConfigurationError, Space


@dataclass(frozen=True, slots=True)
class Option:
    """One key of the study file's `data:` section: its default and the sentence that help shows."""

    default: Any
    help: str


def _singles(jobs: Sequence[Job]) -> list[list[Job]]:
    return [[job] for job in jobs]


FromFacts = Callable[[Facts], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A frozen value: how to load data, train one configuration, and measure what came out.

    `apply(data, model)` gives the model's outcome on other data; `predict(model, source, out)` does so for a file of any
    size, in pieces, and returns a summary.
    `space`, `conditions`, `folds`, `baselines` and `unit` may each be a function of the data's facts, called once when a study is
    created. `unit` is what a group of samples is called (plate, patient, embryo), where samples have a column `group`. `made_for` gives the problem for its data options, where its measures depend on them (a problem that is
    itself described in the study file); `reads` gives, for the data's facts, the parameters that `train` asks for, so that
    a name that is not in the space is refused before anything runs. `sections` is the address (``module:NAME``) of the report sections that the problem adds, `remarks` that of a
    function of the `Results` whose statements join the verdict: the first part of a code says where (``fails.classes``; expect, beside,
    fails, costs, firm, careful, next, passed or decided); `promises` that of a function of the `Results` and of what `predict` returned, whose
    statements hold new labelled data against what the study found; `words` what its own words mean, which the report shows.
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
    predict: Callable[..., Facts] | None = None
    profile: Callable[..., Facts] | None = None
    conditions: tuple[Condition, ...] | FromFacts = (Condition(name="all"),)
    folds: int | FromFacts = 1
    baselines: tuple[Baseline, ...] | FromFacts = ()
    unit: str | FromFacts = "group"
    products: tuple[Product, ...] = ()
    checks: tuple[Check, ...] = ()
    known: tuple[Configuration, ...] = ()
    efforts: tuple[Effort, ...] = (Effort(name="full"),)
    protocol: Settings = field(default_factory=Plain)
    presets: Mapping[str, Settings] = field(default_factory=dict[str, Settings])
    data: Mapping[str, Option] = field(default_factory=dict[str, Option])
    sections: str | None = None
    remarks: str | None = None
    promises: str | None = None
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    made_for: Callable[[Settings], "Problem"] | None = None
    reads: Callable[[Settings], Sequence[str]] | None = None

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

    def settled(self, options: Settings) -> "Problem":
        """The problem for these data options: itself, unless its measures depend on them."""
        return self if self.made_for is None else self.made_for(options)

    def resolved(self, facts: Facts) -> "Resolved":
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
            unit=str(value(self.unit)),
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
    unit: str


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
