"""A sentence with the numbers behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and the numbers that it rests on."""

    text: str
    numbers: Mapping[str, float | int | str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text
