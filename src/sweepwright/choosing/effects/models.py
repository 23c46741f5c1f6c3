"""The model that predicts a measure best, and the effect that it stands for."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from sklearn.ensemble import ExtraTreesRegressor

from sweepwright.choosing.effects.effect_model import EffectModel, fit
from sweepwright.choosing.effects.evidence import Evidence, chosen_rows
from sweepwright.choosing.effects.shares import Draws, Shares
from sweepwright.choosing.effects.tables import Tables, tabulated
from sweepwright.choosing.encoding import Axes, Cube
from sweepwright.nouns.statement import LEVEL

MOST_TREE_ROWS = 4096
FOLDS, SHARE = 5, 0.632  # of the cross-validation; of the configurations in a subsample
BETTER = 0.02  # how much more R2 trees need to be preferred
RESOLVED_R2 = 0.1  # cross-validated: below it a model explains nothing
OF_FEW = 4.0  # nor where its R2 is below so much over the number of configurations
MANY, AGAIN = 64, 3  # configurations below which folds are drawn so often: a single draw of few says little
STRETCH = float(np.sqrt(SHARE / (1 - SHARE)))  # of the deviations of refits to subsamples without replacement


def forest_of(points: Cube, values: np.ndarray, counts: np.ndarray, seed: int, trees: int) -> ExtraTreesRegressor:
    forest = ExtraTreesRegressor(trees, min_samples_leaf=2, random_state=seed)
    return forest.fit(np.nan_to_num(points, nan=0.5), values, sample_weight=counts)


def best_model(axes: Axes, known: Evidence, used: Evidence, seed: int) -> tuple[EffectModel, ExtraTreesRegressor | None, float]:
    """The process, and trees instead of it where they predict unseen configurations better; with the R2 of the better."""
    model = fit(axes, used.points, used.values, used.counts)
    rng = np.random.default_rng(seed)
    draws = [rng.permutation(len(used)) % FOLDS for _ in range(1 if len(used) >= MANY else AGAIN)]
    r2, of_trees = np.mean([_predicted(axes, used, model, held, seed) for held in draws], axis=0).tolist()
    if of_trees <= r2 + BETTER:
        return model, None, r2
    rows = chosen_rows(known, seed, MOST_TREE_ROWS)
    return model, forest_of(rows.points, rows.values, rows.counts, seed, 100), of_trees


def _predicted(axes: Axes, used: Evidence, model: EffectModel, held: np.ndarray, seed: int) -> tuple[float, float]:
    """R2 of the process and of trees on folds that they did not see."""
    process, forest, mean = (np.empty(len(used)) for _ in range(3))
    for fold in range(FOLDS):
        rest, out = used.some(held != fold), used.some(held == fold)
        process[held == fold] = fit(axes, rest.points, rest.values, rest.counts, model.theta, 20).tables()(out.points)
        trees = forest_of(rest.points, rest.values, rest.counts, seed, 60)
        forest[held == fold] = trees.predict(np.nan_to_num(out.points, nan=0.5))
        mean[held == fold] = rest.values.mean()
    around = float(((used.values - mean) ** 2).sum())
    return 1 - float(((used.values - process) ** 2).sum()) / around, 1 - float(((used.values - forest) ** 2).sum()) / around


@dataclass(slots=True, eq=False)
class Effect:
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
        at, base = tabulated(self.axes.axes[i]), self.sample.first[:128]
        rows = np.repeat(base[None], len(at), axis=0)
        rows[:, :, i] = at[:, None]
        found = self(rows.reshape(-1, base.shape[1])).reshape(len(at), -1).mean(axis=1)
        return found - found.mean()


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The effect model of a measure over some axes, its refits to subsamples, and how well it predicts."""

    axes: Axes
    effect: Effect
    others: tuple[Effect, ...]
    r2: float
    configurations: int

    @property
    def explains(self) -> bool:
        """Whether it predicts configurations that it did not see better than chance does with so few of them."""
        return self.r2 >= max(RESOLVED_R2, OF_FEW / self.configurations)


def reach_of(value: np.ndarray | float, again: np.ndarray) -> np.ndarray:
    """How far the 90 % interval of what a model says reaches to either side, from what its refits say (first axis)."""
    return norm.ppf((1 + LEVEL) / 2) * STRETCH * np.sqrt(np.mean((again - value) ** 2, axis=0))


def refitted(axes, model: EffectModel, trees: bool, used: Evidence, known: Evidence, sample, seed: int) -> Effect:
    """The effect from 63.2 % of the configurations, drawn without replacement."""
    rows = chosen_rows(known, 0, MOST_TREE_ROWS) if trees else used
    keep = np.sort(np.random.default_rng(seed).permutation(len(rows))[: max(2, round(SHARE * len(rows)))])
    part = rows.some(keep)
    if trees:
        return Effect(axes, None, forest_of(part.points, part.values, part.counts, seed, 40), sample)
    return Effect(axes, fit(axes, part.points, part.values, part.counts, model.theta, 12).tables(), None, sample)
