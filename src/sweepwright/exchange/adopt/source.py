"""What every reader returns: rows and, where there are any, curves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from sweepwright.errors import InputError


class AdoptError(InputError):
    """A sweep that cannot be adopted: the message says what was wrong, what was found and what to do."""


class ColumnRole(StrEnum):
    """What a column of a sweep is."""

    PARAMETER = "hyperparameter"
    MEASURE = "measure"
    SEED = "seed"
    CONDITION = "condition"
    PAIRED_BY = "replicate (pairing)"
    STATE = "how the run ended"
    SECONDS = "seconds"
    STARTED = "when the run started"
    LABEL = "label"
    CONSTANT = "constant"
    UNUSED = "not used"


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A sweep as it was found: one row per run, what its format says about columns, and curves in long form.

    `roles` are those that the format itself knows. `names` are shorter names of columns. `curves` has the columns row
    (position in `rows`), epoch, name, value. `notes` are the assumptions that were made, as sentences.
    """

    kind: str
    rows: pd.DataFrame
    roles: Mapping[str, ColumnRole] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    curves: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    directions: Mapping[str, str] = field(default_factory=dict)  # measure -> higher or lower, where the format says so
    first_line: int = 2  # the line of the first row in a text file, for messages
