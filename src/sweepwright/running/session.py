"""One session of work, by the process that holds the lock."""

import json
import os
import platform
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from threadpoolctl import threadpool_limits

from sweepwright.nouns.data import Data
from sweepwright.record.events import CheckAccepted, GoalsChanged, RunEnded, SessionBegun, StudyExtended
from sweepwright.record.ledger import Ledger, LedgerError
from sweepwright.record.mapped import share
from sweepwright.running.changes import extension_by, wanting
from sweepwright.running.declaration import declare
from sweepwright.running.dispatch import Dispatcher, Journal, Observer
from sweepwright.running.executor import ExecutorKind, executor_named
from sweepwright.running.interruption import Stop
from sweepwright.running.plan import Plan
from sweepwright.running.protocol import Protocol
from sweepwright.running.runner import Runner, Where
from sweepwright.running.slots.devices import devices_of
from sweepwright.running.slots.slots import Slots
from sweepwright.running.slots.worker import Task, execute, records
from sweepwright.study import find_problem as addresses
from sweepwright.study.study import Study


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """What one session works on: the study with its data and plan, the checks that were accepted, how many trials are added."""

    study: Study
    data: Data
    planned: Plan
    accepted: Sequence[str]
    more: int | None


def run_session(session: Session, observer: Observer, stop: Stop, notice: str) -> None:
    """The work of the one process that holds the lock."""
    study, settings = session.study, session.study.file.executor
    executor = executor_named(settings.kind)
    ledger = Ledger(study.folder / "ledger.jsonl")
    slots: Slots | None = None
    journal = Journal(ledger, observer, study.folder / "runs")
    try:
        study.follow(journal.state)
        if not journal.state.declared:
            declare(study, session.data, journal)
        slots = executor.slots(settings, devices_of(settings.device))
        shutil.rmtree(study.folder / "progress", ignore_errors=True)  # what killed runs had shown
        _tell_begun(session, journal, slots.count, [text for text in (notice, ledger.notice) if text])
        dispatcher = Dispatcher(journal, slots, _executes(session, executor), study.file.budget.run_minutes, stop)
        runner = Runner(study, session.data, journal, dispatcher, _where(session, executor))
        with threadpool_limits(settings.threads):  # workers limit themselves
            more = session.more if journal.state.complete else None
            extension = None if more is None else extension_by(study, session.planned, more)
            while True:
                if extension is not None:
                    journal.tell(StudyExtended(extension=extension))
                Protocol(runner, session.planned).run()
                extension = wanting(study, session.planned)
                if extension is None:
                    break
    finally:
        with suppress(LedgerError):  # what has ended is recorded, whatever ends the session
            journal.settle()
        if slots is not None:
            slots.close()
        ledger.close()


def _tell_begun(session: Session, journal: Journal, slots: int, notices: Sequence[str]) -> None:
    """Record that a session begins, and what it changes."""
    total, command = sum(session.planned.runs.values()), session.study.file.made.get("command", "")
    here = SessionBegun(host=platform.node(), pid=os.getpid(), slots=slots, planned=total, command=command)
    journal.tell(replace(here, notices=tuple(notices)))
    goals = tuple(str(goal) for goal in session.study.goals)
    if journal.state.goals != goals:
        journal.tell(GoalsChanged(goals=goals))
    journal.tell(*(CheckAccepted(name=name) for name in session.accepted))


def _executes(session: Session, executor: ExecutorKind) -> Callable[[Task], list[RunEnded]]:
    """What a slot does with a batch: workers find the problem by its address, this process has it already."""
    if executor.here:
        return lambda task: list(records(session.study.problem, session.data, task))
    return execute


def _where(session: Session, executor: ExecutorKind) -> Where:
    file, options = session.study.file, json.dumps(session.study.file.data, sort_keys=True)
    if executor.here:
        return Where(file.problem, options)
    shared = share(session.data, session.study.folder.parent / "products")
    return Where(addresses.full_address(file.problem), options, str(shared) if shared else None)
