"""Where a measure is best, said in what was tried: the best level of a parameter, and those that are as good as far as runs show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t as student

from sweepwright.choosing.effects.evidence import FEWEST, Evidence
from sweepwright.choosing.encoding import MOST_LEVELS, Axes, Axis, Kind
from sweepwright.choosing.holm import sure_together
from sweepwright.nouns.statement import LEVEL, Statement

FIFTHS, MOST_NUMERIC = 5, 6  # more numeric levels than this are told in fifths, as a continuum is
FEWEST_FREEDOM = 10  # degrees of freedom below which nothing is said
DRAWS, SEED = 20_000, 0
ROUNDING = 1e-9  # of the largest effect: levels nearer than that are equal
OUTSIDE = 0.05  # how often a warning about an end may be wrong, over all open ends together
INACTIVE = "inactive"
PARTS = ("lowest", "second", "middle", "fourth", "highest")


@dataclass(frozen=True, slots=True, eq=False)
class Location:
    """Where a parameter is best for a measure: the effects of its levels (higher is better), and the set of possible bests.

    `levels` are the values or ranges that were tried, numeric ones in their order, `good` the places of those that may be the best
    (multiple comparisons with the best, Hsu 1984, Annals of Statistics 12:1136; 90 % confidence). `below` and `above` are the p values that the outermost level
    is no better than its neighbour; NaN where there is none, or nothing beyond the end.
    """

    measure: str
    parameter: str
    sign: int
    levels: tuple[str, ...]
    effects: np.ndarray
    good: tuple[int, ...]
    is_range: bool
    below: float = np.nan
    above: float = np.nan

    @property
    def best(self) -> int:
        return int(np.argmax(self.effects))

    @property
    def direction(self) -> str:
        """Where the measure is highest (lowest where lower is better), in a few words."""
        way = "highest" if self.sign > 0 else "lowest"
        if len(self.good) == len(self.levels):
            return f"no value is {way} for sure"
        named = [self.levels[i] for i in self.good] if len(self.good) <= 3 else [self.levels[self.best]]
        more = f" or one of {len(self.good) - 1} others" if len(self.good) > 3 else ""
        return f"{way} at {' or '.join(named)}{more}"

    @property
    def statement(self) -> Statement:
        """The place in words."""
        best = self.levels[self.best]
        where = f"where {self.parameter} is inactive" if best == INACTIVE else f"at {self.parameter} = {best}"
        of = f"of the {len(self.levels)} {'parts of its range' if self.is_range else 'values'} tried"
        text = f"{self.measure} is best {where}, {of}"
        if len(self.good) == len(self.levels):
            text += "; each of them may be the best as far as these runs show"
        elif len(self.good) > 1:
            names = [self.levels[i] for i in self.good]
            text += f"; {', '.join(names[:-1])} and {names[-1]} may each be the best as far as these runs show"
        return Statement("location", f"{text} (90 %).", {"levels": len(self.levels), "good": len(self.good)})


def locations(known: Evidence, measure: str, axes: Axes, sign: int = 1) -> dict[str, Location]:
    """The place of the best of every parameter, by additive least squares over levels (a continuum in fifths).

    One mean per configuration, those of space-filling steps where there are enough. Left out are parameters of one level and, all of
    them, where fewer than 10 degrees of freedom are left; a parameter whose levels cannot be compared (confounded) too.
    """
    if known.filling.sum() >= FEWEST:
        known = known.some(np.flatnonzero(known.filling))
    cut = [_cut(axis, known.points[:, i], axis.name in axes.slots) for i, axis in enumerate(axes.axes)]
    blocks = [np.equal(one.place[:, None], np.arange(len(one.names))).astype(float) for one in cut]
    if not blocks or len(known) == 0:
        return {}
    design, values = np.hstack(blocks), sign * known.values
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    estimable = inverse @ design.T @ design
    effects = inverse @ design.T @ values
    freedom = len(values) - int(np.linalg.matrix_rank(design))
    if freedom < FEWEST_FREEDOM:
        return {}
    variance = float(((values - design @ effects) ** 2).sum()) / freedom
    found, start = {}, 0
    for one in cut:
        own = slice(start, start + len(one.names))
        start += len(one.names)
        kept = _comparable(estimable, own, one.names)
        if len(kept) < 2 or variance <= 0:
            continue
        spread = variance * inverse[own, own][np.ix_(kept, kept)]
        some = replace(one, names=tuple(one.names[k] for k in kept))
        found[one.axis.name] = _located(measure, some, sign, effects[own][kept], spread, freedom)
    return found


def edges_of(found: Sequence[Location]) -> list[tuple[Location, str]]:
    """The open ends beyond which a better value may lie, "lower" or "upper": best there alone, and better than the neighbour.

    One-sided t tests of the outermost level against its neighbour, Holm at 5 % over all open ends together.
    """
    ends = [(p, (one, end)) for one in found for end, p in (("lower", one.below), ("upper", one.above)) if np.isfinite(p)]
    warned = []
    for one, end in sure_together(ends, OUTSIDE):
        numeric = len(one.levels) - (one.levels[-1] == INACTIVE)
        if one.good == ((0,) if end == "lower" else (numeric - 1,)):
            warned.append((one, end))
    return warned


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """The level of each configuration, by place, and what the levels are called: values, or fifths of a range."""

    axis: Axis
    place: np.ndarray
    names: tuple[str, ...]
    is_range: bool


def _cut(axis: Axis, units: np.ndarray, depends: bool) -> _Cut:
    """An axis in the levels that were tried; inactive is a level, the last. `depends`: its range depends on other parameters."""
    active = ~np.isnan(units)
    tried = np.unique(units[active].round(9))
    in_fifths = axis.kind is not Kind.CATEGORICAL and (depends or len(tried) > MOST_NUMERIC)
    place = np.full(len(units), FIFTHS if in_fifths else len(tried))
    if in_fifths:
        place[active] = _fifth(units[active])
        own = [tried[_fifth(tried) == k] for k in range(FIFTHS)]
        names = [_range(axis, k, inside, len(tried), depends) for k, inside in enumerate(own)]
    else:
        place[active] = np.searchsorted(tried, units[active].round(9))
        names = [axis.shown(float(unit)) for unit in tried]
    there = np.unique(place)
    return _Cut(axis, np.searchsorted(there, place), tuple([*names, INACTIVE][k] for k in there), in_fifths)


def _fifth(units: np.ndarray) -> np.ndarray:
    return np.minimum((units * FIFTHS).astype(int), FIFTHS - 1)


def _range(axis: Axis, k: int, inside: np.ndarray, tried: int, depends: bool) -> str:
    """A fifth of a range as people write it: by the values that were tried where these are few."""
    if depends:
        return f"the {PARTS[k]} fifth of its range"
    if tried > MOST_LEVELS:
        return f"{axis.shown(k / FIFTHS)} to {axis.shown((k + 1) / FIFTHS)}"
    ends = [axis.shown(float(unit)) for unit in inside[[0, -1]]] if len(inside) else [""]
    return ends[0] if ends[0] == ends[-1] else " to ".join(ends)


def _comparable(estimable: np.ndarray, own: slice, names: Sequence[str]) -> list[int]:
    """The levels of a parameter that can be compared with its first: all of them, or all but inactive; else none."""
    kept = [0]
    for k in range(1, len(names)):
        contrast = np.zeros(len(estimable))
        contrast[own.start + k], contrast[own.start] = 1.0, -1.0
        if np.allclose(contrast @ estimable, contrast, atol=1e-6):
            kept.append(k)
        elif names[k] != INACTIVE:
            return []
    return kept


def _located(measure: str, cut: _Cut, sign: int, effects, spread, freedom: int) -> Location:
    """The set of possible bests among levels with these effects and this covariance, and the tests at the ends."""
    axis, names = cut.axis, cut.names
    rng = np.random.default_rng(SEED)
    drawn = rng.multivariate_normal(np.zeros(len(names)), spread, DRAWS, method="eigh")
    drawn /= np.sqrt(rng.chisquare(freedom, DRAWS) / freedom)[:, None]
    variance = np.diag(spread)
    error = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * spread, 0.0))
    good, equal = [], ROUNDING * float(np.abs(effects).max())
    for level in range(len(names)):
        others = np.arange(len(names)) != level
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.quantile(((drawn[:, others] - drawn[:, [level]]) / error[level, others]).max(axis=1), LEVEL)
        if (effects[level] >= effects[others] - reach * error[level, others] - equal).all():
            good.append(level)
    numeric = [k for k, name in enumerate(names) if name != INACTIVE] if axis.kind is not Kind.CATEGORICAL else []
    ends = [np.nan, np.nan]
    if len(numeric) > 2:
        for side, (outer, neighbour) in enumerate(((numeric[0], numeric[1]), (numeric[-1], numeric[-2]))):
            if axis.open[side]:
                ends[side] = float(student.sf((effects[outer] - effects[neighbour]) / error[outer, neighbour], freedom))
    return Location(measure, axis.name, sign, names, effects, tuple(good), cut.is_range, *ends)
