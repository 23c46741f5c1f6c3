"""How far a mean over folds and draws can be trusted."""

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.stats import t as student

from sweepwright.choosing.frame import measure_column
from sweepwright.choosing.noise.pooled import pooled_noise


def error_factor(values: int, folds: int) -> float:
    """The factor c with Var(mean) = c s^2 for `values` scores, s^2 their sample variance.

    Independent draws: 1/J. Folds of one draw share training rows, so their scores are correlated: 1/J + 1/(folds - 1),
    the correction of Nadeau & Bengio (2003), doi:10.1023/A:1024068626366, for a test to training ratio of 1/(folds - 1).

    >>> error_factor(10, folds=1), round(error_factor(10, folds=10), 3)
    (0.1, 0.211)
    """
    if values < 1:
        raise ValueError(f"A standard error needs at least one value, but got {values}.")
    return 1 / values + (1 / (folds - 1) if folds > 1 else 0.0)


def confirmed_mean(
    values: Float[np.ndarray, " values"], others: pd.DataFrame, measure: str, folds: int = 1, level: float = 0.9
) -> tuple[float, float, float]:
    """The mean of fresh runs with its Student interval, in the unit of the measure; NaN bounds where nothing is known of noise.

    Three runs know little of their own spread, so the noise is pooled over the replicates of `others` too (runs that were not
    picked for being good: audit, finalists), where that has more degrees of freedom. `folds` as in `error_factor`.

    >>> others = pd.DataFrame({"trial": np.repeat(range(10), 3), "measure.f1": np.tile([0.1, 0.2, 0.3], 10)})
    >>> [round(x, 3) for x in confirmed_mean(np.array([0.5, 0.6, 0.7]), others, "f1")]
    [0.6, 0.501, 0.699]
    """
    mean, freedom = float(values.mean()), len(values) - 1
    sd = float(np.std(values, ddof=1)) if freedom > 0 else float("nan")
    column = measure_column(measure)
    known = others[["trial", column]].dropna().rename(columns={column: "value"})
    noise = pooled_noise(known) if len(known) and folds == 1 else None
    if noise is not None and noise.freedom > 0:
        own = freedom * sd**2 if freedom > 0 else 0.0
        freedom += noise.freedom
        sd = float(np.sqrt((own + noise.freedom * noise.sd**2) / freedom))
    if freedom < 1:
        return mean, float("nan"), float("nan")
    reach = float(student.ppf(0.5 + level / 2, freedom) * sd * np.sqrt(error_factor(len(values), folds)))
    return mean, mean - reach, mean + reach
