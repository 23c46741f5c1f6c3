"""What is said of a study of our own: failures where nothing was chosen, copies that count once, controls by their measure, baselines with their runs."""

import numpy as np
import pandas as pd
import pytest
import tiny
from typer.testing import CliRunner

import sweepwright as sw
from sweepwright import Condition, Goal, Job, Measure, Outcome, Problem, Trained, Undefined, Watch
from sweepwright.answers.estimates import spoken
from sweepwright.answers.places import Place
from sweepwright.answers.verdict import verdict
from sweepwright.cli import app
from sweepwright.nouns.data import Data


def deaf(data: Data, job: Job, watch: Watch) -> Trained:
    """A training that ignores its seed and its split."""
    error = (float(job.configuration["x"]) - 0.31234567890123) ** 2 + 0.01 * int(job.configuration["depth"])
    return Trained(outcome=Outcome(arrays={"error": np.full(12, error)}, sample=np.arange(12), facts={"depth": 1}))


DEAF = Problem(
    name="deaf",
    train=deaf,
    protocol={**tiny.SEARCH_ONCE, "explore": {"trials": 12}, "finalists": {"trials": 3, "draws": 3}},
    **tiny.COMMON,
)


def test_where_nothing_was_chosen_failures_are_said(tmp_path):
    failed = sw.run(f"{tiny.__file__}:DIVERGING", folder=tmp_path / "failed", executor="inline", trials=3)
    said = CliRunner().invoke(app, ["choose", str(failed.folder)]).output
    assert (
        "Nothing was chosen." in said and "runs did not complete; the first is run 0 (the loss became NaN at update 3)" in said
    )


def test_runs_of_a_selection_score_are_those_that_count(tmp_path):
    study = sw.run(DEAF, folder=tmp_path / "deaf", executor="inline")
    found = verdict(study)
    selected, [copies] = found.estimate("selection score"), [said for said in found.at(Place.CAREFUL) if said.code == "copies"]
    assert selected is not None and selected.runs == 1 and not {*selected.numbers} & {*copies.runs}


def flat(data: Data, job: Job, watch: Watch) -> Trained:
    """A training of which one fact is the same for all configurations."""
    found = tiny.train(data, job, watch).outcome
    return Trained(outcome=Outcome(arrays=found.arrays, sample=found.sample, facts={"depth": 1}))


BOUND = Problem(
    name="bound",
    train=tiny.train,
    protocol=tiny.PROBLEM.protocol,
    **{**tiny.COMMON, "goals": (Goal(tiny.ERROR, "lower", bound=-1.0), Goal("depth", "lower"))},
)
CONSTANT = Problem(
    name="constant",
    train=flat,
    protocol=tiny.PROBLEM.protocol,
    **{**tiny.COMMON, "goals": (Goal("depth", "lower"), Goal(tiny.ERROR, "lower"))},
)


def said_of(study: sw.Study) -> dict[str, str]:
    return {said.code: said.text for said in verdict(study).said}


def test_where_nobody_holds_the_bounds_nothing_is_said_of_alternatives(tmp_path):
    """Trials with a better second goal were there: that none of them loses little was no sentence about them."""
    study = sw.run(BOUND, folder=tmp_path / "none", executor="inline")
    said = said_of(study)
    assert "nearest is trial" in said["choice.bounds"] and not any(code.startswith("costs") for code in said)
    assert " on average over new runs (its runs gave " in said["choice.best"]


def test_a_cost_of_nothing_is_none_and_equals_are_called_the_same(tmp_path):
    study = sw.run(CONSTANT, folder=tmp_path / "constant", executor="inline")
    said = said_of(study)
    assert said["costs.none"] == "No trial of the search that has a clearly better error has as good a depth."
    assert "costs.trial" not in said and "depth 1.000 against 1.000 of the chosen one, the same" in said["beside.runner_up"]


def score(error: np.ndarray) -> float:
    return float(error.mean())


CONTROLLED = Problem(
    **{
        **{
            name: getattr(tiny.FOLDED, name)
            for name in ("train", "folds", "baselines", "protocol", "load", "space", "goals", "known", "data")
        },
        "name": "controlled",
        "conditions": (
            Condition(name="all"),
            *tiny.HELD,
            Condition(name="shuffled", kind="control", steps=("confirm",), draws=2),
        ),
        "measures": (*tiny.COMMON["measures"], Measure.pooled(score, "error", name="pooled_error")),
    }
)


def test_controls_say_what_was_measured_and_baselines_have_a_table(tmp_path):
    study = sw.run(CONTROLLED, folder=tmp_path / "study", executor="inline")
    [control] = [said for said in verdict(study).said if said.code.endswith(".control")]
    pooled = study.pooled()
    own = pooled[(pooled["measure"] == "pooled_error") & (pooled["trial"] == study.chosen)].groupby("condition")["value"].mean()
    assert control.text.startswith(f"Control 'shuffled': error {spoken(own['shuffled'])} against {spoken(own['all'])}.")
    assert (control.code == "careful.control") == (own["shuffled"] <= own["all"])  # error: lower is better
    sw.report.write_report(study) if hasattr(sw.report, "write_report") else CliRunner().invoke(
        app, ["report", str(study.folder)]
    )
    table = pd.read_csv(study.folder / "report/tables/baselines.csv")
    [baseline] = [said for said in verdict(study).said if said.code.endswith(".baseline")]
    rows = table[table["run"].isin(baseline.runs)]
    assert len(rows) and rows["measure.error"].mean() == pytest.approx(baseline.numbers["mean"])
    assert set(rows["baseline"]) == {"guess"}


def test_a_measure_of_resamples_has_no_value_where_it_raises_or_is_undefined():
    rows = np.arange(3.0)
    for function in (lambda x: 1 / 0, lambda x: Undefined("none"), lambda x: np.inf, lambda x: {"a": 1.0}, lambda x: "many"):
        assert np.isnan(Measure.of(function, "x", name="m").number(rows))
    assert Measure.of(np.mean, "x").number(rows) == 1.0
    assert Measure.of(lambda x, seed: x.sum() + seed, "x", name="m").number(rows, seed=2) == 5.0


def test_a_control_is_said_where_no_measure_pools_the_goal_over_folds(tmp_path):
    study = sw.run(f"{tiny.__file__}:FOLDED", folder=tmp_path / "folded", executor="inline")
    assert not any(measure.name == "pooled_error" for measure in study.problem.all_measures())
    said = next(one for one in verdict(study).said if one.code.endswith(".control"))
    runs = study.select(trial=study.chosen, condition="shuffled")
    assert said.numbers["control"] == pytest.approx(np.mean([run.measured["error"] for run in runs]))
    beside = [run for run in study.select(trial=study.chosen, condition="all") if run.draw in {run.draw for run in runs}]
    by_draw = [
        np.mean([run.measured["error"] for run in beside if (run.draw, run.phase) == place])
        for place in {(run.draw, run.phase) for run in beside}
    ]
    assert said.numbers["chosen"] == pytest.approx(np.mean(by_draw))  # on the same splits
    assert set(said.runs) >= {run.number for run in runs}
