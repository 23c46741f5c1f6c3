"""Kernels of one axis that integrate to zero over it, with their slopes."""

import numpy as np

from sweepwright.choosing.encoding import Axis, Kind


def _matern(distance: np.ndarray, length: float) -> tuple[np.ndarray, np.ndarray]:
    """Matern 3/2 and its derivative by the logarithm of the length."""
    scaled = np.sqrt(3) / length * distance
    decay = np.exp(-scaled)
    return (1 + scaled) * decay, scaled * scaled * decay


def _integrals(place: np.ndarray, length: float) -> tuple[np.ndarray, float]:
    """The integral of the kernel over [0, 1] from a place, and over both arguments."""
    rate = np.sqrt(3) / length

    def up_to(reach: np.ndarray) -> np.ndarray:
        return (2 - (2 + rate * reach) * np.exp(-rate * reach)) / rate

    return up_to(place) + up_to(1 - place), 2 / rate * (2 - (3 - (3 + rate) * np.exp(-rate)) / rate)


Pairs = tuple[np.ndarray, np.ndarray]


def _centred(left: np.ndarray, right: np.ndarray, length: float, pairs: Pairs | None) -> tuple[np.ndarray, np.ndarray]:
    """The kernel over a continuum that integrates to zero, and its derivative by the logarithm of the length."""
    (la, dla), (whole, dwhole) = _with_slope(left, length)
    (ra, dra) = (la, dla) if right is left else _with_slope(right, length)[0]
    ra, dra = ra / whole, dra / whole - ra / whole * (dwhole / whole)
    i, j = (slice(None), None), (None, slice(None))  # all with all
    if pairs is not None:
        i, j = pairs
    kernel, slope = _matern(np.abs(left[i] - right[j]), length)
    kernel -= la[i] * ra[j]
    slope -= dla[i] * ra[j]
    slope -= la[i] * dra[j]
    return kernel, slope


def _with_slope(place: np.ndarray, length: float, step: float = 1e-4) -> tuple[tuple, tuple]:
    """The two integrals, each with its derivative by the logarithm of the length (central differences)."""
    at, whole = _integrals(place, length)
    (up, more), (down, less) = (_integrals(place, length * np.exp(s)) for s in (step, -step))
    return (at, (up - down) / (2 * step)), (whole, (more - less) / (2 * step))


def _level_kernel(axis: Axis, length: float) -> tuple[np.ndarray, np.ndarray]:
    """The same between the levels of an axis that has levels; unordered ones are all equally far from each other."""
    count = axis.count
    if axis.kind is Kind.CATEGORICAL:
        return (np.eye(count) - 1 / count) * count / (count - 1), np.zeros((count, count))
    kernel, slope = _matern(np.abs(axis.centres[:, None] - axis.centres), length)
    mean, dmean = kernel.mean(axis=0), slope.mean(axis=0)
    whole, dwhole = mean.mean(), dmean.mean()
    product = np.outer(mean, mean) / whole
    derivative = (np.outer(dmean, mean) + np.outer(mean, dmean)) / whole - product * dwhole / whole
    return kernel - product, slope - derivative


def kernel_of(
    axis: Axis, left: np.ndarray, right: np.ndarray, length: float, pairs: Pairs | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The kernel of one axis and its slope between two columns of places, all with all or only some pairs.

    An inactive place has no covariance with any.
    """
    inactive_left, inactive_right = np.isnan(left), np.isnan(right)
    a = np.where(inactive_left, 0.5, left)
    b = a if right is left else np.where(inactive_right, 0.5, right)
    if axis.kind is Kind.CONTINUOUS:
        kernel, slope = _centred(a, b, length, pairs)
    else:
        ia, ib = (np.minimum((x * axis.count).astype(int), axis.count - 1) for x in (a, b))
        tables = _level_kernel(axis, length)
        kernel, slope = (table[ia][:, ib] if pairs is None else table[ia[pairs[0]], ib[pairs[1]]] for table in tables)
    if inactive_left.any() or inactive_right.any():
        off = inactive_left[:, None] | inactive_right if pairs is None else inactive_left[pairs[0]] | inactive_right[pairs[1]]
        kernel[off] = 0.0
        slope[off] = 0.0
    return kernel, slope
