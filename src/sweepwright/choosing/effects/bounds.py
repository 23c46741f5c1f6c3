"""How much a parameter may matter where nothing was repeated: a bound, never a claim that it does nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import f as central
from scipy.stats import ncf

from sweepwright.choosing.effects.inactivity import FEWEST_GROUPS
from sweepwright.choosing.effects.twins import INACTIVE, Site, Twins, configurations_as_text, has_twins, sites_of, twins_at
from sweepwright.choosing.encoding import Axes, inferred_axes
from sweepwright.choosing.frame import parameter_column
from sweepwright.choosing.noise.components import copies_of, used_values
from sweepwright.nouns.statement import Statement

MISSED = 0.05  # how often the effect is larger than the bound
UNBOUNDED = 1e9  # a noncentrality that only rounding leaves open
SEEN = 0.1  # a p value below this: the parameter does something there, and no bound is said


@dataclass(frozen=True, slots=True)
class Bound:
    """The root mean square by which the values of a parameter move the mean of a measure: as seen, and at most (95 %).

    `sd` is what runs that differ in nothing else differ by: the noise, if the parameter does nothing. `p` is that of its effect.
    Blocks (settings of all others) without all values are left out.
    """

    measure: str
    values: int
    blocks: int
    moved: float
    at_most: float
    sd: float
    p: float


@dataclass(frozen=True, slots=True)
class Bounded:
    """A parameter that no run shows to matter at a site, with a bound for each measure."""

    twins: Twins
    bounds: tuple[Bound, ...]

    @property
    def share(self) -> float:
        """The largest bound as a share of what runs that differ in nothing else differ by."""
        return max(bound.at_most / bound.sd for bound in self.bounds)

    @property
    def is_unseen(self) -> bool:
        """Whether no measure shows an effect, and the bounds say something."""
        return all(bound.p > SEEN for bound in self.bounds) and self.share <= 1.0

    @property
    def moved(self) -> str:
        """What changing the parameter moved, measure by measure."""
        return " and ".join(
            f"the mean of {b.measure} by {b.moved:.2g} in root mean square (at most {b.at_most:.2g}, 95 %)" for b in self.bounds
        )

    @property
    def statement(self) -> Statement:
        """The bounds in words, and what would tell."""
        first, site = self.bounds[0], self.twins.site
        place = f"Where {site.parent} is {site.level}, changing" if site.parent else "Changing"
        there = " there" if site.parent else ""
        text = (
            f"{place} {site.parameter} moved {self.moved}. If it does nothing{there}, its {first.values} values are repeats with "
            f"sd {first.sd:.2g} of {first.measure}: run two configurations again to learn whether it matters at all."
        )
        numbers = {"values": first.values, "blocks": first.blocks, "sd": first.sd}
        numbers |= {f"moved.{b.measure}": b.moved for b in self.bounds} | {
            f"at_most.{b.measure}": b.at_most for b in self.bounds
        }
        return Statement("inactive.bound", text, numbers)


def effect_bound(values: np.ndarray) -> tuple[float, float, float, float]:
    """The root mean square effect of the columns of a full table (rows: blocks): as seen, at most (95 %), sd within rows, p.

    F = MS_columns / MS_rest; the noncentrality lam with P(F' <= F) = .05 gives the bound sqrt(lam MS_rest / N), in the unit of
    the values; 0 where no lam > 0 does. Two columns and two rows at least. NaN where the rest is 0, or rounding against the effect.

    >>> [round(x, 3) for x in effect_bound(np.array([[1.0, 2.0], [3.0, 3.5], [2.0, 2.5], [5.0, 5.7]]))]
    [0.337, 0.563, 0.499, 0.011]
    """
    blocks, count = values.shape
    among = values.mean(axis=0) - values.mean()
    squares = blocks * float((among**2).sum())
    rest = values - values.mean(axis=1, keepdims=True) - among
    own, other = count - 1, (count - 1) * (blocks - 1)
    left = float((rest**2).sum())
    moved, sd = np.sqrt(squares / values.size), np.sqrt((squares + left) / (blocks * own))
    if left <= 0 or other < 1:
        return float(moved), np.nan, float(sd), np.nan
    statistic = squares / own / (left / other)
    lam = _noncentrality(statistic, own, other)
    return float(moved), float(np.sqrt(lam * left / other / values.size)), float(sd), float(central.sf(statistic, own, other))


def _noncentrality(statistic: float, own: int, other: int) -> float:
    """The noncentrality at which so small a statistic is seen in 5 % of studies; 0 where it is rarer without any effect, NaN where it has no end."""
    if central.cdf(statistic, own, other) <= MISSED:
        return 0.0
    high = 1.0
    while ncf.cdf(statistic, own, other, high) > MISSED:
        high *= 2
        if high > UNBOUNDED:
            return np.nan
    return float(brentq(lambda lam: ncf.cdf(statistic, own, other, lam) - MISSED, 0.0, high))


def bounded_parameters(
    runs: pd.DataFrame, measures: Sequence[str], axes: Axes | None = None, known: Sequence[Site] = ()
) -> list[Bounded]:
    """Where no run shows that a parameter matters: one place for each parameter, anywhere if it holds there.

    For sweeps in which nothing was repeated. Said is only what bounds something: the effect is at most what runs that differ in
    nothing else differ by. `known` are sites that need no bound.
    """
    axes = axes or inferred_axes(runs)
    table = configurations_as_text(runs, axes)
    if not has_twins(table):
        return []
    best: dict[str, Bounded] = {}
    for site in sites_of(axes):
        done = best.get(site.parameter)
        if site in known or Site(site.parameter) in known or (done is not None and done.twins.site.parent is None):
            continue
        twins = twins_at(table, site)
        found = bounded_at(runs, measures, twins, table) if len(twins.groups) >= FEWEST_GROUPS else None
        if found is not None and found.is_unseen and (done is None or found.share < done.share):
            best[site.parameter] = found
    return list(best.values())


def bounded_at(
    runs: pd.DataFrame, measures: Sequence[str], twins: Twins, table: pd.DataFrame, fewest: int = FEWEST_GROUPS
) -> Bounded | None:
    """The bounds of all measures among twins; None where one of them has none."""
    found = [_bound(runs, measure, twins, table, fewest) for measure in measures]
    bounds = tuple(bound for bound in found if bound is not None)
    return Bounded(twins, bounds) if bounds and len(bounds) == len(found) else None


def _bound(runs: pd.DataFrame, measure: str, twins: Twins, table: pd.DataFrame, fewest: int) -> Bound | None:
    """The bound of a measure among twins; None where fewer blocks than that have all values, or all are equal."""
    group = {trial: i for i, trials in enumerate(twins.groups) for trial in trials}
    rows = used_values(runs[~copies_of(runs)], measure)
    rows = rows[rows["trial"].isin(list(group))]
    if rows.empty:
        return None
    level = table[parameter_column(twins.site.parameter)]
    rows = rows.assign(block=rows["trial"].map(group), level=rows["trial"].map(level))
    wide = rows.pivot_table(index=["condition", "block"], columns="level", values="value", aggfunc="mean")
    levels = level.reindex([trial for trials in twins.groups for trial in trials]).drop_duplicates()
    full = wide.reindex(columns=levels[levels != INACTIVE].tolist()).dropna().to_numpy(float)
    if len(full) < fewest or full.shape[1] < 2:
        return None
    moved, at_most, sd, p = effect_bound(full)
    return Bound(measure, full.shape[1], len(full), moved, at_most, sd, p) if np.isfinite(at_most) else None
