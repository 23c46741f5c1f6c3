"""Proposals depend on what they are told and on their number, never on timing."""

import pytest

from sweepwright.space import Choice, Factorization, Fixed, Float, Int, Repeat, Space
from sweepwright.study.sampling import NoConfiguration, Told, grid, quasi_random, random, tpe

SPACE = Space(
    Repeat("width", "layers", Int(2, 9)),
    layers=Int(1, 3),
    pools=Factorization(of=16, parts="layers"),
    loss=Choice("a", "b"),
    margin=Float(0.1, 10, log=True, when="loss == 'b'"),
    skip=Int(0, "layers - 1"),
    rate=Float(1e-4, 1e-1, log=True),
)


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


def test_tpe_is_a_function_of_what_it_is_told():
    told = [Told(c, -abs(float(c["rate"]) - 0.01)) for c in random(SPACE, 0, "explore", 0, 25)] + [
        Told(random(SPACE, 0, "x", 0, 1)[0], None)
    ]
    pending = random(SPACE, 1, "explore", 0, 3)
    first = tpe(SPACE, 0, "exploit", 4, told, pending)
    assert tpe(SPACE, 0, "exploit", 4, told, pending) == first
    assert SPACE.canonical(first) == first
    others = {str(tpe(SPACE, 0, "exploit", number, told, pending)) for number in range(5, 10)}
    assert len(others) > 1
