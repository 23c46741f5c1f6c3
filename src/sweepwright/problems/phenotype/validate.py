"""Cross-validation of any classifier on a table of cells, with the splits of the study; and a study of any classifier."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from sweepwright.measures import classification as c
from sweepwright.nouns.data import Data
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.job import Job
from sweepwright.nouns.measure import Measure
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.plain import Settings
from sweepwright.nouns.problem import Problem
from sweepwright.nouns.trained import Trained
from sweepwright.nouns.watch import Watch
from sweepwright.problems.phenotype.data import Content
from sweepwright.problems.phenotype.problem import F1, PROBLEM
from sweepwright.problems.phenotype.splits import Split, fold_of_each, split
from sweepwright.problems.phenotype.train import Scaler, spoiled
from sweepwright.space import Space


class Classifier(Protocol):
    """What scikit-learn's classifiers offer."""

    classes_: np.ndarray

    def fit(self, x: Any, y: Any) -> Any: ...

    def predict_proba(self, x: Any) -> Any: ...


Make = Callable[..., Classifier]


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """Out-of-fold probabilities (cells, classes), the predicted class, and the fold in which each cell was tested."""

    probability: np.ndarray
    predicted: np.ndarray
    fold: np.ndarray


def cross_val_predict(make: Callable[[], Classifier], data: Data, folds: int = 10, seed: int = 0) -> OutOfFold:
    """Every cell predicted by a model that did not see its fold; groups stay together, features are scaled in the fold.

    >>> from sklearn.dummy import DummyClassifier
    >>> from sweepwright.problems.phenotype.data import load
    >>> cross_val_predict(lambda: DummyClassifier(), load(), folds=3).probability.shape
    (569, 2)
    """
    content: Content = data.content
    fold = fold_of_each(content.labels, content.together, folds, seed, content.shuffle)
    probability = np.zeros((len(fold), len(content.classes)), np.float32)
    for k in range(folds):
        rows = Split(np.flatnonzero(fold != k), np.flatnonzero(fold == k))
        probability[rows.test] = _fitted(make(), content, content.values, content.labels, rows)
    return OutOfFold(probability, probability.argmax(axis=1), fold)


def cross_validate(make: Callable[[], Classifier], data: Data, folds: int = 10, seed: int = 0) -> Mapping[str, np.ndarray]:
    """The scores of each fold, by name of the measure (same measures, splits and scaling as in a study)."""
    found, labels = cross_val_predict(make, data, folds, seed), data.content.labels
    scores: dict[str, list[float]] = {name: [] for name in ("accuracy", "f1_weighted", "f1_macro", "log_loss")}
    for k in range(folds):
        rows = found.fold == k
        scores["accuracy"].append(c.accuracy(labels[rows], found.predicted[rows]))
        scores["f1_weighted"].append(c.f1_weighted(labels[rows], found.predicted[rows]))
        scores["f1_macro"].append(c.f1_macro(labels[rows], found.predicted[rows]))
        scores["log_loss"].append(c.log_loss(labels[rows], found.probability[rows]))
    return {name: np.array(values) for name, values in scores.items()}


def classifier_problem(name: str, make: Make, space: Space, protocol: Settings | None = None) -> Problem:
    """The phenotype study for any classifier: `make(seed, **configuration)` returns an unfitted one.

    Data, splits, nested confirmation, controls and measures are those of `phenotype`; coefficients and the streaming
    prediction belong to the linear model and are left out.
    """

    def train(data: Data, job: Job, watch: Watch) -> Trained:
        content: Content = data.content
        rows = split(content.labels, content.together, job, content.shuffle, data.samples.get("group"))
        values, labels = spoiled(content, job)
        probability = _fitted(make(job.seed, **job.configuration), content, values, labels, rows)
        arrays = {"probability": probability, "predicted": probability.argmax(axis=1)}
        return Trained(outcome=Outcome(arrays=arrays, sample=rows.test, facts={"classes": list(content.classes)}))

    left_out = ("nonzero", "gap")
    measures: tuple[Measure, ...] = tuple(measure for measure in PROBLEM.measures if measure.name not in left_out)
    return replace(
        PROBLEM,
        name=name,
        about=f"classify cells from a table of features: {name}",
        train=train,
        train_batch=None,
        batches=lambda jobs: [[job] for job in jobs],
        apply=None,
        predict=None,
        space=space,
        measures=measures,
        goals=(Goal(F1, "higher"),),
        products=(),
        known=(),
        presets={},
        protocol={**PROBLEM.protocol, **(protocol or {})},
        sections="sweepwright.problems.phenotype.figures:CLASSIFIER_SECTIONS",
    )


def _fitted(model: Classifier, content: Content, values: np.ndarray, labels: np.ndarray, rows: Split) -> np.ndarray:
    scaler = Scaler.of(values[rows.train], content.scale)
    model.fit(scaler(values[rows.train]), labels[rows.train])
    probability = np.zeros((len(rows.test), len(content.classes)), np.float32)
    if len(rows.test):
        probability[:, np.asarray(model.classes_, dtype=int)] = model.predict_proba(scaler(values[rows.test]))
    return probability
