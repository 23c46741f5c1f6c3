"""A damaged ledger is mended, a trial is invalidated; what cannot be done to a study that stands is said in one sentence."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from processes import run, tiny
from same import measured, same

import sweepwright as sw
from sweepwright.answers.places import Place
from sweepwright.answers.verdict import verdict
from sweepwright.errors import InputError
from sweepwright.record.ledger import read_events

pytestmark = pytest.mark.slow


# --- the ledger -------------------------------------------------------------------------------------------------------


def damage(path: Path, *numbers: int) -> None:
    found = path.read_bytes().splitlines(keepends=True)
    for number in numbers:
        found[number - 1] = found[number - 1][: len(found[number - 1]) // 2] + b"\x00\xff garbage\n"
    path.write_bytes(b"".join(found))


@pytest.mark.parametrize("name", ["COARSE", "FOLDED", "STAGED"])
@pytest.mark.parametrize("seed", range(2))
def test_a_repaired_study_ends_as_if_nothing_had_happened(tmp_path, name, seed):
    settings = {"budget": {"runs": 60}} if name == "STAGED" else {}
    whole = sw.run(tiny(name), folder=tmp_path / "whole", executor="inline", settings=settings)
    study = sw.run(tiny(name), folder=tmp_path / "study", executor="inline", settings=settings)
    path = study.folder / "ledger.jsonl"
    events = read_events(path)[0]
    rng = np.random.default_rng(seed)
    kinds = ["proposal asked", "run ended", "runs started", "step begun"]
    numbers = [int(rng.choice([i + 1 for i, e in enumerate(events) if kind == e.TITLE])) for kind in kinds]
    keep = int(0.8 * len(events))  # the rest was not written yet
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:keep]))
    numbers = sorted({number for number in numbers if number < keep})
    damage(path, *numbers)
    before = path.read_bytes()
    with pytest.raises(InputError, match=rf"Line {numbers[0]} of .* is damaged.*sweepwright repair"):
        sw.run(study.folder)
    assert path.read_bytes() == before
    result = run("repair", study.folder)
    assert result.returncode == 0 and f"Dropped {len(numbers)} damaged" in result.stdout
    assert [p.read_bytes() for p in study.folder.glob("ledger.jsonl.*.bak")] == [before]
    same(sw.run(study.folder), whole)
    assert "is whole" in run("repair", study.folder).stdout


def test_a_ledger_that_lost_its_first_line_is_declared_again_from_the_study_file(tmp_path):
    study = sw.run(tiny("PROBLEM"), folder=tmp_path / "study", executor="inline", seed=3)
    before = measured(study)
    damage(study.folder / "ledger.jsonl", 1)
    assert run("repair", study.folder).returncode == 0
    pd.testing.assert_frame_equal(measured(sw.run(study.folder)), before)


def test_there_must_be_something_to_repair(tmp_path):
    assert "holds no study" in run("repair", tmp_path).stderr


# --- trials that are not to be used ------------------------------------------------------------------------------------


def test_an_invalid_trial_is_ignored_and_the_choice_is_made_again(tmp_path):
    study = sw.run(tiny("STAGED"), folder=tmp_path / "study", executor="inline", settings={"budget": {"runs": 60}})
    chosen = study.chosen
    result = run("invalidate", study.folder, chosen, "--why", "its images were mislabelled")
    assert result.returncode == 0 and "Choose again with" in result.stdout
    assert "Nothing was changed" in run("invalidate", study.folder, chosen, "--why", "again").stdout
    marked = verdict(sw.open_study(study.folder, study.problem))
    assert marked.chosen == chosen and str(marked.at(Place.CAREFUL)[0]) == (
        f"The choice was made before trial {chosen} was marked as not to be used: the next round makes it anew."
    )
    again = sw.run(study.folder)
    assert "made_before" not in {said.code for said in verdict(again).said}
    assert again.chosen != chosen and chosen not in again.choice().order
    assert not again.runs()[lambda r: r["trial"] == chosen]["used"].any()
    assert set(study.runs()["run"]) <= set(again.runs()["run"])  # the record stays
    assert "mislabelled" in run("status", study.folder).stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["note", "{}", "99", "x"], "has no trial 99. It has trials 0 to"),
        (["note", "{}", "0", " "], "needs a text"),
        (["invalidate", "{}", "0", "--why", ""], "Say why"),
        (["export", "{}", "--to", "excel"], "csv, mlflow, optuna, parquet"),
        (["status", "nowhere"], "holds no study"),
        (["submit", "{}", "--scheduler", "lsf"], "pbs or slurm"),
        (["submit", "{}", "--scheduler", "pbs", "--walltime", "soon"], "hours:minutes:seconds"),
        (["run", "{}", "--trials", "plenty"], "whole number of configurations"),
    ],
)
def test_bad_input_gets_one_sentence(tmp_path_factory, words, sentence):
    folder = tmp_path_factory.getbasetemp() / "shared-study"
    if not folder.exists():
        sw.run(tiny("PROBLEM"), folder=folder, executor="inline")
    result = run(*(word.replace("{}", str(folder)) for word in words))
    assert result.returncode == 2 and sentence in result.stderr and "Traceback" not in result.stderr
