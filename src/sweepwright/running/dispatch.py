"""Sending batches to slots and believing what comes back: each result goes into the ledger before it counts."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from sweepwright.nouns.ending import Ending
from sweepwright.record.events import AttemptLost, Event, RunEnded, RunsStarted
from sweepwright.record.ledger import Ledger
from sweepwright.record.state import State
from sweepwright.record.storage import flush, read_record
from sweepwright.running.interruption import Stop
from sweepwright.running.slots.memory import kernel_kills
from sweepwright.running.slots.slots import Slots, WorkerDied
from sweepwright.running.slots.worker import Task

MOST_ATTEMPTS = 3
MOST_FAILED_STARTS = 3
POLL_SECONDS = 0.3
TOGETHER_SECONDS, MOST_TOGETHER = 0.05, 64
SETTLE_SECONDS = 0.05  # results of runs shorter than this share a flush; at most so much work is done again after a kill


class Observer(Protocol):
    """Who looks on: told of every event after it was recorded, and now and then in between."""

    def saw(self, event: Event, state: State) -> None:
        """An event that is on disk, and the state that follows from it."""
        ...

    def tick(self, state: State) -> None:
        """Called a few times a second while runs are under way."""
        ...


class Unseen:
    """Nobody looks on."""

    def saw(self, event: Event, state: State) -> None:
        """Nothing is done."""

    def tick(self, state: State) -> None:
        """Nothing is done."""


class Journal:
    """The ledger and the state that it adds up to, told together."""

    def __init__(self, ledger: Ledger, observer: Observer, runs: Path | None = None):
        self.ledger = ledger
        self.observer = observer
        self.state = State.of(ledger.events)
        self._runs = runs  # the folder of stored runs: its entries are flushed before the runs are believed
        self._waiting: list[Event] = []
        self._settled = time.monotonic()

    def tell(self, *events: Event) -> None:
        """Record events after those that wait, then believe them all."""
        self._waiting += events
        self.settle()

    def tell_soon(self, *events: Event) -> None:
        """Record events with the next ones: nothing acts on them before that."""
        self._waiting += events

    @property
    def due(self) -> bool:
        """Whether what waits has waited for longer than `SETTLE_SECONDS`."""
        return time.monotonic() - self._settled > SETTLE_SECONDS

    def settle(self, flush_now: bool = True) -> None:
        """Write what waits, with one flush, and believe it.

        Without `flush_now` the flush is left to the next event: what is done in between must stay inside this process.
        """
        events, self._waiting = self._waiting, []
        self._settled = time.monotonic()
        if self._runs is not None and any(isinstance(event, RunEnded) and event.stored for event in events):
            flush(self._runs)
        for event in self.ledger.append(events, flush_now):
            self.state.apply(event)
            self.observer.saw(event, self.state)


class Dispatcher:
    """Keeps the slots busy with batches; a batch whose worker dies is sent again, at most three times.

    Batches of runs that take milliseconds travel together, as many as fill `TOGETHER_SECONDS`: sending them one by one
    would cost more than they do. Those whose worker died go on alone, and nothing is held against them.
    """

    def __init__(
        self,
        journal: Journal,
        slots: Slots,
        execute: Callable[[Task], list[RunEnded]],
        run_minutes: float | None = None,
        stop: Stop | None = None,
    ):
        self.journal = journal
        self.slots = slots
        self.execute = execute
        self.run_minutes = run_minutes
        self.stop = stop or Stop()
        self._flying: dict[Future, tuple[Sequence[Task], float]] = {}
        self._believed: set[int] = set()
        self._any_ended = any(run.trial >= 0 for run in journal.state.runs)  # a baseline is no run of a trial
        self._alone: list[Task] = []  # queued, to be sent one by one
        self._together = 1
        self._failed_starts = 0
        self._kernel_kills = kernel_kills()

    def run(self, tasks: Sequence[Task], enough: Callable[[], bool] = lambda: False) -> None:
        """Run all tasks to their end, in order as slots become free; none is started once it is `enough`."""
        waiting = list(reversed(tasks))
        while waiting or self.busy:
            while (waiting or self._alone) and self.slots.free and not self.stop.asked:
                if self._alone:
                    self.start(self._alone.pop(0))
                    continue
                if enough():
                    waiting.clear()
                    break
                size = min(self._together, -(-len(waiting) // self.slots.count))
                self.start(*(waiting.pop() for _ in range(size)))
                if next(iter(self._flying)).done():
                    break  # a run in this process is over already
            self.collect()
        self.journal.settle()

    def start(self, *tasks: Task) -> None:
        """Send batches to a free slot together; it must be sure that one is free."""
        self.journal.tell_soon(RunsStarted(runs=tuple(number for task in tasks for number in task.numbers)))
        if not self._any_ended:
            tasks = tuple(replace(task, first=True) for task in tasks)
        self._flying[self.slots.submit(self.execute, tasks)] = (tasks, time.monotonic())

    @property
    def busy(self) -> bool:
        """Whether a batch is under way or queued."""
        return bool(self._flying or self._alone)

    def collect(self) -> None:
        """Believe what is ready; wait for a moment where nothing is."""
        done = [future for future in self._flying if future.done()]
        if not done:
            self.journal.settle()
            self._leave_if_asked()
            done = wait(self._flying, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED).done
        for future in done:
            tasks, began = self._flying.pop(future)
            try:
                records = future.result()
            except WorkerDied as error:
                self._died(tasks, future, str(error))
                continue
            self.slots.release(future)
            self._failed_starts = 0
            self._pace(len(tasks), time.monotonic() - began)
            self.believe(records)
        self._look_at_those_that_fly()
        if self.journal.due:
            self.journal.settle()
        self._leave_if_asked()
        self.journal.observer.tick(self.journal.state)

    def _pace(self, count: int, seconds: float) -> None:
        """How many batches travel together next time."""
        if self.slots.remote:
            self._together = int(min(MOST_TOGETHER, 2 * count, max(1, TOGETHER_SECONDS * count / max(seconds, 1e-6))))

    def _leave_if_asked(self) -> None:
        if self.stop.asked and not self._flying:
            self.journal.settle()
            raise KeyboardInterrupt

    def _look_at_those_that_fly(self) -> None:
        """Take over what batches have stored so far, and end what hangs."""
        for future, (tasks, began) in list(self._flying.items()):
            for task in tasks:
                self._believe_stored(task)
            most = 60 * (self.run_minutes or 0) * sum(len(task.jobs) for task in tasks)
            if self.run_minutes is not None and time.monotonic() - began > most:
                self._flying.pop(future)
                self.slots.restart(future)
                for task in tasks:
                    self._again(task, f"no result within {self.run_minutes:g} minutes per run")

    def believe(self, records: Sequence[RunEnded]) -> None:
        """Record runs that have ended, each once: a batch may bring what it had stored before."""
        new = [r for r in records if r.run not in self.journal.state.ended and r.run not in self._believed]
        self._believed.update(record.run for record in new)
        self._any_ended = self._any_ended or any(self._is_of_trial(record.run) for record in new)
        self.journal.tell_soon(*new)

    def _is_of_trial(self, run: int) -> bool:
        return self.journal.state.planned[run].trial >= 0

    def _believe_stored(self, task: Task) -> None:
        """Take over what a batch has stored so far."""
        if len(task.jobs) > 1:
            self.journal.settle()
            self.believe(stored_records(Path(task.folder), task.numbers, self.journal.state))

    def _died(self, tasks: Sequence[Task], future: Future, cause: str) -> None:
        """A worker that died before its run began costs the run nothing; one that the kernel killed ran out of memory."""
        began = self.slots.began(future)
        self.slots.release(future, broken=True)
        kills, self._kernel_kills = self._kernel_kills, kernel_kills()
        if len(tasks) > 1:
            self._alone += tasks
        elif began and self._kernel_kills > kills:
            self._give_up(tasks[0], Ending.OUT_OF_MEMORY, "the kernel killed the worker for its memory")
        elif not began and self._failed_starts < MOST_FAILED_STARTS:
            self._failed_starts += 1
            self._alone += tasks
        else:
            self._again(tasks[0], cause)

    def _open_runs(self, task: Task) -> list[int]:
        self._believe_stored(task)
        self.journal.settle()
        return [number for number in task.numbers if number not in self.journal.state.ended]

    def _again(self, task: Task, cause: str) -> None:
        open_runs = self._open_runs(task)
        if not open_runs:
            return
        self.journal.tell(AttemptLost(runs=tuple(open_runs), cause=cause))
        if self.journal.state.attempts[open_runs[0]] < MOST_ATTEMPTS:
            self._alone.append(task)
        else:
            self._give_up(task, Ending.LOST, cause)

    def queue(self, tasks: Sequence[Task]) -> None:
        """Send batches one by one as slots become free: for who proposes while others run."""
        self._alone += tasks
        self.resume()

    @property
    def ready(self) -> bool:
        """Whether a slot is free and nothing is queued for it."""
        return self.slots.free and not self._alone and not self.stop.asked

    def resume(self) -> None:
        """Send what is queued, or was lost, as far as slots are free."""
        while self._alone and self.slots.free and not self.stop.asked:
            self.start(self._alone.pop(0))

    def _give_up(self, task: Task, ending: Ending, cause: str) -> None:
        self.believe([RunEnded(run=number, ending=ending, cause=cause) for number in self._open_runs(task)])


def stored_records(folder: Path, numbers: Iterable[int], state: State) -> list[RunEnded]:
    """The records of those runs that were stored whole but are not in the ledger yet."""
    found = (read_record(folder / "runs" / str(number)) for number in numbers if number not in state.ended)
    return [record for record in found if record is not None]
