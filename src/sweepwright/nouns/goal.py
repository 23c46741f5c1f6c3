"""A goal: a measure, its direction, and what matters about it."""

from dataclasses import dataclass
from enum import StrEnum

from sweepwright.nouns.measure import Measure


class Direction(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure, its direction, perhaps a bound that must hold, and the difference that matters (`worth`).

    It reads the reference condition unless `at` names another, or is ``mean``, ``worst`` or ``each``.
    """

    measure: Measure | str
    direction: Direction | str
    bound: float | None = None
    worth: float | None = None
    at: str | None = None
    stage: int | None = None

    def __post_init__(self) -> None:
        if self.direction not in tuple(Direction):
            raise ValueError(f"A goal's direction is 'higher' or 'lower', but got {self.direction!r} for {self.name}.")
        object.__setattr__(self, "direction", Direction(self.direction))
        if self.worth is not None and self.worth <= 0:
            raise ValueError(f"The worth of a goal is a positive difference, but got {self.worth} for {self.name}.")

    @property
    def name(self) -> str:
        return self.measure if isinstance(self.measure, str) else self.measure.name

    @property
    def sign(self) -> int:
        """1 where higher is better, else -1."""
        return 1 if self.direction == Direction.HIGHER else -1

    def __str__(self) -> str:
        bound = "" if self.bound is None else f" {'>=' if self.sign > 0 else '<='} {self.bound:g}"
        return f"{self.name} {self.direction}{bound}"
