"""Ranges that grew midway: the exact chance, how often it cries wolf, and what it sees."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweepwright.choosing.anomalies.growth import chance, grown_ranges
from sweepwright.choosing.encoding import inferred_axes


def sweep(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    about = {"run": np.arange(count), "trial": np.arange(count), "condition": "all"}
    return pd.DataFrame(about | {f"param.{name}": values for name, values in columns.items()})


def said(runs: pd.DataFrame) -> list[str]:
    return [statement.text for statement in grown_ranges(runs, inferred_axes(runs))]


@pytest.mark.parametrize("cut", [1, 2, 4, 5])
def test_the_chance_is_that_of_all_orders(cut):
    orders = np.array(list(permutations(range(6))))
    first, later = orders[:, :cut], orders[:, cut:]
    outside = ((later < first.min(axis=1)[:, None]) | (later > first.max(axis=1)[:, None])).sum(axis=1)
    for k in range(7 - cut):
        assert chance(np.array([k]), np.array([cut]), 6)[0] == pytest.approx((outside >= k).mean())


@pytest.mark.slow
@pytest.mark.parametrize("count", [40, 120])
def test_independent_draws_are_left_alone(count):
    rng = np.random.default_rng(0)
    alarms = sum(
        bool(said(sweep({"lr": rng.random(count), "wd": 10 ** rng.uniform(-4, 0, count), "dropout": rng.random(count)})))
        for _ in range(400)
    )
    assert alarms <= 8  # .01 of 400 is 4; the rule of a fifth of the range said it in 31 of 60


def test_a_range_that_grew_is_said_with_its_place_and_what_it_supposes():
    rng = np.random.default_rng(1)
    values = rng.random(80)
    values[:40] *= 0.3
    [text] = said(sweep({"lr": values, "wd": rng.random(80)}))
    assert text.startswith("The range of lr grew at run 4") and "if configurations were drawn at random" in text


@given(st.integers(0, 50), st.sampled_from([lambda x: 3 * x + 1, lambda x: np.exp(5 * x), lambda x: -x]))
def test_the_unit_does_not_matter(seed, change):
    rng = np.random.default_rng(seed)
    values = rng.random(60) * np.where(np.arange(60) < 30, 0.4, 1)
    assert bool(said(sweep({"lr": values}))) == bool(said(sweep({"lr": change(values)})))


def test_the_order_of_a_sorted_table_is_no_order_in_time():
    rng = np.random.default_rng(2)
    by = np.repeat(["a", "b"], 40)
    runs = sweep({"loss": by, "lr": rng.random(80) * np.where(by == "a", 0.3, 1.0)})
    assert said(runs) == []


def test_equal_values_lie_outside_of_nothing():
    assert said(sweep({"lr": np.tile([0.1, 0.25, 0.7, 0.9], 30)})) == []


def test_a_configuration_that_ran_again_was_drawn_once():
    """Each repeat counted as a draw: with three runs of each of 40 independent configurations half of all sweeps were alarmed."""
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(60):
        runs = sweep({"x": np.repeat(rng.random(40), 3)})
        alarms += bool(said(runs.assign(trial=runs["run"] // 3)))
    assert alarms <= 3
