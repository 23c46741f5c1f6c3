"""What a chart function may be given: a study, its analysis, or the whole answer that is there already."""

from typing import TypeAlias

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.answer import FullAnswer
from sweepwright.choosing.frame import measure_column, measures_in
from sweepwright.errors import InputError, has_no
from sweepwright.nouns.goal import Goal
from sweepwright.study.study import Study

Source: TypeAlias = Study | Analysis | FullAnswer

MOST_REMEMBERED = 4
_REMEMBERED: list[tuple[Study, int, FullAnswer]] = []  # the last ones, with how many events the ledger had then


def answer_of(source: Source) -> FullAnswer:
    """All that can be said of a study; an answer that is given is kept, with all that it has computed.

    A second figure of an open study does not fit the effect models again; one whose ledger has grown is looked at anew.
    """
    if isinstance(source, FullAnswer):
        return source
    if isinstance(source, Analysis):
        return FullAnswer(source)
    events = source.state.applied
    for study, known, answer in _REMEMBERED:
        if study is source and known == events:
            return answer
    answer = FullAnswer.of(source)
    _REMEMBERED[:] = [(source, events, answer), *(known for known in _REMEMBERED if known[0] is not source)][:MOST_REMEMBERED]
    return answer


def analysis_of(source: Source) -> Analysis:
    """The analysis of a study, or of what is known of it already."""
    return source if isinstance(source, Analysis) else answer_of(source).analysis


def goal_of(analysis: Analysis, measure: str | None) -> tuple[str, int]:
    """A measure (the first goal unless named) and its sign; 1 for a measure that is no goal."""
    goals: tuple[Goal, ...] = analysis.study.goals
    name = measure or goals[0].name
    if measure_column(name) not in analysis.all_runs:
        raise InputError(has_no(analysis.study.folder, "measure", name, measures_in(analysis.all_runs)))
    return name, next((goal.sign for goal in goals if goal.name == name), 1)
