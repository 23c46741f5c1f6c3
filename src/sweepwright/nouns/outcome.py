"""An outcome: the arrays that a run produced."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sweepwright.nouns.plain import Facts, Plain


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """Named arrays that a run produced, the rows of `samples` they belong to, and facts as plain data."""

    arrays: Mapping[str, np.ndarray]
    sample: np.ndarray  # row numbers in the data's samples
    facts: Facts = field(default_factory=Plain)

    def __post_init__(self) -> None:
        for name, array in self.arrays.items():
            if np.asarray(array).dtype == object:
                raise ValueError(
                    f"The outcome's array {name!r} holds Python objects. Store numbers, or text as fixed-width strings."
                )

    def __repr__(self) -> str:
        return f"Outcome({', '.join(self.arrays)}; {len(self.sample)} samples)"
