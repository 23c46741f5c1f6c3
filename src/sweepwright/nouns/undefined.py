"""A measure without a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Undefined:
    """A measure without a value, and the sentence that says why."""

    reason: str


Measured = float | None
