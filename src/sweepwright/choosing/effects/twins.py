"""Twins: configurations that differ in one parameter only, everywhere or where another parameter has one value."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.choosing.encoding import Axes, Kind, label
from sweepwright.choosing.frame import parameter_column

INACTIVE = "\0inactive"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a parameter is looked at: where `parent` is at `level`, or anywhere (both None)."""

    parameter: str
    parent: str | None = None
    level: str | None = None

    def __str__(self) -> str:
        return self.parameter + self.where

    @property
    def where(self) -> str:
        """The place in words, with a leading blank; empty for anywhere."""
        return f" where {self.parent} is {self.level}" if self.parent else ""


@dataclass(frozen=True, slots=True)
class Twins:
    """Groups of trials that differ in nothing but the parameter of a site, where it is active."""

    site: Site
    groups: tuple[tuple[int, ...], ...]

    @property
    def values(self) -> int:
        """How many values of the parameter the largest group has."""
        return max(map(len, self.groups))


def configurations_as_text(runs: pd.DataFrame, axes: Axes) -> pd.DataFrame:
    """One row per trial, the value of every parameter as its label; what is inactive has a mark of its own."""
    table = runs.drop_duplicates("trial").set_index("trial")[[parameter_column(name) for name in axes.names]]
    return table.map(label, na_action="ignore").fillna(INACTIVE)


def twins_at(table: pd.DataFrame, site: Site) -> Twins:
    """The twins at a site among configurations as text; a trial without a twin is in no group."""
    rows = table if site.parent is None else table[table[parameter_column(site.parent)] == site.level]
    column = parameter_column(site.parameter)
    active = rows[rows[column] != INACTIVE]
    others = [c for c in rows if c != column]
    grouped = active.groupby(others, sort=False).groups if others else {"": active.index}
    return Twins(site, tuple(tuple(map(int, trials)) for trials in grouped.values() if len(trials) > 1))


def sites_of(axes: Axes) -> Iterator[Site]:
    """Every parameter anywhere, then at each level of each categorical parameter."""
    yield from (Site(name) for name in axes.names)
    for parent in axes.axes:
        if parent.kind is Kind.CATEGORICAL:
            yield from (Site(name, parent.name, level) for level in parent.levels for name in axes.names if name != parent.name)


def has_twins(table: pd.DataFrame) -> bool:
    """Whether any two configurations differ in one parameter only."""
    return any(table.drop(columns=column).duplicated().any() for column in table.columns)


def roots_of(groups: Iterable[tuple[int, ...]]) -> dict[int, int]:
    """The first trial of all that groups join with a trial, by trial; a trial in no group is not in it.

    >>> roots_of([(0, 2), (5, 7), (2, 3)])
    {0: 0, 2: 0, 5: 5, 7: 5, 3: 0}
    """
    first: dict[int, int] = {}

    def root(trial: int) -> int:
        while first.get(trial, trial) != trial:
            trial = first[trial]
        return trial

    for group in groups:
        roots = sorted({root(trial) for trial in group})
        first |= dict.fromkeys([*roots, *group], roots[0])
    return {trial: root(trial) for trial in first}


def joined(groups: Iterable[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """The groups with those that share a trial taken together.

    >>> joined([(0, 2), (5, 7), (2, 3)])
    ((0, 2, 3), (5, 7))
    """
    found: dict[int, list[int]] = {}
    for trial, root in roots_of(groups).items():
        found.setdefault(root, []).append(trial)
    return tuple(tuple(sorted(trials)) for trials in found.values())


def merged(runs: pd.DataFrame, groups: tuple[tuple[int, ...], ...]) -> pd.DataFrame:
    """The runs with the trials of each group as one trial, the first.

    Their replicate numbers are made different, so that nothing is paired that was not; a draw that they shared stays shared.

    >>> runs = pd.DataFrame({"trial": [0, 1, 2], "replicate": 0})
    >>> merged(runs, ((0, 2),)).to_dict("list")
    {'trial': [0, 1, 0], 'replicate': [1, 0, 3]}
    """
    first = roots_of(groups)
    if not first:
        return runs
    trials = runs["trial"].map(lambda trial: first.get(int(trial), int(trial)))
    changed = trials.isin(set(first.values()))
    own = int(runs["replicate"].max()) + 1 + np.arange(len(runs))
    return runs.assign(trial=trials, replicate=np.where(changed, own, runs["replicate"]))
