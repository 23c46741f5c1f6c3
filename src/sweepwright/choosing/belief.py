"""What is believed of the trials' true values: shrunken means of all goals, and draws of them together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.choosing.effects.evidence import fitted
from sweepwright.choosing.encoding import Axes
from sweepwright.choosing.frame import completed, measure_column
from sweepwright.choosing.noise.components import NoiseFloor, levelled, noise_floor, used_values
from sweepwright.choosing.noise.means import error_factor
from sweepwright.choosing.noise.shrinkage import shrunken_means
from sweepwright.choosing.pareto import pareto_front

DRAWS = 1000
FRONT_DRAWS = 200
MOST_ON_FRONT = 250


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Trials by goals: raw and shrunken means, effective runs behind each, and draws (draws, trials, goals).

    `noise` are the standard deviations of one run; `source` says where they come from: "replicates", "model" (the effect
    model's residual, as nothing was repeated), or "" (unknown: all draws equal the means).
    """

    trials: np.ndarray
    raw: np.ndarray
    mean: np.ndarray
    runs: np.ndarray
    draws: np.ndarray
    noise: np.ndarray
    source: str
    floors: tuple[NoiseFloor, ...]

    def interval(self, trial: int, goal: int, level: float = 0.9) -> tuple[float, float]:
        """The interval of a trial's true value; NaN where the noise is unknown."""
        if not self.source:
            return float("nan"), float("nan")
        place = int(np.flatnonzero(self.trials == trial)[0])
        low, high = np.quantile(self.draws[:, place, goal], [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)


def posterior(
    runs: pd.DataFrame, measures: Sequence[str], folds: int = 1, axes: Axes | None = None, seed: int = 0
) -> Posterior:
    """Draws of the true means of all trials that have every measure, jointly over the measures.

    Conditions' own means are removed where there are several. Means are shrunken (see `shrunken_means`); what is left of the
    noise, with its covariance over the measures and its own uncertainty (chi-square), is drawn about them. Without replicates
    the noise is the residual of the effect model, given `axes`.
    """
    values = {measure: levelled(used_values(runs, measure)) for measure in measures}
    per_trial = [table.groupby("trial")["value"].agg(["mean", "size"]) for table in values.values()]
    common = per_trial[0].index
    for table in per_trial[1:]:
        common = common.intersection(table.index)
    raw = (
        np.column_stack([table["mean"].reindex(common) for table in per_trial]) if len(common) else np.empty((0, len(measures)))
    )
    counts = (
        np.min([table["size"].reindex(common) for table in per_trial], axis=0).astype(int) if len(common) else np.empty(0, int)
    )
    effective = np.array([1 / error_factor(count, folds) for count in counts.tolist()])
    floors = tuple(noise_floor(runs, measure) for measure in measures)
    covariance, freedom, source = _noise(runs, measures, values, floors, axes)
    if not source or len(common) < 2:
        draws = np.tile(raw, (DRAWS, 1, 1))
        return Posterior(common.to_numpy(), raw, raw.copy(), effective, draws, np.full(len(measures), np.nan), "", floors)
    if source == "replicates":
        shrunken = np.column_stack([shrunken_means(table).reindex(common) for table in values.values()])
    else:
        shrunken = _towards_mean(raw, np.diag(covariance), effective)
    draws = _draws(raw, shrunken, covariance, effective, freedom, seed)
    noise = np.sqrt(np.diag(covariance))
    return Posterior(common.to_numpy(), raw, shrunken, effective, draws, noise, source, floors)


def _noise(runs, measures, values, floors, axes) -> tuple[np.ndarray, int, str]:
    """The covariance of one run's noise over the measures, its degrees of freedom, and where it comes from."""
    repeated = [floor.noise for floor in floors if floor.noise is not None]
    if len(repeated) == len(floors):
        sds = np.array([noise.sd for noise in repeated])
        correlation = _residual_correlation(runs, measures)
        return correlation * np.outer(sds, sds), min(noise.freedom for noise in repeated), "replicates"
    if axes is None or len(axes) == 0:
        return np.eye(len(measures)), 0, ""
    sds, freedoms = [], []
    for measure in measures:
        model = fitted(runs, measure, axes)
        if model is None:
            return np.eye(len(measures)), 0, ""
        sds.append(model.noise_sd)
        freedoms.append(model.freedom)
    return np.diag(np.square(sds)), max(1, int(min(freedoms))), "model"


def _residual_correlation(runs: pd.DataFrame, measures: Sequence[str]) -> np.ndarray:
    """How the noise of the measures goes together within trials and conditions."""
    if len(measures) == 1:
        return np.eye(1)
    columns = [measure_column(measure) for measure in measures]
    rows = completed(runs)
    table = rows[columns].apply(pd.to_numeric, errors="coerce").astype(float)
    left = (table - table.groupby([rows["trial"], rows["condition"]]).transform("mean")).dropna()
    left = left[(left != 0).any(axis=1)]
    if len(left) < 3 or (left.std() == 0).any():
        return np.eye(len(measures))
    return np.corrcoef(left.to_numpy().T)


def _towards_mean(raw: np.ndarray, variance: np.ndarray, effective: np.ndarray) -> np.ndarray:
    own = variance / effective[:, None]
    between = np.maximum(raw.var(axis=0, ddof=1) - own.mean(axis=0), 0.0)
    with np.errstate(invalid="ignore"):
        share = np.nan_to_num(between / (between + own), nan=1.0)
    return raw.mean(axis=0) + share * (raw - raw.mean(axis=0))


def _draws(raw, shrunken, covariance, effective, freedom: int, seed: int) -> np.ndarray:
    """Draws of the means, computed with every goal in units of its own spread: 1e5 parameters must not hide an error of 0.1."""
    spread = raw.std(axis=0, ddof=1)
    unit = np.where(spread > 0, spread, np.maximum(np.sqrt(np.diag(covariance)), np.finfo(float).tiny))
    raw, shrunken, covariance = raw / unit, shrunken / unit, covariance / np.outer(unit, unit)
    rng = np.random.default_rng(seed)
    goals = raw.shape[1]
    mean_noise = covariance * float(np.mean(1 / effective))
    between = _positive(np.atleast_2d(np.cov(raw.T, ddof=1)) - mean_noise)
    wobble = np.sqrt(max(freedom, 1) / rng.chisquare(max(freedom, 1), DRAWS)) if freedom else np.ones(DRAWS)
    draws = np.empty((DRAWS, len(raw), goals))
    for count in np.unique(effective):
        rows = np.flatnonzero(effective == count)
        own = covariance / count
        left = _positive(between @ np.linalg.pinv(between + own) @ own)
        root = np.linalg.cholesky(left + 1e-12 * (np.trace(left) + 1e-300) * np.eye(goals))
        root[np.diag(covariance) == 0] = 0.0  # what every repeat gives alike is known
        noise = rng.standard_normal((DRAWS, len(rows), goals)) @ root.T
        draws[:, rows] = shrunken[rows] + np.minimum(wobble, 3.0)[:, None, None] * noise
    return draws * unit


def _positive(matrix: np.ndarray) -> np.ndarray:
    """The nearest covariance: symmetric, no negative variance."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return (vectors * np.maximum(values, 0.0)) @ vectors.T


def front_probability(found: Posterior, signs: Sequence[int]) -> pd.Series:
    """The probability of each trial to lie on the Pareto front, in [0, 1]; trials that no draw puts there are left out.

    Without a known noise it is 1 on the front of the means. Only trials that come near that front are drawn.
    """
    oriented = np.array(signs, dtype=float)
    on = pareto_front(found.mean, oriented)
    if not found.source:
        return pd.Series(1.0, index=found.trials[on])
    spread = found.draws.std(axis=0)
    hopeful = pareto_front(found.mean + 3 * spread * oriented, oriented) | on
    best = (found.mean[on] - 3 * spread[on] * oriented) * oriented
    reach = (found.mean + 3 * spread * oriented) * oriented
    hopeful |= ~(best[None] > reach[:, None]).all(axis=2).any(axis=1)
    rows = np.flatnonzero(hopeful & np.isfinite(found.mean).all(axis=1))
    if len(rows) > MOST_ON_FRONT:
        distance = np.where(on[rows], -np.inf, -(found.mean[rows, 0] * oriented[0]))
        rows = np.sort(rows[np.argsort(distance, kind="stable")[:MOST_ON_FRONT]])
    times = np.zeros(len(rows))
    for draw in found.draws[:FRONT_DRAWS, rows] * oriented:
        beaten = (draw[None] >= draw[:, None]).all(axis=2) & (draw[None] > draw[:, None]).any(axis=2)
        times += ~beaten.any(axis=1)
    share = pd.Series(times / FRONT_DRAWS, index=found.trials[rows])
    return share[share > 0].sort_values(ascending=False)
