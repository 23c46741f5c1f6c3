"""Levels of trials: the posterior of how good each one is on an average draw, jointly over the goals."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sweepwright.choosing.estimator.alone import alone
from sweepwright.choosing.estimator.cells import Cells, cells_of
from sweepwright.choosing.estimator.mixed import Model, draws_of, means_of, model_of
from sweepwright.choosing.frame import completed, measure_column, numbers, valued
from sweepwright.choosing.noise.components import copies_of
from sweepwright.choosing.noise.conditions import levelled

DRAWS = 2000
ROUNDING = 1e-13  # of the largest value: what the mean of equal numbers may be off by
MOST_OTHERS = 300  # trials beside those that are asked for which get joint draws
NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Trials by goals: values as measured, posterior means, cells behind each, and joint draws (draws, drawn trials, goals).

    `drawn` are the places of the trials that have draws; the others have means only. `noise` is what one run varies by (0 for a
    fact, whose level is its value), with its 90 % interval in `noise_between`. `source` says where it comes from: "repeats",
    "folds" of one draw, or "" where nothing was repeated: then every level is the value as measured and there is one draw.
    One cell, and so the noise, is the mean over `folds`. Of several `conditions` a level is the average, also of a trial that did not run in all. `varies` are draws (draws, goals) of the sd of one run on a draw of its own:
    noise and draw together; `sigmas` those of the noise alone.
    """

    trials: np.ndarray
    measured: np.ndarray
    mean: np.ndarray
    cells: np.ndarray
    drawn: np.ndarray
    draws: np.ndarray
    noise: np.ndarray
    noise_between: np.ndarray
    facts: np.ndarray
    source: str
    folds: int = 1
    conditions: int = 1
    varies: np.ndarray | None = None
    sigmas: np.ndarray | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the noise."""
        return bool(self.source)

    @property
    def why_unknown(self) -> str:
        """Why nothing is known of the noise, where that is so."""
        return "too little was repeated" if (self.cells > 1).any() else "nothing was repeated"

    @property
    def where(self) -> str:
        """Over what a level is the average."""
        return "on average over new runs" + (f" in all {self.conditions} conditions" if self.conditions > 1 else "")

    @property
    def one(self) -> str:
        """What the noise is the noise of."""
        return "one run" if self.folds == 1 else f"one split (the mean over its {self.folds} folds)"

    def joint(self, *trials: int) -> bool:
        """Whether all of these trials have joint draws, so that they can be held against each other."""
        return bool(np.isin(trials, self.trials[self.drawn]).all())

    def of(self, goal: int) -> "Levels":
        """The same levels of one measure only."""
        one = [goal]
        known = {name: None if own is None else own[:, one] for name, own in (("varies", self.varies), ("sigmas", self.sigmas))}
        return replace(
            self, measured=self.measured[:, one], mean=self.mean[:, one], draws=self.draws[:, :, one], noise=self.noise[one],
            noise_between=self.noise_between[one], facts=self.facts[one], **known,
        )  # fmt: skip

    def interval(self, trial: int, goal: int, level: float = 0.9) -> tuple[float, float]:
        """The interval of a trial's level; NaN where the noise is unknown or the trial has no draws."""
        place = np.flatnonzero(self.trials[self.drawn] == trial)
        if not self.source or len(place) == 0:
            return NAN, NAN
        low, high = np.quantile(self.draws[:, place[0], goal], [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def fresh_mean(self, values: np.ndarray, goal: int, level: float = 0.9, seed: int = 0) -> tuple[float, float]:
        """The interval of the mean of values on fresh draws, in the unit of the goal: draws differ, and runs on each; NaN if unknown."""
        if self.varies is None or len(values) == 0:
            return NAN, NAN
        error = self.varies[:, goal] / np.sqrt(len(values)) * np.random.default_rng(seed).standard_normal(len(self.varies))
        low, high = np.quantile(values.mean() + error, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)


def levels(
    runs: pd.DataFrame, measures: Sequence[str], folds: int = 1, seed: int = 0, wanted: Collection[int] = (), signs: Sequence[int] = ()
) -> Levels:  # fmt: skip
    """Levels of all trials that have every measure, in the units of the measures; `wanted` always get draws.

    A mixed model with random trials and draws (see `mixed`), its variances on a grid; several measures share the correlation of
    what their runs vary by. A measure whose repeats are all equal is a fact. `signs` (1: higher is better) say which trials
    are the best of those that nobody asked for. Rows in any order, names of parameters and the unit change nothing.

    >>> rows = pd.DataFrame({"trial": [0, 0, 1, 1, 2], "draw": [0, 1, 0, 1, 0], "step": "explore", "condition": "all",
    ...     "replicate": [0, 1, 0, 1, 0], "ending": "COMPLETED", "used": True, "measure.f1": [0.8, 0.82, 0.7, 0.74, 0.5]})
    >>> levels(rows, ["f1"]).mean[:, 0].round(2)
    array([0.81, 0.72, 0.52])
    """
    as_run, runs = runs, conditions_levelled(runs, measures)
    # Larger is better while we count, so that a goal and its negative give the same draws.
    turn = np.array(signs or [1] * len(measures), dtype=float)
    found = [cells_of(runs, measure, folds) for measure in measures]
    found = [replace(cells, value=sign * cells.value) for cells, sign in zip(found, turn, strict=True)]
    common = found[0].trials
    for cells in found[1:]:
        common = np.intersect1d(common, cells.trials)
    rows = [np.searchsorted(cells.trials, common) for cells in found]
    measured = np.column_stack([cells.means[own] for cells, own in zip(found, rows, strict=True)])
    count = (
        np.min([cells.count[own] for cells, own in zip(found, rows, strict=True)], axis=0) if len(common) else np.zeros(0, int)
    )
    conditions = as_run["condition"].nunique()
    ran = _as_they_ran(as_run, measures, common, measured * turn)
    source = noise_source(found, runs, folds)
    facts = np.array([cells.is_fact for cells in found])
    if source and len(common) == 1 and not facts.any():
        return _of_one(common, ran, found, turn, count, source, folds, conditions, seed)
    if not source or len(common) < 2:
        return _as_measured(common, ran, measured * turn, count, conditions)
    models = [None if fact else model_of(cells) for cells, fact in zip(found, facts.tolist(), strict=True)]
    mean = measured.copy()
    for i, (model, own) in enumerate(zip(models, rows, strict=True)):
        if model is not None:
            mean[:, i] = means_of(model)[own]
    drawn = _drawn(common, mean, models, wanted)
    draws, noise, between, varies, sigmas = _joint(
        _correlation(runs, measures) * np.outer(turn, turn), models, [own[drawn] for own in rows], measured[drawn], seed
    )
    return Levels(
        common, ran, mean * turn, count, drawn, draws * turn, noise, between, facts, source, folds, conditions, varies, sigmas
    )


def _as_they_ran(runs: pd.DataFrame, measures: Sequence[str], trials: np.ndarray, levelled: np.ndarray) -> np.ndarray:
    """The plain means of trials by measure: what was measured, and not what is left once conditions have their means."""
    if runs["condition"].nunique() < 2:
        return levelled
    rows = completed(runs)
    rows = rows[~copies_of(rows)]
    columns = [valued(rows, measure).groupby("trial")["value"].mean().reindex(trials) for measure in measures]
    return np.column_stack([column.to_numpy(float) for column in columns])


def _as_measured(trials: np.ndarray, measured: np.ndarray, mean: np.ndarray, count: np.ndarray, conditions: int) -> Levels:
    goals = measured.shape[1]
    nothing = np.full((goals, 2), NAN)
    facts = np.zeros(goals, bool)
    drawn = np.arange(len(trials))
    return Levels(trials, measured, mean, count, drawn, mean[None], nothing[:, 0], nothing, facts, "", 1, conditions)


def _of_one(
    trials: np.ndarray, ran: np.ndarray, found: Sequence[Cells], turn: np.ndarray, count: np.ndarray, source: str, folds: int,
    conditions: int, seed: int,
) -> Levels:  # fmt: skip
    """The level of the only trial there is, by its own repeats."""
    one = alone(found, DRAWS, np.random.default_rng(seed))
    mean = np.array([[float(cells.value.mean()) for cells in found]]) * turn
    between = np.quantile(one.sigma, [0.05, 0.95], axis=0).T
    facts, drawn = np.zeros(len(found), bool), np.zeros(1, int)
    return Levels(
        trials, ran, mean, count, drawn, one.level[:, None, :] * turn, np.median(one.sigma, axis=0), between, facts, source, folds,
        conditions, one.sigma, one.sigma,
    )  # fmt: skip


def noise_source(found: Sequence[Cells], runs: pd.DataFrame, folds: int) -> str:
    """Where the noise comes from; every goal needs it. Between conditions a difference is no noise."""
    if runs["condition"].nunique() > 1 and not completed(runs).duplicated(["trial", "condition"]).any():
        return ""
    if all(cells.repeats >= 1 for cells in found):
        return "repeats"
    return "folds" if folds > 1 and all(cells.repeats >= 1 or cells.folds is not None for cells in found) else ""


def conditions_levelled(runs: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    """Runs with a column for every measure; where there are several conditions, without what these do to all trials (see `levelled`) or to one.

    A trial's level is the plain average of its means by condition, whatever it ran more often in; chance is what its runs in one condition differ by.
    """
    runs = runs.assign(**{measure_column(measure): NAN for measure in measures if measure_column(measure) not in runs})
    if runs["condition"].nunique() < 2:
        return runs
    rows = completed(runs)
    moved = {}
    for measure in measures:
        values = numbers(rows, measure)
        values = values.where(np.isfinite(values))
        own = levelled(rows[["trial", "condition"]].assign(value=values))
        by_condition = own.groupby(["trial", "condition"])["value"].transform("mean")
        level = own.drop_duplicates(["trial", "condition"]).index
        average = by_condition.loc[level].groupby(own["trial"].loc[level]).mean()
        apart = own["value"] - by_condition
        apart = apart.where(apart.abs() > ROUNDING * own["value"].abs().max(), 0.0)  # equal repeats stay equal
        moved[measure_column(measure)] = apart + own["trial"].map(average)
    return rows.assign(**moved)


def _drawn(trials: np.ndarray, mean: np.ndarray, models: Sequence[Model | None], wanted: Collection[int]) -> np.ndarray:
    """The places of trials that get draws: those that are wanted, and the best others by their mean and twice its doubt."""
    asked = np.isin(trials, list(wanted))
    if len(trials) - asked.sum() <= MOST_OTHERS:
        return np.arange(len(trials))
    first = models[0]
    hope = mean[:, 0]
    if first is not None:
        counts = first.cells.count[np.searchsorted(first.cells.trials, trials), None]
        doubt = first.unit * np.sqrt(first.quadratic / max(first.freedom, 1) / counts)
        hope = hope + 2 * doubt @ first.weight
    hope[asked] = -np.inf
    others = np.argsort(-hope, kind="stable")[:MOST_OTHERS]
    return np.sort(np.concatenate([np.flatnonzero(asked), others]))


def _joint(correlation, models, rows, measured, seed: int) -> tuple[np.ndarray, ...]:
    """Draws of the levels of all goals together, the noise of each with its interval, and draws of what a run on a fresh draw, and on a given one, varies by."""
    goals, size = len(models), len(measured)
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(correlation + 1e-9 * np.eye(goals))
    normal = rng.standard_normal((DRAWS, size, goals)) @ root.T
    draws = np.tile(measured, (DRAWS, 1, 1))
    noise, between = np.zeros(goals), np.zeros((goals, 2))
    varies, sigmas = np.zeros((DRAWS, goals)), np.zeros((DRAWS, goals))
    for i, (model, own) in enumerate(zip(models, rows, strict=True)):
        if model is not None:
            found = draws_of(model, own, normal[:, :, i], rng)
            draws[:, :, i] = found["level"]
            sigmas[:, i], varies[:, i] = found["sigma"], np.hypot(found["sigma"], found["omega"])
            noise[i] = np.median(found["sigma"])
            between[i] = np.quantile(found["sigma"], [0.05, 0.95])
    return draws, noise, between, varies, sigmas


def _correlation(runs: pd.DataFrame, measures: Sequence[str]) -> np.ndarray:
    """How what runs vary by goes together over the measures, within trials and conditions."""
    if len(measures) == 1:
        return np.eye(1)
    rows = completed(runs)
    table = pd.DataFrame({measure: numbers(rows, measure) for measure in measures})
    table = table.where(np.isfinite(table))
    left = (table - table.groupby([rows["trial"], rows["condition"]]).transform("mean")).dropna()
    left = left[(left != 0).any(axis=1)]
    moving = left.std().to_numpy() > 0
    found = np.eye(len(measures))
    if len(left) >= 3 and moving.sum() > 1:
        found[np.ix_(moving, moving)] = np.corrcoef(left.to_numpy()[:, moving].T)
    return found
