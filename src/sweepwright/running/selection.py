"""Selecting among trials: from which runs, by the one rule, and the choice that is recorded."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from sweepwright.choosing import Picked, choose, shrunken_means
from sweepwright.choosing.frame import comparable, in_steps, measure_column, used
from sweepwright.nouns.decision import Decision, Row
from sweepwright.nouns.phase import SEARCH, Part, Phase, Step
from sweepwright.nouns.statement import Statement
from sweepwright.record.events import ChoiceMade
from sweepwright.record.seeds import measure_seed
from sweepwright.record.state import State
from sweepwright.running.dispatch import Journal
from sweepwright.study.frames import aims, evidence, runs_frame
from sweepwright.study.study import Study

Left = tuple[int, int]  # a finalist that left, and the round after which it did


class Selection:
    """What is selected from, in the reference condition, and how it is recorded. Efforts are never mixed."""

    def __init__(self, study: Study, journal: Journal):
        self.study = study
        self.journal = journal

    @property
    def state(self) -> State:
        """What the ledger says so far."""
        return self.journal.state

    def runs(self, effort: str, *steps: Step) -> pd.DataFrame:
        """The used runs of some steps in the reference condition, all of one effort."""
        frame = runs_frame(self.state)
        if frame.empty:
            return frame
        return in_steps(used(comparable(frame, self.study.reference.name, effort)), *steps)

    def inner(self, condition: str) -> pd.DataFrame:
        """The used runs by which the repeated procedure selects in one of its conditions, those of all rounds."""
        frame = runs_frame(self.state)
        inner = [run.number for run in self.state.runs if run.phase.part is Part.INNER]
        return frame[frame["run"].isin(inner) & (frame["condition"] == condition) & frame["used"]]

    def is_open(self, purpose: str) -> bool:
        """Whether the choice for a purpose has not been made in this round."""
        decision = self.state.decision(purpose)
        return decision is None or decision.round != self.state.round

    def choose(self, runs: pd.DataFrame, folds: int | None = None) -> Picked:
        """What the rule picks from these runs."""
        folds = self.study.folds(self.study.reference) if folds is None else folds
        return choose(runs, aims(self.study.goals), folds, measure_seed(self.state.root, "choice"))

    def best_first(self, trials: Sequence[int], effort: str, phases: Collection[Phase] = ()) -> list[int]:
        """Trials by the first goal after shrinkage, best first; what is equal keeps its order.

        From everything that was there when the finalists began, and these phases of theirs: so it can be found again later.
        """
        goal, now = self.study.goals[0], self.state.now(Step.FINALISTS)
        reference = self.study.reference.name
        known = evidence(self.state, reference, goal.name, lambda phase: phase in phases or phase.precedes(now), effort)
        means = shrunken_means(known) if len(known) else pd.Series(dtype=float)
        worth = {trial: goal.sign * float(means.get(trial, -goal.sign * np.inf)) for trial in trials}
        return sorted(trials, key=lambda trial: -worth[trial])

    def record(
        self,
        purpose: str,
        phase: Phase,
        runs: pd.DataFrame,
        folds: int | None = None,
        left: Sequence[Left] = (),
        rounds: int = 0,
    ) -> None:
        """Make the choice for a purpose and record it; `left` are the finalists that left in `rounds` rounds, last first."""
        choice = self.choose(runs, folds)
        rows = choice.table.reset_index().to_dict("records")
        order, sentences = list(choice.order), list(choice.sentences)
        if choice.chosen is not None and left:
            order += [trial for trial, _ in left]
            rows += self._rows_of_those_that_left(left, str(runs["effort"].iloc[0]))
            text = f"{len(choice.order)} of {len(order)} finalists were left after {rounds} rounds on fresh draws."
            sentences.append(
                Statement("choice.left", text, {"left": len(choice.order), "finalists": len(order), "rounds": rounds})
            )
        decision = Decision(
            purpose=purpose,
            round=self.state.round,
            phase=phase,
            goals=tuple(str(goal) for goal in self.study.goals),
            chosen=choice.chosen,
            runner_up=choice.runner_up if choice.runner_up is not None or len(order) < 2 else order[1],
            best=choice.best,
            order=tuple(order),
            indistinguishable=tuple(choice.indistinguishable),
            sentences=tuple(sentences),
            rows=tuple({str(key): _json_number(value) for key, value in row.items()} for row in rows),
        )
        self.journal.tell(ChoiceMade(decision=decision))

    def _rows_of_those_that_left(self, left: Sequence[Left], effort: str) -> list[Row]:
        """Finalists that left: their means, which are those of fewer draws, and after which round they left."""
        runs = self.runs(effort, *SEARCH, Step.FINALISTS)
        means = runs[runs["trial"].isin([trial for trial, _ in left])].groupby("trial")
        goals = [goal.name for goal in self.study.goals]
        columns = means[[measure_column(name) for name in goals]].mean(numeric_only=True)
        return [
            {"trial": trial, "eliminated_after": after}
            | {f"mean.{name}": _json_number(columns.at[trial, measure_column(name)]) for name in goals}
            for trial, after in left
        ]


def _json_number(value: object) -> float | int | bool | None:
    """A number of a table as JSON holds it; what is not finite is none."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool | int):
        return plain
    return plain if isinstance(plain, float) and np.isfinite(plain) else None
