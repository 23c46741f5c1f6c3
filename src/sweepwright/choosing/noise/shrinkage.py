"""Means of trials, shrunken towards what their step gives on average: most of a best single run is luck."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

LEVELS = 20


@dataclass(frozen=True, slots=True)
class Noise:
    """The pooled standard deviation of replicates and its degrees of freedom (0: nothing was repeated)."""

    sd: float
    freedom: int


def pooled_noise(values: pd.DataFrame) -> Noise:
    """The standard deviation of one trial's values, pooled over trials (columns `trial`, `value`), in the unit of the values.

    >>> pooled_noise(pd.DataFrame({"trial": [0, 0, 1, 1, 2], "value": [1.0, 3.0, 4.0, 6.0, 9.0]}))
    Noise(sd=1.4142135623730951, freedom=2)
    """
    groups = np.unique(values["trial"].to_numpy(), return_inverse=True)[1]
    found = values["value"].to_numpy(dtype=float)
    counts = np.bincount(groups)
    means = np.bincount(groups, found) / counts
    freedom = int((counts - 1).sum())
    squares = float(((found - means[groups]) ** 2).sum())
    return Noise(float(np.sqrt(squares / freedom)) if freedom else float("nan"), freedom)


def shrunken_means(values: pd.DataFrame) -> pd.Series:
    """Each trial's mean, moved towards the mean of its step by the share of its variance that is noise.

    `values` has one row per replicate: `trial`, `step` (a trial belongs to the step of its first row), `value`. With noise
    variance s^2 pooled over replicates and variance t^2 between the trials of a step, a mean of n values keeps
    t^2 / (t^2 + s^2 / n) of its distance, averaged over what s^2 can be given its degrees of freedom (empirical Bayes;
    Efron & Morris 1975, doi:10.1080/01621459.1975.10479864). A step's mean is itself moved towards that of all trials as
    far as the steps differ by chance only, so that a step of two trials gets no centre of its own. Where nothing was
    repeated the noise is unknown and the means stay as they are. Indexed by trial, in the unit of the values.

    >>> rows = pd.DataFrame({"trial": [0, 0, 1, 2], "step": "explore", "value": [1.0, 3.0, 8.0, 0.0]})
    >>> shrunken_means(rows).round(2).to_dict()
    {0: 2.49, 1: 6.03, 2: 1.41}
    """
    noise = pooled_noise(values)
    trials = values.groupby("trial", sort=True).agg(mean=("value", "mean"), count=("value", "size"), step=("step", "first"))
    means, counts = trials["mean"].to_numpy(dtype=float), trials["count"].to_numpy(dtype=float)
    if noise.freedom == 0 or len(trials) < 2:
        return trials["mean"].rename("shrunken")
    steps = np.unique(trials["step"].to_numpy(), return_inverse=True)[1]
    sizes = np.bincount(steps)
    centres = np.bincount(steps, means) / sizes
    freedom = len(means) - len(sizes)
    within = float(((means - centres[steps]) ** 2).sum() / freedom) if freedom else float(np.var(means, ddof=1))
    centres = _moved_together(centres, sizes, within)
    share = _shares(_plausible_variances(noise), counts, within)
    return pd.Series(centres[steps] + share * (means - centres[steps]), index=trials.index, name="shrunken")


def _moved_together(centres: np.ndarray, sizes: np.ndarray, within: float) -> np.ndarray:
    """The means of the steps, moved towards the mean of all as far as they differ no more than by chance."""
    grand = float(np.average(centres, weights=sizes))
    chance = within / sizes
    if len(sizes) < 2:
        return centres
    weights = sizes / sizes.sum()
    spread = float((weights * (centres - grand) ** 2).sum())
    expected = float((weights * (1 - weights) * chance).sum())  # of that spread, where all steps are alike
    apart = max(0.0, spread - expected)
    return grand + apart / (apart + chance) * (centres - grand) if within > 0 else centres


def _plausible_variances(noise: Noise) -> np.ndarray:
    """The noise variance and its own uncertainty: midpoint quantiles of its scaled inverse chi-square distribution.

    A variance from a few replicates may be twice too large; taken at its word it would say that all trials are equal.
    """
    quantiles = (np.arange(LEVELS) + 0.5) / LEVELS
    return noise.freedom * noise.sd**2 / chi2.ppf(quantiles, max(noise.freedom, 1))


def _shares(variances: np.ndarray, counts: np.ndarray, total: float) -> np.ndarray:
    """The share of a mean's distance that is no noise, averaged over plausible noise variances; one per trial."""
    own = variances[:, None] / counts  # (variances, trials)
    between = np.maximum(total - own.mean(axis=1, keepdims=True), 0.0)
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(between / (between + own), nan=1.0).mean(axis=0)
