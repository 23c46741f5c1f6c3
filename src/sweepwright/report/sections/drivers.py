"""Drivers: which hyperparameter drives which measure."""

import pandas as pd

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.explaining import driver_sentences
from sweepwright.answers.trials import Trials
from sweepwright.report.chapter import Chapter
from sweepwright.report.charts import driving
from sweepwright.report.core_sections import CoreSection

SHAPED = 2  # goals whose shapes and strongest pairs are drawn


def drivers(analysis: Analysis, trials: Trials | None) -> Chapter:
    """Shares, shapes, the strongest pairs, and what of the range was tried."""
    chapter, goal = Chapter("drivers", "Drivers", folded=True), analysis.study.goals[0].name
    chapter.say(lambda: driver_sentences(analysis.drivers_of_goals))
    chapter.say(lambda: [analysis.ablation.statement] if analysis.ablation is not None else [])
    chapter.say(lambda: [edge.statement for edge in analysis.edges])
    chapter.say(lambda: [effect.statement for effect in analysis.unit_effects])
    if chapter.missing:
        return chapter
    chapter.draw(
        "drivers",
        "How much of each goal's variation over the space goes with each hyperparameter, with its interactions (total Sobol "
        "share of the noise-free effect, from a model fitted to the configuration means). Shares of a row may sum above 1; ? is "
        "not resolved: the data cannot tell it from nothing.",
        lambda: driving.driver_matrix(analysis),
        lambda: analysis.drivers_of_goals.effects,
    )
    for k, aim in enumerate(analysis.aims[:SHAPED]):
        if k == 0 or analysis.drivers_of_goals.first(aim.measure) is not None:
            chapter.draw(
                numbered("partial_dependence", k),
                f"How {aim.measure} moves with each hyperparameter that drives it, the others averaged out, about its mean. Bands: 90 %, "
                "from 40 subsamples of the configurations.",
                lambda name=aim.measure: driving.partial_dependence(analysis, name),
                lambda name=aim.measure: _of_measure(analysis.drivers_of_goals.shapes, name),
            )
    keys = [key for aim in analysis.aims[:SHAPED] if (key := driving.strongest_pair(analysis, aim.measure)) is not None]
    for k, key in enumerate(keys):
        chapter.draw(
            numbered("pair", k),
            _pair_caption(analysis, key),
            lambda key=key: driving.pair_surface(analysis, *key),
            lambda key=key: analysis.drivers_of_goals.surfaces[key].rename_axis(key[1]).reset_index(),
        )
    chapter.draw(
        "isolation",
        f"The best and the median {goal} at each value of a hyperparameter, over all values of the others that were tried. A best "
        "curve that is flat says that the others can make up for it.",
        lambda: driving.isolation(analysis),
        lambda: driving.isolation_table(analysis),
    )
    chapter.draw(
        "coverage",
        "Which part of each range was tried, and by which step: 0 is its lower end or its first level. Of a gap nothing is known.",
        lambda: driving.coverage(analysis),
        lambda: driving.coverage_table(analysis),
    )
    return chapter


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


def first_driver(analysis: Analysis) -> str | None:
    """The hyperparameter that drives the first goal, else the first one: the colour of trials before a reader picks another."""
    return analysis.drivers_of_goals.first(analysis.aims[0].measure) or next(iter(analysis.axes.names), None)


KEEPER = CoreSection(place=1, build=drivers)
