"""A Gaussian process, for small continuous spaces."""

from collections.abc import Mapping
from importlib.util import find_spec

from optuna.samplers import GPSampler

from sweepwright.running.optuna_model import FEWEST, OptunaModel
from sweepwright.running.sampler import ModelSampler
from sweepwright.space import Space, Value


class GP(ModelSampler):
    """Optuna's Gaussian processes, which need torch; it goes by the first goal."""

    def lacking(self) -> str:
        needs = "The sampler 'gp' needs torch: pip install 'sweepwright[gp]', or use sampler: tpe."
        return "" if find_spec("torch") else needs

    def learner(
        self, space: Space, root: int, stream: str, goals: int = 1, fixed: Mapping[str, Value] | None = None
    ) -> OptunaModel:
        def make(seed: int) -> GPSampler:
            return GPSampler(seed=seed, n_startup_trials=FEWEST, deterministic_objective=False)

        return OptunaModel(make, space, root, stream, fixed=fixed)


KEEPER = GP()
