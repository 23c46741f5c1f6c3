"""The nouns: frozen, validated at birth, with helpful errors and short reprs."""

import dataclasses

import numpy as np
import pytest

import sweepwright as sw
from sweepwright.nouns.undefined import Undefined


def load() -> sw.Data:
    return sw.Data(hash="h", samples={"sample_id": np.arange(4), "label": np.array([0, 1, 0, 1])})


def train(data, job, watch) -> sw.Trained:
    return sw.Trained()


ERROR = sw.Measure.of(np.mean, "error", name="error")


def problem(**changes) -> sw.Problem:
    usual = {
        "name": "p",
        "load": load,
        "train": train,
        "space": sw.Space(x=sw.Float(0, 1)),
        "measures": (ERROR,),
        "goals": (sw.Goal(ERROR, "lower"),),
    }
    return sw.Problem(**{**usual, **changes})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: problem(goals=()), "has no goal"),
        (lambda: problem(conditions=()), "has no condition"),
        (lambda: problem(conditions=(sw.Condition(name="a"), sw.Condition(name="a"))), "different names"),
        (lambda: problem(conditions=(sw.Condition(name="a", chosen_on="b"),)), "chosen on 'b'"),
        (lambda: problem(known=({"x": 7},)), "known configuration of 'p' is not in its space"),
        (lambda: sw.Condition(name="a", steps=("explor",)), "names the step 'explor'"),
        (lambda: sw.Condition(name="a", folds=0), "needs folds >= 1"),
        (lambda: sw.Goal(ERROR, "bigger"), "'higher' or 'lower'"),
        (lambda: sw.Goal(ERROR, "lower", worth=-1), "positive difference"),
        (lambda: sw.Measure.of(np.mean), "reads nothing"),
        (lambda: sw.Data(hash="h", samples={"x": np.arange(2)}), "needs the column 'sample_id'"),
        (lambda: sw.Data(hash="h", samples={"sample_id": np.arange(2), "x": np.arange(3)}), "equally long"),
        (lambda: sw.Product(name="p", make=dict, of="rub"), "is of 'data', 'draw' or 'run'"),
    ],
)
def test_a_wrong_noun_says_what_is_wrong(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_nouns_never_change():
    for noun, field in (
        (problem(), "name"),
        (sw.Condition(name="a"), "name"),
        (sw.Goal(ERROR, "lower"), "bound"),
        (load(), "hash"),
    ):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(noun, field, "other")


def test_reprs_are_short():
    outcome = sw.Outcome(arrays={"error": np.zeros(1000)}, sample=np.arange(1000))
    assert repr(outcome) == "Outcome(error; 1000 samples)"
    assert repr(problem()) == "Problem(p)" and repr(load()) == "Data(4 samples, hash h)"
    assert str(sw.Goal(ERROR, "lower", bound=0.5)) == "error lower <= 0.5"


def test_a_measure_finds_its_names_in_order_and_names_what_is_missing():
    measure = sw.Measure.of(lambda error, label: error.mean() + label.sum(), "error", "label", name="m")
    assert measure({"error": np.ones(2)}, {"error": np.zeros(2), "label": np.ones(2)}) == {"m": 3.0}
    with pytest.raises(sw.InputError, match=r"reads 'label', but there are only error"):
        measure({"error": np.ones(2)})


def test_a_measure_may_have_no_value_or_several():
    several = sw.Measure.of(lambda x: {"a": 1.0, "b": Undefined("no b")}, "x", name="m")
    assert several({"x": 1}) == {"m[a]": 1.0, "m[b]": Undefined("no b")}
    assert sw.Measure.fact("x")({"x": float("nan")}) == {"x": Undefined("the value is nan")}


def test_a_measure_with_randomness_gets_the_seed_of_the_study():
    noisy = sw.Measure.of(lambda x, seed: float(np.random.default_rng(seed).random()), "x", name="m")
    assert noisy.seeded and noisy({"x": 1}, seed=3) == noisy({"x": 2}, seed=3) != noisy({"x": 1}, seed=4)


def test_parts_of_a_problem_may_follow_the_data():
    found = problem(space=lambda facts: sw.Space(x=sw.Int(1, facts["n"])), folds=lambda facts: facts["n"]).resolved({"n": 5})
    assert found.space.size() == 5 and found.folds == 5
