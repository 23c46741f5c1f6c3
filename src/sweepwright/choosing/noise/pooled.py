"""The noise of one run, pooled over trials that were repeated."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


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
