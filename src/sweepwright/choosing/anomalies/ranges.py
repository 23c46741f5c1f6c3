"""Anomalies of the search: parameters that came late, ranges that were changed, effects that cannot be told apart."""

import json
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from sweepwright.choosing.encoding import Axes, Kind, label
from sweepwright.choosing.frame import parameter_column
from sweepwright.nouns.statement import Statement, counted

RANGES = "ranges"  # the column of a sweep in which its tool recorded what each run was drawn from


def added_parameters(runs: pd.DataFrame, axes: Axes) -> Iterator[Statement]:
    """A parameter that is missing in the first or last runs, and in no other."""
    for axis in axes.axes:
        missing = runs[parameter_column(axis.name)].isna().to_numpy()
        if axis.parent is not None or not 0 < missing.sum() < len(missing):
            continue
        changes = np.flatnonzero(np.diff(missing.astype(int)))
        if len(changes) == 1:
            run = int(runs["run"].iloc[changes[0] + 1])
            word = "was added to" if missing[0] else "was taken out of"
            text = f"{axis.name} {word} the search at run {run}: it is missing in {counted(int(missing.sum()), 'run', 'runs')}, not inactive there."
            yield Statement("added_parameter", text, {"run": run, "missing": int(missing.sum())})


def declared_ranges(runs: pd.DataFrame, declared: Mapping[int, str]) -> Iterator[Statement]:
    """Parameters that were not drawn from the same range throughout, where the sweep's tool recorded the ranges (by run, as JSON).

    Nothing is tested: the ranges are compared, and the run is said from which on another one held.
    """
    numbers = [int(run) for run in runs["run"] if int(run) in declared]
    ranges = pd.DataFrame([json.loads(declared[run]) for run in numbers], index=numbers)
    for name in ranges:
        own = ranges[name].dropna()
        changes = np.flatnonzero((own != own.shift()).to_numpy())
        kinds = own.nunique()
        if kinds < 2:
            continue
        if len(changes) == kinds:
            parts = [f"{own.iloc[at]} from run {own.index[at]} on" for at in changes[1:]]
            text = f"The range of {name} was changed: {own.iloc[0]} at first, {', then '.join(parts)}."
        else:
            text = (
                f"The range of {name} was not the same in all runs: {kinds} ranges, another one than before at {len(changes) - 1} runs, "
                f"first at run {own.index[changes[1]]}."
            )
        run = int(own.index.to_numpy()[changes[1]])
        yield Statement("range_changed", text, {"run": run, "ranges": kinds})


def confounded(runs: pd.DataFrame, axes: Axes) -> Iterator[Statement]:
    """Parameters that are fixed by the condition (and one other parameter): their effects cannot be told apart from theirs."""
    if runs["condition"].nunique() < 2:
        return
    labels = {axis.name: runs[parameter_column(axis.name)].map(label, na_action="ignore").fillna("\0") for axis in axes.axes}
    alone = [name for name, values in labels.items() if values.groupby(runs["condition"]).nunique().max() == 1]
    if alone:
        text = f"{', '.join(alone)} {'is' if len(alone) == 1 else 'are'} fixed by the condition: the two cannot be told apart here."
        yield Statement("confounded", text, {"parameters": len(alone)})
    rest = [name for name in labels if name not in alone]
    for by in [axis.name for axis in axes.axes if axis.kind is Kind.CATEGORICAL and axis.name in rest]:
        cells = runs["condition"].astype(str) + "\0" + labels[by]
        fixed = [name for name in rest if name != by and labels[name].groupby(cells).nunique().max() == 1]
        if fixed and cells.nunique() > runs["condition"].nunique():
            text = f"{', '.join(fixed)} {'is' if len(fixed) == 1 else 'are'} fixed within each condition and {by}: their effects cannot be told apart here."
            yield Statement("confounded", text, {"parameters": len(fixed)})
            return


def too_few_for_single_effects(runs: pd.DataFrame, axes: Axes) -> Iterator[Statement]:
    """Fewer configurations than would tell the parameters apart, overall or at the levels of one that switches others on."""
    table = runs.drop_duplicates("trial")
    if 2 <= len(table) <= len(axes) + 1:
        text = f"{counted(len(axes), 'hyperparameter varies', 'hyperparameters vary')} over {len(table)} configurations only: {'its effect is not resolved' if len(axes) == 1 else 'their single effects cannot be told apart'}."
        yield Statement("too_few_configurations", text, {"configurations": len(table), "parameters": len(axes)})
        return
    for i, parent in enumerate(axes.axes):
        column = table[parameter_column(parent.name)].map(label, na_action="ignore")
        few = []
        for k, level in enumerate(parent.levels):
            own = table[column == level]
            varying = [
                a.name for a in axes.axes if a.parent == i and k in a.active_at and own[parameter_column(a.name)].nunique() > 1
            ]
            if varying and len(own) <= len(varying) + 1:
                few.append((level, len(own), len(varying)))
        if few:
            level, configurations, count = few[0]
            others = f" (and alike at {len(few) - 1} other values)" if len(few) > 1 else ""
            text = (
                f"Where {parent.name} is {level}, {counted(count, 'hyperparameter varies', 'hyperparameters vary')} over "
                f"{counted(configurations, 'configuration', 'configurations')} only{others}: single effects cannot be told apart."
            )
            yield Statement("too_few_configurations", text, {"configurations": configurations, "parameters": count})
            return


def depends_on(table: pd.DataFrame, parameters: Mapping[str, str], others: Mapping[str, str]) -> list[Statement]:
    """Settings of the evaluation (``eval_*``, ``val_*``, ``test_*``) that change with a hyperparameter.

    The measure then means something else at each of its values, which cannot be compared. `parameters` and `others`, which are
    neither parameters nor measures, map names to columns of `table`.
    """
    found = []
    for name, column in parameters.items():
        own = table[column].map(label, na_action="ignore")
        for other, place in others.items():
            setting = table[place].map(label, na_action="ignore")
            if not str(other).lower().startswith(("eval", "val", "test")) or setting.nunique() < 2 or own.nunique() < 2:
                continue
            both = own.notna() & setting.notna()
            pairs = pd.DataFrame({"own": own[both], "setting": setting[both]}).drop_duplicates()
            if both.mean() > 0.9 and pairs["own"].is_unique and pairs["setting"].is_unique:
                text = f"The evaluation changes with {name} ({other}): values at different {name} cannot be compared."
                found.append(Statement("meaning_depends_on_parameter", text))
    return found
