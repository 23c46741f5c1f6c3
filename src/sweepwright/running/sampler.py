"""What a sampler must do: one file in `search/` per keeper, found by the file's name."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from typing import Protocol

from sweepwright.running.sampling import Point
from sweepwright.space import Space, Value
from sweepwright.study.keepers import keeper, names_in

SAMPLERS = "sweepwright.running.search"
Values = tuple[float, ...]  # one per goal, larger is better


class Sampler:
    """Proposes configurations. `adaptive`: from results; `exhaustive`: each configuration of the space once, then no more."""

    adaptive = False
    exhaustive = False

    def lacking(self) -> str:
        """What is missing on this machine, as a sentence; empty where nothing is."""
        return ""


class PointSampler(Sampler, ABC):
    """A sampler that needs no results: proposal t depends on (root, stream, t) alone; a stream is the sequence of one search."""

    @abstractmethod
    def points(
        self, space: Space, root: int, stream: str, start: int, trials: int | None, fixed: Mapping[str, Value] | None = None
    ) -> list[Point]:
        """Proposals `start` to `start + trials` of a stream (None: all, where there is an end), those of `fixed` held."""


class Learner(Protocol):
    """One model-based search: told of finished proposals, shown those that run, asked for the next."""

    def show(self, key: Hashable, configuration: Mapping[str, Value]) -> None:
        """A proposal that was asked for and has not been told yet."""
        ...

    def tell(self, key: Hashable, configuration: Mapping[str, Value], values: Values | None) -> None:
        """A proposal that is over, with the values of the goals; None if it has none."""
        ...

    def propose(self, key: Hashable, number: int) -> dict[str, Value]:
        """Proposal `number`, which becomes known under `key`."""
        ...


class ModelSampler(Sampler, ABC):
    """A sampler that learns from results; what it proposes is a function of what it was told, and of (root, stream, t)."""

    adaptive = True

    @abstractmethod
    def learner(
        self, space: Space, root: int, stream: str, goals: int = 1, fixed: Mapping[str, Value] | None = None
    ) -> Learner:
        """A new search, over all parameters but those of `fixed`."""


def sampler_named(name: str) -> Sampler:
    """The sampler of this name; a StudyFileError names the nearest where there is none."""
    return keeper(SAMPLERS, name, Sampler, "sampler")


def sampler_names() -> tuple[str, ...]:
    """The samplers that there are."""
    return names_in(SAMPLERS)
