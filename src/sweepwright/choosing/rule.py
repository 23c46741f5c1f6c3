"""The choice: bounds are constraints, the first goal ranks, what it cannot tell apart the next goals order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from sweepwright.choosing.frame import measure_column
from sweepwright.choosing.noise.means import mean_draws, standard_error
from sweepwright.choosing.pareto import pareto_front
from sweepwright.nouns.statement import Statement


@dataclass(frozen=True, slots=True)
class Aim:
    """A goal in the terms of a frame: the measure's column, 1 if higher is better else -1, and the bound."""

    measure: str
    sign: int
    bound: float | None = None
    worth: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """What the rule picked, from which order, and why.

    `order` ranks the candidates, best first. `table` has one row per candidate: mean, standard error, rank interval and
    probability to be the best by the first goal, distance to the best, and membership of the Pareto front.
    """

    chosen: int | None
    runner_up: int | None
    best: int | None
    order: tuple[int, ...]
    indistinguishable: tuple[int, ...]
    table: pd.DataFrame
    sentences: tuple[Statement, ...]


def scores_by_replicate(runs: pd.DataFrame, measure: str) -> pd.DataFrame:
    """One row per trial, one column per replicate; only replicates that every trial has, so that trials can be paired."""
    return runs.pivot_table(index="trial", columns="replicate", values=measure_column(measure), aggfunc="mean").dropna(axis=1)


def choose(runs: pd.DataFrame, aims: Sequence[Aim], folds: int = 1, seed: int = 0) -> Picked:
    """Choose among the trials of `runs` (columns trial, replicate, ending, measure.<name>; one condition, one effort).

    A trial passes if P(all bounds hold) >= 0.5. Among those the first aim finds the best; trials whose mean paired
    difference from it is below its standard error are not distinguishable from it (the one-standard-error rule of Breiman
    et al. 1984) and are ordered by the next aims. A trial with a failed run is set apart.

    >>> runs = pd.DataFrame({"trial": [0, 0, 1, 1], "replicate": [0, 1, 0, 1], "ending": "COMPLETED",
    ...                      "measure.f1": [0.80, 0.90, 0.79, 0.905], "measure.size": [9.0, 9.0, 2.0, 2.0]})
    >>> choose(runs, [Aim("f1", 1), Aim("size", -1)]).chosen
    1
    """
    columns = [measure_column(aim.measure) for aim in aims]
    runs = runs.reindex(columns=[*runs.columns, *(column for column in columns if column not in runs)])
    failed = set(runs.loc[runs["ending"] != "COMPLETED", "trial"])
    first = aims[0]
    usable = runs[~runs["trial"].isin(failed) & runs[measure_column(first.measure)].notna()]
    sentences: list[Statement] = []
    if failed:
        text = f"{len(failed)} {'trial' if len(failed) == 1 else 'trials'} with a run that did not complete stood aside."
        sentences.append(Statement("choice.aside", text, {"trials": len(failed)}))
    if usable.empty:
        nothing = Statement("choice.none", f"No trial has a value of {first.measure}: nothing can be chosen.")
        return Picked(None, None, None, (), (), pd.DataFrame(), (*sentences, nothing))
    paired = scores_by_replicate(usable, first.measure)
    if paired.shape[1] == 0:  # nothing in common: means over what each trial has
        paired = usable.groupby("trial")[measure_column(first.measure)].mean().to_frame()
        text = "The trials share no replicate, so their differences are not paired."
        sentences.append(Statement("choice.unpaired", text))
    means = {aim.measure: usable.groupby("trial")[measure_column(aim.measure)].mean().reindex(paired.index) for aim in aims}
    passing = _passing(usable, aims, paired.index, folds)
    allowed = passing >= 0.5
    if not allowed.any():
        nearest = int(passing.idxmax())
        probability = float(passing[nearest])
        text = f"No trial meets every bound; the nearest is trial {nearest} (probability {probability:.2f})."
        sentences.append(Statement("choice.bounds", text, {"trial": nearest, "probability": probability}))
        allowed = passing == passing.max()
    scores = paired.to_numpy() * first.sign
    best = int(paired.index[int(np.argmax(np.where(allowed, scores.mean(axis=1), -np.inf)))])
    gap = scores[paired.index.get_loc(best)] - scores  # (trials, replicates): how much better the best is
    error = np.array([standard_error(row) for row in gap])  # the rule of the field; intervals and ranks are corrected for folds
    alike = allowed.to_numpy() & (np.nan_to_num(gap.mean(axis=1)) <= np.nan_to_num(error))
    table = _table(paired, scores, gap, error, means, aims, passing, folds, seed)
    order = _ordered(table, aims, allowed.to_numpy(), alike)
    inside = tuple(int(t) for t in paired.index[alike])
    sentences += _reasons(table, aims, order, best, inside, paired.shape[1])
    return Picked(order[0], order[1] if len(order) > 1 else None, best, order, inside, table, tuple(sentences))


def _passing(usable: pd.DataFrame, aims: Sequence[Aim], trials: pd.Index, folds: int) -> pd.Series:
    """P(all bounds hold) per trial, from the mean and its standard error (0 or 1 with a single run)."""
    probability = np.ones(len(trials))
    for aim in aims:
        if aim.bound is None:
            continue
        for i, trial in enumerate(trials):
            values = np.asarray(usable[measure_column(aim.measure)][usable["trial"] == trial], dtype=float)
            excess = aim.sign * (values.mean() - aim.bound)
            error = standard_error(values, folds)
            probability[i] *= norm.cdf(excess / error) if error > 0 else float(excess >= 0)
    return pd.Series(probability, index=trials)


def _table(paired, scores, gap, error, means, aims, passing, folds, seed) -> pd.DataFrame:
    draws = mean_draws(scores, folds, seed) if scores.shape[1] > 1 else scores.T  # nothing to draw from
    ranks = (-draws).argsort(axis=1).argsort(axis=1) + 1
    low, high = np.quantile(ranks, [0.05, 0.95], axis=0, method="nearest")
    signs = np.array([aim.sign for aim in aims], dtype=float)
    values = np.column_stack([means[aim.measure] for aim in aims])
    columns: dict[str, object] = {"mean": paired.mean(axis=1).to_numpy()}
    columns["standard_error"] = [standard_error(row, folds) for row in scores]
    columns |= {f"mean.{aim.measure}": means[aim.measure].to_numpy() for aim in aims}
    columns |= {"rank_low": low, "rank_high": high, "probability_best": (ranks == 1).mean(axis=0)}
    columns |= {"behind": gap.mean(axis=1), "behind_error": error, "passing": passing.to_numpy()}
    columns["pareto"] = pareto_front(values, signs)
    return pd.DataFrame(columns, index=paired.index)


def _ordered(table: pd.DataFrame, aims: Sequence[Aim], allowed: np.ndarray, alike: np.ndarray) -> tuple[int, ...]:
    """Those alike by the next aims, then the rest by the first; what is still equal by number, which is reproducible."""

    def by_trial(column: str) -> dict[int, float]:
        return {int(trial): float(value) for trial, value in zip(table.index, table[column], strict=True)}

    behind = by_trial("behind")
    means = {aim.measure: by_trial(f"mean.{aim.measure}") for aim in aims}

    def next_aims(trial: int) -> tuple[float | int, ...]:
        later = [-aim.sign * float(means[aim.measure][trial]) for aim in aims[1:]]
        return (*(value if np.isfinite(value) else np.inf for value in later), behind[trial], trial)

    def first_aim(trial: int) -> tuple[float | int, ...]:
        return (behind[trial], trial)

    near = sorted(table.index[alike], key=next_aims)
    far = sorted(table.index[allowed & ~alike], key=first_aim)
    out = sorted(table.index[~allowed], key=first_aim)
    return tuple(int(trial) for trial in (*near, *far, *out))


def _reasons(table, aims, order, best, inside, replicates) -> list[Statement]:
    first, chosen = aims[0], order[0]
    unit = "replicate" if replicates == 1 else "paired replicates"
    mean = float(table.at[best, "mean"])
    text = f"Trial {best} has the best mean {first.measure}, {mean:.3f}, over {replicates} {unit}."
    lines = [Statement("choice.best", text, {"trial": best, "mean": mean, "replicates": replicates})]
    if replicates < 2:
        text = "With one replicate the noise is unknown: differences between trials are not resolved."
        lines.append(Statement("choice.noise_unknown", text))
    if chosen != best:
        later = ", ".join(
            f"{aim.measure} {table.at[chosen, f'mean.{aim.measure}']:.4g} against {table.at[best, f'mean.{aim.measure}']:.4g}"
            for aim in aims[1:]
        )
        behind, error = (float(table.at[chosen, name]) for name in ("behind", "behind_error"))
        text = (
            f"Trial {chosen} is not distinguishable from it ({behind:.4f} behind, standard error {error:.4f}) and is preferred by "
            f"the next goal: {later}."
        )
        lines.append(Statement("choice.preferred", text, {"trial": chosen, "behind": behind, "standard_error": error}))
    if len(inside) > 1:
        text = f"{len(inside)} of {len(table)} candidates lie within one standard error of the best."
        lines.append(Statement("choice.alike", text, {"alike": len(inside), "trials": len(table)}))
    return lines
