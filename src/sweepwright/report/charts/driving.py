"""Which hyperparameter drives which measure: shares, shapes, pairs, and what of the range was tried."""

import altair as alt
import numpy as np
import pandas as pd

from sweepwright.answers.analysis import Analysis
from sweepwright.choosing.effects.drivers import Drivers
from sweepwright.choosing.effects.shapes import isolation as isolated
from sweepwright.choosing.encoding import Kind
from sweepwright.errors import InputError
from sweepwright.figures import theme
from sweepwright.figures.steps import step_color
from sweepwright.report.charts.source import Source, analysis_of, goal_of

TILE = 74
SMALL = (230, 150)
MOST_SHAPES = 6


def found_drivers(analysis: Analysis, measures: tuple[str, ...] | None) -> Drivers:
    return analysis.drivers(measures) if measures else analysis.drivers_of_goals


def driver_matrix(study: Source, measures: tuple[str, ...] | None = None) -> alt.LayerChart:
    """Total shares of every hyperparameter (columns) for every measure (rows), in [0, 1]; "?" where it is not resolved.

    A share is a total Sobol index: totals may sum above 1. The default are the goals.

    >>> import sweepwright as sw
    >>> chart = sw.report.driver_matrix(sw.report.example_study())
    >>> [layer["mark"]["type"] for layer in chart.to_dict()["layer"]]
    ['rect', 'rect', 'text', 'text']
    """
    effects = found_drivers(analysis_of(study), measures).effects
    data = effects[effects["where"] != "active"].copy()
    resolved = data["resolved"].astype(bool)
    data["said"] = np.where(resolved, data["total"].map("{:.2f}".format), "?")
    data["share"] = data["total"].where(resolved)
    data["interval"] = [
        f"[{a:.2f}, {b:.2f}]" if np.isfinite(a) else "none" for a, b in zip(data["low"], data["high"], strict=True)
    ]
    order = (
        data.groupby("parameter", sort=False)["share"]
        .max()
        .fillna(-1)
        .sort_values(ascending=False, kind="stable")
        .index.tolist()
    )
    data = data[["measure", "parameter", "share", "said", "interval", "direction", "reason"]]
    base = alt.Chart(data).encode(
        x=alt.X("parameter:N", sort=order, title=None, axis=alt.Axis(labelAngle=-30, orient="top")),
        y=alt.Y("measure:N", sort=list(dict.fromkeys(data["measure"])), title=None),
        tooltip=["measure:N", "parameter:N", alt.Tooltip("share:Q", format=".2f"), "interval:N", "direction:N", "reason:N"],
    )
    scale = alt.Scale(scheme="blues", domain=[0, 1])
    resolved_only = base.transform_filter("isValid(datum.share)")
    nothing = base.mark_rect(color=theme.QUIET, opacity=0.18)
    tiles = resolved_only.mark_rect().encode(color=alt.Color("share:Q", scale=scale, title="total share"))
    words = resolved_only.mark_text(fontSize=12).encode(
        text="said:N", color=alt.condition("datum.share > 0.55", alt.value("white"), alt.value("#1b2330"))
    )
    unknown = base.transform_filter("!isValid(datum.share)").mark_text(fontSize=12).encode(text="said:N")
    rows = data["measure"].nunique()
    return alt.LayerChart(
        layer=[nothing, tiles, words, unknown],
        width=min(theme.WIDTH + 240, TILE * max(1, len(order))),
        height=max(34, 34 * rows),
    )


def partial_dependence(study: Source, measure: str | None = None) -> alt.ConcatChart:
    """How a measure moves with each hyperparameter that drives it, the others averaged out, with a 90 % band.

    In the unit of the measure, about its mean. Of the resolved hyperparameters the six with the largest shares; where none is
    resolved, the one with the largest share, as no more can be shown.

    >>> import sweepwright as sw
    >>> len(sw.report.partial_dependence(sw.report.example_study()).to_dict()["concat"]) >= 1
    True
    """
    analysis = analysis_of(study)
    name, _ = goal_of(analysis, measure)
    found = found_drivers(analysis, None if name in {a.measure for a in analysis.aims[:4]} else (name,))
    shapes = found.shapes[found.shapes["measure"] == name]
    panels = [_dependence(analysis, shapes[shapes["parameter"] == p], p) for p in shown_parameters(found, name)]
    if not panels:
        raise InputError(f"No effect model could be fitted to {name}: there is no partial dependence to show.")
    return alt.concat(*panels, columns=3).resolve_scale(y="shared")


def shown_parameters(found: Drivers, measure: str) -> list[str]:
    """The parameters whose shapes are worth a look: those resolved, largest share first; else the first one that has a shape."""
    rows = found.effects[(found.effects["measure"] == measure) & (found.effects["where"] != "active")]
    rows = rows.sort_values("total", ascending=False, kind="stable")
    with_shape = set(found.shapes[found.shapes["measure"] == measure]["parameter"])
    resolved = [str(p) for p in rows[rows["resolved"].astype(bool)]["parameter"] if p in with_shape]
    return (resolved or [str(p) for p in rows["parameter"] if p in with_shape][:1])[:MOST_SHAPES]


def _dependence(analysis: Analysis, shape: pd.DataFrame, parameter: str) -> alt.LayerChart:
    axis = next(axis for axis in analysis.axes.axes if axis.name == parameter)
    data = shape[["value", "effect", "low", "high"]].reset_index(drop=True)
    if axis.kind is Kind.CONTINUOUS:
        data["value"] = pd.to_numeric(data["value"])
        x = alt.X(
            "value:Q",
            title=parameter,
            scale=alt.Scale(type="log" if axis.log else "linear", nice=False),
            axis=alt.Axis(format="~g", tickCount=5),
        )
    else:
        x = alt.X(
            "value:O",
            title=parameter,
            sort=list(axis.levels),
            axis=alt.Axis(labelAngle=0 if axis.kind is Kind.ORDERED else -30),
        )
    base = alt.Chart(data).encode(x=x, y=alt.Y("effect:Q", title="effect"))
    spread = (
        base.mark_area(opacity=0.22, color=theme.MAIN)
        if axis.kind is Kind.CONTINUOUS
        else base.mark_rule(strokeWidth=6, opacity=0.3, color=theme.MAIN)
    )
    line = base.mark_line(color=theme.MAIN, point=axis.kind is not Kind.CONTINUOUS)
    band = spread.encode(y=alt.Y("low:Q", title="effect"), y2="high:Q")
    return alt.LayerChart(layer=[band, line], width=SMALL[0], height=SMALL[1])


def strongest_pair(analysis: Analysis, measure: str | None = None) -> tuple[str, str, str] | None:
    """The pair of hyperparameters with the largest two-way share, of a measure or of all goals: (measure, first, second)."""
    found = analysis.drivers_of_goals
    pairs = found.pairs if measure is None else found.pairs[found.pairs["measure"] == measure]
    for row in pairs.sort_values("share", ascending=False).to_dict("records"):
        key = (str(row["measure"]), str(row["first"]), str(row["second"]))
        if key in found.surfaces:
            return key
    return None


def pair_surface(study: Source, measure: str | None = None, first: str | None = None, second: str | None = None) -> alt.Chart:
    """The joint effect of two hyperparameters on a measure, the others averaged out; in the unit of the measure.

    The default is the pair with the largest two-way share. An InputError says when the pair has no surface.

    >>> import sweepwright as sw
    >>> sw.report.pair_surface(sw.report.example_study()).to_dict()["mark"]["type"]
    'rect'
    """
    analysis = analysis_of(study)
    key = (measure or "", first, second) if first and second else strongest_pair(analysis, measure)
    surfaces = analysis.drivers_of_goals.surfaces
    if key not in surfaces:
        known = "; ".join(" x ".join(k[1:]) + f" for {k[0]}" for k in surfaces) or "none"
        raise InputError(f"There is no surface of {first} and {second} for {measure}. There are: {known}.")
    assert key is not None
    name, one, other = str(key[0]), str(key[1]), str(key[2])
    table = surfaces[key]
    step = [max(1, len(table.index) // 24), max(1, len(table.columns) // 24)]
    table = table.iloc[:: step[0], :: step[1]]
    data = table.rename_axis("first").reset_index().melt("first", var_name="second", value_name="effect")
    largest = float(data["effect"].abs().max()) or 1.0
    orders = [[str(v) for v in table.columns], [str(v) for v in table.index][::-1]]
    sparse = [alt.Axis(values=order[:: max(1, len(order) // 7)]) for order in orders]
    return (
        alt.Chart(data.astype({"first": str, "second": str}))
        .mark_rect()
        .encode(
            x=alt.X("second:O", sort=orders[0], title=other, axis=sparse[0]),
            y=alt.Y("first:O", sort=orders[1], title=one, axis=sparse[1]),
            color=alt.Color(
                "effect:Q", title=f"effect on {name}", scale=alt.Scale(scheme=theme.DIVERGING, domain=[-largest, largest])
            ),
            tooltip=["first:O", "second:O", alt.Tooltip("effect:Q", format=".3~g")],
        )
        .properties(width=420, height=320)
    )


def isolation_table(study: Source, measure: str | None = None) -> pd.DataFrame:
    """Best and median of a measure for each value of each driving hyperparameter: parameter, value, best, median, configurations."""
    analysis = analysis_of(study)
    name, sign = goal_of(analysis, measure)
    parameters = shown_parameters(analysis.drivers_of_goals, name) or analysis.axes.names[:3]
    axes, level = analysis.axes, analysis.level(name)
    parts = [isolated(analysis.search, name, p, sign, axes, level).assign(parameter=p) for p in parameters]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def isolation(study: Source, measure: str | None = None) -> alt.ConcatChart:
    """Best and median of a measure over all other hyperparameters, for each value of one; in the unit of the measure.

    One panel for each hyperparameter that drives the measure (Godbole et al. 2023, the Deep Learning Tuning Playbook).

    >>> import sweepwright as sw
    >>> panel = sw.report.isolation(sw.report.example_study()).to_dict()["concat"][0]
    >>> panel["layer"][0]["encoding"]["y"]["title"]
    'f1'
    """
    analysis = analysis_of(study)
    name, _ = goal_of(analysis, measure)
    table = isolation_table(analysis, name)
    panels = []
    for parameter, part in table.groupby("parameter", sort=False) if len(table) else []:
        order = part.sort_values("unit")["value"].tolist()
        long = part.melt(["value", "configurations"], ["best", "median"], var_name="which", value_name="height")
        x = alt.X("value:O", sort=order, title=str(parameter), axis=alt.Axis(labelAngle=-30))
        colours = alt.Scale(domain=["best", "median"], range=[theme.SECOND, theme.MAIN])
        y = alt.Y("height:Q", title=name, scale=alt.Scale(zero=False))
        base = alt.Chart(long).encode(x=x, y=y, color=alt.Color("which:N", scale=colours, title=None))
        tips = ["value:O", alt.Tooltip("height:Q", title=name, format=".4~g"), "configurations:Q"]
        panels.append(
            alt.LayerChart(
                layer=[base.mark_line(), base.mark_point(filled=True, size=45).encode(tooltip=tips)],
                width=SMALL[0],
                height=SMALL[1],
            )
        )
    if not panels:
        raise InputError(f"No configuration has a value of {name} beside others: nothing can be isolated.")
    return alt.concat(*panels, columns=3)


def coverage_table(study: Source) -> pd.DataFrame:
    """Where in its range each trial's hyperparameters lie: trial, parameter, place (in [0, 1]), value, step."""
    analysis = analysis_of(study)
    runs = analysis.search.drop_duplicates("trial")
    units = analysis.axes.encode(runs)
    parts = [
        pd.DataFrame(
            {"trial": runs["trial"].to_numpy(), "parameter": name, "place": units[:, i], "step": runs["step"].to_numpy()}
        )
        for i, name in enumerate(analysis.axes.names)
    ]
    columns = ["trial", "parameter", "place", "step"]
    return pd.concat(parts, ignore_index=True).dropna(subset="place") if parts else pd.DataFrame(columns=columns)


def coverage(study: Source) -> alt.Chart:
    """Which part of each hyperparameter's range was tried, and by which step; 0 is the lower end (or the first level).

    A gap is a place of which nothing is known. Above 1,000 marks, counts per twentieth of the range.

    >>> import sweepwright as sw
    >>> sw.report.coverage(sw.report.example_study()).to_dict()["mark"]["type"]
    'tick'
    """
    data = coverage_table(study)
    names = list(dict.fromkeys(data["parameter"]))
    y = alt.Y("parameter:N", sort=names, title=None)
    size = {"width": theme.WIDTH, "height": max(60, 30 * len(names))}
    if len(data) <= theme.MOST_POINTS * 2:
        return (
            alt.Chart(data)
            .mark_tick(thickness=2, opacity=0.65)
            .encode(
                x=alt.X("place:Q", title="place in the range", scale=alt.Scale(domain=[0, 1])),
                y=y,
                color=step_color(data["step"]),
            )
            .properties(**size)
        )
    data["bin"] = np.minimum(np.floor(data["place"] * 20), 19) / 20
    counts = data.groupby(["parameter", "bin"]).size().rename("trials").reset_index()
    counts["end"] = counts["bin"] + 0.05
    return (
        alt.Chart(counts)
        .mark_rect()
        .encode(
            x=alt.X("bin:Q", title="place in the range", scale=alt.Scale(domain=[0, 1])),
            x2="end:Q",
            y=y,
            color=alt.Color("trials:Q", scale=alt.Scale(scheme=theme.SEQUENTIAL), title="trials"),
        )
        .properties(**size)
    )
