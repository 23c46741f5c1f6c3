"""A baseline: something simple to stand beside."""

from collections.abc import Callable
from dataclasses import dataclass

from sweepwright.nouns.data import Data
from sweepwright.nouns.job import Job
from sweepwright.nouns.trained import Trained
from sweepwright.nouns.watch import Watch

Train = Callable[[Data, Job, Watch], Trained]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Something simple to stand beside: `train`'s signature and no hyperparameters; never proposed, chosen or counted."""

    name: str
    train: Train
