"""Shares of variance: which hyperparameter moves a fitted function how much, over the space that could be drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from sweepwright.choosing.encoding import Axes, Cube

BASE_POINTS = 512  # a power of two, as Sobol points want it
RETRIES = 20

Function = Callable[[Cube], np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Main and total Sobol indices by axis, and the total again where the axis is active (NaN where it always is)."""

    main: np.ndarray
    total: np.ndarray
    active: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Points of the space in pairs that differ in one axis: from them the shares of any function are estimated.

    `first` and `second` are independent; row r of `changed[i]` is row r of `first` with axis i drawn again. `usable[i]` marks
    the pairs that constraints allow; where they forbid some, the shares are no decomposition.
    """

    first: Cube
    second: Cube
    changed: np.ndarray  # (axes, points, axes)
    usable: np.ndarray  # (axes, points)

    @property
    def complete(self) -> bool:
        return bool(self.usable.all())

    def shares(self, function: Function) -> Shares:
        """Sobol indices of a function: Jansen's estimators (1999), doi:10.1016/S0010-4655(98)00154-4."""
        count, size = len(self.changed), len(self.first)
        values = function(np.concatenate([self.first, self.second, *self.changed])).reshape(count + 2, size)
        base, other, changed = values[0], values[1], values[2:]
        main, total, active = np.zeros(count), np.zeros(count), np.full(count, np.nan)
        for i in range(count):
            rows = self.usable[i]
            whole = float(np.var(np.concatenate([base[rows], other[rows]]))) if rows.any() else 0.0
            if whole <= 0:
                main[i] = total[i] = np.nan
                continue
            moved = 0.5 * (base - changed[i]) ** 2
            total[i] = moved[rows].mean() / whole
            main[i] = max(0.0, 1 - 0.5 * float(((other - changed[i])[rows] ** 2).mean()) / whole)
            on = rows & ~np.isnan(self.first[:, i])
            if on.sum() >= 2 and on.sum() < rows.sum() and (inside := float(np.var(base[on]))) > 0:
                active[i] = moved[on].mean() / inside
        return Shares(main, total, active)


def drawn_pairs(axes: Axes, seed: int, points: int = BASE_POINTS) -> Draws:
    """Quasi-random draws of the space for `Draws.shares`; what a constraint forbids is drawn again, axis by axis."""
    count = len(axes)
    rng = np.random.default_rng(seed)
    units = qmc.Sobol(2 * count, scramble=True, rng=rng).random(points)
    first, second = units[:, :count].copy(), units[:, count:].copy()
    for block in (first, second):
        _until_allowed(axes, block, rng)
    changed, usable = [], []
    base, allowed = axes.points(first)
    for i in range(count):
        moved = first.copy()
        moved[:, i] = second[:, i]
        found, fine = axes.points(moved)
        for _ in range(RETRIES):
            if fine.all():
                break
            moved[~fine, i] = rng.random(int((~fine).sum()))
            found[~fine], fine[~fine] = axes.points(moved[~fine])
        changed.append(found)
        usable.append(fine & allowed)
    return Draws(base, axes.points(second)[0], np.array(changed), np.array(usable))


def _until_allowed(axes: Axes, units: Cube, rng: np.random.Generator) -> None:
    """Draw whole points again, in place, until the constraints allow them."""
    allowed = axes.points(units)[1]
    for _ in range(RETRIES):
        if allowed.all():
            return
        units[~allowed] = rng.random(units[~allowed].shape)
        allowed[~allowed] = axes.points(units[~allowed])[1]
