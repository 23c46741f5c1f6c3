"""Where the search went: the first goal and the sparsity over C and l1_ratio."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from sweepwright.figures import theme
from sweepwright.nouns.figure import Figure
from sweepwright.nouns.plain import Plain, Settings
from sweepwright.nouns.results import Results
from sweepwright.nouns.run import Run
from sweepwright.nouns.verdict import Verdict

BY = ["C", "l1_ratio"]


def surface(results: Results) -> Sequence[Figure]:
    """The first goal over C and l1_ratio, with sparsity, and unfinished fits marked."""
    goal, chosen = results.goals[0], results.chosen.configuration
    others = [name for name in chosen if name not in BY]
    runs = [run for run in results.explored() if all(run.configuration.get(name) == chosen[name] for name in others)]
    if not runs:  # one surface: the chosen class weight and feature set
        return []
    table = pd.DataFrame([_row(run, goal.name) for run in runs])
    count = int(table.groupby(BY).size().max())
    frame = _grid(table, chosen)
    capped = " Red crosses: the solver stopped at its cap in most folds." if (frame["mark"] == "unfinished").any() else ""
    fixed = "".join(f", {name} = {chosen[name]}" for name in others)
    return [
        Figure(
            name="search_surface",
            caption=f"Mean {goal.name} over {count} runs for every configuration of the grid{fixed}. Red frame: chosen.{capped} Scores of the search: optimistic at the top.",
            chart=_scores(frame, goal.name),
            table=frame,
        ),
        Figure(
            name="sparsity",
            caption="Mean number of nonzero coefficients of the same configurations: fewer are easier to read.",
            chart=_sparsity(frame),
            table=frame[["C", "l1_ratio", "nonzero"]],
        ),
    ]


def _row(run: Run, goal: str) -> Plain:
    """What the surface needs of a run."""
    about = {name: run.configuration[name] for name in BY}
    unfinished = run.verdict is Verdict.UNFINISHED
    measured = {"value": run.measured.get(goal), "nonzero": run.measured.get("nonzero")}
    return {**about, "replicate": run.replicate, **measured, "unfinished": unfinished}


def _grid(table: pd.DataFrame, chosen: Settings) -> pd.DataFrame:
    """One row per configuration: means, spread over runs, sparsity, and what is marked (chosen, unfinished)."""
    table = table.astype({"value": float, "nonzero": float})
    frame = table.groupby(BY, as_index=False).agg(
        mean=("value", "mean"), sd=("value", "std"), nonzero=("nonzero", "mean"), unfinished=("unfinished", "mean")
    )
    frame = frame.assign(C=frame["C"].map("{:g}".format), l1_ratio=frame["l1_ratio"].map("{:g}".format))
    frame["mark"] = np.where(frame["unfinished"] > 0.5, "unfinished", "")
    frame.loc[(frame["C"] == f"{chosen['C']:g}") & (frame["l1_ratio"] == f"{chosen['l1_ratio']:g}"), "mark"] = "chosen"
    return frame


def _tiles(frame: pd.DataFrame) -> tuple[alt.Chart, int, int]:
    """What both surfaces share: a tile per configuration with its numbers; width and height."""
    cs = sorted(frame["C"].unique(), key=float)
    ratios = sorted(frame["l1_ratio"].unique(), key=float, reverse=True)
    numbers = ("mean", "sd", "nonzero", "unfinished")
    base = alt.Chart(frame).encode(
        x=alt.X("C:N", sort=cs, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("l1_ratio:N", sort=ratios, title="l1_ratio"),
        tooltip=["C:N", "l1_ratio:N", *(alt.Tooltip(f"{name}:Q", format=".4~g") for name in numbers)],
    )
    return base, 54 * len(cs), 26 * len(ratios)


def _scores(frame: pd.DataFrame, goal: str) -> alt.LayerChart:
    base, width, height = _tiles(frame)
    low = float(frame["mean"].quantile(0.15))
    middle = (low + float(frame["mean"].max())) / 2
    tiles = base.mark_rect(clip=True).encode(
        color=alt.Color("mean:Q", scale=alt.Scale(scheme="viridis", domainMin=low, clamp=True), title=f"mean {goal}")
    )
    numbers = base.mark_text(fontSize=10).encode(
        text=alt.Text("mean:Q", format=".3f"),
        color=alt.condition(f"datum.mean > {middle}", alt.value(theme.INK), alt.value("white")),
    )
    frames = base.transform_filter("datum.mark == 'chosen'").mark_rect(filled=False, stroke=theme.BAD, strokeWidth=3)
    dots = base.transform_filter("datum.mark == 'unfinished'").mark_point(shape="cross", size=22, color=theme.BAD, dx=20, dy=-8)
    return alt.LayerChart(layer=[tiles, numbers, frames, dots], width=width, height=height)


def _sparsity(frame: pd.DataFrame) -> alt.LayerChart:
    base, width, height = _tiles(frame)
    shade = alt.Color("nonzero:Q", scale=alt.Scale(type="symlog", scheme="oranges"), title="nonzero coefficients")
    counts = base.mark_text(fontSize=10).encode(
        text=alt.Text("nonzero:Q", format=".0f"),
        color=alt.condition(f"datum.nonzero > {float(frame['nonzero'].max()) / 4}", alt.value("white"), alt.value(theme.INK)),
    )
    return alt.LayerChart(layer=[base.mark_rect().encode(color=shade), counts], width=width, height=height)
