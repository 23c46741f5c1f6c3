"""Sweeps in an Optuna storage: SQLite or a journal, read from a copy, so that the original is never touched."""

import json
import logging
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
import pandas as pd
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from sweepwright.choosing.anomalies.ranges import RANGES
from sweepwright.exchange.adopt.source import AdoptError, ColumnRole, Source
from sweepwright.space.bounds import number_text

STATES = {TrialState.COMPLETE: "COMPLETE", TrialState.PRUNED: "PRUNED", TrialState.FAIL: "FAIL"}


def is_sqlite(path: Path) -> bool:
    """Whether a file is an SQLite database."""
    with path.open("rb") as file:
        return file.read(16).startswith(b"SQLite format 3")


def is_journal(path: Path) -> bool:
    """Whether a file is an Optuna journal: a line of JSON with an operation code."""
    with path.open("rb") as file:
        line = file.readline(100_000)
    try:
        found = json.loads(line)
    except ValueError:
        return False
    return isinstance(found, dict) and "op_code" in found


def read_optuna(path: Path, which: str | None = None) -> Source:
    """The trials of an Optuna storage: parameters, values, numeric user attributes, states and intermediate values.

    With several studies, `which` names one; without it they are taken together, the study's name as a column. Trials that
    are still running are left out, and said.
    """
    with _opened(path) as storage:
        summaries = {summary.study_name: summary for summary in _summaries(path, storage)}
        if which is not None and which not in summaries:
            raise AdoptError(f"{path} has no study {which!r}. It has {', '.join(summaries) or 'none'}.")
        names = [which] if which is not None else list(summaries)
        studies = [optuna.load_study(study_name=name, storage=storage) for name in names]
        studies = [study for study in studies if study.get_trials(deepcopy=False)]
        if not studies:
            raise AdoptError(f"{path} has no trial. Run the sweep first.")
        return _source(path, studies)


@contextmanager
def _opened(path: Path) -> Iterator[RDBStorage | JournalStorage]:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="sweepwright-") as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copy = Path(place) / "storage"
        shutil.copyfile(path, copy)
        if is_sqlite(path):
            _check_schema(path, copy)
            storage: RDBStorage | JournalStorage = RDBStorage(f"sqlite:///{copy}", skip_compatibility_check=True)
            try:
                yield storage
            finally:
                storage.engine.dispose()
            return
        try:
            yield JournalStorage(JournalFileBackend(str(copy)))
        except (ValueError, KeyError) as error:
            raise AdoptError(f"{path} is no Optuna journal that can be read: {error}.") from None


def _check_schema(path: Path, copy: Path) -> None:
    """An SQLite file that is no Optuna storage, or one of a newer schema, is refused in one sentence."""
    try:
        with sqlite3.connect(copy) as connection:
            tables = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
            found = (
                connection.execute("select schema_version, library_version from version_info").fetchone()
                if ("version_info" in tables)
                else None
            )
        connection.close()
    except sqlite3.DatabaseError as error:
        raise AdoptError(f"{path} is a damaged SQLite file: {error}.") from None
    if found is None or "trials" not in tables:
        raise AdoptError(f"{path} is an SQLite file but no Optuna storage (tables: {', '.join(sorted(tables)) or 'none'}).")
    known = _known_schema(copy.parent)
    if found[0] > known:
        raise AdoptError(
            f"{path} was written by Optuna {found[1]} with schema {found[0]}, newer than the {known} that Optuna "
            f"{optuna.__version__} reads. Upgrade optuna, or export a CSV with study.trials_dataframe()."
        )


def _known_schema(place: Path) -> int:
    """The schema that the installed Optuna writes, as a new storage says."""
    fresh = place / "fresh"
    storage = RDBStorage(f"sqlite:///{fresh}")
    storage.engine.dispose()
    with sqlite3.connect(fresh) as connection:
        found = connection.execute("select schema_version from version_info").fetchone()[0]
    connection.close()
    return int(found)


def _summaries(path: Path, storage) -> list:
    try:
        return optuna.get_all_study_summaries(storage, include_best_trial=False)
    except Exception as error:  # SQLAlchemy and JSON raise many kinds for a damaged storage
        raise AdoptError(f"{path} cannot be read as an Optuna storage: {str(error).splitlines()[0]}.") from None


def _source(path: Path, studies: list[optuna.Study]) -> Source:
    notes, rows, curves = [], [], []
    directions = {tuple(d.name for d in study.directions) for study in studies}
    if len(directions) > 1:
        raise AdoptError(
            f"The studies of {path} have different directions. Adopt one of them: --study {studies[0].study_name!r} "
            f"(there are {', '.join(study.study_name for study in studies)})."
        )
    [ways] = directions
    names = _value_names(studies[0], len(ways))
    running = 0
    for study in studies:
        for trial in study.get_trials(deepcopy=False):
            if trial.state not in STATES:
                running += 1
                continue
            for step, value in trial.intermediate_values.items():
                curves.append((len(rows), step, "val_loss" if ways[0] == "MINIMIZE" else "val", value))
            rows.append(_row(study.study_name, trial, names))
    if running:
        notes.append(f"{running} trials are running or waiting and were left out")
    if not rows:
        raise AdoptError(f"{path} has no trial that ended: all {running} are running or waiting.")
    if len(studies) > 1:
        notes.append(f"{len(studies)} studies were taken together: {', '.join(study.study_name for study in studies)}")
    frame = pd.DataFrame(rows)
    columns = [str(c) for c in frame]
    roles = {column: _role(column, names) for column in columns}
    if len(studies) > 1:
        roles["study"] = ColumnRole.CONDITION
        frame = frame.drop(columns=RANGES)  # each study may have its own
    short = {
        c: c.removeprefix("params_").removeprefix("user_attrs_") for c in columns if c.startswith(("params_", "user_attrs_"))
    }
    long = pd.DataFrame(curves, columns=["row", "epoch", "name", "value"]) if curves else None
    ways_by_name = {name: "higher" if way == "MAXIMIZE" else "lower" for name, way in zip(names, ways, strict=True)}
    return Source("Optuna storage", frame, roles, short, long, tuple(notes), ways_by_name)


def _value_names(study: optuna.Study, count: int) -> list[str]:
    given = study.metric_names
    return list(given) if given else ["value"] if count == 1 else [f"value_{i}" for i in range(count)]


def _role(column: str, values: list[str]) -> ColumnRole:
    if column.startswith("params_"):
        return ColumnRole.PARAMETER
    known = {"state": ColumnRole.STATE, "seconds": ColumnRole.SECONDS, "started": ColumnRole.STARTED}
    return known.get(column) or (ColumnRole.MEASURE if column in values else ColumnRole.LABEL)


def _row(study: str, trial: FrozenTrial, names: list[str]) -> dict[str, object]:
    """A trial as a row; the last report of a pruned one is no value."""
    row: dict[str, object] = {"study": study, "number": trial.number, "state": STATES[trial.state]}
    row["started"] = trial.datetime_start
    row["seconds"] = trial.duration.total_seconds() if trial.duration is not None else None
    values = trial.values if trial.state is TrialState.COMPLETE and trial.values is not None else [None] * len(names)
    row |= dict(zip(names, values, strict=True))
    row |= {f"params_{name}": "none" if value is None else value for name, value in trial.params.items()}  # chosen, not missing
    row |= {f"user_attrs_{n}": v for n, v in trial.user_attrs.items() if isinstance(v, str | int | float | bool)}
    row[RANGES] = json.dumps({name: _range(trial.distributions[name]) for name in sorted(trial.distributions)})
    return row


def _range(distribution: BaseDistribution) -> str:
    """What a parameter was drawn from, in words."""
    if isinstance(distribution, FloatDistribution | IntDistribution):
        steps = f" in steps of {number_text(distribution.step)}" if distribution.step not in (None, 1) else ""
        return (
            f"{number_text(distribution.low)} to {number_text(distribution.high)}{' (log)' if distribution.log else ''}{steps}"
        )
    return ", ".join(map(str, getattr(distribution, "choices", ()))) or str(distribution)
