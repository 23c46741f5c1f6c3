"""Inactivity is claimed where it is proved, bounded by repeats or stated; without repeats there is a bound and what would tell."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import sweep
from typer.testing import CliRunner

from sweepwright.choosing import bounded_parameters, inactive_parameters, inferred_axes, merged, noise_floor, stated_inactive
from sweepwright.choosing.effects.bounds import bounded_at, effect_bound
from sweepwright.choosing.effects.twins import Site, configurations_as_text, twins_at
from sweepwright.cli import app
from sweepwright.errors import InputError

GRID = Path(__file__).parents[4] / "shared/data/morphology/sweep01_grid_reconstructed.csv"


def margins(count: int, active: float, seed: int, times: int = 1) -> pd.DataFrame:
    """A factorial sweep, each configuration run so often.

    `margin` matters with the loss "triplet", and by `active` noise sds a step (of .1) with "nt-xent".
    """
    rng = np.random.default_rng(seed)
    rows = [(lr, m, loss, k) for lr in range(count) for m in range(4) for loss in ("nt-xent", "triplet") for k in range(times)]
    lr, margin, loss, _ = (np.array(column) for column in zip(*rows, strict=True))
    effect = np.where(loss == "triplet", 0.3 * margin, active * 0.1 * (margin - 1.5))
    values = 0.5 * (lr / count) + effect + 0.1 * rng.standard_normal(len(lr))
    runs = sweep({"lr": lr / count, "margin": margin, "loss": loss}, values)
    return runs.assign(trial=runs["run"] // times)


def test_without_repeats_inactivity_is_never_claimed_only_bounded():
    runs = margins(36, 0.0, 0)
    assert inactive_parameters(runs, ["f1"]) == []
    [found] = [f for f in bounded_parameters(runs, ["f1"]) if f.twins.site.parameter == "margin"]
    assert (found.twins.site.parent, found.twins.site.level) == ("loss", "nt-xent")
    [bound] = found.bounds
    assert bound.blocks == 36 and bound.moved < bound.at_most < bound.sd == pytest.approx(0.1, rel=0.2)
    assert str(found.statement) == (
        f"Where loss is nt-xent, changing margin moved the mean of f1 by {bound.moved:.2g} in root mean square (at most {bound.at_most:.2g}, 95 %). If it "
        f"does nothing there, its 4 values are repeats with sd {bound.sd:.2g} of f1: run two configurations again to learn whether it "
        "matters at all."
    )


@pytest.mark.parametrize("active", [0.0, 0.1, 0.3, 0.8])
def test_a_bound_covers_the_effect(active):
    # the root mean square effect of margin where loss is nt-xent: 0.1 active times the sd of -1.5 .. 1.5
    truth, missed = active * 0.1 * np.std([-1.5, -0.5, 0.5, 1.5]), 0
    for seed in range(100):
        runs = margins(12, active, seed)
        wide = runs[runs["param.loss"] == "nt-xent"].pivot(index="param.lr", columns="param.margin", values="measure.f1")
        missed += effect_bound(wide.to_numpy())[1] < truth
    assert missed <= 11  # 5 are expected, 11 in 1 of 100


@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_the_unit_of_a_measure_scales_its_bound(seed, unit, shift):
    values = np.random.default_rng(seed).standard_normal((6, 3))
    own, other = effect_bound(values), effect_bound(unit * values + shift)
    assert other[:3] == pytest.approx([unit * x for x in own[:3]], rel=1e-5, abs=1e-9 * unit)
    assert other[3] == pytest.approx(own[3], abs=1e-6)


def test_an_incomplete_block_is_left_out_of_a_bound():
    runs = margins(12, 0.0, 3)
    whole = bound_at_nt(runs)
    assert bound_at_nt(runs[~((runs["param.lr"] == 0) & (runs["param.margin"] == 2))]).blocks == whole.blocks - 1


def bound_at_nt(runs: pd.DataFrame):
    axes = inferred_axes(runs)
    table = configurations_as_text(runs, axes)
    found = bounded_at(runs, ["f1"], twins_at(table, Site("margin", "loss", "nt-xent")), table)
    assert found is not None
    return found.bounds[0]


def test_with_repeats_an_inactive_parameter_is_found_where_it_is_inactive():
    runs = margins(24, 0.0, 0, times=2)
    found = inactive_parameters(runs, ["f1"])
    assert [(f.site.parameter, f.site.parent, f.site.level) for f in found] == [("margin", "loss", "nt-xent")]
    assert (
        "its 4 values lie less than half of what one run varies by from their mean (root mean square, 90 %, 24 groups)"
        in found[0].statement.text
    )
    one = merged(runs, found[0].groups)
    assert one["trial"].nunique() == 24 + 96


def test_an_active_parameter_is_not_called_inactive():
    # at the bound itself, root mean square half a noise sd: it is claimed in one of ten at most
    half = 0.5 / np.std([-1.5, -0.5, 0.5, 1.5])
    wrong = sum(
        any(f.site.parameter == "margin" for f in inactive_parameters(margins(8, half, seed, times=3), ["f1"]))
        for seed in range(40)
    )
    assert wrong <= 8  # 10 % would be 4; more than 8 are seen in 1 of 50


def test_copies_prove_that_a_parameter_does_nothing_and_say_nothing_of_noise():
    runs = margins(12, 0.0, 0)
    nt = runs["param.loss"] == "nt-xent"
    runs.loc[nt, "measure.f1"] = runs.loc[nt].groupby("param.lr")["measure.f1"].transform("first")
    [found] = inactive_parameters(runs, ["f1"])
    assert str(found.statement) == (
        "margin is inactive where loss is nt-xent: its 4 values gave the same results to the last digit (12 groups)."
    )
    assert noise_floor(merged(runs, found.groups), "f1").noise is None
    runs.loc[nt & (runs["param.lr"] == 0) & (runs["param.margin"] == 1), "measure.f1"] += 1e-12  # one that differs: no proof
    assert inactive_parameters(runs, ["f1"]) == []


def test_what_is_stated_merges_and_a_statement_that_merges_nothing_is_refused():
    runs = margins(6, 0.0, 0)
    axes = inferred_axes(runs)
    [found] = stated_inactive(runs, ["margin where loss == nt-xent"], axes)
    assert len(found.groups) == 6 and all(len(group) == 4 for group in found.groups)
    assert len(stated_inactive(runs, ["margin"], axes)[0].groups) == 12
    for text, sentence in {
        "margn": "which is no hyperparameter that varies; did you mean 'margin'?",
        "margin where loss == nt-xnt": "which is no value of loss; did you mean 'nt-xent'?",
        "margin where margin == 1": "margin is the parameter itself",
        "margin where": "cannot be read",
    }.items():
        with pytest.raises(InputError, match=re.escape(sentence)):
            stated_inactive(runs, [text], axes)
    with pytest.raises(InputError, match="merges nothing"):
        stated_inactive(runs[runs["param.margin"] == 1], ["margin where loss == nt-xent"], axes)


@pytest.fixture
def grid(tmp_path):
    """The reconstructed grid, with an F1 in which margin does nothing under NT-Xent and noise of .02."""
    if not GRID.exists():
        pytest.skip("the reconstructed grid is not on this machine")
    table = pd.read_csv(GRID)
    table = table[table["holdout_flag"] == 0].reset_index(drop=True)
    assert len(table) == 289
    rng = np.random.default_rng(0)
    nt = (table["metric_loss_type"] == "NT-Xent").to_numpy()
    logs = np.log10(table[["margin", "beta"]].to_numpy())
    f1 = 0.6 - 0.08 * logs[:, 1] + 0.002 * table["metric_weight"] * nt - 0.05 * table["time_only_flag"]
    table["f1"] = f1 + np.where(nt, 0.04, 0.04 * logs[:, 0]) + 0.02 * rng.standard_normal(289)
    table.to_csv(tmp_path / "grid.csv", index=False)
    return tmp_path


def said_of(folder: Path, *more: str) -> str:
    names = "metric_loss_type,margin,metric_weight,self_target_prob,time_only_flag,beta"
    words = ["adopt", str(folder / "grid.csv"), "--goal", "f1 higher", "--param", names, "--folder", str(folder / "study")]
    assert CliRunner().invoke(app, [*words, *more]).exit_code == 0
    return CliRunner().invoke(app, ["choose", str(folder / "study")]).output


@pytest.mark.slow
def test_nothing_is_claimed_of_the_reconstructed_grid_without_a_statement(grid):
    said = said_of(grid)
    assert "Where metric_loss_type is NT-Xent, changing margin moved the mean of f1 by" in said
    assert "run two configurations again" in said
    assert "Noise of f1: unknown" in said and "probability" not in said and "replicates" not in said and "rank" not in said


@pytest.mark.slow
def test_the_reconstructed_grid_with_margin_stated_as_inactive(grid):
    said = said_of(grid, "--inactive", "margin where metric_loss_type == NT-Xent")
    assert "as stated (36 groups)" in said and "By the runs alone, changing it moved the mean of f1 by" in said
    assert re.search(r"best trials by their raw values \(.*\) are one configuration, as stated", said)
    noise = re.search(r"Noise of f1: sd (.*) \[(.*), (.*)\] of one run \(repeats as stated\)", said)
    assert noise is not None
    sd, low, high = map(float, noise.groups())
    assert sd == pytest.approx(0.02, rel=0.1) and low < 0.02 < high
    assert "(repeats as stated)" in next(line for line in said.splitlines() if "With 90 % probability" in line)


def binaries(step: float, times: int, seed: int = 0) -> pd.DataFrame:
    """Five parameters of two values, each worth `step` noise sds, every configuration run so often."""
    rng = np.random.default_rng(seed)
    bits = np.array(np.meshgrid(*[[0, 1]] * 5, indexing="ij")).reshape(5, -1).T
    rows = np.repeat(bits, times, axis=0)
    values = step * rows.sum(axis=1) + rng.standard_normal(len(rows))
    runs = sweep({name: np.where(rows[:, i] == 1, "y", "x") for i, name in enumerate("abcde")}, values)
    return runs.assign(trial=runs["run"] // times, replicate=runs["run"] % times)


def test_what_the_runs_can_tell_apart_is_never_called_repeats():
    # half a noise sd between two values is a quarter around their mean: within the bound, and seen by 960 runs
    assert inactive_parameters(binaries(0.5, 30), ["f1"]) == []


def test_what_is_merged_is_bounded_together():
    """Each of five small effects is within the bound; all of them together are not."""
    for seed in range(5):
        runs = binaries(0.45, 6, seed)
        found = inactive_parameters(runs, ["f1"])
        root = merged(runs, tuple(group for one in found for group in one.groups))["trial"]
        level = 0.45 * runs.assign(root=root)[[f"param.{name}" for name in "abcde"]].eq("y").sum(axis=1)
        away = level - level.groupby(root).transform("mean")
        assert np.sqrt((away**2).mean()) < 0.5, [str(one.statement) for one in found]


def test_a_sweep_without_noise_has_no_bound_and_no_traceback():
    lr, w = (part.ravel() for part in np.meshgrid([0.001, 0.01, 0.1], np.arange(5)))
    for values in (0.9 - 0.1 * (lr == 0.1), 0.9 - 0.1 * (lr == 0.1) + 0.01 * w):
        assert all(one.twins.site.parameter == "w" for one in bounded_parameters(sweep({"lr": lr, "w": w}, values), ["f1"]))
