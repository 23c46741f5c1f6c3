"""What was predicted for every cell by models that never saw it: of the chosen procedure, of baselines and controls."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sweepwright.nouns.results import Results
from sweepwright.nouns.run import Run
from sweepwright.nouns.statement import counted


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Row numbers of samples, their labels, probabilities (cells, classes) and predicted classes; `where` says by which runs, `who` whose they are."""

    sample: np.ndarray
    truth: np.ndarray
    probability: np.ndarray
    predicted: np.ndarray
    where: str
    who: str


def class_names(results: Results) -> list[str]:
    return list(results.facts["classes"])


def feature_type(results: Results) -> str:
    """The feature set of the chosen model, as the field's tables name it."""
    return str(results.chosen.configuration.get("feature_set", results.facts["feature_sets"][0]))


def of_runs(results: Results, runs: Sequence[Run], where: str, who: str) -> Predicted | None:
    """The predictions of some runs together; None where there are none."""
    ended = [run for run in runs if run.ending.succeeded]
    if not ended:
        return None
    outcome = results.outcome(*ended)
    truth = results.samples["label"][outcome.sample]
    return Predicted(outcome.sample, truth, outcome.arrays["probability"], outcome.arrays["predicted"].astype(int), where, who)


def of_choice(results: Results) -> Predicted | None:
    """Those of the whole procedure where it was confirmed, else of the chosen trial in the search."""
    return of_procedure(results) or of_search(results)


def of_procedure(results: Results) -> Predicted | None:
    """Those of the whole procedure on data that it never saw; None where it was not confirmed."""
    outer = results.procedure()
    return of_runs(
        results, outer, f"the {counted(len(outer), 'outer fold', 'outer folds')} of the nested confirmation", "whole procedure"
    )


def of_search(results: Results) -> Predicted | None:
    """Those of the chosen trial in the folds of draw 0."""
    return of_runs(results, results.searched(), "the folds of the chosen trial", "chosen trial")


def of_condition(results: Results, condition: str) -> Predicted | None:
    """Those of the chosen trial in a condition, first draw."""
    return of_runs(results, results.under(condition, draw=0), f"the chosen trial, {condition}", condition)


def of_baseline(results: Results, name: str) -> Predicted | None:
    """Those of a baseline in the folds of draw 0."""
    return of_runs(results, results.baseline(name), f"the folds of {name}", name)
