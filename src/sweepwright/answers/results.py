"""The results of a study, as figures and sections of problems read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sweepwright.errors import InputError
from sweepwright.nouns.decision import Decision
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.phase import Part, Phase, Step
from sweepwright.nouns.plain import Facts
from sweepwright.nouns.results import Results
from sweepwright.nouns.run import Run
from sweepwright.nouns.trial import Trial
from sweepwright.running.products import product
from sweepwright.study.outcomes import pooled_outcome
from sweepwright.study.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class ResultsOfStudy(Results):
    """The results of a study that stands on disk."""

    study: Study

    @property
    def facts(self) -> Facts:
        return self.study.facts

    @property
    def samples(self) -> Mapping[str, np.ndarray]:
        return self.study.samples

    @property
    def goals(self) -> tuple[Goal, ...]:
        return self.study.goals

    @property
    def baselines(self) -> tuple[str, ...]:
        return tuple(baseline.name for baseline in self.study.resolved.baselines)

    @property
    def decision(self) -> Decision:
        decision = self.study.choice()
        if decision is None or decision.chosen is None:
            raise InputError(f"{self.study.folder} has not chosen, so there are no results to draw. Finish it first.")
        return decision

    @property
    def chosen(self) -> Trial:
        assert self.decision.chosen is not None
        return self.study.trial(self.decision.chosen)

    @property
    def trials(self) -> Sequence[Trial]:
        return [self.study.trial(number) for number in self.study.state.trials]

    def explored(self) -> Sequence[Run]:
        ended = self.study.state.runs
        found = [run for run in ended if run.trial >= 0 and run.used and run.step is Step.EXPLORE]
        return sorted((run for run in found if self._in_reference(run)), key=lambda run: (run.trial, run.replicate))

    def searched(self) -> Sequence[Run]:
        reference = self.study.reference.name
        return self.study.select(trial=self.chosen.number, condition=reference, draw=0, within=Phase(Step.EXPLORE))

    def under(self, condition: str, draw: int | None = None) -> Sequence[Run]:
        return self.study.select(trial=self.chosen.number, condition=condition, draw=draw)

    def procedure(self) -> Sequence[Run]:
        return [run for run in self.study.state.runs if run.phase.part is Part.OUTER]

    def baseline(self, name: str) -> Sequence[Run]:
        ended = self.study.state.runs
        own = [run for run in ended if run.trial < 0 and run.configuration["baseline"] == name and run.draw == 0]
        return sorted((run for run in own if self._in_reference(run)), key=lambda run: run.replicate)

    def outcome(self, *runs: Run) -> Outcome:
        return pooled_outcome(self.study, list(runs))

    def product(self, name: str) -> Mapping[str, np.ndarray]:
        return product(self.study, name)

    def _in_reference(self, run: Run) -> bool:
        return run.condition == self.study.reference.name
