"""The features of a table of cells: which columns they are, their values, and which of them tell the group."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from sweepwright.nouns.data import DataError

EMBEDDED = re.compile(r"^(CP__|DP__|efficientnet_)")
COMPARTMENTS = re.compile(r"^(Cells|Cytoplasm|Nuclei)_")
NEVER = re.compile(
    r"^(Metadata_|Image_|cqc\.|Unnamed: ?\d|index$|__index_level)|^Cell_UUID$|_Object_Number$|(^|_)Location_|BoundingBox|_Parent_",
    re.I,
)
IDS = ("Cell_UUID", "Metadata_Cell_UUID", "cell_id", "sample_id")


def column_names(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame.columns]


def find_features(frame: pd.DataFrame, wanted: str | None, spoken_for: set[str], notes: list[str]) -> list[str]:
    if wanted is not None:
        return _wanted_features(frame, wanted, spoken_for)
    candidates = [name for name in column_names(frame) if name not in spoken_for and not NEVER.search(name)]
    dropped = [
        n
        for n in column_names(frame)
        if n not in spoken_for and NEVER.search(n) and not n.startswith("Metadata_") and pd.api.types.is_numeric_dtype(frame[n])
    ]
    if dropped:
        notes.append(
            f"Never features, because they tell position or plate: {', '.join(dropped[:6])}{', ...' if len(dropped) > 6 else ''}."
        )
    embedded = [name for name in candidates if EMBEDDED.match(name)]
    compartments = [name for name in candidates if COMPARTMENTS.match(name)]
    if embedded and compartments:
        raise DataError(
            f"Two families of features were found: {embedded[0]}, ... ({len(embedded)}) and {compartments[0]}, ... ({len(compartments)}). Say which with --features, for example --features CP__,DP__."
        )
    if embedded or compartments:
        return embedded or compartments
    numeric = [
        name
        for name in candidates
        if pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
    ]
    text = [name for name in candidates if name not in numeric and name not in IDS]
    for name in text:  # a numeric column spoiled by a few words is a mistake; a column of words is metadata
        as_number = pd.to_numeric(frame[name], errors="coerce")
        if as_number.notna().mean() > 0.5:
            raise _text_in_feature(name, frame[name])
    if not numeric:
        raise DataError("The table has no numeric column to use as a feature. Name them with --features.")
    return numeric


def _wanted_features(frame: pd.DataFrame, wanted: str, spoken_for: set[str]) -> list[str]:
    found: list[str] = []
    for part in (p.strip() for p in wanted.split(",")):
        if part.startswith("re:"):
            matching = [n for n in column_names(frame) if re.search(part[3:], n)]
        else:
            matching = [part] if part in frame else [n for n in column_names(frame) if n.startswith(part)]
        matching = [n for n in matching if n not in spoken_for]
        if not matching:
            raise DataError(f"--features {part!r} matches no column. The table has {', '.join(list(frame.columns)[:8])}, ...")
        found += [n for n in matching if n not in found]
    return found


def _text_in_feature(name: str, column: pd.Series) -> DataError:
    bad = pd.to_numeric(column, errors="coerce").isna() & column.notna()
    row = int(np.argmax(bad.to_numpy()))
    return DataError(
        f"The feature {name!r} holds text in {int(bad.sum())} rows (first: row {row + 1}, {column.iloc[row]!r}). Correct it, or leave the column out with --features."
    )


def matrix_of(frame: pd.DataFrame, names: Sequence[str], impute: str | None) -> np.ndarray:
    if impute not in (None, "median"):
        raise DataError(f"--impute knows 'median', but got {impute!r}.")
    columns = []
    for name in names:
        column = frame[name]
        if not pd.api.types.is_numeric_dtype(column):
            if pd.to_numeric(column, errors="coerce").isna().sum() > column.isna().sum():
                raise _text_in_feature(name, column)
            column = pd.to_numeric(column)
        columns.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
    values = np.column_stack(columns)
    infinite = np.isinf(values)
    if infinite.any():
        raise _bad_values(infinite, names, "infinite values", "Remove or correct them.")
    missing = np.isnan(values)
    if missing.any() and impute is None:
        raise _bad_values(
            missing, names, "missing values (NaN)", "Correct them, or add --impute median (fitted inside the folds)."
        )
    whole = missing.all(axis=0)
    if whole.any():
        raise DataError(f"The feature {names[int(np.argmax(whole))]!r} has no value at all. Leave it out with --features.")
    return values


def _bad_values(bad: np.ndarray, names: Sequence[str], what: str, advice: str) -> DataError:
    column = int(np.argmax(bad.any(axis=0)))
    others = int(bad.any(axis=0).sum()) - 1
    more = f", and {others} more features too" if others else ""
    return DataError(
        f"The feature {names[column]!r} has {int(bad[:, column].sum())} {what} (first: row {int(np.argmax(bad[:, column])) + 1}){more}. {advice}"
    )


def without_leaks(
    names: list[str], values: np.ndarray, group: pd.Series | None, notes: list[str]
) -> tuple[list[str], np.ndarray]:
    """Leave out features that do not vary, and those that are constant in every group (they name the group)."""
    spread = np.nanstd(values, axis=0)
    level = np.nanmax(np.abs(values), axis=0)
    constant = spread <= 1e-6 * level  # float32 tables: constant up to rounding
    keep = ~constant
    if constant.any():
        dropped = [name for name, c in zip(names, constant, strict=True) if c]
        notes.append(f"Constant features were dropped: {', '.join(dropped[:6])}{', ...' if len(dropped) > 6 else ''}.")
    if group is not None and group.nunique() < len(group):
        within = np.zeros(values.shape[1])
        for _, rows in pd.Series(np.arange(len(group))).groupby(group.to_numpy()):
            part = values[rows.to_numpy()]
            within = np.maximum(within, np.nan_to_num(np.nanmax(part, axis=0) - np.nanmin(part, axis=0)))
        leaks = (within <= 1e-6 * level) & keep
        if leaks.any():
            dropped = [name for name, c in zip(names, leaks, strict=True) if c]
            notes.append(
                f"Features that are constant in every group were dropped, because they name the group: {', '.join(dropped[:6])}."
            )
        keep &= ~leaks
    if not keep.any():
        raise DataError("No feature varies. Check the table, or name other columns with --features.")
    return [name for name, k in zip(names, keep, strict=True) if k], values[:, keep]
