"""A choice among all trials of a frame, whoever made it: the rule, its headline probability, and how firm it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.choosing.belief import Posterior, front_probability, posterior
from sweepwright.choosing.encoding import Axes
from sweepwright.choosing.rule import Aim
from sweepwright.nouns.statement import Statement

HALF_NOISE = 0.5  # of the noise sd: the default of what matters
TOP = 5
LUCK = 0.1  # of the noise sd: less optimism than that is not worth a sentence


@dataclass(frozen=True, slots=True)
class Logged:
    """A threshold of the choice: when it was set, whether results had been seen, and what the pick would be if it moved.

    `step` is one standard error of the trial nearest to it; `lower` and `higher` are the picks with the threshold moved by that.
    """

    threshold: str
    when: str
    results_seen: bool
    step: float
    lower: int | None
    higher: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """What the rule picks among all trials, from shrunken means.

    `within_margin` is the headline: P(the chosen one lies within the margin of the best), with the margin that was used.
    `table` has one row per trial: means, rank interval, P(best), P(within margin), P(bounds hold).
    """

    chosen: int | None
    runner_up: int | None
    order: tuple[int, ...]
    indistinguishable: tuple[int, ...]
    margin: float
    within_margin: float
    front: pd.Series
    table: pd.DataFrame
    log: tuple[Logged, ...]
    sentences: tuple[Statement, ...]
    belief: Posterior


def decide(
    runs: pd.DataFrame,
    aims: Sequence[Aim],
    axes: Axes | None = None,
    folds: int = 1,
    seed: int = 0,
    log: Mapping[str, tuple[str, bool]] | None = None,
    chosen: int | None = None,
) -> Weighing:
    """Choose among the trials of `runs` by shrunken means; bounds first, then the first aim, then the next ones.

    A trial passes if P(all bounds hold) >= 0.5. Trials whose mean is behind the best by at most the standard error of the
    difference are not distinguishable from it and ordered by the next aims, then by seconds. Without replicates the noise is
    the effect model's residual (given `axes`), and the sentences say so; without that too, nothing is said of it. `log` gives
    when each threshold was set and whether results had been seen. `chosen` keeps a choice that was made before.

    >>> rng = np.random.default_rng(0)
    >>> quality = np.repeat(np.linspace(0, 1, 20), 3)
    >>> runs = pd.DataFrame({"trial": np.repeat(np.arange(20), 3), "replicate": np.tile([0, 1, 2], 20), "condition": "all",
    ...     "step": "explore", "ending": "COMPLETED", "used": True, "seconds": 1.0,
    ...     "measure.f1": quality + 0.02 * rng.standard_normal(60)})
    >>> found = decide(runs, [Aim("f1", 1)])
    >>> found.chosen, found.within_margin > 0.9
    (19, True)
    """
    belief = posterior(runs, [aim.measure for aim in aims], folds, axes, seed)
    if len(belief.trials) == 0:
        nothing = Statement(
            "choice.none", f"No trial has a value of {' and '.join(aim.measure for aim in aims)}: nothing can be chosen."
        )
        empty = pd.Series(dtype=float)
        return Weighing(None, None, (), (), np.nan, np.nan, empty, pd.DataFrame(), (), (nothing,), belief)
    margin = _margin(aims[0], belief)
    rule = _Rule(aims, belief, _seconds(runs, belief))
    order, alike, passing = rule.order([aim.bound for aim in aims])
    if chosen is not None and chosen in order:
        order = (chosen, *(trial for trial in order if trial != chosen))
    table = _table(belief, aims, passing, margin)
    means = dict(zip(belief.trials.tolist(), (aims[0].sign * belief.mean[:, 0]).tolist(), strict=True))
    allowed = set(belief.trials[_allowed(passing)].tolist())
    best = max((trial for trial in order if trial in allowed), key=means.__getitem__)
    front = front_probability(belief, [aim.sign for aim in aims])
    sentences = _sentences(belief, aims, order, alike, best, table, margin, passing)
    return Weighing(
        order[0],
        next(iter(order[1:]), None),
        order,
        alike,
        margin,
        float(table["within_margin"].loc[order[0]]),
        front,
        table,
        tuple(_logged(rule, aims, belief, log or {})),
        tuple(sentences),
        belief,
    )


def _margin(aim: Aim, belief: Posterior) -> float:
    """What a difference must be to matter: the goal's worth, else half the noise sd."""
    if aim.worth is not None:
        return aim.worth
    return HALF_NOISE * float(belief.noise[0]) if belief.source else float("nan")


def _seconds(runs: pd.DataFrame, belief: Posterior) -> np.ndarray:
    if "seconds" not in runs:
        return np.zeros(len(belief.trials))
    seconds = pd.to_numeric(runs["seconds"], errors="coerce").groupby(runs["trial"]).mean()
    return seconds.reindex(belief.trials).fillna(np.inf).to_numpy(dtype=float)


class _Rule:
    """The rule on shrunken means, so that it can be asked again with another bound."""

    def __init__(self, aims: Sequence[Aim], belief: Posterior, seconds: np.ndarray):
        self.aims, self.belief, self.seconds = aims, belief, seconds

    def order(self, bounds: Sequence[float | None]) -> tuple[tuple[int, ...], tuple[int, ...], np.ndarray]:
        """All trials, best first; those not distinguishable from the best; P(all bounds hold)."""
        belief, first = self.belief, self.aims[0]
        passing = _holds(belief, self.aims, bounds).mean(axis=0)
        allowed = _allowed(passing)
        value = first.sign * belief.mean[:, 0]
        best = int(np.argmax(np.where(allowed, value, -np.inf)))
        gap = value[best] - value
        sd = belief.noise[0] if belief.source else 0.0
        error = sd * np.sqrt(1 / belief.runs + 1 / belief.runs[best])
        alike = allowed & (gap <= error)
        later = [-aim.sign * belief.mean[:, i] for i, aim in enumerate(self.aims) if i > 0]
        near = sorted(
            np.flatnonzero(alike), key=lambda k: (*(c[k] for c in later), *((self.seconds[k],) if later else ()), gap[k])
        )
        far = sorted(np.flatnonzero(allowed & ~alike), key=lambda k: gap[k])
        out = sorted(np.flatnonzero(~allowed), key=lambda k: (-passing[k], gap[k]))
        order = tuple(int(belief.trials[k]) for k in (*near, *far, *out))
        return order, tuple(int(t) for t in belief.trials[alike]), passing


def _holds(belief: Posterior, aims: Sequence[Aim], bounds: Sequence[float | None]) -> np.ndarray:
    """Whether all bounds hold, by draw and trial."""
    holds = np.ones(belief.draws.shape[:2], dtype=bool)
    for i, (aim, bound) in enumerate(zip(aims, bounds, strict=True)):
        if bound is not None:
            holds &= aim.sign * belief.draws[:, :, i] >= aim.sign * bound
    return holds


def _allowed(passing: np.ndarray) -> np.ndarray:
    """The trials that pass; where none does, the nearest."""
    return passing >= 0.5 if (passing >= 0.5).any() else passing == passing.max()


def _table(belief: Posterior, aims: Sequence[Aim], passing: np.ndarray, margin: float) -> pd.DataFrame:
    first = aims[0].sign * belief.draws[:, :, 0]
    holds = _holds(belief, aims, [aim.bound for aim in aims])
    inside = np.where(holds | ~holds.any(axis=1, keepdims=True), first, -np.inf)
    top = inside.max(axis=1, keepdims=True)
    ranks = (-inside).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable") + 1
    low, high = np.quantile(ranks, [0.05, 0.95], axis=0, method="nearest")
    columns: dict[str, np.ndarray] = {}
    for i, aim in enumerate(aims):
        columns[f"mean.{aim.measure}"], columns[f"raw.{aim.measure}"] = belief.mean[:, i], belief.raw[:, i]
    columns |= {"passing": passing, "rank_low": low, "rank_high": high}
    if belief.source:
        columns |= {"probability_best": (ranks == 1).mean(axis=0), "probability_top": (ranks <= TOP).mean(axis=0)}
        columns["within_margin"] = (inside >= top - margin).mean(axis=0)
    else:
        columns |= {
            name: np.full(len(belief.trials), np.nan) for name in ("probability_best", "probability_top", "within_margin")
        }
    return pd.DataFrame(columns, index=belief.trials)


def _logged(rule: _Rule, aims: Sequence[Aim], belief: Posterior, when: Mapping[str, tuple[str, bool]]) -> list[Logged]:
    """Every bound, and the pick when it moves by one standard error of the trial nearest to it."""
    found = []
    for i, aim in enumerate(aims):
        if aim.bound is None:
            continue
        nearest = int(np.argmin(np.abs(belief.mean[:, i] - aim.bound)))
        step = float(belief.noise[i] / np.sqrt(belief.runs[nearest])) if belief.source else float("nan")
        text = f"{aim.measure} {'>=' if aim.sign > 0 else '<='} {aim.bound:g}"
        picks: list[int | None] = [None, None]
        if np.isfinite(step):
            bounds = [other.bound for other in aims]
            for k, moved in enumerate((aim.bound - step, aim.bound + step)):
                bounds[i] = moved
                picks[k] = rule.order(bounds)[0][0]
        set_when, seen = when.get(aim.measure, ("", True))
        found.append(Logged(text, set_when, seen, step, picks[0], picks[1]))
    return found


def _sentences(belief: Posterior, aims, order, alike, best, table, margin, passing) -> list[Statement]:
    first, chosen = aims[0], order[0]
    found = []
    if (passing < 0.5).all():
        text = f"No trial meets every bound; the nearest is trial {chosen} (probability {table.at[chosen, 'passing']:.2f})."
        found.append(Statement("choice.bounds", text, {"trial": chosen, "probability": float(table.at[chosen, "passing"])}))
    value, raw = float(table.at[best, f"mean.{first.measure}"]), float(table.at[best, f"raw.{first.measure}"])
    how = f"shrunken from {raw:.4g}" if belief.source else "as it was measured"
    found.append(
        Statement(
            "choice.best",
            f"Trial {best} has the best mean {first.measure}, {value:.4g} ({how}).",
            {"trial": best, "mean": value},
        )
    )
    if chosen != best:
        gap = abs(value - float(table.at[chosen, f"mean.{first.measure}"]))
        later = ", ".join(
            f"{aim.measure} {table.at[chosen, f'mean.{aim.measure}']:.4g} against {table.at[best, f'mean.{aim.measure}']:.4g}"
            for aim in aims[1:]
        )
        text = f"Trial {chosen} is not distinguishable from it ({gap:.3g} behind) and is preferred"
        found.append(
            Statement(
                "choice.preferred", f"{text}{f' by the next goal: {later}' if later else ''}.", {"trial": chosen, "behind": gap}
            )
        )
    if not belief.source:
        found.append(
            Statement(
                "choice.noise_unknown",
                "Nothing was repeated, so the noise is unknown: differences between trials are not resolved.",
            )
        )
        return found
    sd = float(belief.noise[0])
    if belief.source == "model":
        text = (
            f"Nothing was repeated: the noise ({sd:.3g}) is the effect model's residual, and probabilities rest on that model."
        )
        found.append(Statement("choice.noise_of_model", text, {"noise": sd}))
    p = float(table.at[chosen, "within_margin"])
    what = "its worth" if first.worth is not None else "half the noise sd"
    text = f"P(trial {chosen} is within {margin:.3g} of the best {first.measure}) = {p:.2f} ({what})."
    found.append(Statement("choice.within_margin", text, {"probability": p, "margin": margin}))
    if len(alike) > 1:
        text = f"{len(alike)} of {len(table)} trials are not distinguishable from the best by {first.measure}."
        found.append(Statement("choice.alike", text, {"alike": len(alike), "trials": len(table)}))
    lucky = int(table.index[int(np.argmax(first.sign * belief.raw[:, 0]))])
    optimism = first.sign * float(table.at[lucky, f"raw.{first.measure}"] - table.at[lucky, f"mean.{first.measure}"])
    if optimism > LUCK * sd:
        text = f"The best raw mean (trial {lucky}) is {optimism:.3g} too good: that much of it is luck."
        found.append(Statement("choice.luck", text, {"trial": lucky, "optimism": optimism}))
    return found
