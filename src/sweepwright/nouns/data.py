"""The data of a study: what `load` returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sweepwright.errors import InputError
from sweepwright.nouns.plain import Facts, Plain


class DataError(InputError):
    """Input that cannot be used: the message says what was wrong, what was found and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Data:
    """What `load` returns: a hash, small JSON facts, columns by sample, and `content`, which only the problem reads.

    Raises DataError for columns without ``sample_id``, of different lengths, or of more than one dimension.
    """

    hash: str
    facts: Facts = field(default_factory=Plain)
    samples: Mapping[str, np.ndarray]
    content: Any = None
    notes: tuple[str, ...] = ()  # what loading decided or dropped, as sentences
    warnings: tuple[str, ...] = ()  # what could change a decision, as sentences

    def __post_init__(self) -> None:
        shapes = {name: np.shape(column) for name, column in self.samples.items()}
        if "sample_id" not in shapes:
            raise DataError(f"Data needs the column 'sample_id', but its samples have {', '.join(shapes) or 'no columns'}.")
        for name, shape in shapes.items():
            if len(shape) != 1:
                raise DataError(
                    f"A column of samples has one dimension, but {name!r} has the shape {shape}. Put it in content, which train "
                    "reads, and what measures need of it into the outcome."
                )
        lengths = {name: shape[0] for name, shape in shapes.items()}
        if len(set(lengths.values())) > 1:
            raise DataError(f"The columns of samples must be equally long, but got {lengths}.")

    def __repr__(self) -> str:
        return f"Data({len(self.samples['sample_id'])} samples, hash {self.hash[:12]})"
