"""What is known of the choice: estimates side by side, and ranks of the finalists."""

import altair as alt
import pandas as pd

from sweepwright.answers.estimates import OPTIMISTIC
from sweepwright.figures import theme
from sweepwright.report.charts.source import Source, analysis_of, answer_of

MOST_RANKS = 25  # trials: more are no picture
ROW_PIXELS = 26


def estimates_table(study: Source, measure: str | None = None) -> pd.DataFrame:
    """The estimates of the chosen trial (or of the procedure), one row each: kind, value, low, high, runs, meaning."""
    answer = answer_of(study)
    name = measure or answer.study.goals[0].name
    found = [e for e in answer.verdict.estimates if e.measure == name]
    rows = [(e.kind, e.value, e.low, e.high, e.runs, e.meaning) for e in found]
    return pd.DataFrame(rows, columns=["kind", "value", "low", "high", "runs", "meaning"])


def estimate_intervals(study: Source, measure: str | None = None) -> alt.LayerChart:
    """What is known of the chosen trial by one measure: every estimate with its 90 % interval, optimistic ones hollow.

    In the unit of the measure. Estimates without an interval are points.

    >>> import sweepwright as sw
    >>> chart = sw.report.estimate_intervals(sw.report.example_study())
    >>> "kind" in chart.to_dict()["layer"][0]["encoding"]["y"]["field"]
    True
    """
    answer = answer_of(study)
    name = measure or answer.study.goals[0].name
    data = estimates_table(answer, name)
    data["optimistic"] = data["kind"].isin(OPTIMISTIC)
    base = alt.Chart(data).encode(y=alt.Y("kind:N", sort=None, title=None))
    bars = base.mark_rule(strokeWidth=3, color=theme.MAIN).encode(
        x=alt.X("low:Q", title=name, scale=alt.Scale(zero=False)), x2="high:Q"
    )
    points = base.mark_point(size=90, filled=True, color=theme.MAIN, opacity=1).encode(
        x=alt.X("value:Q", title=name, scale=alt.Scale(zero=False)),
        shape=alt.Shape("optimistic:N", scale=alt.Scale(domain=[False, True], range=["circle", "diamond"]), legend=None),
        color=alt.condition("datum.optimistic", alt.value(theme.SECOND), alt.value(theme.MAIN)),
        tooltip=["kind:N", alt.Tooltip("value:Q", format=".4~g"), alt.Tooltip("meaning:N")],
    )
    return alt.LayerChart(layer=[bars, points], width=theme.WIDTH, height=max(60, ROW_PIXELS * len(data)))


def rank_intervals(study: Source) -> alt.LayerChart:
    """Which rank each trial that could be chosen may have by its level of the first goal (1 is the best), with 90 %.

    Empty where nothing was repeated.

    >>> import sweepwright as sw
    >>> sw.report.rank_intervals(sw.report.example_study()).to_dict()["layer"][0]["mark"]["type"]
    'rule'
    """
    analysis = analysis_of(study)
    data = analysis.ranks.reset_index().sort_values(["low", "high"]).head(MOST_RANKS)
    data["trial"] = data["trial"].map(lambda trial: f"trial {trial}") if len(data) else []
    chosen = analysis.study.chosen
    order = data["trial"].tolist()
    base = alt.Chart(data).encode(y=alt.Y("trial:N", sort=order, title=None))
    own = alt.condition(f"datum.trial === 'trial {chosen}'", alt.value(theme.SECOND), alt.value(theme.MAIN))
    rules = base.mark_rule(strokeWidth=5, strokeCap="round").encode(
        x=alt.X("low:Q", title="rank (1 is the best)", axis=alt.Axis(tickMinStep=1), scale=alt.Scale(domainMin=1)),
        x2="high:Q",
        color=own,
        tooltip=["trial:N", "low:Q", "high:Q"],
    )
    points = base.mark_tick(thickness=2, size=14).encode(x="low:Q", color=own)
    return alt.LayerChart(layer=[rules, points], width=theme.WIDTH, height=max(60, 18 * len(data)))
