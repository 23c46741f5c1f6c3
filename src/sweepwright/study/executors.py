"""Where batches run: local slots, each its own process, or inline in this one; any concurrent.futures.Executor will do."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sweepwright.study.worker import begin


@contextmanager
def _without_main() -> Iterator[None]:
    """Processes that start meanwhile import nothing of the caller's script, so a script needs no ``__main__`` guard.

    Problems go to workers by address; nothing of the caller's main module is needed there.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class Inline(Executor):
    """Runs each task at once in this process: for notebooks, tests and benchmarks."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # handed to whoever asks for the result, as any executor does
            future.set_exception(error)
        return future


class Slots:
    """A fixed number of places, each with its own executor, so that a dead worker costs the run of its slot only."""

    def __init__(self, make: Callable[[], Executor], count: int):
        self._make = make
        self._executors: list[Executor | None] = [None] * count
        self._busy: dict[Future, int] = {}

    @classmethod
    def local(cls, count: int, threads: int) -> "Slots":
        """One spawned process per slot."""
        context = multiprocessing.get_context("spawn")
        return cls(
            lambda: ProcessPoolExecutor(1, mp_context=context, initializer=begin, initargs=(threads, os.getpid())), count
        )

    @classmethod
    def inline(cls) -> "Slots":
        return cls(Inline, 1)

    @property
    def free(self) -> bool:
        return len(self._busy) < len(self._executors)

    def submit(self, task: Callable[..., Any], *arguments: Any) -> Future:
        slot = next(i for i in range(len(self._executors)) if i not in self._busy.values())
        executor = self._executors[slot] or self._make()
        self._executors[slot] = executor
        with _without_main():
            future = executor.submit(task, *arguments)
        self._busy[future] = slot
        return future

    def release(self, future: Future, *, broken: bool = False) -> None:
        """Free the slot of a finished task; a broken one gets a new process next time."""
        slot = self._busy.pop(future)
        if broken:
            self._stop(slot)

    def restart(self, future: Future) -> None:
        """End the process of a task that hangs."""
        self.release(future, broken=True)

    def _stop(self, slot: int) -> None:
        executor, self._executors[slot] = self._executors[slot], None
        if executor is None:
            return
        for process in list((getattr(executor, "_processes", None) or {}).values()):
            process.kill()
        executor.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        for slot in range(len(self._executors)):
            self._stop(slot)
        self._busy.clear()
