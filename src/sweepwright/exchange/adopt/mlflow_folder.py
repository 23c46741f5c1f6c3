"""Sweeps in an MLflow file store: experiments, runs, parameters, metric histories and tags, as plain files."""

from pathlib import Path

import pandas as pd
import yaml

from sweepwright.exchange.adopt.source import AdoptError, ColumnRole, Source

STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
PARENT = "mlflow.parentRunId"


def is_mlflow(path: Path) -> bool:
    """Whether a folder is an MLflow file store, or one experiment of it."""
    return path.is_dir() and bool(_run_folders(path))


def _run_folders(path: Path) -> list[Path]:
    """The folders of runs below a store, an experiment, or a folder that holds ``mlruns``."""
    root = path / "mlruns" if (path / "mlruns").is_dir() else path
    metas = [*root.glob("*/meta.yaml"), *root.glob("*/*/meta.yaml")]
    return sorted(meta.parent for meta in metas if _meta(meta).get("run_id"))


def read_mlflow(path: Path) -> Source:
    """The runs of an MLflow file store: params.*, metrics.* (the last value), tags.*, and histories as curves.

    A run that only groups others (it is their parent, and has neither parameters nor metrics) is no run of the sweep; its
    tags count for its children. Runs that have not ended are left out, and said.
    """
    records = {folder.name: _record(folder) for folder in _run_folders(path)}
    parents = {record["tags"].get(PARENT) for record in records.values()}
    notes = []
    grouping = [name for name, r in records.items() if name in parents and not r["params"] and not r["metrics"]]
    if grouping:
        notes.append(
            f"{len(grouping)} parent runs group the others and were not counted as runs; their tags count for their children"
        )
    open_runs = [name for name, r in records.items() if r["state"] in ("RUNNING", "SCHEDULED")]
    if open_runs:
        notes.append(f"{len(open_runs)} runs have not ended and were left out")
    rows, curves = [], []
    for name, record in records.items():
        if name in grouping or name in open_runs:
            continue
        above = records.get(record["tags"].get(PARENT, ""), {}).get("tags", {})
        tags = {f"tags.{k}": v for k, v in {**above, **record["tags"]}.items() if not k.startswith("mlflow.")}
        for metric, points in record["metrics"].items():
            if len(points) > 1:
                curves += [(len(rows), step, metric, value) for step, value in points]
        row = {"run_id": name, "name": record["name"], "experiment": record["experiment"], "state": record["state"]}
        row |= {"started": record["started"], "seconds": record["seconds"]}
        row |= {f"params.{k}": v for k, v in record["params"].items()} | tags
        rows.append(row | {f"metrics.{k}": points[-1][1] for k, points in record["metrics"].items() if points})
    if not rows:
        raise AdoptError(f"{path} has no run that ended.")
    frame = pd.DataFrame(rows)
    columns = [str(c) for c in frame]
    for column in [c for c in columns if c.startswith(("params.", "tags."))]:
        frame[column] = _numbers(frame[column])
    if frame["experiment"].nunique() > 1:
        notes.append(f"{frame['experiment'].nunique()} experiments were taken together")
    roles = {column: _role(column) for column in columns}
    names = {c: c.split(".", 1)[1] for c in columns if c.startswith(("params.", "metrics.", "tags."))}
    long = pd.DataFrame(curves, columns=["row", "epoch", "name", "value"]) if curves else None
    return Source("MLflow folder", frame, roles, names, long, tuple(notes))


def _meta(path: Path) -> dict:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise AdoptError(f"{path} cannot be read as the description of an MLflow run.") from None
    return found if isinstance(found, dict) else {}


def _record(folder: Path) -> dict:
    meta = _meta(folder / "meta.yaml")
    start, end = meta.get("start_time"), meta.get("end_time")
    status = meta.get("status")
    return {
        "name": meta.get("run_name", ""),
        "experiment": str(meta.get("experiment_id", "")),
        "state": STATUS.get(status, str(status)) if isinstance(status, int) else str(status),
        "started": pd.Timestamp(start, unit="ms") if start else None,
        "seconds": (end - start) / 1000 if start and end else None,
        "params": {name: file.read_text(encoding="utf-8").strip() for name, file in _files(folder / "params")},
        "tags": {name: file.read_text(encoding="utf-8").strip() for name, file in _files(folder / "tags")},
        "metrics": {name: _history(file) for name, file in _files(folder / "metrics")},
    }


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Names may hold slashes, which are sub-folders."""
    return sorted((file.relative_to(folder).as_posix(), file) for file in folder.rglob("*") if file.is_file())


def _history(file: Path) -> list[tuple[int, float]]:
    """The points of a metric: lines of ``timestamp value step``, in the order of steps."""
    points = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            points.append((int(words[2]) if len(words) > 2 else number - 1, float(words[1])))
        except (ValueError, IndexError):
            raise AdoptError(f"Line {number} of {file} is no metric: {line[:60]!r}.") from None
    return sorted(points, key=lambda point: point[0])


def _numbers(column: pd.Series) -> pd.Series:
    """Text as numbers where all of it is."""
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers if (numbers.notna() == column.notna()).all() else column


def _role(column: str) -> ColumnRole:
    if column.startswith("params."):
        return ColumnRole.PARAMETER
    if column.startswith("metrics."):
        return ColumnRole.MEASURE
    return {"state": ColumnRole.STATE, "seconds": ColumnRole.SECONDS, "started": ColumnRole.STARTED}.get(
        column, ColumnRole.LABEL
    )
