"""What is declared and not honoured is refused in one sentence, with nothing stored; what cannot be measured ends a study at once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from processes import run
from tiny import ERROR, PROBLEM, SEARCH_ALONE

import sweepwright as sw
from sweepwright.errors import InputError
from sweepwright.nouns.check import Check
from sweepwright.nouns.finding import Finding
from sweepwright.space import Role

HELD = {"kind": "control", "steps": ("explore", "confirm")}
DEPTH = sw.Measure.fact("depth")
PAIR = sw.Measure.pair(lambda a, b: 0.0, "error", name="agreement")
POOLED = sw.Measure.pooled(np.max, "error", name="worst")
FORBIDDING = sw.Space(x=sw.Float(0, 1), depth=sw.Int(1, 3)).constrain("depth <= 2", "it must fit")


def asked(**changes) -> sw.Problem:
    return replace(PROBLEM, **changes)


REFUSED = {
    "a goal elsewhere": (asked(goals=(sw.Goal(ERROR, "lower", at="worst"),)), r"asks for at='worst', but goals read the reference"),
    "a goal of a stage": (asked(goals=(sw.Goal(ERROR, "lower", stage=2),)), r"asks for stage=2, but every goal steers all stages"),
    "a goal that nothing measures": (asked(goals=(sw.Goal("eror", "lower"),)), r"'eror' is no measure of 'tiny'; did you mean 'error'"),
    "a measure of pairs": (asked(measures=(ERROR, DEPTH, PAIR)), r"'agreement' is of two runs, but measures of pairs are not computed"),
    "a goal of pairs": (asked(goals=(sw.Goal(PAIR, "higher"),)), r"'agreement' is of two runs"),
    "a pooled measure without folds": (asked(measures=(ERROR, DEPTH, POOLED)), r"'worst' pools the folds of a split, but 'tiny' has no folds"),
    "a product of a run": (asked(products=(sw.Product(name="p", make=dict, of="run"),)), r"'p' is of 'run', but products are of"),
    "a control in the search": (asked(conditions=(sw.Condition(name="all"), sw.Condition(name="odd", **HELD))), r"'odd' asks for the step 'explore'"),
    "draws of no control": (asked(conditions=(sw.Condition(name="all", draws=3),)), r"'all' asks for draws=3, but only controls"),
    "a known one that is forbidden": (asked(space=FORBIDDING, known=({"x": 0.1, "depth": 3},)), r"known configuration x=0.1, depth=3 breaks a constraint: it must fit"),
    "a role that nothing reads": (asked(space=sw.Space(x=sw.Float(0, 1, role=Role.NUISANCE), depth=sw.Int(1, 3))), r"'x' has role='nuisance'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_honoured_is_refused_before_anything_is_written(case, tmp_path):
    problem, sentence = REFUSED[case]
    with pytest.raises(InputError, match=sentence):
        sw.run(problem, folder=tmp_path / "study")
    assert not (tmp_path / "study").exists()


WISHES = {
    "sampler": ({"protocol": {"explore": {"sampler": "qcm"}}}, r"no sampler 'qcm'; did you mean 'qmc'"),
    "sampler of the exploiting search": ({"protocol": {"exploit": {"sampler": "tpee"}}}, r"no sampler 'tpee'; did you mean 'tpe'"),
    "executor": ({"executor": {"kind": "lokal"}}, r"no executor 'lokal'; did you mean 'local'"),
    "device": ({"executor": {"device": "banana"}}, r"executor.device is 'banana', but a device is cpu, cuda"),
    "cluster without Dask": ({"executor": {"cluster": {"workers": 2}}}, r"executor.cluster is for Dask, but executor.kind is 'inline'"),
    "incumbent": ({"incumbent": {"x": 7, "depth": 1}}, r"x needs a number from 0 to 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", WISHES)
def test_an_unknown_wish_is_refused_with_the_nearest(case, tmp_path):
    settings, sentence = WISHES[case]
    with pytest.raises(InputError, match=sentence):
        sw.run(PROBLEM, folder=tmp_path / "study", settings=settings)
    assert not (tmp_path / "study").exists()


def test_a_forbidden_incumbent_is_refused(tmp_path):
    settings = {"incumbent": {"x": 0.1, "depth": 3}}
    with pytest.raises(InputError, match=r"The incumbent x=0.1, depth=3 breaks a constraint: it must fit"):
        sw.run(asked(space=FORBIDDING), folder=tmp_path / "study", settings=settings)


def test_known_configurations_outside_a_narrowed_space_are_said(tmp_path):
    from sweepwright.running.plan import plan
    from sweepwright.running.start import RunOptions, prepare

    settings = {"space": {"depth": {"int": {"low": 2, "high": 3}}}}
    study = prepare(PROBLEM, RunOptions(folder=tmp_path / "study"), settings)
    assert plan(study).notes == ("1 of 1 known configurations lie outside the space of the study file and are left out.",)


def test_a_column_of_pictures_is_no_column_of_samples():
    with pytest.raises(InputError, match=r"'mask' has the shape \(4, 8, 8\)\. Put it in content"):
        sw.Data(hash="h", samples={"sample_id": np.arange(4), "mask": np.zeros((4, 8, 8))})


def raising(data: sw.Data) -> Finding:
    raise ValueError("no group column")


def test_a_check_that_raises_has_failed(tmp_path):
    problem = asked(checks=(Check("pairing", "Do they belong together?", raising),))
    with pytest.raises(
        InputError, match=r"'pairing' failed \(Do they belong together\?\): it raised ValueError: no group column"
    ):
        sw.run(problem, folder=tmp_path / "study")
    assert sw.open_study(tmp_path / "study", problem).runs().empty
    assert sw.run(problem, folder=tmp_path / "study", accept=["pairing"]).finished


def pair_of_numbers(error):
    return float(error.mean()), 0.1


def none_at_all(error):
    return None


WRONG = {
    "a tuple": (sw.Measure.of(pair_of_numbers, "error", name="m"), r"'m' returned \(.*\) \(tuple\)\. A measure returns a number"),
    "nothing": (sw.Measure.of(none_at_all, "error", name="m"), r"'m' returned None \(NoneType\)"),
    "text": (sw.Measure.of(lambda error: "0.3", "error", name="m"), r"'m' returned '0\.3' \(str\)"),
    "a name that nobody gave": (sw.Measure.of(np.mean, "mask", name="m"), r"'m' reads 'mask', but there are only .*error"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_measure_ends_the_study_at_its_first_run(case, tmp_path):
    measure, sentence = WRONG[case]
    with pytest.raises(InputError, match=sentence):
        sw.run(asked(measures=(ERROR, DEPTH, measure)), folder=tmp_path / "study")
    assert sw.open_study(tmp_path / "study", PROBLEM).runs().empty


def test_a_baseline_need_not_have_what_a_measure_reads_but_no_run_has_the_content(tmp_path):
    def poor(data, job, watch):
        return sw.Trained(outcome=sw.Outcome(arrays={}, sample=np.arange(12)))

    problem = asked(baselines=(sw.Baseline("poor", poor),), protocol={**SEARCH_ALONE, "explore": {"trials": 2}})
    assert sw.run(problem, folder=tmp_path / "study").finished
    content = {"mask": np.zeros((12, 8, 8))}

    def load(slow: float = 0.0, healthy: bool = True) -> sw.Data:
        return sw.Data(hash="masks", facts={"healthy": healthy}, samples={"sample_id": np.arange(12)}, content=content)

    measure = sw.Measure.of(np.mean, "mask", name="m")
    with pytest.raises(InputError, match=r"'m' reads 'mask'"):
        sw.run(replace(problem, load=load, measures=(ERROR, DEPTH, measure)), folder=tmp_path / "masks")
    assert sw.open_study(tmp_path / "masks", problem).baselines().empty


def test_a_measure_that_fails_later_costs_its_value_only(tmp_path):
    calls = []

    def sometimes(error):
        calls.append(error)
        return None if len(calls) == 3 else float(error.mean())

    problem = asked(measures=(ERROR, DEPTH, sw.Measure.of(sometimes, "error", name="m")))
    study = sw.run(problem, folder=tmp_path / "study", settings={"protocol": {**SEARCH_ALONE, "explore": {"trials": 4}}})
    missing = [run for run in study.state.ended.values() if run.measured["m"] is None]
    assert len(missing) == 1 and "returned None" in missing[0].reasons["m"]


SILENT = """
import numpy as np
import sweepwright as sw
from tiny import COMMON, ERROR, SEARCH_ALONE, load, train
NOTHING = sw.Measure.of(lambda error: sw.Undefined("fewer than 3 embryos"), "error", name="nothing")
PROBLEM = sw.Problem(name="silent", train=train, **{**COMMON, "measures": (NOTHING,), "goals": (sw.Goal(NOTHING, "higher"),)},
    protocol={**SEARCH_ALONE, "explore": {"trials": 3}})
"""


def test_a_study_without_any_value_ends_with_code_2(tmp_path, monkeypatch):
    (tmp_path / "silent.py").write_text(SILENT)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "helpers"), prepend=":")
    result = run("run", f"{tmp_path / 'silent.py'}:PROBLEM", "--folder", tmp_path / "study", "--inline", "--quiet")
    assert result.returncode == 2 and "Nothing was chosen." in result.stdout
    assert "nothing has no value: fewer than 3 embryos" in result.stdout and "Traceback" not in result.stderr
