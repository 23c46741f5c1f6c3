"""What the best values look like: isolation plots' data, and effects that are only units."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.choosing.effects.drivers import Drivers, drivers
from sweepwright.choosing.encoding import Axes, inferred_axes
from sweepwright.choosing.estimator.level_table import level_table
from sweepwright.choosing.frame import configurations, measure_column
from sweepwright.nouns.statement import Statement

BINS = 8


def isolation(
    runs: pd.DataFrame,
    measure: str,
    parameter: str,
    sign: int = 1,
    axes: Axes | None = None,
    levels: pd.Series | None = None,
) -> pd.DataFrame:
    """Best and median of a measure over all other parameters, for each value of one: the data of an isolation plot.

    Columns value, unit, best, median, configurations; in the unit of the measure. Of each configuration counts its level (`levels` by
    trial, where they are there already). A continuum of which more than 8 values were
    tried is cut into 8 equal parts, and the middle of each stands for it.
    (Deep Learning Tuning Playbook, Godbole et al. 2023.)
    """
    axes = axes or inferred_axes(runs)
    i = axes.names.index(parameter)
    axis = axes.axes[i]
    known = (level_table(runs, [measure])[measure] if levels is None else levels).dropna()
    table = configurations(runs)
    table = table[table.index.isin(known.index)]
    units = axes.encode(table)[:, i]
    tried = np.unique(units[~np.isnan(units)].round(9))
    every = known.reindex(table.index).to_numpy(float)
    if len(tried) <= max(BINS, axis.count or 0):
        places = [(unit, units.round(9) == unit) for unit in tried.tolist()]
    else:
        bins = axis.count or BINS
        cut = np.floor(np.minimum(units * bins, bins - 1))
        places = [((k + 0.5) / bins, cut == k) for k in range(bins)]
    rows = []
    for unit, inside in places:
        values = every[inside]
        if len(values):
            row = {"value": axis.shown(unit), "unit": unit, "best": sign * np.max(sign * values), "median": np.median(values)}
            rows.append(row | {"configurations": len(values)})
    return pd.DataFrame(rows, columns=["value", "unit", "best", "median", "configurations"])


@dataclass(frozen=True, slots=True)
class UnitEffect:
    """A parameter that drives a measure only through the measure's scale."""

    parameter: str
    measure: str
    scale: str
    total: float
    twin_total: float
    twin_high: float

    @property
    def statement(self) -> Statement:
        """The finding in words."""
        text = (
            f"{self.parameter} drives {self.measure} (share {self.total:.2f}), but no longer {self.measure} / {self.scale} "
            f"(share {self.twin_total:.2f}, at most {self.twin_high:.2f}): it changes the scale, not the fit."
        )
        return Statement("unit_effect", text, {"share": self.total, "twin": self.twin_total, "at_most": self.twin_high})


def unit_effects(
    runs: pd.DataFrame, measure: str, scale: str, axes: Axes | None = None, seed: int = 0
) -> tuple[list[UnitEffect], Drivers]:
    """Drivers of a measure that disappear on its scale-free twin, measure / scale; with the drivers of both.

    `scale` is a measure in the same unit (the spread of an embedding). An effect disappears when it is resolved on the measure
    and, on the twin, is not, with an upper bound below half its share.
    """
    twin = f"{measure} / {scale}"
    ratio = pd.to_numeric(runs[measure_column(measure)], errors="coerce") / pd.to_numeric(
        runs[measure_column(scale)], errors="coerce"
    )
    found = drivers(runs.assign(**{measure_column(twin): ratio}), [measure, twin], axes, seed=seed)
    own, other = (found.effects[found.effects["measure"] == name].set_index("parameter") for name in (measure, twin))
    gone = []
    for name in own.index[own["resolved"].astype(bool)]:
        before, after = own.loc[name], other.loc[name]
        high = float(after["high"]) if np.isfinite(after["high"]) else 0.0
        if not after["resolved"] and high < 0.5 * float(before["total"]):
            total = float(after["total"]) if np.isfinite(after["total"]) else 0.0
            gone.append(UnitEffect(str(name), measure, scale, float(before["total"]), total, high))
    return gone, found
