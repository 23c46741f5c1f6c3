"""The best of n: exact on small cases, and what it must obey."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sweepwright.choosing.pareto import pareto_front
from sweepwright.choosing.tuning import expected_best

values = arrays(float, st.integers(1, 40), elements=st.floats(-100, 100).map(lambda x: round(x, 3)))


def test_it_is_the_mean_over_all_subsets():
    found = np.array([0.3, 0.1, 0.9, 0.5, 0.2])
    table = expected_best(found).set_index("n")["expected"]
    for n in range(1, 6):
        assert table[n] == pytest.approx(np.mean([max(some) for some in combinations(found, n)]))


@given(values)
def test_it_starts_at_the_mean_ends_at_the_best_and_never_falls(found):
    table = expected_best(found)
    assert table["expected"].iloc[0] == pytest.approx(found.mean(), abs=1e-9)
    assert table["expected"].iloc[-1] == pytest.approx(found.max(), abs=1e-9)
    assert (np.diff(table["expected"]) >= -1e-9).all() and (table["low"] <= table["high"]).all()


@given(values, st.randoms())
def test_order_sign_and_unit_do_not_matter(found, random):
    shuffled = found.tolist()
    random.shuffle(shuffled)
    table = expected_best(found)
    assert expected_best(np.array(shuffled))["expected"].tolist() == pytest.approx(table["expected"].tolist())
    mirrored = expected_best(-found, sign=-1)
    assert (-mirrored["expected"]).tolist() == pytest.approx(table["expected"].tolist(), abs=1e-9)
    assert expected_best(3 * found)["high"].tolist() == pytest.approx((3 * table["high"]).tolist(), abs=1e-9)


def test_what_is_not_finite_is_left_out_and_nothing_gives_nothing():
    assert expected_best(np.array([np.nan, 1.0, np.inf, 2.0]))["expected"].tolist() == [1.5, 2.0]
    assert expected_best(np.array([np.nan])).empty


@given(arrays(float, st.tuples(st.integers(1, 30), st.integers(1, 3)), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan])))
def test_a_front_is_what_nobody_dominates(points):
    signs = np.array([1, -1, 1])[: points.shape[1]]
    oriented, front = points * signs, pareto_front(points, signs)
    for i, own in enumerate(oriented):
        others = oriented[np.isfinite(oriented).all(axis=1)]
        beaten = ((others >= own).all(axis=1) & (others > own).any(axis=1)).any()
        assert front[i] == (np.isfinite(own).all() and not beaten)
