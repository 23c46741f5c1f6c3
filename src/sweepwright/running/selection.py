"""Selecting among trials: from which runs, by the one rule, and the choice that is recorded."""

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from sweepwright.choosing.decision import Weighing, decide
from sweepwright.choosing.estimator.levels import levels
from sweepwright.choosing.frame import comparable, in_steps
from sweepwright.choosing.population import population_of
from sweepwright.choosing.rule import Rule
from sweepwright.nouns.decision import Decision
from sweepwright.nouns.phase import SEARCH, Part, Phase, Step
from sweepwright.record.events import ChoiceMade
from sweepwright.record.seeds import measure_seed
from sweepwright.record.state import State
from sweepwright.running.dispatch import Journal
from sweepwright.study.frames import aims, runs_frame
from sweepwright.study.study import Study


class Selection:
    """What is selected from, in the reference condition, and how it is recorded. Efforts are never mixed."""

    def __init__(self, study: Study, journal: Journal):
        self.study = study
        self.journal = journal

    @property
    def state(self) -> State:
        """What the ledger says so far."""
        return self.journal.state

    def runs(self, effort: str, *steps: Step, known: Callable[[Phase], bool] = lambda phase: True) -> pd.DataFrame:
        """The runs of some steps (of phases that are `known`) in the reference condition, all of one effort."""
        frame = runs_frame(self.state)
        if frame.empty:
            return frame
        inside = [run.number for run in self.state.runs if known(run.phase)]
        return in_steps(comparable(frame[frame["run"].isin(inside)], self.study.reference.name, effort), *steps)

    def inner(self, condition: str) -> pd.DataFrame:
        """The runs by which the repeated procedure selects in one of its conditions, those of all rounds."""
        frame = runs_frame(self.state)
        inner = [run.number for run in self.state.runs if run.phase.part is Part.INNER]
        return frame[frame["run"].isin(inner) & (frame["condition"] == condition)]

    def is_open(self, purpose: str) -> bool:
        """Whether the choice for a purpose has not been made in this round."""
        decision = self.state.decision(purpose)
        return decision is None or decision.round != self.state.round

    def rule(self, runs: pd.DataFrame, among: Collection[int], folds: int | None = None) -> Rule:
        """The rule over some trials, from these runs."""
        goals = aims(self.study.goals)
        seed = measure_seed(self.state.root, "choice")
        names, signs = [aim.measure for aim in goals], [aim.sign for aim in goals]
        found = levels(runs, names, self._folds(folds), seed, among, signs)
        return Rule(found, goals, among, population_of(runs).failed)

    def decide(self, runs: pd.DataFrame, folds: int | None = None) -> Weighing:
        """What the rule picks from these runs, with its reasons."""
        seed = measure_seed(self.state.root, "choice")
        return decide(runs, aims(self.study.goals), folds=self._folds(folds), seed=seed)

    def _folds(self, folds: int | None) -> int:
        return self.study.folds(self.study.reference) if folds is None else folds

    def hearing(self, trials: Collection[int], count: int, effort: str, phases: Collection[Phase] = ()) -> list[int]:
        """Trials in the order in which they get runs, `count` of them next.

        From everything that was there when the finalists began, and these phases of theirs: so it can be found again later.
        """
        now = self.state.now(Step.FINALISTS)
        runs = self.runs(effort, *SEARCH, Step.FINALISTS, known=lambda phase: phase in phases or phase.precedes(now))
        return self.rule(runs, trials).hearing(count) if len(runs) else []

    def record(self, purpose: str, phase: Phase, runs: pd.DataFrame, folds: int | None = None) -> None:
        """Make the choice for a purpose and record it: `runs` are all that it may look at."""
        choice = self.decide(runs, folds)
        rows = choice.table.rename_axis("trial").reset_index().to_dict("records")
        decision = Decision(
            purpose=purpose,
            round=self.state.round,
            phase=phase,
            goals=tuple(str(goal) for goal in self.study.goals),
            chosen=choice.chosen,
            runner_up=choice.runner_up,
            best=choice.best,
            order=choice.order,
            indistinguishable=choice.as_good,
            sentences=choice.sentences,
            rows=tuple({str(key): _json_number(value) for key, value in row.items()} for row in rows),
        )
        self.journal.tell(ChoiceMade(decision=decision))


def _json_number(value: object) -> float | int | bool | None:
    """A number of a table as JSON holds it; what is not finite is none."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool | int):
        return plain
    return plain if isinstance(plain, float) and np.isfinite(plain) else None
