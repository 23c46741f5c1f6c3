"""Noise and robustness."""

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.explaining import noise_sentences, rank_sentences, threshold_sentence
from sweepwright.answers.trials import Trials
from sweepwright.report.chapter import Chapter
from sweepwright.report.charts import robustness
from sweepwright.report.charts.choice import rank_intervals
from sweepwright.report.core_sections import CoreSection


def noise(analysis: Analysis, trials: Trials | None) -> Chapter:
    """What moves each goal, what seeds do, and how the candidates fare in every condition."""
    chapter, goal = Chapter("noise", "Noise and robustness", folded=True), analysis.study.goals[0].name
    chapter.say(lambda: noise_sentences(analysis))
    if analysis.study.adopted:
        chapter.say(lambda: analysis.recognised.statements)
    chosen = analysis.study.chosen
    chapter.say(lambda: rank_sentences(analysis, chosen))
    if chapter.missing:
        return chapter
    chapter.say(lambda: [threshold_sentence(logged, analysis.weighing.chosen) for logged in analysis.weighing.log])
    chapter.draw(
        "noise",
        "What moves each goal: the standard deviation between configurations beside that of one run (with folds, of one fold), and of another split where "
        "several trials share splits (moment estimates; lines are 90 % intervals).",
        lambda: robustness.noise(analysis),
        lambda: robustness.noise_table(analysis),
    )
    chapter.draw(
        "replicates",
        f"Every run of the best trials that ran more than once: what another seed or split of the data does to {goal}. Ticks are the trials' levels: what they give on average over new runs{analysis.at_effort}.",
        lambda: robustness.replicates(analysis),
        lambda: robustness.replicates_table(analysis),
    )
    if len(analysis.ranks):
        chapter.draw(
            "ranks",
            f"The ranks that each trial that could be chosen may have by its level of {goal} on average over new runs (90 %).",
            lambda: rank_intervals(analysis),
            lambda: analysis.ranks.reset_index(),
        )
    if robustness.compared_runs(analysis)["condition"].nunique() > 1:
        chapter.draw(
            "conditions",
            f"{goal} of the candidates in every condition in which they ran: means over the splits and seeds that all of them met there, with lines from the smallest run to the largest. "
            "Controls are spoiled on purpose.",
            lambda: robustness.conditions(analysis),
            lambda: robustness.conditions_table(analysis),
        )
    return chapter


KEEPER = CoreSection(place=3, build=noise)
