"""The mixed model of cells: trials and draws are random, and so are the variances, on a grid.

    y_td = m_g(t) + theta_t + delta_d + e_td,   theta ~ N(0, tau^2)   delta ~ N(0, omega^2)   e ~ N(0, sigma^2)

Trials are never fixed: finalists are chosen by their first draw, and least squares for trial and draw then puts the winner's
curse into the effects of the draws. Everything is computed with the cells in units of their own spread.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from sweepwright.choosing.estimator.cells import Cells

LAM = np.geomspace(4e-3, 4e8, 57)  # tau^2 / sigma^2
GAM = np.geomspace(3e-3, 3e6, 27)  # omega^2 / sigma^2
QUANTILES = 20  # of a noise that is known from folds of one draw only
NOTHING = 1e-15  # of a sum of squares: what rounding leaves
ROUNDING = 1e-12  # of a matrix: keeps its Cholesky factor where it is nearly singular
MOST_OF_BETWEEN = 0.5  # of tau^2: measured, see docs/decisions/0018-one-estimator.md


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The posterior of the mixed model on its grid: `weight` by point; `lam`, `gam` and `sigma2` (NaN: drawn) are the points'.

    `centre` and `covariance` give (m, delta): N(centre, sigma^2 covariance). `quadratic` is Q, `freedom` its degrees of freedom. Values
    are (y - `origin`) / `unit`.
    """

    cells: Cells
    origin: float
    unit: float
    lam: np.ndarray
    gam: np.ndarray
    sigma2: np.ndarray
    weight: np.ndarray
    centre: np.ndarray
    covariance: np.ndarray
    quadratic: np.ndarray
    freedom: int

    def variances(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draws of the grid point and of sigma^2."""
        point = np.searchsorted(np.cumsum(self.weight), (np.arange(size) + rng.random()) / size).clip(0, len(self.weight) - 1)
        point = rng.permutation(point)
        free = self.quadratic[point] / rng.chisquare(max(self.freedom, 1), size)
        return point, np.where(np.isfinite(self.sigma2[point]), self.sigma2[point], free)


def model_of(cells: Cells) -> Model:
    """The posterior of the mixed model given cells that are repeated, by themselves or by the folds of one draw."""
    origin, unit = float(cells.value.mean()), float(cells.value.std()) or 1.0
    y = (cells.value - origin) / unit
    lam, gam = (mesh.ravel() for mesh in np.meshgrid(LAM, GAM if cells.draws else np.ones(1), indexing="ij"))
    matrix, right, square, size = _sums(cells, y, LAM)
    every = len(lam) // len(LAM)
    matrix, right, square, size = (np.repeat(a, every, axis=0) for a in (matrix, right, square, size))
    groups, draws = cells.groups, cells.draws
    place = np.arange(groups, groups + draws)
    matrix[:, place, place] += (1 / gam)[:, None]
    inverse = np.linalg.inv(matrix)
    centre = np.einsum("kij,kj->ki", inverse, right)
    quadratic = np.maximum(square - (right * centre).sum(axis=1), NOTHING * len(y))
    freedom = max(len(y) - groups - cells.spent, 1)
    log = -0.5 * (size + draws * np.log(gam) + np.linalg.slogdet(matrix)[1])
    log += 0.5 * np.log(lam) - np.log1p(lam / 9)
    if draws:
        log += 0.5 * np.log(gam) - np.log1p(gam)
    sigma2 = np.full(len(lam), np.nan)
    if cells.repeats >= 1 or cells.folds is None:
        log -= freedom / 2 * np.log(quadratic)
    else:
        known = _noise_of_folds(cells, unit)
        log = (log[:, None] - freedom / 2 * np.log(known) - quadratic[:, None] / (2 * known)).ravel()
        lam, gam, centre, quadratic, inverse = (
            np.repeat(a, len(known), axis=0) for a in (lam, gam, centre, quadratic, inverse)
        )
        sigma2 = np.tile(known, len(sigma2))
    weight = np.exp(log - log.max())
    kept = weight > 1e-12
    weight = weight[kept] / weight[kept].sum()
    return Model(
        cells, origin, unit, lam[kept], gam[kept], sigma2[kept], weight, centre[kept], inverse[kept], quadratic[kept], freedom
    )


def _noise_of_folds(cells: Cells, unit: float) -> np.ndarray:
    """Plausible variances of a mean over the folds of one draw: quantiles of its scaled inverse chi-square distribution."""
    folds = cells.folds
    assert folds is not None
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    variance = folds.variance / folds.count / unit**2
    return np.maximum(variance * folds.freedom / chi2.ppf(levels, folds.freedom), NOTHING)


def _sums(cells: Cells, y: np.ndarray, lam: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For each lam: A without the prior of the draws, b, y'y less what trials take up, and sum log(1 + n lam).

    A trial enters by its number of cells only, so that trials of equal number are summed before anything depends on lam.
    """
    counts, trials = cells.count, len(cells.trials)
    groups, draws = cells.groups, cells.draws
    total = np.bincount(cells.trial, y, trials)
    met, inside = cells.met, np.eye(groups)[cells.group]
    size = groups + draws
    matrix, right = np.zeros((len(lam), size, size)), np.zeros((len(lam), size))
    if draws:
        matrix[:, groups:, groups:] = np.diag(met.sum(axis=0))
        right[:, groups:] = np.bincount(cells.draw, y, draws)
    square, logs = np.full(len(lam), float((y**2).sum())), np.zeros(len(lam))
    for n in np.unique(counts):
        own = counts == n
        rest = 1 / (1 + n * lam)  # 1 - s, exact where s is nearly 1
        taken = lam * rest  # s / n
        g, d, sums = inside[own], met[own], total[own]
        cross = np.zeros((size, size))
        cross[:groups, :groups] = np.diag(n * g.sum(axis=0))
        cross[:groups, groups:] = g.T @ d
        cross[groups:, :groups] = cross[:groups, groups:].T
        matrix += rest[:, None, None] * cross
        matrix[:, groups:, groups:] -= taken[:, None, None] * (d.T @ d)
        right[:, :groups] += rest[:, None] * (g.T @ sums)
        right[:, groups:] -= taken[:, None] * (d.T @ sums)
        square -= taken * float((sums**2).sum())
        logs += own.sum() * np.log1p(n * lam)
    return matrix, right, square, logs


def means_of(model: Model) -> np.ndarray:
    """The posterior mean of every trial's level, exact over the grid, in the unit of the measure."""
    cells, counts = model.cells, model.cells.count
    groups, met, kept = cells.groups, cells.met, _kept_by_folds(model)
    means = np.bincount(cells.trial, (cells.value - model.origin) / model.unit, len(cells.trials)) / counts
    found = np.empty(len(cells.trials))
    for n in np.unique(counts):
        own = counts == n
        share = n * model.lam / (1 + n * model.lam) * kept
        centre = (model.weight * (1 - share)) @ model.centre[:, :groups]
        drift = (model.weight * share) @ model.centre[:, groups:]
        found[own] = centre[cells.group[own]] + (model.weight @ share) * means[own] - met[own] @ drift / n
    return model.origin + model.unit * found


def _kept_by_folds(model: Model) -> np.ndarray:
    """What folds of a draw leave of a trial's distance from its group, at each point (1 without folds)."""
    folds = model.cells.folds
    if folds is None:
        return np.ones(len(model.lam))
    guess = model.quadratic / max(model.freedom - 2, 1)
    sigma2 = np.where(np.isfinite(model.sigma2), model.sigma2, guess)
    return 1 - shared_by_folds(folds.variance / model.unit**2, folds.count, sigma2 * model.lam)[1]


def shared_by_folds(variance: float, count: int, between: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a trial's folds have in common by sharing training rows (Nadeau & Bengio 2003): its variance, and of tau^2."""
    own = np.minimum(variance / (count - 1), MOST_OF_BETWEEN * between)
    return own, own / np.maximum(between, np.finfo(float).tiny)


def draws_of(model: Model, kept: np.ndarray, normal: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Joint draws (size, kept trials) of the levels, with sigma, omega and the effects of the draws, in the measure's unit.

    `normal` are the standard normals of the trials, which several measures correlate.
    """
    cells, size = model.cells, len(normal)
    point, sigma2 = model.variances(size, rng)
    root = _roots(model.covariance)
    noise = rng.standard_normal((size, model.centre.shape[1]))
    fixed = model.centre[point] + np.sqrt(sigma2)[:, None] * np.einsum("kij,kj->ki", root[point], noise)
    counts = cells.count[kept]
    means = (cells.means[kept] - model.origin) / model.unit
    m, delta = fixed[:, cells.group[kept]], fixed[:, cells.groups :]
    seen = means - delta @ (cells.met[kept] / counts[:, None]).T
    lam = model.lam[point][:, None]
    rest = 1 / (1 + counts * lam)
    level = m + (1 - rest) * (seen - m) + np.sqrt(sigma2[:, None] * lam * rest) * normal
    if cells.folds is not None:
        between = sigma2 * model.lam[point]
        common, share = (a[:, None] for a in shared_by_folds(cells.folds.variance / model.unit**2, cells.folds.count, between))
        level = m + (1 - share) * (level - m) + np.sqrt(common * (1 - share)) * rng.standard_normal(level.shape)
    omega = np.sqrt(sigma2 * model.gam[point]) if cells.draws else np.zeros(size)
    return {
        "level": model.origin + model.unit * level,
        "sigma": model.unit * np.sqrt(sigma2),
        "omega": model.unit * omega,
        "delta": model.unit * delta,
    }


def _roots(covariance: np.ndarray) -> np.ndarray:
    """The Cholesky factor of each matrix: unlike eigenvectors it has no signs that another processor would choose otherwise."""
    middle = (covariance + covariance.transpose(0, 2, 1)) / 2
    size = middle.shape[1]
    spare = ROUNDING * np.trace(middle, axis1=1, axis2=2)[:, None, None] * np.eye(size)
    return np.linalg.cholesky(middle + spare)
