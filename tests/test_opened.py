"""A study in Python: it gives its verdict and levels, and a notebook shows it."""

from html import escape

import numpy as np
import pandas as pd
import pytest
import tiny
from typer.testing import CliRunner

import sweepwright as sw
from sweepwright.answers.analysis import Analysis
from sweepwright.answers.comparing import compared
from sweepwright.cli import app
from sweepwright.errors import InputError
from sweepwright.running.marks import invalidate


@pytest.fixture(scope="module")
def study():
    return sw.report.example_study()


def test_the_verdict_is_that_of_the_command(study):
    again = sw.open_study(study.folder)
    assert isinstance(again, sw.OpenStudy) and again.verdict().lines() == study.verdict().lines()
    assert again.verdict().chosen == study.chosen


def test_levels_are_those_that_the_choice_was_made_by(study):
    weighing = Analysis(study).weighing
    for place, trial in enumerate(weighing.levels.trials.tolist()):
        level = study.level(trial)
        assert level.value == weighing.levels.mean[place, 0]
        assert (level.low, level.high) == pytest.approx(tuple(weighing.levels.interval(trial, 0)))
        assert set(level.numbers) <= {run.number for run in study.trial(trial).runs}
    table = study.table()
    for trial in table.index:
        assert study.level(trial, "aligned_rmse").value == pytest.approx(table.loc[trial, "aligned_rmse"])


def test_what_the_study_does_not_have_is_refused(study):
    with pytest.raises(InputError, match="no measure 'f2'"):
        study.level(study.chosen, "f2")
    with pytest.raises(InputError, match="has the trials 0 to 31, but got 99"):
        study.level(99)


def test_a_notebook_shows_the_verdict_and_the_first_trials_and_nothing_runs_in_it(study):
    page = study._repr_html_()
    assert f"Chosen: trial {study.chosen}" in page and "<summary>How it was decided</summary>" in page
    assert all(escape(str(one)) in page for one in study.verdict().said)
    assert page.count("<tr") == 11 and "22 more" in page and "<script" not in page


def test_a_study_that_has_not_run_is_shown_in_a_line(tmp_path):
    planned = sw.run(f"{tiny.__file__}:DIVERGING", folder=tmp_path / "failed", executor="inline", trials=3)
    assert "Nothing was chosen." in planned._repr_html_()


def test_a_study_that_was_written_into_answers_anew(tmp_path):
    study = sw.run(f"{tiny.__file__}:PROBLEM", folder=tmp_path / "once", executor="inline", settings={"goals": ["error lower"]})
    level = study.level(study.chosen, "depth")
    assert level.low is None and np.isfinite(level.value) and "only goals have an interval" in level.meaning
    before = study.verdict().lines()
    invalidate(study, study.chosen, "a typing error")
    assert study.verdict().lines() != before


def test_the_table_of_an_adopted_sweep_shows_the_levels_that_its_verdict_rests_on(tmp_path):
    rows = [(loss, margin, f1) for loss in "ab" for margin, f1 in zip((1, 2, 3), (0.5, 0.6, 0.7), strict=True)]
    table = pd.DataFrame(
        [(f"r{i}", a, m, f1 + 0.01 * (a == "b")) for i, (a, m, f1) in enumerate(rows)],
        columns=["run_id", "params_loss", "params_margin", "f1"],
    )
    table.to_csv(tmp_path / "sweep.csv", index=False)
    words = [
        "adopt",
        str(tmp_path / "sweep.csv"),
        "--goal",
        "f1 higher",
        "--folder",
        str(tmp_path / "study"),
        "--inactive",
        "margin where loss == a",
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    study = sw.open_study(tmp_path / "study")
    table = study.table()
    assert table.index[0] == study.verdict().chosen
    for trial in table.index:
        assert table.loc[trial, "f1"] == pytest.approx(study.level(trial).value)


def test_a_measure_that_is_no_goal_names_the_runs_that_its_level_rests_on(cells):
    study = sw.open_study(cells)
    level = study.level(study.chosen, "accuracy")
    assert study.searching != study.deciding and f"at effort {study.searching}" in level.meaning
    assert {study.state.ended[number].effort for number in level.numbers} == {study.searching}


def test_two_sentences_about_one_lead_say_one_interval(study):
    beside = next(said for said in study.verdict().said if said.code == "costs.trial")
    other = int(beside.numbers["trial"])
    gain = compared(Analysis(study), other, study.chosen).overall
    assert study.level(other).meaning == study.level(study.chosen).meaning  # both are of the runs that decided
    assert (gain.gain, gain.low, gain.high) == (beside.numbers["lead"], beside.numbers["low"], beside.numbers["high"])
