"""The rule, its noise, the front and the bias of selection: published numbers and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sweepwright.choosing import Aim, bias_corrected, choose, error_factor, mean_draws, pareto_front, standard_error


def frame(scores, size=None, ending="COMPLETED") -> pd.DataFrame:
    scores = np.asarray(scores, dtype=float)
    trials, replicates = scores.shape
    size = np.zeros(trials) if size is None else np.asarray(size, dtype=float)
    return pd.DataFrame(
        {
            "trial": np.repeat(np.arange(trials), replicates),
            "replicate": np.tile(np.arange(replicates), trials),
            "ending": ending,
            "measure.f1": scores.ravel(),
            "measure.size": np.repeat(size, replicates),
        }
    )


def test_the_corrected_variance_of_nadeau_and_bengio():
    # Machine Learning 52:239 (2003): the correction is 1/J + n2/n1; for ten folds n2/n1 = 1/9.
    assert error_factor(10, folds=10) == pytest.approx(0.1 + 1 / 9)
    assert standard_error(np.array([1.0, 2.0, 3.0])) == pytest.approx(1 / np.sqrt(3))
    assert np.isnan(standard_error(np.array([1.0])))


def test_a_sparser_model_within_one_standard_error_is_preferred():
    scores = [[0.80, 0.90, 0.85], [0.79, 0.905, 0.849], [0.60, 0.70, 0.65]]
    choice = choose(frame(scores, size=[100, 10, 1]), [Aim("f1", 1), Aim("size", -1)])
    assert (choice.best, choice.chosen) == (0, 1)
    assert set(choice.indistinguishable) == {0, 1}
    assert any(said.code == "choice.preferred" for said in choice.sentences)


def test_a_bound_is_a_constraint():
    scores = [[0.8, 0.81, 0.82], [0.5, 0.51, 0.52]]
    aims = [Aim("f1", 1), Aim("size", -1, bound=5.0)]
    assert choose(frame(scores, size=[10, 1]), aims).chosen == 1
    nobody = choose(frame(scores, size=[10, 9]), aims)
    assert nobody.chosen is not None and any(said.code == "choice.bounds" for said in nobody.sentences)


def test_failed_trials_stand_aside_and_nothing_left_is_said():
    runs = frame([[0.9, 0.9], [0.5, 0.5]])
    runs.loc[runs["trial"] == 0, "ending"] = "DIVERGED"
    assert choose(runs, [Aim("f1", 1)]).chosen == 1
    runs["ending"] = "DIVERGED"
    nothing = choose(runs, [Aim("f1", 1)])
    assert nothing.chosen is None and nothing.sentences[-1].code == "choice.none"


def test_one_replicate_says_that_noise_is_unknown():
    choice = choose(frame([[0.8], [0.9]]), [Aim("f1", 1)])
    assert choice.chosen == 1 and any(said.code == "choice.noise_unknown" for said in choice.sentences)


score_tables = arrays(float, st.tuples(st.integers(2, 6), st.integers(2, 5)), elements=st.floats(0, 1, width=16))


@settings(max_examples=25, deadline=None)
@given(score_tables, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(scores, random):
    runs = frame(scores)
    shuffled = runs.sample(frac=1, random_state=random.randrange(1000))
    assert choose(runs, [Aim("f1", 1)]).order == choose(shuffled, [Aim("f1", 1)]).order


@settings(max_examples=25, deadline=None)
@given(score_tables)
def test_change_of_unit_and_direction(scores):
    runs, other = frame(scores), frame(-8 * scores)
    assert choose(runs, [Aim("f1", 1)]).order == choose(other, [Aim("f1", -1)]).order


@given(arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.floats(-5, 5, width=16)))
def test_the_front_is_what_nobody_dominates(values):
    front = pareto_front(values, np.ones(values.shape[1]))
    assert front.any()
    for i, row in enumerate(values):
        dominated = any((other >= row).all() and (other > row).any() for other in values)
        assert front[i] == (not dominated)


def test_a_value_that_is_not_finite_is_never_on_the_front():
    assert not pareto_front(np.array([[np.inf, 1.0], [1.0, np.nan]]), np.ones(2)).any()


def test_draws_of_means_have_the_corrected_spread():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(3, 10))
    draws = mean_draws(scores, folds=10, seed=0, draws=40_000)
    assert draws.mean(axis=0) == pytest.approx(scores.mean(axis=1), abs=0.02)
    assert draws.std(axis=0) == pytest.approx(scores.std(axis=1, ddof=1) * np.sqrt(error_factor(10, 10)), rel=0.03)


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
