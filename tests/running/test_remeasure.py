"""`measure` adds new measures to an old study from what its runs have kept; nothing is trained."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import sweepwright as sw
from sweepwright.cli import app
from sweepwright.running.remeasure import measure
from sweepwright.study.study import Study
from sweepwright.study.study_file import StudyFileError

FILE = """
import numpy as np
import sweepwright as sw
from sweepwright import Data, Goal, Measure, Outcome, Problem, Space, Trained, Float

TRAINS = {trains}

def load():
    return Data(hash="one", samples={{"sample_id": np.arange(6), "label": np.arange(6) % 2.0}})

def train(data, job, watch):
    if not TRAINS:
        raise RuntimeError("train was called")
    guess = np.full(6, job.configuration["x"])
    return Trained(outcome=Outcome(arrays={{"guess": guess}}, sample=np.arange(6)), curves={{"val": np.linspace(0, 1, 12)}})

def error(label, guess):
    return float(np.mean((label - guess) ** 2))

def worst(label, guess):
    return float(np.max(np.abs(label - guess)) * {factor})

ERROR = Measure.of(error, "label", "guess")
WORST = Measure(name="worst", function=worst, reads=("label", "guess"), version={version})
PROBLEM = Problem(name="p", load=load, train=train, space=Space(x=Float(0, 1)), measures=(ERROR,{more}), goals=(Goal(ERROR, "lower"),))
"""


def written(path: Path, trains: bool, more: str = "", version: int = 1, factor: float = 1.0) -> str:
    path.write_text(FILE.format(trains=trains, more=more, version=version, factor=factor))
    return f"{path}:PROBLEM"


@pytest.fixture
def old(tmp_path) -> tuple[Path, Path]:
    """A finished study of a problem whose file can be changed."""
    place = tmp_path / "mine.py"
    settings = {"protocol": {"explore": {"sampler": "qmc"}, "exploit": {"trials": 0}}, "keep": {"arrays": "all"}}
    sw.run(written(place, True), folder=tmp_path / "study", trials=6, executor="inline", settings=settings)
    return place, tmp_path / "study"


def forget() -> None:
    """Problems are cached by address; a new process would read the file again."""
    import sys

    from sweepwright.study import find_problem

    find_problem.find.cache_clear()
    for name in [name for name in sys.modules if name.startswith("_sweepwright_problem_mine")]:
        del sys.modules[name]


def test_a_new_measure_is_added_while_train_raises(old):
    place, folder = old
    written(place, False, "WORST,")
    forget()
    result = CliRunner().invoke(app, ["measure", str(folder), "--json"])
    found = json.loads(result.output)
    runs = Study.open(folder).runs()
    assert found["schema"] == "measure/1" and found["written"] == {"worst": len(runs)}
    expected = np.maximum(runs["param.x"], 1 - runs["param.x"])
    np.testing.assert_allclose(runs["measure.worst"].astype(float), expected.astype(float))
    assert "Nothing was changed" in CliRunner().invoke(app, ["measure", str(folder)]).output
    assert CliRunner().invoke(app, ["drivers", str(folder), "--measure", "worst"]).exit_code == 0


def test_a_newer_version_is_measured_again(old):
    place, folder = old
    written(place, False, "WORST,")
    forget()
    measure(Study.open(folder))
    written(place, False, "WORST,", version=2, factor=10.0)
    forget()
    before = Study.open(folder).runs()["measure.worst"].astype(float)
    assert measure(Study.open(folder)).written == {"worst": len(before)}
    np.testing.assert_allclose(Study.open(folder).runs()["measure.worst"].astype(float), 10 * before)


def test_runs_that_kept_nothing_are_counted_and_an_unknown_name_is_refused(old):
    place, folder = old
    written(place, False, "WORST,")
    forget()
    for outcome in folder.glob("runs/*/outcome.npz"):
        outcome.unlink()
    found = measure(Study.open(folder))
    assert found.written == {} and found.not_kept == len(Study.open(folder).runs())
    with pytest.raises(StudyFileError, match="no measure 'wurst'"):
        measure(Study.open(folder), ("wurst",))


def test_a_measure_that_raises_is_no_crash(old):
    _, folder = old
    study = Study.open(folder)
    bad = sw.Measure.of(lambda guess: 1 / 0, "guess", name="bad")
    study.problem = replace(study.problem, measures=(*study.problem.measures, bad))
    assert measure(study).undefined == {"bad": len(study.runs())}
    run = Study.open(folder).state.ended[0]
    assert run.measured["bad"] is None and "ZeroDivisionError" in run.reasons["bad"]


def test_curves_give_runs_a_verdict(old):
    _, folder = old
    assert set(Study.open(folder).runs()["verdict"]) == {"STILL_IMPROVING"}
    frame = Study.open(folder).curves_frame()
    assert list(frame.columns) == ["run", "trial", "condition", "replicate", "epoch", "update", "name", "value"]
    assert len(frame) == 12 * len(Study.open(folder).runs())


def test_criteria_of_the_study_file_are_met_or_not(old):
    _, folder = old
    file = folder / "study.yaml"
    file.write_text(file.read_text().replace("criteria: []", "criteria: [val > 0.5 by 3, val > 0.9, recall > 0.5]"))
    said = CliRunner().invoke(app, ["choose", str(folder)]).output
    assert "Criterion val > 0.5 by 3: met in 0 of" in said and "Criterion recall > 0.5: not applicable" in said
    assert "Criterion val > 0.9: met in" in said and "Health: " in said and "STILL_IMPROVING" in said
