"""How right labels are: all together, and class by class."""

from collections.abc import Sequence

import numpy as np

from sweepwright.measures.classification import accuracy, confusion_matrix, f1_weighted, log_loss
from sweepwright.nouns.plain import Plain


def by_class(truth: np.ndarray, predicted: np.ndarray, classes: Sequence[str]) -> dict[str, Plain]:
    """F1, precision and recall in [0, 1] (higher is better) of every class that is there, its cells, and what else they were called.

    >>> found = by_class(np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1]), ["round", "flat", "absent"])
    >>> found["round"]
    {'f1': 0.5, 'precision': 1.0, 'recall': 0.3333333333333333, 'cells': 3, 'called': {'flat': 2}}
    >>> list(found)
    ['round', 'flat']
    """
    table = confusion_matrix(truth, predicted, len(classes))
    named = table.sum(axis=0)
    found: dict[str, Plain] = {}
    for k in np.flatnonzero(table.sum(axis=1)).tolist():
        row, hits = table[k], int(table[k, k])
        support, others = int(row.sum()), [j for j in np.argsort(-row, kind="stable").tolist() if j != k and row[j]]
        found[str(classes[k])] = {
            "f1": 2 * hits / (support + int(named[k])),
            "precision": hits / int(named[k]) if named[k] else None,
            "recall": hits / support,
            "cells": support,
            "called": {str(classes[j]): int(row[j]) for j in others},
        }
    return found


def scores_of(truth: np.ndarray, found: np.ndarray) -> dict[str, float] | None:
    """Accuracy, F1, log-loss and the number of cells; None without any.

    Macro F1 is the mean over the classes that are there: a few groups lack some, and a cell that is called one of those is wrong already.
    """
    if len(truth) == 0:
        return None
    predicted = found.argmax(axis=1)
    scores = {"accuracy": accuracy(truth, predicted), "f1_weighted": f1_weighted(truth, predicted)}
    classes = by_class(truth, predicted, [str(k) for k in range(found.shape[1])])
    return scores | {
        "f1_macro": float(np.mean([own["f1"] for own in classes.values()])),
        "log_loss": log_loss(truth, found),
        "cells": float(len(truth)),
    }
