"""A goal: a measure, its direction, and what matters about it."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sweepwright.nouns.measure import Measure
from sweepwright.space.bounds import QUOTED, number_text, quoted, unquoted

_NUMBER = r"[-+.\deE]+"
_GOAL = re.compile(
    rf"\s*(?P<name>{QUOTED}|\S.*?)\s+(?P<direction>higher|lower)(\s*(?P<sign>>=|<=)\s*(?P<bound>{_NUMBER}))?(\s+worth\s+(?P<worth>{_NUMBER}))?\s*"
)


class Direction(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure, its direction, perhaps a bound that must hold, and the difference that matters (`worth`).

    It reads the reference condition unless `at` names another, or is ``mean``, ``worst`` or ``each``. As text it is written as in
    a study file, and read again by `Goal.of`; what its text leaves out is `at` and `stage`.

    >>> Goal.of("f1 higher >= 0.7 worth 0.01") == Goal("f1", "higher", bound=0.7, worth=0.01)
    True
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
        if not all(math.isfinite(number) for number in (self.bound, self.worth) if number is not None):
            raise ValueError(
                f"The bound and the worth of a goal are finite numbers, but got {self.bound} and {self.worth} for {self.name}."
            )
        if self.worth is not None and self.worth <= 0:
            raise ValueError(f"The worth of a goal is a positive difference, but got {self.worth} for {self.name}.")

    @property
    def name(self) -> str:
        return self.measure if isinstance(self.measure, str) else self.measure.name

    @property
    def sign(self) -> int:
        """1 where higher is better, else -1."""
        return 1 if self.direction == Direction.HIGHER else -1

    @classmethod
    def all_of(cls, texts: Iterable[str]) -> tuple["Goal", ...]:
        """Goals from texts, each of another measure; a ValueError says which one is there twice."""
        goals = tuple(map(cls.of, texts))
        for place, goal in enumerate(goals):
            if goal.name in [other.name for other in goals[:place]]:
                raise ValueError(
                    f"{goal.name} is a goal twice. Write one goal for a measure: its direction, bound and worth together."
                )
        return goals

    @classmethod
    def of(cls, text: str) -> "Goal":
        """A goal from text such as ``f1 higher >= 0.7 worth 0.01``; a ValueError says how one is written."""
        found = _GOAL.fullmatch(text)
        try:
            if found is not None:
                bound, worth = (float(found[key]) if found[key] else None for key in ("bound", "worth"))
                asked = ">=" if found["direction"] == Direction.HIGHER else "<="
                if bound is not None and found["sign"] != asked:
                    raise ValueError(f"what is to be {found['direction']} is bounded with {asked}.")
                return cls(unquoted(found["name"]), found["direction"], bound=bound, worth=worth)
        except ValueError as error:
            raise ValueError(f"{text!r} is not a goal: {error}") from None
        raise ValueError(f"{text!r} is not a goal. Write for example 'f1_weighted higher >= 0.7 worth 0.01'.")

    def __str__(self) -> str:
        return self.bare + ("" if self.worth is None else f" worth {number_text(self.worth)}")

    @property
    def bare(self) -> str:
        """The goal as text without its worth: a name, a direction, perhaps a bound."""
        bound = "" if self.bound is None else f" {'>=' if self.sign > 0 else '<='} {number_text(self.bound)}"
        plain = f"{self.name} {self.direction}{bound}"
        match = _GOAL.fullmatch(plain)
        is_plain = match is not None and (match["name"], match["worth"]) == (self.name, None) and "`" not in self.name
        return plain if is_plain else f"{quoted(self.name)} {self.direction}{bound}"
