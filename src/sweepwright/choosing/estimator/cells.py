"""What the estimator sees of a measure: one value per trial and draw of the data, folds averaged."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.choosing.frame import completed, measures_in, valued
from sweepwright.choosing.noise.components import copies_of

FEWEST_IN_GROUP = 10  # trials: a smaller group has no centre of its own


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """How far folds of one draw differ, once trials and folds have their means: the variance of one fold, and its freedom."""

    count: int
    variance: float
    freedom: int


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Values by trial and draw, sorted; `trial`, `draw` and `group` are places in `trials`, in the draws, in the groups.

    `group` is one per trial: the step of its first run. Without a draw that pairs trials `draws` is 0.
    """

    trials: np.ndarray
    trial: np.ndarray
    draw: np.ndarray
    value: np.ndarray
    group: np.ndarray
    draws: int
    folds: Folds | None
    shared: int  # draws that two trials or more have
    left_out: int  # runs whose value is not finite
    names: np.ndarray  # of the draws, by place; empty without any that pairs trials
    spent: int = 0  # degrees of freedom that trials' own means by condition take up

    @property
    def count(self) -> np.ndarray:
        """Cells per trial."""
        return np.bincount(self.trial, minlength=len(self.trials))

    @property
    def means(self) -> np.ndarray:
        """The plain mean per trial, as it was measured."""
        return np.bincount(self.trial, self.value, len(self.trials)) / self.count

    @property
    def groups(self) -> int:
        """How many groups of trials there are."""
        return int(self.group.max()) + 1

    @property
    def met(self) -> np.ndarray:
        """How many cells each trial has on each draw: (trials, draws)."""
        found = np.zeros((len(self.trials), self.draws))
        if self.draws:
            np.add.at(found, (self.trial, self.draw), 1.0)
        return found

    @property
    def repeats(self) -> int:
        """Degrees of freedom that repeated trials leave for the noise; 0 or less: nothing was repeated."""
        return len(self.value) - len(self.trials) - max(self.shared - 1, 0) - self.spent

    @property
    def is_fact(self) -> bool:
        """Whether every repeated trial always gave the same number."""
        counts = self.count
        if not (counts > 1).any() or self.repeats < 1:
            return False
        low, high = np.full(len(counts), np.inf), np.full(len(counts), -np.inf)
        np.minimum.at(low, self.trial, self.value)
        np.maximum.at(high, self.trial, self.value)
        return bool((low == high).all())


def cells_of(runs: pd.DataFrame, measure: str, folds: int = 1) -> Cells:
    """The cells of a measure: used, completed runs with a finite value; copies of a run count once.

    Two runs of one trial and draw are two cells. Trials are paired by the column `draw`; a frame without it, or without two
    draws that trials share, has no effect of draws. Folds of a draw are averaged. Of several conditions the values are those that
    `conditions_levelled` gives: what a trial does in one of them tells nothing of chance.
    """
    runs = runs[~copies_of(runs)] if measures_in(runs) else runs
    rows = valued(runs, measure)
    left_out = len(completed(runs)) - len(rows)
    draw = rows["draw"] if "draw" in rows else pd.Series(0, index=rows.index)
    table = pd.DataFrame({"trial": rows["trial"].astype(int), "draw": draw, "step": rows["step"], "value": rows["value"]})
    table["order"] = rows["run"] if "run" in rows else np.arange(len(rows))
    table["place"] = rows.get("replicate", 0)
    within = _folds(table, folds) if folds > 1 else None
    again = table.sort_values("order").groupby(["trial", "place"]).cumcount()
    steps = table.sort_values("order").groupby("trial")["step"].first().sort_index()
    if folds > 1:
        table = table.assign(again=again).groupby(["trial", "draw", "again"], as_index=False)["value"].mean()
    table = pd.DataFrame(table).sort_values(["trial", "draw", "value"], kind="stable")
    trials, trial = np.unique(table["trial"].to_numpy(), return_inverse=True)
    names, place = np.unique(table["draw"].to_numpy(), return_inverse=True)
    pairs = np.unique(np.column_stack([place, trial]), axis=0)
    shared = int((np.bincount(pairs[:, 0]) > 1).sum()) if len(pairs) else 0
    paired = shared > 1  # draws of one trial alone cannot be told from noise
    group = _groups(steps.to_numpy())
    value = table["value"].to_numpy(float)
    spent = len(rows[["trial", "condition"]].drop_duplicates()) - len(trials) if "condition" in rows else 0
    return Cells(trials, trial, place if paired else np.zeros(len(place), int), value, group, len(names) if paired else 0,
                 within, shared, left_out, names if paired else names[:0], spent)  # fmt: skip


def _groups(steps: np.ndarray) -> np.ndarray:
    """The group of each trial: the step of its first run; groups of fewer than 10 trials join the largest."""
    if len(steps) == 0:
        return np.zeros(0, int)
    names, group, sizes = np.unique(steps.astype(str), return_inverse=True, return_counts=True)
    largest = int(np.argmax(sizes))
    kept = np.where(sizes >= FEWEST_IN_GROUP, np.arange(len(names)), largest)
    return np.unique(kept[group], return_inverse=True)[1]


def _folds(table: pd.DataFrame, count: int) -> Folds | None:
    """The residual variance of trial-fold values within draws, after trial and fold means (trials with all their folds)."""
    squares, freedom = 0.0, 0
    for _, rows in table.groupby("draw"):
        wide = rows.pivot_table(index="trial", columns="place", values="value", aggfunc="mean").dropna()
        if wide.shape[1] != count or len(wide) < 2:
            continue
        values = wide.to_numpy(float)
        rest = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
        squares += float((rest**2).sum())
        freedom += (len(values) - 1) * (count - 1)
    return Folds(count, squares / freedom, freedom) if freedom else None
