"""How far each class can be trusted on groups that are not there yet: F1 by class with its interval over groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sweepwright.measures.classification import bootstrap_interval
from sweepwright.measures.groups import GroupScore
from sweepwright.problems.phenotype.predicted import Predicted
from sweepwright.problems.phenotype.scoring import by_class

SHARE = (0.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class ClassScore:
    """F1 of one class, pooled over all that was predicted: in [0, 1], higher is better, with the interval of its mean (NaN: none).

    `groups` is how many groups have a cell of it (None without groups); `taken_for` is what its cells are mostly called where they
    are called wrongly. `score` says what the next groups will give.
    """

    name: str
    f1: float
    low: float
    high: float
    cells: int
    groups: int | None
    taken_for: str
    score: GroupScore | None

    @property
    def can_be_validated(self) -> bool:
        """Whether it was ever tested on a group while others of its groups were there to learn from."""
        return self.groups is None or self.groups > 1

    def promised(self, groups: int) -> tuple[float, float] | None:
        """Where F1 will lie on new groups, so many of which have a cell of the class (90 %); None where nothing can be said.

        As many new groups as it takes to meet the class that often count: F1 is pooled, and a group without the class says little of it.
        """
        if self.score is None or not self.groups or not self.can_be_validated or groups < 1:
            return None
        low, high = self.score.following(groups * self.score.groups / self.groups)
        return (low, high) if np.isfinite(low) else None


def class_scores(found: Predicted, names: Sequence[str], group: np.ndarray | None) -> list[ClassScore]:
    """Every class that has a cell, in the order of `names`; `group` has one entry per sample of the data."""
    own = None if group is None else group[found.sample]
    over = None if own is None else _over_groups(found, len(names), own)
    scores = []
    for name, counts in by_class(found.truth, found.predicted, names).items():
        k = list(names).index(name)
        groups = None if own is None else len(np.unique(own[found.truth == k]))
        score = None if over is None else GroupScore(counts["f1"], over[k], SHARE, groups)
        low, high = score.average() if score is not None else _over_cells(found, k)
        taken = next(iter(counts["called"]), "")
        scores.append(ClassScore(name, counts["f1"], low, high, counts["cells"], groups, taken, score))
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
