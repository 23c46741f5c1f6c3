"""Pareto fronts over any number of goals."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Real

from sweepwright.choosing.estimator.levels import Levels

FRONT_DRAWS = 200


def pareto_front(values: Float[np.ndarray, "trials goals"], signs: Real[np.ndarray, " goals"]) -> Bool[np.ndarray, " trials"]:
    """Which trials no other trial dominates; `signs` is 1 where higher is better, -1 where lower is.

    A trial with a value that is not finite is never on the front. Equal trials are on it together.

    >>> pareto_front(np.array([[1.0, 5.0], [2.0, 5.0], [0.0, 1.0]]), np.array([1, -1]))
    array([False,  True,  True])
    """
    oriented = values * signs
    front = np.zeros(len(oriented), dtype=bool)
    finite = np.flatnonzero(np.isfinite(oriented).all(axis=1))
    if oriented.shape[1] <= 2 and len(finite):
        front[finite] = _front_of_two(oriented[finite, 0], oriented[finite, -1])
        return front
    # Nobody is dominated by who comes later in this order, so that each is compared with the front so far only.
    order = finite[np.lexsort(oriented[finite].T[::-1])[::-1]]
    found = np.empty((len(order), oriented.shape[1]))
    size = 0
    for i in order:
        others = found[:size]
        if not ((others >= oriented[i]).all(axis=1) & (others > oriented[i]).any(axis=1)).any():
            found[size] = oriented[i]
            size += 1
            front[i] = True
    return front


def _front_of_two(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The front of two goals (or twice the same), larger is better, without a loop over trials."""
    values, member = np.unique(-first, return_inverse=True)  # the best first
    best = np.full(len(values), -np.inf)
    np.maximum.at(best, member, second)
    before = np.r_[-np.inf, np.maximum.accumulate(best)[:-1]]
    return (second == best[member]) & (best > before)[member]


def front_probability(found: Levels, signs: Sequence[int], among: Collection[int] | None = None) -> pd.Series:
    """The probability of each trial to lie on the Pareto front, in [0, 1]; trials that no draw puts there are left out.

    Without a known noise it is 1 on the front of the values as measured. `among` are the trials that are compared.
    """
    oriented = np.array(signs, dtype=float)
    places = found.drawn if among is None else found.drawn[np.isin(found.trials[found.drawn], list(among))]
    if not found.is_known:
        on = pareto_front(found.mean[places], oriented)
        return pd.Series(1.0, index=found.trials[places][on])
    draws = found.draws[:FRONT_DRAWS, np.isin(found.drawn, places)] * oriented
    times = np.mean([pareto_front(draw, np.ones(len(oriented))) for draw in draws], axis=0)
    share = pd.Series(times, index=found.trials[places])
    return share[share > 0].sort_values(ascending=False, kind="stable")
