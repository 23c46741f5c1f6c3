"""The model of a finished run, as `apply` and `predict` get it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sweepwright.nouns.plain import Facts
from sweepwright.space import Configuration


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A finished run's model: its weights, the facts of its outcome, its configuration and where it comes from."""

    name: str
    weights: Mapping[str, np.ndarray]
    facts: Facts
    configuration: Configuration
    data_hash: str
