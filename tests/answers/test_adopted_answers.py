"""What is said of an adopted sweep: configurations are compared, not rows; failures and unlike conditions are named."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from sweepwright.answers.analysis import Analysis
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
        Analysis(Study.open(folder)).compare(22, 23)


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
    [failed] = [said for said in found["warnings"] if said["code"] == "raised_runs"]
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
        for one in json.loads(ask("choose", folder, "--json").output)["sentences"]
        if "unequal_conditions" in one["code"]
    ]
    assert bool(said) == (spread == 1.0)
    if said:
        most, least = map(float, re.findall(r"sd ([\d.]+) of f1 in condition hard and by ([\d.]+) in easy", said[0])[0])
        assert 0.7 < most < 1.3 and 0.07 < least < 0.13
