"""From one configuration to another: which single changes the gain comes from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import qmc
from simulated import sweep

from sweepwright.choosing import axes_of, drivers
from sweepwright.choosing.effects.ablation import ablation
from sweepwright.space import Choice, Float, Space

AXES = axes_of(Space(lr=Float(0, 1), width=Float(0, 1), act=Choice("a", "b")))


def study(noise: float, seed: int = 0, sign: int = 1):
    """64 configurations; lr gains up to 1, act .3, width nothing; trials 0 and 1 are the ends of the path."""
    x = qmc.Sobol(3, seed=seed).random(64)
    x[0], x[1] = [0.1, 0.2, 0.1], [0.9, 0.8, 0.9]
    values = x[:, 0] + 0.3 * (x[:, 2] > 0.5) + noise * np.random.default_rng(seed).standard_normal(64)
    return sweep({"lr": x[:, 0], "width": x[:, 1], "act": np.where(x[:, 2] > 0.5, "b", "a")}, sign * values)


def found(runs, first=0, last=1, sign=1):
    return ablation(drivers(runs, ["f1"], AXES).fits["f1"], runs, "f1", first, last, sign)


def test_the_gain_is_shared_out_among_the_changes():
    one = found(study(0.05))
    assert one is not None and [change.parameter for change in one.changes][:2] == ["lr", "act"]
    gains = {change.parameter: change for change in one.changes}
    assert gains["lr"].low <= 0.8 <= gains["lr"].high and gains["act"].low <= 0.3 <= gains["act"].high
    assert not gains["width"].resolved and one.gain == pytest.approx(1.1, abs=0.15)
    text = str(one.statement)
    assert text.startswith(f"Of the {one.gain:.3g} that f1 gains from trial 0 to trial 1 by the effect model, ")
    assert " is lr and " in text and text.endswith(" is act; the rest is not resolved.")


def test_pure_noise_is_not_resolved_and_nothing_is_said_where_no_model_explains_anything():
    said = [
        found(study(0.0, seed).assign(**{"measure.f1": np.random.default_rng(seed).standard_normal(64)})) for seed in range(20)
    ]
    assert sum(one is not None and one.statement.code == "ablation" for one in said) <= 2
    assert found(study(0.05), 0, 0) is None and found(study(0.05), 0, 999) is None


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 50))
def test_the_way_back_loses_what_was_gained_and_the_sign_turns_it(seed):
    there, back = found(study(0.05, seed)), found(study(0.05, seed), 1, 0)
    turned = found(study(0.05, seed, sign=-1), sign=-1)
    assert there is not None and back is not None and turned is not None
    assert back.gain == pytest.approx(-there.gain) and turned.gain == pytest.approx(there.gain, rel=1e-3)
