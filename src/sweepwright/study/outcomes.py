"""Outcomes of a study's runs as measures and products read them: joined, by column, with their weights."""

import numpy as np

from sweepwright.nouns.measure import Measure
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.run import Run
from sweepwright.study.study import Study


def pooled_outcome(study: Study, runs: list[Run]) -> Outcome:
    """The outcomes of several runs joined by rows, in the order of samples; only arrays that have one row per sample."""
    outcomes = [study.outcome(run.number) for run in runs]
    sample = np.concatenate([outcome.sample for outcome in outcomes])
    order = np.argsort(sample, kind="stable")
    by_row = [name for name, array in outcomes[0].arrays.items() if len(array) == len(outcomes[0].sample)]
    arrays = {name: np.concatenate([outcome.arrays[name] for outcome in outcomes])[order] for name in by_row}
    return Outcome(arrays=arrays, sample=sample[order])


def columns_of(study: Study, measure: Measure, outcome: Outcome) -> list[np.ndarray] | None:
    """What a measure reads, one entry per row of a pooled outcome; None where it reads something that is no column."""
    if any(name not in outcome.arrays and name not in study.samples for name in measure.reads):
        return None
    return [outcome.arrays[n] if n in outcome.arrays else study.samples[n][outcome.sample] for n in measure.reads]


def complete_outcome(study: Study, run: Run) -> Outcome:
    """A run's outcome with its weights among the arrays."""
    outcome = study.outcome(run.number)
    stored = study.run_folder(run.number) / "weights.safetensors"
    weights = study.weights(run.number) if stored.exists() else {}
    return Outcome(arrays={**weights, **outcome.arrays}, sample=outcome.sample, facts=outcome.facts)
