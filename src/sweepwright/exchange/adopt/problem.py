"""The problem of an adopted sweep: it knows its measures and goals, and cannot train."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sweepwright.nouns.data import Data, DataError
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.job import Job
from sweepwright.nouns.measure import Measure
from sweepwright.nouns.plain import Settings
from sweepwright.nouns.problem import Option, Problem
from sweepwright.nouns.trained import Trained
from sweepwright.nouns.watch import Watch
from sweepwright.space import Space
from sweepwright.study.find_problem import ADOPTED_NAME


def load(table: str = "", hash: str = "", **about: Any) -> Data:
    """An adopted sweep has no data: the study stands on its ledger alone."""
    return Data(hash=hash, facts={"table": table}, samples={"sample_id": np.arange(0)})


def train(data: Data, job: Job, watch: Watch) -> Trained:
    """Refused: the runs of an adopted sweep were made elsewhere."""
    raise DataError("An adopted sweep cannot be trained: its runs were made elsewhere.")


def made_for(options: Settings) -> Problem:
    """The problem with the measures of the table that was adopted."""
    names: Sequence[str] = options.get("measures") or ()
    measures = tuple(Measure.fact(name) for name in names)
    goals = (Goal(measures[0], "higher"),) if measures else PROBLEM.goals  # the study file names the goals that count
    return replace(PROBLEM, measures=measures or PROBLEM.measures, goals=goals)


PROBLEM = Problem(
    name=ADOPTED_NAME,
    about="A sweep that others ran, adopted to choose from",
    load=load,
    train=train,
    space=Space(),
    measures=(Measure.fact("value"),),
    goals=(Goal("value", "higher"),),
    data={
        "table": Option("", "where the sweep was read from"),
        "hash": Option("", "of what was read"),
        "measures": Option((), "the measures that it has"),
        "columns": Option({}, "what each column was taken for"),
        "scales": Option({}, "measures and the measure that is their unit"),
    },
    made_for=made_for,
)
