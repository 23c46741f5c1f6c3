"""What a run leaves on disk: written aside, flushed and renamed, so that half a run is never seen. No pickle anywhere."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from sweepwright.errors import InputError
from sweepwright.runs import Outcome


class StorageError(InputError):
    """A stored file that cannot be used."""


def flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Replace a small text file at once or not at all."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    flush(aside)
    aside.replace(path)


def write_run(
    folder: Path,
    record: Mapping[str, Any],
    outcome: Outcome | None,
    curves: Mapping[str, np.ndarray] | None,
    weights: Mapping[str, np.ndarray] | None,
) -> None:
    """Write `runs/<number>/` whole; an earlier attempt at the same run is replaced."""
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    if outcome is not None:
        facts = np.frombuffer(json.dumps(dict(outcome.facts)).encode(), dtype=np.uint8)
        np.savez(aside / "outcome.npz", allow_pickle=False, **dict(outcome.arrays), __sample__=outcome.sample, __facts__=facts)
    if curves:
        columns = {"epoch": np.arange(max(map(len, curves.values())))} | dict(curves)
        pq.write_table(pa.table(columns), aside / "curves.parquet")
    if weights:
        save_file({name: np.ascontiguousarray(array) for name, array in weights.items()}, aside / "weights.safetensors")
    (aside / "run.json").write_text(json.dumps(record, allow_nan=False), encoding="utf-8")
    for file in aside.iterdir():
        flush(file)
    if folder.exists():
        shutil.rmtree(folder)
    aside.rename(folder)
    flush(folder.parent)


def read_record(folder: Path) -> dict[str, Any] | None:
    """The record of a run that was stored whole, or None."""
    try:
        return json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def read_outcome(folder: Path) -> Outcome:
    """The outcome of a run; a file that holds Python objects is refused, never loaded."""
    path = folder / "outcome.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise StorageError(f"Run {folder.name} has no stored outcome ({path}).") from None
    except (ValueError, OSError, EOFError) as error:
        raise StorageError(
            f"{path} is refused: {error}. Outcomes hold plain arrays only; Python objects are never loaded."
        ) from None
    facts = json.loads(bytes(arrays.pop("__facts__", np.frombuffer(b"{}", np.uint8))).decode())
    return Outcome(sample=arrays.pop("__sample__"), arrays=arrays, facts=facts)


def read_weights(folder: Path) -> dict[str, np.ndarray]:
    """The weights of a run (safetensors only)."""
    path = folder / "weights.safetensors"
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise StorageError(f"{path} cannot be read as safetensors: {error}. No other format is ever loaded.") from None


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.npz")
    np.savez(aside, allow_pickle=False, **dict(arrays))
    flush(aside)
    aside.replace(path)


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Named arrays, never Python objects."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError) as error:
        raise StorageError(f"{path} is refused: {error}. Products hold plain arrays only.") from None
