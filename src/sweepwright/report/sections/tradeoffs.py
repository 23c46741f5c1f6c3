"""Trade-offs between goals."""

import pandas as pd

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.trials import Trials
from sweepwright.choosing.tradeoffs import is_of_an_adaptive_search
from sweepwright.report.chapter import Chapter
from sweepwright.report.charts import association, turning
from sweepwright.report.charts import trials as points
from sweepwright.report.core_sections import CoreSection
from sweepwright.report.sections.drivers import first_driver

MOST_REVERSALS = 2


def tradeoffs(analysis: Analysis, trials: Trials | None) -> Chapter:
    """How goals go together, and groups that tell another story."""
    chapter = Chapter("tradeoffs", "Trade-offs", folded=True)
    chapter.say(lambda: [found.statement for found in analysis.associations])
    chapter.say(lambda: [found.statement for found in analysis.reversals])
    if trials is None or chapter.missing:
        return chapter
    if len(trials.goals) > 1 or trials.of_kind("cost"):
        chapter.draw(
            "tradeoff",
            "Every trial by its first two goals (or its cost), by levels; the dashed line joins those that no other one "
            "beats in both. It follows the selection above.",
            lambda: points.tradeoff(analysis, color=first_driver(analysis), trials=trials),
            lambda: named(trials),
        )
    if any(found.raw == found.raw for found in analysis.associations):
        chapter.draw(
            "associations",
            f"Rank correlation of every two goals over {_which(analysis)}, raw and for a given third goal; 90 % "
            "intervals by bootstrap. 1 is the same order, so two goals with opposite directions agree at -1.",
            lambda: association.associations(analysis),
            lambda: association.associations_table(analysis),
        )
    for k, found in enumerate(analysis.reversals[:MOST_REVERSALS]):
        chapter.draw(
            f"reversal_{k + 1}",
            f"{found.statement} Lines are least squares within each group.",
            lambda found=found: association.strata(analysis, found),
            lambda found=found: association.strata_table(analysis, found),
        )
    if len(trials.goals) > 2 and all(goal.levels is None for goal in trials.goals[:3]):
        chapter.draw(
            "tradeoff_3d",
            "Every trial by its first three goals, each over its range, seen from one side; above 1,000 trials a sample.",
            lambda: turning.tradeoff_3d_still(analysis, trials=trials),
            lambda: named(trials),
            lambda: turning.tradeoff_3d(analysis, trials=trials),
        )
    return chapter


def _which(analysis: Analysis) -> str:
    if is_of_an_adaptive_search(analysis.runs):
        return "configurations that an adaptive search proposed (it correlates what it selects by)"
    return "configurations of the sweep" if analysis.study.adopted else "configurations of the space-filling step"


def named(trials: Trials) -> pd.DataFrame:
    """The trials' table with the names that people read."""
    table = trials.frame.drop(columns="once").rename(columns={column.id: column.name for column in trials.columns})
    return table.reset_index()


KEEPER = CoreSection(place=2, build=tradeoffs)
