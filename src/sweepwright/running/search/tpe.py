"""The tree-structured Parzen estimator, multivariate, with constant liar."""

from collections.abc import Mapping

from optuna.samplers import TPESampler

from sweepwright.running.optuna_model import FEWEST, OptunaModel
from sweepwright.running.sampler import ModelSampler
from sweepwright.space import Space, Value


class TPE(ModelSampler):
    """Optuna's TPE; it goes by the first goal."""

    def learner(
        self, space: Space, root: int, stream: str, goals: int = 1, fixed: Mapping[str, Value] | None = None
    ) -> OptunaModel:
        # Where every configuration has the same parameters there is one group of them: leaving the grouping out gives the
        # same proposals, and saves Optuna from finding that group anew among all trials at each of them.
        group = any(slot.reads for slot in space.slots)

        def make(seed: int) -> TPESampler:
            return TPESampler(multivariate=True, group=group, constant_liar=True, n_startup_trials=FEWEST, seed=seed)

        return OptunaModel(make, space, root, stream, fixed=fixed, kept=True)


KEEPER = TPE()
