"""What was predicted for every cell by models that never saw it: of the chosen procedure, of baselines and controls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sweepwright.nouns.phase import Part, Phase, Step

INK, OWN, OTHER, THIRD = "#1b2330", "#2f7fbf", "#9aa3ad", "#D55E00"


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Row numbers of samples, their labels, probabilities (cells, classes) and predicted classes; `where` says by which runs."""

    sample: np.ndarray
    truth: np.ndarray
    probability: np.ndarray
    predicted: np.ndarray
    where: str


def class_names(study: Any) -> list[str]:
    return list(study.facts["classes"])


def feature_type(study: Any) -> str:
    """The feature set of the chosen model, as the field's tables name it."""
    chosen = study.state.trials[study.chosen].configuration
    return str(chosen.get("feature_set", study.facts["feature_sets"][0]))


def of_runs(study: Any, runs: Sequence[Any], where: str) -> Predicted | None:
    """The predictions of some runs together; None where there are none."""
    ended = [run for run in runs if run.ending.succeeded]
    if not ended:
        return None
    outcome = study.pooled_outcome(ended)
    truth = study.samples["label"][outcome.sample]
    return Predicted(outcome.sample, truth, outcome.arrays["probability"], outcome.arrays["predicted"].astype(int), where)


def of_choice(study: Any) -> Predicted | None:
    """Those of the whole procedure where it was confirmed, else of the chosen trial in the search."""
    outer = [run for run in study.state.ended.values() if run.phase.part is Part.OUTER]
    found = of_runs(study, outer, f"the {len(outer)} outer folds of the nested confirmation")
    return found or of_search(study)


def of_search(study: Any) -> Predicted | None:
    """Those of the chosen trial in the folds of draw 0."""
    runs = study.select(trial=study.chosen, condition=study.reference.name, draw=0, within=Phase(Step.EXPLORE))
    return of_runs(study, runs, "the folds of draw 0 of the chosen trial")


def of_condition(study: Any, condition: str) -> Predicted | None:
    """Those of the chosen trial in a condition, first draw."""
    runs = study.select(trial=study.chosen, condition=condition, draw=0)
    return of_runs(study, runs, f"the chosen trial, {condition}")


def of_baseline(study: Any, name: str) -> Predicted | None:
    """Those of a baseline in the folds of draw 0."""
    runs = [
        run
        for run in study.state.ended.values()
        if run.trial < 0 and run.configuration["baseline"] == name and run.draw == 0 and run.condition == study.reference.name
    ]
    return of_runs(study, runs, name)
