"""What a condition does to all trials alike: taken out before trials are compared that did not all run in every condition."""

import numpy as np
import pandas as pd

LAM = np.logspace(-3, 8, 34)  # variance of trials over that of runs
NOTHING = 1e-12  # of the squares: what rounding leaves


def levelled(values: pd.DataFrame) -> pd.DataFrame:
    """Values (columns trial, condition, value) as in the average of all conditions: without what each does to all trials alike.

    Generalised least squares with random trials, the ratio of the two variances by restricted likelihood: where every trial ran alike
    in every condition this takes the conditions' own means; where some did not, a condition is not blamed for the trials that it lacks.
    Missing values stay missing. One condition: as it is.

    >>> rows = [(t, c, t + 10 * (c == "b")) for t in range(6) for c in "ab" if not (c == "b" and t > 2)]
    >>> levelled(pd.DataFrame(rows, columns=["trial", "condition", "value"]).astype({"value": float}))["value"].round(3).tolist()
    [5.0, 5.0, 6.0, 6.0, 7.0, 7.0, 8.0, 9.0, 10.0]
    """
    if values["condition"].nunique() < 2:
        return values
    known = values[np.isfinite(values["value"].to_numpy(float))]
    if known["condition"].nunique() < 2:
        return values
    trial = np.unique(known["trial"].to_numpy(), return_inverse=True)[1]
    names, condition = np.unique(known["condition"].astype(str).to_numpy(), return_inverse=True)
    effects = pd.Series(_effects(trial, condition, known["value"].to_numpy(float)), index=names)
    own = values["condition"].astype(str).map(effects)
    return values.assign(value=values["value"] - own + float(effects.mean()))


def _effects(trial: np.ndarray, condition: np.ndarray, value: np.ndarray) -> np.ndarray:
    """The effect of each condition, in the unit of the values."""
    origin, unit = float(value.mean()), float(value.std()) or 1.0
    y, conditions = (value - origin) / unit, int(condition.max()) + 1
    count, total = np.bincount(trial), np.bincount(trial, y)
    met = np.zeros((len(count), conditions))
    np.add.at(met, (trial, condition), 1.0)
    sizes = np.unique(count)
    inside = [met[count == n].T @ met[count == n] for n in sizes]  # a trial enters by its number of runs only
    along = [met[count == n].T @ total[count == n] for n in sizes]
    square = [float((total[count == n] ** 2).sum()) for n in sizes]
    trials = np.bincount(count)[sizes]
    best, found = -np.inf, np.zeros(conditions)
    for lam in LAM:
        share = lam / (1 + sizes * lam)
        matrix = np.diag(met.sum(axis=0)) - sum(s * part for s, part in zip(share, inside, strict=True))
        right = np.bincount(condition, y) - sum(s * part for s, part in zip(share, along, strict=True))
        effects = np.linalg.lstsq(matrix, right, rcond=None)[0]
        left = max(float((y**2).sum()) - float(share @ square) - float(right @ effects), NOTHING * len(y))
        spread = np.linalg.eigvalsh(matrix)
        log = -0.5 * (float(trials @ np.log1p(sizes * lam)) + float(np.log(np.maximum(spread, NOTHING)).sum()))
        log -= (len(y) - conditions) / 2 * np.log(left)
        if log > best:
            best, found = log, effects
    return unit * found
