"""What a study will cost, told before it is begun; a run that fails is said, not thrown."""

from dataclasses import replace

from tiny import PROBLEM

from sweepwright.running.forecast import forecast
from sweepwright.running.options import RunOptions
from sweepwright.running.plan import plan
from sweepwright.running.start import prepare

TEN = {"budget": {"runs": 40}}


def test_a_forecast_counts_what_the_plan_counts(tmp_path):
    study = prepare(PROBLEM, RunOptions(folder=tmp_path / "s"), TEN)
    found = forecast(study)
    assert found.runs == plan(study).runs and found.seconds > 0
    assert f"{sum(found.runs.values())} runs" in found.lines()[-2]
    assert not (tmp_path / "s").exists()


def test_a_run_that_fails_is_said(tmp_path):
    def train(data, job, watch):
        raise ValueError("no such layer")

    study = prepare(replace(PROBLEM, train=train), RunOptions(folder=tmp_path / "s"), TEN)
    assert forecast(study).lines()[-1] == (
        "The run that was to be timed failed (ValueError: no such layer), so no time is told. Nothing was written."
    )
