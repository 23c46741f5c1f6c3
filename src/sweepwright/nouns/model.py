"""The model of a finished run, as `apply` and `predict` get it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A finished run's model: its weights, the facts of its outcome, its configuration and where it comes from."""

    name: str
    weights: Mapping[str, np.ndarray]
    facts: Mapping[str, Any]
    configuration: Mapping[str, Any]
    data_hash: str
