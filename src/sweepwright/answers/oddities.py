"""What is odd about an adopted sweep: its frame, its curves, and the settings of its evaluation."""

from collections.abc import Mapping, Sequence

import pandas as pd

from sweepwright.choosing.anomalies.ranges import RANGES, depends_on
from sweepwright.choosing.anomalies.survey import anomalies_in
from sweepwright.choosing.encoding import Axes
from sweepwright.choosing.frame import parameter_column
from sweepwright.choosing.rule import Aim
from sweepwright.exchange.adopt.curves import health_name
from sweepwright.nouns.statement import Statement
from sweepwright.study.study import OTHER, Study


def oddities(study: Study, runs: pd.DataFrame, aims: Sequence[Aim], axes: Axes) -> list[Statement]:
    """Everything odd that the table shows, with what was stored of its other columns and curves."""
    curves = study.adopted_curves
    if curves is not None:
        goals = {goal.name: str(goal.direction) for goal in study.goals}
        spoken = {name: health_name(str(name), goals) or name for name in curves["name"].unique()}
        curves = curves.assign(name=curves["name"].map(spoken))
    return [*anomalies_in(runs, aims, axes, curves, _ranges(study, runs)), *_evaluation(study, runs, axes)]


def _ranges(study: Study, runs: pd.DataFrame) -> Mapping[int, str] | None:
    """The range of every parameter by run as the sweep's tool recorded it; None where it did not for all of them."""
    others = study.adopted_others
    if others is None or OTHER + RANGES not in others:
        return None
    known = others.set_index("run")[OTHER + RANGES].dropna()
    return {int(str(run)): str(text) for run, text in known.items()} if runs["run"].isin(known.index).all() else None


def _evaluation(study: Study, runs: pd.DataFrame, axes: Axes) -> list[Statement]:
    """Settings of the evaluation that change with a hyperparameter, from what was stored of the table."""
    others = study.adopted_others
    if others is None or not runs["run"].isin(others["run"]).all():
        text = (
            "Whether the evaluation changes with a hyperparameter is unknown: an earlier version adopted the sweep and did not "
            "store the other columns of its table. Adopt it again into another folder to know."
        )
        return [Statement("evaluation_unknown", text)]
    table = runs.merge(others, on="run")
    parameters = {name: parameter_column(name) for name in axes.names}
    named = {str(column).removeprefix(OTHER): str(column) for column in others if column != "run"}
    return depends_on(table, parameters, named)
