"""A problem that costs nothing: a noisy parabola, with folds, batches, weights and every kind of condition."""

import os
import time
from collections.abc import Iterator, Sequence

import numpy as np

from sweepwright import Choice, Condition, Data, Effort, Float, Goal, Int, Job, Measure, Outcome, Problem, Space, Trained
from sweepwright.problem import Baseline, Check, Finding, Option, Status
from sweepwright.runs import Ending, Watch


def load(slow: float = 0.0, healthy: bool = True) -> Data:
    return Data(
        hash="tiny",
        facts={"healthy": healthy},
        samples={"sample_id": np.arange(12), "label": np.arange(12) % 2},
        content=float(slow),
    )


def train(data: Data, job: Job, watch: Watch) -> Trained:
    time.sleep(data.content)
    rng = np.random.default_rng([job.seed, job.data_seed])
    x, depth = float(job.configuration["x"]), int(job.configuration["depth"])
    error = (
        (x - 0.3) ** 2
        + 0.01 * depth
        + 0.02 * rng.standard_normal()
        + 0.03 * np.random.default_rng(job.data_seed).standard_normal()
    )
    if depth == 5:
        raise RuntimeError("five is too deep")
    rows = np.arange(12)[job.fold :: job.folds] if job.folds > 1 else np.arange(12)
    outcome = Outcome(arrays={"error": np.full(len(rows), error)}, sample=rows, facts={"depth": depth})
    return Trained(outcome=outcome, curves={"loss": np.array([1.0, error])}, weights={"w": np.array([x])})


def train_batch(data: Data, jobs: Sequence[Job], watch: Watch) -> Iterator[tuple[int, Trained]]:
    for job in jobs:
        yield job.number, train(data, job, watch)


def by_replicate(jobs: Sequence[Job]) -> list[list[Job]]:
    found: dict[tuple, list[Job]] = {}
    for job in jobs:
        found.setdefault((job.condition.name, job.replicate), []).append(job)
    return list(found.values())


def guess(data: Data, job: Job, watch: Watch) -> Trained:
    return Trained(outcome=Outcome(arrays={"error": np.ones(12)}, sample=np.arange(12)))


def ask(data: Data) -> Finding:
    if data.facts["healthy"]:
        return Finding(status=Status.PASSED)
    return Finding(status=Status.FAILED, measured="It is not.", advice="Make it so.")


def diverge(data: Data, job: Job, watch: Watch) -> Trained:
    return Trained(ending=Ending.DIVERGED, cause="the loss became NaN at update 3")


def kill_once(data: Data, job: Job, watch: Watch) -> Trained:
    """The worker dies at its first attempt at run 2, and at every attempt at run 4."""
    mark = f"/tmp/sweepwright-test-{os.getppid()}-{job.number}"
    if job.number == 4 or (job.number == 2 and not os.path.exists(mark)):  # noqa: PTH110
        with open(mark, "w"):  # noqa: PTH123
            pass
        os._exit(9)
    return train(data, job, watch)


ERROR = Measure.of(np.mean, "error", name="error")
COMMON = {
    "load": load,
    "space": Space(x=Float(0, 1, grid=5), depth=Int(1, 3)),
    "measures": (ERROR, Measure.fact("depth"), Measure.pooled(np.max, "error", name="worst")),
    "goals": (Goal(ERROR, "lower"), Goal("depth", "lower")),
    "known": ({"x": 0.5, "depth": 1},),
    "data": {"slow": Option(0.0, "seconds per run"), "healthy": Option(True, "whether the check passes")},
}
HELD = (
    Condition(name="inner 0", kind="held", steps=("confirm",), folds=2),
    Condition(name="outer 0", kind="held", steps=("confirm",), folds=1, chosen_on="inner 0"),
)
PROBLEM = Problem(
    name="tiny", train=train, protocol={"explore": {"trials": 12}, "finalists": {"trials": 3, "draws": 2}}, **COMMON
)
FOLDED = Problem(
    name="folded",
    train=train,
    train_batch=train_batch,
    batches=by_replicate,
    folds=3,
    conditions=(
        Condition(name="all"),
        Condition(name="rotated"),
        *HELD,
        Condition(name="shuffled", kind="control", steps=("confirm",), draws=2),
        Condition(name="refit", steps=("keep",), folds=1),
    ),
    baselines=(Baseline("guess", guess),),
    checks=(Check("healthy", "Is the problem well?", ask),),
    protocol={"explore": {"sampler": "grid"}, "finalists": {"trials": 2, "draws": 1}, "confirm": {"how": "nested"}},
    **COMMON,
)
DEEP = Problem(
    name="deep",
    train=train,
    protocol={"explore": {"sampler": "grid"}},
    **{**COMMON, "space": Space(x=Float(0, 1, grid=2), depth=Int(4, 5)), "known": ()},
)
DIVERGING = Problem(name="diverging", train=diverge, efforts=(Effort(name="full"),), **COMMON)
DYING = Problem(
    name="dying",
    train=kill_once,
    protocol={"explore": {"trials": 6}, "finalists": {"trials": 0}, "confirm": {"how": "off"}},
    **COMMON,
)
COARSE = Problem(
    name="coarse",
    train=train,
    protocol={
        "audit": {"trials": 1, "draws": 2},
        "explore": {"sampler": "random", "trials": 6},
        "exploit": {"sampler": "tpe", "trials": 14},
        "finalists": {"trials": 2, "draws": 2},
    },
    **{**COMMON, "space": Space(x=Choice(0.1, 0.3, 0.5), depth=Int(1, 2))},
)
