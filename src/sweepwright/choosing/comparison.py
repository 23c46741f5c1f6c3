"""Two trials side by side: the difference with its interval, how often one beats the other, and which groups it comes from."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from sweepwright.choosing.chances import FEWEST_PAIRS, better_next, pairs_needed, wilson
from sweepwright.choosing.estimator.levels import Levels, levels
from sweepwright.choosing.frame import measures_in, run_numbers, valued
from sweepwright.choosing.noise.unequal import unequal_spreads
from sweepwright.nouns.statement import LEVEL, Statement

TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)  # of draws, outside the interval
OWN_RUNS = "from the choice's own runs"


@dataclass(frozen=True, slots=True)
class GroupGain:
    """The difference of two trials in one group (None: overall): mean gain of the first, interval, pairs."""

    group: str | None
    gain: float
    low: float
    high: float
    pairs: int


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Trial `first` against trial `second` by one measure; gains are positive where the first is better.

    `better` is P(one run of the first beats one of the second) with its interval, `wins` the share of pairs that it won with
    Wilson's interval (NaN without pairs). `means` are those of the pairs, else the levels. `sentences` say what can be said, and
    what cannot.
    """

    measure: str
    first: int
    second: int
    means: tuple[float, float]
    overall: GroupGain
    better: tuple[float, float, float]
    wins: tuple[float, float, float]
    groups: tuple[GroupGain, ...]
    resolved: bool
    needed: int | None
    sentences: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """Which two trials are compared by what."""

    first: int
    second: int
    measure: str
    sign: int
    folds: int
    source: str

    def __str__(self) -> str:
        return f"Trial {self.first} against trial {self.second} by {self.measure}"


def compare(
    runs: pd.DataFrame,
    first: int,
    second: int,
    measure: str,
    sign: int = 1,
    seed: int = 0,
    folds: int = 1,
    confirming: pd.DataFrame | None = None,
    source: str = OWN_RUNS,
    known: Levels | None = None,
) -> Comparison:
    """Compare two trials by a measure; `sign` is 1 where higher is better, else -1, and gains are in the measure's unit.

    `runs` are those that a choice may look at (`source` says where they are from), `confirming` fresh ones of its newest round. On draws of the latter that both trials
    have, the mean gain has a Student interval with the noise of the model of all `runs`, or with its own spread where a trial's
    differs from the others' (or nothing else was repeated); P(better) is the normal probability of mean / sd of the differences, its interval by the
    noncentral t distribution. Below 10 pairs it says "not resolved" and how many would do. Without such draws the levels of the two are
    compared (see `levels`): trials were picked by these runs, so that plain differences of theirs are biased.
    `known` are the levels by the measure where they were computed before: two sentences of one study then say one interval. Columns
    ``measure.<name>[<group>]`` are compared too: a gain that comes from one group and vanishes when that is left out is said.

    >>> rng = np.random.default_rng(0)
    >>> runs = pd.DataFrame({"trial": np.repeat(np.arange(8), 4), "condition": "all", "replicate": np.tile(np.arange(4), 8),
    ...     "step": "explore", "ending": "COMPLETED", "used": True}).assign(draw=lambda t: t["replicate"])
    >>> runs["measure.f1"] = 0.1 * runs["trial"] + 0.02 * rng.standard_normal(32)
    >>> found = compare(runs, 7, 3, "f1")
    >>> round(found.overall.gain, 1), found.resolved, "from the choice's own runs" in str(found.sentences[0])
    (0.4, True, True)
    """
    ask = _Question(first, second, measure, sign, folds, source)
    found = known if known is not None else levels(runs, [measure], folds, seed, (first, second), [sign])
    pairs = None if confirming is None else _pairs(confirming, ask, measure)
    if confirming is None or pairs is None or pairs.empty:
        return _with_groups(_by_levels(runs, ask, found), runs, ask)
    sigma = None if _has_own_spread(runs, ask) else found.sigmas
    behind = tuple(dict.fromkeys((*_runs_of(confirming, ask), *run_numbers(runs))))
    is_fact = found.is_known and bool(found.facts[0])
    return _with_groups(_by_pairs(ask, pairs, sigma, float(found.noise[0]), behind, is_fact), confirming, ask)


def _by_pairs(
    ask: _Question, pairs: pd.DataFrame, sigma: np.ndarray | None, noise: float, behind: tuple[int, ...], is_fact: bool = False
) -> Comparison:
    """The mean difference on fresh draws; `sigma` are draws of what one run varies by (None: the gains' own spread), `noise` their median.

    `behind` are the runs of the pairs, and those that the model saw; of a fact, whose repeats are equal, one pair is enough.
    """
    gains = _gains(pairs, ask.sign)
    overall = _part(None, gains, sigma[:, 0] if sigma is not None else None)
    better, wins = better_next(gains), wilson(float((gains > 0).sum() + 0.5 * (gains == 0).sum()), len(gains))
    resolved = bool(overall.low > 0 or overall.high < 0) and (is_fact or len(gains) >= FEWEST_PAIRS)
    spread = float(np.std(gains, ddof=1)) if len(gains) > 1 else noise * np.sqrt(2)
    needed = None if resolved else pairs_needed(overall.gain, spread)
    said = _said(ask, overall, True, better, resolved, needed, behind)
    means = float(pairs["value_a"].mean()), float(pairs["value_b"].mean())
    return Comparison(ask.measure, ask.first, ask.second, means, overall, better, wins, (), resolved, needed, (said,))


def _runs_of(rows: pd.DataFrame, ask: _Question) -> tuple[int, ...]:
    """The runs of both trials."""
    return run_numbers(rows[rows["trial"].isin([ask.first, ask.second])])


def _by_levels(runs: pd.DataFrame, ask: _Question, found: Levels) -> Comparison:
    """The difference of two levels, from the runs of the choice: which draws each trial saw is taken into account."""
    none = (float("nan"), float("nan"), float("nan"))
    places = [np.flatnonzero(found.trials == trial) for trial in (ask.first, ask.second)]
    if any(len(place) == 0 for place in places):
        lacking = [t for t, place in zip((ask.first, ask.second), places, strict=True) if len(place) == 0]
        marked = set(runs["trial"][~runs["used"].astype(bool)])
        who = [f"trial {t} {'was marked as not to be used' if t in marked else 'has no value'}" for t in lacking]
        said = Statement("gain.none", f"{ask}: {' and '.join(who)}.", runs=run_numbers(runs))
        nothing = GroupGain(None, *none, 0)
        means = tuple(float(found.mean[place[0], 0]) if len(place) else float("nan") for place in places)
        return Comparison(
            ask.measure, ask.first, ask.second, (means[0], means[1]), nothing, none, none, (), False, None, (said,)
        )
    one, other = (int(place[0]) for place in places)
    means = float(found.mean[one, 0]), float(found.mean[other, 0])
    gain, better, needed = ask.sign * (means[0] - means[1]), none, None
    low = high = float("nan")
    if found.is_known and found.sigmas is not None:
        at = [int(np.flatnonzero(found.drawn == place)[0]) for place in (one, other)]
        moved = ask.sign * (found.draws[:, at[0], 0] - found.draws[:, at[1], 0])
        low, high = (float(end) for end in np.quantile(moved, TAILS))
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = norm.cdf(np.nan_to_num(moved / (found.sigmas[:, 0] * np.sqrt(2)), nan=0.0))
        if found.facts[0]:  # no run differs from another: the larger one is the larger one
            chance = np.where(moved > 0, 1.0, 0.0)
        least, most = np.quantile(chance, TAILS)
        better = float(chance.mean()), float(least), float(most)
    resolved = bool(low > 0 or high < 0) or bool(found.facts[0])
    if found.is_known and not resolved:
        needed = pairs_needed(gain, float(found.noise[0]) * np.sqrt(2))
    overall = GroupGain(None, gain, low, high, len(_pairs(runs, ask, ask.measure)))
    said = _said(ask, overall, False, better, resolved, needed, run_numbers(runs))
    return Comparison(ask.measure, ask.first, ask.second, means, overall, better, none, (), resolved, needed, (said,))


def _with_groups(found: Comparison, runs: pd.DataFrame, ask: _Question) -> Comparison:
    """The comparison with what the groups of the measure say, from pairs of these runs."""
    if np.isnan(found.overall.gain):
        return found
    by_group = _group_gains(runs, ask)
    alone = _one_group(ask, by_group, _runs_of(runs, ask)) if found.overall.low > 0 or found.overall.high < 0 else []
    parts = tuple(_part(group, gains, None) for group, gains in by_group.items())
    return replace(found, groups=parts, sentences=(*found.sentences, *alone))


def _has_own_spread(runs: pd.DataFrame, ask: _Question) -> bool:
    return any(one.trial in (ask.first, ask.second) for one in unequal_spreads(runs, ask.measure, ask.folds))


def _pairs(runs: pd.DataFrame, ask: _Question, measure: str) -> pd.DataFrame:
    """The values of both trials on the draws (or replicates) and conditions that they share, folds averaged."""
    by = ["condition", "draw" if "draw" in runs else "replicate"]
    rows = valued(runs, measure)
    a, b = (rows[rows["trial"] == trial].groupby(by, as_index=False)["value"].mean() for trial in (ask.first, ask.second))
    return a.merge(b, on=by, suffixes=("_a", "_b"))


def _gains(pairs: pd.DataFrame, sign: int) -> np.ndarray:
    return sign * (pairs["value_a"] - pairs["value_b"]).to_numpy(float)


def _part(group: str | None, gains: np.ndarray, sigma: np.ndarray | None) -> GroupGain:
    """The mean gain with its Student interval: by draws of what one run varies by, else by the spread of the gains themselves."""
    count, gain = len(gains), float(gains.mean())
    if sigma is not None:
        error = sigma * np.sqrt(2 / count) * np.random.default_rng(0).standard_normal(len(sigma))
        low, high = np.quantile(error, TAILS)
        return GroupGain(group, gain, gain + float(low), gain + float(high), count)
    if count < 2:
        return GroupGain(group, gain, float("-inf"), float("inf"), count)
    return GroupGain(group, *_t_interval(gains), count)


def _said(
    ask: _Question, overall: GroupGain, fresh: bool, better, resolved: bool, needed: int | None, runs: tuple[int, ...]
) -> Statement:
    interval = f"[{overall.low:.3g}, {overall.high:.3g}]" if np.isfinite(overall.low) else "with no interval"
    one = "run" if ask.folds == 1 else f"split, the mean over its {ask.folds} folds"
    several = "runs" if ask.folds == 1 else f"splits of {ask.folds} folds"
    shared = f"{overall.pairs or 'no'} {'split or seed' if overall.pairs == 1 else 'splits or seeds'} in common"
    over = f"over {overall.pairs} {'pair' if overall.pairs == 1 else 'pairs'} of {several} that no choice had seen"
    text = f"{ask}: gain {overall.gain:.3g} {interval} {over if fresh else f'{ask.source} ({shared})'}"
    if np.isfinite(better[0]):
        text += f"; P(better in one more {one}) {better[0]:.2f} [{better[1]:.2f}, {better[2]:.2f}]"
    if not resolved:
        if fresh and (overall.low > 0 or overall.high < 0):
            why = f", as fresh pairs resolve from {FEWEST_PAIRS} on"
        else:
            why = f", about {needed} pairs of {several} are needed" if needed and needed > overall.pairs else ""
        text += f"; not resolved{why}"
    numbers = {"gain": overall.gain, "low": overall.low, "high": overall.high, "pairs": overall.pairs}
    return Statement("gain", text + ".", numbers, runs)


# --- groups -----------------------------------------------------------------------------------------------------------


def _group_gains(runs: pd.DataFrame, ask: _Question) -> dict[str, np.ndarray]:
    """Paired gains by group, for measures that have a value per group (``f1[plate 3]``)."""
    prefix = f"{ask.measure}["
    parts = [part for part in measures_in(runs) if part.startswith(prefix) and part.endswith("]")]
    found = {part[len(prefix) : -1]: _gains(_pairs(runs, ask, part), ask.sign) for part in parts}
    return {group: gains for group, gains in found.items() if len(gains)}


def _one_group(ask: _Question, groups: dict[str, np.ndarray], behind: tuple[int, ...]) -> list[Statement]:
    """The sentence that a gain comes from one group only, if it vanishes when that group is left out."""
    count = min((len(gains) for gains in groups.values()), default=0)
    if len(groups) < 3 or count < 3:
        return []
    table = np.array([gains[:count] for gains in groups.values()])  # (groups, pairs)
    whole = _t_interval(table.mean(axis=0))
    if whole[1] <= 0 <= whole[2]:
        return []
    names = list(groups)
    leader = int(np.argmax(np.sign(whole[0]) * table.mean(axis=1)))
    rest = _t_interval(np.delete(table, leader, axis=0).mean(axis=0))
    own = _t_interval(table[leader], 1 - (1 - LEVEL) / len(names))
    vanishes = rest[1] <= 0 <= rest[2] and abs(rest[0]) < 0.25 * abs(whole[0])
    if not vanishes or own[1] <= 0 <= own[2]:
        return []
    winner, loser = (ask.first, ask.second) if whole[0] > 0 else (ask.second, ask.first)
    text = (
        f"The gain of trial {winner} over trial {loser} by {ask.measure} comes from {names[leader]} alone "
        f"({abs(own[0]):.3g} there) and vanishes when that is held out ({rest[0]:.3g} [{rest[1]:.3g}, {rest[2]:.3g}])."
    )
    return [Statement("gain.one_group", text, {"group": names[leader], "gain": own[0], "rest": rest[0]}, behind)]


def _t_interval(values: np.ndarray, level: float = LEVEL) -> tuple[float, float, float]:
    mean = float(values.mean())
    reach = float(student.ppf((1 + level) / 2, len(values) - 1)) * float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return mean, mean - reach, mean + reach
