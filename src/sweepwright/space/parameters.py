"""What a hyperparameter can be: Float, Int, Choice, Factorization, Fixed, and groups that repeat."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from sweepwright.errors import InputError
from sweepwright.space.expression import Expression

Value = float | int | str | bool | None
Bound = float | int | str


class Role(StrEnum):
    """Whether a parameter is asked about or only has to be set well (Deep Learning Tuning Playbook)."""

    SCIENTIFIC = "scientific"
    NUISANCE = "nuisance"


@dataclass(frozen=True, kw_only=True, repr=False)
class Parameter:
    """What all parameters carry: when they are active, in which stage they are searched, and in which role."""

    when: str | None = None
    stage: int = 1
    role: Role = Role.SCIENTIFIC

    def __post_init__(self) -> None:
        if self.when is not None:
            Expression(self.when)
        if self.stage < 1:
            raise InputError(f"A stage is 1 or more, but got {self.stage}.")
        object.__setattr__(self, "role", Role(self.role))

    def __repr__(self) -> str:
        """What differs from the defaults, shortly."""
        own = [f for f in fields(self) if f.name not in ("when", "stage", "role")]
        common = [f for f in fields(self) if f.name in ("when", "stage", "role")]
        shown = [f"{f.name}={getattr(self, f.name)!r}" for f in (*own, *common) if getattr(self, f.name) != f.default]
        return f"{type(self).__name__}({', '.join(shown)})"

    @property
    def reads(self) -> frozenset[str]:
        """The parameters that must be known before this one."""
        return Expression(self.when).reads if self.when else frozenset()

    def count(self, values: Mapping[str, Any], index: int | None) -> float:
        """How many values there are, given the parameters that this one reads (`inf` for a Float)."""
        raise NotImplementedError

    def options(self, values: Mapping[str, Any], index: int | None) -> Iterator[Value]:
        """All values in order."""
        raise NotImplementedError

    def from_unit(self, unit: float, values: Mapping[str, Any], index: int | None) -> Value:
        """The value at `unit` in [0, 1) of the parameter's range, each value taking an equal share."""
        raise NotImplementedError

    def normal(self, value: Any, values: Mapping[str, Any], index: int | None) -> Value:
        """The value in canonical form; a ValueError says what is wrong with it."""
        raise NotImplementedError

    def grid(self, values: Mapping[str, Any], index: int | None) -> Iterator[Value]:
        """The values that a grid search visits."""
        return self.options(values, index)


def _bound(bound: Bound, values: Mapping[str, Any], index: int | None) -> float | int:
    return Expression(bound)(values, index) if isinstance(bound, str) else bound


def _bound_reads(*bounds: Bound) -> frozenset[str]:
    return frozenset().union(*(Expression(bound).reads for bound in bounds if isinstance(bound, str)))


def significant(value: float, digits: int = 12) -> float:
    """`value` to so many significant digits, so that 0.1 + 0.2 and 0.3 are one value."""
    return float(f"{value:.{digits}g}")


@dataclass(frozen=True, repr=False)
class _Range(Parameter):
    low: Bound
    high: Bound
    log: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
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
        return super().reads | _bound_reads(self.low, self.high)

    def limits(self, values: Mapping[str, Any], index: int | None) -> tuple[float, float]:
        return _bound(self.low, values, index), _bound(self.high, values, index)


@dataclass(frozen=True, repr=False)
class Float(_Range):
    """A real number in [low, high]; with ``log=True`` evenly spread in its logarithm.

    ``grid`` is the number of evenly spread values that a grid search visits. A bound may be an expression over other parameters.

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
        grid: int | None = None,
        when: str | None = None,
        stage: int = 1,
        role: Role | str = Role.SCIENTIFIC,
    ):
        for name, value in {
            "low": low,
            "high": high,
            "log": log,
            "levels": grid,
            "when": when,
            "stage": stage,
            "role": role,
        }.items():
            object.__setattr__(self, name, value)
        if grid is not None and grid < 1:
            raise InputError(f"A grid has 1 value or more, but got grid={grid}.")
        self.__post_init__()

    def count(self, values: Mapping[str, Any], index: int | None) -> float:
        low, high = self.limits(values, index)
        return math.inf if high > low else float(high == low)

    def options(self, values: Mapping[str, Any], index: int | None) -> Iterator[Value]:
        raise InputError(f"A Float has no end of values ({self}). Give it grid=5 for a grid search, or use another sampler.")

    def grid(self, values: Mapping[str, Any], index: int | None) -> Iterator[Value]:
        if self.levels is None:
            return self.options(values, index)
        steps = max(self.levels - 1, 1)
        return (self._at(i / steps, values, index) for i in range(self.levels))

    def _at(self, share: float, values: Mapping[str, Any], index: int | None) -> float:
        low, high = self.limits(values, index)
        value = math.exp(math.log(low) + share * math.log(high / low)) if self.log else low + share * (high - low)
        return min(max(significant(value), float(low)), float(high))

    def from_unit(self, unit: float, values: Mapping[str, Any], index: int | None) -> Value:
        return self._at(unit, values, index)

    def normal(self, value: Any, values: Mapping[str, Any], index: int | None) -> Value:
        low, high = self.limits(values, index)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise InputError(f"needs a number from {low} to {high}, but got {value!r}")
        return float(value)


@dataclass(frozen=True, repr=False)
class Int(_Range):
    """A whole number low, low + step, ... up to high, both included; with ``log=True`` small ones are drawn more often."""

    step: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.step < 1:
            raise InputError(f"Int needs step >= 1, but got {self}.")

    def count(self, values: Mapping[str, Any], index: int | None) -> float:
        low, high = map(int, self.limits(values, index))
        return max(0, (high - low) // self.step + 1)

    def options(self, values: Mapping[str, Any], index: int | None) -> Iterator[Value]:
        low, high = map(int, self.limits(values, index))
        return iter(range(low, high + 1, self.step))

    def from_unit(self, unit: float, values: Mapping[str, Any], index: int | None) -> Value:
        low, high = map(int, self.limits(values, index))
        count = int(self.count(values, index))
        if count < 1:
            raise InputError(f"{self} has no value here: its bounds are {low} and {high}.")
        if self.log:
            value = math.exp(math.log(low) + unit * math.log((high + 1) / low))
            return low + min(int((value - low) // self.step), count - 1) * self.step
        return low + min(int(unit * count), count - 1) * self.step

    def normal(self, value: Any, values: Mapping[str, Any], index: int | None) -> Value:
        low, high = map(int, self.limits(values, index))
        whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
        if not whole or not low <= value <= high or (int(value) - low) % self.step:
            raise InputError(f"needs a whole number from {low} to {high} in steps of {self.step}, but got {value!r}")
        return int(value)


@dataclass(frozen=True, init=False, repr=False)
class Choice(Parameter):
    """One of a few named values: strings, numbers, booleans or None. Anything else goes by name."""

    values: tuple[Value, ...]

    def __init__(self, *values: Value, when: str | None = None, stage: int = 1, role: Role | str = Role.SCIENTIFIC):
        for name, value in {"values": tuple(values), "when": when, "stage": stage, "role": role}.items():
            object.__setattr__(self, name, value)
        self.__post_init__()
        if not values:
            raise InputError("Choice needs at least one value.")
        for value in values:
            if not isinstance(value, str | int | float | bool | type(None)):
                raise InputError(
                    f"A Choice holds strings, numbers, booleans or None, but got {value!r}. Give it a name and look it up in train."
                )
        if len({(type(v) is bool, v) for v in values}) < len(values):
            raise InputError(f"A Choice names each value once, but got {values}.")

    def count(self, values: Mapping[str, Any], index: int | None) -> float:
        return len(self.values)

    def options(self, values: Mapping[str, Any], index: int | None) -> Iterator[Value]:
        return iter(self.values)

    def from_unit(self, unit: float, values: Mapping[str, Any], index: int | None) -> Value:
        return self.values[min(int(unit * len(self.values)), len(self.values) - 1)]

    def normal(self, value: Any, values: Mapping[str, Any], index: int | None) -> Value:
        for known in self.values:
            if known == value and (type(known) is bool) == (type(value) is bool):
                return known
        raise InputError(f"needs one of {', '.join(map(repr, self.values))}, but got {value!r}")


@dataclass(frozen=True, init=False, repr=False)
class Fixed(Choice):
    """One value that is not searched but belongs to the configuration."""

    def __init__(self, value: Value, when: str | None = None, stage: int = 1, role: Role | str = Role.NUISANCE):
        super().__init__(value, when=when, stage=stage, role=role)


@dataclass(frozen=True, repr=False)
class Factorization(Parameter):
    """Ordered factorizations of a number into `parts` factors, each at least `minimum`: ``2x2x2x2x5`` is one of 80 into five.

    `parts` is a number or the name of an Int parameter. A pair for `of` (height, width) factors both, with a pair per
    part that is not 1x1: ``2x1|2x2``.

    >>> list(Factorization(of=8, parts=2).options({}, None))
    ['2x4', '4x2']
    """

    of: int | tuple[int, int] = field(kw_only=True)
    parts: int | str = field(kw_only=True)
    minimum: int = field(default=2, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = self.of if isinstance(self.of, tuple | list) else (self.of,)
        object.__setattr__(self, "of", tuple(sizes) if len(sizes) == 2 else sizes[0])
        if len(sizes) > 2 or any(isinstance(n, bool) or not isinstance(n, int) or n < 2 for n in sizes):
            raise InputError(f"Factorization needs one or two whole numbers of 2 or more, but got of={self.of!r}.")
        for n in sizes:
            if isinstance(self.parts, int) and self.parts > 1 and len(sizes) == 1 and _is_prime(n):
                near = [m for d in range(1, n) for m in (n - d, n + d) if m > 3 and not _is_prime(m)][:2]
                raise InputError(
                    f"{n} is prime and has no factorization into {self.parts} parts. Crop or pad to {near[0]} or {near[1]}."
                )

    @property
    def reads(self) -> frozenset[str]:
        return super().reads | ({self.parts} if isinstance(self.parts, str) else set())

    def _parts(self, values: Mapping[str, Any]) -> int:
        return int(values[self.parts]) if isinstance(self.parts, str) else self.parts

    def options(self, values: Mapping[str, Any], index: int | None) -> Iterator[Value]:
        parts = self._parts(values)
        if isinstance(self.of, int):
            return ("x".join(map(str, factors)) for factors in _factorizations(self.of, parts, self.minimum))
        height, width = self.of
        return (
            "|".join(f"{a}x{b}" for a, b in zip(rows, columns, strict=True))
            for rows in _factorizations(height, parts, 1)
            for columns in _factorizations(width, parts, 1)
            if all(a > 1 or b > 1 for a, b in zip(rows, columns, strict=True))
        )

    def count(self, values: Mapping[str, Any], index: int | None) -> float:
        return sum(1 for _ in self.options(values, index))

    def from_unit(self, unit: float, values: Mapping[str, Any], index: int | None) -> Value:
        options = list(self.options(values, index))
        if not options:
            raise InputError(f"{self.of} has no factorization into {self._parts(values)} parts of {self.minimum} or more.")
        return options[min(int(unit * len(options)), len(options) - 1)]

    def normal(self, value: Any, values: Mapping[str, Any], index: int | None) -> Value:
        if value not in set(self.options(values, index)):
            raise InputError(f"needs a factorization of {self.of} into {self._parts(values)} parts, but got {value!r}")
        return value


def _factorizations(number: int, parts: int, minimum: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        if number >= minimum:
            yield (number,)
        return
    for factor in range(minimum, number + 1):
        if number % factor == 0:
            for rest in _factorizations(number // factor, parts - 1, minimum):
                yield (factor, *rest)


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % d for d in range(2, math.isqrt(number) + 1))


@dataclass(frozen=True)
class Repeat:
    """A group ``name/0``, ``name/1``, ... declared once: `count` is a number or an expression such as ``layers - 1``."""

    name: str
    count: int | str
    of: Parameter

    def __post_init__(self) -> None:
        if isinstance(self.count, str):
            Expression(self.count)

    @property
    def reads(self) -> frozenset[str]:
        return Expression(self.count).reads if isinstance(self.count, str) else frozenset()

    def length(self, values: Mapping[str, Any]) -> int:
        return int(Expression(self.count)(values)) if isinstance(self.count, str) else self.count
