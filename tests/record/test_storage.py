"""What stands on disk: whole or not at all, and never a pickle."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from sweepwright.nouns.ending import Ending
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.trained import Trained
from sweepwright.record.events import RunEnded
from sweepwright.record.storage import (
    StorageError,
    read_arrays,
    read_curves,
    read_outcome,
    read_record,
    read_weights,
    write_run,
)


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self):
        return (Path.write_text, (self.target, "owned"))


def test_a_run_comes_back_as_it_was(tmp_path):
    outcome = Outcome(
        arrays={"error": np.arange(3.0), "name": np.array(["a", "b", "c"])}, sample=np.arange(3), facts={"depth": 2}
    )
    curves = {"loss": np.array([2.0, 1.0]), "short": np.array([1.0])}
    write_run(
        tmp_path / "7",
        RunEnded(run=7, ending=Ending.COMPLETED),
        Trained(outcome=outcome, curves=curves, weights={"w": np.eye(2)}),
    )
    found = read_outcome(tmp_path / "7")
    assert found.arrays["error"].tolist() == [0, 1, 2] and found.arrays["name"].tolist() == ["a", "b", "c"]
    assert found.facts == {"depth": 2} and found.sample.tolist() == [0, 1, 2]
    assert read_weights(tmp_path / "7")["w"].tolist() == [[1, 0], [0, 1]]
    assert read_record(tmp_path / "7") == RunEnded(run=7, ending=Ending.COMPLETED)
    np.testing.assert_array_equal(read_curves(tmp_path / "7")["short"], [1.0, np.nan])  # it ended earlier
    write_run(tmp_path / "7", RunEnded(run=7, ending=Ending.LOST), None)
    assert read_record(tmp_path / "7") == RunEnded(run=7, ending=Ending.LOST)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("plant", ["object array", "raw pickle"])
def test_a_planted_pickle_is_refused_and_never_run(tmp_path, plant):
    folder, target = tmp_path / "0", tmp_path / "owned.txt"
    folder.mkdir()
    if plant == "object array":
        np.savez(folder / "outcome.npz", error=np.array([Evil(target)], dtype=object), __sample__=np.zeros(1))
    else:
        (folder / "outcome.npz").write_bytes(pickle.dumps(Evil(target)))
    with pytest.raises(StorageError, match="is refused"):
        read_outcome(folder)
    (tmp_path / "product.npz").write_bytes((folder / "outcome.npz").read_bytes())
    with pytest.raises(StorageError, match="is refused"):
        read_arrays(tmp_path / "product.npz")
    (folder / "weights.safetensors").write_bytes(pickle.dumps(Evil(target)))
    with pytest.raises(StorageError, match="cannot be read as safetensors"):
        read_weights(folder)
    assert not target.exists()


def test_an_outcome_never_holds_objects():
    with pytest.raises(ValueError, match="holds Python objects"):
        Outcome(arrays={"x": np.array([{}, None])}, sample=np.arange(2))


def test_no_module_imports_pickle():
    source = Path(__file__).parents[2] / "src/sweepwright"
    assert not [p for p in source.rglob("*.py") if "import pickle" in p.read_text() or "joblib" in p.read_text()]
