"""Training: one fold and condition at a time, every configuration of it with warm starts."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from sweepwright.nouns.baseline import Baseline
from sweepwright.nouns.data import Data
from sweepwright.nouns.effort import Effort
from sweepwright.nouns.job import Job
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.trained import Trained
from sweepwright.nouns.watch import Watch
from sweepwright.problems.phenotype.data import Content
from sweepwright.problems.phenotype.hashing import hash_rows
from sweepwright.problems.phenotype.objective import Design, Penalty, relative_gap
from sweepwright.problems.phenotype.solver import Accuracy, Fit, solve_path
from sweepwright.problems.phenotype.splits import Split, split

SEARCH = Effort(name="search", settings={"gap": 1e-2, "rounds": 60, "double_above": None})
FINALIST = Effort(name="finalist", settings={"gap": 1e-3, "rounds": 120, "double_above": 1.0})
FINAL = Effort(name="final", settings={"gap": 1e-4, "rounds": 400, "double_above": 0.0, "settled": 3})
EFFORTS = (SEARCH, FINALIST, FINAL)


@dataclass(frozen=True, slots=True, eq=False)
class Scaler:
    """Mean and standard deviation of the training rows; missing values become the training median first."""

    median: np.ndarray | None
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, on: bool = True) -> "Scaler":
        median = np.nanmedian(values, axis=0) if np.isnan(values).any() else None
        filled = values if median is None else np.where(np.isnan(values), median, values)
        if not on:
            return cls(median, np.zeros(values.shape[1]), np.ones(values.shape[1]))
        scale = filled.std(axis=0)
        return cls(median, filled.mean(axis=0), np.where(scale > 1e-9 * np.abs(filled).max(axis=0), scale, 1.0))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        filled = values if self.median is None else np.where(np.isnan(values), self.median, values)
        return (filled - self.mean) / self.scale


def batches(jobs: Sequence[Job]) -> list[list[Job]]:
    """One batch per fold, condition and effort: all its configurations share the scaled features and the warm starts."""
    found: dict[tuple, list[Job]] = {}
    for job in jobs:
        found.setdefault((job.condition.name, job.replicate, job.effort.name), []).append(job)
    return list(found.values())


def train(data: Data, job: Job, watch: Watch) -> Trained:
    """One configuration on one fold."""
    return next(trained for _, trained in train_batch(data, [job], watch))


def train_batch(data: Data, jobs: Sequence[Job], watch: Watch) -> Iterator[tuple[int, Trained]]:
    """Every configuration of one fold and condition, each as soon as it is fitted."""
    content: Content = data.content
    rows = split(content.labels, content.together, jobs[0], content.shuffle, data.samples.get("group"))
    values, labels = spoiled(content, jobs[0])

    def shared(job: Job) -> tuple[str, str]:
        return str(job.configuration.get("feature_set", "")), str(job.configuration.get("class_weight", "none"))

    done = 0
    for (feature_set, class_weight), group in groupby(sorted(jobs, key=shared), key=shared):
        members = list(group)
        columns = content.sets[feature_set] if feature_set else next(iter(content.sets.values()))
        fold = _Fold(data, content, values[:, columns], labels, columns, rows, class_weight)
        for job, trained in fold.fit(members, watch):
            done += 1
            watch.progress(done / len(jobs), f"{job.condition.name}, fold {job.fold}")
            yield job.number, trained


class _Fold:
    """The scaled rows of one fold and condition."""

    def __init__(
        self,
        data: Data,
        content: Content,
        values: np.ndarray,
        labels: np.ndarray,
        columns: np.ndarray,
        rows: Split,
        class_weight: str,
    ):
        self.data, self.content, self.columns, self.rows = data, content, columns, rows
        self.scaler = Scaler.of(values[rows.train], content.scale)
        self.train_x = self.scaler(values[rows.train])
        self.test_x = self.scaler(values[rows.test])
        self.raw = values
        self.present, self.codes = np.unique(labels[rows.train], return_inverse=True)
        self.weights = _weights(self.codes, class_weight, None if content.weights is None else content.weights[rows.train])

    def fit(self, jobs: Sequence[Job], watch: Watch) -> Iterator[tuple[Job, Trained]]:
        if self.content.solver == "sklearn-saga":
            for job in jobs:
                yield job, self._trained(job, _saga(self, job), {"solver": "scikit-learn saga"})
            return
        for wide in (False, True):
            settings = jobs[0].effort.settings
            limit = settings["double_above"]
            chosen = [job for job in jobs if wide == (limit is not None and _c(job) > limit)]
            if not chosen:
                continue
            design = Design.of(self.train_x, self.codes, len(self.present), self.weights, np.float64 if wide else np.float32)
            points = [(_c(job), _ratio(job)) for job in chosen]
            lead = _lead_in(points)
            accuracy = [Accuracy(max(0.01, settings["gap"]), 40)] * len(lead) + [
                Accuracy(settings["gap"], settings["rounds"], settled=settings.get("settled", 0))
            ] * len(points)
            for i, fitted in solve_path(design, lead + points, accuracy, watch.should_stop):
                if i >= len(lead):
                    yield chosen[i - len(lead)], self._trained(chosen[i - len(lead)], fitted, {"solver": "own"})

    def _trained(self, job: Job, fitted: Fit, extra: dict) -> Trained:
        classes = len(self.content.classes)
        probability = np.zeros((len(self.rows.test), classes), np.float32)
        probability[:, self.present] = probabilities(self.test_x, fitted.coefficients, fitted.intercepts)
        facts = {
            "nonzero": int(np.count_nonzero(fitted.coefficients)),
            "objective": fitted.objective,
            "gap": fitted.gap,
            "rounds": fitted.rounds,
            "converged": fitted.converged,
            "classes": list(self.content.classes),
            "feature_set": job.configuration.get("feature_set", next(iter(self.content.sets))),
            **extra,
        }
        weights = {
            "coefficients": fitted.coefficients,
            "intercepts": fitted.intercepts,
            "mean": self.scaler.mean,
            "scale": self.scaler.scale,
            "present": self.present,
        }
        if self.scaler.median is not None:
            weights["median"] = self.scaler.median
        if job.condition.settings.get("refit"):
            facts["features"] = [self.content.names[i] for i in self.columns]
            facts["group"] = self.content.group
            weights["low"], weights["high"] = np.nanmin(self.raw, axis=0), np.nanmax(self.raw, axis=0)
            weights["cells"] = np.sort(hash_rows(self.raw[self.rows.train]))
            weights["shares"] = np.bincount(self.codes) / len(self.codes)
        arrays = {
            "probability": probability,
            "predicted": probability.argmax(axis=1) if len(probability) else np.zeros(0, np.int64),
        }
        return Trained(outcome=Outcome(arrays=arrays, sample=self.rows.test, facts=facts), weights=weights)


def probabilities(x: np.ndarray, coefficients: np.ndarray, intercepts: np.ndarray) -> np.ndarray:
    """Class probabilities (cells, classes) of scaled features; two classes have one coefficient vector."""
    logits = x @ coefficients.T + intercepts
    if logits.shape[1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _lead_in(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stronger penalties, a decade apart, that warm the path up to the weakest of each l1_ratio."""
    lead = []
    for ratio in sorted({ratio for _, ratio in points}):
        smallest = min(c for c, r in points if r == ratio)
        lead += [(smallest * 10.0**-k, ratio) for k in range(1, 7) if smallest * 10.0**-k > 0.9e-3]
    return lead


def _c(job: Job) -> float:
    return _number(job, "C")


def _ratio(job: Job) -> float:
    return _number(job, "l1_ratio")


def _number(job: Job, name: str) -> float:
    value = job.configuration[name]
    if not isinstance(value, int | float):
        raise TypeError(f"{name} needs a number, but is {value!r}.")
    return float(value)


def spoiled(content: Content, job: Job) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels as the condition shows them: the controls shuffle columns or training labels."""
    how = job.condition.settings.get("shuffle")
    rng = np.random.default_rng(job.data_seed)
    if how == "columns":
        return rng.permuted(content.values, axis=0), content.labels
    if how == "labels":
        return content.values, rng.permutation(content.labels)
    return content.values, content.labels


def _weights(codes: np.ndarray, class_weight: str, given: np.ndarray | None) -> np.ndarray | None:
    if class_weight != "balanced":
        return given
    balanced = (len(codes) / np.bincount(codes))[codes]
    return balanced if given is None else balanced * given


def _saga(fold: _Fold, job: Job) -> Fit:
    """scikit-learn's own solver as the source used it: stopped at 100 iterations, its duality gap computed here."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_c(job), l1_ratio=_ratio(job), solver="saga", max_iter=100, random_state=job.seed % 2**31)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # said by `converged` and the verdict instead
        model.fit(fold.train_x, fold.codes, sample_weight=fold.weights)
    design = Design.of(fold.train_x, fold.codes, len(fold.present), fold.weights)
    coefficients, intercepts = np.asarray(model.coef_), np.asarray(model.intercept_)
    logits = coefficients @ design.features + intercepts[:, None]
    objective, gap = relative_gap(design, logits, coefficients, Penalty(1 / (_c(job) * design.samples), _ratio(job)))
    iterations = int(np.max(model.n_iter_))
    return Fit(coefficients, intercepts, objective, gap, iterations, iterations < 100)


def _majority(data: Data, job: Job, watch: Watch) -> Trained:
    """The class shares of the training cells for every cell: what is reached without looking."""
    content: Content = data.content
    rows = split(content.labels, content.together, job, content.shuffle, data.samples.get("group"))
    shares = np.bincount(content.labels[rows.train], minlength=len(content.classes)) / len(rows.train)
    probability = np.tile(shares.astype(np.float32), (len(rows.test), 1))
    arrays = {"probability": probability, "predicted": probability.argmax(axis=1)}
    return Trained(
        outcome=Outcome(
            arrays=arrays, sample=rows.test, facts={"nonzero": 0, "converged": True, "classes": list(content.classes)}
        )
    )


MAJORITY = Baseline("majority class", _majority)
