"""A study that stands on disk: what was asked, what ran, what was chosen. Reading only; `running` does the work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from sweepwright.choosing.encoding import Axes, axes_of, inferred_axes
from sweepwright.errors import did_you_mean, has_no
from sweepwright.nouns.condition import Condition
from sweepwright.nouns.data import Data
from sweepwright.nouns.decision import Decision
from sweepwright.nouns.effort import Effort
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.model import Model
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.phase import Phase, Step
from sweepwright.nouns.plain import Facts
from sweepwright.nouns.problem import Problem, Resolved
from sweepwright.nouns.run import Run
from sweepwright.nouns.trial import Trial
from sweepwright.record.ledger import read_events
from sweepwright.record.state import State
from sweepwright.record.storage import read_curves, read_outcome, read_weights
from sweepwright.space import Space, read_parameter
from sweepwright.study import find_problem
from sweepwright.study.frames import baselines_frame, curves_frame, pooled_frame, runs_frame, searched, trials_table
from sweepwright.study.study_file import StudyFile, StudyFileError, read_file, validated

ADOPTED_CURVES = "curves.parquet"  # of a sweep that others ran: all of them in one file
ADOPTED_OTHERS = "others.parquet"  # the columns of its table that no run holds, as text, each name behind OTHER
OTHER = "table."


@dataclass(eq=False)
class Study:
    """A study's folder, its file and the problem; the frames and outcomes are read when they are asked for."""

    folder: Path
    file: StudyFile
    problem: Problem
    _state: State | None = field(default=None, init=False, repr=False)

    @classmethod
    def open(cls, folder: Path, problem: Problem | None = None) -> Self:
        """The study in `folder`; a StudyFileError says what is missing there."""
        path = folder / "study.yaml"
        if not path.exists():
            raise StudyFileError(f"{folder} holds no study: {path.name} is missing.")
        file = validated(read_file(path), str(path))
        return cls(folder, file, (problem or find_problem.find(find_problem.full_address(file.problem))).settled(file.data))

    def __repr__(self) -> str:
        return f"Study({self.folder}: {len(self.state.trials)} trials, {len(self.state.ended)} runs)"

    @property
    def state(self) -> State:
        """What the ledger says, as it stood when it was first read (`reread` looks again)."""
        if self._state is None:
            self._state = State.of(read_events(self.folder / "ledger.jsonl")[0])
        return self._state

    def reread(self) -> None:
        """Forget what was read of the ledger: somebody has written into it."""
        self._state = None
        for name in ("axes", "adopted_curves", "adopted_others"):  # an adopted sweep that has grown
            self.__dict__.pop(name, None)

    def follow(self, state: State) -> None:
        """Answer from a state that grows, in the process that works on the study."""
        self._state = state

    @cached_property
    def data(self) -> Data:
        """The data, loaded by the problem when they are first asked for; a DataError where they cannot be used."""
        return self.problem.load(**self.file.data)

    @cached_property
    def samples(self) -> Mapping[str, np.ndarray]:
        """The columns by sample as the study stored them, without loading the data again."""
        table = pq.read_table(self.folder / "samples.parquet")
        return {name: table.column(name).to_numpy() for name in table.column_names}

    @cached_property
    def facts(self) -> Facts:
        """The facts of the data as the ledger has them; before the study began, those of the data themselves (which loads them)."""
        return self.state.declared.facts if self.state.declared else self.data.facts

    @cached_property
    def resolved(self) -> Resolved:
        """Space, conditions, folds and baselines for this study's data, with the study file's changes."""
        found = self.problem.resolved(self.facts)
        conditions = found.conditions
        if self.file.conditions is not None:
            known = {condition.name: condition for condition in conditions}
            missing = [name for name in self.file.conditions if name not in known]
            if missing:
                raise StudyFileError(has_no(f"The problem {self.problem.name!r}", "condition", missing[0], known))
            conditions = tuple(known[name] for name in self.file.conditions)
        changes = {name: read_parameter(name, data) for name, data in self.file.space.items()}
        try:
            space = found.space.override(changes) if changes else found.space
        except ValueError as error:
            raise StudyFileError(f"The study file's space cannot be used: {error}") from None
        return Resolved(space=space, conditions=conditions, folds=found.folds, baselines=found.baselines, unit=found.unit)

    @property
    def space(self) -> Space:
        """The problem's space for these data, with the study file's changes; a StudyFileError where they do not fit."""
        return self.resolved.space

    @cached_property
    def goals(self) -> tuple[Goal, ...]:
        """The goals of the study file, else the problem's, each of them a measure."""
        asked = self.file.goals
        goals = self.problem.goals if asked is None else tuple(Goal.of(text) for text in asked)
        known = [measure.name for measure in self.problem.all_measures()]
        for goal in goals:
            if goal.name not in known and goal.name.split("[")[0] not in known:
                hint = did_you_mean(goal.name, known) or f"it has {', '.join(known)}."
                raise StudyFileError(f"The goal {goal.name!r} is no measure of {self.problem.name!r}; {hint}")
        return goals

    @property
    def reference(self) -> Condition:
        """The condition that goals are read in: the first one."""
        return self.resolved.conditions[0]

    def condition(self, name: str) -> Condition:
        """The condition of this name; it must be one of the study's."""
        return next(condition for condition in self.resolved.conditions if condition.name == name)

    def folds(self, condition: Condition) -> int:
        """How many folds a draw has in a condition; 1: none."""
        return condition.folds if condition.folds is not None else self.resolved.folds

    def effort(self, name: str | None) -> Effort:
        """The effort of this name; none: the problem's first."""
        efforts = {effort.name: effort for effort in self.problem.efforts}
        if name is not None and name not in efforts:
            raise StudyFileError(has_no(f"The problem {self.problem.name!r}", "effort", name, efforts))
        return efforts[name] if name else self.problem.efforts[0]

    # --- reading ------------------------------------------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        """Whether every step of the current round has come to its end."""
        return self.state.complete

    def runs(self) -> pd.DataFrame:
        """The `runs` frame: one row per finished run."""
        return runs_frame(self.state, self.file.protocol.explore.sampler)

    def baselines(self) -> pd.DataFrame:
        """The baselines' runs: the columns of `runs` and `baseline`, their name."""
        return baselines_frame(self.state)

    def pooled(self) -> pd.DataFrame:
        """The `pooled` frame: measures of all folds of a draw together."""
        return pooled_frame(self.state)

    def trial(self, number: int) -> Trial:
        """A configuration with all its runs."""
        trial = self.state.trials[number]
        plans = self.state.runs_of_trial(number)
        runs = tuple(self.state.ended[plan.number] for plan in plans if plan.number in self.state.ended)
        return Trial(number=number, identity=trial.identity, configuration=trial.configuration, runs=runs)

    def choice(self) -> Decision | None:
        """The choice as the ledger recorded it; None before it was made."""
        return self.state.decision()

    @property
    def chosen(self) -> int | None:
        """The trial that was chosen; None before, or where no trial could be."""
        choice = self.choice()
        return choice.chosen if choice else None

    @property
    def data_hash(self) -> str:
        """The hash of the data that the study began with; empty before it began."""
        return self.state.declared.data_hash if self.state.declared else ""

    def table(self) -> pd.DataFrame:
        """One row per trial: its configuration and its level by every measure in the reference condition, best first after the chosen.

        A level is what the trial gives on an average draw, as all runs together say; as measured where nothing was repeated. Runs of
        the search's effort only: efforts are never averaged. What confirms is left out, as it is no part of a search. An adopted
        sweep has no reference: all its conditions count, their own means removed.
        """
        runs = self.runs()
        if runs.empty:
            return runs
        if not self.adopted:
            runs = searched(runs, self.reference.name, self.searching)
        return trials_table(runs, self.goals[0], self.chosen, 1 if self.adopted else self.folds(self.reference))

    def run_folder(self, number: int) -> Path:
        """Where a run's files stand, whether it left any or not."""
        return self.folder / "runs" / str(number)

    def outcome(self, run: int) -> Outcome:
        """A run's outcome as it was stored; a StorageError where it was not kept or cannot be read."""
        return read_outcome(self.run_folder(run))

    def curves(self, run: int) -> dict[str, np.ndarray]:
        """A run's curves by name, one value per epoch; empty where it has none."""
        if self.adopted_curves is None:
            return read_curves(self.run_folder(run))
        own = self.adopted_curves[self.adopted_curves["run"] == run]
        return {str(name): part["value"].to_numpy() for name, part in own.groupby("name", sort=False)}

    @cached_property
    def adopted_curves(self) -> pd.DataFrame | None:
        """The curves of an adopted sweep in long form (run, epoch, name, value); None where there are none."""
        path = self.folder / ADOPTED_CURVES
        return pd.read_parquet(path) if path.exists() else None

    @cached_property
    def adopted_others(self) -> pd.DataFrame | None:
        """The columns of an adopted table that no run holds, by run; runs that an earlier version adopted are missing (all: None)."""
        path = self.folder / ADOPTED_OTHERS
        return pd.read_parquet(path) if path.exists() else None

    def curves_frame(self) -> pd.DataFrame:
        """The `curves` frame: one row per run, name and epoch."""
        return curves_frame(self.state, self.curves, self.adopted_curves)

    @property
    def adopted(self) -> bool:
        """Whether the runs were made elsewhere."""
        return any(phase.step is Step.ADOPTED for phase in self.state.proposals)

    @cached_property
    def axes(self) -> Axes:
        """The hyperparameters as axes: of the declared space, or as an adopted table suggests them."""
        if not self.adopted:
            return axes_of(self.space)
        return inferred_axes(self.runs(), list(self.file.space))

    def weights(self, run: int) -> dict[str, np.ndarray]:
        """A run's weights by name; a StorageError where they were not kept or are no safetensors."""
        return read_weights(self.run_folder(run))

    @property
    def searching(self) -> str:
        """The name of the effort of the search."""
        return self.effort(self.file.protocol.explore.effort).name

    @property
    def deciding(self) -> str:
        """The name of the effort of the finalists."""
        return self.effort(self.file.protocol.finalists.effort or self.file.protocol.explore.effort).name

    def select(self, *, trial: int, condition: str, draw: int | None = None, within: Phase | None = None) -> list[Run]:
        """Finished runs of a trial in a condition, in the order of replicates; within a phase, whichever its round."""
        runs = self.trial(trial).runs
        found = [
            run
            for run in runs
            if run.condition == condition and draw in (None, run.draw) and (within is None or run.phase.within(within))
        ]
        return sorted(found, key=lambda run: (run.replicate, run.number))

    def model(self) -> Model:
        """The model that the study kept, for `predict`; a StudyFileError says how to get one."""
        number = self.state.kept
        if number is None:
            if self.finished:
                raise StudyFileError(
                    f"{self.folder} kept no model: its runs store no weights, or `keep` is off in its study file."
                )
            raise StudyFileError(f"{self.folder} has kept no model yet. Finish it with: sweepwright run {self.folder}")
        return Model(
            name=f"{self.folder.name}/run {number}",
            weights=self.weights(number),
            facts=self.outcome(number).facts,
            configuration=self.state.ended[number].configuration,
            data_hash=self.data_hash,
        )
