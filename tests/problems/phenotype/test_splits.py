"""Folds and conditions: who trains, who is tested."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from sweepwright.nouns.job import Job
from sweepwright.problems.phenotype.splits import OUTER, UNGROUPED, conditions, fold_of_each, split
from sweepwright.problems.phenotype.train import SEARCH, Scaler

FACTS = {"left_out": ["p1"]}
LABELS = np.tile([0, 1, 2], 40)
GROUPS = np.repeat(np.arange(30), 4)


def job(condition: str, replicate: int = 0, folds: int = 3, seed: int = 7) -> Job:
    found = next(c for c in conditions(FACTS) if c.name == condition)
    return Job(
        number=0, configuration={}, condition=found, replicate=replicate, folds=folds, seed=1, data_seed=seed, effort=SEARCH
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 6), st.integers(0, 1000))
def test_every_cell_is_tested_once_and_groups_stay_together(folds, seed):
    fold = fold_of_each(LABELS, GROUPS, folds, seed)
    assert set(fold) == set(range(folds))
    for group in np.unique(GROUPS):
        assert len(set(fold[group == GROUPS])) == 1


def test_another_seed_is_another_draw():
    assert (fold_of_each(LABELS, None, 5, 0) != fold_of_each(LABELS, None, 5, 1)).any()
    assert (fold_of_each(LABELS, None, 5, 0) == fold_of_each(LABELS, None, 5, 0)).all()


@pytest.mark.parametrize("k", range(OUTER))
def test_inner_folds_never_see_their_outer_fold(k):
    outer = split(LABELS, GROUPS, job(f"outer {k}", folds=1), True)
    assert not set(GROUPS[outer.train]) & set(GROUPS[outer.test])
    tested = []
    for replicate in range(3):
        inner = split(LABELS, GROUPS, job(f"inner {k}", replicate), True)
        assert not set(outer.test) & (set(inner.train) | set(inner.test))
        assert not set(GROUPS[inner.train]) & set(GROUPS[inner.test])
        tested.extend(inner.test)
    assert sorted(tested) == sorted(outer.train)


def test_the_outer_folds_are_everything():
    tests = [split(LABELS, GROUPS, job(f"outer {k}", folds=1), True).test for k in range(OUTER)]
    assert sorted(np.concatenate(tests)) == list(range(len(LABELS)))


def test_the_control_that_ignores_groups_is_there_where_there_are_groups():
    assert UNGROUPED not in [c.name for c in conditions(FACTS)]
    free = next(c for c in conditions({**FACTS, "group": "Plate"}) if c.name == UNGROUPED)
    rows = split(LABELS, GROUPS, replace(job("all"), condition=free), True)
    assert set(GROUPS[rows.train]) & set(GROUPS[rows.test])
    assert sorted([*rows.train, *rows.test]) == list(range(len(LABELS)))


def test_the_refit_sees_all_cells_and_tests_none():
    rows = split(LABELS, None, job("refit on all cells", folds=1), True)
    assert len(rows.train) == len(LABELS) and len(rows.test) == 0


def test_leaving_a_group_out():
    names = np.array([f"p{g}" for g in GROUPS])
    rows = split(LABELS, GROUPS, job("without p1", folds=1), True, names)
    assert set(names[rows.test]) == {"p1"} and "p1" not in names[rows.train]


def test_scaling_belongs_to_the_training_rows():
    values = np.random.default_rng(0).normal(5, 3, (20, 4))
    scaled = Scaler.of(values)(values)
    assert scaled.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-12)
    assert scaled.std(axis=0) == pytest.approx(np.ones(4))
    values[3, 1] = np.nan
    filled = Scaler.of(values)
    assert filled.median is not None and np.isfinite(filled(values)).all()


def test_another_seed_is_another_draw_of_groups_too():
    # Groups that are all unlike each other: StratifiedGroupKFold alone gives the same folds for every seed.
    rng = np.random.default_rng(0)
    groups = np.sort(rng.choice(24, 1200, p=rng.dirichlet(np.full(24, 2.0))))
    labels = (rng.random(1200) < np.linspace(0.1, 0.9, 24)[groups]).astype(int) + 2 * (groups % 3 == 0)
    first = np.unique(groups, return_index=True)[1]
    folds = [fold_of_each(labels, groups, 4, seed)[first] for seed in range(6)]
    alike = [adjusted_rand_score(a, b) for a, b in combinations(folds, 2)]
    assert np.mean(alike) < 0.3  # about 1 with the library's own shuffling
    np.testing.assert_array_equal(fold_of_each(labels, groups, 4, 3), fold_of_each(labels, groups, 4, 3))


def test_folds_of_groups_spread_classes_about_as_well_as_without_chance():
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(40), 25)
    labels = rng.choice(3, 1000, p=[0.6, 0.3, 0.1])

    def spread(fold: np.ndarray) -> float:
        counts = np.array([[((labels == c) & (fold == f)).sum() for f in range(5)] for c in range(3)])
        return float((counts / counts.sum(axis=1, keepdims=True)).std(axis=1).mean())

    fixed = spread(fold_of_each(labels, groups, 5, 0, shuffle=False))
    drawn = [spread(fold_of_each(labels, groups, 5, seed)) for seed in range(5)]
    assert np.mean(drawn) < fixed + 0.03
