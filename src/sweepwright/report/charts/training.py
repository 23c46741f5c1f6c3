"""Health of the training: verdicts, and curves of any trial."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from sweepwright.answers.trials import spans
from sweepwright.errors import InputError
from sweepwright.figures import theme
from sweepwright.figures.steps import step_color
from sweepwright.report.charts.robustness import candidates
from sweepwright.report.charts.source import Source, analysis_of

MOST_CURVES = 6  # panels
POINTS = 64
CLOCKS = ("epoch", "update", "seconds")  # curves that say when, not what


def health_table(study: Source) -> pd.DataFrame:
    """How many runs have which verdict, by step: verdict, step, runs."""
    runs = analysis_of(study).study.runs()
    return (
        runs.groupby(["verdict", "step"], sort=False).size().rename("runs").reset_index()
        if len(runs)
        else pd.DataFrame(columns=["verdict", "step", "runs"])
    )


def health_counts(study: Source) -> alt.Chart:
    """How many runs of each step have which verdict on their training.

    >>> import sweepwright as sw
    >>> sw.report.health_counts(sw.report.example_study()).to_dict()["encoding"]["x"]["title"]
    'runs'
    """
    data = health_table(study)
    if data.empty:
        raise InputError("No run has ended yet: there is nothing to judge.")
    order = data.groupby("verdict")["runs"].sum().sort_values(ascending=False).index.tolist()
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X("runs:Q", title="runs"),
            y=alt.Y("verdict:N", sort=order, title=None),
            color=step_color(data["step"]),
            tooltip=["verdict:N", "step:N", "runs:Q"],
        )
        .properties(width=theme.WIDTH, height=max(50, 26 * len(order)))
    )


def curves_table(study: Source, trials: Sequence[int], x: str = "epoch") -> pd.DataFrame:
    """Curves of some trials, median and range over their runs: trial, name, x, median, low, high, runs.

    `x` is epoch, update or seconds; the latter two need a curve of that name. At most 64 places each.
    """
    if x not in CLOCKS:
        raise InputError(f"Curves run against {', '.join(CLOCKS)}, but got {x!r}.")
    parts = [_of_trial(study, trial, x) for trial in trials]
    known = [part for part in parts if len(part)]
    columns = ["trial", "name", "x", "median", "low", "high", "runs"]
    return pd.concat(known, ignore_index=True)[columns] if known else pd.DataFrame(columns=columns)


def _of_trial(study: Source, trial: int, x: str) -> pd.DataFrame:
    whole = analysis_of(study).study
    rows = []
    for run in whole.trial(trial).runs:
        if run.condition != whole.reference.name and not whole.adopted:
            continue
        curves = whole.curves(run.number)
        if x != "epoch" and x not in curves:
            continue
        for name, values in curves.items():
            if name not in CLOCKS:
                at = np.arange(len(values)) if x == "epoch" else curves[x]
                rows.append(pd.DataFrame({"name": name, "x": at.astype(float), "value": values, "run": run.number}))
    if not rows:
        return pd.DataFrame()
    long = pd.concat(rows, ignore_index=True)
    edges = np.linspace(long["x"].min(), long["x"].max(), POINTS + 1)
    if long["x"].nunique() > POINTS:
        place = np.clip(np.digitize(long["x"], edges) - 1, 0, POINTS - 1)
        long["x"] = edges[place]
    grouped = long.groupby(["name", "x"], sort=False)
    found = grouped["value"].agg(median="median", low="min", high="max").reset_index()
    found["runs"] = grouped["run"].nunique().to_numpy()
    return found.assign(trial=trial)


def curves(study: Source, trials: Sequence[int] | None = None, x: str = "epoch") -> alt.ConcatChart:
    """Training curves of some trials (the candidates unless named): medians, with bands from the lowest run to the highest.

    One panel for each name; those of training and validation share one. `x` is epoch, update or seconds. An InputError says
    when the study kept no curves.

    >>> import sweepwright as sw
    >>> sw.report.curves(sw.report.example_study(), [0]).to_dict()["concat"][0]["title"]
    'loss'
    """
    analysis = analysis_of(study)
    chosen = list(trials) if trials is not None else list(candidates(analysis))
    data = curves_table(analysis, chosen, x)
    if data.empty:
        raise InputError("These runs kept no curves: their problem reports none, or `keep` leaves them out.")
    data["who"] = data["trial"].map("trial {}".format)
    data["part"], data["panel"] = zip(*(split_name(str(name)) for name in data["name"]), strict=True)
    panels = []
    for panel, part in list(data.groupby("panel", sort=False))[:MOST_CURVES]:
        base = alt.Chart(part).encode(
            x=alt.X("x:Q", title=x, scale=alt.Scale(nice=False)),
            color=alt.Color("who:N", title=None),
        )
        dash = alt.StrokeDash("part:N", title=None, legend=alt.Legend() if part["part"].nunique() > 1 else None)
        wide = spans(part["median"], 100)
        y = alt.Scale(type="log") if wide else alt.Scale(zero=False)
        band = base.mark_area(opacity=0.16).encode(y=alt.Y("low:Q", title=None, scale=y), y2="high:Q")
        line = base.mark_line(strokeWidth=1.8).encode(y=alt.Y("median:Q", title=None, scale=y), strokeDash=dash)
        panels.append(alt.LayerChart(layer=[band, line], width=230, height=150, title=str(panel)))
    return alt.concat(*panels, columns=3)


def split_name(name: str) -> tuple[str, str]:
    """The part of the data that a curve is about, and what it shows.

    >>> split_name("val_loss"), split_name("train_f1"), split_name("loss"), split_name("val")
    (('validation', 'loss'), ('training', 'f1'), ('training', 'loss'), ('validation', 'score'))
    """
    for prefix, part in (("validation", "validation"), ("val", "validation"), ("train", "training")):
        if name == prefix:
            return part, "score"
        if name.startswith(f"{prefix}_"):
            return part, name.removeprefix(f"{prefix}_")
    return "training", name
