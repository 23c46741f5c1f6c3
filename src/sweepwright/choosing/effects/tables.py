"""A function of the hyperparameters as tables: a mean, main effects, two-way effects."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from sweepwright.choosing.encoding import Axes, Axis, Cube, Kind

GRID = 48  # places at which an effect over a continuum is tabulated
Values = Float[np.ndarray, " points"]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """A function of the axes as tables: a mean, one main effect per axis, one surface per pair of axes.

    Every table averages to zero over each of its axes.
    """

    axes: Axes
    mean: float
    mains: tuple[np.ndarray, ...]
    pairs: dict[tuple[int, int], np.ndarray]

    def shares(self) -> tuple[np.ndarray, np.ndarray, dict[tuple[int, int], float]]:
        """Main, total and two-way shares of the variance over the whole cube (all NaN where nothing varies)."""
        main = np.array([np.mean(table**2) for table in self.mains])
        pairs = {key: float(np.mean(table**2)) for key, table in self.pairs.items()}
        whole = main.sum() + sum(pairs.values())
        total = main.copy()
        for (i, j), value in pairs.items():
            total[i] += value
            total[j] += value
        with np.errstate(invalid="ignore", divide="ignore"):
            return main / whole, total / whole, {key: value / whole for key, value in pairs.items()}

    @property
    def variance(self) -> float:
        """The variance of the function over the whole cube."""
        return float(sum(np.mean(t**2) for t in self.mains) + sum(np.mean(t**2) for t in self.pairs.values()))

    def __call__(self, points: Cube) -> Values:
        """The function at points of the cube, linear between the tabulated places; an inactive axis adds nothing."""
        found = np.full(len(points), self.mean)
        tabulated = [self._place(i, points[:, i]) for i in range(len(self.axes))]
        for i, table in enumerate(self.mains):
            low, share, active = tabulated[i]
            high = np.minimum(low + 1, len(table) - 1)
            found += active * ((1 - share) * table[low] + share * table[high])
        for (i, j), table in self.pairs.items():
            (a, s, on_a), (b, t, on_b) = tabulated[i], tabulated[j]
            a1, b1 = np.minimum(a + 1, table.shape[0] - 1), np.minimum(b + 1, table.shape[1] - 1)
            across = (1 - t) * ((1 - s) * table[a, b] + s * table[a1, b]) + t * ((1 - s) * table[a, b1] + s * table[a1, b1])
            found += on_a * on_b * across
        return found

    def _place(self, i: int, units: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        active = ~np.isnan(units)
        axis, known = self.axes.axes[i], np.where(active, units, 0.5)
        if axis.kind is not Kind.CONTINUOUS:
            return np.minimum((known * axis.count).astype(int), axis.count - 1), np.zeros(len(known)), active
        at = np.clip(known * GRID - 0.5, 0, GRID - 1)
        low = np.minimum(at.astype(int), GRID - 2)
        return low, at - low, active


def tabulated(axis: Axis) -> np.ndarray:
    """Where an axis is tabulated: the middles of equal shares."""
    return (np.arange(GRID) + 0.5) / GRID if axis.kind is Kind.CONTINUOUS else axis.centres
