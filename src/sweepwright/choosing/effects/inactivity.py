"""Inactivity: a parameter whose values make no difference at some place, so that its values are repeats of one configuration.

Known in three ways: results equal to the last digit, repeated runs that bound the difference, or the user's statement. Without any
of them inactivity is never claimed; `bounds` says how large an effect may be then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd
from scipy.stats import f as central
from scipy.stats import ncf

from sweepwright.choosing.effects.twins import Site, Twins, configurations_as_text, has_twins, joined, sites_of, twins_at
from sweepwright.choosing.encoding import Axes, inferred_axes
from sweepwright.choosing.frame import parameter_column
from sweepwright.choosing.holm import sure_together
from sweepwright.choosing.noise.components import copies_of, noise_floor, telling_columns, unequal_scales, used_values
from sweepwright.choosing.noise.conditions import levelled
from sweepwright.nouns.statement import LEVEL, Statement, counted

MATTERS = 0.5  # of the noise sd: an effect below that is none
DIFFER = 0.05  # a p value below that says that values differ, however little
FEWEST_GROUPS = 5  # other settings among which a parameter must make no difference


class Ground(StrEnum):
    """How it is known that a parameter does nothing. The value is what follows the claim."""

    COPIES = "its {values} values gave the same results to the last digit ({groups})"
    REPEATS = (
        "its {values} values lie less than half of what one run varies by from their mean (root mean square, 90 %, {groups})"
    )
    STATED = "its {values} values are taken for repeats of one configuration, as stated ({groups})"


@dataclass(frozen=True, slots=True)
class Inactive:
    """A parameter that does nothing at a site, how that is known, and the trials that are one configuration for it."""

    twins: Twins
    ground: Ground

    @property
    def site(self) -> Site:
        return self.twins.site

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        return self.twins.groups

    @property
    def statement(self) -> Statement:
        """The finding in words."""
        numbers = {"values": self.twins.values, "groups": len(self.groups)}
        text = f"{self.site.parameter} is inactive{self.site.where}: {self.ground.value.format(values=self.twins.values, groups=counted(len(self.groups), 'group', 'groups'))}."
        return Statement(f"inactive.{self.ground.name.lower()}", text, numbers)


def inactive_parameters(runs: pd.DataFrame, measures: Sequence[str], axes: Axes | None = None) -> list[Inactive]:
    """Parameters that are known to do nothing to any of the measures, everywhere or at one level of a categorical parameter.

    Proved: results that are equal to the last digit in every measure. Bounded, where configurations were repeated: among twins
    Q = sum n (mean - mean of group)^2 / df is so small that an effect of half the noise sd or more is refused (noncentral F; the
    largest p of all measures; Holm at 10 % over all parameters and places), and the runs show no difference of twins or of values (central F, 5 %). All that
    is inactive is asked together, too: small effects of several parameters add up. Without repeats nothing else is claimed. What
    is inactive everywhere is not listed again by level.

    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> rows = [(lr, m, loss, k) for lr in range(24) for m in range(4) for loss in ("a", "b") for k in range(2)]
    >>> runs = pd.DataFrame(rows, columns=["param.lr", "param.margin", "param.loss", "replicate"]).assign(condition="all",
    ...     step="explore", ending="COMPLETED", verdict="HEALTHY", used=True)
    >>> runs["trial"] = np.arange(384) // 2
    >>> active = np.where(runs["param.loss"] == "b", runs["param.margin"], 0)
    >>> runs["measure.f1"] = np.sin(runs["param.lr"]) + active + 0.1 * rng.standard_normal(384)
    >>> print(inactive_parameters(runs, ["f1"])[0].statement)
    margin is inactive where loss is a: its 4 values lie less than half of what one run varies by from their mean (root mean square, 90 %, 24 groups).
    """
    axes = axes or inferred_axes(runs)
    if any(unequal_scales(runs, measure) for measure in measures):
        return []  # the noise of one condition would hide what happens in another
    table = configurations_as_text(runs, axes)
    if not has_twins(table):
        return []
    places = [twins for site in sites_of(axes) if len((twins := twins_at(table, site)).groups) >= FEWEST_GROUPS]
    proved = [Inactive(twins, Ground.COPIES) for twins in places if _are_copies(runs, twins)]
    known = [_Known.of(runs, measure) for measure in measures]
    tests = [(p, twins) for twins in places if (p := _largest_p(twins, known)) is not None]
    bounded = [
        Inactive(twins, Ground.REPEATS)
        for twins in sure_together(tests, 1 - LEVEL)
        if _look_alike(twins, known) and _levels_look_alike(twins, known, table)
    ]
    found = _said_once([*proved, *bounded])
    while any(one.ground is Ground.REPEATS for one in found) and not _are_alike_together(found, known):
        found.remove(next(one for one in reversed(found) if one.ground is Ground.REPEATS))  # the least sure of them
    return found


def _are_alike_together(found: Sequence[Inactive], known: Sequence["_Known"]) -> bool:
    """Whether the trials that all findings together make one configuration are as alike as those of each."""
    together = Twins(found[0].site, joined(group for one in found for group in one.groups))
    p = _largest_p(together, known)
    return p is not None and p <= 1 - LEVEL and _look_alike(together, known)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A measure's means by trial (columns mean, size), and its noise from true repeats."""

    means: pd.DataFrame
    variance: float
    freedom: int

    @classmethod
    def of(cls, runs: pd.DataFrame, measure: str) -> "_Known":
        noise = noise_floor(runs, measure).noise
        values = levelled(used_values(runs[~copies_of(runs)], measure))
        means = pd.DataFrame(values.groupby("trial")["value"].agg(["mean", "size"]))
        return cls(means, noise.sd**2 if noise else 0.0, noise.freedom if noise else 0)


def _are_copies(runs: pd.DataFrame, twins: Twins) -> bool:
    """Whether all twins of each group gave the same results, to the last digit of every measure."""
    columns, told = telling_columns(runs)
    group = {trial: i for i, trials in enumerate(twins.groups) for trial in trials}
    own = runs[runs["trial"].isin(list(group))]
    if not told or own.empty or own[told].isna().all(axis=1).any():
        return False
    rows = own.assign(group=own["trial"].map(group))[["group", "trial", "condition", *columns]].drop_duplicates()
    by_trial = rows.groupby("group")["trial"].value_counts().groupby(level=0)
    different = rows.drop_duplicates(["group", "condition", *columns]).groupby("group").size()
    sizes = rows.groupby("group")["trial"].nunique()
    return bool((sizes > 1).all() and (by_trial.min() == different).all())


def _largest_p(twins: Twins, known: Sequence[_Known]) -> float | None:
    """The p value that the parameter matters by half a noise sd or more, the largest over all measures; None: not known."""
    worst = 0.0
    for measure in known:
        if not (measure.variance > 0 and measure.freedom >= 1):
            return None
        squares, freedom, size = _among(twins, measure.means)
        if freedom < 1:
            return None
        worst = max(worst, float(ncf.cdf(squares / freedom / measure.variance, freedom, measure.freedom, MATTERS**2 * size)))
    return worst


def matters(runs: pd.DataFrame, measures: Sequence[str], twins: Twins) -> float | None:
    """The smallest p value over the measures (times their number) that a parameter does nothing among twins; None without repeats."""
    return _smallest_p(twins, [_Known.of(runs, measure) for measure in measures])


def _look_alike(twins: Twins, known: Sequence[_Known]) -> bool:
    """Whether the runs do not show that twins differ at all: what they can tell apart is never called repeats."""
    p = _smallest_p(twins, known)
    return p is None or p >= DIFFER


def _levels_look_alike(twins: Twins, known: Sequence[_Known], table: pd.DataFrame) -> bool:
    """Whether they do not show it of the parameter's values, over all groups of twins together."""
    level = table[parameter_column(twins.site.parameter)]
    return all(_p_of_levels(twins, measure, level) * len(known) >= DIFFER for measure in known)


def _p_of_levels(twins: Twins, known: _Known, level: pd.Series) -> float:
    """The p value that all values of a parameter give the same, once each group of twins has its mean; 1 where nothing is known."""
    away, weight, _ = _around_groups(twins, known.means)
    at = level.reindex(away.index)
    size, total = weight.groupby(at).sum(), (weight * away).groupby(at).sum()
    if len(size) < 2 or not (known.variance > 0 and known.freedom >= 1):
        return 1.0
    return float(central.sf(float((total**2 / size).sum()) / (len(size) - 1) / known.variance, len(size) - 1, known.freedom))


def _smallest_p(twins: Twins, measures: Sequence[_Known]) -> float | None:
    """The smallest p value over the measures (times their number) that twins are equal; None where that is not known."""
    found = []
    for known in measures:
        squares, freedom, _ = _among(twins, known.means)
        if known.variance > 0 and known.freedom >= 1 and freedom >= 1:
            found.append(float(central.sf(squares / freedom / known.variance, freedom, known.freedom)))
    return min(1.0, len(found) * min(found)) if found else None


def _among(twins: Twins, means: pd.DataFrame) -> tuple[float, int, float]:
    """The squares of twins around their group's mean in units of one run, their degrees of freedom, and how many runs."""
    away, weight, place = _around_groups(twins, means)
    several = place.groupby(place).transform("size") > 1
    squares = (weight * away**2)[several].sum()
    return float(squares), int(several.sum() - place[several].nunique()), float(weight[several].sum())


def _around_groups(twins: Twins, means: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """By trial: how far its mean is from that of its group, how many runs it has, and its group."""
    group = {trial: i for i, trials in enumerate(twins.groups) for trial in trials}
    own = means[means.index.isin(list(group))]
    place = pd.Series(own.index.map(group), index=own.index)
    weight, value = own["size"].astype(float), own["mean"]
    centre = (weight * value).groupby(place).transform("sum") / weight.groupby(place).transform("sum")
    return value - centre, weight, place


def _said_once(found: Sequence[Inactive]) -> list[Inactive]:
    """One ground for each site; what holds everywhere is not repeated level by level."""
    by_site: dict[Site, Inactive] = {}
    for finding in found:
        by_site.setdefault(finding.site, finding)
    everywhere = {site.parameter for site in by_site if site.parent is None}
    return [f for site, f in by_site.items() if site.parent is None or site.parameter not in everywhere]
