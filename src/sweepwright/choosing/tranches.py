"""Tranches: named rules such as ``f1 >= 0.7 and aligned_rmse <= 0.2``, and the trials that fulfil them."""

import operator
from collections.abc import Callable

import pandas as pd

from sweepwright.errors import InputError, did_you_mean
from sweepwright.space.bounds import bounds

_SIGNS: dict[str, Callable[..., pd.Series]] = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def tranche(means: pd.DataFrame, rule: str) -> list[int]:
    """The trials (index of `means`, one column per measure) that fulfil a rule, in order; a missing value fulfils nothing.

    >>> tranche(pd.DataFrame({"f1": [0.6, 0.8], "val loss": [0.1, 0.1]}), "f1 >= 0.7 and `val loss` <= 0.2")
    [1]
    """
    inside = pd.Series(True, index=means.index)
    for bound in bounds(rule):
        if bound.name not in means:
            hint = did_you_mean(bound.name, means) or f"there are {', '.join(map(str, means))}."
            raise InputError(f"A tranche reads {bound.name!r}, which is no measure; {hint}")
        inside &= _SIGNS[bound.sign](means[bound.name], bound.number)
    return [int(trial) for trial in means.index[inside]]
