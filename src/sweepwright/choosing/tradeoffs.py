"""Trade-offs: how two measures go together, given a third, and whether groups tell another story than the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.stats import norm, rankdata

from sweepwright.choosing.encoding import label
from sweepwright.choosing.frame import on_common_draws, run_numbers, short_name, space_filling
from sweepwright.choosing.noise.components import noise_floor, used_values
from sweepwright.choosing.noise.conditions import levelled
from sweepwright.nouns.statement import LEVEL, Statement, counted

RESAMPLES = 400
FEWEST = 12  # configurations
RELIABLE = 0.8
FAR = 4.0  # standard errors


@dataclass(frozen=True, slots=True)
class Association:
    """Rank correlation of two measures over configurations, in [-1, 1], raw and with a third held fixed.

    `low` and `high` are 90 % intervals by a bootstrap over configurations. `reliability` is the share of the third measure's
    variance that is no noise (NaN: unknown).
    """

    first: str
    second: str
    given: str | None
    configurations: int
    raw: float
    raw_low: float
    raw_high: float
    partial: float
    low: float
    high: float
    reliability: float
    notes: tuple[str, ...]
    runs: tuple[int, ...] = ()

    @property
    def statement(self) -> Statement:
        """The association in words."""
        if not np.isfinite(self.raw):
            return Statement("association.unresolved", f"{self.first} and {self.second}: {self.notes[0]}.", runs=self.runs)
        text = f"{self.first} and {self.second}: rank correlation {self.raw:.2f} [{self.raw_low:.2f}, {self.raw_high:.2f}]"
        if self.given is not None:
            text += f"; for a given {self.given} {self.partial:.2f} [{self.low:.2f}, {self.high:.2f}]"
        text += f" over {self.configurations} configurations{''.join(f' ({note})' for note in self.notes)}."
        return Statement("association", text, {"correlation": self.raw, "low": self.raw_low, "high": self.raw_high}, self.runs)


def association(runs: pd.DataFrame, first: str, second: str, given: str | None = None, seed: int = 0) -> Association:
    """Do two measures rise together, raw and for a given third? In [-1, 1]; 1 is the same order.

    Space-filling rows only, where there are any: an adaptive search correlates what it selects by. One mean per
    configuration (conditions' own means removed); `runs` are all that were looked at. With replicates the two measures come from different ones, so that what one
    run shares with itself is no trade-off; else the noise within runs stays, and that is noted. The partial value is the rank
    correlation of residuals (Kendall's formula on ranks).

    >>> rng = np.random.default_rng(0)
    >>> z = rng.standard_normal(60)
    >>> runs = pd.DataFrame({"trial": range(60), "condition": "all", "replicate": 0, "step": "explore", "ending": "COMPLETED",
    ...     "used": True, "measure.a": z + 0.3 * rng.standard_normal(60), "measure.b": z + 0.3 * rng.standard_normal(60),
    ...     "measure.size": z})
    >>> found = association(runs, "a", "b", "size")
    >>> found.raw > 0.8, abs(found.partial) < 0.3
    (True, True)
    """
    means, notes, behind = _paired_means(runs, [first, second, *([given] if given else [])], seed)
    if is_of_an_adaptive_search(runs):
        notes.append("all of an adaptive search, which correlates what it selects by")
    if len(means) < FEWEST or (means.nunique() < 2).any():
        why = (
            f"only {counted(len(means), 'configuration has', 'configurations have')} both"
            if len(means) < FEWEST
            else "one of them is constant"
        )
        nan = float("nan")
        return Association(
            first, second, given, len(means), nan, nan, nan, nan, nan, nan, nan, (f"not resolved: {why}",), behind
        )
    values = means.to_numpy().T
    rng = np.random.default_rng(seed)
    again = rng.integers(len(means), size=(RESAMPLES, len(means)))
    resampled = values[:, again]  # (measures, resamples, configurations)
    raw, raw_draws = _rank_correlation(values[0], values[1]), _rank_correlation(resampled[0], resampled[1])
    partial, low, high, reliability = (float("nan"),) * 4
    if given:
        partial, draws = _partial(values), _partial(resampled)
        low, high = _interval(float(partial), draws, len(means))
        reliability = _reliability(runs, given)
        if np.isnan(reliability):
            notes.append(f"the reliability of {given} is unknown")
        elif reliability < RELIABLE:
            notes.append(f"under-adjusted: the reliability of {given} is {reliability:.2f}")
    raw_low, raw_high = _interval(float(raw), raw_draws, len(means))
    found = (float(raw), raw_low, raw_high, float(partial), low, high, reliability)
    return Association(first, second, given, len(means), *found, tuple(notes), behind)


def _interval(value: float, draws: np.ndarray, count: int, level: float = LEVEL) -> tuple[float, float]:
    """A normal interval on Fisher's scale with the bootstrap's spread; it stays inside [-1, 1].

    A resample that leaves out the few that are not in order has correlation 1, infinitely far on that scale: draws count as at most
    four standard errors away.
    """
    limit, error = 1 - 1e-9, 1 / np.sqrt(max(count - 3, 1))
    middle = float(np.arctanh(np.clip(value, -limit, limit)))
    moved = np.clip(np.arctanh(np.clip(draws, -limit, limit)) - middle, -FAR * error, FAR * error)
    reach = float(norm.ppf((1 + level) / 2)) * float(np.std(moved))
    return float(np.tanh(middle - reach)), float(np.tanh(middle + reach))


def _rank_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Spearman's correlation along the last axis."""
    ra, rb = (rankdata(x, axis=-1) for x in (a, b))
    ra, rb = ra - ra.mean(axis=-1, keepdims=True), rb - rb.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (ra * rb).sum(axis=-1) / np.sqrt((ra**2).sum(axis=-1) * (rb**2).sum(axis=-1))
    return np.asarray(np.nan_to_num(found))


def _partial(values: Float[np.ndarray, "measures *rest"]) -> np.ndarray:
    xy, xz, yz = (_rank_correlation(values[i], values[j]) for i, j in ((0, 1), (0, 2), (1, 2)))
    return np.asarray((xy - xz * yz) / np.sqrt(np.maximum((1 - xz**2) * (1 - yz**2), 1e-12)))


def _filling(runs: pd.DataFrame) -> pd.DataFrame:
    filling = runs[space_filling(runs)]
    return on_common_draws(filling if len(filling) else runs)


def is_of_an_adaptive_search(runs: pd.DataFrame) -> bool:
    """Whether no configuration was proposed without looking at results."""
    return not space_filling(runs).any()


def _paired_means(runs: pd.DataFrame, measures: Sequence[str], seed: int) -> tuple[pd.DataFrame, list[str], tuple[int, ...]]:
    """One row per configuration, one column per measure, from different replicates where most configurations have several; and the runs."""
    runs = _filling(runs)
    tables, notes = {}, []
    half = _halves(runs, seed)
    repeated = bool((runs.groupby("trial").size() > 1).mean() > 0.5)
    for i, measure in enumerate(dict.fromkeys(measures)):
        rows = runs if not repeated or i > 1 else runs[half == i]
        values = used_values(rows, measure)
        tables[measure] = levelled(values).groupby("trial")["value"].mean()
    notes.append("the two from different runs" if repeated else "within-run noise not removed")
    behind = tuple(sorted(run_numbers(runs)))
    return pd.DataFrame(tables).dropna(), notes, behind


def _halves(runs: pd.DataFrame, seed: int) -> np.ndarray:
    """In which half of its trial's runs each run is, 0 or 1: the lots are those of the replicates.

    Trials that met the same folds have the same ones in each half, so that what a fold does to all of them moves no order.
    """
    met = runs[["condition", "replicate"]].drop_duplicates().sort_values(["condition", "replicate"])
    lots = met.assign(lot=np.random.default_rng(seed).permutation(len(met)))
    order = (
        runs[["trial", "condition", "replicate"]].reset_index(drop=True).merge(lots, on=["condition", "replicate"], how="left")
    )
    places = order.sort_values(["trial", "lot"], kind="stable").groupby("trial").cumcount()
    return (places.sort_index() % 2).to_numpy()


def _reliability(runs: pd.DataFrame, measure: str) -> float:
    floor = noise_floor(runs, measure)
    between = floor.component("configuration")
    if floor.noise is None or between is None:
        return float("nan")
    runs_each = float(used_values(runs, measure).groupby("trial").size().mean())
    total = between.sd**2 + floor.noise.sd**2 / runs_each
    return between.sd**2 / total if total > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Reversal:
    """Simpson's paradox: within these levels of `by` the association has the other sign than over all configurations."""

    first: str
    second: str
    by: str
    overall: tuple[float, float, float]
    within: dict[str, tuple[float, float, float]]

    @property
    def statement(self) -> Statement:
        """The reversal in words."""
        value, low, high = self.overall
        parts = ", ".join(f"{v:.2f} [{a:.2f}, {b:.2f}] at {level}" for level, (v, a, b) in self.within.items())
        text = (
            f"Simpson's paradox: {self.first} and {self.second} have rank correlation {value:.2f} [{low:.2f}, {high:.2f}] over "
            f"all configurations, but {parts} within {self.by}."
        )
        return Statement("reversal", text, {"correlation": value, "low": low, "high": high})


def reversals(runs: pd.DataFrame, first: str, second: str, by: Sequence[str], seed: int = 0) -> list[Reversal]:
    """Simpson's paradoxes of two measures by categorical columns (``param.loss``, ``condition``); empty where there is none.

    Both intervals must exclude 0 with opposite sign, those of the strata at levels that Holm's procedure gives over all strata
    of all columns; strata of fewer than 12 configurations are left out.
    """
    runs = _filling(runs)
    overall = _bootstrap(_stratum(runs, first, second), seed, LEVEL) if len(runs) else None
    if overall is None or overall[1] <= 0 <= overall[2]:
        return []
    strata: list[tuple[str, str, np.ndarray]] = []
    for column in by:
        for level, rows in runs.groupby(runs[column].map(label, na_action="ignore")):
            values = _stratum(rows, first, second)
            if values.shape[1] >= FEWEST:
                strata.append((column, str(level), values))
    ranked = sorted(strata, key=lambda item: -abs(_fisher(item[2])))
    found: dict[str, dict[str, tuple[float, float, float]]] = {}
    for position, (column, level, values) in enumerate(ranked):
        inside = _bootstrap(values, seed, 1 - (1 - LEVEL) / (len(ranked) - position))
        if inside is None or inside[1] <= 0 <= inside[2]:
            break
        if inside[0] * overall[0] < 0:
            found.setdefault(column, {})[level] = inside
    return [Reversal(first, second, short_name(column), overall, within) for column, within in found.items()]


def _stratum(runs: pd.DataFrame, first: str, second: str) -> np.ndarray:
    """Means of two measures by configuration, (2, configurations)."""
    means = [used_values(runs, name).groupby("trial")["value"].mean().rename(name) for name in dict.fromkeys((first, second))]
    return pd.concat(means, axis=1, join="inner").to_numpy().T


def _fisher(values: np.ndarray) -> float:
    """How far a correlation is from 0 in standard errors."""
    return float(
        np.arctanh(np.clip(_rank_correlation(values[0], values[1]), -1 + 1e-9, 1 - 1e-9)) * np.sqrt(values.shape[1] - 3)
    )


def _bootstrap(values: np.ndarray, seed: int, level: float) -> tuple[float, float, float] | None:
    if values.shape[0] < 2 or values.shape[1] < FEWEST or np.ptp(values[0]) == 0 or np.ptp(values[1]) == 0:
        return None
    again = np.random.default_rng(seed).integers(values.shape[1], size=(RESAMPLES, values.shape[1]))
    value = float(_rank_correlation(values[0], values[1]))
    return (value, *_interval(value, _rank_correlation(values[0][again], values[1][again]), values.shape[1], level))
