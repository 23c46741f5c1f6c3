"""Trade-offs between goals: rank correlations, raw and for a given third; and groups that tell another story."""

import altair as alt
import numpy as np
import pandas as pd

from sweepwright.choosing.encoding import label
from sweepwright.choosing.frame import completed, measure_column, parameter_column, short_name
from sweepwright.choosing.tradeoffs import Reversal
from sweepwright.errors import InputError
from sweepwright.figures import theme
from sweepwright.report.charts.source import Source, analysis_of


def associations_table(study: Source) -> pd.DataFrame:
    """Rank correlations of every pair of goals: pair, kind (raw, or for a given third), value, low, high, configurations."""
    rows = []
    for found in analysis_of(study).associations:
        pair = f"{found.first} and {found.second}"
        rows.append((pair, "raw", found.raw, found.raw_low, found.raw_high, found.configurations))
        if found.given is not None:
            rows.append((pair, f"for a given {found.given}", found.partial, found.low, found.high, found.configurations))
    table = pd.DataFrame(rows, columns=["pair", "kind", "value", "low", "high", "configurations"])
    return table[np.isfinite(table["value"].astype(float))]


def associations(study: Source) -> alt.LayerChart:
    """How goals go together over configurations: rank correlations in [-1, 1] with 90 % intervals, raw and partial.

    1 is the same order. Only space-filling rows count where there are any. An InputError says when no pair is resolved.

    >>> import sweepwright as sw
    >>> sw.report.associations(sw.report.example_study()).to_dict()["layer"][0]["encoding"]["x"]["title"]
    'rank correlation'
    """
    data = associations_table(study)
    if data.empty:
        raise InputError("No two goals have values for enough configurations: no association can be shown.")
    base = alt.Chart(data).encode(
        y=alt.Y("pair:N", sort=None, title=None),
        color=alt.Color("kind:N", title=None),
        yOffset="kind:N",
    )
    x = alt.X("low:Q", title="rank correlation", scale=alt.Scale(domain=[-1, 1]))
    tips = ["pair:N", "kind:N", alt.Tooltip("value:Q", format=".2f"), "configurations:Q"]
    bars = base.mark_rule(strokeWidth=3).encode(x=x, x2="high:Q")
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x="value:Q", tooltip=tips)
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(strokeDash=[3, 3]).encode(x="zero:Q")
    return alt.LayerChart(layer=[bars, points, zero], width=theme.WIDTH - 120, height=max(50, 34 * data["pair"].nunique()))


def strata_table(study: Source, found: Reversal) -> pd.DataFrame:
    """Two goals by configuration and group (their levels; by condition, means in it): trial, group, first, second."""
    runs = analysis_of(study).runs
    column = found.by if found.by == "condition" else parameter_column(found.by)
    names = [measure_column(found.first), measure_column(found.second)]
    known = completed(runs)
    if found.by != "condition":
        levels = {column: known["trial"].map(analysis_of(study).level(short_name(column))) for column in names}
        known = known.assign(**levels)
    means = known.groupby(["trial", known[column].map(label, na_action="ignore")])[names].mean().dropna().reset_index()
    means.columns = ["trial", "group", "first", "second"]
    return means


def strata(study: Source, found: Reversal) -> alt.LayerChart:
    """Two goals of every configuration by a third column, a line through each group: where groups tell another story.

    `found` is one of `Analysis(study).reversals`.

    >>> from sweepwright.choosing.tradeoffs import Reversal
    >>> of = Reversal("f1", "aligned_rmse", "loss", (0.5, 0.1, 0.8), {"triplet": (-0.5, -0.8, -0.1)})
    >>> import sweepwright as sw
    >>> sw.report.strata(sw.report.example_study(), of).to_dict()["layer"][0]["encoding"]["color"]["title"]
    'loss'
    """
    data = strata_table(study, found)
    base = alt.Chart(data).encode(
        x=alt.X("first:Q", title=found.first, scale=alt.Scale(zero=False)),
        y=alt.Y("second:Q", title=found.second, scale=alt.Scale(zero=False)),
        color=alt.Color("group:N", title=found.by),
    )
    points = base.mark_circle(size=45, opacity=0.6).encode(tooltip=["trial:Q", "group:N"])
    lines = base.transform_regression("first", "second", groupby=["group"]).mark_line(strokeWidth=2.5)
    return alt.LayerChart(layer=[points, lines], width=theme.WIDTH, height=theme.HEIGHT)
