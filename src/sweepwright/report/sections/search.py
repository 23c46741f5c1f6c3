"""Was the search long enough?"""

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.trials import Trials
from sweepwright.nouns.statement import Statement
from sweepwright.report.chapter import Chapter
from sweepwright.report.charts import progress
from sweepwright.report.core_sections import CoreSection


def search(analysis: Analysis, trials: Trials | None) -> Chapter:
    """The best so far, what fewer trials would have found, and when which run ran."""
    chapter, goal = Chapter("search", "Was the search long enough?", folded=True), analysis.study.goals[0].name
    limits, adopted = analysis.study.state.limits, analysis.study.adopted
    order, which = ("the sweep", "of the sweep") if adopted else ("proposals", "of the space-filling step")
    chapter.say(
        lambda: [
            Statement("limit", f"The step {phase} ended before its plan was done: {limit.why}.")
            for phase, limit in limits.items()
        ]
    )
    chapter.draw(
        "history",
        f"The level of every trial by {goal}{analysis.at_effort} in the order of {order}, and the best so far; very bad ones lie at the edge. Where nothing was repeated, levels are values as measured, whose best rises through luck too.",
        lambda: progress.history(analysis),
        lambda: progress.history_table(analysis),
    )
    chapter.draw(
        "tuning_curve",
        f"The best {goal} that one may expect after n trials {which} (exact, drawn without replacement from the "
        "trials' levels), and where 90 % of such searches end. Steep at the end: more trials would have paid.",
        lambda: progress.tuning_curve(analysis),
        lambda: progress.tuning_table(analysis),
    )
    chapter.draw(
        "timeline",
        "When each run ran, since the first one began, side by side as far as they overlapped.",
        lambda: progress.timeline(analysis),
        lambda: progress.timeline_table(analysis),
    )
    return chapter


KEEPER = CoreSection(place=4, build=search)
