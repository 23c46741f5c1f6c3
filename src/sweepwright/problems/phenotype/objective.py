"""The elastic-net multinomial objective, its dual, and the duality gap that every fit carries."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

Logits = Float[np.ndarray, "vectors samples"]


@dataclass(frozen=True, slots=True, eq=False)
class Penalty:
    """``strength * (l1_ratio |W|_1 + (1 - l1_ratio)/2 ||W||^2)``; ``strength`` is ``1/(C n)``, as scikit-learn scales it."""

    strength: float
    l1_ratio: float

    @property
    def l1(self) -> float:
        return self.strength * self.l1_ratio

    @property
    def l2(self) -> float:
        return self.strength * (1.0 - self.l1_ratio)

    def value(self, coefficients: np.ndarray) -> float:
        absolute = np.abs(coefficients).sum(dtype=np.float64) if self.l1 else 0.0
        squared = np.square(coefficients, dtype=np.float64).sum() if self.l2 else 0.0
        return float(self.l1 * absolute + 0.5 * self.l2 * squared)


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The training rows of one fold, laid out for the solver: one contiguous row per feature.

    Three or more classes have one coefficient vector each; two classes have a single vector for the second
    class (the first one's logit is zero), as in scikit-learn, so that C means the same.
    """

    features: np.ndarray  # (features, samples)
    targets: np.ndarray  # (vectors, samples), one-hot
    weights: np.ndarray  # (samples,), mean 1

    @classmethod
    def of(
        cls,
        x: Float[np.ndarray, "samples features"],
        labels: Integer[np.ndarray, " samples"],
        classes: int,
        weights: np.ndarray | None = None,
        dtype: type = np.float64,
    ) -> "Design":
        """Lay out `x` (scaled already) and integer `labels` in 0..classes-1; weights are brought to mean 1."""
        if classes < 2:
            raise ValueError(f"A classifier needs at least 2 classes, but got {classes}.")
        one_hot = np.zeros((classes, len(labels)), dtype)
        one_hot[labels, np.arange(len(labels))] = 1
        if weights is None:
            weights = np.ones(len(labels))
        return cls(
            features=np.ascontiguousarray(np.asarray(x).T, dtype=dtype),
            targets=np.ascontiguousarray(one_hot[1:] if classes == 2 else one_hot),
            weights=(weights / weights.mean()).astype(dtype),
        )

    @property
    def samples(self) -> int:
        return self.features.shape[1]

    @property
    def binary(self) -> bool:
        return len(self.targets) == 1

    def exponentials(self, logits: Logits) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """``exp(z - shift)`` per vector, the shift, and what the implicit class of two adds to their sum."""
        shift = logits.max(axis=0)
        if not self.binary:
            return np.exp(logits - shift), shift, np.zeros_like(shift)
        shift = np.maximum(shift, 0)
        return np.exp(logits - shift), shift, np.exp(-shift)

    def loss(self, logits: Logits) -> float:
        """Weighted mean of the log-loss, in nats; sums in double precision."""
        wide = logits.astype(np.float64)
        shares, shift, rest = self.exponentials(wide)
        normaliser = shift + np.log(shares.sum(axis=0) + rest)
        chosen = np.einsum("kn,kn->n", self.targets, wide)
        return float(self.weights.astype(np.float64) @ (normaliser - chosen)) / self.samples

    def probabilities(self, logits: Logits) -> np.ndarray:
        shares, _, rest = self.exponentials(logits)
        return shares / (shares.sum(axis=0) + rest)

    def objective(self, logits: Logits, coefficients: np.ndarray, penalty: Penalty) -> float:
        return self.loss(logits) + penalty.value(coefficients)


def solve_intercepts(design: Design, logits: Logits, steps: int = 10) -> np.ndarray:
    """The shift of each logit row that makes the weighted residuals of every class sum to zero (Newton, exact Hessian)."""
    wide, shift = logits.astype(np.float64), np.zeros(len(logits))
    weights = design.weights.astype(np.float64) / design.samples
    tolerance = 1e-10 if logits.dtype == np.float64 else 1e-7  # of the sum of weights, which is 1
    p = design.probabilities(wide)
    gradient = ((p - design.targets) * weights).sum(axis=1)
    for _ in range(steps):
        if np.abs(gradient).max() < tolerance:
            break
        hessian = np.diag((p * weights).sum(axis=1)) - (p * weights) @ p.T
        direction = -np.linalg.lstsq(hessian, gradient, rcond=1e-12)[0]
        direction /= max(1.0, np.abs(direction).max() / 2)  # far from the optimum Newton overshoots
        p = design.probabilities(wide + (shift + direction)[:, None])
        gradient = ((p - design.targets) * weights).sum(axis=1)
        shift += direction
    return shift


def relative_gap(design: Design, logits: Logits, coefficients: np.ndarray, penalty: Penalty) -> tuple[float, float]:
    """The objective and its relative duality gap in [0, 1]: lower is better, 0 is the optimum.

    The dual point is the residual ``A = w (P - Y)/n``. Its columns must sum to zero, so the intercepts have to be solved
    before (`solve_intercepts`). Where the penalty is pure L1 the residuals are shrunk until ``|X'A| <= lambda``.
    """
    p = design.probabilities(logits.astype(np.float64))
    weights = design.weights.astype(np.float64) / design.samples
    residuals = (p - design.targets) * weights
    correlation = np.abs(residuals.astype(design.features.dtype) @ design.features.T).astype(np.float64)
    primal = design.objective(logits, coefficients, penalty)
    if penalty.l2 > 0:
        charge = float((np.maximum(correlation - penalty.l1, 0) ** 2).sum()) / (2 * penalty.l2)
        dual = float(weights @ _entropy(design, p)) - charge
    else:
        largest = float(correlation.max(initial=0))
        shrink = min(1.0, penalty.l1 / largest) if largest > 0 else 1.0
        dual = float(weights @ _entropy(design, design.targets + shrink * (p - design.targets)))
    return primal, max(0.0, (primal - dual) / max(primal, np.finfo(float).tiny))


def _entropy(design: Design, p: np.ndarray) -> np.ndarray:
    tiny = np.finfo(float).tiny
    entropy = -(p * np.log(np.maximum(p, tiny))).sum(axis=0)
    if design.binary:
        rest = 1 - p[0]
        entropy -= rest * np.log(np.maximum(rest, tiny))
    return entropy
