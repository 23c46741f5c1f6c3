"""The level of the only trial there is: the mean of its runs, and by what these differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sweepwright.choosing.estimator.cells import Cells


@dataclass(frozen=True, slots=True, eq=False)
class Alone:
    """Draws of the level and of the noise sd (draws, measures) of one trial, with no other trial to be judged by."""

    level: np.ndarray
    sigma: np.ndarray


def alone(found: Sequence[Cells], size: int, rng: np.random.Generator) -> Alone:
    """The posterior of one trial's level given its cells alone (measures in their units, flat priors of mean and log sd).

    >>> values = np.array([1.0, 2.0, 3.0])
    >>> cells = Cells(np.zeros(1), np.zeros(3, int), np.zeros(3, int), values, np.zeros(1, int), 0, None, 0, 0, np.zeros(0))
    >>> found = alone([cells], 4000, np.random.default_rng(0))
    >>> bool(abs(np.median(found.level) - 2) < 0.05), bool(np.median(found.sigma) > 1)
    (True, True)
    """
    levels, sigmas = np.empty((size, len(found))), np.empty((size, len(found)))
    for i, cells in enumerate(found):
        square = float(((cells.value - cells.value.mean()) ** 2).sum())
        sigmas[:, i] = np.sqrt(square / rng.chisquare(max(cells.repeats, 1), size))
        levels[:, i] = cells.value.mean() + sigmas[:, i] / np.sqrt(len(cells.value)) * rng.standard_normal(size)
    return Alone(levels, sigmas)
