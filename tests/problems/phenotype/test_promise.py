"""What was promised of groups never seen is held against new labelled ones: kept, broken, or not to be told."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import sweepwright as sw
from sweepwright.answers.estimates import Estimate, estimates
from sweepwright.answers.procedure import Ahead
from sweepwright.answers.results import ResultsOfStudy
from sweepwright.cli import app
from sweepwright.measures.classification import f1_weighted
from sweepwright.measures.groups import GroupScore
from sweepwright.problems.phenotype.class_scores import class_scores
from sweepwright.problems.phenotype.predicted import Predicted, class_names, of_procedure
from sweepwright.problems.phenotype.simulate import simulate

pytestmark = pytest.mark.slow

EVERY = simulate(cells=960, features=8, classes=3, groups=24, strength=1.5, seed=4)
PLATES = sorted(EVERY["Metadata_Plate"].unique())
OLD, NEW = (EVERY[EVERY["Metadata_Plate"].isin(half)] for half in (PLATES[::2], PLATES[1::2]))
PLATE = np.repeat(np.arange(10), 20)
TRUTH = np.where((PLATE < 2) & (np.arange(200) % 3 == 0), 1, np.where((PLATE == 9) & (np.arange(200) % 2 == 0), 2, 0))
CALLED = np.where(np.arange(200) % 7 == 0, (TRUTH + 1) % 3, TRUTH)
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
    assert all(promise["text"] in text for promise in found["promises"])
    found["promise"] = next((p for p in found["promises"] if p["code"] in ("promise", "promise.unknown")), None)
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
    assert "worse than promised. Perhaps these plates differ from the training plates; of those that do not, one in ten" in text


def test_without_the_plates_nothing_can_be_held_against_it(study, tmp_path):
    found = said(study, NEW.drop(columns="Metadata_Plate"), tmp_path)
    assert found["promise"]["code"] == "promise.unknown" and found["groups_not_in_training"] is None
    assert "does not say which plate each row is of" in found["promise"]["text"]


def test_rows_of_an_unknown_plate_are_not_a_plate(study, tmp_path):
    some = NEW.assign(Metadata_Plate=NEW["Metadata_Plate"].where(np.arange(len(NEW)) % 5 > 0))
    found = said(study, some, tmp_path)
    assert found["promise"]["code"] == "promise.unknown" and found["groups_not_in_training"] is None
    assert all("Promised" not in promise["text"] for promise in found["promises"])


def test_cells_that_were_in_training_are_no_new_ones(study, tmp_path):
    table = OLD.head(50).assign()
    table.to_parquet(tmp_path / "old.parquet")
    words = ["predict", str(study.folder), str(tmp_path / "old.parquet"), "--out", str(tmp_path / "out.parquet"), "--json"]
    found = json.loads(CliRunner().invoke(app, words).output)
    assert found["promises"] == [] and found["scores_of_cells_not_in_training"] is None


def test_scores_by_class_are_those_of_the_cells_that_were_not_in_training(study, tmp_path):
    import pandas as pd

    found = said(study, NEW, tmp_path)
    out = pd.read_parquet(tmp_path / "out.parquet")
    truth, predicted = out["label"].astype(str), out["Predicted_Class"].astype(str)
    for name, scores in found["classes_of_cells_not_in_training"].items():
        both = ((truth == name) & (predicted == name)).sum()
        assert scores["recall"] == pytest.approx(both / (truth == name).sum()) and scores["cells"] == (truth == name).sum()
        assert scores["precision"] == pytest.approx(both / (predicted == name).sum())
        called = predicted[(truth == name) & (predicted != name)].value_counts()
        assert (
            scores["called"] == called.to_dict()
            and scores["groups"] == NEW.loc[NEW["label"] == name, "Metadata_Plate"].nunique()
        )
    codes = truth.astype("category")
    assert found["scores_of_cells_not_in_training"]["f1_weighted"] == pytest.approx(
        f1_weighted(codes.cat.codes.to_numpy(), pd.Categorical(predicted, codes.cat.categories).codes), abs=1e-9
    )


def test_every_class_is_held_against_its_own_promise(study, tmp_path):
    found = said(study, NEW, tmp_path)
    results = ResultsOfStudy(study)
    known = {s.name: s for s in class_scores(of_procedure(results), class_names(results), results.samples["group"])}
    each = [p for p in found["promises"] if p["code"] == "promise.class"]
    assert [p["text"].split(":")[0] for p in each] == list(found["classes_of_cells_not_in_training"])
    for name, promise in zip(found["classes_of_cells_not_in_training"], each, strict=True):
        low, high = known[name].promised(12)
        assert (promise["numbers"]["low"], promise["numbers"]["high"]) == (low, high)
        assert f"Promised: {low:.2f} to {high:.2f}." in promise["text"] and " right" in promise["text"]
    together = next(p for p in found["promises"] if p["code"] == "promise.classes")
    held = [p["numbers"]["low"] <= p["numbers"]["value"] <= p["numbers"]["high"] for p in each]
    assert together["numbers"] == {"promised": 3, "kept": sum(held)}


def test_of_fewer_plates_that_have_a_class_less_is_promised():
    found = Predicted(np.arange(len(TRUTH)), TRUTH, np.zeros((len(TRUTH), 3)), CALLED, "folds", "chosen trial")
    common, rare, alone = class_scores(found, ["common", "rare", "alone"], PLATE)
    assert common.promised(10) == common.score.following(10)
    assert rare.promised(2) == rare.score.following(10)  # two of ten have it: that is what ten plates would bring
    assert rare.promised(1)[0] <= rare.promised(2)[0] and rare.promised(0) is None
    assert alone.promised(5) is None and not alone.can_be_validated


def test_where_anything_is_possible_nothing_was_promised(study, tmp_path, monkeypatch):
    """Two plates that differ as far as plates can: every F1 lies within, and to keep that is no merit."""
    wide = Ahead(GroupScore(0.5, np.array([0.0, 1.0]), (0.0, 1.0)), "plate", 1)
    nested = Estimate("nested estimate", "f1_weighted", 0.5, 0.0, 1.0, 2, "", (1, 2), wide)
    monkeypatch.setattr("sweepwright.answers.promise.estimates", lambda *_: (nested,))
    found = said(study, NEW, tmp_path)
    [empty] = [promise for promise in found["promises"] if promise["code"] == "promise.empty"]
    assert empty["text"].startswith(
        "Nothing could be promised for 12 new plates together: f1_weighted may be anything from 0.000 to 1.000, as 2 plates say. Here:"
    )
    assert found["promise"] is None and empty["runs"] == [1, 2]
