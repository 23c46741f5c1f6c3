"""All five steps on a smooth landscape that costs nothing: audit, explore, two stages of exploiting, finalists, confirm.

    sweepwright run examples/landscape.py:PROBLEM --preset demo

A network that does not exist: its error has a valley in the learning rate that moves with the depth, a smaller share of
dropout and activation, and noise that a second seed does not repeat. The first stage searches what matters most, the
second the rest, from the best three of the first. The error curves let hopeless runs be ended early.
"""

import numpy as np

from sweepwright import Choice, Data, Float, Goal, Int, Job, Measure, Outcome, Problem, Space, Trained
from sweepwright.nouns.watch import Watch

EPOCHS, SAMPLES = 30, 40


def load() -> Data:
    return Data(hash="landscape/1", samples={"sample_id": np.arange(SAMPLES)})


def floor_of(c) -> float:
    """The error that training comes down to without noise."""
    valley = (np.log10(c["learning_rate"]) + 2.5 + 0.2 * (c["depth"] - 4)) ** 2
    return (
        0.10
        + 0.06 * valley
        + 0.01 * abs(c["depth"] - 5)
        + 0.15 * (c["dropout"] - 0.25) ** 2
        + 0.02 * (c["activation"] == "relu")
    )


def train(data: Data, job: Job, watch: Watch) -> Trained:
    rng = np.random.default_rng([job.seed, job.data_seed])
    goal = floor_of(job.configuration) + 0.01 * rng.standard_normal()
    for epoch in range(EPOCHS):
        watch.report(loss=goal + 0.9 * np.exp(-epoch / 5) + 0.002 * rng.standard_normal())
        if watch.should_stop():
            break
    errors = np.abs(goal + 0.05 * rng.standard_normal(SAMPLES))
    facts = {"parameters": float(10 ** job.configuration["depth"])}
    weights = {"w": rng.standard_normal(3)}
    return Trained(outcome=Outcome(arrays={"error": errors}, sample=np.arange(SAMPLES), facts=facts), weights=weights)


ERROR = Measure.of(np.mean, "error", name="error")
PROBLEM = Problem(
    name="landscape",
    about="a smooth landscape with noise: every step of the protocol in a few seconds",
    load=load,
    train=train,
    space=Space(
        learning_rate=Float(1e-5, 1e-1, log=True),
        depth=Int(2, 8),
        dropout=Float(0, 0.7, stage=2),
        activation=Choice("relu", "selu", "silu", stage=2),
    ),
    measures=(ERROR, Measure.fact("parameters")),
    goals=(Goal(ERROR, "lower"), Goal("parameters", "lower")),
    known=(
        {"learning_rate": 1e-3, "depth": 4, "dropout": 0.5, "activation": "relu"},
        {"learning_rate": 3e-3, "depth": 5, "dropout": 0.3, "activation": "selu"},
    ),
    presets={
        "demo": {
            "budget": {"runs": 160},
            "incumbent": {"learning_rate": 1e-3, "depth": 4, "dropout": 0.5, "activation": "relu"},
            "protocol": {"exploit": {"joint": 8}, "stopping": {"by": "median", "after": 8, "fewest": 12}},
            "keep": {"weights": {"explore": "none", "exploit": "none"}},
        }
    },
)
