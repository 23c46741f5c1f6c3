"""Elastic-net multinomial logistic regression by coordinate descent and Newton steps on the support.

A round has two halves. Coordinate descent on one class's weighted quadratic at a time finds which coefficients are zero.
A Newton step by conjugate gradients on the coefficients that are not, with the full Hessian over all classes, then
removes the coupling between classes that makes coordinate descent crawl. Both halves only ever lower the objective.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sweepwright.problems.phenotype.descent import sweep_classes
from sweepwright.problems.phenotype.objective import Design, Penalty, relative_gap, solve_intercepts

SMALL = 2e5  # products per sweep
SETTLING = 20  # rounds


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One solved model: ``coefficients`` (vectors, features), ``intercepts``, objective, relative duality gap, rounds."""

    coefficients: np.ndarray
    intercepts: np.ndarray
    objective: float
    gap: float
    rounds: int
    converged: bool


@dataclass(frozen=True, slots=True)
class Accuracy:
    """When to stop: at the relative duality gap ``gap``, at an objective, or at the cap ``rounds``.

    With `settled`, not before which coefficients are zero has stayed the same for so many rounds (``SETTLING`` more at most): that
    comes later than a small gap, and a count of coefficients is exact only then.
    """

    gap: float = 1e-2
    rounds: int = 40
    objective: float | None = None
    newton_steps: int = 12
    passes: int = 5
    settled: int = 0

    def reached(self, objective: float, gap: float) -> bool:
        if self.objective is not None:
            return objective <= self.objective
        return gap <= self.gap


def solve_path(
    design: Design,
    points: Sequence[tuple[float, float]],
    accuracy: Accuracy | Sequence[Accuracy] = Accuracy(),
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Fit]]:
    """Fit every (C, l1_ratio) of `points`, each l1_ratio from its smallest C to its largest with warm starts.

    Yields (position in `points`, fit) as each is ready, whatever the order of `points`.
    """
    accuracies = accuracy if isinstance(accuracy, Sequence) else [accuracy] * len(points)
    for ratio in sorted({ratio for _, ratio in points}):
        state = _State.zeros(design)
        for i in sorted((i for i, (_, r) in enumerate(points) if r == ratio), key=lambda i: points[i][0]):
            if stop():
                return
            penalty = Penalty(1.0 / (float(points[i][0]) * design.samples), float(ratio))  # NumPy scalars would widen float32
            yield i, _solve(state, penalty, accuracies[i])


def fit_elastic_net(design: Design, c: float, l1_ratio: float, accuracy: Accuracy = Accuracy()) -> Fit:
    """Fit one (C, l1_ratio), by a short warm-started path from a stronger penalty.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]]) - 1.5
    >>> fit = fit_elastic_net(Design.of(x, np.array([0, 0, 1, 1]), 2), c=1.0, l1_ratio=0.0, accuracy=Accuracy(gap=1e-8))
    >>> fit.coefficients.shape, round(float(fit.coefficients[0, 0]), 3), fit.converged
    ((1, 1), 0.958, True)
    """
    path = [(c * factor, l1_ratio) for factor in (1e-3, 1e-2, 1e-1, 1.0)]
    rough = Accuracy(gap=max(accuracy.gap, 1e-2), rounds=accuracy.rounds)
    return dict(solve_path(design, path, [rough, rough, rough, accuracy]))[3]


class _State:
    """Where a path stands: coefficients, intercepts and the logits that belong to them."""

    def __init__(self, design: Design, coefficients: np.ndarray, intercepts: np.ndarray, logits: np.ndarray):
        self.design = design
        self.coefficients = coefficients
        self.intercepts = intercepts
        self.logits = logits
        self.squares = design.features**2

    @classmethod
    def zeros(cls, design: Design) -> "_State":
        vectors, dtype = len(design.targets), design.features.dtype
        state = cls(
            design,
            np.zeros((vectors, len(design.features)), dtype),
            np.zeros(vectors, dtype),
            np.zeros((vectors, design.samples), dtype),
        )
        state.settle_intercepts()
        return state

    def settle_intercepts(self) -> None:
        shift = solve_intercepts(self.design, self.logits)
        if len(shift) > 1:  # a softmax does not change when one constant is added to every logit
            shift -= (self.intercepts + shift).mean()
        self.intercepts += shift.astype(self.intercepts.dtype)
        self.logits += shift.astype(self.logits.dtype)[:, None]

    def refresh_logits(self) -> None:
        """Recompute the logits, so that rounding does not add up over many updates."""
        self.logits = self.coefficients @ self.design.features + self.intercepts[:, None]


def _solve(state: _State, penalty: Penalty, accuracy: Accuracy) -> Fit:
    state.refresh_logits()
    # A small problem is swept several times per round: its sweeps cost less than looking at the gap.
    sweeps = int(np.clip(SMALL / (state.coefficients.size * state.design.samples), 1, 8))
    rounds, best, stuck, late, same, support = 0, np.inf, 0, 0, 0, None
    while True:
        state.settle_intercepts()
        objective, gap = relative_gap(state.design, state.logits, state.coefficients, penalty)
        done = accuracy.reached(objective, gap)
        stuck = stuck + 1 if objective >= best * (1 - 1e-15) else 0
        best = min(best, objective)
        if accuracy.settled:
            now = state.coefficients != 0
            same, support = (same + 1 if support is not None and np.array_equal(now, support) else 0), now
            late += done
        waits = accuracy.settled > same and late < SETTLING
        if (done and not waits) or rounds >= accuracy.rounds or stuck >= 4:
            break
        if penalty.l1:
            _descend_each_class(state, penalty, accuracy.passes, sweeps)
        if rounds or not penalty.l1:
            _newton_on_support(state, penalty, accuracy.newton_steps if penalty.l1 else 3 * accuracy.newton_steps)
        rounds += 1
    return Fit(state.coefficients.copy(), state.intercepts.copy(), objective, gap, rounds, done)


def _descend_each_class(state: _State, penalty: Penalty, passes: int, sweeps: int) -> None:
    design, dtype = state.design, state.logits.dtype.type
    sweep_classes(
        design.features,
        state.squares,
        design.targets,
        design.weights / dtype(design.samples),
        state.coefficients,
        state.intercepts,
        state.logits,
        dtype(penalty.l1),
        dtype(penalty.l2),
        passes,
        sweeps,
    )


def _newton_on_support(state: _State, penalty: Penalty, steps: int) -> None:
    """One Newton step on the nonzero coefficients; those that would change sign stop at zero."""
    design, w, b = state.design, state.coefficients, state.intercepts
    before = design.objective(state.logits, w, penalty)
    support = w != 0 if penalty.l1 else np.ones_like(w, dtype=bool)
    used = np.flatnonzero(support.any(axis=0))
    x = design.features if len(used) > 0.8 * w.shape[1] else design.features[used]
    if x is design.features:
        used = np.arange(w.shape[1])
    change, lift, along = _conjugate_gradients(state, x, state.squares[used], support[:, used], w[:, used], penalty, steps)
    size = 1.0
    for _ in range(6):
        moved = w[:, used] + size * change
        crossed = (moved * w[:, used] < 0) if penalty.l1 else np.zeros(1, bool)
        if crossed.any():
            moved[crossed] = 0
            logits = moved @ x + (b + size * lift)[:, None]
        else:
            logits = state.logits + size * along
        if design.objective(logits, moved, penalty) < before:
            w[:, used] = moved
            state.intercepts, state.logits = b + size * lift, logits
            return
        size *= 0.4


def _conjugate_gradients(state, x, squares, support, w, penalty, steps):
    """Approximate Newton direction (coefficients, intercepts, logits), diagonally preconditioned, relative residual 0.1."""
    design = state.design
    p = design.probabilities(state.logits)
    scale = design.weights / design.samples
    h = p * scale
    residual = (p - design.targets) * scale
    curvature = h * (1 - p)
    diagonal = np.maximum(curvature @ squares.T + penalty.l2, 1e-3 * penalty.strength + 1e-8)
    r = -np.where(support, residual @ x.T + penalty.l2 * w + penalty.l1 * np.sign(w), 0).astype(w.dtype)
    rb = -residual.sum(axis=1)
    diagonal_b = np.maximum(curvature.sum(axis=1), 1e-8)
    change, lift, along = np.zeros_like(w), np.zeros_like(rb), np.zeros_like(state.logits)
    direction, direction_b = r / diagonal, rb / diagonal_b
    size = first = _inner(r, direction) + _inner(rb, direction_b)
    for _ in range(steps):
        u = direction @ x + direction_b[:, None]
        t = h * (u - np.einsum("kn,kn->n", p, u))
        image, image_b = (t @ x.T + penalty.l2 * direction) * support, t.sum(axis=1)
        bend = _inner(direction, image) + _inner(direction_b, image_b)
        if bend <= 0:
            break
        a = w.dtype.type(size / bend)
        change += a * direction
        lift += a * direction_b
        along += a * u
        r -= a * image
        rb -= a * image_b
        z, zb = r / diagonal, rb / diagonal_b
        new = _inner(r, z) + _inner(rb, zb)
        if new < 0.01 * first:
            break
        ratio = w.dtype.type(new / size)
        direction, direction_b, size = z + ratio * direction, zb + ratio * direction_b, new
    return change, lift, along


def _inner(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.vdot(a, b))
