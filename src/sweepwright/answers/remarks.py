"""What a problem itself says, in its own words: of a choice, and of new data beside what it found in its own."""

import traceback
from importlib import import_module

from sweepwright.answers.results import ResultsOfStudy
from sweepwright.nouns.plain import Facts
from sweepwright.nouns.statement import Statement
from sweepwright.study.study import Study


def remarks(study: Study) -> tuple[Statement, ...]:
    """The problem's statements of a study that has chosen; they join the verdict at the places that their codes name."""
    return _said(study, study.problem.remarks, "its own choice")


def own_promises(study: Study, summary: Facts) -> tuple[Statement, ...]:
    """The problem's statements of new labelled data, from what its `predict` gave, beside what the study let one expect."""
    return _said(study, study.problem.promises, "these data", summary) if study.chosen is not None else ()


def _said(study: Study, address: str | None, of: str, *more: Facts) -> tuple[Statement, ...]:
    """What the function at an address says; where it fails it is said why, and everything else stands."""
    if address is None:
        return ()
    module, _, name = address.partition(":")
    try:
        return tuple(getattr(import_module(module), name)(ResultsOfStudy(study), *more))
    except Exception as error:  # a problem's own code must not cost the verdict
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename.rsplit('/', 1)[-1]}, line {place.lineno}"
        text = f"What {study.problem.name} says of {of} could not be made: {type(error).__name__}: {error} ({where})."
        return (Statement("careful.remarks", text),)
