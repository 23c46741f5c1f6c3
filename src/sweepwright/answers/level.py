"""What one trial gives on average over new runs, as everything that the study knows says it."""

from dataclasses import replace

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.estimates import Estimate, believed
from sweepwright.choosing.frame import measures_in, valued
from sweepwright.choosing.noise.components import copies_of
from sweepwright.errors import InputError, has_no


def level_of(analysis: Analysis, trial: int, measure: str | None = None) -> Estimate:
    """The level of a trial by a measure (the first goal), in the measure's unit, with its 90 % interval.

    By the runs that the choice was made by where the trial is among those and the measure is a goal, else by the search's, at its effort.
    Without an interval where nothing was repeated, and for a measure that is no goal. Raises InputError for a trial or a measure that the
    study does not have.
    """
    study, goals = analysis.study, [aim.measure for aim in analysis.aims]
    name = measure if measure is not None else goals[0]
    if trial not in study.state.trials:
        raise InputError(f"The study has the trials 0 to {len(study.state.trials) - 1}, but got {trial!r}.")
    known = measures_in(analysis.every)
    if name not in known:
        raise InputError(has_no("The study", "measure", name, known))
    decided = analysis.weighing.levels
    among = trial in decided.trials and name in goals
    levels, runs = (decided, analysis.deciding) if among else (analysis.levels_of_search, analysis.search)
    at = "" if among or not analysis.at_effort else f", at effort {study.searching}"
    own = valued(runs[~copies_of(runs) & (runs["trial"] == trial)], name)
    if own.empty:
        raise InputError(f"Trial {trial} has no run with a value of {name!r} that a choice may look at.")
    if name in goals and trial in levels.trials:
        found = believed(levels, study.goals, trial, runs)[goals.index(name)]
        return replace(found, kind="level" if levels.is_known else found.kind, meaning=found.meaning + at)
    meaning = f"what the trial gives on average over new runs{at}; only goals have an interval"
    numbers = tuple(int(run) for run in own["run"])
    return Estimate("level", name, float(analysis.level(name)[trial]), None, None, len(numbers), meaning, numbers)
