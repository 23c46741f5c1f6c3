"""Sweepwright: hyperparameter studies of scientific models that end with a choice that can be defended.

Names load when they are first used, so that ``import sweepwright`` and the command's help stay light.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweepwright import report as report
    from sweepwright.errors import InputError as InputError
    from sweepwright.nouns.baseline import Baseline as Baseline
    from sweepwright.nouns.check import Check as Check
    from sweepwright.nouns.condition import Condition as Condition
    from sweepwright.nouns.condition import ConditionKind as ConditionKind
    from sweepwright.nouns.data import Data as Data
    from sweepwright.nouns.data import DataError as DataError
    from sweepwright.nouns.decision import Decision as Decision
    from sweepwright.nouns.effort import Effort as Effort
    from sweepwright.nouns.ending import Ending as Ending
    from sweepwright.nouns.figure import Figure as Figure
    from sweepwright.nouns.figure import Section as Section
    from sweepwright.nouns.finding import Finding as Finding
    from sweepwright.nouns.finding import Status as Status
    from sweepwright.nouns.goal import Goal as Goal
    from sweepwright.nouns.job import Job as Job
    from sweepwright.nouns.measure import Measure as Measure
    from sweepwright.nouns.model import Model as Model
    from sweepwright.nouns.outcome import Outcome as Outcome
    from sweepwright.nouns.phase import Part as Part
    from sweepwright.nouns.phase import Phase as Phase
    from sweepwright.nouns.phase import Step as Step
    from sweepwright.nouns.problem import Option as Option
    from sweepwright.nouns.problem import Problem as Problem
    from sweepwright.nouns.product import Product as Product
    from sweepwright.nouns.results import Results as Results
    from sweepwright.nouns.run import Run as Run
    from sweepwright.nouns.trained import Trained as Trained
    from sweepwright.nouns.trial import Trial as Trial
    from sweepwright.nouns.undefined import Undefined as Undefined
    from sweepwright.nouns.watch import Silent as Silent
    from sweepwright.nouns.watch import Watch as Watch
    from sweepwright.opened import OpenStudy as OpenStudy
    from sweepwright.opened import open_study as open_study
    from sweepwright.opened import run as run
    from sweepwright.space import Choice as Choice
    from sweepwright.space import Factorization as Factorization
    from sweepwright.space import Fixed as Fixed
    from sweepwright.space import Float as Float
    from sweepwright.space import Int as Int
    from sweepwright.space import Repeat as Repeat
    from sweepwright.space import Space as Space
    from sweepwright.study.study import Study as Study

__version__ = "0.1.0"

_PLACES = {
    "errors": "InputError",
    "nouns.baseline": "Baseline",
    "nouns.check": "Check",
    "nouns.condition": "Condition ConditionKind",
    "nouns.data": "Data DataError",
    "nouns.decision": "Decision",
    "nouns.effort": "Effort",
    "nouns.ending": "Ending",
    "nouns.figure": "Figure Section",
    "nouns.finding": "Finding Status",
    "nouns.goal": "Goal",
    "nouns.job": "Job",
    "nouns.measure": "Measure",
    "nouns.model": "Model",
    "nouns.outcome": "Outcome",
    "nouns.phase": "Part Phase Step",
    "nouns.problem": "Option Problem",
    "nouns.product": "Product",
    "nouns.results": "Results",
    "nouns.run": "Run",
    "nouns.trained": "Trained",
    "nouns.trial": "Trial",
    "nouns.undefined": "Undefined",
    "nouns.watch": "Silent Watch",
    "opened": "OpenStudy open_study run",
    "space": "Choice Factorization Fixed Float Int Repeat Space",
    "study.study": "Study",
}
_HOME = {name: f"sweepwright.{module}" for module, names in _PLACES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name == "report":  # its figures are functions: sw.report.tradeoff(study)
        return importlib.import_module("sweepwright.report")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    raise AttributeError(f"module 'sweepwright' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_HOME, "report", "__version__"])
