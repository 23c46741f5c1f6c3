"""Compiled coordinate descent over the classes: which coefficients are zero, and a safe step for those that are not."""

import numpy as np
from numba import njit

LEAST_CURVATURE = 1e-4  # of p (1 - p): confident cells would otherwise allow steps without end
SMALLEST_STEP = 1e-3
RELAXED = {"nsz", "arcp", "contract", "afn", "reassoc"}  # fast arithmetic that still knows infinities


@njit(cache=True, nogil=True)
def sweep_classes(features, squares, targets, weights, coefficients, intercepts, logits, l1, l2, passes, sweeps):
    """One class after the other: coordinate descent on its weighted quadratic, then a line search on the true objective.

    `coefficients`, `intercepts` and `logits` change in place. Two classes have one vector; the other logit is zero.
    """
    vectors, samples = logits.shape
    dtype = logits.dtype
    shares, shift, rest = np.empty_like(logits), np.empty(samples, dtype), np.empty(samples, dtype)
    others, residual, curvature = np.empty(samples, dtype), np.empty(samples, dtype), np.empty(samples, dtype)
    for _ in range(sweeps):
        _exponentials(logits, shares, shift, rest)
        for k in range(vectors):
            whole = _weigh(k, shares, rest, targets, weights, others, residual, curvature)
            gradient = np.dot(features, residual)
            active = np.flatnonzero((coefficients[k] != 0) | (np.abs(gradient + l2 * coefficients[k]) > l1))
            before = coefficients[k][active]
            after, lift = _coordinate_descent(features, squares, active, before, residual, curvature, whole, l1, l2, passes)
            along = _along(features, active, after - before, lift)
            slope = np.sum(weights * targets[k] * along)
            size = _accepted_size(logits[k], along, shift, shares[k], others, weights, slope, before, after, l1, l2)
            if size > SMALLEST_STEP:
                for a in range(len(active)):
                    coefficients[k, active[a]] = after[a] if size == 1 else before[a] + size * (after[a] - before[a])
                intercepts[k] += size * lift
                for i in range(samples):
                    logits[k, i] += size * along[i]
                    shares[k, i] = np.exp(min(logits[k, i] - shift[i], dtype.type(60)))


@njit(fastmath=RELAXED, cache=True, nogil=True)
def _exponentials(logits, shares, shift, rest):
    """exp(z - shift) of every class, the shift (the largest logit), and what the implicit class of two adds."""
    vectors, samples = logits.shape
    zero = logits.dtype.type(0)
    for i in range(samples):
        top = zero if vectors == 1 else logits[0, i]
        for k in range(vectors):
            top = max(top, logits[k, i])
        shift[i] = top
        rest[i] = np.exp(-top) if vectors == 1 else zero
    for k in range(vectors):
        for i in range(samples):
            shares[k, i] = np.exp(logits[k, i] - shift[i])


@njit(fastmath=RELAXED, cache=True, nogil=True)
def _weigh(k, shares, rest, targets, weights, others, residual, curvature):
    """The residuals and curvatures of one class, and the sum of the other classes' shares; returns the whole curvature."""
    vectors, samples = shares.shape
    least, whole = shares.dtype.type(LEAST_CURVATURE), shares.dtype.type(0)
    others[:] = rest
    for other in range(vectors):
        if other != k:
            for i in range(samples):
                others[i] += shares[other, i]
    for i in range(samples):
        p = shares[k, i] / (others[i] + shares[k, i])
        residual[i] = weights[i] * (p - targets[k, i])
        curvature[i] = weights[i] * max(p * (1 - p), least)
        whole += curvature[i]
    return whole


@njit(fastmath=True, cache=True, nogil=True)
def _along(features, active, change, lift):
    """The change of the logits when coefficients change by `change` and the intercept by `lift`."""
    along = np.full(features.shape[1], lift)
    for a in range(len(active)):
        step = change[a]
        if step != 0:
            row = features[active[a]]
            for i in range(len(along)):
                along[i] += step * row[i]
    return along


@njit(fastmath=RELAXED, cache=True, nogil=True)
def _accepted_size(logits, along, shift, shares, others, weights, slope, before, after, l1, l2):
    """The first of 1, 1/2, ... that does not raise the objective; SMALLEST_STEP or less if none does."""
    start, size, most = _charge(before, l1, l2), 1.0, logits.dtype.type(60)
    while size > SMALLEST_STEP:
        rise, fits = 0.0, True
        for i in range(len(logits)):
            normaliser = others[i] + np.exp(min(logits[i] + size * along[i] - shift[i], most))
            fits = fits and normaliser > 1e-30  # else the shift no longer fits and the logarithm would mislead
            rise += weights[i] * np.log(normaliser / (others[i] + shares[i]))
        rise += _charge(before + size * (after - before), l1, l2) - start - size * slope
        if fits and rise <= 1e-12:
            break
        size /= 2
    return size


@njit(cache=True, nogil=True)
def _charge(coefficients, l1, l2):
    """The penalty of one class, in double precision."""
    charge = 0.0
    for value in coefficients:
        charge += l1 * abs(value) + 0.5 * l2 * value * value
    return charge


@njit(fastmath=True, cache=True, nogil=True)
def _coordinate_descent(features, squares, active, before, residual, curvature, whole, l1, l2, passes):
    """Cyclic descent on the weighted quadratic of one class; `residual` changes in place. Returns coefficients and lift."""
    samples = len(residual)
    zero = residual.dtype.type(0)
    after, lift = before.copy(), zero
    diagonal = np.empty(len(active), residual.dtype)
    for a in range(len(active)):
        row, sum_ = squares[active[a]], zero
        for i in range(samples):
            sum_ += row[i] * curvature[i]
        diagonal[a] = sum_ + l2
    for _ in range(passes):
        for a in range(len(active)):
            x = features[active[a]]
            slope = l2 * after[a]
            for i in range(samples):
                slope += x[i] * residual[i]
            old = after[a]
            free = old * diagonal[a] - slope
            new = max(abs(free) - l1, zero) / diagonal[a]
            if free < 0:
                new = -new
            step = new - old
            if step != 0:
                after[a] = new
                for i in range(samples):
                    residual[i] += step * curvature[i] * x[i]
        sum_ = zero
        for i in range(samples):
            sum_ += residual[i]
        step = -sum_ / whole
        lift += step
        for i in range(samples):
            residual[i] += step * curvature[i]
    return after, lift
