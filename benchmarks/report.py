"""The report: sizes, CPU seconds and how fast the page follows a drag, for 500 and 5,000 trials.

    python benchmarks/report.py            500 and 5,000 trials (about 2 minutes)
    python benchmarks/report.py --quick    60 and 150 trials
    python benchmarks/report.py --json     one object on stdout

Studies of twelve columns (eight hyperparameters, three goals, seconds), every run with two curves of 100 epochs. Bytes of data
and of scripts stand apart. Beside them, in the same run: the same charts of the same trials through Optuna's Plotly functions
(parallel coordinates, Pareto front, history, importances, slice, contour, rank, timeline, EDF), likewise apart. The page is driven
in headless Chromium, where it is installed.
"""

import argparse
import os
import shutil
import tempfile
import time
import warnings
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from resume import tell

from sweepwright import Choice, Data, Float, Goal, Int, Job, Measure, Outcome, Problem, Space, Trained, Watch, run
from sweepwright.report.writing import write_report

PARAMETERS = [f"x{i}" for i in range(6)]
OWN_SCRIPTS = ("core.js", "choose.js", "trial.js", "figures.js")
MEGA = 1e6
DRAGS = 10


def load() -> Data:
    return Data(hash="report/1", samples={"sample_id": np.arange(4)})


def train(data: Data, job: Job, watch: Watch) -> Trained:
    c: dict = dict(job.configuration)
    rng = np.random.default_rng([job.seed, job.data_seed])
    noise = 0.03 * rng.standard_normal(2)
    f1 = 0.8 - (c["x0"] - 0.6) ** 2 + 0.1 * c["x1"] + 0.6 * (c["x2"] - 0.5) * (c["x3"] - 0.5) + noise[0]
    rmse = 0.2 + 0.2 * c["x0"] + 0.1 * c["x4"] ** 2 + 0.02 * (c["act"] == "relu") + noise[1]
    falling = np.exp(-np.arange(100) / 20)
    curves = {"loss": 1 - f1 + falling, "val_loss": 1.02 - f1 + falling + 0.01 * rng.standard_normal(100)}
    arrays = {"hit": np.full(4, f1), "miss": np.full(4, rmse)}
    facts = {"parameters": float(10 ** c["layers"])}
    return Trained(outcome=Outcome(arrays=arrays, sample=np.arange(4), facts=facts), curves=curves)


F1, RMSE = Measure.of(np.mean, "hit", name="f1"), Measure.of(np.mean, "miss", name="rmse")
PROBLEM = Problem(
    name="wide",
    load=load,
    train=train,
    space=Space({**{name: Float(0, 1) for name in PARAMETERS}, "act": Choice("relu", "tanh", "gelu"), "layers": Int(1, 6)}),
    measures=(F1, RMSE, Measure.fact("parameters")),
    goals=(Goal(F1, "higher"), Goal(RMSE, "lower"), Goal("parameters", "lower")),
    protocol={
        "audit": {"trials": 0},
        "exploit": {"trials": 0},
        "finalists": {"trials": 5, "draws": 2},
    },
)


def size(paths) -> int:
    return sum(path.stat().st_size for path in paths)


def ours(study) -> dict[str, float]:
    """Seconds and bytes of the report of a study."""
    began = time.process_time()
    single = write_report(study, single_file=True)
    whole = time.process_time() - began
    folder = single.parent
    marks: dict[str, float] = {}
    began = time.process_time()
    write_report(study, progress=lambda text: marks.setdefault(text, time.process_time()))
    ended = time.process_time()
    assets = folder / "assets"
    scripts = [assets / name for name in OWN_SCRIPTS]
    page = [folder / "index.html", *(path for path in assets.iterdir() if path.name != "plotly.js")]
    return {
        "seconds": ended - began,
        "of it analysis": marks["drawing"] - began,
        "of it drawing and writing": ended - marks["drawing"],
        "seconds with the first script and a single file": whole,
        "page MB": size(page) / MEGA,
        "single file MB": single.stat().st_size / MEGA,
        "data MB": size([assets / "data.js", folder / "index.html"]) / MEGA,
        "own script MB": size(scripts) / MEGA,
        "Vega script MB": (assets / "vega.js").stat().st_size / MEGA,
        "trial panels MB": size((folder / "trials").iterdir()) / MEGA,
        "still pictures MB": size((folder / "figures").glob("*.svg")) / MEGA,
    }


def peer(study) -> dict[str, float]:
    """The same trials through Optuna's Plotly functions: seconds, bytes of data, bytes of script."""
    import optuna
    import plotly
    from optuna import visualization as draw
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space = {name: FloatDistribution(0, 1) for name in PARAMETERS}
    space |= {"act": CategoricalDistribution(("relu", "tanh", "gelu")), "layers": IntDistribution(1, 6)}
    one, two = optuna.create_study(direction="maximize"), optuna.create_study(directions=["maximize", "minimize"])
    table = study.table()
    for row in table.to_dict("records"):
        values = {name: row[name] for name in space}
        one.add_trial(optuna.trial.create_trial(params=values, distributions=space, value=row["f1"]))
        two.add_trial(optuna.trial.create_trial(params=values, distributions=space, values=[row["f1"], row["rmse"]]))
    began = time.process_time()
    figures = [
        draw.plot_parallel_coordinate(one),
        draw.plot_pareto_front(two),
        draw.plot_optimization_history(one),
        draw.plot_param_importances(one, evaluator=optuna.importance.PedAnovaImportanceEvaluator()),
        draw.plot_slice(one, params=PARAMETERS[:3]),
        draw.plot_contour(one, params=PARAMETERS[2:4]),
        draw.plot_rank(one, params=PARAMETERS[2:4]),
        draw.plot_timeline(one),
        draw.plot_edf(one),
    ]
    texts = [figure.to_json() for figure in figures]
    seconds = time.process_time() - began
    script = Path(plotly.__file__).parent / "package_data/plotly.min.js"
    return {
        "seconds": seconds,
        "data MB": sum(len(text.encode()) for text in texts) / MEGA,
        "script MB": script.stat().st_size / MEGA,
        "single file MB": (sum(len(text.encode()) for text in texts) + script.stat().st_size) / MEGA,
    }


def driven(page_path: Path) -> dict[str, float]:
    """Seconds for the page to open and for ten steps of a drag, each drawn, in headless Chromium; empty without it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return {}
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        began = time.perf_counter()
        page.goto(page_path.as_uri())
        page.wait_for_selector("#choose-table tbody tr")
        opened = time.perf_counter() - began
        grip = page.locator('[data-line="x"] rect')
        grip.scroll_into_view_if_needed()
        box = grip.bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0}
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.mouse.down()
        began = time.perf_counter()
        for k in range(DRAGS):
            page.mouse.move(box["x"] + 5 + 40 * (k + 1), box["y"] + 5)
            page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        dragged = time.perf_counter() - began
        page.mouse.up()
        left = page.locator("#choose-count").inner_text()
        browser.close()
    assert not left.startswith(left.split(" of ")[1].split()[0] + " "), "the drag selected nothing"
    return {"opens in s": opened, "ten steps of a drag in s": dragged}


def measured(trials: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {"protocol": {"explore": {"trials": trials}}}
        study = run(PROBLEM, folder=Path(folder) / "study", settings=settings, executor="inline")
        return {
            "ours": ours(study),
            "in the browser": driven(study.folder / "report/index.html"),
            "Optuna with Plotly": peer(study),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    sizes = (60, 150) if asked.quick else (500, 5000)
    few, many = (measured(trials) for trials in sizes)
    both = ((sizes[0], few), (sizes[1], many))
    figures = {
        f"{trials}, {who}: {name}": value
        for trials, found in both
        for who, numbers in found.items()
        for name, value in numbers.items()
    }
    small, large = (f"{trials}, ours: " for trials in sizes)
    bounds = {
        f"{small}page MB": 1.5,
        f"{small}single file MB": 3.0,
        f"{large}page MB": 5.0,
        f"{small}seconds": 10.0,
        f"{large}of it drawing and writing": 10.0,
    }
    targets = {name: f"< {bound:g}" for name, bound in bounds.items()}
    tell("report", figures, targets, {name: figures[name] < bound for name, bound in bounds.items()}, asked.json)


if __name__ == "__main__":
    main()
