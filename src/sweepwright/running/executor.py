"""What an executor must do: one file in `executors/` per keeper, found by the file's name."""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence

from sweepwright.running.slots.slots import Slots
from sweepwright.study.keepers import keeper, names_in
from sweepwright.study.study_file import ExecutorSettings

EXECUTORS = "sweepwright.running.executors"


def room_for(settings: ExecutorSettings) -> int:
    """How many slots the cores of this machine have room for."""
    return max(1, (os.cpu_count() or 1) // settings.threads)


class ExecutorKind(ABC):
    """Where the slots of a study come from. `here`: runs happen in this process, which has the problem and its data already."""

    here = False

    def lacking(self, settings: ExecutorSettings) -> str:
        """What is missing on this machine for what a study file asks, as a sentence; empty where nothing is."""
        if settings.address is not None or settings.cluster is not None:
            asked = "address" if settings.address is not None else "cluster"
            return f"executor.{asked} is for Dask, but executor.kind is {settings.kind!r}. Write kind: dask, or leave it out."
        return ""

    @abstractmethod
    def count(self, settings: ExecutorSettings) -> int:
        """How many slots a study file gets that does not say."""

    @abstractmethod
    def slots(self, settings: ExecutorSettings, devices: Sequence[str]) -> Slots:
        """The slots, ready for batches."""


def executor_named(name: str) -> ExecutorKind:
    """The executor of this name; a StudyFileError names the nearest where there is none."""
    return keeper(EXECUTORS, name, ExecutorKind, "executor")  # type: ignore[type-abstract]


def executor_names() -> tuple[str, ...]:
    """The executors that there are."""
    return names_in(EXECUTORS)
