"""Where a measure is best, and beyond which end a better value may lie: how often what is said is true."""

import numpy as np
import pandas as pd
from scipy.stats import qmc

from sweepwright.choosing import inferred_axes
from sweepwright.choosing.effects.edges import edges
from sweepwright.choosing.effects.evidence import evidence_of
from sweepwright.choosing.effects.location import locations

LEVELS, OTHERS = np.array([0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]), 8


def study(seed: int) -> dict[str, float]:
    """A grid with a single best level; and an optimum at .9 of a range, which lies inside."""
    rng = np.random.default_rng([seed, 4])
    effects, noise = rng.standard_normal(len(LEVELS)) * 0.1, 0.1
    level, other = (part.ravel() for part in np.meshgrid(np.arange(len(effects)), np.arange(OTHERS)))
    values = effects[level] + 0.3 * np.sin(other) + noise * rng.standard_normal(len(level))
    runs = _sweep({"C": LEVELS[level], "other": [f"o{k}" for k in other]}, values)
    axes = inferred_axes(runs)
    good = locations(evidence_of(runs, "f1", axes), "f1", axes)["C"].good
    x = qmc.Sobol(3, rng=rng).random(64)
    hill = -((x[:, 0] - 0.9) ** 2) + 0.3 * x[:, 1] + 0.1 * rng.standard_normal(64)
    said = [e.parameter for e in edges(_sweep({"lr": x[:, 0] + 1, "b": x[:, 1], "c": x[:, 2]}, hill), "f1")]
    return {"best level among the possible": float(int(np.argmax(effects)) in good), "end at .9": float("lr" in said)}


def _sweep(parameters: dict[str, object], values: np.ndarray) -> pd.DataFrame:
    about = {
        "run": np.arange(len(values)),
        "trial": np.arange(len(values)),
        "step": "explore",
        "condition": "all",
        "replicate": 0,
    }
    about |= {"ending": "COMPLETED", "verdict": "HEALTHY", "used": True, "measure.f1": values}
    return pd.DataFrame({f"param.{name}": column for name, column in parameters.items()} | about)
