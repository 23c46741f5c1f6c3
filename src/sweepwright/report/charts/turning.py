"""Three columns of the trials at once: a view that turns (Plotly), and the same seen from one side where nothing turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from sweepwright.answers.trials import Column, Trials, trials_of
from sweepwright.errors import InputError
from sweepwright.figures import theme
from sweepwright.nouns.plain import Plain
from sweepwright.report.charts.source import Source, analysis_of
from sweepwright.report.charts.trials import colour

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

AZIMUTH, ELEVATION = np.deg2rad(35.0), np.deg2rad(22.0)


@dataclass(frozen=True, slots=True)
class _View:
    """Three numeric columns of the trials, and the one that colours them."""

    table: Trials
    three: tuple[Column, Column, Column]
    color: Column | None

    @classmethod
    def of(cls, study: Source, trials: Trials | None, names: Sequence[str | None], color: str | None) -> "_View":
        """The columns that were named, else goals, then costs, then other measures."""
        table = trials or trials_of(analysis_of(study))
        asked = [table.column(name) for name in names if name]
        for column in (*table.goals, *table.of_kind("cost"), *table.of_kind("measure"), *table.of_kind("parameter")):
            if len(asked) < 3 and column.levels is None and all(column.id != a.id for a in asked):
                asked.append(column)
        if len(asked) < 3:
            raise InputError(f"A view of three columns needs three numeric ones, but there are {len(asked)}.")
        shade = table.column(color) if color else next(iter(table.of_kind("parameter")), None)
        return cls(table, (asked[0], asked[1], asked[2]), shade)


def tradeoff_3d(
    study: Source,
    x: str | None = None,
    y: str | None = None,
    z: str | None = None,
    color: str | None = None,
    trials: Trials | None = None,
) -> "Figure":
    """Three columns of the trials in a view that turns (Plotly, WebGL), coloured by a fourth.

    The default are the goals, then costs and measures. See `tradeoff_3d_still` for a picture of it.

    >>> import sweepwright as sw
    >>> sw.report.tradeoff_3d(sw.report.example_study(), "f1", "aligned_rmse", "seconds").data[0].type
    'scatter3d'
    """
    from plotly.graph_objects import Figure, Scatter3d

    view = _View.of(study, trials, (x, y, z), color)
    table, three, fourth = view.table, view.three, view.color
    values = [table.numbers(column) for column in three]
    marker: Plain = {"size": 4, "opacity": 0.85, "color": theme.MAIN}
    if fourth is not None:
        shade = table.numbers(fourth)
        marker |= {"color": np.log10(shade) if fourth.log else shade, "colorscale": "Viridis", "showscale": True}
        marker |= {
            "colorbar": {
                "title": {"text": f"log10 {plain(fourth.name)}" if fourth.log else plain(fourth.name)},
                "thickness": 12,
            }
        }
    points = Scatter3d(
        x=values[0], y=values[1], z=values[2], mode="markers", marker=marker, text=[f"trial {t}" for t in table.frame.index]
    )
    axes = {
        f"{letter}axis": {"title": {"text": plain(column.name)}, "type": "log" if column.log else "linear"}
        for letter, column in zip("xyz", three, strict=True)
    }
    return Figure(points).update_layout(scene=axes, margin={"l": 0, "r": 0, "t": 0, "b": 0}, height=480)


def plain(name: str) -> str:
    """A name as Plotly may show it, which reads a few HTML tags in titles.

    >>> plain("<b>f1</b>")
    '&lt;b&gt;f1&lt;/b&gt;'
    """
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tradeoff_3d_still(
    study: Source,
    x: str | None = None,
    y: str | None = None,
    z: str | None = None,
    color: str | None = None,
    trials: Trials | None = None,
) -> alt.LayerChart:
    """The same three columns seen from one side (35 degrees round, 22 up): for paper, and where nothing turns.

    Each column runs from 0 to 1 over its range, logarithmically where it is so; the three edges are named. Above 1,000 trials a sample of them.

    >>> import sweepwright as sw
    >>> len(sw.report.tradeoff_3d_still(sw.report.example_study(), "f1", "aligned_rmse", "seconds").to_dict()["layer"])
    3
    """
    view = _View.of(study, trials, (x, y, z), color)
    table, three, fourth = view.table, view.three, view.color
    cube = np.column_stack([_unit(table.numbers(column), column.log) for column in three])
    across, up = _seen(cube)
    data = pd.DataFrame({"trial": table.frame.index, "across": across, "up": up, "depth": _depth(cube)})
    if fourth is not None:
        data[fourth.id] = table.frame[fourth.id].to_numpy()
    data = data.dropna(subset=["across", "up"])
    if len(data) > theme.MOST_POINTS:
        data = data.sample(theme.MOST_POINTS, random_state=0)
    data = data.sort_values("depth")
    nothing = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
    place = {
        "x": alt.X("across:Q", axis=nothing, title=None, scale=alt.Scale(domain=[-0.15, 1.55])),
        "y": alt.Y("up:Q", axis=nothing, title=None, scale=alt.Scale(domain=[-0.45, 1.35])),
    }
    points = (
        alt.Chart(data)
        .mark_circle(size=45, opacity=0.8, stroke="white", strokeWidth=0.4)
        .encode(**place, **colour(fourth), tooltip="trial:Q")
    )
    edges, names = _edges(three)
    lines = alt.Chart(edges).mark_line(color=theme.QUIET, strokeWidth=1).encode(**place, detail="edge:N")
    words = alt.Chart(names).mark_text(fontSize=12).encode(**place, text="name:N")
    return alt.LayerChart(layer=[lines, points, words], width=theme.WIDTH, height=400)


def _unit(values: np.ndarray, log: bool) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.log(values) if log else values
    finite = values[np.isfinite(values)]
    if len(finite) == 0 or np.ptp(finite) == 0:
        return np.where(np.isfinite(values), 0.5, np.nan)
    return np.where(np.isfinite(values), (values - finite.min()) / np.ptp(finite), np.nan)


def _seen(cube: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where points of the unit cube are seen: orthographic."""
    x, y, z = cube.T
    across = x * np.cos(AZIMUTH) + y * np.sin(AZIMUTH)
    away = -x * np.sin(AZIMUTH) + y * np.cos(AZIMUTH)
    return across, z * np.cos(ELEVATION) + away * np.sin(ELEVATION)


def _depth(cube: np.ndarray) -> np.ndarray:
    return -(-cube[:, 0] * np.sin(AZIMUTH) + cube[:, 1] * np.cos(AZIMUTH))


def _edges(three: tuple[Column, Column, Column]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The edges of the cube that the axes run along, and their names."""
    corners = {0: ([0, 0, 0], [1, 0, 0]), 1: ([1, 0, 0], [1, 1, 0]), 2: ([0, 0, 0], [0, 0, 1])}
    rows, names = [], []
    for edge, (start, end) in corners.items():
        across, up = _seen(np.array([start, end], dtype=float))
        rows += [(edge, across[0], up[0]), (edge, across[1], up[1])]
        names.append(
            (three[edge].name, across.mean() + (-0.1 if edge == 2 else 0.05), up.mean() - (0.0 if edge == 2 else 0.09))
        )
    return pd.DataFrame(rows, columns=["edge", "across", "up"]), pd.DataFrame(names, columns=["name", "across", "up"])
