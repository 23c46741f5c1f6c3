"""The one rule: bounds are constraints, what a goal's worth cannot tell apart the next goal decides, on the trials' levels.

The sampler's incumbent, the finalists, the choice, its runner-up and what it would be at another threshold all come from here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.choosing.estimator.levels import Levels

HALF_NOISE = 0.5  # of the noise sd: the default of what matters
HOLDS = 0.5  # probability from which a trial's bounds count as held
AS_GOOD = 0.7  # probability from which a trial counts as within the worth of the best
PLACED = 10  # trials that the rule itself puts in order; the rest go by their means


@dataclass(frozen=True, slots=True)
class Aim:
    """A goal in the terms of a frame: the measure's column, 1 if higher is better else -1, the bound, and what matters."""

    measure: str
    sign: int
    bound: float | None = None
    worth: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Trials in the rule's order, best first; `allowed` are those that could be chosen, `passing` P(all bounds hold) of each.

    `as_good` are the allowed trials that lie within the first goal's worth of the best with probability 0.7 or more. `is_met` is
    False where nobody could be allowed and the nearest stands in.
    """

    order: tuple[int, ...]
    allowed: tuple[int, ...]
    as_good: tuple[int, ...]
    passing: pd.Series
    is_met: bool


def worths(found: Levels, aims: Sequence[Aim]) -> np.ndarray:
    """What a difference in each goal must be to matter: its worth, else half the noise sd; 0 where the noise is unknown or none."""
    if not found.is_known:
        return np.zeros(len(aims))
    own = [HALF_NOISE * float(found.noise[i]) if aim.worth is None else aim.worth for i, aim in enumerate(aims)]
    return np.array(own)


def within_worth(values: np.ndarray, worth: float) -> np.ndarray:
    """P(within `worth` of the best) of each trial, from draws (draws, trials) in which larger is better."""
    return (values >= values.max(axis=1, keepdims=True) - worth).mean(axis=0)


class Rule:
    """The rule over some trials: `among` stand to be chosen, `barred` only where nobody else is there (a run of theirs failed)."""

    def __init__(
        self, found: Levels, aims: Sequence[Aim], among: Collection[int] | None = None, barred: Collection[int] = ()
    ) -> None:
        known = np.isfinite(found.mean).all(axis=1)
        inside = known if among is None else known & np.isin(found.trials, list(among))
        places = np.flatnonzero(inside)
        self.found, self.aims = found, aims
        self.places, self.trials = places, found.trials[places]
        self.signs = np.array([aim.sign for aim in aims], dtype=float)
        self.mean = found.mean[places] * self.signs
        drawn = np.isin(found.drawn, places)
        self.drawn = np.searchsorted(places, found.drawn[drawn])
        self.draws = found.draws[:, drawn] * self.signs
        self.barred = np.isin(self.trials, list(barred))
        self.worth = worths(found, aims)

    def passing(self, bounds: Sequence[float | None]) -> np.ndarray:
        """P(all bounds hold) by trial; 0 or 1 by the mean where a trial has no draws."""
        holds = np.ones(len(self.trials), dtype=bool)
        drawn = np.ones(self.draws.shape[:2], dtype=bool)
        for i, (sign, bound) in enumerate(zip(self.signs, bounds, strict=True)):
            if bound is not None and self.is_limit(i, bound):
                own = sign * self.found.measured[self.places, i] == sign * bound
                holds &= own
                drawn &= own[self.drawn]
            elif bound is not None:
                holds &= self.mean[:, i] >= sign * bound
                drawn &= self.draws[:, :, i] >= sign * bound
        found = holds.astype(float)
        found[self.drawn] = drawn.mean(axis=0)
        return found

    def is_limit(self, goal: int, bound: float) -> bool:
        """Whether no trial's runs are better than a bound, and those of some are all equal to it, as no failure of so many can be.

        A level that is normal cannot hold it: then a trial meets the bound whose runs all did.
        """
        return bool(
            self.signs[goal] * bound == (self.signs[goal] * self.found.measured[self.places, goal]).max(initial=-np.inf)
        )

    def order(self, bounds: Sequence[float | None] | None = None, placed: int = PLACED) -> Ordered:
        """All trials, best first, at these bounds (the goals' own unless given)."""
        bounds = [aim.bound for aim in self.aims] if bounds is None else bounds
        passing = self.passing(bounds)
        allowed = self.allowed(bounds, passing)
        is_met = bool((passing[allowed] >= HOLDS).all()) if allowed.any() else False
        left, first = allowed.copy(), []
        while len(first) < placed and left[self.drawn].any():
            pick = self._pick(left)
            first.append(pick)
            left[pick] = False
        by_mean = np.lexsort((self.trials, -self.mean[:, 0]))
        far = self._violation(bounds)
        out = np.lexsort((self.trials, -self.mean[:, 0], far, -passing, self.barred))
        order = [*first, *(k for k in by_mean if left[k]), *(k for k in out if not allowed[k])]
        near = self.near(allowed)
        return Ordered(
            tuple(int(self.trials[k]) for k in order),
            tuple(int(trial) for trial in self.trials[allowed]),
            tuple(int(trial) for trial in self.trials[near]),
            pd.Series(passing, index=self.trials),
            is_met,
        )

    def allowed(self, bounds: Sequence[float | None], passing: np.ndarray) -> np.ndarray:
        """Who could be chosen: P(bounds hold) >= 0.5 and no failed run; else the nearest to the bounds alone."""
        for candidates in (~self.barred, np.ones(len(self.trials), dtype=bool)):
            allowed = candidates & (passing >= HOLDS)
            if allowed.any():
                return allowed
        candidates = ~self.barred if (~self.barred).any() else np.ones(len(self.trials), dtype=bool)
        nearest = np.lexsort((self.trials, -self.mean[:, 0], self._violation(bounds), -passing, ~candidates))[:1]
        allowed = np.zeros(len(self.trials), dtype=bool)
        allowed[nearest] = True
        return allowed

    def best(self, ordered: Ordered) -> int:
        """The allowed trial with the best posterior mean of the first goal."""
        values = np.where(np.isin(self.trials, ordered.allowed), self.mean[:, 0], -np.inf)
        return int(self.trials[int(np.argmax(values))])

    def _violation(self, bounds: Sequence[float | None]) -> np.ndarray:
        """By how many sd a trial misses its worst bound: of the noise, or of the values where there is none."""
        worst = np.zeros(len(self.trials))
        for i, (sign, bound) in enumerate(zip(self.signs, bounds, strict=True)):
            if bound is None:
                continue
            noise = float(self.found.noise[i]) if self.found.is_known else 0.0
            unit = noise or float(self.mean[:, i].std()) or 1.0
            worst = np.maximum(worst, (sign * bound - self.mean[:, i]) / unit)
        return worst

    def _pick(self, left: np.ndarray) -> int:
        """The place of the one that the rule picks among those that are left (with draws)."""
        kept = left[self.drawn].copy()
        for i in range(len(self.aims) - 1):
            near = within_worth(self.draws[:, kept, i], self.worth[i])
            stays = near >= AS_GOOD if (near >= AS_GOOD).any() else near == near.max()
            kept[np.flatnonzero(kept)[~stays]] = False
        places = self.drawn[kept]
        return int(places[np.lexsort((self.trials[places], -self.mean[places, -1]))[0]])

    def near(self, allowed: np.ndarray) -> np.ndarray:
        """Which allowed trials lie within the first goal's worth of the best with probability 0.7 or more."""
        found = np.zeros(len(self.trials), dtype=bool)
        inside = allowed[self.drawn]
        if inside.any():
            found[self.drawn[inside]] = within_worth(self.draws[:, inside, 0], self.worth[0]) >= AS_GOOD
        return found

    def hearing(self, count: int, bounds: Sequence[float | None] | None = None) -> list[int]:
        """Who gets the next runs: all trials, the `count` that do first.

        With one goal by posterior mean. With several, half of them (rounded up) by the first goal's, the rest by the share of
        draws in which a trial is the last goal's best among those that hold the bounds and lie within each worth of the best.
        """
        by_mean = np.lexsort((self.trials, -self.mean[:, 0], self.barred))
        if len(self.aims) == 1 or not self.found.is_known:
            return [int(self.trials[k]) for k in by_mean]
        half = -(-count // 2)
        share = np.zeros(len(self.trials))
        share[self.drawn] = self._wins([aim.bound for aim in self.aims] if bounds is None else bounds)
        by_share = np.lexsort((self.trials, -self.mean[:, 0], -share, self.barred))
        ranked = dict.fromkeys([*by_mean[:half].tolist()])
        for k in by_share.tolist():
            if len(ranked) < count:
                ranked.setdefault(k)
        return [int(self.trials[k]) for k in dict.fromkeys([*ranked, *by_mean.tolist()])]

    def _wins(self, bounds: Sequence[float | None]) -> np.ndarray:
        """The share of draws in which each trial with draws is the one that the goals together ask for."""
        inside = np.ones(self.draws.shape[:2], dtype=bool)
        for i, (sign, bound) in enumerate(zip(self.signs, bounds, strict=True)):
            if bound is not None and self.is_limit(i, bound):
                inside &= (self.found.measured[self.places, i] == bound)[self.drawn]
            elif bound is not None:
                inside &= self.draws[:, :, i] >= sign * bound
        inside |= ~inside.any(axis=1, keepdims=True)
        for i in range(len(self.aims) - 1):
            values = np.where(inside, self.draws[:, :, i], -np.inf)
            inside &= values >= values.max(axis=1, keepdims=True) - self.worth[i]
        last = np.where(inside, self.draws[:, :, -1], -np.inf)
        best = last == last.max(axis=1, keepdims=True)
        return (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
