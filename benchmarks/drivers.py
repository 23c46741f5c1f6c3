"""Which hyperparameter drives a measure: errors of total shares on functions whose truth is known, beside Optuna's evaluators.

    python benchmarks/drivers.py            30 repeats of five truths and three designs (about 25 minutes on 2 cores)
    python benchmarks/drivers.py --quick    2 repeats
    python benchmarks/drivers.py --json     one object on stdout

Truths on [0, 1]^8 with noise of sd 0.15: smooth = 4 (x0 - .6)^2 + .8 x1 + 2.4 (x2 - .5)(x3 - .5) + .15 x4; cliff =
2.5 [x0 > .78] + .8 x1 + .6 [x2 > .5] + .3 x3; Ishigami (standard form, five inert axes beside); one with categories and a
conditional parameter; one drawn at random in each repeat. Designs: 64 quasi-random points; the same with 136 more by TPE;
200 by TPE alone, which is printed without a target and should be flagged. Peers: Optuna's PED-ANOVA and fANOVA (8 trees
of depth 8) on the same trials. They give shares that sum to 1, so for them all are compared after division by the sum.
"""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import optuna
import pandas as pd
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator, get_param_importances
from scipy.stats import qmc

from sweepwright.choosing.effects.drivers import drivers
from sweepwright.choosing.encoding import axes_of
from sweepwright.space import Choice, Float, Space

NOISE = 0.15
DESIGNS = ("64 QMC", "64 QMC + 136 TPE", "200 TPE")
OPTIMIZERS = ("sgd", "adam", "rmsprop")
Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Truth:
    """A function of points in the unit cube, and the space whose draws they stand for."""

    name: str
    function: Function
    space: Space
    dimensions: int = 8


def smooth(x: np.ndarray) -> np.ndarray:
    return 4 * (x[:, 0] - 0.6) ** 2 + 0.8 * x[:, 1] + 2.4 * (x[:, 2] - 0.5) * (x[:, 3] - 0.5) + 0.15 * x[:, 4]


def cliff(x: np.ndarray) -> np.ndarray:
    return 2.5 * (x[:, 0] > 0.78) + 0.8 * x[:, 1] + 0.6 * (x[:, 2] > 0.5) + 0.3 * x[:, 3]


def ishigami(x: np.ndarray) -> np.ndarray:
    a, b, c = (2 * np.pi * (x[:, i] - 0.5) for i in range(3))
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def conditional(x: np.ndarray) -> np.ndarray:
    """Axes: optimizer (3 levels), rate, momentum (with sgd only), activation (3 levels), width, three inert ones."""
    optimizer = np.minimum((x[:, 0] * 3).astype(int), 2)
    activation = np.minimum((x[:, 3] * 3).astype(int), 2)
    best = np.array([0.7, 0.4, 0.5])[optimizer]
    value = np.array([0.0, 0.5, 0.3])[optimizer] - 3 * (x[:, 1] - best) ** 2 + np.array([0.0, 0.25, -0.2])[activation]
    return value + np.where(optimizer == 0, 1.2 * (x[:, 2] - 0.5), 0.0) + 0.5 * x[:, 4]


def random_function(seed: int) -> Function:
    """Main effects of random shapes, weights that fall in a random order, and three random products of two of them."""
    rng = np.random.default_rng((7, seed))
    order, weights = rng.permutation(8), 0.6 ** np.arange(8)
    kinds, places = rng.integers(5, size=8), rng.uniform(0.2, 0.8, 8)
    pairs = [tuple(int(i) for i in rng.choice(8, 2, replace=False)) for _ in range(3)]

    def shape(x: np.ndarray, i: int) -> np.ndarray:
        """A line, a hump, a cliff, a saturation or a wave, about one unit high."""
        u, at = x[:, i], places[i]
        return (
            u,
            1 - (u - at) ** 2 / max(at, 1 - at) ** 2,
            (u > at).astype(float),
            1 - np.exp(-4 * u / at),
            0.5 * np.sin(2 * np.pi * (u - at)),
        )[kinds[i]]

    def function(x: np.ndarray) -> np.ndarray:
        value = sum(weights[k] * shape(x, int(i)) for k, i in enumerate(order))
        return 2 * (value + sum(1.5 * (shape(x, i) - 0.5) * (shape(x, j) - 0.5) for i, j in pairs))

    return function


PLAIN = Space({f"x{i}": Float(0, 1) for i in range(8)})
MIXED = Space(
    {"x0": Choice(*OPTIMIZERS), "x1": Float(0, 1), "x2": Float(0, 1, when="x0 == 'sgd'"), "x3": Choice("relu", "tanh", "gelu")}
    | {f"x{i}": Float(0, 1) for i in range(4, 8)}
)
TRUTHS = ("smooth", "cliff", "ishigami", "conditional", "random")


def truth(name: str, repeat: int) -> Truth:
    """The truth of this name; the random one is another in each repeat."""
    if name == "random":
        return Truth(name, random_function(repeat), PLAIN)
    return Truth(name, {"smooth": smooth, "cliff": cliff, "ishigami": ishigami, "conditional": conditional}[name],
                 MIXED if name == "conditional" else PLAIN)  # fmt: skip


def totals(function: Function, points: int = 2**14) -> np.ndarray:
    """Total shares by brute force: each axis drawn again while all others stay (Jansen 1999)."""
    units = qmc.Sobol(16, scramble=True, rng=np.random.default_rng(1)).random(points)
    first, second = units[:, :8], units[:, 8:]
    base = function(first)
    whole = np.var(np.concatenate([base, function(second)]))
    found = []
    for i in range(8):
        moved = first.copy()
        moved[:, i] = second[:, i]
        found.append(0.5 * np.mean((base - function(moved)) ** 2) / whole)
    return np.array(found)


def suggested(trial: optuna.Trial, name: str) -> np.ndarray:
    """A point that Optuna's sampler proposes, with the conditional parameter only where it is active."""
    point = np.full(8, 0.5)
    for i in range(8):
        if name == "conditional" and i in (0, 3):
            point[i] = (trial.suggest_categorical(f"x{i}", (0, 1, 2)) + 0.5) / 3
        elif name != "conditional" or i != 2 or point[0] < 1 / 3:
            point[i] = trial.suggest_float(f"x{i}", 0, 1)
    return point


def frozen(point: np.ndarray, value: float, name: str) -> optuna.trial.FrozenTrial:
    """A point that was drawn elsewhere, as a trial of Optuna."""
    parameters: dict[str, float | int] = {}
    distributions: dict[str, FloatDistribution | CategoricalDistribution] = {}
    for i in range(8):
        if name == "conditional" and i in (0, 3):
            parameters[f"x{i}"], distributions[f"x{i}"] = min(int(point[i] * 3), 2), CategoricalDistribution((0, 1, 2))
        elif name != "conditional" or i != 2 or point[0] < 1 / 3:
            parameters[f"x{i}"], distributions[f"x{i}"] = float(point[i]), FloatDistribution(0, 1)
    return optuna.trial.create_trial(params=parameters, distributions=distributions, value=value)


def designed(name: str, function: Function, design: str, seed: int) -> tuple[optuna.Study, np.ndarray, np.ndarray, np.ndarray]:
    """An Optuna study of the design, its points, values, and which of them TPE proposed."""
    rng = np.random.default_rng((seed, DESIGNS.index(design)))
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    points = []
    if design != "200 TPE":
        points = list(qmc.Sobol(8, scramble=True, rng=np.random.default_rng(seed)).random(64))
        for point in points:
            study.add_trial(frozen(point, float(function(point[None])[0] + NOISE * rng.standard_normal()), name))
    filling = len(points)
    while design != "64 QMC" and len(points) < 200:
        trial = study.ask()
        points.append(suggested(trial, name))
        study.tell(trial, float(function(points[-1][None])[0] + NOISE * rng.standard_normal()))
    values = np.array([trial.value for trial in study.trials], dtype=float)
    return study, np.array(points), values, np.arange(len(points)) >= filling


def frame(points: np.ndarray, values: np.ndarray, adaptive: np.ndarray, name: str) -> pd.DataFrame:
    """The same trials as a `runs` frame."""
    columns: dict[str, object] = {}
    for i in range(8):
        column: pd.Series = pd.Series(points[:, i])
        if name == "conditional" and i in (0, 3):
            names = OPTIMIZERS if i == 0 else ("relu", "tanh", "gelu")
            column = pd.Series([names[min(int(u * 3), 2)] for u in points[:, i]])
        if name == "conditional" and i == 2:
            column = column.where(points[:, 0] < 1 / 3)
        columns[f"param.x{i}"] = column
    step = np.where(adaptive, "exploit", "explore")
    about = {"trial": range(len(values)), "step": step, "condition": "all", "ending": "COMPLETED", "verdict": "HEALTHY"}
    return pd.DataFrame({**about, "used": True, "measure.y": values, **columns})


def one(job: tuple[str, int, str]) -> dict[str, object]:
    """Errors of all methods on one data set."""
    name, repeat, design = job
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    about = truth(name, repeat)
    true = totals(about.function)
    study, points, values, adaptive = designed(name, about.function, design, repeat)
    found = drivers(frame(points, values, adaptive, name), ["y"], axes_of(about.space))
    rows = found.effects[found.effects["where"] != "active"].set_index("parameter")
    ours = rows["total"].reindex([f"x{i}" for i in range(8)]).to_numpy(dtype=float)
    result: dict[str, object] = {
        "job": job,
        "ours": float(np.abs(ours - true).mean()),
        "first": int(ours.argmax() == true.argmax()),
    }
    result["covered"] = float(((rows["low"] <= true + 1e-9) & (rows["high"] >= true - 1e-9)).mean())
    result["flagged"] = int(bool(found.models["flag"].iloc[0]))
    shares = {"ours": ours}
    for label, evaluator in (
        ("PED-ANOVA", PedAnovaImportanceEvaluator()),
        ("fANOVA", FanovaImportanceEvaluator(n_trees=8, max_depth=8, seed=repeat)),
    ):
        importances = get_param_importances(study, evaluator=evaluator)
        shares[label] = np.array([importances.get(f"x{i}", 0.0) for i in range(8)])
        result[f"first {label}"] = int(shares[label].argmax() == true.argmax())
    for label, share in shares.items():
        result[f"scaled {label}"] = float(np.abs(share / share.sum() - true / true.sum()).mean())
    return result


def summary(results: list[dict], name: str, design: str) -> dict[str, float]:
    rows = [r for r in results if r["job"][0] == name and r["job"][2] == design]
    keys = [key for key in rows[0] if key != "job"]
    return {key: float(np.mean([row[key] for row in rows])) for key in keys}


def judged(figures: dict[str, dict[str, float]]) -> tuple[dict[str, str], dict[str, bool]]:
    """The targets and whether they are met."""
    targets, met = {}, {}
    for name in TRUTHS:
        for design in DESIGNS[:2]:
            found, key = figures[f"{name}, {design}"], f"{name}, {design}"
            if name in ("smooth", "cliff"):
                targets[key] = "mean absolute error <= 0.02, first driver always right"
                met[key] = found["ours"] <= 0.02 and found["first"] == 1.0
            else:
                targets[key] = "at most half the error of each peer"
                met[key] = 2 * found["scaled ours"] <= min(found["scaled PED-ANOVA"], found["scaled fANOVA"])
    return targets, met


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=30)
    arguments = parser.parse_args()
    repeats = 1 if arguments.quick else arguments.repeats
    jobs = [(name, repeat, design) for name in TRUTHS for design in DESIGNS for repeat in range(repeats)]
    results = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done, result in enumerate(pool.map(one, jobs), 1):
            results.append(result)
            if sys.stderr.isatty():
                print(f"\r{done} of {len(jobs)}", end="", file=sys.stderr)
    figures = {f"{name}, {design}": summary(results, name, design) for name in TRUTHS for design in DESIGNS}
    targets, met = judged(figures)
    if arguments.json:
        print(json.dumps({"benchmark": "drivers", "figures": figures, "targets": targets, "met": met, "repeats": repeats}))
        return
    print(
        f"{repeats} repeats{' (quick: too few to judge by)' if arguments.quick else ''}; errors are mean absolute errors of shares"
    )
    print(
        f"{'truth, design':34}{'total':>8}{'first':>7}{'cover':>7}{'flag':>6} |{'ours/sum':>9}{'PED':>7}{'fANOVA':>8}{'1st PED':>8}{'1st fAN':>8}"
    )
    for key, f in figures.items():
        verdict = "" if key not in met else "met" if met[key] else "NOT MET"
        line = f"{key:34}{f['ours']:8.4f}{f['first']:7.2f}{f['covered']:7.2f}{f['flagged']:6.2f} |"
        line += f"{f['scaled ours']:9.4f}{f['scaled PED-ANOVA']:7.3f}{f['scaled fANOVA']:8.3f}"
        print(f"{line}{f['first PED-ANOVA']:8.2f}{f['first fANOVA']:8.2f}  {verdict}")


if __name__ == "__main__":
    main()
