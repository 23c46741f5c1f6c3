"""Confirmed against selected: how much of a selection score was luck, and how much the confirming draws differ."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.choosing.estimator.cells import Cells, cells_of
from sweepwright.choosing.estimator.mixed import draws_of, model_of
from sweepwright.choosing.frame import measure_column, numbers, valued

DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Part:
    """A difference in the unit of the measure with its 90 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, draws: np.ndarray) -> "Part":
        low, high = np.quantile(draws, [0.05, 0.95])
        return cls(float(draws.mean()), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Expected:
    """A selection score beside a confirmed mean: confirmed - selected = easier - luck + chance, all turned so that larger is better.

    `selected` and `confirmed` are the means in the unit of the measure; `luck` is the optimism of the selection score, `easier` by how
    much the confirming draws are easier (None where no draw pairs trials), `chance` what is left of the confirming runs,
    `noise` the sd of a mean of so many runs.
    """

    selected: float
    confirmed: float
    luck: Part
    easier: Part | None
    chance: float
    noise: float


def expected(
    chosen_by: pd.DataFrame, confirming: pd.DataFrame, trial: int, measure: str, sign: int = 1, folds: int = 1, seed: int = 0
) -> Expected | None:
    """How a trial's selection score and its confirmed mean differ, and why; None where the noise is unknown or the goal is a fact.

    `chosen_by` are the runs that the choice looked at, `confirming` those of the newest round, of the chosen and of those beside it.
    Luck comes from the first alone, o = S - mean(delta) - mu on the joint posterior draws; the difference of the draws from both
    together, for explanation only: no choice looks at it.

    >>> rng = np.random.default_rng(0)
    >>> rows = [(t, d, t / 10 + d % 2 + 0.1 * rng.standard_normal()) for t in range(12) for d in range(4)]
    >>> runs = pd.DataFrame(rows, columns=["trial", "draw", "measure.f1"]).assign(step="explore", condition="all", used=True,
    ...     replicate=lambda t: t["draw"], ending="COMPLETED")
    >>> fresh = runs[runs["trial"] >= 10].assign(draw=lambda t: 10 + t["draw"], **{"measure.f1": lambda t: t["measure.f1"] + 2})
    >>> found = expected(runs, fresh, 11, "f1")
    >>> round(found.confirmed - found.selected, 1), round(found.easier.value, 1), abs(found.luck.value) < 0.1
    (2.0, 2.0, True)
    """
    column = measure_column(measure)
    turned = [frame.assign(**{column: sign * numbers(frame, measure)}) for frame in (chosen_by, confirming)]
    cells = cells_of(turned[0], measure, folds)
    own = np.flatnonzero(cells.trials == trial)
    fresh = cells_of(turned[1], measure, folds)
    again = np.flatnonzero(fresh.trials == trial)
    if len(own) == 0 or len(again) == 0 or cells.repeats < 1 or cells.is_fact or len(cells.trials) < 2:
        return None
    rng = np.random.default_rng(seed)
    model = model_of(cells)
    found = draws_of(model, own, rng.standard_normal((DRAWS, 1)), rng)
    at = own[0]
    selected, confirmed = float(cells.means[at]), float(fresh.means[again[0]])
    moved = found["delta"] @ cells.met[at] / cells.count[at] if cells.draws else np.zeros(DRAWS)
    luck = selected - moved - found["level"][:, 0]
    noise = float(np.median(found["sigma"]) / np.sqrt(fresh.count[again[0]]))
    every = cells_of(pd.concat(turned, ignore_index=True), measure, folds)
    easier = _easier(every, _draws_met(turned[0], trial, measure), _draws_met(turned[1], trial, measure), rng)
    between = easier.value if easier is not None else 0.0
    chance = confirmed - selected - between + float(luck.mean())
    return Expected(sign * selected, sign * confirmed, Part.of(luck), easier, chance, noise)


def _draws_met(runs: pd.DataFrame, trial: int, measure: str) -> np.ndarray:
    """The draw of every run of a trial that has a value."""
    rows = valued(runs[runs["trial"] == trial], measure)
    return rows["draw"].to_numpy() if "draw" in rows else np.zeros(0)


def _easier(cells: Cells, selecting: np.ndarray, confirming: np.ndarray, rng: np.random.Generator) -> Part | None:
    """By how much some draws give more than others, whatever the trial; None where the model has no effect of draws."""
    known = np.isin(selecting, cells.names).all() and np.isin(confirming, cells.names).all()
    if cells.draws == 0 or not known or len(selecting) == 0 or len(confirming) == 0:
        return None
    found = draws_of(model_of(cells), np.zeros(1, int), rng.standard_normal((DRAWS, 1)), rng)["delta"]
    weight = [
        np.bincount(np.searchsorted(cells.names, met), minlength=cells.draws) / len(met) for met in (confirming, selecting)
    ]
    return Part.of(found @ (weight[0] - weight[1]))
