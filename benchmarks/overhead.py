"""What a study costs beyond its runs: runs of nothing, against Optuna with in-memory, SQLite and journal storage.

    python benchmarks/overhead.py            (about 4 minutes)
    python benchmarks/overhead.py --quick    fewer runs, under a minute
    python benchmarks/overhead.py --json     one object on stdout

No-op runs with 8 parameters, random sampler, one at a time, everything on the same disk. Both sides make every result
durable before they go on as they are built to; sweepwright also derives seeds, checks for replicates, measures, and could
be killed at any instant. It runs in this process (`inline`, as Optuna does) and in one slot of its own (`local`). The kept
outcome is one array of 100 numbers, written aside, flushed and renamed. For TPE both sides use the same sampler settings,
and CPU time is compared with Optuna alone in memory: the median of 5 turns, each with the two sides one after the other.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import optuna
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

import sweepwright as sw
from sweepwright import Data, Float, Goal, Job, Measure, Outcome, Problem, Space, Trained, Watch

warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
optuna.logging.set_verbosity(optuna.logging.ERROR)
NAMES = [f"x{i}" for i in range(8)]
OFF = {"audit": {"trials": 0}, "exploit": {"trials": 0}, "finalists": {"trials": 0}, "confirm": {"how": "off"}}
KEPT = np.zeros(100)


def load(keep: bool = False) -> Data:
    return Data(hash="nothing", samples={"sample_id": np.arange(1)}, content=keep)


def train(data: Data, job: Job, watch: Watch) -> Trained:
    value = sum(float(job.configuration[name]) for name in NAMES)
    arrays = {"kept": KEPT} if data.content else {}
    return Trained(outcome=Outcome(arrays=arrays, sample=np.arange(1), facts={"value": value}))


VALUE = Measure.fact("value")
PROBLEM = Problem(
    name="nothing",
    load=load,
    train=train,
    space=Space({name: Float(0, 1) for name in NAMES}),
    measures=(VALUE,),
    goals=(Goal(VALUE, "higher"),),
    protocol=OFF,
    data={"keep": sw.Option(False, "keep an array of each run")},
)


def objective(trial: optuna.Trial) -> float:
    return sum(trial.suggest_float(name, 0, 1) for name in NAMES)


def ours(folder: Path, trials: int, executor: str, sampler: str = "random", keep: bool = False) -> None:
    search = {"sampler": sampler, "trials": trials}
    settings = {"protocol": {"explore": search}, "lag": 1}
    problem = f"{Path(__file__).resolve()}:PROBLEM"
    study = sw.run(problem, folder=folder, executor=executor, slots=1, settings=settings, keep=keep)
    assert len(study.state.ended) == trials


def peer(storage: object, trials: int, sampler: BaseSampler) -> None:
    study = optuna.create_study(storage=storage, sampler=sampler, direction="maximize")  # type: ignore[arg-type]
    study.optimize(objective, n_trials=trials)


def rate(work: Callable[[Path, int], None], trials: int, repeats: int) -> float:
    """Trials per second, the median of some repeats, start-up included."""
    found = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            began = time.perf_counter()
            work(Path(folder) / "study", trials)
            found.append(trials / (time.perf_counter() - began))
    return float(np.median(found))


def ray_rate(folder: Path, trials: int) -> None:
    from ray import tune  # type: ignore[import-not-found]

    space = {name: tune.uniform(0, 1) for name in NAMES}
    tuner = tune.Tuner(
        lambda config: {"value": sum(config.values())}, param_space=space, tune_config=tune.TuneConfig(num_samples=trials)
    )
    tuner.fit()


def tpe_cpu(trials: int, turns: int) -> dict[str, float]:
    """CPU seconds of the coordinator, and of Optuna alone with and without grouping; each the median over turns."""
    found: dict[str, list[float]] = {"ours": [], "optuna": [], "optuna, no group": []}
    for turn in range(turns):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            began = time.process_time()
            ours(Path(folder) / "study", trials, "inline", "tpe")
            found["ours"].append(time.process_time() - began)
        for name, group in (("optuna", True), ("optuna, no group", False)):
            began = time.process_time()
            sampler = TPESampler(multivariate=True, group=group, constant_liar=True, n_startup_trials=10, seed=turn)
            peer(None, trials, sampler)
            found[name].append(time.process_time() - began)
    return {name: float(np.median(seconds)) for name, seconds in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    quick = arguments.quick
    repeats = 1 if quick else 3

    def say(text: str) -> None:
        if not arguments.json:
            print(text, flush=True)

    if quick:
        say("Quick: few trials, one repeat; start-up weighs more than it should. Run without --quick for the figures.")
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # imports and first use, before anything is timed
        ours(Path(folder) / "study", 20, "inline")
        peer(None, 20, RandomSampler(seed=0))
    rates = {
        "optuna, in memory": rate(lambda place, n: peer(None, n, RandomSampler(seed=0)), 500 if quick else 2000, repeats),
        "optuna, SQLite": rate(
            lambda place, n: peer(f"sqlite:///{place}.db", n, RandomSampler(seed=0)), 40 if quick else 300, repeats
        ),
        "optuna, journal": rate(
            lambda place, n: peer(JournalStorage(JournalFileBackend(f"{place}.log")), n, RandomSampler(seed=0)),
            150 if quick else 1000,
            repeats,
        ),
    }
    if find_spec("ray") is not None:
        rates["ray tune"] = rate(ray_rate, 20, 1)
    for executor in ("inline", "local"):
        for keep in (False, True):
            name = f"sweepwright, {executor}{', an outcome kept' if keep else ''}"
            trials = 500 if quick else 2000
            rates[name] = rate(lambda place, n, e=executor, k=keep: ours(place, n, e, keep=k), trials, repeats)
    say(f"{'':44}{'trials per second':>18}{'x SQLite':>10}{'x journal':>11}")
    for name, found in rates.items():
        sqlite, journal = found / rates["optuna, SQLite"], found / rates["optuna, journal"]
        say(f"{name:44}{found:>18.0f}{sqlite:>10.1f}{journal:>11.1f}")
    trials, turns = (150, 1) if quick else (1000, 5)
    seconds = tpe_cpu(trials, turns)
    mine, theirs, bare = seconds.values()
    say(
        f"\nTPE, {trials} trials, CPU seconds: sweepwright {mine:.2f}, Optuna alone in memory {theirs:.2f}: {mine / theirs:.3f}x"
    )
    say(
        f"(without its grouping, which proposes the same here and which sweepwright leaves out then: {bare:.2f}, {mine / bare:.3f}x)"
    )
    figures: dict[str, float] = {f"{name}, trials per second": found for name, found in rates.items()}
    targets, met = {}, {}
    for executor in ("inline", "local"):
        plain, kept = rates[f"sweepwright, {executor}"], rates[f"sweepwright, {executor}, an outcome kept"]
        for name, value, least in (
            (f"{executor} over SQLite", plain / rates["optuna, SQLite"], 20),
            (f"{executor} over journal", plain / rates["optuna, journal"], 4),
            (f"{executor}, outcome kept, over SQLite", kept / rates["optuna, SQLite"], 10),
        ):
            figures[name], targets[name], met[name] = value, f">= {least}", value >= least
    figures["TPE CPU over Optuna alone"] = mine / theirs
    figures["TPE CPU over Optuna alone without grouping"] = mine / bare
    targets["TPE CPU over Optuna alone"], met["TPE CPU over Optuna alone"] = "<= 1.1", mine / theirs <= 1.1
    if arguments.json:
        print(json.dumps({"benchmark": "overhead", "figures": figures, "targets": targets, "met": met}))
    else:
        say(
            "\n".join(
                f"{'met' if met[name] else 'NOT MET':8} {name}: {figures[name]:.2f} ({targets[name]})" for name in targets
            )
        )


if __name__ == "__main__":
    main()
