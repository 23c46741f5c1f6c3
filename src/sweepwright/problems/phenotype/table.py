"""One table of cells: which columns are features, label, group and metadata, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sweepwright.errors import did_you_mean
from sweepwright.nouns.data import DataError
from sweepwright.problems.phenotype.features import IDS, column_names, find_features, matrix_of, without_leaks
from sweepwright.problems.phenotype.options import TableOptions, unit_of

LABEL_NAMES = ("label", "class", "target")
GROUP_NAMES = ("Metadata_Plate", "Metadata_Movie", "Metadata_Well", "Metadata_ImageNumber")


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A table sorted into its parts; `values` is float64 (cells, features)."""

    values: np.ndarray
    features: tuple[str, ...]
    labels: np.ndarray  # text
    group: np.ndarray | None
    group_name: str | None
    frame: pd.DataFrame  # everything else
    notes: tuple[str, ...]  # what was decided or dropped
    warnings: tuple[str, ...]  # what could change a decision


def read_table(path: Path) -> pd.DataFrame:
    """The table in a CSV, TSV, Parquet (file or folder) or AnnData file; a DataError says why it cannot be read."""
    if not path.exists():
        hint = did_you_mean(path.name, [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else [], str)
        raise DataError(
            f"There is no file {path}{f'; {hint}' if hint else '.'} Give a CSV, TSV, Parquet or .h5ad table with --data."
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


def sort_columns(frame: pd.DataFrame, options: TableOptions) -> Cells:
    """Find label, group and features by name, drop what leaks or is empty, and refuse what cannot be used."""
    frame.columns = [str(name) for name in frame.columns]
    _refuse_duplicates(list(frame.columns))
    notes: list[str] = []
    warnings: list[str] = []
    label_name = _find_label(frame, options.label)
    frame = _labelled(frame, label_name, options.drop_unlabelled, notes)
    frame = _large_classes(frame, label_name, options.min_class, notes)
    group_name = _find_group(frame, options.group, options.folds, notes, warnings)
    for name in (options.split, options.weight):
        if name is not None:
            _column(frame, name, "column")
    spoken_for = {label_name, group_name, options.split, options.weight} - {None}
    names = find_features(frame, options.features, {str(name) for name in spoken_for}, notes)
    values = matrix_of(frame, names, options.impute)
    names, values = without_leaks(names, values, frame[group_name] if group_name else None, notes)
    _check_ids(frame, group_name)
    labels = frame[label_name].astype(str).to_numpy()
    _check_labels(labels, label_name, options.folds)
    groups = frame[group_name].astype(str).to_numpy() if group_name else None
    warnings += _thin_classes(labels, groups, group_name, options.folds)
    others = frame.drop(columns=names).reset_index(drop=True)
    return Cells(values, tuple(names), labels, groups, group_name, others, tuple(notes), tuple(warnings))


def _column(frame: pd.DataFrame, name: str, what: str) -> str:
    if name not in frame:
        hint = did_you_mean(name, frame.columns, most=3) or f"it has {', '.join(list(frame.columns)[:8])}, ..."
        raise DataError(f"The table has no {what} {name!r}; {hint}")
    return name


def _find_label(frame: pd.DataFrame, label: str | None) -> str:
    if label is not None:
        return _column(frame, label, "label column")
    found = [name for name in column_names(frame) if name.endswith("Phenotypic_Class")]
    found = found or [name for name in column_names(frame) if name.lower() in LABEL_NAMES]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(f"Several columns could be the label: {', '.join(found)}. Say which with --label.")
    texts = [name for name in column_names(frame) if not pd.api.types.is_numeric_dtype(frame[name])][:5]
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


def _find_group(frame: pd.DataFrame, group: str | None, folds: int, notes: list[str], warnings: list[str]) -> str | None:
    if group is not None and group.lower() == "none":
        warnings.append(
            "No group was used (--group none): where cells of one plate or image stand on both sides of a split, more is promised than new ones give."
        )
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
    warnings.append(
        "No group column was found: splits are by cell. If cells share plates or images, name the column with --group."
    )
    return None


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


def _check_labels(labels: np.ndarray, name: str, folds: int) -> None:
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
    counts = {str(label): len(np.unique(groups[labels == label])) for label in np.unique(labels)}
    thin = [f"{label} ({count})" for label, count in counts.items() if count < folds]
    unit = unit_of({"group": name})
    return (
        [f"Classes on fewer {unit}s than the {folds} folds, so that some folds test none of their cells: {', '.join(thin)}."]
        if thin
        else []
    )
