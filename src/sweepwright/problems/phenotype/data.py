"""The data of a phenotype study: a table of the user's, or the nuclei that ship with scikit-learn."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import shuffle as shuffled_once

from sweepwright.hashing import content_hash
from sweepwright.problem import Data, DataError, Option
from sweepwright.problems.phenotype.hashing import hash_rows
from sweepwright.problems.phenotype.table import Cells, read_table, sort_columns

FEATURE_SETS = {"CP": ("CP__",), "DP": ("DP__",), "CP+DP": ("CP__", "DP__")}
CLASS_WEIGHTS = ("none", "balanced", "both")

OPTIONS = {
    "data": Option(None, "a table of cells: CSV, TSV, Parquet or .h5ad (none: breast-cancer nuclei of the UCI repository)"),
    "label": Option(None, "the column with the class"),
    "group": Option(None, "the column whose cells stay together in every split, or none"),
    "features": Option(None, "feature columns: names, prefixes, or re:PATTERN, separated by commas"),
    "feature_set": Option(None, "CP,DP,CP+DP: compare sets of features"),
    "class_weight": Option("none", "none, balanced, or both to compare them"),
    "folds": Option(10, "folds of the cross-validation"),
    "min_class": Option(1, "drop classes with fewer members"),
    "impute": Option(None, "median: fill missing values, fitted inside the folds"),
    "drop_unlabelled": Option(False, "leave out rows without a label"),
    "split": Option(None, "a column that says train or test: only train rows are studied"),
    "weight": Option(None, "a column of sample weights"),
    "leave_one_group_out": Option(False, "test the chosen model on each group left out"),
    "shuffle": Option(True, "shuffle before splitting (source: once, as the published analysis did)"),
    "scale": Option(True, "scale the features inside the folds"),
    "solver": Option("own", "own, or sklearn-saga (slow; stops at 100 iterations)"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What training reads: features, integer labels, who stays together, weights, and the columns of each feature set."""

    values: np.ndarray  # (cells, features), float64; NaN where imputation is on
    names: tuple[str, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    together: np.ndarray | None  # group of each cell for splitting, duplicates joined
    weights: np.ndarray | None
    sets: dict[str, np.ndarray]
    shuffle: bool
    scale: bool
    solver: str
    metadata: pd.DataFrame


def load(
    data: str | None = None,
    label: str | None = None,
    group: str | None = None,
    features: str | None = None,
    feature_set: str | None = None,
    class_weight: str = "none",
    folds: int = 10,
    min_class: int = 1,
    impute: str | None = None,
    drop_unlabelled: bool = False,
    split: str | None = None,
    weight: str | None = None,
    leave_one_group_out: bool = False,
    shuffle: bool | str = True,
    scale: bool = True,
    solver: str = "own",
) -> Data:
    """Read, sort and check a table of cells. Raises DataError with one sentence for a table that cannot be used."""
    folds, min_class = _whole("folds", folds, 2), _whole("min_class", min_class, 1)
    if class_weight not in CLASS_WEIGHTS:
        raise DataError(f"--class-weight is one of {', '.join(CLASS_WEIGHTS)}, but got {class_weight!r}.")
    if solver not in ("own", "sklearn-saga"):
        raise DataError(f"--solver is own or sklearn-saga, but got {solver!r}.")
    frame = read_table(Path(data)) if data else breast_cancer_nuclei()
    frame = _studied_rows(frame, split)
    if shuffle == "source":  # the published analysis shuffled once and then split in order
        frame = frame.iloc[np.asarray(shuffled_once(np.arange(len(frame)), random_state=0))].reset_index(drop=True)
    cells = sort_columns(
        frame,
        label=label,
        group=group,
        features=features,
        folds=folds,
        impute=impute,
        drop_unlabelled=drop_unlabelled,
        min_class=min_class,
        split=split,
        weight=weight,
    )
    notes = list(cells.notes)
    classes, labels = np.unique(cells.labels, return_inverse=True)
    sets = _feature_sets(cells, feature_set)
    weights = _weights(cells, weight)
    together = _join_duplicates(cells, labels, notes)
    ids = next((cells.frame[n].astype(str).to_numpy() for n in ("Cell_UUID", "cell_id", "sample_id") if n in cells.frame), None)
    samples: dict[str, np.ndarray] = {"sample_id": np.arange(len(labels)) if ids is None else ids, "label": labels}
    if cells.group is not None:
        samples["group"] = cells.group
    content = Content(
        cells.values,
        cells.features,
        labels,
        tuple(map(str, classes)),
        together,
        weights,
        sets,
        shuffle != "source" and _flag(shuffle),
        _flag(scale),
        solver,
        cells.frame,
    )
    groups = [] if cells.group is None else sorted(set(cells.group))
    return Data(
        hash=content_hash(cells.values, labels, cells.group, weights, list(cells.features), list(content.classes)),
        facts={
            "cells": len(labels),
            "features": len(cells.features),
            "classes": list(content.classes),
            "class_counts": np.bincount(labels).tolist(),
            "group": cells.group_name,
            "groups": len(groups),
            "folds": folds,
            "class_weight": class_weight,
            "feature_sets": list(sets),
            "left_out": groups if _flag(leave_one_group_out) else [],
            "solver": solver,
            "embedded": data is None,
        },
        samples=samples,
        content=content,
        notes=tuple(notes),
    )


def breast_cancer_nuclei() -> pd.DataFrame:
    """569 aspirates x 30 nuclear features of the Wisconsin data (UCI), as scikit-learn ships them; classes benign, malignant."""
    from sklearn.datasets import load_breast_cancer

    bunch: Any = load_breast_cancer()
    frame = pd.DataFrame(bunch.data, columns=[str(name).replace(" ", "_") for name in bunch.feature_names])
    frame["label"] = np.asarray(bunch.target_names)[bunch.target]
    return frame


def _whole(name: str, value: Any, least: int) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise DataError(f"--{name.replace('_', '-')} is a whole number, but got {value!r}.") from None
    if number < least:
        raise DataError(f"--{name.replace('_', '-')} is at least {least}, but got {number}.")
    return number


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in ("true", "yes", "1")


def _studied_rows(frame: pd.DataFrame, split: str | None) -> pd.DataFrame:
    if split is None or split not in frame:
        return frame
    values = frame[split].astype(str).str.lower()
    if not (values == "train").any():
        raise DataError(f"The split column {split!r} marks no row 'train'; it holds {', '.join(sorted(set(values))[:5])}.")
    return frame[(values == "train").to_numpy()].reset_index(drop=True)


def _feature_sets(cells: Cells, wanted: str | None) -> dict[str, np.ndarray]:
    if wanted is None:
        return {"all": np.arange(len(cells.features))}
    sets = {}
    for name in (part.strip() for part in wanted.split(",")):
        if name not in FEATURE_SETS:
            raise DataError(f"--feature-set knows {', '.join(FEATURE_SETS)}, but got {name!r}.")
        columns = [i for i, feature in enumerate(cells.features) if feature.startswith(FEATURE_SETS[name])]
        if not columns:
            raise DataError(f"The feature set {name!r} is empty: no feature begins with {' or '.join(FEATURE_SETS[name])}.")
        sets[name] = np.array(columns)
    return sets


def _weights(cells: Cells, name: str | None) -> np.ndarray | None:
    if name is None:
        return None
    weights = pd.to_numeric(cells.frame[name], errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() == 0:
        raise DataError(
            f"The weight column {name!r} must hold numbers of 0 or more, but has {int((~np.isfinite(weights) | (weights < 0)).sum())} others."
        )
    return weights


def _join_duplicates(cells: Cells, labels: np.ndarray, notes: list[str]) -> np.ndarray | None:
    """Groups for splitting, in which identical cells always stay together; notes say what was found."""
    keys, same = np.unique(hash_rows(cells.values), return_inverse=True)
    groups = None if cells.group is None else np.unique(cells.group, return_inverse=True)[1]
    if len(keys) == len(same):
        return groups
    spread = (
        pd.DataFrame({"same": same, "label": labels, "group": same if groups is None else groups}).groupby("same").nunique()
    )
    copies = len(same) - len(keys)
    if (spread["label"] > 1).any():
        notes.append(f"{int((spread['label'] > 1).sum())} cells occur with different labels (identical features): check them.")
    notes.append(f"{copies} cells are copies of others (identical features); copies stay on one side of every split.")
    if groups is None:
        return same
    leader = np.arange(groups.max() + 1)

    def find(g: int) -> int:
        while leader[g] != g:
            g = leader[g]
        return g

    for key in spread.index[spread["group"] > 1]:
        members = np.unique(groups[same == key])
        for other in members[1:]:
            leader[find(other)] = find(members[0])
    return np.array([find(g) for g in groups])
