"""Inactivity as stated by the user: "margin where loss == nt-xent" makes the values of margin repeats of one configuration there."""

import re
from collections.abc import Sequence

import pandas as pd

from sweepwright.choosing.effects.inactivity import Ground, Inactive
from sweepwright.choosing.effects.twins import Site, configurations_as_text, twins_at
from sweepwright.choosing.encoding import Axes, Kind, label
from sweepwright.errors import InputError, did_you_mean

STATEMENT = re.compile(r"\s*(?P<parameter>.+?)\s*(?:\s+where\s+(?P<parent>.+?)\s*==\s*(?P<level>.+?)\s*)?")
HOW = 'write it as "margin", or "margin where loss == nt-xent"'


def stated_inactive(runs: pd.DataFrame, texts: Sequence[str], axes: Axes) -> list[Inactive]:
    """The trials that are one configuration if what is stated holds; an InputError names what is not there.

    >>> runs = pd.DataFrame({"trial": [0, 1, 2, 3], "param.loss": ["a", "a", "b", "b"], "param.margin": [1, 2, 1, 2]})
    >>> from sweepwright.choosing.encoding import inferred_axes
    >>> [found] = stated_inactive(runs, ["margin where loss == a"], inferred_axes(runs))
    >>> found.groups, str(found.statement)
    (((0, 1),), 'margin is inactive where loss is a: its 2 values are taken for repeats of one configuration, as stated (1 group).')
    """
    table = configurations_as_text(runs, axes)
    found = []
    for text in texts:
        twins = twins_at(table, site_of(text, axes))
        if not twins.groups:
            raise InputError(
                f"inactive: {text!r} merges nothing: no two configurations differ in {twins.site.parameter} only"
                f"{twins.site.where}. Leave it out."
            )
        found.append(Inactive(twins, Ground.STATED))
    return found


def site_of(text: str, axes: Axes) -> Site:
    """The site that a text such as "margin where loss == nt-xent" names."""
    read = STATEMENT.fullmatch(text)
    unread = read is not None and read["parent"] is None and "where" in text.split() and text.strip() not in axes.names
    if read is None or unread:
        raise InputError(f"inactive: {text!r} cannot be read; {HOW}.")
    parameter, parent, level = (_bare(read[name]) for name in ("parameter", "parent", "level"))
    for name in filter(None, (parameter, parent)):
        if name not in axes.names:
            hint = did_you_mean(name, axes.names) or f"there are {', '.join(axes.names[:12])}; {HOW}."
            raise InputError(f"inactive: {text!r} names {name!r}, which is no hyperparameter that varies; {hint}")
    if parent is None or level is None:
        return Site(str(parameter))
    axis = axes.axes[axes.names.index(parent)]
    if parent == parameter or axis.kind is Kind.CONTINUOUS:
        why = "is the parameter itself" if parent == parameter else "has too many values to be a place"
        raise InputError(f"inactive: {text!r} cannot be used: {parent} {why}. Name a parameter with few values after 'where'.")
    wanted = label(_number_or_text(level))
    if wanted not in axis.levels:
        hint = did_you_mean(wanted, axis.levels) or f"it has {', '.join(axis.levels)}."
        raise InputError(f"inactive: {text!r} names {level!r}, which is no value of {parent}; {hint}")
    return Site(str(parameter), parent, wanted)


def _bare(text: str | None) -> str | None:
    return text.strip().strip("'\"") if text is not None else None


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
