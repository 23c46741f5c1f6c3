"""Where the variance of a measure comes from: configurations, their interplay with conditions, splits, and noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy.stats import chi2

from sweepwright.choosing.frame import measure_column, measures_in, valued
from sweepwright.choosing.noise.conditions import levelled
from sweepwright.nouns.statement import LEVEL, Statement, counted

SWEEPS = 30  # alternating subtractions until means of cells and splits are both removed
FEWEST_SPLITS = 3
TELLING_DIGITS = 8
MOST_PARTS, ROUNDING = 10_000, 1e-13  # a value that is so near to a share of so few parts is one
UNEQUAL = 5  # times the median spread of the conditions


@dataclass(frozen=True, slots=True)
class Component:
    """A standard deviation in the unit of the measure, with a 90 % interval (NaN: none) and degrees of freedom."""

    name: str
    sd: float
    low: float
    high: float
    freedom: int


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """What one more run of the same configuration would differ by, and what else moves the measure.

    `copies` counts runs that repeat another one to the last digit; they are counted once. `noise` is None where nothing was
    repeated.
    """

    measure: str
    noise: Component | None
    components: tuple[Component, ...]
    copies: int
    note: str = ""

    @property
    def statement(self) -> Statement:
        """The floor in words."""
        if self.noise is None:
            return Statement(
                "noise.unknown", f"Noise of {self.measure}: unknown, as no configuration that counts was repeated."
            )
        n = self.noise
        text = f"Noise of {self.measure}: sd {n.sd:.3g} [{n.low:.3g}, {n.high:.3g}] ({counted(n.freedom, 'degree', 'degrees')} of freedom{self.note})."
        return Statement("noise", text, {"sd": n.sd, "low": n.low, "high": n.high, "freedom": n.freedom})

    def component(self, name: str) -> Component | None:
        return next((c for c in self.components if c.name == name), None)


def used_values(runs: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Used runs that completed and have a value: columns trial, condition, replicate, step, value."""
    return valued(runs, measure)[["trial", "condition", "replicate", "step", "value"]].reset_index(drop=True)


def spread_by_condition(runs: pd.DataFrame, measure: str) -> pd.Series:
    """The standard deviation of a measure in each condition, in its unit; conditions in which it does not move are left out."""
    spread = used_values(runs, measure).groupby("condition")["value"].std().dropna()
    return spread[spread > 0]


def unequal_scales(runs: pd.DataFrame, measure: str) -> bool:
    """Whether a measure moves so differently from condition to condition that nothing is learned from all of them together."""
    spread = spread_by_condition(runs, measure)
    return len(spread) > 1 and float(spread.max()) > UNEQUAL * float(spread.median())


def copies_of(runs: pd.DataFrame, measures: Sequence[str] | None = None) -> pd.Series:
    """Which runs repeat an earlier run of their trial and condition to the last digit in every measure.

    Values that were rounded, or are shares of a few samples, are equal by chance: the measures together need 8 significant digits to
    tell a copy, and two trials must not have one result in common and others not.
    """
    columns, told = telling_columns(runs, measures)
    nothing = pd.Series(False, index=runs.index)
    if not told:
        return nothing
    whole = runs[told].notna().all(axis=1)  # a value that is missing twice is not the same value
    copied = runs.duplicated(["trial", "condition", *columns], keep="first") & whole
    return nothing if copied.any() and _meet_by_chance(runs[whole], columns) else copied


def _meet_by_chance(runs: pd.DataFrame, columns: Sequence[str]) -> bool:
    """Whether trials that are not one configuration share a result: each has another one that the other lacks."""
    result = runs.groupby(["condition", *columns], dropna=False, sort=False).ngroup()
    own: dict[int, set[int]] = {}
    met: dict[int, list[int]] = {}
    for trial, place in zip(runs["trial"].tolist(), result.tolist(), strict=True):
        if place not in own.setdefault(trial, set()):
            own[trial].add(place)
            met.setdefault(place, []).append(trial)
    pairs = ((own[trials[0]], own[other]) for trials in met.values() for other in trials[1:])
    return any(not (one <= other or other <= one) for one, other in pairs)


def telling_columns(runs: pd.DataFrame, measures: Sequence[str] | None = None) -> tuple[list[str], list[str]]:
    """The measures' columns that vary, and those of them that can tell a copy; none of these where they have too few digits."""
    columns = [measure_column(m) for m in measures or measures_in(runs)]
    columns = [c for c in columns if runs[c].nunique() > 1]
    told = [c for c in columns if _digits(runs[c]) > 1]  # counts and flags tell nothing
    return columns, told if sum(_digits(runs[c]) for c in told) >= TELLING_DIGITS else []


def _digits(column: pd.Series) -> float:
    """How many significant digits the values of a column have (the median of some of them): 268 of 300 has no more than 300."""
    known = pd.to_numeric(column, errors="coerce").dropna().head(100)
    return float(np.median([_digits_of(abs(float(v))) for v in known])) if len(known) else 0.0


def _digits_of(value: float) -> float:
    written = len(f"{value:.15g}".split("e")[0].replace(".", "").strip("0"))
    if not np.isfinite(value) or value == int(value):
        return float(written)
    share = Fraction(value).limit_denominator(MOST_PARTS)
    return float(min(written, np.log10(share.denominator)) if abs(float(share) - value) <= ROUNDING * value else written)


def noise_floor(runs: pd.DataFrame, measure: str) -> NoiseFloor:
    """The variance components of a measure: residual (seed), split, configuration, configuration x condition; sd >= 0.

    Runs of one trial and condition are replicates. Where replicate numbers name splits that several trials share (3 or
    more), what a split does to all trials is taken out of the noise. Conditions are fixed: their means are removed. The
    components are moment estimates; a negative variance is 0.

    >>> runs = pd.DataFrame({"trial": [0, 0, 1, 1], "condition": "all", "replicate": [0, 1, 0, 1], "step": "explore",
    ...                      "ending": "COMPLETED", "used": True, "measure.f1": [1.0, 3.0, 4.0, 6.0]})
    >>> round(noise_floor(runs, "f1").noise.sd, 3)
    1.414
    """
    copied = copies_of(runs)
    values = used_values(runs[~copied], measure)
    if values.empty:
        return NoiseFloor(measure, None, (), int(copied.sum()))
    cell, split, shared = _cells_and_splits(values)
    y = values["value"].to_numpy()
    residual, freedom = _residual(y, cell, split if shared else None)
    if freedom < 1:  # what moves between conditions then has the noise in it
        return NoiseFloor(measure, None, tuple(_between(values, 0.0)), int(copied.sum()))
    variance = float((residual**2).sum() / freedom)
    noise = _component("noise", variance, freedom)
    parts = [noise]
    if shared:
        parts.append(Component("split", _split_sd(y, cell, split, variance), np.nan, np.nan, len(np.unique(split)) - 1))
    parts += _between(values, variance)
    return NoiseFloor(measure, noise, tuple(parts), int(copied.sum()))


def residuals_of(values: pd.DataFrame) -> tuple[np.ndarray, float]:
    """What is left of values (columns trial, condition, replicate, value) once trials, and splits that trials share, have their means.

    Beside it which share of the degrees of freedom within trials and conditions that leaves, in [0, 1].
    """
    cell, split, shared = _cells_and_splits(values)
    left, freedom = _residual(values["value"].to_numpy(float), cell, split if shared else None)
    within = len(values) - len(np.unique(cell))
    return left, freedom / within if within else 0.0


def _cells_and_splits(values: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, bool]:
    """The cell and the split of each value, by number, and whether splits can be told apart from noise."""
    cell = values.groupby(["trial", "condition"], sort=False).ngroup().to_numpy()
    split = values.groupby(["condition", "replicate"], sort=False).ngroup().to_numpy()
    return cell, split, len(values) > 0 and _shared(cell, values["replicate"].to_numpy(), split)


def _shared(cell: np.ndarray, replicate: np.ndarray, split: np.ndarray) -> bool:
    """Whether replicate numbers mean the same split in several trials, so that their effect can be told apart."""
    if len(np.unique(replicate)) < FEWEST_SPLITS or len(cell) == len(np.unique(cell)):
        return False
    per_split = np.bincount(np.unique(split, return_inverse=True)[1])
    return bool((per_split >= FEWEST_SPLITS).mean() > 0.5)


def _residual(y: np.ndarray, cell: np.ndarray, split: np.ndarray | None) -> tuple[np.ndarray, int]:
    """What is left of the values after the means of cells (and of splits) are removed, and its degrees of freedom."""

    def without(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
        return values - (np.bincount(groups, values) / np.bincount(groups))[groups]

    left = without(y, cell)
    freedom = len(y) - len(np.unique(cell))
    if split is None:
        return left, freedom
    for _ in range(SWEEPS):
        left = without(without(left, split), cell)
    conditions = len(np.unique(split)) - 1
    return left, max(freedom - conditions, 0)


def _component(name: str, variance: float, freedom: int) -> Component:
    tails = chi2.ppf([(1 + LEVEL) / 2, (1 - LEVEL) / 2], freedom)
    low, high = np.sqrt(freedom * variance / tails)
    return Component(name, float(np.sqrt(variance)), float(low), float(high), freedom)


def _split_sd(y, cell, split, variance: float) -> float:
    within = y - (np.bincount(cell, y) / np.bincount(cell))[cell]
    counts = np.bincount(split)
    means = np.bincount(split, within)[counts > 0] / counts[counts > 0]
    return float(np.sqrt(max(0.0, np.var(means, ddof=1) - variance / np.mean(counts[counts > 0])))) if len(means) > 1 else 0.0


def _between(values: pd.DataFrame, variance: float) -> list[Component]:
    """Configuration, and configuration x condition, from the means of cells."""
    cells = values.groupby(["trial", "condition"])["value"].agg(["mean", "size"]).reset_index()
    noise = float((variance / cells["size"]).mean())
    cells["mean"] = levelled(cells.rename(columns={"mean": "value"}))["value"]
    trials = cells.groupby("trial")["mean"]
    count, conditions = trials.ngroups, cells["condition"].nunique()
    if count < 2:
        return []
    found = []
    crossed = 0.0
    if conditions > 1 and len(cells) > count:
        left = cells["mean"] - trials.transform("mean")
        freedom = max(1, len(cells) - count - (conditions - 1))
        crossed = max(0.0, float((left**2).sum()) / freedom - noise)
        found.append(Component("configuration x condition", float(np.sqrt(crossed)), np.nan, np.nan, freedom))
    between = max(0.0, float(trials.mean().var(ddof=1)) - (noise + crossed) / float(trials.size().mean()))
    return [Component("configuration", float(np.sqrt(between)), np.nan, np.nan, count - 1), *found]
