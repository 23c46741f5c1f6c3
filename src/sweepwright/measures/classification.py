"""Measures of classifiers, from labels and from probabilities; labels are integers 0..classes-1, -1 is unlabelled."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Integer

from sweepwright.nouns.undefined import Undefined

Labels = Integer[np.ndarray, " samples"]
Probabilities = Float[np.ndarray, "samples classes"]
BINS = 15
TINY = 1e-15


def confusion_matrix(truth: Labels, predicted: Labels, classes: int | None = None) -> Integer[np.ndarray, "true predicted"]:
    """Counts of (true class, predicted class); rows are true classes.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]))
    array([[1, 1],
           [0, 1]])
    """
    size = classes if classes is not None else int(max(truth.max(initial=0), predicted.max(initial=0))) + 1
    return np.bincount(truth.astype(np.int64) * size + predicted, minlength=size * size).reshape(size, size)


def accuracy(truth: Labels, predicted: Labels) -> float:
    """Share of samples with the right class: 1 is all, 0 is none; higher is better. NaN without samples.

    >>> accuracy(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]))
    0.75
    """
    return float(np.mean(truth == predicted)) if len(truth) else float("nan")


def _counts(truth: Labels, predicted: Labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True positives, support and number predicted, per class."""
    table = confusion_matrix(truth, predicted)
    return np.diag(table), table.sum(axis=1), table.sum(axis=0)


def _f1(truth: Labels, predicted: Labels) -> tuple[np.ndarray, np.ndarray]:
    hits, support, named = _counts(truth, predicted)
    return np.divide(2 * hits, support + named, out=np.zeros(len(hits)), where=support + named > 0), support


def f1_weighted(truth: Labels, predicted: Labels) -> float:
    """F1 of each class weighted by its support: 1 is perfect, 0 is worst; higher is better.

    A class that is predicted but absent has no weight. Van Rijsbergen (1979); as scikit-learn's ``average="weighted"``.

    >>> round(f1_weighted(np.array([0, 1, 2, 0, 1, 2]), np.array([0, 2, 1, 0, 0, 1])), 4)
    0.2667
    """
    scores, support = _f1(truth, predicted)
    return float(scores @ support / support.sum()) if support.sum() else float("nan")


def f1_macro(truth: Labels, predicted: Labels) -> float:
    """Mean F1 over the classes that occur (as truth or as prediction), each counting the same: in [0, 1], higher is better.

    >>> round(f1_macro(np.array([0, 1, 2, 0, 1, 2]), np.array([0, 2, 1, 0, 0, 1])), 4)
    0.2667
    """
    hits, support, named = _counts(truth, predicted)
    seen = support + named > 0
    return float((2 * hits[seen] / (support + named)[seen]).mean()) if seen.any() else float("nan")


def f1_by_class(truth: Labels, predicted: Labels, classes: list[str]) -> Mapping[str, float | Undefined]:
    """F1 of each class by name: in [0, 1], higher is better; undefined for a class without members.

    >>> f1_by_class(np.array([0, 0, 1]), np.array([0, 1, 1]), ["a", "b"])["a"]
    0.6666666666666666
    """
    table = confusion_matrix(truth, predicted, len(classes))
    hits, total = np.diag(table), table.sum(axis=1) + table.sum(axis=0)
    return {
        name: float(2 * hits[k] / total[k]) if table[k].sum() else Undefined(f"no member of {name} was tested")
        for k, name in enumerate(classes)
    }


def precision_by_class(truth: Labels, predicted: Labels, classes: list[str]) -> Mapping[str, float | Undefined]:
    """Share of the samples called a class that are of it, by class: in [0, 1], higher is better."""
    table = confusion_matrix(truth, predicted, len(classes))
    named = table.sum(axis=0)
    return {
        n: float(table[k, k] / named[k]) if named[k] else Undefined(f"nothing was called {n}") for k, n in enumerate(classes)
    }


def recall_by_class(truth: Labels, predicted: Labels, classes: list[str]) -> Mapping[str, float | Undefined]:
    """Share of a class's samples that were found, by class: in [0, 1], higher is better."""
    table = confusion_matrix(truth, predicted, len(classes))
    support = table.sum(axis=1)
    return {
        n: float(table[k, k] / support[k]) if support[k] else Undefined(f"no member of {n} was tested")
        for k, n in enumerate(classes)
    }


def matthews(truth: Labels, predicted: Labels) -> float:
    """Matthews correlation over all classes: 1 is perfect, 0 is chance, -1 is worst; higher is better.

    Gorodkin (2004), doi:10.1016/j.compbiolchem.2004.09.006. Zero where one side has a single class.

    >>> round(matthews(np.array([1, 1, 1, 0]), np.array([1, 0, 1, 1])), 3)
    -0.333
    """
    hits, support, named = _counts(truth, predicted)
    n = support.sum()
    spread = np.sqrt(float(n**2 - support @ support)) * np.sqrt(float(n**2 - named @ named))
    return float((hits.sum() * n - support @ named) / spread) if spread > 0 else 0.0


def log_loss(truth: Labels, probability: Probabilities) -> float:
    """Mean of -ln(probability of the true class), in nats: 0 is perfect; lower is better. Probabilities are floored at 1e-15.

    >>> round(log_loss(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]])), 4)
    0.1643
    """
    chosen = probability[np.arange(len(truth)), truth].astype(np.float64)
    return float(-np.log(np.clip(chosen, TINY, 1)).mean()) if len(truth) else float("nan")


def brier(truth: Labels, probability: Probabilities) -> float:
    """Mean squared distance of the probabilities from the truth, summed over classes: 0 is perfect, 2 is worst; lower is better.

    Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    >>> round(brier(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]])), 4)
    0.05
    """
    error = probability.astype(np.float64).copy()
    error[np.arange(len(truth)), truth] -= 1
    return float((error**2).sum(axis=1).mean()) if len(truth) else float("nan")


def calibration_bins(truth: Labels, probability: Probabilities, bins: int = BINS) -> Float[np.ndarray, "bins 3"]:
    """Mean confidence, share right and number of samples in equal-mass bins of the top label's probability."""
    confidence = probability.max(axis=1).astype(np.float64)
    right = probability.argmax(axis=1) == truth
    order = np.argsort(confidence, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return np.array([[confidence[part].mean(), right[part].mean(), len(part)] for part in parts])


def calibration_error(truth: Labels, probability: Probabilities) -> float:
    """Expected calibration error of the top label, 15 equal-mass bins: in [0, 1], lower is better.

    Nixon et al. (2019), arXiv:1904.01685.
    """
    table = calibration_bins(truth, probability)
    return float(np.average(np.abs(table[:, 0] - table[:, 1]), weights=table[:, 2])) if len(table) else float("nan")


def precision_recall_curve(positive: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and threshold at every distinct score, from the highest down."""
    order = np.argsort(-score, kind="stable")
    hits, ranked = np.cumsum(positive[order]), score[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    return hits[last] / (last + 1), hits[last] / max(positive.sum(), 1), ranked[last]


def average_precision(positive: np.ndarray, score: np.ndarray) -> float:
    """Area under the precision-recall steps: 1 is perfect, the prevalence is chance; higher is better. NaN without positives.

    >>> round(average_precision(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])), 4)
    0.8333
    """
    if not positive.any():
        return float("nan")
    precision, recall, _ = precision_recall_curve(positive.astype(np.int64), score)
    return float(np.sum(np.diff(recall, prepend=0) * precision))


def average_precision_by_class(
    truth: Labels, probability: Probabilities, classes: list[str]
) -> Mapping[str, float | Undefined]:
    """Average precision of each class against the rest; chance is the class's prevalence, not 0.5. Higher is better."""
    return {
        name: average_precision(truth == k, probability[:, k])
        if (truth == k).any()
        else Undefined(f"no member of {name} was tested")
        for k, name in enumerate(classes)
    }


def average_precision_macro(truth: Labels, probability: Probabilities) -> float:
    """Mean average precision over the classes that occur; chance is the mean prevalence. Higher is better."""
    return (
        float(np.mean([average_precision(truth == k, probability[:, k]) for k in np.unique(truth)]))
        if len(truth)
        else float("nan")
    )


def bootstrap_interval(
    function, groups: np.ndarray, *arrays: np.ndarray, seed: int, resamples: int = 500, level: float = 0.9
) -> tuple[float, float]:
    """Percentile interval of `function(*arrays)` by resampling groups (pass one group per sample where there are none)."""
    rng = np.random.default_rng(seed)
    _, member = np.unique(groups, return_inverse=True)
    count = member.max() + 1
    order = np.argsort(member, kind="stable")
    starts = np.searchsorted(member[order], np.arange(count + 1))
    values = []
    for _ in range(resamples):
        rows = np.concatenate([order[starts[g] : starts[g + 1]] for g in rng.integers(count, size=count)])
        values.append(function(*(array[rows] for array in arrays)))
    if not np.isfinite(values).any():
        return float("nan"), float("nan")
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
