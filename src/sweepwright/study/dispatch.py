"""Sending batches to slots and believing what comes back: each result goes into the ledger before it counts."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from pathlib import Path
from typing import Any, Protocol

from sweepwright.runs import Ending, Job
from sweepwright.study.executors import Slots
from sweepwright.study.ledger import Ledger
from sweepwright.study.state import State
from sweepwright.study.storage import read_record
from sweepwright.study.worker import Task

MOST_ATTEMPTS = 3
POLL_SECONDS = 0.3


class Observer(Protocol):
    """Who looks on: told of every event after it was recorded, and now and then in between."""

    def saw(self, event: Mapping[str, Any], state: State) -> None: ...

    def tick(self, state: State) -> None: ...


class Unseen:
    """Nobody looks on."""

    def saw(self, event: Mapping[str, Any], state: State) -> None:
        return None

    def tick(self, state: State) -> None:
        return None


class Journal:
    """The ledger and the state that it adds up to, told together."""

    def __init__(self, ledger: Ledger, observer: Observer):
        self.ledger = ledger
        self.observer = observer
        self.state = State.of(ledger.events)

    def tell(self, *events: Mapping[str, Any]) -> None:
        """Record events, then believe them."""
        for event in self.ledger.append(events):
            self.state.apply(event)
            self.observer.saw(event, self.state)


class Dispatcher:
    """Keeps the slots busy with batches; a batch whose worker dies is sent again, at most three times."""

    def __init__(
        self, journal: Journal, slots: Slots, execute: Callable[[Task], list[dict[str, Any]]], run_minutes: float | None = None
    ):
        self.journal = journal
        self.slots = slots
        self.execute = execute
        self.run_minutes = run_minutes
        self._flying: dict[Future, tuple[Task, float]] = {}

    def run(self, tasks: Sequence[Task]) -> None:
        """Run all tasks to their end, in order as slots become free."""
        waiting = list(tasks)
        while waiting or self._flying:
            while waiting and self.slots.free:
                self.start(waiting.pop(0))
            self.collect()

    def start(self, task: Task) -> None:
        self.journal.tell({"event": "runs started", "runs": [job.number for job in task.jobs]})
        self._flying[self.slots.submit(self.execute, task)] = (task, time.monotonic())

    @property
    def busy(self) -> bool:
        return bool(self._flying)

    def collect(self) -> None:
        """Wait for a moment, then believe what is ready."""
        done, _ = wait(self._flying, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            task, _ = self._flying.pop(future)
            try:
                records = future.result()
            except BrokenExecutor:
                self.slots.release(future, broken=True)
                self._again(task, "the worker died")
                continue
            self.slots.release(future)
            self.believe(records)
        for future, (task, began) in list(self._flying.items()):
            self._believe_stored(task)
            if self.run_minutes is not None and time.monotonic() - began > 60 * self.run_minutes * len(task.jobs):
                self._flying.pop(future)
                self.slots.restart(future)
                self._again(task, f"no result within {self.run_minutes:g} minutes per run")
        self.journal.observer.tick(self.journal.state)

    def believe(self, records: Sequence[Mapping[str, Any]]) -> None:
        new = [record for record in records if record["run"] not in self.journal.state.ended]
        self.journal.tell(*({"event": "run ended", **record} for record in new))

    def _believe_stored(self, task: Task) -> None:
        """Take over what a batch has stored so far."""
        if len(task.jobs) > 1:
            self.believe(stored_records(Path(task.folder), task.jobs, self.journal.state))

    def _again(self, task: Task, cause: str) -> None:
        self._believe_stored(task)
        open_runs = [job.number for job in task.jobs if job.number not in self.journal.state.ended]
        if not open_runs:
            return
        self.journal.tell({"event": "attempt lost", "runs": open_runs, "cause": cause})
        if self.journal.state.attempts[open_runs[0]] < MOST_ATTEMPTS:
            self.start(task)
            return
        ending = {"ending": Ending.LOST.name, "cause": cause, "measured": {}, "seconds": 0.0}
        self.believe([{"run": number, **ending} for number in open_runs])


def stored_records(folder: Path, jobs: Sequence[Job], state: State) -> list[dict[str, Any]]:
    """The records of runs that were stored whole but are not in the ledger yet."""
    found = (read_record(folder / "runs" / str(job.number)) for job in jobs if job.number not in state.ended)
    return [record for record in found if record is not None]
