"""An Optuna storage holds what every trial was drawn from: ranges are compared, not guessed."""

import json

import optuna
import pytest
from typer.testing import CliRunner

from sweepwright.cli import app

optuna.logging.set_verbosity(optuna.logging.ERROR)


@pytest.fixture
def said(tmp_path):
    def warnings(highs: list[float]) -> list[str]:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
        study = optuna.create_study(
            storage=f"sqlite:///{path}", study_name="s", direction="maximize", sampler=optuna.samplers.RandomSampler(0)
        )
        for high in highs:
            trial = study.ask(
                {
                    "lr": optuna.distributions.FloatDistribution(1e-4, high, log=True),
                    "depth": optuna.distributions.IntDistribution(1, 4),
                }
            )
            study.tell(trial, trial.params["lr"] + 0.01 * trial.params["depth"])
        folder = tmp_path / f"{path.stem}-adopted"
        result = CliRunner().invoke(app, ["adopt", str(path), "--goal", "value higher", "--folder", str(folder)])
        assert result.exit_code == 0, result.output
        found = json.loads(CliRunner().invoke(app, ["choose", str(folder), "--json"]).output)
        return [warning["text"] for warning in found["cautions"] if warning["code"] == "range_changed"]

    return warnings


def test_a_range_that_was_changed_is_said_with_its_run(said):
    assert said([1e-2] * 20 + [1e-1] * 20) == [
        "The range of lr was changed: 0.0001 to 0.01 (log) at first, 0.0001 to 0.1 (log) from run 20 on."
    ]


def test_ranges_that_stay_are_left_alone_and_those_that_come_and_go_are_counted(said):
    assert said([1e-1] * 40) == []
    assert said([1e-1, 1e-2] * 20) == [
        "The range of lr was not the same in all runs: 2 ranges, another one than before at 39 runs, first at run 1."
    ]


def test_a_small_change_is_one_too(said):
    assert said([0.01] * 20 + [0.0100000001] * 20) == [
        "The range of lr was changed: 0.0001 to 0.01 (log) at first, 0.0001 to 0.0100000001 (log) from run 20 on."
    ]


def test_a_chosen_none_is_a_value_and_ranges_of_two_studies_are_not_compared(tmp_path):
    storage = f"sqlite:///{tmp_path / 'two.db'}"
    for name, high in (("first", 0.1), ("second", 1.0)):
        study = optuna.create_study(
            storage=storage, study_name=name, direction="maximize", sampler=optuna.samplers.RandomSampler(0)
        )
        for _ in range(20):
            trial = study.ask()
            lr, norm = trial.suggest_float("lr", 0.01, high), trial.suggest_categorical("norm", [None, "batch"])
            study.tell(trial, lr + (norm is None))
    folder = tmp_path / "adopted"
    words = ["adopt", str(tmp_path / "two.db"), "--goal", "value higher", "--condition", "study", "--folder", str(folder)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    found = json.loads(CliRunner().invoke(app, ["choose", str(folder), "--json"]).output)
    assert found["chosen"]["configuration"]["norm"] == "none"
    assert "added_parameter" not in {warning["code"] for warning in found["cautions"]}
    assert not [warning for warning in found["cautions"] if "ranges" in warning["numbers"]]  # those that the tool recorded
