"""What `train` returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sweepwright.nouns.ending import Ending
from sweepwright.nouns.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """What `train` returns: how it ended, the outcome, and optionally curves (name -> values per epoch) and weights."""

    ending: Ending = Ending.COMPLETED
    outcome: Outcome | None = None
    curves: Mapping[str, np.ndarray] | None = None
    weights: Mapping[str, np.ndarray] | None = None
    spent: Mapping[str, float] = field(default_factory=dict[str, float])
    cause: str = ""
