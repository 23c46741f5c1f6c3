"""The estimator of levels: what it is for, and its laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweepwright.choosing.estimator.cells import cells_of
from sweepwright.choosing.estimator.levels import levels
from sweepwright.choosing.estimator.mixed import draws_of, model_of


def study(seed: int, noise: float = 1.0, trials: int = 84, hard: float = 1.0, finalists: int = 5, fresh: int = 4):
    """A search on one draw of the data, its best again on fresh draws; draws differ by sd `hard`. Runs, truth, draws."""
    rng = np.random.default_rng(seed)
    truth, draws = rng.standard_normal(trials), hard * rng.standard_normal(1 + fresh)
    first = truth + noise * rng.standard_normal(trials) + draws[0]
    rows = [(t, 0, "explore", first[t]) for t in range(trials)]
    for d in range(1, 1 + fresh):
        for t in np.argsort(-first)[:finalists]:
            rows.append((int(t), d, "finalists", truth[t] + draws[d] + noise * rng.standard_normal()))
    runs = pd.DataFrame(rows, columns=["trial", "draw", "step", "measure.f1"])
    runs = runs.assign(replicate=runs["draw"], condition="all", ending="COMPLETED", used=True, run=np.arange(len(runs)))
    return runs, truth, draws


def repeated(truth: np.ndarray, times: int, noise: float, seed: int = 0) -> pd.DataFrame:
    """Every trial so many times on draws of its own."""
    rng = np.random.default_rng(seed)
    trial = np.repeat(np.arange(len(truth)), times)
    values = truth[trial] + noise * rng.standard_normal(len(trial))
    about = {"trial": trial, "replicate": np.tile(np.arange(times), len(truth)), "step": "explore", "condition": "all"}
    return pd.DataFrame(about | {"ending": "COMPLETED", "used": True, "measure.f1": values})


@pytest.mark.parametrize(("noise", "most"), [(1.0, 0.15), (3.0, 0.3)])
def test_the_winners_curse_does_not_go_into_the_effects_of_the_draws(noise, most):
    """Least squares for trial and draw is off by 1.4 (noise 1) and 1.9 (noise 3) sd: finalists are chosen by their first draw."""
    off = []
    for seed in range(60):
        runs, _, draws = study(seed, noise)
        model = model_of(cells_of(runs, "f1"))
        rng = np.random.default_rng(seed)
        delta = draws_of(model, np.arange(84), rng.standard_normal((500, 84)), rng)["delta"].mean(axis=0)
        off.append(((delta[1:].mean() - delta[0]) - (draws[1:].mean() - draws[0])) / noise)
    assert abs(np.mean(off)) < most


@pytest.mark.parametrize("noise", [0.3, 1.0])
def test_intervals_cover_the_levels(noise):
    inside, sigma = [], []
    for seed in range(40):
        runs, truth, draws = study(seed, noise)
        found = levels(runs, ["f1"], seed=seed)
        target = truth + draws.mean()  # the levels are known up to what the draws have in common
        middle = found.draws[:, :, 0] - found.draws[:, :, 0].mean(axis=1, keepdims=True)
        low, high = np.quantile(middle, [0.05, 0.95], axis=0)
        inside.append(((target - target.mean() >= low) & (target - target.mean() <= high)).mean())
        sigma.append(float(found.noise[0]))
    assert 0.85 <= np.mean(inside) <= 0.95
    assert np.mean(sigma) == pytest.approx(noise, rel=0.1)


def test_a_noise_far_below_the_spread_is_found():
    found = levels(study(1, noise=1e-3)[0], ["f1"])
    assert found.noise[0] == pytest.approx(1e-3, rel=0.5)


def test_levels_are_nearer_to_the_truth_than_means():
    errors = []
    for seed in range(60):
        runs, truth, _ = study(seed, hard=0.0)
        found = levels(runs, ["f1"])
        errors.append([np.mean((found.mean[:, 0] - truth) ** 2), np.mean((found.measured[:, 0] - truth) ** 2)])
    level, plain = np.mean(errors, axis=0)
    assert level < 0.75 * plain


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500), st.floats(-5, 5), st.sampled_from([0.001, 0.3, 7.0, 1e6]))
def test_the_unit_and_the_zero_of_a_measure_do_not_matter(seed, zero, unit):
    runs, _, _ = study(seed, trials=20)
    own = levels(runs, ["f1"])
    other = levels(runs.assign(**{"measure.f1": unit * (zero + runs["measure.f1"])}), ["f1"])
    np.testing.assert_allclose(other.draws / unit - zero, own.draws, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500))
def test_the_order_of_rows_does_not_matter(seed):
    runs, _, _ = study(seed, trials=20)
    own, other = levels(runs, ["f1"]), levels(runs.sample(frac=1, random_state=seed), ["f1"])
    np.testing.assert_array_equal(own.draws, other.draws)


def test_without_repeats_values_stand_as_measured():
    runs, _, _ = study(0, fresh=0)
    found = levels(runs, ["f1"])
    assert not found.is_known and np.isnan(found.noise).all() and len(found.draws) == 1
    np.testing.assert_array_equal(found.mean, found.measured)


def test_two_trials_that_share_a_second_draw_only_are_not_repeated():
    """Two trials on two draws leave nothing for the noise but one difference of differences: 4 - 2 - 1."""
    runs = study(0, trials=2, finalists=2, fresh=1)[0]
    assert cells_of(runs, "f1").repeats == 1
    assert cells_of(runs[runs["trial"].eq(0) | runs["draw"].eq(0)], "f1").repeats == 1
    assert cells_of(runs[runs["draw"].eq(0)], "f1").repeats == 0


def test_a_goal_that_repeats_give_alike_is_a_fact():
    runs = study(0)[0]
    found = levels(runs.assign(**{"measure.size": 1e5 * (runs["trial"] + 1.0)}), ["f1", "size"])
    assert found.facts.tolist() == [False, True] and found.interval(7, 1) == (8e5, 8e5) and found.noise[1] == 0


def test_copies_count_once_and_values_that_are_not_finite_not_at_all():
    runs = repeated(np.random.default_rng(0).standard_normal(6), 2, 0.5)
    cells = cells_of(pd.concat([runs, runs.iloc[:1].assign(replicate=9)]), "f1")
    assert len(cells.value) == 12
    runs.loc[0, "measure.f1"] = np.inf
    assert len(cells_of(runs, "f1").value) == 11 and cells_of(runs, "f1").left_out == 1


def test_folds_of_one_draw_tell_of_the_noise():
    rng = np.random.default_rng(0)
    truth, trials, folds = rng.standard_normal(30), np.repeat(np.arange(30), 5), np.tile(np.arange(5), 30)
    values = truth[trials] + rng.standard_normal(5)[folds] + 0.5 * rng.standard_normal(150)
    about = {"trial": trials, "replicate": folds, "draw": 0, "step": "explore", "condition": "all", "ending": "COMPLETED"}
    found = levels(pd.DataFrame(about | {"used": True, "run": np.arange(150), "measure.f1": values}), ["f1"], folds=5)
    assert found.source == "folds" and found.noise[0] == pytest.approx(0.5 / np.sqrt(5), rel=0.2)
    low, high = found.interval(3, 0)
    assert 0.5 * (high - low) > 1.64 * found.noise[0] * 1.05  # wider than the fold means alone would say


def test_many_trials_have_means_and_the_best_of_them_draws():
    found = levels(study(3, trials=3000)[0], ["f1"], wanted=(7,))
    assert len(found.trials) == 3000 and found.draws.shape[1] == 301 and 7 in found.trials[found.drawn]
    assert int(np.argmax(found.mean[:, 0])) in found.drawn


def in_conditions(interaction: float, runs_in: tuple[int, int] = (3, 3), noise: float = 0.05) -> pd.DataFrame:
    """Twelve trials in two conditions; what a trial gives in one of them has nothing to do with the other, by `interaction`."""
    rng = np.random.default_rng(0)
    rows = []
    for t in range(12):
        for c, (condition, times) in enumerate(zip("PQ", runs_in, strict=True)):
            level = 10 * c + 0.1 * t + (1 - 2 * c) * interaction * rng.standard_normal()
            rows += [(t, condition, d, level + noise * rng.standard_normal()) for d in range(times)]
    found = pd.DataFrame(rows, columns=["trial", "condition", "draw", "measure.f1"])
    return found.assign(step="adopted", replicate=found["draw"], ending="COMPLETED", used=True, run=np.arange(len(found)))


def test_what_trials_do_in_one_condition_only_is_no_noise():
    assert levels(in_conditions(0.5), ["f1"]).noise[0] == pytest.approx(0.05, rel=0.3)


@given(st.integers(1, 8), st.integers(2, 8))
@settings(deadline=None, max_examples=20)
def test_a_level_over_conditions_does_not_depend_on_how_often_a_trial_ran_in_each(first, second):
    runs = in_conditions(0.3, (first, second), noise=1e-6)
    truth = runs.groupby(["trial", "condition"])["measure.f1"].mean().groupby("trial").mean()
    assert levels(runs, ["f1"]).mean[:, 0] == pytest.approx(truth.to_numpy(), abs=1e-4)


def test_a_fact_of_trials_that_did_not_all_run_in_every_condition_stays_one():
    runs = in_conditions(0.0)
    runs = runs[~((runs["trial"] == 3) & (runs["condition"] == "Q"))].assign(**{"measure.f1": lambda t: 100.0 * t["trial"]})
    assert levels(runs, ["f1"]).facts.tolist() == [True]


def test_one_trial_alone_is_judged_by_its_own_repeats():
    runs = repeated(np.array([2.0]), 30, 0.5)
    found = levels(runs, ["f1"])
    values = runs["measure.f1"]
    assert found.is_known and found.noise[0] == pytest.approx(values.std(), rel=0.05)
    low, high = found.interval(0, 0)
    assert low < values.mean() < high and high - low == pytest.approx(2 * 1.7 * values.std() / 30**0.5, rel=0.1)


def test_why_a_noise_is_unknown_depends_on_whether_anything_ran_twice():
    once = repeated(np.arange(3.0), 1, 1.0)
    assert levels(once, ["f1"]).why_unknown == "nothing was repeated"
    again = pd.concat(
        [once.assign(draw=0), once.head(1).assign(draw=1, replicate=1, **{"measure.f1": 0.37})], ignore_index=True
    )
    again.loc[2, "draw"] = 1
    assert (levels(again, ["f1"]).source, levels(again, ["f1"]).why_unknown) == ("", "too little was repeated")
