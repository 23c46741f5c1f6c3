"""What is known of a measure, as an effect model sees it: one mean per configuration, as points of the cube."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.choosing.effects.effect_model import EffectModel, fit
from sweepwright.choosing.encoding import Axes, Cube
from sweepwright.choosing.frame import configurations, numbers, on_common_draws, space_filling, used
from sweepwright.choosing.noise.conditions import levelled
from sweepwright.choosing.noise.pooled import pooled_noise
from sweepwright.nouns.statement import counted

MOST_ROWS = 256  # configurations that the process sees; trees see all
FEWEST = 12  # configurations below which nothing is said
MOST_AXES = 40  # hyperparameters that the process sees at once


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """One mean per configuration of a measure, as points of the cube, with the replicates behind each."""

    points: Cube
    values: np.ndarray
    counts: np.ndarray
    filling: np.ndarray  # which configurations a space-filling step proposed
    noise_sd: float  # of one run, from replicates; NaN without any

    def __len__(self) -> int:
        return len(self.values)

    def some(self, rows: np.ndarray) -> "Evidence":
        return Evidence(self.points[rows], self.values[rows], self.counts[rows], self.filling[rows], self.noise_sd)


def evidence_of(runs: pd.DataFrame, measure: str, axes: Axes, condition: str | None = None) -> Evidence:
    """One mean per configuration, in an order that rows and numbers of trials do not change: used runs that completed (and are healthy), conditions' own means removed.

    Means are of the search's runs on the draws that trials share (see `on_common_draws`); the noise is that of all runs.
    """
    runs = used(runs)
    if condition is not None:
        runs = runs[runs["condition"] == condition]
    if measure == "completed":
        values = (runs["ending"] == "COMPLETED").astype(float)
        runs = runs[runs["ending"] != "STOPPED"]
        values = values[runs.index]
    else:
        runs = runs[
            (runs["ending"] == "COMPLETED") & runs["verdict"].isin(["HEALTHY", "NOT_JUDGED", "STILL_IMPROVING", "UNFINISHED"])
        ]
        values = numbers(runs, measure)
        values = values[np.isfinite(values.to_numpy(dtype=float, na_value=np.nan))]
        runs = runs.loc[values.index]
    noise = pooled_noise(pd.DataFrame({"trial": _cells(runs), "value": values})) if len(runs) else None
    runs = on_common_draws(runs)
    values = levelled(pd.DataFrame({"trial": runs["trial"], "condition": runs["condition"], "value": values.loc[runs.index]}))[
        "value"
    ]
    table = configurations(runs)
    grouped = values.groupby(runs["trial"])
    means, counts = grouped.mean().reindex(table.index), grouped.size().reindex(table.index)
    filling = space_filling(runs).groupby(runs["trial"]).any().reindex(table.index)
    points = axes.encode(table)
    sd = noise.sd if noise is not None and noise.freedom >= 3 else float("nan")
    known = Evidence(points, means.to_numpy(float), counts.to_numpy(float), filling.to_numpy(bool), sd)
    return known.some(np.lexsort((known.values, *np.nan_to_num(points, nan=-1.0).T[::-1])))


def too_few(configurations: int, axes: Axes) -> str:
    """Why so many configurations cannot tell these hyperparameters apart; empty if they can."""
    if configurations < FEWEST:
        return f"only {counted(configurations, 'configuration has', 'configurations have')} a value"
    if configurations < len(axes) + 2:
        return f"{len(axes)} hyperparameters vary over {configurations} configurations only"
    return ""


def fitted(runs: pd.DataFrame, measure: str, axes: Axes, seed: int = 0) -> EffectModel | None:
    """The effect model of a measure over all its runs, to know what it leaves over; None where it cannot be had."""
    known = evidence_of(runs, measure, axes)
    if too_few(len(known), axes) or len(axes) > MOST_AXES or float(np.ptp(known.values)) == 0.0:
        return None
    used = chosen_rows(known, seed, MOST_ROWS)
    return fit(axes, used.points, used.values, used.counts)


def _cells(runs: pd.DataFrame) -> pd.Series:
    """Runs of one configuration and condition belong together: what they differ by is noise."""
    return runs["trial"].astype(str) + "\0" + runs["condition"].astype(str)


def chosen_rows(known: Evidence, seed: int, most: int) -> Evidence:
    """At most so many configurations: space-filling ones first, then a seeded sample."""
    if len(known) <= most:
        return known
    order = np.random.default_rng(seed).permutation(len(known))
    order = order[np.argsort(~known.filling[order], kind="stable")]
    return known.some(np.sort(order[:most]))
