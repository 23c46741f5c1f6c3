"""The kept model on new cells: matched by name, streamed, honest about training cells."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file

import sweepwright as sw
from sweepwright.nouns.data import DataError
from sweepwright.problems.phenotype.data import load
from sweepwright.problems.phenotype.hashing import hash_rows
from sweepwright.problems.phenotype.predict import apply, predict
from sweepwright.problems.phenotype.simulate import simulate

TRAINING = simulate(cells=200, features=8, classes=3, groups=12, strength=2.0, seed=1)
NEW = simulate(cells=300, features=8, classes=3, groups=12, strength=2.0, seed=1)
SETTINGS = {
    "space": {"C": {"choice": {"values": [0.1, 1.0]}}, "l1_ratio": 0.5},
    "protocol": {"finalists": {"trials": 0}, "confirm": {"how": "off"}},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predict")
    TRAINING.to_parquet(folder / "cells.parquet")
    return sw.run(
        "phenotype", folder=folder / "study", settings=SETTINGS, executor="inline", data=str(folder / "cells.parquet"), folds=3
    )


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_predictions_are_the_same_streamed_and_in_memory(study, tmp_path, kind):
    source, out = tmp_path / f"new.{kind}", tmp_path / f"out.{kind}"
    (NEW.to_csv if kind == "csv" else NEW.to_parquet)(source, index=False)
    summary = predict(study.model(), source, out)
    found = pd.read_csv(out) if kind == "csv" else pd.read_parquet(out)
    whole = apply(load(data=str(source), folds=3), study.model())
    classes = ["class 0", "class 1", "class 2"]
    assert found[[f"Probability_{name}" for name in classes]].to_numpy() == pytest.approx(whole.arrays["probability"], abs=2e-5)
    assert found["Predicted_Class"].astype(str).tolist() == [classes[k] for k in whole.arrays["predicted"]]
    assert found["Metadata_Plate"].tolist() == NEW["Metadata_Plate"].tolist()
    assert summary["rows"] == 300 and sum(summary["predicted"].values()) == 300
    assert summary["scores"]["f1_weighted"] == pytest.approx(
        (found["Predicted_Class"].astype(str) == found["label"]).mean(), abs=0.1
    )
    ranked = np.sort(whole.arrays["probability"], axis=1)
    assert found["Margin"].to_numpy() == pytest.approx(ranked[:, -1] - ranked[:, -2], abs=3e-5)


def test_columns_are_matched_by_name_and_extra_ones_ignored(study, tmp_path):
    shuffled = NEW[list(reversed(NEW.columns))].assign(Extra=1.0)
    shuffled.to_parquet(tmp_path / "shuffled.parquet")
    NEW.to_parquet(tmp_path / "new.parquet")
    predict(study.model(), tmp_path / "shuffled.parquet", tmp_path / "a.parquet")
    predict(study.model(), tmp_path / "new.parquet", tmp_path / "b.parquet")
    one, two = pd.read_parquet(tmp_path / "a.parquet"), pd.read_parquet(tmp_path / "b.parquet")
    assert (one["Probability_class 0"] == two["Probability_class 0"]).all() and "Extra" in one


def test_missing_features_are_listed_and_nothing_is_written(study, tmp_path):
    NEW.drop(columns=["DP__block_0_1", "DP__block_1_2"]).to_parquet(tmp_path / "new.parquet")
    with pytest.raises(DataError, match=r"2 of the model's 8 features are missing: DP__block_0_1, DP__block_1_2"):
        predict(study.model(), tmp_path / "new.parquet", tmp_path / "out.parquet")
    assert [p.name for p in tmp_path.iterdir()] == ["new.parquet"]


def test_training_cells_are_marked_and_scored_apart(study, tmp_path):
    other = simulate(cells=100, features=8, classes=3, strength=2.0, seed=9)
    pd.concat([TRAINING.head(50), other]).to_parquet(tmp_path / "mixed.parquet")
    summary = predict(study.model(), tmp_path / "mixed.parquet", tmp_path / "out.parquet")
    assert summary["in_training"] == 50
    assert pd.read_parquet(tmp_path / "out.parquet")["In_Training"].tolist() == [True] * 50 + [False] * 100
    assert summary["scores_of_cells_not_in_training"]["cells"] == 100


def test_a_cell_with_a_missing_value_gets_no_class(study, tmp_path):
    table = NEW.head(5).copy()
    table.loc[2, "DP__block_0_0"] = np.nan
    table.to_parquet(tmp_path / "new.parquet")
    assert predict(study.model(), tmp_path / "new.parquet", tmp_path / "out.parquet")["not_predicted"] == 1
    assert pd.read_parquet(tmp_path / "out.parquet")["Predicted_Class"].isna().tolist() == [False, False, True, False, False]


def test_text_where_numbers_are_needed_and_a_wrong_ending(study, tmp_path):
    NEW.assign(DP__block_0_0="x").to_parquet(tmp_path / "text.parquet")
    with pytest.raises(DataError, match=r"'DP__block_0_0' holds .*string where numbers are needed"):
        predict(study.model(), tmp_path / "text.parquet", tmp_path / "out.parquet")
    NEW.to_parquet(tmp_path / "new.parquet")
    with pytest.raises(DataError, match=r"ends in .parquet or .csv"):
        predict(study.model(), tmp_path / "new.parquet", tmp_path / "out.xlsx")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new.parquet", "text.parquet"]


def test_the_kept_model_stands_beside_the_study_without_pickle(study):
    about = json.loads((study.folder / "model/model.json").read_text())
    assert about["facts"]["features"] == [c for c in TRAINING if c.startswith("DP__")]
    assert about["facts"]["classes"] == ["class 0", "class 1", "class 2"] and about["facts"]["gap"] <= 1e-4
    assert about["data_hash"] == study.data.hash and set(about["configuration"]) == {"C", "l1_ratio"}
    weights = load_file(study.folder / "model/weights.safetensors")
    assert {"coefficients", "intercepts", "mean", "scale"} <= set(weights)


def test_keys_of_cells():
    values = np.random.default_rng(0).standard_normal((50, 7)).astype(np.float32)
    keys = hash_rows(values)
    assert len(set(keys)) == 50 and (hash_rows(values[::-1]) == keys[::-1]).all()
    assert hash_rows(np.array([[0.0, 1.0]])) == hash_rows(np.array([[-0.0, 1.0]]))
    assert (hash_rows(values[:, ::-1]) != keys).all()


@pytest.mark.slow
def test_a_million_rows_in_constant_memory(study, tmp_path):
    features = [c for c in TRAINING if c.startswith("DP__")]

    def write(path, rows: int) -> None:
        rng, writer = np.random.default_rng(0), None
        for start in range(0, rows, 50_000):
            columns = {name: rng.standard_normal(50_000, dtype=np.float32) for name in features}
            table = pa.table({"Metadata_ObjectNumber": np.arange(start, start + 50_000), **columns})
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
        assert writer is not None
        writer.close()

    def peak_megabytes(rows: int) -> float:
        write(tmp_path / "cells.parquet", rows)
        code = f"""
import resource, sys, pathlib
sys.argv = ["sweepwright", "predict", {str(study.folder)!r}, {str(tmp_path / "cells.parquet")!r}, "--out", {str(tmp_path / "out.parquet")!r}]
from sweepwright.cli import main
try:
    main()
except SystemExit:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert pq.ParquetFile(tmp_path / "out.parquet").metadata.num_rows == rows
        return int(result.stdout.splitlines()[-1]) / 1024

    small, large = peak_megabytes(100_000), peak_megabytes(1_000_000)
    assert large < small + 60
