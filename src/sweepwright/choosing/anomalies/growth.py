"""Ranges that grew midway: later values outside of all earlier ones, more of them than chance puts there."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer
from scipy.special import gammaln

from sweepwright.choosing.anomalies.order import order_is_time
from sweepwright.choosing.encoding import Axes, Kind
from sweepwright.nouns.statement import Statement

CUTS, FIRST, LAST = 13, 0.2, 0.8  # where the earlier values may end, as shares of all
FEWEST = 20  # values
PERMUTATIONS = 9_999
SURE = 0.01  # p value times the number of parameters
MOST_EXACT = 2_000  # values: above that, places in a permutation are drawn as shares of its length
EXTREMES = 60  # of each end: that all of them come late is a matter of 1e-6


def grown_ranges(runs: pd.DataFrame, axes: Axes) -> Iterator[Statement]:
    """Continuous parameters whose range grew with the order of runs, if configurations were drawn at random.

    The statistic is the smallest chance, over 13 places where the earlier values may end, that so many later values lie
    outside of all earlier ones; its p value is from 9,999 seeded permutations. Ranks only, so no unit matters; values that are
    equal lie outside of nothing. A configuration counts once, when it first ran. Silent where the table is sorted: its order is no order in time.
    """
    if not order_is_time(runs, axes):
        return
    runs = runs.drop_duplicates("trial")  # a configuration that ran again was drawn once
    points = axes.encode(runs)
    numbers = runs["run"].to_numpy()
    for i, axis in enumerate(axes.axes):
        known = np.flatnonzero(~np.isnan(points[:, i]))
        if axis.kind is not Kind.CONTINUOUS or len(known) < FEWEST:
            continue
        values, cuts = points[known, i], cuts_of(len(known))
        outside = _outside(values, cuts)
        chances = chance(outside, cuts, len(values))
        best = int(np.argmin(chances))
        p = float((1 + np.searchsorted(_null(len(values)), chances[best], side="right")) / (1 + PERMUTATIONS))
        if p * len(axes) <= SURE:
            cut, later = int(cuts[best]), values[cuts[best] :]
            low, high = values[:cut].min(), values[:cut].max()
            run = int(numbers[known[cut:][(later < low) | (later > high)][0]])
            text = (
                f"The range of {axis.name} grew at run {run}, if configurations were drawn at random: {int(outside[best])} of the "
                f"{len(later)} configurations from then on lie outside of all {cut} earlier ones (p = {p:.1g})."
            )
            yield Statement("range_changed", text, {"run": run, "outside": int(outside[best]), "p": p})


def cuts_of(count: int) -> Integer[np.ndarray, " cuts"]:
    """How many values come before each place where the range may have grown."""
    return np.unique(np.linspace(FIRST * count, LAST * count, CUTS).round().astype(int))


def chance(
    outside: Integer[np.ndarray, "*rest cuts"], cuts: Integer[np.ndarray, " cuts"], count: int
) -> Float[np.ndarray, "*rest cuts"]:
    """P(at least so many of the later values lie outside the range of the first `cuts`), all orders being alike; in [0, 1].

    ((k + 1) C(n - k, c) - k C(n - k - 1, c)) / C(n, c): the k values outside are j of the lowest and k - j of the highest.

    >>> chance(np.array([0, 1, 2]), np.array([1, 1, 1]), 3).round(3)
    array([1., 1., 1.])
    """

    def share(left: np.ndarray) -> np.ndarray:
        """C(left, c) / C(n, c)."""
        inside = np.maximum(left, cuts)
        logs = gammaln(inside + 1) - gammaln(inside - cuts + 1) - gammaln(count + 1) + gammaln(count - cuts + 1)
        return np.where(left >= cuts, np.exp(logs), 0.0)

    found = (outside + 1) * share(count - outside) - outside * share(count - outside - 1)
    return np.clip(found, 0.0, 1.0)


def _outside(values: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """How many later values lie outside of all earlier ones, at each cut."""
    return np.array([int(((values[c:] < values[:c].min()) | (values[c:] > values[:c].max())).sum()) for c in cuts])


@lru_cache(maxsize=32)
def _null(count: int) -> np.ndarray:
    """The statistic of orders drawn at random, sorted: it depends on the number of values alone."""
    rng, cuts = np.random.default_rng(count), cuts_of(count)
    ends = min(EXTREMES, count // 2)
    found = []
    for _ in range(0, PERMUTATIONS, 333):  # 30 times 333 orders, and some too many
        if count <= MOST_EXACT:
            times = rng.permuted(np.tile(np.arange(count), (334, 1)), axis=1)
            lowest, highest = times[:, :ends], times[:, ::-1][:, :ends]
        else:
            times = rng.random((334, 2 * ends)) * count
            lowest, highest = times[:, :ends], times[:, ends:]
        outside = _late(lowest, cuts) + _late(highest, cuts)
        found.append(chance(outside, cuts, count).min(axis=1))
    return np.sort(np.concatenate(found)[:PERMUTATIONS])


def _late(times: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """How many of the most extreme values, in their order, come at or after each cut before one comes earlier."""
    late = times[:, :, None] >= cuts
    return np.cumprod(late, axis=1).sum(axis=1)
