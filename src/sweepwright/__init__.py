"""Sweepwright: hyperparameter studies of scientific models that end with a choice that can be defended.

Names load when they are first used, so that ``import sweepwright`` and the command's help stay light.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweepwright import report as report
    from sweepwright.problem import Baseline as Baseline
    from sweepwright.problem import Check as Check
    from sweepwright.problem import Data as Data
    from sweepwright.problem import Finding as Finding
    from sweepwright.problem import Goal as Goal
    from sweepwright.problem import Measure as Measure
    from sweepwright.problem import Option as Option
    from sweepwright.problem import Problem as Problem
    from sweepwright.problem import Product as Product
    from sweepwright.problem import Section as Section
    from sweepwright.runs import Condition as Condition
    from sweepwright.runs import Effort as Effort
    from sweepwright.runs import Ending as Ending
    from sweepwright.runs import Job as Job
    from sweepwright.runs import Outcome as Outcome
    from sweepwright.runs import Run as Run
    from sweepwright.runs import Trained as Trained
    from sweepwright.runs import Trial as Trial
    from sweepwright.runs import Undefined as Undefined
    from sweepwright.space import Choice as Choice
    from sweepwright.space import Factorization as Factorization
    from sweepwright.space import Fixed as Fixed
    from sweepwright.space import Float as Float
    from sweepwright.space import Int as Int
    from sweepwright.space import Repeat as Repeat
    from sweepwright.space import Space as Space
    from sweepwright.study.study import Study as Study
    from sweepwright.study.verbs import open_study as open_study
    from sweepwright.study.verbs import run as run

__version__ = "0.1.0"

_PLACES = {
    "sweepwright.problem": "Baseline Check Data Finding Goal Measure Option Problem Product Section",
    "sweepwright.runs": "Condition Effort Ending Job Outcome Run Trained Trial Undefined",
    "sweepwright.space": "Choice Factorization Fixed Float Int Repeat Space",
    "sweepwright.study.study": "Study",
    "sweepwright.study.verbs": "open_study run",
}
_HOME = {name: module for module, names in _PLACES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name == "report":  # its figures are functions: sw.report.tradeoff(study)
        return importlib.import_module("sweepwright.report")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'sweepwright' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_HOME, "report", "__version__"])
