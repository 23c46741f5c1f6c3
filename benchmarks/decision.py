"""The winner's curse, with the tool in the loop: how good is what a study picks, and how true is what it reports?

    python benchmarks/decision.py            1,000 studies of 120 runs each on either landscape (about 10 minutes on 2 cores)
    python benchmarks/decision.py --quick    60 studies
    python benchmarks/decision.py --json     one object on stdout

Every configuration has a true quality, a draw of N(0, 1) by its identity, so that no sampler can help; every run adds
noise N(0, 1). Each study has 120 runs, every run of every step counted, through `sweepwright.run` with the executor
`inline` and the default protocol; only the chosen trial is confirmed (3 runs). Beside it: the best of 120 single runs,
which is what a sweep tool reports. The smooth landscape, where a model can help, is printed without a target. Last what the
estimator of levels costs.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

import sweepwright as sw
from sweepwright import Data, Float, Goal, Job, Measure, Outcome, Problem, Space, Trained, Watch
from sweepwright.answers.verdict import verdict
from sweepwright.choosing.estimator.levels import levels
from sweepwright.nouns.hashing import content_hash

RUNS = 120
SIZES, SEARCHED = (84, 664, 10_000), 664  # trials whose levels are timed; those with a target
NAMES = ("a", "b", "c", "d")


def rugged(configuration) -> float:
    """N(0, 1), independent between configurations."""
    return float(np.random.default_rng(int(content_hash(dict(configuration))[:12], 16)).standard_normal())


def smooth(configuration) -> float:
    """About N(0, 1) over the space, and better towards one corner of it."""
    x = np.array([float(configuration[name]) for name in NAMES])
    return float(((x - 0.5) * np.array([2.0, -1.6, 1.8, 1.2])).sum() - 2.0 * (x[0] - 0.5) * (x[1] - 0.5))


LANDSCAPES = {"rugged": rugged, "smooth": smooth}


def load(landscape: str = "rugged") -> Data:
    return Data(hash=landscape, samples={"sample_id": np.arange(1)}, content=landscape)


def train(data: Data, job: Job, watch: Watch) -> Trained:
    noise = np.random.default_rng([job.seed, job.data_seed]).standard_normal()
    score = LANDSCAPES[data.content](job.configuration) + noise
    return Trained(outcome=Outcome(arrays={}, sample=np.arange(1), facts={"score": score}))


SCORE = Measure.fact("score")
PROBLEM = Problem(
    name="decision",
    load=load,
    train=train,
    space=Space({name: Float(0, 1) for name in NAMES}),
    measures=(SCORE,),
    goals=(Goal(SCORE, "higher"),),
    known=tuple(dict.fromkeys(NAMES, value) for value in (0.35, 0.65)),
    data={"landscape": sw.Option("rugged", "rugged or smooth")},
)
SETTINGS = {"budget": {"runs": RUNS}, "protocol": {"confirm": {"trials": 1}}}


def one_study(landscape: str, seed: int) -> dict[str, float]:
    """True quality of the pick, what was reported of it, and whether the interval covers the truth."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        study = sw.run(PROBLEM, folder=f"{folder}/study", seed=seed, settings=SETTINGS, landscape=landscape)
        found = verdict(study)
        estimate = found.estimate("confirmed")
        assert found.chosen is not None and estimate is not None and estimate.low is not None and estimate.high is not None
        truth = LANDSCAPES[landscape](study.state.trials[found.chosen].configuration)
        optimistic = found.estimate("selection score")
        assert optimistic is not None
        return {
            "runs": len(study.state.ended),
            "quality": truth,
            "bias": estimate.value - truth,
            "covered": float(estimate.low <= truth <= estimate.high),
            "width": estimate.high - estimate.low,
            "selection_bias": optimistic.value - truth,
        }


def best_single_run(landscape: str, seed: int) -> dict[str, float]:
    """The best of 120 single runs of random configurations, reported as it is."""
    rng = np.random.default_rng([seed, 120])
    if landscape == "rugged":
        quality = rng.standard_normal(RUNS)
    else:
        quality = np.array([smooth(dict(zip(NAMES, x, strict=True))) for x in rng.random((RUNS, len(NAMES)))])
    seen = quality + rng.standard_normal(RUNS)
    best = int(np.argmax(seen))
    return {"quality": float(quality[best]), "bias": float(seen[best] - quality[best])}


def estimator_seconds(trials: int, times: int = 5) -> float:
    """CPU seconds for the levels of so many trials of one run each, nine of which ran on four further draws; the median of repeats."""
    rng = np.random.default_rng(trials)
    trial = np.r_[np.arange(trials), np.tile(np.arange(9), 4)]
    draw = np.r_[np.zeros(trials, int), np.repeat(np.arange(1, 5), 9)]
    value = rng.standard_normal(trials)[trial] + rng.standard_normal(5)[draw] + rng.standard_normal(len(trial))
    step = np.where(draw == 0, np.where(trial % 2, "exploit", "explore"), "finalists")
    about = {
        "run": np.arange(len(trial)),
        "trial": trial,
        "draw": draw,
        "replicate": draw,
        "step": step,
        "measure.score": value,
    }
    runs = pd.DataFrame(about).assign(condition="all", ending="COMPLETED", verdict="HEALTHY", used=True)
    seconds = []
    for _ in range(times):
        began = time.process_time()
        levels(runs, ["score"])
        seconds.append(time.process_time() - began)
    return float(np.median(seconds))


def mean(rows: list[dict[str, float]], key: str) -> tuple[float, float]:
    """The mean and its standard error."""
    values = np.array([row[key] for row in rows])
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int)
    arguments = parser.parse_args()
    repeats = arguments.repeats or (60 if arguments.quick else 1000)

    def say(text: str) -> None:
        if not arguments.json:
            print(text, flush=True)

    if arguments.quick:
        say(f"Quick: {repeats} studies, so the standard errors are wide; run without --quick for 1,000.")
    figures: dict[str, float] = {}
    say(f"{RUNS} runs per study, {repeats} studies; quality and noise are N(0, 1); standard errors behind +-\n")
    say(f"{'':32}{'true quality':>18}{'bias of report':>18}{'90 % covers':>14}{'width':>8}{'seconds':>9}")
    for landscape in LANDSCAPES:
        began = time.perf_counter()
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            rows = list(pool.map(one_study, [landscape] * repeats, range(repeats), chunksize=5))
        seconds = time.perf_counter() - began
        assert {row["runs"] for row in rows} == {RUNS}, "a study took more or fewer runs than it was given"
        single = [best_single_run(landscape, seed) for seed in range(repeats)]
        for name, found in (("best single run", single), ("sweepwright", rows)):
            quality, bias = mean(found, "quality"), mean(found, "bias")
            line = f"{landscape + ', ' + name:32}{quality[0]:>10.3f} +-{quality[1]:.3f}{bias[0]:>10.3f} +-{bias[1]:.3f}"
            key = f"{landscape} {name}"
            figures |= {f"{key} quality": quality[0], f"{key} quality se": quality[1]}
            figures |= {f"{key} bias": bias[0], f"{key} bias se": bias[1]}
            if name == "sweepwright":
                covered = mean(found, "covered")
                line += f"{covered[0]:>14.3f}{mean(found, 'width')[0]:>8.2f}{seconds:>9.0f}"
                figures |= {f"{key} coverage": covered[0], f"{key} selection bias": mean(found, "selection_bias")[0]}
            say(line)
    own, cost = "rugged sweepwright", f"estimator {SEARCHED} trials CPU seconds"
    for trials in SIZES:
        figures[f"estimator {trials} trials CPU seconds"] = estimator_seconds(trials)
    targets = {f"{own} quality": ">= 2.19", f"{own} bias": "within 0.05", f"{own} coverage": "0.85 to 0.95", cost: "< 1"}
    met = {
        f"{own} quality": figures[f"{own} quality"] >= 2.19,
        f"{own} bias": abs(figures[f"{own} bias"]) <= 0.05,
        f"{own} coverage": 0.85 <= figures[f"{own} coverage"] <= 0.95,
        cost: figures[cost] < 1,
    }
    say(f"\nThe score that the pick was chosen by is {figures[f'{own} selection bias']:.2f} too high; it is never reported.")
    say(
        "The levels cost "
        + ", ".join(f"{figures[f'estimator {n} trials CPU seconds']:.2f} s of CPU for {n:,} trials" for n in SIZES)
        + "."
    )
    if arguments.json:
        print(json.dumps({"benchmark": "decision", "figures": figures, "targets": targets, "met": met}))
    else:
        say(
            "\n".join(
                f"{'met' if met[name] else 'NOT MET':8} {name}: {figures[name]:.3f} ({targets[name]})" for name in targets
            )
        )


if __name__ == "__main__":
    main()
