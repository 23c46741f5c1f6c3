"""Canonical form, identity, errors, and the round trip through a study file."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sweepwright.space import (
    Choice,
    ConfigurationError,
    Expression,
    Factorization,
    Fixed,
    Float,
    Int,
    Repeat,
    Space,
    read_parameter,
    read_space,
    write_space,
)

SPACE = Space(
    Repeat("kernel", "layers", Int(2, 24, stage=2, role="nuisance")),
    loss=Choice("nt_xent", "triplet", None),
    margin=Float(0.1, 5, log=True, grid=4, when="loss == 'triplet'"),
    layers=Int(1, 4),
    pools=Factorization(of=16, parts="layers"),
    batch=Int(8, 64, step=8),
    wide=Choice(True, False),
    device=Fixed("cpu"),
).constrain("kernel[0] <= 20 or layers > 1", "a single layer has a small kernel")

GIVEN = {"loss": "triplet", "margin": 1, "layers": 2, "kernel/0": 3, "kernel/1": 4, "pools": "2x8", "batch": 16, "wide": True}


def test_inactive_parameters_are_dropped_and_values_normalised():
    found = SPACE.canonical({**GIVEN, "loss": "nt_xent", "kernel/3": 9, "layers": 2.0})
    assert "margin" not in found and "kernel/3" not in found
    assert found["layers"] == 2 and isinstance(found["layers"], int)
    assert found["device"] == "cpu"


def test_what_cannot_differ_is_one_trial():
    first = {**GIVEN, "loss": "nt_xent", "margin": 0.5}
    second = {**GIVEN, "loss": "nt_xent", "margin": 2.5}
    assert SPACE.identity(first) == SPACE.identity(second)
    assert SPACE.identity({**GIVEN, "margin": 0.5}) != SPACE.identity({**GIVEN, "margin": 2.5})


@given(st.permutations(list(GIVEN)))
def test_order_does_not_matter(names):
    assert SPACE.identity({name: GIVEN[name] for name in names}) == SPACE.identity(GIVEN)


def test_renaming_a_parameter_changes_the_identity_and_nothing_else():
    one, other = Space(a=Int(1, 3)), Space(b=Int(1, 3))
    assert one.size() == other.size()
    assert one.identity({"a": 1}) != other.identity({"b": 1})


def test_true_is_not_one():
    assert Choice(True, False).normal(True, {}, None) is True
    with pytest.raises(ValueError, match="needs one of"):
        Choice(True, False).normal(1, {}, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layer": 2}, "did you mean 'layers'"),
        ({"layers": 9}, "layers needs a whole number from 1 to 4"),
        ({"batch": 12}, "in steps of 8"),
        ({"loss": "dice"}, "loss needs one of"),
        ({"margin": "wide"}, "margin needs a number"),
        ({"pools": "4x2"}, "pools needs a factorization"),
    ],
)
def test_a_wrong_configuration_says_what_is_wrong(change, message):
    with pytest.raises(ConfigurationError, match=message):
        SPACE.canonical({**GIVEN, **change})


def test_a_missing_value_is_named():
    with pytest.raises(ConfigurationError, match="no value for 'batch'"):
        SPACE.canonical({name: value for name, value in GIVEN.items() if name != "batch"})


def test_a_broken_constraint_is_a_sentence():
    narrow = {**GIVEN, "layers": 1, "kernel/0": 22, "pools": "16"}
    assert SPACE.broken(SPACE.canonical(narrow)) == "a single layer has a small kernel"
    assert SPACE.broken(SPACE.canonical(GIVEN)) is None


def test_round_trip_through_yaml():
    assert read_space(yaml.safe_load(yaml.safe_dump(write_space(SPACE)))) == SPACE


def rule(layers: int) -> bool:
    return layers < 4


def test_round_trip_of_a_named_function():
    space = SPACE.constrain(rule, "too deep", over=("layers",))
    assert read_space(write_space(space), {"rule": rule}) == space
    with pytest.raises(ValueError, match="needs the function 'rule'"):
        read_space(write_space(space))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Float(0, 1, log=True), "needs low > 0"),
        (lambda: Float(2, 1), "needs low <= high"),
        (lambda: Float(float("nan"), 1), "finite"),
        (lambda: Int(1, 5, step=0), "step >= 1"),
        (lambda: Choice(), "at least one value"),
        (lambda: Choice("a", "a"), "each value once"),
        (lambda: Choice([1, 2]), "Give it a name"),  # type: ignore[arg-type]
        (lambda: Int(1, 3, when="__import__('os')"), "only comparison|a call other than"),
        (lambda: Int(1, 3, when="x.y > 2"), "uses Attribute"),
        (lambda: Int(1, 3, when="x >"), "is not an expression"),
        (lambda: Space(a=Int(1, 3, when="dept > 2"), depth=Int(1, 4)), "did you mean 'depth'"),
        (lambda: Space(a=Int(1, "b"), b=Int(1, "a")), "wait for each other"),
        (lambda: Space(a=3), "A space holds"),  # type: ignore[arg-type]
        (lambda: read_parameter("a", {"flaot": {"low": 0}}), "needs one of float"),
        (lambda: read_parameter("a", {"float": {"low": 0, "hihg": 1}}), "did you mean 'high'"),
        (lambda: read_parameter("a", {"float": {"low": 0}}), "is incomplete"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(make, message):
    with pytest.raises((ValueError, TypeError), match=f"(?i){message}"):
        make()


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_expressions_agree_with_python(a, b):
    text = "a + 2 * b > 3 and not a in (1, 2) or min(a, b) == -a"
    assert Expression(text)({"a": a, "b": b}) == ((a + 2 * b > 3 and a not in (1, 2)) or min(a, b) == -a)


def test_dependent_bounds_follow_their_parameter():
    space = Space(depth=Int(1, 4), skip=Int(0, "depth - 1"))
    assert space.at({"depth": 0.99, "skip": 0.99}) == {"depth": 4, "skip": 3}
    with pytest.raises(ConfigurationError, match="skip needs a whole number from 0 to 0"):
        space.canonical({"depth": 1, "skip": 1})
