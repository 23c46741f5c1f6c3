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
        return [warning["text"] for warning in found["warnings"] if warning["code"] == "range_changed"]

    return warnings


def test_a_range_that_was_changed_is_said_with_its_run(said):
    assert said([1e-2] * 20 + [1e-1] * 20) == [
        "The range of lr was changed: 0.0001 to 0.01 (log) at first, 0.0001 to 0.1 (log) from run 20 on."
    ]


def test_ranges_that_stay_are_left_alone_and_others_are_in_no_order_of_time(said):
    assert said([1e-1] * 40) == []
    assert said([1e-1, 1e-2] * 20) == ["The range of lr was not the same in all runs: 2 ranges, in no order of time."]
