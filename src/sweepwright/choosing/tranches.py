"""Tranches: named rules such as ``f1 >= 0.7 and aligned_rmse <= 0.2``, and the trials that fulfil them."""

import operator
from collections.abc import Callable

import pandas as pd

from sweepwright.errors import InputError, did_you_mean

_SIGNS: dict[str, Callable] = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def parse_rule(rule: str) -> list[tuple[str, str, float]]:
    """The bounds of a rule: (measure, sign, number); an InputError says how one is written.

    >>> parse_rule("f1 >= 0.7 and aligned_rmse <= 0.2")
    [('f1', '>=', 0.7), ('aligned_rmse', '<=', 0.2)]
    """
    found = []
    for part in rule.split(" and "):
        words = part.split()
        if len(words) < 3 or words[-2] not in _SIGNS:
            raise InputError(f"A tranche is written 'f1 >= 0.7 and rmse <= 0.2', but got {rule!r}.")
        try:
            found.append((" ".join(words[:-2]), words[-2], float(words[-1])))
        except ValueError:
            raise InputError(f"A tranche's bound is a number, but got {words[-1]!r} in {rule!r}.") from None
    return found


def tranche(means: pd.DataFrame, rule: str) -> list[int]:
    """The trials (index of `means`, one column per measure) that fulfil a rule, in order; a missing value fulfils nothing.

    >>> tranche(pd.DataFrame({"f1": [0.6, 0.8], "rmse": [0.1, 0.1]}), "f1 >= 0.7 and rmse <= 0.2")
    [1]
    """
    inside = pd.Series(True, index=means.index)
    for measure, sign, bound in parse_rule(rule):
        if measure not in means:
            hint = did_you_mean(measure, means) or f"there are {', '.join(map(str, means))}."
            raise InputError(f"A tranche reads {measure!r}, which is no measure; {hint}")
        inside &= _SIGNS[sign](means[measure], bound)
    return [int(trial) for trial in means.index[inside]]
