"""Two trials of a study side by side: on the newest confirming draws of both, else by their levels."""

from dataclasses import replace

from sweepwright.answers.analysis import Analysis
from sweepwright.choosing.comparison import Comparison, compare
from sweepwright.choosing.estimator.levels import Levels
from sweepwright.choosing.frame import measure_column, measures_in, valued
from sweepwright.errors import InputError, has_no
from sweepwright.nouns.statement import Statement


def compared(analysis: Analysis, first: int, second: int, measure: str | None = None) -> Comparison:
    """Two trials by a measure (the first goal unless named); of an adopted sweep, the configurations that they are."""
    study = analysis.study
    for trial in (first, second):
        if trial not in study.state.trials:
            raise InputError(f"{study.folder} has no trial {trial}. It has trials 0 to {len(study.state.trials) - 1}.")
    if first == second:
        raise InputError(f"A comparison needs two trials, but got trial {first} twice.")
    name = measure or analysis.aims[0].measure
    if measure_column(name) not in analysis.all_runs:
        raise InputError(has_no(study.folder, "measure", name, measures_in(analysis.all_runs)))
    sign = next((aim.sign for aim in analysis.aims if aim.measure == name), None)
    found = _compared(analysis, first, second, name, sign or 1)
    if sign is not None or found.overall.gain != found.overall.gain:
        return found
    text = f"{name} is no goal, so which direction is better is not known here: a gain is a higher value."
    return replace(found, sentences=(*found.sentences, Statement("gain.direction", text)))


def _compared(analysis: Analysis, first: int, second: int, name: str, sign: int) -> Comparison:
    seed, folds = analysis.study.file.seed, analysis.folds
    if analysis.study.adopted:
        found = compare(analysis.recognised.as_compared(first, second), first, second, name, sign, seed)
        return replace(found, sentences=(*map(analysis.resting, found.sentences), *analysis.recognised.also(first, second)))
    runs = analysis.deciding
    if {first, second}.issubset(valued(runs, name)["trial"].astype(int).tolist()):
        known = _of_both(analysis, analysis.weighing.levels, first, second, name)
        return compare(runs, first, second, name, sign, seed, folds, analysis.confirming, known=known)
    # One of them was no finalist, and those ran with another effort: the search knows both.
    known = _of_both(analysis, analysis.levels_of_search, first, second, name)
    source = "from the runs of the search"
    return compare(analysis.search, first, second, name, sign, seed, folds, analysis.confirming, source, known)


def _of_both(analysis: Analysis, found: Levels, first: int, second: int, name: str) -> Levels | None:
    """The levels that every other answer reads, by a goal; None where they have no joint draws of the two."""
    goals = [aim.measure for aim in analysis.aims]
    if name not in goals or not found.joint(first, second):
        return None
    return found.of(goals.index(name))
