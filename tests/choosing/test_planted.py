"""Planted structure is found and said in a sentence; clean sweeps are left alone."""

import numpy as np
import pandas as pd
import pytest
from simulated import repeated, sweep

from sweepwright.choosing import (
    Aim,
    anomalies_in,
    association,
    compare,
    decide,
    noise_floor,
    reversals,
)
from sweepwright.choosing.estimator.level_table import level_table
from sweepwright.choosing.estimator.levels import levels
from sweepwright.choosing.noise.components import copies_of
from sweepwright.choosing.noise.unequal import unequal_conditions, unequal_spreads

pytestmark = pytest.mark.slow

# --- trade-offs -------------------------------------------------------------------------------------------------------


ADOPTED = {"step": "adopted", "ending": "COMPLETED", "verdict": "HEALTHY", "used": True}


def paradox(count: int = 120, seed: int = 0) -> pd.DataFrame:
    """Within each loss f1 and robustness fall together; over all they rise."""
    rng = np.random.default_rng(seed)
    level = np.arange(count) % 3
    inside = rng.standard_normal(count)
    f1 = 3.0 * level + inside + 0.2 * rng.standard_normal(count)
    return sweep(
        {"loss": np.array(["a", "b", "c"])[level]},
        f1,
        **{"measure.robust": 3.0 * level - inside + 0.2 * rng.standard_normal(count)},
    )


def test_simpsons_paradox_is_found_and_said():
    [found] = reversals(paradox(), "f1", "robust", ["param.loss"])
    assert found.by == "loss" and set(found.within) == {"a", "b", "c"} and found.overall[0] > 0
    assert "Simpson's paradox" in found.statement.text and "within loss" in found.statement.text


def test_simpsons_paradox_is_not_seen_in_clean_sweeps():
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        shared = rng.standard_normal(90)
        runs = sweep(
            {"loss": np.array(["a", "b", "c"])[np.arange(90) % 3]},
            shared + rng.standard_normal(90),
            **{"measure.robust": shared + rng.standard_normal(90)},
        )
        alarms += bool(reversals(runs, "f1", "robust", ["param.loss"], seed))
    assert alarms <= 6
    assert reversals(paradox(30), "f1", "robust", ["param.loss"]) == []  # strata of 10 say nothing


def test_a_third_measure_explains_an_association_and_its_reliability_is_said():
    rng = np.random.default_rng(3)
    size = np.repeat(rng.standard_normal(60), 4)
    trials = np.repeat(np.arange(60), 4)
    a, b = (size + 0.5 * rng.standard_normal(240) for _ in range(2))
    runs = sweep(
        {"x": trials / 60},
        a,
        "a",
        trial=trials,
        replicate=np.tile(range(4), 60),
        **{"measure.b": b, "measure.size": size + 0.05 * rng.standard_normal(240)},
    )
    found = association(runs, "a", "b", "size")
    assert found.raw_low > 0.5 and found.low < 0 < found.high and found.reliability > 0.9
    loose = association(runs.assign(**{"measure.size": size + 2.0 * rng.standard_normal(240)}), "a", "b", "size")
    assert any("under-adjusted" in note for note in loose.notes)
    single = association(runs[runs["replicate"] == 0], "a", "b")
    assert any("within-run noise not removed" in note for note in single.notes)
    turned = association(runs.assign(**{"measure.a": 3 - 2 * runs["measure.a"]}), "a", "b")
    assert turned.raw == pytest.approx(-association(runs, "a", "b").raw)


def test_what_a_fold_does_to_all_trials_does_not_weaken_an_association():
    """Every trial met the same five folds, which differ far more than trials do; the rows in any order."""
    level, fold = np.repeat(np.arange(20.0), 5), np.tile(np.arange(5), 20)
    far = np.array([0.0, 40.0, -30.0, 90.0, -70.0])[fold]
    runs = sweep({"x": level}, level + far, "a", trial=level.astype(int), replicate=fold, **{"measure.b": level - far})
    found = association(runs, "a", "b")
    assert found.raw == pytest.approx(1.0) and found.notes == ("the two from different runs",)
    assert association(runs.sample(frac=1, random_state=0), "a", "b").raw == pytest.approx(1.0)


def test_what_runs_share_with_themselves_is_no_trade_off():
    rng = np.random.default_rng(2)
    common = rng.standard_normal(300)  # noise that both measures of a run share
    trials = np.repeat(np.arange(100), 3)
    runs = sweep(
        {"x": trials / 100},
        common + 0.2 * rng.standard_normal(300),
        "a",
        trial=trials,
        replicate=np.tile(range(3), 100),
        **{"measure.b": common + 0.2 * rng.standard_normal(300)},
    )
    assert abs(association(runs, "a", "b").raw) < 0.25
    assert np.corrcoef(runs["measure.a"], runs["measure.b"])[0, 1] > 0.9


# --- comparison -------------------------------------------------------------------------------------------------------


def two_trials(gains: dict[str, float], pairs: int, noise: float, seed: int = 0) -> pd.DataFrame:
    """Trial 0 beats trial 1 by so much in each group."""
    rng = np.random.default_rng(seed)
    trials, replicates = np.repeat([0, 1], pairs), np.tile(np.arange(pairs), 2)
    groups = {
        name: 0.5 + np.where(trials == 0, gain, 0.0) + noise * rng.standard_normal(2 * pairs) for name, gain in gains.items()
    }
    columns = {f"measure.f1[{name}]": values for name, values in groups.items()}
    return sweep({"x": trials}, np.mean(list(groups.values()), axis=0), trial=trials, replicate=replicates, **columns)


def test_a_gain_of_one_group_only_is_said():
    runs = two_trials({"plate 1": 0.3, "plate 2": 0.0, "plate 3": 0.0, "plate 4": 0.0}, 12, 0.02)
    found = compare(runs, 0, 1, "f1", confirming=runs)
    assert (
        found.resolved
        and "comes from plate 1 alone" in found.sentences[1].text
        and "vanishes when that is held out" in found.sentences[1].text
    )
    assert [part.group for part in found.groups] == ["plate 1", "plate 2", "plate 3", "plate 4"]


def test_an_even_gain_or_none_is_not_blamed_on_a_group():
    alarms = sum(
        len(compare(two_trials(dict.fromkeys("abcd", 0.05), 12, 0.05, seed), 0, 1, "f1").sentences) > 1 for seed in range(100)
    )
    nothing = sum(
        len(compare(two_trials(dict.fromkeys("abcd", 0.0), 12, 0.05, seed), 0, 1, "f1").sentences) > 1 for seed in range(100)
    )
    assert alarms <= 5 and nothing <= 10


def test_few_pairs_are_not_resolved_and_it_is_said_how_many_would_do():
    runs = two_trials({"a": 0.02}, 4, 0.05)
    found = compare(runs, 0, 1, "f1", confirming=runs)
    assert (
        not found.resolved
        and found.needed is not None
        and f"about {found.needed} pairs of runs are needed" in found.sentences[0].text
    )
    assert found.better[1] <= found.better[0] <= found.better[2]


def test_the_order_and_the_direction_turn_the_sign():
    runs = two_trials({"a": 0.2}, 12, 0.02)
    one, other = compare(runs, 0, 1, "f1"), compare(runs, 1, 0, "f1")
    assert (
        one.overall.gain
        == pytest.approx(-other.overall.gain)
        == pytest.approx(-compare(runs, 0, 1, "f1", sign=-1).overall.gain)
    )
    assert one.better[0] == pytest.approx(1 - other.better[0])


def confirmed(quality, draws: int, noise: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trials on three draws, and the first two of them on fresh ones; draws move all trials."""
    runs = repeated(np.asarray(quality), 3 + draws, noise, seed, split=0.3).assign(draw=lambda t: t["replicate"])
    fresh = runs[(runs["draw"] >= 3) & runs["trial"].isin([0, 1])]
    return runs[runs["draw"] < 3], fresh.assign(step="confirm")


@pytest.mark.parametrize("fresh", [True, False])
def test_the_interval_of_a_gain_covers(fresh):
    inside = 0
    for seed in range(5000, 5300):
        quality = 0.1 * np.random.default_rng(seed).standard_normal(8)
        runs, confirming = confirmed(quality, 3, 0.1, seed)
        part = compare(runs, 0, 1, "f1", confirming=confirming if fresh else None).overall
        inside += part.low <= quality[0] - quality[1] <= part.high
    assert 0.85 <= inside / 300 <= 0.95


def test_fresh_draws_of_both_are_compared_and_else_levels():
    runs, confirming = confirmed([0.5, 0.4, 0.3, 0.2, 0.1, 0.0], 3, 0.02, 1)
    found = compare(runs, 0, 1, "f1", confirming=confirming)
    own = confirming.pivot_table(index="draw", columns="trial", values="measure.f1")
    assert found.overall.gain == pytest.approx((own[0] - own[1]).mean()) and found.overall.pairs == 3
    assert "over 3 pairs of runs that no choice had seen" in found.sentences[0].text and not found.resolved
    assert found.sentences[0].runs[: len(confirming)] == tuple(confirming["run"]) and set(found.sentences[0].runs) > set(
        runs["run"]
    )
    levels = compare(runs, 0, 1, "f1", confirming=confirming[confirming["trial"] == 0])
    assert "from the choice's own runs" in levels.sentences[0].text and set(levels.sentences[0].runs) == set(runs["run"])
    assert compare(runs, 0, 99, "f1").sentences[0].text == "Trial 0 against trial 99 by f1: trial 99 has no value."


def test_a_trial_that_varies_otherwise_is_named_and_compared_by_its_own_spread():
    runs, confirming = confirmed(np.linspace(0, 1, 30), 12, 0.02, 3)
    wild = np.random.default_rng(1).standard_normal(12)
    runs, more = pd.concat([runs, runs[runs["trial"] == 0].assign(draw=lambda t: t["draw"] + 20)]), confirming.copy()
    for frame in (runs, more):
        own = frame["trial"] == 0
        frame.loc[own, "measure.f1"] += 0.5 * wild[: own.sum()]
    [one] = unequal_spreads(runs, "f1")
    assert one.trial == 0 and str(one.statement).startswith("Trial 0 varies more from run to run than the others do: sd 0.")
    calm, told = compare(runs[runs["trial"] > 0], 1, 2, "f1"), compare(runs, 0, 1, "f1", confirming=more)
    assert np.diff([told.overall.low, told.overall.high]) > 5 * np.diff([calm.overall.low, calm.overall.high])


def test_equal_spreads_are_left_alone():
    alarms = [bool(unequal_spreads(repeated(np.arange(12) / 10, 4, 0.1, seed), "f1")) for seed in range(100)]
    assert sum(alarms) <= 10


# --- noise ---------------------------------------------------------------------------------------------


def test_components_are_recovered_and_copies_are_no_noise():
    rng = np.random.default_rng(0)
    runs = repeated(rng.standard_normal(200), 4, 0.3, 1, split=0.5)
    floor = noise_floor(runs, "f1")
    assert (
        floor.noise is not None and floor.noise.sd == pytest.approx(0.3, abs=0.03) and floor.noise.low < 0.3 < floor.noise.high
    )
    found = {c.name: c.sd for c in floor.components}
    assert found["configuration"] == pytest.approx(1.0, abs=0.15) and found["split"] == pytest.approx(0.5, abs=0.35)
    doubled = pd.concat([runs, runs.assign(run=runs["run"] + len(runs), replicate=runs["replicate"] + 4)], ignore_index=True)
    again = noise_floor(doubled, "f1")
    assert again.copies == len(runs) and again.noise is not None and again.noise.sd == pytest.approx(floor.noise.sd)
    assert noise_floor(runs[runs["replicate"] == 0], "f1").noise is None


def test_the_unit_of_a_measure_scales_its_noise():
    runs = repeated(np.linspace(0, 1, 30), 3, 0.1)
    scaled = noise_floor(runs.assign(**{"measure.f1": 7 * runs["measure.f1"] - 3}), "f1")
    own = noise_floor(runs, "f1")
    assert own.noise and scaled.noise and scaled.noise.sd == pytest.approx(7 * own.noise.sd)


# --- choice -----------------------------------------------------------------------------------------------------------


def test_bounds_are_constraints_and_their_sensitivity_is_logged():
    runs = repeated(np.linspace(0, 1, 12), 4, 0.02).assign(**{"measure.size": lambda t: t["trial"] * 1.0})
    found = decide(runs, [Aim("f1", 1), Aim("size", -1, bound=6.5)], log={"size": ("2026-01-01", False)})
    assert found.chosen == 6 and found.log[0].threshold == "size <= 6.5" and not found.log[0].results_seen
    impossible = decide(runs, [Aim("f1", 1, bound=3.0)])
    assert (
        impossible.chosen == 11
        and "No trial meets every bound with a probability of 0.5 or more; the nearest is trial 11"
        in impossible.sentences[0].text
    )


def test_the_next_goal_orders_what_cannot_be_told_apart():
    rng = np.random.default_rng(0)
    runs = repeated(np.r_[np.full(6, 0.5), 0.0, 0.1], 6, 0.1)
    runs["measure.size"] = (7.0 - runs["trial"]) + 0.01 * rng.standard_normal(len(runs))
    found = decide(runs, [Aim("f1", 1), Aim("size", -1)])
    alike = set(found.as_good)
    assert found.chosen == max(alike) and {6, 7}.isdisjoint(alike)


def test_without_replicates_the_model_bounds_the_noise_and_no_probability_is_said():
    x = np.linspace(0, 1, 40)
    runs = sweep({"x": x}, np.sin(5 * x) + 0.1 * np.random.default_rng(0).standard_normal(40))
    from sweepwright.choosing import inferred_axes

    said = " ".join(map(str, decide(runs, [Aim("f1", 1)], inferred_axes(runs)).sentences))
    assert "At most, if the effect model is right, one run varies by sd 0." in said
    unknown = decide(runs, [Aim("f1", 1)])
    assert np.isnan(unknown.loss.within) and "noise is unknown" in " ".join(map(str, unknown.sentences))


def test_the_unit_and_the_order_of_rows_do_not_change_the_choice():
    runs = repeated(np.random.default_rng(5).standard_normal(20), 3, 0.3)
    own = decide(runs, [Aim("f1", 1)])
    scaled = decide(runs.assign(**{"measure.f1": 1000 * runs["measure.f1"] + 5}), [Aim("f1", 1)])
    shuffled = decide(runs.sample(frac=1, random_state=1), [Aim("f1", 1)])
    lower = decide(runs.assign(**{"measure.f1": -runs["measure.f1"]}), [Aim("f1", -1)])
    assert own.order == scaled.order == shuffled.order == lower.order
    assert own.loss.within == pytest.approx(scaled.loss.within, abs=0.02)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_of_a_later_goal_does_not_change_what_is_believed_of_the_first(unit):
    runs = repeated(np.random.default_rng(5).standard_normal(20), 3, 0.3)
    for size in (runs["trial"] % 7 + 1.0, runs["trial"] % 7 + 0.1 * np.random.default_rng(1).standard_normal(len(runs))):
        own, other = (
            decide(runs.assign(**{"measure.size": scale * size}), [Aim("f1", 1), Aim("size", -1)]) for scale in (1.0, unit)
        )
        assert own.loss.within == pytest.approx(other.loss.within, abs=0.02) and own.loss.within < 1
        for place in (0, 1):
            one, two = own.levels.interval(7, place), other.levels.interval(7, place)
            assert np.array(two) / (unit if place else 1.0) == pytest.approx(np.array(one))
        assert own.levels.interval(7, 0)[0] < own.levels.interval(7, 0)[1] - 0.05


def test_a_goal_that_repeats_give_alike_is_known():
    runs = repeated(np.random.default_rng(5).standard_normal(20), 3, 0.3)
    found = decide(runs.assign(**{"measure.size": 1e5 * (runs["trial"] + 1.0)}), [Aim("f1", 1), Aim("size", -1)])
    assert found.levels.interval(7, 1) == (8e5, 8e5)


def test_the_front_has_probabilities_and_never_a_missing_value():
    rng = np.random.default_rng(0)
    runs = repeated(np.linspace(0, 1, 10), 4, 0.02)
    runs["measure.cost"] = runs["trial"] * 0.1 + 0.02 * rng.standard_normal(len(runs))
    runs.loc[runs["trial"] == 9, "measure.cost"] = np.nan
    front = decide(runs, [Aim("f1", 1), Aim("cost", -1)]).front
    assert 9 not in front.index and 8 in front.index and (front > 0.9).sum() >= 5
    dominated = decide(runs, [Aim("f1", 1), Aim("cost", 1)]).front
    assert dominated.index[0] == 8 and dominated.iloc[0] > 0.9


def test_ranks_are_wide_among_equals_and_narrow_among_different_ones():
    equal = decide(repeated(np.zeros(8), 4, 0.1), [Aim("f1", 1)]).table
    apart = decide(repeated(np.arange(8.0), 4, 0.1), [Aim("f1", 1)]).table
    assert (equal["rank_high"] - equal["rank_low"]).mean() > 4 and (apart["rank_high"] == apart["rank_low"]).all()


# --- anomalies ---------------------------------------------------------------------------------------------------------

AIM = [Aim("f1", 1)]


def plain(count: int = 80, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    lr, depth = rng.random(count), rng.integers(1, 5, count)
    return sweep({"lr": lr, "depth": depth}, lr + 0.1 * depth + 0.1 * rng.standard_normal(count))


def codes(runs: pd.DataFrame, aims=AIM, curves=None) -> set[str]:
    return {anomaly.code for anomaly in anomalies_in(runs, aims, curves=curves)}


def test_planted_oddities_are_found():
    runs = plain()
    late = runs["run"] >= 50
    assert codes(runs.assign(**{"measure.f1": runs["measure.f1"] + 0.5 * late})) == {"jump"}
    assert "frozen" in codes(runs.assign(**{"measure.f1": runs["measure.f1"].where(runs["run"] < 60, 0.25)}))
    assert "constant_measure" in codes(runs.assign(**{"measure.f1": 0.5}))
    assert "clipped" in codes(runs.assign(**{"measure.f1": runs["measure.f1"].clip(upper=0.7)}))
    assert "added_parameter" in codes(runs.assign(**{"param.depth": runs["param.depth"].where(runs["run"] >= 20)}))
    wider = np.where(late, runs["param.lr"], 0.3 * runs["param.lr"])
    assert "range_changed" in codes(
        runs.assign(**{"param.lr": wider, "measure.f1": wider + 0.1 * np.random.default_rng(9).standard_normal(80)})
    )
    assert "raised_runs" in codes(runs.assign(ending=np.where(runs["run"] == 3, "RAISED", "COMPLETED")))
    fixed = runs.assign(condition=np.where(runs["param.depth"] > 2, "big", "small"))
    fixed["param.depth"] = np.where(fixed["condition"] == "big", 4, 2)
    assert "confounded" in codes(fixed)
    times = runs.assign(**{"measure.time_to_target": runs["measure.f1"].where(runs["run"] % 3 > 0)})
    assert "censored" in codes(times, [Aim("time_to_target", -1)])
    stamps = pd.date_range("2026-01-01", periods=80, freq="min") + pd.to_timedelta(np.where(late, 5, 0), unit="D")
    drifting = runs.assign(started=stamps, **{"measure.f1": runs["measure.f1"] + 0.3 * late})
    assert "drift" in codes(drifting)


def test_conditions_of_unequal_scale_and_sorted_tables_are_told():
    runs = plain().assign(condition=np.array(["a", "b", "c"])[np.arange(80) % 3])
    wide = np.where(runs["condition"] == "c", 50.0, 1.0)
    assert "unequal_scales" in codes(runs.assign(**{"measure.f1": wide * runs["measure.f1"]}))
    halves = plain(160).assign(condition=np.where(np.arange(160) < 80, "first", "second"))
    shifted = halves.assign(**{"measure.f1": halves["measure.f1"] + np.where(halves["run"] >= 120, 0.5, 0.0)})
    assert "jump" not in codes(shifted)  # the order of a table that is sorted by condition is no order in time
    assert "jump" in codes(shifted.assign(condition="all"))


def test_rounded_values_are_no_copies():
    runs = repeated(np.linspace(0.5, 0.52, 30), 4, 0.001).round({"measure.f1": 3})
    floor = noise_floor(runs, "f1")
    assert floor.copies == 0 and floor.noise is not None


def test_clean_sweeps_are_left_alone():
    alarms = [seed for seed in range(40) if codes(plain(seed=seed))]
    assert len(alarms) <= 4


def test_frozen_rows_are_proposed_and_not_dropped():
    runs = plain()
    frozen = runs.assign(**{"measure.f1": runs["measure.f1"].where(runs["run"] < 60, 0.25)})
    [found] = [o for o in anomalies_in(frozen, AIM) if o.code == "frozen"]
    assert found.runs == tuple(range(60, 80)) and "from run 60 on" in found.text and len(frozen) == 80


@pytest.mark.parametrize("unit", [1e-100, 1.0, 1e100])
def test_spreads_and_comparisons_do_not_depend_on_the_unit(unit):
    runs = repeated(np.arange(8) / 10, 6, 0.1, 3)
    wild = (runs["trial"] == 5).to_numpy()
    runs["measure.f1"] = unit * (runs["measure.f1"] + 2.0 * wild * np.random.default_rng(1).standard_normal(len(runs)))
    [one] = unequal_spreads(runs, "f1")
    assert one.trial == 5 and 1.0 < one.sd / unit < 4.0 and 0.05 < one.others / unit < 0.2
    again = runs.assign(step="confirm", run=np.arange(len(runs)))
    found = compare(runs, 7, 0, "f1", confirming=again)
    assert found.overall.pairs == 6 and 0.3 < found.overall.gain / unit < 1.1
    assert 0 <= found.better[1] < found.better[0] <= found.better[2] <= 1


def test_what_runs_vary_by_is_compared_between_conditions():
    def of(scales: list[float], seed: int) -> pd.DataFrame:
        runs = repeated(np.arange(16) / 10, 3, 0.1, seed)
        place = runs["trial"].to_numpy() % len(scales)
        centre = runs.groupby("trial")["measure.f1"].transform("mean")
        runs["measure.f1"] = centre + np.array(scales)[place] * (runs["measure.f1"] - centre)
        return runs.assign(condition=[f"plate {k}" for k in place])

    found = unequal_conditions(of([1.0, 8.0], 0), "f1")
    assert found is not None and found.spreads["plate 1"] > 4 * found.spreads["plate 0"]
    assert "plate 1 and by" in found.statement.text and found.statement.code == "noise.unequal_conditions"
    alarms = [unequal_conditions(of([1.0, 1.0], seed), "f1") is not None for seed in range(60)]
    assert sum(alarms) <= 4
    assert unequal_conditions(of([1.0], 0), "f1") is None


def apart(seed: int = 0) -> pd.DataFrame:
    """Two runs of 24 configurations on each of three plates, but those of depth 8 never ran on the third: no plate matters."""
    rng = np.random.default_rng(seed)
    rows = [
        (t, 2 * (t % 4) + 2, plate) for t in range(24) for plate in "ABC" for _ in range(2) if not (t % 4 == 3 and plate == "C")
    ]
    runs = pd.DataFrame(rows, columns=["trial", "param.depth", "condition"])
    runs["measure.f1"] = 100 + 20 * runs["param.depth"] + rng.normal(0, 1.5, len(runs))
    own = np.arange(len(runs))
    return runs.assign(run=own, replicate=own, draw=own, step="adopted", ending="COMPLETED", verdict="HEALTHY", used=True)


def test_a_condition_is_not_blamed_for_the_trials_that_it_lacks():
    runs = apart()
    plain = runs.groupby("trial")["measure.f1"].mean()
    found = levels(runs, ["f1"])
    assert 1.2 < found.noise[0] < 1.9 and np.abs(found.mean[:, 0] - plain).max() < 1.5
    assert np.abs(level_table(runs, ["f1"])["f1"] - plain).max() < 1.5
    assert "on average over new runs in all 3 conditions" in decide(runs, [Aim("f1", 1)]).sentences[0].text
    floor = noise_floor(runs, "f1")
    assert floor.noise.sd < 1.9 and floor.component("configuration x condition").sd < 1.0
    assert not unequal_spreads(runs, "f1")


@pytest.mark.parametrize("conditions, each", [(3, 2), (6, 2), (1, 3), (1, 4)])
def test_pairs_of_runs_are_not_counted_twice_among_spreads(conditions, each):
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        rows = [(t, c, k) for t in range(24) for c in range(conditions) for k in range(each)]
        runs = pd.DataFrame(rows, columns=["trial", "condition", "replicate"]).astype({"condition": str})
        runs["replicate"] = np.arange(len(runs))
        alarms += bool(unequal_spreads(runs.assign(**{"measure.f1": rng.normal(0, 0.03, len(runs))}, **ADOPTED), "f1"))
    assert alarms <= 3


def test_runs_that_are_written_twice_make_no_spread():
    for seed in range(10):
        runs = repeated(np.arange(8) / 10, 3, 0.1, seed)
        again = runs.assign(replicate=runs["replicate"] + 10, draw=runs.get("draw", runs["replicate"]) + 10)
        both = pd.concat([runs, again], ignore_index=True)
        assert [one.trial for one in unequal_spreads(both, "f1")] == [one.trial for one in unequal_spreads(runs, "f1")]


def test_shares_of_few_samples_are_equal_by_chance():
    rng = np.random.default_rng(0)
    rows = [(t, k) for t in range(15) for k in range(3)]
    runs = pd.DataFrame(rows, columns=["trial", "replicate"]).assign(condition="all", **ADOPTED)
    runs["measure.acc"] = rng.binomial(300, 0.9, len(runs)) / 300
    assert runs.duplicated(["trial", "measure.acc"]).any() and not copies_of(runs).any()
    runs["measure.loss"] = np.repeat(rng.standard_normal(30), 2)[: len(runs)]  # a copy is still told by what has digits
    runs.loc[[0, 1], ["measure.acc", "measure.loss"]] = [0.9, 0.123456789012]
    assert copies_of(runs).tolist()[:2] == [False, True]


def test_two_trials_that_share_one_result_by_chance_have_no_copies():
    runs = pd.DataFrame({"trial": [0, 0, 0, 1, 1, 1], "replicate": [0, 1, 2, 0, 1, 2]}).assign(condition="all", **ADOPTED)
    a, b, c = 0.9876543210123, 0.9765432101234, 0.9654321012345
    assert not copies_of(runs.assign(**{"measure.f1": [a, a, b, a, c, c]})).any()
    assert copies_of(runs.assign(**{"measure.f1": [a, a, b, c, c, 0.95432101234567]})).sum() == 2


def test_a_correlation_in_nearly_perfect_order_has_an_interval_that_can_be():
    runs = pd.DataFrame(
        {"trial": range(24), "condition": "all", "replicate": 0, "step": "explore", "ending": "COMPLETED", "used": True}
    )
    order = np.repeat(np.arange(8.0), 3)
    runs["measure.a"], runs["measure.b"] = order, -order
    runs.loc[0, "measure.b"] = -2.0
    found = association(runs, "a", "b")
    assert -1 <= found.raw_low < found.raw < found.raw_high < -0.7


def test_equal_facts_and_larger_facts_are_certain():
    runs = repeated(np.array([0.7, 0.7, 0.5]), 4, 0.0, 0)
    runs["measure.f1"] = np.array([0.7, 0.7, 0.5])[runs["trial"]]
    same, more = compare(runs, 0, 1, "f1"), compare(runs, 0, 2, "f1")
    assert same.better == (0.0, 0.0, 0.0) and "not resolved" not in same.sentences[0].text
    assert more.better == (1.0, 1.0, 1.0) and more.resolved


def test_a_group_explains_a_gain_only_where_there_is_one():
    runs = two_trials({"a": 0.3, "b": 0.0, "c": 0.0}, 12, 0.02)
    runs["measure.f1"] = np.random.default_rng(3).normal(0.5, 0.05, len(runs))  # another weighting of groups: no gain
    found = compare(runs, 0, 1, "f1")
    assert found.overall.low < 0 < found.overall.high and [s.code for s in found.sentences] == ["gain"]


def test_who_is_compared_in_vain_is_named_with_the_reason():
    runs = repeated(np.arange(4) / 10, 3, 0.1, 0)
    runs.loc[runs["trial"] == 1, "measure.f1"] = np.nan
    runs.loc[runs["trial"] == 2, "used"] = False
    text = compare(runs, 1, 2, "f1").sentences[0].text
    assert text == "Trial 1 against trial 2 by f1: trial 1 has no value and trial 2 was marked as not to be used."
    found = compare(runs, 0, 1, "f1")
    assert np.isfinite(found.means[0]) and np.isnan(found.means[1])
