"""Was the search long enough? The best of n configurations that one may expect, from those that were tried."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import gammaln

MOST_ROWS = 300


def expected_best(values: Float[np.ndarray, " trials"], sign: int = 1, level: float = 0.9) -> pd.DataFrame:
    """The best value among n of the trials drawn without replacement, for n from 1 to all (at most 300 of them).

    Columns n, expected, low, high, in the unit of the values: the exact mean, and the quantiles of what one search of n trials finds (not an interval of
    the mean). `sign` 1 where higher is better, else -1. Drawing without replacement makes the mean unbiased for a search of n;
    with replacement (Dodge et al. 2019, doi:10.18653/v1/D19-1224) it is too low (Tang et al. 2020,
    doi:10.18653/v1/2020.acl-main.246). Values that are not finite are left out. What is noise in the values is counted as
    progress: give shrunken means.

    >>> expected_best(np.array([0.0, 1.0, 2.0]))["expected"].round(3).tolist()
    [1.0, 1.667, 2.0]
    """
    ordered = sign * np.sort(sign * values[np.isfinite(values)])  # worst first
    count = len(ordered)
    if count == 0:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in ("n", "expected", "low", "high")})
    n = np.unique(np.geomspace(1, count, MOST_ROWS).round().astype(int))[:, None]
    place = np.arange(1, count + 1)[None, :]
    with np.errstate(invalid="ignore"):
        chances = np.exp(_log_choose(place, n) - _log_choose(np.array(count), n))  # P(the best of n is at most the i-th)
    reached = np.where(place >= n, np.nan_to_num(chances), 0.0)
    reached[:, -1] = 1.0
    weights = np.diff(reached, axis=1, prepend=0.0)
    tail = (1 - level) / 2
    low, high = (ordered[(reached >= q - 1e-12).argmax(axis=1)] for q in (tail, 1 - tail))
    return pd.DataFrame({"n": n[:, 0], "expected": weights @ ordered, "low": low, "high": high})


def _log_choose(total: np.ndarray, part: np.ndarray) -> np.ndarray:
    """The logarithm of a binomial coefficient, by element; NaN or -inf where `part` is larger."""
    return gammaln(total + 1.0) - gammaln(part + 1.0) - gammaln(np.maximum(total - part, 0) + 1.0)
