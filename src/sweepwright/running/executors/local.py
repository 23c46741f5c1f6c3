"""Slots on this machine, each a spawned process of its own."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from sweepwright.running.executor import ExecutorKind, room_for
from sweepwright.running.slots.slots import Slots
from sweepwright.running.slots.worker import begin
from sweepwright.study.study_file import ExecutorSettings


class Local(ExecutorKind):
    """One process per slot; a killed or hanging worker costs its slot's run, nothing else."""

    def count(self, settings: ExecutorSettings) -> int:
        return room_for(settings)

    def slots(self, settings: ExecutorSettings, devices: Sequence[str]) -> Slots:
        context = multiprocessing.get_context("spawn")
        arguments = (os.getpid(), settings.memory)

        def make() -> ProcessPoolExecutor:
            return ProcessPoolExecutor(1, mp_context=context, initializer=begin, initargs=arguments)

        return Slots(make, settings.slots or self.count(settings), devices)


KEEPER = Local()
