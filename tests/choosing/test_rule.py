"""The one rule: laws, edge cases with their sentences, and what no change of its thresholds may survive."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweepwright.answers.explaining import threshold_sentence
from sweepwright.choosing import Aim, decide
from sweepwright.choosing.estimator.levels import Levels
from sweepwright.choosing.loss import loss_of
from sweepwright.choosing.noise.components import copies_of
from sweepwright.choosing.population import Population
from sweepwright.choosing.rule import Rule
from sweepwright.choosing.wording import sentences_of

AIM = [Aim("f1", 1)]
PAIR = [Aim("f1", 1), Aim("size", -1)]


def runs_of(f1, size=None, step="explore") -> pd.DataFrame:
    """Rows are trials, columns are draws; `size` is one number per trial."""
    f1 = np.asarray(f1, dtype=float)
    trials, draws = f1.shape
    about = {"trial": np.repeat(np.arange(trials), draws), "draw": np.tile(np.arange(draws), trials), "step": step}
    about |= {"condition": "all", "ending": "COMPLETED", "verdict": "HEALTHY", "used": True}
    found = pd.DataFrame(about | {"measure.f1": f1.ravel()}).assign(replicate=lambda t: t["draw"])
    return found if size is None else found.assign(**{"measure.size": np.repeat(np.asarray(size, dtype=float), draws)})


def noisy(truth, draws=4, noise=0.1, seed=0, size=None) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return runs_of(np.asarray(truth)[:, None] + noise * rng.standard_normal((len(truth), draws)), size)


def said(runs, aims=AIM) -> dict[str, str]:
    return {statement.code: statement.text for statement in decide(runs, aims).sentences}


def levels_of(draws, noise=1.0) -> Levels:
    """Levels with these joint draws (draws, trials, goals)."""
    draws = np.asarray(draws, dtype=float)
    count, goals = draws.shape[1:]
    mean, noises = draws.mean(axis=0), np.full(goals, noise)
    return Levels(np.arange(count), mean, mean, np.full(count, 2), np.arange(count), draws, noises, np.zeros((goals, 2)),
                  np.zeros(goals, bool), "repeats")  # fmt: skip


def within(share: float, by: float = 1.0) -> np.ndarray:
    """A hundred draws of two trials: the second is behind the first by `by`, but in `share` of the draws equal to it."""
    first = np.zeros((100, 2))
    first[round(100 * share) :, 1] = -by
    return first


# --- thresholds: each of these fails if one number of the rule is moved ----------------------------------------------


@pytest.mark.parametrize(("share", "pick"), [(0.69, 0), (0.7, 1), (0.71, 1)])
def test_as_good_is_from_a_probability_of_seven_tenths(share, pick):
    draws = np.stack([within(share), np.tile([5.0, 1.0], (100, 1))], axis=2)
    rule = Rule(levels_of(draws), [Aim("f1", 1, worth=0.5), Aim("size", -1, worth=0.1)])
    assert rule.order().order[0] == pick


@pytest.mark.parametrize(("share", "allowed"), [(0.49, (0,)), (0.5, (0, 1)), (0.51, (0, 1))])
def test_a_bound_holds_from_a_probability_of_one_half(share, allowed):
    rule = Rule(levels_of(within(share)[:, :, None]), [Aim("f1", 1, bound=-0.5)])
    assert rule.order().allowed == allowed


def test_bounds_hold_together_and_not_one_by_one():
    one, other = np.r_[np.ones(7), -np.ones(3)], np.r_[-np.ones(3), np.ones(7)]  # each holds in 7 of 10 draws, both in 4
    draws = np.stack([np.column_stack([one, one]), np.column_stack([other, one])], axis=2)
    rule = Rule(levels_of(draws), [Aim("a", 1, bound=0.0), Aim("b", 1, bound=0.0)])
    assert rule.order().passing.tolist() == [0.4, 0.7] and rule.order().allowed == (1,)


@pytest.mark.parametrize(("worth", "pick"), [(0.9, 0), (1.0, 1), (1.1, 1)])
def test_what_matters_decides_who_is_as_good(worth, pick):
    draws = np.stack([np.tile([0.0, -1.0], (10, 1)), np.tile([5.0, 1.0], (10, 1))], axis=2)
    assert Rule(levels_of(draws), [Aim("f1", 1, worth=worth), Aim("size", -1)]).order().order[0] == pick


def test_what_matters_also_says_who_is_as_good():
    assert Rule(levels_of(within(0.0)[:, :, None]), [Aim("f1", 1, worth=1.0)]).order().as_good == (0, 1)
    assert Rule(levels_of(within(0.0)[:, :, None]), [Aim("f1", 1, worth=0.9)]).order().as_good == (0,)


def test_the_last_goal_decides_by_its_mean_and_not_by_how_often():
    last = np.column_stack([np.r_[np.zeros(7), np.full(3, 10.0)], np.ones(10)])  # 3 on average, but behind in 7 of 10 draws
    rule = Rule(levels_of(np.stack([np.zeros((10, 2)), last], axis=2)), [Aim("f1", 1), Aim("b", 1, worth=0.1)])
    assert rule.order().order[0] == 0


def test_a_trial_without_draws_must_hold_every_bound_by_its_mean():
    found = levels_of(np.zeros((10, 3, 2)))
    mean = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]])
    some = replace(found, mean=mean, measured=mean, drawn=np.array([0]), draws=np.ones((10, 1, 2)))
    assert Rule(some, [Aim("a", 1, bound=0.0), Aim("b", 1, bound=0.0)]).order().allowed == (0,)


def test_half_of_the_noise_matters_where_nothing_else_is_said():
    draws = np.stack([np.tile([0.0, -1.0], (10, 1)), np.tile([5.0, 1.0], (10, 1))], axis=2)
    picks = [Rule(levels_of(draws, noise), PAIR).order().order[0] for noise in (1.9, 2.1)]
    assert picks == [0, 1]


def test_with_one_goal_the_highest_mean_is_taken_whatever_is_worth():
    assert Rule(levels_of(within(0.9)[:, :, None]), [Aim("f1", 1, worth=5.0)]).order().order == (0, 1)


def test_three_goals_go_one_after_another():
    values = np.array([[1.0, 1.0, 9.0], [1.0, 1.0, 1.0], [1.0, 5.0, 0.0], [0.0, 0.0, 0.0]])
    rule = Rule(levels_of(np.tile(values, (10, 1, 1))), [Aim("a", 1, worth=0.1), Aim("b", -1, worth=0.1), Aim("c", -1)])
    assert rule.order().order[0] == 1  # 3 fails the first goal, 2 the second, 0 the third


def test_equal_trials_go_by_their_number():
    assert Rule(levels_of(np.zeros((10, 4, 1))), AIM).order().order == (0, 1, 2, 3)


def test_among_nobody_allowed_the_nearest_to_the_bounds_comes_first():
    draws = np.tile(np.array([[1.0, 10.0], [2.0, 8.0], [3.0, 9.0]]), (10, 1, 1))
    rule = Rule(levels_of(draws), [Aim("f1", 1), Aim("size", -1, bound=5.0)])
    assert rule.order().order == (1, 2, 0) and not rule.order().is_met
    likely = np.stack([np.ones(10), np.r_[np.zeros(6), np.full(4, 9.0)], np.r_[np.zeros(8), np.full(2, 9.0)]])
    none = Rule(levels_of(likely.T[:, :, None]), [Aim("f1", 1, bound=5.0)])
    assert none.order().order == (1, 2, 0)  # P = .4, .2, 0


def test_a_trial_with_a_failed_run_is_chosen_only_where_nobody_else_is_allowed():
    draws = np.tile([2.0, 1.0], (10, 1))[:, :, None]
    assert Rule(levels_of(draws), AIM, barred=(0,)).order().order == (1, 0)
    assert Rule(levels_of(draws), [Aim("f1", 1, bound=1.5)], barred=(0,)).order().order[0] == 0


def test_half_of_who_gets_runs_goes_by_the_first_goal_and_half_by_all_of_them():
    """Trial 5 is the smallest that is good enough; by the first goal alone it would never run again."""
    f1, size = np.array([5.0, 4.9, 4.8, 4.7, 1.0, 4.6]), np.array([9.0, 9.0, 9.0, 9.0, 0.0, 1.0])
    draws = np.tile(np.column_stack([f1, size]), (10, 1, 1))
    rule = Rule(levels_of(draws), [Aim("f1", 1, worth=0.5), Aim("size", -1, worth=0.1)])
    assert rule.hearing(4)[:4] == [0, 1, 5, 2] and Rule(levels_of(draws[:, :, :1]), AIM).hearing(4) == [0, 1, 2, 3, 5, 4]
    assert rule.hearing(1)[:1] == [0]


def test_who_gets_runs_must_hold_the_bounds_where_somebody_does():
    f1, size = np.array([5.0, 4.9, 4.8, 4.7]), np.array([9.0, 8.0, 2.0, 6.0])
    rule = Rule(levels_of(np.tile(np.column_stack([f1, size]), (10, 1, 1))), [Aim("f1", 1, worth=0.5), Aim("size", -1)])
    bounded = Rule(rule.found, [Aim("f1", 1, worth=0.5), Aim("size", -1, bound=7.0, worth=0.1)])
    assert rule.hearing(2)[:2] == [0, 2] == bounded.hearing(2)[:2]
    assert bounded.hearing(2, [None, 1.0])[:2] == [0, 2] and bounded.hearing(2, [4.85, None])[:2] == [0, 1]


# --- laws -------------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 300))
def test_the_first_of_the_order_is_the_pick_at_a_threshold_moved_by_nothing(seed):
    rng = np.random.default_rng(seed)
    runs = noisy(rng.standard_normal(8), size=rng.random(8), seed=seed)
    aims = [Aim("f1", 1, bound=-0.5), Aim("size", -1)]
    found = decide(runs, aims)
    rule = Rule(found.levels, aims, found.population.trials)
    assert (
        rule.order([-0.5, None], placed=1).order[0]
        == found.chosen
        == found.order[0]
        == found.table.index[list(found.table.index).index(found.chosen)]
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 300))
def test_the_chance_to_be_within_grows_with_what_matters_and_meets_the_bound_of_the_loss(seed):
    runs = noisy(np.random.default_rng(seed).standard_normal(6), noise=0.5, seed=seed)
    upper = decide(runs, AIM).loss.upper
    worths = sorted([0.01, max(upper * 0.999, 1e-9), upper + 1e-12, upper + 0.1, 5.0])
    found = [decide(runs, [Aim("f1", 1, worth=worth)]).loss for worth in worths]
    assert [loss.within for loss in found] == sorted(loss.within for loss in found)
    assert all((loss.within >= 0.9) == (loss.upper <= loss.worth) for loss in found)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 300))
def test_names_units_and_order_do_not_change_the_choice(seed):
    runs = noisy(np.random.default_rng(seed).standard_normal(8), size=np.arange(8), noise=0.5, seed=seed)
    own = decide(runs, PAIR)
    shuffled = decide(runs.sample(frac=1, random_state=seed), PAIR)
    other = runs.rename(columns={"measure.f1": "measure.z"}).assign(**{"measure.z": -4 * runs["measure.f1"]})
    turned = decide(other, [Aim("z", -1), Aim("size", -1)])
    assert own.order == shuffled.order == turned.order
    assert own.sentences == shuffled.sentences


def test_where_nobody_is_surely_as_good_it_is_said_who_is_most_often():
    """Three trials share the first place: the one that is within most often is no choice of an earlier day."""
    f1 = np.zeros((10, 3))
    f1[:6, 1:], f1[6:, 0], f1[6:, 2] = -1.0, -9.0, -1.0  # P(within .5) = .6, .4, 0; the means are -3.6, -.6, -1
    found = levels_of(np.stack([f1, np.zeros((10, 3))], axis=2))
    rule = Rule(found, [Aim("f1", 1, worth=0.5), Aim("size", -1)])
    ordered = rule.order()
    assert ordered.order[0] == 0 and rule.best(ordered) == 1 and ordered.as_good == ()
    people = Population((0, 1, 2), {}, True)
    texts = {s.code: s.text for s in sentences_of(rule, ordered, 0, loss_of(rule, ordered, 0), people, np.nan)}
    assert texts["choice.most_often"].endswith("trial 0 is it most often (0.60).") and "choice.before" not in texts


def _said(share: float, later: list[float], aims: list[Aim]) -> dict[str, str]:
    """What is said of a choice between two trials whose later goals are certain."""
    goals = [np.tile([value, 2.0], (100, 1)) for value in later]
    rule = Rule(levels_of(np.stack([within(share), *goals], axis=2)), aims)
    ordered = rule.order()
    people = Population((0, 1), {}, True)
    chosen = ordered.order[0]
    return {s.code: s.text for s in sentences_of(rule, ordered, chosen, loss_of(rule, ordered, chosen), people, np.nan)}


def test_it_is_said_whether_the_next_goal_had_a_say():
    aims = [Aim("f1", 1, worth=0.5), Aim("size", -1)]
    alike, apart, other = _said(0.8, [1.0], aims), _said(0.6, [1.0], aims), _said(0.8, [5.0], aims)
    assert alike["choice.as_good"] == "Trial 1 is as good up to 0.5; it is not better by size."
    assert apart["choice.as_good"] == "No other is as good up to 0.5 with a probability of 0.7 or more: size did not decide."
    assert "choice.as_good" not in other and "preferred by the next goal" in other["choice.preferred"]
    assert "choice.as_good" not in _said(0.8, [], aims[:1])
    three = _said(0.8, [1.0, 1.0], [*aims, Aim("time", -1)])
    assert three["choice.as_good"] == "Trial 1 is as good up to 0.5; by the later goals (size, time) trial 0 comes first."


# --- edge cases, each with its sentence ---------------------------------------------------------------------------------


def test_one_trial_is_the_only_one():
    assert said(runs_of([[0.8, 0.9]]))["choice.only"] == "Trial 0 is the only one that has a value and counts."


def test_nothing_has_a_value():
    found = decide(runs_of([[np.nan], [np.nan]]), AIM)
    assert found.chosen is None and str(found.sentences[0]) == "No trial that counts has a value of f1: nothing can be chosen."


def test_without_repeats_no_chance_is_said():
    texts = said(runs_of([[0.8], [0.9], [0.1]]))
    assert texts["choice.best"] == "Of the 3 that can be chosen trial 1 has the best f1, 0.9, as it was measured."
    assert "differences between trials are not resolved" in texts["choice.noise_unknown"] and "choice.loss" not in texts


def test_without_repeats_bounds_hold_as_measured_and_equal_ones_go_by_the_next_goal():
    runs = runs_of([[0.9], [0.8], [0.8]], size=[9, 5, 3])
    assert decide(runs, [Aim("f1", 1), Aim("size", -1, bound=6)]).chosen == 2
    nobody = said(runs, [Aim("f1", 1), Aim("size", -1, bound=1)])
    assert nobody["choice.bounds"] == "No trial meets every bound; the nearest is trial 2."


def test_all_equal_is_a_fact():
    found = decide(runs_of(np.full((4, 3), 0.5)), AIM)
    assert found.chosen == 0 and "choice.fact" in {s.code for s in found.sentences}


def test_a_fact_as_first_goal_is_compared_as_it_is():
    runs = noisy([0.1, 0.9, 0.8], size=[3, 2, 2])
    found = decide(runs, [Aim("size", -1), Aim("f1", 1)])
    assert found.chosen == 1 and np.isnan(found.loss.upper) | (found.loss.upper == 0)


def test_a_trial_that_failed_on_one_draw_of_four_is_named():
    runs = noisy([1.0, 0.0, 0.2], noise=0.05)
    runs.loc[(runs["trial"] == 0) & (runs["draw"] == 2), ["ending", "measure.f1"]] = ["RAISED", np.nan]
    found = decide(runs, AIM)
    assert found.chosen == 2
    assert "Not chosen while others are there: trial 0 failed on 1 of 4 runs." in map(str, found.sentences)


def test_the_headline_counts_those_that_could_be_chosen():
    text = said(noisy([1.0, 0.0, 0.5], noise=0.01), [Aim("f1", 1, worth=0.02)])["choice.loss"]
    assert text.startswith("With 90 % probability none of the 2 others is better by more than 0 f1")
    assert text.endswith(
        "The chance that it is within 0.02 of the best of them, the difference that matters (`worth`), is more than 99 %."
    )


def test_those_that_were_tried_once_get_one_sentence():
    first = noisy(np.linspace(0, 0.5, 20), draws=1, noise=0.2)
    again = noisy(np.linspace(0, 0.5, 20), draws=4, noise=0.2, seed=1).assign(step="finalists")
    again = again[again["trial"] > 15].assign(draw=lambda t: t["draw"] + 1, replicate=lambda t: t["draw"])
    texts = said(pd.concat([first, again], ignore_index=True))
    assert texts["choice.once"].startswith("16 were tried once only; one of them may be better by up to 0.")
    assert "none of the 3 others that were repeated" in texts["choice.loss"]


def test_twenty_thousand_trials_are_no_trouble():
    rng = np.random.default_rng(0)
    truth = rng.standard_normal(20_000)
    runs = noisy(truth, draws=1, noise=0.3)
    again = noisy(truth[:50], draws=4, noise=0.3).assign(draw=lambda t: t["draw"] + 1, replicate=lambda t: t["draw"])
    found = decide(pd.concat([runs, again], ignore_index=True), AIM)
    assert found.chosen is not None and truth[found.chosen] > 2.5


def test_an_audit_alone_is_all_there_is_to_choose_from():
    runs = noisy([0.5, 0.8], draws=3, noise=0.05).assign(step="audit")
    found = decide(runs, AIM)
    assert found.chosen == 1 and found.population.trials == (0, 1)
    assert "the only other one is not better by more than" in {s.code: s.text for s in found.sentences}["choice.loss"]


def test_two_trials_without_a_repeat_are_not_told_apart():
    texts = said(runs_of([[0.8], [0.9]]))
    assert (
        texts["choice.noise_unknown"]
        == "Nothing was repeated, so the noise is unknown: differences between trials are not resolved."
    )
    assert decide(runs_of([[0.8], [0.9]]), AIM).chosen == 1


def test_a_bound_on_a_fact_is_compared_as_it_is():
    runs = noisy([1.0, 0.9, 0.5], noise=0.02, size=[8, 5, 2])
    found = decide(runs, [Aim("f1", 1), Aim("size", -1, bound=5)])
    assert found.chosen == 1 and found.table["passing"].tolist() == [0.0, 1.0, 1.0]
    assert [logged.moved for logged in found.log] == [(2.0, 8.0)] and [(one.lower, one.higher) for one in found.log] == [(2, 0)]
    nobody = decide(runs, [Aim("f1", 1), Aim("size", -1, bound=1)])
    assert nobody.chosen == 2  # the nearest by its size
    assert "No trial meets every bound with a probability of 0.5 or more; the nearest is trial 2 (0.00)." in map(
        str, nobody.sentences
    )


def test_one_draw_with_folds_tells_of_the_noise_and_says_so():
    rng = np.random.default_rng(0)
    truth = np.linspace(0, 1, 12)
    trial, fold = np.repeat(np.arange(12), 5), np.tile(np.arange(5), 12)
    runs = runs_of(truth[:, None]).loc[np.repeat(np.arange(12), 5)].reset_index(drop=True)
    runs = runs.assign(trial=trial, replicate=fold, draw=0, **{"measure.f1": truth[trial] + 0.05 * rng.standard_normal(60)})
    found = decide(runs, AIM, folds=5)
    assert found.levels.source == "folds" and found.chosen == 11
    text = {s.code: s.text for s in found.sentences}["choice.loss"]
    assert "half of what one split (the mean over its 5 folds) varies by chance" in text


def test_where_all_are_repeated_nobody_ran_once():
    texts = said(noisy(np.linspace(0, 1, 15), draws=4, noise=0.05))
    assert "choice.once" not in texts and "none of the 14 others is better" in texts["choice.loss"]


def test_a_noise_of_a_thousandth_of_the_spread_is_no_trouble():
    found = decide(noisy(np.linspace(0, 1, 40), draws=3, noise=0.001), AIM)
    assert found.chosen == 39 and found.loss.upper < 1e-6 and found.levels.noise[0] == pytest.approx(0.001, rel=0.3)


def test_a_quarter_at_chance_level_does_not_hide_the_best():
    truth = np.r_[np.full(15, 0.33), np.linspace(0.80, 0.90, 45)]
    found = decide(noisy(truth, draws=3, noise=0.004), AIM)
    assert found.chosen is not None and truth[found.chosen] > 0.895
    assert found.levels.noise[0] == pytest.approx(0.004, rel=0.3) and found.loss.upper < 0.01


def test_a_trial_that_lacks_a_goal_cannot_be_chosen_and_is_counted():
    runs = noisy([1.0, 0.8, 0.2], noise=0.02, size=[3, 2, 1]).assign(run=np.arange(12))
    runs.loc[runs["trial"] == 0, "measure.size"] = np.nan
    runs.loc[(runs["trial"] == 1) & (runs["draw"] == 0), "measure.size"] = np.inf
    found = decide(runs, PAIR)
    [text] = [s for s in found.sentences if s.code == "choice.no_value"]
    assert found.chosen == 1
    assert str(text) == "5 runs have no finite size; trial 0 has no other and cannot be chosen."
    assert text.runs == (0, 1, 2, 3, 4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 300))
def test_other_numbers_of_the_trials_change_no_choice_unless_a_probability_is_near_its_threshold(seed):
    rng = np.random.default_rng(seed)
    runs = noisy(rng.standard_normal(10), size=rng.integers(1, 9, 10), noise=0.4, seed=seed)
    other = rng.permutation(10)
    own = decide(runs, PAIR)
    renamed = decide(runs.assign(trial=other[runs["trial"]]).sort_values(["trial", "draw"], ignore_index=True), PAIR)
    near = (own.table["within"] - 0.7).abs().min() < 0.02
    assert near or renamed.chosen == other[own.chosen]


def test_trials_that_are_equal_share_their_rank():
    values = np.array([3.0, 1.0, 1.0, 1.0, 2.0])
    runs = pd.DataFrame(
        {"trial": np.repeat(np.arange(5), 2), "draw": np.tile([0, 1], 5), "replicate": np.tile([0, 1], 5), "condition": "all",
         "step": "explore", "ending": "COMPLETED", "used": True, "seconds": 1.0, "measure.size": np.repeat(values, 2),
         "measure.noisy": np.random.default_rng(0).standard_normal(10)}
    )  # fmt: skip
    table = decide(runs, [Aim("size", -1)]).table
    assert table["rank_low"].tolist() == [5, 1, 1, 1, 4] and table["rank_high"].tolist() == [5, 1, 1, 1, 4]


def test_values_that_are_missing_twice_are_no_copies():
    runs = pd.DataFrame(
        {"trial": [0, 0, 1, 1, 2], "condition": "all", "measure.size": [0.123456789, 0.123456789, 0.987654321, 0.987654321, 0.25],
         "measure.error": [np.nan, np.nan, 0.111222333, 0.111222333, 0.5]}
    )  # fmt: skip
    assert copies_of(runs).tolist() == [False, False, False, True, False]


def test_copies_are_no_repeats_and_the_sentence_does_not_say_that_nothing_was_repeated():
    rng = np.random.default_rng(0)
    runs = pd.DataFrame(
        {"trial": np.repeat(np.arange(6), 2), "draw": np.tile([0, 1], 6), "replicate": np.tile([0, 1], 6), "condition": "all",
         "step": "explore", "ending": "COMPLETED", "used": True, "seconds": 1.0, "measure.f1": np.repeat(rng.random(6), 2)}
    )  # fmt: skip
    said = {one.code: str(one) for one in decide(runs, [Aim("f1", 1)]).sentences}
    assert said["choice.noise_unknown"].startswith(
        "Runs that repeat another one to the last digit count once, and nothing else"
    )


def test_as_it_was_measured_is_what_was_measured_also_where_conditions_have_their_own_means():
    runs = pd.DataFrame(
        {"trial": [0, 1, 2, 3], "condition": ["a", "a", "b", "b"], "replicate": 0, "step": "adopted", "ending": "COMPLETED",
         "used": True, "seconds": 1.0, "measure.f1": [1.25, 2.5, 101.25, 105.625]}
    )  # fmt: skip
    found = decide(runs, [Aim("f1", 1)])
    best = next(str(one) for one in found.sentences if one.code == "choice.best")
    assert found.chosen == 3 and "(its runs gave 105.6)" in best and "as it was measured" not in best
    assert found.table.loc[3, "measured.f1"] == 105.625


def test_where_every_trial_failed_once_the_chosen_one_is_said_to_have_failed():
    rows = [(t, d, 0.1 * t + 0.01 * d) for t in range(6) for d in range(3)]
    runs = pd.DataFrame(rows, columns=["trial", "draw", "measure.f1"]).assign(condition="all", step="explore", used=True)
    runs = runs.assign(replicate=runs["draw"], ending=np.where(runs["draw"] == 0, "RAISED", "COMPLETED"), verdict="HEALTHY")
    found = decide(runs, [Aim("f1", 1)])
    texts = {said.code: said.text for said in found.sentences}
    assert texts["choice.failed_itself"] == f"The chosen trial {found.chosen} failed on 1 of 3 runs itself."


def test_a_kept_choice_is_not_what_the_thresholds_move():
    rng = np.random.default_rng(0)
    rows = [(t, d, 0.1 * t + 0.01 * rng.standard_normal()) for t in range(8) for d in range(3)]
    runs = pd.DataFrame(rows, columns=["trial", "draw", "measure.f1"]).assign(condition="all", step="explore", used=True)
    runs = runs.assign(replicate=runs["draw"], ending="COMPLETED", verdict="HEALTHY")
    [kept] = decide(runs, [Aim("f1", 1, 0.3)], chosen=2).log
    assert kept.pick == 7
    text = threshold_sentence(kept, 2).text
    assert "as runs and goals are now, the rule picks trial 7" in text and "the choice would be the same" not in text
    [own] = decide(runs, [Aim("f1", 1, 0.3)]).log
    assert "the choice would be the same" in threshold_sentence(own, 7).text


def test_a_bound_at_the_end_of_what_is_measured_is_met_by_those_whose_runs_all_met_it():
    """A normal level of a count is never surely 0: six trials without a crash lost to each other by chance, and a worse one was chosen."""
    rng = np.random.default_rng(0)
    runs = noisy(0.8 + 0.01 * np.arange(12), draws=3, noise=0.003)
    crashes = np.where(runs["trial"] < 6, 0, 1 + rng.integers(0, 3, len(runs)))
    found = decide(runs.assign(**{"measure.crashes": crashes}), [Aim("f1", 1), Aim("crashes", -1, 0.0)])
    assert found.chosen == 5 and found.table["passing"].loc[:5].eq(1).all() and found.table["passing"].loc[6:].eq(0).all()
    [logged] = found.log
    assert logged.moved[0] is None and logged.moved[1] == runs.assign(c=crashes).groupby("trial")["c"].mean().loc[6:].min()


def test_those_that_are_equal_are_said_to_be():
    found = said(runs_of(np.array([[1.0], [3.0], [1.0], [1.0]])), [Aim("f1", -1)])
    assert (
        found["choice.best"]
        == "Of the 4 that can be chosen trial 0 has the best f1, 1, as it was measured; 2 others have the same."
    )
