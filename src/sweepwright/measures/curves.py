"""Curves of one training: their form, their trend, their end."""

from collections.abc import Mapping

import numpy as np

Curve = tuple[np.ndarray, np.ndarray]  # positions (epoch or update), values
Curves = Mapping[str, Curve]


def logged(at: np.ndarray, values: np.ndarray) -> Curve:
    """A curve without gaps: a value missing between others was not logged, one missing to the very end was no number.

    >>> logged(np.arange(4), np.array([1.0, np.nan, 2.0, np.nan]))[1]
    array([ 1.,  2., nan])
    """
    known = np.flatnonzero(~np.isnan(values))
    keep = ~np.isnan(values) | (np.arange(len(values)) > (known[-1] if len(known) else -1))
    return at[keep], values[keep]


def last_value(curves: Curves, name: str) -> float:
    return float(curves[name][1][-1])


def trend(values: np.ndarray) -> tuple[float, float, float]:
    """Slope per evaluation, its t value, and the standard deviation about the trend."""
    x = np.arange(len(values)) - (len(values) - 1) / 2
    slope = float(x @ values / (x @ x))
    sd = float(np.sqrt(((values - values.mean() - slope * x) ** 2).sum() / (len(values) - 2)))
    error = sd / float(np.sqrt(x @ x))
    return slope, slope / error if error > 0 else float(np.sign(slope)) * np.inf, sd


def goes_on(values: np.ndarray) -> bool:
    """Whether the second half of the last evaluations goes on beyond the first: a step that is over is no trend."""
    half = len(values) // 2
    return float(values[half:].mean()) > float(values[:half].max()) - trend(values)[2]
