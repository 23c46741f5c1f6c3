"""What one trial gives on average over new runs, as everything that the study knows says it."""

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.estimates import Estimate
from sweepwright.choosing.frame import measure_column, valued
from sweepwright.choosing.noise.components import copies_of
from sweepwright.errors import InputError, has_no


def level_of(analysis: Analysis, trial: int, measure: str | None = None) -> Estimate:
    """The level of a trial by a measure (the first goal), in the measure's unit, with its 90 % interval.

    By the runs that the choice was made by where the trial is among those, else by the search's, at its effort. Without an interval where
    nothing was repeated, and for a measure that is no goal. Raises InputError for a trial or a measure that the study does not have.
    """
    study, goals = analysis.study, [aim.measure for aim in analysis.aims]
    name = measure if measure is not None else goals[0]
    if trial not in study.state.trials:
        raise InputError(f"The study has the trials 0 to {len(study.state.trials) - 1}, but got {trial!r}.")
    if measure_column(name) not in analysis.every:
        known = [
            str(column).removeprefix(measure_column(""))
            for column in analysis.every
            if str(column).startswith(measure_column(""))
        ]
        raise InputError(has_no("The study", "measure", name, known))
    decided = analysis.weighing.levels
    among = trial in decided.trials
    levels, runs = (decided, analysis.deciding) if among else (analysis.levels_of_search, analysis.search)
    own = valued(runs[~copies_of(runs) & (runs["trial"] == trial)], name)
    numbers = tuple(int(run) for run in own["run"])
    if not numbers:
        raise InputError(f"Trial {trial} has no run with a value of {name!r} that a choice may look at.")
    at = "" if among or not analysis.at_effort else f", at effort {study.searching}"
    if name not in goals or trial not in levels.trials:
        meaning = f"what the trial gives on average over new runs{at}; only goals have an interval"
        return Estimate("level", name, float(analysis.level(name)[trial]), None, None, len(numbers), meaning, numbers)
    place, i = levels.trials.tolist().index(trial), goals.index(name)
    if not levels.is_known:
        meaning = f"the mean of its runs: {levels.why_unknown}, so how far it can be trusted is unknown"
        return Estimate("as measured", name, float(levels.measured[place, i]), None, None, len(numbers), meaning, numbers)
    low, high = (float(end) for end in levels.interval(trial, i))
    meaning = f"what the trial gives {levels.where}, judged together with all others{at}"
    return Estimate("level", name, float(levels.mean[place, i]), low, high, len(numbers), meaning, numbers)
