"""The phenotype study as a whole: killed, resumed, on one slot and on two, it is the same study."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import sweepwright as sw
from sweepwright.answers.places import Place
from sweepwright.answers.verdict import verdict
from sweepwright.running.products import product

WORDS = ["run", "phenotype", "--preset", "quick", "--no-report"]


def command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-c", "from sweepwright.cli import main; main()", *WORDS, "--folder", str(folder), *more]


def results(folder: Path) -> tuple[pd.DataFrame, dict]:
    study = sw.open_study(folder)
    assert study.finished
    choice = study.choice()
    return study.runs().drop(columns="seconds"), choice


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "study"
    subprocess.run(command(folder, "--slots", "1", "--quiet"), check=True, capture_output=True)
    return folder


@pytest.mark.slow
def test_two_slots_give_the_same_study(whole, tmp_path):
    subprocess.run(command(tmp_path / "two", "--slots", "2", "--quiet"), check=True, capture_output=True)
    pd.testing.assert_frame_equal(results(tmp_path / "two")[0], results(whole)[0])
    assert results(tmp_path / "two")[1] == results(whole)[1]


@pytest.mark.slow
@pytest.mark.serial
def test_killed_three_times_it_ends_the_same(whole, tmp_path):
    folder = tmp_path / "killed"
    ledger, kept = folder / "ledger.jsonl", ""
    for runs in (30, 120, 330):
        process = subprocess.Popen(command(folder, "--slots", "2"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and (not ledger.exists() or ledger.read_text().count('"run ended"') < runs):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        text = ledger.read_text()
        assert text.startswith(kept)  # what was believed before stays, byte for byte
        kept = text[: text.rfind("\n") + 1]
    finished = subprocess.run(command(folder, "--slots", "1"), check=True, capture_output=True, text=True)
    assert "Chosen: trial" in finished.stdout
    pd.testing.assert_frame_equal(results(folder)[0], results(whole)[0])
    assert results(folder)[1] == results(whole)[1]


@pytest.mark.slow
def test_what_the_verdict_says(whole):
    found = verdict(sw.open_study(whole))
    nested, selected = found.estimate("nested estimate"), found.estimate("selection score")
    assert nested is not None and selected is not None and nested.low is not None and nested.high is not None
    assert 0.93 < nested.value < 0.99 and nested.low < nested.value < nested.high
    assert sum(said.code == "procedure" for said in found.said) == 5
    assert any("permuted labels" in said.text and "over 20 repeats" in said.text for said in found.at(Place.PASSED))
    study = sw.open_study(whole)
    weights = study.weights(study.state.kept or 0)
    assert weights["coefficients"].shape == (1, 30) and len(weights["cells"]) == 569
    assert study.outcome(study.state.kept or 0).facts["gap"] <= 1e-4
    coefficients = product(study, "coefficients")
    assert coefficients["mean"].shape == (1, 30) and ((coefficients["nonzero"] >= 0) & (coefficients["nonzero"] <= 1)).all()
