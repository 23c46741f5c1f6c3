"""Slots: a fixed number of places for batches, each with its own executor."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Thread
from types import ModuleType

from sweepwright.record.events import RunEnded
from sweepwright.running.slots.worker import Task, each, ready


class WorkerDied(Exception):
    """The process that a batch was sent to ended without a result."""


CLEARING_SECONDS = 5.0  # that a pool without processes gets; Python before 3.11.5 may hang there (gh-94777)
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def as_workers_start(threads: int) -> Iterator[None]:
    """Processes that start meanwhile import nothing of the caller's script, and know how many threads they may use.

    Problems go to workers by address; nothing of the caller's main module is needed there, so a script needs no
    ``__main__`` guard. Libraries read the number of threads when they are loaded, before any code of ours can tell them.
    """
    main, before = sys.modules["__main__"], {name: os.environ.get(name) for name in THREAD_VARIABLES}
    sys.modules["__main__"] = ModuleType("__main__")
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class Slots:
    """A fixed number of places for batches. Each has its own executor, so that a dead worker costs its own run only.

    `make` gives the executor of a slot, `devices` are given to slots in turn (``cuda:0``, ``cuda:1``, ...), `died` are the
    errors by which an executor says that a worker is gone; `remote` says whether batches travel to another process.
    """

    def __init__(
        self,
        make: Callable[[], Executor],
        count: int,
        devices: Sequence[str] = ("cpu",),
        died: tuple[type[BaseException], ...] = (BrokenExecutor,),
        close: Callable[[], None] = lambda: None,
        remote: bool = True,
    ):
        self.remote = remote
        self._make = make
        self._devices = devices
        self._died = died
        self._close = close
        self._executors: list[Executor | None] = [None] * count
        self._ready: list[Future | None] = [None] * count
        self._busy: dict[Future, int] = {}
        self._sent: dict[Future, Future] = {}

    @property
    def count(self) -> int:
        """How many places there are."""
        return len(self._executors)

    @property
    def free(self) -> bool:
        """Whether a place is free."""
        return len(self._busy) < len(self._executors)

    def submit(self, execute: Callable[[Task], list[RunEnded]], tasks: Sequence[Task]) -> Future:
        """Send batches to a free slot; the future's error is a WorkerDied where the process is gone."""
        used = set(self._busy.values())
        slot = next(i for i in range(len(self._executors)) if i not in used)
        device = self._devices[slot % len(self._devices)]
        if tasks[0].jobs[0].device != device:
            tasks = [replace(task, jobs=tuple(replace(job, device=device) for job in task.jobs)) for task in tasks]
        sent = self._send(slot, execute, tasks)
        future = _translated(sent, self._died)
        self._busy[future], self._sent[future] = slot, sent
        return future

    def _send(self, slot: int, execute: Callable[[Task], list[RunEnded]], tasks: Sequence[Task]) -> Future:
        executor = self._executors[slot]
        if executor is not None:
            try:
                return executor.submit(each, execute, tasks)
            except BrokenExecutor:  # the worker died while it was idle
                self._stop(slot)
        with as_workers_start(tasks[0].jobs[0].threads):
            executor = self._executors[slot] = self._make()
            self._ready[slot] = executor.submit(ready)
            return executor.submit(each, execute, tasks)

    def began(self, future: Future) -> bool:
        """Whether the worker was up when the batch was sent to it; one that died before has not begun the batch."""
        ready = self._ready[self._busy[future]]
        return ready is not None and ready.done() and ready.exception() is None

    def release(self, future: Future, *, broken: bool = False) -> None:
        """Free the slot of a finished task; a broken one gets a new process next time."""
        slot, sent = self._busy.pop(future), self._sent.pop(future)
        if broken:
            sent.cancel()  # where the executor can end what runs elsewhere
            self._stop(slot)

    def restart(self, future: Future) -> None:
        """End the process of a task that hangs."""
        self.release(future, broken=True)

    def _stop(self, slot: int) -> Thread | None:
        """End a slot's process; the thread of its pool that clears up, which may take a moment."""
        executor, self._executors[slot] = self._executors[slot], None
        if executor is None:
            return None
        clearing = getattr(executor, "_executor_manager_thread", None)
        for process in list((getattr(executor, "_processes", None) or {}).values()):
            process.kill()
        executor.shutdown(wait=False, cancel_futures=True)
        return clearing

    def close(self) -> None:
        """End every process. A pool that still clears up when the interpreter exits makes it print an OSError."""
        for clearing in [self._stop(slot) for slot in range(len(self._executors))]:
            if clearing is not None:
                clearing.join(CLEARING_SECONDS)
        self._busy.clear()
        self._sent.clear()
        self._close()


def _translated(source: Future, died: tuple[type[BaseException], ...]) -> Future:
    """The same future with the executor's own word for a dead worker translated."""
    if source.done() and source.exception() is None:
        return source
    future: Future = Future()

    def hand_on(done: Future) -> None:
        with suppress(Exception):  # a future that was given up has nobody to tell
            error = done.exception() if not done.cancelled() else BrokenExecutor("cancelled")
            if error is None:
                future.set_result(done.result())
            elif isinstance(error, died):
                future.set_exception(WorkerDied(f"the worker died ({str(error).splitlines()[0][:200]})"))
            else:
                future.set_exception(error)

    source.add_done_callback(hand_on)
    return future
