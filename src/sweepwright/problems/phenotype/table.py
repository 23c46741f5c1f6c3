"""One table of cells: which columns are features, label, group and metadata, and what is wrong with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from sweepwright.problem import DataError

LABEL_NAMES = ("label", "class", "target")
GROUP_NAMES = ("Metadata_Plate", "Metadata_Movie", "Metadata_Well", "Metadata_ImageNumber")
EMBEDDED = re.compile(r"^(CP__|DP__|efficientnet_)")
COMPARTMENTS = re.compile(r"^(Cells|Cytoplasm|Nuclei)_")
NEVER = re.compile(
    r"^(Metadata_|Image_|cqc\.|Unnamed: ?\d|index$|__index_level)|^Cell_UUID$|_Object_Number$|(^|_)Location_|BoundingBox|_Parent_",
    re.I,
)
IDS = ("Cell_UUID", "Metadata_Cell_UUID", "cell_id", "sample_id")


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A table sorted into its parts; `values` is float64 (cells, features)."""

    values: np.ndarray
    features: tuple[str, ...]
    labels: np.ndarray  # text
    group: np.ndarray | None
    group_name: str | None
    frame: pd.DataFrame  # everything else
    notes: tuple[str, ...]


def read_table(path: Path) -> pd.DataFrame:
    """The table in a CSV, TSV, Parquet (file or folder) or AnnData file; a DataError says why it cannot be read."""
    if not path.exists():
        near = get_close_matches(path.name, [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else [], 1)
        raise DataError(
            f"There is no file {path}{f'; did you mean {near[0]}?' if near else '.'} Give a CSV, TSV, Parquet or .h5ad table with --data."
        )
    kind = "".join(path.suffixes[-2:]).lower()
    try:
        if kind.endswith(".h5ad"):
            frame = _read_anndata(path)
        elif kind.endswith(".parquet") or path.is_dir():
            frame = pd.read_parquet(path)
        elif kind.endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")):
            separator = "\t" if ".tsv" in kind or kind.endswith(".txt") else ","
            header = pd.read_csv(path, sep=separator, nrows=1, header=None)  # pandas renames duplicates when it reads a header
            _refuse_duplicates(header.iloc[0].astype(str).tolist(), path)
            frame = pd.read_csv(path, sep=separator, low_memory=False)
        else:
            raise DataError(f"{path.name} is no table that can be read. Give CSV, TSV (also .gz), Parquet or AnnData (.h5ad).")
    except pd.errors.EmptyDataError:
        raise DataError(f"{path} is empty. It should hold one row per cell and a header line.") from None
    except DataError:
        raise
    except (ValueError, OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} cannot be read as {kind or 'a table'}: {str(error).splitlines()[0]}. Check that the file is whole."
        ) from None
    if frame.empty:
        raise DataError(f"{path} has {len(frame)} rows and {frame.shape[1]} columns. It should hold one row per cell.")
    return frame.reset_index() if frame.index.name else frame


def _read_anndata(path: Path) -> pd.DataFrame:
    try:
        import anndata
    except ImportError:
        raise DataError("Reading .h5ad needs the package anndata. Run: pip install 'sweepwright[anndata]'") from None
    cells = anndata.read_h5ad(path)
    matrix = cells.X if isinstance(cells.X, np.ndarray) else cells.X.toarray()  # type: ignore[union-attr]
    features = pd.DataFrame(matrix, columns=list(cells.var_names)).reset_index(drop=True)
    obs = cells.obs
    assert isinstance(obs, pd.DataFrame)
    return pd.concat([features, obs.reset_index(drop=True)], axis=1)


def _refuse_duplicates(names: Sequence[str], path: Path | None = None) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(f"The column {name!r} occurs twice{f' in {path}' if path else ''}. Rename or remove one of them.")
        seen.add(name)


def sort_columns(
    frame: pd.DataFrame,
    *,
    label: str | None = None,
    group: str | None = None,
    features: str | None = None,
    folds: int = 10,
    impute: str | None = None,
    drop_unlabelled: bool = False,
    min_class: int = 1,
    split: str | None = None,
    weight: str | None = None,
) -> Cells:
    """Find label, group and features by name, drop what leaks or is empty, and refuse what cannot be used."""
    frame.columns = [str(name) for name in frame.columns]
    _refuse_duplicates(list(frame.columns))
    notes: list[str] = []
    label_name = _find_label(frame, label)
    frame = _labelled(frame, label_name, drop_unlabelled, notes)
    frame = _large_classes(frame, label_name, min_class, notes)
    group_name = _find_group(frame, group, folds, notes)
    for name in (split, weight):
        if name is not None:
            _column(frame, name, "column")
    spoken_for = {label_name, group_name, split, weight} - {None}
    names = _find_features(frame, features, {str(name) for name in spoken_for}, notes)
    values = _matrix(frame, names, impute)
    names, values = _drop_leaks(names, values, frame[group_name] if group_name else None, notes)
    _check_ids(frame, group_name)
    labels = frame[label_name].astype(str).to_numpy()
    _check_labels(labels, label_name, folds, min_class)
    groups = frame[group_name].astype(str).to_numpy() if group_name else None
    notes += _thin_classes(labels, groups, group_name, folds)
    return Cells(
        values, tuple(names), labels, groups, group_name, frame.drop(columns=names).reset_index(drop=True), tuple(notes)
    )


def _column(frame: pd.DataFrame, name: str, what: str) -> str:
    if name not in frame:
        near = get_close_matches(name, list(frame.columns), 3)
        shown = f"did you mean {' or '.join(map(repr, near))}?" if near else f"it has {', '.join(list(frame.columns)[:8])}, ..."
        raise DataError(f"The table has no {what} {name!r}; {shown}")
    return name


def _names(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame.columns]


def _find_label(frame: pd.DataFrame, label: str | None) -> str:
    if label is not None:
        return _column(frame, label, "label column")
    found = [name for name in _names(frame) if name.endswith("Phenotypic_Class")]
    found = found or [name for name in _names(frame) if name.lower() in LABEL_NAMES]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(f"Several columns could be the label: {', '.join(found)}. Say which with --label.")
    texts = [name for name in _names(frame) if not pd.api.types.is_numeric_dtype(frame[name])][:5]
    raise DataError(f"No label column was found. Name it with --label; columns with text are {', '.join(texts) or 'none'}.")


def _labelled(frame: pd.DataFrame, label: str, drop: bool, notes: list[str]) -> pd.DataFrame:
    missing = frame[label].isna() | (frame[label].astype(str).str.strip() == "")
    if not missing.any():
        return frame
    if not drop:
        raise DataError(
            f"{int(missing.sum())} rows have no label in {label!r} (first: row {int(np.argmax(missing)) + 1}). Label them, or add --drop-unlabelled."
        )
    notes.append(f"{int(missing.sum())} rows without a label were dropped.")
    return frame[~missing].reset_index(drop=True)


def _large_classes(frame: pd.DataFrame, label: str, least: int, notes: list[str]) -> pd.DataFrame:
    counts = frame[label].astype(str).value_counts()
    small = [str(name) for name in counts.index[counts < least]]
    if not small:
        return frame
    notes.append(f"Classes with fewer than {least} members were dropped: {', '.join(small)}.")
    return frame[~frame[label].astype(str).isin(small)].reset_index(drop=True)


def _find_group(frame: pd.DataFrame, group: str | None, folds: int, notes: list[str]) -> str | None:
    if group is not None and group.lower() == "none":
        notes.append("No group was used (--group none): cells of one plate or image may stand on both sides of a split.")
        return None
    if group is not None:
        _column(frame, group, "group column")
        if frame[group].isna().any():
            raise DataError(
                f"{int(frame[group].isna().sum())} rows have no group in {group!r}. Fill them in, or use --group none."
            )
        if frame[group].nunique() < max(2, folds):
            raise DataError(
                f"{group!r} has {frame[group].nunique()} groups, but {folds} folds need at least {max(2, folds)}. Use fewer folds (--folds), another column, or --group none."
            )
        return group
    for name in GROUP_NAMES:
        if name in frame and frame[name].notna().all() and frame[name].nunique() >= folds:
            notes.append(
                f"Grouped by {name} ({frame[name].nunique()} groups): all cells of a group stay on one side of every split."
            )
            return name
    notes.append(
        "No group column was found: splits are by cell. If cells share plates or images, name the column with --group."
    )
    return None


def _find_features(frame: pd.DataFrame, wanted: str | None, spoken_for: set[str], notes: list[str]) -> list[str]:
    if wanted is not None:
        return _wanted_features(frame, wanted, spoken_for)
    candidates = [name for name in _names(frame) if name not in spoken_for and not NEVER.search(name)]
    dropped = [
        n
        for n in _names(frame)
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
            matching = [n for n in _names(frame) if re.search(part[3:], n)]
        else:
            matching = [part] if part in frame else [n for n in _names(frame) if n.startswith(part)]
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


def _matrix(frame: pd.DataFrame, names: Sequence[str], impute: str | None) -> np.ndarray:
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


def _drop_leaks(
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


def _check_ids(frame: pd.DataFrame, group: str | None) -> None:
    for name in IDS:
        if name in frame and group is not None:
            groups = frame.groupby(name)[group].nunique()
            if (groups > 1).any():
                cell = groups.index[groups > 1][0]
                places = frame[group][frame[name] == cell].astype(str).unique()[:3]
                raise DataError(
                    f"The cell {cell!r} ({name}) stands in {int(groups[cell])} groups of {group!r}: {', '.join(places)}. One cell belongs to one group."
                )


def _check_labels(labels: np.ndarray, name: str, folds: int, least: int) -> None:
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise DataError(f"The label {name!r} has one class only ({classes[0]!r}). A classifier needs at least two.")
    if len(classes) > len(labels) / 2:
        raise DataError(
            f"The label {name!r} has {len(classes)} classes for {len(labels)} cells. Is it an identifier? Name the label column with --label."
        )
    small = counts < folds
    if small.any():
        k = int(np.argmin(counts))
        raise DataError(
            f"The class {str(classes[k])!r} has {counts[k]} members, but {folds} folds need at least {folds}. "
            f"Drop small classes with --min-class {folds}, or use fewer folds with --folds {max(2, int(counts[k]))}."
        )


def _thin_classes(labels: np.ndarray, groups: np.ndarray | None, name: str | None, folds: int) -> list[str]:
    if groups is None:
        return []
    notes = []
    for label in np.unique(labels):
        count = len(np.unique(groups[labels == label]))
        if count < folds:
            notes.append(
                f"The class {str(label)!r} lives in {count} groups of {name}, fewer than the {folds} folds: some folds test none of it."
            )
    return notes
