"""Rows of a sweep as runs: configuration, condition, ending, values."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sweepwright.exchange.adopt.curves import of_run
from sweepwright.exchange.adopt.roles import Columns, as_number
from sweepwright.exchange.adopt.source import AdoptError, ColumnRole, Source
from sweepwright.measures.health import Health, health
from sweepwright.nouns.ending import Ending
from sweepwright.nouns.run import Provenance
from sweepwright.record.events import RunAdopted
from sweepwright.space import Configuration, identity_of

ENDINGS = {
    Ending.COMPLETED: ("complete", "completed", "finished", "done", "success", "succeeded", "ok"),
    Ending.STOPPED: ("pruned", "killed", "stopped", "early_stopped", "terminated"),
    Ending.RAISED: ("fail", "failed", "crashed", "error", "raised"),
    Ending.DIVERGED: ("diverged",),
    Ending.OUT_OF_MEMORY: ("out_of_memory",),
    Ending.LOST: ("lost",),
}
ENDING_OF = {word: ending for ending, words in ENDINGS.items() for word in words}
UNNUMBERED = -1
OPEN = ("running", "waiting", "scheduled", "pending", "queued", "preempted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run as it will be written down."""

    row: int
    identity: str
    configuration: Configuration
    condition: str
    ended: RunAdopted  # without its number

    @property
    def key(self) -> str:
        """What tells the row from all others."""
        return self.ended.provenance.key


def rows_of(source: Source, columns: Columns) -> tuple[list[Row], list[str]]:
    """Every row that is a run that ended, and sentences about what was left out."""
    frame, notes = source.rows, []
    parameters = {name: _values(frame[column]) for name, column in columns.parameters.items()}
    measures = {name: pd.to_numeric(frame[column].map(as_number), errors="coerce") for name, column in columns.measures.items()}
    single = {role: frame[column] for role, column in columns.single.items()}
    endings, left_out = _endings(single.get(ColumnRole.STATE), len(frame))
    if left_out:
        notes.append(f"{left_out} rows are runs that have not ended; they were left out")
    verdicts = _verdicts(source, columns)
    found = []
    for i in range(len(frame)):
        ending = endings[i]
        if ending is None:
            continue
        configuration = {name: values[i] for name, values in parameters.items() if values[i] is not None}
        if not configuration:
            raise AdoptError(f"Row {i + source.first_line} has no value for any hyperparameter. Remove it, or fill it in.")
        measured, reasons = _measured(measures, i)
        condition = _text(single.get(ColumnRole.CONDITION), i) or "all"
        seconds = _seconds(single.get(ColumnRole.SECONDS), i)
        pair, seed = _text(single.get(ColumnRole.PAIRED_BY), i), _seed(single.get(ColumnRole.SEED), i, source.first_line)
        content = [configuration, condition, pair, seed, ending.name, measured]
        provenance = Provenance(
            row=i + source.first_line,
            key=hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16],
            label=_label(frame, columns, i),
            pair=pair,
            started=_text(single.get(ColumnRole.STARTED), i) or "",
            seed=seed,
        )
        judged = verdicts.get(i)
        found.append(
            Row(
                row=i,
                identity=identity_of(configuration),
                configuration=configuration,
                condition=condition,
                ended=RunAdopted(
                    run=UNNUMBERED,
                    ending=ending,
                    cause="" if ending.succeeded else f"the table says {_text(single.get(ColumnRole.STATE), i)}",
                    measured=measured,
                    reasons=reasons,
                    verdict=judged.verdict if judged else None,
                    health=judged.sentence if judged else "",
                    seconds=seconds,
                    provenance=provenance,
                ),
            )
        )
    if not found:
        raise AdoptError("No row of the sweep is a run that has ended.")
    return found, notes


def _values(column: pd.Series) -> list[Any]:
    """A hyperparameter's values as plain Python: whole numbers as int, missing as None."""
    whole = pd.api.types.is_float_dtype(column) and column.dropna().map(lambda v: math.isfinite(v) and v == int(v)).all()
    found: list[Any] = []
    for value in column:
        if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
            found.append(None)
        elif isinstance(value, bool | np.bool_):
            found.append(bool(value))
        elif isinstance(value, int | np.integer):
            found.append(int(value))
        elif isinstance(value, float | np.floating):
            found.append(int(value) if whole else float(value) if math.isfinite(value) else str(value))
        else:
            found.append(str(value))
    return found


def _endings(states: pd.Series | None, count: int) -> tuple[list[Ending | None], int]:
    if states is None:
        return [Ending.COMPLETED] * count, 0
    found: list[Ending | None] = []
    for state in states:
        word = "" if state is None or state != state else str(state).strip().lower().removeprefix("trialstate.")
        if word in OPEN:
            found.append(None)
        elif word in ENDING_OF or not word:
            found.append(ENDING_OF.get(word, Ending.COMPLETED))
        else:
            raise AdoptError(
                f"The column {states.name!r} holds {word!r}, which says nothing about how a run ended. Known are "
                f"{', '.join(sorted(ENDING_OF))}."
            )
    return found, sum(ending is None for ending in found)


def _measured(measures: Mapping[str, pd.Series], i: int) -> tuple[dict[str, float | None], dict[str, str]]:
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    for name, column in measures.items():
        value = float(column.iloc[i])
        values[name] = value if math.isfinite(value) else None
        if not math.isfinite(value):
            reasons[name] = "the table has no value" if math.isnan(value) else f"the value is {value}"
    return values, reasons


def _text(column: pd.Series | None, i: int) -> str | None:
    if column is None:
        return None
    value = column.iloc[i]
    if value is None or value is pd.NaT or value != value:
        return None
    return f"{int(value)}" if isinstance(value, float | np.floating) and value == int(value) else str(value)


def _seconds(column: pd.Series | None, i: int) -> float:
    if column is None:
        return 0.0
    value = column.iloc[i]
    if isinstance(value, str):
        delta = pd.to_timedelta(value, errors="coerce")
        value = delta.total_seconds() if delta is not pd.NaT else math.nan
    elif isinstance(value, pd.Timedelta):
        value = value.total_seconds()
    return round(float(value), 3) if value is not None and value == value else 0.0


def _seed(column: pd.Series | None, i: int, first_line: int) -> int | None:
    if column is None or column.iloc[i] is None or column.iloc[i] != column.iloc[i]:
        return None
    try:
        return int(column.iloc[i])
    except (TypeError, ValueError):
        raise AdoptError(f"The seed in row {i + first_line} is {column.iloc[i]!r}, no whole number.") from None


def _label(frame: pd.DataFrame, columns: Columns, i: int) -> str:
    """The first label column that tells runs apart, else the first."""
    for column in columns.labels:
        if frame[column].is_unique:
            return str(frame[column].iloc[i])
    return ""


def _verdicts(source: Source, columns: Columns) -> dict[int, Health]:
    """Health of the runs that have curves."""
    if source.curves is None:
        return {}
    goals = {goal.name: str(goal.direction) for goal in columns.goals}
    return {int(str(row)): health(of_run(part, goals)) for row, part in source.curves.groupby("row", sort=False)}
