"""NSGA-II: generations of configurations, for several goals at once."""

from collections.abc import Mapping

import optuna
from optuna.samplers import NSGAIISampler
from optuna.trial import FrozenTrial, TrialState

from sweepwright.running.optuna_model import OptunaModel
from sweepwright.running.sampler import ModelSampler
from sweepwright.space import Space, Value

POPULATION = 24


class NSGA2(ModelSampler):
    """Optuna's NSGA-II; it goes by all goals."""

    def learner(
        self, space: Space, root: int, stream: str, goals: int = 1, fixed: Mapping[str, Value] | None = None
    ) -> OptunaModel:
        return OptunaModel(_Generations, space, root, stream, goals, fixed)


class _Generations(NSGAIISampler):
    """NSGA-II whose generations follow from the numbers of the proposals, so that nothing has to be remembered."""

    def __init__(self, seed: int):
        super().__init__(population_size=POPULATION, seed=seed)
        self._parents: dict[int, list[FrozenTrial]] = {}

    def get_trial_generation(self, study: optuna.Study, trial: FrozenTrial) -> int:
        return trial.number // POPULATION

    def get_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return [trial for trial in done if trial.number // POPULATION == generation]

    def get_parent_population(self, study: optuna.Study, generation: int) -> list[FrozenTrial]:
        if generation not in self._parents:
            self._parents[generation] = [] if generation == 0 else self.select_parent(study, generation)
        return self._parents[generation]


KEEPER = NSGA2()
