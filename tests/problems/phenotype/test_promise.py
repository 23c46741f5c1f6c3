"""What was promised of groups never seen is held against new labelled ones: kept, broken, or not to be told."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import sweepwright as sw
from sweepwright.answers.estimates import estimates
from sweepwright.cli import app
from sweepwright.measures.classification import f1_weighted
from sweepwright.problems.phenotype.simulate import simulate

pytestmark = pytest.mark.slow

EVERY = simulate(cells=960, features=8, classes=3, groups=24, strength=1.5, seed=4)
PLATES = sorted(EVERY["Metadata_Plate"].unique())
OLD, NEW = (EVERY[EVERY["Metadata_Plate"].isin(half)] for half in (PLATES[::2], PLATES[1::2]))
SETTINGS = {"space": {"C": {"choice": {"values": [0.1, 1.0]}}, "l1_ratio": 0.5}, "protocol": {"finalists": {"trials": 0}}}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("promise")
    OLD.to_parquet(folder / "cells.parquet")
    return sw.run(
        "phenotype", folder=folder / "study", settings=SETTINGS, executor="inline", data=str(folder / "cells.parquet"), folds=3
    )


def said(study, table, place) -> dict:
    table.to_parquet(place / "new.parquet")
    words = ["predict", str(study.folder), str(place / "new.parquet"), "--out", str(place / "out.parquet")]
    text, found = (CliRunner().invoke(app, [*words, *more]).output for more in ([], ["--json"]))
    found = json.loads(found)
    assert found["promise"]["text"] in text
    return found


def test_as_promised(study, tmp_path):
    found = said(study, NEW, tmp_path)
    nested = next(e for e in estimates(study, study.chosen, study.choice()) if e.ahead is not None)
    low, high = nested.ahead.score.following(12)
    numbers = found["promise"]["numbers"]
    assert (numbers["low"], numbers["high"], numbers["groups"]) == (low, high, 12) and found["groups_not_in_training"] == 12
    assert numbers["value"] == found["scores_of_cells_not_in_training"]["f1_weighted"] and low <= numbers["value"] <= high
    assert found["promise"]["text"].startswith("Promised for 12 new plates together: f1_weighted 0.")
    assert found["promise"]["text"].endswith("as promised.")


def test_a_single_plate_may_differ_more(study, tmp_path):
    one = said(study, NEW[NEW["Metadata_Plate"] == PLATES[1]], tmp_path)["promise"]
    several = said(study, NEW, tmp_path)["promise"]["numbers"]
    assert one["text"].startswith("Promised for a new plate: ") and one["numbers"]["low"] < several["low"]


def test_worse_than_promised(study, tmp_path):
    wrong = NEW.assign(label=np.random.default_rng(0).permutation(NEW["label"].to_numpy()))
    text = said(study, wrong, tmp_path)["promise"]["text"]
    assert text.endswith("worse than promised: they differ from the training plates.")


def test_without_the_plates_nothing_can_be_held_against_it(study, tmp_path):
    found = said(study, NEW.drop(columns="Metadata_Plate"), tmp_path)
    assert found["promise"]["code"] == "promise.unknown" and found["groups_not_in_training"] is None
    assert "does not say which plate each row is of" in found["promise"]["text"]


def test_cells_that_were_in_training_are_no_new_ones(study, tmp_path):
    table = OLD.head(50).assign()
    table.to_parquet(tmp_path / "old.parquet")
    words = ["predict", str(study.folder), str(tmp_path / "old.parquet"), "--out", str(tmp_path / "out.parquet"), "--json"]
    found = json.loads(CliRunner().invoke(app, words).output)
    assert found["promise"] is None and found["scores_of_cells_not_in_training"] is None


def test_scores_by_class_are_those_of_the_cells_that_were_not_in_training(study, tmp_path):
    import pandas as pd

    found = said(study, NEW, tmp_path)
    out = pd.read_parquet(tmp_path / "out.parquet")
    truth, predicted = out["label"].astype(str), out["Predicted_Class"].astype(str)
    for name, scores in found["classes_of_cells_not_in_training"].items():
        both = ((truth == name) & (predicted == name)).sum()
        assert scores["recall"] == pytest.approx(both / (truth == name).sum()) and scores["cells"] == (truth == name).sum()
        assert scores["precision"] == pytest.approx(both / (predicted == name).sum())
        if "taken_for" in scores:
            assert scores["times"] == ((truth == name) & (predicted == scores["taken_for"])).sum()
    codes = truth.astype("category")
    assert found["scores_of_cells_not_in_training"]["f1_weighted"] == pytest.approx(
        f1_weighted(codes.cat.codes.to_numpy(), pd.Categorical(predicted, codes.cat.categories).codes), abs=1e-9
    )
