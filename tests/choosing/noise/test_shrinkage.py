"""Shrunken means: laws, and what they are for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweepwright.choosing import pooled_noise, shrunken_means


def simulated(
    seed: int, noise: float = 1.0, trials: int = 40, audited: int = 2, shift: float = 0.0
) -> tuple[pd.DataFrame, np.ndarray]:
    """Trials of an audit (three replicates) and of two searches (one each), the second better by `shift`; and the truth."""
    rng = np.random.default_rng(seed)
    steps = ["audit"] * audited + ["explore"] * trials + ["exploit"] * trials
    truth = rng.standard_normal(len(steps)) + np.array([shift * (step == "exploit") for step in steps])
    rows = [
        (trial, step, truth[trial] + noise * rng.standard_normal())
        for trial, step in enumerate(steps)
        for _ in range(3 if step == "audit" else 1)
    ]
    return pd.DataFrame(rows, columns=["trial", "step", "value"]), truth


@given(st.integers(0, 500), st.floats(-5, 5), st.floats(0.1, 10))
def test_the_unit_and_the_zero_of_a_measure_do_not_matter(seed, zero, unit):
    values, _ = simulated(seed)
    other = values.assign(value=zero + unit * values["value"])
    np.testing.assert_allclose(shrunken_means(other), zero + unit * shrunken_means(values), rtol=1e-6, atol=1e-6)


@given(st.integers(0, 500))
def test_the_order_of_rows_and_the_names_of_trials_and_steps_do_not_matter(seed):
    values, _ = simulated(seed)
    shuffled = values.sample(frac=1, random_state=seed)
    shuffled = shuffled.sort_values("trial", kind="stable")  # a trial belongs to the step of its first row
    np.testing.assert_allclose(shrunken_means(shuffled), shrunken_means(values))
    renamed = values.assign(
        trial=999 - values["trial"], step=values["step"].map({"audit": "a", "explore": "z", "exploit": "b"})
    )
    np.testing.assert_allclose(shrunken_means(renamed).sort_index(ascending=False), shrunken_means(values))


def test_without_noise_or_without_replicates_nothing_moves():
    exact, truth = simulated(0, noise=0.0)
    np.testing.assert_allclose(shrunken_means(exact), truth)
    single, _ = simulated(0, audited=0)
    np.testing.assert_allclose(shrunken_means(single), single["value"])
    assert pooled_noise(single).freedom == 0


def test_more_replicates_move_less():
    values = pd.DataFrame({"trial": [0] * 8 + [1, 2, 2, 3, 4], "step": "explore"})
    values["value"] = [3.0, 3.5, 2.5, 3.0, 3.4, 2.6, 3.2, 2.8, 3.0, 0.0, 0.8, -1.0, 0.2]
    found = shrunken_means(values)
    assert 3 - found[0] < 3 - found[1] < 2  # both have a mean of 3, eight runs and one


def test_noise_is_pooled_over_trials():
    noise = pooled_noise(pd.DataFrame({"trial": [0, 0, 1, 1, 1, 2], "value": [0.0, 2.0, 1.0, 2.0, 3.0, 9.0]}))
    assert noise.freedom == 3 and noise.sd == pytest.approx(np.sqrt((2 + 2) / 3))


def test_shrunken_means_are_nearer_to_the_truth_than_means():
    errors = []
    for seed in range(100):
        values, truth = simulated(seed)
        plain = values.groupby("trial")["value"].mean()
        errors.append([np.mean((shrunken_means(values) - truth) ** 2), np.mean((plain - truth) ** 2)])
    shrunken, plain = np.mean(errors, axis=0)
    assert shrunken < 0.75 * plain  # about 0.6: half of the variance is noise, and that must be learned from six runs


def test_steps_that_differ_by_chance_share_a_centre_and_others_keep_their_own():
    apart, together = [], []
    for seed in range(60):
        for shift, found in ((0.0, together), (4.0, apart)):
            values, _ = simulated(seed, shift=shift)
            means = shrunken_means(values)
            steps = values.groupby("trial")["step"].first()
            centres = means.groupby(steps).mean()
            raw = values.groupby("trial")["value"].mean().groupby(steps).mean()
            grand = float(values.groupby("trial")["value"].mean().mean())
            off = (abs(centres["audit"] - grand), abs(raw["audit"] - grand))
            found.append(off if shift == 0 else centres["exploit"] - centres["explore"])
    moved, before = np.mean(together, axis=0)
    assert moved < 0.7 * before  # the centre of two audited trials is mostly chance
    assert np.mean(apart) == pytest.approx(4.0, abs=0.3)
