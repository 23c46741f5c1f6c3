"""What was named (a problem, its address, a study file, a folder) becomes the problem and the keys of a study file."""

import pytest
from processes import tiny as at
from tiny import PROBLEM

from sweepwright.errors import InputError
from sweepwright.running.options import RunOptions
from sweepwright.running.start import prepare
from sweepwright.study.origin import Origin

TINY = at("PROBLEM")


def test_an_address_and_a_file_that_names_it_are_one_question(tmp_path, monkeypatch):
    path = tmp_path / "study.yml"
    path.write_text(f"problem: {TINY}\nseed: 3\n")
    by_name, by_file = Origin.of(TINY), Origin.of(str(path))
    assert by_name.problem is by_file.problem
    assert by_file.written == {**by_name.written, "seed": 3} and by_file.said == str(path)
    assert Origin.of(by_file) is by_file


def test_what_is_asked_for_now_wins_over_what_was_written(tmp_path):
    path = tmp_path / "study.yml"
    path.write_text(f"problem: {TINY}\nseed: 3\nbudget: {{runs: 9}}\n")
    study = prepare(str(path), RunOptions(folder=tmp_path / "s", seed=5))
    assert (study.file.seed, study.file.budget.runs) == (5, 9)


def test_a_problem_of_this_process_runs_here():
    assert Origin.of(PROBLEM).written == {"problem": "tiny", "executor": {"kind": "inline"}}


def test_two_problems_are_one_too_many(tmp_path):
    same = {"problem": TINY}
    assert prepare(TINY, RunOptions(folder=tmp_path / "s"), same).problem.name == "tiny"
    with pytest.raises(InputError, match=r"asks for the problem .*, but the settings say 'phenotype'"):
        prepare(TINY, RunOptions(folder=tmp_path / "s"), {"problem": "phenotype"})
    (tmp_path / "empty.yaml").write_text("seed: 1\n")
    with pytest.raises(InputError, match=r"lacks the key 'problem'"):
        Origin.of(str(tmp_path / "empty.yaml"))
