"""Numbers in a range: Float and Int."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sweepwright.errors import InputError, did_you_mean
from sweepwright.space.expression import Expression
from sweepwright.space.parameters import Bound, Parameter, Role, bound_reads, bound_value, significant
from sweepwright.space.values import Configuration, Value

CLOSED = ("low", "high", "both")


@dataclass(frozen=True, repr=False)
class _Range(Parameter):
    low: Bound
    high: Bound
    log: bool = field(default=False, kw_only=True)
    closed: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.closed not in (None, *CLOSED):
            hint = did_you_mean(self.closed, CLOSED) or f"it is {', '.join(CLOSED)}, or left out."
            raise InputError(f"closed says beyond which end there are no values, but got {self.closed!r}; {hint}")
        for bound in (self.low, self.high):
            if isinstance(bound, str):
                Expression(bound)
            elif isinstance(bound, bool) or not isinstance(bound, int | float) or not math.isfinite(bound):
                raise InputError(f"A bound is a finite number or an expression, but got {bound!r} in {self}.")
        numeric = not isinstance(self.low, str) and not isinstance(self.high, str)
        if numeric and self.low > self.high:  # type: ignore[operator]
            raise InputError(f"{type(self).__name__} needs low <= high, but got {self}.")
        if self.log and not isinstance(self.low, str) and self.low <= 0:
            raise InputError(
                f"{type(self).__name__} with log=True needs low > 0, but got {self}. Use a small positive low such as 1e-6, or log=False."
            )

    @property
    def reads(self) -> frozenset[str]:
        return super().reads | bound_reads(self.low, self.high)

    @property
    def open(self) -> tuple[bool, bool]:
        """Whether values may lie beyond the lower and the upper end: not where `closed` says so, nor where a kind of number ends."""
        if isinstance(self.low, str) or isinstance(self.high, str):
            below, above = True, True
        else:
            below, above = open_ends(self.low, self.high, whole=isinstance(self, Int), log=self.log)
        return below and self.closed not in ("low", "both"), above and self.closed not in ("high", "both")

    def limits(self, values: Configuration, index: int | None) -> tuple[float, float]:
        return bound_value(self.low, values, index), bound_value(self.high, values, index)


def open_ends(low: float, high: float, *, whole: bool, log: bool) -> tuple[bool, bool]:
    """Whether values may lie beyond the lower and the upper end of a range: counts end at 0 or 1, sizes at 0, shares at 0 and 1.

    >>> open_ends(1, 15, whole=True, log=False), open_ends(0, 1, whole=False, log=False), open_ends(1e-4, 1, whole=False, log=True)
    ((False, True), (False, False), (True, True))
    """
    least = low in (0, 1) if whole else low == 0
    share = not whole and low >= 0 and high == 1
    return log or not least, log or not share


def open_ends_of(ordered: Sequence[float]) -> tuple[bool, bool]:
    """Whether values may lie beyond numbers that were given one by one, in their order."""
    return open_ends(ordered[0], ordered[-1], whole=all(number.is_integer() for number in ordered), log=False)


@dataclass(frozen=True, repr=False)
class Float(_Range):
    """A real number in [low, high]; with ``log=True`` evenly spread in its logarithm.

    ``grid`` is the number of evenly spread values that a grid search visits. A bound may be an expression over other parameters.
    ``closed`` (low, high, both) says that nothing lies beyond an end, so that nobody is advised to look there.

    >>> list(Float(1e-3, 1e3, log=True, grid=7).grid({}, None))
    [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]
    """

    levels: int | None = field(default=None, kw_only=True)

    def __init__(
        self,
        low: Bound,
        high: Bound,
        *,
        log: bool = False,
        closed: str | None = None,
        grid: int | None = None,
        when: str | None = None,
        stage: int = 1,
        role: Role | str = Role.SCIENTIFIC,
    ):
        for name, value in {
            "low": low,
            "high": high,
            "log": log,
            "closed": closed,
            "levels": grid,
            "when": when,
            "stage": stage,
            "role": role,
        }.items():
            object.__setattr__(self, name, value)
        if grid is not None and grid < 1:
            raise InputError(f"A grid has 1 value or more, but got grid={grid}.")
        self.__post_init__()

    def count(self, values: Configuration, index: int | None) -> float:
        low, high = self.limits(values, index)
        return math.inf if high > low else float(high == low)

    def options(self, values: Configuration, index: int | None) -> Iterator[Value]:
        raise InputError(f"A Float has no end of values ({self}). Give it grid=5 for a grid search, or use another sampler.")

    def grid(self, values: Configuration, index: int | None) -> Iterator[Value]:
        if self.levels is None:
            return self.options(values, index)
        steps = max(self.levels - 1, 1)
        return (self._at(i / steps, values, index) for i in range(self.levels))

    def _at(self, share: float, values: Configuration, index: int | None) -> float:
        low, high = self.limits(values, index)
        value = math.exp(math.log(low) + share * math.log(high / low)) if self.log else low + share * (high - low)
        return min(max(significant(value), float(low)), float(high))

    def from_unit(self, unit: float, values: Configuration, index: int | None) -> Value:
        return self._at(unit, values, index)

    def normal(self, value: Any, values: Configuration, index: int | None) -> Value:
        low, high = self.limits(values, index)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise InputError(f"needs a number from {low} to {high}, but got {value!r}")
        return float(value)


@dataclass(frozen=True, repr=False)
class Int(_Range):
    """A whole number low, low + step, ... up to high, both included; with ``log=True`` small ones are drawn more often.

    ``closed`` (low, high, both) says that nothing lies beyond an end.
    """

    step: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.step < 1:
            raise InputError(f"Int needs step >= 1, but got {self}.")

    def count(self, values: Configuration, index: int | None) -> float:
        low, high = map(int, self.limits(values, index))
        return max(0, (high - low) // self.step + 1)

    def options(self, values: Configuration, index: int | None) -> Iterator[Value]:
        low, high = map(int, self.limits(values, index))
        return iter(range(low, high + 1, self.step))

    def from_unit(self, unit: float, values: Configuration, index: int | None) -> Value:
        low, high = map(int, self.limits(values, index))
        count = int(self.count(values, index))
        if count < 1:
            raise InputError(f"{self} has no value here: its bounds are {low} and {high}.")
        if self.log:
            value = math.exp(math.log(low) + unit * math.log((high + 1) / low))
            return low + min(int((value - low) // self.step), count - 1) * self.step
        return low + min(int(unit * count), count - 1) * self.step

    def normal(self, value: Any, values: Configuration, index: int | None) -> Value:
        low, high = map(int, self.limits(values, index))
        whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
        if not whole or not low <= value <= high or (int(value) - low) % self.step:
            raise InputError(f"needs a whole number from {low} to {high} in steps of {self.step}, but got {value!r}")
        return int(value)
