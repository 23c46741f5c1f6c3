"""Scores of groups: the mean over many, and what the next few give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from sweepwright.measures.classification import f1_weighted
from sweepwright.measures.groups import GroupScore, group_score


def mean(values: np.ndarray) -> float:
    return float(np.mean(values))


def test_of_a_mean_over_equal_groups_it_is_students_interval():
    rng = np.random.default_rng(0)
    values = rng.standard_normal((9, 20)) + rng.standard_normal((9, 1))
    own = values.mean(axis=1)
    found = group_score(mean, np.repeat(np.arange(9), 20), values.ravel())
    assert found.pseudo == pytest.approx(own)
    reach = student.ppf(0.95, 8) * own.std(ddof=1)
    assert found.average() == pytest.approx((own.mean() - reach / 3, own.mean() + reach / 3))
    assert found.following(4) == pytest.approx(
        (own.mean() - reach * (1 / 9 + 1 / 4) ** 0.5, own.mean() + reach * (1 / 9 + 1 / 4) ** 0.5)
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 50), st.floats(-5, 5))
def test_names_order_and_unit_of_groups_do_not_matter(seed, unit, shift):
    rng = np.random.default_rng(seed)
    groups, values = rng.integers(6, size=60), rng.standard_normal(60)
    own, order = group_score(mean, groups, values), rng.permutation(60)
    other = group_score(mean, np.array(["f", "a", "z", "b", "q", "c"])[groups][order], unit * values[order] + shift)
    assert other.following(3) == pytest.approx(tuple(unit * end + shift for end in own.following(3)))
    ends = [own.following(k) for k in (1, 5, 50)] + [own.average()]
    assert [low for low, _ in ends] == sorted(low for low, _ in ends)  # more groups, less doubt


def test_an_interval_ends_where_the_score_does():
    truth, called = np.tile([0, 1], 20), np.tile([0, 1], 20)
    called[:4] = 1 - called[:4]  # all mistakes in one group
    found = group_score(f1_weighted, np.repeat(np.arange(10), 4), truth, called, limits=(0.0, 1.0))
    assert (
        found.following(1)[1] == 1.0
        and 0 <= found.following(1)[0] < found.average()[0] < found.value < found.average()[1] <= 1.0
    )


def test_one_group_says_nothing_of_others_and_few_say_little():
    alone = group_score(mean, np.zeros(5, int), np.arange(5.0))
    assert alone.value == 2.0 and np.isnan(alone.average()).all() and np.isnan(alone.following(3)).all()
    assert GroupScore(0.5, np.ones(7)).are_few and not GroupScore(0.5, np.ones(8)).are_few


def test_a_score_that_nothing_is_known_of_has_no_interval():
    found = group_score(lambda x: float("inf"), np.array(["a", "b", "c"]), np.array([1.0, 2.0, 3.0]))
    assert found.groups == 0 and np.isnan([*found.average(), *found.following(3)]).all()
