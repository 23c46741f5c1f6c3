"""How right labels of new cells are: all together, and class by class."""

import numpy as np

from sweepwright.measures.classification import accuracy, confusion_matrix, f1_macro, f1_weighted, log_loss
from sweepwright.nouns.plain import Plain


def by_class(truth: np.ndarray, predicted: np.ndarray, classes: list[str]) -> dict[str, Plain]:
    """F1, precision, recall and the number of cells of every class that is there, and what it is mostly taken for."""
    table = confusion_matrix(truth, predicted, len(classes))
    found: dict[str, Plain] = {}
    for k, name in enumerate(classes):
        support, named, hits = int(table[k].sum()), int(table[:, k].sum()), int(table[k, k])
        if support:
            wrong = np.where(np.arange(len(classes)) == k, 0, table[k])
            taken = {"taken_for": classes[int(wrong.argmax())], "times": int(wrong.max())} if wrong.any() else {}
            scores = {
                "f1": 2 * hits / (support + named),
                "precision": hits / named if named else None,
                "recall": hits / support,
            }
            found[name] = {**scores, "cells": support, **taken}
    return found


def scores_of(truth: np.ndarray, found: np.ndarray) -> dict[str, float] | None:
    """Accuracy, F1, log-loss and the number of cells; None without any."""
    if len(truth) == 0:
        return None
    predicted = found.argmax(axis=1)
    scores = {"accuracy": accuracy(truth, predicted), "f1_weighted": f1_weighted(truth, predicted)}
    return scores | {"f1_macro": f1_macro(truth, predicted), "log_loss": log_loss(truth, found), "cells": float(len(truth))}
