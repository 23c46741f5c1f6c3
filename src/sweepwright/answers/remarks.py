"""What a problem itself says of a choice, in its own words; its sentences join the verdict at the places that their codes name."""

import traceback
from importlib import import_module

from sweepwright.answers.results import ResultsOfStudy
from sweepwright.nouns.statement import Statement
from sweepwright.study.study import Study


def remarks(study: Study) -> tuple[Statement, ...]:
    """The problem's statements of a study that has chosen; where they cannot be made it is said why, and the verdict stands."""
    if study.problem.remarks is None:
        return ()
    module, _, name = study.problem.remarks.partition(":")
    try:
        return tuple(getattr(import_module(module), name)(ResultsOfStudy(study)))
    except Exception as error:  # a problem's own code must not cost the verdict
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename.rsplit('/', 1)[-1]}, line {place.lineno}"
        text = f"What {study.problem.name} says of its own choice could not be made: {type(error).__name__}: {error} ({where})."
        return (Statement("careful.remarks", text),)
