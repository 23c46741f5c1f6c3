"""Adopting a sweep: the study that is written from what was understood."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sweepwright.choosing.encoding import Axes, Kind, inferred_axes, label
from sweepwright.choosing.frame import parameter_column
from sweepwright.exchange.adopt import problem as adopted
from sweepwright.exchange.adopt.rows import Row
from sweepwright.exchange.adopt.source import AdoptError, ColumnRole
from sweepwright.exchange.adopt.understanding import Understood
from sweepwright.nouns.phase import Phase, Step
from sweepwright.nouns.plain import Plain, Settings
from sweepwright.record.events import Event, ProposalAsked, StepEnded, StudyDeclared, TableAdopted
from sweepwright.record.ledger import Ledger
from sweepwright.record.lock import Lock
from sweepwright.record.plans import Place
from sweepwright.record.storage import no_space_is_said, write_text
from sweepwright.space import Choice, Float, write_parameter
from sweepwright.study.find_problem import ADOPTED_NAME
from sweepwright.study.study import ADOPTED_CURVES, ADOPTED_OTHERS, OTHER, Study
from sweepwright.study.study_file import StudyFile, write_file

PHASE = Phase(Step.ADOPTED)


def adopt(found: Understood, folder: Path, provenance: Settings) -> tuple[Study, int]:
    """Write the sweep down as a study, or add its new rows to the study that was written before; how many were added.

    A row that changed since is refused and named; nothing is written then.
    """
    if (folder / "study.yaml").exists():
        study = Study.open(folder)
        if study.problem.name != adopted.PROBLEM.name:
            raise AdoptError(f"{folder} holds a study of its own. Adopt into another folder: --folder {folder}-2")
        _check_same(study, found)
        if found.inactive:  # an opinion on the sweep, which may change
            study.file = study.file.model_copy(update={"inactive": list(found.inactive)})
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
    for run in study.state.runs:
        from_row = run.provenance
        if from_row is None or from_row.key not in now:
            label = f" ({from_row.label})" if from_row and from_row.label else ""
            raise AdoptError(
                f"Row {from_row.row if from_row else 'of run'}{label} of {found.path.name} is no longer as it was when {study.folder} was adopted. "
                f"Nothing was changed. Adopt the table as another study: --folder {study.folder}-2"
            )


def _study_file(found: Understood, provenance: Settings) -> StudyFile:
    frame = found.configurations_frame
    axes = inferred_axes(frame, list(found.columns.parameters))
    roles = {name: str(ColumnRole.PARAMETER) for name in found.columns.parameters}
    roles |= {column: str(role) for role, column in found.columns.single.items()}
    return StudyFile(
        problem=ADOPTED_NAME,
        data={
            "table": str(found.path.resolve()),
            "hash": found.hash,
            "measures": list(found.columns.measures),
            "columns": roles,
            "scales": dict(found.scales),
        },
        space=_space(frame, axes),
        goals=[str(goal) for goal in found.columns.goals],
        inactive=list(found.inactive),
        lag=1,
        made=dict(provenance),
    )


def _space(frame: pd.DataFrame, axes: Axes) -> Plain:
    """The space that the table suggests, for the study file, where it can be read and edited."""
    found = {}
    for axis in axes.axes:
        if axis.kind is Kind.CONTINUOUS:
            found[axis.name] = write_parameter(Float(axis.low, axis.high, log=axis.log))
        else:
            values = dict.fromkeys(frame[parameter_column(axis.name)].dropna())
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
    known = {run.provenance.key for run in study.state.runs if run.provenance is not None}
    fresh = [row for row in found.rows if row.key not in known]
    numbers = {row.row: len(study.state.planned) + i for i, row in enumerate(fresh)}
    ledger = Ledger(study.folder / "ledger.jsonl")
    try:
        if not study.state.declared:
            over = StepEnded(phase=Phase(Step.STUDY))  # nothing of it is left to run
            ledger.append([_declared(study, found), over], flush_now=False)
        if fresh:  # what lies beside the ledger comes first: of a run that is not believed nothing is read
            _write_others(study, found, numbers)
            _write_curves(study, found, numbers)
            table = TableAdopted(
                table=str(found.path.resolve()),
                hash=found.hash,
                rows=len(fresh),
                notes=tuple(found.notes),
                source=found.source.kind,
            )
            ledger.append([table, *_events(study, fresh, list(numbers.values()))])
    finally:
        ledger.close()
    write_text(study.folder / "study.yaml", write_file(study.file))
    return Study.open(study.folder), len(fresh)


def _declared(study: Study, found: Understood) -> StudyDeclared:
    conditions = list(dict.fromkeys(row.condition for row in found.rows))
    paired = ColumnRole.PAIRED_BY in found.columns.single
    return StudyDeclared(
        problem=adopted.PROBLEM.name,
        seed=study.file.seed,
        data_hash=found.hash,
        facts={"table": found.path.name, "paired": paired},
        conditions=tuple(conditions),
        goals=tuple(study.file.goals or ()),
    )


def _events(study: Study, fresh: Sequence[Row], numbers: Sequence[int]) -> Iterator[Event]:
    """A proposal and an ended run per row."""
    trials = dict(study.state.by_identity)
    ended = study.state.runs
    pairs: dict[str, int] = {r.provenance.pair: r.replicate for r in ended if r.provenance and r.provenance.pair is not None}
    for row, number in zip(fresh, numbers, strict=True):
        trial = trials.setdefault(row.identity, len(trials))
        # without a pairing column every run has a replicate of its own, so that nothing is paired by chance
        pair = row.ended.provenance.pair
        replicate = number if pair is None else pairs.setdefault(pair, len(pairs))
        yield ProposalAsked(
            phase=PHASE,
            number=number,
            trial=trial,
            identity=row.identity,
            configuration=dict(row.configuration),
            runs=(Place(number, row.condition, replicate, 1, "full"),),
        )
        yield replace(row.ended, run=number)


def _write_curves(study: Study, found: Understood, numbers: Mapping[int, int]) -> None:
    """All curves of the sweep in one file beside the ledger."""
    curves = found.source.curves
    if curves is not None:
        kept = curves[curves["row"].isin(list(numbers))]
        frame = kept.assign(run=kept["row"].map(numbers).astype("int64"))[["run", "epoch", "name", "value"]]
        _add(study.folder / ADOPTED_CURVES, frame)


def _write_others(study: Study, found: Understood, numbers: Mapping[int, int]) -> None:
    """The columns that no run holds, as text: answers look at them when the table is gone."""
    columns = found.columns
    held = {*columns.parameters.values(), *columns.measures.values(), *columns.single.values()}
    others = found.source.rows.iloc[list(numbers)][[c for c in found.source.rows if c not in held]]
    texts = {f"{OTHER}{name}": others[name].map(label, na_action="ignore").astype(object) for name in others}
    frame = pd.DataFrame(texts, index=others.index)
    frame.insert(0, "run", list(numbers.values()))
    _add(study.folder / ADOPTED_OTHERS, frame)


def _add(path: Path, frame: pd.DataFrame) -> None:
    """Add rows to a table by run, which is replaced whole; runs that it has already (of a write that was killed) once."""
    if path.exists():
        there = pd.read_parquet(path)
        frame = pd.concat([there[~there["run"].isin(frame["run"])], frame], ignore_index=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    frame.to_parquet(aside, index=False)
    aside.replace(path)
