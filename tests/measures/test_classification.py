"""Measures of classifiers: scikit-learn as oracle, worked numbers, laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from sweepwright.measures import classification as c
from sweepwright.nouns.undefined import Undefined

labelings = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)), min_size=3, max_size=60).map(np.array)
)


@given(labelings)
def test_agrees_with_scikit_learn(pairs):
    truth, found = pairs[:, 0], pairs[:, 1]
    assert c.accuracy(truth, found) == pytest.approx(metrics.accuracy_score(truth, found))
    assert c.f1_weighted(truth, found) == pytest.approx(metrics.f1_score(truth, found, average="weighted", zero_division=0))
    assert c.f1_macro(truth, found) == pytest.approx(metrics.f1_score(truth, found, average="macro", zero_division=0))
    if len(set(truth) | set(found)) > 1:
        assert c.matthews(truth, found) == pytest.approx(metrics.matthews_corrcoef(truth, found), abs=1e-12)


@given(labelings, st.permutations(range(5)))
def test_names_of_classes_do_not_matter(pairs, names):
    renamed = np.array(names)[pairs]
    for measure in (c.accuracy, c.f1_weighted, c.f1_macro, c.matthews):
        assert measure(renamed[:, 0], renamed[:, 1]) == pytest.approx(measure(pairs[:, 0], pairs[:, 1]))


@given(labelings, st.randoms(use_true_random=False))
def test_order_of_samples_does_not_matter(pairs, random):
    order = list(range(len(pairs)))
    random.shuffle(order)
    assert c.f1_weighted(*pairs[order].T) == pytest.approx(c.f1_weighted(*pairs.T))


def random_probabilities(seed: int = 0, samples: int = 200, classes: int = 4):
    rng = np.random.default_rng(seed)
    probability = rng.dirichlet(np.ones(classes), samples)
    return rng.integers(classes, size=samples), probability


def test_probabilities_agree_with_scikit_learn():
    truth, probability = random_probabilities()
    assert c.log_loss(truth, probability) == pytest.approx(metrics.log_loss(truth, probability))
    for k in range(4):
        own = c.average_precision(truth == k, probability[:, k])
        assert own == pytest.approx(metrics.average_precision_score(truth == k, probability[:, k]))


def test_random_scores_reach_the_mean_prevalence_not_one_half():
    rng = np.random.default_rng(0)
    truth, probability = rng.integers(4, size=20_000), rng.dirichlet(np.ones(4), 20_000)
    assert c.average_precision_macro(truth, probability) == pytest.approx(0.25, abs=0.01)


def test_calibration_of_a_calibrated_and_of_a_boasting_classifier():
    rng = np.random.default_rng(0)
    probability = rng.dirichlet(np.ones(3), 30_000)
    truth = (probability.cumsum(axis=1) > rng.random((30_000, 1))).argmax(axis=1)
    assert c.calibration_error(truth, probability) < 0.02
    boast = probability**4 / (probability**4).sum(axis=1, keepdims=True)
    assert c.calibration_error(truth, boast) > 0.15


def test_no_support_is_undefined_not_zero():
    found = c.f1_by_class(np.array([0, 0]), np.array([0, 1]), ["a", "b"])
    assert found["a"] == pytest.approx(2 / 3)
    assert found["b"] == Undefined("no member of b was tested")


def test_nothing_tested_is_nan():
    nothing = np.zeros(0, int)
    assert np.isnan(c.accuracy(nothing, nothing)) and np.isnan(c.f1_weighted(nothing, nothing))


def test_the_interval_by_groups_is_wider_than_by_cells():
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(20), 30)
    right = rng.random(20)[groups] > rng.random(600)  # plates differ in difficulty
    truth = np.zeros(600, int)
    found = np.where(right, 0, 1)
    by_group = c.bootstrap_interval(c.accuracy, groups, truth, found, seed=0)
    by_cell = c.bootstrap_interval(c.accuracy, np.arange(600), truth, found, seed=0)
    assert by_group[1] - by_group[0] > 1.5 * (by_cell[1] - by_cell[0])
