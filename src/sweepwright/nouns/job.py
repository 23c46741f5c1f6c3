"""A job: what one run is asked to do."""

from dataclasses import dataclass

from sweepwright.nouns.condition import Condition
from sweepwright.nouns.effort import Effort
from sweepwright.space import Configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one run is asked to do. All its randomness comes from `seed` (initialisation, order) and `data_seed` (splits)."""

    number: int
    configuration: Configuration
    condition: Condition
    replicate: int
    folds: int  # 1: no cross-validation
    seed: int
    data_seed: int
    effort: Effort
    device: str = "cpu"
    threads: int = 1

    @property
    def draw(self) -> int:
        return self.replicate // self.folds

    @property
    def fold(self) -> int:
        return self.replicate % self.folds
