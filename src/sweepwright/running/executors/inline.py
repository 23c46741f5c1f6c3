"""Batches run at once, in this process: for notebooks, tests and benchmarks."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import Any

from sweepwright.running.executor import ExecutorKind
from sweepwright.running.slots.slots import Slots
from sweepwright.study.study_file import ExecutorSettings


class Inline(Executor):
    """Runs each task at once in this process: for notebooks, tests and benchmarks."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # handed to whoever asks for the result, as any executor does
            future.set_exception(error)
        return future


class InlineKind(ExecutorKind):
    """One slot, in this process."""

    here = True

    def count(self, settings: ExecutorSettings) -> int:
        return 1

    def slots(self, settings: ExecutorSettings, devices: Sequence[str]) -> Slots:
        return Slots(Inline, 1, devices, remote=False)


KEEPER = InlineKind()
