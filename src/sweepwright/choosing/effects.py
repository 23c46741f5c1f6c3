"""Drivers: which hyperparameter drives which measure, with intervals, and "not resolved" where the data cannot say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import norm, spearmanr
from sklearn.ensemble import ExtraTreesRegressor

from sweepwright.choosing.axes import Axes, Cube, Kind, inferred_axes
from sweepwright.choosing.effect_model import EffectModel, Tables, fit, places
from sweepwright.choosing.evidence import MOST_AXES, MOST_ROWS, Evidence, chosen_rows, evidence_of, too_few
from sweepwright.choosing.shares import Draws, Shares, draws

MOST_TREE_ROWS = 4096
FOLDS, SUBSAMPLES, SHARE = 5, 40, 0.632
LEVEL = 0.9
RESOLVED_R2, RESOLVED_SHARE, COVERED = 0.1, 0.01, 0.4
HIDDEN = 2.7  # the 90 % quantile of chi-square with one degree of freedom
BETTER = 0.02  # how much more R2 trees need to be preferred


@dataclass(frozen=True, slots=True, eq=False)
class Drivers:
    """What drives the measures: one row per model, one per effect, one per strong pair, and the shapes as tables.

    `models`: measure, model, cv_r2, noise_share, rows_used, rows_total, flag. `effects`: measure, parameter, where, main,
    total, low, high, resolved, reason, direction, coverage. `pairs`: measure, first, second, share. `shapes`: measure,
    parameter, unit, value, effect, low, high. `surfaces`: (measure, first, second) -> table of the two-way effect.
    """

    models: pd.DataFrame
    effects: pd.DataFrame
    pairs: pd.DataFrame
    shapes: pd.DataFrame
    surfaces: dict[tuple[str, str, str], pd.DataFrame] = field(default_factory=dict)

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
) -> Drivers:
    """Total and main shares of every hyperparameter for some measures of a `runs` frame, in [0, 1], with 90 % intervals.

    A share is a Sobol index of the noise-free effect over the space: the variance that goes with a parameter, alone (main)
    or with its interactions too (total; totals may sum above 1). `axes` describe the space (default: what the frame
    suggests). `condition` picks one; without it the conditions' own means are removed first. Only used runs that completed
    and are healthy count, except for the measure ``completed``. Intervals come from 40 subsamples of 63.2 % of the
    configurations. A measure whose cross-validated R2 is below 0.1 is not resolved as a whole, a parameter whose lower
    bound is at most 0.01 not by itself.

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
    models, effects, pairs, shapes = [], [], [], []
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
            sample[stage] = draws(own, seed) if own.conditional else None
        one = _one(rows, measure, own, condition, where, sample[stage], seed)
        models.append(one.model)
        effects += one.effects
        pairs += one.pairs
        shapes += one.shapes
        surfaces |= one.surfaces
    columns = ["measure", "parameter", "where", "main", "total", "low", "high", "resolved", "reason", "direction", "coverage"]
    return Drivers(
        pd.DataFrame(models, columns=["measure", "model", "cv_r2", "noise_share", "rows_used", "rows_total", "flag"]),
        pd.DataFrame(effects, columns=columns),
        pd.DataFrame(pairs, columns=["measure", "first", "second", "share"]),
        pd.DataFrame(shapes, columns=["measure", "parameter", "unit", "value", "effect", "low", "high"]),
        surfaces,
    )


@dataclass(slots=True)
class _One:
    """What is found for one measure."""

    model: dict
    effects: list[dict] = field(default_factory=list)
    pairs: list[dict] = field(default_factory=list)
    shapes: list[dict] = field(default_factory=list)
    surfaces: dict = field(default_factory=dict)


def _one(runs, measure: str, axes: Axes, condition, where: str, sample: Draws | None, seed: int) -> _One:
    """The drivers of one measure."""
    known = evidence_of(runs, measure, axes, condition)
    shown = {"measure": measure, "model": None, "cv_r2": np.nan, "noise_share": np.nan, "flag": ""}
    shown |= {"rows_used": min(len(known), MOST_ROWS), "rows_total": len(known)}
    why = too_few(len(known), axes)
    if not why and float(np.ptp(known.values)) == 0.0:
        why = "the measure is the same for all configurations"
    if why:
        return _One(shown, [_unresolved(measure, name, where, why) for name in axes.names])
    if len(axes) > MOST_AXES:
        return _screened(runs, measure, axes, condition, where, seed, known)
    used = chosen_rows(known, seed, MOST_ROWS)
    model, trees, r2 = _best_model(axes, known, used, seed)
    shown |= {"model": "extremely randomised trees" if trees else "Gaussian process", "cv_r2": r2}
    effect = _Effect(axes, model.tables() if trees is None else None, trees, sample or (draws(axes, seed) if trees else None))
    others = [_refitted(axes, model, trees is not None, used, known, effect.sample, seed + 1 + k) for k in range(SUBSAMPLES)]
    noise = known.noise_sd if np.isfinite(known.noise_sd) else model.noise_sd
    whole = noise**2 + effect.variance
    shown["noise_share"] = noise**2 / whole if whole > 0 else np.nan
    coverage = np.array([_coverage(known.points[:, i], axes.axes[i].count) for i in range(len(axes))])
    if not known.filling.any():
        shown["flag"] = "all rows come from an adaptive search: shares may mislead"
    elif coverage.min() < COVERED:
        thin = ", ".join(np.array(axes.names)[coverage < COVERED])
        shown["flag"] = f"{thin} {'was' if (coverage < COVERED).sum() == 1 else 'were'} tried in a small part of the range only"
    if sample is not None and not sample.complete:
        shown["flag"] = "; ".join(filter(None, [shown["flag"], "constraints tie parameters together: not a decomposition"]))
    one = _One(shown)
    unexplained = max(noise**2 / float(used.counts.mean()), (1 - r2) * float(np.var(used.values)))
    hidden = HIDDEN * unexplained / (len(used) * effect.variance) if effect.variance > 0 else 1.0
    _describe(one, measure, where, axes, effect, others, coverage, r2, hidden)
    return one


def _screened(runs, measure: str, axes: Axes, condition, where: str, seed: int, known: Evidence) -> _One:
    """With very many hyperparameters: those that trees split by most, the others are not looked at and it is said."""
    weight = _forest(known.points, known.values, known.counts, seed, 100).feature_importances_
    keep = sorted(np.argsort(-weight, kind="stable")[:MOST_AXES])
    some = replace(axes, axes=tuple(axes.axes[i] for i in keep))
    if any(axis.parent is not None for axis in some.axes):  # parents are named by place, which has moved
        some = Axes(tuple(replace(axis, parent=None) for axis in some.axes))
    one = _one(runs, measure, some, condition, where, None, seed)
    left = [name for name in axes.names if name not in some.names]
    note = f"only the {MOST_AXES} most promising of {len(axes)} hyperparameters were looked at"
    one.model["flag"] = "; ".join(filter(None, [one.model["flag"], note]))
    one.effects += [_unresolved(measure, name, where, "screened out before the model was fitted") for name in left]
    return one


def _unresolved(measure, name, where, why) -> dict:
    empty = dict.fromkeys(("main", "total", "low", "high", "coverage"), np.nan)
    return {"measure": measure, "parameter": name, "where": where, **empty, "resolved": False, "reason": why, "direction": ""}


# --- models -----------------------------------------------------------------------------------------------------------


def _forest(points: Cube, values: np.ndarray, counts: np.ndarray, seed: int, trees: int) -> ExtraTreesRegressor:
    forest = ExtraTreesRegressor(trees, min_samples_leaf=2, random_state=seed)
    return forest.fit(np.nan_to_num(points, nan=0.5), values, sample_weight=counts)


def _best_model(
    axes: Axes, known: Evidence, used: Evidence, seed: int
) -> tuple[EffectModel, ExtraTreesRegressor | None, float]:
    """The process, and trees instead of it where they predict unseen configurations better; with the R2 of the better."""
    model = fit(axes, used.points, used.values, used.counts)
    held = np.random.default_rng(seed).permutation(len(used)) % FOLDS
    process, forest, mean = (np.empty(len(used)) for _ in range(3))
    for fold in range(FOLDS):
        rest, out = used.some(held != fold), used.some(held == fold)
        process[held == fold] = fit(axes, rest.points, rest.values, rest.counts, model.theta, 20).tables()(out.points)
        forest[held == fold] = _forest(rest.points, rest.values, rest.counts, seed, 60).predict(
            np.nan_to_num(out.points, nan=0.5)
        )
        mean[held == fold] = rest.values.mean()
    r2, of_trees = (1 - float(((used.values - p) ** 2).sum() / ((used.values - mean) ** 2).sum()) for p in (process, forest))
    if of_trees <= r2 + BETTER:
        return model, None, r2
    rows = chosen_rows(known, seed, MOST_TREE_ROWS)
    return model, _forest(rows.points, rows.values, rows.counts, seed, 100), of_trees


@dataclass(slots=True, eq=False)
class _Effect:
    """A fitted effect and its shares: exact from tables where the axes are independent, else from draws."""

    axes: Axes
    tables: Tables | None
    trees: ExtraTreesRegressor | None
    sample: Draws | None

    def __call__(self, points: Cube) -> np.ndarray:
        if self.tables is not None:
            return self.tables(points)
        assert self.trees is not None
        return self.trees.predict(np.nan_to_num(points, nan=0.5))

    def shares(self) -> Shares:
        if self.sample is not None:
            return self.sample.shares(self)
        assert self.tables is not None
        main, total, _ = self.tables.shares()
        return Shares(main, total, np.full(len(main), np.nan))

    @property
    def variance(self) -> float:
        if self.sample is not None:
            return float(np.var(self(self.sample.first)))
        assert self.tables is not None
        return self.tables.variance

    def curve(self, i: int) -> np.ndarray:
        """Partial dependence on one axis, about its own mean."""
        if self.tables is not None:
            return self.tables.mains[i]
        assert self.sample is not None
        at, base = places(self.axes.axes[i]), self.sample.first[:128]
        rows = np.repeat(base[None], len(at), axis=0)
        rows[:, :, i] = at[:, None]
        found = self(rows.reshape(-1, base.shape[1])).reshape(len(at), -1).mean(axis=1)
        return found - found.mean()


def _refitted(axes, model: EffectModel, trees: bool, used: Evidence, known: Evidence, sample, seed: int) -> _Effect:
    """The effect from 63.2 % of the configurations, drawn without replacement."""
    rows = chosen_rows(known, 0, MOST_TREE_ROWS) if trees else used
    keep = np.sort(np.random.default_rng(seed).permutation(len(rows))[: max(2, round(SHARE * len(rows)))])
    part = rows.some(keep)
    if trees:
        return _Effect(axes, None, _forest(part.points, part.values, part.counts, seed, 40), sample)
    return _Effect(axes, fit(axes, part.points, part.values, part.counts, model.theta, 12).tables(), None, sample)


# --- words ------------------------------------------------------------------------------------------------------------


def _describe(
    one: _One, measure, where, axes: Axes, effect: _Effect, others: list[_Effect], coverage, r2: float, hidden: float
) -> None:
    """Fill in effects, pairs and shapes."""
    found, again = effect.shares(), [other.shares() for other in others]
    curves = [effect.curve(i) for i in range(len(axes))]
    why = f"no model predicts unseen configurations (cross-validated R2 {r2:.2f})" if r2 < RESOLVED_R2 else ""
    for i, name in enumerate(axes.names):
        kinds = [(where, found.total[i], np.array([s.total[i] for s in again]))]
        if np.isfinite(found.active[i]):
            kinds.append(("active", found.active[i], np.array([s.active[i] for s in again])))
        for place, total, subs in kinds:
            low, high = _interval(total, subs, hidden)
            reason = why or ("its share may be zero" if not low > RESOLVED_SHARE else "")
            row = {"measure": measure, "parameter": name, "where": place, "main": found.main[i], "total": total}
            row |= {"low": low, "high": high, "resolved": not reason, "reason": reason}
            one.effects.append(row | {"direction": _direction(axes, i, curves[i]), "coverage": coverage[i]})
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
    reach = norm.ppf((1 + LEVEL) / 2) * np.sqrt(SHARE / (1 - SHARE) * np.mean((subs - value) ** 2))
    low, high = float(np.clip(value - reach, 0, 1)), float(np.clip(value + max(reach, hidden), 0, 1))
    return (low if low > RESOLVED_SHARE else 0.0), high


def _coverage(units: np.ndarray, levels: int) -> float:
    """How much of an axis was tried: tenths (or levels) with at least half the points of an even spread."""
    known = units[~np.isnan(units)]
    bins = min(levels or 10, 10)
    if len(known) == 0:
        return 0.0
    found = np.bincount(np.minimum((known * bins).astype(int), bins - 1), minlength=bins)
    return float((found >= 0.5 * len(known) / bins).mean())


def _direction(axes: Axes, i: int, curve: np.ndarray) -> str:
    """The shape of a main effect in words."""
    axis, at = axes.axes[i], places(axes.axes[i])
    top, bottom = axis.shown(float(at[int(np.argmax(curve))])), axis.shown(float(at[int(np.argmin(curve))]))
    if np.ptp(curve) == 0:
        return "flat"
    if axis.kind is Kind.CATEGORICAL:
        return f"highest at {top}, lowest at {bottom}"
    trend = float(spearmanr(at, curve).statistic) if len(at) > 2 else float(np.sign(curve[-1] - curve[0]))
    if abs(trend) > 0.95:
        return "rises" if trend > 0 else "falls"
    inside = 0 < int(np.argmax(curve)) < len(curve) - 1
    return f"highest near {top}" if inside else f"lowest near {bottom}"


def _add_shape(one: _One, measure, axes: Axes, i: int, curve, again) -> None:
    spread = np.quantile(again - curve, [0.05, 0.95], axis=0) * np.sqrt(SHARE / (1 - SHARE))
    for k, unit in enumerate(places(axes.axes[i])):
        row = {"measure": measure, "parameter": axes.names[i], "unit": unit, "value": axes.axes[i].shown(float(unit))}
        one.shapes.append(row | {"effect": curve[k], "low": curve[k] + spread[0, k], "high": curve[k] + spread[1, k]})


def _add_pairs(one: _One, measure, axes: Axes, tables: Tables, most: int = 3) -> None:
    """The strongest two-way effects with their surfaces."""
    shares = tables.shares()[2]
    for (i, j), share in sorted(shares.items(), key=lambda item: -item[1])[:most]:
        if share <= RESOLVED_SHARE:
            break
        names = axes.names[i], axes.names[j]
        one.pairs.append({"measure": measure, "first": names[0], "second": names[1], "share": share})
        rows, columns = ([axes.axes[k].shown(float(u)) for u in places(axes.axes[k])] for k in (i, j))
        surface = tables.pairs[i, j] + tables.mains[i][:, None] + tables.mains[j][None, :]
        one.surfaces[measure, *names] = pd.DataFrame(surface, index=rows, columns=columns)
