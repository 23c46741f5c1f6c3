"""What a run leaves on disk: written aside, flushed and renamed, so that half a run is never seen. No pickle anywhere."""

import errno
import json
import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeGuard, cast

import numpy as np

from sweepwright.errors import InputError, no_space
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.trained import Trained
from sweepwright.record.events import RunEnded
from sweepwright.record.ledger import line_of, parsed


class StorageError(InputError):
    """A stored file that cannot be used."""


def flush(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on disk."""
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


@dataclass(frozen=True, slots=True)
class RunKeep:
    """What of a run stays on disk: which arrays of its outcome (None: all), its curves, its weights."""

    arrays: tuple[str, ...] | None = None
    curves: bool = True
    weights: bool = True

    def of(self, trained: Trained) -> Trained | None:
        """The part of what came back that stays, or None where nothing does."""
        outcome = trained.outcome
        if outcome is not None and self.arrays is not None:
            arrays = {name: array for name, array in outcome.arrays.items() if name in self.arrays}
            outcome = replace(outcome, arrays=arrays)
        curves = trained.curves if self.curves else None
        weights = trained.weights if self.weights else None
        if outcome is not None and not outcome.arrays and not weights:  # its facts are in the ledger already
            outcome = None
        return replace(trained, outcome=outcome, curves=curves, weights=weights) if outcome or curves or weights else None


ALL = RunKeep()


@contextmanager
def no_space_is_said(path: Path) -> Generator[None]:
    """A full disk becomes one sentence, so that no run is blamed for it."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(no_space(path)) from None
        raise StorageError(f"{path} cannot be written: {error.strerror}. Nothing that had ended is lost.") from None


def write_run(folder: Path, record: RunEnded | None, kept: Trained | None) -> None:
    """Write `runs/<number>/` whole; an earlier attempt at the same run is replaced.

    A run of a batch brings its record along, which is believed if the batch is killed later. Whoever believes the run
    flushes the folder of runs first (one flush serves many runs).
    """
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    if kept is not None:
        _write_kept(aside, kept)
    if record is not None:
        (aside / "run.json").write_bytes(line_of(record))
    for file in os.scandir(aside):
        flush(Path(file.path))
    flush(aside)
    if folder.exists():
        shutil.rmtree(folder)
    aside.rename(folder)


def _write_kept(folder: Path, kept: Trained) -> None:  # libraries are imported where they are needed: `status` needs none
    if kept.outcome is not None:
        facts = np.frombuffer(json.dumps(dict(kept.outcome.facts), default=_plain).encode(), dtype=np.uint8)
        arrays = dict(kept.outcome.arrays)
        np.savez(folder / "outcome.npz", allow_pickle=False, **arrays, __sample__=kept.outcome.sample, __facts__=facts)
    if kept.curves:
        import pyarrow as pa
        import pyarrow.parquet as pq

        epochs = max(len(values) for values in kept.curves.values())
        columns = {name: _padded(np.asarray(values, dtype=float), epochs) for name, values in kept.curves.items()}
        named = {"epoch": pa.array(np.arange(epochs)), **{name: pa.array(column) for name, column in columns.items()}}
        cast(Any, pq).write_table(pa.table(named), folder / "curves.parquet")
    if kept.weights:
        import safetensors.numpy

        cast(Any, safetensors.numpy).save_file(
            {name: np.ascontiguousarray(array) for name, array in kept.weights.items()}, folder / "weights.safetensors"
        )


def _padded(values: np.ndarray, length: int) -> np.ndarray:
    """A curve that ended earlier than others has no value afterwards."""
    return np.concatenate([values, np.full(length - len(values), np.nan)])


def _plain(value: object) -> object:
    return value.item() if _is_scalar(value) else str(value)


def _is_scalar(value: object) -> TypeGuard[np.generic]:
    return isinstance(value, np.generic)


def read_record(folder: Path) -> RunEnded | None:
    """The record of a run that was stored whole, or None; earlier versions wrote its fields alone."""
    try:
        text = (folder / "run.json").read_bytes()
        event = parsed(text if b'"event"' in text else b'{"event": "run ended", ' + text.lstrip(b"{") + b"\n")
    except (OSError, ValueError):
        return None
    return event if isinstance(event, RunEnded) else None


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
    import safetensors.numpy
    from safetensors import SafetensorError

    path = folder / "weights.safetensors"
    try:
        return cast(Any, safetensors.numpy).load_file(path)
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


def read_curves(folder: Path) -> dict[str, np.ndarray]:
    """The curves of a run, one value per epoch; empty where it has none."""
    path = folder / "curves.parquet"
    if not path.exists():
        return {}
    import pyarrow.parquet as pq

    table = cast(Any, pq.ParquetFile(path)).read(
        use_threads=False
    )  # several times as fast as read_table for a file as small as this
    return {name: table.column(name).to_numpy() for name in table.column_names if name != "epoch"}
