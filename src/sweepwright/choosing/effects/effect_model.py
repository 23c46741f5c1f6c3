"""The model of a measure over the hyperparameters: a Gaussian process of main effects and two-way interactions.

Each axis has a kernel that integrates to zero over it, so a main effect cannot hide in an interaction and the variance of
the fitted function splits exactly into shares (Durrande et al. 2013, doi:10.1016/j.jmva.2012.08.016; Lu, Boukouvalas &
Hensman 2022). Axes without influence get a weight near zero: the likelihood switches them off.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

from sweepwright.choosing.effects.kernels import Pairs, kernel_of
from sweepwright.choosing.effects.tables import Tables, Values, tabulated
from sweepwright.choosing.encoding import Axes, Cube

JITTER = 1e-6
LENGTH, MAIN, PAIR, NOISE = (0.0, 1.0), (np.log(0.05), 2.0), (np.log(0.02), 2.0), (np.log(0.05), 2.0)  # log-normal priors
LENGTHS, WEIGHTS, NOISES = (np.log(0.03), np.log(30.0)), (np.log(1e-6), np.log(1e4)), (np.log(1e-5), np.log(3.0))
STARTS = (0.5, 0.15)  # lengths from which a first fit begins


@dataclass(frozen=True, slots=True, eq=False)
class EffectModel:
    """A fitted process: hyperparameters `theta` (log lengths, main weights, pair weights, noise), data and scale."""

    axes: Axes
    theta: np.ndarray
    points: Cube
    weights: np.ndarray
    centre: float
    scale: float
    freedom: float  # of the residual: values less what the effects used up

    @property
    def noise_sd(self) -> float:
        """The standard deviation of one value that the hyperparameters do not explain, in the unit of the measure."""
        return float(np.sqrt(np.exp(self.theta[-1]))) * self.scale

    def tables(self) -> Tables:
        """The posterior mean as tables."""
        lengths, main, pair = _split(self.theta, len(self.axes))
        kernels = [kernel_of(axis, tabulated(axis), self.points[:, i], lengths[i])[0] for i, axis in enumerate(self.axes.axes)]
        mains = tuple(self.scale * main[i] * kernel @ self.weights for i, kernel in enumerate(kernels))
        pairs = {}
        strong = [i for i in range(len(kernels)) if pair[i] > 1e-4]
        for position, i in enumerate(strong):
            left = kernels[i] * (self.weights * pair[i] * self.scale)
            for j in strong[position + 1 :]:
                pairs[i, j] = left @ (pair[j] * kernels[j]).T
        return Tables(self.axes, self.centre + self.scale * float(self.weights.sum()), mains, pairs)


def _split(theta: np.ndarray, axes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.exp(theta[:axes]), np.exp(theta[axes : 2 * axes]), np.exp(theta[2 * axes : 3 * axes])


_FITS: OrderedDict[bytes, "EffectModel"] = OrderedDict()  # several answers about one sweep need the same model
MOST_FITS = 16


def fit(
    axes: Axes, points: Cube, values: Values, counts: Values | None = None, start: np.ndarray | None = None, steps: int = 80
) -> EffectModel:
    """Fit the process to one mean per configuration, `counts` being the number of replicates behind each.

    Penalised maximum likelihood by L-BFGS; from `start` (another fit's theta), else from two lengths, the better one kept.
    """
    if start is not None:
        return _fit(axes, points, values, counts, [start], steps)
    parts = (points, values, counts if counts is not None else np.zeros(0))
    key = repr(axes.axes).encode() + b"".join(np.ascontiguousarray(part, dtype=float).tobytes() for part in parts)
    key = sha256(key + str(steps).encode()).digest()
    if key not in _FITS:
        _FITS[key] = _fit(axes, points, values, counts, [_start(len(axes), length) for length in STARTS], steps)
        while len(_FITS) > MOST_FITS:
            _FITS.popitem(last=False)
    return _FITS[key]


def _fit(axes: Axes, points: Cube, values: Values, counts: Values | None, starts: list[np.ndarray], steps: int) -> EffectModel:
    centre, scale = float(values.mean()), float(values.std()) or 1.0
    target = (values - centre) / scale
    noise = 1 / (np.ones(len(values)) if counts is None else counts)
    pairs = np.tril_indices(len(values))
    bounds = [LENGTHS] * len(axes) + [WEIGHTS] * (2 * len(axes)) + [NOISES]
    best = None
    with _one_thread():
        for first in starts:
            arguments, options = (axes, points, target, noise, pairs), {"maxiter": steps, "ftol": 1e-7}
            found = minimize(_loss, first, arguments, "L-BFGS-B", jac=True, bounds=bounds, options=options)  # type: ignore[call-overload, arg-type]
            if best is None or found.fun < best.fun:
                best = found
        assert best is not None
        factor = _factor(_covariance(best.x, axes, points, pairs)[0], best.x, noise, pairs)
        weights = cho_solve((factor, True), target)
        freedom = float((np.diag(dpotri(factor, lower=1)[0]) * _nugget(best.x, noise)).sum())
    return EffectModel(axes, best.x, points, weights, centre, scale, freedom)


@cache
def _pools() -> ThreadpoolController:
    return ThreadpoolController()


def _one_thread():
    """Many small matrices: threads would only wait for each other."""
    return _pools().limit(limits=1, user_api="blas")


def _start(axes: int, length: float) -> np.ndarray:
    return np.concatenate(
        [np.full(axes, np.log(length)), np.full(axes, np.log(0.2)), np.full(axes, np.log(0.1)), [np.log(0.1)]]
    )


def _nugget(theta: np.ndarray, noise: np.ndarray) -> np.ndarray:
    return np.exp(theta[-1]) * noise + JITTER


def _factor(covariance: np.ndarray, theta: np.ndarray, noise: np.ndarray, pairs: Pairs) -> np.ndarray:
    """The Cholesky factor from the pairs of the lower triangle; noise is added on the diagonal."""
    matrix = np.zeros((len(noise), len(noise)))
    matrix[pairs] = covariance
    matrix[np.diag_indices_from(matrix)] += _nugget(theta, noise)
    return cholesky(matrix, lower=True, check_finite=False)


def _covariance(theta, axes: Axes, points, pairs: Pairs) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray], np.ndarray]:
    """The covariance of pairs (a free constant included), the axes' kernels and slopes, and the sum of weighted kernels."""
    lengths, main, pair = _split(theta, len(axes))
    columns = [points[:, i] for i in range(len(axes))]
    found = [kernel_of(axis, c, c, length, pairs) for axis, c, length in zip(axes.axes, columns, lengths, strict=True)]
    kernels, slopes = [item[0] for item in found], [item[1] for item in found]
    covariance, weighted, squares = np.ones_like(kernels[0]), np.zeros_like(kernels[0]), np.zeros_like(kernels[0])
    for kernel, own, share in zip(kernels, main, pair, strict=True):
        covariance += own * kernel
        scaled = share * kernel
        weighted += scaled
        squares += scaled * scaled
    return covariance + 0.5 * (weighted * weighted - squares), kernels, slopes, weighted


def _loss(theta, axes: Axes, points, target, noise, pairs: Pairs) -> tuple[float, np.ndarray]:
    """The negative log posterior of the hyperparameters and its gradient; matrices are symmetric, so half of them is enough."""
    count = len(axes)
    _, main, pair = _split(theta, count)
    covariance, kernels, slopes, weighted = _covariance(theta, axes, points, pairs)
    try:
        factor = _factor(covariance, theta, noise, pairs)
    except LinAlgError:
        return 1e10, np.zeros_like(theta)
    weights = cho_solve((factor, True), target, check_finite=False)
    inverse = dpotri(factor, lower=1)[0]
    i, j = pairs
    outer = weights[i] * weights[j] - inverse[pairs]
    diagonal = i == j
    both = np.where(diagonal, outer, 2 * outer)
    loss = 0.5 * target @ weights + np.log(np.diag(factor)).sum()
    gradient = np.zeros_like(theta)
    for k in range(count):
        others = pair[k] * (weighted - pair[k] * kernels[k])
        own = both * kernels[k]
        gradient[k] = np.vdot(both * slopes[k], main[k] + others)
        gradient[count + k] = main[k] * own.sum()
        gradient[2 * count + k] = np.vdot(own, others)
    gradient[-1] = np.exp(theta[-1]) * (outer[diagonal] * noise).sum()
    gradient *= -0.5
    for part, (middle, spread) in zip(_parts(count), (LENGTH, MAIN, PAIR, NOISE), strict=True):
        off = (theta[part] - middle) / spread
        loss += 0.5 * float(off @ off)
        gradient[part] += off / spread
    return float(loss), gradient


def _parts(count: int) -> Sequence[slice]:
    return slice(0, count), slice(count, 2 * count), slice(2 * count, 3 * count), slice(3 * count, 3 * count + 1)
