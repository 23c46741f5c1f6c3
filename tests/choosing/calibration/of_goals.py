"""Two goals: quality that saturates with cost. Is a cheap configuration found that is as good up to what matters?"""

import numpy as np
import pandas as pd
from worlds import World, begun, finalists

from sweepwright.choosing import Aim, decide

WORTH, TRIALS, ROUNDS = 0.5, 84, ((15, 1), (7, 1), (4, 2), (2, 3))


class Costly(World):
    """A world whose trials also cost something that is known exactly."""

    cost: np.ndarray

    def frame(self, trial: np.ndarray, draw: np.ndarray, step: str, value: np.ndarray) -> pd.DataFrame:
        return super().frame(trial, draw, step, value).assign(**{"measure.cost": self.cost[trial]})


def world(noise: float, seed: int) -> Costly:
    """Quality rises with the logarithm of the cost, up to where it no longer does; spread about 1."""
    rng = np.random.default_rng([seed, 2])
    size = rng.random(TRIALS)
    made = Costly(3.0 * np.minimum(size, 0.6) + 0.4 * rng.standard_normal(TRIALS), noise, rng, between=0.5)
    made.cost = 10 ** (3 * size)
    return made


def study(job: tuple[float, int]) -> dict[str, float]:
    """One study by both goals, and the same trials with finalists by the first goal alone."""
    noise, seed = job
    both = [Aim("f1", 1, worth=WORTH), Aim("cost", -1)]
    result: dict[str, float] = {"noise": noise}
    for name, aims in (("", both), (" by the first goal", both[:1])):
        made = world(noise, seed)
        runs = finalists(made, begun(made), ROUNDS, aims, seed)
        pick = decide(runs, both, seed=seed).chosen
        assert pick is not None
        good = made.level >= made.level.max() - WORTH
        target = int(np.argmin(np.where(good, made.cost, np.inf)))
        result |= {
            f"within{name}": float(good[pick]),
            f"cheapest{name}": float(pick == target),
            f"cost{name}": float(made.cost[pick] / made.cost[target]),
            f"loss{name}": float(made.level.max() - made.level[pick]),
        }
    return result
