"""One of a few values: Choice, Fixed, Factorization."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sweepwright.errors import InputError
from sweepwright.space.parameters import Parameter, Role, bound_value
from sweepwright.space.values import Configuration, Value


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

    def count(self, values: Configuration, index: int | None) -> float:
        return len(self.values)

    def options(self, values: Configuration, index: int | None) -> Iterator[Value]:
        return iter(self.values)

    def from_unit(self, unit: float, values: Configuration, index: int | None) -> Value:
        return self.values[min(int(unit * len(self.values)), len(self.values) - 1)]

    def normal(self, value: Any, values: Configuration, index: int | None) -> Value:
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

    def _parts(self, values: Configuration) -> int:
        return int(bound_value(self.parts, values, None)) if isinstance(self.parts, str) else self.parts

    def options(self, values: Configuration, index: int | None) -> Iterator[Value]:
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

    def count(self, values: Configuration, index: int | None) -> float:
        return sum(1 for _ in self.options(values, index))

    def from_unit(self, unit: float, values: Configuration, index: int | None) -> Value:
        options = list(self.options(values, index))
        if not options:
            raise InputError(f"{self.of} has no factorization into {self._parts(values)} parts of {self.minimum} or more.")
        return options[min(int(unit * len(options)), len(options) - 1)]

    def normal(self, value: Any, values: Configuration, index: int | None) -> Value:
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
