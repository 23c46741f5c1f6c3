"""Where a measure is best is said in what was tried, and beyond an end only where the runs show it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc
from simulated import sweep

from sweepwright.choosing import axes_of, drivers, edges, inferred_axes
from sweepwright.choosing.effects.evidence import evidence_of
from sweepwright.choosing.effects.location import Location, locations
from sweepwright.errors import InputError
from sweepwright.space import Float, Int, Space
from sweepwright.space.yaml import read_parameter, write_parameter

LEVELS = np.array([0.01, 0.1, 1.0, 10.0, 100.0, 1000.0])


def located(runs, sign: int = 1, axes=None) -> dict[str, Location]:
    axes = axes or inferred_axes(runs)
    return locations(evidence_of(runs, "f1", axes), "f1", axes, sign)


def grid(effects: np.ndarray, seed: int, noise: float = 0.1, others: int = 8):
    """A factorial sweep of C with these effects, and of a second parameter that matters too."""
    rng = np.random.default_rng(seed)
    level, other = (part.ravel() for part in np.meshgrid(np.arange(len(effects)), np.arange(others)))
    values = effects[level] + 0.3 * np.sin(other) + noise * rng.standard_normal(len(level))
    return sweep({"C": LEVELS[level], "other": [f"o{k}" for k in other]}, values)


def test_the_best_is_said_in_the_values_that_were_tried():
    runs = grid(np.array([0.0, 0.48, 0.55, 0.5, 0.1, 0.0]), 3, noise=0.1, others=12)
    place = located(runs)["C"]
    assert str(place.statement) == (
        "f1 is best at C = 1, of the 6 values tried; 0.1, 1 and 10 may each be the best as far as these runs show (90 %)."
    )
    assert place.direction == "highest at 0.1 or 1 or 10"
    found = drivers(runs, ["f1"])
    assert (
        found.effects.set_index("parameter").loc["C", "direction"] == place.direction
    )  # summary, table and chart say the same


def test_a_single_best_level_is_among_those_that_may_be_the_best():
    inside = sum(2 in located(grid(np.array([0.0, 0.1, 0.15, 0.1, 0.05, 0.0]), seed))["C"].good for seed in range(200))
    assert inside >= 0.9 * 200
    # the set is no formality: a clear best stands alone, a flat parameter has all
    assert located(grid(np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), 0))["C"].good == (2,)
    flat = [len(located(grid(np.zeros(6), seed))["C"].good) for seed in range(20)]
    assert np.mean(flat) > 5


@given(st.integers(0, 50), st.floats(0.01, 100), st.floats(-10, 10))
@settings(max_examples=20, deadline=None)
def test_neither_the_unit_nor_the_sign_moves_the_place(seed, unit, shift):
    runs = grid(np.array([0.0, 0.2, 0.3, 0.25, 0.1, 0.0]), seed)
    own = located(runs)["C"]
    scaled = located(runs.assign(**{"measure.f1": unit * runs["measure.f1"] + shift}))["C"]
    turned = located(runs.assign(**{"measure.f1": -runs["measure.f1"]}), sign=-1)["C"]
    assert own.best == scaled.best == turned.best and own.good == scaled.good == turned.good
    assert turned.direction == own.direction.replace("highest", "lowest")


def test_a_continuum_is_told_in_fifths_and_a_long_list_of_numbers_too():
    x = qmc.Sobol(2, seed=3).random(64)
    runs = sweep({"lr": x[:, 0], "layers": 1 + np.floor(12 * x[:, 1])}, -((x[:, 0] - 0.5) ** 2) * 8 + 0.05 * x[:, 1])
    found = located(runs, axes=axes_of(Space(lr=Float(0, 1), layers=Int(1, 12))))
    assert "f1 is best at lr = 0.4 to 0.6, of the 5 parts of its range tried" in found["lr"].statement.text
    assert found["layers"].levels == ("1 to 2", "3 to 5", "6 to 7", "8 to 10", "11 to 12")


def test_inactive_is_a_level_where_it_can_be_compared_and_little_is_not_spoken_of():
    rng = np.random.default_rng(0)
    margin = np.array([1.0, 2.0, np.nan])[np.arange(60) % 3]
    runs = sweep({"margin": margin, "x": rng.random(60)}, np.where(np.isnan(margin), 1.0, 0.0) + 0.1 * rng.standard_normal(60))
    place = located(runs)["margin"]
    assert (
        place.levels[place.best] == "inactive"
        and "best where margin is inactive, of the 3 values tried" in place.statement.text
    )
    loss = np.where(np.isnan(margin), "a", "b")  # inactive exactly where the loss is a: not to be told apart from it
    assert located(runs.assign(**{"param.loss": loss}))["margin"].levels == ("1", "2")
    assert located(runs.head(12)) == {}


def test_an_inner_optimum_near_the_end_is_no_edge_and_a_rising_one_is():
    def wrong(optimum: float, count: int = 64, studies: int = 60) -> int:
        said = 0
        for seed in range(studies):
            x = qmc.Sobol(3, seed=seed).random(count)
            noise = 0.1 * np.random.default_rng(seed).standard_normal(count)
            values = -((x[:, 0] - optimum) ** 2) + 0.3 * x[:, 1] + noise
            said += any(
                e.parameter == "lr" for e in edges(sweep({"lr": x[:, 0] + 1, "b": x[:, 1], "c": x[:, 2]}, values), "f1")
            )
        return said

    assert wrong(0.9) <= 0.05 * 60 + 2
    assert wrong(1.5) >= 0.5 * 60


@pytest.mark.parametrize(("closed", "said"), [(None, 1), ("high", 0), ("both", 0), ("low", 1)])
def test_nobody_is_sent_beyond_an_end_that_is_declared_closed(closed, said):
    x = qmc.Sobol(2, seed=1).random(64)
    runs = sweep({"lr": 1 + x[:, 0], "b": x[:, 1]}, x[:, 0] + 0.05 * np.random.default_rng(0).standard_normal(64))
    axes = axes_of(Space(lr=Float(1, 2, closed=closed), b=Float(0, 1)))
    assert len(edges(runs, "f1", 1, axes)) == said


def test_closed_is_written_and_read_and_a_wrong_word_refused():
    for parameter in (Float(0, 2, closed="high"), Int(2, 9, closed="both"), Float(1, 2)):
        assert read_parameter("p", write_parameter(parameter)) == parameter
    assert Int(1, 9).open == (False, True) and Float(1, 2).open == (True, True) and Float(0, 1).open == (False, False)
    with pytest.raises(InputError, match="beyond which end there are no values, but got 'hihg'; did you mean 'high'"):
        Float(0, 1, closed="hihg")


def test_levels_that_differ_by_rounding_are_equally_good():
    lr, w, k = (part.ravel() for part in np.meshgrid([0.001, 0.01, 0.1], np.arange(4), np.arange(2), indexing="ij"))
    runs = sweep({"lr": lr, "w": w, "k": k}, np.where(lr == 0.1, 0.8, 1.0))
    found = locations(evidence_of(runs, "f1", inferred_axes(runs)), "f1", inferred_axes(runs))
    assert found["lr"].good == (0, 1)
