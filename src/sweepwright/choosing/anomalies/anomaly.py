"""Something odd about a sweep."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SURE = 0.005  # p value below which a jump or drift is said


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something odd about a sweep: a code, a sentence, the numbers, and the runs that it concerns."""

    code: str
    text: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    runs: tuple[int, ...] = ()
