"""A product: arrays with several readers, made once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Arrays with several readers, made once by a function and kept by the hash of its inputs.

    `of` is ``data`` (the function gets the Data), ``draw`` (it gets the Data and the outcomes, weights included as arrays, of
    all folds of one draw of the chosen trial) or ``run`` (refused when a study is run: not built so far).
    """

    name: str
    make: Callable[..., Mapping[str, np.ndarray]]
    of: str = "data"
    version: int = 1

    def __post_init__(self) -> None:
        if self.of not in ("data", "draw", "run"):
            raise ValueError(f"The product {self.name!r} is of 'data', 'draw' or 'run', but got {self.of!r}.")
