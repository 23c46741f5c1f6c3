"""Adopting a sweep: what was understood, and the study that is written from it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sweepwright.choosing.axes import Axes, Kind, inferred_axes
from sweepwright.hashing import content_hash
from sweepwright.space import Choice, Float, write_parameter
from sweepwright.study.adopt import problem as adopted
from sweepwright.study.adopt.curves import beside, read_long
from sweepwright.study.adopt.mlflow_folder import is_mlflow, read_mlflow
from sweepwright.study.adopt.optuna_storage import is_journal, is_sqlite, read_optuna
from sweepwright.study.adopt.roles import Asked, Columns, tell_apart
from sweepwright.study.adopt.rows import Row, rows_of
from sweepwright.study.adopt.source import AdoptError, Role, Source
from sweepwright.study.adopt.tables import TABLES, read_table
from sweepwright.study.ledger import Ledger
from sweepwright.study.lock import Lock
from sweepwright.study.settings import StudyFile, write_file
from sweepwright.study.storage import no_space_is_said, write_text
from sweepwright.study.study import ADOPTED_CURVES, Study

STEP = "adopted"


@dataclass(frozen=True, slots=True, eq=False)
class Understood:
    """What was made of a sweep: its source, its columns, its rows, and the sentences that say so."""

    path: Path
    source: Source
    columns: Columns
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    scales: Mapping[str, str]

    @property
    def configurations(self) -> int:
        return len({row.identity for row in self.rows})

    @property
    def hash(self) -> str:
        return content_hash([row.key for row in self.rows])

    def lines(self) -> list[str]:
        """What was understood, in words."""
        columns = self.columns
        several = len(self.rows) - self.configurations
        conditions = sorted({row.condition for row in self.rows})
        lines = [
            f"{self.path.name}: {self.source.kind}, {len(self.rows)} runs of {self.configurations} configurations"
            + (f", {len(conditions)} conditions" if len(conditions) > 1 else "")
            + ("." if several else "; none was repeated.")
        ]
        lines.append(f"Goals: {'; '.join(map(str, columns.goals))}.")
        lines.append(f"Hyperparameters: {_listed(columns.parameters)}.")
        others = [name for name in columns.measures if name not in {goal.name for goal in columns.goals}]
        if others:
            lines.append(f"Other measures: {_listed(others)}.")
        lines += [f"{role[:1].upper()}{role[1:]}: {column}." for role, column in columns.single.items()]
        if columns.constants:
            lines.append(f"Constant, left out: {_listed(columns.constants)}.")
        if columns.unused:
            lines.append(f"Not used: {_listed(columns.unused)}.")
        return lines + [f"Assumed: {note}." for note in self.notes]


def _listed(names: Sequence[str] | Mapping[str, str], most: int = 20) -> str:
    shown = list(names)
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")


def understand(
    path: Path, asked: Asked, which: str | None = None, curves: str | None = None, scales: Sequence[str] = ()
) -> Understood:
    """Read a sweep and tell its columns apart; nothing is written. An AdoptError says what cannot be understood."""
    source = _read(path, which)
    if source.rows.shape[1] > 0:
        source = _with_curves(path, source, curves)
    columns = tell_apart(source, asked)
    rows, left_out = rows_of(source, columns)
    return Understood(path, source, columns, tuple(rows), (*source.notes, *columns.notes, *left_out), _scales(scales, columns))


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


def adopt(found: Understood, folder: Path, provenance: Mapping[str, Any]) -> tuple[Study, int]:
    """Write the sweep down as a study, or add its new rows to the study that was written before; how many were added.

    A row that changed since is refused and named; nothing is written then.
    """
    if (folder / "study.yaml").exists():
        study = Study.open(folder)
        if study.problem.name != adopted.PROBLEM.name:
            raise AdoptError(f"{folder} holds a study of its own. Adopt into another folder: --folder {folder}-2")
        _check_same(study, found)
    elif folder.exists() and any(folder.iterdir()):
        raise AdoptError(f"{folder} is not empty and holds no study. Choose another with --folder.")
    else:
        study = Study(
            folder, _study_file(found, provenance), adopted.PROBLEM.settled({"measures": list(found.columns.measures)})
        )
    lock = Lock(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise AdoptError(f"The folder {folder} cannot be written: {error.strerror}. Choose another with --folder.") from None
    try:
        with no_space_is_said(folder / "study.yaml"):
            return _write(study, found)
    finally:
        lock.release()


def _check_same(study: Study, found: Understood) -> None:
    """Every row that was adopted must still be there."""
    names = {goal.name for goal in study.goals}
    if asked := {goal.name for goal in found.columns.goals} - names:
        raise AdoptError(
            f"{study.folder} was adopted with the goals {', '.join(names)}, not {sorted(asked)[0]!r}. Adopt into another folder: "
            f"--folder {study.folder}-2"
        )
    now = {row.key for row in found.rows}
    for run in study.state.ended.values():
        if run.facts.get("key") not in now:
            label = f" ({run.facts['label']})" if run.facts.get("label") else ""
            raise AdoptError(
                f"Row {run.facts.get('row')}{label} of {found.path.name} is no longer as it was when {study.folder} was adopted. "
                f"Nothing was changed. Adopt the table as another study: --folder {study.folder}-2"
            )


def _study_file(found: Understood, provenance: Mapping[str, Any]) -> StudyFile:
    frame = pd.DataFrame([{f"param.{k}": v for k, v in row.configuration.items()} for row in found.rows])
    axes = inferred_axes(frame, list(found.columns.parameters))
    roles = {name: str(Role.PARAMETER) for name in found.columns.parameters}
    roles |= {column: str(role) for role, column in found.columns.single.items()}
    return StudyFile(
        problem=adopted.ADDRESS,
        data={
            "table": str(found.path.resolve()),
            "hash": found.hash,
            "measures": list(found.columns.measures),
            "columns": roles,
            "scales": dict(found.scales),
        },
        space=_space(frame, axes),
        goals=[str(goal) + (f" worth {goal.worth:g}" if goal.worth else "") for goal in found.columns.goals],
        lag=1,
        made=dict(provenance),
    )


def _space(frame: pd.DataFrame, axes: Axes) -> dict[str, Any]:
    """The space that the table suggests, for the study file, where it can be read and edited."""
    found = {}
    for axis in axes.axes:
        if axis.kind is Kind.CONTINUOUS:
            found[axis.name] = write_parameter(Float(axis.low, axis.high, log=axis.log))
        else:
            values = dict.fromkeys(frame[f"param.{axis.name}"].dropna())
            plain = [value.item() if isinstance(value, np.generic) else value for value in values]
            numeric = axis.kind is Kind.ORDERED
            found[axis.name] = write_parameter(
                Choice(*(sorted(set(map(_number, plain))) if numeric else sorted(plain, key=str)))
            )
    return found


def _number(value: Any) -> float | int:
    number = float(value)
    return int(number) if number.is_integer() else number


def _write(study: Study, found: Understood) -> tuple[Study, int]:
    ledger = Ledger(study.folder / "ledger.jsonl")
    try:
        if not study.state.declared:
            over = {"event": "step ended", "step": "study"}  # nothing of it is left to run
            ledger.append([_declared(study, found), over], flush_now=False)
        known = {run.facts.get("key") for run in study.state.ended.values()}
        fresh = [row for row in found.rows if row.key not in known]
        about = {"event": "table adopted", "table": str(found.path.resolve()), "hash": found.hash, "rows": len(fresh)}
        numbers = range(len(study.state.planned), len(study.state.planned) + len(fresh))
        events = [about | {"notes": list(found.notes), "source": found.source.kind}, *_events(study, fresh, numbers)]
        if fresh:
            ledger.append(events)
            _write_curves(study, found, {row.row: number for row, number in zip(fresh, numbers, strict=True)})
    finally:
        ledger.close()
    write_text(study.folder / "study.yaml", write_file(study.file))
    return Study.open(study.folder), len(fresh)


def _declared(study: Study, found: Understood) -> dict[str, Any]:
    conditions = list(dict.fromkeys(row.condition for row in found.rows))
    paired = Role.PAIRED_BY in found.columns.single
    return {
        "event": "study declared",
        "problem": adopted.PROBLEM.name,
        "seed": study.file.seed,
        "data_hash": found.hash,
        "facts": {"table": found.path.name, "paired": paired},
        "conditions": conditions,
        "folds": 1,
        "goals": list(study.file.goals or ()),
        "notes": [],
    }


def _events(study: Study, fresh: Sequence[Row], numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    """A proposal and an ended run per row."""
    trials = dict(study.state.by_identity)
    pairs: dict[str, int] = {run.facts["pair"]: run.replicate for run in study.state.ended.values() if "pair" in run.facts}
    for row, number in zip(fresh, numbers, strict=True):
        trial = trials.setdefault(row.identity, len(trials))
        # without a pairing column every run has a replicate of its own, so that nothing is paired by chance
        replicate = number if row.pair is None else pairs.setdefault(row.pair, len(pairs))
        yield {
            "event": "proposal asked",
            "step": STEP,
            "number": number,
            "trial": trial,
            "identity": row.identity,
            "configuration": dict(row.configuration),
            "runs": [[number, row.condition, replicate, 1, "full"]],
        }
        facts = {**row.facts, "key": row.key, **({"pair": row.pair} if row.pair is not None else {})}
        yield {
            "event": "run ended",
            "run": number,
            "ending": row.ending,
            "cause": row.cause,
            "measured": dict(row.measured),
            "reasons": dict(row.reasons),
            "facts": facts,
            "seconds": row.seconds,
            "seed": row.seed,
        }


def _write_curves(study: Study, found: Understood, numbers: Mapping[int, int]) -> None:
    """All curves of the sweep in one file beside the ledger."""
    if found.source.curves is None:
        return
    curves = found.source.curves
    kept = curves[curves["row"].isin(list(numbers))]
    frame = kept.assign(run=kept["row"].map(numbers).astype("int64"))[["run", "epoch", "name", "value"]]
    path = study.folder / ADOPTED_CURVES
    if path.exists():
        frame = pd.concat([pd.read_parquet(path), frame], ignore_index=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    frame.to_parquet(aside, index=False)
    aside.replace(path)
