"""The one table that the page is drawn from: a row per trial; a column per parameter, measure and cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sweepwright.answers.analysis import Analysis
from sweepwright.choosing.encoding import Kind, label
from sweepwright.choosing.frame import measure_column, measures_in, parameter_column
from sweepwright.choosing.pareto import pareto_front
from sweepwright.errors import InputError, did_you_mean
from sweepwright.nouns.plain import Plain

DIGITS = 6  # significant digits of an embedded number
DECADES = 1000.0  # values that span so much are shown on a log axis
EXACT = 22  # powers of ten up to this one are exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the trials: `id` is its field name in every figure, `name` what people read.

    `kind` is parameter, measure or cost; `levels` are the ordered labels of a parameter that is no continuum; `direction` is
    that of a goal, "lower" for a cost, else "".
    """

    id: str
    name: str
    kind: str
    direction: str = ""
    goal: bool = False
    log: bool = False
    levels: tuple[str, ...] | None = None

    @property
    def sign(self) -> int:
        """1 where higher is better, else -1."""
        return 1 if self.direction == "higher" else -1


@dataclass(eq=False)
class Trials:
    """The columns, and a frame with their values by `id` (index: trial), plus runs, ending, step, verdict, pareto and once (it ran once, and others did not)."""

    columns: tuple[Column, ...]
    frame: pd.DataFrame

    def column(self, name: str) -> Column:
        """The column of this name; an InputError names the nearest."""
        for column in self.columns:
            if column.name == name:
                return column
        known = [column.name for column in self.columns]
        hint = did_you_mean(name, known) or f"there are {', '.join(known[:12])}."
        raise InputError(f"There is no column {name!r} among the trials; {hint}")

    def of_kind(self, kind: str) -> list[Column]:
        return [column for column in self.columns if column.kind == kind]

    @cached_property
    def goals(self) -> list[Column]:
        return [column for column in self.columns if column.goal]

    def numbers(self, column: Column) -> np.ndarray:
        """A column as numbers: levels by their place, NaN where inactive or missing."""
        values = self.frame[column.id]
        if column.levels is None:
            return pd.to_numeric(values, errors="coerce").to_numpy(float)
        places = {level: float(i) for i, level in enumerate(column.levels)}
        return values.map(label, na_action="ignore").map(places).to_numpy(float)

    def as_data(self) -> Plain:
        """The table as plain data, column by column: levels by their place, null where inactive or missing."""
        columns = []
        for column in self.columns:
            about = {"id": column.id, "name": column.name, "kind": column.kind, "direction": column.direction}
            about |= {"goal": column.goal, "log": column.log, "levels": column.levels}
            columns.append(about | {"values": rounded(self.numbers(column))})
        plain = {name: self.frame[name].tolist() for name in ("runs", "ending", "step", "pareto", "once")}
        return {"trial": [int(t) for t in self.frame.index], "columns": columns, **plain}


def rounded(values: np.ndarray) -> list[float | int | None]:
    """Numbers as JSON should have them: six significant digits, whole numbers whole, null for what is not finite.

    >>> rounded(np.array([0.123456789, 3.0, np.nan]))
    [0.123457, 3, None]
    """
    with np.errstate(all="ignore"):
        places = DIGITS - 1 - np.floor(np.log10(np.abs(values)))
        up, down = 10.0 ** np.clip(places, 0, EXACT), 10.0 ** np.clip(-places, 0, EXACT)
        short = np.where(places >= 0, np.round(values * up) / up, np.round(values / down) * down)
    odd = (values == 0) | (np.abs(places) > EXACT)  # what powers of ten cannot do exactly
    short[odd] = [float(f"{value:.{DIGITS}g}") for value in values[odd].tolist()]
    known, whole = np.isfinite(values), (short == np.floor(short)) & (np.abs(short) < 1e15)
    found: list[float | int | None] = short.tolist()
    for i in np.flatnonzero(whole | ~known).tolist():
        found[i] = int(short[i]) if known[i] else None
    return found


def trials_of(analysis: Analysis) -> Trials:
    """The trials of a study with their levels by the runs of the search and its finalists (see `Analysis.level`)."""
    study = analysis.study
    runs = analysis.search
    parts: dict[str, pd.Series] = {}
    columns: list[Column] = []

    def add(name: str, kind: str, values: pd.Series, **about: Any) -> None:
        column = Column(id=f"c{len(columns)}", name=name, kind=kind, **about)
        columns.append(column)
        parts[column.id] = values

    grouped = runs.groupby("trial", sort=False)
    directions = {goal.name: str(goal.direction) for goal in study.goals}
    asked = [name for name in directions if measure_column(name) in runs]  # also one whose name looks like a part, "f1[val]"
    measures = dict.fromkeys([*asked, *measures_in(runs, parts=False)])
    for name in sorted(measures, key=lambda n: list(directions).index(n) if n in directions else len(directions)):
        values = analysis.level(name)
        if values.notna().any() or name in directions:
            wide = spans(values, DECADES)
            add(name, "measure", values, direction=directions.get(name, ""), goal=name in directions, log=wide)
    for axis in analysis.axes.axes:
        values = grouped[parameter_column(axis.name)].first() if parameter_column(axis.name) in runs else pd.Series(dtype=float)
        shown = _free_name(axis.name, columns)
        if axis.kind is Kind.CONTINUOUS:
            add(shown, "parameter", pd.to_numeric(values, errors="coerce"), log=axis.log)
        else:
            add(shown, "parameter", values.map(label, na_action="ignore"), levels=axis.levels)
    for name, values in _costs(analysis, runs).items():
        add(_free_name(name, columns), "cost", values, direction="lower", log=spans(values, DECADES))
    frame = pd.DataFrame(parts, index=grouped.size().index)
    frame["runs"] = grouped.size()
    cells = grouped["draw"].nunique() if "draw" in runs and analysis.folds > 1 else grouped.size()
    frame["once"] = (cells == 1) & (cells.max() > 1)  # where some were repeated
    frame["ending"] = grouped["ending"].agg(_worst_but_completed)
    frame["step"] = grouped["step"].first()
    frame["verdict"] = grouped["verdict"].agg(lambda v: v.mode().iloc[0])
    goals = [column for column in columns if column.goal]
    frame["pareto"] = _front(frame, goals)
    return Trials(tuple(columns), _in_order(analysis, frame, goals))


def _free_name(name: str, columns: Sequence[Column]) -> str:
    """The name, told apart where a measure has it already."""
    return name if all(column.name != name for column in columns) else f"{name} (parameter)"


def spans(values: pd.Series, times: float) -> bool:
    """Whether all values are positive and the largest is so many times the smallest: then they are shown on a log axis."""
    finite = values[np.isfinite(pd.to_numeric(values, errors="coerce"))]
    return len(finite) > 1 and float(finite.min()) > 0 and float(finite.max()) > times * float(finite.min())


def _worst_but_completed(endings: pd.Series) -> str:
    return "COMPLETED" if (endings == "COMPLETED").any() else str(endings.mode().iloc[0])


def _costs(analysis: Analysis, runs: pd.DataFrame) -> dict[str, pd.Series]:
    """What a run of each trial costs: seconds, and what the problem charges."""
    found: dict[str, pd.Series] = {}
    seconds = pd.to_numeric(runs["seconds"], errors="coerce").groupby(runs["trial"], sort=False).mean()
    if seconds.notna().any() and float(seconds.max()) > 0:
        found["seconds"] = seconds
    spent: dict[str, dict[int, list[float]]] = {}
    inside = set(runs["run"].tolist())
    for run in analysis.study.state.runs:
        if run.number in inside:
            for name, value in run.spent.items():
                spent.setdefault(name, {}).setdefault(run.trial, []).append(float(value))
    for name, by_trial in spent.items():
        if name != "seconds":
            found[name] = pd.Series({trial: float(np.mean(values)) for trial, values in by_trial.items()})
    return found


def _front(frame: pd.DataFrame, goals: Sequence[Column]) -> np.ndarray:
    """Which trials no other one beats in every goal, by their levels."""
    values = frame[[goal.id for goal in goals]].to_numpy(float)
    return pareto_front(values, np.array([goal.sign for goal in goals]))


def _in_order(analysis: Analysis, frame: pd.DataFrame, goals: Sequence[Column]) -> pd.DataFrame:
    """The chosen one first, the others by the first goal."""
    if goals:
        frame = frame.sort_values(goals[0].id, ascending=goals[0].direction == "lower", kind="stable", na_position="last")
    chosen = analysis.study.chosen
    if chosen in frame.index:
        frame = frame.reindex([chosen, *[trial for trial in frame.index if trial != chosen]])
    return frame
