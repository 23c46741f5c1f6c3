"""A choice among the trials of a frame, whoever made it: what the rule picks, what it may lose, and how firm it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sweepwright.choosing.effects.evidence import fitted
from sweepwright.choosing.encoding import Axes
from sweepwright.choosing.estimator.levels import Levels, levels
from sweepwright.choosing.loss import UNKNOWN, Loss, loss_of
from sweepwright.choosing.pareto import front_probability
from sweepwright.choosing.population import Population, population_of
from sweepwright.choosing.rule import Aim, Ordered, Rule, within_worth
from sweepwright.choosing.wording import not_used, sentences_of, without_value
from sweepwright.nouns.statement import Statement
from sweepwright.space.bounds import number_text

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Logged:
    """A threshold of the choice: when it was set, whether results had been seen, and what the pick would be if it moved.

    `step` is the posterior sd of the trial nearest to it; `lower` and `higher` are the picks with the threshold moved by that, to
    `moved` (None: a fact has no value on that side). `pick` is what the rule picks at the threshold itself: another trial than the
    chosen one where the choice was made before, with other runs or goals.
    """

    threshold: str
    when: str
    results_seen: bool
    step: float
    lower: int | None
    higher: int | None
    moved: tuple[float | None, float | None] = (None, None)
    pick: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """What the rule picks, from the levels of all trials that stand to be chosen.

    `loss` is the headline. `table` has one row per trial of the population: level and measured mean by goal, P(bounds hold), and
    over the allowed ones the rank interval and P(within the worth of the best) (`within`).
    """

    chosen: int | None
    runner_up: int | None
    best: int | None
    order: tuple[int, ...]
    as_good: tuple[int, ...]
    loss: Loss
    front: pd.Series
    table: pd.DataFrame
    log: tuple[Logged, ...]
    sentences: tuple[Statement, ...]
    levels: Levels
    population: Population


def decide(
    runs: pd.DataFrame,
    aims: Sequence[Aim],
    axes: Axes | None = None,
    folds: int = 1,
    seed: int = 0,
    log: Mapping[str, tuple[str, bool]] | None = None,
    chosen: int | None = None,
) -> Weighing:
    """Choose among the trials of `runs` by the one rule, on levels: bounds first, then goal after goal up to what is worth it.

    `runs` are all that a choice may look at (one condition, one effort, no confirming runs); who stands to be chosen is
    `population_of` them. Where nothing was repeated the best value as measured within the bounds is taken, and only
    that is said; `axes` let an effect model bound the noise then. `log` gives when each threshold was set and whether results
    had been seen. `chosen` keeps a choice that was made before.

    >>> rng = np.random.default_rng(0)
    >>> quality = np.repeat(np.linspace(0, 1, 20), 3)
    >>> runs = pd.DataFrame({"trial": np.repeat(np.arange(20), 3), "replicate": np.tile([0, 1, 2], 20), "condition": "all",
    ...     "step": "explore", "ending": "COMPLETED", "used": True, "seconds": 1.0,
    ...     "measure.f1": quality + 0.02 * rng.standard_normal(60)})
    >>> found = decide(runs, [Aim("f1", 1)])
    >>> found.chosen, found.loss.upper < 0.05
    (19, True)
    """
    people = population_of(runs)
    found = levels(runs, [aim.measure for aim in aims], folds, seed, people.trials, [aim.sign for aim in aims])
    rule = Rule(found, aims, people.trials, people.failed)
    if len(rule.trials) == 0:
        names = " and ".join(aim.measure for aim in aims)
        nothing = Statement("choice.none", f"No trial that counts has a value of {names}: nothing can be chosen.")
        return Weighing(
            None,
            None,
            None,
            (),
            (),
            UNKNOWN,
            pd.Series(dtype=float),
            pd.DataFrame(),
            (),
            (nothing, *not_used(runs)),
            found,
            people,
        )
    ordered = rule.order()
    order = ordered.order
    if chosen is not None and chosen in order:
        order = (chosen, *(trial for trial in order if trial != chosen))
    loss = loss_of(rule, ordered, order[0])
    table = _table(rule, ordered)
    at_most = _residual(runs, aims[0].measure, axes, seed) if not found.is_known else NAN
    front = front_probability(found, [aim.sign for aim in aims], rule.trials.tolist())
    said = [*sentences_of(rule, ordered, order[0], loss, people, at_most)]
    said += [*without_value(runs, aims, people), *not_used(runs)]
    logged = tuple(_logged(rule, log or {}))
    later = next(iter(order[1:]), None)
    return Weighing(
        order[0], later, rule.best(ordered), order, ordered.as_good, loss, front, table, logged, tuple(said), found, people
    )


def _table(rule: Rule, ordered: Ordered) -> pd.DataFrame:
    found, measured = {}, rule.found.measured[np.isin(rule.found.trials, rule.trials)]
    for i, aim in enumerate(rule.aims):
        found[f"mean.{aim.measure}"] = rule.mean[:, i] * aim.sign
        found[f"measured.{aim.measure}"] = measured[:, i]
    found["passing"] = ordered.passing.to_numpy()
    table = pd.DataFrame(found, index=rule.trials)
    columns = ("rank_low", "rank_high", "within")
    table[list(columns)] = NAN
    inside = np.isin(rule.trials[rule.drawn], ordered.allowed)
    if rule.found.is_known and inside.sum() > 1:
        values = rule.draws[:, inside, 0]
        ranks = rankdata(-values, method="min", axis=1).astype(int)
        own = rule.trials[rule.drawn][inside]
        table.loc[own, "rank_low"] = np.quantile(ranks, 0.05, axis=0, method="nearest")
        table.loc[own, "rank_high"] = np.quantile(ranks, 0.95, axis=0, method="nearest")
        table.loc[own, "within"] = within_worth(values, rule.worth[0])
    return table


def _residual(runs: pd.DataFrame, measure: str, axes: Axes | None, seed: int) -> float:
    """What the effect model leaves over: at most so much is noise, if the model is right."""
    model = fitted(runs, measure, axes, seed) if axes is not None and len(axes) else None
    return NAN if model is None else float(model.noise_sd)


def _logged(rule: Rule, when: Mapping[str, tuple[str, bool]]) -> list[Logged]:
    """Every bound, and the pick by the same rule when it moves by what is not known of the trial nearest to it."""
    found, now = [], rule.order(placed=1).order[0]
    for i, aim in enumerate(rule.aims):
        if aim.bound is None:
            continue
        moved, step = _moved(rule, i, aim.bound)
        picks: list[int | None] = []
        for value in moved:
            bounds = [value if k == i else other.bound for k, other in enumerate(rule.aims)]
            picks.append(rule.order(bounds, placed=1).order[0] if value is not None else None)
        text = f"{aim.measure} {'>=' if aim.sign > 0 else '<='} {number_text(aim.bound)}"
        set_when, seen = when.get(aim.measure, ("", True))
        found.append(Logged(text, set_when, seen, step, picks[0], picks[1], moved, now))
    return found


def _moved(rule: Rule, goal: int, bound: float) -> tuple[tuple[float | None, float | None], float]:
    """The bound a step lower and higher, and the step; a bound on a fact, or at the end of what is measured, moves to the next values on either side."""
    values = rule.mean[:, goal] * rule.signs[goal]
    if not rule.found.is_known or len(rule.drawn) == 0:
        return (None, None), NAN
    if rule.is_limit(goal, bound):
        values = rule.found.measured[rule.places, goal]
    if rule.found.facts[goal] or rule.is_limit(goal, bound):
        below, above = values[values < bound], values[values > bound]
        sides = (float(below.max()) if len(below) else None, float(above.min()) if len(above) else None)
        return sides, 0.0
    nearest = int(np.argmin(np.abs(values[rule.drawn] - bound)))
    step = float(rule.draws[:, nearest, goal].std())
    return (bound - step, bound + step), step
