"""Pareto fronts over any number of goals."""

import numpy as np
from jaxtyping import Bool, Float, Real


def pareto_front(values: Float[np.ndarray, "trials goals"], signs: Real[np.ndarray, " goals"]) -> Bool[np.ndarray, " trials"]:
    """Which trials no other trial dominates; `signs` is 1 where higher is better, -1 where lower is.

    A trial with a value that is not finite is never on the front. Equal trials are on it together.

    >>> pareto_front(np.array([[1.0, 5.0], [2.0, 5.0], [0.0, 1.0]]), np.array([1, -1]))
    array([False,  True,  True])
    """
    oriented = values * signs
    finite = np.asarray(np.isfinite(oriented).all(axis=1))
    front = np.array(finite)
    for i in np.flatnonzero(finite):
        others = oriented[finite]
        front[i] = not ((others >= oriented[i]).all(axis=1) & (others > oriented[i]).any(axis=1)).any()
    return front
