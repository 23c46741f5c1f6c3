"""A sentence with the numbers behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LEVEL = 0.9  # of every interval that is said


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence and the numbers that it rests on."""

    text: str
    numbers: Mapping[str, float | int | str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text
