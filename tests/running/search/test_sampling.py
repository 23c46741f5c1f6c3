"""Proposals depend on what they are told and on their number, never on timing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spaces import SPACE

from sweepwright.running.sampler import PointSampler, sampler_named
from sweepwright.running.sampling import NoConfiguration, around, at
from sweepwright.space import Choice, Fixed, Float, Space, unit_of


def points_of(name: str):
    found = sampler_named(name)
    assert isinstance(found, PointSampler) and not found.adaptive
    return found.points


random, quasi_random = points_of("random"), points_of("qmc")


def grid(space: Space, trials: int | None) -> list[dict]:
    return points_of("grid")(space, 0, "explore", 0, trials)


@pytest.mark.parametrize("draw", [random, quasi_random])
def test_a_proposal_is_the_same_alone_and_in_a_row(draw):
    whole = draw(SPACE, 3, "explore", 0, 16)
    assert draw(SPACE, 3, "explore", 5, 1) == [whole[5]]
    assert draw(SPACE, 4, "explore", 0, 16) != whole
    assert all(SPACE.canonical(configuration) == configuration for configuration in whole)


def test_quasi_random_points_fill_each_dimension():
    space = Space(a=Float(0, 1), b=Choice("x", "y"))
    points = quasi_random(space, 0, "explore", 0, 64)
    counts = [sum(int(float(p["a"]) * 8) == k for p in points) for k in range(8)]
    assert counts == [8] * 8
    assert sum(p["b"] == "x" for p in points) == 32


def test_a_forbidden_point_is_replaced_and_an_impossible_rule_is_said():
    space = SPACE.constrain("layers > 1", "too shallow")
    assert all(int(c["layers"]) > 1 for c in quasi_random(space, 0, "explore", 0, 32))
    with pytest.raises(NoConfiguration, match="never"):
        random(SPACE.constrain("layers > 5", "never"), 0, "explore", 0, 1)


def test_grid_visits_each_identity_once_and_needs_levels():
    space = Space(loss=Choice("a", "b"), margin=Float(0.1, 10, log=True, grid=3, when="loss == 'b'"), seed=Fixed(1))
    assert len(grid(space, None)) == 4
    assert len(grid(space, 2)) == 2
    with pytest.raises(ValueError, match="grid=5"):
        grid(Space(a=Float(0, 1)), None)


@given(st.integers(0, 10_000))
def test_the_unit_of_a_value_leads_back_to_it(seed):
    configuration = random(SPACE, seed, "explore", 0, 1)[0]
    units = {slot.name: unit_of(slot, configuration) for slot in SPACE.slots if slot.name in configuration}
    again = at(SPACE, {slot.name: 0.0 for slot in SPACE.slots} | units)
    assert {k: v for k, v in again.items() if not isinstance(v, float)} == {
        k: v for k, v in configuration.items() if not isinstance(v, float)
    }
    assert all(again[k] == pytest.approx(v) for k, v in configuration.items() if isinstance(v, float))


def test_what_is_held_stays_and_the_rest_varies():
    held = {"layers": 2, "loss": "b", "pools": "4x4"}
    points = quasi_random(SPACE, 0, "exploit", 0, 16, held)
    assert all(point[name] == value for point in points for name, value in held.items())
    assert len({point["margin"] for point in points}) > 8


def test_a_joint_search_stays_near_its_centre():
    space = Space(a=Float(0, 1), b=Float(1e-4, 1, log=True))
    points = around(space, 0, "exploit/joint", {"a": 0.5, "b": 1e-2}, 0, 32)
    assert all(0.4 <= float(p["a"]) <= 0.6 and 10**-2.4 <= float(p["b"]) <= 10**-1.6 for p in points)
    assert len({p["a"] for p in points}) == 32
