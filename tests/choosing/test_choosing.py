"""The front, the bias of selection and the variance of folds: published numbers and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sweepwright.choosing import bias_corrected, error_factor, pareto_front


def test_the_corrected_variance_of_nadeau_and_bengio():
    # Machine Learning 52:239 (2003): the correction is 1/J + n2/n1; for ten folds n2/n1 = 1/9.
    assert error_factor(10, folds=10) == pytest.approx(0.1 + 1 / 9)


@given(arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.floats(-5, 5, width=16)))
def test_the_front_is_what_nobody_dominates(values):
    front = pareto_front(values, np.ones(values.shape[1]))
    assert front.any()
    for i, row in enumerate(values):
        dominated = any((other >= row).all() and (other > row).any() for other in values)
        assert front[i] == (not dominated)


def test_a_value_that_is_not_finite_is_never_on_the_front():
    assert not pareto_front(np.array([[np.inf, 1.0], [1.0, np.nan]]), np.ones(2)).any()


def test_selection_bias_on_pure_noise_is_removed():
    rng = np.random.default_rng(0)
    truth, guesses = rng.integers(2, size=300), rng.integers(2, size=(50, 300))

    def score(rows):
        return (guesses[:, rows] == truth[rows]).mean(axis=1)

    best = score(np.arange(300)).max()
    corrected = bias_corrected(score, np.arange(300), seed=0)
    assert best > 0.55  # the winner looks better than chance
    assert corrected.value == pytest.approx(0.5, abs=0.035)
    assert corrected.low < 0.5 < corrected.high
