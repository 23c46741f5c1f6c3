"""Detected inactivity: a parameter whose values make no difference, at some level of another, so that its values are replicates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import ncf

from sweepwright.choosing.effects.evidence import fitted
from sweepwright.choosing.encoding import Axes, Kind, inferred_axes, label
from sweepwright.choosing.frame import parameter_column
from sweepwright.choosing.noise.components import NoiseFloor, levelled, noise_floor, unequal_scales, used_values
from sweepwright.nouns.statement import LEVEL, Statement

MATTERS = 0.5  # of the noise sd: an effect below that is none
FEWEST_TWINS = 5  # degrees of freedom among twins
FEWEST_GROUPS = 5  # other settings among which a parameter must make no difference


@dataclass(frozen=True, slots=True)
class Inactive:
    """A parameter that makes no difference where `parent` is at `level` (both None: anywhere).

    `groups` are trials that differ in nothing else: replicates of one configuration. `ratio` is the variance among them over
    that of the noise, by goal. `apparently`: the noise is the effect model's residual, as nothing was repeated.
    """

    parameter: str
    parent: str | None
    level: str | None
    groups: tuple[tuple[int, ...], ...]
    ratio: dict[str, float]
    apparently: bool
    copies: bool

    @property
    def statement(self) -> Statement:
        """The finding in words."""
        where = f" where {self.parent} is {self.level}" if self.parent else ""
        values = max(len(group) for group in self.groups)
        how = "apparently inactive" if self.apparently else "inactive"
        same = "are copies of each other" if self.copies else "are in fact replicates"
        text = f"{self.parameter} is {how}{where}: its {values} values {same} ({len(self.groups)} groups)."
        return Statement("inactive", text, {"values": values, "groups": len(self.groups)})


def inactive_parameters(runs: pd.DataFrame, measures: Sequence[str], axes: Axes | None = None) -> list[Inactive]:
    """Parameters that make no difference to any of the measures, everywhere or at one level of a categorical parameter.

    Twins are configurations that differ in one parameter only. Inactive: what its main and two-way effects explain among
    twins is so small that, at 90 %, their standard deviation lies below half the noise sd, for every measure (noncentral F;
    a claim for all measures needs no correction for their number). The noise comes from replicates, else from the effect
    model's residual. A parameter that is inactive everywhere is not listed again by level.

    >>> rng = np.random.default_rng(1)
    >>> rows = [(lr, m, loss) for lr in range(24) for m in range(4) for loss in ("a", "b")]
    >>> runs = pd.DataFrame(rows, columns=["param.lr", "param.margin", "param.loss"]).assign(trial=range(192), condition="all",
    ...     replicate=0, step="explore", ending="COMPLETED", verdict="HEALTHY", used=True)
    >>> active = np.where(runs["param.loss"] == "b", runs["param.margin"], 0)
    >>> runs["measure.f1"] = np.sin(runs["param.lr"]) + active + 0.1 * rng.standard_normal(192)
    >>> print(inactive_parameters(runs, ["f1"])[0].statement)
    margin is apparently inactive where loss is a: its 4 values are in fact replicates (24 groups).
    """
    axes = axes or inferred_axes(runs)
    if any(unequal_scales(runs, measure) for measure in measures):
        return []  # the noise of one condition would hide what happens in another
    floors = {measure: noise_floor(runs, measure) for measure in measures}
    means = {m: levelled(used_values(runs, m)).groupby("trial")["value"].agg(["mean", "size"]) for m in measures}
    table = runs.drop_duplicates("trial").set_index("trial")[[parameter_column(name) for name in axes.names]]
    table = table.map(label, na_action="ignore").fillna("\0inactive")
    if any(axis.kind is Kind.CONTINUOUS and axis.count == 0 for axis in axes.axes) and not _has_twins(table):
        return []
    places = [(None, None), *((a.name, level) for a in axes.axes if a.kind is Kind.CATEGORICAL for level in a.levels)]
    tests = []
    residuals: dict[tuple[str | None, str | None, str], tuple[float, float]] = {}
    for parent, level in places:
        rows = table if parent is None else table[table[parameter_column(parent)] == level]
        for name in axes.names:
            if name != parent and len(groups := _twins(rows, name)) >= FEWEST_GROUPS:
                tests.append(_test(name, parent, level, groups, means, floors, runs, axes, residuals))
    return _kept([test for test in tests if test is not None])


def _has_twins(table: pd.DataFrame) -> bool:
    return any(table.drop(columns=column).duplicated().any() for column in table.columns)


def _twins(table: pd.DataFrame, name: str) -> list[tuple[int, ...]]:
    """Trials that differ in this parameter only, where it is active."""
    column = parameter_column(name)
    active = table[table[column] != "\0inactive"]
    others = [c for c in table.columns if c != column]
    grouped = active.groupby(others, sort=False).groups if others else {"": active.index}
    return [tuple(map(int, trials)) for trials in grouped.values() if len(trials) > 1]


def _test(name, parent, level, groups, means, floors: dict[str, NoiseFloor], runs, axes, residuals):
    """The p value that the parameter matters (half a noise sd or more), the largest over all measures, and the finding."""
    design = _Design(name, groups, runs, axes)
    worst, ratios, apparently, copies = 0.0, {}, False, True
    for measure, table in means.items():
        squares, freedom, size, among = design.explained(table)
        if freedom < 1 or size - len(groups) < FEWEST_TWINS:
            return None
        noise = floors[measure].noise
        if noise is None:
            key = (parent, level, measure)
            if key not in residuals:
                residuals[key] = _residual(runs, axes, parent, level, measure)
            variance, own = residuals[key]
            apparently = True
        else:
            variance, own = noise.sd**2, noise.freedom
        if among == 0.0:  # equal to the last digit
            continue
        copies = False
        if not (variance > 0 and own >= 1):
            worst = 1.0
            continue
        ratios[measure] = squares / freedom / variance
        worst = max(worst, float(ncf.cdf(ratios[measure], freedom, own, MATTERS**2 * size)))
    return worst, Inactive(name, parent, level, tuple(groups), ratios, apparently and not copies, copies)


class _Design:
    """Main and two-way effects of one parameter among twins: what differs within groups that differ in nothing else."""

    def __init__(self, name: str, groups: Sequence[tuple[int, ...]], runs: pd.DataFrame, axes: Axes):
        trials = [trial for group in groups for trial in group]
        self.group = pd.Series(np.repeat(np.arange(len(groups)), [len(g) for g in groups]), index=trials)
        table = runs.drop_duplicates("trial").set_index("trial").loc[trials]
        points = axes.encode(table)
        own = pd.get_dummies(table[parameter_column(name)].map(label), dtype=float).to_numpy()
        columns = [own]
        for i, axis in enumerate(axes.axes):
            unit = np.nan_to_num(points[:, i], nan=0.5)
            if axis.name == name or np.ptp(unit) == 0:
                continue
            other = (unit[:, None] == np.unique(unit)).astype(float) if axis.kind is Kind.CATEGORICAL else unit[:, None]
            other = other - other.mean(axis=0)
            columns.append((own[:, :, None] * other[:, None, :]).reshape(len(own), -1))
        self.columns = pd.DataFrame(np.hstack(columns), index=trials)

    def explained(self, table: pd.DataFrame) -> tuple[float, int, float, float]:
        """Sum of squares that the effects explain (in units of one run), their degrees of freedom, runs, and all squares."""
        known = table.reindex(self.group.index).dropna()
        group = self.group[known.index]
        group = group[group.map(group.value_counts()) > 1]
        if group.empty:
            return 0.0, 0, 0.0, 0.0
        known, columns = known.loc[group.index], self.columns.loc[group.index]
        weight = known["size"].to_numpy(dtype=float)
        stacked = np.column_stack([known["mean"], columns])
        sums = pd.DataFrame(stacked * weight[:, None]).groupby(group.to_numpy()).transform("sum").to_numpy()
        centred = (stacked - sums / pd.Series(weight).groupby(group.to_numpy()).transform("sum").to_numpy()[:, None]) * np.sqrt(
            weight
        )[:, None]
        target, design = centred[:, 0], centred[:, 1:]
        left, values, _ = np.linalg.svd(design, full_matrices=False)
        left = left[:, values > 1e-9 * max(values.max(initial=0.0), 1e-300)]
        return float(((left.T @ target) ** 2).sum()), left.shape[1], float(weight.sum()), float((target**2).sum())


def _residual(runs: pd.DataFrame, axes: Axes, parent, level, measure: str) -> tuple[float, float]:
    """Variance and degrees of freedom that the effect model leaves over, among the runs at one level."""
    rows = runs if parent is None else runs[runs[parameter_column(parent)].map(label, na_action="ignore") == level]
    model = fitted(rows, measure, axes)
    if model is None:
        return 0.0, 0.0
    return model.noise_sd**2, max(1.0, model.freedom)


def _kept(tests: list[tuple[float, Inactive]]) -> list[Inactive]:
    """What is inactive at 90 %; what holds everywhere is not repeated level by level."""
    found = [finding for p, finding in sorted(tests, key=lambda test: test[0]) if p <= 1 - LEVEL]
    everywhere = {finding.parameter for finding in found if finding.parent is None}
    return [f for f in found if f.parent is None or f.parameter not in everywhere]


def merged(runs: pd.DataFrame, findings: Sequence[Inactive]) -> pd.DataFrame:
    """The runs with replicates recognised: trials that differ in an inactive parameter only become one trial, the first.

    Their replicate numbers are made different, so that nothing is paired that was not.
    """
    first: dict[int, int] = {}

    def root(trial: int) -> int:
        while first.get(trial, trial) != trial:
            trial = first[trial]
        return trial

    for finding in findings:
        for group in finding.groups:
            roots = sorted({root(trial) for trial in group})
            first |= dict.fromkeys(roots, roots[0])
    if not first:
        return runs
    trials = runs["trial"].map(lambda trial: root(int(trial)))
    together = runs.assign(trial=trials)
    own = int(runs["replicate"].max()) + 1 + np.arange(len(runs))
    changed = trials.isin(set(first.values()))
    return together.assign(replicate=np.where(changed, own, runs["replicate"]))
