"""Drivers: which hyperparameter drives which measure, with intervals, and "not resolved" where the data cannot say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import pandas as pd

from sweepwright.choosing.effects.describing import Found, coverage_of, describe
from sweepwright.choosing.effects.evidence import MOST_AXES, MOST_ROWS, Evidence, chosen_rows, evidence_of, too_few
from sweepwright.choosing.effects.location import Location, locations
from sweepwright.choosing.effects.models import Effect, Fitted, best_model, forest_of, refitted
from sweepwright.choosing.effects.shares import Draws, drawn_pairs
from sweepwright.choosing.encoding import Axes, inferred_axes

SUBSAMPLES, COVERED = 40, 0.4
HIDDEN = 2.7  # the 90 % quantile of chi-square with one degree of freedom


@dataclass(frozen=True, slots=True, eq=False)
class Drivers:
    """What drives the measures: one row per model, one per effect, one per strong pair, and the shapes as tables.

    `models`: measure, model, cv_r2, noise_share, rows_used, rows_total, flag. `effects`: measure, parameter, where, main,
    total, low, high, resolved, reason, direction, coverage. `pairs`: measure, first, second, share. `shapes`: measure,
    parameter, unit, value, effect, low, high. `surfaces`: (measure, first, second) -> table of the two-way effect. `places`: where
    each parameter is best for each measure, in what was tried. `fits`: by measure, the effect model of each stage of the space.
    """

    models: pd.DataFrame
    effects: pd.DataFrame
    pairs: pd.DataFrame
    shapes: pd.DataFrame
    surfaces: dict[tuple[str, str, str], pd.DataFrame] = field(default_factory=dict)
    places: tuple[Location, ...] = ()
    fits: Mapping[str, tuple[Fitted, ...]] = field(default_factory=dict[str, tuple[Fitted, ...]])

    def first(self, measure: str) -> str | None:
        """The resolved parameter with the largest total share, or None."""
        rows = self.effects
        rows = rows[(rows["measure"] == measure) & rows["resolved"] & (rows["where"] != "active")]
        return None if rows.empty else str(rows.sort_values("total", ascending=False)["parameter"].iloc[0])


def drivers(
    runs: pd.DataFrame,
    measures: Sequence[str],
    axes: Axes | None = None,
    condition: str | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda text: None,
    signs: Mapping[str, int] | None = None,
) -> Drivers:
    """Total and main shares of every hyperparameter for some measures of a `runs` frame, in [0, 1], with 90 % intervals.

    A share is a Sobol index of the noise-free effect over the space: the variance that goes with a parameter, alone (main)
    or with its interactions too (total; totals may sum above 1). `axes` describe the space (default: what the frame
    suggests). `condition` picks one; without it the conditions' own means are removed first. Only used runs that completed
    and are healthy count, except for the measure ``completed``. Intervals come from 40 subsamples of 63.2 % of the
    configurations. A measure whose cross-validated R2 is below 0.1 is not resolved as a whole, a parameter whose lower
    bound is at most 0.01 not by itself. `signs` says of each measure whether higher (1, the default) or lower (-1) is better.

    >>> rng = np.random.default_rng(0)
    >>> x, z = rng.random(40), rng.random(40)
    >>> runs = pd.DataFrame({"trial": range(40), "step": "explore", "condition": "all", "ending": "COMPLETED",
    ...                      "verdict": "HEALTHY", "used": True, "param.lr": x, "param.momentum": z,
    ...                      "measure.loss": (x - 0.3) ** 2 + 0.01 * rng.standard_normal(40)})
    >>> found = drivers(runs, ["loss"])
    >>> found.first("loss"), round(float(found.effects.total.iloc[0]), 1)
    ('lr', 1.0)
    """
    axes = axes or inferred_axes(runs)
    models, effects, pairs, shapes, places = [], [], [], [], []
    fits: dict[str, tuple[Fitted, ...]] = {}
    surfaces: dict[tuple[str, str, str], pd.DataFrame] = {}
    stages = sorted({axis.stage for axis in axes.axes}) or [1]
    sample: dict[int, Draws | None] = {}
    for measure, stage in product(measures, stages):
        progress(measure)
        own = axes if len(stages) == 1 else axes.only(stage)
        rows = runs if len(stages) == 1 else runs[runs["stage"] == stage]
        where = "all" if len(stages) == 1 else f"stage {stage}"
        if len(own) == 0:
            continue
        if stage not in sample:
            sample[stage] = drawn_pairs(own, seed) if own.conditional else None
        one = _one(rows, measure, own, condition, where, sample[stage], seed, (signs or {}).get(measure, 1))
        models.append(one.model)
        effects += one.effects
        pairs += one.pairs
        shapes += one.shapes
        places += one.places.values()
        surfaces |= one.surfaces
        fits[measure] = (*fits.get(measure, ()), *([one.fitted] if one.fitted is not None else []))
    columns = ["measure", "parameter", "where", "main", "total", "low", "high", "resolved", "reason", "direction", "coverage"]
    return Drivers(
        pd.DataFrame(models, columns=["measure", "model", "cv_r2", "noise_share", "rows_used", "rows_total", "flag"]),
        pd.DataFrame(effects, columns=columns),
        pd.DataFrame(pairs, columns=["measure", "first", "second", "share"]),
        pd.DataFrame(shapes, columns=["measure", "parameter", "unit", "value", "effect", "low", "high"]),
        surfaces,
        tuple(places),
        fits,
    )


def _one(runs, measure: str, axes: Axes, condition, where: str, sample: Draws | None, seed: int, sign: int) -> Found:
    """The drivers of one measure."""
    known = evidence_of(runs, measure, axes, condition)
    shown = {"measure": measure, "model": None, "cv_r2": np.nan, "noise_share": np.nan, "flag": ""}
    shown |= {"rows_used": min(len(known), MOST_ROWS), "rows_total": len(known)}
    why = too_few(len(known), axes)
    if not why and float(np.ptp(known.values)) == 0.0:
        why = "the measure is the same for all configurations"
    if why:
        return Found(shown, [_unresolved(measure, name, where, why) for name in axes.names])
    if len(axes) > MOST_AXES:
        return _screened(runs, measure, axes, condition, where, seed, known, sign)
    used = chosen_rows(known, seed, MOST_ROWS)
    model, trees, r2 = best_model(axes, known, used, seed)
    shown |= {"model": "extremely randomised trees" if trees else "Gaussian process", "cv_r2": r2}
    effect = Effect(
        axes, model.tables() if trees is None else None, trees, sample or (drawn_pairs(axes, seed) if trees else None)
    )
    others = [refitted(axes, model, trees is not None, used, known, effect.sample, seed + 1 + k) for k in range(SUBSAMPLES)]
    noise = known.noise_sd if np.isfinite(known.noise_sd) else model.noise_sd
    whole = noise**2 + effect.variance
    shown["noise_share"] = noise**2 / whole if whole > 0 else np.nan
    coverage = np.array([coverage_of(known.points[:, i], axes.axes[i].count) for i in range(len(axes))])
    if not known.filling.any():
        shown["flag"] = "all rows come from an adaptive search: shares may mislead"
    elif coverage.min() < COVERED:
        thin = ", ".join(np.array(axes.names)[coverage < COVERED])
        shown["flag"] = f"{thin} {'was' if (coverage < COVERED).sum() == 1 else 'were'} tried in a small part of the range only"
    if sample is not None and not sample.complete:
        shown["flag"] = "; ".join(filter(None, [shown["flag"], "constraints tie parameters together: not a decomposition"]))
    fitted = Fitted(axes, effect, tuple(others), r2, len(used))
    one = Found(shown, fitted=fitted)
    unexplained = max(noise**2 / float(used.counts.mean()), (1 - r2) * float(np.var(used.values)))
    hidden = HIDDEN * unexplained / (len(used) * effect.variance) if effect.variance > 0 else 1.0
    one.places = locations(known, measure, axes, sign)
    describe(one, measure, where, axes, fitted, coverage, hidden)
    return one


def _screened(runs, measure: str, axes: Axes, condition, where: str, seed: int, known: Evidence, sign: int) -> Found:
    """With very many hyperparameters: those that trees split by most, the others are not looked at and it is said."""
    weight = forest_of(known.points, known.values, known.counts, seed, 100).feature_importances_
    keep = sorted(np.argsort(-weight, kind="stable")[:MOST_AXES])
    some = replace(axes, axes=tuple(axes.axes[i] for i in keep))
    if any(axis.parent is not None for axis in some.axes):  # parents are named by place, which has moved
        some = Axes(tuple(replace(axis, parent=None) for axis in some.axes))
    one = _one(runs, measure, some, condition, where, None, seed, sign)
    left = [name for name in axes.names if name not in some.names]
    note = f"only the {MOST_AXES} most promising of {len(axes)} hyperparameters were looked at"
    one.model["flag"] = "; ".join(filter(None, [one.model["flag"], note]))
    one.effects += [_unresolved(measure, name, where, "screened out before the model was fitted") for name in left]
    return one


def _unresolved(measure, name, where, why) -> dict:
    empty = dict.fromkeys(("main", "total", "low", "high", "coverage"), np.nan)
    return {"measure": measure, "parameter": name, "where": where, **empty, "resolved": False, "reason": why, "direction": ""}
