"""Which cells train and which are tested: shuffled, stratified, grouped and nested folds."""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from sweepwright.nouns.condition import Condition, ConditionKind
from sweepwright.nouns.job import Job
from sweepwright.nouns.phase import Step
from sweepwright.nouns.plain import Facts

OUTER, INNER, PERMUTATIONS = 5, 3, 20  # outer folds, inner folds (also of a permutation), permutations
UNGROUPED = "cells split freely"
CANDIDATES = 5  # partitions of the groups from which the one that spreads the classes best is taken
LEAST_SHARE = 0.2  # of a group's cells that a partition is made by


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers: `train` are fitted, `test` are predicted."""

    train: np.ndarray
    test: np.ndarray


def fold_of_each(labels: np.ndarray, together: np.ndarray | None, folds: int, seed: int, shuffle: bool = True) -> np.ndarray:
    """The fold of each cell: classes spread evenly; cells of one group never in two folds.

    >>> fold_of_each(np.array([0, 0, 1, 1]), None, 2, seed=0).tolist() in ([0, 1, 0, 1], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 1, 0])
    True
    """
    if together is None:
        splitter = StratifiedKFold(folds, shuffle=shuffle, random_state=seed if shuffle else None)
        return _numbered(splitter, labels, None)
    if not shuffle:
        return _numbered(StratifiedGroupKFold(folds), labels, together)
    groups = np.unique(together, return_inverse=True)[1]
    rng = np.random.default_rng(seed)
    candidates = [_folds_of_groups(labels, groups, folds, rng)[groups] for _ in range(CANDIDATES)]
    return min(candidates, key=lambda fold: _unevenness(labels, fold, folds))


def _folds_of_groups(labels: np.ndarray, groups: np.ndarray, folds: int, rng: np.random.Generator) -> np.ndarray:
    """The fold of each group, classes spread evenly, made by a random share of each group's cells.

    StratifiedGroupKFold takes the groups by how unlike their classes are, and its own shuffling decides ties only: on 50 real plates
    all seeds gave two partitions, almost the same, so that "another draw" was none. Thinned groups come in another order.
    """
    share = rng.uniform(LEAST_SHARE, 1.0, int(groups.max()) + 1)
    kept = rng.random(len(groups)) < share[groups]
    kept[np.unique(groups, return_index=True)[1]] = True  # at least one cell of each
    rows = np.flatnonzero(kept)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=int(rng.integers(2**31)))
    found = np.empty(len(share), dtype=np.int64)
    found[groups[rows]] = _numbered(splitter, labels[rows], groups[rows])
    return found


def _unevenness(labels: np.ndarray, fold: np.ndarray, folds: int) -> tuple[int, float]:
    """How many folds are empty, and how unevenly classes are spread: the mean sd of a class's shares; 0 is even, lower is better."""
    classes = np.unique(labels, return_inverse=True)[1]
    counts = np.zeros((int(classes.max()) + 1, folds))
    np.add.at(counts, (classes, fold), 1.0)
    spread = float((counts / counts.sum(axis=1, keepdims=True)).std(axis=1).mean())
    return int((counts.sum(axis=0) == 0).sum()), spread


def _numbered(splitter: StratifiedKFold | StratifiedGroupKFold, labels: np.ndarray, together: np.ndarray | None) -> np.ndarray:
    found = np.empty(len(labels), dtype=np.int64)
    for fold, (_, test) in enumerate(splitter.split(np.zeros((len(labels), 1)), labels, together)):
        found[test] = fold
    return found


def split(labels: np.ndarray, together: np.ndarray | None, job: Job, shuffle: bool, group: np.ndarray | None = None) -> Split:
    """The rows of a run: its condition says inside which outer fold, its replicate says which fold."""
    everything = np.arange(len(labels))
    settings = job.condition.settings
    if settings.get("refit"):
        return Split(everything, everything[:0])
    if "left_out" in settings:
        assert group is not None
        inside = group == settings["left_out"]
        return Split(everything[~inside], everything[inside])
    rows = everything
    if "outer" in settings:
        outer = fold_of_each(labels, together, OUTER, job.data_seed, shuffle)
        inside = outer == settings["outer"]
        if settings["part"] == "outside":
            return Split(everything[~inside], everything[inside])
        rows = everything[~inside]
    kept = None if together is None or settings.get("ungrouped") else together[rows]
    folds = fold_of_each(labels[rows], kept, job.folds, job.data_seed, shuffle)
    return Split(rows[folds != job.fold], rows[folds == job.fold])


def conditions(facts: Facts) -> tuple[Condition, ...]:
    """The reference, the nested folds that confirm the procedure, the controls, and the refit on all cells.

    Where there are groups, one control ignores them: what grouping costs.
    """
    nested = []
    for k in range(OUTER):
        inner = {"outer": k, "part": "inside"}
        nested.append(Condition(name=f"inner {k}", kind=ConditionKind.HELD, steps=(Step.CONFIRM,), folds=INNER, settings=inner))
    for k in range(OUTER):
        outer = {"outer": k, "part": "outside"}
        nested.append(
            Condition(
                name=f"outer {k}",
                kind=ConditionKind.HELD,
                steps=(Step.CONFIRM,),
                folds=1,
                chosen_on=f"inner {k}",
                settings=outer,
            )
        )
    refit = Condition(name="refit on all cells", steps=(Step.KEEP,), folds=1, settings={"refit": True})
    return (Condition(name="all"), *nested, *_controls(facts), refit)


def _controls(facts: Facts) -> tuple[Condition, ...]:
    """What is spoiled on purpose, and what a split that ignores groups would promise; on request, groups left out in turn."""
    controls = (
        Condition(
            name="shuffled columns",
            kind=ConditionKind.CONTROL,
            steps=(Step.CONFIRM,),
            settings={"shuffle": "columns"},
            meaning="With every feature shuffled among the cells {goal} is {control} instead of {chosen}: that is what the sizes of the classes give.",
        ),
        Condition(
            name="permuted labels",
            kind=ConditionKind.CONTROL,
            steps=(Step.CONFIRM,),
            draws=PERMUTATIONS,
            folds=INNER,
            settings={"shuffle": "labels"},
            meaning="Trained on permuted labels {goal} is {control} instead of {chosen}.",
        ),
    )
    free = Condition(
        name=UNGROUPED,
        kind=ConditionKind.CONTROL,
        steps=(Step.CONFIRM,),
        settings={"ungrouped": True},
        is_finding=True,
        meaning="A split that ignores {unit}s would have promised {goal} {control}; on {unit}s that it never saw the same configuration has {chosen}.",
    )
    left_out = tuple(
        Condition(
            name=f"without {group}",
            kind=ConditionKind.CONTROL,
            steps=(Step.CONFIRM,),
            folds=1,
            settings={"left_out": group},
            is_finding=True,
            meaning="Left out in turn, single {unit}s have {goal} {control}; all folds together have {chosen}.",
        )
        for group in facts["left_out"]
    )
    return (*controls, *((free,) if facts.get("group") else ()), *left_out)
