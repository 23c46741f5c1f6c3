"""The verbs as a person types them."""

import json
import sys
from pathlib import Path

import pytest
import yaml

from sweepwright.cli import main

ROOT = Path(__file__).parents[2]
SMALL = ["--preset", "quick", "--folds", "3", "--inline"]


@pytest.fixture
def type_(capsys, monkeypatch, tmp_path):
    """Type a command in an empty folder; returns what it printed and what it said aside."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["sweepwright", *words])
        with pytest.raises(SystemExit) as leaving:
            main()
        if leaving.value.code:
            raise leaving.value
        return tuple(capsys.readouterr())  # type: ignore[return-value]

    return run


def test_run_prints_the_choice_and_the_report_and_is_complete_the_second_time(type_):
    settings = "problem: phenotype\npreset: quick\ndata: {folds: 3}\nprotocol: {finalists: {trials: 2, draws: 1}, confirm: {how: 'off'}}\n"
    Path("mine.yaml").write_text(settings)
    out, aside = type_("run", "mine.yaml", "--inline")
    assert out.startswith("Chosen: trial ") and "Report: studies/phenotype/report/index.html" in out
    assert "explore ..." in aside and "note:" not in aside  # the embedded nuclei are one per patient
    assert Path("studies/phenotype/report/index.html").exists()
    page = Path("studies/phenotype/report/index.html")
    written = page.stat().st_mtime_ns
    again, _ = type_("run", "mine.yaml", "--inline")
    assert "is complete" in again and out.splitlines()[0] in again
    assert page.stat().st_mtime_ns == written  # nothing has happened since
    type_("note", "studies/phenotype", "0", "look again")
    type_("run", "mine.yaml", "--inline")
    assert "Trial 0: look again" in page.read_text()


def test_dry_run_counts_and_writes_nothing(type_, tmp_path):
    out, _ = type_("run", "phenotype", *SMALL, "--dry-run")
    assert "explore      60 runs" in out and "CPU minutes" in out
    assert not list(tmp_path.iterdir())


def test_choose_tells_the_same_as_text_and_as_json(type_, cells):
    text, _ = type_("choose", str(cells))
    data = json.loads(type_("choose", str(cells), "--json")[0])
    assert data["schema"] == "choose/3" and f"trial {data['chosen']['trial']} " in text
    kinds = {e["kind"] for e in data["chosen"]["estimates"] if e["measure"] == "f1_weighted"}
    assert kinds == {"selection", "bias_corrected", "procedure", "shrunken", "best_run"}
    assert sum(said["code"] == "procedure" for said in data["statements"]) == 5 and "outer 0: the procedure chose" in text
    nested = next(e for e in data["chosen"]["estimates"] if e["kind"] == "procedure")
    assert nested["low"] < nested["value"] < nested["high"]


def test_problems_lists_options_and_presets(type_):
    out, _ = type_("problems")
    assert (
        "phenotype: classify cells" in out and "command: any script" in out and "--label" in out and "sklearn-saga-100" in out
    )
    assert "phenotype" in json.loads(type_("problems", "--json")[0])


def test_init_writes_a_study_file_that_runs(type_, tmp_path, capsys):
    type_("init", "phenotype", "--preset", "quick")
    written = yaml.safe_load(Path("phenotype.yaml").read_text())
    assert written["protocol"]["explore"]["sampler"] == "grid" and written["data"]["folds"] == 5
    out, _ = type_("run", "phenotype.yaml", "--dry-run")
    assert "together" in out
    with pytest.raises(SystemExit) as leaving:
        type_("init", "phenotype")
    assert leaving.value.code == 2 and "exists already" in capsys.readouterr().err


def test_profile_looks_at_a_table(type_, tmp_path):
    from sweepwright.problems.phenotype.simulate import simulate

    simulate(cells=90, features=6, classes=3).to_csv("cells.csv", index=False)
    out, _ = type_("profile", "cells.csv", "--folds", "3")
    assert "cells  90" in out and "class 0" in out and "note:" in out
    assert json.loads(type_("profile", "cells.csv", "--folds", "3", "--json")[0])["features"] == 6


def test_predict_labels_new_cells(type_, cells):
    from cells import table

    table().to_csv("new.csv", index=False)
    out, _ = type_("predict", str(cells), "new.csv", "--out", "labelled.parquet")
    assert "Labelled 360 rows" in out and "360 rows were in training" in out
    data = json.loads(type_("predict", str(cells), "new.csv", "--out", "labelled.csv", "--json")[0])
    assert data["rows"] == 360 and data["scores"]["accuracy"] > 0.7 and data["scores_of_cells_not_in_training"] is None


def test_an_interrupt_leaves_with_130_and_the_study_goes_on(type_, capsys, monkeypatch):
    from sweepwright.running import dispatch

    seen = []

    def interrupt(self, task):
        seen.append(task)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return original(self, task)

    original = dispatch.Dispatcher.start
    address = f"{ROOT / 'tests/helpers/tiny.py'}:PROBLEM"
    monkeypatch.setattr(dispatch.Dispatcher, "start", interrupt)
    with pytest.raises(SystemExit) as leaving:
        type_("run", address, "--inline", "--trials", "5")
    assert leaving.value.code == 130 and "goes on where it stopped" in capsys.readouterr().err
    assert not Path("studies/tiny/lock").exists()
    out, _ = type_("run", address, "--inline", "--trials", "5")
    assert out.startswith("Chosen: trial")
