"""Noise and robustness: where variance comes from, what seeds do, and how the candidates fare in every condition."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from sweepwright.answers.analysis import Analysis
from sweepwright.choosing.frame import valued
from sweepwright.errors import InputError
from sweepwright.figures import theme
from sweepwright.figures.steps import step_color
from sweepwright.nouns.condition import ConditionKind
from sweepwright.nouns.phase import Step
from sweepwright.report.charts.source import Source, analysis_of, goal_of

MOST_TRIALS = 20
NOISE = "seed (noise)"
NOISE_OF_FOLDS = "one fold (noise)"  # its seed and its rows: the mean over a draw's folds varies less


def noise_table(study: Source) -> pd.DataFrame:
    """The standard deviations that move each goal: measure, source, sd, low, high (90 %), degrees of freedom; noise is that of one run."""
    analysis = analysis_of(study)
    named = {"noise": NOISE if analysis.folds == 1 else NOISE_OF_FOLDS}
    rows = [
        (floor.measure, named.get(part.name, part.name), part.sd, part.low, part.high, part.freedom)
        for floor in analysis.floors
        for part in ((*floor.components,) if floor.components else ((floor.noise,) if floor.noise else ()))
    ]
    return pd.DataFrame(rows, columns=["measure", "source", "sd", "low", "high", "freedom"])


def noise(study: Source) -> alt.ConcatChart:
    """What moves each goal: the standard deviation between configurations beside that of seeds and splits.

    In the unit of the measure, one panel each; lines are 90 % intervals where there is one. An InputError says when nothing was
    repeated, so that nothing can be said.

    >>> import sweepwright as sw
    >>> len(sw.report.noise(sw.report.example_study()).to_dict()["concat"]) >= 1
    True
    """
    data = noise_table(study)
    if data.empty:
        raise InputError("No configuration was repeated: the noise is unknown.")
    panels = []
    for measure, part in data.groupby("measure", sort=False):
        base = alt.Chart(part).encode(y=alt.Y("source:N", sort=None, title=None))
        bars = base.mark_bar(color=theme.MAIN, height=12).encode(
            x=alt.X("sd:Q", title=f"sd of {measure}"), tooltip=["source:N", alt.Tooltip("sd:Q", format=".3~g"), "freedom:Q"]
        )
        spread = base.mark_rule(color=theme.SECOND, strokeWidth=2).encode(x="low:Q", x2="high:Q")
        panels.append(alt.LayerChart(layer=[bars, spread], width=300, height=max(40, 26 * len(part))))
    return alt.concat(*panels, columns=2)


def replicates_table(study: Source, measure: str | None = None) -> pd.DataFrame:
    """Every run of the trials that ran more than once (the best 20 of them): trial, value, level, step, run, seed, replicate."""
    analysis = analysis_of(study)
    name, sign = goal_of(analysis, measure)
    known = valued(analysis.all_runs, name)
    grouped = known.groupby("trial")["value"]
    known = known.assign(level=known["trial"].map(analysis.level(name)), count=grouped.transform("size"))
    repeated = known[known["count"] > 1]
    best = repeated.drop_duplicates("trial").assign(good=lambda t: sign * t["level"]).nlargest(MOST_TRIALS, "good")["trial"]
    found = repeated[repeated["trial"].isin(best)].sort_values("level", ascending=sign < 0, kind="stable")
    return found[["trial", "value", "level", "step", "run", "seed", "replicate"]].reset_index(drop=True)


def replicates(study: Source, measure: str | None = None) -> alt.LayerChart:
    """What another seed or draw does: every run of the best repeated trials, their level as a tick; in the measure's unit.

    An InputError says when nothing was repeated.

    >>> import sweepwright as sw
    >>> sw.report.replicates(sw.report.example_study()).to_dict()["layer"][0]["encoding"]["x"]["title"]
    'f1'
    """
    analysis = analysis_of(study)
    name, _ = goal_of(analysis, measure)
    data = replicates_table(analysis, name)
    if data.empty:
        raise InputError("No configuration was repeated: what another seed does is unknown.")
    data["trial"] = data["trial"].map("trial {}".format)
    order = list(dict.fromkeys(data["trial"]))
    base = alt.Chart(data).encode(y=alt.Y("trial:N", sort=order, title=None))
    x = alt.X("value:Q", title=name, scale=alt.Scale(zero=False))
    tips = ["run:Q", "seed:N", "replicate:Q", alt.Tooltip("value:Q", title=name, format=".4~g")]
    points = base.mark_circle(size=40, opacity=0.6).encode(x=x, color=step_color(data["step"]), tooltip=tips)
    levels = base.mark_tick(thickness=2.5, size=14, color=theme.QUIET).encode(x=alt.X("level:Q", title=name))
    return alt.LayerChart(layer=[points, levels], width=theme.WIDTH, height=max(60, 18 * len(order)))


def conditions_table(study: Source, measure: str | None = None) -> pd.DataFrame:
    """The mean of a measure in every condition for the candidates: condition, trial, role, mean, low, high, runs.

    Candidates are the chosen one, the runner-up and the incumbent, as far as they ran there; low and high are the smallest and
    the largest run. Means are taken over the draws of the data that all of them met there: others are not compared.
    """
    analysis = analysis_of(study)
    name, _ = goal_of(analysis, measure)
    runs, who = valued(compared_runs(analysis), name), candidates(analysis)
    rows = []
    for condition, there in runs.groupby("condition", sort=False):
        there = on_draws_of_all(there, list(who))
        for trial, part in there.groupby("trial", sort=False):
            values = part["value"]
            rows.append((condition, trial, who[int(str(trial))], values.mean(), values.min(), values.max(), len(values)))
    table = pd.DataFrame(rows, columns=["condition", "trial", "role", "mean", "low", "high", "runs"])
    return table.sort_values("trial", key=lambda column: column.map(list(who).index), kind="stable").reset_index(drop=True)


def on_draws_of_all(runs: pd.DataFrame, trials: Sequence[int]) -> pd.DataFrame:
    """The runs of these trials on the draws that all of them met, as far as they ran at all; of the first alone where there is none.

    Where no draw pairs any trials, every run has one of its own, and all are kept.

    >>> runs = pd.DataFrame({"trial": [0, 0, 1, 1, 2], "draw": [0, 1, 1, 2, 0]})
    >>> on_draws_of_all(runs, [0, 1]).index.tolist(), on_draws_of_all(runs, [1, 2]).index.tolist()
    ([1, 2], [2, 3])
    """
    own = runs[runs["trial"].isin(trials)]
    if not (runs.groupby("draw")["trial"].nunique() > 1).any():
        return own
    met = own.groupby("draw")["trial"].nunique()
    common = own[own["draw"].isin(met.index[met == own["trial"].nunique()])]
    first = next((trial for trial in trials if (own["trial"] == trial).any()), None)
    return common if len(common) else own[own["trial"] == first]


def compared_runs(analysis: Analysis) -> pd.DataFrame:
    """The runs that candidates can be compared by: not those inside outer folds, nor the refit that is kept.

    At one effort, as efforts are never mixed: that of most conditions, of several that of the finalists.
    """
    study, runs = analysis.study, analysis.study.runs()
    if study.adopted:
        return runs
    held = {condition.name for condition in study.resolved.conditions if condition.kind is ConditionKind.HELD}
    runs = runs[~runs["condition"].isin(held) & (runs["step"] != Step.KEEP)]
    reach = runs.groupby("effort")["condition"].nunique()
    efforts = [str(effort) for effort in reach.index[reach == reach.max()]] if len(reach) else []
    return runs[runs["effort"] == (study.deciding if study.deciding in efforts else next(iter(efforts), ""))]


def candidates(analysis: Analysis) -> dict[int, str]:
    """The trials that a reader asks for first, and what each of them is."""
    study, choice = analysis.study, analysis.study.choice()
    if choice is not None:
        chosen, runner_up, role = choice.chosen, choice.runner_up, "chosen"
    else:
        weighing, role = analysis.weighing, "chosen" if study.adopted else "best so far"
        chosen, runner_up = weighing.chosen, weighing.runner_up
    found: dict[int, str] = {}
    for trial, name in ((chosen, role), (runner_up, "runner-up"), (analysis.incumbent, "incumbent")):
        if trial is not None:
            found[trial] = f"{found[trial]}, {name}" if trial in found else name
    return found


def conditions(study: Source, measure: str | None = None) -> alt.LayerChart:
    """How the candidates fare in every condition: means in the measure's unit, lines from the smallest run to the largest.

    Controls, which are spoiled on purpose, stand among them. An InputError says when there is one condition only.

    >>> import sweepwright as sw
    >>> sw.report.conditions(sw.report.example_study()).to_dict()["layer"][1]["encoding"]["x"]["title"]
    'f1'
    """
    analysis = analysis_of(study)
    name, _ = goal_of(analysis, measure)
    data = conditions_table(analysis, name)
    if data.empty:
        raise InputError("Nothing was chosen yet: there is no candidate to look at.")
    data["who"] = [f"trial {trial} ({role})" for trial, role in zip(data["trial"], data["role"], strict=True)]
    order = list(dict.fromkeys(data["condition"]))
    x = alt.X("mean:Q", title=name, scale=alt.Scale(zero=False))
    base = alt.Chart(data).encode(
        y=alt.Y("condition:N", sort=order, title=None), yOffset="who:N", color=alt.Color("who:N", title=None)
    )
    spread = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=name, scale=alt.Scale(zero=False)), x2="high:Q")
    points = base.mark_point(filled=True, size=55, opacity=1).encode(
        x=x, tooltip=["condition:N", "who:N", alt.Tooltip("mean:Q", format=".4~g"), "runs:Q"]
    )
    return alt.LayerChart(layer=[spread, points], width=theme.WIDTH, height=max(60, 26 * len(order)))
