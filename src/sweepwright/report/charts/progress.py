"""Was the search long enough? The best so far, what fewer trials would have found, and when which run ran."""

from datetime import datetime

import altair as alt
import numpy as np
import pandas as pd

from sweepwright.choosing.frame import space_filling, valued
from sweepwright.choosing.tuning import expected_best
from sweepwright.errors import InputError
from sweepwright.figures import theme
from sweepwright.figures.steps import step_color
from sweepwright.nouns.phase import SEARCH_OR_ADOPTED, Step
from sweepwright.record.events import RunEnded
from sweepwright.report.charts.source import Source, analysis_of, goal_of

MOST_BARS = 1500
TOGETHER_MINUTES = 0.001  # results that are written together: that much of an overlap is none
SHORT_MINUTES = 3.0  # a study of less than that is shown in seconds


def history_table(study: Source, measure: str | None = None) -> pd.DataFrame:
    """Trials in the order in which they were proposed: order, trial, step, value (their level), best so far."""
    analysis = analysis_of(study)
    name, sign = goal_of(analysis, measure)
    known = valued(analysis.search, name)
    known = known[known["step"].isin(SEARCH_OR_ADOPTED)]
    table = known.groupby("trial").agg(step=("step", "first")).reset_index()
    table["value"] = analysis.level(name).reindex(table["trial"]).to_numpy()
    table.insert(0, "order", np.arange(1, len(table) + 1))
    table["best"] = sign * np.maximum.accumulate(sign * table["value"]) if len(table) else []
    return table


def history(study: Source, measure: str | None = None) -> alt.LayerChart:
    """The level of every trial of the search in the order of proposals, by step, and the best of them so far.

    In the unit of the measure: what a trial gives on an average draw, as all runs together say; where nothing was repeated, as
    measured, so that the line rises (or falls) by luck too. Above 1,000 trials, counts per bin.

    >>> import sweepwright as sw
    >>> sw.report.history(sw.report.example_study()).to_dict()["layer"][1]["mark"]["type"]
    'line'
    """
    analysis = analysis_of(study)
    name, _ = goal_of(analysis, measure)
    data = history_table(analysis, name)
    if data.empty:
        raise InputError(f"No trial of the search has a value of {name}: there is no history.")
    low, high = robust_range(data["value"], data["best"])
    y = alt.Y("value:Q", title=name, scale=alt.Scale(domain=[low, high], clamp=True))
    base = alt.Chart(data).encode(x=alt.X("order:Q", title="trials, in the order of proposals", scale=alt.Scale(nice=False)))
    if len(data) > theme.MOST_POINTS:
        points = _binned_history(data, low, high, y)
    else:
        points = base.mark_circle(size=30, opacity=0.75).encode(
            y=y,
            color=step_color(data["step"]),
            tooltip=["trial:Q", "step:N", alt.Tooltip("value:Q", title=name, format=".4~g")],
        )
    steps_up = data[data["best"].ne(data["best"].shift()) | (data["order"] == len(data))]
    line = (
        alt.Chart(steps_up[["order", "best"]])
        .mark_line(interpolate="step-after", color=theme.SECOND)
        .encode(x="order:Q", y=alt.Y("best:Q", title=name))
    )
    return alt.LayerChart(layer=[points, line], width=theme.WIDTH + 80, height=theme.HEIGHT - 60)


def _binned_history(data: pd.DataFrame, low: float, high: float, y: alt.Y) -> alt.Chart:
    """How many trials lie where, for more of them than a static figure can show as points."""
    edges = [np.linspace(0.5, len(data) + 0.5, 81), np.linspace(low, high, 41)]
    counts, _, _ = np.histogram2d(data["order"], data["value"].clip(low, high), bins=edges)
    i, j = np.nonzero(counts)
    bins = {"order": edges[0][i], "order2": edges[0][i + 1], "value": edges[1][j], "value2": edges[1][j + 1]}
    color = alt.Color("trials:Q", scale=alt.Scale(scheme="blues", type="log"), title="trials")
    frame = pd.DataFrame(bins | {"trials": counts[i, j]})
    return alt.Chart(frame).mark_rect().encode(x="order:Q", x2="order2:Q", y=y, y2="value2:Q", color=color)


def robust_range(values: pd.Series, always: pd.Series) -> tuple[float, float]:
    """A range that a few very bad values do not blow up: quartiles and three times their distance, and what must be seen."""
    q1, q3 = values.quantile([0.25, 0.75])
    reach = 3 * (q3 - q1) or 1e-12 + abs(q3) * 0.1
    low = min(max(float(values.min()), float(q1 - reach)), float(always.min()))
    high = max(min(float(values.max()), float(q3 + reach)), float(always.max()))
    margin = 0.04 * (high - low)
    return low - margin, high + margin


def tuning_table(study: Source, measure: str | None = None) -> pd.DataFrame:
    """The best level that one may expect of n trials of the space-filling step: n, expected, low, high."""
    analysis = analysis_of(study)
    name, sign = goal_of(analysis, measure)
    known = valued(analysis.runs, name)
    known = known[space_filling(known)]
    explored = known.loc[known["step"].isin((Step.EXPLORE, Step.ADOPTED)), "trial"].unique()
    return expected_best(analysis.level(name).reindex(explored).to_numpy(float), sign)


def tuning_curve(study: Source, measure: str | None = None) -> alt.LayerChart:
    """The best value that one may expect after n trials of the space-filling step, with where 90 % of such searches end.

    In the unit of the measure, from the trials' levels, so that luck is not counted as progress. A curve that is
    still steep at its end says that more trials would have paid.

    >>> import sweepwright as sw
    >>> sw.report.tuning_curve(sw.report.example_study()).to_dict()["layer"][1]["encoding"]["x"]["title"]
    'trials'
    """
    analysis = analysis_of(study)
    name, _ = goal_of(analysis, measure)
    data = tuning_table(analysis, name)
    if len(data) < 2:
        if not space_filling(analysis.search).any():
            raise InputError("Every configuration was proposed by results: what fewer of them would have found cannot be told.")
        raise InputError("Fewer than two configurations were explored: there is no tuning curve.")
    base = alt.Chart(data).encode(
        x=alt.X("n:Q", title="trials", scale=alt.Scale(type="log", nice=False), axis=alt.Axis(format="~g", tickCount=6))
    )
    band = base.mark_area(opacity=0.22, color=theme.MAIN).encode(
        y=alt.Y("low:Q", title=f"best {name}", scale=alt.Scale(zero=False)), y2="high:Q"
    )
    line = base.mark_line(color=theme.MAIN).encode(y="expected:Q")
    return alt.LayerChart(layer=[band, line], width=theme.WIDTH, height=theme.HEIGHT - 80)


def timeline_table(study: Source) -> pd.DataFrame:
    """When each run ran: run, trial, step, start and end in minutes since the first, ending, lane."""
    analysis = analysis_of(study)
    planned = analysis.study.state.planned
    rows = []
    for event in analysis.events:
        if isinstance(event, RunEnded) and event.at and event.run in planned:
            end, plan = datetime.fromisoformat(event.at).timestamp(), planned[event.run]
            rows.append((event.run, plan.trial, plan.phase.step.value, end - event.seconds, end, event.ending.name))
    table = pd.DataFrame(rows, columns=["run", "trial", "step", "start", "end", "ending"]).sort_values("start", kind="stable")
    if len(table):
        first = float(table["start"].min())
        table[["start", "end"]] = (table[["start", "end"]] - first) / 60
    free: list[float] = []
    lanes = []
    for start, end in zip(table["start"], table["end"], strict=True):
        lane = next((i for i, until in enumerate(free) if until <= start + TOGETHER_MINUTES), len(free))
        free[lane : lane + 1] = [end]
        lanes.append(lane + 1)
    return table.assign(lane=lanes)


def timeline(study: Source) -> alt.Chart:
    """When each run ran, side by side as far as they overlap, by step; since the first run began (minutes; seconds of a short study).

    Above 1,500 runs: how many ended per fiftieth of the time. An InputError says when the times are not known, as in a sweep
    that was run elsewhere.

    >>> import sweepwright as sw
    >>> sw.report.timeline(sw.report.example_study()).to_dict()["encoding"]["x"]["title"]
    'seconds'
    """
    analysis = analysis_of(study)
    data = timeline_table(analysis)
    if data.empty or analysis.study.adopted:
        raise InputError("It is not known when these runs ran.")
    color = step_color(data["step"])
    unit = "minutes"
    if float(data["end"].max()) < SHORT_MINUTES:
        unit, data[["start", "end"]] = "seconds", 60 * data[["start", "end"]]
    size = {"width": theme.WIDTH + 80, "height": min(220, max(70, 14 * int(data["lane"].max())))}
    if len(data) <= MOST_BARS:
        return (
            alt.Chart(data)
            .mark_bar(height=9)
            .encode(
                x=alt.X("start:Q", title=unit),
                x2="end:Q",
                y=alt.Y("lane:O", title="at once"),
                color=color,
                tooltip=["run:Q", "trial:Q", "step:N", "ending:N"],
            )
            .properties(**size)
        )
    width = max(float(data["end"].max()), 1e-9) / 50
    data["from"] = np.minimum(np.floor(data["end"] / width), 49) * width
    counts = data.groupby(["from", "step"]).size().rename("runs").reset_index()
    counts["to"] = counts["from"] + width
    return (
        alt.Chart(counts)
        .mark_bar()
        .encode(x=alt.X("from:Q", title=unit, bin="binned"), x2="to:Q", y=alt.Y("runs:Q", title="runs that ended"), color=color)
        .properties(width=theme.WIDTH + 80, height=160)
    )
