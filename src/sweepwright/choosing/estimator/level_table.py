"""Levels for tables and plots: what each trial gives on an average draw, measure by measure."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sweepwright.choosing.estimator.cells import Cells, cells_of
from sweepwright.choosing.estimator.levels import conditions_levelled, noise_source
from sweepwright.choosing.estimator.mixed import means_of, model_of


def level_table(runs: pd.DataFrame, measures: Sequence[str], folds: int = 1) -> pd.DataFrame:
    """The level of every trial by measure, in its unit (index: trial): the posterior mean of what it gives on an average draw.

    Plain means cannot be sorted or plotted side by side: a trial that met a hard draw looks bad. Where nothing was repeated, and where
    repeats always agree (a fact), values stand as measured. A trial without a finite value of a measure has NaN. Rows in any order
    give the same.

    >>> runs = pd.DataFrame({"trial": [0, 0, 1, 1, 2, 3], "draw": [0, 1, 0, 1, 0, 1], "replicate": [0, 1, 0, 1, 0, 1], "step": "explore",
    ...     "condition": "all", "ending": "COMPLETED", "used": True, "measure.f1": [0.5, 0.9, 0.6, 1.0, 0.55, 0.95]})
    >>> level_table(runs, ["f1"])["f1"].round(2).tolist()  # draw 1 is easier by 0.4: trials 2 and 3 are alike
    [0.71, 0.79, 0.75, 0.75]
    """
    runs = conditions_levelled(runs, measures)
    found = {}
    for measure in measures:
        cells = cells_of(runs, measure, folds)
        values = _levels(cells, noise_source([cells], runs, folds)) if len(cells.trials) else np.zeros(0)
        found[measure] = pd.Series(values, index=cells.trials, dtype=float)
    table = pd.DataFrame(found, columns=list(measures))
    return table.reindex(sorted(int(trial) for trial in runs["trial"].unique())).rename_axis("trial")


def _levels(cells: Cells, source: str) -> np.ndarray:
    if not source or len(cells.trials) < 2 or cells.is_fact:
        return cells.means
    return means_of(model_of(cells))
