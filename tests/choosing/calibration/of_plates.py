"""Eight plates, and the next seventeen: is the mean over many covered, and what the new ones give together?"""

from functools import cache

import numpy as np

from sweepwright.measures.classification import f1_weighted
from sweepwright.measures.groups import group_score

PLATES, NEXT, MANY, CELLS = 8, 17, 4000, 40


def plates(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Group, class and call of every cell: plates differ in how often a call is right, and in which classes they hold."""
    group = np.repeat(np.arange(count), CELLS)
    right = 1 / (1 + np.exp(-(1.2 + 0.7 * rng.standard_normal(count))))
    mix = rng.dirichlet([3.0, 2.0, 1.0], count).cumsum(axis=1)
    truth = (rng.random(len(group))[:, None] > mix[group]).sum(axis=1).clip(0, 2)
    called = np.where(rng.random(len(group)) < right[group], truth, (truth + rng.integers(1, 3, len(group))) % 3)
    return group, truth, called


@cache
def over_many() -> float:
    _, truth, called = plates(MANY, np.random.default_rng(99))
    return float(f1_weighted(truth, called))


def study(seed: int) -> dict[str, float]:
    """Whether the two intervals of one study hold what they promise."""
    rng = np.random.default_rng([seed, 8])
    found = group_score(f1_weighted, *plates(PLATES, rng), limits=(0.0, 1.0))
    _, truth, called = plates(NEXT, rng)
    new = float(f1_weighted(truth, called))
    (low, high), (least, most) = found.average(), found.following(NEXT)
    return {"mean over many plates": float(low <= over_many() <= high), "next 17 plates": float(least <= new <= most)}
