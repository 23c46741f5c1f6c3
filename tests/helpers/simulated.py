"""Simulated sweeps as `runs` frames."""

import numpy as np
import pandas as pd


def sweep(parameters: dict[str, object], values: np.ndarray, measure: str = "f1", **columns: object) -> pd.DataFrame:
    """One run per configuration unless `columns` say otherwise."""
    count = len(values)
    about: dict[str, object] = {"run": np.arange(count), "trial": np.arange(count), "step": "explore", "stage": 1}
    about |= {"condition": "all", "replicate": 0, "ending": "COMPLETED", "verdict": "HEALTHY", "used": True, "seconds": 1.0}
    found = {f"param.{name}": column for name, column in parameters.items()}
    return pd.DataFrame({**about, **found, f"measure.{measure}": values} | columns)


def repeated(quality: np.ndarray, times: int, noise: float, seed: int = 0, split: float = 0.0) -> pd.DataFrame:
    """Trials with several runs each, paired by replicate; a split may move all trials together."""
    rng = np.random.default_rng(seed)
    trials, replicates = np.repeat(np.arange(len(quality)), times), np.tile(np.arange(times), len(quality))
    shared = split * rng.standard_normal(times)
    values = quality[trials] + shared[replicates] + noise * rng.standard_normal(len(trials))
    return sweep({"x": trials / len(quality)}, values, trial=trials, replicate=replicates)
