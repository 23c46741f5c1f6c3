"""Ranks of finalists, from runs on which none of them was picked."""

import numpy as np
import pandas as pd

from sweepwright.choosing.noise.components import noise_floor, used_values
from sweepwright.nouns.statement import LEVEL

DRAWS = 2000


def fresh_ranks(runs: pd.DataFrame, measure: str, sign: int = 1, seed: int = 0) -> pd.DataFrame:
    """Rank intervals of trials (1 is the best) from their fresh runs: columns low, high, best (P(rank 1)); index trial.

    A trial's rank may be anything that its differences from the others leave open: each is compared with all others at once
    (the largest of its differences is below the critical value in 90 % of draws of pure noise), so the interval covers the
    true rank in at least 90 %, also for the trial that was picked, and among trials that hardly differ (Klein, Wright &
    Wieczorek 2020, doi:10.1111/rssa.12560). P(rank 1) is drawn about the observed means. Where nothing was repeated every
    rank is possible.

    >>> runs = pd.DataFrame({"trial": [0, 0, 1, 1], "condition": "all", "replicate": [0, 1, 0, 1], "step": "finalists",
    ...     "ending": "COMPLETED", "used": True, "measure.f1": [0.90, 0.91, 0.10, 0.11]})
    >>> fresh_ranks(runs, "f1")["high"].to_dict()
    {0: 1, 1: 2}
    """
    means = used_values(runs, measure).groupby("trial")["value"].agg(["mean", "size"])
    noise = noise_floor(runs, measure).noise
    count = len(means)
    if noise is None:
        every = {"low": np.ones(count, dtype=int), "high": np.full(count, count), "best": np.full(count, np.nan)}
        return pd.DataFrame(every, index=means.index)
    rng = np.random.default_rng(seed)
    wobble = np.sqrt(noise.freedom / rng.chisquare(noise.freedom, DRAWS))
    error = noise.sd * np.sqrt(1 / means["size"].to_numpy(dtype=float))
    between = np.sqrt(error[:, None] ** 2 + error**2)  # standard errors of differences
    draws = wobble[:, None] * error * rng.standard_normal((DRAWS, count))
    centre = sign * means["mean"].to_numpy()
    ahead = (centre[None, :] - centre[:, None]) / between  # by how much each other trial is better
    low, high = np.ones(count, dtype=int), np.full(count, count)
    for i in range(count):
        off = np.abs(draws - draws[:, i : i + 1]) / between[i]
        critical = float(np.quantile(np.delete(off, i, axis=1).max(axis=1), LEVEL)) if count > 1 else 0.0
        low[i] += (ahead[i] > critical).sum()
        high[i] -= (ahead[i] < -critical).sum()
    best = np.bincount((centre + draws).argmax(axis=1), minlength=count) / DRAWS
    return pd.DataFrame({"low": low, "high": high, "best": best}, index=means.index)
