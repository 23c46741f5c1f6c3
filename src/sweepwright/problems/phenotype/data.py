"""The data of a phenotype study: a table of the user's, or the nuclei that ship with scikit-learn."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import shuffle as shuffled_once

from sweepwright.nouns.data import Data, DataError
from sweepwright.nouns.hashing import content_hash
from sweepwright.nouns.plain import Plain
from sweepwright.nouns.statement import counted
from sweepwright.problems.phenotype.features import IDS
from sweepwright.problems.phenotype.hashing import hash_rows
from sweepwright.problems.phenotype.options import TableOptions
from sweepwright.problems.phenotype.table import Cells, read_table, sort_columns

MOST_KNOWN = 12  # columns that say which cell it is
FEATURE_SETS = {"CP": ("CP__",), "DP": ("DP__",), "CP+DP": ("CP__", "DP__")}


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
    group: str | None = None  # the column that says who stays together


def load(**given: Any) -> Data:
    """Read, sort and check a table of cells. Raises DataError with one sentence for a table that cannot be used.

    The options are those of `TableOptions`, the keys of the study file's `data:` section.
    """
    options = TableOptions(**given)
    frame = read_table(Path(options.data)) if options.data else breast_cancer_nuclei()
    frame = _studied_rows(frame, options.split)
    if options.shuffle == "source":  # the published analysis shuffled once and then split in order
        frame = frame.iloc[np.asarray(shuffled_once(np.arange(len(frame)), random_state=0))].reset_index(drop=True)
    cells = sort_columns(frame, options)
    notes, warnings = list(cells.notes), list(cells.warnings)
    content = _content(cells, options, notes, warnings)
    weights, classes = content.weights, list(content.classes)
    return Data(
        hash=content_hash(cells.values, content.labels, cells.group, weights, list(cells.features), classes),
        facts=_facts(cells, content, options),
        samples=_samples(cells, content.labels),
        content=content,
        notes=tuple(notes),
        warnings=tuple(warnings if options.data else ()),  # the embedded nuclei are one per patient
    )


def _content(cells: Cells, options: TableOptions, notes: list[str], warnings: list[str]) -> Content:
    classes, labels = np.unique(cells.labels, return_inverse=True)
    sets, weights = _feature_sets(cells, options.feature_set), _weights(cells, options.weight)
    return Content(
        values=cells.values,
        names=cells.features,
        labels=labels,
        classes=tuple(map(str, classes)),
        together=_join_duplicates(cells, labels, notes, warnings),
        weights=weights,
        sets=sets,
        shuffle=options.shuffle is True,
        scale=options.scale,
        solver=options.solver,
        metadata=cells.frame,
        group=cells.group_name,
    )


def _samples(cells: Cells, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The columns by sample: an identifier, the label, and the group where there is one."""
    ids = next((cells.frame[n].astype(str).to_numpy() for n in ("Cell_UUID", "cell_id", "sample_id") if n in cells.frame), None)
    samples: dict[str, np.ndarray] = {"sample_id": np.arange(len(labels)) if ids is None else ids, "label": labels}
    return samples | _known_of(cells) | ({} if cells.group is None else {"group": cells.group})


def _known_of(cells: Cells) -> dict[str, np.ndarray]:
    """What the table says of each cell beside its features, by column: by that a reader finds it again, its image and its file."""
    own = [
        name
        for name in cells.frame
        if name in IDS or str(name).startswith(("Metadata_", "Image_")) or pd.api.types.is_string_dtype(cells.frame[name])
    ]
    taken = {"sample_id", "label", "group"}
    said = {str(name): cells.frame[name].astype(str).to_numpy(dtype=object) for name in own[:MOST_KNOWN] if name not in taken}
    return {name: column for name, column in said.items() if not np.array_equal(column, cells.labels)}


def _facts(cells: Cells, content: Content, options: TableOptions) -> Plain:
    groups = [] if cells.group is None else sorted(set(cells.group))
    return {
        "cells": len(content.labels),
        "features": len(cells.features),
        "classes": list(content.classes),
        "class_counts": np.bincount(content.labels).tolist(),
        "group": cells.group_name,
        "groups": len(groups),
        "folds": options.folds,
        "class_weight": options.class_weight,
        "feature_sets": list(content.sets),
        "left_out": groups if options.leave_one_group_out else [],
        "solver": options.solver,
        "embedded": options.data is None,
    }


def breast_cancer_nuclei() -> pd.DataFrame:
    """569 aspirates x 30 nuclear features of the Wisconsin data (UCI), as scikit-learn ships them; classes benign, malignant."""
    from sklearn.datasets import load_breast_cancer

    bunch: Any = load_breast_cancer()
    frame = pd.DataFrame(bunch.data, columns=[str(name).replace(" ", "_") for name in bunch.feature_names])
    frame["label"] = np.asarray(bunch.target_names)[bunch.target]
    return frame


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


def _join_duplicates(cells: Cells, labels: np.ndarray, notes: list[str], warnings: list[str]) -> np.ndarray | None:
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
        count = int((spread["label"] > 1).sum())
        warnings.append(
            f"{counted(count, 'cell occurs', 'cells occur')} with different labels (identical features): check them."
        )
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
