"""What was understood of a sweep: its source, its columns, its rows, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from sweepwright.choosing import inferred_axes, stated_inactive
from sweepwright.choosing.frame import parameter_column
from sweepwright.exchange.adopt.curves import beside, read_long
from sweepwright.exchange.adopt.mlflow_folder import is_mlflow, read_mlflow
from sweepwright.exchange.adopt.optuna_storage import is_journal, is_sqlite, read_optuna
from sweepwright.exchange.adopt.roles import Columns, Wishes, tell_apart
from sweepwright.exchange.adopt.rows import Row, rows_of
from sweepwright.exchange.adopt.source import AdoptError, Source
from sweepwright.exchange.adopt.tables import TABLES, read_table
from sweepwright.nouns.hashing import content_hash
from sweepwright.nouns.statement import counted, listed

MOST_NAMED = 20  # columns of a kind that are named


@dataclass(frozen=True, slots=True, eq=False)
class Understood:
    """What was made of a sweep: its source, its columns, its rows, and the sentences that say so."""

    path: Path
    source: Source
    columns: Columns
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    scales: Mapping[str, str]
    inactive: tuple[str, ...] = ()

    @property
    def configurations(self) -> int:
        """How many different configurations the rows have."""
        return len({row.identity for row in self.rows})

    @property
    def configurations_frame(self) -> pd.DataFrame:
        """The hyperparameters of every row, as a frame of runs has them."""
        return pd.DataFrame([{parameter_column(k): v for k, v in row.configuration.items()} for row in self.rows])

    @property
    def hash(self) -> str:
        """The hash of the table's content."""
        return content_hash([row.key for row in self.rows])

    def lines(self) -> list[str]:
        """What was understood, in words."""
        columns = self.columns
        several = len(self.rows) - self.configurations
        conditions = sorted({row.condition for row in self.rows})
        lines = [
            f"{self.path.name}: {self.source.kind}, {counted(len(self.rows), 'run', 'runs')} of {counted(self.configurations, 'configuration', 'configurations')}"
            + (f", {len(conditions)} conditions" if len(conditions) > 1 else "")
            + ("." if several else "; none was repeated.")
        ]
        lines.append(f"Goals: {'; '.join(map(str, columns.goals))}.")
        lines.append(f"Hyperparameters: {listed(list(columns.parameters), MOST_NAMED)}.")
        others = [name for name in columns.measures if name not in {goal.name for goal in columns.goals}]
        if others:
            lines.append(f"Other measures: {listed(others, MOST_NAMED)}.")
        lines += [f"{role[:1].upper()}{role[1:]}: {column}." for role, column in columns.single.items()]
        lines += [f"Inactive, as stated: {text}." for text in self.inactive]
        if columns.constants:
            lines.append(f"Constant, left out: {listed(list(columns.constants), MOST_NAMED)}.")
        if columns.unused:
            lines.append(f"Not used: {listed(list(columns.unused), MOST_NAMED)}.")
        return lines + [f"Assumed: {note}." for note in self.notes]


def understand(
    path: Path, asked: Wishes, which: str | None = None, curves: str | None = None, scales: Sequence[str] = ()
) -> Understood:
    """Read a sweep and tell its columns apart; nothing is written. An AdoptError says what cannot be understood."""
    source = _read(path, which)
    if source.rows.shape[1] > 0:
        source = _with_curves(path, source, curves)
    columns = tell_apart(source, asked)
    rows, left_out = rows_of(source, columns)
    found = Understood(
        path, source, columns, tuple(rows), (*source.notes, *columns.notes, *left_out), _scales(scales, columns), asked.inactive
    )
    if found.inactive:
        frame = found.configurations_frame
        trials = pd.factorize(pd.Series([row.identity for row in rows]))[0]
        stated_inactive(frame.assign(trial=trials), found.inactive, inferred_axes(frame, list(columns.parameters)))
    return found


def _read(path: Path, which: str | None) -> Source:
    if not path.exists():
        raise AdoptError(f"There is no {path}. adopt reads a CSV or Parquet table, an Optuna storage or an MLflow folder.")
    if path.is_dir():
        if (path / "study.yaml").exists():
            raise AdoptError(f"{path} is a study already. Look at it with: sweepwright choose {path}")
        if is_mlflow(path):
            return read_mlflow(path)
        raise AdoptError(f"{path} is a folder without MLflow runs. adopt reads a table, an Optuna storage or an MLflow folder.")
    if path.stat().st_size == 0:
        raise AdoptError(f"{path} is empty. A sweep needs a header and one row per run.")
    if is_sqlite(path) or is_journal(path):
        return read_optuna(path, which)
    if path.name.endswith(TABLES):
        return read_table(path)
    raise AdoptError(f"{path} is of no known kind. adopt reads {', '.join(TABLES)}, Optuna storages and MLflow folders.")


def _with_curves(path: Path, source: Source, curves: str | None) -> Source:
    """The source with the curves that were named, or that lie beside it."""
    if curves == "none":
        return replace(source, curves=None)
    place = Path(curves) if curves else beside(path) if source.curves is None and path.is_file() else None
    if place is None:
        return source
    if not place.exists():
        raise AdoptError(f"There are no curves at {place}.")
    long = read_long(place, source.rows, [str(c) for c in source.rows])
    known = long["row"].nunique()
    note = f"curves of {known} of {len(source.rows)} runs come from {place.name}"
    return replace(source, curves=long, notes=(*source.notes, note))


def _scales(texts: Sequence[str], columns: Columns) -> dict[str, str]:
    """``rmse=spread``: the measure that is another one's unit."""
    found = {}
    for text in texts:
        measure, _, scale = text.partition("=")
        for name in (measure, scale):
            if name not in columns.measures:
                raise AdoptError(
                    f"--scale {text!r} names {name!r}, which is no measure of the sweep. Write --scale rmse=spread."
                )
        found[measure] = scale
    return found
