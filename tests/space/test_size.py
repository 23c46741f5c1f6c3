"""Sizes of spaces: published numbers, and laws."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweepwright.space import Choice, Factorization, Fixed, Float, Int, Repeat, Space


def vectorfield_space(dilations: int = 5, side: int = 80) -> Space:
    """The source search space of the vectorfield study (slides), latent and learning rate fixed."""
    return Space(
        Repeat("channels", "layers - 1", Int(1, 12)),
        Repeat("kernel", "layers", Int(2, 24, stage=2)),
        Repeat("dilation", "layers", Int(1, dilations, stage=2)),
        Repeat("activation", "layers", Choice("softplus", "selu", "silu", "tanh", stage=2)),
        layers=Int(2, 5),
        pools=Factorization(of=side, parts="layers"),
        latent=Fixed(3),
        learning_rate=Fixed(1e-3),
    )


def fits(i: int, kernel: int, dilation: int, pools: str) -> bool:
    map_size = 80 // math.prod(map(int, pools.split("x")[:i]))
    return (kernel - 1) * dilation + 1 <= map_size


def test_stage_1_of_the_source_space():
    assert vectorfield_space().size(stage=1) == 134_016


def test_stage_2_of_the_source_space_at_five_layers():
    assert vectorfield_space().size(stage=2, given={"layers": 5}) == 460**5


def test_the_joint_source_space():
    assert vectorfield_space().size() == 2_136_662_314_518_105_600
    assert f"{vectorfield_space(dilations=3).size():.2e}" == "1.66e+17"


def test_the_joint_source_space_with_the_extent_constraint():
    space = vectorfield_space().constrain(
        fits, "the kernel reaches beyond the map", over=("{i}", "kernel/{i}", "dilation/{i}", "pools")
    )
    assert space.size() == 1_142_127_217_069_056


@pytest.mark.parametrize(
    ("side", "counts"),
    [
        (80, (8, 18, 16, 5)),
        (40, (6, 9, 4, 0)),
        (64, (5, 10, 10, 5)),
        (96, (10, 30, 40, 25)),
        ((80, 40), (78, 1_113, 6_276, 17_955)),
    ],
)
def test_factorizations_into_two_to_five_parts(side, counts):
    found = tuple(int(Factorization(of=side, parts=parts).count({}, None)) for parts in (2, 3, 4, 5))
    assert found == counts


def test_a_prime_side_names_the_nearest_sizes():
    with pytest.raises(ValueError, match=r"79 is prime.*78 or 80"):
        Factorization(of=79, parts=2)


def test_a_float_makes_a_space_infinite_unless_it_never_is_active():
    assert Space(a=Float(0, 1), b=Int(1, 3)).size() == math.inf
    assert Space(kind=Choice("x"), a=Float(0, 1, when="kind == 'y'")).size() == 1


@st.composite
def small_spaces(draw):
    """Spaces with conditions, dependent bounds, groups and a constraint, small enough to visit."""
    layers = draw(st.integers(1, 3))
    space = Space(
        Repeat("width", "layers", Int(1, draw(st.integers(1, 3)))),
        layers=Int(1, layers),
        loss=Choice("a", "b"),
        margin=Int(1, draw(st.integers(1, 3)), when="loss == 'b'"),
        top=Int(1, "layers + 1"),
    )
    if draw(st.booleans()):
        space = space.constrain("top + layers < 5", "too much")
    if draw(st.booleans()):
        space = space.constrain(lambda width, top: width <= top, "wider than the top", over=("width/{i}", "top"))
    return space


@given(small_spaces())
def test_size_is_the_number_of_different_grid_points(space):
    assert space.size() == len({space.identity(configuration) for configuration in space.grid()})


@given(small_spaces(), st.lists(st.floats(0, 0.999), min_size=20, max_size=20))
def test_a_point_of_the_unit_cube_is_a_canonical_configuration(space, units):
    configuration = space.at(dict(zip((slot.name for slot in space.slots), units, strict=False)))
    assert space.canonical(configuration) == configuration
