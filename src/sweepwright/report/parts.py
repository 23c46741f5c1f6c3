"""The parts of a report that every study has: drivers, trade-offs, noise, the search, health. Each says what is missing."""

import pandas as pd

from sweepwright.errors import InputError
from sweepwright.measures.health import Verdict
from sweepwright.problem import Figure
from sweepwright.report.charts import association, driving, progress, robustness, training, turning
from sweepwright.report.charts import trials as points
from sweepwright.report.charts.choice import rank_intervals
from sweepwright.report.columns import Trials
from sweepwright.report.explained import driver_sentences, health_sentences, rank_sentences, threshold_sentence
from sweepwright.report.part import Part
from sweepwright.study.analysis import Analysis

MOST_REVERSALS = 2
SHAPED = 2  # goals whose shapes and strongest pairs are drawn


def core_parts(analysis: Analysis, trials: Trials | None) -> list[Part]:
    """The parts in the order of the page."""
    return [
        _drivers(analysis),
        _tradeoffs(analysis, trials),
        _noise(analysis),
        _search(analysis),
        _health(analysis),
    ]


def _drivers(analysis: Analysis) -> Part:
    part, goal = Part("drivers", "Drivers"), analysis.study.goals[0].name
    part.say(lambda: driver_sentences(analysis.drivers_of_goals))
    part.say(lambda: [edge.sentence for edge in analysis.edges])
    part.say(lambda: [effect.sentence for effect in analysis.unit_effects])
    if part.missing:
        return part
    part.draw(
        "drivers",
        "How much of each goal's variation over the space goes with each hyperparameter, with its interactions (total Sobol "
        "share of the noise-free effect, from a model fitted to the configuration means). Shares of a row may sum above 1; ? is "
        "not resolved: the data cannot tell it from nothing.",
        lambda: driving.driver_matrix(analysis),
        lambda: analysis.drivers_of_goals.effects,
    )
    for k, aim in enumerate(analysis.aims[:SHAPED]):
        if k == 0 or analysis.drivers_of_goals.first(aim.measure) is not None:
            part.draw(
                numbered("partial_dependence", k),
                f"How {aim.measure} moves with each hyperparameter that drives it, the others averaged out, about its mean. Bands: 90 %, "
                "from 40 subsamples of the configurations.",
                lambda name=aim.measure: driving.partial_dependence(analysis, name),
                lambda name=aim.measure: _of_measure(analysis.drivers_of_goals.shapes, name),
            )
    keys = [key for aim in analysis.aims[:SHAPED] if (key := driving.strongest_pair(analysis, aim.measure)) is not None]
    for k, key in enumerate(keys):
        part.draw(
            numbered("pair", k),
            _pair_caption(analysis, key),
            lambda key=key: driving.pair_surface(analysis, *key),
            lambda key=key: analysis.drivers_of_goals.surfaces[key].rename_axis(key[1]).reset_index(),
        )
    part.draw(
        "isolation",
        f"The best and the median {goal} at each value of a hyperparameter, over all values of the others that were tried. A best "
        "curve that is flat says that the others can make up for it.",
        lambda: driving.isolation(analysis),
        lambda: driving.isolation_table(analysis),
    )
    part.draw(
        "coverage",
        "Which part of each range was tried, and by which step: 0 is its lower end or its first level. Of a gap nothing is known.",
        lambda: driving.coverage(analysis),
        lambda: driving.coverage_table(analysis),
    )
    return part


def numbered(name: str, k: int) -> str:
    """The name of the first figure of its kind, and of the next ones."""
    return name if k == 0 else f"{name}_{k + 1}"


def _of_measure(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    return table[table["measure"] == measure]


def _pair_caption(analysis: Analysis, key: tuple[str, str, str]) -> str:
    measure, first, second = key
    pairs = _of_measure(analysis.drivers_of_goals.pairs, measure)
    share = pairs[(pairs["first"] == first) & (pairs["second"] == second)]["share"].iloc[0]
    return (
        f"The strongest pair for {measure}: the joint effect of {first} and {second}, the others averaged out, about its mean. Their "
        f"interaction alone has a share of {share:.2f}."
    )


def _tradeoffs(analysis: Analysis, trials: Trials | None) -> Part:
    part = Part("tradeoffs", "Trade-offs")
    part.say(lambda: [found.sentence for found in analysis.associations])
    part.say(lambda: [found.sentence for found in analysis.reversals])
    if trials is None or part.missing:
        return part
    if len(trials.goals) > 1 or trials.of_kind("cost"):
        part.draw(
            "tradeoff",
            "Every trial by its first two goals (or its cost), means over its runs; the dashed line joins those that no other one "
            "beats in both. It follows the selection above.",
            lambda: points.tradeoff(analysis, color=first_driver(analysis), trials=trials),
            lambda: named(trials),
        )
    if any(found.raw == found.raw for found in analysis.associations):
        part.draw(
            "associations",
            "Rank correlation of every two goals over configurations of the space-filling step, raw and for a given third goal; 90 % "
            "intervals by bootstrap. 1 is the same order, so two goals with opposite directions agree at -1.",
            lambda: association.associations(analysis),
            lambda: association.associations_table(analysis),
        )
    for k, found in enumerate(analysis.reversals[:MOST_REVERSALS]):
        part.draw(
            f"reversal_{k + 1}",
            f"{found.sentence} Lines are least squares within each group.",
            lambda found=found: association.strata(analysis, found),
            lambda found=found: association.strata_table(analysis, found),
        )
    if len(trials.goals) > 2 and all(goal.levels is None for goal in trials.goals[:3]):
        part.draw(
            "tradeoff_3d",
            "Every trial by its first three goals, each over its range, seen from one side; above 1,000 trials a sample.",
            lambda: turning.tradeoff_3d_still(analysis, trials=trials),
            lambda: named(trials),
            lambda: turning.tradeoff_3d(analysis, trials=trials),
        )
    return part


def first_driver(analysis: Analysis) -> str | None:
    """The hyperparameter that drives the first goal, else the first one: the colour of trials before a reader picks another."""
    return analysis.drivers_of_goals.first(analysis.aims[0].measure) or next(iter(analysis.axes.names), None)


def named(trials: Trials) -> pd.DataFrame:
    """The trials' table with the names that people read."""
    table = trials.frame.rename(columns={column.id: column.name for column in trials.columns})
    return table.reset_index()


def _noise(analysis: Analysis) -> Part:
    part, goal = Part("noise", "Noise and robustness"), analysis.study.goals[0].name
    part.say(lambda: [floor.sentence for floor in analysis.floors])
    if analysis.study.adopted:  # a search of ours leaves out what is inactive, and gathers what is good: twins would mislead
        part.say(lambda: [finding.sentence for finding in analysis.inactive])
    chosen = (analysis.study.choice() or {}).get("chosen")
    part.say(lambda: rank_sentences(analysis, chosen))
    if part.missing:
        return part
    part.say(lambda: [threshold_sentence(logged, analysis.decision.chosen) for logged in analysis.decision.log])
    part.draw(
        "noise",
        "What moves each goal: the standard deviation between configurations beside that of another seed, and of another split where "
        "several trials share splits (moment estimates; lines are 90 % intervals).",
        lambda: robustness.noise(analysis),
        lambda: robustness.noise_table(analysis),
    )
    part.draw(
        "replicates",
        f"Every run of the best trials that ran more than once: what another seed or draw of the data does to {goal}. Ticks are means.",
        lambda: robustness.replicates(analysis),
        lambda: robustness.replicates_table(analysis),
    )
    if len(analysis.ranks):
        part.draw(
            "ranks",
            f"The ranks that each finalist may have by {goal} (90 %, all differences at once), from fresh draws on which none of them was "
            "picked (doi:10.1111/rssa.12560).",
            lambda: rank_intervals(analysis),
            lambda: analysis.ranks.reset_index(),
        )
    if robustness.compared_runs(analysis)["condition"].nunique() > 1:
        part.draw(
            "conditions",
            f"{goal} of the candidates in every condition in which they ran: means, with lines from the smallest run to the largest. "
            "Controls are spoiled on purpose.",
            lambda: robustness.conditions(analysis),
            lambda: robustness.conditions_table(analysis),
        )
    return part


def _search(analysis: Analysis) -> Part:
    part, goal = Part("search", "Was the search long enough?"), analysis.study.goals[0].name
    limits = analysis.study.state.limits
    part.say(
        lambda: [
            f"The step {step} ended before its plan was done: {limit.get('why', 'a limit was reached')}."
            for step, limit in limits.items()
        ]
    )
    part.draw(
        "history",
        f"Mean {goal} of every trial in the order of proposals, and the best so far; very bad ones lie at the edge. The best of noisy values rises through luck too.",
        lambda: progress.history(analysis),
        lambda: progress.history_table(analysis),
    )
    part.draw(
        "tuning_curve",
        f"The best {goal} that one may expect after n trials of the space-filling step (exact, drawn without replacement from shrunken "
        "means), and where 90 % of such searches end. Steep at the end: more trials would have paid.",
        lambda: progress.tuning_curve(analysis),
        lambda: progress.tuning_table(analysis),
    )
    part.draw(
        "timeline",
        "When each run ran, since the first one began, side by side as far as they overlapped.",
        lambda: progress.timeline(analysis),
        lambda: progress.timeline_table(analysis),
    )
    return part


def _health(analysis: Analysis) -> Part:
    part, chosen = Part("health", "Health of the training"), (analysis.study.choice() or {}).get("chosen")
    try:
        best = chosen if chosen is not None else analysis.decision.chosen
        if best is not None:
            part.say(lambda: health_sentences(analysis, best))
    except InputError as error:
        part.lack(error)
        return part
    part.draw(
        "health",
        "How many runs of each step have which verdict; the verdict comes from curves and facts, its bounds stand in the documentation.",
        lambda: training.health_counts(analysis),
        lambda: training.health_table(analysis),
    )
    part.draw(
        "curves",
        "Training curves of the candidates in the reference condition: medians over their runs, bands from the lowest to the highest.",
        lambda: training.curves(analysis),
        lambda: training.curves_table(analysis, list(robustness.candidates(analysis))),
    )
    causes = causes_table(analysis)
    if len(causes):
        part.figures.append(
            Figure(
                name="causes",
                caption="Runs that did not end well, or whose training was not healthy, by what happened.",
                table=causes,
            )
        )
    criteria = criteria_table(analysis, best)
    if len(criteria):
        part.figures.append(
            Figure(name="criteria", caption=f"The study file's criteria, run by run of trial {best}.", table=criteria)
        )
    return part


def causes_table(analysis: Analysis) -> pd.DataFrame:
    """What happened to runs that failed or were not healthy: ending, verdict, runs, trials, the first run and its cause."""
    runs = analysis.study.runs()
    sick = runs[(runs["ending"] != "COMPLETED") | (runs["verdict"] != "HEALTHY")]
    if sick.empty:
        return pd.DataFrame()
    spoken = sick["verdict"].map(lambda name: str(Verdict[name]) if name in Verdict.__members__ else "not said")
    causes = sick["cause"].where(sick["cause"] != "", spoken)
    alike = causes.str.replace(r"\d+(\.\d+)?(e[-+]?\d+)?", "#", regex=True)  # the same but for its numbers
    grouped = sick.assign(cause=causes, alike=alike).groupby(["ending", "verdict", "alike"], sort=False)
    columns = {
        "runs": ("run", "size"),
        "trials": ("trial", "nunique"),
        "first_run": ("run", "min"),
        "cause": ("cause", "first"),
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
