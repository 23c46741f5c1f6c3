"""A small study to try figures on: simulated, real runs, a few seconds once."""

import atexit
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from sweepwright.nouns.condition import Condition
from sweepwright.nouns.data import Data
from sweepwright.nouns.goal import Goal
from sweepwright.nouns.job import Job
from sweepwright.nouns.measure import Measure
from sweepwright.nouns.outcome import Outcome
from sweepwright.nouns.phase import Step
from sweepwright.nouns.plain import Plain
from sweepwright.nouns.problem import Problem
from sweepwright.nouns.trained import Trained
from sweepwright.nouns.watch import Watch
from sweepwright.opened import OpenStudy, run
from sweepwright.space import Choice, Float, Int, Space

EPOCHS = 20


def _load() -> Data:
    return Data(hash="example/1", samples={"sample_id": np.arange(30)})


def _train(data: Data, job: Job, watch: Watch) -> Trained:
    """A network that does not exist: a valley in the learning rate, a gain with the width, a margin that counts with one loss."""
    rng = np.random.default_rng([job.seed, job.data_seed])
    c: Plain = dict(job.configuration)
    rate, width, margin = np.log10(float(c["learning_rate"])), int(c["width"]), float(c.get("margin", 0.5))
    f1 = (
        0.86
        - 0.05 * (rate + 2.7 + 0.3 * (width - 3)) ** 2
        + 0.02 * width
        - 0.06 * (margin - 0.4) ** 2
        - 0.03 * (c["loss"] == "triplet")
    )
    f1 += 0.012 * rng.standard_normal() - 0.05 * (job.condition.name == "noisy")
    error = 0.12 + 0.05 * width + 0.04 * (rate + 2.2) ** 2 + 0.012 * rng.standard_normal()
    for epoch in range(EPOCHS):
        left = np.exp(-epoch / 4)
        noise = 0.01 * rng.standard_normal(2)
        watch.report(train_loss=1 - f1 + left + noise[0], val_loss=1.05 - f1 + left + noise[1], seconds=float(epoch + 1))
    return Trained(
        outcome=Outcome(
            arrays={"hit": np.full(30, np.clip(f1, 0, 1)), "miss": np.full(30, abs(error))},
            sample=np.arange(30),
            facts={"parameters": 10**width},
        )
    )


F1 = Measure.of(np.mean, "hit", name="f1")
RMSE = Measure.of(np.mean, "miss", name="aligned_rmse")
PROBLEM = Problem(
    name="example",
    about="a simulated network: learning rate, width, and a margin that one of two losses has",
    load=_load,
    train=_train,
    space=Space(
        learning_rate=Float(1e-5, 1e-1, log=True),
        width=Int(1, 5),
        loss=Choice("contrastive", "triplet"),
        margin=Float(0.1, 1.0, when="loss == 'triplet'"),
    ),
    conditions=(Condition(name="all"), Condition(name="noisy", steps=(Step.FINALISTS, Step.CONFIRM))),
    measures=(F1, RMSE, Measure.fact("parameters")),
    goals=(Goal(F1, "higher", bound=0.7), Goal(RMSE, "lower"), Goal("parameters", "lower")),
    known=({"learning_rate": 1e-3, "width": 3, "loss": "contrastive"},),
    protocol={
        "audit": {"trials": 1},
        "explore": {"trials": 24},
        "exploit": {"trials": 8},
        "finalists": {"trials": 4, "draws": 2},
        "confirm": {"draws": 3},
    },
)


@lru_cache(maxsize=1)
def example_study() -> OpenStudy:
    """A finished study of 32 simulated trials in a temporary folder, for trying figures and for tests.

    It goes when Python ends.

    >>> example_study().goals[0].name
    'f1'
    """
    folder = Path(tempfile.mkdtemp(prefix="sweepwright-example-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return run(f"{__name__}:PROBLEM", folder=folder / "example", executor="inline")
