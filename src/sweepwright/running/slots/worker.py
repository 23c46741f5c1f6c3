"""What happens inside a worker: load the problem and its data once, train a batch, measure, store."""

import json
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from sweepwright.errors import InputError
from sweepwright.measures.curves import logged
from sweepwright.measures.health import Health, health
from sweepwright.nouns.data import Data
from sweepwright.nouns.ending import Ending
from sweepwright.nouns.job import Job
from sweepwright.nouns.measure import Measure, MissingName, Of, WrongMeasure, lookups
from sweepwright.nouns.plain import Facts, Plain
from sweepwright.nouns.problem import Problem
from sweepwright.nouns.trained import Trained
from sweepwright.nouns.undefined import Undefined
from sweepwright.nouns.verdict import Verdict
from sweepwright.record.events import RunEnded
from sweepwright.record.mapped import open_shared
from sweepwright.record.seeds import measure_seed
from sweepwright.record.storage import ALL, RunKeep, no_space_is_said, read_record, write_run, write_text
from sweepwright.running.slots import memory
from sweepwright.running.slots.watching import EpochMedians, Watching
from sweepwright.study import find_problem

HOST = socket.gethostname()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One batch, as plain values: the problem goes by address, never as a pickled function."""

    problem: str
    options: str  # the data options as JSON, so that they can be a cache's key
    data_hash: str
    folder: str  # of the study
    jobs: tuple[Job, ...]
    root: int
    baseline: str | None = None
    first: bool = False  # no run of a trial has ended yet
    keep: RunKeep = ALL
    shared: str | None = None  # where the coordinator put the data's arrays for all workers to map
    comparisons: Mapping[str, EpochMedians] = field(default_factory=dict)  # by condition: runs are compared within one

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the batch's runs."""
        return tuple(job.number for job in self.jobs)


def ready() -> None:
    """What a new worker does first: it shows that it is up."""


def begin(coordinator: int, gigabytes: float | None = None) -> None:
    """Prepare a worker process: it ignores Ctrl-C, which is its coordinator's business, and never outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    memory.limit(gigabytes)

    def watch() -> None:
        while os.getppid() == coordinator:  # asked for by number: the coordinator may have died while this process started
            time.sleep(0.25)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@cache
def _limit_threads(count: int) -> None:
    """Limit the thread pools of this worker for good; the problem is imported by now, with the libraries that it uses."""
    threadpool_limits(count)


@lru_cache(maxsize=2)
def settled(problem: str, options: str) -> Problem:
    """The problem at an address for these data options, once per process."""
    return find_problem.find(problem).settled(json.loads(options))


@lru_cache(maxsize=2)
def load(problem: str, options: str, data_hash: str, shared: str | None) -> Data:
    """The data of a problem, once per process; mapped where the coordinator shared it, so that workers share memory."""
    found = open_shared(Path(shared)) if shared is not None else None
    return found or settled(problem, options).load(**json.loads(options))


def execute(task: Task) -> list[RunEnded]:
    """Train the batch and return one record per run; runs that were stored before a kill stay as they are."""
    problem = settled(task.problem, task.options)
    _limit_threads(task.jobs[0].threads)
    return list(records(problem, load(task.problem, task.options, task.data_hash, task.shared), task))


def each(execute: Callable[[Task], list[RunEnded]], tasks: Sequence[Task]) -> list[RunEnded]:
    """The records of several batches, one after the other."""
    return [record for task in tasks for record in execute(task)]


def records(problem: Problem, data: Data, task: Task) -> Iterator[RunEnded]:
    """One record per run of the batch, each stored before it is returned."""
    if data.hash != task.data_hash:
        raise RuntimeError(f"The data changed while the study ran: hash {data.hash[:12]}, declared {task.data_hash[:12]}.")
    by_number = {job.number: job for job in task.jobs}
    folder = Path(task.folder)
    left = dict(by_number)
    clock = time.perf_counter()
    watches = {job.number: Watching(folder, job, task.comparisons.get(job.condition.name)) for job in task.jobs}
    try:
        for number, trained, problem_text in _train(problem, data, task, watches):
            seconds, clock = time.perf_counter() - clock, time.perf_counter()
            left.pop(number)
            stored = read_record(folder / "runs" / str(number)) if len(by_number) > 1 else None
            trained = watches[number].judged(trained)
            yield stored or _finish(problem, data, task, by_number[number], trained, seconds, problem_text)
    finally:
        for watch in watches.values():
            watch.close()
    for number in left:
        cause = "train_batch returned without a result for this run"
        yield _finish(problem, data, task, by_number[number], Trained(ending=Ending.RAISED, cause=cause), 0.0, "")


def _train(problem: Problem, data: Data, task: Task, watches: Mapping[int, Watching]) -> Iterator[tuple[int, Trained, str]]:
    """(run number, what came back, traceback); an error ends its batch and is recorded for the runs that were open."""
    waiting = [job.number for job in task.jobs]
    try:
        if task.baseline is None and problem.train_batch is not None:
            together = Watching(Path(task.folder), task.jobs[0])  # shows progress; a batch has no curve of its own
            for number, trained in problem.train_batch(data, task.jobs, together):
                yield number, trained, ""
                waiting.remove(number)
            together.close()
            return
        train = problem.train
        if task.baseline is not None:
            baselines = problem.resolved(data.facts).baselines
            train = next(b.train for b in baselines if b.name == task.baseline)
        for job in task.jobs:
            yield job.number, train(data, job, watches[job.number]), ""
            waiting.remove(job.number)
    except InputError:
        raise  # the study's own business, such as a full disk: no run is blamed for it
    except Exception as error:  # the user's code may raise anything; it is recorded, explained and counted
        short = memory.is_out_of_memory(error)
        ending = Ending.OUT_OF_MEMORY if short else Ending.RAISED
        cause = str(error).split("\n")[0] if short and str(error) else f"{type(error).__name__}: {error}"
        for number in list(waiting):
            yield number, Trained(ending=ending, cause=cause), traceback.format_exc()


def _finish(problem: Problem, data: Data, task: Task, job: Job, trained: Trained, seconds: float, trace: str) -> RunEnded:
    """Measure, keep what is to be kept, and return the record of a run."""
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    if trained.outcome is not None:
        looking = [(m, lookups(trained.outcome, data)) for m in problem.all_measures() if m.looks_at is Of.OUTCOME]
        looking += [(m, (trained.curves,)) for m in problem.all_measures() if m.looks_at is Of.CURVES and trained.curves]
        values, reasons = measured(looking, task.root, _ends_the_study(data, task))
    facts = plain(trained.outcome.facts) if trained.outcome else {}
    judged = _judged(trained, facts)
    kept = task.keep.of(trained)
    record = RunEnded(
        run=job.number,
        ending=trained.ending,
        cause=trained.cause[:2000],
        measured=values,
        reasons=reasons,
        verdict=judged.verdict if judged else None,
        health=judged.sentence if judged and judged.verdict is not Verdict.HEALTHY else "",
        facts=facts,
        seconds=round(seconds, 6),
        spent=plain(trained.spent),
        device=job.device,
        host=HOST,
        stored=bool(kept) or len(task.jobs) > 1,
    )
    if not record.stored and not trace:
        return record
    folder = Path(task.folder) / "runs" / str(job.number)
    with no_space_is_said(folder):
        if record.stored:
            write_run(folder, record if len(task.jobs) > 1 else None, kept)
        if trace:
            folder.mkdir(parents=True, exist_ok=True)
            write_text(folder / "traceback.txt", trace)
    return record


def _judged(trained: Trained, facts: Facts) -> Health | None:
    """What the curves of a run show; None where it has none, or they show nothing and its solver says the rest."""
    if not trained.curves:
        return None
    curves = {
        name: logged(np.arange(len(values)), np.asarray(values, dtype=float))
        for name, values in trained.curves.items()
        if len(values)
    }
    judged = health(curves, facts)
    return None if judged.verdict is Verdict.HEALTHY and facts.get("converged") is not None else judged


def measured(
    looking: Sequence[tuple[Measure, Sequence[Mapping[str, object]]]],
    root: int,
    is_fatal: Callable[[WrongMeasure], bool] = lambda error: False,
) -> tuple[dict[str, float | None], dict[str, str]]:
    """The values by name, and the reasons of those that have none."""
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    for measure, sources in looking:
        try:
            found = measure(*sources, seed=measure_seed(root, measure.name))
        except WrongMeasure as error:
            if is_fatal(error):
                raise
            found = {measure.name: Undefined(str(error))}
        except Exception as error:  # a measure is the user's code too: a run is not lost because one of them raised
            found = {measure.name: Undefined(f"{type(error).__name__}: {error}")}
        for name, value in found.items():
            values[name] = None if isinstance(value, Undefined) else value
            if isinstance(value, Undefined):
                reasons[name] = value.reason
    return values, reasons


def _ends_the_study(data: Data, task: Task) -> Callable[[WrongMeasure], bool]:
    """Whether a wrong measure ends the study: at its first run, where nothing is lost, and every later run would have it too.

    A baseline need not have all that a measure reads; but what stands in the data's content alone no run will have.
    """
    content = data.content if isinstance(data.content, Mapping) else {}

    def is_fatal(error: WrongMeasure) -> bool:
        if not task.first or not isinstance(error, MissingName):
            return task.first
        return error.name in content or (task.baseline is None and not error.of_fact)

    return is_fatal


def plain(facts: Facts) -> Plain:
    """Facts as JSON values: NumPy scalars become numbers, numbers that are not finite become text."""

    def value(item: Any) -> Any:
        if isinstance(item, np.generic):
            item = item.item()
        if isinstance(item, float) and not np.isfinite(item):
            return str(item)
        if isinstance(item, Mapping):
            return plain(item)
        return [value(x) for x in item] if isinstance(item, list | tuple) else item

    return {str(name): value(item) for name, item in facts.items()}
