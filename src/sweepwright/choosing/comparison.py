"""Two trials side by side: the difference with its interval, how often one beats the other, and which groups it comes from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import nct, norm
from scipy.stats import t as student

from sweepwright.choosing.frame import measures_in
from sweepwright.choosing.noise.components import noise_floor, used_values
from sweepwright.nouns.statement import LEVEL, Statement

FEWEST_PAIRS = 10
FEWEST_UNITS = 8  # for a bootstrap
RESAMPLES = 2000


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
    Wilson's interval. `sentences` say what can be said, and what cannot.
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


def compare(runs: pd.DataFrame, first: int, second: int, measure: str, sign: int = 1, seed: int = 0) -> Comparison:
    """Compare two trials by a measure, paired by condition and replicate; `sign` is 1 where higher is better, else -1.

    The mean gain has a Student interval with the noise of all trials (from 8 pairs on a bootstrap over pairs instead).
    P(better) is the normal probability of mean / sd of the differences, its interval by the noncentral t distribution. Below
    10 pairs it says "not resolved" and how many pairs would do. Columns ``measure.<name>[<group>]`` are compared too: a gain
    that comes from one group and vanishes when that is left out is said.

    >>> runs = pd.DataFrame({"trial": np.repeat([0, 1], 12), "condition": "all", "replicate": np.tile(np.arange(12), 2),
    ...     "step": "finalists", "ending": "COMPLETED", "used": True,
    ...     "measure.f1": np.r_[np.linspace(0.7, 0.8, 12) + 0.02, np.linspace(0.7, 0.8, 12) + 0.01 * (np.arange(12) % 2)]})
    >>> found = compare(runs, 0, 1, "f1")
    >>> round(found.overall.gain, 3), found.resolved
    (0.015, True)
    """
    values = used_values(runs, measure)
    a, b = (values[values["trial"] == trial] for trial in (first, second))
    paired = a.merge(b, on=["condition", "replicate"], suffixes=("_a", "_b"))
    means = float(a["value"].mean()), float(b["value"].mean())
    gains = sign * (paired["value_a"] - paired["value_b"]).to_numpy()
    floor = noise_floor(runs, measure).noise
    if len(gains) == 0:
        return _unpaired(measure, first, second, means, a, b, sign, floor)
    overall = _part(None, gains, floor, seed)
    better, wins = _better(gains), _wilson(float((gains > 0).sum() + 0.5 * (gains == 0).sum()), len(gains))
    resolved = bool(overall.low > 0 or overall.high < 0) and len(gains) >= FEWEST_PAIRS
    needed = None if resolved else _pairs_needed(gains, floor)
    groups = tuple(_groups(runs, first, second, measure, sign, seed))
    sentences = [_said(measure, first, second, overall, better, resolved, needed)]
    sentences += _one_group(measure, first, second, overall, _group_gains(runs, first, second, measure, sign))
    return Comparison(measure, first, second, means, overall, better, wins, groups, resolved, needed, tuple(sentences))


def _unpaired(measure, first, second, means, a, b, sign, floor) -> Comparison:
    """Without a shared replicate: the difference of means with the pooled noise, and nothing more."""
    gain, none = sign * (means[0] - means[1]), (float("nan"), float("nan"), float("nan"))
    low = high = float("nan")
    if floor is not None and len(a) and len(b):
        reach = float(student.ppf((1 + LEVEL) / 2, floor.freedom)) * floor.sd * np.sqrt(1 / len(a) + 1 / len(b))
        low, high = gain - reach, gain + reach
    resolved = bool(low > 0 or high < 0)
    why = "they share no replicate" if len(a) and len(b) else "one of them has no value"
    interval = f" [{low:.3g}, {high:.3g}]" if np.isfinite(low) else ", with no interval as nothing was repeated"
    text = f"Trial {first} against trial {second} by {measure}: gain {gain:.3g}{interval} (unpaired: {why})."
    said = Statement("gain.unpaired", text, {"gain": gain, "low": low, "high": high})
    return Comparison(
        measure, first, second, means, GroupGain(None, gain, low, high, 0), none, none, (), resolved, None, (said,)
    )


def _part(group: str | None, gains: np.ndarray, floor, seed: int) -> GroupGain:
    count, gain = len(gains), float(gains.mean())
    if count >= FEWEST_UNITS:
        again = np.random.default_rng(seed).integers(count, size=(RESAMPLES, count))
        low, high = np.quantile(gains[again].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        stretch = np.sqrt(count / (count - 1)) * student.ppf((1 + LEVEL) / 2, count - 1) / norm.ppf((1 + LEVEL) / 2)
        return GroupGain(group, gain, gain + float((low - gain) * stretch), gain + float((high - gain) * stretch), count)
    sd, freedom = (float(np.std(gains, ddof=1)), count - 1) if count > 1 else (float("nan"), 0)
    if floor is not None and floor.freedom > freedom and group is None:
        sd, freedom = floor.sd * np.sqrt(2), floor.freedom
    if freedom < 1:
        return GroupGain(group, gain, float("-inf"), float("inf"), count)
    reach = float(student.ppf((1 + LEVEL) / 2, freedom)) * sd / np.sqrt(count)
    return GroupGain(group, gain, gain - reach, gain + reach, count)


def _better(gains: np.ndarray) -> tuple[float, float, float]:
    """P(A > B) for one further pair, with an interval from the noncentral t distribution."""
    count = len(gains)
    if count < 2 or (sd := float(np.std(gains, ddof=1))) == 0.0:
        value = float("nan") if count < 2 else float(gains.mean() > 0) if gains.mean() != 0 else 0.5
        return value, 0.0, 1.0
    ratio = float(gains.mean()) / sd
    observed = ratio * np.sqrt(count)

    def effect(level: float) -> float:
        span = 10 + 2 * abs(observed)
        return brentq(lambda shift: nct.cdf(observed, count - 1, shift) - level, -span, span) / np.sqrt(count)

    try:
        low, high = effect((1 + LEVEL) / 2), effect((1 - LEVEL) / 2)
    except ValueError:  # beyond what the distribution function resolves
        low = high = ratio
    return float(norm.cdf(ratio)), float(norm.cdf(low)), float(norm.cdf(high))


def _wilson(won: float, count: int) -> tuple[float, float, float]:
    z = float(norm.ppf((1 + LEVEL) / 2))
    share = won / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return share, float(max(0.0, middle - reach)), float(min(1.0, middle + reach))


def _pairs_needed(gains: np.ndarray, floor) -> int | None:
    """Pairs after which a gain of this size would be resolved; None where it is 0 or nothing is known of the noise."""
    sd = float(np.std(gains, ddof=1)) if len(gains) > 1 else (floor.sd * np.sqrt(2) if floor else float("nan"))
    gain = abs(float(gains.mean()))
    if not np.isfinite(sd) or gain == 0:
        return None
    needed = int(np.ceil((2 * norm.ppf((1 + LEVEL) / 2) * sd / gain) ** 2))
    return max(FEWEST_PAIRS, needed)


def _said(measure, first, second, overall: GroupGain, better, resolved, needed) -> Statement:
    interval = f"[{overall.low:.3g}, {overall.high:.3g}]" if np.isfinite(overall.low) else "with no interval"
    text = f"Trial {first} against trial {second} by {measure}: gain {overall.gain:.3g} {interval} over {overall.pairs} "
    text += "pair" if overall.pairs == 1 else "pairs"
    if np.isfinite(better[0]):
        text += f"; P(better in one more run) {better[0]:.2f} [{better[1]:.2f}, {better[2]:.2f}]"
    if not resolved:
        text += "; not resolved" + (f", about {needed} pairs are needed" if needed and needed > overall.pairs else "")
    return Statement(
        "gain", text + ".", {"gain": overall.gain, "low": overall.low, "high": overall.high, "pairs": overall.pairs}
    )


# --- groups -----------------------------------------------------------------------------------------------------------


def _group_gains(runs: pd.DataFrame, first, second, measure, sign) -> dict[str, np.ndarray]:
    """Paired gains by group, for measures that have a value per group (``f1[plate 3]``)."""
    prefix = f"{measure}["
    found = {}
    for part in measures_in(runs):
        if part.startswith(prefix) and part.endswith("]"):
            values = used_values(runs, part)
            a, b = (values[values["trial"] == trial] for trial in (first, second))
            paired = a.merge(b, on=["condition", "replicate"], suffixes=("_a", "_b"))
            if len(paired):
                found[part[len(prefix) : -1]] = sign * (paired["value_a"] - paired["value_b"]).to_numpy()
    return found


def _groups(runs, first, second, measure, sign, seed) -> list[GroupGain]:
    return [_part(group, gains, None, seed) for group, gains in _group_gains(runs, first, second, measure, sign).items()]


def _one_group(measure, first, second, overall: GroupGain, groups: dict[str, np.ndarray]) -> list[Statement]:
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
    winner, loser = (first, second) if whole[0] > 0 else (second, first)
    text = (
        f"The gain of trial {winner} over trial {loser} by {measure} comes from {names[leader]} alone "
        f"({abs(own[0]):.3g} there) and vanishes when that is held out ({rest[0]:.3g} [{rest[1]:.3g}, {rest[2]:.3g}])."
    )
    return [Statement("gain.one_group", text, {"group": names[leader], "gain": own[0], "rest": rest[0]})]


def _t_interval(values: np.ndarray, level: float = LEVEL) -> tuple[float, float, float]:
    mean = float(values.mean())
    reach = float(student.ppf((1 + level) / 2, len(values) - 1)) * float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return mean, mean - reach, mean + reach
