"""The hyperparameters as axes of the unit cube: how effect models see configurations, and what could be drawn."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float as Floats

from sweepwright.choosing.frame import parameter_column, parameters_in
from sweepwright.space import Choice, Configuration, Fixed, Float, Int, Slot, Space, Value, open_ends_of, unit_of

MOST_LEVELS = 16  # a numeric parameter with more values than this is a continuum
WIDE_RATIO = 20  # positive values that span more than this may be meant on a log scale
Cube = Floats[np.ndarray, "points axes"]


class Kind(StrEnum):
    """How the values of a parameter lie to each other."""

    CONTINUOUS = "a continuum"
    ORDERED = "ordered levels"
    CATEGORICAL = "unordered levels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One hyperparameter: its kind, its levels (or its range), and where it is active.

    `open` says whether values may lie beyond the lower and the upper end. `parent` and `active_at` say at which levels of another axis an inferred parameter occurs at all; a declared space
    knows that itself.
    """

    name: str
    kind: Kind
    levels: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    stage: int = 1
    open: tuple[bool, bool] = (True, True)
    parent: int | None = None
    active_at: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        return len(self.levels)

    @property
    def centres(self) -> np.ndarray:
        """Where the levels lie in [0, 1]: each in the middle of an equal share."""
        return (np.arange(self.count) + 0.5) / self.count

    def units(self, column: pd.Series) -> np.ndarray:
        """A column of values in [0, 1]; NaN where the parameter is inactive or the value unknown."""
        if self.kind is Kind.CONTINUOUS:
            values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            if self.high <= self.low:
                return np.where(np.isfinite(values), 0.5, np.nan)
            with np.errstate(all="ignore"):
                share = (
                    np.log(values / self.low) / math.log(self.high / self.low)
                    if self.log
                    else (values - self.low) / (self.high - self.low)
                )
            return np.clip(share, 0.0, 1.0)
        places = {level: (i + 0.5) / self.count for i, level in enumerate(self.levels)}
        found = {value: places.get(label(value), np.nan) for value in column.dropna().unique()}
        return column.map(found).to_numpy(dtype=float, na_value=np.nan)

    def snapped(self, units: np.ndarray) -> np.ndarray:
        """The nearest values that the parameter can take."""
        if self.kind is Kind.CONTINUOUS:
            return units
        return (np.minimum(np.floor(units * self.count), self.count - 1) + 0.5) / self.count

    def shown(self, unit: float) -> str:
        """The value at a place of the axis, as people write it."""
        if self.kind is not Kind.CONTINUOUS:
            return self.levels[min(int(unit * self.count), self.count - 1)]
        value = self.low * (self.high / self.low) ** unit if self.log else self.low + unit * (self.high - self.low)
        return f"{value:.3g}"


def label(value: Any) -> str:
    """A value's name, the same whatever type a table gave it: 1, 1.0 and numpy's 1 are "1", None is "none".

    >>> label(1.0), label(np.int64(1)), label("relu"), label(None), label(True)
    ('1', '1', 'relu', 'none', 'True')
    """
    if value is None:
        return "none"
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | float | np.number):
        return f"{float(value):.12g}"
    return str(value)


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """All axes of a study. `space` is its declaration, where there is one whose parameters depend on each other."""

    axes: tuple[Axis, ...]
    space: Space | None = None
    slots: Mapping[str, Slot] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.axes)

    @property
    def names(self) -> list[str]:
        return [axis.name for axis in self.axes]

    def only(self, stage: int) -> "Axes":
        """The axes of one stage."""
        return replace(self, axes=tuple(axis for axis in self.axes if axis.stage == stage))

    @property
    def conditional(self) -> bool:
        """Whether a parameter may be inactive, or its range depends on others."""
        return self.space is not None or any(axis.parent is not None for axis in self.axes)

    def encode(self, configurations: pd.DataFrame) -> Cube:
        """Configurations (columns ``param.<name>``) as points of the cube; NaN where a parameter is inactive."""
        found = np.full((len(configurations), len(self.axes)), np.nan)
        rows: list[dict[str, Value]] | None = None
        for i, axis in enumerate(self.axes):
            slot = self.slots.get(axis.name)
            if slot is None:
                column = parameter_column(axis.name)
                if column in configurations:
                    found[:, i] = axis.units(configurations[column])
                continue
            if rows is None:
                rows = [self._configuration(row) for row in configurations.to_dict("records")]
            found[:, i] = [unit_of(slot, row) if axis.name in row else np.nan for row in rows]
        return found

    def _configuration(self, row: Mapping[Any, Any]) -> dict[str, Value]:
        """A row of a frame as a configuration again."""
        assert self.space is not None
        values: dict[str, Value] = {}
        for slot in self.space.slots:
            value = row.get(parameter_column(slot.name))
            if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
                continue
            if isinstance(slot.parameter, Choice):
                value = next((known for known in slot.parameter.values if label(known) == label(value)), value)
            values[slot.name] = value.item() if isinstance(value, np.generic) else value
        return values

    def points(self, units: Cube) -> tuple[Cube, np.ndarray]:
        """What draws of the unit cube become: values that exist, NaN where inactive; and which draws are allowed at all."""
        if self.space is not None:
            return self._declared_points(units)
        found = np.column_stack([axis.snapped(units[:, i]) for i, axis in enumerate(self.axes)])
        for i, axis in enumerate(self.axes):
            if axis.parent is not None:
                parent = self.axes[axis.parent]
                level = np.floor(found[:, axis.parent] * parent.count)
                found[~np.isin(level, sorted(axis.active_at)), i] = np.nan
        return found, np.ones(len(found), dtype=bool)

    def _declared_points(self, units: Cube) -> tuple[Cube, np.ndarray]:
        assert self.space is not None
        places = {axis.name: i for i, axis in enumerate(self.axes)}
        rows, allowed = [], np.ones(len(units), dtype=bool)
        for number, point in enumerate(units):
            values: dict[str, Value] = {}
            for slot in self.space.slots:
                if slot.active(values):
                    unit = min(float(point[places[slot.name]]), 1 - 1e-12) if slot.name in places else 0.5
                    values[slot.name] = slot.parameter.from_unit(unit, values, slot.index)
            allowed[number] = self.space.broken(values) is None
            rows.append({parameter_column(name): "none" if value is None else value for name, value in values.items()})
        frame = pd.DataFrame(rows, columns=[parameter_column(axis.name) for axis in self.axes], dtype=object)
        return self.encode(frame), allowed


def axes_of(space: Space) -> Axes:
    """The axes of a declared space; parameters with one value are left out.

    >>> from sweepwright.space import Choice, Float, Int
    >>> axes = axes_of(Space(lr=Float(1e-4, 1e-1, log=True), act=Choice("relu", "tanh"), layers=Int(1, 4)))
    >>> [(axis.name, axis.kind.name) for axis in axes.axes]
    [('lr', 'CONTINUOUS'), ('act', 'CATEGORICAL'), ('layers', 'ORDERED')]
    """
    axes, slots = [], {}
    bound = bool(space.constraints)
    for slot in space.slots:
        axis, depends = _axis_of(slot)
        if axis is None:
            continue
        axes.append(axis)
        bound |= bool(slot.reads)
        if depends:
            slots[axis.name] = slot
    return Axes(tuple(axes), space if bound else None, slots)


def _axis_of(slot: Slot) -> tuple[Axis | None, bool]:
    """A slot's axis (None for a constant), and whether its range depends on other parameters."""
    parameter, stage = slot.parameter, slot.parameter.stage
    if isinstance(parameter, Fixed):
        return None, False
    if isinstance(parameter, Float | Int):
        if isinstance(parameter.low, str) or isinstance(parameter.high, str):
            return Axis(name=slot.name, kind=Kind.CONTINUOUS, stage=stage, open=parameter.open), True
        low, high = float(parameter.low), float(parameter.high)
        if low == high:
            return None, False
        if isinstance(parameter, Int) and (count := int(parameter.count({}, slot.index))) <= MOST_LEVELS and not parameter.log:
            levels = tuple(label(low + i * parameter.step) for i in range(count))
            return Axis(name=slot.name, kind=Kind.ORDERED, levels=levels, stage=stage, open=parameter.open), False
        axis = Axis(
            name=slot.name, kind=Kind.CONTINUOUS, low=low, high=high, log=parameter.log, stage=stage, open=parameter.open
        )
        return axis, False
    if parameter.reads - _activity(slot):
        return Axis(name=slot.name, kind=Kind.CONTINUOUS, stage=stage), True
    values = list(parameter.options({}, slot.index))
    if len(values) < 2:
        return None, False
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    ordered = sorted(values, key=float) if numeric else values  # type: ignore[arg-type]
    kind = Kind.ORDERED if numeric else Kind.CATEGORICAL
    ends = open_ends_of([float(label(value)) for value in ordered]) if numeric else (True, True)
    return Axis(name=slot.name, kind=kind, levels=tuple(map(label, ordered)), stage=stage, open=ends), False


def _activity(slot: Slot) -> frozenset[str]:
    """What only decides whether the parameter is active, not which values it has."""
    parts = getattr(slot.parameter, "parts", None)
    return slot.parameter.reads - ({parts} if isinstance(parts, str) else set())


def inferred_axes(runs: pd.DataFrame, parameters: Sequence[str] | None = None) -> Axes:
    """The axes that a table of runs suggests: its ``param.`` columns that vary, with the values that occur.

    Numbers with up to 16 values are ordered levels, with more a continuum over what occurs (on a log scale where they lie more
    evenly there); everything else is categorical. A parameter that is missing exactly at some levels
    of a categorical one is inactive there.
    """
    names = parameters or parameters_in(runs)
    axes = [axis for name in names if (axis := _inferred(name, runs[parameter_column(name)])) is not None]
    by_name = {axis.name: i for i, axis in enumerate(axes)}
    found = []
    for axis in axes:
        missing = runs[parameter_column(axis.name)].isna()
        parents = [] if not missing.any() else [a for a in axes if a.kind is Kind.CATEGORICAL and a.name != axis.name]
        for parent in parents:
            column = runs[parameter_column(parent.name)].map(label, na_action="ignore")
            share = missing.groupby(column).mean()
            if column.notna().all() and share.isin([0.0, 1.0]).all() and share.nunique() == 2:
                active = frozenset(i for i, level in enumerate(parent.levels) if share.get(level, 1.0) == 0.0)
                axis = replace(axis, parent=by_name[parent.name], active_at=active)
                break
        found.append(axis)
    return Axes(tuple(found))


def _inferred(name: str, column: pd.Series) -> Axis | None:
    values = column.dropna()
    unique = values.unique()
    if len(unique) < 2:
        return None
    numbers = pd.to_numeric(pd.Series(unique), errors="coerce")
    textual = numbers.isna().any() or all(isinstance(value, bool | np.bool_) for value in unique)
    if textual:
        return Axis(name=name, kind=Kind.CATEGORICAL, levels=tuple(sorted(map(label, unique))))
    ordered = np.sort(numbers.to_numpy(dtype=float))
    if len(ordered) <= MOST_LEVELS:
        return Axis(name=name, kind=Kind.ORDERED, levels=tuple(map(label, ordered)), open=open_ends_of(ordered.tolist()))
    low, high = float(ordered[0]), float(ordered[-1])
    log = low > 0 and high / low > WIDE_RATIO and _log_spread(ordered)
    return Axis(name=name, kind=Kind.CONTINUOUS, low=low, high=high, log=log, open=open_ends_of(ordered.tolist()))


def _log_spread(ordered: np.ndarray) -> bool:
    """Whether values lie more evenly on a log scale than on a linear one."""

    def unevenness(values: np.ndarray) -> float:
        share = (values - values[0]) / (values[-1] - values[0])
        return float(np.abs(share - np.linspace(0, 1, len(share))).max())

    return unevenness(np.log(ordered)) < unevenness(ordered)


def shown(configuration: Configuration) -> str:
    """A configuration in one line.

    >>> shown({"lr": 0.1, "act": "relu"})
    'lr=0.1, act=relu'
    """
    return ", ".join(f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in configuration.items())
