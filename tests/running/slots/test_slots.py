"""Slots: what is left of their processes and threads when they close."""

import threading

from sweepwright.running.executor import executor_named
from sweepwright.running.slots.worker import Task
from sweepwright.study.study_file import ExecutorSettings


def numbers(task: Task) -> list[int]:
    return list(task.numbers)


def test_nothing_clears_up_any_more_when_the_slots_are_closed(job):
    task = Task(problem="", options="{}", data_hash="", folder="", jobs=(job,), root=0)
    before = set(threading.enumerate())
    slots = executor_named("local").slots(ExecutorSettings(slots=1), ("cpu",))
    assert slots.submit(numbers, [task]).result() == [3]
    assert set(threading.enumerate()) > before
    slots.close()
    assert set(threading.enumerate()) == before
