"""The data contract, the simulator's known truth, and conditions of training."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from sweepwright.nouns.job import Job
from sweepwright.nouns.watch import Silent
from sweepwright.problems.phenotype.data import load
from sweepwright.problems.phenotype.problem import PROBLEM, space
from sweepwright.problems.phenotype.profile import profile
from sweepwright.problems.phenotype.simulate import simulate
from sweepwright.problems.phenotype.splits import conditions
from sweepwright.problems.phenotype.train import SEARCH, train, train_batch
from sweepwright.problems.phenotype.validate import cross_val_predict, cross_validate


def stored(tmp_path, table: pd.DataFrame, **options):
    table.to_parquet(tmp_path / "cells.parquet")
    return load(data=str(tmp_path / "cells.parquet"), **options)


def test_the_embedded_nuclei_need_no_options():
    data = load()
    assert data.facts["cells"] == 569 and data.facts["classes"] == ["benign", "malignant"]
    assert load().hash == data.hash


def test_metadata_and_positions_are_never_features(tmp_path):
    table = simulate(cells=60, features=4, classes=2).rename(columns=lambda c: c.replace("DP__block_", "feature"))
    rng = np.random.default_rng(0)
    for name in (
        "Metadata_Frame",
        "Image_Number",
        "Nuclei_Location_Center_X",
        "Cytoplasm_Parent_Cells",
        "cqc.size",
        "BoundingBox_Min",
        "X_Object_Number",
    ):
        table[name] = rng.standard_normal(60)
    data = stored(tmp_path, table, group="none", folds=3)
    assert set(data.content.names) == {"feature0_0", "feature0_1", "feature0_2", "feature0_3"}
    assert any("Never features" in note for note in data.notes)


def test_what_names_its_group_is_dropped(tmp_path):
    table = simulate(cells=200, features=5, classes=2, groups=12)
    table["DP__plate_age"] = table["Metadata_Plate"].str.split().str[1].astype(float)
    data = stored(tmp_path, table)
    assert "DP__plate_age" not in data.content.names
    assert any("because they name the group: DP__plate_age" in note for note in data.notes)


def test_copies_stay_on_one_side_and_are_said(tmp_path):
    table = simulate(cells=120, features=5, classes=2, copies=10)
    table.loc[119, "label"] = "class 0" if table.loc[119, "label"] == "class 1" else "class 1"
    data = stored(tmp_path, table, group="none")
    assert any("10 cells are copies" in note for note in data.notes)
    assert data.warnings[-1] == "1 cell occurs with different labels (identical features): check them."
    found = cross_val_predict(lambda: LogisticRegression(), data, folds=4)
    assert (found.fold[:10] == found.fold[-10:]).all()


def test_grouping_costs_what_the_plates_gave_away(tmp_path):
    table = simulate(cells=400, features=20, classes=2, groups=16, group_effect=2.0, strength=0.3)
    by_cell = cross_validate(lambda: LogisticRegression(), stored(tmp_path, table, group="none", folds=4), folds=4)
    by_plate = cross_validate(lambda: LogisticRegression(), stored(tmp_path, table, group="Metadata_Plate", folds=4), folds=4)
    assert by_cell["f1_weighted"].mean() > by_plate["f1_weighted"].mean() + 0.1


def test_anndata_gives_the_same_data(tmp_path):
    anndata = pytest.importorskip("anndata")
    table = simulate(cells=60, features=4, classes=2)
    features = [c for c in table if c.startswith("DP__")]
    obs = table[["label", "Metadata_Plate"]].set_axis([str(i) for i in range(60)])
    cells = anndata.AnnData(table[features].to_numpy(), obs=obs, var=pd.DataFrame(index=features))
    cells.write_h5ad(tmp_path / "cells.h5ad")
    one, two = load(data=str(tmp_path / "cells.h5ad"), folds=3), stored(tmp_path, table, folds=3)
    assert one.hash == two.hash


def test_options_become_parameters(tmp_path):
    table = simulate(cells=60, features=4, classes=2).rename(columns={"DP__block_0_0": "CP__a", "DP__block_0_1": "CP__b"})
    data = stored(tmp_path, table, folds=3, group="none", feature_set="CP,CP+DP", class_weight="both")
    found = space(data.facts)
    assert found.size() == float("inf") and len(list(found.grid())) == 77 * 2 * 2
    assert {name: len(columns) for name, columns in data.content.sets.items()} == {"CP": 2, "CP+DP": 4}


def jobs_of(data, configurations, condition="all", folds=3, draw=5):
    found = next(c for c in conditions(data.facts) if c.name == condition)
    return [
        Job(number=i, configuration=c, condition=found, replicate=0, folds=folds, seed=i, data_seed=draw, effort=SEARCH)
        for i, c in enumerate(configurations)
    ]


def test_a_batch_is_its_runs_one_by_one(tmp_path):
    data = stored(tmp_path, simulate(cells=150, features=10, classes=3), group="none", folds=3)
    jobs = jobs_of(data, [{"C": c, "l1_ratio": r} for r in (0.0, 0.5, 1.0) for c in (0.01, 0.1, 1.0)])
    together = dict(train_batch(data, jobs, Silent()))
    for job in jobs:
        alone, batch = train(data, job, Silent()).outcome, together[job.number].outcome
        assert alone is not None and batch is not None
        assert alone.arrays["probability"] == pytest.approx(batch.arrays["probability"], abs=0.02)
        assert alone.facts["objective"] == pytest.approx(batch.facts["objective"], rel=2e-2)


def test_controls_spoil_what_they_say(tmp_path):
    data = stored(tmp_path, simulate(cells=300, features=10, classes=2, strength=3.0), group="none", folds=3)
    point = [{"C": 1.0, "l1_ratio": 0.5}]

    def right(condition: str) -> float:
        shares = []
        for draw in range(12):  # one permutation may by chance point along the classes, or against them
            outcome = train(data, jobs_of(data, point, condition, draw=draw)[0], Silent()).outcome
            assert outcome is not None
            shares.append((outcome.arrays["predicted"] == data.samples["label"][outcome.sample]).mean())
        return float(np.mean(shares))

    assert right("all") > 0.9
    assert right("shuffled columns") < 0.65 and right("permuted labels") < 0.65


def test_scaling_a_feature_changes_nothing(tmp_path):
    table = simulate(cells=150, features=6, classes=3)
    jobs = [{"C": 0.1, "l1_ratio": 0.5}]
    first = stored(tmp_path, table, group="none", folds=3)
    second = stored(tmp_path, table.assign(DP__block_0_0=table["DP__block_0_0"] * 1024 + 7), group="none", folds=3)
    one, two = (train(data, jobs_of(data, jobs)[0], Silent()).outcome for data in (first, second))
    assert one is not None and two is not None
    assert one.arrays["probability"] == pytest.approx(two.arrays["probability"], abs=2e-3)


def test_nothing_of_the_tested_cells_reaches_the_fit(tmp_path):
    table = simulate(cells=150, features=6, classes=3)
    jobs = jobs_of(stored(tmp_path, table, group="none", folds=3), [{"C": 0.1, "l1_ratio": 0.5}])
    first = train(stored(tmp_path, table, group="none", folds=3), jobs[0], Silent())
    assert first.outcome is not None
    features = [c for c in table if c.startswith("DP__")]
    table.loc[first.outcome.sample, features] += 1000
    second = train(stored(tmp_path, table, group="none", folds=3), jobs[0], Silent())
    assert first.weights is not None and second.weights is not None
    for name in ("mean", "scale", "coefficients", "intercepts"):
        assert (first.weights[name] == second.weights[name]).all()


def test_imputation_belongs_to_the_fold(tmp_path):
    table = simulate(cells=150, features=6, classes=3)
    table.loc[::7, "DP__block_0_1"] = np.nan
    data = stored(tmp_path, table, group="none", folds=3, impute="median")
    outcome = train(data, jobs_of(data, [{"C": 0.1, "l1_ratio": 0.5}])[0], Silent()).outcome
    assert outcome is not None and np.isfinite(outcome.arrays["probability"]).all()


def test_the_profile_of_a_table(tmp_path):
    table = simulate(cells=200, features=20, classes=3, groups=10)
    table["DP__copy"] = table["DP__block_0_0"]
    found = profile(stored(tmp_path, table, folds=3))
    assert found["features_copied_by_another"] == 1 and 1 < found["effective_dimensions"] < 21
    assert sum(found["classes"].values()) == 200


def test_the_preset_of_the_source_says_that_it_did_not_converge(tmp_path):
    data = stored(tmp_path, simulate(cells=90, features=30, classes=3), folds=3, **PROBLEM.presets["sklearn-saga-100"]["data"])
    outcome = train(data, jobs_of(data, [{"C": 100.0, "l1_ratio": 0.8}])[0], Silent()).outcome
    assert outcome is not None
    assert outcome.facts["converged"] is False and outcome.facts["rounds"] == 100 and outcome.facts["gap"] > 0.01
