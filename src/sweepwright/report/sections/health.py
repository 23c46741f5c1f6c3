"""Health of the training."""

import pandas as pd

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.explaining import health_sentences
from sweepwright.answers.trials import Trials
from sweepwright.errors import InputError
from sweepwright.nouns.condition import ConditionKind
from sweepwright.nouns.figure import Figure
from sweepwright.nouns.statement import listed
from sweepwright.nouns.verdict import Verdict
from sweepwright.report.chapter import Chapter
from sweepwright.report.charts import robustness, training
from sweepwright.report.core_sections import CoreSection

LOOKED_AT = 20  # runs
MOST_CONDITIONS = 3  # named
NO_CAUSE = (Verdict.HEALTHY.name, Verdict.NOT_JUDGED.name)


def health(analysis: Analysis, trials: Trials | None) -> Chapter:
    """Verdicts, curves, causes and criteria."""
    chapter, chosen = Chapter("health", "Health of the training", folded=True), analysis.study.chosen
    if not _has_curves(analysis) and not analysis.study.file.criteria:
        return _without_curves(analysis)
    try:
        best = chosen if chosen is not None else analysis.weighing.chosen
        if best is not None:
            chapter.say(lambda: health_sentences(analysis, best))
    except InputError as error:
        chapter.lack(error)
        return chapter
    chapter.draw(
        "health",
        "How many runs of each step have which verdict; the verdict comes from curves and facts, its bounds stand in the documentation.",
        lambda: training.health_counts(analysis),
        lambda: training.health_table(analysis),
    )
    chapter.draw(
        "curves",
        "Training curves of the candidates in the reference condition: medians over their runs, bands from the lowest to the highest.",
        lambda: training.curves(analysis),
        lambda: training.curves_table(analysis, list(robustness.candidates(analysis))),
    )
    causes = causes_table(analysis)
    if len(causes):
        chapter.figures.append(_causes(causes))
    criteria = criteria_table(analysis, best)
    if len(criteria):
        chapter.figures.append(
            Figure(name="criteria", caption=f"The study file's criteria, run by run of trial {best}.", table=criteria)
        )
    return chapter


def _has_curves(analysis: Analysis) -> bool:
    """Whether training was recorded: by the first runs, as reading those of thousands takes long."""
    study = analysis.study
    if study.adopted_curves is not None:
        return len(study.adopted_curves) > 0
    return any(study.curves(number) for number in list(study.state.ended)[:LOOKED_AT])


def _without_curves(analysis: Analysis) -> Chapter:
    """Where nothing was recorded while training, only what did not end well can be told."""
    chapter = Chapter("health", "Runs that did not end well", folded=True)
    causes = causes_table(analysis)
    if len(causes):
        chapter.figures.append(_causes(causes))
        failing = [said for said in health_sentences(analysis, None) if said.code.startswith(("completion", "drivers"))]
        chapter.say(lambda: failing)
    return chapter


def _causes(table: pd.DataFrame) -> Figure:
    caption = "Runs that did not end well, or whose training was not healthy, by what happened, and in which conditions."
    return Figure(name="causes", caption=caption, table=table)


def causes_table(analysis: Analysis) -> pd.DataFrame:
    """What happened to runs that failed or were not healthy: ending, verdict, runs, trials, the first run and its cause, and in which conditions."""
    runs = analysis.study.runs()
    sick = runs[(runs["ending"] != "COMPLETED") | ~runs["verdict"].isin(NO_CAUSE)]
    if sick.empty:
        return pd.DataFrame()
    spoken = sick["verdict"].map(lambda name: str(Verdict[name]) if name in Verdict.__members__ else "not said")
    causes = sick["cause"].where(sick["cause"] != "", spoken)
    alike = causes.str.replace(r"\d+(\.\d+)?(e[-+]?\d+)?", "#", regex=True)  # the same but for its numbers
    grouped = sick.assign(cause=causes, alike=alike).groupby(["ending", "verdict", "alike"], sort=False)
    study = analysis.study
    controls = set() if study.adopted else {one.name for one in study.resolved.conditions if one.kind is ConditionKind.CONTROL}

    def places(names: pd.Series) -> str:
        return listed([f"{name} (a control)" if name in controls else name for name in names.unique()], MOST_CONDITIONS)

    columns = {
        "runs": ("run", "size"),
        "trials": ("trial", "nunique"),
        "first_run": ("run", "min"),
        "cause": ("cause", "first"),
        "in": ("condition", places),
    }
    table = grouped.agg(**columns).reset_index().drop(columns="alike")
    return table.sort_values("runs", ascending=False, kind="stable").rename(columns={"cause": "cause of the first"})


def criteria_table(analysis: Analysis, trial: int | None) -> pd.DataFrame:
    """The criteria of the study file for a trial: criterion, met (met, not met, not applicable), note."""
    if trial is None:
        return pd.DataFrame()
    words = {True: "met", False: "not met", None: "not applicable"}
    rows = [(text, words[c.met], c.note) for text, found in analysis.criteria(trial).items() for c in found]
    return pd.DataFrame(rows, columns=["criterion", "met", "note"])


KEEPER = CoreSection(place=5, build=health)
