"""A problem that costs nothing: a noisy parabola, with folds, batches, weights and every kind of condition."""

import os
import time
from collections.abc import Iterator, Sequence

import numpy as np

from sweepwright import Choice, Condition, Data, Effort, Float, Goal, Int, Job, Measure, Outcome, Problem, Space, Trained
from sweepwright.nouns.baseline import Baseline
from sweepwright.nouns.check import Check
from sweepwright.nouns.ending import Ending
from sweepwright.nouns.finding import Finding, Status
from sweepwright.nouns.problem import Option
from sweepwright.nouns.watch import Watch


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
    "measures": (ERROR, Measure.fact("depth")),
    "goals": (Goal(ERROR, "lower"), Goal("depth", "lower")),
    "known": ({"x": 0.5, "depth": 1},),
    "data": {"slow": Option(0.0, "seconds per run"), "healthy": Option(True, "whether the check passes")},
}
SEARCH_ONCE = {"audit": {"trials": 0}, "exploit": {"trials": 0}}
SEARCH_ALONE = {**SEARCH_ONCE, "finalists": {"trials": 0}, "confirm": {"how": "off"}}
HELD = (
    Condition(name="inner 0", kind="held", steps=("confirm",), folds=2),
    Condition(name="outer 0", kind="held", steps=("confirm",), folds=1, chosen_on="inner 0"),
)
PROBLEM = Problem(
    name="tiny",
    train=train,
    protocol={**SEARCH_ONCE, "explore": {"trials": 12}, "finalists": {"trials": 3, "draws": 2}},
    **COMMON,
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
    protocol={
        **SEARCH_ONCE,
        "explore": {"sampler": "grid"},
        "finalists": {"trials": 2, "draws": 1},
        "confirm": {"how": "nested"},
    },
    **{**COMMON, "measures": (*COMMON["measures"], Measure.pooled(np.max, "error", name="worst"))},
)
DEEP = Problem(
    name="deep",
    train=train,
    protocol={"explore": {"sampler": "grid"}},
    **{**COMMON, "space": Space(x=Float(0, 1, grid=2), depth=Int(4, 5)), "known": ()},
)
DIVERGING = Problem(name="diverging", train=diverge, protocol=SEARCH_ONCE, efforts=(Effort(name="full"),), **COMMON)
DYING = Problem(
    name="dying",
    train=kill_once,
    protocol={**SEARCH_ALONE, "explore": {"trials": 6}},
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


# --- what the whole protocol needs ------------------------------------------------------------------------------------


def staged(data: Data, job: Job, watch: Watch) -> Trained:
    """Best at x 0.7, y 0.2 and loss b; y counts little until x is right."""
    time.sleep(data.content)
    c, noise = job.configuration, np.random.default_rng([job.seed, job.data_seed]).standard_normal()
    error = (float(c["x"]) - 0.7) ** 2 + 0.3 * (float(c["y"]) - 0.2) ** 2 + 0.05 * (c["loss"] == "a") + 0.005 * noise
    rows = np.arange(12)
    outcome = Outcome(arrays={"error": np.full(12, error), "other": np.zeros(12)}, sample=rows, facts={"depth": 1})
    return Trained(outcome=outcome, weights={"w": np.array([error])})


STAGED = Problem(
    name="staged",
    train=staged,
    **{
        **COMMON,
        "space": Space(x=Float(0, 1), y=Float(0, 1, stage=2), loss=Choice("a", "b", stage=2)),
        "goals": (Goal(ERROR, "lower"),),
        "known": ({"x": 0.5, "y": 0.5, "loss": "a"}, {"x": 0.4, "y": 0.6, "loss": "b"}),
    },
)


def curved(data: Data, job: Job, watch: Watch) -> Trained:
    """A loss per epoch that the configuration decides; it asks after each epoch whether to go on."""
    rate, losses = float(job.configuration["x"]), []
    for epoch in range(20):
        time.sleep(data.content)
        losses.append(float("nan") if rate > 0.9 and epoch == 3 else 1.0 / (1 + epoch) + rate)
        watch.report(loss=losses[-1])
        watch.progress((epoch + 1) / 20, f"epoch {epoch}")
        if watch.should_stop():
            break
    arrays = {"error": np.full(12, losses[-1])}
    return Trained(outcome=Outcome(arrays=arrays, sample=np.arange(12), facts={"depth": len(losses)}))


CURVED = Problem(
    name="curved",
    train=curved,
    protocol={**SEARCH_ALONE, "explore": {"sampler": "random", "trials": 20}},
    **{**COMMON, "space": Space(x=Float(0, 1)), "known": ()},
)


def curved_apart(data: Data, job: Job, watch: Watch) -> Trained:
    """The same, and every loss of the other condition is ten higher."""
    for epoch in range(8):
        watch.report(loss=float(job.configuration["x"]) + 1.0 / (1 + epoch) + 10 * (job.condition.name == "harder"))
        if watch.should_stop():
            break
    return Trained(outcome=Outcome(arrays={"error": np.full(12, float(job.configuration["x"]))}, sample=np.arange(12)))


APART = Problem(
    name="apart",
    train=curved_apart,
    conditions=(Condition(name="all"), Condition(name="harder")),
    protocol={
        **SEARCH_ALONE,
        "explore": {"sampler": "random", "trials": 20},
        "stopping": {"by": "median", "after": 2, "fewest": 4},
    },
    **{**COMMON, "space": Space(x=Float(0, 1)), "known": (), "measures": (ERROR,), "goals": (Goal(ERROR, "lower"),)},
)


def hungry(data: Data, job: Job, watch: Watch) -> Trained:
    """Depth 2 asks for more memory than it may have, depth 3 hangs; depth 1 is well."""
    if job.configuration["depth"] == 2:
        np.ones(2**30)  # 8 GiB
    while job.configuration["depth"] == 3:
        time.sleep(0.1)
    return train(data, job, watch)


HUNGRY = Problem(
    name="hungry",
    train=hungry,
    protocol={**SEARCH_ALONE, "explore": {"sampler": "grid"}},
    **{**COMMON, "space": Space(x=Choice(0.3), depth=Int(1, 3)), "known": ()},
)


def bulky(data: Data, job: Job, watch: Watch) -> Trained:
    """Each run keeps 100 kB."""
    time.sleep(data.content)
    rng = np.random.default_rng(job.seed)
    arrays = {"error": rng.random(12), "noise": rng.random(12_500)}
    return Trained(outcome=Outcome(arrays=arrays, sample=np.arange(12), facts={"depth": 1}))


BULKY = Problem(
    name="bulky",
    train=bulky,
    protocol={**SEARCH_ALONE, "explore": {"sampler": "random", "trials": 30}},
    **{**COMMON, "known": ()},
)


def load_large(slow: float = 0.0, healthy: bool = True) -> Data:
    """Arrays that are worth sharing: each load says so in a file that the process leaves."""
    with open(f"/tmp/sweepwright-loads-{os.getpid()}", "w"):  # noqa: PTH123
        pass
    images = np.arange(2_000_000, dtype=float).reshape(-1, 1000)
    return Data(hash="large", facts={"healthy": healthy}, samples={"sample_id": np.arange(12)}, content={"images": images})


def look(data: Data, job: Job, watch: Watch) -> Trained:
    mapped = isinstance(data.content["images"], np.memmap)
    arrays = {"error": np.full(12, float(data.content["images"][1, 1]) - 1001.0 + (0.0 if mapped else 1.0))}
    return Trained(outcome=Outcome(arrays=arrays, sample=np.arange(12), facts={"depth": 1}))


LARGE = Problem(
    name="large",
    train=look,
    protocol={**SEARCH_ALONE, "explore": {"sampler": "random", "trials": 3}},
    **{**COMMON, "load": load_large, "known": ()},
)
