"""What a figure or a section of a problem may read of a study."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from sweepwright.nouns.decision import Decision
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.plain import Facts
from sweepwright.nouns.run import Run
from sweepwright.nouns.trial import Trial


class Results(Protocol):
    """What a figure or a section may read of a study that has chosen. Runs come in the order of their replicates."""

    @property
    def facts(self) -> Facts:
        """The facts of the data."""
        ...

    @property
    def samples(self) -> Mapping[str, np.ndarray]:
        """The columns of the data by sample."""
        ...

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals, first one first."""
        ...

    @property
    def baselines(self) -> tuple[str, ...]:
        """The baselines by name."""
        ...

    @property
    def decision(self) -> Decision:
        """The choice, as it was recorded."""
        ...

    @property
    def chosen(self) -> Trial:
        """The trial that was chosen, with all its runs."""
        ...

    @property
    def trials(self) -> Sequence[Trial]:
        """All trials, each with all its runs."""
        ...

    def explored(self) -> Sequence[Run]:
        """The runs of all trials that the study explored, in the reference condition; those that count."""
        ...

    def searched(self) -> Sequence[Run]:
        """The chosen trial's runs on draw 0 while it was explored, in the reference condition."""
        ...

    def under(self, condition: str, draw: int | None = None) -> Sequence[Run]:
        """The chosen trial's runs in a condition: all of them, or those of one draw."""
        ...

    def procedure(self) -> Sequence[Run]:
        """One run per outer condition: what the whole procedure, repeated without it, chose; empty where it was not repeated."""
        ...

    def baseline(self, name: str) -> Sequence[Run]:
        """A baseline's runs on draw 0 in the reference condition."""
        ...

    def outcome(self, *runs: Run) -> Outcome:
        """What some runs produced: their arrays with one row per sample, joined, in the order of samples."""
        ...

    def product(self, name: str) -> Mapping[str, np.ndarray]:
        """A product of the problem; made when it is first asked for."""
        ...
