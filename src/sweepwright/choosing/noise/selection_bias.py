"""What the selection itself added to the score of the selected: the bootstrap bias-corrected estimate."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Integer


@dataclass(frozen=True, slots=True)
class Corrected:
    """A score free of selection: the estimate, a percentile interval, and the resamples that had a value."""

    value: float
    low: float
    high: float
    resamples: int


def bias_corrected(
    score: Callable[[np.ndarray], np.ndarray],
    units: Integer[np.ndarray, " samples"],
    seed: int,
    sign: int = 1,
    resamples: int = 200,
    level: float = 0.9,
) -> Corrected:
    """The score of the best of several configurations, without the optimism of having picked it.

    `score(rows)` gives one score per configuration on these rows of the pooled out-of-fold predictions; `units` names
    the group of each row (rows of one group are drawn together). In each resample the best configuration is picked on
    the rows that were drawn and scored on the others: Tsamardinos, Greasidou & Borboudakis (2018),
    doi:10.1007/s10994-018-5714-4. `sign` is 1 where higher is better.
    """
    rng = np.random.default_rng(seed)
    names, member = np.unique(units, return_inverse=True)
    found = []
    for _ in range(resamples):
        times = np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names))[member]
        inside, outside = np.repeat(np.arange(len(units)), times), np.flatnonzero(times == 0)
        if len(outside) == 0:
            continue
        inner = sign * score(inside)
        if np.isfinite(inner).any():
            found.append(score(outside)[int(np.nanargmax(inner))])
    values = np.array([value for value in found if np.isfinite(value)])
    if len(values) == 0:
        return Corrected(float("nan"), float("nan"), float("nan"), 0)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Corrected(float(values.mean()), float(low), float(high), len(values))
