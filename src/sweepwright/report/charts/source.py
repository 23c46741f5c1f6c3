"""What a chart function may be given: a study, or the analysis of one that is there already."""

from functools import lru_cache
from typing import TypeAlias

from sweepwright.errors import InputError
from sweepwright.problem import Goal
from sweepwright.study.analysis import Analysis
from sweepwright.study.study import Study

Source: TypeAlias = Study | Analysis


def analysis_of(source: Source) -> Analysis:
    """The analysis of a study; one that is given is kept, with all that it has computed."""
    return source if isinstance(source, Analysis) else _remembered(source)


@lru_cache(maxsize=4)
def _remembered(study: Study) -> Analysis:
    """One analysis per open study, so that a second figure of it does not fit the effect models again."""
    return Analysis(study)


def goal_of(analysis: Analysis, measure: str | None) -> tuple[str, int]:
    """A measure (the first goal unless named) and its sign; 1 for a measure that is no goal."""
    goals: tuple[Goal, ...] = analysis.study.goals
    name = measure or goals[0].name
    if f"measure.{name}" not in analysis.all_runs:
        raise InputError(f"{analysis.study.folder} has no measure {name!r}. Its goals are {', '.join(g.name for g in goals)}.")
    return name, next((goal.sign for goal in goals if goal.name == name), 1)
