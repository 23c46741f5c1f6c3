"""What is said of an adopted sweep: configurations are compared, not rows; failures and unlike conditions are named."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from sweepwright.answers.analysis import Analysis
from sweepwright.answers.comparing import compared
from sweepwright.cli import app
from sweepwright.errors import InputError
from sweepwright.study.study import Study

STATED = "margin where loss == a"


def ask(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def adopted(table: pd.DataFrame, place, *more: str):
    table.to_csv(place / "sweep.csv", index=False)
    result = ask("adopt", place / "sweep.csv", "--goal", "f1 higher", "--folder", place / "study", *more)
    assert result.exit_code == 0, result.output
    return place / "study"


def of_margins(trials: int = 12) -> pd.DataFrame:
    """Under loss a the margin does nothing: rows 0 and 1, 2 and 3 ... are repeats there."""
    rng = np.random.default_rng(0)
    rows = [(loss, lr, margin) for loss in ("a", "b") for lr in range(trials) for margin in (0.1, 0.2)]
    table = pd.DataFrame(rows, columns=["params_loss", "params_lr", "params_margin"])
    table["f1"] = 0.1 * table["params_lr"] + 0.02 * rng.standard_normal(len(table))
    return table


def test_a_comparison_is_one_of_configurations_as_stated(tmp_path):
    folder = adopted(of_margins(), tmp_path, "--inactive", STATED)
    found = json.loads(ask("compare", folder, 23, 0, "--json").output)
    said = " ".join(one["text"] for one in found["sentences"])
    assert "Trial 23 against trial 0" in said and "repeats as stated" in said
    assert "Trials 22, 23 are one configuration" in said and "Trials 0, 1 are one configuration" in said
    table = of_margins()
    means = [table["f1"].iloc[rows].mean() for rows in ([22, 23], [0, 1])]
    assert found["gain"]["gain"] == pytest.approx(means[0] - means[1], abs=0.02) and found["gain"]["low"] > 1
    assert found["first"]["mean"] == pytest.approx(means[0], abs=0.01) != table["f1"].iloc[23]


def test_two_trials_of_one_configuration_are_not_compared(tmp_path):
    folder = adopted(of_margins(), tmp_path, "--inactive", STATED)
    with pytest.raises(InputError, match="Trials 22 and 23 are one configuration, as stated: there is nothing to compare"):
        compared(Analysis(Study.open(folder)), 22, 23)


def test_without_the_statement_every_row_stands_for_itself(tmp_path):
    folder = adopted(of_margins(), tmp_path)
    found = json.loads(ask("compare", folder, 23, 0, "--json").output)
    table = of_margins()
    assert found["gain"]["gain"] == pytest.approx(table["f1"][23] - table["f1"][0]) and "stated" not in str(found)


def test_runs_that_failed_are_named_also_where_all_did(tmp_path):
    table = pd.DataFrame(
        {"params_lr": np.arange(6) / 6, "state": ["COMPLETE"] * 4 + ["FAIL"] * 2, "f1": [0.1, 0.4, 0.2, 0.3, None, None]}
    )
    found = json.loads(ask("choose", adopted(table, tmp_path), "--json").output)
    [failed] = [said for said in found["cautions"] if said["code"] == "raised_runs"]
    assert failed["runs"] == [4, 5] and failed["text"].startswith("2 of 6 runs failed: they are counted")

    (tmp_path / "all").mkdir()
    folder = adopted(table.assign(state="FAIL", f1=None), tmp_path / "all")
    result = ask("choose", folder)
    assert result.exit_code == 0, result.output
    assert "Nothing was chosen." in result.output and "6 of 6 runs failed" in result.output


@pytest.mark.parametrize("spread", [0.1, 1.0])
def test_one_noise_over_unlike_conditions_is_a_caution(tmp_path, spread):
    rng = np.random.default_rng(0)
    rows = [(condition, lr, k) for condition in ("easy", "hard") for lr in range(10) for k in range(3)]
    table = pd.DataFrame(rows, columns=["dataset", "params_lr", "seed"])
    noise = np.where(table["dataset"] == "hard", spread, 0.1) * rng.standard_normal(len(table))
    table["f1"] = 0.1 * table["params_lr"] + noise
    folder = adopted(table, tmp_path, "--condition", "dataset", "--seed", "seed")
    said = [
        one["text"]
        for one in json.loads(ask("choose", folder, "--json").output)["statements"]
        if "unequal_conditions" in one["code"]
    ]
    assert bool(said) == (spread == 1.0)
    if said:
        most, least = map(float, re.findall(r"sd ([\d.]+) of f1 in condition hard and by ([\d.]+) in easy", said[0])[0])
        assert 0.7 < most < 1.3 and 0.07 < least < 0.13


def texts(folder) -> dict[str, str]:
    found = json.loads(ask("choose", folder, "--json").output)
    return {said["code"]: said["text"] for said in (*found["statements"], *found["cautions"])}


def test_the_best_is_said_of_whom_it_is_the_best(tmp_path):
    table = pd.DataFrame({"params_x": range(6), "f1": [0.5, 0.9, 0.9, 0.9, 0.2, 0.3], "cost": [1.0, 9, 3, 5, 1, 1]})
    said = texts(adopted(table, tmp_path, "--goal", "cost lower <= 2"))
    assert said["choice.best"] == "Of the 3 that can be chosen trial 0 has the best f1, 0.5, as it was measured."
    (tmp_path / "none").mkdir()
    said = texts(adopted(table.assign(cost=9.0 + table["cost"]), tmp_path / "none", "--goal", "cost lower <= 2"))
    assert said["choice.bounds"].startswith("No trial meets every bound") and said["choice.best"].startswith(
        "Trial 0 has f1, 0.5"
    )


def test_the_goal_that_decides_is_the_one_that_is_named(tmp_path):
    rng = np.random.default_rng(0)
    x = np.repeat(np.arange(10) / 10, 4)
    table = pd.DataFrame({"params_x": x, "f1": 0.7 + 0.01 * x + 0.005 * rng.standard_normal(40), "z": rng.standard_normal(40)})
    table["size"] = 10 * x + 1
    table.to_csv(tmp_path / "sweep.csv", index=False)
    goals = [word for goal in ("f1 higher worth 0.2", "z higher worth 50", "size lower") for word in ("--goal", goal)]
    assert ask("adopt", tmp_path / "sweep.csv", *goals, "--folder", tmp_path / "study").exit_code == 0
    text = texts(tmp_path / "study")["choice.preferred"]
    assert "preferred by " in text and "size 1 against" in text and "next goal" not in text
    assert "(z " in text or re.search(r"preferred by z .*, size", text)  # z beside it, or for it where it speaks for it


def test_trials_that_are_not_to_be_used_are_not_said_to_have_no_value(tmp_path):
    table = pd.DataFrame({"params_x": range(4), "f1": [0.5, 0.9, 0.8, 0.7]})
    folder = adopted(table, tmp_path)
    for trial in (1, 2, 3):
        assert ask("invalidate", folder, trial, "--why", "broken").exit_code == 0
    said = texts(folder)
    assert said["choice.only"] == "Trial 0 is the only one that has a value and counts."
    assert said["choice.not_used"] == "Trials 1, 2, 3 were marked as not to be used and count nowhere."
    found = json.loads(ask("compare", folder, 0, 1, "--json").output)
    assert found["sentences"][0]["text"].endswith("trial 1 was marked as not to be used.") and found["first"]["mean"] == 0.5


def test_a_threshold_that_came_later_is_said_to_have_come_later(tmp_path):
    table = pd.DataFrame({"params_x": np.repeat(range(8), 3), "f1": 0.5 + np.arange(24) / 100, "size": np.tile([1.0, 2, 3], 8)})
    folder = adopted(table, tmp_path)
    file = folder / "study.yaml"
    asked = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**asked, "goals": ["f1 higher >= 0.6"]}))
    [log] = json.loads(ask("choose", folder, "--json").output)["log"]
    assert log["when"] == "after the sweep was adopted" and log["results_seen"]


def test_a_measure_that_is_no_goal_has_no_direction(tmp_path):
    table = pd.DataFrame({"params_x": np.repeat(range(4), 3), "f1": np.arange(12) / 12, "loss": np.arange(12) / 10})
    found = json.loads(
        ask("compare", adopted(table, tmp_path, "--measure", "loss"), 3, 0, "--measure", "loss", "--json").output
    )
    assert found["sentences"][-1]["text"].startswith("loss is no goal, so which direction is better is not known")


def test_a_statement_that_the_runs_contradict_is_contradicted(tmp_path):
    rng = np.random.default_rng(0)
    rows = [(loss, m, k) for loss in ("a", "b") for m in (1, 2, 3, 4) for k in range(3)]
    table = pd.DataFrame(rows, columns=["params_loss", "params_m", "seed"])
    table["f1"] = 0.5 + 0.1 * table["params_m"] * (table["params_loss"] == "b") + 0.01 * rng.standard_normal(len(table))
    said = texts(adopted(table, tmp_path, "--seed", "seed", "--inactive", "m where loss == b"))
    assert "The runs say otherwise: by those that were repeated, changing it matters there (p = " in said["inactive.stated"]


@pytest.mark.parametrize(
    "goals, words",
    [
        (("f1 higher", "f1 lower"), "f1 is a goal twice"),
        (("f1 higher <= 0.5",), "what is to be higher is bounded with >="),
        (("f1 higher >= 1e400",), "finite numbers"),
    ],
)
def test_goals_that_contradict_themselves_are_refused(tmp_path, goals, words):
    pd.DataFrame({"params_x": range(4), "f1": [0.5, 0.9, 0.8, 0.7]}).to_csv(tmp_path / "sweep.csv", index=False)
    asked = [word for goal in goals for word in ("--goal", goal)]
    result = ask("adopt", tmp_path / "sweep.csv", *asked, "--folder", tmp_path / "study")
    assert result.exit_code != 0 and words in " ".join(str(result.exception).split()) and not (tmp_path / "study").exists()


def test_all_trials_of_one_configuration_have_a_known_noise(tmp_path):
    rng = np.random.default_rng(1)
    rows = [(a, b) for a in range(6) for b in range(6) for _ in range(12)]
    table = pd.DataFrame(rows, columns=["params_a", "params_b"]).assign(f1=rng.standard_normal(len(rows)))
    folder = adopted(table, tmp_path)
    recognised = Analysis(Study.open(folder)).recognised
    assert len(set(recognised.roots)) == 1, "the seed no longer gives a sweep in which nothing matters"
    said = texts(folder)
    assert said["choice.only"] == "All 36 trials are one configuration: trial 0 stands for them."
    assert "noise.unknown" not in said and float(said["noise"].split()[4]) == pytest.approx(table["f1"].std(), rel=0.02)


def test_a_goal_may_be_asked_for_by_its_column_or_look_like_a_part(tmp_path):
    table = pd.DataFrame({"params_lr": np.repeat([1, 2, 3], 3), "split": [0, 1, 2] * 3, "summary.f1": np.arange(9) / 10})
    table["f1[val]"] = table["summary.f1"] ** 2
    table.to_csv(tmp_path / "sweep.csv", index=False)
    for name, goal in (("prefixed", "summary.f1 higher"), ("part", "f1[val] higher")):
        assert (
            ask("adopt", tmp_path / "sweep.csv", "--paired-by", "split", "--goal", goal, "--folder", tmp_path / name).exit_code
            == 0
        )
        assert ask("choose", tmp_path / name).exit_code == 0
        assert ask("report", tmp_path / name).exit_code == 0, name


def test_a_chosen_trial_that_never_ran_in_a_condition_is_said_to_be_such(tmp_path):
    rng = np.random.default_rng(0)
    rows = [(p, c, s) for p in range(5) for c in ("easy", "hard") for s in range(3) if not (p == 4 and c == "hard")]
    table = pd.DataFrame(rows, columns=["params_p", "task", "split"])
    table["f1"] = table["params_p"] - (table["task"] == "hard") + 0.05 * rng.standard_normal(len(table))
    said = texts(adopted(table, tmp_path, "--condition", "task"))
    assert said["choice.never_ran"] == (
        "Trial 4 has no run in hard: what it gives there is taken from what that condition does to the others."
    )


def test_failures_of_merged_trials_are_said_to_be_counted_together(tmp_path):
    rng = np.random.default_rng(0)
    rows = [(lr, dead, s) for lr in range(9) for dead in "ab" for s in range(6)]
    table = pd.DataFrame(rows, columns=["params_lr", "params_dead", "again"])
    table["f1"] = table["params_lr"] + 0.1 * rng.standard_normal(len(table))
    table["state"] = np.where((table["params_lr"] == 7) & (table["again"] == 0), "FAILED", "COMPLETE")
    said = texts(adopted(table, tmp_path))
    assert "failed on 2 of 12 runs" in said["choice.failed"] or "inactive.repeats" not in said
    assert said["choice.failed"].endswith("are counted under the first of them.") == ("inactive.repeats" in said)
