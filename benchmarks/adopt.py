"""Somebody else's sweep: CPU seconds to adopt it, to choose from it and to find its drivers, imports included.

    python benchmarks/adopt.py            500 and 10,000 runs (about 2 minutes)
    python benchmarks/adopt.py --quick    100 and 300 runs
    python benchmarks/adopt.py --json     one object on stdout

A table of distinct configurations of eight hyperparameters with two goals. Each verb is a process of its own, as a person types
it. Beside it, in the same run: what Optuna takes to read the same runs from its SQLite storage and to evaluate fANOVA once.
"""

import argparse
import os
import tempfile
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import pandas as pd
from resume import cpu_seconds, tell

PEER = """
import sys, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.load_study(study_name="s", storage="sqlite:///" + sys.argv[1])
optuna.importance.get_param_importances(study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0))
"""


def table(runs: int) -> pd.DataFrame:
    """A sweep of distinct configurations."""
    rng = np.random.default_rng(0)
    x = rng.random((runs, 8))
    found = pd.DataFrame({f"params_x{i}": x[:, i] for i in range(6)})
    found["params_act"] = np.array(["relu", "tanh", "gelu"])[(3 * x[:, 6]).astype(int)]
    found["params_layers"] = 1 + (6 * x[:, 7]).astype(int)
    f1 = 0.8 - (x[:, 0] - 0.6) ** 2 + 0.1 * x[:, 1] + 0.6 * (x[:, 2] - 0.5) * (x[:, 3] - 0.5) + 0.02 * found["params_layers"]
    found["f1"] = f1 + 0.03 * rng.standard_normal(runs)
    found["rmse"] = 0.2 + 0.2 * x[:, 0] + 0.1 * x[:, 4] ** 2 + 0.02 * rng.standard_normal(runs)
    return found


def storage(path: Path, runs: pd.DataFrame) -> Path:
    """The same runs in an Optuna storage."""
    import optuna
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(study_name="s", storage=f"sqlite:///{path}", direction="maximize")
    space = {f"x{i}": FloatDistribution(0, 1) for i in range(6)}
    space |= {"act": CategoricalDistribution(("relu", "tanh", "gelu")), "layers": IntDistribution(1, 6)}
    for row in runs.to_dict("records"):
        values = {name: row[f"params_{name}"] for name in space}
        study.add_trial(optuna.trial.create_trial(params=values, distributions=space, value=row["f1"]))
    return path


def verbs(folder: Path, runs: int) -> dict[str, float]:
    """Seconds of each verb on a sweep of so many runs."""
    path = folder / f"sweep{runs}.csv"
    table(runs).to_csv(path, index=False)
    study = str(folder / f"study{runs}")
    goals = ("--goal", "f1 higher", "--goal", "rmse lower")
    found = {"adopt": cpu_seconds("-m", "sweepwright", "adopt", str(path), *goals, "--folder", study)}
    found["choose"] = cpu_seconds("-m", "sweepwright", "choose", study)
    found["drivers"] = cpu_seconds("-m", "sweepwright", "drivers", study)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    small, large = (100, 300) if arguments.quick else (500, 10_000)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        few, many = verbs(Path(place), small), verbs(Path(place), large)
        peer = cpu_seconds("-c", PEER, str(storage(Path(place) / "s.db", table(small))))
    explained, driven = f"{small} runs adopted, chosen and explained, CPU seconds", f"drivers of {large} runs, CPU seconds"
    figures = {
        explained: few["adopt"] + few["choose"],
        driven: many["drivers"],
        f"{small} runs: adopt": few["adopt"],
        f"{small} runs: choose (two goals)": few["choose"],
        f"{large} runs: adopt": many["adopt"],
        f"{large} runs: choose (two goals)": many["choose"],
        f"optuna: {small} trials read and fANOVA of one goal": peer,
    }
    targets = {explained: "< 20", driven: "< 40"}
    met = {explained: figures[explained] < 20, driven: figures[driven] < 40}
    tell("adopt", figures, targets, met, arguments.json)


if __name__ == "__main__":
    main()
