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
    front = np.zeros(len(oriented), dtype=bool)
    finite = np.flatnonzero(np.isfinite(oriented).all(axis=1))
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
