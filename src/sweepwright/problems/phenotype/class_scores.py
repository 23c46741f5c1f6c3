"""How far each class can be trusted on groups that are not there yet: F1 by class with its interval over groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sweepwright.measures.classification import bootstrap_interval, confusion_matrix
from sweepwright.measures.groups import GroupScore
from sweepwright.problems.phenotype.predicted import Predicted

SHARE = (0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class ClassScore:
    """F1 of one class, pooled over all that was predicted: in [0, 1], higher is better, with the interval of its mean (NaN: none).

    `groups` is how many groups have a cell of it (None without groups); what `taken_for` names is what its cells are mostly called
    where they are called wrongly, `times` how often. `score` says what the next groups will give.
    """

    name: str
    f1: float
    low: float
    high: float
    cells: int
    groups: int | None
    taken_for: str
    times: int
    score: GroupScore | None

    @property
    def can_be_validated(self) -> bool:
        """Whether it was ever tested on a group while others of its groups were there to learn from."""
        return self.groups is None or self.groups > 1


def class_scores(found: Predicted, names: Sequence[str], group: np.ndarray | None) -> list[ClassScore]:
    """Every class that has a cell, in the order of `names`; `group` has one entry per sample of the data."""
    table = confusion_matrix(found.truth, found.predicted, len(names))
    hits, support, named = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    own = None if group is None else group[found.sample]
    over = None if own is None else _over_groups(found, len(names), own)
    scores = []
    for k in np.flatnonzero(support).tolist():
        f1 = float(2 * hits[k] / (support[k] + named[k]))
        groups = None if own is None else len(np.unique(own[found.truth == k]))
        score = None if over is None else GroupScore(f1, over[k], SHARE, groups)
        low, high = score.average() if score is not None else _over_cells(found, k)
        wrong = np.where(np.arange(len(names)) == k, 0, table[k])
        taken = (str(names[int(wrong.argmax())]), int(wrong.max())) if wrong.any() else ("", 0)
        scores.append(ClassScore(str(names[k]), f1, low, high, int(support[k]), groups, *taken, score))
    return scores


def _over_groups(found: Predicted, classes: int, group: np.ndarray) -> list[np.ndarray]:
    """The jackknife pseudo-values of every class's F1, one per group; a group that a class cannot do without gives none."""
    member = np.unique(group, return_inverse=True)[1]
    count = int(member.max()) + 1

    def by_group(label: np.ndarray, kept: np.ndarray) -> np.ndarray:
        return np.bincount(member[kept] * classes + label[kept], minlength=count * classes).reshape(count, classes)

    everything = np.ones(len(member), dtype=bool)
    hits = by_group(found.truth, found.truth == found.predicted)
    support = by_group(found.truth, everything)
    total, left = support + by_group(found.predicted, everything), support.sum(axis=0) - support
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = 2 * hits.sum(axis=0) / total.sum(axis=0)
        without = 2 * (hits.sum(axis=0) - hits) / (total.sum(axis=0) - total)
    pseudo = count * whole - (count - 1) * without
    return [pseudo[(left[:, k] > 0), k] for k in range(classes)]


def _over_cells(found: Predicted, k: int) -> tuple[float, float]:
    """The interval of a class's F1 where there are no groups: over cells."""

    def f1(truth: np.ndarray, predicted: np.ndarray) -> float:
        total = int((truth == k).sum() + (predicted == k).sum())
        return float(2 * ((truth == k) & (predicted == k)).sum() / total) if total else float("nan")

    return bootstrap_interval(f1, np.arange(len(found.truth)), found.truth, found.predicted, seed=0)
