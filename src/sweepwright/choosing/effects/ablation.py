"""From one configuration to another by single changes: which of them the gain comes from, by the effect model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sweepwright.choosing.effects.models import Fitted, reach_of
from sweepwright.choosing.frame import configurations
from sweepwright.nouns.statement import Statement, listed


@dataclass(frozen=True, slots=True)
class Change:
    """What changing one parameter gains, in the unit of the measure (positive is better), with its 90 % interval."""

    parameter: str
    gain: float
    low: float
    high: float

    @property
    def resolved(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Ablation:
    """The single changes from trial `first` to trial `last`, in the order in which each gains most; they sum to the whole gain."""

    measure: str
    first: int
    last: int
    changes: tuple[Change, ...]

    @property
    def gain(self) -> float:
        return sum(change.gain for change in self.changes)

    @property
    def statement(self) -> Statement:
        """Where the gain comes from, in words."""
        known = [change for change in self.changes if change.resolved]
        numbers = {"gain": self.gain} | {change.parameter: change.gain for change in known}
        way = f"from trial {self.first} to trial {self.last}"
        if not known:
            names = listed([change.parameter for change in self.changes], most=4)
            text = f"Which of the changes {way} ({names}) moves {self.measure} is not resolved."
            return Statement("ablation.unresolved", text, numbers)
        parts = " and ".join(f"{c.gain:.3g} [{c.low:.3g}, {c.high:.3g}] is {c.parameter}" for c in known)
        rest = "; the rest is not resolved" if len(known) < len(self.changes) else ""
        text = f"Of the {self.gain:.3g} that {self.measure} gains {way} by the effect model, {parts}{rest}."
        return Statement("ablation", text, numbers)


def ablation(fits: Sequence[Fitted], runs: pd.DataFrame, measure: str, first: int, last: int, sign: int = 1) -> Ablation | None:
    """Greedy single changes from one trial's configuration to another's; None where they are equal or no model explains anything.

    Each step makes the change that gains most by the models (one for each stage of the space), what is inactive then left out (Fawcett & Hoos 2016,
    doi:10.1007/s10732-014-9275-9, on the model instead of new runs). The intervals are those of the same changes in the same order under the
    refits, deviations stretched as for shares.
    """
    known = [fitted for fitted in fits if fitted.explains]
    table = configurations(runs)
    if first not in table.index or last not in table.index:
        return None
    changes: list[Change] = []
    for fitted in known:
        start, end = fitted.axes.encode(table.loc[[first]])[0], fitted.axes.encode(table.loc[[last]])[0]
        changes += _changes(fitted, start, end, sign)
    if not changes:
        return None
    return Ablation(measure, first, last, tuple(sorted(changes, key=lambda change: -change.gain)))


def _changes(fitted: Fitted, start: np.ndarray, end: np.ndarray, sign: int) -> list[Change]:
    """The changes of one model's axes, in the order in which each gains most."""
    different = ~((start == end) | (np.isnan(start) & np.isnan(end)))
    here, left, path = np.where(np.isnan(start), 0.5, start), np.flatnonzero(different).tolist(), [start]
    goal, order = np.where(np.isnan(end), here, end), []
    while left:
        moved = np.tile(here, (len(left), 1))
        moved[np.arange(len(left)), left] = goal[left]
        points, _ = fitted.axes.points(moved)  # what is inactive is NaN
        best = int(np.argmax(sign * fitted.effect(points)))
        here = moved[best]
        path.append(points[best])
        order.append(left.pop(best))
    if not order:
        return []
    steps = np.array(path)
    own = sign * np.diff(fitted.effect(steps))
    others = np.array([sign * np.diff(other(steps)) for other in fitted.others])
    return [
        Change(fitted.axes.names[i], float(gain), float(gain - by), float(gain + by))
        for i, gain, by in zip(order, own, reach_of(own, others), strict=True)
    ]
