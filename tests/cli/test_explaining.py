"""The verbs that choosing answers, on an adopted sweep and on a study of our own."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from processes import TINY
from typer.testing import CliRunner

import sweepwright as sw
from sweepwright.cli import app
from sweepwright.errors import InputError

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[2] / "docs"


def said(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


@pytest.fixture(scope="module")
def adopted(tmp_path_factory) -> Path:
    """A sweep of 60 configurations with three runs each, two goals, a tranche and a unit."""
    folder = tmp_path_factory.mktemp("adopted")
    rng = np.random.default_rng(0)
    x = rng.random((60, 3))[np.repeat(np.arange(60), 3)]
    repeat = np.tile(np.arange(3), 60)
    table = pd.DataFrame(
        {"params_lr": 10 ** (-4 + 3 * x[:, 0]), "params_beta": x[:, 1], "params_act": np.where(x[:, 2] < 0.5, "relu", "tanh")}
    )
    table["repeat"], table["seed"] = repeat, rng.integers(1000, size=180)
    table["f1"] = 0.9 - (x[:, 0] - 0.4) ** 2 + 0.01 * rng.standard_normal(180)
    table["spread"] = np.exp(2 * x[:, 1])
    table["rmse"] = table["spread"] * (0.3 + 0.1 * x[:, 0]) * np.exp(0.02 * rng.standard_normal(180))
    table.to_csv(folder / "sweep.csv", index=False)
    said(
        "adopt",
        str(folder / "sweep.csv"),
        "--goal",
        "f1 higher >= 0.7 worth 0.02",
        "--goal",
        "rmse lower",
        "--measure",
        "spread",
        "--scale",
        "rmse=spread",
        "--folder",
        str(folder / "study"),
    )
    file = folder / "study/study.yaml"
    file.write_text(file.read_text().replace("tranches: {}", "tranches: {good: f1 >= 0.85 and rmse <= 1.0}"))
    return folder / "study"


def test_choose_says_everything_that_is_known(adopted):
    text = said("choose", str(adopted))
    for part in ("Chosen: trial", "With 90 % probability none of the", "The chance that it is within 0.02 of the best of them", "Noise of f1: sd 0.0", "Drivers of f1: lr", "Threshold f1 >= 0.7",
                 "results had been seen", "Tranche good: trials", "it changes the scale, not the fit", "no number is confirmed"):  # fmt: skip
        assert part in text, part


def test_json_of_every_verb_has_a_schema_in_the_docs(adopted, tmp_path):
    choose = json.loads(said("choose", str(adopted), "--json"))
    drivers = json.loads(said("drivers", str(adopted), "--measure", "f1", "--json"))
    compare = json.loads(said("compare", str(adopted), "0", "1", "--json"))
    measure = json.loads(said("measure", str(adopted), "--json"))
    documented = (DOCS / "json.md").read_text()
    for found in (choose, drivers, compare, measure):
        assert f"`{found['schema']}`" in documented
        for key in found:
            assert f"`{key}`" in documented, (found["schema"], key)
    assert choose["rule"] == {
        "order": ["f1 higher >= 0.7 worth 0.02", "rmse lower"],
        "constraints": ["f1 higher >= 0.7 worth 0.02"],
        "margin": 0.02,
    }
    assert choose["chosen"]["estimates"][0]["kind"] == "shrunken" and choose["incumbent"] is None
    loss = choose["loss"]
    assert 0 <= loss["within"] <= 1 and loss["worth"] == 0.02 and (loss["within"] >= 0.9) == (loss["upper"] <= 0.02)
    assert choose["log"][0]["results_seen"] is True
    assert {e["resolved"] for e in drivers["effects"]} == {True, False}
    assert compare["gain"]["pairs"] == 3 and compare["resolved"] in (True, False)


def test_drivers_and_compare_are_readable_tables(adopted):
    text = said("drivers", str(adopted), "--measure", "f1")
    assert "cross-validated R2" in text and "its share may be" in text
    text = said("compare", str(adopted), "0", "1", "--measure", "rmse")
    assert "Trial 0 against trial 1 by rmse" in text and "lr" in text
    assert "completed" in said("drivers", str(adopted), "--all")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("compare", "STUDY", "0", "99"), "has no trial 99. It has trials 0 to 59"),
        (("compare", "STUDY", "0", "0"), "trial 0 twice"),
        (("compare", "STUDY", "0", "1", "--measure", "f2"), "no measure 'f2'"),
        (("drivers", "STUDY", "--measure", "f2"), "no measure 'f2'"),
        (("measure", "STUDY", "--measure", "f2"), "no measure 'f2'"),
        (("run", "STUDY"), "was adopted"),
    ],
)
def test_bad_wishes_are_answered_in_a_sentence(adopted, words, sentence):
    result = CliRunner().invoke(app, [str(adopted) if word == "STUDY" else word for word in words])
    assert isinstance(result.exception, InputError) and sentence in str(result.exception)


def test_other_verbs_work_on_an_adopted_sweep(adopted, tmp_path):
    assert json.loads(said("status", str(adopted), "--json"))["schema"] == "status/1"
    said("note", str(adopted), "3", "looked at")
    said("export", str(adopted), "--to", "csv", "--out", str(tmp_path / "runs.csv"))
    assert len(pd.read_csv(tmp_path / "runs.csv")) == 180
    said("export", str(adopted), "--to", "optuna", "--out", str(tmp_path / "journal"))
    page = Path(said("report", str(adopted)).split("Report: ")[1].strip()).read_text()
    assert "Chosen: trial" in page and "no number is confirmed" in page and "not finished" not in page
    assert "adopted" in said("status", str(adopted)) and "Go on with" not in said("status", str(adopted))
    best = json.loads(said("choose", str(adopted), "--json"))["chosen"]["trial"]
    said("invalidate", str(adopted), str(best), "--why", "its plate was mislabelled")
    assert json.loads(said("choose", str(adopted), "--json"))["chosen"]["trial"] != best


def test_a_study_of_our_own_is_explained_too(tmp_path):
    study = sw.run(f"{TINY}:PROBLEM", folder=tmp_path / "own", trials=40, executor="inline")
    text = said("choose", str(study.folder))
    assert "Drivers of" in text and "Noise of" in text and "Among the" in text
    found = json.loads(said("choose", str(study.folder), "--json"))
    kinds = {e["kind"] for e in found["chosen"]["estimates"]}
    assert {"confirmed", "shrunken", "best_run"} <= kinds and found["ranks"]
    assert found["runner_up"] is None or {"confirmed"} <= {e["kind"] for e in found["runner_up"]["estimates"]}


def test_what_separates_failed_runs_is_said(tmp_path):
    rng = np.random.default_rng(0)
    for name, high in (("by_rate", True), ("by_chance", False)):
        x = rng.random((64, 2))
        failed = x[:, 0] > 0.8 if high else rng.random(64) < 0.2
        table = pd.DataFrame({"params_lr": x[:, 0], "params_beta": x[:, 1], "f1": np.where(failed, np.nan, x[:, 1])})
        table["state"] = np.where(failed, "failed", "finished")
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        said("adopt", str(tmp_path / f"{name}.csv"), "--goal", "f1 higher", "--folder", str(tmp_path / name))
    assert "Drivers of completed: lr" in said("choose", str(tmp_path / "by_rate"))
    assert "Whether any hyperparameter separates the runs that completed" in said("choose", str(tmp_path / "by_chance"))
