"""What happens inside a worker: load the problem and its data once, train a batch, measure, store."""

import json
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from sweepwright.problem import Data, Measure, Of, Problem, lookups
from sweepwright.runs import Ending, Job, Silent, Trained, Undefined
from sweepwright.study import address
from sweepwright.study.seeds import measure_seed
from sweepwright.study.storage import read_record, write_run


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
    keep: tuple[str, ...] = ("outcome", "curves", "weights")


def begin(threads: int, coordinator: int) -> None:
    """Prepare a worker process: it ignores Ctrl-C, which is its coordinator's business, and never outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threadpool_limits(threads)

    def watch() -> None:
        while os.getppid() == coordinator:  # asked for by number: the coordinator may have died while this process started
            time.sleep(0.25)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@lru_cache(maxsize=2)
def load(problem: str, options: str) -> Data:
    """The data of a problem, once per process."""
    return address.find(problem).load(**json.loads(options))


def execute(task: Task) -> list[dict[str, Any]]:
    """Train the batch and return one record per run; runs that were stored before a kill stay as they are."""
    problem = address.find(task.problem)
    return list(records(problem, load(task.problem, task.options), task))


def records(problem: Problem, data: Data, task: Task) -> Iterator[dict[str, Any]]:
    """One record per run of the batch, each stored before it is returned."""
    if data.hash != task.data_hash:
        raise RuntimeError(f"The data changed while the study ran: hash {data.hash[:12]}, declared {task.data_hash[:12]}.")
    by_number = {job.number: job for job in task.jobs}
    folders = {number: Path(task.folder) / "runs" / str(number) for number in by_number}
    left = dict(by_number)
    clock = time.perf_counter()
    with threadpool_limits(task.jobs[0].threads):
        for number, trained, problem_text in _train(problem, data, task):
            seconds, clock = time.perf_counter() - clock, time.perf_counter()
            left.pop(number)
            stored = read_record(folders[number])
            yield stored or _finish(problem, data, task, by_number[number], trained, seconds, problem_text, folders[number])
    for number in left:
        cause = "train_batch returned without a result for this run"
        yield _finish(
            problem, data, task, by_number[number], Trained(ending=Ending.RAISED, cause=cause), 0.0, "", folders[number]
        )


def _train(problem: Problem, data: Data, task: Task) -> Iterator[tuple[int, Trained, str]]:
    """(run number, what came back, traceback); an error ends its batch and is recorded for the runs that were open."""
    waiting = [job.number for job in task.jobs]
    try:
        if task.baseline is not None:
            baselines = problem.resolved(data.facts).baselines
            train = next(b.train for b in baselines if b.name == task.baseline)
            for job in task.jobs:
                yield job.number, train(data, job, Silent()), ""
                waiting.remove(job.number)
        elif problem.train_batch is not None:
            for number, trained in problem.train_batch(data, task.jobs, Silent()):
                yield number, trained, ""
                waiting.remove(number)
        else:
            for job in task.jobs:
                yield job.number, problem.train(data, job, Silent()), ""
                waiting.remove(job.number)
    except MemoryError as error:
        for number in list(waiting):
            yield number, Trained(ending=Ending.OUT_OF_MEMORY, cause=str(error) or "MemoryError"), traceback.format_exc()
    except Exception as error:  # the user's code may raise anything; it is recorded, explained and counted
        for number in list(waiting):
            yield number, Trained(ending=Ending.RAISED, cause=f"{type(error).__name__}: {error}"), traceback.format_exc()


def _finish(
    problem: Problem, data: Data, task: Task, job: Job, trained: Trained, seconds: float, trace: str, folder: Path
) -> dict[str, Any]:
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    if trained.outcome is not None:
        looking = [(m, lookups(trained.outcome, data)) for m in problem.all_measures() if m.looks_at is Of.OUTCOME]
        looking += [(m, (trained.curves,)) for m in problem.all_measures() if m.looks_at is Of.CURVES and trained.curves]
        values, reasons = measured(looking, task.root)
    record: dict[str, Any] = {
        "run": job.number,
        "ending": trained.ending.name,
        "cause": trained.cause[:2000],
        "measured": values,
        "reasons": reasons,
        "facts": plain(trained.outcome.facts) if trained.outcome else {},
        "seconds": round(seconds, 6),
        "spent": plain(trained.spent),
        "device": job.device,
        "host": socket.gethostname(),
    }
    outcome = trained.outcome if "outcome" in task.keep else None
    curves = trained.curves if "curves" in task.keep else None
    weights = trained.weights if "weights" in task.keep else None
    if outcome is not None or curves or weights or len(task.jobs) > 1:
        write_run(folder, record, outcome, curves, weights)
    if trace:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "traceback.txt").write_text(trace, encoding="utf-8")
    return record


def measured(
    looking: Sequence[tuple[Measure, Sequence[Mapping[str, Any]]]], root: int
) -> tuple[dict[str, float | None], dict[str, str]]:
    """The values by name, and the reasons of those that have none."""
    values: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    for measure, sources in looking:
        try:
            found = measure(*sources, seed=measure_seed(root, measure.name))
        except Exception as error:  # a measure is the user's code too: a run is not lost because one of them raised
            found = {
                measure.name: Undefined(
                    str(error.args[0]) if isinstance(error, KeyError) else f"{type(error).__name__}: {error}"
                )
            }
        for name, value in found.items():
            values[name] = None if isinstance(value, Undefined) else value
            if isinstance(value, Undefined):
                reasons[name] = value.reason
    return values, reasons


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
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
