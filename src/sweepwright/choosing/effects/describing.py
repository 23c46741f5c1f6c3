"""What an effect says of each hyperparameter: shares with intervals, shapes, pairs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from sweepwright.choosing.effects.location import Location
from sweepwright.choosing.effects.models import STRETCH, Fitted, reach_of
from sweepwright.choosing.effects.tables import Tables, tabulated
from sweepwright.choosing.encoding import Axes, Kind

RESOLVED_SHARE = 0.01
STEADY = 0.95  # rank correlation with the parameter above which an effect rises or falls


@dataclass(slots=True)
class Found:
    """What is found for one measure."""

    model: dict
    effects: list[dict] = field(default_factory=list)
    pairs: list[dict] = field(default_factory=list)
    shapes: list[dict] = field(default_factory=list)
    surfaces: dict = field(default_factory=dict)
    places: Mapping[str, Location] = field(default_factory=dict)
    fitted: Fitted | None = None


def describe(one: Found, measure, where, axes: Axes, fitted: Fitted, coverage, hidden: float) -> None:
    """Fill in effects, pairs and shapes."""
    effect, others = fitted.effect, fitted.others
    found, again = effect.shares(), [other.shares() for other in others]
    curves = [effect.curve(i) for i in range(len(axes))]
    why = "" if fitted.explains else f"no model predicts unseen configurations (cross-validated R2 {fitted.r2:.2f})"
    for i, name in enumerate(axes.names):
        kinds = [(where, found.total[i], np.array([s.total[i] for s in again]))]
        if np.isfinite(found.active[i]):
            kinds.append(("active", found.active[i], np.array([s.active[i] for s in again])))
        for place, total, subs in kinds:
            low, high = _interval(total, subs, hidden)
            reason = why or ("its share may be zero" if not low > RESOLVED_SHARE else "")
            row = {"measure": measure, "parameter": name, "where": place, "main": found.main[i], "total": total}
            row |= {"low": low, "high": high, "resolved": not reason, "reason": reason}
            one.effects.append(
                row | {"direction": _direction(axes, i, curves[i], one.places.get(name)), "coverage": coverage[i]}
            )
        _add_shape(one, measure, axes, i, curves[i], np.array([other.curve(i) for other in others]))
    if effect.tables is not None:
        _add_pairs(one, measure, axes, effect.tables)


def _interval(value: float, subs: np.ndarray, hidden: float) -> tuple[float, float]:
    """A 90 % interval from subsamples: their deviations scaled to the whole sample, clipped to [0, 1].

    A fitted share is never exactly 0, so a lower bound that could be 0 is 0. Where the model switched a parameter off in all
    subsamples, `hidden` is still left open: the share that noise would hide among so many runs.
    """
    subs = subs[np.isfinite(subs)]
    if len(subs) == 0 or not np.isfinite(value):
        return float("nan"), float("nan")
    reach = reach_of(value, subs)
    low, high = float(np.clip(value - reach, 0, 1)), float(np.clip(value + max(reach, hidden), 0, 1))
    return (low if low > RESOLVED_SHARE else 0.0), high


def coverage_of(units: np.ndarray, levels: int) -> float:
    """How much of an axis was tried: tenths (or levels) with at least half the points of an even spread."""
    known = units[~np.isnan(units)]
    bins = min(levels or 10, 10)
    if len(known) == 0:
        return 0.0
    found = np.bincount(np.minimum((known * bins).astype(int), bins - 1), minlength=bins)
    return float((found >= 0.5 * len(known) / bins).mean())


def _direction(axes: Axes, i: int, curve: np.ndarray, place: Location | None) -> str:
    """The shape of a main effect in words: where it is best is said in what was tried, never as an interpolated value."""
    axis, at = axes.axes[i], tabulated(axes.axes[i])
    if np.ptp(curve) == 0:
        return "flat"
    if axis.kind is not Kind.CATEGORICAL:
        trend = float(spearmanr(at, curve).statistic) if len(at) > 2 else float(np.sign(curve[-1] - curve[0]))
        if abs(trend) > STEADY:
            return "rises" if trend > 0 else "falls"
    return place.direction if place is not None else ""


def _add_shape(one: Found, measure, axes: Axes, i: int, curve, again) -> None:
    spread = np.quantile(again - curve, [0.05, 0.95], axis=0) * STRETCH
    for k, unit in enumerate(tabulated(axes.axes[i])):
        row = {"measure": measure, "parameter": axes.names[i], "unit": unit, "value": axes.axes[i].shown(float(unit))}
        one.shapes.append(row | {"effect": curve[k], "low": curve[k] + spread[0, k], "high": curve[k] + spread[1, k]})


def _add_pairs(one: Found, measure, axes: Axes, tables: Tables, most: int = 3) -> None:
    """The strongest two-way effects with their surfaces."""
    shares = tables.shares()[2]
    for (i, j), share in sorted(shares.items(), key=lambda item: -item[1])[:most]:
        if share <= RESOLVED_SHARE:
            break
        names = axes.names[i], axes.names[j]
        one.pairs.append({"measure": measure, "first": names[0], "second": names[1], "share": share})
        rows, columns = ([axes.axes[k].shown(float(u)) for u in tabulated(axes.axes[k])] for k in (i, j))
        surface = tables.pairs[i, j] + tables.mains[i][:, None] + tables.mains[j][None, :]
        one.surfaces[measure, *names] = pd.DataFrame(surface, index=rows, columns=columns)
