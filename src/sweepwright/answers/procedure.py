"""What the whole procedure, selection included, gives on data that it never saw: on average, and in the next few groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sweepwright.measures.classification import bootstrap_interval
from sweepwright.measures.groups import GroupScore, group_score
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.measure import Of
from sweepwright.nouns.plain import Plain
from sweepwright.nouns.run import Run
from sweepwright.nouns.statement import LEVEL
from sweepwright.study.outcomes import columns_of, pooled_outcome
from sweepwright.study.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """What groups that are not there yet will give, from those that are: `unit` is what one is called, `fold` how many an outer fold held."""

    score: GroupScore
    unit: str
    fold: int

    @property
    def counts(self) -> tuple[int, ...]:
        """Of how many groups together it is said: those of an outer fold, and one."""
        return (self.fold, 1) if self.fold > 1 else (1,)

    def named(self, count: int) -> str:
        """So many groups in words."""
        return f"{count} {self.unit}" if count == 1 else f"{count} {self.unit}s"

    def as_data(self) -> Plain:
        """As plain data: the unit, how many there were, and the interval of the next ones."""
        following = [(count, *self.score.following(count)) for count in self.counts if self.score.groups > 1]
        rows = [{"groups": count, "low": low, "high": high} for count, low, high in following]
        return {"unit": self.unit, "groups": self.score.groups, "next": rows}


@dataclass(frozen=True, slots=True, eq=False)
class ProcedureScore:
    """A goal of the procedure with the interval of its mean (NaN: none) and how that was made."""

    value: float
    between: tuple[float, float]
    how: str
    ahead: Ahead | None = None


def procedure_score(study: Study, goal: Goal, runs: Sequence[Run]) -> ProcedureScore | None:
    """The refits of all outer folds together; None where the goal cannot be computed from rows of several runs."""
    measure = next((m for m in study.problem.all_measures() if m.name == goal.name and m.looks_at is Of.OUTCOME), None)
    if measure is None:
        return None
    outcome = pooled_outcome(study, list(runs))
    columns = columns_of(study, measure, outcome)
    if columns is None:
        return None
    value, samples = measure.number(*columns), study.samples
    if np.isnan(value):
        return None
    if "group" not in samples:
        rows = np.arange(len(outcome.sample))
        between = bootstrap_interval(measure.number, rows, *columns, seed=study.file.seed, level=LEVEL)
        return ProcedureScore(value, between, "interval by bootstrap over samples")
    group = samples["group"][outcome.sample]
    score = group_score(measure.number, group, *columns, limits=measure.limits or (-np.inf, np.inf))
    held = [len(np.unique(samples["group"][study.outcome(run.number).sample])) for run in runs]
    ahead = Ahead(score, study.resolved.unit, max(1, round(float(np.mean(held)))))
    how = f"interval: its mean over many {ahead.unit}s like these {score.groups} (jackknife)"
    return ProcedureScore(score.value, score.average(), how, ahead)
