"""Learner-based proposals are a function of what the model was told, however it came to know it."""

import warnings

import pytest
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import TPESampler
from spaces import SPACE

from sweepwright.running.optuna_model import FEWEST, OptunaModel
from sweepwright.running.sampler import Learner, ModelSampler, sampler_named
from sweepwright.running.sampling import NoConfiguration
from sweepwright.space import Float, Space

SMOOTH = Space(x=Float(0, 1), y=Float(0, 1))


def searching(sampler: str, *arguments, **options) -> Learner:
    found = sampler_named(sampler)
    assert isinstance(found, ModelSampler) and found.adaptive
    return found.learner(*arguments, **options)


def worth(configuration):
    return (-abs(float(configuration["rate"]) - 0.01), -float(configuration["layers"]))


def lived(sampler: str, count: int, lag: int) -> list[dict]:
    """A search as it happens: each proposal is shown, and told when it is certain to have ended."""
    model, asked = searching(sampler, SPACE, 0, "exploit", 2), []
    for number in range(count):
        for sure in range(max(0, number - lag + 1)):
            model.tell(sure, asked[sure], worth(asked[sure]))
        asked.append(model.propose(number, number))
    return asked


@pytest.mark.parametrize("sampler", ["tpe", "nsga2"])
def test_a_rebuilt_model_proposes_what_the_interrupted_one_would_have(sampler):
    lag, asked = 3, lived(sampler, 40, 3)
    for number in (1, 12, 27, 39):
        model = searching(sampler, SPACE, 0, "exploit", 2)
        for i in range(number):
            if i <= number - lag:
                model.tell(i, asked[i], worth(asked[i]))
            else:
                model.show(i, asked[i])
        assert model.propose(number, number) == asked[number]
    assert all(SPACE.canonical(configuration) == configuration for configuration in asked)


@pytest.mark.parametrize("sampler", ["tpe", "nsga2", "gp"])
def test_a_model_finds_what_chance_does_not(sampler):
    pytest.importorskip("torch") if sampler == "gp" else None
    model, values = searching(sampler, SMOOTH, 1, "exploit"), []
    for number in range(80 if sampler == "nsga2" else 40):
        point = model.propose(number, number)
        values.append(-((float(point["x"]) - 0.7) ** 2) - (float(point["y"]) - 0.2) ** 2)
        model.tell(number, point, (values[-1],))
    assert max(values) > -0.01 and sum(values[-10:]) > sum(values[:10])


def test_what_is_held_is_not_proposed():
    model = searching("tpe", SPACE, 0, "exploit/2", fixed={"layers": 2, "loss": "a"})
    for number in range(25):
        point = model.propose(number, number)
        assert point["layers"] == 2 and point["loss"] == "a" and len(str(point["pools"]).split("x")) == 2
        model.tell(number, point, (float(point["rate"]),) if number % 5 else None)


def test_an_impossible_rule_is_said(monkeypatch):
    monkeypatch.setattr("sweepwright.running.optuna_model.MOST_REJECTIONS", 50)
    with pytest.raises(NoConfiguration, match="never"):
        searching("tpe", SMOOTH.constrain("x > 2", "never"), 0, "exploit").propose(0, 0)


def test_one_group_of_parameters_needs_no_grouping():
    def proposals(grouped: bool) -> list[dict]:
        options = {"multivariate": True, "group": grouped, "constant_liar": True, "n_startup_trials": FEWEST}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            model = OptunaModel(lambda seed: TPESampler(**options, seed=seed), SMOOTH, 3, "exploit", kept=True)
        found = []
        for number in range(30):
            found.append(model.propose(number, number))
            if number >= 3:  # three still run
                model.tell(number - 3, found[number - 3], (float(found[number - 3]["x"]),))
        return found

    assert proposals(grouped=True) == proposals(grouped=False)
