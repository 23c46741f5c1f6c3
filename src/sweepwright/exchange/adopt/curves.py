"""Curves beside a table: one long file with a key, or one file per run."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sweepwright.exchange.adopt.source import AdoptError
from sweepwright.exchange.adopt.tables import TABLES, read_table
from sweepwright.measures.curves import Curve, logged

STEPS = ("epoch", "step", "global_step", "update", "iteration", "_step")
BESIDE = ("curves.csv", "curves.csv.gz", "curves.parquet", "curves")
_LOSS = re.compile(r"^(train|training)[_/. ]?loss$|^loss$", re.IGNORECASE)
_VAL_LOSS = re.compile(r"^(val|valid|validation)[_/. ]?loss$", re.IGNORECASE)


def beside(table: Path) -> Path | None:
    """Curves that lie beside a table under the name ``curves``."""
    return next((table.with_name(name) for name in BESIDE if table.with_name(name).exists()), None)


def read_long(path: Path, rows: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Curves in long form (row, epoch, name, value) of runs that a label column names."""
    if path.is_dir():
        return _one_file_per_run(path, rows, labels)
    table = read_table(path).rows
    keys = [c for c in table if c in rows and c in labels and rows[c].is_unique]
    if not keys:
        unique = [c for c in labels if rows[c].is_unique]
        raise AdoptError(
            f"{path} names no run: it needs a column that names each run of the table once ({', '.join(unique) or 'none does'})."
        )
    places = pd.Series(np.arange(len(rows)), index=rows[keys[0]].astype(str))
    row = table[keys[0]].astype(str).map(places)
    return _melted(path, table[row.notna()].drop(columns=keys), row.dropna().astype(int))


def _one_file_per_run(folder: Path, rows: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    files = {file.name.split(".")[0]: file for file in sorted(folder.iterdir()) if file.name.endswith(TABLES)}
    for label in labels:
        places = {str(value): place for place, value in enumerate(rows[label])}
        known = [name for name in files if name in places]
        if known and len(places) == len(rows):
            parts = []
            for name in known:
                table = read_table(files[name]).rows
                parts.append(_melted(files[name], table, pd.Series(places[name], index=table.index)))
            return pd.concat(parts, ignore_index=True)
    raise AdoptError(f"No file in {folder} is named after a run of the table. Name them <run>.csv, by a column such as run_id.")


def _melted(path: Path, table: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    step = next((c for c in table if str(c).lower() in STEPS), None)
    if step is None:
        raise AdoptError(f"{path} has no column that counts epochs. It is called {', '.join(STEPS[:4])} or alike.")
    numeric = [c for c in table if c != step and pd.api.types.is_numeric_dtype(table[c])]
    if not numeric:
        raise AdoptError(f"{path} has no column with numbers beside {step!r}.")
    parts = [pd.DataFrame({"row": row, "epoch": table[step], "name": str(c), "value": table[c]}) for c in numeric]
    return pd.concat(parts, ignore_index=True)


def of_run(long: pd.DataFrame, goals: Mapping[str, str]) -> dict[str, Curve]:
    """One run's curves under the names that health reads; `goals` maps a score's column to its direction."""
    found: dict[str, Curve] = {}
    for name, part in long.groupby("name", sort=False):
        part = part.sort_values("epoch", kind="stable")
        values, at = part["value"].to_numpy(dtype=float), part["epoch"].to_numpy(dtype=float)
        spoken = health_name(str(name), goals)
        if spoken is not None:
            found[spoken] = logged(at, values)
    return found


def health_name(name: str, goals: Mapping[str, str]) -> str | None:
    """What a curve is to health: ``loss``, ``val_loss``, ``val``, ``train``, or itself where health knows it; else None.

    >>> [health_name(name, {"f1": "higher"}) for name in ("train_loss", "validation_loss", "val_f1", "lr")]
    ['loss', 'val_loss', 'val', None]
    """
    if _LOSS.match(name):
        return "loss"
    if _VAL_LOSS.match(name):
        return "val_loss"
    if name in ("val", "train", "train_eval", "val_batch_stats", "active_units", "leak"):
        return name
    for goal, direction in goals.items():
        if direction == "higher":
            for prefix, spoken in (("val_", "val"), ("validation_", "val"), ("train_", "train")):
                if name == f"{prefix}{goal}":
                    return spoken
    return None
