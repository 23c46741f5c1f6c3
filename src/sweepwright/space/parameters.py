"""What all parameters carry, and groups that repeat."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from sweepwright.errors import InputError
from sweepwright.space.expression import Expression
from sweepwright.space.values import Configuration, Value

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

    def count(self, values: Configuration, index: int | None) -> float:
        """How many values there are, given the parameters that this one reads (`inf` for a Float)."""
        raise NotImplementedError

    def options(self, values: Configuration, index: int | None) -> Iterator[Value]:
        """All values in order."""
        raise NotImplementedError

    def from_unit(self, unit: float, values: Configuration, index: int | None) -> Value:
        """The value at `unit` in [0, 1) of the parameter's range, each value taking an equal share."""
        raise NotImplementedError

    def normal(self, value: Any, values: Configuration, index: int | None) -> Value:
        """The value in canonical form; a ValueError says what is wrong with it."""
        raise NotImplementedError

    def grid(self, values: Configuration, index: int | None) -> Iterator[Value]:
        """The values that a grid search visits."""
        return self.options(values, index)


def bound_value(bound: Bound, values: Configuration, index: int | None) -> float | int:
    return Expression(bound)(values, index) if isinstance(bound, str) else bound


def bound_reads(*bounds: Bound) -> frozenset[str]:
    return frozenset().union(*(Expression(bound).reads for bound in bounds if isinstance(bound, str)))


def significant(value: float, digits: int = 12) -> float:
    """`value` to so many significant digits, so that 0.1 + 0.2 and 0.3 are one value."""
    return float(f"{value:.{digits}g}")


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

    def length(self, values: Configuration) -> int:
        return int(Expression(self.count)(values)) if isinstance(self.count, str) else self.count
