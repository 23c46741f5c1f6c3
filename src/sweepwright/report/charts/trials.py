"""Trials as points: any two columns against each other, coloured by a third."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from sweepwright.answers.trials import Column, Trials, trials_of
from sweepwright.choosing.pareto import pareto_front
from sweepwright.errors import InputError
from sweepwright.figures import theme
from sweepwright.nouns.plain import Plain
from sweepwright.report.charts.source import Source, analysis_of

SELECTED = "selected_trials"  # a signal of every figure of trials: null, or an object whose keys are the selected ones
BINS = 40


def tradeoff(
    study: Source,
    x: str | None = None,
    y: str | None = None,
    color: str | None = None,
    trials: Trials | None = None,
) -> alt.LayerChart | alt.Chart:
    """Two columns of the trials against each other, coloured by a third; the line joins those that no other one beats.

    Columns are measures, hyperparameters and costs, by name; the default is the first goal against the second (else seconds),
    coloured by the first hyperparameter. Levels by the search's runs of the reference condition, in the unit of the measure.
    The line is drawn where both columns have a direction (goals and costs). Above 1,000 trials counts per bin are shown.

    >>> import sweepwright as sw
    >>> study = sw.report.example_study()
    >>> chart = sw.report.tradeoff(study, x="f1", y="aligned_rmse", color="learning_rate")
    >>> chart.to_dict()["layer"][0]["encoding"]["x"]["title"]
    'f1'
    """
    table = trials or trials_of(analysis_of(study))
    first = table.column(x) if x else table.goals[0]
    second = table.column(y) if y else _second(table, first)
    third = table.column(color) if color else next(iter(table.of_kind("parameter")), None)
    if not np.isfinite(table.numbers(first) + table.numbers(second)).any():
        raise InputError(f"No trial has both {first.name} and {second.name}: there is nothing to draw.")
    if len(table.frame) > theme.MOST_POINTS:
        return binned(table, first, second)
    shown = [column for column in dict.fromkeys((first, second, third)) if column]
    data = table.frame[[column.id for column in shown]].reset_index()
    tips = [alt.Tooltip("trial:Q", title="trial"), *(tooltip(column) for column in shown)]
    points = (
        alt.Chart(data)
        .mark_circle(size=55, stroke="white", strokeWidth=0.4)
        .encode(x=position(alt.X, first), y=position(alt.Y, second), tooltip=tips, **colour(third))
        .encode(opacity=selected_opacity())
        .add_params(alt.param(name=SELECTED, value=None))
    )
    front = _front_line(table, first, second)
    if front.empty:
        return points.properties(width=theme.WIDTH, height=theme.HEIGHT)
    line = (
        alt.Chart(front)
        .mark_line(interpolate="step-after", strokeDash=[4, 3], color=theme.QUIET, point=False)
        .encode(x=position(alt.X, first, "x"), y=position(alt.Y, second, "y"), order="x:Q")
    )
    return alt.LayerChart(layer=[points, line], width=theme.WIDTH, height=theme.HEIGHT)


def _second(table: Trials, first: Column) -> Column:
    others = [c for c in (*table.goals, *table.of_kind("cost"), *table.columns) if c.id != first.id]
    return others[0] if others else first


def position(channel: Any, column: Column, field: str | None = None) -> Any:
    """The x or y channel of a column: its own scale, its name as the title."""
    name = f"{field or column.id}:{'Q' if column.levels is None else 'O'}"
    if column.levels is not None:
        return channel(name, title=column.name, sort=list(column.levels))
    scale = alt.Scale(type="log") if column.log else alt.Scale(zero=False, padding=12)
    return channel(name, title=column.name, scale=scale, axis=alt.Axis(tickCount=6, format=".0~e" if column.log else "~g"))


def colour(column: Column | None) -> Plain:
    """The colour channel of a column."""
    if column is None:
        return {"color": alt.value(theme.MAIN)}
    if column.levels is None:
        scale = alt.Scale(scheme=theme.SEQUENTIAL, type="log" if column.log else "linear")
        return {"color": alt.Color(f"{column.id}:Q", title=column.name, scale=scale, legend=alt.Legend(format="~g"))}
    few = len(column.levels) <= len(theme.CATEGORIES)
    scale = alt.Scale(range=list(theme.CATEGORIES[: len(column.levels)])) if few else alt.Scale(scheme=theme.SEQUENTIAL)
    return {"color": alt.Color(f"{column.id}:O", title=column.name, sort=list(column.levels), scale=scale)}


def tooltip(column: Column) -> alt.Tooltip:
    if column.levels is not None:
        return alt.Tooltip(f"{column.id}:O", title=column.name)
    return alt.Tooltip(f"{column.id}:Q", title=column.name, format=".4~g")


def selected_opacity() -> Any:
    """Marks of trials outside the selection fade."""
    return alt.condition(f"!{SELECTED} || {SELECTED}[datum.trial]", alt.value(0.85), alt.value(0.06))


def _front_line(table: Trials, first: Column, second: Column) -> pd.DataFrame:
    """The corners of the front of two columns that have a direction; empty where one has none."""
    if not (first.direction and second.direction) or first.levels or second.levels:
        return pd.DataFrame()
    values = table.frame[[first.id, second.id]].to_numpy(float)
    signs = np.array([first.sign, second.sign])
    corners = np.unique(values[pareto_front(values, signs)], axis=0)
    return pd.DataFrame(corners, columns=["x", "y"]) if len(corners) > 1 else pd.DataFrame()


def binned(table: Trials, first: Column, second: Column) -> alt.Chart:
    """How many trials lie where, for more trials than a static figure can show as points."""
    x, y = table.numbers(first), table.numbers(second)
    known = np.isfinite(x) & np.isfinite(y)
    edges = [_edges(values[known], column) for values, column in ((x, first), (y, second))]
    counts, _, _ = np.histogram2d(x[known], y[known], bins=edges)
    i, j = np.nonzero(counts)
    data = pd.DataFrame(
        {"x": edges[0][i], "x2": edges[0][i + 1], "y": edges[1][j], "y2": edges[1][j + 1], "trials": counts[i, j]}
    )
    return (
        alt.Chart(data)
        .mark_rect()
        .encode(
            x=alt.X("x:Q", title=first.name, scale=_binned_scale(first)),
            y=alt.Y("y:Q", title=second.name, scale=_binned_scale(second)),
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color("trials:Q", scale=alt.Scale(scheme=theme.SEQUENTIAL, type="log"), title="trials"),
        )
        .properties(width=theme.WIDTH, height=theme.HEIGHT)
    )


def _edges(values: np.ndarray, column: Column) -> np.ndarray:
    if len(values) == 0 or column.levels is not None:
        return np.arange(len(column.levels or ("",)) + 1) - 0.5
    low, high = float(values.min()), float(values.max())
    if column.log and low > 0:
        return np.geomspace(low, high * (1 + 1e-9) if high > low else 2 * low, BINS + 1)
    return np.linspace(low, high if high > low else low + 1, BINS + 1)


def _binned_scale(column: Column) -> alt.Scale:
    return alt.Scale(type="log") if column.log else alt.Scale(zero=False)
